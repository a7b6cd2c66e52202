"""Listed open deals become the arrays that the kernel takes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from quotarisk.kernel.arrays import Tables
from quotarisk.kernel.quantiles import TABLE
from quotarisk.scenario.laws import Array, Empirical, Law, Lognormal
from quotarisk.scenario.team import OpenDeal
from quotarisk.simulation.keys import stream_key
from quotarisk.simulation.tables import Beyond, Transformed, coarse_tables

CENTS = 100.0
_AT_ONCE = 256  # ages whose tables are made together
_OLD = 1e-6  # share of cycles that outlast a deal's age


class Ending(NamedTuple):
    """How long deals that end so take, and how old each open deal is on their clock."""

    law: Law
    factor_sd: float  # of the logarithm of a path's own factor; 0 where it is known
    ages: Array  # [deals] at day 0


class ListedDeals(NamedTuple):
    """A rep's open deals in a segment; the kernel's `SegmentDraws` says what the arrays hold."""

    key: NDArray[np.uint64]
    amount: Array
    age: NDArray[np.float32]
    old: NDArray[np.int64]
    residual: NDArray[np.uint64]
    won: Array
    lost: Array
    won_by_path: NDArray[np.uint64]
    lost_by_path: NDArray[np.uint64]


def _tables_by_age(ages: Array, tables_of: Callable[[Array], Tables]) -> Tables:
    """``[ages, TABLE]``: each age's table, made once for equal ages and some hundred at a time."""
    different, place = np.unique(ages, return_inverse=True)
    made = [
        tables_of(different[first : first + _AT_ONCE, np.newaxis, np.newaxis])
        for first in range(0, len(different), _AT_ONCE)
    ]
    return np.concatenate(made)[place]


def _outlasts_by_path(ending: Ending) -> Tables:
    """For each deal, P(cycle > age) as a function of the path's word for the cycle factor.

    Nothing where the factor is known.
    """
    if ending.factor_sd == 0:
        return NO_DEALS.won_by_path
    factor, law = Lognormal(0.0, ending.factor_sd), ending.law
    return _tables_by_age(
        ending.ages, lambda age: coarse_tables(Transformed(factor, lambda c: law.sf(age / c)))
    )


def _residuals(cycle: Law, ages: Array) -> Tables:
    """For each age, what is left of a cycle that has outlasted it."""
    least = float(np.finfo(np.float64).tiny)
    return _tables_by_age(
        ages, lambda age: coarse_tables(Beyond(cycle, age, np.maximum(cycle.sf(age), least)))
    )


def _outlasts(law: Law, ages: ArrayLike) -> Array:
    return np.atleast_1d(np.asarray(law.sf(ages), dtype=np.float64))


def _cents(deal: OpenDeal) -> float:
    """Amount in cents, one at least; 0 where it is to be drawn."""
    return 0.0 if deal.amount is None else max(float(round(deal.amount * CENTS)), 1.0)


def _no_deals() -> ListedDeals:
    """Nothing is listed."""
    floats, tables = np.empty(0), np.empty((0, TABLE), dtype=np.uint64)
    return ListedDeals(
        key=np.empty(0, dtype=np.uint64),
        amount=floats,
        age=np.empty(0, dtype=np.float32),
        old=np.empty(0, dtype=np.int64),
        residual=tables,
        won=floats,
        lost=floats,
        won_by_path=tables,
        lost_by_path=tables,
    )


NO_DEALS = _no_deals()


def old_deals(ending: Ending) -> tuple[NDArray[np.int64], Tables]:
    """Which deals outlasted nearly every cycle, and what is left of theirs?

    Beyond its outermost octaves the cycle's table cannot tell how old a deal is.

    Returns
    -------
    tuple
        ``[deals]`` row of the table, -1 for a deal that is not so old, and ``[old, TABLE]``.
    """
    old = (_outlasts(ending.law, ending.ages) < _OLD) & (not isinstance(ending.law, Empirical))
    rows = np.where(old, np.cumsum(old) - 1, -1).astype(np.int64)
    return rows, _residuals(ending.law, ending.ages[old]) if old.any() else NO_DEALS.residual


def lower_deals(
    deals: Sequence[OpenDeal], won: Ending, lost: Ending, *, seed: int, rep: str
) -> ListedDeals:
    """Turn a rep's open deals in a segment into arrays.

    Parameters
    ----------
    deals
        The deals, one at least; ``[deals]`` ages are in their order.
    won, lost
        How won and lost ones end.
    seed, rep
        Each deal's luck is a function of these and of its own name.
    """
    old, residual = old_deals(won)
    return ListedDeals(
        key=np.array([stream_key(seed, "deal", rep, deal.deal) for deal in deals], dtype=np.uint64),
        amount=np.array([_cents(deal) for deal in deals], np.float64),
        age=won.ages.astype(np.float32),
        old=old,
        residual=residual,
        won=_outlasts(won.law, won.ages),
        lost=_outlasts(lost.law, lost.ages),
        won_by_path=_outlasts_by_path(won),
        lost_by_path=_outlasts_by_path(lost),
    )
