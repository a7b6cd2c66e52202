"""``quotarisk time``."""

from __future__ import annotations

import io
import json
from pathlib import Path

import polars as pl
import pytest

from quotarisk import load_scenario
from quotarisk.analysis.time import trace_time
from tests.cli.conftest import Run

BUSY = """hours_per_open_deal = 1.5
funnel = { hours_per_activity = 0.5, stages = [{ name = "opportunity", rate = 0.1 }] }

[[reps]]
hours_per_week = 40
"""
FEW = ("time", "team.toml", "--paths", "60", "--step", "0.5")


@pytest.fixture
def busy(folder: Path, call: Run) -> Run:
    """The command line, in a folder where the first rep of ``team.toml`` has hours."""
    team = folder / "team.toml"
    team.write_text(team.read_text().replace("[[reps]]\n", BUSY, 1))
    return call


def test_the_answer(busy: Run) -> None:
    """Sentences, tables and the chart on stdout, nothing else, and status 0."""
    result = busy(*FEW)

    assert (0, "") == (result.exit_code, result.stderr)
    for part in (
        "An hour more a week",
        "What comes of keeping more or less?",
        "m month, q quarter",
    ):
        assert part in " ".join(result.stdout.split())
    assert "! Ben: no hours_per_week, so time sets no bounds. Left out." in result.stdout


def test_the_same_as_in_python(busy: Run, folder: Path) -> None:
    """CSV holds every share as Python gives it, other tables where they are named."""
    answer = trace_time(
        load_scenario(folder / "team.toml"), step=0.25, reps=["Ana"], paths=60, seed=3
    )
    words = (
        "time", "team.toml", "--paths", "60", "--seed", "3", "--step", "25 %", "--rep", "Ana",
        "--format", "csv",
    )  # fmt: skip
    found = pl.read_csv(io.StringIO(busy(*words).stdout))
    hour = pl.read_csv(io.StringIO(busy(*words, "--table", "hour").stdout))

    assert answer.frame["mean"].to_list() == found["mean"].to_list()
    assert set(answer.frame.columns) <= set(found.columns)
    assert answer.parts["hour"]["mean_change"].to_list() == hour["mean_change"].to_list()


def test_json(busy: Run) -> None:
    """All tables under their keys."""
    told = json.loads(busy(*FEW, "--format", "json").stdout)

    assert 9 == len(told["time"])  # Ana, East and the team at three shares
    assert {"time", "best", "hour"} <= set(told)


def test_nobody_has_hours(call: Run) -> None:
    """Status 2, what is missing and how it is written."""
    result = call(*FEW)

    assert (2, "") == (result.exit_code, result.stdout)
    told = " ".join(result.stderr.split())
    assert "time needs a rep with hours_per_week, got none among 2" in told
    assert "write hours_per_week = 40 with the rep" in told


def test_wrong_table(busy: Run) -> None:
    """A table that the answer has not is refused before the run."""
    result = busy(*FEW, "--format", "csv", "--table", "mix")

    assert 2 == result.exit_code
    assert "allowed: time, best, hour" in result.stderr


def test_out(busy: Run, folder: Path) -> None:
    """A file appears whole, in the form of its ending."""
    for name, begin in (("time.xlsx", b"PK"), ("time.html", b"<!doctype")):
        assert 0 == busy(*FEW, "--out", name).exit_code
        assert (folder / name).read_bytes().startswith(begin)
