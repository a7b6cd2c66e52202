"""What becomes of deals: against lifelines, by hand, and back from hazards."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from quotarisk.calibration.cohort import Cohort
from quotarisk.calibration.incidence import LEVELS, LOST, WON, aalen_johansen, incidence_of
from quotarisk.kernel.arrays import Floats
from tests.calibration.cohorts import STALLED_FROM, cohort_of_ages, make_cohort, plain_truth

TINY = cohort_of_ages([0, 0, 0, 2, 0, 3, 1, 0], [0, 3, 3, 3, 5, 6, 7, 9], [1, 1, 2, 1, 0, 2, 0, 1])


def tied(seed: int, *, delayed: bool) -> Cohort:
    """Draw wins on even ages and losses on odd ones, many of each on a day, from age 1 on.

    lifelines moves events of different kinds apart when they share a day, and forgets events
    at the first time of its table.
    """
    rng = np.random.default_rng(seed)
    cause = rng.integers(0, 3, 400)
    exits = 2 + 2 * rng.integers(0, 40, 400) - (cause == LOST)
    entry = np.minimum(rng.integers(0, 60, 400), exits) if delayed else np.zeros(400, np.int64)
    entry[:20] = 0
    return cohort_of_ages(entry.tolist(), exits.tolist(), cause.tolist())


def begin_of(cohort: Cohort) -> Floats:
    """Say lifelines when deals enter: before the closes of the day, for it asks entry < exit."""
    return cohort.entry - 0.5


def lifelines() -> Any:
    """Find the other program, which is a dependency of the tests."""
    return pytest.importorskip("lifelines")


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("delayed", [False, True])
def test_survival_is_that_of_lifelines(delayed: bool) -> None:
    """The share still open is lifelines' Kaplan-Meier estimate to 1e-9, at every age."""
    cohort = tied(1, delayed=delayed)
    other = lifelines().KaplanMeierFitter()
    other.fit(cohort.exit, cohort.cause > 0, entry=begin_of(cohort) if delayed else None)
    found = aalen_johansen(cohort)
    expected = other.survival_function_at_times(found.ages).to_numpy()
    assert expected == pytest.approx(found.survival, abs=1e-9)
    closes = other.event_table.query("observed > 0")
    assert (closes["at_risk"].to_numpy() == found.at_risk[closes.index.astype(int)]).all()


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("delayed", [False, True])
@pytest.mark.parametrize("cause", [WON, LOST])
def test_incidence_is_that_of_lifelines(delayed: bool, cause: int) -> None:
    """The shares won and lost, and their variances, are lifelines' to 1e-9."""
    cohort = tied(2, delayed=delayed)
    other = lifelines().AalenJohansenFitter()
    entry = begin_of(cohort) if delayed else None
    other.fit(cohort.exit, cohort.cause, event_of_interest=cause, entry=entry)
    found = aalen_johansen(cohort)
    ages = other.cumulative_density_.index.to_numpy().astype(int)
    share, variance = (
        (found.won, found.won_variance) if cause == WON else (found.lost, found.lost_variance)
    )
    assert other.cumulative_density_.to_numpy()[:, 0] == pytest.approx(share[ages], abs=1e-9)
    theirs = other.variance_.to_numpy()
    known = np.isfinite(theirs)  # not where all that are at risk end
    assert known[:-1].all()
    assert theirs[known] == pytest.approx(variance[ages][known], abs=1e-9)


@pytest.mark.parametrize("cohort", [TINY, tied(3, delayed=True)])
def test_by_hand(cohort: Cohort) -> None:
    """Exact fractions, age by age: at risk from entry to exit, both included."""
    deals = list(zip(*(column.astype(int).tolist() for column in cohort[:3]), strict=True))
    survival, won, lost = Fraction(1), Fraction(0), Fraction(0)
    found = aalen_johansen(cohort)
    for age in range(int(cohort.exit.max()) + 1):
        risk = sum(entry <= age <= last for entry, last, _ in deals)
        assert risk == found.at_risk[age]
        ended = [sum(last == age and cause == k for _, last, cause in deals) for k in (1, 2)]
        if risk:
            won += survival * Fraction(ended[0], risk)
            lost += survival * Fraction(ended[1], risk)
            survival *= 1 - Fraction(sum(ended), risk)
        assert (float(survival), float(won), float(lost)) == pytest.approx(
            (found.survival[age], found.won[age], found.lost[age]), abs=1e-12
        )


