"""Scenarios side by side, rep by rep, on the same paths, so that differences have little noise.

Each rep is simulated under every variant, read while all of them are at hand, added to its group
and the team, and forgotten: memory does not grow with the number of reps.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from threading import Lock
from typing import NamedTuple, TypeVar

import numpy as np

from quotarisk.errors import InputError
from quotarisk.periods import Cadence, Period
from quotarisk.scenario.checking import find_faults
from quotarisk.scenario.scenario import Scenario
from quotarisk.scenario.stress import Stress
from quotarisk.simulation.correcting import correct, correct_and_trace
from quotarisk.simulation.estimates import Array
from quotarisk.simulation.lowering import RepTask, Setting, rep_tasks
from quotarisk.simulation.measures import Unit
from quotarisk.simulation.paths import draw_rep, market_factors
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
_BATCHES = 512  # an error that is told from them is told to 3 %


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
    past_follows
        Whether weeks of the past that a correction repeats rise and fall with what the model
        expects of a rep whose task is not the first variant's.
    starts
        First paths of blocks that a correction takes each on its own, see `correct`.
    """

    tasks: Mapping[str, RepTask] = field(repr=False)
    setting: Setting
    units: Mapping[tuple[str, str], Unit] = field(repr=False)
    periods: tuple[Period, ...] = field(repr=False)
    past_follows: bool = False
    starts: tuple[int, ...] = (0,)

    @property
    def keys(self) -> tuple[Key, ...]:
        """Cadence and name of each period."""
        return tuple((period.cadence, period.name) for period in self.periods)


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
    units = {(unit.level, unit.name): unit for unit in units_of(scenario, periods)}
    tasks = {task.rep.name: task for task in rep_tasks(scenario)}
    variant = Variant(tasks, setting, units, periods)
    return variant if stress is None else under_stress(variant, stress)


def under_stress(variant: Variant, stress: Stress) -> Variant:
    """The same under a stress; whoever it does not touch keeps the very same task."""
    moved = stress if moves_deals(stress) else None
    tasks = {}
    for name, task in variant.tasks.items():
        rep = stress_rep(task.rep, stress, variant.setting.horizon)
        if rep is None:
            continue
        untouched = moved is None and rep is task.rep
        tasks[name] = task if untouched else replace(task, rep=rep, stress=moved)
    return replace(variant, tasks=tasks, past_follows=True)


class Seen(NamedTuple):
    """A unit under every variant.

    Variants that do not touch a rep are given the very same array: to look once is enough, and
    nobody may write to it.

    Bookings that a correction ties or spreads do not scatter as their means do, so where it was
    asked for, and there is a correction, ``moved`` tells what paths add to the distance of means,
    see `correct_and_trace`.
    """

    level: str
    name: str
    group: str
    booked: list[Array]  # for each variant [periods, paths] in cents, booked to date included
    quotas: list[Array]  # for each variant [periods] in cents, NaN where there is none
    moved: list[Array] | None = None  # for each variant [periods, batches] sums over paths


def _rows(variant: Variant, keys: Sequence[Key]) -> list[int]:
    places = {key: row for row, key in enumerate(variant.keys)}
    return [places[key] for key in keys]


def _sums(booked: Array, variant: Variant, rows: Sequence[int], out: Array) -> None:
    """Bookings by period, from those by month."""
    for place, row in enumerate(rows):
        months = [month for month in variant.periods[row].month_numbers if month >= 0]
        booked[months[0] : months[-1] + 1].sum(axis=0, out=out[place])


class _Plan(NamedTuple):
    """What every rep is asked."""

    variants: Sequence[Variant]
    keys: Sequence[Key]
    rows: list[list[int]]
    paths: int
    traces: bool = False  # whether what paths add to means is told

    @property
    def shape(self) -> tuple[int, int, int]:
        """Variants, periods, paths."""
        return len(self.variants), len(self.keys), self.paths

    @property
    def batches(self) -> int:
        """Batches of paths in which what they add to means is summed: few numbers, exact enough."""
        return min(_BATCHES, self.paths) if self.traces else 0


