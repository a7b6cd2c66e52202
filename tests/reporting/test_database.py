# ruff: noqa: E501 - what is made and what is said of it stand on one line
from __future__ import annotations

import sqlite3
from contextlib import closing
from importlib import import_module
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import sqlalchemy as sa

from quotarisk.errors import ArgumentError, RunError
from quotarisk.reporting import database
from quotarisk.reporting.database import check_database, write_run
from quotarisk.reporting.run_record import RunRecord
from tests.reporting.replies import SOURCE, reply, stress_frame

SERVER = "postgresql://ana:s3cret@h.example/crm"
ODD = pl.DataFrame(
    {
        "name": ["Ana", "=1+1", "o'x"],
        "<50": [0.1, None, float("nan")],
        "p%q (x)": [None, None, 0.5],
        "has": [True, None, False],
        "left": pl.Series([None] * 3, dtype=pl.String),
    }
)


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Be in a folder of one's own."""
    monkeypatch.chdir(tmp_path)


def record(rows: int = 3, **tables: pl.DataFrame) -> RunRecord:
    """Keep a run of two tables, or of those that are given."""
    told = tables or {"attainment": stress_frame(rows), "cadence": ODD}
    return RunRecord("run", {}, SOURCE, "USD", "Exposure only.", reply().cautions, told)


def rows(sql: str, file: str = "results.db") -> list[Any]:
    """Ask the file."""
    with closing(sqlite3.connect(file)) as connection:
        return connection.execute(sql).fetchall()


def test_a_run_is_written(tmp_path: Path) -> None:
    """All tables are there as they were, with the run's id; a full path is one."""
    run_id = write_run(record(), "sqlite://results.db")

    kept = rows('select name, "<50", "p%q (x)", has, "left" from quotarisk_cadence order by row_no')
    assert [
        ("Ana", 0.1, None, 1, None),
        ("=1+1", None, None, None, None),
        ("o'x", None, 0.5, 0, None),
    ] == kept
    assert [(run_id, 3)] == rows("select run_id, count(*) from quotarisk_attainment")
    assert [(1,)] == rows("select count(*) from quotarisk_runs where written_at > '2020'")
    assert run_id == write_run(record(), f"sqlite://{tmp_path}/other.db")
    assert [(6,)] == rows("select count(*) from quotarisk_cautions", "other.db")


def test_a_run_is_written_again() -> None:
    """Rows of the same run are replaced, all of them; those of others stay."""
    other = RunRecord("quotas", {}, SOURCE, "USD", "", (), {"quotas": stress_frame(2)})
    for kept in (record(9), other, record(3), record(3)):
        write_run(kept, "sqlite://results.db")

    assert [(3,)] == rows("select count(*) from quotarisk_attainment")
    assert [(2,)] == rows("select count(*) from quotarisk_quotas")
    assert [("quotas",), ("run",)] == rows("select command from quotarisk_runs order by 1")


def test_no_rows() -> None:
    """A table without rows is made all the same, with the types that it will need."""
    write_run(record(attainment=stress_frame().head(0), cadence=ODD.head(0)), "sqlite://results.db")
    write_run(record(), "sqlite://results.db")

    assert [(3,)] == rows("select count(*) from quotarisk_cadence")


def test_a_table_that_fails() -> None:
    """Where the second table cannot be written the first is not there either."""
    write_run(record(1), "sqlite://results.db")
    before = rows("select * from quotarisk_attainment"), rows("select * from quotarisk_runs")
    with closing(sqlite3.connect("results.db")) as connection:
        connection.execute(
            "create trigger full before insert on quotarisk_cadence "
            "begin select raise(abort, 'the disk is full'); end"
        )
    with pytest.raises(RunError) as caught:
        write_run(record(5), "sqlite://results.db")

    expected = "sqlite://results.db cannot be written: the disk is full; nothing was written"
    assert expected == str(caught.value)
    assert before == (
        rows("select * from quotarisk_attainment"),
        rows("select * from quotarisk_runs"),
    )


