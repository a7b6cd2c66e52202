"""A rep's paths in one period, under one task or another, on the same luck."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from quotarisk.periods import Period
from quotarisk.simulation.estimates import Array
from quotarisk.simulation.lowering import RepTask, Setting
from quotarisk.simulation.paths import draw_rep, simulate_rep


class Window(NamedTuple):
    """A period as far as it is simulated, in days and months from the start."""

    period: Period
    begin: float  # day; 0 where it began before
    end: float
    months: slice


def window_of(period: Period, setting: Setting) -> Window:
    """Which days and months of the horizon does a period have?"""
    day = setting.horizon.day_number
    months = period.month_numbers
    return Window(
        period,
        float(max(day(period.first), 0)),
        float(day(period.end)),
        slice(max(months[0], 0), months[-1] + 1),
    )


@dataclass
class Rooms:
    """Memory that threads work in, taken once each: fresh memory is slow memory."""

    shape: tuple[int, int]
    free: list[Array] = field(default_factory=list)

    def take(self) -> Array:
        """One that nobody uses."""
        try:
            return self.free.pop()
        except IndexError:
            return np.empty(self.shape)


@dataclass(frozen=True)
class RepPaths:
    """What a rep books in a period, path by path.

    Parameters
    ----------
    task, setting, window
        The rep as it is, what all share, and the period.
    certain
        Cents that are booked already.
    paths
        How many.
    usual
        ``[months]`` cents that the model expects as it is, where weeks of the past that a
        correction repeats are to follow it; else none.
    rooms
        To work in.
    """

    task: RepTask
    setting: Setting
    window: Window
    certain: float
    paths: int
    usual: Array | None = field(repr=False)
    rooms: Rooms = field(repr=False)

    def booked(self, task: RepTask) -> Array:
        """``[paths]`` cents that the rep has booked at the end of the period, under a task."""
        room = self.rooms.take()
        # weeks of the past rise and fall with what the model expects of another task
        usual = None if task is self.task else self.usual
        by_month = simulate_rep(task, self.setting, paths=self.paths, out=room, usual=usual)
        total: Array = by_month[self.window.months].sum(axis=0) + self.certain
        self.rooms.free.append(room)
        return total

    def chance(self, task: RepTask, quota: float) -> float:
        """Share of the paths on which a quota in cents is hit."""
        return float(np.count_nonzero(self.booked(task) >= quota)) / self.paths


def paths_of(
    task: RepTask, setting: Setting, window: Window, *, certain: float, paths: int, rooms: Rooms
) -> RepPaths:
    """Get a rep's paths ready."""
    usual = None
    if setting.correction.own_history:
        usual = draw_rep(task, setting, paths=paths).mean(axis=1)
    return RepPaths(task, setting, window, certain, paths, usual, rooms)
