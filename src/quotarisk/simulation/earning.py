"""A rep on a plan: the contract, and what it pays for what is credited."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import NamedTuple

import numpy as np

from quotarisk.kernel.arrays import Ints
from quotarisk.kernel.pay import PayRules, pay_periods
from quotarisk.kernel.spifs import SpifRules, pay_spifs
from quotarisk.kernel.summary import Table, add_up
from quotarisk.periods import Horizon, Period
from quotarisk.scenario.pay import PayPlan
from quotarisk.simulation.crediting import Credited
from quotarisk.simulation.estimates import Array
from quotarisk.simulation.lowering import RepTask
from quotarisk.simulation.measures import Unit
from quotarisk.simulation.paying import base_pay, lower_plan, lower_spifs

_NO_WINS = np.empty((0, 0, 0))


@dataclass(frozen=True, eq=False)
class Contract:
    """A rep on a plan, in the periods of its cadence that are answered; amounts in cents.

    Parameters
    ----------
    plan, segments
        The plan, and the segments that the rep sells, in the order of the task's terms.
    periods
        Those that it is paid for.
    rules
        What holds in them.
    base, certain
        ``[periods]`` fixed pay, and what is booked to date.
    first, end
        ``[periods]`` months of the horizon.
    """

    plan: PayPlan
    segments: tuple[str, ...]
    periods: tuple[Period, ...]
    rules: PayRules = field(repr=False)
    base: Array = field(repr=False)
    certain: Array = field(repr=False)
    first: Ints = field(repr=False)
    end: Ints = field(repr=False)

    @property
    def on_target(self) -> Array:
        """``[periods]`` on-target earnings: base plus target variable."""
        return np.asarray(self.base + self.rules.target)

    @property
    def counted(self) -> frozenset[str]:
        """Segments of which pay depends on the number of won deals."""
        return frozenset(
            spif.segment
            for spif in self.plan.spifs
            if spif.per_deal and spif.segment in self.segments
        )

    @property
    def multipliers(self) -> tuple[float, ...]:
        """How often bookings of each segment count."""
        return tuple(self.plan.multipliers.get(name, 1.0) for name in self.segments)

    @cached_property
    def spifs(self) -> SpifRules:
        """SPIFs of the segments that the rep sells."""
        return lower_spifs(self.plan, self.segments)

    @property
    def has_spifs(self) -> bool:
        """Whether any SPIF is for a segment that the rep sells."""
        return len(self.spifs.segment) > 0

    @property
    def splits(self) -> bool:
        """Whether pay depends on what is booked in which segment."""
        return self.has_spifs or any(times != 1 for times in self.multipliers)


class Paid(NamedTuple):
    """What a contract pays; ``[periods, paths]`` in whole cents."""

    variable: Array  # SPIFs included, base pay apart
    spif: Array  # what SPIFs add before guarantee and draw
    credited: Array  # bookings that count, those to date included


def lower_contract(
    plan: PayPlan,
    task: RepTask,
    unit: Unit,
    horizon: Horizon,
    periods: tuple[Period, ...],
    *,
    quotas: Array | None = None,
) -> Contract:
    """Put a rep on a plan.

    Parameters
    ----------
    plan
        The plan, which need not be the rep's own.
    task, unit
        The rep, with quotas and what is booked to date by ``periods``.
    horizon
        Of the scenario.
    periods
        All that are answered, of which the contract has those of its cadence.
    quotas
        ``[all periods]`` instead of the unit's, in cents, NaN where there is none.
    """
    rows = [row for row, period in enumerate(periods) if period.cadence == plan.cadence]
    own = tuple(periods[row] for row in rows)
    asked = unit.quotas if quotas is None else quotas
    inside = [[month for month in period.month_numbers if month >= 0] for period in own]
    return Contract(
        plan=plan,
        segments=tuple(terms.segment for terms in task.terms),
        periods=own,
        rules=lower_plan(plan, task.rep, horizon, own, asked[rows]),
        base=np.array([base_pay(plan, task.rep, period) for period in own], np.float64),
        certain=unit.certain(periods)[rows],
        first=np.array([months[0] for months in inside], np.int64),
        end=np.array([months[-1] + 1 for months in inside], np.int64),
    )


def _by_period(contract: Contract, months: Array) -> Array:
    """``[months, paths]`` to ``[periods, paths]``; the very months where they are the periods."""
    first, end, known = contract.first, contract.end, contract.certain
    if len(first) == end[-1] - first[0] and not known.any():
        return months[first[0] : end[-1]]
    summed = np.empty((len(first), months.shape[-1]))
    add_up(Table(months, known, first, end), summed)
    return summed


def _spifs(contract: Contract, credited: Credited) -> Array:
    """What SPIFs pay, of the segments that they are for."""
    extra = np.empty((len(contract.periods), credited.booked.shape[-1]))
    pay_spifs(
        np.ascontiguousarray(credited.booked),
        counted_wins(credited),
        contract.first,
        contract.end,
        contract.spifs,
        extra,
    )
    return extra


def counted_wins(credited: Credited) -> Array:
    """``[segments, months, paths]`` as the kernel takes them: no segments where none is counted."""
    return _NO_WINS if credited.wins is None else np.ascontiguousarray(credited.wins)


@lru_cache(maxsize=4)
def _nothing(periods: int, paths: int) -> Array:
    """Zeros that nobody writes to: fresh memory is slow memory."""
    return np.zeros((periods, paths))


def pay_rep(contract: Contract, credited: Credited) -> Paid:
    """What does a rep earn in variable pay in each period of the plan, on each path?

    Parameters
    ----------
    contract
        The rep on a plan.
    credited
        From `credit_rep` with the wins of ``contract.counted``; or from `credit_together`, where
        pay does not depend on segments (``contract.splits``).
    """
    shape = (len(contract.periods), credited.booked.shape[-1])
    if contract.splits:
        counted = _by_period(contract, credited.weighted(contract.multipliers))
        counted = np.rint(counted, out=counted if counted.base is None else None)
    else:
        counted = _by_period(contract, credited.total)
    spif = _spifs(contract, credited) if contract.has_spifs else _nothing(*shape)
    variable = np.empty(shape)
    pay_periods(counted, spif, contract.rules, variable)
    return Paid(variable, spif, counted)
