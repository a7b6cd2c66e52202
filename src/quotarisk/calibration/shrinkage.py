"""How far does each rep's count move from the group's towards its own?

Counts against expectations, with multipliers that a group shares a law of::

    O_i ~ Poisson(X_i theta_i),   theta_i ~ Gamma(k, k),   sd = 1 / sqrt(k)

so ``theta_i | O_i, k ~ Gamma(O_i + k, X_i + k)`` and ``O_i | k`` is negative binomial. How
much the group differs, ``sd``, is itself unknown: it has a half-normal prior, a posterior on
a grid, and every draw takes its own. A ``k`` plugged in sits at "all alike" in most small
teams, and the intervals are then far too narrow (Morris, *Parametric empirical Bayes
inference*, 1983, doi:10.1080/01621459.1983.10477920).

What is expected was itself scaled to the group's own events, so it agrees with them better than
the truth does. The level of the group is therefore integrated out of the likelihood of ``sd``
(Harville, *Maximum likelihood approaches to variance component estimation*, 1977,
doi:10.1080/01621459.1977.10480998); with a level of 1 plugged in, ``n`` counts would look
as alike as ``n + 1`` do.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy import special

from quotarisk.calibration.streams import draw_shares
from quotarisk.kernel.arrays import Floats

SPREADS: Floats = np.geomspace(0.03, 1.6, 48)  # sd of the multipliers
_SCORES: Floats = np.linspace(-4.0, 4.0, 17)  # of the group's level, in its standard errors
_LEVEL_PRIOR_SD = 1.0  # of its logarithm: next to nothing is known of it but by the counts


class Shrunken(NamedTuple):
    """Multipliers of a group, shrunken towards 1."""

    mean: Floats  # [n] posterior means
    draws: Floats  # [draws, n] each with its own sd and its own mean of the group
    own_weight: Floats  # [n] X / (X + k), averaged over k: 0 none of its own, 1 all its own
    spread: float  # posterior mean of sd
    spread_weight: Floats  # [grid] posterior weights of SPREADS


def weigh_spreads(observed: Floats, expected: Floats, *, prior_sd: float) -> Floats:
    """How plausible is each sd of the group's multipliers?

    Weights are proportional to the half-normal prior, times sd because the grid is even in its
    logarithm, times the negative binomial likelihood of the counts at the level ``g`` of the
    group, ``O_i ~ NB(k, mean g X_i)``, integrated over ``log g``; they sum to 1.
    """
    k = 1.0 / SPREADS[:, None, None] ** 2
    told = max(int((expected > 0).sum()), 1)
    error = np.sqrt(1.0 / max(float(observed.sum()), 1.0) + SPREADS**2 / told)[:, None]
    log_level = error * _SCORES
    level = np.exp(log_level)[..., None]
    likelihood = (
        special.gammaln(observed + k)
        - special.gammaln(k)
        - k * np.log1p(level * expected / k)
        - observed * np.log(expected + k / level)
    ).sum(axis=-1)
    at_level = likelihood - 0.5 * (log_level / _LEVEL_PRIOR_SD) ** 2 + np.log(error)
    log_weight = (
        special.logsumexp(at_level, axis=1) - 0.5 * (SPREADS / prior_sd) ** 2 + np.log(SPREADS)
    )
    weight = np.exp(log_weight - log_weight.max())
    return np.asarray(weight / weight.sum())


def shrink(
    observed: Floats,
    expected: Floats,
    *,
    prior_sd: float = 0.5,
    draws: int,
    seed: int = 0,
    name: str = "group",
) -> Shrunken:
    """By how much does each of a group exceed what is expected of it?

    Each draw takes an sd from its posterior, ``k = 1 / sd^2``, then the group's mean
    ``g = exp(sd z / sqrt(n))``, since ``n`` of them say only so much about the mean of the law
    that they come from, then ``g Gamma(O_i + k, g X_i + k)``.

    Parameters
    ----------
    observed
        ``[n]`` counts.
    expected
        ``[n]`` expected counts where all multipliers are 1; 0 says nothing.
    prior_sd
        Scale of the half-normal prior of sd.
    draws
        Number of posterior draws; 0 for the means alone.
    seed, name
        Random numbers are a function of both, of the draw and of the place in the group.

    Examples
    --------
    >>> found = shrink(np.array([40.0, 20.0]), np.array([30.0, 30.0]), draws=100)
    >>> found.mean.round(2), found.own_weight.round(2)
    (array([1.23, 0.77]), array([0.68, 0.68]))
    """
    weight = weigh_spreads(observed, expected, prior_sd=prior_sd)
    k = 1.0 / SPREADS[:, None] ** 2
    mean = weight @ ((observed + k) / (expected + k))
    own_weight = weight @ (expected / (expected + k))
    told = max(int((expected > 0).sum()), 1)
    one = draw_shares(seed, name, "spread", draws=draws, count=1)
    level = np.minimum(np.searchsorted(np.cumsum(weight), one), SPREADS.size - 1)
    score = special.ndtri(draw_shares(seed, name, "mean", draws=draws, count=1))
    centre = np.exp(SPREADS[level] * score / np.sqrt(told))
    drawn_k = 1.0 / SPREADS[level] ** 2
    own = draw_shares(seed, name, "own", draws=draws, count=observed.size)
    drawn = centre * special.gammaincinv(observed + drawn_k, own) / (centre * expected + drawn_k)
    return Shrunken(mean, drawn, own_weight, float(weight @ SPREADS), weight)
