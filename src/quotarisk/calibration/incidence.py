"""What becomes of deals, and when: won, lost or never decided.

Time is in whole days of age. A deal is at risk on every age from its entry to its exit, both
included; ``h_k(a)`` is the share of the deals at risk at age ``a`` that end so on that day::

    S(a) = prod_{b <= a} (1 - h_won(b) - h_lost(b))
    F_k(a) = sum_{b <= a} S(b - 1) h_k(b)
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from quotarisk.calibration.cohort import Cohort
from quotarisk.calibration.exposure import count_at_risk
from quotarisk.kernel.arrays import Floats, Ints

WON, LOST = 1, 2  # causes in a cohort
LEVELS: Floats = np.array([0.005, *(np.arange(1, 40) / 40), 0.995])  # of cycle quantiles
_MOST = 1.0 - 1e-12  # hazard of a day in the tail, so that its logarithm exists


class Incidence(NamedTuple):
    """How the deals of a cohort ended by each age."""

    ages: Ints  # [ages] 0, 1, .. the last age seen
    at_risk: Ints  # [ages]
    survival: Floats  # [ages] share still open at the end of the day
    won: Floats  # [ages] share won by then
    lost: Floats  # [ages] share lost by then
    survival_variance: Floats  # [ages]
    won_variance: Floats  # [ages]
    lost_variance: Floats  # [ages]


class Outcomes(NamedTuple):
    """What hazards amount to: chances and the laws of cycles; ``...`` as in the hazards."""

    won: Floats  # [...] P(won)
    lost: Floats  # [...] P(lost)
    never: Floats  # [...] P(neither)
    unresolved: Floats  # [...] share still open after the last age: what rests on the tail
    won_cycle: Floats  # [..., levels] days to a win at LEVELS; NaN where nothing is won
    lost_cycle: Floats  # [..., levels] days to a loss


def _incidence_variance(
    before: Floats, risk: Floats, ended: Floats, of_cause: Floats, incidence: Floats
) -> Floats:
    # Where all at risk end, F does not rise any more: the weight of its later changes is free.
    left = np.where(risk > ended, risk * (risk - ended), np.inf)
    weight = ended / left
    squares = (
        incidence**2 * np.cumsum(weight)
        - 2.0 * incidence * np.cumsum(weight * incidence)
        + np.cumsum(weight * incidence**2)
    )
    own = np.cumsum(before**2 * of_cause * (risk - of_cause) / risk**3)
    cross = before * of_cause / risk**2
    mixed = incidence * np.cumsum(cross) - np.cumsum(cross * incidence)
    return np.maximum(squares + own - 2.0 * mixed, 0.0)


def aalen_johansen(cohort: Cohort) -> Incidence:
    """Which share of the deals is won, lost and still open by each age?

    Deals that nobody can have seen closing before ``observed_from`` count from the age that
    they had by then (delayed entry). Unlike won / (won + lost) it is not biased by deals
    that are still open (Aalen and Johansen, 1978, https://www.jstor.org/stable/4615704).
    Variances after Greenwood; those of the incidences as in Collett, *Modelling survival data
    in medical research*, 3rd edition, page 411.

    Where few deals enter at small ages, one day on which all of them end would end the whole
    curve: that is the estimator's nature, and the reason why parameters come from
    `quotarisk.calibration.hazards`.
    """
    exits = cohort.exit.astype(np.int64)
    size = int(exits.max(initial=0)) + 1
    at_risk = count_at_risk(cohort.entry.astype(np.int64), exits, size=size)
    risk = np.maximum(at_risk, 1).astype(np.float64)
    won = np.bincount(exits[cohort.cause == WON], minlength=size).astype(np.float64)
    lost = np.bincount(exits[cohort.cause == LOST], minlength=size).astype(np.float64)
    ended = won + lost
    survival = np.cumprod(1.0 - ended / risk, dtype=np.float64)
    before = np.concatenate([[1.0], survival[:-1]])
    won_share, lost_share = np.cumsum(before * won / risk), np.cumsum(before * lost / risk)
    greenwood = np.cumsum(ended / np.where(risk > ended, risk * (risk - ended), np.inf))
    return Incidence(
        np.arange(size),
        at_risk,
        survival,
        won_share,
        lost_share,
        survival**2 * greenwood,
        _incidence_variance(before, risk, ended, won, won_share),
        _incidence_variance(before, risk, ended, lost, lost_share),
    )


def _cycle(share: Floats, total: Floats, open_still: Floats, decay: Floats) -> Floats:
    """Quantiles of one cause's cycles: the ages seen, then the tail's exponential law.

    ``share`` [rows, ages] is ended so by each age, ``total`` [rows] in the end, ``open_still``
    [rows] what the tail adds and ``decay`` [rows] the logarithm of its daily survival.
    """
    ages = share.shape[1]
    days = np.maximum(np.arange(-0.5, ages), 0.0)
    cycle = np.full((len(share), LEVELS.size), np.nan)
    for row in np.flatnonzero(total > 0.0):
        target = LEVELS * total[row]
        known = np.concatenate([[0.0], share[row]])
        cycle[row] = np.interp(target, known, days)
        late = target > known[-1]
        beyond = np.log1p(-(target[late] - known[-1]) / open_still[row]) / decay[row]
        cycle[row, late] = np.maximum(ages - 0.5 + beyond, 0.0)
    return cycle


def incidence_of(
    hazard_won: Floats, hazard_lost: Floats, tail: Floats, *, ending_share: Floats | float = 1.0
) -> Outcomes:
    """Which chances of winning, and which cycles, do daily hazards amount to?

    Beyond the last age both hazards are constant, so what is open then ends won in proportion
    ``t_won / (t_won + t_lost)`` with geometric days; where both are 0 it never ends.

    A deal that ends at age ``a`` in whole days took between ``a - 1/2`` and ``a + 1/2``, evenly,
    which keeps the mean day. Hazards of one day that add up to more than 1 are scaled to 1.

    Parameters
    ----------
    hazard_won, hazard_lost
        ``[..., ages]`` by age. From age ``a`` on they speak of deals still open then, and
        cycles of the days that remain.
    tail
        ``[..., 2]`` won and lost, beyond the last age.
    ending_share
        ``[...]`` how many of the deals that are open after the last age go on by the tail; the
        others never end.

    Examples
    --------
    >>> half = incidence_of(np.array([0.0, 0.5]), np.array([0.0, 0.25]), np.zeros(2))
    >>> float(half.won), float(half.lost), float(half.never)
    (0.5, 0.25, 0.25)
    """
    lead = np.broadcast_shapes(hazard_won.shape[:-1], hazard_lost.shape[:-1], tail.shape[:-1])
    rows, ages = math.prod(lead), hazard_won.shape[-1]
    hazards = [np.broadcast_to(hazard, (*lead, ages)) for hazard in (hazard_won, hazard_lost)]
    both = np.stack(hazards).reshape(2, rows, ages)
    both = both / np.maximum(both.sum(axis=0), 1.0)
    after = np.cumprod(1.0 - both.sum(axis=0), axis=-1)
    before = np.concatenate([np.ones((rows, 1)), after], axis=-1)
    share = np.cumsum(before[:, :-1] * both, axis=-1)
    tails = np.moveaxis(np.broadcast_to(tail, (*lead, 2)), -1, 0).reshape(2, rows)
    ending = tails.sum(axis=0)
    unresolved = before[:, -1]
    share_left = np.broadcast_to(ending_share, lead).reshape(rows)
    added = unresolved * share_left * tails / np.where(ending > 0.0, ending, 1.0)
    known = share[:, :, -1] if ages else np.zeros_like(tails)
    total = known + added
    decay = np.log1p(-np.minimum(ending, _MOST))
    cycles = [_cycle(share[k], total[k], added[k], decay) for k in range(2)]
    never = unresolved * np.where(ending > 0.0, 1.0 - share_left, 1.0)
    return Outcomes(
        total[0].reshape(lead),
        total[1].reshape(lead),
        never.reshape(lead),
        unresolved.reshape(lead),
        cycles[0].reshape(*lead, LEVELS.size),
        cycles[1].reshape(*lead, LEVELS.size),
    )
