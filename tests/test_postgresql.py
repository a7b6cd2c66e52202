"""A real PostgreSQL: what is read from it and written to it, and what it never tells."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import polars as pl
import psycopg
import pytest
from click.testing import CliRunner, Result

import quotarisk as qr
from quotarisk.cli.main import main
from quotarisk.reporting.database import write_run
from quotarisk.reporting.run_record import RunRecord
from tests.postgresql import PASSWORD, USER, Server, run_server
from tests.reporting.replies import SOURCE, stress_frame

Run = Callable[..., Result]
TEAM = """
name = "Starter"
start = 2027-01-01
quota_table = { uri = "URI", query = "select rep, 'month' as cadence, null::text as period, quota from quotas" }
open_deals = { uri = "URI", query = "select deal, rep, segment, amount, created from deals order by deal" }
booked = { uri = "URI", query = "select rep, day as date, amount from booked -- to date" }

[segments.small]
opps_per_week = 2.0
win_rate = 0.3
deal_size = { median = 8_000, p90 = 17_000 }
won_cycle_days = { median = 30, p90 = 70 }

[[reps]]
name = "Ana"

[[reps]]
name = "Ben"
"""  # noqa: E501 - a query stands on one line
TABLES = """
create table quotas (rep text, quota numeric(12, 2));
insert into quotas values ('Ana', 20000), ('Ben', 60000.50);
create table deals (
    deal uuid primary key, rep varchar(9), segment text, amount numeric(12, 2),
    created timestamptz
);
insert into deals values
    ('00000000-0000-0000-0000-000000000001', 'Ana', 'small', null, '2026-12-01'),
    ('00000000-0000-0000-0000-000000000002', 'Ben', 'small', 1234.5, '2026-11-20 10:00Z');
create table booked (rep text, day date, amount double precision);
insert into booked values ('Ben', '2027-01-01', 5000);
"""


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """A server with a team's quotas, open deals and bookings."""
    with run_server() as running:
        with psycopg.connect(running.uri, autocommit=True) as connection:
            connection.execute(TABLES)
        yield running


@pytest.fixture
def ask(server: Server) -> Callable[[str], list[Any]]:
    """Ask the server for rows."""

    def rows(sql: Any) -> list[Any]:
        with psycopg.connect(server.uri) as connection:
            return connection.execute(sql).fetchall()

    return rows


