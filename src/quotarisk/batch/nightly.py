"""A batch: every scenario in its turn, and none stops the others."""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import TypeVar

import polars as pl

from quotarisk.batch.clock import now
from quotarisk.batch.disk import disk_errors, make_durable, sync
from quotarisk.batch.index import draw_index
from quotarisk.batch.inputs import (
    Input,
    list_scenarios,
    load_steady,
    peek,
    place_of,
    readable,
)
from quotarisk.batch.lock import hold_lock
from quotarisk.batch.manifest import (
    Chance,
    Manifest,
    list_chances,
    list_outputs,
    make_key,
    write_as_read,
)
from quotarisk.batch.names import folder_name
from quotarisk.batch.outcomes import (
    CROSSED,
    SOME_FAILED,
    Advanced,
    BatchResult,
    Begun,
    Outcome,
    RiskLine,
    Watch,
)
from quotarisk.batch.runs import Run, list_homes, list_runs, prune, publish, sweep
from quotarisk.batch.summary import as_json, summarise
from quotarisk.batch.troubles import blame, list_orphans
from quotarisk.batch.turns import Attempt, take_turns
from quotarisk.errors import ArgumentError, Fault, InputError, QuotariskError, RunError
from quotarisk.files import write_whole
from quotarisk.periods import Cadence
from quotarisk.reporting.report import write_report
from quotarisk.reporting.risk_line import crossings_in
from quotarisk.scenario.scenario import Scenario
from quotarisk.simulation.simulation import (
    DEFAULT_PATHS,
    Level,
    check_arguments,
    package_version,
    simulate,
)

Step = TypeVar("Step")
INDEX, SUMMARY = "index.html", "summary.json"
ATTAINMENT = "attainment.parquet"  # as `write_report` names it


@dataclass(frozen=True)
class _Order:
    """What is the same for all scenarios of a batch."""

    out: Path
    paths: int
    seed: int
    workers: int | None
    risk_line: RiskLine | None
    watch: Watch


def _attainment(folder: Path) -> pl.DataFrame:
    return pl.read_parquet(BytesIO((folder / ATTAINMENT).read_bytes()))


def _crossed(attainment: pl.DataFrame, line: RiskLine | None) -> tuple[str, ...]:
    if line is None:
        return ()
    return crossings_in(attainment, line.below, level=line.level, cadence=line.cadence)


def _judge(outcome: Outcome, attainment: pl.DataFrame, line: RiskLine | None) -> Outcome:
    """Hold a scenario against the risk line; where there is nothing to hold, that is a fault."""
    try:
        return replace(outcome, crossed=_crossed(attainment, line))
    except ArgumentError as error:
        faults = (Fault(outcome.file, "", str(error)),)
        return replace(outcome, status="failed", faults=faults, error=error)


def _simulate_into(
    folder: Path,
    *,
    file: str,
    scenario: Scenario,
    inputs: tuple[Input, ...],
    key: str,
    before: tuple[Chance, ...],
    order: _Order,
) -> Manifest:
    """Simulate a scenario, and write its report into an empty folder."""
    started, clock = now(), time.monotonic()
    simulation = simulate(
        scenario,
        paths=order.paths,
        seed=order.seed,
        workers=order.workers,
        progress=lambda done, total: order.watch(Advanced(done, total)),
    )
    write_report(simulation, folder)
    attainment = _attainment(folder)
    judged = _judge(Outcome(file, scenario.name, "done", 0.0), attainment, order.risk_line)
    return Manifest(
        scenario=scenario.name,
        start=scenario.start,
        scenario_hash=scenario.fingerprint,
        file=readable(file),
        place=place_of(file, order.out),
        inputs=inputs,
        version=package_version(),
        seed=order.seed,
        paths=order.paths,
        key=key,
        started=started,
        finished=now(),
        seconds=round(time.monotonic() - clock, 3),
        exit_status=SOME_FAILED if judged.faults else CROSSED if judged.crossed else 0,
        outputs=list_outputs(folder),
        team=list_chances(attainment),
        before=before,
    )


