"""Answers in a database: a run's rows in one transaction, whole or not at all."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from quotarisk.errors import ArgumentError, RunError
from quotarisk.reporting.run_record import ROW, RUN_ID, RUNS, RunRecord
from quotarisk.scenario.address import (
    fill_in,
    is_sqlite,
    mask_address,
    sqlite_file,
    without_secrets,
)
from quotarisk.scenario.workbook import UnreadableFileError
from quotarisk.wording import list_names

if TYPE_CHECKING:
    from sqlalchemy import Column, Connection, Engine, MetaData, Table
    from sqlalchemy.types import TypeEngine

SERVERS = ("postgresql", "postgres")
DRIVERS = ("sqlalchemy", "pandas", "pyarrow")  # as polars' write_database needs them
SERVER_DRIVER = "psycopg"
PATIENCE = 30  # seconds until a server must have answered, or another run have written
TURN = 0x71756F7461  # the lock that runs wait for, so that none creates what another does
WRITTEN_AT = "written_at"


class _RefusedError(Exception):
    """A table that is there already is not the answer's."""


def _place(uri: str) -> str:
    """Take the variables' values; refuse what no answer can be written to.

    Raises
    ------
    ArgumentError
        If it is no address of PostgreSQL or SQLite, or a variable is not set.
    """
    shown = mask_address(uri)
    try:
        filled = fill_in(uri).strip()
    except UnreadableFileError as error:
        raise ArgumentError(f"the database {error.must}, got {error.got} ({shown})") from None
    if not is_sqlite(filled) and filled.partition("://")[0].casefold() not in SERVERS:
        raise ArgumentError(
            "the database must be PostgreSQL or SQLite, such as postgresql://host/results or "
            f"sqlite://results.db, got {shown}"
        )
    return filled


def _load_drivers(uri: str, *, shown: str) -> None:
    for driver in DRIVERS if is_sqlite(uri) else (*DRIVERS, SERVER_DRIVER):
        try:
            import_module(driver)
        except ImportError:
            raise RunError(
                f"{shown} must be written with {driver}, got no such package; "
                "pip install 'quotarisk[db]'"
            ) from None


def _sqlite_engine(path: Path) -> Engine:
    """Open a file so that tables are made within the transaction too."""
    from sqlalchemy import URL, NullPool, create_engine, event

    engine = create_engine(
        URL.create("sqlite", database=str(path.absolute())),
        poolclass=NullPool,
        hide_parameters=True,
        connect_args={"timeout": PATIENCE},
    )

    @event.listens_for(engine, "connect")
    def _(connection: sqlite3.Connection, __: object) -> None:
        connection.isolation_level = None  # Python's own transactions begin after tables are made
        connection.execute("pragma foreign_keys = on")

    @event.listens_for(engine, "begin")
    def _(connection: Connection) -> None:
        connection.exec_driver_sql("begin immediate")

    return engine


def _server_engine(uri: str) -> Engine:
    from sqlalchemy import NullPool, create_engine, make_url

    url = make_url(uri).set(drivername=f"postgresql+{SERVER_DRIVER}")
    patience = {} if "connect_timeout" in url.query else {"connect_timeout": PATIENCE}
    return create_engine(url, poolclass=NullPool, hide_parameters=True, connect_args=patience)


@contextmanager
def _transaction(uri: str, *, shown: str) -> Iterator[Connection]:
    """Hold a transaction: what is done in it is done as a whole, or not at all.

    Raises
    ------
    RunError
        If the database cannot be reached, refuses, or is lost; then nothing has changed.
    """
    from sqlalchemy.exc import DBAPIError, SQLAlchemyError

    path = sqlite_file(uri, Path()) if is_sqlite(uri) else None
    is_new = path is not None and not path.exists()
    if path is not None and not path.parent.is_dir():
        raise RunError(f"{shown} cannot be written: there is no folder {path.parent}")
    try:
        engine = _server_engine(uri) if path is None else _sqlite_engine(path)
        with engine.begin() as connection:
            if path is None:
                connection.exec_driver_sql(f"select pg_advisory_xact_lock({TURN})")
            yield connection
    except _RefusedError as error:
        raise RunError(f"{shown} cannot be written: {error}; nothing was written") from None
    except (SQLAlchemyError, ValueError) as error:
        told = error.orig if isinstance(error, DBAPIError) and error.orig else error
        said = without_secrets(str(told), uri).rstrip(".") or type(told).__name__
        raise RunError(f"{shown} cannot be written: {said}; nothing was written") from None
    finally:
        if path is not None and is_new and path.exists() and not path.stat().st_size:
            path.unlink()


def check_database(uri: str) -> None:
    """Can answers be written to a database? Asked before a long run, not after it.

    Parameters
    ----------
    uri
        As `write_run` takes it.

    Raises
    ------
    ArgumentError
        If it is no address of PostgreSQL or SQLite, or a variable in it is not set.
    RunError
        If it cannot be reached, or a package is missing.
    """
    filled, shown = _place(uri), mask_address(uri)
    _load_drivers(filled, shown=shown)
    with _transaction(filled, shown=shown) as connection:
        import_module("sqlalchemy").inspect(connection).has_table(RUNS)
        connection.rollback()


