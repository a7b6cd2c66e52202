"""Figures with their Monte Carlo error.

Paths are independent, so a mean over paths has the standard error sd / sqrt(paths); the
others follow from it by the delta method, on what each path contributes.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]


class Estimate(NamedTuple):
    """A simulated figure and its standard error; both NaN where there is no figure."""

    value: float
    se: float


_ROUNDING = 1e-12  # share of a sum of squares that is but rounding
NOTHING = Estimate(float("nan"), float("nan"))


def proportion_se(hits: ArrayLike, paths: int) -> Array:
    """How far may a simulated probability be off?

    ``sqrt(p (1 - p) / paths)`` with ``p = (hits + 1/2) / (paths + 1)``, so that no hits or
    nothing but hits in finitely many paths do not pass for certainty.
    """
    p = (np.asarray(hits, dtype=np.float64) + 0.5) / (paths + 1)
    return np.sqrt(p * (1 - p) / paths)


def mean_of(total: float, squares: float, paths: int, parts: int = 1) -> Estimate:
    """What is the mean over paths of a count of hits, as a share of what can be hit?

    Parameters
    ----------
    total, squares
        Sums over paths of the count and of its square.
    paths
        Number of paths.
    parts
        What the count is out of.
    """
    mean = total / paths
    spread = np.sqrt(max(squares - paths * mean**2, 0.0) / (paths - 1))
    # the same on every path: as uncertain as a probability that was never seen to fail
    least = float(proportion_se(min(abs(mean) / parts, 1.0) * paths, paths)) if spread == 0 else 0.0
    return Estimate(mean / parts, max(float(spread) / parts / paths**0.5, least))


def ratio_of(sums: Array) -> Estimate:
    """What is the ratio of the means of a and b over the same paths? Nothing if b is always 0.

    Parameters
    ----------
    sums
        Sums over paths of a, b, a^2, a b and b^2.
    """
    a, b, aa, ab, bb = (float(part) for part in sums)
    if b == 0:
        return NOTHING
    ratio = a / b
    squares = aa - 2 * ratio * ab + ratio**2 * bb
    error = float(np.sqrt(squares) / b) if squares > _ROUNDING * aa else 0.0
    # the same on every path that counts: as uncertain as a probability in so few trials
    least = float(proportion_se(min(ratio, 1.0) * b, max(int(b), 1))) if error == 0 else 0.0
    return Estimate(ratio, max(error, least))
