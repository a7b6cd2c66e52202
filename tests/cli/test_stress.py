"""``quotarisk stress``."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
from click.testing import Result

import quotarisk as qr
from quotarisk.analysis.stress import stress_test

Run = Callable[..., Result]
OWN = """
[stress.downturn]
win_rate = 0.8
cycle_days = 1.25

[stress.small_deals]
deal_size = 0.5
"""


@pytest.fixture
def stress(folder: Path, call: Run) -> Run:
    """Call ``quotarisk stress team.toml`` on few paths; the team has stresses of its own."""
    team = folder / "team.toml"
    team.write_text(team.read_text() + OWN)
    return lambda *words: call("stress", "team.toml", "--paths", "100", *words)


def test_table(stress: Run) -> None:
    """The answer is on stdout, with nothing on stderr: the plans, the reps, what moves them."""
    told = stress("--width", "100")

    assert (0, "") == (told.exit_code, told.stderr)
    assert told.stdout.startswith("Starter\nThe team makes its 2027 plan of 960k USD ")
    for part in (
        "under stress?",
        "each rep's P(hit)",
        "Which assumption",
        "downturn",
        "all at once",
    ):
        assert part in told.stdout


def test_without_drivers(stress: Run) -> None:
    """Assumptions are not moved where nobody asks."""
    told = stress("--no-drivers").stdout

    assert "Which assumption" not in told
    assert "downturn" in told


def test_data(folder: Path, stress: Run) -> None:
    """CSV holds every row of the library's answer, JSON the same under ``stress``."""
    told = stress("--no-drivers", "--format", "csv", "--out", "stress.csv")
    data = json.loads(stress("--no-drivers", "--format", "json").stdout)
    expected = stress_test(qr.load_scenario(folder / "team.toml"), paths=100).frame

    assert (0, "") == (told.exit_code, told.stdout)
    written = pl.read_csv(folder / "stress.csv")
    assert expected.height == written.height == len(data["stress"])
    assert set(expected.columns) <= set(written.columns)
    assert expected["p_hit"].to_list() == [row["p_hit"] for row in data["stress"]]
    assert "stress_left_out" == data["cautions"][0]["code"]


def _stresses(told: Result) -> list[str]:
    assert told.exit_code == 0, told.stderr
    rows = json.loads(told.stdout)["stress"]
    return list(dict.fromkeys(row["stress"] for row in rows))


@pytest.mark.parametrize(
    ("words", "names"),
    [
        (("--only", "low_creation", "--only", "downturn"), ["low_creation", "downturn"]),
        (("--no-builtin",), ["downturn", "small_deals"]),
        (("--no-builtin", "--only", "small_deals"), ["small_deals"]),
        (("--only", "late_hires", "--only", "downturn"), ["downturn"]),
    ],
)
def test_some_of_them(stress: Run, words: tuple[str, ...], names: list[str]) -> None:
    """Those that are named, or those of the scenario."""
    assert ["as it is", *names] == _stresses(stress("--no-drivers", "--format", "json", *words))


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--only", "low_win_rate"), "got 'low_win_rate'; did you mean 'low_win_rates'?"),
        (("--only", "low_win_rates", "--no-builtin"), "it is built in, and --no-builtin leaves"),
        (("--only", "zzz", "--no-builtin"), "got 'zzz'; allowed: 'downturn', 'small_deals'"),
        (
            ("--only", "late_hires"),
            "got 'late_hires': nobody starts within the horizon, so there is nothing to delay "
            "(team.toml); allowed: 'low_win_rates'",
        ),
        (("--level", "rep"), "--level says what --fail-under looks at, which is missing."),
        (("--fail-under", "1.2"), "1.2 is not in the range"),
        (("--paths", "1"), "paths must"),
        (("--format", "xlsx"), "xlsx is not for stdout"),
        (("--no-drivers", "--format", "csv", "--table", "drivers"), "--table names no table"),
    ],
)
def test_wrong_words(stress: Run, words: tuple[str, ...], told: str) -> None:
    """Are bad input, said in a sentence, and nothing goes to stdout."""
    found = stress(*words)

    assert (2, "") == (found.exit_code, found.stdout)
    assert told in " ".join(found.stderr.split())


ONE = """
name = "One"
start = 2027-01-01
reps = [{ name = "Ana", quota = { month = 9_000 } }]
stress = { ramps = { ramp = 0.5 }, slow = { delay_hires_days = 9 } }

[segments.small]
opps_per_week = 2
win_rate = 0.3
deal_size = 8_000
won_cycle_days = 30
"""


