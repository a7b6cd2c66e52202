"""What comes of behaviour on each path: pay, bookings and quotas that are hit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from quotarisk.analysis.cap_reach import credit_at_cap
from quotarisk.analysis.conduct import Behaviour, Books, Span
from quotarisk.analysis.glance import longest_row
from quotarisk.analysis.pay_packages import Package, counted_in, month_slice
from quotarisk.analysis.pay_sample import booked_before
from quotarisk.periods import MONTHS_IN
from quotarisk.simulation.crediting import Credited, credit_rep
from quotarisk.simulation.earning import Contract
from quotarisk.simulation.estimates import Array
from quotarisk.simulation.variants import Variant


def spans_of(contract: Contract) -> tuple[Span, ...]:
    """In which periods is a rep paid, and from where on does the cap leave nothing to earn?"""
    stops, length = credit_at_cap(contract.rules), MONTHS_IN[contract.plan.cadence]
    return tuple(
        Span(
            months=range(int(contract.first[place]), int(contract.end[place])),
            gone=length - int(contract.end[place] - contract.first[place]),
            quota=float(contract.rules.quota[place]),
            so_far=float(contract.certain[place]),
            stop=float(stops[place]),
        )
        for place in range(len(contract.periods))
    )


@dataclass
class Outcome:
    """What comes of a behaviour on each path; amounts in cents."""

    pay: Array = field(repr=False)
    booked: Array = field(repr=False)
    hits: Array | None = field(repr=False)  # [paths] periods that are hit
    parts: int = 0  # periods with a quota


def _outcome(package: Package, credited: Credited, months: slice) -> Outcome:
    contract, total = package.contract, credited.total
    quota = contract.rules.quota
    planned = [place for place in package.inside if quota[place] > 0]
    hits = np.zeros(total.shape[1])
    for place in planned:
        booked = total[contract.first[place] : contract.end[place]].sum(axis=0)
        hits += booked + contract.certain[place] >= quota[place]
    booked = total[months].sum(axis=0) + booked_before(package)
    return Outcome(package.pay(credited), booked, hits if planned else None, len(planned))


def draw_outcomes(
    who: tuple[str, Sequence[Package]],
    base: Variant,
    behaviours: Sequence[Behaviour],
    *,
    paths: int,
) -> list[list[Outcome]]:
    """What comes of exposure only, then of each behaviour, by package of a rep?"""
    name, packages = who
    task = base.tasks[name]
    row = longest_row(base.keys)
    months = month_slice(base.periods[row])
    credited = credit_rep(task, base.setting, paths=paths, count=counted_in(packages))
    found = []
    for package in packages:
        plan, spans = package.contract.plan, spans_of(package.contract)
        weights = [plan.multipliers.get(segment, 1.0) for segment in package.contract.segments]
        books = Books(credited.booked, np.array(weights), credited.wins)
        told = [_outcome(package, credited, months)]
        for behaviour in behaviours:
            acted = behaviour.act(books, spans)
            told.append(_outcome(package, Credited(acted.booked, acted.wins), months))
        found.append(told)
    return found
