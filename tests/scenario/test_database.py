# ruff: noqa: E501 - a message and what causes it stand on one line
from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from datetime import date, datetime
from decimal import Decimal
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import polars as pl
import pytest

from quotarisk.scenario import database
from quotarisk.scenario.address import is_address, mask_address
from quotarisk.scenario.database import Answer, Query, ask
from quotarisk.scenario.workbook import UnreadableFileError

SERVER = "postgresql://ana:s3cret@db.example.com:5432/crm"


@pytest.fixture
def no_knock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let servers be asked that are not there."""
    monkeypatch.setattr(database, "_knock", lambda uri: uri)


@pytest.fixture
def crm(tmp_path: Path) -> Path:
    """A SQLite file of the usual types, the first row of which holds little."""
    with closing(sqlite3.connect(tmp_path / "crm.db")) as connection:
        connection.execute(
            "create table deals (day date, clock timestamp, text varchar(9), count integer, money decimal(9, 2))"
        )
        connection.executemany(
            "insert into deals values (?, ?, ?, ?, ?)",
            [
                ("2026-01-02", None, "a", 1, None),
                ("2026-01-03", "2026-01-03 04:05:06", "b", None, 1000),
                ("", "2026-01-03T04:05:06Z", "c", 3, 1234.5),
            ],
        )
        connection.commit()
    return tmp_path / "crm.db"


def refusal(uri: str, sql: str, folder: Path = Path()) -> tuple[str, str, str]:
    """Ask what is not answered: what must be, what is, and the hint."""
    with pytest.raises(UnreadableFileError) as caught:
        ask(Query(uri, sql), folder=folder)
    return caught.value.must, caught.value.got, caught.value.hint


@pytest.mark.parametrize("uri", ["sqlite://crm.db", "SQLITE://./crm%2Edb", "sqlite://{full}"])
def test_cells_of_a_sqlite_file(crm: Path, uri: str) -> None:
    """Each cell of a SQLite file is what it is there, whatever the others of its column are."""
    query = Query(uri.format(full=crm), "select * from deals -- all of them")

    assert ask(query, folder=crm.parent) == Answer(
        ["day", "clock", "text", "count", "money"],
        [
            ("2026-01-02", None, "a", 1, None),
            ("2026-01-03", "2026-01-03 04:05:06", "b", None, 1000),
            ("", "2026-01-03T04:05:06Z", "c", 3, 1234.5),
        ],
    )


@pytest.mark.parametrize(
    ("sql", "got"),
    [
        ("select nope from deals", "no such column: nope"),
        ("selct", 'near "selct": syntax error'),
        ("delete from deals", "attempt to write a readonly database"),
        ("", "no columns"),
        ("select 1; select 2", "You can only execute one statement at a time."),
        ("select '" + "x" * 400, "unrecognized token: \"'" + "x" * 277 + "…"),
    ],
)
def test_queries_that_sqlite_refuses(crm: Path, sql: str, got: str) -> None:
    """A query that fails is told in the database's own words, and nothing is changed."""
    before = crm.read_bytes()

    assert ("must be given by its database", got, "") == refusal("sqlite://crm.db", sql, crm.parent)
    assert before == crm.read_bytes()


def test_no_sqlite_file(crm: Path) -> None:
    """A file that is not there is not made, and one that is beside is pointed to."""
    hint = "did you mean sqlite://crm.db? A third slash begins a full path"

    assert ("must be there", "no such file", "") == refusal("sqlite://no.db", "", crm.parent)
    assert ("must be there", "no such file", hint) == refusal("sqlite:///crm.db", "", crm.parent)
    assert [crm] == list(crm.parent.iterdir())


def test_files_that_are_no_databases(crm: Path) -> None:
    """A file that SQLite cannot read, or the system cannot open, is refused."""
    crm.write_text("deal,rep\n" * 200)

    assert "file is not a database" == refusal("sqlite://crm.db", "select * from t", crm.parent)[1]
    assert refusal(f"sqlite://{'a' * 300}", "select 1")[1].endswith("a…")


