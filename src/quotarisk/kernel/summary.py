"""What is kept of a table of bookings: sums over paths, block by block of paths.

Rows are periods of one of three cadences, columns are paths. Amounts are whole cents and
hits are counts, so their sums are exact in any order while they stay below 2**53; all sums are
taken in `LANES` interleaved parts, the same ones on every processor.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba import float64, int64, uint32, uintp

from quotarisk.kernel.arrays import Floats, Indices, Ints
from quotarisk.kernel.casts import bits_of_double
from quotarisk.kernel.compiling import SOURCES, entry, stage

LANES = 128
_BLOCK = 512  # paths, a multiple of the lanes; a block of all rows stays in the processor's cache
_WHOLE = 4503599627370496.0  # 2**52: added to a whole number, it bares the number's bits
_WHOLE_BITS = 0x4330000000000000  # of 2**52 itself
_UPPER = np.int64(32)


class Table(NamedTuple):
    """Bookings of months, and which periods are made of them."""

    booked: Floats  # [months, paths] simulated
    certain: Floats  # [periods] booked already
    first: Ints  # [periods] first month that a period takes
    end: Ints  # [periods] the month after its last


class RowSums(NamedTuple):
    """Sums over paths, a row each. A deviation is that from the row's mean."""

    second: Floats  # squared deviations
    fourth: Floats  # their squares
    missed: Ints  # paths that miss the quota; none where there is no quota
    short: Floats  # what is missing on these paths
    short_squared: Floats  # its square


class Sums(NamedTuple):
    """Sums over paths. ``c`` numbers the cadences: month, quarter, year."""

    rows: RowSums
    hits: Ints  # [3, 2] sums of h_c, the number of a path's periods that are hit, and of h_c^2
    all_hit: Ints  # [3] paths on which every period with a quota is hit
    alarms: Ints  # [5] sums of a, b, a^2, a b, b^2: months missed in hit quarters, and in those all
    differences: Ints  # [2] sums of d and d^2, d the sum of the weights of what is hit
    deviations: Floats  # [3, 4] sums of m^2, s, s^2 and m s: over the periods of c, m_c sums up a
    # path's deviations, and s_c their squares
    in_words: bool  # whether all totals are whole numbers from 0 to 2**32 - 1


@stage
def _sum(lanes: Floats) -> float:
    total = 0.0
    for k in range(uintp(len(lanes))):
        total += lanes[k]
    return total


@entry
def sum_months(
    booked: Floats,
    sources: int = SOURCES,  # noqa: ARG001 - part of the cached signature, see compiling.py
) -> Floats:
    """Sum each row of whole numbers ``[months, paths]``."""
    sums, lanes = np.empty(booked.shape[0]), np.empty(LANES)
    for month in range(booked.shape[0]):
        row = booked[month]
        lanes[:] = 0.0
        for begin in range(0, row.shape[0], LANES):
            here = row[begin : begin + LANES]
            for k in range(uintp(len(here))):
                lanes[k] += here[k]
        sums[month] = _sum(lanes)
    return sums


@stage
def _add_row(table: Table, row: int, begin: int, total: Floats) -> None:
    """Bookings of a period on a block of paths."""
    size, start = len(total), table.certain[row]
    one = table.booked[table.first[row], begin : begin + size]
    for p in range(uintp(size)):
        total[p] = start + one[p]
    for month in range(table.first[row] + 1, table.end[row]):
        more = table.booked[month, begin : begin + size]
        for p in range(uintp(size)):
            total[p] += more[p]


@entry
def add_up(
    table: Table,
    totals: Floats,
    sources: int = SOURCES,  # noqa: ARG001 - part of the cached signature, see compiling.py
) -> None:
    """Bookings of each period on each path into ``totals [periods, paths]``."""
    for begin in range(0, totals.shape[1], _BLOCK):
        for row in range(totals.shape[0]):
            _add_row(table, row, begin, totals[row, begin : begin + _BLOCK])


@stage
def _store(total: Floats, words: Indices) -> Any:
    """Totals as uint32; a number other than 0 if one of them is not a whole number below 2**32."""
    beyond = int64(0)
    for p in range(uintp(len(total))):
        bared = total[p] + _WHOLE
        bits = bits_of_double(bared)
        words[p] = uint32(bits)
        beyond |= (bits ^ int64(_WHOLE_BITS)) >> _UPPER
        beyond |= int64(bared - _WHOLE != total[p])
    return beyond


