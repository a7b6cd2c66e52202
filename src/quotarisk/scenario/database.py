"""A query to a database, and its rows; who may ask it is shown to nobody."""

from __future__ import annotations

import os
import re
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field
from decimal import Decimal
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.parse import quote

import polars as pl

from quotarisk.scenario.address import SQLITE, fill_in, is_sqlite, sqlite_file, without_secrets
from quotarisk.scenario.workbook import UnreadableFileError

UNANSWERED = "must be given by its database"
DRIVERS = ("connectorx", "pyarrow")
POSTGRESQL = ("postgresql://", "postgres://")
PATIENCE = 30  # seconds until a server must have answered, as connectorx has


@dataclass(frozen=True)
class Query:
    """What is asked of which database.

    Parameters
    ----------
    uri
        ``sqlite://crm.db``, ``postgresql://${CRM_USER}:${CRM_PASSWORD}@host/crm``; ``fill_in``
        says what it stands for, ``mask_address`` how it may be shown.
    sql
        What is asked.
    """

    uri: str = field(repr=False)
    sql: str


@dataclass(frozen=True)
class Answer:
    """Rows that a database gave: the names of the columns, and the cells."""

    header: Sequence[str]
    rows: Sequence[Sequence[Any]]


def _refusal(error: BaseException, uri: str) -> UnreadableFileError:
    """Say what a driver said, without what must not be shown."""
    got = without_secrets(str(error), uri) or type(error).__name__
    return UnreadableFileError(UNANSWERED, got=got)


def _ask_sqlite(uri: str, sql: str, folder: Path) -> Answer:
    """Ask a SQLite file for what stands in its cells, by its own program and read-only.

    There every cell has a type of its own: a driver that takes the first for the whole column
    stops at 1000 followed by 1234.5, and at a column that begins with nothing.
    """
    path = sqlite_file(uri, folder)
    try:
        if not path.is_file():
            name = uri[len(SQLITE) :].lstrip("/")
            hint = f"did you mean {SQLITE}{name}? A third slash begins a full path"
            beside = sqlite_file(SQLITE + name, folder)
            raise UnreadableFileError(
                "must be there", got="no such file", hint=hint if beside.is_file() else ""
            )
        address = f"{path.absolute().as_uri()}?mode=ro"
        with closing(sqlite3.connect(address, uri=True)) as connection:
            cursor = connection.execute(sql)
            header = [column[0] for column in cursor.description or ()]
            return Answer(header, cursor.fetchall())
    except UnreadableFileError:
        raise
    except (sqlite3.Error, sqlite3.Warning, OSError, ValueError) as error:
        raise _refusal(error, uri) from None


def _load_drivers() -> None:
    """Import what is needed, so that it is quiet: its log would tell user names."""
    before = os.environ.get("RUST_LOG")
    os.environ["RUST_LOG"] = "off"
    try:
        for driver in DRIVERS:
            import_module(driver)
    except ImportError:
        raise UnreadableFileError(
            f"must be read with {driver}",
            got="no such package",
            hint="pip install 'quotarisk[db]'",
        ) from None
    finally:
        del os.environ["RUST_LOG"]
        if before is not None:
            os.environ["RUST_LOG"] = before


def _knock(uri: str) -> str:
    """Ask PostgreSQL's own library whether the server lets one in, and as whom.

    It says at once why not, where connectorx tries again for half a minute; and it knows
    PGUSER, PGPASSWORD and .pgpass, which connectorx does not. Options that are connectorx's own
    it does not know: then connectorx is asked without it.
    """
    try:
        psycopg = import_module("psycopg")
    except ImportError:
        return uri
    try:
        with closing(psycopg.connect(uri, connect_timeout=PATIENCE)) as connection:
            user, password = connection.info.user, connection.info.password
    except psycopg.ProgrammingError:
        return uri
    except psycopg.OperationalError as error:
        raise _refusal(error, uri) from None
    scheme, _, rest = uri.partition("://")
    users, at, _ = re.split(r"[/?#]", rest, maxsplit=1)[0].rpartition("@")
    if ":" in users or not password:
        return uri
    place = rest[len(users + at) :]
    return f"{scheme}://{quote(user, safe='')}:{quote(password, safe='')}@{place}"


def _plain(value: Any) -> Any:
    """Write a number of exact decimals as those of files are."""
    return float(value) if isinstance(value, Decimal) else value


def _ask_server(uri: str, sql: str) -> Answer:
    _load_drivers()
    if uri.strip().casefold().startswith(POSTGRESQL):
        uri = _knock(uri.strip())
    try:
        # the driver wraps it: a semicolon must not end it there, and a comment must end
        frame = pl.read_database_uri(sql.rstrip().rstrip(";") + "\n", uri, engine="connectorx")
        columns = [list(map(_plain, frame[name].to_list())) for name in frame.columns]
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:  # a panic of the driver is no Exception
        raise _refusal(error, uri) from None
    return Answer(frame.columns, list(zip(*columns, strict=True)))


def ask(query: Query, *, folder: Path) -> Answer:
    """What does a database answer?

    Parameters
    ----------
    query
        What is asked, and of which database. A SQLite file is opened read-only, by Python
        itself; any other database through connectorx, of the extra ``db``.
    folder
        Where the path of a SQLite file such as ``sqlite://crm.db`` begins; that of
        ``sqlite:///srv/crm.db`` is a full one.

    Raises
    ------
    UnreadableFileError
        If it does not answer: with its own words, but for user names and passwords.
    """
    uri = fill_in(query.uri)
    if "://" not in uri:
        raise UnreadableFileError("must have an address such as postgresql://host/crm")
    answer = _ask_sqlite(uri, query.sql, folder) if is_sqlite(uri) else _ask_server(uri, query.sql)
    if not answer.header:
        raise UnreadableFileError(UNANSWERED, got="no columns")
    return answer
