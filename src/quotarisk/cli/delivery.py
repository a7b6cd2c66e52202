"""Where an answer goes, and in which form: the terminal, a pipe or a file."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

import click

from quotarisk.errors import RunError
from quotarisk.files import write_whole
from quotarisk.reporting.data import AnswerName, as_csv, as_json, as_parquet
from quotarisk.reporting.results import Results
from quotarisk.reporting.terminal import draw_run

Form = Literal["table", "csv", "json", "parquet"]
FORMS: tuple[Form, ...] = get_args(Form)
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
        The file; stdout where there is none.
    answer
        Which of the two, where a form holds one table.
    width
        Of the table; that of the terminal where it is left out.
    every_row
        Whether a long table is shown in full on a terminal too.
    """

    form: Form
    out: Path | None
    answer: AnswerName
    width: int | None
    every_row: bool


_TEXT_ENDINGS = ("", "txt", "text", "log")


def choose_form(form: Form | None, out: Path | None) -> Form:
    """In which form is the answer wanted? As told, or as the file's name ends.

    Raises
    ------
    UsageError
        If the name ends in something else, such as a workbook's ending.
    """
    ending = "" if out is None else out.suffix.lower()[1:]
    if form is None and ending in FORMS:
        return ending
    if form is None and ending not in _TEXT_ENDINGS:
        raise click.UsageError(
            f"--out ends in .{ending}, which names no format: end it in .csv, .json, .parquet or "
            ".txt, or say --format."
        )
    return form or "table"


def check_out(out: Path, *, sources: Iterable[Path]) -> None:
    """Can the file be written? Asked before a long run, not after it.

    Raises
    ------
    UsageError
        If it is a file that is read.
    RunError
        If its folder is not there or may not be written to, or it is a folder or a device.
    """
    if len(os.fsencode(out.name)) > LONGEST_NAME:
        raise RunError(f"{out} cannot be written: its name is too long")
    for source in sources if out.exists() else ():
        if os.path.exists(source) and out.samefile(source):  # noqa: PTH110 - it never raises
            raise click.UsageError(f"--out would replace {source}, which is read.")
    if out.is_dir():
        raise RunError(f"{out} cannot be written: it is a folder")
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


def deliver(results: Results, delivery: Delivery) -> None:
    """Write the answer where it is wanted.

    Raises
    ------
    RunError
        If a file cannot be written; then nothing has changed.
    """
    frame = (results.attainment if delivery.answer == "attainment" else results.cadence).frame
    written: str | bytes
    if delivery.form == "table":
        written = _drawn(results, delivery)
    elif delivery.form == "json":
        written = as_json(results)
    else:
        written = as_csv(frame) if delivery.form == "csv" else as_parquet(frame)
    if delivery.out is None:
        click.echo(written, nl=False)
        return
    write_whole(delivery.out, written.encode() if isinstance(written, str) else written)
    if sys.stderr.isatty():
        click.echo(f"wrote {delivery.out}", err=True)