def test_without_censoring_it_is_a_binomial() -> None:
    """With nothing open, shares are plain shares and variances p (1 - p) / n."""
    exits = [1, 2, 2, 3, 3, 3, 5, 8]
    found = aalen_johansen(cohort_of_ages([0] * 8, exits, [1, 1, 2, 1, 2, 1, 2, 1]))
    won = (
        np.array(
            [sum(e <= a and i in (0, 1, 3, 5, 7) for i, e in enumerate(exits)) for a in range(9)]
        )
        / 8
    )
    survival = np.array([sum(e > a for e in exits) for a in range(9)]) / 8
    assert won == pytest.approx(found.won)
    assert survival == pytest.approx(found.survival)
    assert survival * (1 - survival) / 8 == pytest.approx(found.survival_variance)
    inside = slice(0, 8)  # of the day that ends all, Greenwood has nothing to say
    assert (won * (1 - won) / 8)[inside] == pytest.approx(found.won_variance[inside])


def ends_of(cohort: Cohort) -> tuple[Floats, Floats]:
    """Shares won, lost and open in the end, and their variances."""
    found = aalen_johansen(cohort)
    shares = np.array([found.won[-1], found.lost[-1], found.survival[-1]])
    variances = [found.won_variance[-1], found.lost_variance[-1], found.survival_variance[-1]]
    return shares, np.array(variances)


def test_delayed_entry_is_needed() -> None:
    """Delayed entry finds the truth within 4 standard errors; without it, nobody would.

    Negative controls: truncation ignored, and won / (won + lost) of what is closed.
    """
    truth = plain_truth()
    rng = np.random.default_rng(4)
    cohort = make_cohort(rng, truth, deals=12_000, days=420, hidden_days=150)
    exact = incidence_of(truth.base[0], truth.base[1], np.zeros(2))
    expected = np.array([exact.won, exact.lost, exact.never])
    shares, variances = ends_of(cohort)
    error = np.sqrt(variances)
    assert (np.abs(shares - expected) < 4 * error).all()
    ignored, _ = ends_of(cohort._replace(entry=np.zeros_like(cohort.entry)))
    assert (np.abs(ignored - expected) > 4 * error).any()
    closed = cohort.cause[cohort.cause > 0]
    assert abs((closed == WON).mean() - expected[0]) > 4 * error[0]


def test_hazards_give_the_incidence_back() -> None:
    """Hazards of Aalen and Johansen amount to their shares; the open ones never end at tail 0."""
    cohort = tied(5, delayed=True)
    found = aalen_johansen(cohort)
    events = [
        np.bincount(cohort.exit[cohort.cause == k].astype(int), minlength=found.ages.size)
        for k in (1, 2)
    ]
    hazard_won, hazard_lost = (count / np.maximum(found.at_risk, 1) for count in events)
    outcomes = incidence_of(hazard_won, hazard_lost, np.zeros(2))
    expected = found.won[-1], found.lost[-1], found.survival[-1]
    assert expected == pytest.approx(
        (float(outcomes.won), float(outcomes.lost), float(outcomes.never))
    )
    assert found.survival[-1] == pytest.approx(float(outcomes.unresolved))


