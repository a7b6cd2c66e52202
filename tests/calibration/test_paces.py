"""Paces: who takes longer than the fitted law says, and how well that is known."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import special

from quotarisk.calibration.cohort import Cohort
from quotarisk.calibration.incidence import LEVELS, LOST, WON
from quotarisk.calibration.paces import SPREAD_PRIOR_SD, Pace, fit_pace, pace_of
from quotarisk.kernel.arrays import Floats

TEAMS, REPS = 400, 8
LOG_SD, MEDIAN, AS_OF = 0.6, 40.0, 800_000
LAW: Floats = MEDIAN * np.exp(LOG_SD * special.ndtri(LEVELS))


def teams(rng: np.random.Generator) -> list[tuple[Floats, Pace]]:
    """Draw teams whose spread comes from the prior: true paces, and what is found."""
    made = []
    for _ in range(TEAMS):
        true = abs(rng.normal(0, SPREAD_PRIOR_SD)) * rng.normal(size=REPS)
        numbers = rng.integers(0, 13, REPS).astype(np.float64)
        sums = numbers * true + np.sqrt(numbers) * rng.normal(size=REPS)
        made.append((true, pace_of(sums, numbers)))
    return made


def test_intervals_are_calibrated() -> None:
    """80 % intervals of reps' paces hold 80 %, within 4 standard errors; half as wide they fail."""
    made = teams(np.random.default_rng(3))

    def off(width: float) -> float:
        held = [np.mean(abs(true - pace.mean) <= 1.28155 * width * pace.sd) for true, pace in made]
        return float(np.mean(held) - 0.8) / float(np.std(held) / np.sqrt(TEAMS))

    assert abs(off(1.0)) < 4
    assert off(0.5) < -4


def test_pace_is_relative() -> None:
    """What all reps have in common is the law's, not theirs."""
    sums, numbers = np.array([3.0, -2.0, 8.0]), np.array([10.0, 4.0, 6.0])
    here, there = pace_of(sums, numbers), pace_of(sums + 0.7 * numbers, numbers)
    assert here.mean == pytest.approx(there.mean)
    assert here.sd == pytest.approx(there.sd)


@pytest.mark.parametrize("numbers", [[5.0], [0.0, 0.0], [7.0, 0.0]])
def test_nobody_to_differ_from(numbers: list[float]) -> None:
    """Where one rep at most closed a deal, nobody is slower, for all that is known."""
    pace = pace_of(np.ones(len(numbers)), np.array(numbers))
    assert [0.0] * len(numbers) == pace.mean.tolist() == pace.sd.tolist()


def cohort_of_two(longer: float, rng: np.random.Generator, *, entry: float = 0.0) -> Cohort:
    """Two reps' deals, cut off at a random age; the second rep's take longer."""
    count = 4_000
    rep = np.arange(count) % 2
    took = np.round(MEDIAN * np.exp(longer * rep + LOG_SD * rng.normal(size=count)))
    follow = rng.integers(20, 200, count)
    seen = took >= entry
    cause = np.where(took <= follow, WON, 0)
    return Cohort(
        entry=np.full(count, entry)[seen],
        exit=np.minimum(took, follow).astype(np.float64)[seen],
        cause=cause[seen],
        rep=rep[seen],
        segment=np.zeros(count, np.int64)[seen],
        created=(AS_OF - follow)[seen],
        reps=("Ana", "Bo"),
        segments=("a",),
        as_of=AS_OF,
        observed_from=AS_OF - 400,
    )


@pytest.mark.parametrize("entry", [0.0, 15.0])
def test_slow_rep_is_found(entry: float) -> None:
    """Cycles 20 % longer are found though the slowest deals are still open."""
    cycle = np.tile(LAW, (2, 1, 1))
    same, slow = (
        fit_pace(cohort_of_two(log, np.random.default_rng(5), entry=entry), WON, cycle)
        for log in (0.0, np.log(1.2))
    )
    assert abs(same.mean[1] - same.mean[0]) < 4 * np.hypot(*same.sd)
    assert slow.mean[1] - slow.mean[0] > 4 * np.hypot(*slow.sd)
    assert slow.mean[1] - slow.mean[0] < np.log(1.2) / LOG_SD + 4 * np.hypot(*slow.sd)


def test_unknown_cycles_say_nothing() -> None:
    """Without a law, or without a close by this cause, there is no pace."""
    cohort = cohort_of_two(0.5, np.random.default_rng(5))
    unknown = np.full((2, 1, LEVELS.size), np.nan)
    for cause, cycle in ((WON, unknown), (LOST, np.tile(LAW, (2, 1, 1)))):
        assert [0.0, 0.0] == fit_pace(cohort, cause, cycle).sd.tolist()
