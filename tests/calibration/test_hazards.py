"""Hazards: what generated histories were made from is found again."""

from __future__ import annotations

import math
from datetime import date
from functools import cache

import numpy as np
import pytest
from scipy import special

from quotarisk.calibration.cohort import Cohort
from quotarisk.calibration.exposure import cut_exposure, hazard_of
from quotarisk.calibration.hazards import Hazards, fit_hazards
from quotarisk.calibration.incidence import LOST, WON, aalen_johansen, incidence_of
from quotarisk.calibration.shrinkage import SPREADS, weigh_spreads
from quotarisk.kernel.arrays import Floats, Ints
from tests.calibration.cohorts import (
    STALLED_FROM,
    Truth,
    base_hazards,
    cohort_of_ages,
    make_cohort,
    plain_truth,
)

CAUSES = (WON, LOST)
REP = np.array([[0.5, 0.8, 1.0, 1.2, 1.6, 0.9], [1.4, 1.0, 0.7, 1.0, 0.8, 1.1]])
SEGMENT = np.array([[1.3, 0.7], [0.8, 1.2]])
PACE = np.array([[0.6, 1.0, 1.4], [1.3, 1.0, 0.7]])
VARIED = Truth(base_hazards(), REP, SEGMENT, PACE)
HISTORIES = 60
TEAM = 8


@cache
def large() -> Cohort:
    """Twenty thousand deals of two years, closes of the first 150 days unknown."""
    rng = np.random.default_rng(1)
    return make_cohort(rng, VARIED, deals=20_000, days=720, hidden_days=150)


@cache
def fitted() -> Hazards:
    """Fit the large cohort."""
    return fit_hazards(large(), ahead=3, draws=64)


def events(cohort: Cohort, cause: int, index: Ints, size: int) -> Floats:
    """Count the events of a cause by rep or segment."""
    return np.bincount(index[cohort.cause == cause], minlength=size).astype(np.float64)


def relative(multipliers: Floats, weight: Floats) -> Floats:
    """Logarithms of multipliers, from their weighted mean."""
    logs = np.log(multipliers)
    return np.asarray(logs - (logs * weight).sum() / weight.sum())


@pytest.mark.parametrize("k", [0, 1])
def test_reps_are_found(k: int) -> None:
    """Each rep's won and lost multipliers are found within 4 standard errors."""
    seen = events(large(), CAUSES[k], large().rep, len(REP[k]))
    off = relative(fitted().rep[k], seen) - relative(REP[k], seen)
    assert (np.abs(off) < 4 / np.sqrt(seen)).all()


@pytest.mark.parametrize("k", [0, 1])
def test_segments_are_found(k: int) -> None:
    """Each segment's multipliers are found within 4 standard errors."""
    seen = events(large(), CAUSES[k], large().segment, 2)
    off = relative(fitted().segment[k], seen) - relative(SEGMENT[k], seen)
    assert (np.abs(off) < 4 / np.sqrt(seen)).all()


@pytest.mark.parametrize("k", [0, 1])
def test_shape_of_age_is_found(k: int) -> None:
    """Hazards of ten-day spells, as multiples of the whole, within 4 standard errors."""
    found, exact = fitted().base[k][:STALLED_FROM], VARIED.base[k, :STALLED_FROM]
    ages = large().exit[large().cause == CAUSES[k]].astype(int)
    seen = np.bincount(ages, minlength=STALLED_FROM)[:STALLED_FROM].reshape(12, 10).sum(axis=1)
    spells, true_spells = (hazard.reshape(12, 10).sum(axis=1) for hazard in (found, exact))
    off = relative(spells, seen) - relative(true_spells, seen)
    # The kernel of 2 days moves a hundredth of a spell over its edges where the curve is steep.
    assert (np.abs(off) < 4 / np.sqrt(seen) + 0.02).all()


@pytest.mark.parametrize("k", [0, 1])
@pytest.mark.parametrize("band", [0, 1])
def test_month_of_quarter_is_found(k: int, band: int) -> None:
    """The pace by month of quarter is found in both age bands, within 4 standard errors."""
    level = fitted().monthly[k][band]
    expected = np.log(PACE[k]) - np.log(PACE[k]).mean()
    seen = (large().cause == CAUSES[k]).sum() / 6  # of a band and a month of quarter
    assert (np.abs(level.of_quarter - expected) < 4 / math.sqrt(seen) + 0.05).all()


