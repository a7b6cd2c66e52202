"""What is read off a unit's paths of pay, under every scheme."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from quotarisk.analysis.marginal_pay import Marginal, add_deals, price_deals
from quotarisk.analysis.pay_figures import (
    NONE,
    ByCadence,
    Cash,
    Figures,
    Flow,
    cadence_figures,
    change_figures,
    flow_of,
    pay_figures,
    volatility_figures,
)
from quotarisk.analysis.pay_schemes import (
    Displayed,
    Offer,
    cash_plan,
    display,
    months_inside,
    shown_cadences,
    total_of,
)
from quotarisk.analysis.payouts import Earned, RepPay, Scheme
from quotarisk.kernel.arrays import Ints
from quotarisk.kernel.summary import Table, add_up, hits_apart
from quotarisk.periods import CADENCES, Cadence
from quotarisk.simulation.crediting import Credited
from quotarisk.simulation.earning import pay_rep
from quotarisk.simulation.estimates import Array, Estimate, mean_of
from quotarisk.simulation.measures import Unit
from quotarisk.simulation.sectioning import Blocks
from quotarisk.simulation.variants import Variant

Deals = Mapping[tuple[str, str], Marginal]
Made = TypeVar("Made")


class Small(NamedTuple):
    """What is kept of a rep, and added up for groups and the team: one each an offer."""

    # [its periods, 1 + batches] variable pay at the expected bookings: of all paths, and of all
    # but each batch
    at_mean: tuple[Array, ...]
    deals: tuple[Deals, ...]


class Told(NamedTuple):
    """What paths say of a unit; tables of figures, one each an offer."""

    periods: tuple[tuple[Figures, ...], ...]  # for each period that is shown
    volatility: tuple[Figures, ...]
    cadences: tuple[dict[Cadence, Figures], ...]
    compared: tuple[tuple[Figures, ...], ...]  # beside the first, for each period in common


class Drawn(NamedTuple):
    """What all paths say of a unit; one each an offer."""

    unit: Unit
    members: tuple[str, ...]
    told: Told
    at_mean: tuple[tuple[Figures, ...], ...]  # for each period that is shown
    deals: tuple[Deals, ...]


class Known(NamedTuple):
    """What is known of a unit under a scheme, by its periods; amounts in cents."""

    rows: list[int]  # places among all periods
    first: Ints  # months of the horizon
    end: Ints
    certain: Array
    on_target: Array
    cash: Cash


@dataclass(frozen=True)
class Reader:
    """What is asked of every unit.

    Parameters
    ----------
    variant
        Who works how.
    offers
        Schemes to look at.
    quotas
        ``[all periods]`` by rep, shares of longer ones where none is given.
    starts
        First path of each batch by which errors are told that scatter does not.
    """

    variant: Variant
    offers: tuple[Offer, ...]
    quotas: Mapping[str, Array]
    starts: NDArray[np.intp]
    _kept: dict[tuple[object, ...], Any] = field(default_factory=dict, repr=False)

    def _once(self, key: tuple[object, ...], make: Callable[[], Made]) -> Made:
        """Find something out once; it is asked for by every block of paths."""
        if key not in self._kept:
            self._kept[key] = make()
        made: Made = self._kept[key]
        return made

    @cached_property
    def schemes(self) -> list[Scheme]:
        """All of them, each once."""
        told: list[Scheme] = []
        for offer in self.offers:
            for scheme in (offer.scheme, offer.own, *offer.by_cadence.values()):
                if not any(scheme is each for each in told):
                    told.append(scheme)
        return told

    def variable(self, earned: Earned, scheme: Scheme) -> Array:
        """``[its periods, paths]`` of a unit under a scheme."""
        place = next(i for i, each in enumerate(self.schemes) if each is scheme)
        return earned.variable[place]

    def shown(self, offer: Offer, members: tuple[str, ...]) -> Displayed:
        """Which periods are shown of a unit under an offer?"""
        scheme = offer.scheme

        def make() -> Displayed:
            cadences = shown_cadences(scheme, members)
            return display(scheme, members, self.variant.periods, cadences)

        return self._once(("shown", id(scheme), members), make)

    def known(self, scheme: Scheme, members: tuple[str, ...]) -> Known:
        """What is known of a unit under a scheme?"""

        def make() -> Known:
            return Known(
                [self.variant.periods.index(period) for period in scheme.periods],
                *months_inside(scheme.periods),
                total_of(scheme, members, "certain"),
                total_of(scheme, members, "on_target"),
                cash_plan(scheme, members, self.variant),
            )

        return self._once(("known", id(scheme), members), make)

    def compared(self, members: tuple[str, ...]) -> tuple[Displayed, ...]:
        """Periods of the longest cadence in which all offers pay for the same months."""
        return self._once(("compared", members), lambda: self._compared_by(members))

    def _compared_by(self, members: tuple[str, ...]) -> tuple[Displayed, ...]:
        for cadence in reversed(CADENCES):
            told = [
                display(offer.scheme, members, self.variant.periods, (cadence,))
                for offer in self.offers
            ]
            if told[0].periods and all(each.days == told[0].days for each in told):
                return tuple(told)
        return ()

    def look(self, earned: Earned, own: RepPay) -> Small:
        """What is kept of a rep?"""
        name = earned.unit.name
        task, schemes = self.variant.tasks[name], self.schemes
        contracts = [offer.scheme.contracts[name] for offer in self.offers]
        counted = frozenset[str]().union(*(contract.counted for contract in contracts))
        means = expected(
            own.credited, self.starts, [terms.segment in counted for terms in task.terms]
        )
        at_mean, deals = [], []
        for offer, contract in zip(self.offers, contracts, strict=True):
            paid = own.paid[next(i for i, each in enumerate(schemes) if each is offer.scheme)]
            at_mean.append(offer.scheme.placed(contract, pay_rep(contract, means).variable))
            priced = price_deals(contract, task, own, paid, self.starts)
            title = offer.plan_names[name]
            deals.append({(title, segment): each for segment, each in priced.items()})
        return Small(tuple(at_mean), tuple(deals))

    def read(self, earned: Earned, first: int = 0, stop: int | None = None) -> Told:
        """What do some of the paths say of a unit?"""
        here = slice(first, stop)
        booked = np.ascontiguousarray(earned.booked[:, here])
        pay = {
            id(scheme): np.ascontiguousarray(variable[:, here])
            for scheme, variable in zip(self.schemes, earned.variable, strict=True)
        }
        flows = {
            id(scheme): flow_of(pay[id(scheme)], self.known(scheme, earned.members).cash)
            for scheme in self.schemes
        }
        periods, volatility, cadences = [], [], []
        for offer in self.offers:
            shown = self.shown(offer, earned.members)
            periods.append(_period_figures(shown, pay[id(offer.scheme)], booked))
            volatility.append(volatility_figures(flows[id(offer.scheme)]))
            cadences.append(self._by_cadence(offer, earned, flows, booked))
        return Told(
            tuple(periods),
            tuple(volatility),
            tuple(cadences),
            self._compared(earned, pay, booked) if len(self.offers) > 1 else (),
        )

    def draw(self, earned: Earned, kept: Sequence[Small]) -> Drawn:
        """What do all paths say of a unit?"""
        return Drawn(earned.unit, earned.members, self.read(earned), *self._sums(earned, kept))

    def draw_blocks(
        self, earned: Earned, kept: Sequence[Small], blocks: Blocks
    ) -> tuple[list[Told], Drawn]:
        """What does each block of paths say, and what tells errors by leaving blocks out?"""
        parts = [self.read(earned, first, stop) for first, stop in blocks.edges]
        sums = self._sums(earned, kept)
        return parts, Drawn(earned.unit, earned.members, parts[0], *sums)

    def _sums(
        self, earned: Earned, kept: Sequence[Small]
    ) -> tuple[tuple[tuple[Figures, ...], ...], tuple[Deals, ...]]:
        at_mean = tuple(
            at_mean_figures(
                self.shown(offer, earned.members),
                self.variable(earned, offer.scheme),
                [small.at_mean[place] for small in kept],
                self.starts,
            )
            for place, offer in enumerate(self.offers)
        )
        deals = tuple(
            add_deals([small.deals[place] for small in kept]) for place in range(len(self.offers))
        )
        return at_mean, deals

    def quotas_of(self, members: Sequence[str]) -> Array:
        """``[all periods]`` sums of reps' quotas, the same in all cadences; NaN where none is."""
        each = np.array([self.quotas[name] for name in members])
        return np.where(np.isnan(each).all(axis=0), np.nan, np.nansum(each, axis=0))

    def _p_hit(self, unit: Unit, members: Sequence[str], table: Table, rows: list[int]) -> Estimate:
        """How likely are quotas hit, as the mean over the periods that have one?"""
        quotas = self.quotas_of(members)[rows]
        given = np.where(quotas > 0, quotas, np.nan)
        number = int((~np.isnan(given)).sum())
        if not number or not self._is_whole(unit, members):
            return NONE
        hits, squares = hits_apart(table, given, (~np.isnan(given)).astype(np.int64)).tolist()
        return mean_of(float(hits), float(squares), table.booked.shape[1], number)

    def _is_whole(self, unit: Unit, members: Sequence[str]) -> bool:
        """Whether all who belong to a unit are paid, so that its bookings are theirs."""
        return unit.level == "rep" or len(members) == sum(
            unit.level == "team" or task.rep.group == unit.name
            for task in self.variant.tasks.values()
        )

    def _by_cadence(
        self, offer: Offer, earned: Earned, flows: Mapping[int, Flow], booked: Array
    ) -> dict[Cadence, Figures]:
        if not offer.by_cadence:
            return {}

        def paid(scheme: Scheme) -> ByCadence:
            known = self.known(scheme, earned.members)
            table = Table(booked, known.certain, known.first, known.end)
            p_hit = self._p_hit(earned.unit, earned.members, table, known.rows)
            target, fixed = float(known.on_target.sum()), float(known.cash.base.sum())
            return ByCadence(flows[id(scheme)], target if target > fixed else np.nan, p_hit)

        own = paid(offer.own)
        return {
            cadence: cadence_figures(own if scheme is offer.own else paid(scheme), own)
            for cadence, scheme in offer.by_cadence.items()
        }

    def _compared(
        self, earned: Earned, pay: Mapping[int, Array], booked: Array
    ) -> tuple[tuple[Figures, ...], ...]:
        shown = self.compared(earned.members)
        if not shown:
            return ()
        paid = [
            each.sums(pay[id(offer.scheme)]) + each.base[:, np.newaxis]
            for offer, each in zip(self.offers, shown, strict=True)
        ]
        first = shown[0]
        sold = sold_in(booked, first.first, first.end, first.certain)
        return tuple(
            tuple(
                change_figures(
                    more[row],
                    paid[0][row],
                    sold=sold[row],
                    on_target=each.target(row),
                    base_on_target=first.target(row),
                )
                for row in range(len(sold))
            )
            for each, more in zip(shown, paid, strict=True)
        )


