"""Cohorts made from known hazards, day by day, and cut off as a CRM cuts them off."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from quotarisk.calibration.cohort import Cohort
from quotarisk.kernel.arrays import Floats, Ints

AS_OF = date(2024, 9, 30)
STALLED_FROM = 120  # age from which nothing closes any more
OLDEST = 500

Generator = np.random.Generator


class Truth(NamedTuple):
    """What a made history was made from."""

    base: Floats  # [2, OLDEST] daily hazards, won and lost
    rep: Floats  # [2, reps]
    segment: Floats  # [2, segments]
    pace: Floats  # [2, 3] multipliers by month of quarter


def base_hazards() -> Floats:
    """Wins in a bump around 60 days, losses early, nothing from 120 days on."""
    age = np.arange(OLDEST)
    won = 0.003 + 0.012 * np.exp(-(((age - 60) / 15) ** 2))
    lost = 0.02 * np.exp(-age / 40)
    return np.where(age < STALLED_FROM, np.stack([won, lost]), 0.0)


def plain_truth(reps: int = 1, segments: int = 1) -> Truth:
    """All multipliers 1."""
    return Truth(base_hazards(), np.ones((2, reps)), np.ones((2, segments)), np.ones((2, 3)))


def _months(days: Ints) -> Ints:
    dates = (days - date(1970, 1, 1).toordinal()).astype("datetime64[D]")
    return dates.astype("datetime64[M]").astype(np.int64) % 12


def make_cohort(
    rng: Generator,
    truth: Truth,
    *,
    deals: int,
    days: int = 720,
    hidden_days: int = 0,
    as_of: date = AS_OF,
) -> Cohort:
    """Make a history of so many days, whose closes in its first ``hidden_days`` are unknown."""
    end = as_of.toordinal()
    created = np.sort(end - rng.integers(0, days, deals))
    reps, segments = truth.rep.shape[1], truth.segment.shape[1]
    rep, segment = rng.integers(0, reps, deals), rng.integers(0, segments, deals)
    cause, last = np.zeros(deals, np.int64), end - created
    is_open: NDArray[np.bool_] = np.ones(deals, np.bool_)
    for age in range(min(OLDEST, days)):
        month = _months(created + age) % 3
        hazard = (
            truth.base[:, age, None]
            * truth.rep[:, rep]
            * truth.segment[:, segment]
            * truth.pace[:, month]
        )
        luck = rng.random(deals)
        may = is_open & (created + age <= end)
        for k, below in enumerate((hazard[0], hazard.sum(axis=0))):
            ends = may & (luck < below) & (cause == 0)
            cause[ends], last[ends] = k + 1, age
        is_open &= cause == 0
    observed_from = end - days + 1 + hidden_days
    kept = created + last >= observed_from
    return Cohort(
        entry=np.maximum(0, observed_from - created).astype(np.float64)[kept],
        exit=last.astype(np.float64)[kept],
        cause=cause[kept],
        rep=rep[kept],
        segment=segment[kept],
        created=created[kept],
        reps=tuple(f"rep {i}" for i in range(reps)),
        segments=tuple(f"segment {i}" for i in range(segments)),
        as_of=end,
        observed_from=observed_from,
    )


def cohort_of_ages(entry: list[int], exits: list[int], cause: list[int]) -> Cohort:
    """Take deals of one rep and segment, created on one day, by their ages."""
    count = len(exits)
    day = date(2024, 1, 1).toordinal()
    none = np.zeros(count, np.int64)
    return Cohort(
        np.array(entry, np.float64),
        np.array(exits, np.float64),
        np.array(cause, np.int64),
        none,
        none,
        np.full(count, day),
        ("Ana",),
        ("all",),
        day + max(exits),
        day,
    )
