"""Quotas read off sorted paths: the amount that is booked on so many of them.

Hit means bookings >= quota, so the quota that is hit with probability c on n paths is their
k-th largest amount, k = ceil(c n): the largest quota that at least k of them reach. The number
of paths that reach the true quota is binomial(n, c), which gives an interval that holds
whatever the law of bookings, atoms included (David and Nagaraja, *Order Statistics*, 2003,
section 7.1, doi:10.1002/0471722162).
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import special, stats

from quotarisk.kernel.summary import count_below
from quotarisk.simulation.estimates import Array

TAIL = 0.025  # left out on either side of a 95 % interval
Z_95 = float(special.ndtri(1 - TAIL))
_ROUNDING = 1e-9  # of a share times a number of paths
_ABREAST = 24  # amounts that are tried together


class Ranks(NamedTuple):
    """Places among the amounts from the largest, which is 1: of the quota and its interval.

    ``few`` is 0 and ``many`` the number of paths + 1 where the paths do not bound the interval.
    """

    at: int
    few: int  # place of the upper end: hit on fewer paths
    many: int  # place of the lower end


@lru_cache(maxsize=64)
def ranks_of(share: float, paths: int) -> Ranks:
    """At which places stands the amount that a share of the paths reaches, and its interval?

    Parameters
    ----------
    share
        From 0 to 1, neither included.
    paths
        Number of paths.

    Examples
    --------
    >>> ranks_of(0.6, 1000)
    Ranks(at=600, few=570, many=631)
    """
    law = stats.binom(paths, share)
    at = max(math.ceil(share * paths - _ROUNDING), 1)
    return Ranks(at, int(law.ppf(TAIL)), int(law.ppf(1 - TAIL)) + 1)


def amounts_at(ordered: Array, place: int) -> Array:
    """Which amount stands at a place from the largest, in each period?

    Parameters
    ----------
    ordered
        ``[periods, paths]`` in ascending order.
    place
        1 is the largest; NaN below 1 and beyond the number of paths.

    Returns
    -------
    ndarray
        ``[periods]`` in whole cents.
    """
    paths = ordered.shape[1]
    if not 1 <= place <= paths:
        return np.full(len(ordered), np.nan)
    return np.floor(ordered[:, paths - place])


def hits_of(ordered: Array, quotas: Array) -> Array:
    """On how many paths does each period reach its quota? NaN where it has none.

    Parameters
    ----------
    ordered
        ``[periods, paths]`` in ascending order.
    quotas
        ``[periods]``.
    """
    rows = np.arange(len(quotas), dtype=np.int64)
    below = count_below(ordered, rows, np.nan_to_num(quotas)[:, np.newaxis])
    return np.where(np.isnan(quotas), np.nan, ordered.shape[1] - below[:, 0])


def common_amount(ordered: Array, rows: NDArray[np.int64], hits: float) -> float:
    """Which is the largest amount that some periods together reach so many times?

    Parameters
    ----------
    ordered
        ``[periods, paths]`` in ascending order.
    rows
        Which periods.
    hits
        How many times, all paths and all of these periods counted.

    Returns
    -------
    float
        In whole cents; NaN where ``hits`` is not above 0, or more than there are.
    """
    most = len(rows) * ordered.shape[1]
    needed = math.ceil(hits - _ROUNDING)
    if not 1 <= needed <= most:
        return math.nan
    # of equal shares in each period the least and the largest hold the common one between them
    place = ordered.shape[1] - -(-needed // len(rows))
    near = np.floor(ordered[rows, place])
    low, high = int(near.min()), int(near.max())
    while low < high:  # low is reached often enough, high + 1 is not
        step = max(-(-(high - low) // _ABREAST), 1)
        tried = np.arange(low + step, high + step, step, dtype=np.float64)
        below = count_below(ordered, rows, np.broadcast_to(tried, (len(rows), len(tried))).copy())
        enough = int(np.count_nonzero(most - below.sum(axis=0) >= needed))
        low, high = low + enough * step, min(high, low + (enough + 1) * step - 1)
    return float(low)


def count_hits(booked: Array, rows: NDArray[np.int64], quotas: Array) -> NDArray[np.uint8]:
    """How many of some periods does each path hit?

    Parameters
    ----------
    booked
        ``[periods, paths]``.
    rows
        Which periods, 255 at most.
    quotas
        A quota for each of these.
    """
    hits = np.zeros(booked.shape[1], dtype=np.uint8)
    for row, quota in zip(rows.tolist(), quotas.tolist(), strict=True):
        hits += booked[row] >= quota
    return hits
