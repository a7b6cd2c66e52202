"""The exact check: P(hit) without simulation, where nothing is uncertain but the deals.

Bookings of a period are then a compound Poisson sum plus independent listed deals. Their
distribution is computed on a lattice by the fast Fourier transform with exponential tilting,
which keeps aliasing below 1e-9 (Grübel and Hermesmeier, *ASTIN Bulletin* 29(2), 1999,
doi:10.2143/AST.29.2.504611). The quota is a point of the lattice, and so is every price
and every listed amount wherever the lattice can be that fine.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from quotarisk.analysis.wins import ListedDeal, NewDeals, expected_wins, listed_deals
from quotarisk.periods import Period
from quotarisk.scenario.laws import Empirical, Fixed, Law
from quotarisk.simulation.estimates import Array
from quotarisk.simulation.lowering import CENTS, RepTask, Setting

Complex = NDArray[np.complex128]

_POINTS = 2048  # lattice points below the quota, at least: P(hit) to about 1e-7
_MOST_POINTS = 1 << 16
_TILT = 20.0


@dataclass(frozen=True)
class Sources:
    """Where a rep's, a group's or the team's bookings come from, with nothing uncertain."""

    new: tuple[NewDeals, ...]
    listed: tuple[ListedDeal, ...]

    @property
    def mean(self) -> Array:
        """Expected bookings of each period, in currency."""
        new = [deals.wins * deals.size.mean for deals in self.new]
        listed = [
            deal.chance * (deal.size.mean if deal.amount is None else deal.amount)
            for deal in self.listed
        ]
        return np.asarray(np.sum([*new, *listed], axis=0))


@dataclass(frozen=True)
class Lattice:
    """Multiples of ``step`` from 0; the quota is point ``quota`` of ``size``."""

    step: float
    quota: int
    size: int


