"""Scenarios side by side, rep by rep, on the same paths, so that differences have little noise.

Each rep is simulated under every variant, read while all of them are at hand, added to its group
and the team, and forgotten: memory does not grow with the number of reps.
"""

from __future__ import annotations

import math
from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from threading import Lock
from typing import NamedTuple, TypeVar

import numpy as np

from quotarisk.simulation.cluster import Cluster, chosen_cluster
from quotarisk.simulation.drawing import Drawn, Plan, Room, draw, rows_of
from quotarisk.simulation.estimates import Array
from quotarisk.simulation.measures import Unit
from quotarisk.simulation.paths import market_factors
from quotarisk.simulation.simulation import Progress, check_arguments
from quotarisk.simulation.spreading import default_workers, pieces_by_group
from quotarisk.simulation.tree import Part, add_up
from quotarisk.simulation.variants import (
    Key,
    Variant,
    common_periods,
    under_stress,
    variant_of,
)

__all__ = ["Key", "Seen", "Variant", "common_periods", "compare", "under_stress", "variant_of"]

Read = TypeVar("Read")
Named = Mapping[tuple[str, str], Unit]  # by level and name


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


class _Totals:
    """Sums of the reps of a group, or of all; whole cents, so that their order does not matter."""

    def __init__(self, plan: Plan) -> None:
        variants, periods, _ = plan.shape
        self.booked = np.zeros(plan.shape)
        self.added = np.zeros((variants, periods, plan.batches))
        self.locks = [Lock() for _ in plan.variants]

    @property
    def drawn(self) -> Drawn:
        """What all of them book."""
        return Drawn(list(self.booked), list(self.added))

    def add(self, drawn: Drawn) -> None:
        """Add what somebody books under each variant; from any thread."""
        for place, lock in enumerate(self.locks):
            with lock:
                self.booked[place] += drawn.booked[place]
                self.added[place] += drawn.added[place]


def _team(variant: Variant) -> Unit:
    """The team, which bears the name of its scenario."""
    return next(unit for (level, _), unit in variant.units.items() if level == "team")


def _seen(plan: Plan, unit: Unit, drawn: Drawn) -> Seen:
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


def _compare_here(
    plan: Plan,
    units: Sequence[Unit],
    named: Named,
    read: Callable[[Seen], Read],
    workers: int | None,
    progress: Progress | None,
) -> tuple[dict[tuple[str, str], Read], Drawn]:
    """On threads: what was read of reps and groups, and what the team books."""
    workers = workers or default_workers()
    for variant in plan.variants:
        market_factors(variant.setting, 0, plan.paths)  # once, before threads ask for it
    reps = sorted(units, key=lambda unit: unit.group)
    left = Counter(unit.group for unit in reps)
    rooms: list[Room] = []
    groups: dict[str, _Totals] = {}
    opening = Lock()
    team = _Totals(plan)

    def one(unit: Unit) -> Read:
        with opening:
            room = rooms.pop() if rooms else Room(plan)
            if unit.group and unit.group not in groups:
                groups[unit.group] = _Totals(plan)
            total = groups[unit.group] if unit.group else team
        try:
            drawn = draw(plan, unit.name, room)
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
    return found, team.drawn


class _Piece(NamedTuple):
    """Reps of one group, with what of the plan is theirs: what one call of a worker takes."""

    plan: Plan
    units: Sequence[Unit]


def _part_of(plan: Plan, units: Sequence[Unit]) -> Plan:
    """The same for some units only: no worker need know the others."""
    keys = [(unit.level, unit.name) for unit in units]
    return plan._replace(
        variants=[
            replace(
                variant,
                tasks={name: variant.tasks[name] for _, name in keys if name in variant.tasks},
                units={key: variant.units[key] for key in keys if key in variant.units},
            )
            for variant in plan.variants
        ]
    )


def _look_at_piece(read: Callable[[Seen], Read], piece: _Piece) -> Part:
    """Draw reps and read them, on a worker."""
    plan = piece.plan
    room, total = Room(plan), _Totals(plan)
    told = []
    for unit in piece.units:
        drawn = draw(plan, unit.name, room)
        total.add(drawn)
        told.append((unit.name, read(_seen(plan, unit, drawn))))
    return Part(told, (total.booked, total.added))


def _look_at_group(
    read: Callable[[Seen], Read],
    plan: Plan,
    units: dict[str, Unit],
    name: str,
    share: tuple[Array, ...],
) -> Read:
    """Read a group, on a worker."""
    return read(_seen(plan, units[name], Drawn(*map(list, share))))


def _compare_apart(
    plan: Plan,
    units: Sequence[Unit],
    named: Named,
    read: Callable[[Seen], Read],
    cluster: Cluster,
    progress: Progress | None,
) -> tuple[dict[tuple[str, str], Read], Drawn]:
    """On a cluster: what was read of reps and groups, and what the team books."""
    above = {name: unit for (level, name), unit in named.items() if level == "group"}
    pieces = [
        (group, _Piece(_part_of(plan, inside), inside))
        for group, inside in pieces_by_group(
            units, lambda unit: unit.group, workers=cluster.workers
        )
    ]
    found: dict[tuple[str, str], Read] = {}

    def collect(told: list[tuple[str, Read]]) -> None:
        found.update({("rep", name): each for name, each in told})
        if progress is not None:
            progress(len(found), len(units))

    groups, share = add_up(
        cluster,
        pieces,
        work=partial(_look_at_piece, read),
        read=partial(_look_at_group, read, _part_of(plan, list(above.values())), above),
        told=collect,
        part_bytes=math.prod(plan.shape) * 8,
    )
    found.update({("group", name): each for name, each in groups.items()})
    return found, _Totals(plan).drawn if share is None else Drawn(*map(list, share))


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
        overwritten afterwards. Within a `Cluster` it is called on the workers, but here for the
        team: what it keeps of reps and groups for itself stays there.
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
    keys = common_periods(variants) if periods is None else tuple(periods)
    corrected = any(not variant.setting.correction.does_nothing for variant in variants)
    rows = [rows_of(variant, keys) for variant in variants]
    plan = Plan(variants, keys, rows, paths, traces and corrected)
    named = {key: unit for variant in variants for key, unit in variant.units.items()}
    reps = [unit for (level, _), unit in named.items() if level == "rep"]
    cluster = chosen_cluster()
    if cluster is None or not reps:
        found, team = _compare_here(plan, reps, named, read, workers, progress)
    else:
        found, team = _compare_apart(plan, reps, named, read, cluster, progress)
    above = _team(variants[0])
    found["team", above.name] = read(_seen(plan, above, team))
    order = [key for key in named if key in found and key[0] != "team"]
    return [(level, name, found[level, name]) for level, name in [*order, ("team", above.name)]]
