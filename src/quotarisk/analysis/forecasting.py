"""Forecasts at the end of a day that is past: the product's own, and those that cost nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from typing import NamedTuple

import numpy as np
import polars as pl

from quotarisk.analysis.hits import MULTIPLES, hit_rows, period_name, quota_of_window, usual_quotas
from quotarisk.analysis.naive import (
    Bookings,
    normal_of_windows,
    previous_window,
    weekly_bootstrap,
    weighted_pipeline,
)
from quotarisk.analysis.scores import crps_of
from quotarisk.calibration.fit import calibrate
from quotarisk.calibration.history import History, Outcome
from quotarisk.calibration.plain import Benchmarks
from quotarisk.calibration.quota_rule import QuotaRule
from quotarisk.calibration.ranks import luck_of, pit_of
from quotarisk.calibration.rehearsal import FEWEST_DEALS, Rehearsals
from quotarisk.calibration.snapshot import Snapshot, take_snapshot
from quotarisk.errors import ArgumentError
from quotarisk.periods import add_months
from quotarisk.scenario.quotas import scenario_quotas
from quotarisk.scenario.scenario import Scenario
from quotarisk.scenario.team import Quota
from quotarisk.simulation.correcting import LEAST_WEEKS
from quotarisk.simulation.estimates import Array
from quotarisk.simulation.listed import CENTS
from quotarisk.simulation.lowering import rep_tasks
from quotarisk.simulation.paths import simulate_rep
from quotarisk.simulation.simulation import setting_of

NAIVE = {  # what costs nothing, in the words of people
    "weekly_bootstrap": "own weeks",
    "weekly_bootstrap_13": "own last 13 weeks",
    "normal": "own windows",
    "previous": "previous window",
    "pipeline": "weighted pipeline",
}

Samples = dict[str, Array]
Rows = list[dict[str, object]]


class _Unit(NamedTuple):
    """A rep, a group or the team, and whose samples add up to its own."""

    level: str
    name: str
    reps: tuple[str, ...]


def last_day_of(history: History) -> date:
    """The last day of which the extract knows anything."""
    last = history.deals.select(pl.max_horizontal(pl.col("created", "closed").max())).item()
    assert isinstance(last, date)
    return last


def _units(scenario: Scenario, scored: frozenset[str]) -> list[_Unit]:
    """Reps with deals enough, then all groups and the team."""
    groups: dict[str, list[str]] = {}
    for rep in scenario.reps:
        groups.setdefault(rep.group or "", []).append(rep.name)
    everybody = tuple(rep.name for rep in scenario.reps)
    return [
        *(_Unit("rep", name, (name,)) for name in everybody if name in scored),
        *(_Unit("group", group, tuple(reps)) for group, reps in groups.items() if group),
        _Unit("team", scenario.name, everybody),
    ]


def _naive(
    snapshot: Snapshot, bookings: Bookings, *, days: int, paths: int, seed: int
) -> dict[str, Samples]:
    """Forecast at no cost; one that needs more history than there is is left out."""
    as_of, reps = snapshot.as_of, bookings.reps

    def resample(weeks: int | None) -> Samples:
        return weekly_bootstrap(
            bookings, as_of=as_of, days=days, paths=paths, seed=seed, weeks=weeks
        )

    ways: dict[str, Callable[[], Samples]] = {
        "weekly_bootstrap": lambda: resample(None),
        "weekly_bootstrap_13": lambda: resample(LEAST_WEEKS),
        "normal": lambda: normal_of_windows(
            bookings, as_of=as_of, days=days, paths=paths, seed=seed
        ),
        "previous": lambda: previous_window(bookings, as_of=as_of, days=days),
        "pipeline": lambda: weighted_pipeline(snapshot.deals, reps=reps),
    }
    found = {}
    for name, way in ways.items():
        try:
            found[name] = way()
        except ArgumentError:  # too little history for it
            continue
    return found


def _observed(history: History, reps: Sequence[str], first: date, last: date) -> dict[str, float]:
    """What each rep booked from a day to another."""
    booked = (
        history.deals.filter(
            (pl.col("outcome") == Outcome.WON) & pl.col("closed").is_between(first, last)
        )
        .group_by("rep")
        .agg(pl.col("amount").sum())
    )
    known = dict(booked.iter_rows())
    return {rep: float(known.get(rep, 0.0)) for rep in reps}


class Plan(NamedTuple):
    """What is asked of every origin."""

    history: History
    horizons: tuple[int, ...]
    paths: int
    seed: int
    fiscal_year_start: int
    benchmarks: Benchmarks
    quotas: Mapping[str, Quota] | QuotaRule | None
    rehearsals: Rehearsals | None


def _quotas_of(
    unit: _Unit, scenario: Scenario, usual: Mapping[str, float], start: date, months: int
) -> tuple[float, ...]:
    """Find a unit's quotas in a window: the scenario's, or multiples of what was usual."""
    if usual:
        total = sum(usual.get(rep, 0.0) for rep in unit.reps)
        return tuple(multiple * total for multiple in MULTIPLES)
    told = scenario_quotas(scenario)
    amounts = {"rep": told.reps, "group": told.groups, "team": {unit.name: told.team}}[unit.level]
    quota = quota_of_window(amounts[unit.name], start, months, scenario.fiscal_year_start)
    return () if quota is None else (quota,)


def forecast_at(plan: Plan, origin: date) -> tuple[Rows, Rows]:
    """What was said at one origin, and what came: rows of forecasts, and of chances?"""
    history, seed = plan.history, plan.seed
    scenario = calibrate(
        history,
        as_of=origin,
        months=max(plan.horizons),
        quotas=plan.quotas,
        fiscal_year_start=plan.fiscal_year_start,
        benchmarks=plan.benchmarks,
        seed=seed,
        correct=plan.rehearsals is not None,
        rehearsals=plan.rehearsals,
    ).scenario
    setting = setting_of(scenario, seed)
    # what `simulate` measures and lets go, a rep at a time: the same bits
    booked = {
        task.rep.name: simulate_rep(task, setting, paths=plan.paths) / CENTS
        for task in rep_tasks(scenario)
    }
    reps = tuple(booked)
    snapshot = take_snapshot(history, origin)
    counts = dict(snapshot.deals.group_by("rep").len().iter_rows())
    units = _units(scenario, frozenset(r for r in reps if counts.get(r, 0) > FEWEST_DEALS))
    start, last_day = origin + timedelta(days=1), last_day_of(history)
    won = Bookings(
        snapshot.deals.filter(pl.col("outcome") == Outcome.WON), snapshot.observed_from, reps
    )
    rows: Rows = []
    chances: Rows = []
    for months in plan.horizons:
        end = add_months(start, months) - timedelta(days=1)
        if end > last_day:
            continue
        days = (end - start).days + 1
        known = _observed(history, reps, start, end)
        ways = {"model": {rep: booked[rep][:months].sum(axis=0) for rep in reps}}
        ways |= _naive(snapshot, won, days=days, paths=plan.paths, seed=seed)
        usual = usual_quotas(won, origin, days) if plan.quotas is None else {}
        for unit in units:
            came = sum(known[rep] for rep in unit.reps)
            told = {way: sum(samples[r] for r in unit.reps) for way, samples in ways.items()}
            luck = luck_of([origin], [f"{unit.level} {unit.name}"], seed=seed)
            forecast = np.asarray(told["model"])[np.newaxis]
            row = {
                "level": unit.level,
                "name": unit.name,
                "origin": origin,
                "months": months,
                "days": days,
                "period": period_name(start, months, plan.fiscal_year_start),
            }
            rows.append(
                {
                    **row,
                    "observed": came,
                    "mean": float(forecast.mean()),
                    "pit": float(pit_of([came], forecast, luck)[0]),
                    **{
                        f"crps_{way}": float(crps_of([came], np.asarray(samples)[np.newaxis])[0])
                        for way, samples in told.items()
                    },
                }
            )
            quotas = _quotas_of(unit, scenario, usual, start, months)
            chances += hit_rows(told, came, quotas, row)
    return rows, chances
