"""Which reps are on which plans, by which cadence: what a run of pay compares."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from quotarisk.analysis.pay_cadences import shared_quotas, span_of, with_cadence
from quotarisk.analysis.pay_figures import Cash
from quotarisk.analysis.payouts import Scheme, scheme_of
from quotarisk.kernel.arrays import Ints
from quotarisk.periods import CADENCES, MONTHS_IN, Cadence, Period, add_months
from quotarisk.scenario.pay import PayPlan
from quotarisk.scenario.team import Rep
from quotarisk.simulation.earning import Contract, lower_contract
from quotarisk.simulation.estimates import Array
from quotarisk.simulation.measures import Unit
from quotarisk.simulation.paying import base_pay, months_at_work
from quotarisk.simulation.variants import Variant

Plans = Mapping[str, Mapping[str, PayPlan]]  # by rep, then by the plan's name


class Offer(NamedTuple):
    """A scheme under the name that it has in tables: a plan, or everybody's own."""

    name: str | None
    scheme: Scheme
    plan_names: Mapping[str, str]  # of each rep's plan
    by_cadence: Mapping[Cadence, Scheme]  # the same plans over the span; empty if not asked for
    own: Scheme  # the plans as they are over the span

    def plan_of(self, members: Sequence[str]) -> str | None:
        """Name the plan of several reps; none where they are on different ones."""
        names = {self.plan_names[rep] for rep in members}
        return names.pop() if len(names) == 1 else None


def _within(unit: Unit, periods: Sequence[Period], kept: Sequence[Period], quotas: Array) -> Unit:
    """The unit with some of its periods, and those quotas."""
    rows = [periods.index(period) for period in kept]
    return replace(unit, quotas=quotas[rows], before=unit.before[rows])


def _contract(
    plan: PayPlan, name: str, variant: Variant, periods: tuple[Period, ...], quotas: Array
) -> Contract:
    unit, task = variant.units["rep", name], variant.tasks[name]
    own = _within(unit, variant.periods, periods, quotas)
    return lower_contract(plan, task, own, variant.setting.horizon, periods)


def _of(periods: Sequence[Period], cadence: Cadence) -> tuple[Period, ...]:
    return tuple(period for period in periods if period.cadence == cadence)


def _by_cadence(
    own: Scheme,
    plans: Mapping[str, PayPlan],
    variant: Variant,
    quotas: Mapping[str, Array],
) -> tuple[dict[Cadence, Scheme], Scheme]:
    """Put the same plans on each cadence of the span, and as they are."""
    span, base = span_of(variant.periods), own.contracts
    if any(plan.cadence not in span for plan in plans.values()):
        return {}, own

    def contract(name: str, cadence: Cadence) -> Contract:
        plan = plans[name]
        if cadence == plan.cadence and base[name].periods == span[cadence]:
            return base[name]
        return _contract(with_cadence(plan, cadence), name, variant, span[cadence], quotas[name])

    schemes = {
        cadence: Scheme({name: contract(name, cadence) for name in plans}, span[cadence])
        for cadence in span
    }
    for cadence, scheme in schemes.items():
        if all(scheme.contracts[name] is base[name] for name in plans):
            schemes[cadence] = own
    kept = {name: schemes[plan.cadence].contracts[name] for name, plan in plans.items()}
    whole = all(kept[name] is base[name] for name in plans)
    return schemes, own if whole else scheme_of(kept)


def offers_of(variant: Variant, plans: Plans, *, named: bool, cadences: bool) -> tuple[Offer, ...]:
    """Which schemes are there?

    Parameters
    ----------
    variant
        Who works how.
    plans
        By rep and name; one each, or the same ones for all.
    named
        Whether everybody is put on each plan in turn, rather than being on the own one.
    cadences
        Whether each is looked at by month, quarter and year too.
    """
    reps = [name for name in variant.tasks if name in plans]
    quotas = {
        name: shared_quotas(
            variant.units["rep", name].quotas, variant.periods, variant.tasks[name].rep
        )
        for name in reps
    }
    names = list(plans[reps[0]]) if named else [None]
    offers = []
    for name in names:
        titles = {rep: next(iter(plans[rep])) if name is None else name for rep in reps}
        chosen = {rep: plans[rep][titles[rep]] for rep in reps}
        contracts = {
            rep: _contract(
                plan,
                rep,
                variant,
                _of(variant.periods, plan.cadence),
                quotas[rep] if named else variant.units["rep", rep].quotas,
            )
            for rep, plan in chosen.items()
        }
        scheme = scheme_of(contracts)
        by, own = _by_cadence(scheme, chosen, variant, quotas) if cadences else ({}, scheme)
        offers.append(Offer(name, scheme, titles, by, own))
    return tuple(offers)