def test_stresses_of_nothing(folder: Path, call: Run) -> None:
    """One that changes nothing is no row of any table: a sentence says why it is left out."""
    (folder / "one.toml").write_text(ONE)
    words = ("stress", "one.toml", "--paths", "50", "--no-drivers", "--format", "json")
    named = ("top_rep_leaves", "ramps", "slow", "low_creation")
    told = call(*words, *(word for name in named for word in ("--only", name)))
    own = call(*words, "--no-builtin")
    nothing = call(*words, "--only", "top_rep_leaves")

    assert ["as it is", "low_creation"] == _stresses(told)
    cautions = {row["about"][0]: row["text"] for row in json.loads(told.stdout)["cautions"][:3]}
    assert cautions == {
        "top_rep_leaves": "top_rep_leaves would change nothing: the team has but one rep, so "
        "nobody can leave. Left out.",
        "ramps": "ramps would change nothing: nothing that it moves is there. Left out.",
        "slow": "slow would change nothing: nobody starts within the horizon, so there is nothing "
        "to delay. Left out.",
    }
    assert ["as it is"] == _stresses(own)
    assert (2, "") == (nothing.exit_code, nothing.stdout)
    assert "'top_rep_leaves': the team has but one rep, so nobody can leave" in nothing.stderr


def test_many_own_stresses_are_not_all_suggested(folder: Path, call: Run) -> None:
    """Of more than a dozen names nothing is listed."""
    team = folder / "team.toml"
    team.write_text(team.read_text() + "".join(f"[stress.s{n}]\n" for n in range(9)))

    told = call("stress", "team.toml", "--only", "quite different").stderr

    assert told.rstrip().endswith("--only names no stress, got 'quite different'")


def test_who_left_does_not_cross(folder: Path, call: Run) -> None:
    """A soft quota is hit by all who are there; where all who have one leave nobody is judged."""
    soft = (folder / "team.toml").read_text().replace("60_000", "1").replace("20_000", "1")
    (folder / "soft.toml").write_text(soft)
    one = soft.rsplit("quota", 1)[0] + "[stress.gone]\nremove_reps = ['Ana']\n"
    (folder / "one.toml").write_text(one + "[team]\nquota = { month = 900_000 }\n")
    words = ("--paths", "50", "--no-drivers", "--fail-under", "0.1")
    some = call("stress", "soft.toml", *words, "--only", "top_rep_leaves", "--level", "rep")
    nobody = call("stress", "one.toml", *words, "--only", "gone", "--level", "rep")
    team = call("stress", "one.toml", *words, "--only", "gone")

    assert [(0, ""), (0, "")] == [(each.exit_code, each.stderr) for each in (some, nobody)]
    assert 3 == team.exit_code
    assert "below 0.1: gone: team One: " in team.stderr.replace("Starter", "One")


def test_periods(stress: Run) -> None:
    """The first table and the assumptions are of the period, or the cadence, that is named."""
    quick = ("--only", "downturn", "--width", "120")
    quarters = stress(*quick, "--period", "quarter").stdout
    month = stress(*quick, "--period", "2027-03", "--no-drivers").stdout
    every = stress(*quick, "--all", "--no-drivers").stdout
    wrong = stress(*quick, "--period", "2027-13")

    first, rest = quarters.split("By how many points", 1)
    assert "2027-Q1" in first
    assert "2027-Q4" in first
    assert "2027-Q4" in rest.split("Which assumption", 1)[1]
    assert "What becomes of the plans in 2027-03 under stress?" in month
    assert "2027-12" in every
    assert "2027-Q4" in every
    assert (2, "") == (wrong.exit_code, wrong.stdout)
    assert "period must be one that is answered, got '2027-13'" in wrong.stderr


def test_risk_line(stress: Run) -> None:
    """A stress under which somebody is below the line ends with 3, and is named."""
    words = ("--no-drivers", "--only", "all_at_once", "--level", "rep", "--cadence", "quarter")
    found = stress(*words, "--fail-under", "0.6")

    assert found.exit_code == 3
    assert found.stdout.startswith("Starter\n")
    lines = found.stderr.splitlines()
    assert any(line.startswith("below 0.6: all_at_once: rep Ben: P(hit) ") for line in lines)
    assert any(line.startswith("below 0.6: rep Ana: P(hit) ") for line in lines)
    # who left on purpose is not judged
    assert not any(line.startswith("below 0.6: all_at_once: rep Ana") for line in lines)
    assert any(line.startswith("below 0.6: rep Ben: P(hit) ") for line in lines)
    assert stress(*words, "--fail-under", "0").exit_code == 0
