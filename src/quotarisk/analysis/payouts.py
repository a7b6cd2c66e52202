"""Pay on every path: a rep at a time, added up for groups and the team, and forgotten.

Memory does not grow with the number of reps: a thread holds a rep's bookings and pay, and what
groups at work and the team book and earn is held besides.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Lock
from typing import NamedTuple, TypeVar

import numpy as np

from quotarisk.periods import Period
from quotarisk.simulation.crediting import Credited, credit_rep, credit_together
from quotarisk.simulation.earning import Contract, Paid, pay_rep
from quotarisk.simulation.estimates import Array
from quotarisk.simulation.measures import Unit
from quotarisk.simulation.paths import market_factors
from quotarisk.simulation.simulation import Progress
from quotarisk.simulation.spreading import default_workers
from quotarisk.simulation.variants import Variant

Small = TypeVar("Small")
Read = TypeVar("Read")


@dataclass(frozen=True)
class Scheme:
    """Who is on which plan.

    Parameters
    ----------
    contracts
        By rep.
    periods
        Of the shortest cadence among them: pay of a longer one is paid in its last.
    """

    contracts: Mapping[str, Contract] = field(repr=False)
    periods: tuple[Period, ...]

    def rows(self, contract: Contract) -> list[int]:
        """In which of the periods is a contract's pay paid?"""
        ends = {period.end: row for row, period in enumerate(self.periods)}
        return [ends[period.end] for period in contract.periods]

    def placed(self, contract: Contract, values: Array) -> Array:
        """``[periods, ...]`` of the contract's ``[its periods, ...]``."""
        if contract.periods == self.periods:
            return values
        laid = np.zeros((len(self.periods), *values.shape[1:]))
        laid[self.rows(contract)] = values
        return laid


def scheme_of(contracts: Mapping[str, Contract]) -> Scheme:
    """Put contracts together, one at least."""
    finest = max((contract.periods for contract in contracts.values()), key=len)
    return Scheme(contracts, finest)


class Earned(NamedTuple):
    """What a rep, a group or the team books and earns; amounts in whole cents."""

    unit: Unit
    members: tuple[str, ...]  # who is on a plan
    booked: Array  # [months, paths] simulated
    variable: Sequence[Array]  # for each scheme [its periods, paths] variable pay


class RepPay(NamedTuple):
    """A rep's own, which is not kept."""

    credited: Credited
    paid: Sequence[Paid]  # for each scheme


class _Room:
    """Memory of a thread, taken once: fresh memory is slow memory."""

    def __init__(self, months: int, paths: int) -> None:
        self.months, self.paths = months, paths
        self.kept = np.empty((0, months + 1, paths))
        self.summed = np.empty((0, months, paths))
        self.counted: dict[tuple[bool, ...], Array] = {}

    def booked(self, segments: int) -> Array:
        """``[segments, months + 1, paths]``."""
        if len(self.kept) < segments:
            self.kept = np.empty((segments, self.months + 1, self.paths))
        return self.kept[:segments]

    def sums(self, number: int) -> Array:
        """``[number, months, paths]``."""
        if len(self.summed) < number:
            self.summed = np.empty((number, self.months, self.paths))
        return self.summed[:number]

    def won(self, segments: Sequence[bool]) -> Array:
        """``[segments, months + 1, paths]`` zeros, other than in the segments that are counted."""
        key = tuple(segments)
        if key not in self.counted:
            self.counted[key] = np.zeros((len(key), self.months + 1, self.paths))
        return self.counted[key]


class _Totals:
    """Sums of the reps of a group, or of all; whole cents, so that their order does not matter."""

    def __init__(self, months: int, schemes: Sequence[Scheme], paths: int) -> None:
        rows = [months, *(len(scheme.periods) for scheme in schemes)]
        self.arrays = [np.zeros((number, paths)) for number in rows]
        self.locks = [Lock() for _ in rows]

    def add(self, arrays: Sequence[Array]) -> None:
        for total, lock, more in zip(self.arrays, self.locks, arrays, strict=True):
            with lock:
                total += more

    def earned(self, unit: Unit, members: tuple[str, ...]) -> Earned:
        return Earned(unit, members, self.arrays[0], self.arrays[1:])


