"""A deal closes: its amount lands in a month of its path."""

from __future__ import annotations

from numba import float32, float64, int32, int64, uintp

from quotarisk.kernel.arrays import Floats, Indices, Tables, Words
from quotarisk.kernel.beliefs import quantiles
from quotarisk.kernel.casts import second_of
from quotarisk.kernel.compiling import stage
from quotarisk.kernel.inputs import Clock
from quotarisk.kernel.quantiles import pick
from quotarisk.kernel.scratch import DealScratch

CENTS = 100.0
_ROUND = 6755399441055744.0  # 1.5 * 2**52: adding it rounds to a whole number


@stage
def draw_cycles(listed: Floats, table: Tables, words: Words, count: int, d: DealScratch) -> None:
    """Cycles into ``d.length``, before the path's factor: listed ones as they are."""
    if listed.shape[0] > 0:
        pick(listed, words, count, d.cents)
        for i in range(uintp(count)):
            d.length[i] = float32(d.cents[i])
    else:
        quantiles(table, words, count, d, d.length)


@stage
def look_up_factors(factors: Tables, paths: Indices, count: int, d: DealScratch) -> None:
    """Factors of each deal's path, one load for both."""
    for i in range(uintp(count)):
        d.factors[i] = factors[uintp(paths[i])]


@stage
def draw_sizes(listed: Floats, table: Tables, words: Words, count: int, d: DealScratch) -> None:
    """Deal sizes, times the path's factor in ``d.factors``, into ``d.cents``: whole cents."""
    if listed.shape[0] > 0:
        pick(listed, words, count, d.cents)
        for i in range(uintp(count)):
            d.cents[i] = (d.cents[i] * float64(second_of(d.factors[i])) + _ROUND) - _ROUND
    else:
        quantiles(table, words, count, d, d.length)
        for i in range(uintp(count)):
            cents = float64(d.length[i]) * CENTS
            d.cents[i] = (cents * float64(second_of(d.factors[i])) + _ROUND) - _ROUND


@stage
def book(
    clock: Clock, paths: Indices, begin: int, count: int, d: DealScratch, booked: Floats
) -> None:
    """Add ``d.cents`` to the month in which each deal closes; the last row is 'afterwards'."""
    step, last = float32(clock.step), float32(clock.grid.shape[0] - 1)
    for i in range(uintp(count)):
        d.slot[i] = int32(min(max(d.closing[i], float32(0.0)) * step, last))
    for i in range(uintp(count)):
        month = int64(clock.grid[uintp(d.slot[i])])
        month += int64(d.closing[i] >= clock.ends[uintp(month)])
        booked[uintp(month), uintp(begin) + uintp(paths[i])] += d.cents[i]


@stage
def count_won(
    clock: Clock, paths: Indices, begin: int, count: int, d: DealScratch, won: Floats
) -> None:
    """Count each deal that stays in the month in which it closes, once `book` has found them."""
    for i in range(uintp(count)):
        month = int64(clock.grid[uintp(d.slot[i])])
        month += int64(d.closing[i] >= clock.ends[uintp(month)])
        won[uintp(month), uintp(begin) + uintp(paths[i])] += d.stays[i]
