"""Bookings as curves: how likely is every amount, and how do the months add up?"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from itertools import dropwhile

import numpy as np
import polars as pl

from quotarisk.periods import CADENCES, MONTHS_IN, Cadence, Horizon, Period, add_months
from quotarisk.scenario.quotas import Amounts, Quotas, scenario_quotas
from quotarisk.scenario.scenario import Scenario
from quotarisk.scenario.team import Group, Quota
from quotarisk.simulation.estimates import Array
from quotarisk.simulation.listed import CENTS
from quotarisk.simulation.lowering import RepTask, rep_tasks
from quotarisk.simulation.measures import LEVELS, Measures, Unit
from quotarisk.simulation.paths import simulate_rep
from quotarisk.simulation.simulation import Progress, Simulation

SURVIVAL: dict[str, type[pl.DataType]] = {
    "level": pl.String,
    "name": pl.String,
    "cadence": pl.String,
    "amount": pl.Float64,
    "p_at_least": pl.Float64,
}
FAN: dict[str, type[pl.DataType]] = {
    "level": pl.String,
    "name": pl.String,
    "month": pl.String,
    "p10": pl.Float64,
    "p50": pl.Float64,
    "p90": pl.Float64,
    "plan": pl.Float64,
}
_STEPS = 80  # of a curve, at most, beside the quotas themselves
_TOP_SHARE = 0.98  # of the bookings that a curve shows
_ABOVE_QUOTA = 1.25  # a curve goes on so far above the highest quota
_NICE = (1.0, 2.0, 2.5, 5.0, 10.0)


@dataclass(frozen=True)
class Curves:
    """Two tables of curves, of reps, groups and the team.

    Parameters
    ----------
    survival
        ``level``, ``name``, ``cadence``, ``amount``, ``p_at_least``: the mean, over the
        periods of the cadence that have a quota (all where none has one), of
        P(bookings >= amount). The amounts of the cadences correspond: those of a quarter are 3
        times those of a month, of a year 12 times; 0 and every quota are among them.
    fan
        ``level``, ``name``, ``month``, ``p10``, ``p50``, ``p90`` of the bookings from the
        beginning on to the month's end, and ``plan``, the quotas of that time.
    since
        The beginning: that of the fiscal year that the horizon begins in where it is told what
        was booked since, else that of the first month that is answered.
    """

    survival: pl.DataFrame = field(repr=False)
    fan: pl.DataFrame = field(repr=False)
    since: date


@dataclass(frozen=True)
class _Span:
    """The time that a fan adds up, and the quotas in it."""

    since: date
    horizon: Horizon
    quotas: Quotas

    def plan(self, level: str, name: str) -> dict[str, float]:
        """Quotas up to the end of a month, by its name, of the shortest cadence that has all."""
        units = {"rep": self.quotas.reps, "group": self.quotas.groups}
        amounts: Amounts = units[level][name] if level in units else self.quotas.team
        for cadence in CADENCES:
            periods = [p for p in self.horizon.periods(cadence) if p.first >= self.since]
            if not periods or periods[0].first > self.since:
                continue  # what is booked before the first of them is in the sum of bookings
            told = [(p.month_names[-1], amounts.get((cadence, p.name))) for p in periods]
            if level == "rep":  # a hire's begin later; a team books before, and has no line then
                told = list(dropwhile(lambda each: each[1] is None, told))
            if told and all(amount is not None for _, amount in told):
                sums = np.cumsum([amount or 0.0 for _, amount in told]).tolist()
                return dict(zip((month for month, _ in told), sums, strict=True))
        return {}


def _has_lists(scenario: Scenario) -> bool:
    """Whether a quota is a list, which counts periods from the horizon's first on."""
    everyone = [rep.quota for rep in scenario.reps]
    everyone += [scenario.groups.get(name, Group()).quota for name in scenario.groups]
    everyone.append(scenario.team.quota)

    def is_list(quota: Quota) -> bool:
        return any(isinstance(quota.of(cadence), tuple) for cadence in CADENCES)

    return any(map(is_list, everyone))


def _span(scenario: Scenario) -> _Span:
    """Since when are bookings added up? Since the fiscal year began, if that is known."""
    horizon, opening = scenario.horizon, scenario.horizon.month_starts[0]
    over = (opening.month - scenario.fiscal_year_start) % 12
    if scenario.booked is None and scenario.start != opening:
        return _Span(add_months(opening, 1), horizon, scenario_quotas(scenario))
    if over == 0 or scenario.booked is None or _has_lists(scenario):
        return _Span(opening, horizon, scenario_quotas(scenario))
    told = {key: getattr(scenario, key) for key in type(scenario).model_fields}
    begun = add_months(opening, -over)
    longer = Scenario.model_construct(**{**told, "start": begun, "months": scenario.months + over})
    return _Span(begun, longer.horizon, scenario_quotas(longer))


def _booked_before(scenario: Scenario, span: _Span, members: set[str]) -> float:
    """Cents booked since the beginning and before the horizon's first month."""
    opening = scenario.horizon.month_starts[0]
    return sum(
        float(round(row.amount * CENTS))
        for row in scenario.booked or ()
        if row.rep in members and span.since <= row.date < opening
    )


def _nice_step(top: float) -> float:
    """Round steps of a month's amount, no more than `_STEPS` of them up to the top."""
    least = top / _STEPS
    power = 10.0 ** math.floor(math.log10(least))
    return next(nice * power for nice in _NICE if nice * power >= least * (1 - 1e-9))


