"""Pay packages of a rep: a plan as it is, without one of its SPIFs, and with that one alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from quotarisk.analysis.glance import longest_row
from quotarisk.periods import Period
from quotarisk.scenario.pay import PayPlan, Spif
from quotarisk.simulation.crediting import Credited
from quotarisk.simulation.earning import Contract, lower_contract, pay_rep
from quotarisk.simulation.estimates import Array
from quotarisk.simulation.lowering import RepTask
from quotarisk.simulation.variants import Variant

Plans = Mapping[str, Mapping[str, PayPlan]]  # by rep, then by the plan's name
OWN = "own"  # how plans are called together where reps are on plans of several names


@dataclass(frozen=True)
class Incentive:
    """One SPIF of a plan.

    Parameters
    ----------
    number, spif
        Its place in the plan, from 0, and what it says.
    without
        The plan without it.
    alone
        The plan with it as the only SPIF.
    """

    number: int
    spif: Spif
    without: Contract = field(repr=False)
    alone: Contract = field(repr=False)


@dataclass(frozen=True)
class Package:
    """A plan that a rep is on, or might be.

    Parameters
    ----------
    plan
        Its name.
    contract
        The rep's.
    incentives
        SPIFs for what the rep sells.
    inside
        Which of the contract's periods lie in the period that is looked at.
    """

    plan: str
    contract: Contract = field(repr=False)
    incentives: tuple[Incentive, ...]
    inside: tuple[int, ...]

    @property
    def on_target(self) -> float:
        """On-target earnings of the period that is looked at, in cents."""
        return float(self.contract.on_target[list(self.inside)].sum())

    def pay(self, credited: Credited, contract: Contract | None = None) -> Array:
        """``[paths]`` cents of base and variable pay, of the package or without a SPIF."""
        contract = contract or self.contract
        rows = list(self.inside)
        variable = pay_rep(contract, credited).variable[rows].sum(axis=0)
        return np.asarray(variable + contract.base[rows].sum())

    def spif_pay(self, credited: Credited, contract: Contract | None = None) -> Array:
        """``[paths]`` cents that SPIFs pay."""
        paid = pay_rep(contract or self.contract, credited)
        return np.asarray(paid.spif[list(self.inside)].sum(axis=0))


def with_rep_quotas(base: Variant, quotas: Mapping[str, Array]) -> Variant:
    """Hold reps to other quotas, ``[periods]`` in cents, such as those of missing cadences."""
    units = {
        (level, name): replace(unit, quotas=quotas[name])
        if level == "rep" and name in quotas
        else unit
        for (level, name), unit in base.units.items()
    }
    return replace(base, units=units)


def period_looked_at(base: Variant) -> Period:
    """Which period are mixes, efficiency and behaviour told of? As `trace_mix` has it."""
    return base.periods[longest_row(base.keys)]


def month_slice(period: Period) -> slice:
    """Months of the horizon that lie in a period."""
    numbers = [month for month in period.month_numbers if month >= 0]
    return slice(numbers[0], numbers[-1] + 1)


def _package(base: Variant, task: RepTask, name: str, plan: PayPlan, whole: Period) -> Package:
    unit = base.units["rep", task.rep.name]

    def lower(told: PayPlan) -> Contract:
        return lower_contract(told, task, unit, base.setting.horizon, base.periods)

    sold = {terms.segment for terms in task.terms}
    incentives = [
        Incentive(
            number,
            spif,
            lower(
                plan.model_copy(update={"spifs": plan.spifs[:number] + plan.spifs[number + 1 :]})
            ),
            lower(plan.model_copy(update={"spifs": (spif,)})),
        )
        for number, spif in enumerate(plan.spifs)
        if spif.segment in sold
    ]
    contract = lower(plan)
    inside = [
        place
        for place, period in enumerate(contract.periods)
        if whole.first <= period.first and period.end <= whole.end
    ]
    return Package(name, contract, tuple(incentives), tuple(inside))


def packages_of(base: Variant, name: str, plans: Mapping[str, PayPlan]) -> tuple[Package, ...]:
    """Which plans pay a rep something in the period that is looked at?

    Plans by longer periods than that are left out: they pay nothing within it.
    """
    whole, task = period_looked_at(base), base.tasks[name]
    packages = (_package(base, task, plan, told, whole) for plan, told in plans.items())
    return tuple(package for package in packages if package.inside)


def names_of_plans(plans: Plans) -> tuple[str, ...]:
    """Under which names is a team's pay told: those that all have in common, or all by `OWN`?"""
    sets = {tuple(told) for told in plans.values()}
    return sets.pop() if len(sets) == 1 else (OWN,)


def packages_by_name(base: Variant, name: str, plans: Plans) -> dict[str, Package]:
    """A rep's packages under the names of `names_of_plans`; those that pay nothing are left out."""
    packages = packages_of(base, name, plans[name])
    if names_of_plans(plans) == (OWN,):
        return dict.fromkeys([OWN], packages[0]) if packages else {}
    return {package.plan: package for package in packages}


def counted_in(packages: Iterable[Package]) -> frozenset[str]:
    """In which segments must won deals be counted?"""
    return frozenset(segment for package in packages for segment in package.contract.counted)