@dataclass(frozen=True)
class Displayed:
    """Periods of a table for a unit under a scheme; amounts in cents.

    Parameters
    ----------
    periods
        What they are called.
    begin, stop
        ``[periods]`` rows of the scheme that each takes.
    first, end
        ``[periods]`` months of the horizon.
    base, on_target, certain
        ``[periods]`` fixed pay, on-target earnings, and what is booked to date.
    """

    periods: tuple[Period, ...]
    begin: tuple[int, ...]
    stop: tuple[int, ...]
    first: Ints
    end: Ints
    base: Array
    on_target: Array
    certain: Array
    days: tuple[tuple[date, date], ...]  # first one that is paid for, and the one after the last

    def target(self, row: int) -> float:
        """On-target earnings of a period; NaN where nothing variable is on target."""
        return float(self.on_target[row]) if self.on_target[row] > self.base[row] else float("nan")

    def sums(self, values: Array) -> Array:
        """``[periods, ...]`` sums of the scheme's rows."""
        every = tuple(range(len(values)))
        if (self.begin, self.stop) == (every, tuple(row + 1 for row in every)):
            return values
        summed = [
            values[begin:stop].sum(axis=0)
            for begin, stop in zip(self.begin, self.stop, strict=True)
        ]
        return np.array(summed).reshape(len(summed), *values.shape[1:])


def months_inside(periods: Sequence[Period]) -> tuple[Ints, Ints]:
    """``[periods]`` first month of the horizon that each takes, and the one after its last."""
    inside = [[month for month in period.month_numbers if month >= 0] for period in periods]
    return (
        np.array([months[0] for months in inside], np.int64),
        np.array([months[-1] + 1 for months in inside], np.int64),
    )


def total_of(scheme: Scheme, members: Sequence[str], what: str) -> Array:
    """``[periods]`` of the scheme: base pay, what is on target, or booked to date, of some reps."""
    total = np.zeros(len(scheme.periods))
    for name in members:
        contract = scheme.contracts[name]
        total += scheme.placed(contract, getattr(contract, what))
    return total


def display(
    scheme: Scheme, members: Sequence[str], periods: Sequence[Period], cadences: Sequence[Cadence]
) -> Displayed:
    """Which periods of some cadences are shown of a unit, and what is known of them?

    Those of which a whole period of everybody's plan is paid; of a year that began before the
    first answered period, only what is answered.
    """
    longest = max((scheme.contracts[name].plan.cadence for name in members), key=CADENCES.index)
    shown, begin, stop = [], [], []
    for period in periods:
        if period.cadence not in cadences or MONTHS_IN[period.cadence] < MONTHS_IN[longest]:
            continue
        rows = [
            row
            for row, part in enumerate(scheme.periods)
            if period.first <= part.first and part.end <= period.end
        ]
        shown.append(period)
        begin.append(rows[0])
        stop.append(rows[-1] + 1)
    first, end = months_inside(scheme.periods)
    told = Displayed(
        tuple(shown),
        tuple(begin),
        tuple(stop),
        first[begin],
        end[[row - 1 for row in stop]],
        total_of(scheme, members, "base"),
        total_of(scheme, members, "on_target"),
        total_of(scheme, members, "certain"),
        tuple(
            (scheme.periods[each].first, scheme.periods[after - 1].end)
            for each, after in zip(begin, stop, strict=True)
        ),
    )
    return replace(
        told,
        base=told.sums(told.base),
        on_target=told.sums(told.on_target),
        certain=told.sums(told.certain),
    )


def shown_cadences(scheme: Scheme, members: Sequence[str]) -> tuple[Cadence, ...]:
    """Show the longest cadence of some reps' plans, and the year."""
    longest = max((scheme.contracts[name].plan.cadence for name in members), key=CADENCES.index)
    return (longest,) if longest == "year" else (longest, "year")


@lru_cache(maxsize=16)
def months_of(periods: tuple[Period, ...]) -> Mapping[int, Period]:
    """Every month of some periods, by its number."""
    return {
        part.first_month + k: Period(
            "month",
            name,
            add_months(part.first, k),
            add_months(part.first, k + 1),
            part.first_month + k,
        )
        for part in periods
        for k, name in enumerate(part.month_names)
    }


def _fixed(contract: Contract, rep: Rep, months: Mapping[int, Period]) -> Array:
    """``[months]`` cents of fixed pay, which add up to that of each period.

    Months that the plan does not pay for as a whole period have their own.
    """
    base = {number: base_pay(contract.plan, rep, month) for number, month in months.items()}
    for period, whole in zip(contract.periods, contract.base, strict=True):
        reached = np.cumsum([base.get(number, np.nan) for number in period.month_numbers])
        if reached[-1] > 0:  # all of its months are told, and paid
            # what rounding leaves is spread over them
            reached = np.rint(reached * (whole / reached[-1]))
            base |= zip(period.month_numbers, np.diff(reached, prepend=0.0).tolist(), strict=True)
    return np.array(list(base.values()))


def cash_plan(scheme: Scheme, members: Sequence[str], variant: Variant) -> Cash:
    """When is the pay of some reps paid: fixed pay by month, variable pay in its last month?

    From the first month on in which one of them is at work.
    """
    months = months_of(scheme.periods)
    base, begin = np.zeros(len(months)), len(months)
    for name in members:
        rep = variant.tasks[name].rep
        base += _fixed(scheme.contracts[name], rep, months)
        worked = [months_at_work(rep, month) > 0 for month in months.values()]
        begin = min(begin, worked.index(True) if any(worked) else begin)
    places = {number: place for place, number in enumerate(months)}
    last = [places[period.month_numbers[-1]] for period in scheme.periods]
    return Cash(base, base[last], max(len(months) - begin, 1))