def test_stalled_mass_is_found() -> None:
    """The share that never closes is found within 4 standard errors, with delayed entry."""
    truth = plain_truth()
    rng = np.random.default_rng(2)
    cohort = make_cohort(rng, truth, deals=12_000, days=420, hidden_days=150)
    found = fit_hazards(cohort, ahead=1, draws=1)
    assert [0.0, 0.0] == found.tail.tolist()
    outcomes = incidence_of(found.base[0], found.base[1], found.tail)
    exact = incidence_of(truth.base[0], truth.base[1], np.zeros(2))
    shares = aalen_johansen(cohort)
    # What months can and cannot explain of the level is uncertain beyond the counts.
    for value, expected, variance in (
        (outcomes.won, exact.won, shares.won_variance[-1]),
        (outcomes.lost, exact.lost, shares.lost_variance[-1]),
        (outcomes.never, exact.never, shares.survival_variance[-1]),
    ):
        assert abs(float(value) - float(expected)) < 4 * math.sqrt(variance)


def test_ignoring_truncation_is_biased() -> None:
    """Negative control: without delayed entry the stalled share is off by more than that."""
    truth = plain_truth()
    rng = np.random.default_rng(2)
    cohort = make_cohort(rng, truth, deals=12_000, days=420, hidden_days=150)
    blind = cohort._replace(entry=np.zeros_like(cohort.entry), observed_from=cohort.as_of - 419)
    found = fit_hazards(blind, ahead=1, draws=1)
    outcomes = incidence_of(found.base[0], found.base[1], found.tail)
    exact = incidence_of(truth.base[0], truth.base[1], np.zeros(2))
    error = math.sqrt(aalen_johansen(cohort).survival_variance[-1])
    assert abs(float(outcomes.never) - float(exact.never)) > 4 * error


def test_short_history_has_a_tail() -> None:
    """Where deals still close at the last age seen, the tail goes on at their rate."""
    truth = plain_truth()._replace(base=np.full((2, 500), [[0.004], [0.006]]))
    cohort = make_cohort(np.random.default_rng(3), truth, deals=6000, days=100)
    found = fit_hazards(cohort, ahead=1, draws=2000)
    error = found.base_draws[:, :, -1].std(axis=0)
    assert (np.abs(found.tail - [0.004, 0.006]) < 4 * error).all()
    assert (error > 0).all()


def small_history(seed: int) -> tuple[Cohort, Truth]:
    """Eight reps that differ by sd .35 and sell some thirty deals each in a year."""
    rng = np.random.default_rng(seed)
    rep = rng.gamma(1 / 0.35**2, 0.35**2, (2, TEAM))
    truth = Truth(base_hazards(), rep, np.ones((2, 1)), np.ones((2, 3)))
    return make_cohort(rng, truth, deals=30 * TEAM, days=365), truth


def expected_of_reps(cohort: Cohort, found: Hazards, k: int) -> Floats:
    """Events expected of each rep where its multiplier is 1."""
    pieces = cut_exposure(cohort, last_age=found.last_age, band_edge=found.band_edge)
    level = np.exp(np.concatenate([band.level for band in found.monthly[k]]))
    hazard = hazard_of(pieces, found.base[k]) * level[pieces.cell]
    return np.bincount(cohort.rep[pieces.deal], hazard, TEAM).astype(np.float64)


def covered(seed: int) -> tuple[float, float]:
    """Share of the reps' true hazards within 80 % intervals, and within plugged-in ones.

    A rep's hazard is the base, as it was at the ages and in the months of the history, times
    the multiplier: neither alone has a scale. Plugged in: the base, and the most likely sd.
    """
    cohort, truth = small_history(seed)
    found = fit_hazards(cohort, ahead=1, draws=200, seed=seed)
    risk = aalen_johansen(cohort).at_risk[: found.last_age + 1]
    inside, plugged = [], []
    for k, cause in enumerate(CAUSES):
        seen, awaited = events(cohort, cause, cohort.rep, TEAM), expected_of_reps(cohort, found, k)
        exact = truth.rep[k] * (truth.base[k, : risk.size] @ risk)
        pace = awaited.sum() / (found.base[k] @ risk)
        rate = found.base_draws[:, k, :-1] @ risk * pace
        low, high = np.quantile(rate[:, None] * found.rep_draws[:, k], [0.1, 0.9], axis=0)
        inside.append(((low <= exact) & (exact <= high)).mean())
        flat = weigh_spreads(seen, awaited, prior_sd=1e6) / SPREADS
        one = 1 / SPREADS[flat.argmax()] ** 2
        low, high = (
            awaited.sum() * special.gammaincinv(seen + one, u) / (awaited + one) for u in (0.1, 0.9)
        )
        plugged.append(((low <= exact) & (exact <= high)).mean())
    return float(np.mean(inside)), float(np.mean(plugged))