@lru_cache(maxsize=16)
def _log_z(lattice: Lattice) -> Complex:
    """Logarithm of the transform's ``z`` at each frequency, tilted."""
    frequency = 2 * np.pi * np.arange(lattice.size // 2 + 1) / lattice.size
    return np.asarray(-1j * frequency - _TILT / lattice.size)


@lru_cache(maxsize=16)
def _inverse(lattice: Lattice) -> tuple[Complex, Complex]:
    """Weights that sum a transform to P(below the quota), and to P(at the quota's point)."""
    step = np.exp(-_log_z(lattice))
    at = np.exp(-lattice.quota * _log_z(lattice))
    return (at - 1) / (step - 1), at


def is_exact(task: RepTask, setting: Setting) -> bool:
    """Is there an exact answer for a rep: no market, and every figure known?"""
    return (
        not setting.market.moves
        and all(
            figure.is_known
            for terms in task.terms
            for figure in (
                terms.opps_per_week,
                terms.win_rate,
                terms.deal_size,
                terms.won_cycle_days,
            )
        )
        and all(terms.lost_cycle_days.is_known for terms in task.terms if task.open_deals)
    )


def rep_sources(task: RepTask, setting: Setting, periods: tuple[Period, ...]) -> Sources:
    """Where does a rep's money come from, exactly?"""
    return Sources(
        tuple(
            NewDeals(terms.deal_size.law, expected_wins(task, terms, setting, periods))
            for terms in task.terms
        ),
        tuple(deal for terms in task.terms for deal in listed_deals(task, terms, setting, periods)),
    )


def pool(sources: Sequence[Sources]) -> Sources:
    """Put the sources of several reps together; deals of the same size law add up."""
    wins: dict[Law, Array] = {}
    for deals in (deals for source in sources for deals in source.new):
        wins[deals.size] = wins.get(deals.size, 0.0) + deals.wins
    return Sources(
        tuple(NewDeals(size, total) for size, total in wins.items()),
        tuple(deal for source in sources for deal in source.listed),
    )


def _prices(law: Law) -> tuple[float, ...]:
    if isinstance(law, Fixed):
        return (law.value,)
    return law.values if isinstance(law, Empirical) else ()


def _lay_lattice(quota: int, prices: Sequence[int]) -> Lattice:
    """A lattice for a quota in cents, on which all prices lie if that is at all possible."""
    common = math.gcd(quota, *prices)
    if quota // common <= _MOST_POINTS:
        step = common / max(1, -(-_POINTS * common // quota))
    else:
        step = quota / (2 * _POINTS)
    points = round(quota / step)
    return Lattice(step / CENTS, points, 1 << (2 * points - 1).bit_length())


def _point(amount: float, lattice: Lattice) -> Complex:
    """Transform of a certain amount; between two points it is shared, keeping the mean."""
    below = math.floor(amount / lattice.step + 1e-9)
    part = min(max(amount / lattice.step - below, 0.0), 1.0)
    at = np.exp(below * _log_z(lattice))
    return np.asarray(at * (1 - part + part * np.exp(_log_z(lattice))) if part > 1e-9 else at)


@lru_cache(maxsize=64)
def _transform(law: Law, lattice: Lattice) -> Complex:
    """Transform of a deal size; what lies beyond the lattice is certain to reach the quota."""
    prices = _prices(law)
    if prices:
        weights = law.weights if isinstance(law, Empirical) else (1.0,)
        shares: dict[float, float] = {}
        for price, weight in zip(prices, weights, strict=True):
            shares[price] = shares.get(price, 0.0) + weight
        parts = [share * _point(price, lattice) for price, share in shares.items()]
        return np.asarray(np.sum(parts, axis=0))
    edges = (np.arange(lattice.size + 1) - 0.5) * lattice.step
    above = np.concatenate([[1.0], law.sf(edges[1:])])
    tilt = np.exp(-_TILT / lattice.size * np.arange(lattice.size))
    return np.asarray(np.fft.rfft(-np.diff(above) * tilt))


def _miss(lattice: Lattice, transform: Complex, *, at_quota: float) -> float:
    """P(bookings < quota); of what lies at the quota's own point, a share counts as missed."""
    below, at = _inverse(lattice)
    terms = (transform * (below + at_quota * at)).real
    return float((2 * terms.sum() - terms[0] - terms[-1]) / lattice.size)


def exact_p_hit(sources: Sources, row: int, quota: float) -> float:
    """With what probability do bookings of a period reach a quota, exactly?

    Parameters
    ----------
    sources
        Where the bookings come from.
    row
        Number of the period.
    quota
        In currency, less what is booked already.
    """
    cents = round(quota * CENTS)
    if cents <= 0:
        return 1.0
    prices = [
        round(price * CENTS)
        for law in (deals.size for deals in sources.new)
        for price in _prices(law)
    ] + [round((deal.amount or 0.0) * CENTS) for deal in sources.listed]
    lattice = _lay_lattice(cents, [price for price in prices if price > 0])
    # prices alone can meet the quota to the cent; deals of any size only straddle it
    priced: Complex = np.ones_like(_log_z(lattice))
    spread: Complex = np.ones_like(_log_z(lattice))
    only_priced = 1.0
    for deals in sources.new:
        wins = float(deals.wins[row])
        factor = np.exp(wins * (_transform(deals.size, lattice) - 1))
        if _prices(deals.size):
            priced = priced * factor
        else:
            spread = spread * factor
            only_priced *= math.exp(-wins)
    for deal in sources.listed:
        chance = float(deal.chance[row])
        if deal.amount is not None:
            priced = priced * (1 - chance + chance * _point(deal.amount, lattice))
        elif _prices(deal.size):
            priced = priced * (1 - chance + chance * _transform(deal.size, lattice))
        else:
            spread = spread * (1 - chance + chance * _transform(deal.size, lattice))
            only_priced *= 1 - chance
    missed = _miss(lattice, priced * (spread - only_priced), at_quota=0.5)
    missed += _miss(lattice, priced * only_priced, at_quota=0.0) if only_priced > 0 else 0.0
    return min(max(1 - missed, 0.0), 1.0)
