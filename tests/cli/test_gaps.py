from __future__ import annotations

import io
import json
from pathlib import Path

import polars as pl
import pytest

from quotarisk import load_scenario
from quotarisk.analysis.gaps import find_gaps
from tests.cli.conftest import Run

FEW = ("gaps", "team.toml", "--paths", "300")
CHO = """
[[reps]]
name = "Cho"
group = "West"
quota = { month = 20_000 }
segments.small = { win_rate = { won = 10, of = 100 }, opps_per_week = { opps = 20, weeks = 12 } }
"""


@pytest.fixture(autouse=True)
def _with_cho(folder: Path) -> None:
    """Somebody who differs from the others."""
    team = folder / "team.toml"
    team.write_text(team.read_text() + CHO)


def test_the_answer(call: Run) -> None:
    """Sentences and tables on stdout, nothing else, and status 0."""
    result = call(*FEW)
    assert 0 == result.exit_code, result.stderr
    assert "Cho hits 2027 with" in result.stdout
    assert "Where does each rep lose against the rest of the team in 2027?" in result.stdout
    assert "too early to tell" in result.stdout
    assert not result.stderr


def test_the_same_as_in_python(call: Run, folder: Path) -> None:
    """CSV holds the table of gaps as Python gives it, another one where it is named."""
    answer = find_gaps(
        load_scenario(folder / "team.toml"), against="benchmark", period="2027-Q2", paths=300,
        seed=3,
    )  # fmt: skip
    words = (
        *FEW, "--seed", "3", "--against", "benchmark", "--period", "2027-Q2", "--workers", "2",
        "--format", "csv",
    )  # fmt: skip
    found = pl.read_csv(io.StringIO(call(*words).stdout))
    assert answer.frame.columns == found.columns
    assert answer.frame["points"].to_list() == found["points"].to_list()
    evidence = pl.read_csv(io.StringIO(call(*words, "--table", "evidence").stdout))
    assert answer.parts["evidence"]["needed"].to_list() == evidence["needed"].to_list()
    reps = pl.read_csv(io.StringIO(call(*words, "--table", "reps").stdout))
    assert answer.parts["reps"]["gap"].to_list() == reps["gap"].to_list()


def test_json(call: Run) -> None:
    """All tables under their keys, with the answer in sentences."""
    told = json.loads(call(*FEW, "--format", "json").stdout)
    assert {"Cho"} == {row["name"] for row in told["gaps"]}
    assert 3 == len(told["reps"]) == len(told["velocity"])
    assert told["evidence"][0]["counted"] == "opportunities"
    assert "Exposure only" in told["note"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--against", "peers"), "'peers' is not one of 'team', 'benchmark'"),
        (("--period", "2029"), "period must be one that is answered, got '2029'"),
        (("--paths", "1"), "paths must be a whole number"),
        (("--format", "csv", "--table", "gap"), "--table names no table of this answer"),
        (("--out", "."), "it is a folder, and --out must name a file"),
    ],
)
def test_wrong_input(call: Run, words: tuple[str, ...], said: str) -> None:
    """Status 2, what was got and what is allowed, and nothing on stdout."""
    result = call(*FEW, *words)
    assert 2 == result.exit_code
    assert said in " ".join(result.stderr.split())
    assert not result.stdout
    assert "Traceback" not in result.stderr


def test_no_scenario(call: Run) -> None:
    """A file that is not there is bad input."""
    assert 2 == call("gaps", "no.toml").exit_code


def test_out(call: Run, folder: Path) -> None:
    """A file appears whole, in the form of its ending; the scenario is not replaced."""
    for name, begins in (("gaps.xlsx", b"PK"), ("gaps.html", b"<!"), ("gaps.parquet", b"PA")):
        assert 0 == call(*FEW, "--out", name).exit_code
        assert (folder / name).read_bytes()[:2] == begins
    assert 2 == call(*FEW, "--format", "json", "--out", "team.toml").exit_code
