from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl
import pytest

from quotarisk.reporting.plans import plans_table
from quotarisk.reporting.results import Results
from tests.reporting.teams import answers, scenario

REP = {"name": "Ana", "quota": {"month": 20_000}}


def labels(results: Results) -> list[str]:
    """What the columns are headed."""
    return [column.label for column in plans_table(results).columns]


def test_team_first(results: Results) -> None:
    """The team stands first, then the groups in the scenario's order."""
    assert ["Team", "East", "West"] == plans_table(results).frame["unit"].to_list()


def test_figures_are_the_answers(results: Results) -> None:
    """A row holds the year's figures, its quarters, and the mean of its months."""
    row = plans_table(results).frame.row(0, named=True)
    team = results.attainment.frame.filter(pl.col("level") == "team")
    by_period = {each["period"]: each for each in team.iter_rows(named=True)}
    months = [by_period[f"2027-{month:02d}"]["p_hit"] for month in range(1, 13)]

    assert by_period["2027-Q3"]["p_hit"] == row["p_hit_q3"]
    assert by_period["2027"]["p_hit"] == row["p_hit"]
    assert by_period["2027"]["p90"] == row["p90"]
    assert pytest.approx(sum(months) / 12) == row["p_hit_month"]


@pytest.mark.parametrize(
    ("told", "rows", "expected"),
    [
        ({}, ["2027"], ["plan", "month", "Q1", "Q2", "Q3", "Q4", "2027"]),
        (
            {"months": 18},
            ["2027", "2028"],
            ["plan", "period", "month", "Q1", "Q2", "Q3", "Q4", "year"],
        ),
        (
            {"start": date(2027, 2, 1), "months": 24, "fiscal_year_start": 2},
            ["2028", "2029"],
            ["plan", "period", "month", "Q1", "Q2", "Q3", "Q4", "year"],
        ),
        ({"months": 3}, ["2027-Q1"], ["plan", "month", "2027-Q1"]),
        (
            {"start": date(2027, 2, 1), "months": 8},
            ["2027-Q2", "2027-Q3"],
            ["plan", "period", "month", "quarter"],
        ),
        ({"months": 2}, ["2027-01", "2027-02"], ["plan", "period", "month"]),
    ],
)
def test_rows_are_the_longest_periods(
    told: dict[str, Any], rows: list[str], expected: list[str]
) -> None:
    """A row is a fiscal year; a quarter or a month where the horizon holds nothing longer."""
    results = answers(scenario(reps=[REP], **told), paths=100)

    assert rows == plans_table(results).frame["within"].to_list()
    assert [*expected, "quota", "mean", "P10", "P50", "P90"] == labels(results)


def test_namesakes_are_told_apart() -> None:
    """A group is told apart from the team and from a rep of its name."""
    names = [("Ana", "Team"), ("East", "East"), ("Ben", "West")]
    reps = [{**REP, "name": name, "group": group} for name, group in names]
    table = plans_table(answers(scenario(reps=reps), paths=100))

    assert ["Team", "Team (group)", "East (group)", "West"] == table.frame["unit"].to_list()


def test_without_quotas(without_quotas: Results) -> None:
    """Without quotas there are bookings, and no word of plans."""
    table = plans_table(without_quotas)

    assert ["who", "mean", "P10", "P50", "P90"] == labels(without_quotas)
    assert "What do the team and its groups book?" == table.title


def test_partial_year() -> None:
    """A year that the horizon does not end has its quarters and no figures of its own."""
    row = plans_table(answers(scenario(reps=[REP], months=18), paths=100)).frame.row(1, named=True)

    assert row["p_hit_q2"] is not None
    assert [None, None, None] == [row["p_hit_q3"], row["p_hit"], row["p50"]]
