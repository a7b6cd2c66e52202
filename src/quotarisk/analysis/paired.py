"""Two scenarios on the same paths: how far apart are their figures, and how sure is that?

Luck that both share cancels in the difference of each path, so the error of a difference is
that of the differences, far smaller than the errors of what is subtracted.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from quotarisk.kernel.apart import Apart
from quotarisk.simulation.estimates import Array, proportion_se

LOWEST = 0.1  # the share of the futures that counts as bad
_WORDS = 2.0**32
_ROUNDING = 1e-12  # share of a sum of squares that is but rounding


class Paired(NamedTuple):
    """A difference of means over the same paths, and its standard error; ``[periods]`` each."""

    change: Array
    change_se: Array


class Lowest(NamedTuple):
    """What bad futures bring; ``[periods]`` in the unit of the bookings."""

    p10: Array
    p10_se: Array
    expected_shortfall: Array
    expected_shortfall_se: Array


def shares_apart(sums: Apart, base: Apart, paths: int) -> Paired:
    """How much more likely is one than the other to reach the quota?

    With d = 1, 0 or -1 on each path the error is ``sqrt(Var(d) / paths)``. Where no path differs
    though bookings do, it is that of a probability never seen (`proportion_se`): few paths do not
    pass for certainty. Only what is the same on every path, cent by cent, is no change for sure.

    Parameters
    ----------
    sums, base
        Of both, beside the latter.
    """
    change = (sums.hits - base.hits) / paths
    error = np.sqrt(np.maximum(sums.differ / paths - change**2, 0.0) / paths)
    same = sums.moved_squared == 0
    return Paired(change, np.where(same, 0.0, np.maximum(error, proportion_se(0, paths))))


def means_apart(sums: Apart, paths: int) -> Paired:
    """By how much is one's mean higher?"""
    change = sums.moved / paths
    squares = sums.moved_squared - paths * change**2
    squares = np.where(squares > _ROUNDING * sums.moved_squared, squares, 0.0)
    return Paired(change, np.sqrt(squares / (paths - 1) / paths))


def _in_order(booked: Array, number: int) -> Array:
    """The lowest bookings of a period, so many, in ascending order.

    Whole cents of 32 bits, where they do, are sorted twice as fast.
    """
    fits = booked.min() >= 0 and booked.max() < _WORDS
    copy = booked.astype(np.uint32 if fits else np.float64)
    if number < len(copy):
        copy.partition(number)
    found = copy[:number]
    found.sort()
    return found.astype(np.float64)


def lowest_of(booked: Array) -> Lowest:
    """What is booked at most in the worst tenth of the futures, and what on average in these?

    The expected shortfall is the mean of the lowest 10 % of bookings (Acerbi and Tasche,
    *Journal of Banking & Finance* 26(7), 2002, doi:10.1016/S0378-4266(02)00283-2), where a path
    at the edge counts in part. Its error is
    ``sqrt((Var(x | x <= p10) + 0.9 (p10 - mean)^2) / (0.1 paths))`` (Manistre and Hancock, *North
    American Actuarial Journal* 9(2), 2005, doi:10.1080/10920277.2005.10596207). The error of p10
    is half the gap of the order statistics that are one error of the rank to either side.

    Parameters
    ----------
    booked
        ``[periods, paths]`` in whole cents.
    """
    paths = booked.shape[1]
    rank = paths * LOWEST
    step = np.sqrt(rank * (1 - LOWEST))
    at, low = int(rank), max(int(rank - step), 0)
    high = min(int(np.ceil(rank + step)), paths - 1)
    bottom = np.empty((len(booked), high + 1))
    for row, each in zip(bottom, booked, strict=True):
        row[:] = _in_order(each, high + 1)
    p10 = bottom[:, at]
    weights = np.append(np.ones(at), rank - at) / rank
    mean = bottom[:, : at + 1] @ weights
    squares = (bottom[:, : at + 1] - mean[:, np.newaxis]) ** 2 @ weights
    error = np.sqrt((squares + (1 - LOWEST) * (p10 - mean) ** 2) / rank)
    return Lowest(p10, (bottom[:, high] - bottom[:, low]) / 2, mean, error)
