"""How much longer do a rep's deals take than multipliers of daily hazards can say?

A multiplier changes how many deals end so, and hardly how long these take. So closing ages are
looked at once more: the share ``u`` of the fitted law that lies below a deal's age, among what
could have been seen of the deal, is uniform, and its normal score ``z`` standard normal, if the
rep takes as long as the hazards say. A rep whose cycles are longer by ``s`` standard deviations
of their logarithm has scores around ``s``::

    mean z_i ~ N(mu + s_i, 1 / n_i),   s_i ~ N(0, tau^2)

with ``tau`` on a grid, half-normal a priori, and ``mu`` integrated out, so that neither is
plugged in.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy import special

from quotarisk.calibration.cohort import Cohort
from quotarisk.calibration.incidence import LEVELS
from quotarisk.kernel.arrays import Floats

SPREADS: Floats = np.geomspace(0.02, 2.0, 32)  # of tau
SPREAD_PRIOR_SD = 0.3  # a sixth of the cycle where its p90 is twice the median
_EDGE = 0.005  # of a share: scores stay within 2.6


class Pace(NamedTuple):
    """How much longer reps take, in standard deviations of the logarithm of a cycle."""

    mean: Floats  # [reps]
    sd: Floats  # [reps]


def _scores(cohort: Cohort, cause: int, cycle: Floats) -> tuple[Floats, Floats]:
    """Sum and number [reps] of the scores of the deals that ended so."""
    ended = np.flatnonzero(cohort.cause == cause)
    ages = np.stack(
        [
            cohort.entry[ended] - 0.5,
            cohort.exit[ended],
            cohort.as_of - cohort.created[ended] + 0.5,
        ]
    )
    sums, numbers = np.zeros(len(cohort.reps)), np.zeros(len(cohort.reps))
    for rep, segment in np.ndindex(*cycle.shape[:2]):
        own = (cohort.rep[ended] == rep) & (cohort.segment[ended] == segment)
        days = cycle[rep, segment]
        if not own.any() or np.isnan(days).any():
            continue
        low, at, high = np.interp(ages[:, own], days, LEVELS, left=0.0)
        share = np.clip((at - low) / np.maximum(high - low, _EDGE), _EDGE, 1.0 - _EDGE)
        sums[rep] += special.ndtri(share).sum()
        numbers[rep] += own.sum()
    return sums, numbers


def pace_of(sums: Floats, numbers: Floats) -> Pace:
    """How much longer does each rep take, given sums and numbers of scores?

    Examples
    --------
    >>> pace = pace_of(np.array([60.0, -60.0, 0.0]), np.array([60.0, 60.0, 0.0]))
    >>> pace.mean.round(1).tolist(), bool(pace.sd[2] > 4 * pace.sd[0])
    ([1.0, -1.0, 0.0], True)
    """
    told = numbers > 0
    if told.sum() < 2:  # nobody to differ from
        return Pace(np.zeros(numbers.size), np.zeros(numbers.size))
    mean, count = sums[told] / numbers[told], numbers[told]
    tau = SPREADS[:, np.newaxis]
    variance = tau**2 + 1.0 / count
    weight = 1.0 / variance
    centre = (weight @ mean / weight.sum(axis=1))[:, np.newaxis]
    off = mean - centre
    log_weight = (
        np.log(SPREADS)  # the grid is even in the logarithm
        - (SPREADS / SPREAD_PRIOR_SD) ** 2 / 2
        - (np.log(variance).sum(axis=1) + np.log(weight.sum(axis=1))) / 2
        - (weight * off**2).sum(axis=1) / 2
    )
    plausible = np.exp(log_weight - special.logsumexp(log_weight))
    at_tau = np.zeros((SPREADS.size, numbers.size))
    at_tau[:, told] = tau**2 * weight * off
    doubt = np.repeat(tau**2, numbers.size, axis=1)
    doubt[:, told] = tau**2 * weight / count
    overall = plausible @ at_tau
    return Pace(overall, np.sqrt(plausible @ (doubt + (at_tau - overall) ** 2)))


def fit_pace(cohort: Cohort, cause: int, cycle: Floats) -> Pace:
    """How much longer do deals of a cause take each rep than their fitted law says?

    Parameters
    ----------
    cohort
        Deals at risk.
    cause
        `incidence.WON` or `incidence.LOST`.
    cycle
        ``[reps, segments, levels]`` the law, by its quantiles at `incidence.LEVELS`.
    """
    return pace_of(*_scores(cohort, cause, cycle))
