"""Amounts of two kinds on the same paths, and pay as cash: sums over paths, in one look.

Sums are taken in `LANES` interleaved parts, the same ones on every processor. Loops write to two
arrays at most: with more, a compiler would not know them apart and leave the loop as it is.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import int64, uintp

from quotarisk.kernel.arrays import Floats, Ints
from quotarisk.kernel.compiling import SOURCES, entry, stage
from quotarisk.kernel.summary import LANES

_BLOCK = 512  # paths


class Together(NamedTuple):
    """Two rows of paths, a and b; moments are central and divided by the number of paths."""

    mean_a: float
    mean_b: float
    var_a: float
    var_b: float
    both: float  # covariance
    fourth_a: float
    fourth_b: float
    squares: float  # mean of the product of squared deviations
    reach_a: int  # paths on which a reaches its amount
    reach_b: int
    only_a: int  # paths on which a reaches its amount, and b does not reach its own
    more: int  # paths on which a is above b
    less: int


@stage
def _sum(a: Floats, lanes: Floats) -> None:
    for k in range(uintp(len(a))):
        lanes[k] += a[k]


@stage
def _deviate(a: Floats, mean: float, squares: Floats, fourths: Floats) -> None:
    for k in range(uintp(len(a))):
        x = a[k] - mean
        squares[k] += x * x
        fourths[k] += x * x * (x * x)


@stage
def _deviate_both(
    a: Floats, b: Floats, mean_a: float, mean_b: float, products: Floats, squares: Floats
) -> None:
    for k in range(uintp(len(a))):
        x, y = a[k] - mean_a, b[k] - mean_b
        products[k] += x * y
        squares[k] += x * x * (y * y)


@stage
def _count(a: Floats, b: Floats, least_a: float, least_b: float, counts: Ints) -> None:
    reach_a = reach_b = only = more = less = int64(0)
    for k in range(uintp(len(a))):
        up, was = int64(a[k] >= least_a), int64(b[k] >= least_b)
        reach_a += up
        reach_b += was
        only += up & (was ^ int64(1))
        more += int64(a[k] > b[k])
        less += int64(a[k] < b[k])
    counts[0], counts[1], counts[2], counts[3], counts[4] = reach_a, reach_b, only, more, less


@entry
def look_together(
    a: Floats,
    b: Floats,
    least_a: float,
    least_b: float,
    sources: int = SOURCES,  # noqa: ARG001 - part of the cached signature, see compiling.py
) -> Together:
    """What do two rows of paths say, each alone and both together?

    Parameters
    ----------
    a, b
        ``[paths]``.
    least_a, least_b
        Amounts that are reached or not.
    """
    paths = a.shape[0]
    lanes = np.zeros((6, LANES))
    for begin in range(0, paths, LANES):
        _sum(a[begin : begin + LANES], lanes[0])
        _sum(b[begin : begin + LANES], lanes[1])
    mean_a, mean_b = lanes[0].sum() / paths, lanes[1].sum() / paths
    lanes[:] = 0.0
    for begin in range(0, paths, LANES):
        here, there = a[begin : begin + LANES], b[begin : begin + LANES]
        _deviate(here, mean_a, lanes[0], lanes[3])
        _deviate(there, mean_b, lanes[1], lanes[4])
        _deviate_both(here, there, mean_a, mean_b, lanes[2], lanes[5])
    moments = np.empty(6)
    for k in range(6):
        moments[k] = lanes[k].sum() / paths
    counts = np.empty(5, np.int64)
    _count(a, b, least_a, least_b, counts)
    return Together(
        mean_a,
        mean_b,
        moments[0],
        moments[1],
        moments[2],
        moments[3],
        moments[4],
        moments[5],
        counts[0],
        counts[1],
        counts[2],
        counts[3],
        counts[4],
    )


@stage
def _spread_block(
    variable: Floats,
    due: Floats,
    base: float,
    squares: float,
    months: int,
    begin: int,
    total: Floats,
    sd: Floats,
) -> None:
    size = uintp(len(total))
    for p in range(size):
        total[p] = base
        sd[p] = squares
    for row in range(variable.shape[0]):
        here, fixed = variable[row, begin : begin + len(total)], 2.0 * due[row]
        for p in range(size):
            total[p] += here[p]
            sd[p] += here[p] * (here[p] + fixed)
    for p in range(size):
        away = max(sd[p] - total[p] * total[p] / months, 0.0)
        sd[p] = np.sqrt(away / (months - 1))


@entry
def spread_cash(
    variable: Floats,
    due: Floats,
    base: float,
    squares: float,
    months: int,
    total: Floats,
    sd: Floats,
    sources: int = SOURCES,  # noqa: ARG001 - part of the cached signature, see compiling.py
) -> None:
    """Sum a path's pay, and tell how far its months differ.

    With c_m what is paid in month m, ``sd^2 = (sum c_m^2 - (sum c_m)^2 / n) / (n - 1)``.

    Parameters
    ----------
    variable
        ``[periods, paths]`` variable pay, paid in a period's last month.
    due
        ``[periods]`` fixed pay of that month.
    base, squares
        Sums over the months of fixed pay and of its square.
    months
        Number of them, two at least.
    total, sd
        ``[paths]``, overwritten.
    """
    for begin in range(0, len(total), _BLOCK):
        _spread_block(
            variable,
            due,
            base,
            squares,
            months,
            begin,
            total[begin : begin + _BLOCK],
            sd[begin : begin + _BLOCK],
        )