def sold_in(booked: Array, first: NDArray[np.int64], end: NDArray[np.int64], known: Array) -> Array:
    """``[periods, paths]`` bookings, those to date included."""
    sold = np.empty((len(first), booked.shape[1]))
    add_up(Table(booked, known, first, end), sold)
    return sold


def _period_figures(shown: Displayed, variable: Array, booked: Array) -> tuple[Figures, ...]:
    """Figures of each period that is shown, one after the other: fresh memory is slow memory."""
    sold, paid = np.empty((2, 1, booked.shape[1]))
    begin, stop = np.array(shown.begin, np.int64), np.array(shown.stop, np.int64)
    told = []
    for row in range(len(shown.periods)):
        here = slice(row, row + 1)
        add_up(Table(booked, shown.certain[here], shown.first[here], shown.end[here]), sold)
        add_up(Table(variable, shown.base[here], begin[here], stop[here]), paid)
        told.append(pay_figures(paid[0], sold[0], shown.target(row)))
    return tuple(told)


def _left_out(values: Array) -> list[Estimate]:
    """Figures of all paths, and their errors by those that leave each batch out: `jackknife`.

    Parameters
    ----------
    values
        ``[figures, 1 + batches]``
    """
    left = values[:, 1:]
    spread = ((left - left.mean(axis=1, keepdims=True)) ** 2).sum(axis=1)
    errors = np.sqrt(spread * (left.shape[1] - 1) / left.shape[1])
    return [Estimate(*told) for told in zip(values[:, 0].tolist(), errors.tolist(), strict=True)]


