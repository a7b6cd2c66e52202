"""The simulation: a scenario on its paths, with what was measured on them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from functools import partial
from typing import Literal

import numpy as np

from quotarisk.errors import ArgumentError, InputError, suggest
from quotarisk.periods import Cadence, Period
from quotarisk.scenario.checking import find_faults
from quotarisk.scenario.quotas import scenario_quotas
from quotarisk.scenario.scenario import Scenario
from quotarisk.scenario.team import Booking
from quotarisk.simulation.cluster import Cluster, cluster_of
from quotarisk.simulation.estimates import Array
from quotarisk.simulation.listed import CENTS
from quotarisk.simulation.lowering import RepTask, Setting, rep_tasks
from quotarisk.simulation.measures import Measures, Unit, measure
from quotarisk.simulation.paths import market_factors, simulate_rep
from quotarisk.simulation.release import package_version as package_version
from quotarisk.simulation.spreading import (
    Chunk,
    Executor,
    cut_into_chunks,
    default_workers,
    run_chunk,
    run_chunks,
    threads,
)
from quotarisk.simulation.tree import Part, Share, add_up

Level = Literal["rep", "group", "team"]
LEVELS: tuple[Level, ...] = ("rep", "group", "team")
DEFAULT_PATHS = 20_000
LEAST_PATHS, MOST_PATHS = 2, 50_000_000
Amounts = dict[tuple[Cadence, str], float]
Progress = Callable[[int, int], None]
Collect = Callable[[tuple[Measures, ...]], None]


@dataclass(frozen=True)
class Provenance:
    """Where figures come from: enough to make them again, bit by bit.

    Parameters
    ----------
    scenario, scenario_hash
        The scenario's name, and a hash of all that it says.
    seed, paths, version
        Of the run.
    """

    scenario: str
    scenario_hash: str
    seed: int
    paths: int
    version: str


@dataclass(frozen=True)
class Simulation:
    """A scenario on its paths. Made by `simulate`; the answers of ``analysis`` are read off it.

    Parameters
    ----------
    scenario
        What was simulated.
    seed, paths
        Same scenario, seed and paths: the same bits.
    periods
        Months, quarters and fiscal years that are answered.
    reps, groups, team
        What was measured, in the scenario's order.
    """

    scenario: Scenario
    seed: int
    paths: int
    periods: tuple[Period, ...] = field(repr=False)
    reps: tuple[Measures, ...] = field(repr=False)
    groups: tuple[Measures, ...] = field(repr=False)
    team: Measures = field(repr=False)

    @property
    def units(self) -> tuple[Measures, ...]:
        """Reps, then groups, then the team."""
        return (*self.reps, *self.groups, self.team)

    @property
    def setting(self) -> Setting:
        """What all reps share."""
        return setting_of(self.scenario, self.seed)

    @property
    def provenance(self) -> Provenance:
        """Where its figures come from."""
        return Provenance(
            self.scenario.name,
            self.scenario.fingerprint,
            self.seed,
            self.paths,
            package_version(),
        )

    def bookings(self, name: str) -> Array:
        """What does a rep book in each month on each path?

        Drawn again, since bookings of all reps are not kept: the same bits as in the run.

        Returns
        -------
        ndarray
            ``[months, paths]`` in currency, with what was booked to date.

        Raises
        ------
        ArgumentError
            If there is no such rep.
        """
        tasks = {task.rep.name: task for task in rep_tasks(self.scenario)}
        if name not in tasks:
            raise ArgumentError(f"no rep is called {name!r}; {suggest(name, list(tasks))}")
        booked = simulate_rep(tasks[name], self.setting, paths=self.paths)
        unit = next(rep.unit for rep in self.reps if rep.unit.name == name)
        return (booked + unit.booked[:, np.newaxis]) / CENTS


def setting_of(scenario: Scenario, seed: int) -> Setting:
    """What do all reps of a scenario share under a seed?"""
    return Setting(scenario.horizon, scenario.calendar, scenario.market, seed, scenario.correction)


def answered_periods(scenario: Scenario) -> tuple[Period, ...]:
    """Which periods can be answered?

    Those that end within the horizon; one that began before the start only if the scenario
    says what was booked before it (``booked``, which may be an empty table).
    """
    horizon = scenario.horizon
    return tuple(
        period
        for period in horizon.all_periods
        if scenario.booked is not None or not horizon.began_before(period)
    )


def _booked_to_date(
    scenario: Scenario, rows: Iterable[Booking], periods: tuple[Period, ...]
) -> tuple[Array, Array]:
    """Cents booked by month of the horizon, and by period before the horizon's first month."""
    horizon = scenario.horizon
    booked, before = np.zeros(horizon.months), np.zeros(len(periods))
    opening = horizon.month_starts[0]
    for row in rows:
        cents = round(row.amount * CENTS)
        if opening <= row.date < horizon.end:
            month = (row.date.year - opening.year) * 12 + row.date.month - opening.month
            booked[month] += cents
        elif row.date < opening:
            before += [cents if period.first <= row.date else 0 for period in periods]
    return booked, before


