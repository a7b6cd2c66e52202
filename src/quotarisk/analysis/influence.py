"""Figures of paths, with what each path adds to them, so that errors of differences can be told.

To first order a figure's error is that of a mean: ``sd(influence) / sqrt(paths)`` (Hampel,
*JASA* 69, 1974, doi:10.1080/01621459.1974.10482962). The influence of a difference is the
difference of the influences path by path, in which luck that both share cancels.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from quotarisk.simulation.estimates import NOTHING, Array, Estimate


class Figure(NamedTuple):
    """A figure of some paths.

    Parameters
    ----------
    value
        The figure.
    influence
        ``[paths]`` of each on it; together 0, but for rounding.
    """

    value: float
    influence: Array


def mean_figure(amounts: Array) -> Figure:
    """What is the mean of ``[paths]`` amounts?"""
    mean = float(amounts.mean())
    return Figure(mean, amounts - mean)


def ratio_figure(above: Array, below: Array) -> Figure:
    """What is the ratio of two means? NaN where the lower one is 0.

    Its influence is ``(a - r b) / mean(b)``, the delta method.
    """
    mean = float(below.mean())
    if mean == 0:
        return Figure(math.nan, np.full(len(below), np.nan))
    ratio = float(above.mean()) / mean
    return Figure(ratio, (above - ratio * below) / mean)


def certainty_figure(amounts: Array, aversion: float) -> Figure:
    """Which sure amount is worth as much as the uncertain one to somebody who dislikes risk?

    With exponential utility ``u(x) = -exp(-a x)`` the certainty equivalent is
    ``-log(E exp(-a X)) / a``, near to ``E X - a Var(X) / 2`` (Pratt, *Econometrica* 32, 1964,
    doi:10.2307/1913738). Fixed pay does not change what is chosen, which is why models of
    sales pay take this utility (Holmström and Milgrom, *Econometrica* 55, 1987,
    doi:10.2307/1913238).

    Parameters
    ----------
    amounts
        ``[paths]``
    aversion
        The a above, of one unit of the amounts; 0 gives the mean.

    Examples
    --------
    >>> certainty_figure(np.array([0.0, 100.0]), 0.01).value < 50
    True
    """
    if aversion == 0:
        return mean_figure(amounts)
    least = float(amounts.min())  # what all have is taken apart, so that nothing underflows
    weights = np.exp(-aversion * (amounts - least))
    mean = float(weights.mean())
    return Figure(least - math.log(mean) / aversion, (1 - weights / mean) / aversion)


def error_of(influence: Array) -> float:
    """How far may a figure be off?"""
    return float(influence.std(ddof=1)) / math.sqrt(len(influence))


def estimate_of(figure: Figure, scale: float = 1.0) -> Estimate:
    """A figure with its error, in units of which ``scale`` make one."""
    if math.isnan(figure.value):
        return NOTHING
    return Estimate(figure.value / scale, error_of(figure.influence) / scale)


def apart(one: Figure, other: Figure) -> Figure:
    """By how much is a figure above another of the same paths?"""
    return Figure(one.value - other.value, one.influence - other.influence)


def shifted(usual: Figure, change: Figure) -> Figure:
    """A figure of all paths, moved by a change that the last of them tell.

    What the first paths choose only the others may judge; the level that is moved is known from
    all of them. So a figure and its change add up, and neither is too high on average.

    Parameters
    ----------
    usual
        Of all paths.
    change
        Of the last ones.
    """
    paths, told = len(usual.influence), len(change.influence)
    influence = usual.influence.copy()
    influence[paths - told :] += change.influence * (paths / told)
    return Figure(usual.value + change.value, influence)
