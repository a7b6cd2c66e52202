"""``quotarisk mix``."""

from __future__ import annotations

import io
import json
from pathlib import Path

import polars as pl
import pytest

from quotarisk import load_scenario
from quotarisk.analysis.mix import trace_mix
from tests.cli.conftest import Run

LARGE = """
[segments.large]
opps_per_week = 0.3
win_rate = 0.25
deal_size = { median = 60_000, p90 = 150_000 }
won_cycle_days = { median = 60, p90 = 120 }
"""
FEW = ("mix", "team.toml", "--paths", "100", "--step", "50%")


@pytest.fixture
def mixed(folder: Path, call: Run) -> Run:
    """The command line, in a folder where ``team.toml`` has a second segment."""
    team = folder / "team.toml"
    team.write_text(team.read_text() + LARGE)
    return call


def test_the_answer(mixed: Run) -> None:
    """Sentences, tables and the chart on stdout, nothing else, and status 0."""
    result = mixed(*FEW)

    assert (0, "") == (result.exit_code, result.stderr)
    assert " reps would hit clearly more often by the month with another mix of the same worth" in (
        " ".join(result.stdout.split())
    )
    for part in ("Which mix of segments", "What comes of other mixes?", "m month, q quarter"):
        assert part in " ".join(result.stdout.split())


def test_the_same_as_in_python(mixed: Run, folder: Path) -> None:
    """CSV holds every mix as Python gives it, other tables where they are named."""
    answer = trace_mix(
        load_scenario(folder / "team.toml"), step=0.25, by="worth", reps=["Ben"], paths=100, seed=3
    )
    words = (
        "mix", "team.toml", "--paths", "100", "--seed", "3", "--step", "0.25", "--by", "worth",
        "--rep", "Ben", "--format", "csv",
    )  # fmt: skip
    found = pl.read_csv(io.StringIO(mixed(*words).stdout))
    best = pl.read_csv(io.StringIO(mixed(*words, "--table", "best").stdout))

    assert answer.frame.columns == found.columns
    assert answer.frame["mean"].to_list() == found["mean"].to_list()
    assert answer.parts["best"]["gain"].to_list() == best["gain"].to_list()
    assert {"worth"} == set(found["moved"])


def test_json(mixed: Run) -> None:
    """All tables under their keys, and a whole step is a share too."""
    told = json.loads(mixed(*FEW[:-1], "100%", "--format", "json").stdout)

    assert 6 == len(told["mix"])  # two reps, both corners and today's
    assert [] == told["concentration"]
    assert ["mix_by_worth"] == [caution["code"] for caution in told["cautions"]]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--step", "0.3"), "step must be a share from 0.01 to 1 that divides the whole"),
        (
            ("--step", "12"),
            "'--step': must be a share from 0.01 to 1, such as 0.1 or 10%, got '12'",
        ),
        (("--step", "nan"), "got 'nan'"),
        (("--rep", "Anna"), "no rep is called 'Anna'; did you mean 'Ana'?"),
        (("--by", "effort"), "'effort' is not one of 'hours', 'opportunities', 'worth'"),
        (("--paths", "1"), "paths must be a whole number"),
        (("--format", "csv", "--table", "frontier"), "--table names no table of this answer"),
    ],
)
def test_wrong_input(mixed: Run, words: tuple[str, ...], said: str) -> None:
    """Status 2, what was got and what is allowed, and nothing on stdout."""
    result = mixed(*FEW, *words)

    assert (2, "") == (result.exit_code, result.stdout)
    assert said in " ".join(result.stderr.split())
    assert "Traceback" not in result.stderr


def test_nothing_to_move(call: Run) -> None:
    """Reps of one segment have no mix: that is said."""
    result = call(*FEW)

    assert 2 == result.exit_code
    assert "a mix needs a rep who makes opportunities and sells two segments" in result.stderr


def test_out(mixed: Run, folder: Path) -> None:
    """A file appears whole, in the form of its ending; the scenario is not replaced."""
    for name, begin in (("mix.xlsx", b"PK"), ("mix.html", b"<!doctype"), ("mix.parquet", b"PAR1")):
        assert 0 == mixed(*FEW, "--out", name).exit_code
        assert (folder / name).read_bytes().startswith(begin)
    assert 2 == mixed(*FEW, "--format", "json", "--out", "team.toml").exit_code
