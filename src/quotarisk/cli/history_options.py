"""What every command that reads a CRM's history is told about it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import click

from quotarisk.cli.place import Place
from quotarisk.errors import Fault, InputError
from quotarisk.scenario.tables import decode, read_bytes
from quotarisk.scenario.workbook import UnreadableFileError

Command = TypeVar("Command", bound=Callable[..., object])


def _read_query(_: click.Context, __: click.Parameter, told: str | None) -> str | None:
    """Take SQL as it stands, or from the file after an @."""
    if told is None or not told.startswith("@"):
        return told
    file = told[1:]
    try:
        return decode(read_bytes(Path(file)))
    except UnreadableFileError as error:
        fault = Fault(file, "--query", f"the query's file {error.must}", error.got, error.hint)
        raise InputError([fault]) from None


def history_options(command: Command) -> Command:
    """Add the history itself, what its columns mean, and the fiscal year."""
    for add in (
        click.option(
            "--fiscal-year-start",
            default=1,
            show_default=True,
            type=click.IntRange(1, 12),
            help="Number of the month in which fiscal years begin.",
        ),
        click.option(
            "--segment", metavar="COLUMN", help="The column that says what kind of deal it is."
        ),
        click.option(
            "--columns",
            type=Place(),
            metavar="FILE",
            help="A TOML file that says what columns and words of the CRM mean.",
        ),
        click.option(
            "--query",
            metavar="SQL",
            callback=_read_query,
            help="Where HISTORY is a database such as sqlite://crm.db: what to ask; or @FILE.",
        ),
        click.argument("history", type=Place()),
    ):
        command = add(command)
    return command
