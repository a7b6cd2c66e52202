from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import polars as pl
import pytest
from click.testing import Result

import quotarisk as qr

Run = Callable[..., Result]
FIT = ("fit", "deals.csv", "--as-of", "2026-11-30", "-o", "fitted", "--no-correct")


@pytest.fixture
def deals(folder: Path, call: Run) -> Path:
    """A made-up history in ``deals.csv``."""
    assert 0 == call("init", "--history", "deals.csv", "--start", "2027-01-01").exit_code
    return folder / "deals.csv"


def test_a_folder_that_runs(deals: Path, call: Run) -> None:
    """The scenario and the calibration are written, and the scenario runs as it stands."""
    told = call(*FIT, "--months", "3", "--correct")

    assert deals.exists()
    assert 0 == told.exit_code, told.stderr
    scenario = qr.load_scenario("fitted/scenario.toml")
    assert not scenario.correction.does_nothing
    assert ("2026-12-01", 3) == (str(scenario.start), scenario.months)
    table = pl.read_csv("fitted/calibration.csv")
    assert {rep.name for rep in scenario.reps} == set(table["rep"])
    pipeline = pl.read_csv("fitted/pipeline.csv")
    assert len(scenario.open_deals) == pipeline.height
    assert pipeline["p_won"].is_between(0, 1).all()
    assert told.stdout.endswith(
        "wrote scenario.toml, scenario.open_deals.csv, scenario.booked.csv, pipeline.csv and "
        "calibration.csv\ninto fitted; next:\n"
        "  quotarisk run fitted/scenario.toml\n"
    )
    assert all(path.name in told.stdout for path in deals.with_name("fitted").iterdir())
    assert 0 == call("run", "fitted/scenario.toml", "--paths", "100").exit_code


def test_screen(deals: Path, call: Run) -> None:
    """The screen says what is known, from which day, of whom, and what is doubtful."""
    lines = call(*FIT, "--name", "Made up").stdout.splitlines()

    assert deals.exists()
    assert "Made up" == lines[0]
    assert lines[1].endswith("of 8 reps in 2 segments, as known on 2026-11-30.")
    assert "No quotas were given." == lines[2]
    assert any(line.startswith("Ana") for line in lines)
    assert any(line.startswith("! ") for line in lines)
    assert max(map(len, lines)) <= 100


def test_same_bytes(deals: Path, call: Run) -> None:
    """The same history gives the same files, byte for byte."""
    call(*FIT)
    first = {path.name: path.read_bytes() for path in deals.with_name("fitted").iterdir()}
    call(*FIT)
    second = {path.name: path.read_bytes() for path in deals.with_name("fitted").iterdir()}

    assert first == second
    assert len(first) > 2


def test_quota_rule(deals: Path, call: Run) -> None:
    """Quotas made by a rule are said to be so, and arrive."""
    told = call(*FIT, "--quota-from", "last-quarter*1.1")

    assert deals.exists()
    assert "Quotas for a first look: 1.1 times what each booked in the last full quarter." in (
        told.stdout
    )
    scenario = qr.load_scenario("fitted/scenario.toml")
    assert scenario.reps[0].quota.quarter
    assert "quotas for a first look" in scenario.name


def test_quota_table(deals: Path, call: Run) -> None:
    """A table of quotas is kept beside the scenario, which reads it."""
    deals.with_name("q.csv").write_text("rep,cadence,period,quota\nAna,month,,40000\n")

    told = call(*FIT, "--quotas", "q.csv")

    assert 0 == told.exit_code, told.stderr
    ana = next(rep for rep in qr.load_scenario("fitted/scenario.toml").reps if rep.name == "Ana")
    assert {"": 40000.0} == ana.quota.month or 40000.0 == ana.quota.month
    assert "Quotas from q.csv." in told.stdout.splitlines()


def test_quotas_of_nobody(deals: Path, call: Run) -> None:
    """A scenario that would not load is not written, nor anything beside it."""
    deals.with_name("q.csv").write_text("rep,cadence,period,quota\nNobody,month,,40000\n")

    told = call(*FIT, "--quotas", "q.csv")

    assert 2 == told.exit_code
    assert "got 'Nobody'" in told.stderr
    assert not deals.with_name("fitted").exists()


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (("--quotas", "q.csv", "--quota-from", "last-month"), "exclude each other"),
        (("--quota-from", "twice"), "reads like last-quarter*1.1"),
        (("--quotas", "none.csv"), "none.csv cannot be read: No such file or directory"),
        (("--as-of", "1999-01-01"), "before the first creation, 2025-01-01, got 1999-01-01"),
        (("--as-of", "soon"), "soon"),
        (("--columns", "none.toml"), "none.toml"),
    ],
)
def test_bad_input(deals: Path, call: Run, options: tuple[str, ...], expected: str) -> None:
    """What is wrong is said, with status 2 and without a traceback."""
    told = call(*FIT, *options)

    assert 2 == told.exit_code
    assert expected in told.stderr
    assert "Traceback" not in told.stderr
    assert not deals.with_name("fitted").exists()