class _Room:
    """Memory of a thread, taken once: fresh memory is slow memory."""

    def __init__(self, plan: _Plan) -> None:
        months = max(variant.setting.horizon.months for variant in plan.variants)
        self.by_month = np.empty((months + 1) * plan.paths)
        self.booked = np.empty(plan.shape)

    def months(self, number: int, paths: int) -> Array:
        """Room for so many months and what closes after them."""
        return self.by_month[: (number + 1) * paths].reshape(number + 1, paths)


def _twin(plan: _Plan, name: str, place: int) -> int:
    """The first variant under which a rep does the same; the variant itself where none does."""
    variant = plan.variants[place]
    task = variant.tasks.get(name)
    return next(
        (
            earlier
            for earlier, other in enumerate(plan.variants[:place])
            if other.tasks.get(name) == task
            and (
                task is None
                or (
                    other.setting == variant.setting
                    and other.starts == variant.starts
                    and plan.rows[earlier] == plan.rows[place]
                    and other.keys == variant.keys
                )
            )
        ),
        place,
    )


class _Drawn(NamedTuple):
    """What a rep, or several, book under each variant from the start on."""

    booked: Sequence[Array]  # [periods, paths] in cents
    added: Sequence[Array]  # [periods, batches] what paths add to the means, in whole cents


def _usual(plan: _Plan, name: str) -> Array | None:
    """``[months, paths]`` what a rep books by the model as it is, where its past follows it."""
    base = plan.variants[0]
    task = base.tasks.get(name)
    follows = any(variant.past_follows for variant in plan.variants)
    if task is None or not follows or base.setting.correction.own_history == 0:
        return None
    return draw_rep(task, base.setting, paths=plan.paths)


def _simulate(
    task: RepTask, variant: Variant, plan: _Plan, room: _Room, usual: Array | None
) -> tuple[Array, Array]:
    """``[months, paths]`` a rep's bookings, and ``[months, batches]`` what paths add to means."""
    setting, paths = variant.setting, plan.paths
    by_month = draw_rep(task, setting, paths=paths, out=room.months(setting.horizon.months, paths))
    if not plan.traces:
        means = None if usual is None else usual.mean(axis=1)
        correct(by_month, task, setting, usual=means, starts=variant.starts)
        return by_month, np.empty((len(by_month), 0))
    added = correct_and_trace(by_month, task, setting, usual=usual, starts=variant.starts)
    batches = np.arange(plan.batches) * paths // plan.batches
    # whole cents add up to the same in any order
    return by_month, np.rint(np.add.reduceat(added, batches, axis=1))


def _draw(plan: _Plan, name: str, room: _Room) -> _Drawn:
    """What does a rep book under each variant from the start on?"""
    base = plan.variants[0]
    usual = _usual(plan, name)
    drawn: list[Array] = []
    added: list[Array] = []
    for place, (variant, rows) in enumerate(zip(plan.variants, plan.rows, strict=True)):
        twin = _twin(plan, name, place)
        if twin != place:  # a variant that does not touch the rep costs nothing
            drawn.append(drawn[twin])
            added.append(added[twin])
            continue
        booked, task = room.booked[place], variant.tasks.get(name)
        sums = np.zeros((len(rows), plan.batches))
        if task is None:
            booked[:] = 0.0
        else:
            follows = variant.past_follows and task != base.tasks.get(name)
            by_month, by_batch = _simulate(task, variant, plan, room, usual if follows else None)
            _sums(by_month, variant, rows, booked)
            _sums(by_batch, variant, rows, sums)
        drawn.append(booked)
        added.append(sums)
    return _Drawn(drawn, added)


