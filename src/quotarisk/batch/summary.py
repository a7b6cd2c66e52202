"""The summary of a folder: its scenarios, newest first, with what changed since the run before."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from quotarisk.batch.inputs import is_at
from quotarisk.batch.manifest import Chance, Manifest
from quotarisk.batch.outcomes import BatchResult, Outcome, RiskLine
from quotarisk.batch.runs import Run, list_homes, list_runs
from quotarisk.errors import Fault, RunError
from quotarisk.periods import Cadence

SCHEMA_VERSION = 1
PAGE = "report.html"
State = Literal["done", "unchanged", "failed", "kept"]


@dataclass(frozen=True)
class Figure:
    """How likely the team hits the next period of a cadence, and what has changed.

    Parameters
    ----------
    period, p_hit, p_hit_se
        As in the table of attainment.
    change, change_se
        P(hit) of this period less that of the run before; its standard error as if the two runs
        shared no luck, which is too large where they have the same seed. Nothing where that run
        does not answer the period.
    """

    period: str
    p_hit: float
    p_hit_se: float
    change: float | None
    change_se: float | None


@dataclass(frozen=True)
class Made:
    """A run that is there: its start, when it was made, its folder and its page."""

    start: str
    made: str
    folder: str
    page: str


@dataclass(frozen=True)
class Entry:
    """A scenario as the index shows it.

    Parameters
    ----------
    name, file
        What it is called; the name is empty where nobody knows it.
    status
        ``done``, ``unchanged`` or ``failed`` in this batch; ``kept`` where it was no part of it.
    when
        When it was made, or failed.
    newest
        The last good run, which stays where a later one fails.
    team
        By cadence, of the last good run.
    faults, crossed
        What went wrong, and who is below the risk line.
    earlier
        Runs before the last good one, the newest first.
    """

    name: str
    file: str
    status: State
    when: str
    newest: Made | None
    team: dict[Cadence, Figure]
    faults: tuple[Fault, ...]
    crossed: tuple[str, ...]
    earlier: tuple[Made, ...]


@dataclass(frozen=True)
class Summary:
    """A folder after a batch."""

    started: str
    finished: str
    exit_status: int
    version: str
    risk_line: RiskLine | None
    entries: tuple[Entry, ...]


def _made(run: Run, out: Path, place: Path) -> Made:
    folder = place.relative_to(out).as_posix()
    page = f"{folder}/{PAGE}" if (run.folder / PAGE).is_file() else f"{folder}/"
    return Made(run.manifest.start.isoformat(), run.manifest.finished, folder, page)


def _figures(manifest: Manifest) -> dict[Cadence, Figure]:
    """Compare the next period of each cadence with the same period in the run before."""
    before = {(told.cadence, told.period): told for told in manifest.before}
    first: dict[Cadence, Chance] = {}
    for chance in manifest.team:
        first.setdefault(chance.cadence, chance)
    figures = {}
    for cadence, now in first.items():
        then = before.get((cadence, now.period))
        figures[cadence] = Figure(
            now.period,
            now.p_hit,
            now.p_hit_se,
            None if then is None else now.p_hit - then.p_hit,
            None if then is None else math.hypot(now.p_hit_se, then.p_hit_se),
        )
    return figures


def _entry(runs: tuple[Run, ...], outcome: Outcome | None, out: Path, finished: str) -> Entry:
    newest = runs[-1] if runs else None
    failed = outcome is not None and outcome.status == "failed"
    name = newest.manifest.scenario if newest else ""
    return Entry(
        name=(outcome.name if outcome else "") or name,
        file=outcome.file if outcome else newest.manifest.file if newest else "",
        status=outcome.status if outcome else "kept",
        when=finished if failed or newest is None else newest.manifest.finished,
        newest=_made(newest, out, newest.place) if newest else None,
        team=_figures(newest.manifest) if newest else {},
        faults=outcome.faults if outcome else (),
        crossed=outcome.crossed if outcome else (),
        earlier=tuple(_made(run, out, run.folder) for run in reversed(runs[:-1])),
    )


def _last_good(outcome: Outcome, homes: Mapping[Path, tuple[Run, ...]], out: Path) -> Path | None:
    """Find the folder of a scenario that failed, by its name or, without one, by its file."""
    for home, runs in homes.items():
        newest = runs[-1].manifest
        if outcome.name == newest.scenario or (
            not outcome.name and is_at(outcome.file, newest.place, out)
        ):
            return home
    return None


def _runs_of(home: Path) -> tuple[Run, ...]:
    """List the runs that can be read; why others cannot is told as a fault already."""
    try:
        return list_runs(home)
    except RunError:
        return ()


def summarise(
    result: BatchResult,
    *,
    version: str,
    keep: int | None = None,
    risk_line: RiskLine | None = None,
) -> Summary:
    """What is in a folder after a batch?

    Parameters
    ----------
    result
        What became of the batch.
    version
        Of quotarisk.
    keep
        How many runs of a scenario will remain; all where it is left out.
    risk_line
        What P(hit) was held against.
    """
    out = result.out
    found = {home: _runs_of(home)[-(keep or 0) :] for home in list_homes(out)}
    homes = {home: runs for home, runs in found.items() if runs}
    owners = {o: o.folder.parent.parent for o in result.outcomes if o.folder is not None}
    others = {home: runs for home, runs in homes.items() if home not in owners.values()}
    entries = []
    for outcome in result.outcomes:
        home = owners[outcome] if outcome in owners else _last_good(outcome, others, out)
        runs = homes.get(home, ()) if home is not None else ()
        entries.append(_entry(runs, outcome, out, result.finished))
        if home is not None:
            others.pop(home, None)
    entries += [_entry(runs, None, out, result.finished) for runs in others.values()]
    entries.sort(key=lambda entry: entry.name)
    entries.sort(key=lambda entry: entry.when, reverse=True)
    return Summary(
        result.started, result.finished, result.exit_status, version, risk_line, tuple(entries)
    )


def _faults(faults: Iterable[Fault]) -> list[dict[str, Any]]:
    return [{**asdict(fault), "text": str(fault)} for fault in faults]


def as_json(summary: Summary) -> bytes:
    """What is the summary, for programs? UTF-8; it ends with a line break."""
    told = {"schema_version": SCHEMA_VERSION, **asdict(summary)}
    entries = [{**asdict(e), "faults": _faults(e.faults)} for e in summary.entries]
    told["scenarios"] = entries
    del told["entries"]
    return f"{json.dumps(told, indent=2, ensure_ascii=False)}\n".encode(errors="backslashreplace")
