"""Where an answer goes, and in which form: the terminal, a pipe or a file."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeVar, get_args

import click

from quotarisk.cli.target import Database, asked_options, put_into
from quotarisk.errors import ArgumentError, RunError
from quotarisk.files import write_whole
from quotarisk.reporting.data import AnswerName, as_csv, as_json, as_parquet
from quotarisk.reporting.database import check_database
from quotarisk.reporting.results import Results
from quotarisk.reporting.run_record import RUN, record_results
from quotarisk.reporting.terminal import draw_run

Form = Literal["table", "csv", "json", "parquet"]
FORMS: tuple[Form, ...] = get_args(Form)
IN_DATABASE: Literal["database"] = "database"
Chosen = TypeVar("Chosen", bound=str)
LONGEST_NAME = 240  # bytes: the file systems' 255, less what a temporary name adds
PLAIN_WIDTH = 100  # of a table that goes to no terminal


@dataclass(frozen=True)
class Delivery:
    """What becomes of an answer.

    Parameters
    ----------
    form
        How it is written.
    out
        The file or database; stdout where there is none.
    answer
        Which of them, where a form holds one table.
    width
        Of the table; that of the terminal where it is left out.
    every_row
        Whether a long table is shown in full on a terminal too.
    """

    form: Form | Literal["database"]
    out: Path | Database | None
    answer: AnswerName
    width: int | None
    every_row: bool


_TEXT_ENDINGS = ("", "txt", "text", "log")


def choose_form(form: Chosen | None, out: Path | None, forms: Sequence[Chosen]) -> Chosen:
    """In which form is the answer wanted? As told, or as the file's name ends.

    An ending that names no format goes with any that is told.

    Parameters
    ----------
    form, out
        As told, where they are.
    forms
        What there is: first the one for people, then those that files are named after.

    Raises
    ------
    UsageError
        If the name ends in something else where no form is told, or as another form does.
    """
    ending = "" if out is None else out.suffix.lower()[1:]
    for_people, *for_files = forms
    named = next((each for each in for_files if each == ending), None)
    if form is not None and named is not None and named != form:
        raise click.UsageError(
            f"--format and --out contradict each other, got {form} and {out}: end the name in "
            f"{'.txt' if form == for_people else f'.{form}'}, or leave --format out."
        )
    if form is None and ending not in _TEXT_ENDINGS:
        if named is None:
            raise click.UsageError(
                f"--out ends in .{ending}, which names no format: end it in "
                f"{', '.join(f'.{each}' for each in for_files)} or .txt, or say --format."
            )
        return named
    return form or for_people


def check_out(out: Path | Database, *, sources: Iterable[Path]) -> None:
    """Can the file or database be written? Asked before a long run, not after it.

    Raises
    ------
    UsageError
        If it is a file that is read.
    ArgumentError
        If it is a folder, or a database of a kind that is not written to.
    RunError
        If its folder is not there or may not be written to, or it is a device; if the database
        cannot be reached.
    """
    if isinstance(out, Database):
        check_database(out.uri)
        return
    if len(os.fsencode(out.name)) > LONGEST_NAME:
        raise RunError(f"{out} cannot be written: its name is too long")
    for source in sources if out.exists() else ():
        if os.path.exists(source) and out.samefile(source):  # noqa: PTH110 - it never raises
            raise click.UsageError(f"--out would replace {source}, which is read.")
    if out.is_dir():
        raise ArgumentError(
            f"{out} cannot be written: it is a folder, and --out must name a file, such as "
            f"{out / 'answer.json'}"
        )
    if out.exists() and not out.is_file():  # /dev/null must stay what it is
        raise RunError(f"{out} cannot be written: it is no regular file; for stdout, say -")
    if not out.parent.is_dir():
        raise RunError(f"{out} cannot be written: there is no folder {out.parent}")
    if not os.access(out.parent, os.W_OK):
        raise RunError(f"{out} cannot be written: its folder is read-only")


def screen_size(*, on_terminal: bool) -> os.terminal_size:
    """How much room is there? What goes to no terminal is as wide as COLUMNS says, or plain."""
    size = shutil.get_terminal_size((PLAIN_WIDTH, 24))
    if not on_terminal and not os.environ.get("COLUMNS"):
        return os.terminal_size((PLAIN_WIDTH, size.lines))
    return size


def _drawn(results: Results, delivery: Delivery) -> str:
    on_terminal = delivery.out is None and sys.stdout.isatty()
    size = screen_size(on_terminal=on_terminal)
    return draw_run(
        results,
        width=delivery.width or size.columns,
        lines=size.lines if on_terminal and not delivery.every_row else None,
        styled=on_terminal,
    )


def put(written: str | bytes, out: Path | None) -> None:
    """Put what is written onto stdout, or whole into a file.

    Raises
    ------
    RunError
        If the file cannot be written; then nothing has changed.
    """
    if out is None:
        click.echo(written, nl=False)
        return
    write_whole(out, written.encode() if isinstance(written, str) else written)
    if sys.stderr.isatty():
        click.echo(f"wrote {out}", err=True)


def deliver(results: Results, delivery: Delivery) -> None:
    """Write the answer where it is wanted.

    Raises
    ------
    RunError
        If a file or database cannot be written; then nothing has changed.
    """
    if isinstance(delivery.out, Database):
        record = record_results(results, command=RUN, options=asked_options())
        put_into(delivery.out, record)
        return
    frame = results.tables[delivery.answer]
    written: str | bytes
    if delivery.form == "table":
        written = _drawn(results, delivery)
    elif delivery.form == "json":
        written = as_json(results)
    else:
        written = as_csv(frame) if delivery.form == "csv" else as_parquet(frame)
    put(written, delivery.out)