def test_a_first_run_that_fails(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Where nothing can be written not even an empty file is left."""

    def fail(frame: pl.DataFrame, *_: Any, **__: Any) -> int:
        assert not frame.is_empty()
        raise ValueError("no room")

    monkeypatch.setattr(pl.DataFrame, "write_database", fail)
    with pytest.raises(RunError, match="no room; nothing was written"):
        write_run(record(), "sqlite://results.db")
    assert [] == list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("made", "got"),
    [
        ("create table quotarisk_cadence (run_id text, row_no integer, name text, has boolean, \"left\" text, \"<50\" double)", "p%q (x) missing"),
        ("create table quotarisk_cadence (run_id text, row_no integer, name date, has boolean, \"left\" text, \"<50\" double, \"p%q (x)\" double, grade text)", "grade unknown; name has date, not text"),
        ("create table quotarisk_runs (run_id text, written_at text)", "command, options, scenario and 6 others missing"),
    ],
)  # fmt: skip
def test_another_table(made: str, got: str) -> None:
    """A table that has other columns is refused, with all that is other, and left as it is."""
    with closing(sqlite3.connect("results.db")) as connection:
        connection.execute(made)
    before = Path("results.db").read_bytes()
    with pytest.raises(RunError) as caught:
        write_run(record(), "sqlite://results.db")

    told = str(caught.value)
    assert "must have the columns of the answer" in told
    assert f", got {got}; rename the table or alter it; nothing was written" in told
    assert before == Path("results.db").read_bytes()


def test_a_table_of_the_owners_own() -> None:
    """A table that somebody made with the same columns will do, with no key in it."""
    write_run(record(), "sqlite://results.db")
    with closing(sqlite3.connect("results.db")) as connection:
        connection.execute("create table copy as select * from quotarisk_cadence")
        connection.execute("drop table quotarisk_cadence")
        (made,) = connection.execute("select sql from sqlite_master where name='copy'").fetchone()
        connection.execute("drop table copy")
        kinds = {"INT": "BIGINT", "NUM": "BOOLEAN", "REAL": "DOUBLE"}
        for old, new in kinds.items():
            made = made.replace(f" {old}", f" {new}")
        connection.execute(
            made.replace("copy", "quotarisk_cadence").replace("has BIGINT", "has BOOLEAN")
        )
    for _ in range(2):
        write_run(record(), "sqlite://results.db")

    assert [(3,)] == rows("select count(*) from quotarisk_cadence")


@pytest.mark.parametrize(
    ("uri", "kind", "expected"),
    [
        ("mysql://ana:s3cret@h/crm", ArgumentError, "the database must be PostgreSQL or SQLite, such as postgresql://host/results or sqlite://results.db, got mysql://***@h/crm"),
        ("s3://sales/a.parquet", ArgumentError, "got s3://sales/a.parquet"),
        ("postgresql://${NO_USER}@h/crm", ArgumentError, "the database must have an address whose variables are set, got no NO_USER in the environment (postgresql://***@h/crm)"),
        ("sqlite://no/results.db", RunError, "sqlite://no/results.db cannot be written: there is no folder no"),
        ("sqlite://notes.txt", RunError, "sqlite://notes.txt cannot be written: file is not a database; nothing"),
        ("postgresql://ana:s3cret@127.0.0.1:1/crm", RunError, "postgresql://***@127.0.0.1:1/crm cannot be written: connection failed"),
        ("postgresql://ana:s3cret@h:x/crm", RunError, "postgresql://*** cannot be written: "),
    ],
)  # fmt: skip
def test_places_that_cannot_be_written(
    uri: str, kind: type[Exception], expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A place that cannot be written is told before the run, without user and password."""
    monkeypatch.delenv("NO_USER", raising=False)
    Path("notes.txt").write_text("no database\n" * 100)
    for attempt in (check_database, lambda told: write_run(record(), told)):
        with pytest.raises(kind) as caught:
            attempt(uri)
        assert expected in str(caught.value)
        assert "s3cret" not in str(caught.value)
        assert "ana" not in str(caught.value)


def test_checking_leaves_no_trace(tmp_path: Path) -> None:
    """Looking whether a file can be written does not make it."""
    check_database("sqlite://results.db")
    assert [] == list(tmp_path.iterdir())

    write_run(record(), "sqlite://results.db")
    before = Path("results.db").read_bytes()
    check_database("sqlite://results.db")
    assert before == Path("results.db").read_bytes()


@pytest.mark.parametrize(
    ("missing", "uri"),
    [("sqlalchemy", "sqlite://a.db"), ("pandas", "sqlite://a.db"), ("psycopg", SERVER)],
)
def test_without_the_extra(monkeypatch: pytest.MonkeyPatch, missing: str, uri: str) -> None:
    """Without the extra it is said how to install it."""

    def find(name: str) -> Any:
        if name == missing:
            raise ImportError(name)
        return import_module(name)

    monkeypatch.setattr(database, "import_module", find)
    with pytest.raises(RunError, match=rf"written with {missing}, .*pip install 'quotarisk\[db\]'"):
        check_database(uri)


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Let a SQLite file stand in for a server; what it is asked for turns is noted."""
    asked: list[int] = []

    def open_file(uri: str) -> sa.Engine:
        assert SERVER == uri
        engine = database._sqlite_engine(tmp_path / "server.db")

        @sa.event.listens_for(engine, "connect")
        def _(connection: sqlite3.Connection, __: object) -> None:
            connection.create_function("pg_advisory_xact_lock", 1, asked.append)

        return engine

    monkeypatch.setattr(database, "_server_engine", open_file)
    return asked


def test_runs_wait_for_their_turn(server: list[int]) -> None:
    """On a server a run waits until no other writes."""
    write_run(record(), SERVER)

    assert [database.TURN] == server
    assert [(3,)] == rows("select count(*) from quotarisk_attainment", "server.db")


@pytest.mark.parametrize(
    ("uri", "query"),
    [(SERVER, {}), (f"{SERVER}?connect_timeout=5", {"connect_timeout": "5"})],
)
def test_a_server_that_does_not_answer(uri: str, query: dict[str, str]) -> None:
    """A server is not waited for without end, unless the address says how long."""
    engine = database._server_engine(uri)

    assert ("postgresql", "psycopg") == (engine.dialect.name, engine.dialect.driver)
    assert query == dict(engine.url.query)
    assert "s3cret" not in repr(engine)
