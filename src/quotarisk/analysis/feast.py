"""Feast and famine: how unevenly do months come, and does a good one follow a good one?

Months are held against what is expected of them on their own path: their means over the paths,
times the level of the path. So neither ramp and season count, nor what is not known of a rep: a
path that believes in a better win rate has more in all of its months, which is no feast.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from quotarisk.simulation.estimates import NOTHING, Array, Estimate

LEAST_MONTHS = 4  # what is left of three around their own level is told by their variances
_MOST_IN_A_MONTH = 0.5  # of all that is expected: beyond, a level is that month's own luck


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


def _weights(expected: Array) -> tuple[Array, Array]:
    """By which numbers do squares around a path's level count, so that a level costs nothing?

    With shares ``w`` of the months in all that is expected, independent months of variance ``v``
    and their sum's ``V``, what is left around a path's own level has the variance
    ``S = v (1 - 2 w) + w^2 V``, and neighbours a and b the covariance
    ``w[a] w[b] V - w[a] v[b] - w[b] v[a]``. Both are solved for ``v`` and for what is added.

    Returns
    -------
    tuple of ndarray
        ``[months]`` each: weights of squares whose sum is the sum of ``v``, and whose sum is what
        neighbours lost in covariance, over all of them.
    """
    w = expected / expected.sum()
    spread = np.diag(1 - 2 * w) + np.outer(w * w, np.ones(len(w)))
    lost = np.zeros(len(w))
    lost[1:] += w[:-1]
    lost[:-1] += w[1:]
    lost -= (w[:-1] * w[1:]).sum()
    both = np.linalg.solve(spread.T, np.column_stack([np.ones(len(w)), lost]))
    return both[:, 0], both[:, 1]


def rhythm_of(months: Array) -> Rhythm:
    """How unevenly do months come, and does a good one follow a good one?

    With x[m, i] the bookings of month m on path i, mu[m] the month's mean over paths and
    ``e[m, i] = x[m, i] - mu[m] * sum(x[:, i]) / sum(mu)``: variances of months and covariances of
    neighbours are those of e, corrected for the level that a path takes from its own few months
    (see `_weights`), so that of independent months the variance is not too low, and the
    correlation is 0 and not ``-1 / (months - 1)``. ``variation`` is the root of the mean variance
    over the mean month, ``autocorrelation`` the mean covariance of neighbours over the mean
    variance. Both have the errors of ratios over paths, by the delta method.

    What lasts for all of the months is a level, whether it is not known or luck. So the
    correlation of months that do depend on each other reads nearer to 0 than it is: that of a
    first-order process of 0.4 over 12 months as 0.32, one of -0.6 as -0.50.

    Parameters
    ----------
    months
        ``[months, paths]`` bookings, in order.

    Returns
    -------
    Rhythm
        `NOTHING` for fewer than four months, where one month holds half of what is expected or
        more, and where nothing varies or is booked.

    Examples
    --------
    >>> import numpy as np
    >>> turns = np.array([[2.0, 0.0], [0.0, 2.0]] * 50)
    >>> round(rhythm_of(turns).autocorrelation.value, 6)
    -0.98
    """
    number, paths = months.shape
    expected = months.mean(axis=1)
    total = float(expected.sum())
    if number < LEAST_MONTHS or total <= 0 or expected.max() >= _MOST_IN_A_MONTH * total:
        return Rhythm(NOTHING, NOTHING)
    away = months - np.outer(expected, months.sum(axis=0) / total)
    of_squares, of_lost = _weights(expected)
    squares = of_squares @ (away * away) / number
    together = ((away[:-1] * away[1:]).sum(axis=0) + of_lost @ (away * away)) / (number - 1)
    level = months.mean(axis=0)
    variance, mean = float(squares.mean()), float(level.mean())
    if variance <= 0:
        return Rhythm(NOTHING, NOTHING)
    value = math.sqrt(variance) / mean
    influence = value * (squares / (2 * variance) - level / mean)
    variation = Estimate(value, float(influence.std(ddof=1)) / math.sqrt(paths))
    correlation = float(together.mean()) / variance
    influence = (together - correlation * squares) / variance
    error = float(influence.std(ddof=1)) / math.sqrt(paths)
    return Rhythm(variation, Estimate(correlation, error))
