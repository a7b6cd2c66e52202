"""Scores against closed forms, and errors against what repeated trials show."""

from __future__ import annotations

import math
from datetime import date, timedelta
from typing import Any, NamedTuple

import numpy as np
import pytest
import scoringrules
from scipy import special

from quotarisk.analysis.scores import (
    brier_of,
    crps_of,
    mean_score,
    ratio_of_scores,
)
from quotarisk.errors import ArgumentError
from quotarisk.simulation.estimates import Array

FIRST = date(2027, 1, 31)
DAYS = 30


def _errors_off(values: Array, expected: float) -> float:
    """By how many standard errors the mean of independent values differs."""
    return float(abs(values.mean() - expected) / (values.std(ddof=1) / math.sqrt(len(values))))


def _crps_of_normal(observed: float, mean: float, sd: float) -> float:
    """Gneiting and Raftery 2007: sd (z (2 Phi(z) - 1) + 2 phi(z) - 1 / sqrt(pi))."""
    z = (observed - mean) / sd
    density = math.exp(-(z**2) / 2) / math.sqrt(2 * math.pi)
    return sd * (z * (2 * float(special.ndtr(z)) - 1) + 2 * density - 1 / math.sqrt(math.pi))


@pytest.mark.parametrize("observed", [-4.0, 1.0, 3.5])
def test_crps_of_a_normal(observed: float) -> None:
    """With as few as 6 samples the CRPS is on average that of the normal: nothing is added."""
    samples = np.random.default_rng(1).normal(1.0, 2.0, (20_000, 6))
    came = np.full(20_000, observed)
    expected = _crps_of_normal(observed, 1.0, 2.0)
    assert _errors_off(crps_of(came, samples), expected) < 4
    biased = scoringrules.crps_ensemble(came, samples, estimator="nrg", backend="numpy")
    assert _errors_off(biased, expected) > 4


def test_crps_of_many_samples() -> None:
    """Samples at the quantiles of a normal have its CRPS."""
    levels = (np.arange(20_000) + 0.5) / 20_000
    samples = 5.0 + 3.0 * special.ndtri(levels)
    expected = _crps_of_normal(7.0, 5.0, 3.0)
    assert [pytest.approx(expected, rel=1e-3)] == crps_of([7.0], samples[np.newaxis]).tolist()


def test_crps_is_over_pairs() -> None:
    """The fair estimator: mean distance to what came, less half the mean distance of pairs."""
    samples, came = np.array([[4.0, 1.0, 1.0, 9.0]]), 3.0
    apart = [abs(a - b) for i, a in enumerate(samples[0]) for b in samples[0][i + 1 :]]
    expected = float(np.abs(samples - came).mean()) - float(np.mean(apart)) / 2
    assert [pytest.approx(expected)] == crps_of([came], samples).tolist()


def test_crps_of_a_point() -> None:
    """A point forecast has its absolute error."""
    assert [2.0, 0.0] == crps_of([3.0, 1.0], [[5.0], [1.0]]).tolist()


def test_brier() -> None:
    """The Brier score is the squared difference from 1 where it was hit, from 0 elsewhere."""
    scores = brier_of([0.8, 0.8, 0.0, 1.0], [True, False, False, True])
    assert [pytest.approx(score) for score in (0.04, 0.64, 0.0, 0.0)] == scores.tolist()


def _origins(count: int, apart: int = DAYS) -> list[date]:
    return [FIRST + timedelta(days=apart * place) for place in range(count)]


class _Panel(NamedTuple):
    """Rows of a backtest: who and when, as numbers."""

    origin: Any
    rep: Any
    days: int = DAYS

    @property
    def told(self) -> dict[str, Any]:
        """As the functions are told."""
        days = _origins(int(self.origin.max()) + 1)
        return {
            "origins": [days[place] for place in self.origin],
            "reps": [f"rep {place}" for place in self.rep],
            "days": self.days,
        }


def _whole(origins: int, reps: int, days: int = DAYS) -> _Panel:
    """Every rep at every origin."""
    return _Panel(np.repeat(np.arange(origins), reps), np.tile(np.arange(reps), origins), days)