def _type_of(dtype: pl.DataType) -> TypeEngine[Any]:
    import sqlalchemy as sa

    types: Mapping[type[pl.DataType], TypeEngine[Any]] = {
        pl.Boolean: sa.Boolean(),
        pl.Int64: sa.BigInteger(),
        pl.Float64: sa.Double(),
        pl.String: sa.Text(),
    }
    return types[dtype.base_type()]


def _kind(told: TypeEngine[Any]) -> str:
    """Say what a column holds, in words that are the same for every database."""
    import sqlalchemy as sa

    for kind, word in (
        (sa.Boolean, "boolean"),
        (sa.Integer, "whole numbers"),
        (sa.Numeric | sa.Float, "numbers"),
        (sa.String, "text"),
    ):
        if isinstance(told, kind):
            return word
    return str(told).lower()


def _columns(name: str, frame: pl.DataFrame) -> list[Column[Any]]:
    """List what a table has: the answer's columns, its keys, and when it was written."""
    import sqlalchemy as sa

    keys = (RUN_ID, ROW) if ROW in frame.columns else (RUN_ID,)
    columns = [
        sa.Column(
            column,
            _type_of(dtype),
            *(
                [sa.ForeignKey(f"{RUNS}.{RUN_ID}", ondelete="cascade")]
                if column == RUN_ID and name != RUNS
                else []
            ),
            primary_key=column in keys,
            autoincrement=False,
            nullable=column not in keys,
        )
        for column, dtype in frame.schema.items()
    ]
    if name == RUNS:
        now = sa.func.current_timestamp()
        columns.append(
            sa.Column(WRITTEN_AT, sa.DateTime(timezone=True), server_default=now, nullable=False)
        )
    return columns


def _check_columns(connection: Connection, table: Table) -> None:
    """Refuse a table that is there and has other columns than the answer.

    Raises
    ------
    _RefusedError
        With all that is other.
    """
    import sqlalchemy as sa

    found = {
        str(column["name"]): _kind(column["type"])
        for column in sa.inspect(connection).get_columns(table.name)
    }
    wanted = {column.name: _kind(column.type) for column in table.columns}
    if WRITTEN_AT in found and WRITTEN_AT in wanted:  # text in SQLite, a moment in PostgreSQL
        found[WRITTEN_AT] = wanted[WRITTEN_AT]
    missing = [name for name in wanted if name not in found]
    more = [name for name in found if name not in wanted]
    other = [
        f"{name} has {found[name]}, not {kind}"
        for name, kind in wanted.items()
        if name in found and found[name] != kind
    ]
    told = [
        *([f"{list_names(missing)} missing"] if missing else []),
        *([f"{list_names(more)} unknown"] if more else []),
        *other,
    ]
    if told:
        raise _RefusedError(
            f"its table {table.name} must have the columns of the answer, got "
            f"{'; '.join(told)}; rename the table or alter it"
        )


def _make_tables(
    connection: Connection, frames: Mapping[str, pl.DataFrame], metadata: MetaData
) -> list[Table]:
    """Make the tables that are not there; those that are must be the answer's."""
    import sqlalchemy as sa

    tables = [sa.Table(name, metadata, *_columns(name, frame)) for name, frame in frames.items()]
    inspector = sa.inspect(connection)
    for table in tables:
        if inspector.has_table(table.name):
            _check_columns(connection, table)
        else:
            table.create(connection)
    return tables


def write_run(record: RunRecord, uri: str) -> str:
    """Which rows of which tables are a run's? They are written in one transaction.

    Tables are made where they are not there. Rows of the same run that were written before are
    replaced, so that it does no harm to write a run again. ``quotarisk_runs`` has a row a run,
    and deleting that deletes all rows of the run.

    Parameters
    ----------
    record
        The run.
    uri
        ``postgresql://user:password@host/results``, ``sqlite://results.db`` (a file here) or
        ``sqlite:///srv/results.db``; ``${NAME}`` in it stands for a variable of the environment.

    Returns
    -------
    str
        The run's id: the same for the same scenario, seed, paths, version, command and options.

    Raises
    ------
    ArgumentError
        If it is no address of PostgreSQL or SQLite, or a variable in it is not set.
    RunError
        If it cannot be reached or is lost, a package is missing, or a table that is there has
        other columns; then nothing has changed.
    """
    filled, shown, frames = _place(uri), mask_address(uri), record.frames
    _load_drivers(filled, shown=shown)
    import sqlalchemy as sa

    with _transaction(filled, shown=shown) as connection:
        tables = _make_tables(connection, frames, sa.MetaData())
        for table in reversed(tables):  # what refers to a run goes before the run
            connection.execute(sa.delete(table).where(table.c[RUN_ID] == record.run_id))
        for table, frame in zip(tables, frames.values(), strict=True):
            # on a connection of ours polars stays within its transaction
            types = {column.name: column.type for column in table.columns}
            frame.write_database(
                table.name,
                connection,
                if_table_exists="append",
                engine="sqlalchemy",
                engine_options={"dtype": {name: types[name] for name in frame.columns}},
            )
    return record.run_id
