"""A plan split over the reps: so that all hit equally often, or in proportion to bookings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import optimize

from quotarisk.analysis.order_grid import OrderGrid
from quotarisk.simulation.estimates import Array
from quotarisk.simulation.listed import CENTS

_TOLERANCE = 1e-12  # of a probability
_ROUNDING = 1e-6  # of a unit


class Reachable(NamedTuple):
    """Which plans can be split so that everyone hits equally often, in cents."""

    least: float  # hit by everyone on every path
    most: float  # hit by everyone on one path


def reachable(grids: Sequence[OrderGrid]) -> Reachable:
    """From which to which plan can the paths tell a fair split?"""
    least, most = (sum(max(grid.amounts[end], 0.0) for grid in grids) for end in (0, -1))
    return Reachable(float(least), float(most))


def fair_quotas(grids: Sequence[OrderGrid], share: float) -> Array:
    """Which quota, in cents, does each rep hit with the same probability? 0 where there is none."""
    return np.maximum([grid.quota(share) for grid in grids], 0.0)


def fair_share(grids: Sequence[OrderGrid], plan: float) -> float | None:
    """With which probability does everyone hit if a plan is split fairly?

    The sum of the quantile functions falls in the probability, so there is one root.

    Parameters
    ----------
    grids
        Each rep's bookings in the period of the plan.
    plan
        In cents.

    Returns
    -------
    float or None
        None where the plan is not within what is `reachable`.
    """
    limits = reachable(grids)
    if not limits.least < plan <= limits.most:
        return None
    rarest = 1 / grids[0].paths
    if plan == limits.most:
        return rarest
    return float(
        optimize.brentq(
            lambda share: float(fair_quotas(grids, share).sum()) - plan,
            rarest,
            1.0,
            xtol=_TOLERANCE,
        )
    )


def round_to_plan(quotas: Array, plan: float) -> Array:
    """Round quotas so that they add up to a plan exactly, by largest remainders.

    Parameters
    ----------
    quotas
        In cents, in proportion to what is wanted; 0 stays 0.
    plan
        In whole cents; where it is whole currency units, so are the quotas.

    Returns
    -------
    ndarray
        Whole numbers of cents.

    Examples
    --------
    >>> round_to_plan(np.array([1.0, 1.0, 1.0, 0.0]), 1000.0).tolist()
    [400.0, 300.0, 300.0, 0.0]
    """
    unit = CENTS if plan % CENTS == 0 else 1.0
    wanted = quotas * (plan / unit / quotas.sum())
    # what is whole but for rounding must not become one more
    whole = np.maximum(np.floor(wanted - _ROUNDING), 0.0)
    order: NDArray[np.intp] = np.argsort(-np.where(quotas > 0, wanted - whole, -1.0), kind="stable")
    whole[order[: round(plan / unit - whole.sum())]] += 1.0
    return np.asarray(whole * unit)


def fair_split(grids: Sequence[OrderGrid], plan: float) -> Array | None:
    """Which quotas, in cents, add up to a plan and are hit equally often? None where none are."""
    share = fair_share(grids, plan)
    return None if share is None else round_to_plan(fair_quotas(grids, share), plan)


def proportional_split(means: Array, plan: float) -> Array | None:
    """Which quotas, in cents, add up to a plan and are as many times each rep's mean bookings?"""
    positive = np.maximum(means, 0.0)
    return round_to_plan(positive, plan) if positive.sum() > 0 else None
