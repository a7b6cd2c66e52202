"""By when must opportunities exist, so that they can still close in a period?"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

import numpy as np

from quotarisk.analysis.rep_paths import Window
from quotarisk.analysis.weekly import SegmentWeek
from quotarisk.periods import DAYS_PER_WEEK
from quotarisk.simulation.estimates import Array
from quotarisk.simulation.lowering import RepTask, Setting, timeline_of

EVEN = 0.5  # chance of closing in time of the last day that is told


@dataclass(frozen=True)
class Milestone:
    """A month on the way to a period's end.

    Parameters
    ----------
    month
        As ``2027-01``.
    opps
        Opportunities to make in it.
    by_then
        To have made by its end.
    worth
        Of these, at their mean deal size: the pipeline that is created, in currency.
    in_time
        Share of the month's opportunities whose cycle, if they are won, ends within the period.
    """

    month: str
    opps: float
    by_then: float
    worth: float
    in_time: float


def _created(task: RepTask, week: SegmentWeek, setting: Setting, window: Window) -> Array:
    """``[2, months]`` weeks of creation up to the period's end, and those that close within it."""
    timeline, cycle = timeline_of(task, setting), week.terms.won_cycle_days.law
    clock = timeline.won_clock

    def closed(day: float) -> Array:
        """Days of creation in each piece whose deals are closed on a day, if they are won."""
        left = np.maximum(np.interp(day, timeline.edges, clock) - clock, 0.0)
        done = left - cycle.lev(left)
        return (done[:-1] - done[1:]) * timeline.creation / timeline.won_speed

    days = timeline.creation * np.diff(timeline.edges)
    in_time = closed(window.end) - closed(window.begin)
    starts = [0, *(setting.horizon.day_number(day) for day in setting.horizon.month_starts[1:])]
    bounds = [*(day for day in starts if day < window.end), window.end]
    pieces = [timeline.cut(a, b) for a, b in pairwise(bounds)]
    sums = [[each[piece].sum() for piece in pieces] for each in (days, in_time)]
    return np.array(sums) / DAYS_PER_WEEK


def milestones_of(
    task: RepTask,
    weeks: Sequence[SegmentWeek],
    setting: Setting,
    window: Window,
    factor: float,
) -> tuple[Milestone, ...]:
    """How many opportunities must there be by the end of each month, and which can still close?

    Parameters
    ----------
    task, weeks
        The rep, and the week by segment.
    setting, window
        What all share, and the period.
    factor
        How many times as many opportunities as today are made.
    """
    shape = (2, window.months.stop)
    opps, closing, worth = np.zeros(shape[1]), np.zeros(shape[1]), np.zeros(shape[1])
    for week in weeks:
        if week.made > 0:
            created, closed = _created(task, week, setting, window) * week.made * factor
            opps += created
            closing += closed
            worth += created * week.terms.deal_size.law.mean
    names = [day.strftime("%Y-%m") for day in setting.horizon.month_starts]
    return tuple(
        Milestone(
            names[month],
            float(opps[month]),
            float(opps[: month + 1].sum()),
            float(worth[: month + 1].sum()),
            float(closing[month] / opps[month]) if opps[month] > 0 else math.nan,
        )
        for month in range(shape[1])
    )


def last_day(task: RepTask, week: SegmentWeek, setting: Setting, window: Window) -> date | None:
    """Until when has a new deal, if it is won, an even chance to close in the period?

    Returns
    -------
    date or None
        None where that day has passed.
    """
    timeline = timeline_of(task, setting)
    end = float(np.interp(window.end, timeline.edges, timeline.won_clock))
    median = float(week.terms.won_cycle_days.law.ppf(EVEN))
    if end < median:
        return None
    day = float(np.interp(end - median, timeline.won_clock, timeline.edges))
    last = min(day, window.end - 1)
    return setting.horizon.start + timedelta(days=math.floor(last))