@dataclass(frozen=True)
class Payroll:
    """Whom to simulate, and what they are paid by.

    Parameters
    ----------
    variant
        Who works how; reps in no scheme are left out.
    schemes
        Each with the same reps.
    paths
        Number of simulated futures.
    starts
        First paths of blocks that a correction takes each on its own, see `correct`.
    """

    variant: Variant
    schemes: Sequence[Scheme]
    paths: int
    starts: tuple[int, ...] = (0,)

    @property
    def members(self) -> dict[tuple[str, str], tuple[str, ...]]:
        """Who is on a plan, by level and name of the unit."""
        names = [name for name in self.variant.tasks if name in self.schemes[0].contracts]
        found = {}
        for (level, name), unit in self.variant.units.items():
            told = tuple(
                rep
                for rep in names
                if level == "team"
                or (level == "rep" and rep == name)
                or (level == "group" and self.variant.tasks[rep].rep.group == name)
            )
            if told:
                found[level, unit.name] = told
        return found

    def draw(self, name: str, room: _Room) -> RepPay:
        """What does a rep book and earn?"""
        task, setting = self.variant.tasks[name], self.variant.setting
        contracts = [scheme.contracts[name] for scheme in self.schemes]
        if any(contract.splits for contract in contracts):
            counted = frozenset[str]().union(*(contract.counted for contract in contracts))
            credited = credit_rep(
                task,
                setting,
                paths=self.paths,
                count=counted,
                starts=self.starts,
                out=room.booked(len(task.terms)),
                won=room.won([terms.segment in counted for terms in task.terms])
                if counted
                else None,
            )
            alike = (1.0,) * len(task.terms)
            asked = list(dict.fromkeys([alike, *(each.multipliers for each in contracts)]))
            credited.weigh(asked, room.sums(len(asked)))
        else:
            credited = credit_together(
                task, setting, paths=self.paths, starts=self.starts, out=room.booked(1)[0]
            )
        done: dict[int, Paid] = {}
        for contract in contracts:
            if id(contract) not in done:
                done[id(contract)] = pay_rep(contract, credited)
        return RepPay(credited, [done[id(contract)] for contract in contracts])


def run_payroll(
    payroll: Payroll,
    look: Callable[[Earned, RepPay], Small],
    read: Callable[[Earned, Sequence[Small]], Read],
    *,
    workers: int | None = None,
    progress: Progress | None = None,
) -> list[tuple[str, str, Read]]:
    """What does each rep, each group and the team earn under every scheme, path by path?

    Parameters
    ----------
    payroll
        Who is paid by what.
    look
        Takes from a rep what is kept small, for itself and for the sums above it.
    read
        Takes what is wanted from a unit, with what was kept of its members, in their order; both
        are called from several threads.
    workers, progress
        As `simulate` takes them.

    Returns
    -------
    list
        Level, name and what was read: reps, groups, then the team.
    """
    variant, schemes, paths = payroll.variant, payroll.schemes, payroll.paths
    workers = workers or default_workers()
    market_factors(variant.setting, 0, paths)  # once, before threads ask for it
    members = payroll.members
    units = {(level, unit.name): unit for (level, _), unit in variant.units.items()}
    reps = sorted((units[key] for key in members if key[0] == "rep"), key=lambda unit: unit.group)
    left = Counter(unit.group for unit in reps)
    months = variant.setting.horizon.months
    team, groups, opening = _Totals(months, schemes, paths), dict[str, _Totals](), Lock()

    rooms: list[_Room] = []

    def one(unit: Unit) -> tuple[Read, Small]:
        with opening:
            room = rooms.pop() if rooms else _Room(months, paths)
            if unit.group and unit.group not in groups:
                groups[unit.group] = _Totals(months, schemes, paths)
            total = groups[unit.group] if unit.group else team
        try:
            own = payroll.draw(unit.name, room)
            variable = [
                scheme.placed(scheme.contracts[unit.name], paid.variable)
                for scheme, paid in zip(schemes, own.paid, strict=True)
            ]
            earned = Earned(unit, (unit.name,), own.credited.total, variable)
            total.add([earned.booked, *variable])
            small = look(earned, own)
            return read(earned, [small]), small
        finally:
            rooms.append(room)

    found: dict[tuple[str, str], Read] = {}
    kept: dict[str, Small] = {}
    waiting: deque[tuple[Unit, Future[tuple[Read, Small]]]] = deque()
    upcoming = iter(reps)

    def close(level: str, name: str, total: _Totals) -> None:
        names = members[level, name]
        earned = total.earned(units[level, name], names)
        found[level, name] = read(earned, [kept[rep] for rep in names])

    with ThreadPoolExecutor(workers, thread_name_prefix="quotarisk") as pool:
        try:
            for done, unit in enumerate(reps, start=1):
                while len(waiting) < 2 * workers and (each := next(upcoming, None)) is not None:
                    waiting.append((each, pool.submit(one, each)))
                _, future = waiting.popleft()
                found["rep", unit.name], kept[unit.name] = future.result()
                left[unit.group] -= 1
                if unit.group and not left[unit.group]:
                    total = groups.pop(unit.group)
                    close("group", unit.group, total)
                    team.add(total.arrays)
                if progress is not None:
                    progress(done, len(reps))
        except BaseException:
            pool.shutdown(wait=True, cancel_futures=True)
            raise
    close("team", next(name for level, name in members if level == "team"), team)
    return [(level, name, found[level, name]) for level, name in members]
