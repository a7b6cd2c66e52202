"""The exact check: P(hit) without simulation, where nothing is uncertain but the deals.

Bookings of a period are then a compound Poisson sum plus independent listed deals. Their
distribution is computed on a lattice by the fast Fourier transform with exponential tilting,
which keeps aliasing below 1e-9 (Grübel and Hermesmeier, *ASTIN Bulletin* 29(2), 1999,
doi:10.2143/AST.29.2.504611). The quota is a point of the lattice, and so is every price
and every listed amount wherever the lattice can be that fine; where it cannot, what prices
alone add up to is listed sum by sum, as long as there are not too many sums.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import special

from quotarisk.analysis.wins import ListedDeal, NewDeals, expected_wins, listed_deals
from quotarisk.periods import Period
from quotarisk.scenario.laws import Empirical, Fixed, Law
from quotarisk.simulation.estimates import Array
from quotarisk.simulation.listed import CENTS
from quotarisk.simulation.lowering import RepTask, Setting

Complex = NDArray[np.complex128]
Part = tuple[NDArray[np.int64], Array]  # amounts in cents, and the chance of each

_POINTS = 2048  # lattice points below the quota, at least: P(hit) to about 1e-5
_POINTS_A_DEAL = 32  # lattice points below the mean of each deal size, at least
_MOST_POINTS = 1 << 16
_MOST_SUMS = 1 << 16  # sums of prices that are listed one by one
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
    """Is there an exact answer for a rep?

    There is where every figure is known, without a market, a correction and hours that bound.
    """
    return (
        not task.is_bound
        and not setting.market.moves
        and setting.correction.does_nothing
        and not task.unknown
    )


def rep_sources(task: RepTask, setting: Setting, periods: tuple[Period, ...]) -> Sources:
    """Where does a rep's money come from, exactly?"""
    return Sources(
        tuple(
            NewDeals(terms.deal_size.law, expected_wins(task, terms, setting, periods))
            for terms in task.streams
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


def _fits(quota: int, prices: Sequence[int]) -> bool:
    """Whether a lattice can be so fine that all prices lie on it."""
    return quota // math.gcd(quota, *prices) <= _MOST_POINTS


def _lay_lattice(quota: int, prices: Sequence[int], mean_size: float) -> Lattice:
    """A lattice for a quota in cents, on which all prices lie if that is at all possible."""
    fewest = int(min(max(_POINTS, _POINTS_A_DEAL * quota / mean_size), _MOST_POINTS))
    common = math.gcd(quota, *prices)
    if _fits(quota, prices):
        step = common / max(1, -(-fewest * common // quota))
    else:
        step = quota / max(fewest, 2 * _POINTS)
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
    # each piece of the law is shared between two points so that its mean stays
    limited = law.lev(np.arange(lattice.size + 1) * lattice.step)
    above = np.concatenate([[1.0], np.diff(limited) / lattice.step])
    tilt = np.exp(-_TILT / lattice.size * np.arange(lattice.size))
    return np.asarray(np.fft.rfft(-np.diff(above) * tilt))


def _miss(lattice: Lattice, transform: Complex, *, at_quota: float) -> float:
    """P(bookings < quota); of what lies at the quota's own point, a share counts as missed."""
    below, at = _inverse(lattice)
    terms = (transform * (below + at_quota * at)).real
    return float((2 * terms.sum() - terms[0] - terms[-1]) / lattice.size)


def _shares(law: Law) -> list[tuple[int, float]]:
    """Prices in cents, and the share of deals at each; empty for a law without prices."""
    weights = law.weights if isinstance(law, Empirical) else (1.0,) * len(_prices(law))
    return [(round(p * CENTS), w) for p, w in zip(_prices(law), weights, strict=True)]


def _priced_parts(sources: Sources, row: int, quota: int) -> Iterator[Part]:
    """What each listed deal and each price of new deals adds, below the quota."""
    for deal in sources.listed:
        chance = float(deal.chance[row])
        shares = _shares(deal.size) if deal.amount is None else [(round(deal.amount * CENTS), 1.0)]
        if shares:
            amounts, weights = zip(*shares, strict=True)
            yield (
                np.array([0, *amounts], np.int64),
                np.array([1 - chance, *(chance * weight for weight in weights)], np.float64),
            )
    for deals in sources.new:
        for price, share in _shares(deals.size):
            mean = float(deals.wins[row]) * share
            if price > 0:
                most = min((quota - 1) // price, int(mean + 10 * math.sqrt(mean)) + 40)
                n = np.arange(most + 1)
                log_p = special.xlogy(n, mean) - mean - special.gammaln(n + 1)
                yield n * price, np.exp(log_p)


def _priced_miss(sources: Sources, row: int, quota: int) -> float | None:
    """P(prices alone stay below the quota), sum by sum; none where there are too many sums."""
    sums: NDArray[np.int64] = np.zeros(1, np.int64)
    chances: Array = np.ones(1)
    for amounts, weights in _priced_parts(sources, row, quota):
        if len(sums) * len(amounts) > _MOST_SUMS:
            return None
        total = np.add.outer(sums, amounts).ravel()
        below = total < quota
        sums, places = np.unique(total[below], return_inverse=True)
        chances = np.bincount(places, np.outer(chances, weights).ravel()[below]).astype(np.float64)
    return float(chances.sum())


@dataclass(frozen=True)
class _Laid:
    """Transforms of a period's bookings on a lattice, on which an amount is a point."""

    cents: int
    prices: tuple[int, ...]
    lattice: Lattice
    priced: Complex  # of deals of listed amounts and prices
    spread: Complex  # of deals of any size
    only_priced: float  # chance that no deal is of any size


def _lay(sources: Sources, row: int, cents: int) -> _Laid:
    """Lay a period's bookings on the lattice of an amount."""
    sizes = [deals.size for deals in sources.new]
    sizes += [deal.size for deal in sources.listed if deal.amount is None]
    amounts = [price for size in sizes for price in _prices(size)]
    amounts += [deal.amount for deal in sources.listed if deal.amount is not None]
    prices = tuple(price for price in (round(amount * CENTS) for amount in amounts) if price > 0)
    mean_size = min((size.mean * CENTS for size in sizes if not _prices(size)), default=math.inf)
    lattice = _lay_lattice(cents, prices, mean_size)
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
    return _Laid(cents, prices, lattice, priced, spread, only_priced)


def exact_limited(sources: Sources, row: int, amount: float) -> float:
    """What is booked in a period up to an amount, ``E[min(X, amount)]``, exactly?

    Parameters
    ----------
    sources, row
        As `exact_p_hit` takes them.
    amount
        In currency; at most nothing is booked up to nothing.
    """
    cents = round(amount * CENTS)
    if cents <= 0:
        return amount
    laid = _lay(sources, row, cents)
    lattice = laid.lattice
    tilted = np.fft.irfft(laid.priced * laid.spread, lattice.size)[: lattice.quota]
    below = np.arange(lattice.quota)
    chances = tilted * np.exp(_TILT / lattice.size * below)
    return amount - float(((lattice.quota - below) * chances).sum()) * lattice.step


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
    laid = _lay(sources, row, cents)
    lattice, only_priced = laid.lattice, laid.only_priced
    missed = _miss(lattice, laid.priced * (laid.spread - only_priced), at_quota=0.5)
    if only_priced > 0:
        alone = None if _fits(cents, laid.prices) else _priced_miss(sources, row, cents)
        missed += (
            _miss(lattice, laid.priced * only_priced, at_quota=0.0)
            if alone is None
            else only_priced * alone
        )
    return min(max(1 - missed, 0.0), 1.0)
