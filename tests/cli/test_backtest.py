from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import polars as pl
import pytest
from click.testing import Result

Run = Callable[..., Result]
SHORT = ("backtest", "deals.csv", "--origins", "3", "--paths", "50", "--no-correct")


@pytest.fixture
def deals(folder: Path, call: Run) -> Path:
    """A made-up history in ``deals.csv``."""
    assert 0 == call("init", "--history", "deals.csv", "--start", "2027-01-01").exit_code
    return folder / "deals.csv"


def test_card(deals: Path, call: Run) -> None:
    """The screen answers the question, and the scores of all forecasts go to a file."""
    told = call("backtest", "deals.csv", "--origins", "2", "--paths", "50", "--out", "scores.csv")

    assert 0 == told.exit_code, told.stderr
    lines = told.stdout.splitlines()
    assert "Would these forecasts have been right?" == lines[0]
    assert "of the best naive forecast" in " ".join(lines[1:3])
    assert lines[-1].startswith("fitted anew at 2 origins from 2026-10-31 to 2026-11-30")
    assert {"rep", "team"} == set(pl.read_csv(deals.with_name("scores.csv"))["level"])


def test_origins_as_told(deals: Path, call: Run) -> None:
    """Origins may be named."""
    told = call("backtest", "deals.csv", "--origin", "2026-09-30", "--paths", "50", "--no-correct")

    assert deals.exists()
    assert "fitted anew at 2026-09-30;" in told.stdout


def test_origin_inside_a_month(deals: Path, call: Run) -> None:
    """A day inside a month is bad input."""
    told = call("backtest", "deals.csv", "--origin", "2026-09-15")

    assert deals.exists()
    assert 2 == told.exit_code
    assert "origins must be last days of months, got 2026-09-15" in told.stderr


def test_bad_input(call: Run) -> None:
    """A file that is not there is bad input, without a traceback."""
    told = call("backtest", "none.csv")

    assert 2 == told.exit_code
    assert "none.csv" in told.stderr
    assert "Traceback" not in told.stderr


def test_the_history_is_not_replaced(deals: Path, call: Run) -> None:
    """Scores do not go where the deals are, and that is said before the work."""
    before = deals.read_bytes()
    told = call("backtest", "deals.csv", "--out", "deals.csv")

    assert 2 == told.exit_code
    assert "which is read" in told.stderr
    assert before == deals.read_bytes()


def test_a_database(deals: Path, call: Run) -> None:
    """A history may come from a database."""
    frame = pl.read_csv(deals)
    names = ", ".join(f'"{name}"' for name in frame.columns)
    with closing(sqlite3.connect(deals.with_name("crm.db"))) as connection:
        connection.execute(f"create table deals ({names})")
        marks = ", ".join("?" * frame.width)
        connection.executemany(f"insert into deals values ({marks})", frame.rows())
        connection.commit()
    options = ("--query", "select * from deals", "--origins", "2", "--paths", "50", "--no-correct")
    told = call("backtest", "sqlite://crm.db", *options)

    assert 0 == told.exit_code, told.stderr
    assert "from sqlite://crm.db" in told.stdout


def test_quotas_from_a_table(deals: Path, call: Run) -> None:
    """A table's quotas are asked of the forecasts, and all chances go to a file."""
    deals.with_name("quotas.csv").write_text("rep,cadence,quota\nAna,month,20000\n")
    told = call(*SHORT, "--quotas", "quotas.csv", "--out-chances", "chances.csv")

    assert 0 == told.exit_code, told.stderr
    chances = pl.read_csv(deals.with_name("chances.csv"))
    assert {("Ana", 20_000.0), ("Ana", 60_000.0)} == set(chances.select("name", "quota").rows())
    assert chances["p_model"].is_between(0, 1).all()


def test_quotas_from_a_rule(deals: Path, call: Run) -> None:
    """A rule makes quotas at each origin, and is named."""
    told = call(*SHORT, "--quota-from", "last-quarter*1.1")

    assert deals.exists()
    assert "Of quotas of 1.1 times what each booked in the last full quarter." in (
        " ".join(told.stdout.split())
    )


def test_wrong_quotas(deals: Path, call: Run) -> None:
    """A table that names a stranger, one that is not there, and two sources are bad input."""
    deals.with_name("quotas.csv").write_text("rep,cadence,quota\nAnn,month,20000\n")
    stranger = call(*SHORT, "--quotas", "quotas.csv")
    missing = call(*SHORT, "--quotas", "none.csv")
    both = call(*SHORT, "--quotas", "quotas.csv", "--quota-from", "last-month")

    assert [2, 2, 2] == [told.exit_code for told in (stranger, missing, both)]
    assert "quotas.csv" in stranger.stderr
    assert "did you mean 'Ana'?" in stranger.stderr
    assert "none.csv cannot be read" in missing.stderr
    assert "exclude each other" in both.stderr


def test_files_that_are_read_are_not_replaced(deals: Path, call: Run) -> None:
    """Nor do two outputs go into one file."""
    deals.with_name("quotas.csv").write_text("rep,cadence,quota\nAna,month,20000\n")
    over = call(*SHORT, "--quotas", "quotas.csv", "--out", "quotas.csv")
    Path("crm.db").write_bytes(b"mine")
    asked = call("backtest", "sqlite://crm.db", "--query", "x", "--out", "crm.db")
    twice = call(*SHORT, "--out", "one.csv", "--out-chances", "one.csv")

    assert [2, 2, 2] == [over.exit_code, asked.exit_code, twice.exit_code]
    assert "--out would replace quotas.csv, which is read" in over.stderr
    assert "--out would replace crm.db, which is read" in asked.stderr
    assert "name the same file" in twice.stderr


@pytest.mark.parametrize("paths", ["0", "-3", "100000000"])
def test_paths_out_of_range(deals: Path, call: Run, paths: str) -> None:
    """Too few and too many paths are bad input."""
    assert deals.exists()
    told = call("backtest", "deals.csv", "--paths", paths)
    assert 2 == told.exit_code
    assert "20<=x<=100000" in told.stderr
