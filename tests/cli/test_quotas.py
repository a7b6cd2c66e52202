from __future__ import annotations

import io
import json
from pathlib import Path

import polars as pl
import pytest

from quotarisk import load_scenario
from quotarisk.analysis.quotas import solve_quotas
from tests.cli.conftest import Run

FEW = ("quotas", "team.toml", "--paths", "300")


def test_the_answer(call: Run) -> None:
    """Sentences and tables on stdout, nothing else, and status 0."""
    result = call(*FEW, "--plan", "800000")
    assert 0 == result.exit_code, result.stderr
    assert "The team makes the 2027 plan of 800k USD" in result.stdout
    assert "How is the plan split over the reps?" in result.stdout
    assert not result.stderr


def test_the_same_as_in_python(call: Run, folder: Path) -> None:
    """CSV holds the table of quotas as Python gives it, another one where it is named."""
    answer = solve_quotas(
        load_scenario(folder / "team.toml"), confidence=0.7, plan=8e5, bands=(0.1, 0.3, 0.6),
        paths=300, seed=3,
    )  # fmt: skip
    words = (
        *FEW, "--seed", "3", "--confidence", "0.7", "--plan", "8e5", "--bands", "0.1, 0.3, 0.6",
        "--format", "csv",
    )  # fmt: skip
    found = pl.read_csv(io.StringIO(call(*words).stdout))
    assert found["solved"].sum() == pytest.approx(answer.frame["solved"].sum())
    split = pl.read_csv(io.StringIO(call(*words, "--table", "split").stdout))
    assert answer.parts["split"]["fair"].to_list() == split["fair"].to_list()
    verdicts = pl.read_csv(io.StringIO(call(*words, "--table", "verdicts").stdout))
    assert answer.parts["verdicts"]["verdict"].to_list() == verdicts["verdict"].to_list()


def test_json(call: Run) -> None:
    """All tables under their keys; the period and the team's level are passed on."""
    told = json.loads(
        call(
            *FEW, "--plan", "2e5", "--period", "2027-Q2", "--team-confidence", "0.75",
            "--format", "json",
        ).stdout
    )  # fmt: skip
    assert {"2027-Q2"} == {row["period"] for row in told["split"]}
    assert 0.75 in [row["p_team"] for row in told["over_assignment"]]
    assert any("with 75.0 %" in sentence for sentence in told["sentences"])


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            ("--confidence", "60"),
            "'--confidence': must lie between 0 and 1, such as 0.6 or 60%, got '60'; did you mean "
            "60%?",
        ),
        (("--confidence", "nan"), "must lie between 0 and 1, such as 0.6 or 60%, got 'nan'"),
        (("--confidence", "high"), "must lie between 0 and 1, such as 0.6 or 60%, got 'high'"),
        (("--plan", "-5"), "'--plan': must be an amount above 0, such as 2400000, 2,400,000 or"),
        (("--plan", "2.4X"), "2.4M (k, M or B), got '2.4X'"),
        (("--plan", "nan"), "got 'nan'"),
        (("--plan", "inf"), "got 'inf'"),
        (("--plan", "5000B"), "plan must be an amount above 0, at most 1,000,000,000,000"),
        (("--period", "2029"), "period must be one that is answered, got '2029'"),
        (("--team-confidence", "80"), "'--team-confidence': must lie between 0 and 1"),
        (("--bands", "0.2,x,0.8"), "20%,50%,80%, got '0.2,x,0.8'"),
        (("--bands", "0.2,0.8"), "bands must be three ascending shares between 0 and 1, got"),
        (("--bands", "0.8,0.5,0.2"), "bands must be three ascending shares between 0 and 1, got"),
        (("--paths", "1"), "paths must be a whole number"),
        (("--format", "csv", "--table", "fair"), "--table names no table of this answer"),
        (("--out", "."), "it is a folder, and --out must name a file, such as answer.json"),
    ],
)
def test_wrong_input(call: Run, words: tuple[str, ...], said: str) -> None:
    """Status 2, what was got and what is allowed, and nothing on stdout."""
    result = call(*FEW, *words)
    assert 2 == result.exit_code
    assert said in " ".join(result.stderr.split())
    assert not result.stdout
    assert "Traceback" not in result.stderr


def test_as_people_write(call: Run) -> None:
    """Amounts and shares in the ways in which people write them mean the same."""
    plain = call(*FEW, "--plan", "800000", "--confidence", "0.7", "--bands", "0.2,0.5,0.8").stdout
    for plan, share, bands in (("0.8M", "70%", "20%,50%,80%"), ("800,000", ".7", "0.2, 50 %, .8")):
        words = ("--plan", plan, "--confidence", share, "--bands", bands)
        assert plain == call(*FEW, *words).stdout


def test_the_empty_is_left_out(call: Run, folder: Path) -> None:
    """Where no rep has a quota a screen holds no table of verdicts, and JSON an empty one."""
    team = folder / "team.toml"
    team.write_text("\n".join(x for x in team.read_text().split("\n") if "quota" not in x))
    drawn = call(*FEW).stdout
    assert "No rep has a quota in a period that is answered" in drawn
    assert "none\n" not in drawn
    assert [] == json.loads(call(*FEW, "--format", "json").stdout)["verdicts"]


def test_no_scenario(call: Run) -> None:
    """A file that is not there is bad input."""
    assert 2 == call("quotas", "no.toml").exit_code


def test_out(call: Run, folder: Path) -> None:
    """A file appears whole, in the form of its ending; the scenario is not replaced."""
    assert 0 == call(*FEW, "--out", "quotas.xlsx").exit_code
    assert (folder / "quotas.xlsx").read_bytes()[:2] == b"PK"
    assert 2 == call(*FEW, "--format", "json", "--out", "team.toml").exit_code