def _check_owner(name: str, file: str, runs: tuple[Run, ...], taken: dict[str, str]) -> None:
    """A folder belongs to one scenario: two that would share it must not mix their runs."""
    folder = folder_name(name)
    rule = f"a batch's scenarios must differ in the letters of their names: {folder} is the folder"
    if folder in taken:
        raise InputError([Fault(file, "name", f"{rule} of {taken[folder]}", repr(name))])
    if runs and runs[-1].manifest.scenario != name:
        other = runs[-1].manifest.scenario
        hint = "rename the scenario, or move the folder away"
        raise InputError([Fault(file, "name", f"{rule} of {other!r}", repr(name), hint)])


@dataclass(frozen=True)
class _Claim:
    """A scenario as it was read, and the folder that it has in this batch."""

    file: str
    scenario: Scenario
    inputs: tuple[Input, ...]
    home: Path
    runs: tuple[Run, ...]


def _claim(file: str, order: _Order, taken: dict[str, str]) -> _Claim:
    """Read a scenario, and take its folder, unless another one has it."""
    scenario, inputs = load_steady(file)
    home = order.out / folder_name(scenario.name)
    runs = list_runs(home)
    _check_owner(scenario.name, file, runs, taken)
    taken[home.name] = file
    return _Claim(file, scenario, inputs, home, runs)


def _answer(claim: _Claim, order: _Order) -> Outcome:
    """Make a scenario's run, or find that the last one still holds."""
    scenario, file = claim.scenario, claim.file
    key = make_key(
        write_as_read(scenario),
        claim.inputs,
        version=package_version(),
        seed=order.seed,
        paths=order.paths,
    )
    last = claim.runs[-1] if claim.runs else None
    if last is not None and last.manifest.key == key and last.manifest.is_whole(last.folder):
        run, outcome = last, Outcome(file, scenario.name, "unchanged", 0.0)
    else:
        fill = partial(
            _simulate_into,
            file=file,
            scenario=scenario,
            inputs=claim.inputs,
            key=key,
            before=last.manifest.team if last else (),
            order=order,
        )
        run, outcome = publish(claim.home, fill), Outcome(file, scenario.name, "done", 0.0)
    return _judge(replace(outcome, folder=run.folder), _attainment(run.folder), order.risk_line)


def _faults_of(error: BaseException, file: str) -> tuple[Fault, ...]:
    if isinstance(error, InputError):
        return error.faults
    if isinstance(error, QuotariskError):
        return (Fault(file, "", str(error)),)
    if isinstance(error, MemoryError):
        return (Fault(file, "", "there is not enough memory for so many paths"),)
    what = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    return (Fault(file, "", f"quotarisk failed: {what}"),)


def _guard(file: str, step: Callable[[], Step]) -> Step | Outcome:
    """Take a step for a scenario; whatever goes wrong, the batch goes on."""
    try:
        return step()
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:  # a panic of polars is no Exception
        name = peek(file).get("name")
        return Outcome(
            file,
            name if isinstance(name, str) else "",
            "failed",
            0.0,
            faults=_faults_of(error, file),
            error=error,
        )


def _attempt(file: str, order: _Order, taken: dict[str, str]) -> Attempt:
    """Claim a scenario's folder now, and give what makes its run."""
    clock = time.monotonic()
    claim = _guard(file, partial(_claim, file, order, taken))

    def make(watch: Watch) -> Outcome:
        outcome = (
            claim
            if isinstance(claim, Outcome)
            else _guard(file, partial(_answer, claim, replace(order, watch=watch)))
        )
        return replace(outcome, seconds=round(time.monotonic() - clock, 3))

    return make


def _attempt_all(files: tuple[str, ...], order: _Order) -> tuple[Outcome, ...]:
    """Make the runs of all scenarios, and tell of each how it ended."""
    troubles = sweep(order.out)
    taken: dict[str, str] = {}
    outcomes = []
    turns = take_turns((_attempt(file, order, taken) for file in files), order.watch)
    for number, file in enumerate(files, start=1):
        order.watch(Begun(file, number, len(files)))
        outcomes.append(blame(next(turns), troubles, order.out))
        order.watch(outcomes[-1])
    orphans = list_orphans(outcomes, troubles, order.out)
    for outcome in orphans:
        order.watch(outcome)
    return (*outcomes, *orphans)


