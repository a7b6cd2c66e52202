"""What is open on each path of a block, and the virtual day on which it closes.

Each path has two virtual clocks, of won and of lost deals, that run with its speed. A deal's
end on its clock is known when it comes in; it waits in the bin of that clock day and closes
when the clock passes the day's middle, which is the end rounded to the nearest whole point of
a clock that begins half a day late. So the ends are neither early nor late on the average, and
as long as the clock keeps to whole days, each month has exactly its own.

Loads are whole numbers, and a deal adds one to their upper bits: sums are exact in any order,
and one addition tells both how many deals there are and how much time they take.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba import float64, int64, uintp

from quotarisk.kernel.arrays import Floats, Indices, Ints
from quotarisk.kernel.compiling import formula, room, stage
from quotarisk.kernel.work import EFFORT_UNIT

WON, LOST = np.int64(0), np.int64(1)  # clocks
WINDOW = 8  # bins that are read together
ONE_DEAL = np.int64(1 << 40)
_LOAD = np.int64((1 << 40) - 1)


class Pipelines(NamedTuple):
    """Open deals of a block. Bins are path by path, so a path's next days are neighbours."""

    width: int  # bins a path; the last ones never close
    last: int  # bin of what closes after the horizon
    shared: bool  # whether lost deals follow the clock of won ones
    stride: int  # places from one clock's readings to the other's
    load: Ints  # [2 x stride x width] by clock, path and clock day
    cents: Ints  # [stride x width] by path and clock day, of won deals
    clock: Floats  # [2 x stride] virtual days at the step's begin, by clock and path
    advance: Floats  # [2 x stride] by which they advance in the step
    open: Ints  # [stride] load of all open deals
    gone: Ints  # [stride] load that closes in the step
    closed: Floats  # [stride] cents that close in the step


@room
def make_pipelines(stride: int, days: float, step: float, shared: bool) -> Pipelines:
    """Make arrays for ``stride`` paths whose clocks advance by so many days at most.

    ``step`` is the longest way of a clock in one step, which is read in whole windows.
    """
    last = int(days + 0.5) + 2
    width = last + (int(step) // WINDOW + 1) * WINDOW
    clocks = 1 if shared else 2
    return Pipelines(
        width,
        last,
        shared,
        stride,
        np.empty(clocks * stride * width, np.int64),
        np.empty(stride * width, np.int64),
        np.empty(2 * stride, np.float64),
        np.empty(2 * stride, np.float64),
        np.empty(stride, np.int64),
        np.empty(stride, np.int64),
        np.empty(stride, np.float64),
    )


@formula
def hours_of(load: Any) -> Any:
    """Hours a week that deals take at full speed."""
    return float64(load & _LOAD) * EFFORT_UNIT


@formula
def number_of(load: Any) -> Any:
    """How many deals a load is of."""
    return load >> int64(40)


@formula
def bin_after(reading: Any) -> Any:
    """Bin that closes next, when a virtual clock shows so many days."""
    return int64(reading + 0.5) + int64(1)


@stage
def clear(pipes: Pipelines) -> None:
    """Nothing is open, and the clocks show 0."""
    pipes.load[:] = 0
    pipes.cents[:] = 0
    pipes.clock[:] = 0.0
    pipes.advance[:] = 0.0
    pipes.open[:] = 0


@stage
def put(
    paths: Indices,
    clocks: Indices,
    ends: Floats,
    efforts: Ints,
    count: int,
    pipes: Pipelines,
    bins: Ints,
) -> None:
    """Put deals into the bins of their ends, never one that has closed, and count them as open.

    ``bins`` receives each deal's place, for `put_cents`.
    """
    width, last, stride = pipes.width, pipes.last, uintp(pipes.stride)
    block = stride * uintp(width)
    lost = uintp(0) if pipes.shared else block
    for i in range(uintp(count)):
        path, clock = uintp(paths[i]), uintp(clocks[i])
        now = pipes.clock[clock * stride + path]
        day = int64(min(ends[i], float64(last))) + int64(1)
        day = min(max(day, bin_after(now)), last)
        place: Any = path * uintp(width) + uintp(day)
        bins[i] = int64(place)
        pipes.load[clock * lost + place] += efforts[i]
        pipes.open[path] += efforts[i]


@stage
def put_cents(bins: Ints, cents: Floats, count: int, pipes: Pipelines) -> None:
    """Put the amounts of won deals where these close."""
    for i in range(uintp(count)):
        pipes.cents[uintp(bins[i])] += int64(cents[i])


@stage
def _sum_loads(clock: int, most: float, count: int, pipes: Pipelines) -> None:
    """Add what closes on a clock in the step to ``pipes.gone``."""
    stride: Any = uintp(pipes.stride)
    width: Any = uintp(pipes.width)
    windows = int(most) // WINDOW + 1
    reading = pipes.clock[uintp(clock) * stride : uintp(clock) * stride + stride]
    advance = pipes.advance[uintp(clock) * stride : uintp(clock) * stride + stride]
    lost = uintp(0) if pipes.shared else uintp(clock) * stride * width
    load = pipes.load[lost:]
    for i in range(uintp(count)):
        first = bin_after(reading[i])
        left = bin_after(reading[i] + advance[i]) - first
        place = uintp(i) * width + uintp(first)
        total = int64(0)
        for _ in range(windows):
            for j in range(uintp(WINDOW)):
                total += load[place + j] if int64(j) < left else int64(0)
            left -= WINDOW
            place += uintp(WINDOW)
        pipes.gone[i] += total


@stage
def look_ahead(won_days: float, lost_days: float, count: int, pipes: Pipelines) -> None:
    """Load that would close in the step, of what is open now: into ``pipes.gone``."""
    for i in range(uintp(count)):
        pipes.gone[i] = 0
    _sum_loads(WON, won_days, count, pipes)
    if not pipes.shared:
        _sum_loads(LOST, lost_days, count, pipes)


@stage
def close(won_days: float, lost_days: float, count: int, pipes: Pipelines) -> None:
    """Let the step pass: clocks advance, deals close, their cents are in ``pipes.closed``."""
    look_ahead(won_days, lost_days, count, pipes)
    stride: Any = uintp(pipes.stride)
    width: Any = uintp(pipes.width)
    windows = int(won_days) // WINDOW + 1
    for i in range(uintp(count)):
        first = bin_after(pipes.clock[i])
        left = bin_after(pipes.clock[i] + pipes.advance[i]) - first
        place = uintp(i) * width + uintp(first)
        total = int64(0)
        for _ in range(windows):
            for j in range(uintp(WINDOW)):
                total += pipes.cents[place + j] if int64(j) < left else int64(0)
            left -= WINDOW
            place += uintp(WINDOW)
        pipes.closed[i] = float64(total)
    for i in range(uintp(count)):
        pipes.open[i] -= pipes.gone[i]
        pipes.clock[i] += pipes.advance[i]
        pipes.clock[stride + uintp(i)] += pipes.advance[stride + uintp(i)]
