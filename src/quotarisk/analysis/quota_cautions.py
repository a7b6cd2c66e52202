"""What is doubtful about the quotas themselves: sums, plans, gaps."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import polars as pl

from quotarisk.caution import Caution
from quotarisk.periods import CADENCES, MONTHS_IN, Cadence
from quotarisk.scenario.scenario import Scenario
from quotarisk.scenario.team import Group, Quota
from quotarisk.simulation.listed import CENTS
from quotarisk.simulation.measures import Measures
from quotarisk.simulation.simulation import Simulation
from quotarisk.wording import count_of, list_names


def _differs(a: float, b: float) -> bool:
    return abs(a - b) > max(0.005 * max(abs(a), abs(b)), 0.01)


def _written_quota(measures: Measures, scenario: Scenario) -> Quota:
    unit = measures.unit
    if unit.level == "team":
        return scenario.team.quota
    if unit.level == "group":
        return scenario.groups.get(unit.name, Group()).quota
    return next(rep.quota for rep in scenario.reps if rep.name == unit.name)


def _unequal_sums(measures: Measures, simulation: Simulation) -> Iterator[tuple[Cadence, Cadence]]:
    """Cadences whose written quota is not the sum of the shorter periods' quotas."""
    written = _written_quota(measures, simulation.scenario)
    quota = dict(zip(simulation.periods, measures.periods.quota, strict=True))
    pairs: tuple[tuple[Cadence, Cadence], ...] = (
        ("month", "quarter"),
        ("quarter", "year"),
        ("month", "year"),
    )
    for short, long in pairs:
        if written.of(short) is None or written.of(long) is None:
            continue
        for period in (p for p in simulation.periods if p.cadence == long):
            inside = [
                amount
                for part, amount in quota.items()
                if part.cadence == short and part.first_month in period.month_numbers
            ]
            whole = len(inside) == MONTHS_IN[long] // MONTHS_IN[short]
            if whole and _differs(float(np.sum(inside)), float(quota[period])):
                yield long, short
                break


def _quota_sums(simulation: Simulation) -> Iterator[Caution]:
    apart: dict[tuple[Cadence, Cadence], list[str]] = {}
    for measures in simulation.units:
        for pair in _unequal_sums(measures, simulation):
            team = measures.unit.level == "team"
            apart.setdefault(pair, []).append("the team" if team else measures.unit.name)
    for (long, short), names in apart.items():
        yield Caution(
            "quotas_do_not_add_up",
            tuple(names),
            f"The {long}'s quota is not the sum of its {short}s' for {list_names(names)}: the "
            "cadences are held against different targets.",
        )


def _plans(simulation: Simulation) -> Iterator[Caution]:
    """Plans of groups and the team that differ from the sum of the reps' quotas."""
    for above in (*simulation.groups, simulation.team):
        team = above.unit.level == "team"
        quotas = np.array([rep.periods.quota for rep in _members(above, simulation)])
        quotas = np.where(np.isnan(quotas).all(axis=0), np.nan, np.nansum(quotas, axis=0))
        both = np.flatnonzero(~np.isnan(quotas) & ~np.isnan(above.periods.quota))
        if not len(both):
            continue
        last = both[-1]  # the longest cadence that both have
        total, plan = float(quotas[last]), float(above.periods.quota[last])
        if _differs(total, plan):
            written = _written_quota(above, simulation.scenario)
            answered = {period.cadence for period in simulation.periods}
            sums = [c for c in CADENCES if c in answered and written.of(c) is None]
            held = f" By the {' and the '.join(sums)} it is held against their sum." if sums else ""
            yield Caution(
                "plan_and_quotas",
                (above.unit.name,),
                f"{'The team' if team else above.unit.name}: the reps' quotas add up to "
                f"{total / CENTS:,.0f} {simulation.scenario.currency} in "
                f"{simulation.periods[last].name}, {100 * total / plan:.0f} % of the plan of "
                f"{plan / CENTS:,.0f}.{held}",
            )


def _no_quotas(frame: pl.DataFrame) -> Iterator[Caution]:
    if frame["quota"].null_count() == frame.height:
        yield Caution(
            "no_quotas", (), "No period that is answered has a quota: there is no P(hit) to show."
        )


def _members(above: Measures, simulation: Simulation) -> list[Measures]:
    """Reps of a group or the team."""
    team = above.unit.level == "team"
    return [rep for rep in simulation.reps if team or rep.unit.group == above.unit.name]


def _missing(simulation: Simulation) -> Iterator[Caution]:
    """Sums that are not made because somebody who works has no quota."""
    for above in (*simulation.groups, simulation.team):
        members = _members(above, simulation)
        for cadence in CADENCES:
            rows = [i for i, p in enumerate(simulation.periods) if p.cadence == cadence]
            with_quota = [r for r in members if not np.isnan(r.periods.quota[rows]).all()]
            if not np.isnan(above.periods.quota[rows]).all() or not with_quota:
                continue
            names = [r.unit.name for r in members if r not in with_quota]
            team = above.unit.level == "team"
            yield Caution(
                "no_sum_of_quotas",
                tuple(names),
                f"{'The team' if team else above.unit.name} has no quota by the {cadence}: "
                + (
                    f"{list_names(names)} {'has' if len(names) == 1 else 'have'} none."
                    if names
                    else "some reps have none in part of it."
                ),
            )


def _outside(simulation: Simulation) -> Iterator[Caution]:
    """Quotas written for periods that are not answered."""
    answered = {(p.cadence, p.name) for p in simulation.periods}
    count, names = 0, []
    for rep in simulation.scenario.reps:
        for cadence in CADENCES:
            written = rep.quota.of(cadence)
            if isinstance(written, dict):
                lost = sum(bool(n) and (cadence, n) not in answered for n in written)
                count += lost
                names += [rep.name] * bool(lost)
    if count:
        yield Caution(
            "quotas_outside",
            tuple(dict.fromkeys(names)),
            f"{count_of(count, 'quota')} of {list_names(list(dict.fromkeys(names)))} "
            f"{'is' if count == 1 else 'are'} for periods that are not answered.",
        )


def quota_cautions(simulation: Simulation, frame: pl.DataFrame) -> Iterator[Caution]:
    """What should a reader know about the quotas?

    Parameters
    ----------
    simulation
        What was asked.
    frame
        The attainment table.
    """
    yield from _no_quotas(frame)
    yield from _quota_sums(simulation)
    yield from _plans(simulation)
    yield from _missing(simulation)
    yield from _outside(simulation)
