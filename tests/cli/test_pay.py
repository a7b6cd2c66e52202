"""``quotarisk pay``."""

from __future__ import annotations

import io
import json
from pathlib import Path

import polars as pl
import pytest

from quotarisk import load_scenario
from quotarisk.analysis.pay import ALSO, price_plans
from quotarisk.reporting.pay import pay_tables
from tests.cli.conftest import TEAM, Run

PLANS = """
[segments.large]
opps_per_week = 0.3
win_rate = 0.25
deal_size = { median = 60_000, p90 = 150_000 }
won_cycle_days = { median = 60, p90 = 120 }

[pay.ae]
base = 60_000
target_variable = 60_000
cadence = "quarter"
tiers = [{ from = 0.0, rate = 1.0 }, { from = 1.0, rate = 1.5 }]
spifs = [{ segment = "large", per_deal = 500 }]

[pay.flat]
base = 60_000
target_variable = 60_000
cadence = "quarter"
"""
FEW = ("pay", "team.toml", "--paths", "100", "--step", "50%")
BOTH = ("--plan", "ae", "--plan", "flat")


@pytest.fixture
def paid(folder: Path, call: Run) -> Run:
    """The command line, in a folder where ``team.toml`` has two plans."""
    team = TEAM.replace("[[reps]]", '[[reps]]\npay = "ae"')
    (folder / "team.toml").write_text(team + PLANS)
    return call


@pytest.mark.parametrize("width", ["80", "120"])
def test_the_answer(paid: Run, width: str) -> None:
    """Sentences, tables and the chart on stdout, nothing else, and status 0."""
    result = paid(*FEW, "--width", width)

    assert (0, "") == (result.exit_code, result.stderr)
    assert result.stdout.startswith("Starter\nIn 2027 plan ae pays the team ")
    assert max(map(len, result.stdout.splitlines())) <= int(width)
    for part in (
        "What is paid in 2027, and what does it cost?", "●", "How far does pay vary?",
        "What if the team's plan went by another cadence", "What does one more won deal pay",
        "Which deals does the plan make people sell?", "What does a SPIF move",
        "What does it cost to win a deal", "Exposure only: nobody changes behaviour",
    ):  # fmt: skip
        assert part in " ".join(result.stdout.split())
    assert "What if people acted" not in result.stdout


def test_two_plans_and_behaviour(paid: Run) -> None:
    """What is asked for besides is answered besides."""
    words = " ".join(
        paid(*FEW, *BOTH, "--behaviour", "give_up", "--risk-aversion", "2").stdout.split()
    )

    for part in ("Instead of ae, flat pays the team", "surest", "Assumed, and who found it:"):
        assert part in words
    assert "If people acted on their pay as is assumed below, the team would book" in words


def test_the_same_as_in_python(paid: Run, folder: Path) -> None:
    """CSV holds every figure as Python gives it, other tables where they are named."""
    answer = price_plans(
        load_scenario(folder / "team.toml"), plans=["ae", "flat"], also=ALSO, step=0.5,
        reps=["Ben"], paths=100, seed=3, behaviour=["sandbag"], risk_aversion=1.5,
    )  # fmt: skip
    words = (
        *FEW, *BOTH, "--seed", "3", "--rep", "Ben", "--behaviour", "sandbag", "--workers", "1",
        "--risk-aversion", "1.5", "--format", "csv",
    )  # fmt: skip
    found = pl.read_csv(io.StringIO(paid(*words).stdout))

    assert answer.frame.columns == found.columns
    assert answer.frame["mean"].to_list() == found["mean"].to_list()
    for key in pay_tables(["ae", "flat"], ["sandbag"])[1:]:
        told = pl.read_csv(io.StringIO(paid(*words, "--table", key).stdout))
        assert answer.parts[key].columns == told.columns
        assert answer.parts[key].height == told.height


def test_json(paid: Run) -> None:
    """All tables under their keys."""
    told = json.loads(paid(*FEW, "--format", "json").stdout)

    assert set(pay_tables()) <= set(told)
    assert {"compare", "behaviour"}.isdisjoint(told)
    assert {"rep", "group", "team"} == {row["level"] for row in told["pay"]}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--plan", "flatt"), "no pay plan is called 'flatt'; did you mean 'flat'?"),
        (("--rep", "Anna"), "no rep is called 'Anna'; did you mean 'Ana'?"),
        (("--risk-aversion", "-1"), "risk_aversion must lie between 0 and 100, got -1.0"),
        (("--risk-aversion", "much"), "'--risk-aversion': 'much' is not a valid float"),
        (
            ("--behaviour", "give-up"),
            "behaviour must be of pull_forward, sandbag, give_up, got 'give-up'; did you mean "
            "'give_up'?",
        ),
        (("--step", "0.3"), "step must be a share from 0.01 to 1 that divides the whole"),
        (("--paths", "1"), "paths must be a whole number"),
        (("--format", "csv", "--table", "behaviour"), "--table names no table of this answer"),
        (("--format", "csv", "--table", "compare"), "allowed: pay, cadences, volatility"),
    ],
)
def test_wrong_input(paid: Run, words: tuple[str, ...], said: str) -> None:
    """Status 2, what was got and what is allowed, and nothing on stdout."""
    result = paid(*FEW, *words)

    assert (2, "") == (result.exit_code, result.stdout)
    assert said in " ".join(result.stderr.split())
    assert "Traceback" not in result.stderr


def test_no_plans(call: Run) -> None:
    """A scenario without plans is told what to write."""
    result = call(*FEW)

    assert (2, "") == (result.exit_code, result.stdout)
    assert "nobody is on a pay plan: the scenario must have [pay.NAME]" in result.stderr


def test_out(paid: Run, folder: Path) -> None:
    """A file appears whole, in the form of its ending; the scenario is not replaced."""
    for name, begin in (("pay.xlsx", b"PK"), ("pay.html", b"<!doctype"), ("pay.parquet", b"PAR1")):
        assert 0 == paid(*FEW, "--out", name).exit_code
        assert (folder / name).read_bytes().startswith(begin)
    assert 2 == paid(*FEW, "--format", "json", "--out", "team.toml").exit_code
