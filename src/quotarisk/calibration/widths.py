"""How wide must forecasts be, for what came to be as far off as it was?"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy import special

from quotarisk.calibration.rehearsal import PATHS
from quotarisk.simulation.estimates import Array

SHAPES = np.round(np.arange(1.0, 0.19, -0.05), 2)
TOGETHERS = np.round(np.linspace(0.0, 0.9, 19), 2)
SPREADS = np.round(np.linspace(0.0, 0.6, 61), 2)

_SPREAD_PRIOR = 0.25  # standard deviation of the half-normal prior on the common spread
_PENALTY = 2.0  # on (log a)^2


def choose_shape(pits: Sequence[Array], windows: float, *, together: float = 1.0) -> float:
    """Which a <= 1 makes ranks of what came those of a Beta(a, a)?

    Parameters
    ----------
    pits
        Ranks from 0 to 1, an array for each origin.
    windows
        How many independent windows the origins are.
    together
        How much more the mean of an origin's ranks is said to vary than that of as many
        independent ones; it counts where it is more than was seen.
    """
    edge = 0.5 / PATHS
    ranks = [np.clip(each, edge, 1 - edge) for each in pits]
    # ranks of one origin have the market in common: their means are off more than by chance
    seen = np.mean([12 * each.size * (each.mean() - 0.5) ** 2 for each in ranks])
    weight = windows / len(ranks) / max(float(seen), together, 1.0)
    pooled = np.concatenate(ranks)
    logs = float((np.log(pooled) + np.log1p(-pooled)).sum())
    told = (SHAPES - 1) * logs - pooled.size * special.betaln(SHAPES, SHAPES)
    return float(SHAPES[np.argmax(weight * told - _PENALTY * np.log(SHAPES) ** 2)])


def choose_together(errors: Array, variances: Array, windows: float) -> float:
    """How tightly are the reps tied, for sums over them to be as far off as they were?

    The likelihood is that of `choose_shared`; where it is flat, nothing is tied.

    Parameters
    ----------
    errors, variances
        ``[origins, TOGETHERS]`` of the logarithm of the sum: what came against the middle, and
        the spread that it is said to have with reps tied so tightly.
    windows
        How many independent windows the origins are.
    """
    told = -(np.log(variances) + errors**2 / variances).mean(axis=0) * windows / 2
    return float(TOGETHERS[np.argmax(told)])


def choose_shared(errors: Array, variances: Array, windows: float) -> float:
    """Which common spread makes the sums over reps as far off as they were?

    Maximises the likelihood of errors that are normal with ``variances + spread^2``, weighted
    by windows, with a half-normal prior.

    Parameters
    ----------
    errors, variances
        ``[origins]`` of the logarithm of the sum: what came against the middle, and the spread
        that it was said to have.
    windows
        How many independent windows the origins are.
    """
    total = variances[:, np.newaxis] + SPREADS**2
    told = -(np.log(total) + errors[:, np.newaxis] ** 2 / total).sum(axis=0) / 2
    weight = windows / errors.size
    return float(SPREADS[np.argmax(weight * told - (SPREADS / _SPREAD_PRIOR) ** 2 / 2)])