@stage
def _deviate(total: Floats, mean: float, move: Floats, far: Floats) -> None:
    """Add a row's deviations and their squares to each path's."""
    for p in range(uintp(len(total))):
        deviation = total[p] - mean
        move[p] += deviation
        far[p] += deviation * deviation


@stage
def _spread(total: Floats, mean: float, quota: float, lanes: Floats) -> Any:
    """Add a row's deviations to the sums over paths; count the paths that miss."""
    second, fourth, short, short_squared = lanes[0], lanes[1], lanes[2], lanes[3]
    missed = int64(0)
    for begin in range(0, total.shape[0], LANES):
        here = total[begin : begin + LANES]
        for k in range(uintp(len(here))):
            deviation = here[k] - mean
            square = deviation * deviation
            second[k] += square
            fourth[k] += square * square
            misses = here[k] < quota
            missing = quota - here[k] if misses else 0.0
            short[k] += missing
            short_squared[k] += missing * missing
            missed += int64(misses)
    return missed


@stage
def _count_hits(here: Floats, quota: float, count: Ints) -> None:
    """Add a row's hits to each path's count."""
    for p in range(uintp(len(here))):
        count[p] += int64(here[p] >= quota)


@stage
def _weigh_hits(here: Floats, quota: float, weight: int, difference: Ints) -> None:
    """Add a row's hits, so many times, to each path's difference."""
    for p in range(uintp(len(here))):
        difference[p] += int64(here[p] >= quota) * weight


@stage
def _sum_squares(d: Ints, size: int, sums: Ints) -> None:
    """Add the sums over paths of d and d^2."""
    s_d = s_dd = int64(0)
    for p in range(uintp(size)):
        s_d += d[p]
        s_dd += d[p] * d[p]
    sums[0] += s_d
    sums[1] += s_dd


@stage
def _count_alarms(
    here: Floats, above: Floats, quota: float, plan: float, alarm: Ints, chance: Ints
) -> None:
    """Count on each path that the quarter is hit, and that its month is missed then."""
    for p in range(uintp(len(here))):
        made = int64(above[p] >= plan)
        chance[p] += made
        alarm[p] += made & int64(here[p] < quota)


@stage
def _sum_products(a: Ints, b: Ints, size: int, sums: Ints) -> None:
    """Add the sums over paths of a, b, a^2, a b and b^2."""
    s_a = s_b = s_aa = s_ab = s_bb = int64(0)
    for p in range(uintp(size)):
        s_a += a[p]
        s_b += b[p]
        s_aa += a[p] * a[p]
        s_ab += a[p] * b[p]
        s_bb += b[p] * b[p]
    sums[0] += s_a
    sums[1] += s_b
    sums[2] += s_aa
    sums[3] += s_ab
    sums[4] += s_bb


@stage
def _sum_deviations(move: Floats, far: Floats, size: int, sums: Floats) -> None:
    """Add the sums over paths of m^2, s, s^2 and m s."""
    s_mm, s_s, s_ss, s_ms = sums[0], sums[1], sums[2], sums[3]
    for p in range(uintp(size)):
        m, s = move[p], far[p]
        s_mm += m * m
        s_s += s
        s_ss += s * s
        s_ms += m * s
    sums[0], sums[1], sums[2], sums[3] = s_mm, s_s, s_ss, s_ms