def _grid(by_cadence: dict[Cadence, Array], quotas: list[float]) -> Array:
    """Amounts a year in cents: round ones, and every quota."""
    shown = [
        float(np.quantile(sums, _TOP_SHARE)) * 12 / MONTHS_IN[cadence]
        for cadence, sums in by_cadence.items()
    ]
    top = max([*shown, *(_ABOVE_QUOTA * quota for quota in quotas), 12.0])
    step = 12 * max(_nice_step(top / 12), 1.0)
    return np.unique([*(step * np.arange(math.ceil(top / step) + 1)), *quotas])


def _sums(booked: Array, unit: Unit, periods: tuple[Period, ...]) -> list[Array]:
    """Bookings of each period on each path, in ascending order."""
    return [
        np.sort(unit.before[row] + booked[[m for m in period.month_numbers if m >= 0]].sum(axis=0))
        for row, period in enumerate(periods)
    ]


def _survival(booked: Array, unit: Unit, periods: tuple[Period, ...]) -> Iterator[pl.DataFrame]:
    sums = _sums(booked, unit, periods)
    rows: dict[Cadence, list[int]] = {}
    for cadence in CADENCES:
        every = [row for row, period in enumerate(periods) if period.cadence == cadence]
        planned = [row for row in every if not np.isnan(unit.quotas[row])]
        if every:
            rows[cadence] = planned or every
    quotas = [
        float(unit.quotas[row]) * 12 / MONTHS_IN[cadence]
        for cadence, inside in rows.items()
        for row in inside
        if not np.isnan(unit.quotas[row])
    ]
    if not rows:
        return
    pooled = {
        cadence: np.concatenate([sums[r] for r in inside]) for cadence, inside in rows.items()
    }
    grid = _grid(pooled, quotas)
    for cadence, inside in rows.items():
        amounts = grid * MONTHS_IN[cadence] / 12
        paths = booked.shape[1]
        hits = sum(paths - np.searchsorted(sums[row], amounts, "left") for row in inside)
        yield pl.DataFrame(
            {
                "level": [unit.level] * len(grid),
                "name": [unit.name] * len(grid),
                "cadence": [cadence] * len(grid),
                "amount": amounts / CENTS,
                # divided as `mean_of` does, so that both round alike
                "p_at_least": hits / paths / len(inside),
            },
            schema=SURVIVAL,
        )


def _fan(booked: Array, unit: Unit, span: _Span, scenario: Scenario, before: float) -> pl.DataFrame:
    paths = booked.shape[1]
    places = [min(int(paths * level), paths - 1) for level in LEVELS]
    names = [f"{day:%Y-%m}" for day in scenario.horizon.month_starts]
    first = int(span.since > scenario.horizon.month_starts[0])  # what is left of it has no figure
    total, plan = np.full(paths, before, float), span.plan(unit.level, unit.name)
    rows = []
    for month in range(first, scenario.months):
        total += booked[month]
        low, middle, high = np.partition(total, places)[places] / CENTS
        name = names[month]
        rows.append((unit.level, unit.name, name, low, middle, high, plan.get(name)))
    return pl.DataFrame(rows, schema=FAN, orient="row")


def _booked(task: RepTask, simulation: Simulation) -> Array:
    return simulate_rep(task, simulation.setting, paths=simulation.paths)


def trace_curves(simulation: Simulation, *, progress: Progress | None = None) -> Curves:
    """How likely is every amount, and how do bookings add up month by month?

    Bookings of a rep are drawn again, a rep at a time: the same bits as in the run. Groups and
    the team are the sums of their reps.

    Parameters
    ----------
    simulation
        From `simulate`.
    progress
        Called with the number of reps that are done and the number of all.

    Examples
    --------
    >>> import quotarisk as qr
    >>> scenario = qr.load_scenario("scenarios/saas_team.toml")
    >>> curves = trace_curves(qr.simulate(scenario, paths=100, seed=7))
    >>> curves.survival.columns
    ['level', 'name', 'cadence', 'amount', 'p_at_least']
    """
    scenario, periods, span = simulation.scenario, simulation.periods, _span(simulation.scenario)
    tasks = {task.rep.name: task for task in rep_tasks(scenario)}
    survival: dict[tuple[str, str], list[pl.DataFrame]] = {}
    fans: dict[tuple[str, str], pl.DataFrame] = {}

    def trace(booked: Array, unit: Unit, members: set[str]) -> None:
        booked = booked + unit.booked[:, np.newaxis]
        key = (unit.level, unit.name)
        survival[key] = list(_survival(booked, unit, periods))
        before = _booked_before(scenario, span, members)
        fans[key] = _fan(booked, unit, span, scenario, before)

    team = np.zeros((scenario.months, simulation.paths))
    groups = {measures.unit.name: measures.unit for measures in simulation.groups}
    members: dict[str, list[Measures]] = {}
    for measures in simulation.reps:
        members.setdefault(measures.unit.group, []).append(measures)
    done = 0
    for name, reps in members.items():
        group = np.zeros_like(team)
        for measures in reps:
            booked = _booked(tasks[measures.unit.name], simulation)
            trace(booked, measures.unit, {measures.unit.name})
            group += booked
            done += 1
            if progress is not None:
                progress(done, len(tasks))
        if name in groups:
            trace(group, groups[name], {measures.unit.name for measures in reps})
        team += group
    trace(team, simulation.team.unit, set(tasks))
    keys = [(measures.unit.level, measures.unit.name) for measures in simulation.units]
    empty = pl.DataFrame(schema=SURVIVAL)
    return Curves(
        pl.concat([empty, *(frame for key in keys for frame in survival[key])]),
        pl.concat([fans[key] for key in keys]),
        span.since,
    )