@pytest.fixture
def call(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    """Call the command line in a folder of its own; tables of answers go away afterwards."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CRM_USER", USER)
    monkeypatch.setenv("CRM_PASSWORD", PASSWORD)
    named = f"postgresql://${{CRM_USER}}:${{CRM_PASSWORD}}@{server.place}"
    (tmp_path / "team.toml").write_text(TEAM.replace("URI", named))

    def run(*words: str) -> Result:
        result = CliRunner().invoke(main, words, prog_name="quotarisk")
        assert not tells(result.output.encode())
        return result

    yield run
    with psycopg.connect(server.uri, autocommit=True) as connection:
        connection.execute("drop schema if exists forecast cascade")
        found = connection.execute(
            "select tablename from pg_tables where tablename like 'quotarisk%'"
        ).fetchall()
        for (name,) in found:
            connection.execute(f"drop table {name} cascade")


def tells(data: bytes) -> bool:
    """Does it tell who may ask, or with which password?"""
    return any(word.encode() in data for word in (USER, PASSWORD, "s3cret", "w%40rd"))


def told_by(folder: Path) -> list[str]:
    """Name the files of a folder that tell it, also those within a workbook."""
    found = []
    for path in folder.rglob("*"):
        if path.is_file():
            inside = [path.read_bytes()]
            if path.suffix == ".xlsx":
                with ZipFile(path) as book:
                    inside = [book.read(name) for name in book.namelist()]
            found += [path.name for data in inside if tells(data)]
    return found


def test_a_scenario_is_read(call: Run, server: Server) -> None:
    """Quotas, open deals and what is booked come from a server; credentials from variables."""
    scenario = qr.load_scenario("team.toml")

    assert [20_000, 60_000.5] == [rep.quota.month for rep in scenario.reps]
    assert [None, 1234.5] == [deal.amount for deal in scenario.open_deals]
    assert [5000.0] == [row.amount for row in scenario.booked or ()]
    assert 0 == call("check", "team.toml").exit_code
    literal = TEAM.replace("URI", server.uri)
    Path("literal.toml").write_text(literal)
    assert scenario.segments == qr.load_scenario("literal.toml").segments


def test_a_history_is_read(call: Run, server: Server) -> None:
    """A history of a server gives the scenario that its export gives."""
    assert 0 == call("init", "--history", "deals.csv", "--start", "2027-01-01").exit_code
    pl.read_csv("deals.csv", try_parse_dates=True).write_database(
        "history", server.uri.replace("://", "+psycopg://")
    )
    options = ("--as-of", "2026-11-30", "--no-correct", "--name", "Made up")
    told = [
        call("fit", "deals.csv", *options, "-o", "file"),
        call(
            *("fit", f"postgresql://${{CRM_USER}}:${{CRM_PASSWORD}}@{server.place}"),
            *("--query", "select * from history;", *options, "-o", "asked"),
        ),
    ]

    assert [0, 0] == [result.exit_code for result in told], told[1].stderr
    assert f"from {server.shown}" in told[1].stdout.replace("\n", " ")
    files = [Path(folder, "scenario.toml").read_bytes() for folder in ("file", "asked")]
    assert files[0] == files[1]
    assert [] == told_by(Path("asked"))


def test_a_whole_address_and_the_drivers_own_variables(
    call: Run, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An address may be one variable, or leave the password to what PostgreSQL's programs read."""
    monkeypatch.setenv("CRM", server.uri)
    Path("whole.toml").write_text(TEAM.replace("URI", "${CRM}"))
    monkeypatch.setenv("PGUSER", USER)
    monkeypatch.setenv("PGPASSWORD", PASSWORD)
    Path("bare.toml").write_text(TEAM.replace("URI", f"postgresql://{server.place}"))

    assert 0 == call("check", "whole.toml").exit_code
    assert 0 == call("check", "bare.toml").exit_code
    assert 0 == call("run", "bare.toml", "--paths", "50", "--out", "${CRM}").exit_code


@pytest.mark.parametrize(
    ("uri", "expected"),
    [
        ("postgresql://${CRM_USER}:wr0ng@PLACE", 'authentication failed for user "***"'),
        ("postgresql://${CRM_USER}:${CRM_PASSWORD}@PLACE_not", 'database "postgres_not" does not'),
        ("postgresql://${CRM_USER}:${CRM_PASSWORD}@127.0.0.1:1/crm", "Connection refused"),
        ("postgresql://${NO_USER}:${NO_USER}@PLACE", "got no NO_USER in the environment"),
    ],
)
def test_who_is_not_let_in(call: Run, server: Server, uri: str, expected: str) -> None:
    """What a server says is told at once, and says nobody's name and password."""
    named = uri.replace("PLACE", server.place)
    Path("team.toml").write_text(TEAM.replace("URI", named))
    read = call("--debug", "check", "team.toml")
    Path("team.toml").write_text(re.sub(r".*URI.*\n", "", TEAM))
    written = call("--debug", "run", "team.toml", "--paths", "50", "--out", named)

    assert 2 == read.exit_code
    assert expected in read.stderr
    assert (2 if "environment" in expected else 1) == written.exit_code
    assert expected in written.stderr
    assert not tells((read.output + written.output).encode())


def test_a_query_that_is_refused(call: Run, server: Server) -> None:
    """What a server says of a query is told."""
    wrong = TEAM.replace("URI", server.uri).replace("from booked", "from nope")
    Path("team.toml").write_text(wrong)
    told = call("check", "team.toml")

    assert 2 == told.exit_code
    expected = f'relation "nope" does not exist (booked from {server.shown})'
    assert expected in told.stderr


def test_a_batch_tells_nobody(call: Run, server: Server) -> None:
    """Pages, workbooks, manifests and the log of a batch say nobody's name and password."""
    told = call("batch", "team.toml", "--out", "reports", "--paths", "50", "--log-format", "json")

    assert 0 == told.exit_code
    assert server.shown in Path("reports/starter/2027-01-01/manifest.json").read_text()
    assert [] == told_by(Path("reports"))


def test_answers_are_written(call: Run, server: Server, ask: Callable[[str], list[Any]]) -> None:
    """A run's tables are written with their run; once more they are replaced, not doubled."""
    out = ("--paths", "50", "--out", server.uri)
    first = call("run", "team.toml", *out)
    counts = "select count(*), count(distinct run_id) from quotarisk_attainment"
    once = ask(counts)
    again = call("run", "team.toml", *out, "--fail-under", "0")
    other = call("run", "team.toml", *out, "--seed", "1")
    stress = call("stress", "team.toml", *out, "--only", "long_cycles")

    assert [(0, "")] * 4 == [
        (each.exit_code, each.stdout) for each in (first, again, other, stress)
    ], stress.stderr
    assert 1 == once[0][1]
    assert [(2 * once[0][0], 2)] == ask(counts)
    assert call("run", "team.toml", "--paths", "50", "--out", "answer.parquet").exit_code == 0
    expected = pl.read_parquet("answer.parquet")
    columns = ", ".join(f'"{name}"' for name in expected.columns)
    rows = ask(
        f"select {columns} from quotarisk_attainment join quotarisk_runs using (run_id) "
        "where seed = '0' order by row_no"
    )
    assert expected.rows() == rows
    runs = ask("select command, scenario, seed, paths from quotarisk_runs order by 1, 3")
    assert [("run", "Starter", "0", 50), ("run", "Starter", "1", 50)] == runs[:2]
    assert [("stress", "Starter", "0", 50)] == runs[2:]
    everything = str(ask("select * from quotarisk_runs"))
    assert not tells(everything.encode())
    with psycopg.connect(server.uri) as connection:
        connection.execute("delete from quotarisk_runs")
    assert [(0,)] == ask("select count(*) from quotarisk_attainment")


def test_a_schema_of_its_own(call: Run, server: Server, ask: Callable[[str], list[Any]]) -> None:
    """Tables go where the address's options say."""
    with psycopg.connect(server.uri) as connection:
        connection.execute("create schema forecast")
    out = f"{server.uri}?options=-csearch_path%3Dforecast&connect_timeout=5"

    for _ in range(2):
        assert 0 == call("run", "team.toml", "--paths", "50", "--out", out).exit_code
    assert [(1,)] == ask("select count(*) from forecast.quotarisk_runs")
    assert [(None,)] == ask("select to_regclass('public.quotarisk_runs')::text")


@pytest.mark.parametrize("is_first", [True, False], ids=["first", "later"])
def test_a_connection_is_lost(
    call: Run,
    server: Server,
    ask: Callable[[str], list[Any]],
    monkeypatch: pytest.MonkeyPatch,
    is_first: bool,
) -> None:
    """A server that hangs up in the middle keeps what it had before, and nothing of the run."""
    out = ("--paths", "50", "--out", server.uri)
    if not is_first:
        assert 0 == call("run", "team.toml", *out).exit_code
    before = [] if is_first else ask("select * from quotarisk_runs")
    write, begun = pl.DataFrame.write_database, []

    def hang_up(frame: pl.DataFrame, name: str, *rest: Any, **others: Any) -> int:
        begun.append(name)
        if name == "quotarisk_cadence":
            with psycopg.connect(server.uri) as other:
                other.execute(
                    "select pg_terminate_backend(pid) from pg_stat_activity "
                    "where pid <> pg_backend_pid() and backend_type = 'client backend'"
                )
        return write(frame, name, *rest, **others)

    with monkeypatch.context() as patch:
        patch.setattr(pl.DataFrame, "write_database", hang_up)
        lost = call("run", "team.toml", *out)

    assert ["quotarisk_runs", "quotarisk_cautions", "quotarisk_attainment"] == begun[:3]
    assert (1, "") == (lost.exit_code, lost.stdout)
    assert f"error: {server.shown} cannot be written: " in lost.stderr
    assert lost.stderr.endswith("; nothing was written\n")
    if is_first:
        assert [(None,)] == ask("select to_regclass('quotarisk_runs')::text")
    else:
        assert before == ask("select * from quotarisk_runs")
        assert ask("select count(*) > 0 from quotarisk_attainment") == [(True,)]
    assert 0 == call("run", "team.toml", *out).exit_code
    assert [(1,)] == ask("select count(*) from quotarisk_runs")


def test_runs_at_the_same_time(call: Run, server: Server, ask: Callable[[str], list[Any]]) -> None:
    """Runs that begin at the same time, where no table is there yet, wait for one another."""
    assert 0 == call("check", "team.toml").exit_code
    records = [
        RunRecord("run", {"n": n % 2}, SOURCE, "USD", "", (), {"attainment": stress_frame(500)})
        for n in range(4)
    ]
    with ThreadPoolExecutor(4) as pool:
        ids = list(pool.map(lambda record: write_run(record, server.uri), records))

    assert 2 == len(set(ids))
    assert [(1000,)] == ask("select count(*) from quotarisk_attainment")


def test_another_table(call: Run, server: Server, ask: Callable[[str], list[Any]]) -> None:
    """A table that is there and is not the answer's is refused, and nothing is written."""
    with psycopg.connect(server.uri) as connection:
        connection.execute(
            "create table quotarisk_cadence (run_id text, row_no bigint, name date, grade text)"
        )
    told = call("run", "team.toml", "--paths", "50", "--out", server.uri)

    assert 1 == told.exit_code
    assert "its table quotarisk_cadence must have the columns of the answer, got" in told.stderr
    assert "; grade unknown; name has date, not text; rename the table" in told.stderr
    assert [(None,)] == ask("select to_regclass('quotarisk_runs')::text")
