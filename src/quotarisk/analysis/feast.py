"""Feast and famine: how unevenly do months come, and does a good one follow a good one?

Months are held against their own means over the paths, so that ramp and season do not count.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from quotarisk.simulation.estimates import NOTHING, Array, Estimate

LEAST_MONTHS = 2


class Rhythm(NamedTuple):
    """How a unit's months come.

    Parameters
    ----------
    variation
        Standard deviation of a month around what is expected of it, over an average month.
    autocorrelation
        Of a month and the next: above 0 good months come together, below 0 they take turns.
    """

    variation: Estimate
    autocorrelation: Estimate


def rhythm_of(months: Array) -> Rhythm:
    """How unevenly do months come, and does a good one follow a good one?

    With x[m, i] the bookings of month m on path i, and e = x less the month's mean over paths:
    ``variation = sqrt(mean(e^2)) / mean(x)`` over all months and paths, and
    ``autocorrelation = mean(e[m, i] e[m + 1, i]) / mean(e^2)``. Both have the errors of ratios
    over paths, by the delta method.

    Parameters
    ----------
    months
        ``[months, paths]`` bookings, in order.

    Returns
    -------
    Rhythm
        `NOTHING` for the autocorrelation of a single month, and where nothing varies or is
        booked.

    Examples
    --------
    >>> import numpy as np
    >>> rhythm = rhythm_of(np.array([[0.0, 2.0, 0.0, 2.0], [2.0, 0.0, 2.0, 0.0]]))
    >>> round(rhythm.variation.value, 9), round(rhythm.autocorrelation.value, 9)
    (1.0, -1.0)
    """
    number, paths = months.shape
    away = months - months.mean(axis=1, keepdims=True)
    squares = (away * away).mean(axis=0)
    level = months.mean(axis=0)
    variance, mean = float(squares.mean()), float(level.mean())
    variation = NOTHING
    if variance > 0 and mean > 0:
        value = math.sqrt(variance) / mean
        influence = value * (squares / (2 * variance) - level / mean)
        variation = Estimate(value, float(influence.std(ddof=1)) / math.sqrt(paths))
    if number < LEAST_MONTHS or variance == 0:
        return Rhythm(variation, NOTHING)
    together = (away[:-1] * away[1:]).mean(axis=0)
    correlation = float(together.mean()) / variance
    influence = (together - correlation * squares) / variance
    error = float(influence.std(ddof=1)) / math.sqrt(paths)
    return Rhythm(variation, Estimate(correlation, error))