class _Totals:
    """Sums of the reps of a group, or of all; whole cents, so that their order does not matter."""

    def __init__(self, plan: _Plan) -> None:
        variants, periods, _ = plan.shape
        self.booked = np.zeros(plan.shape)
        self.added = np.zeros((variants, periods, plan.batches))
        self.locks = [Lock() for _ in plan.variants]

    @property
    def drawn(self) -> _Drawn:
        """What all of them book."""
        return _Drawn(list(self.booked), list(self.added))

    def add(self, drawn: _Drawn) -> None:
        """Add what somebody books under each variant; from any thread."""
        for place, lock in enumerate(self.locks):
            with lock:
                self.booked[place] += drawn.booked[place]
                self.added[place] += drawn.added[place]


def _team(variant: Variant) -> Unit:
    """The team, which bears the name of its scenario."""
    return next(unit for (level, _), unit in variant.units.items() if level == "team")


def _seen(plan: _Plan, unit: Unit, drawn: _Drawn) -> Seen:
    """Add what is booked to date."""
    told: list[Array] = []
    quotas: list[Array] = []
    done: dict[tuple[int, bytes], Array] = {}
    for variant, rows, booked in zip(plan.variants, plan.rows, drawn.booked, strict=True):
        own = _team(variant) if unit.level == "team" else variant.units.get((unit.level, unit.name))
        if own is None:
            told.append(booked)
            quotas.append(np.full(len(rows), np.nan))
            continue
        certain = own.certain(variant.periods)[rows]
        key = (id(booked), certain.tobytes())
        if key not in done:
            done[key] = booked + certain[:, np.newaxis] if certain.any() else booked
        told.append(done[key])
        quotas.append(own.quotas[rows])
    moved = [added - drawn.added[0] for added in drawn.added] if plan.traces else None
    return Seen(unit.level, unit.name, unit.group, told, quotas, moved)


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
    traces: bool = False,
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
    traces
        Whether what paths add to the distance of means is told too, where there is a correction.
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
    corrected = any(not variant.setting.correction.does_nothing for variant in variants)
    rows = [_rows(variant, keys) for variant in variants]
    plan = _Plan(variants, keys, rows, paths, traces and corrected)
    for variant in variants:
        market_factors(variant.setting, 0, paths)
    named = {key: unit for variant in variants for key, unit in variant.units.items()}
    reps = [unit for (level, _), unit in named.items() if level == "rep"]
    reps.sort(key=lambda unit: unit.group)
    left = Counter(unit.group for unit in reps)
    rooms: list[_Room] = []
    groups: dict[str, _Totals] = {}
    opening = Lock()
    team = _Totals(plan)

    def one(unit: Unit) -> Read:
        with opening:
            room = rooms.pop() if rooms else _Room(plan)
            if unit.group and unit.group not in groups:
                groups[unit.group] = _Totals(plan)
            total = groups[unit.group] if unit.group else team
        try:
            drawn = _draw(plan, unit.name, room)
            total.add(drawn)
            return read(_seen(plan, unit, drawn))
        finally:
            rooms.append(room)

    found: dict[tuple[str, str], Read] = {}
    waiting: deque[tuple[Unit, Future[Read]]] = deque()
    upcoming = iter(reps)
    with ThreadPoolExecutor(workers, thread_name_prefix="quotarisk") as pool:
        try:
            for done, unit in enumerate(reps, start=1):
                while len(waiting) < 2 * workers and (each := next(upcoming, None)) is not None:
                    waiting.append((each, pool.submit(one, each)))
                _, future = waiting.popleft()
                found["rep", unit.name] = future.result()
                left[unit.group] -= 1
                if unit.group and not left[unit.group]:
                    together = groups.pop(unit.group).drawn
                    above = named["group", unit.group]
                    found["group", unit.group] = read(_seen(plan, above, together))
                    team.add(together)
                if progress is not None:
                    progress(done, len(reps))
        except BaseException:
            pool.shutdown(wait=True, cancel_futures=True)
            raise
    above = _team(variants[0])
    found["team", above.name] = read(_seen(plan, above, team.drawn))
    order = [key for key in named if key in found and key[0] != "team"]
    return [(level, name, found[level, name]) for level, name in [*order, ("team", above.name)]]