def test_constant_hazards_are_geometric() -> None:
    """With one hazard at all ages it does not matter where the tail begins."""
    tail = np.array([0.02, 0.03])
    for ages in (0, 1, 30, 4000):
        found = incidence_of(np.full(ages, 0.02), np.full(ages, 0.03), tail)
        assert (0.4, 0.6, 0.0) == pytest.approx(
            (float(found.won), float(found.lost), float(found.never)), abs=1e-12
        )
        assert 0.95**ages == pytest.approx(float(found.unresolved))
        exact = np.log1p(-LEVELS) / math.log(0.95) - 0.5
        late = exact > 0.5  # the day of creation has but half a day
        # Within a day of the ages the line, in the tail the exponential: less than .01 apart.
        assert exact[late] == pytest.approx(found.won_cycle[late], abs=0.01)
        assert (found.won_cycle >= 0.0).all()
        assert found.lost_cycle == pytest.approx(found.won_cycle, abs=0.01)


def test_cycles_by_counting() -> None:
    """Quantiles of cycles are those of the closing ages, spread over half a day each side."""
    base = plain_truth().base[:, :STALLED_FROM]
    found = incidence_of(base[0], base[1], np.zeros(2))
    survival, mass = 1.0, []
    for won, lost in base.T.tolist():
        mass.append(survival * won)
        survival *= 1.0 - won - lost
    assert sum(mass) == pytest.approx(float(found.won))
    for level, days in zip(LEVELS.tolist(), found.won_cycle.tolist(), strict=True):
        below = 0.0
        for age, share in enumerate(mass):
            low, high = max(age - 0.5, 0.0), age + 0.5
            below += share * min(max((days - low) / (high - low), 0.0), 1.0)
        assert level == pytest.approx(below / sum(mass), abs=1e-9)


def test_tail_decides_what_is_open() -> None:
    """Half is open after the last age: the tail shares it out three to one, or it stays."""
    hazard = np.array([0.25]), np.array([0.25])
    found = incidence_of(*hazard, np.array([[0.03, 0.01], [0.0, 0.0], [0.0, 0.2], [1.0, 0.0]]))
    assert [0.625, 0.25, 0.25, 0.75] == pytest.approx(found.won.tolist())
    assert [0.375, 0.25, 0.75, 0.25] == pytest.approx(found.lost.tolist())
    assert [0.0, 0.5, 0.0, 0.0] == found.never.tolist()
    assert np.isfinite(found.won_cycle).all()
    assert (np.diff(found.won_cycle, axis=1) >= 0).all()
    assert found.won_cycle[1].max() <= 0.5
    assert found.won_cycle[0].max() > 50


def test_nothing_won() -> None:
    """Where nothing is ever won there is no cycle of a win."""
    found = incidence_of(np.zeros(3), np.full(3, 0.1), np.zeros(2))
    assert 0.0 == found.won
    assert np.isnan(found.won_cycle).all()
    assert np.isfinite(found.lost_cycle).all()


def test_hazards_beyond_one_are_scaled() -> None:
    """Hazards of a day that add up to more than 1 end all deals, in proportion."""
    found = incidence_of(np.array([0.9, 0.5]), np.array([0.3, 0.5]), np.array([0.1, 0.0]))
    assert (0.75, 0.25, 0.0) == pytest.approx(
        (float(found.won), float(found.lost), float(found.unresolved))
    )


def test_many_at_once() -> None:
    """A table of hazards gives what each of its rows gives."""
    rng = np.random.default_rng(6)
    won, lost = rng.uniform(0, 0.1, (2, 4, 3, 25))
    tail = rng.uniform(0, 0.1, (4, 1, 2))
    found = incidence_of(won, lost, tail)
    assert (4, 3, LEVELS.size) == found.won_cycle.shape
    one = incidence_of(won[2, 1], lost[2, 1], tail[2, 0])
    for table, value in zip(found, one, strict=True):
        assert value == pytest.approx(table[2, 1])


def test_levels() -> None:
    """Cycles come as 41 quantiles, evenly spaced but for the ends."""
    assert 41 == LEVELS.size
    assert (0.005, 0.5, 0.995) == (LEVELS[0], LEVELS[20], LEVELS[-1])
    assert (np.diff(LEVELS) > 0).all()
