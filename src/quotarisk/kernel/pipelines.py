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

from quotarisk.kernel.arrays import Floats, Ints
from quotarisk.kernel.compiling import formula
from quotarisk.kernel.desk import Deals
from quotarisk.kernel.lean import part
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
    unread: Ints  # [stride] first bin whose cents are not booked yet
    clock: Floats  # [2 x stride] virtual days at the step's begin, by clock and path
    advance: Floats  # [2 x stride] by which they advance in the step
    open: Ints  # [stride] load of all open deals
    gone: Ints  # [stride] load that closes in the step


def make_pipelines(stride: int, days: float, *, shared: bool) -> Pipelines:
    """Make arrays for ``stride`` paths whose clocks advance by so many days at most."""
    last = int(days + 0.5) + 2
    width = last + WINDOW
    clocks = 1 if shared else 2
    return Pipelines(
        width,
        last,
        shared,
        stride,
        np.empty(clocks * stride * width, np.int64),
        np.empty(stride * width, np.int64),
        np.empty(stride, np.int64),
        np.empty(2 * stride, np.float64),
        np.empty(2 * stride, np.float64),
        np.empty(stride, np.int64),
        np.empty(stride, np.int64),
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


@part
def clear(pipes: Pipelines) -> None:
    """Nothing is open, and the clocks show 0."""
    pipes.load[:] = 0
    pipes.cents[:] = 0
    pipes.clock[:] = 0.0
    pipes.advance[:] = 0.0
    pipes.open[:] = 0


@part
def put(deals: Deals, count: int, pipes: Pipelines) -> None:
    """Put deals into the bins of their ends, never one that has closed, and count them as open.

    ``deals.bins`` receives each deal's place, for `put_cents`.
    """
    width, last, stride = pipes.width, pipes.last, uintp(pipes.stride)
    block = stride * uintp(width)
    lost = uintp(0) if pipes.shared else block
    for i in range(uintp(count)):
        path, clock = uintp(deals.path[i]), uintp(deals.clock[i])
        now = pipes.clock[clock * stride + path]
        day = int64(min(deals.ends[i], float64(last))) + int64(1)
        day = min(max(day, bin_after(now)), last)
        place: Any = path * uintp(width) + uintp(day)
        deals.bins[i] = int64(place)
        pipes.load[clock * lost + place] += deals.efforts[i]
        pipes.open[path] += deals.efforts[i]


@part
def put_cents(bins: Ints, cents: Floats, count: int, binned: Ints) -> None:
    """Put the amounts of won deals where these close."""
    for i in range(uintp(count)):
        binned[uintp(bins[i])] += int64(cents[i])


@formula
def _sum_bins(bins: Any, begin: Any, number: Any) -> Any:
    """Sum of so many bins, which are read in whole windows: no branch depends on a week's."""
    total = int64(0)
    place, left = begin, number
    while left > 0:
        for j in range(uintp(WINDOW)):
            total += bins[place + j] if int64(j) < left else int64(0)
        left -= WINDOW
        place += uintp(WINDOW)
    return total


@part
def _sum_loads(
    load: Ints, width: int, clock: Floats, advance: Floats, count: int, gone: Ints
) -> None:
    """Add what closes on a clock in the step to ``gone``."""
    for i in range(uintp(count)):
        first: int = bin_after(clock[i])
        number = bin_after(clock[i] + advance[i]) - first
        gone[i] += _sum_bins(load, uintp(i) * uintp(width) + uintp(first), number)


@part
def look_ahead(count: int, pipes: Pipelines) -> None:
    """Load that would close in the step, of what is open now: into ``pipes.gone``."""
    for i in range(uintp(count)):
        pipes.gone[i] = 0
    stride = pipes.stride
    for clock in range(2):
        begin = 0 if pipes.shared else clock * stride * pipes.width
        if clock == WON or not pipes.shared:
            _sum_loads(
                pipes.load[begin:],
                pipes.width,
                pipes.clock[clock * stride :],
                pipes.advance[clock * stride :],
                count,
                pipes.gone,
            )


@part
def close(count: int, pipes: Pipelines) -> None:
    """Let the step pass: clocks advance, deals close."""
    look_ahead(count, pipes)
    for i in range(uintp(count)):
        pipes.open[i] -= pipes.gone[i]
    for i in range(uintp(2 * pipes.stride)):
        pipes.clock[i] += pipes.advance[i]


@part
def begin_books(count: int, pipes: Pipelines) -> None:
    """Book what closes from now on."""
    for i in range(uintp(count)):
        pipes.unread[i] = bin_after(pipes.clock[i])


@part
def book_closed(count: int, pipes: Pipelines, booked: Floats) -> None:
    """Add the cents of the deals that have closed since the last time to ``booked``."""
    width = uintp(pipes.width)
    for i in range(uintp(count)):
        first, after = pipes.unread[i], bin_after(pipes.clock[i])
        booked[i] += float64(_sum_bins(pipes.cents, uintp(i) * width + uintp(first), after - first))
        pipes.unread[i] = after