def _means(values: Array, starts: NDArray[np.intp]) -> Array:
    """``[..., 1 + batches]`` mean of all paths, then of all but each batch of them."""
    sizes = np.diff(starts, append=values.shape[-1])
    sums = np.add.reduceat(values, starts, axis=-1)
    total = sums.sum(axis=-1, keepdims=True)
    left = (total - sums) / (sizes.sum() - sizes)
    return np.concatenate([total / sizes.sum(), left], axis=-1)


def expected(
    credited: Credited, starts: NDArray[np.intp], counted: Sequence[bool] | None = None
) -> Credited:
    """Expected bookings and wins of all paths, then of all but each batch of them.

    Parameters
    ----------
    credited
        On all paths.
    starts
        First path of each batch.
    counted
        Which segments have wins; all where it is left out.
    """
    booked = _means(credited.booked, starts)
    if credited.wins is None:
        return Credited(booked)
    wins = np.zeros_like(booked)
    for place, won in enumerate(credited.wins):
        if counted is None or counted[place]:
            wins[place] = _means(won, starts)
    return Credited(booked, wins)


def at_mean_figures(
    shown: Displayed, variable: Array, at_mean: Sequence[Array], starts: NDArray[np.intp]
) -> tuple[Figures, ...]:
    """What is paid at the expected bookings, and by how much is that less than what is expected?

    Parameters
    ----------
    shown
        Periods of the table.
    variable
        ``[periods of the scheme, paths]``.
    at_mean
        ``[periods of the scheme, 1 + batches]`` of each member.
    starts
        First path of each batch.
    """
    there = shown.sums(np.sum(at_mean, axis=0)) + shown.base[:, np.newaxis]
    mean = shown.sums(_means(variable, starts)) + shown.base[:, np.newaxis]
    return tuple(
        {"pay_at_mean": at, "cost_of_average": cost}
        for at, cost in zip(_left_out(there), _left_out(mean - there), strict=True)
    )
