"""A unit at a glance: figures, their changes from today's, and the errors of both."""

from __future__ import annotations

import math

import numpy as np
import pytest

from quotarisk.analysis.glance import (
    NO_CHANGE,
    Glance,
    figure_columns,
    glance_columns,
    longest_row,
    look,
)
from quotarisk.simulation.comparing import Key, Seen

KEYS: tuple[Key, ...] = (
    ("month", "2027-01"), ("month", "2027-02"), ("month", "2027-03"), ("quarter", "2027-Q1"),
)  # fmt: skip
QUOTAS = np.array([1_000.0, 1_000.0, np.nan, 3_000.0])
PATHS = 400


def _booked(seed: int, *, paths: int = PATHS, scale: float = 1_000.0) -> np.ndarray:
    months = np.rint(np.random.default_rng(seed).gamma(1.0, scale, (3, paths)))
    return np.vstack([months, months.sum(axis=0)])


def _seen(*booked: np.ndarray, moved: list[np.ndarray] | None = None) -> Seen:
    return Seen("rep", "Ana", "East", list(booked), [QUOTAS] * len(booked), moved)


def _se(values: np.ndarray) -> float:
    return float(values.std(ddof=1)) / math.sqrt(len(values))


def test_the_longest_period() -> None:
    """The first one of the longest cadence there is."""
    assert 3 == longest_row(KEYS)
    assert 1 == longest_row([("month", "2027-01"), ("quarter", "2027-Q1"), ("quarter", "2027-Q2")])


def test_figures() -> None:
    """Those of the longest period, in currency, and shares of the periods with a quota."""
    booked = _booked(1)
    (glance,) = look(_seen(booked), KEYS)
    quarter = booked[3] / 100
    hits = (booked[:2] >= 1_000).sum(axis=0)

    assert (quarter.mean(), _se(quarter)) == pytest.approx(glance.mean)
    assert quarter.std(ddof=1) == pytest.approx(glance.sd.value)
    assert np.sort(quarter)[PATHS // 10] == glance.p10.value
    assert {"month", "quarter"} == set(glance.chances)
    assert (hits.mean() / 2, _se(hits) / 2) == pytest.approx(glance.chances["month"].p_hit)
    assert (booked[3] >= 3_000).mean() == pytest.approx(glance.chances["quarter"].p_hit.value)


def test_changes_are_paired() -> None:
    """Their errors are those of differences path by path."""
    today = _booked(1)
    other = np.rint(today * 1.1)
    _, glance = look(_seen(today, other), KEYS)
    hits = (other[:2] >= 1_000).sum(axis=0) - (today[:2] >= 1_000).sum(axis=0)
    more = (other[3] - today[3]) / 100

    assert (more.mean(), _se(more)) == pytest.approx(glance.mean_change)
    assert (hits.mean() / 2, _se(hits) / 2) == pytest.approx(glance.chances["month"].change)
    assert 0.1 * today[3].std(ddof=1) / 100 == pytest.approx(glance.sd_change.value, rel=0.01)
    # the control: errors as of two runs of their own would be far larger
    assert glance.mean_change.se < 0.2 * glance.mean.se


def test_halves() -> None:
    """The first half of the paths chooses, the second tells."""
    today, other = _booked(1), _booked(2)
    _, glance = look(_seen(today, other), KEYS)
    half = glance.chances["quarter"].half
    hit, was = other[3] >= 3_000, today[3] >= 3_000

    assert hit[: PATHS // 2].mean() == pytest.approx(half.chosen_by)
    assert hit[PATHS // 2 :].mean() == pytest.approx(half.p_hit.value)
    assert was[PATHS // 2 :].mean() == pytest.approx(half.p_hit_today.value)
    gain = hit[PATHS // 2 :].astype(float) - was[PATHS // 2 :]
    assert (gain.mean(), _se(gain)) == pytest.approx(half.gain)


def test_errors_are_the_spread_over_runs() -> None:
    """Over 200 runs of fresh luck figures and changes scatter as their errors say."""
    runs = 200
    found: list[Glance] = []
    for seed in range(runs):
        today = _booked(seed)
        more = np.random.default_rng(1_000 + seed).binomial(1, 0.2, PATHS) * 500.0
        other = today + np.outer([1, 0, 0, 1], more)
        found.append(look(_seen(today, other), KEYS)[1])
    of_spread = 4 / math.sqrt(2 * (runs - 1))
    figures = [glance.figures for glance in found]

    for key in ("mean", "mean_change", "sd", "sd_change", "p_hit_month", "p_hit_month_change"):
        values = np.array([each[key].value for each in figures])
        errors = np.array([each[key].se for each in figures])
        ratio = float(values.std(ddof=1) / np.sqrt((errors**2).mean()))
        # the fourth moment of a skewed law makes errors of deviations themselves noisy
        assert abs(ratio - 1) < of_spread + 0.05, key
    # the control: the error of a change is not that of the figure
    changes = np.array([each["mean_change"].value for each in figures])
    assert changes.std(ddof=1) < 0.5 * np.mean([each["mean"].se for each in figures])


def test_what_is_the_same_does_not_change() -> None:
    """Neither the very same array nor one that is equal cent by cent, and that is certain."""
    today = _booked(1)
    _, same, equal = look(_seen(today, today, today.copy()), KEYS)

    assert same.mean == equal.mean
    for glance in (same, equal):
        assert NO_CHANGE == glance.mean_change == glance.sd_change
        assert NO_CHANGE == glance.chances["month"].change == glance.chances["month"].half.gain
    # the control: a cent on a path is no certainty
    other = today.copy()
    other[0, 0] += 1
    glance = look(_seen(today, other), KEYS)[1]
    assert glance.chances["quarter"].change.se > 0


def test_the_error_of_traces() -> None:
    """Where a correction makes paths depend on each other, batches tell the error of the mean."""
    today, other = _booked(1), _booked(2)
    added = np.random.default_rng(3).normal(0.0, 1e5, (4, 16))
    _, plain = look(_seen(today, other), KEYS)
    _, traced = look(_seen(today, other, moved=[np.zeros_like(added), added]), KEYS)

    assert plain.mean_change.value == traced.mean_change.value
    assert plain.mean_change.se != traced.mean_change.se


def test_nothing_varies() -> None:
    """Of what is the same on every path spread and errors are 0."""
    booked = np.full((4, PATHS), 5_000.0)
    (glance,) = look(_seen(booked), KEYS)

    assert (0.0, 0.0) == glance.sd
    assert (50.0, 0.0) == glance.mean
    assert 1 == glance.chances["quarter"].p_hit.value


def test_columns() -> None:
    """A table has all figures of a glance, each with its error, in the same names."""
    glance = look(_seen(_booked(1)), KEYS)[0]

    assert {f"{key}{end}" for key in glance.figures for end in ("", "_se")} == set(
        glance_columns(KEYS)
    )
    assert ["p10", "p10_se"] == list(figure_columns("p10"))
