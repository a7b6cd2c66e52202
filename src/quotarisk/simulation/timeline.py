"""When a rep creates opportunities, and how fast the clocks of deals run.

Days are counted from the start; a piece of a timeline is a stretch of days on which the
creation (ramp times season) and the clocks' speeds do not change.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from quotarisk.periods import Horizon, add_months
from quotarisk.scenario.market import Calendar

Array = NDArray[np.float64]

PAST_MONTHS = 60  # history before the start that is told month by month


@dataclass(frozen=True, eq=False)
class Timeline:
    """Pieces in the order of days. A value by identity: what is found out of it can be kept.

    Parameters
    ----------
    edges
        ``[pieces + 1]`` days at which pieces begin and end.
    creation
        ``[pieces]`` factor of the creation rate: ramp times season, 0 before a rep is there.
    won_speed, lost_speed
        ``[pieces]`` clock days a day.
    """

    edges: Array
    creation: Array
    won_speed: Array
    lost_speed: Array

    @cached_property
    def _start(self) -> int:
        return int(np.searchsorted(self.edges, 0.0))

    def _clock(self, speed: Array) -> Array:
        reading = np.concatenate([[0.0], np.cumsum(speed * np.diff(self.edges))])
        return np.asarray(reading - reading[self._start])

    @cached_property
    def won_clock(self) -> Array:
        """``[pieces + 1]`` reading of the won deals' clock at the edges; 0 at the start."""
        return self._clock(self.won_speed)

    @cached_property
    def lost_clock(self) -> Array:
        """``[pieces + 1]`` reading of the lost deals' clock at the edges; 0 at the start."""
        return self._clock(self.lost_speed)

    @cached_property
    def created(self) -> Array:
        """``[pieces + 1]`` days of creation at full rate, summed up to each edge."""
        return np.concatenate([[0.0], np.cumsum(self.creation * np.diff(self.edges))])

    @cached_property
    def last_year(self) -> slice:
        """Pieces of the first twelve months told: what is repeated before them."""
        return slice(0, int(np.searchsorted(self.edges, self.edges[0] + 365.0)))

    def _age(self, days: ArrayLike, clock: Array, speed: Array) -> Array:
        days = np.asarray(days, dtype=np.float64)
        oldest = -self.edges[0]
        mean_speed = np.average(speed[self.last_year], weights=np.diff(self.edges)[self.last_year])
        beyond = np.maximum(days - oldest, 0.0) * mean_speed
        return np.asarray(-np.interp(-days, self.edges, clock) + beyond)

    def won_age(self, days: ArrayLike) -> Array:
        """Age on the won deals' clock of deals created so many days before the start."""
        return self._age(days, self.won_clock, self.won_speed)

    def lost_age(self, days: ArrayLike) -> Array:
        """Age on the lost deals' clock of deals created so many days before the start."""
        return self._age(days, self.lost_clock, self.lost_speed)

    def cut(self, first_day: float, end_day: float) -> slice:
        """Pieces between two days that are edges."""
        return slice(
            int(np.searchsorted(self.edges, first_day)), int(np.searchsorted(self.edges, end_day))
        )

    @property
    def past(self) -> slice:
        """Pieces before the start."""
        return slice(0, self._start)


@lru_cache(maxsize=256)
def lay_timeline(
    horizon: Horizon,
    calendar: Calendar,
    *,
    start_date: date | None,
    ramp: tuple[float, ...],
    cuts: tuple[date, ...] = (),
) -> Timeline:
    """Lay out a rep's days from five years before the start to the horizon's end.

    Parameters
    ----------
    start_date, ramp
        Of the rep: no creation before the date, ``ramp[k]`` in the k-th month from it.
    cuts
        Further days at which pieces must end, such as the market's quarters.

    Returns
    -------
    Timeline
        The same one for the same arguments: most reps share theirs.
    """
    first = add_months(horizon.start.replace(day=1), -PAST_MONTHS)
    months = [add_months(first, i) for i in range(PAST_MONTHS + horizon.months + 1)]
    steps = [] if start_date is None else [add_months(start_date, i) for i in range(len(ramp) + 1)]
    inside = {day for day in (horizon.start, *steps, *cuts) if months[0] < day < months[-1]}
    days = sorted({*months, *inside})

    def creation(day: date) -> float:
        season = calendar.creation[day.month - 1]
        if start_date is None:
            return season
        if day < start_date:
            return 0.0
        passed = sum(day >= step for step in steps) - 1
        return season * (ramp[passed] if passed < len(ramp) else 1.0)

    rhythm = [horizon.month_of_quarter(day) for day in days[:-1]]
    return Timeline(
        edges=np.array([horizon.day_number(day) for day in days], dtype=np.float64),
        creation=np.array([creation(day) for day in days[:-1]]),
        won_speed=np.array([calendar.won[i] for i in rhythm]),
        lost_speed=np.array([calendar.lost[i] for i in rhythm]),
    )
