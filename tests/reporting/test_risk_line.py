from __future__ import annotations

import polars as pl
import pytest

from quotarisk.errors import ArgumentError
from quotarisk.periods import Cadence
from quotarisk.reporting.results import Results
from quotarisk.reporting.risk_line import crossings
from quotarisk.simulation.simulation import Level
from tests.reporting.teams import answers, scenario


def test_longest_cadence(results: Results) -> None:
    """Where no cadence is named, the longest that has a P(hit) is held against the line."""
    (told,) = crossings(results, 1.0)

    assert told.startswith("team Starter: P(hit) ")
    assert told.endswith(" % in 2027")


def test_worst_period(results: Results) -> None:
    """Each who crossed has a line, with the worst period and how many are below."""
    told = crossings(results, 0.5, level="rep", cadence="quarter")
    ben = results.attainment.frame.filter(level="rep", name="Ben", cadence="quarter")
    worst = ben.sort("p_hit").row(0, named=True)

    assert any(
        line.startswith(f"rep Ben: P(hit) {100 * worst['p_hit']:.1f} ±")
        and line.endswith(f" % in {worst['period']}, 4 of 4 below")
        for line in told
    )


def test_nobody_crossed(results: Results) -> None:
    """Where everybody is above the line, there is nothing to tell."""
    assert () == crossings(results, 0.0, level="group")


def test_at_the_line(results: Results) -> None:
    """A P(hit) that is the line itself has not crossed it."""
    p_hit = results.attainment.frame.filter(level="team", cadence="year")["p_hit"][0]

    assert () == crossings(results, p_hit)


@pytest.mark.parametrize(
    ("level", "cadence", "what"),
    [
        ("team", None, "any team"),
        ("rep", "month", "any rep by the month"),
        ("group", None, "group"),
    ],
)
def test_no_chance(
    without_quotas: Results, level: Level, cadence: Cadence | None, what: str
) -> None:
    """A line for something that has no P(hit) is an error, not silence."""
    with pytest.raises(ArgumentError, match=what):
        crossings(without_quotas, 0.5, level=level, cadence=cadence)


def test_shorter_cadence() -> None:
    """Where there is no whole year, the quarter is the longest cadence."""
    asked = scenario(months=3, reps=[{"name": "Ana", "quota": {"month": 20_000}}])
    (told,) = crossings(answers(asked, paths=100), 1.0)

    assert told.endswith("in 2027-Q1")
    assert pl.Series([told]).str.contains("below").to_list() == [False]
