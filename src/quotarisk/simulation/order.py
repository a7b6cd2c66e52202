"""What futures in ascending order say: their quantiles, and how bad the worst of them are."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from quotarisk.simulation.estimates import Array

Ordered = Array | NDArray[np.uint32]
_FEWEST = 2  # futures that an error can be told from


def find_quantiles(ordered: Ordered, levels: Sequence[float]) -> tuple[Array, Array]:
    """Quantiles and their errors: half the gap of order statistics one error apart.

    Parameters
    ----------
    ordered
        ``[periods, paths]``, each row in ascending order.
    levels
        Between 0 and 1.

    Returns
    -------
    tuple of ndarray
        ``[levels, periods]`` each.
    """
    paths = ordered.shape[1]
    places = []
    for level in levels:
        spread = np.sqrt(paths * level * (1 - level))
        low = max(int(paths * level - spread), 0)
        high = min(int(np.ceil(paths * level + spread)), paths - 1)
        places.append((min(int(paths * level), paths - 1), low, high))
    found = ordered[:, np.array(places)].astype(np.float64)  # [periods, levels, 3]
    return found[..., 0].T, (found[..., 2] - found[..., 1]).T / 2


def mean_of_worst(ordered: Ordered, shares: Sequence[float]) -> tuple[Array, Array]:
    """What is booked on average in the worst share of futures, and how exact is that?

    With q the quantile at the share a, ``q - E[(q - X)+] / a``: the mean of the lowest a of the
    futures, also where many book exactly q (Acerbi and Tasche, *Journal of Banking & Finance*
    26, 2002, doi:10.1016/S0378-4266(02)00283-2). Its influence function is
    ``q - (q - x)+ / a``, less its mean, so the error is ``sd((q - X)+) / (a sqrt(paths))``.

    Parameters
    ----------
    ordered
        ``[periods, paths]``, each row in ascending order.
    shares
        Between 0 and 1.

    Returns
    -------
    tuple of ndarray
        ``[shares, periods]`` each; NaN where fewer than two futures are so bad.
    """
    periods, paths = ordered.shape
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