def test_the_driver_reads_typed_columns(crm: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Through the driver dates are dates, and a query may end in a semicolon or a remark."""
    monkeypatch.setattr(database, "is_sqlite", lambda _: False)  # there is no other database here
    rows = "from deals where count is null or money is null"

    for end in ("; ", " -- the first two"):
        query = Query(f"sqlite://{crm}", f"select day, clock, text, count {rows}{end}")
        assert ask(query, folder=Path()) == Answer(
            ["day", "clock", "text", "count"],
            [
                (date(2026, 1, 2), None, "a", 1),
                (date(2026, 1, 3), datetime(2026, 1, 3, 4, 5, 6), "b", None),
            ],
        )


def test_the_driver_refuses(crm: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the driver says of a query is told."""
    monkeypatch.setattr(database, "is_sqlite", lambda _: False)

    got = refusal(f"sqlite://{crm}", "select nope from deals")[1]
    assert got.startswith("no such column: nope")


@pytest.mark.usefixtures("no_knock")
def test_decimals_are_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Decimals of a database are numbers like any other."""
    frame = pl.DataFrame({"amount": [Decimal("1234.50"), None]})
    monkeypatch.setattr(pl, "read_database_uri", lambda *_, **__: frame)

    assert Answer(["amount"], [(1234.5,), (None,)]) == ask(Query(SERVER, "q"), folder=Path())


class Panic(BaseException):
    """As the driver's own panics are: no Exception."""


@pytest.mark.usefixtures("no_knock")
@pytest.mark.parametrize(
    ("uri", "said", "got"),
    [
        (SERVER, RuntimeError(f"cannot reach\n {SERVER}"), "cannot reach postgresql://***@db.example.com:5432/crm"),
        (SERVER, Panic('no user "ana", password s3cret'), 'no user "***", password ***'),
        (SERVER, Panic("ana asked for bananas"), "*** asked for bananas"),
        (SERVER, Panic(""), "Panic"),
        ("mysql://ana:p%40ss@h/crm", ValueError("p@ss, not p%40ss"), "***, not ***"),
        ("mysql://ana:p@ss:w@h/crm", ValueError("not p@ss:w"), "not ***"),
        ("mysql://h/crm?user=ana&password=s3cret", ValueError("ana: s3cret of crm"), "***: *** of crm"),
        ("mysql://h/crm?password=a@s3cret", ValueError("s3cret of crm?"), "*** of ***?"),
        ("mysql://ana:pre@s3cret/x@h/crm", ValueError("no host s3cret:3306"), "no host ***:3306"),
    ],
)  # fmt: skip
def test_no_secret_is_told(
    monkeypatch: pytest.MonkeyPatch, uri: str, said: BaseException, got: str
) -> None:
    """What a driver says is told without the user names, passwords and options of the address."""

    def fail(*_: Any, **__: Any) -> None:
        raise said

    monkeypatch.setattr(pl, "read_database_uri", fail)
    assert ("must be given by its database", got, "") == refusal(uri, "select 1")
    assert "s3cret" not in repr(Query(uri, "select 1"))


@pytest.mark.usefixtures("no_knock")
@pytest.mark.parametrize("stop", [KeyboardInterrupt, SystemExit])
def test_who_stops_is_heard(monkeypatch: pytest.MonkeyPatch, stop: type[BaseException]) -> None:
    """An interrupt is no refusal of the database."""

    def interrupt(*_: Any, **__: Any) -> None:
        raise stop

    monkeypatch.setattr(pl, "read_database_uri", interrupt)
    with pytest.raises(stop):
        ask(Query(SERVER, "select 1"), folder=Path())


@pytest.mark.parametrize("missing", ["connectorx", "pyarrow"])
@pytest.mark.parametrize("log", [None, "debug"])
def test_without_the_extra(monkeypatch: pytest.MonkeyPatch, missing: str, log: str | None) -> None:
    """Without the extra it is said how to install it; the log's setting stays as it was."""

    def find(name: str) -> Any:
        assert "off" == os.environ["RUST_LOG"]
        if name == missing:
            raise ImportError(name)
        return import_module(name)

    monkeypatch.delenv("RUST_LOG", raising=False)
    if log:
        monkeypatch.setenv("RUST_LOG", log)
    monkeypatch.setattr(database, "import_module", find)

    expected = (f"must be read with {missing}", "no such package", "pip install 'quotarisk[db]'")
    assert expected == refusal(SERVER, "select 1")
    assert log == os.environ.get("RUST_LOG")


def test_an_address_with_one_slash() -> None:
    """What only begins as an address is refused, and not shown."""
    must, got, _ = refusal("postgresql:/ana:s3cret@h/crm", "select 1")

    assert ("must have an address such as postgresql://host/crm", "") == (must, got)


@pytest.mark.parametrize(
    ("uri", "shown"),
    [
        ("postgresql://db.example.com:5432/crm", None),
        ("postgresql://[::1]:5432/crm", None),
        ("sqlite:///srv/a@b/crm.db", None),
        ("deals@b.csv", None),
        ("bigquery:///srv/key.json", None),
        (SERVER, "postgresql://***@db.example.com:5432/crm"),
        ("postgresql:/ana:s3cret@h/crm", "postgresql://***@h/crm"),
        ("postgresql://ana@h/crm", "postgresql://***@h/crm"),
        ("postgresql://ana:s3cr@t@h/crm", "postgresql://***@h/crm"),
        ("postgresql://ana:s/cr@h/crm", "postgresql://***@h/crm"),
        ("mssql://h/crm;user=ana;password=s3cret", "mssql://h/crm"),
        ("mysql://h/crm?password=s3cret#x", "mysql://h/crm"),
        ("mysql://h/crm?password=s3@cret", "mysql://***"),
        ("mysql://ana:s?cret@h/crm", "mysql://***"),
        ("mysql://ana:s3cret", "mysql://***"),
        (" postgresql://ana:s3cret@h/crm", " postgresql://***@h/crm"),
        ("jdbc:postgresql://ana:s3cret@h/crm", "***"),
        ("postgresql:ana:s3cret@h/crm", "***"),
        ("ana:s3cret@h/crm", "***"),
    ],
)
def test_addresses_as_they_are_shown(uri: str, shown: str | None) -> None:
    """Of an address only what is surely no secret is shown."""
    assert (shown or uri) == mask_address(uri)


def test_files_are_no_addresses() -> None:
    """A drive of Windows and a sheet of a workbook are no databases."""
    names = ["C:/deals.csv", "deals.csv", "book.xlsx#a://b", "/srv/deals.csv", ""]

    assert [False] * 5 == list(map(is_address, names))


class Library:
    """PostgreSQL's own library, as far as it is asked here."""

    class ProgrammingError(Exception):
        """An address that it does not understand."""

    class OperationalError(Exception):
        """A server that lets nobody in."""

    def __init__(self, answer: Exception | tuple[str, str]) -> None:
        self.answer = answer

    def connect(self, uri: str, *, connect_timeout: int) -> Any:
        """Open a connection, which tells as whom."""
        assert uri.startswith("postgres")
        assert connect_timeout > 0
        if isinstance(self.answer, Exception):
            raise self.answer
        user, password = self.answer
        info = SimpleNamespace(user=user, password=password)
        return SimpleNamespace(info=info, close=lambda: None)


@pytest.mark.parametrize(
    ("told", "answer", "asked"),
    [
        (SERVER, ("ana", "s3cret"), SERVER),
        ("postgresql://h/crm", ("ana", ""), "postgresql://h/crm"),
        ("postgresql://h:1/crm?a=b@c", ("a@a", "p/w"), "postgresql://a%40a:p%2Fw@h:1/crm?a=b@c"),
        ("postgres://ana@[::1]/crm", ("ana", "p"), "postgres://ana:p@[::1]/crm"),
        ("postgresql://h/crm?x=1", Library.ProgrammingError("x"), "postgresql://h/crm?x=1"),
        ("postgresql://h/crm", None, "postgresql://h/crm"),
        ("mysql://h/crm", AssertionError("nobody asks"), "mysql://h/crm"),
    ],
)
def test_who_asks_a_server(
    monkeypatch: pytest.MonkeyPatch, told: str, answer: Any, asked: str
) -> None:
    """What PostgreSQL's own library knows of user and password connectorx is told."""

    def find(name: str) -> Any:
        if name != "psycopg":
            return import_module(name)
        if answer is None:
            raise ImportError(name)
        return Library(answer)

    def read(_: str, uri: str, **__: Any) -> pl.DataFrame:
        assert asked == uri
        return pl.DataFrame({"n": [1]})

    monkeypatch.setattr(database, "import_module", find)
    monkeypatch.setattr(pl, "read_database_uri", read)
    assert Answer(["n"], [(1,)]) == ask(Query(told, "select 1 as n"), folder=Path())


def test_a_server_that_lets_nobody_in(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the library says is told without user and password."""
    monkeypatch.setattr(
        database, "import_module", lambda _: Library(Library.OperationalError("not ana\n(s3cret)"))
    )

    assert "not *** (***)" == refusal(SERVER, "select 1")[1]
