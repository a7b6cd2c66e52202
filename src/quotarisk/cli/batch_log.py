"""What a batch tells while it runs: a bar on a terminal, else a line a scenario, or JSON."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict
from typing import Literal

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from quotarisk.batch.clock import now
from quotarisk.batch.outcomes import Advanced, Begun, Event, Outcome, Watch
from quotarisk.cli.lines import as_line
from quotarisk.cli.risk_options import tell_crossings

LogFormat = Literal["text", "json"]
REFRESHES = 10  # of the bar, a second
Write = Callable[[str], None]


def say(line: str) -> None:
    """Write a line to stderr; where that cannot be, the night's work goes on without it."""
    with suppress(OSError):
        click.echo(line, err=True)


def write_json_line(event: str, **told: object) -> None:
    """Write an event as one JSON object on a line of stderr."""
    say(json.dumps({"time": now(), "event": event, **told}))


def _tell(outcome: Outcome, write: Write, below: float | None) -> None:
    """Tell what became of a scenario, in a line; and what is wrong, in a line each."""
    write(as_line(f"{now()} {outcome.file}: {outcome.status} in {outcome.seconds:.1f} s"))
    for fault in outcome.faults:
        write(as_line(f"error: {fault}"))
    for line in tell_crossings(outcome.crossed, below, of=f"{outcome.file}: "):
        write(as_line(line))


def _write_json(event: Event) -> None:
    if isinstance(event, Begun):
        write_json_line("begun", **asdict(event))
    elif isinstance(event, Outcome):
        write_json_line(
            event.status,
            file=event.file,
            name=event.name,
            seconds=event.seconds,
            folder=None if event.folder is None else str(event.folder),
            faults=[{**asdict(fault), "text": str(fault)} for fault in event.faults],
            crossed=event.crossed,
        )


@contextmanager
def _bar(below: float | None) -> Iterator[Watch]:
    bar = Progress(
        TextColumn("{task.fields[file]}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("reps"),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        refresh_per_second=REFRESHES,
        transient=True,
    )

    def write(line: str) -> None:
        bar.console.print(line, markup=False, highlight=False, soft_wrap=True)

    def show(event: Event) -> None:
        if isinstance(event, Begun):
            numbered = as_line(f"{event.number}/{event.total} {event.file}")
            bar.update(task, file=numbered, completed=0, total=None)
        elif isinstance(event, Advanced):
            bar.update(task, completed=event.done, total=event.total)
        else:
            _tell(event, write, below)

    with bar:
        task = bar.add_task("", file="", total=None)
        yield show


@contextmanager
def show_batch(form: LogFormat, *, below: float | None) -> Iterator[Watch]:
    """How is a batch getting on? Gives what `run_batch` calls.

    Parameters
    ----------
    form
        Lines for people, or JSON for collectors.
    below
        The risk line.
    """

    def write_plain(event: Event) -> None:
        if isinstance(event, Outcome):
            _tell(event, say, below)

    if form == "json":
        yield _write_json
    elif sys.stderr.isatty():
        with _bar(below) as show:
            yield show
    else:
        yield write_plain
