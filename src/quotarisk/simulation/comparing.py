"""Scenarios side by side, rep by rep, on the same paths, so that differences have little noise.

Each rep is simulated under every variant, read while all of them are at hand, added to its group
and the team, and forgotten: memory does not grow with the number of reps.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from quotarisk.errors import InputError
from quotarisk.periods import Cadence, Period
from quotarisk.scenario.checking import find_faults
from quotarisk.scenario.scenario import Scenario
from quotarisk.scenario.stress import Stress
from quotarisk.simulation.estimates import Array
from quotarisk.simulation.lowering import RepTask, Setting, rep_tasks
from quotarisk.simulation.measures import Unit
from quotarisk.simulation.paths import draw_rep, market_factors, simulate_rep
from quotarisk.simulation.simulation import (
    Progress,
    answered_periods,
    check_arguments,
    setting_of,
    units_of,
)
from quotarisk.simulation.spreading import default_workers
from quotarisk.simulation.stressing import moves_deals, stress_rep

Read = TypeVar("Read")
Key = tuple[Cadence, str]  # of a period: its cadence and name


@dataclass(frozen=True)
class Variant:
    """A scenario, or one that is changed: who works how, and against which quotas.

    Parameters
    ----------
    tasks
        By rep; who is missing books nothing but what is booked already.
    setting
        What the reps share.
    units
        By level and name: quotas and what is booked to date, in the order of ``periods``.
    periods
        What is answered.
    """

    tasks: Mapping[str, RepTask] = field(repr=False)
    setting: Setting
    units: Mapping[tuple[str, str], Unit] = field(repr=False)
    periods: tuple[Period, ...] = field(repr=False)

    @property
    def keys(self) -> tuple[Key, ...]:
        """Cadence and name of each period."""
        return tuple((period.cadence, period.name) for period in self.periods)

    @property
    def is_stressed(self) -> bool:
        """Whether some task is under a stress."""
        return any(task.stress is not None for task in self.tasks.values())


def variant_of(scenario: Scenario, seed: int, *, stress: Stress | None = None) -> Variant:
    """A scenario as it is, or under a stress.

    Raises
    ------
    InputError
        If the scenario cannot be simulated, with every fault.
    """
    faults = find_faults(scenario)
    if faults:
        raise InputError(faults)
    setting, periods = setting_of(scenario, seed), answered_periods(scenario)
    tasks = {}
    for task in rep_tasks(scenario):
        if stress is None:
            tasks[task.rep.name] = task
            continue
        rep = stress_rep(task.rep, stress, scenario.horizon)
        if rep is not None:
            moved = stress if moves_deals(stress) else None
            tasks[rep.name] = RepTask(rep, task.terms, task.open_deals, task.past, moved)
    units = {(unit.level, unit.name): unit for unit in units_of(scenario, periods)}
    return Variant(tasks, setting, units, periods)


class Seen(NamedTuple):
    """A unit under every variant."""

    level: str
    name: str
    group: str
    booked: list[Array]  # for each variant [periods, paths] in cents, booked to date included
    quotas: list[Array]  # for each variant [periods] in cents, NaN where there is none


def _rows(variant: Variant, keys: Sequence[Key]) -> list[int]:
    places = {key: row for row, key in enumerate(variant.keys)}
    return [places[key] for key in keys]


def _sums(booked: Array, variant: Variant, rows: Sequence[int], out: Array) -> None:
    """Bookings by period, from those by month."""
    for place, row in enumerate(rows):
        months = [month for month in variant.periods[row].month_numbers if month >= 0]
        booked[months[0] : months[-1] + 1].sum(axis=0, out=out[place])


def _certain(unit: Unit, variant: Variant, rows: Sequence[int]) -> Array:
    return np.array(
        [
            unit.before[row]
            + sum(unit.booked[m] for m in variant.periods[row].month_numbers if m >= 0)
            for row in rows
        ]
    )


class _Plan(NamedTuple):
    """What every rep is asked."""

    variants: Sequence[Variant]
    rows: list[list[int]]
    paths: int


def _draw(plan: _Plan, name: str) -> Array:
    """``[variants, periods, paths]`` cents that a rep books from the start on."""
    booked = np.zeros((len(plan.variants), len(plan.rows[0]), plan.paths))
    base = plan.variants[0]
    usual: NDArray[np.float64] | None = None
    repeats = base.setting.correction.own_history > 0
    if repeats and name in base.tasks and any(v.is_stressed for v in plan.variants):
        usual = draw_rep(base.tasks[name], base.setting, paths=plan.paths).mean(axis=1)
    for place, (variant, rows) in enumerate(zip(plan.variants, plan.rows, strict=True)):
        task = variant.tasks.get(name)
        if task is None:
            continue
        same = next(
            (
                earlier
                for earlier in range(place)
                if plan.variants[earlier].tasks.get(name) == task
                and plan.variants[earlier].setting == variant.setting
                and plan.variants[earlier].keys == variant.keys
            ),
            None,
        )
        if same is not None:  # a variant that does not touch the rep costs nothing
            booked[place] = booked[same]
            continue
        by_month = simulate_rep(
            task, variant.setting, paths=plan.paths, usual=usual if task.stress else None
        )
        _sums(by_month, variant, rows, booked[place])
    return booked


def common_periods(variants: Sequence[Variant]) -> tuple[Key, ...]:
    """Which periods do all variants answer?"""
    first, *others = (variant.keys for variant in variants)
    return tuple(key for key in first if all(key in keys for keys in others))


def compare(
    variants: Sequence[Variant],
    read: Callable[[Seen], Read],
    *,
    paths: int,
    periods: Sequence[Key] | None = None,
    workers: int | None = None,
    progress: Progress | None = None,
) -> list[tuple[str, str, Read]]:
    """What does each rep, each group and the team book under every variant, path by path?

    Parameters
    ----------
    variants
        The first is what the others are held against. Under one seed all share their luck.
    read
        Takes what is wanted from a unit; called from several threads, and what it is given is
        overwritten afterwards.
    paths
        Number of simulated futures.
    periods
        Cadence and name of the periods that are looked at; all that the variants have in common
        where they are left out.
    workers
        Threads of this machine.
    progress
        Called with the number of reps that are done and the number of all.

    Returns
    -------
    list
        Level, name and what was read: reps in the order in which variants name them, groups,
        then the team.
    """
    check_arguments(paths, variants[0].setting.seed, workers)
    workers = workers or default_workers()
    keys = common_periods(variants) if periods is None else tuple(periods)
    plan = _Plan(variants, [_rows(variant, keys) for variant in variants], paths)
    for variant in variants:
        market_factors(variant.setting, 0, paths)
    named = {key: unit for variant in variants for key, unit in variant.units.items()}
    reps = [unit for (level, _), unit in named.items() if level == "rep"]
    reps.sort(key=lambda unit: unit.group)
    shape = (len(variants), len(keys), paths)
    team, group = np.zeros(shape), np.zeros(shape)

    def seen(unit: Unit, booked: Array) -> Seen:
        told, quotas = [], []
        for variant, rows, drawn in zip(variants, plan.rows, booked, strict=True):
            # the team bears the name of its scenario
            own = (
                variant.units.get((unit.level, unit.name))
                if unit.level != "team"
                else next(each for (level, _), each in variant.units.items() if level == "team")
            )
            certain = np.zeros(len(keys)) if own is None else _certain(own, variant, rows)
            told.append(drawn + certain[:, np.newaxis])
            quotas.append(np.full(len(keys), np.nan) if own is None else own.quotas[rows])
        return Seen(unit.level, unit.name, unit.group, told, quotas)

    def one(unit: Unit) -> tuple[Array, Read]:
        booked = _draw(plan, unit.name)
        return booked, read(seen(unit, booked))

    found: dict[tuple[str, str], Read] = {}
    waiting: deque[tuple[Unit, Future[tuple[Array, Read]]]] = deque()
    upcoming = iter(reps)
    with ThreadPoolExecutor(workers, thread_name_prefix="quotarisk") as pool:
        try:
            for done, unit in enumerate(reps, start=1):
                while len(waiting) < 2 * workers and (each := next(upcoming, None)) is not None:
                    waiting.append((each, pool.submit(one, each)))
                _, future = waiting.popleft()
                booked, found["rep", unit.name] = future.result()
                np.add(group, booked, out=group)
                if done == len(reps) or reps[done].group != unit.group:
                    if unit.group:
                        above = named["group", unit.group]
                        found["group", unit.group] = read(seen(above, group))
                    np.add(team, group, out=team)
                    group[:] = 0.0
                if progress is not None:
                    progress(done, len(reps))
        except BaseException:
            pool.shutdown(wait=True, cancel_futures=True)
            raise
    above = next(unit for (level, _), unit in variants[0].units.items() if level == "team")
    found["team", above.name] = read(seen(above, team))
    order = [key for key in named if key in found and key[0] != "team"]
    return [(level, name, found[level, name]) for level, name in [*order, ("team", above.name)]]
