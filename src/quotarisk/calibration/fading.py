"""How fast does what was counted of a rep grow old?

A rep's multiplier of the team's pace wanders. With counts of age a months at ``2^(-a / h)`` of
their weight, the multiplier that counts before a month lead to is again Gamma, and what the month
then brings is negative binomial: a Gamma-Poisson model with power discounting (Harvey and
Fernandes, *JBES* 7, 1989, doi:10.1080/07350015.1989.10509750). The half-life h is not known
either: each of a grid, no fading among them, is as plausible as it foretold the months.
"""

from __future__ import annotations

import numpy as np
from scipy import special

from quotarisk.scenario.laws import Array

HALF_LIVES = (np.inf, 24.0, 12.0, 6.0, 3.0)  # months; all alike before anything is seen
_LEAST_SPREAD = 0.03


def foretold(observed: Array, expected: Array, *, spread: float, half_life: float) -> float:
    """How likely was each month's count, from the months before it?

    Parameters
    ----------
    observed, expected
        ``[reps, months]`` counts, and those expected where all multipliers are 1; 0 says nothing.
    spread
        Standard deviation of the multipliers.
    half_life
        Months after which a count has half of its weight.

    Returns
    -------
    float
        Logarithm of the probability, but for what does not depend on the half-life.
    """
    k = 1.0 / max(spread, _LEAST_SPREAD) ** 2
    keep = 2.0 ** (-1.0 / half_life)
    seen, asked = np.zeros(len(observed)), np.zeros(len(observed))
    total = 0.0
    for came, wanted in zip(observed.T, expected.T, strict=True):
        shape, rate = k + seen, k + asked
        told = special.gammaln(came + shape) - special.gammaln(shape)
        told += shape * np.log(rate) - (came + shape) * np.log(rate + wanted)
        total += float(told[wanted > 0].sum())
        seen, asked = keep * (seen + came), keep * (asked + wanted)
    return total


def fade_of(observed: Array, expected: Array, *, spread: float) -> Array:
    """Which weight has each month's count today?

    Parameters
    ----------
    observed, expected, spread
        As for `foretold`.

    Returns
    -------
    ndarray
        ``[months]`` the weights of all half-lives, averaged; 1 for the last month.

    Examples
    --------
    >>> steady = np.full((3, 6), 40.0)
    >>> fade_of(steady, steady, spread=0.3).round(1).tolist()
    [0.8, 0.8, 0.8, 0.9, 0.9, 1.0]
    """
    told = np.array(
        [foretold(observed, expected, spread=spread, half_life=each) for each in HALF_LIVES]
    )
    weight = np.exp(told - special.logsumexp(told))
    age = np.arange(observed.shape[1])[::-1]
    return np.asarray(weight @ 2.0 ** (-age / np.array(HALF_LIVES)[:, np.newaxis]))