def _ragged() -> _Panel:
    """Reps come and go."""
    whole = _whole(10, 14)
    kept = (whole.origin >= whole.rep - 8) & ((whole.rep % 3 > 0) | (whole.origin < 6))
    return _Panel(whole.origin[kept], whole.rep[kept])


def _scores(
    panel: _Panel, rng: np.random.Generator, shock: float = 0.5, habit: float = 0.4
) -> Array:
    """Scores of mean 2 with something of the origin, something of the rep, and noise."""
    of_origin = rng.normal(0, shock, panel.origin.max() + 1)[panel.origin]
    of_rep = rng.normal(0, habit, panel.rep.max() + 1)[panel.rep]
    return np.asarray(2.0 + of_origin + of_rep + rng.normal(size=len(panel.origin)))


def _variance(panel: _Panel, shock: float, habit: float) -> float:
    """Variance of the mean of such scores, exactly."""
    n = len(panel.origin)
    return float(
        shock**2 * (np.bincount(panel.origin) ** 2).sum() / n**2
        + habit**2 * (np.bincount(panel.rep) ** 2).sum() / n**2
        + 1 / n
    )


def test_error_of_a_mean_score() -> None:
    """On average the squared error is the variance of the mean; that of free rows is too small."""
    rng, panel = np.random.default_rng(4), _whole(8, 12)
    told, truth = panel.told, _variance(panel, 0.5, 0.4)
    trials = [_scores(panel, rng) for _ in range(2_000)]
    estimates = [mean_score(scores, **told) for scores in trials]
    assert trials[0].mean() == pytest.approx(estimates[0].value)
    assert _errors_off(np.array([estimate.se**2 for estimate in estimates]), truth) < 4
    means = np.array([estimate.value for estimate in estimates])
    assert _errors_off((means - 2.0) ** 2, truth) < 4

    free = np.array([scores.var(ddof=1) / len(scores) for scores in trials])
    assert _errors_off(free, truth) > 4
    assert free.mean() < truth / 2


def test_error_with_reps_that_come_and_go() -> None:
    """With reps that are not there at every origin the error is right within a tenth or so."""
    rng, panel = np.random.default_rng(5), _ragged()
    told, truth = panel.told, _variance(panel, 0.5, 0.4)
    errors = [mean_score(_scores(panel, rng), **told).se ** 2 for _ in range(1_000)]
    assert truth == pytest.approx(float(np.mean(errors)), rel=0.15)


def test_error_where_only_origins_differ() -> None:
    """A shock that reps share is in the error, though reps do not differ."""
    rng, panel = np.random.default_rng(6), _whole(10, 20)
    told, truth = panel.told, _variance(panel, 1.0, 0.0)
    errors = [mean_score(_scores(panel, rng, 1.0, 0.0), **told).se ** 2 for _ in range(1_000)]
    assert truth == pytest.approx(float(np.mean(errors)), rel=0.1)


def test_error_without_clusters() -> None:
    """Where rows are independent the error is theirs, a little on the safe side."""
    rng, panel = np.random.default_rng(7), _whole(10, 20)
    told, truth = panel.told, _variance(panel, 0.0, 0.0)
    errors = [mean_score(_scores(panel, rng, 0.0, 0.0), **told).se ** 2 for _ in range(1_000)]
    assert truth * 0.95 < float(np.mean(errors)) < truth * 1.5


def test_error_of_overlapping_windows() -> None:
    """Windows of three months from every month count as a third: their error is larger."""
    rng, panel = np.random.default_rng(8), _whole(24, 5, 3 * DAYS)
    told, apart = panel.told, {**panel.told, "days": DAYS}
    errors, blind, means = [], [], []
    for _ in range(1_500):
        months = rng.normal(size=26)
        windows = months[:-2] + months[1:-1] + months[2:]
        scores = windows[panel.origin] + rng.normal(0, 0.1, len(panel.origin))
        means.append(scores.mean())
        errors.append(mean_score(scores, **told).se ** 2)
        blind.append(mean_score(scores, **apart).se ** 2)
    truth = float(np.var(means))
    assert truth == pytest.approx(float(np.mean(errors)), rel=0.15)
    assert float(np.mean(blind)) < truth / 2