def units_of(scenario: Scenario, periods: tuple[Period, ...]) -> list[Unit]:
    """Who is measured: reps, groups and the team, with quotas and what is booked to date?"""
    quotas = scenario_quotas(scenario)
    rows: dict[str, list[Booking]] = {}
    for row in scenario.booked or ():
        rows.setdefault(row.rep, []).append(row)

    def unit(
        level: Level,
        name: str,
        group: str,
        quota: dict[tuple[Cadence, str], float],
        who: Iterable[str],
    ) -> Unit:
        booked, before = _booked_to_date(
            scenario, [row for rep in who for row in rows.get(rep, ())], periods
        )
        amounts = [quota.get((period.cadence, period.name), np.nan) for period in periods]
        return Unit(level, name, group, np.round(np.array(amounts) * CENTS), booked, before)

    members: dict[str, list[str]] = {}
    for rep in scenario.reps:
        if rep.group is not None:
            members.setdefault(rep.group, []).append(rep.name)
    return [
        *(
            unit("rep", rep.name, rep.group or "", quotas.reps[rep.name], [rep.name])
            for rep in scenario.reps
        ),
        *(unit("group", group, group, quotas.groups[group], who) for group, who in members.items()),
        unit("team", scenario.name, "", quotas.team, [rep.name for rep in scenario.reps]),
    ]


def check_arguments(paths: int, seed: int, workers: int | None) -> None:
    """Refuse what `simulate` cannot take.

    Raises
    ------
    ArgumentError
        If an argument is out of its range.
    """

    def whole(value: object) -> bool:
        return isinstance(value, int) and not isinstance(value, bool)

    if not whole(paths) or not LEAST_PATHS <= paths <= MOST_PATHS:
        raise ArgumentError(
            f"paths must be a whole number from {LEAST_PATHS} to {MOST_PATHS:_}, got {paths!r}"
        )
    if not whole(seed):
        raise ArgumentError(f"seed must be a whole number, got {seed!r}")
    if workers is not None and (not whole(workers) or workers < 1):
        raise ArgumentError(f"workers must be a whole number of 1 or more, got {workers!r}")


def _simulate_here(
    chunks: Sequence[Chunk], by_group: Mapping[str, Unit], pool: Executor, collect: Collect
) -> tuple[dict[str, Measures], Array]:
    """Add up here what comes back: the groups' figures, and the team's paths."""
    groups: dict[str, Measures] = {}
    team = np.zeros((chunks[0].setting.horizon.months, chunks[0].paths))
    group = np.zeros_like(team)
    last = {chunk.group: index for index, chunk in enumerate(chunks)}
    for index, result in enumerate(run_chunks(chunks, pool)):
        np.add(group, result.booked, out=group)
        if index == last[result.group]:
            if result.group in by_group:
                unit = by_group[result.group]
                groups[result.group] = measure(group, unit, chunks[0].periods)
            np.add(team, group, out=team)
            group[:] = 0.0
        collect(result.measures)
    return groups, team