def _prune_all(outcomes: tuple[Outcome, ...], keep: int, order: _Order) -> tuple[Outcome, ...]:
    """Remove old runs; what cannot be removed is the fault of its scenario too."""
    troubles = {}
    for home in list_homes(order.out):
        try:
            prune(home, keep=keep)
        except RunError as error:
            troubles[home] = error
    blamed = tuple(blame(outcome, troubles, order.out) for outcome in outcomes)
    orphans = list_orphans(blamed, troubles, order.out)
    told = (*blamed, *(orphan for orphan in orphans if orphan not in blamed))
    for outcome in told:
        if outcome not in outcomes:
            order.watch(outcome)
    return told


def _write_index(result: BatchResult, keep: int | None, line: RiskLine | None) -> None:
    summary = summarise(result, version=package_version(), keep=keep, risk_line=line)
    write_whole(result.out / SUMMARY, as_json(summary))
    write_whole(result.out / INDEX, draw_index(summary).encode(errors="replace"))
    with disk_errors(result.out):
        sync(result.out)


def _risk_line(
    fail_under: float | None, level: Level | None, cadence: Cadence | None
) -> RiskLine | None:
    if fail_under is None:
        if level is not None or cadence is not None:
            raise ArgumentError("level and cadence say what fail_under looks at, which is missing")
        return None
    if math.isnan(fail_under) or not 0 <= fail_under <= 1:
        raise ArgumentError(f"fail_under must lie between 0 and 1, got {fail_under!r}")
    return RiskLine(fail_under, level or "team", cadence)


def run_batch(
    scenarios: Iterable[str | os.PathLike[str]],
    out: str | os.PathLike[str],
    *,
    paths: int = DEFAULT_PATHS,
    seed: int = 0,
    workers: int | None = None,
    fail_under: float | None = None,
    level: Level | None = None,
    cadence: Cadence | None = None,
    keep: int | None = None,
    watch: Watch | None = None,
) -> BatchResult:
    """What do many scenarios answer, tonight? Each report goes into ``out/<name>/<start>/``.

    What has not changed since its last run is left as it is. Everything appears whole or not at
    all, also where the process is killed: the last good report of each scenario stays. Within a
    `Cluster` several scenarios are under way at a time.

    Parameters
    ----------
    scenarios
        TOML files, and folders of them.
    out
        The folder; it is made where it is not there.
    paths, seed, workers
        As `simulate` takes them.
    fail_under, level, cadence
        The share that no P(hit) may be below; whose, the team's where it is left out; and of
        which periods, the longest that have a quota where it is left out.
    keep
        How many runs of a scenario remain; all where it is left out.
    watch
        Called when a scenario begins, goes on and ends.

    Returns
    -------
    BatchResult
        What became of each scenario, and the exit status of the command.

    Raises
    ------
    ArgumentError
        If an argument is out of its range.
    RunError
        If another run holds the folder, or the index or the lock cannot be written.
    """
    check_arguments(paths, seed, workers)
    line = _risk_line(fail_under, level, cadence)
    if keep is not None and keep < 1:
        raise ArgumentError(f"keep must be a whole number of 1 or more, got {keep!r}")
    files, folder, started = list_scenarios(scenarios), Path(out), now()
    if not files:
        raise ArgumentError("a batch must have at least one scenario")
    with disk_errors(folder):
        make_durable(folder)
    order = _Order(folder, paths, seed, workers, line, watch or (lambda _: None))
    with hold_lock(folder):
        result = BatchResult(folder, _attempt_all(files, order), started, now())
        _write_index(result, keep, line)
        if keep is not None:  # after the index, which must not lead to what is gone
            pruned = _prune_all(result.outcomes, keep, order)
            if pruned != result.outcomes:
                result = replace(result, outcomes=pruned, finished=now())
                _write_index(result, keep, line)
    return result