def test_intervals_of_reps_are_honest() -> None:
    """Over 60 small histories, 80 % intervals of reps' hazards hold 74 to 86 % of the truth.

    Negative control: with the base and the most likely sd plugged in they hold less.
    """
    shares = np.array([covered(seed) for seed in range(HISTORIES)]).mean(axis=0)
    assert 0.74 <= shares[0] <= 0.86
    assert shares[1] < 0.74


def test_interchangeable_reps_stay_together() -> None:
    """Reps that are alike get multipliers near 1."""
    cohort = make_cohort(np.random.default_rng(5), plain_truth(reps=10), deals=6000)
    assert np.abs(fit_hazards(cohort, ahead=1, draws=1).rep - 1).max() < 0.1


def test_own_weight() -> None:
    """The more deals a rep has, the more the multiplier is the rep's own."""
    cohort = large()
    thin = cohort.rep == 0
    kept = ~thin | (np.cumsum(thin) <= 20)
    few = cohort._replace(
        entry=cohort.entry[kept],
        exit=cohort.exit[kept],
        cause=cohort.cause[kept],
        rep=cohort.rep[kept],
        segment=cohort.segment[kept],
        created=cohort.created[kept],
    )
    weight = fit_hazards(few, ahead=1, draws=1).own_weight
    assert (weight[:, 0] < 0.7).all()
    assert (weight[:, 1:] > 0.9).all()


def test_alone_there_is_nothing_to_differ_from() -> None:
    """A single rep and a single segment are the base itself."""
    found = fit_hazards(
        make_cohort(np.random.default_rng(6), plain_truth(), deals=500), ahead=1, draws=3
    )
    for part in (found.rep, found.segment, found.rep_draws, found.segment_draws):
        assert (part == 1.0).all()
    assert (found.own_weight == 1.0).all()


def test_shapes() -> None:
    """Every table has the shape that is written beside it."""
    found = fitted()
    ages = found.last_age + 1
    assert (2, ages) == found.base.shape
    assert (64, 2, ages + 1) == found.base_draws.shape
    assert (64, 2, 6) == found.rep_draws.shape
    assert (64, 2, 2) == found.segment_draws.shape
    assert (2, 6) == found.own_weight.shape
    assert found.months.size == found.monthly[0][0].level.size
    assert (3,) == found.monthly[1][1].future_mean.shape
    closed = large().exit[large().cause > 0]
    assert int(np.median(closed)) == found.band_edge


def test_seed_decides_the_draws() -> None:
    """The same seed gives the same draws; another gives others, and the same means."""
    cohort, _ = small_history(1)
    one, same, other = (fit_hazards(cohort, ahead=1, draws=9, seed=s) for s in (1, 1, 2))
    assert (one.rep_draws == same.rep_draws).all()
    assert (one.base_draws == same.base_draws).all()
    assert not (one.rep_draws == other.rep_draws).any()
    assert (one.rep == other.rep).all()


@pytest.mark.parametrize(("as_of", "future"), [(date(2024, 9, 30), 0), (date(2024, 9, 15), 2)])
def test_first_month_ahead(as_of: date, future: int) -> None:
    """The first month ahead is that of the next day, a begun month's rest included."""
    truth = VARIED._replace(pace=np.array([[0.3, 1.0, 3.0], [0.3, 1.0, 3.0]]))
    cohort = make_cohort(np.random.default_rng(7), truth, deals=6000, as_of=as_of)
    ahead = fit_hazards(cohort, ahead=3, draws=1).monthly[0][0].future_mean
    assert [(future + i) % 3 for i in range(3)] == np.argsort(np.argsort(ahead)).tolist()


def test_fiscal_quarters() -> None:
    """With a fiscal year from February, January is the last month of a quarter."""
    found = fit_hazards(large(), ahead=1, draws=1, fiscal_year_start=2)
    calendar = fitted().monthly[0][0].of_quarter
    assert np.roll(calendar, -1) == pytest.approx(found.monthly[0][0].of_quarter, abs=0.02)


@pytest.mark.parametrize("cause", [[0, 0, 0], [1, 0, 0], [2, 1, 1]])
def test_hardly_any_history(cause: list[int]) -> None:
    """One or three deals, closed or not, give finite numbers."""
    found = fit_hazards(cohort_of_ages([0, 0, 3], [0, 5, 9], cause), ahead=2, draws=4)
    for part in (found.base, found.tail, found.rep, found.base_draws, found.rep_draws):
        assert np.isfinite(part).all()
    assert (found.base[0].sum() > 0) == (WON in cause)