def _run_apart(chunk: Chunk) -> Part:
    """Simulate and measure the reps of a chunk, on a worker."""
    result = run_chunk(chunk)
    return Part(result.measures, (result.booked,))


def _measure_apart(
    by_group: Mapping[str, Unit], periods: tuple[Period, ...], name: str, share: Share
) -> Measures:
    """Measure a group, on a worker."""
    return measure(share[0], by_group[name], periods)


def _simulate_apart(
    chunks: Sequence[Chunk], by_group: Mapping[str, Unit], cluster: Cluster, collect: Collect
) -> tuple[dict[str, Measures], Array]:
    """Add up on the workers of a cluster: the groups' figures, and the team's paths."""
    first = chunks[0]
    groups, (team,) = add_up(
        cluster,
        [(chunk.group, chunk) for chunk in chunks],
        work=_run_apart,
        read=partial(_measure_apart, by_group, first.periods),
        told=collect,
        part_bytes=first.setting.horizon.months * first.paths * 8,
    )
    return groups, team


def simulate(
    scenario: Scenario,
    *,
    paths: int = DEFAULT_PATHS,
    seed: int = 0,
    workers: int | None = None,
    executor: Executor | None = None,
    progress: Progress | None = None,
) -> Simulation:
    """What may the team book? Simulates every rep on shared market paths and measures them.

    Parameters
    ----------
    scenario
        From `load_scenario`, or made in Python.
    paths
        Number of simulated futures; errors fall with its square root.
    seed
        Any whole number. Two scenarios under one seed share their luck.
    workers
        Threads of this machine; all of its processors where it is left out.
    executor
        Instead of threads: anything whose ``map`` gives results in order, such as pools of
        ``concurrent.futures`` or of mpi4py; a `Cluster`, or a ``distributed.Client``.
    progress
        Called with the number of reps that are done and the number of all.

    Raises
    ------
    InputError
        If the scenario cannot be simulated, with every fault.
    ArgumentError
        If another argument is out of its range.
    RunError
        If a cluster does not answer, or is lost.

    Notes
    -----
    Any number of workers, any executor and any order of reps give the same bits. Memory does
    not grow with the number of reps but for their small tables of figures.
    """
    check_arguments(paths, seed, workers)
    faults = find_faults(scenario)
    if faults:
        raise InputError(faults)
    cluster = cluster_of(executor)
    workers = cluster.workers if cluster is not None else workers or default_workers()
    setting, periods = setting_of(scenario, seed), answered_periods(scenario)
    units = units_of(scenario, periods)
    work: list[tuple[RepTask, Unit]] = list(zip(rep_tasks(scenario), units, strict=False))
    chunks = cut_into_chunks(work, setting=setting, periods=periods, paths=paths, workers=workers)
    by_group = {unit.name: unit for unit in units if unit.level == "group"}
    reps: dict[str, Measures] = {}

    def collect(measured: tuple[Measures, ...]) -> None:
        reps.update({each.unit.name: each for each in measured})
        if progress is not None:
            progress(len(reps), len(work))

    if cluster is not None:
        groups, team = _simulate_apart(chunks, by_group, cluster, collect)
    else:
        market_factors(setting, 0, paths)  # once, before threads ask for it
        with threads(workers) if executor is None else nullcontext(executor) as pool:
            groups, team = _simulate_here(chunks, by_group, pool, collect)
    return Simulation(
        scenario,
        seed,
        paths,
        periods,
        tuple(reps[rep.name] for rep in scenario.reps),
        tuple(groups[name] for name in by_group),
        measure(team, units[-1], periods),
    )