def test_no_history(call: Run) -> None:
    """A file that is not there is bad input."""
    told = call("fit", "none.csv", "--as-of", "2026-11-30", "-o", "fitted")

    assert 2 == told.exit_code
    assert "none.csv" in told.stderr


def _into_sqlite(deals: Path) -> None:
    """Copy the history into ``crm.db`` beside it."""
    frame = pl.read_csv(deals)
    marks = ", ".join("?" * frame.width)
    names = ", ".join(f'"{name}"' for name in frame.columns)
    with closing(sqlite3.connect(deals.with_name("crm.db"))) as connection:
        connection.execute(f"create table deals ({names})")
        connection.executemany(f"insert into deals values ({marks})", frame.rows())
        connection.commit()


def test_a_database(deals: Path, call: Run) -> None:
    """A database gives the scenario that its export gives, with the SQL told or in a file."""
    _into_sqlite(deals)
    deals.with_name("deals.sql").write_text("select *\nfrom deals;\n")
    options = ("--as-of", "2026-11-30", "--name", "Made up")
    told = [
        call("fit", "deals.csv", *options, "-o", "file"),
        call("fit", "sqlite://crm.db", "--query", "select * from deals", *options, "-o", "told"),
        call("fit", "sqlite://crm.db", "--query", "@deals.sql", *options, "-o", "asked"),
    ]

    assert [0, 0, 0] == [result.exit_code for result in told]
    first, *others = [
        deals.with_name(folder).joinpath("scenario.toml").read_bytes()
        for folder in ("file", "told", "asked")
    ]
    assert [first, first] == others
    assert "from sqlite://crm.db" in told[1].stdout


def test_a_database_is_named_without_its_user(call: Run) -> None:
    """What goes wrong with a database is bad input, and says nobody's password."""
    told = call("fit", "postgresql://ana:s3cret@h/crm", *FIT[2:])

    assert 2 == told.exit_code
    assert "must come with a query" in told.stderr
    assert "postgresql://***@h/crm" in told.stderr
    assert "s3cret" not in told.output


def test_no_file_of_sql(call: Run) -> None:
    """A file of SQL that is not there is bad input."""
    told = call("fit", "sqlite://crm.db", "--query", "@no.sql", *FIT[2:])

    assert 2 == told.exit_code
    expected = "the query's file must be there, got no such file (no.sql: --query)"
    assert expected in told.stderr


@pytest.mark.parametrize("name", ["pipeline.csv", "calibration.csv", "scenario.booked.csv"])
def test_the_history_is_not_replaced(deals: Path, call: Run, name: str) -> None:
    """A history that is called as what is written stays, and that is said before the work."""
    source = deals.rename(deals.with_name(name))
    before = source.read_bytes()
    told = call("fit", name, "--as-of", "2026-11-30", "-o", ".", "--no-correct")

    assert 2 == told.exit_code
    assert f"--out would replace {name}, which is read" in told.stderr
    assert before == source.read_bytes()


def test_out_is_a_file(deals: Path, call: Run) -> None:
    """A file where the folder should be is refused before the work."""
    deals.with_name("taken").write_text("mine")
    told = call("fit", "deals.csv", "--as-of", "2026-11-30", "-o", "taken")

    assert 1 == told.exit_code
    assert "taken cannot be written: it is a file, not a folder" in told.stderr


def test_wrong_quotas_bear_their_name(deals: Path, call: Run) -> None:
    """What is wrong with a table of quotas names the table as the user does."""
    deals.with_name("mine.csv").write_text("rep,cadence,quota\nAnn,month,20000\n")
    told = call(*FIT, "--quotas", "mine.csv")

    assert 2 == told.exit_code
    assert "mine.csv" in told.stderr
    assert "quotas.csv" not in told.stderr


def test_the_folder_of_the_history(deals: Path, call: Run) -> None:
    """A history under a name of its own may lie in the folder that is written to."""
    before = deals.read_bytes()
    told = call("fit", "deals.csv", "--as-of", "2026-11-30", "-o", ".", "--no-correct")

    assert 0 == told.exit_code, told.stderr
    assert before == deals.read_bytes()
    assert deals.with_name("scenario.toml").exists()
