"""What every command that gives a reply is told about its form, and how the reply gets out.

A command takes one `ReplyDelivery` for all of these options::

    @click.command("stress")
    @click.argument("scenario", type=Place())
    @simulation_options
    @reply_options
    @debug_option
    def stress_command(scenario: str, ..., delivery: ReplyDelivery) -> None:
        # before a long run
        check_delivery(delivery, sources=list_files(scenario), tables=KEYS)
        ...
        deliver_reply(reply, delivery)
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import Any, Literal, get_args

import click

from quotarisk.cli.delivery import IN_DATABASE, check_out, choose_form, put, screen_size
from quotarisk.cli.place import Place
from quotarisk.cli.target import Database, asked_options, check_alone, put_into, take_target
from quotarisk.errors import suggest
from quotarisk.reporting.data import as_csv, as_parquet
from quotarisk.reporting.reply import Reply
from quotarisk.reporting.reply_book import draw_reply_book
from quotarisk.reporting.reply_data import reply_as_json
from quotarisk.reporting.reply_page import draw_reply_page
from quotarisk.reporting.reply_screen import draw_reply
from quotarisk.reporting.run_record import record_reply
from quotarisk.reporting.tables import Table

FileForm = Literal["table", "csv", "json", "parquet", "html", "xlsx"]
ReplyForm = FileForm | Literal["database"]
REPLY_FORMS: tuple[FileForm, ...] = get_args(FileForm)
NOTHING: Mapping[str, str] = {}
OF_ONE_TABLE = ("csv", "parquet")
FILES_ONLY = ("html", "xlsx")
FOR_PEOPLE = ("table", "html")  # forms that may leave periods out; others hold every row
# these hold every table, even an empty one
FOR_PROGRAMS = ("csv", "json", "parquet", IN_DATABASE)


@dataclass(frozen=True)
class ReplyDelivery:
    """What becomes of a reply.

    Parameters
    ----------
    form
        How it is written.
    out
        The file or database; stdout where there is none.
    table
        The key of the table that is wanted, where a form holds one; the first where left out.
    width
        Of a line; that of the terminal where it is left out.
    every_row
        Whether long tables are shown in full on a terminal too.
    """

    form: ReplyForm
    out: Path | Database | None
    table: str | None
    width: int | None
    every_row: bool


def _chosen(
    form: FileForm | None,
    out: Path | Database | None,
    table: str | None,
    width: int | None,
    every_row: bool,
) -> ReplyDelivery:
    """Put the options together; those that mean nothing together are errors."""
    if isinstance(out, Database):
        check_alone(out, format=form, table=table, all=every_row or None, width=width)
        return ReplyDelivery(IN_DATABASE, out, None, width, every_row)
    out = None if out == Path("-") else out
    form = choose_form(form, out, REPLY_FORMS)
    if form == "parquet" and out is None and sys.stdout.isatty():
        raise click.UsageError("Parquet is not for a terminal: name a file with --out.")
    if form in FILES_ONLY and out is None:
        raise click.UsageError(f"{form} is not for stdout: name a file with --out.")
    if table is not None and form not in OF_ONE_TABLE:
        raise click.UsageError(f"--table is for csv and parquet: {form} holds all tables.")
    return ReplyDelivery(form, out, table, width, every_row)


_OPTIONS = (
    click.option(
        "--width", type=click.IntRange(40, 1000), help="Characters of a line; as the terminal."
    ),
    click.option("--all", "every_row", is_flag=True, help="Show all rows of long tables."),
    click.option(
        "--table", metavar="KEY", help="The table that csv and parquet hold; the first as a rule."
    ),
    click.option(
        "-o",
        "--out",
        type=Place(),
        callback=take_target,
        help="The file to write, or a database such as postgresql://host/results; - is stdout.",
    ),
    click.option(
        "--format",
        "form",
        type=click.Choice(REPLY_FORMS),
        help="How the answer is written; by the ending of --out, or as tables, where left out.",
    ),
)


def reply_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add ``--format``, ``--out``, ``--table``, ``--all`` and ``--width``, as one ``delivery``."""

    @wraps(command)
    def told(
        *args: Any,
        form: FileForm | None,
        out: Path | Database | None,
        table: str | None,
        width: int | None,
        every_row: bool,
        **others: Any,
    ) -> None:
        delivery = _chosen(form, out, table, width, every_row)
        command(*args, delivery=delivery, **others)

    for add in _OPTIONS:
        told = add(told)
    return told


def _check_table(key: str | None, tables: Iterable[str]) -> None:
    names = tuple(tables)
    if key is not None and key not in names:
        close = suggest(key, names)
        hint = f"{close} " if close.startswith("did") else ""
        raise click.UsageError(
            f"--table names no table of this answer, got {key!r}; {hint}allowed: {', '.join(names)}"
        )


def check_delivery(
    delivery: ReplyDelivery, *, sources: Iterable[Path], tables: Collection[str] = ()
) -> None:
    """Can the reply be written? Asked before a long run, not after it.

    Parameters
    ----------
    delivery
        What is wanted.
    sources
        Files that are read.
    tables
        Keys of the tables that the reply will have, where these are known before the run.

    Raises
    ------
    UsageError
        If it would replace a file that is read, or has no table of the key that is asked for.
    ArgumentError
        If the file is a folder, or the database of a kind that is not written to.
    RunError
        If the file cannot be written, or the database not reached.
    """
    if tables:
        _check_table(delivery.table, tables)
    if delivery.out is not None:
        check_out(delivery.out, sources=sources)


def _table(reply: Reply, key: str | None) -> Table:
    tables = {table.key: table for table in reply.tables}
    if key is None:
        return reply.tables[0]
    _check_table(key, tables)
    return tables[key]


def _screen(reply: Reply, delivery: ReplyDelivery) -> str:
    on_terminal = delivery.out is None and sys.stdout.isatty()
    size = screen_size(on_terminal=on_terminal)
    return draw_reply(
        reply,
        width=delivery.width or size.columns,
        lines=size.lines if on_terminal and not delivery.every_row else None,
        styled=on_terminal,
    )


def deliver_reply(
    reply: Reply, delivery: ReplyDelivery, *, inputs: Mapping[str, str] = NOTHING
) -> None:
    """Write a reply where it is wanted.

    Parameters
    ----------
    reply, delivery
        What is written, and where.
    inputs
        Hashes of what the answer is made of beside the scenario of its provenance.

    Raises
    ------
    UsageError
        If it has no table of the key that is asked for.
    RunError
        If a file or database cannot be written; then nothing has changed.
    """
    if isinstance(delivery.out, Database):
        command = str(click.get_current_context().command.name)
        options = {**asked_options(), **inputs}
        put_into(delivery.out, record_reply(reply, command=command, options=options))
        return
    write: dict[ReplyForm, Callable[[], str | bytes]] = {
        "table": lambda: _screen(reply, delivery),
        "csv": lambda: as_csv(_table(reply, delivery.table).frame),
        "json": lambda: reply_as_json(reply),
        "parquet": lambda: as_parquet(_table(reply, delivery.table).frame),
        "html": lambda: draw_reply_page(reply),
        "xlsx": lambda: draw_reply_book(reply),
    }
    put(write[delivery.form](), delivery.out)
