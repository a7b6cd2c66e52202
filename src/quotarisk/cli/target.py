"""Where an answer may go beside a file: a database, as ``--out`` names it."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from pathlib import Path

import click

from quotarisk.reporting.database import write_run
from quotarisk.reporting.run_record import RunRecord
from quotarisk.scenario.address import is_address, mask_address

# these say where the answer goes and who works on it, not what is answered
NOT_ASKED = (
    *("scenario", "old", "new", "paths", "precision", "seed"),
    *("form", "out", "table", "answer", "every_row", "width"),
    *("workers", "scheduler"),
)
JUDGES = ("fail_under", "level", "cadence")  # of --fail-under: they set the exit status only


@dataclass(frozen=True)
class Database:
    """A database, as it was named.

    Parameters
    ----------
    uri
        Its address; as text it is shown without user name and password.
    """

    uri: str = field(repr=False)

    def __str__(self) -> str:
        return mask_address(self.uri)


def take_target(_: click.Context, __: click.Parameter, told: str | None) -> Path | Database | None:
    """Take the name of a file, or the address of a database: the callback of ``--out``."""
    if told is None:
        return None
    return Database(told) if is_address(told) else Path(told)


def take_database(_: click.Context, __: click.Parameter, told: str | None) -> Database | None:
    """Take the address of a database: the callback of options that name nothing else.

    Raises
    ------
    BadParameter
        If it is none.
    """
    if told is not None and not is_address(told):
        raise click.BadParameter("it must be an address such as postgresql://host/results.")
    return None if told is None else Database(told)


def asked_options() -> dict[str, object]:
    """What does the command's answer depend on, beside the scenario, the seed and the paths?"""
    told = click.get_current_context().params
    apart = (*NOT_ASKED, *(JUDGES if "fail_under" in told else ()))
    return {
        name: value
        for name, value in told.items()
        if name not in apart and value is not None and value is not False and value != ()
    }


def check_alone(database: Database, **options: object) -> None:
    """Can these be told beside a database? It holds all tables, so that none can be chosen.

    Parameters
    ----------
    database
        Where the answer goes.
    options
        What is told, by the names of the options.

    Raises
    ------
    UsageError
        If anything is.
    """
    for option, told in options.items():
        if told is not None:
            raise click.UsageError(
                f"--{option} is for files and stdout: {database} gets all tables."
            )


def put_into(database: Database, record: RunRecord) -> None:
    """Write into a database; on a terminal say under which id.

    Raises
    ------
    RunError
        If it cannot be written; then nothing has changed.
    """
    run_id = write_run(record, database.uri)
    if sys.stderr.isatty():
        click.echo(f"wrote run {run_id} into {database}", err=True)