def test_ratio_of_scores() -> None:
    """The ratio's error is what repeated trials show; that of free rows is too small."""
    rng, panel = np.random.default_rng(9), _whole(20, 15)
    told = panel.told
    ratios, errors, free = [], [], []
    for _ in range(1_500):
        reference = np.exp(_scores(panel, rng, 0.3, 0.3) * 0.3)
        shared = 1 + rng.normal(0, 0.3, 20)[panel.origin]
        scores = 0.8 * reference * shared
        estimate = ratio_of_scores(scores, reference, **told)
        ratios.append(estimate.value)
        errors.append(estimate.se**2)
        left = (scores - estimate.value * reference) / reference.mean()
        free.append(left.var(ddof=1) / len(left))
    truth = float(np.var(ratios))
    assert _errors_off(np.array(ratios), 0.8) < 4
    assert truth == pytest.approx(float(np.mean(errors)), rel=0.15)
    assert float(np.mean(free)) < truth / 4


def test_ratio_to_itself() -> None:
    """A forecast is exactly as good as itself."""
    panel = _whole(3, 4)
    scores = _scores(panel, np.random.default_rng(0))
    assert (1.0, 0.0) == ratio_of_scores(scores, scores, **panel.told)


def test_order_of_rows() -> None:
    """Rows may come in any order."""
    panel = _ragged()
    scores = _scores(panel, np.random.default_rng(1))
    turned = _Panel(panel.origin[::-1], panel.rep[::-1])
    assert mean_score(scores, **panel.told) == pytest.approx(
        mean_score(scores[::-1], **turned.told)
    )


def test_rows_of_a_pair_belong_together() -> None:
    """The same rows twice (of two quotas, say) say no more than once."""
    panel = _ragged()
    scores = _scores(panel, np.random.default_rng(2))
    twice = _Panel(np.tile(panel.origin, 2), np.tile(panel.rep, 2))
    once, again = mean_score(scores, **panel.told), mean_score([*scores, *scores], **twice.told)
    assert once == pytest.approx(again)


def test_one_rep() -> None:
    """With one rep, such as the team, the error is that of a mean over origins."""
    panel = _whole(5, 1)
    scores = np.array([1.0, 4.0, 2.0, 2.0, 6.0])
    expected = (3.0, scores.std(ddof=1) / math.sqrt(5))
    assert pytest.approx(expected) == mean_score(scores, **panel.told)


def test_one_row_a_rep_and_origin() -> None:
    """Where origins and reps explain everything, both errors are kept."""
    panel = _Panel(np.arange(4), np.arange(4))
    scores = np.array([1.0, 2.0, 3.0, 6.0])
    expected = math.sqrt(2 * scores.var(ddof=1) / 4)
    assert pytest.approx(expected) == mean_score(scores, **panel.told).se


def test_one_window_proves_nothing() -> None:
    """From one window the error is not known, whatever the number of reps."""
    estimate = mean_score([1.0, 3.0], **_whole(1, 2).told)
    assert 2.0 == estimate.value
    assert math.isnan(estimate.se)


def test_nothing_to_score() -> None:
    """Without rows there is no mean, and no ratio to a reference of nothing but zeros."""
    none: dict[str, Any] = {"origins": [], "reps": [], "days": 30}
    assert all(map(math.isnan, mean_score([], **none)))
    assert all(map(math.isnan, ratio_of_scores([], [], **none)))
    assert all(map(math.isnan, ratio_of_scores([1.0, 2.0], [0.0, 0.0], **_whole(2, 1).told)))


def test_rows_that_do_not_match() -> None:
    """Scores, origins and reps of different lengths are refused."""
    with pytest.raises(ArgumentError, match="a row for each forecast, got 3, 2 and 2"):
        mean_score([1.0, 2.0, 3.0], **_whole(2, 1).told)
    with pytest.raises(ArgumentError, match="same forecasts, got 2 and 1"):
        ratio_of_scores([1.0, 2.0], [1.0], **_whole(2, 1).told)
