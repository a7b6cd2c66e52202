"""What futures in ascending order say: their quantiles, and how bad the worst of them are."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from quotarisk.simulation.estimates import Array

Ordered = Array | NDArray[np.uint32]
_FEWEST = 2  # futures that an error can be told from
_WORDS = 2.0**32


def places_of(level: float, paths: int) -> tuple[int, int, int]:
    """At which places in ascending order are a quantile, and those one error of it apart?"""
    spread = np.sqrt(paths * level * (1 - level))
    low = max(int(paths * level - spread), 0)
    high = min(int(np.ceil(paths * level + spread)), paths - 1)
    return min(int(paths * level), paths - 1), low, high


def put_in_order(booked: Array, number: int | None = None) -> Ordered:
    """Which are the lowest bookings of each period, so many of them, in ascending order?

    Cents that 32 bits can hold are sorted twice as fast, but what is taken back is below 0.

    Parameters
    ----------
    booked
        ``[periods, paths]`` in whole cents; it stays as it is.
    number
        How many; all where it is left out.

    Returns
    -------
    ndarray
        ``[periods, number]``
    """
    fits = booked.size > 0 and booked.min() >= 0 and booked.max() < _WORDS
    ordered: Ordered = booked.astype(np.uint32) if fits else booked.copy()
    if number is not None and number < booked.shape[1]:
        ordered.partition(number, axis=1)
        ordered = ordered[:, :number]
    ordered.sort(axis=1)
    return ordered


def find_quantiles(
    ordered: Ordered, levels: Sequence[float], *, paths: int | None = None
) -> tuple[Array, Array]:
    """Quantiles and their errors: half the gap of order statistics one error apart.

    Parameters
    ----------
    ordered
        ``[periods, paths]``, each row in ascending order; only the lowest where the others are
        not looked at.
    levels
        Between 0 and 1.
    paths
        Number of all paths, where only the lowest are given.

    Returns
    -------
    tuple of ndarray
        ``[levels, periods]`` each.
    """
    places = [places_of(level, paths or ordered.shape[1]) for level in levels]
    found = ordered[:, np.array(places)].astype(np.float64)  # [periods, levels, 3]
    return found[..., 0].T, (found[..., 2] - found[..., 1]).T / 2


def mean_of_worst(
    ordered: Ordered, shares: Sequence[float], *, paths: int | None = None
) -> tuple[Array, Array]:
    """What is booked on average in the worst share of futures, and how exact is that?

    With q the quantile at the share a, ``q - E[(q - X)+] / a``: the mean of the lowest a of the
    futures, also where many book exactly q (Acerbi and Tasche, *Journal of Banking & Finance*
    26, 2002, doi:10.1016/S0378-4266(02)00283-2). Its influence function is
    ``q - (q - x)+ / a``, less its mean, so the error is ``sd((q - X)+) / (a sqrt(paths))``.

    Parameters
    ----------
    ordered
        ``[periods, paths]``, each row in ascending order; only the lowest where the others are
        not looked at.
    shares
        Between 0 and 1.
    paths
        Number of all paths, where only the lowest are given.

    Returns
    -------
    tuple of ndarray
        ``[shares, periods]`` each; NaN where fewer than two futures are so bad.
    """
    periods, paths = len(ordered), paths or ordered.shape[1]
    value, error = np.full((2, len(shares), periods), np.nan)
    for place, share in enumerate(shares):
        worst = int(paths * share)
        if worst < _FEWEST:
            continue
        short = ordered[:, worst, np.newaxis] - ordered[:, :worst].astype(np.float64)
        first, second = short.sum(axis=1) / paths, (short * short).sum(axis=1) / paths
        value[place] = ordered[:, worst] - first / share
        error[place] = np.sqrt(np.maximum(second - first**2, 0) / paths) / share
    return value, error
