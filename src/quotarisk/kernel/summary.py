"""What is kept of a table of bookings: sums over paths, in a few passes over memory.

Rows are periods of one of three cadences, columns are paths. Amounts are whole cents and
hits are counts, so their sums are exact in any order.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import int64, uintp

from quotarisk.kernel.arrays import Floats, Ints
from quotarisk.kernel.compiling import SOURCES, entry, stage

_BLOCK = 2048


class Sums(NamedTuple):
    """Sums over paths. ``c`` numbers the cadences: month, quarter, year."""

    hits: Ints  # [3] sum of h_c, the number of a path's periods that are hit
    hits_squared: Ints  # [3] sum of h_c^2
    all_hit: Ints  # [3] paths on which every period with a quota is hit
    alarms: Ints  # [5] sums of a, b, a^2, a b, b^2: months missed in hit quarters, and in those all
    moved: Floats  # [3] sum of m_c^2, m_c the mean deviation of a path's periods
    squares: Floats  # [3, 3] sums of s_c, s_c^2, m_c s_c, s_c the mean squared deviation


@entry
def add_up(
    booked: Floats,
    first: Ints,
    end: Ints,
    certain: Floats,
    totals: Floats,
    sources: int = SOURCES,  # noqa: ARG001 - part of the cached signature, see compiling.py
) -> None:
    """Bookings of each period on each path.

    Parameters
    ----------
    booked
        ``[months, paths]``.
    first, end
        ``[periods]`` months of ``booked`` that a period takes.
    certain
        ``[periods]`` what is booked already.
    totals
        ``[periods, paths]``, overwritten.
    """
    for row in range(totals.shape[0]):
        total, start = totals[row], certain[row]
        one = booked[first[row]]
        for p in range(uintp(total.shape[0])):
            total[p] = start + one[p]
        for month in range(first[row] + 1, end[row]):
            more = booked[month]
            for p in range(uintp(total.shape[0])):
                total[p] += more[p]


@entry
def deviations(
    totals: Floats,
    means: Floats,
    second: Floats,
    fourth: Floats,
    sources: int = SOURCES,  # noqa: ARG001 - part of the cached signature, see compiling.py
) -> None:
    """Mean of each row, and the sums of its squared and fourth-power deviations from it.

    Parameters
    ----------
    totals
        ``[periods, paths]``.
    means, second, fourth
        ``[periods]``, overwritten.
    """
    paths = totals.shape[1]
    for row in range(totals.shape[0]):
        values = totals[row]
        total = 0.0
        for i in range(uintp(values.shape[0])):
            total += values[i]
        mean = total / paths
        # four chains of additions at a time: one would wait for each addition to end
        a2 = b2 = c2 = d2 = 0.0
        a4 = b4 = c4 = d4 = 0.0
        whole = paths - paths % 4
        for quarter in range(whole // 4):
            p = uintp(4) * uintp(quarter)
            a = (values[p] - mean) * (values[p] - mean)
            b = (values[p + uintp(1)] - mean) * (values[p + uintp(1)] - mean)
            c = (values[p + uintp(2)] - mean) * (values[p + uintp(2)] - mean)
            d = (values[p + uintp(3)] - mean) * (values[p + uintp(3)] - mean)
            a2 += a
            b2 += b
            c2 += c
            d2 += d
            a4 += a * a
            b4 += b * b
            c4 += c * c
            d4 += d * d
        for rest in range(paths - whole):
            last = values[whole + rest] - mean
            a = last * last
            a2 += a
            a4 += a * a
        means[row] = mean
        second[row] = (a2 + b2) + (c2 + d2)
        fourth[row] = (a4 + b4) + (c4 + d4)


@stage
def _count_hits(
    totals: Floats, quotas: Floats, cadence: Ints, begin: int, size: int, counts: Ints
) -> None:
    """Number of periods of each cadence that each path of a block hits."""
    counts[:] = 0
    for row in range(totals.shape[0]):
        quota, here, count = quotas[row], totals[row, begin : begin + size], counts[cadence[row]]
        for p in range(uintp(size)):
            count[p] += int64(here[p] >= quota)


@entry
def sum_up(
    totals: Floats,
    means: Floats,
    quotas: Floats,
    cadence: Ints,
    quarter_row: Ints,
    sources: int = SOURCES,  # noqa: ARG001 - part of the cached signature, see compiling.py
) -> Sums:
    """What do paths hit together, and how do their periods deviate together?

    Parameters
    ----------
    totals
        ``[periods, paths]``.
    means
        ``[periods]`` row means of ``totals``.
    quotas
        ``[periods]``; NaN, which nothing reaches, where a period has none.
    cadence
        ``[periods]`` 0 for months, 1 for quarters, 2 for years.
    quarter_row
        ``[periods]`` row of a month's quarter where both have a quota, else -1.
    """
    periods, paths = totals.shape
    hits, hits_squared = np.zeros(3, np.int64), np.zeros(3, np.int64)
    all_hit = np.zeros(3, np.int64)
    alarms = np.zeros(5, np.int64)
    moved, squares = np.zeros(3), np.zeros((3, 3))
    quota_count, period_count = np.zeros(3, np.int64), np.zeros(3, np.int64)
    for row in range(periods):
        period_count[cadence[row]] += 1
        quota_count[cadence[row]] += int64(not np.isnan(quotas[row]))
    counts = np.empty((3, _BLOCK), np.int64)
    alarm, chance = np.empty(_BLOCK, np.int64), np.empty(_BLOCK, np.int64)
    move, square = np.empty((3, _BLOCK)), np.empty((3, _BLOCK))
    for begin in range(0, paths, _BLOCK):
        size = min(_BLOCK, paths - begin)
        _count_hits(totals, quotas, cadence, begin, size, counts)
        alarm[:] = 0
        chance[:] = 0
        move[:] = 0.0
        square[:] = 0.0
        for row in range(periods):
            here, mean, c = totals[row, begin : begin + size], means[row], cadence[row]
            moves, deviates = move[c], square[c]
            for p in range(uintp(size)):
                deviation = here[p] - mean
                moves[p] += deviation
                deviates[p] += deviation * deviation
            if quarter_row[row] >= 0:
                above = totals[quarter_row[row], begin : begin + size]
                quota, plan = quotas[row], quotas[quarter_row[row]]
                for p in range(uintp(size)):
                    made = int64(above[p] >= plan)
                    chance[p] += made
                    alarm[p] += made & int64(here[p] < quota)
        for c in range(3):
            here_hit = counts[c]
            for p in range(uintp(size)):
                h = here_hit[p]
                hits[c] += h
                hits_squared[c] += h * h
                all_hit[c] += int64(h == quota_count[c])
            n = max(period_count[c], 1)
            for p in range(uintp(size)):
                m, s = move[c, p] / n, square[c, p] / n
                moved[c] += m * m
                squares[c, 0] += s
                squares[c, 1] += s * s
                squares[c, 2] += m * s
        for p in range(uintp(size)):
            a, b = alarm[p], chance[p]
            alarms[0] += a
            alarms[1] += b
            alarms[2] += a * a
            alarms[3] += a * b
            alarms[4] += b * b
    return Sums(hits, hits_squared, all_hit, alarms, moved, squares)


@entry
def hits_apart(
    totals: Floats,
    quotas: Floats,
    cadence: Ints,
    months: int,
    quarters: int,
    sources: int = SOURCES,  # noqa: ARG001 - part of the cached signature, see compiling.py
) -> Ints:
    """How do hits by the quarter and by the month differ on each path?

    Parameters
    ----------
    totals, quotas, cadence
        As for `sum_up`.
    months, quarters
        Number of those that have a quota.

    Returns
    -------
    ndarray
        Sums over paths of d and d^2, d = hit quarters x months - hit months x quarters.
    """
    paths = totals.shape[1]
    apart = np.zeros(2, np.int64)
    counts = np.empty((3, _BLOCK), np.int64)
    for begin in range(0, paths, _BLOCK):
        size = min(_BLOCK, paths - begin)
        _count_hits(totals, quotas, cadence, begin, size, counts)
        for p in range(uintp(size)):
            d = counts[1, p] * months - counts[0, p] * quarters
            apart[0] += d
            apart[1] += d * d
    return apart
