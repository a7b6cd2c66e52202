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


NOTHING = Estimate(float("nan"), float("nan"))


def proportion_se(hits: ArrayLike, paths: int) -> Array:
    """How far may a simulated probability be off?

    ``sqrt(p (1 - p) / paths)`` with ``p = (hits + 1/2) / (paths + 1)``, so that no hits or
    nothing but hits in finitely many paths do not pass for certainty.
    """
    p = (np.asarray(hits, dtype=np.float64) + 0.5) / (paths + 1)
    return np.sqrt(p * (1 - p) / paths)


def mean_of(values: Array) -> Estimate:
    """What is the mean over paths of something between 0 and 1?"""
    paths = values.shape[0]
    mean = float(values.mean())
    spread = float(values.std(ddof=1))
    least = float(proportion_se(mean * paths, paths)) if spread == 0 else 0.0
    return Estimate(mean, max(spread / paths**0.5, least))


def ratio_of(top: Array, bottom: Array) -> Estimate:
    """What is the ratio of two means over the same paths? Nothing if the bottom is 0."""
    total = float(bottom.sum())
    if total == 0:
        return NOTHING
    ratio = float(top.sum()) / total
    return Estimate(ratio, float(np.sqrt(((top - ratio * bottom) ** 2).sum())) / total)
