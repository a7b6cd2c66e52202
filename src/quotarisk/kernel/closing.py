"""A deal closes: its amount lands in a month of its path."""

from __future__ import annotations

from numba import float32, float64, int32, int64, uintp

from quotarisk.kernel.arrays import Floats, Indices, Singles, Tables, Words
from quotarisk.kernel.beliefs import quantiles
from quotarisk.kernel.compiling import stage
from quotarisk.kernel.inputs import Clock, SegmentDraws
from quotarisk.kernel.quantiles import pick
from quotarisk.kernel.scratch import DealScratch

CENTS = 100.0
_ROUND = 6755399441055744.0  # 1.5 * 2**52: adding it rounds to a whole number


@stage
def draw_cycles(
    segment: SegmentDraws, table: Tables, words: Words, count: int, d: DealScratch
) -> None:
    """Cycles into ``d.length``, before the path's factor: listed ones as they are."""
    if segment.cycles.shape[0] > 0:
        pick(segment.cycles, words, count, d.cents)
        for i in range(uintp(count)):
            d.length[i] = float32(d.cents[i])
    else:
        quantiles(table, words, count, d, d.length)


@stage
def draw_sizes(segment: SegmentDraws, words: Words, count: int, d: DealScratch) -> None:
    """Deal sizes into ``d.cents``, before the path's factor: listed prices to the cent."""
    if segment.prices.shape[0] > 0:
        pick(segment.prices, words, count, d.cents)
    else:
        quantiles(segment.size, words, count, d, d.amount)
        for i in range(uintp(count)):
            d.cents[i] = float64(d.amount[i]) * CENTS


@stage
def find_slots(clock: Clock, count: int, d: DealScratch) -> None:
    """Step of the clock's grid in which each deal closes."""
    step, last = float32(clock.step), float32(clock.grid.shape[0] - 1)
    for i in range(uintp(count)):
        d.slot[i] = int32(min(max(d.arrival[i], float32(0.0)) * step, last))


@stage
def add_cents(
    clock: Clock, paths: Indices, begin: int, count: int, d: DealScratch, booked: Floats
) -> None:
    """Add ``d.cents`` to the month in which each deal closes; the last row is 'afterwards'."""
    for i in range(uintp(count)):
        month = int64(clock.grid[uintp(d.slot[i])])
        month += int64(d.arrival[i] >= clock.ends[uintp(month)])
        booked[uintp(month), uintp(begin) + uintp(paths[i])] += d.cents[i]


@stage
def book(
    clock: Clock,
    paths: Indices,
    begin: int,
    count: int,
    scale: Singles,
    d: DealScratch,
    booked: Floats,
) -> None:
    """Book ``d.cents`` times the path's scale, in whole cents, at ``d.arrival``."""
    find_slots(clock, count, d)
    for i in range(uintp(count)):
        d.amount[i] = scale[uintp(paths[i])]
    for i in range(uintp(count)):
        d.cents[i] = (d.cents[i] * float64(d.amount[i]) + _ROUND) - _ROUND
    add_cents(clock, paths, begin, count, d, booked)
