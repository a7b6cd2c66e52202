from __future__ import annotations

import io
import json
from pathlib import Path

import click
import polars as pl
import pytest

from quotarisk import load_scenario
from quotarisk.analysis.goals import plan_goals
from quotarisk.cli.main import main
from tests.cli.conftest import Run

FEW = ("goals", "team.toml", "--paths", "300")


@pytest.fixture(autouse=True)
def _known(monkeypatch: pytest.MonkeyPatch) -> None:
    """The command is there, whether or not it is listed yet."""
    monkeypatch.setitem(main.commands, "goals", main.commands.get("goals", click.Command("goals")))


def test_the_answer(call: Run) -> None:
    """Sentences and tables on stdout, nothing else, and status 0."""
    result = call(*FEW, "--plan", "3M")
    assert 0 == result.exit_code, result.stderr
    assert "To hit 2027 with 80 %, 2 of 2 reps need more opportunities" in result.stdout
    assert "How many opportunities must be made by the end of each month?" in result.stdout
    assert not result.stderr


def test_the_same_as_in_python(call: Run, folder: Path) -> None:
    """CSV holds the table of goals as Python gives it, another one where it is named."""
    answer = plan_goals(
        load_scenario(folder / "team.toml"),
        confidence=0.7,
        plan=8e5,
        period="2027-Q2",
        paths=300,
        seed=3,
    )
    words = (
        *FEW, "--seed", "3", "--confidence", "70%", "--plan", "8e5", "--period", "2027-Q2",
        "--format", "csv",
    )  # fmt: skip
    found = pl.read_csv(io.StringIO(call(*words).stdout))
    assert answer.frame["opps_per_week"].to_list() == found["opps_per_week"].to_list()
    levers = pl.read_csv(io.StringIO(call(*words, "--table", "levers").stdout))
    assert answer.parts["levers"]["needed"].to_list() == levers["needed"].to_list()
    stones = pl.read_csv(io.StringIO(call(*words, "--table", "milestones").stdout))
    assert 12 == stones.height


def test_json(call: Run) -> None:
    """All tables under their keys."""
    told = json.loads(call(*FEW, "--period", "2027-Q1", "--format", "json").stdout)
    assert {"2027-Q1"} == {row["period"] for row in told["goals"]}
    assert 3 == len(told["coverage"])
    assert told["stages"] == []
    assert "Exposure only" in told["note"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            ("--confidence", "80"),
            "'--confidence': must lie between 0 and 1, such as 0.6 or 60%, got '80'; did you mean "
            "80%?",
        ),
        (("--plan", "-5"), "'--plan': must be an amount above 0, such as 2400000, 2,400,000 or"),
        (("--plan", "5000B"), "plan must be an amount above 0, at most 1,000,000,000,000"),
        (("--period", "2029"), "period must be one that is answered, got '2029'"),
        (("--paths", "1"), "paths must be a whole number"),
        (("--format", "csv", "--table", "goal"), "--table names no table of this answer"),
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
    assert 2 == call("goals", "no.toml").exit_code


def test_out(call: Run, folder: Path) -> None:
    """A file appears whole, in the form of its ending; the scenario is not replaced."""
    for name, begins in (("goals.xlsx", b"PK"), ("goals.html", b"<!"), ("goals.parquet", b"PA")):
        assert 0 == call(*FEW, "--out", name).exit_code
        assert (folder / name).read_bytes()[:2] == begins
    assert 2 == call(*FEW, "--format", "json", "--out", "team.toml").exit_code
