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
from urllib.parse import unquote

import polars as pl

from quotarisk.scenario.workbook import UnreadableFileError

# a second letter, since C:/ is a drive; also what only looks like an address but may hold secrets
ADDRESS = re.compile(r"\s*[A-Za-z][A-Za-z0-9+.-]+:(/|[A-Za-z][A-Za-z0-9+.-]+:|[^\\/]*@)")
SQLITE = "sqlite://"
HARMLESS = re.compile(r"(\[[0-9a-fA-F:.]+\]|[\w.-]*)(:\d+)?(/[\w.~%/-]*)?", re.ASCII)
MASK = "***"
UNANSWERED = "must be given by its database"
DRIVERS = ("connectorx", "pyarrow")
MOST_LETTERS = 300
LONG_SECRET = 4  # shorter ones are masked as words of their own only


@dataclass(frozen=True)
class Query:
    """What is asked of which database.

    Parameters
    ----------
    uri
        ``sqlite://crm.db``, ``postgresql://user:password@host/crm``; ``mask_address`` says how it
        may be shown.
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


def is_address(text: str) -> bool:
    """Is this the address of a database, not the name of a file?

    Examples
    --------
    >>> is_address("postgresql://host/crm"), is_address("C:/deals.csv")
    (True, False)
    """
    return ADDRESS.match(text) is not None


def _is_sqlite(uri: str) -> bool:
    return uri[: len(SQLITE)].casefold() == SQLITE


def _parts(uri: str) -> tuple[str, str]:
    """Split an address into its scheme and what follows the slashes."""
    scheme, _, rest = uri.partition(":")
    return scheme, rest.removeprefix("/").removeprefix("/")


def mask_address(uri: str) -> str:
    """How may an address be shown: without user name, password and options?

    Only what is surely none of these is left: a host, a port and the name of a database.

    Examples
    --------
    >>> mask_address("postgresql://ana:s3cret@db.example.com:5432/crm?sslmode=require")
    'postgresql://***@db.example.com:5432/crm'
    """
    if _is_sqlite(uri) or not is_address(uri):
        return uri
    scheme, rest = _parts(uri)
    if not re.match(r"\s*[^:]+:/", uri):  # what looks like a scheme may be a user's name
        return MASK
    users, at, host = rest.rpartition("@")
    shown = re.split(r"[?#;]", host, maxsplit=1)[0]
    if re.search(r"[?#;]", users) or not HARMLESS.fullmatch(shown):
        return f"{scheme}://{MASK}"
    return f"{scheme}://{MASK + at if at else ''}{shown}"


def _secrets(uri: str) -> list[str]:
    """Name what must not be shown of an address, the longest first."""
    rest = _parts(uri)[1]
    if mask_address(uri).endswith(MASK):  # which part of it is what cannot be told
        hidden = [rest, *re.split(r"[:@/?#;&=]", rest)]
    else:
        users, _, host = rest.rpartition("@")
        options = re.split(r"[?#;&]", host)[1:]
        # drivers split it where they like: each piece of it is hidden too
        hidden = [users, *users.split(":", 1), *re.split(r"[:@/]", users), *options]
        hidden += [option.partition("=")[2] for option in options]
    secrets = {secret for word in hidden for secret in (word, unquote(word))}
    return sorted(secrets - {""}, key=len, reverse=True)


def _refusal(error: BaseException, uri: str) -> UnreadableFileError:
    """Say what a driver said, on one line and without what must not be shown."""
    text = str(error).replace(uri, mask_address(uri))
    for secret in () if _is_sqlite(uri) else _secrets(uri):
        pattern = re.escape(secret)
        text = re.sub(
            pattern if len(secret) >= LONG_SECRET else rf"(?<!\w){pattern}(?!\w)", MASK, text
        )
    text = " ".join(text.split()) or type(error).__name__
    got = text if len(text) <= MOST_LETTERS else text[: MOST_LETTERS - 1] + "…"
    return UnreadableFileError(UNANSWERED, got=got)


def _ask_sqlite(query: Query, folder: Path) -> Answer:
    """Ask a SQLite file for what stands in its cells, by its own program and read-only.

    There every cell has a type of its own: a driver that takes the first for the whole column
    stops at 1000 followed by 1234.5, and at a column that begins with nothing.
    """
    name = unquote(query.uri[len(SQLITE) :])
    path = folder / name
    try:
        if not path.is_file():
            beside = folder / name.lstrip("/")
            hint = f"did you mean {SQLITE}{name.lstrip('/')}? A third slash begins a full path"
            raise UnreadableFileError(
                "must be there", got="no such file", hint=hint if beside.is_file() else ""
            )
        address = f"{path.absolute().as_uri()}?mode=ro"
        with closing(sqlite3.connect(address, uri=True)) as connection:
            cursor = connection.execute(query.sql)
            header = [column[0] for column in cursor.description or ()]
            return Answer(header, cursor.fetchall())
    except UnreadableFileError:
        raise
    except (sqlite3.Error, sqlite3.Warning, OSError, ValueError) as error:
        raise _refusal(error, query.uri) from None


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


def _plain(value: Any) -> Any:
    """Write a number of exact decimals as those of files are."""
    return float(value) if isinstance(value, Decimal) else value


def _ask_server(query: Query) -> Answer:
    _load_drivers()
    try:
        # the driver wraps it: a semicolon must not end it there, and a comment must end
        sql = query.sql.rstrip().rstrip(";") + "\n"
        frame = pl.read_database_uri(sql, query.uri, engine="connectorx")
        columns = [list(map(_plain, frame[name].to_list())) for name in frame.columns]
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:  # a panic of the driver is no Exception
        raise _refusal(error, query.uri) from None
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
    if "://" not in query.uri:
        raise UnreadableFileError("must have an address such as postgresql://host/crm")
    answer = _ask_sqlite(query, folder) if _is_sqlite(query.uri) else _ask_server(query)
    if not answer.header:
        raise UnreadableFileError(UNANSWERED, got="no columns")
    return answer