@entry
def sum_up(
    table: Table,
    means: Floats,
    quotas: Floats,
    cadence: Ints,
    quarter_row: Ints,
    weight: Ints,
    words: Indices,
    sources: int = SOURCES,  # noqa: ARG001 - part of the cached signature, see compiling.py
) -> Sums:
    """What do paths hit together, and how do their periods deviate together?

    Parameters
    ----------
    table
        Bookings, and the periods made of them.
    means
        ``[periods]`` over paths.
    quotas
        ``[periods]``; NaN, which nothing reaches, where a period has none.
    cadence
        ``[periods]`` 0 for months, 1 for quarters, 2 for years.
    quarter_row
        ``[periods]`` row of a month's quarter where both have a quota, else -1.
    weight
        ``[periods]`` of a hit in the difference of cadences.
    words
        ``[periods, paths]``, overwritten with the totals as uint32.
    """
    periods, paths = means.shape[0], words.shape[1]
    rows = RowSums(
        np.empty(periods),
        np.empty(periods),
        np.zeros(periods, np.int64),
        np.empty(periods),
        np.empty(periods),
    )
    hits, all_hit = np.zeros((3, 2), np.int64), np.zeros(3, np.int64)
    alarms, differences = np.zeros(5, np.int64), np.zeros(2, np.int64)
    deviations, lanes = np.zeros((3, 4)), np.zeros((periods, 4, LANES))
    quota_count = np.zeros(3, np.int64)
    for row in range(periods):
        quota_count[cadence[row]] += int64(not np.isnan(quotas[row]))
    totals = np.empty((periods, _BLOCK))
    counts, difference = np.empty((3, _BLOCK), np.int64), np.empty(_BLOCK, np.int64)
    alarm, chance = np.empty(_BLOCK, np.int64), np.empty(_BLOCK, np.int64)
    move, far = np.empty((3, _BLOCK)), np.empty((3, _BLOCK))
    beyond = int64(0)
    for begin in range(0, paths, _BLOCK):
        size = min(_BLOCK, paths - begin)
        counts[:] = 0
        difference[:] = 0
        alarm[:] = 0
        chance[:] = 0
        move[:] = 0.0
        far[:] = 0.0
        for row in range(periods):
            here, c = totals[row, :size], cadence[row]
            _add_row(table, row, begin, here)
            beyond |= _store(here, words[row, begin : begin + size])
            rows.missed[row] += _spread(here, means[row], quotas[row], lanes[row])
            _deviate(here, means[row], move[c], far[c])
            _count_hits(here, quotas[row], counts[c])
            if weight[row] != 0:
                _weigh_hits(here, quotas[row], weight[row], difference)
        for row in range(periods):
            above = quarter_row[row]
            if above >= 0:
                here, quarter = totals[row, :size], totals[above, :size]
                _count_alarms(here, quarter, quotas[row], quotas[above], alarm, chance)
        for c in range(3):
            h = counts[c]
            total = squared = every = int64(0)
            for p in range(uintp(size)):
                total += h[p]
                squared += h[p] * h[p]
                every += int64(h[p] == quota_count[c])
            hits[c, 0] += total
            hits[c, 1] += squared
            all_hit[c] += every
            _sum_deviations(move[c], far[c], size, deviations[c])
        _sum_products(alarm, chance, size, alarms)
        _sum_squares(difference, size, differences)
    for row in range(periods):
        rows.second[row] = _sum(lanes[row, 0])
        rows.fourth[row] = _sum(lanes[row, 1])
        rows.short[row] = _sum(lanes[row, 2])
        rows.short_squared[row] = _sum(lanes[row, 3])
    return Sums(rows, hits, all_hit, alarms, differences, deviations, beyond == 0)


@entry
def hits_apart(
    table: Table,
    quotas: Floats,
    weight: Ints,
    sources: int = SOURCES,  # noqa: ARG001 - part of the cached signature, see compiling.py
) -> Ints:
    """How do hits by the quarter and by the month differ on each path?

    Parameters
    ----------
    table, quotas, weight
        As for `sum_up`.

    Returns
    -------
    ndarray
        Sums over paths as `Sums.differences` has them.
    """
    paths = table.booked.shape[1]
    sums = np.zeros(2, np.int64)
    total, difference = np.empty(_BLOCK), np.empty(_BLOCK, np.int64)
    for begin in range(0, paths, _BLOCK):
        size = min(_BLOCK, paths - begin)
        difference[:] = 0
        for row in range(weight.shape[0]):
            if weight[row] != 0:
                here = total[:size]
                _add_row(table, row, begin, here)
                _weigh_hits(here, quotas[row], weight[row], difference)
        _sum_squares(difference, size, sums)
    return sums


@entry
def count_below(
    ordered: Any,
    rows: Ints,
    amounts: Floats,
    sources: int = SOURCES,  # noqa: ARG001 - part of the cached signature, see compiling.py
) -> Ints:
    """On how many paths does a period book less than an amount?

    Parameters
    ----------
    ordered
        ``[periods, paths]`` of float64 or uint32, each row in ascending order.
    rows
        ``[n]`` periods.
    amounts
        ``[n, k]`` amounts for each of these periods.

    Returns
    -------
    ndarray
        ``[n, k]`` numbers of paths.
    """
    below = np.empty(amounts.shape, np.int64)
    for i in range(rows.shape[0]):
        values = ordered[rows[i]]
        for k in range(amounts.shape[1]):
            start, size = uintp(0), uintp(values.shape[0])
            while size > 1:  # halving without a branch, which nobody could predict
                half = size // uintp(2)
                step = float64(values[start + half - uintp(1)]) < amounts[i, k]
                start += half * uintp(step)
                size -= half
            below[i, k] = int64(start) + int64(float64(values[start]) < amounts[i, k])
    return below
