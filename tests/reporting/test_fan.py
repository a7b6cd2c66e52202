from __future__ import annotations

import json
from datetime import date
from typing import Any

from quotarisk.analysis.curves import trace_curves
from quotarisk.reporting.fan import chart_fan, fan_table
from quotarisk.reporting.report import results_of
from quotarisk.scenario.scenario import Scenario
from quotarisk.simulation.simulation import simulate
from tests.reporting.teams import scenario, team

REP = {"name": "Ana", "quota": {"month": 20_000}}


def drawn(asked: Scenario) -> dict[str, Any]:
    """The chart of a scenario's fan."""
    simulation = simulate(asked, paths=100, seed=7, workers=1)
    return chart_fan(results_of(simulation), trace_curves(simulation))


def values(chart: dict[str, Any], key: str) -> list[dict[str, Any]]:
    """The rows of the longest table that has a key."""
    tables = (rows for rows in chart["datasets"].values() if rows and key in rows[0])
    return max(tables, key=len, default=[])


def test_figures_are_the_tables() -> None:
    """The chart shows the table's figures, after a start at nothing."""
    simulation = simulate(team(), paths=100, seed=7, workers=1)
    results, curves = results_of(simulation), trace_curves(simulation)
    table = fan_table(results, curves)
    rows = values(chart_fan(results, curves), "p50")

    assert ("2026-12-31", 0.0, 0.0) == (rows[0]["day"], rows[0]["p50"], rows[0]["p90"])
    assert [round(p50, 2) for p50 in table.frame["p50"]] == [row["p50"] for row in rows[1:]]
    assert ("2027-02-28", "2027-02") == (rows[2]["day"], rows[2]["month"])


def test_ends_of_quarters_have_their_chance() -> None:
    """The chance of a quarter stands where it ends, as the answer has it."""
    simulation = simulate(team(), paths=100, seed=7, workers=1)
    results = results_of(simulation)
    labels = values(chart_fan(results, trace_curves(simulation)), "label")
    chances = results.attainment.frame.filter(level="team", cadence="quarter")["p_hit"]

    assert [f"Q{n}\n{100 * p:.1f} %" for n, p in enumerate(chances, 1)] == [
        row["label"] for row in labels
    ]
    assert "2027-03-31" == labels[0]["day"]


def test_long_horizons_name_years() -> None:
    """Of many quarters there is no room for each: years are named, and their plans add up."""
    chart = drawn(scenario(months=36, reps=[REP]))

    assert ["2027", "2028", "2029"] == [
        row["label"].split("\n")[0] for row in values(chart, "label")
    ]
    assert [240_000.0, 480_000.0, 720_000.0] == [row["amount"] for row in values(chart, "told")]


def test_no_plan_of_a_year_that_began_before() -> None:
    """A year's plan is not held against bookings that are added up since a later day."""
    chart = drawn(scenario(start=date(2027, 2, 1), months=23, reps=[REP]))

    assert [] == values(chart, "told")


def test_after_what_was_booked_nothing_starts_at_nothing() -> None:
    """Where something may be booked before, the fan begins with the first month's end."""
    chart = drawn(scenario(start=date(2027, 2, 15), months=11, booked=[], reps=[REP]))

    assert "2027-02" == values(chart, "p50")[0]["month"]


def test_without_quotas() -> None:
    """Without quotas there is a fan, but no plan."""
    rows = values(drawn(scenario(reps=[{"name": "Ana"}])), "p50")

    assert {None} == {row["plan"] for row in rows}


def test_no_month() -> None:
    """Where no month is answered, the description says so."""
    chart = drawn(scenario(months=1, start=date(2027, 1, 10), reps=[REP]))

    assert "No month is answered." == chart["description"]


def test_names_do_not_count_up() -> None:
    """Drawn again in the same process, the chart is the same to the letter."""
    assert json.dumps(drawn(team())) == json.dumps(drawn(team()))


def test_a_plan_out_of_reach_is_told_at_the_top() -> None:
    """It is drawn no higher than twice the bookings, and its amount is written beside it."""
    near = drawn(scenario(reps=[REP], team={"quota": {"year": 300_000.0}}))
    far = drawn(scenario(reps=[REP], team={"quota": {"year": 1e12}}))
    highest = max(row["p90"] for row in values(far, "p90"))
    (reachable,), (beyond,) = values(near, "told"), values(far, "told")

    assert (300_000.0, "") == (reachable["amount"], reachable["beyond"])
    assert beyond["amount"] <= 2 * max(highest, 240_000.0)
    assert beyond["beyond"].startswith("↑ 1,000,000M")
    scale = next(
        layer["encoding"]["y"]["scale"]["domainMax"]
        for layer in far["layer"]
        if "domainMax" in layer.get("encoding", {}).get("y", {}).get("scale", {})
    )
    assert beyond["amount"] < scale < 1e9
