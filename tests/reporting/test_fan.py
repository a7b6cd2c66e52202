from __future__ import annotations

import json
from datetime import date
from typing import Any

from quotarisk.analysis.curves import trace_curves
from quotarisk.reporting.fan import Fan, chart_fan, fan_table
from quotarisk.reporting.report import results_of
from quotarisk.scenario.scenario import Scenario
from quotarisk.simulation.simulation import simulate
from tests.reporting.teams import scenario, team

REP = {"name": "Ana", "quota": {"month": 20_000}}


def drawn(asked: Scenario) -> Fan:
    """A scenario's fan."""
    simulation = simulate(asked, paths=100, seed=7, workers=1)
    fan = chart_fan(results_of(simulation), trace_curves(simulation))
    assert fan is not None
    return fan


def values(fan: Fan, key: str) -> list[dict[str, Any]]:
    """The rows of the longest table that has a key."""
    tables = (rows for rows in fan.chart["datasets"].values() if key in rows[0])
    return max(tables, key=len, default=[])


def marks(fan: Fan) -> list[str]:
    """What its layers are made of, from back to front."""
    return [layer["mark"]["type"] for layer in fan.chart["layer"]]


def rows_of(fan: Fan, layer: dict[str, Any]) -> list[dict[str, Any]]:
    """The rows that a layer draws."""
    rows: list[dict[str, Any]] = fan.chart["datasets"][layer["data"]["name"]]
    return rows


def test_figures_are_the_tables() -> None:
    """The chart shows the table's figures, after a start at nothing."""
    simulation = simulate(team(), paths=100, seed=7, workers=1)
    table = fan_table(results_of(simulation), trace_curves(simulation))
    rows = values(drawn(team()), "p50")

    assert ("2026-12-31", 0.0, 0.0) == (rows[0]["day"], rows[0]["p50"], rows[0]["p90"])
    assert [round(p50, 2) for p50 in table.frame["p50"]] == [row["p50"] for row in rows[1:]]
    assert ("2027-02-28", "2027-02") == (rows[2]["day"], rows[2]["month"])


def test_ends_of_quarters_have_their_chance() -> None:
    """The chance of a quarter stands where it ends, as the answer has it."""
    simulation = simulate(team(), paths=100, seed=7, workers=1)
    labels = values(drawn(team()), "label")
    chances = results_of(simulation).attainment.frame.filter(level="team", cadence="quarter")[
        "p_hit"
    ]

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


def test_a_plan_of_the_year_alone() -> None:
    """Where there is but the year's plan it has its chance, and no line is drawn to one point."""
    fan = drawn(scenario(reps=[{"name": "Ana", "quota": {"year": 240_000}}]))

    assert (False, True, True) == (fan.has_quotas, fan.has_plans, fan.has_chances)
    assert ["area", "rule", "line", "point", "circle", "text"] == marks(fan)
    assert ["2027"] == [row["label"].split("\n")[0] for row in values(fan, "label")]


def test_no_plan_of_a_year_that_began_before() -> None:
    """A year's plan is not held against bookings that are added up since a later day."""
    chart = drawn(scenario(start=date(2027, 2, 1), months=23, reps=[REP]))

    assert [] == values(chart, "told")


def test_after_what_was_booked_nothing_starts_at_nothing() -> None:
    """Where something may be booked before, the fan begins with the first month's end."""
    chart = drawn(scenario(start=date(2027, 2, 15), months=11, booked=[], reps=[REP]))

    assert "2027-02" == values(chart, "p50")[0]["month"]


def test_without_quotas() -> None:
    """Without quotas there is a fan, but no plan, and no layer that has no rows."""
    fan = drawn(scenario(reps=[{"name": "Ana"}]))

    assert {None} == {row["plan"] for row in values(fan, "p50")}
    assert (False, False, False) == (fan.has_quotas, fan.has_plans, fan.has_chances)
    assert ["area", "line", "circle"] == marks(fan)


def test_a_layer_for_what_is_there() -> None:
    """Quotas, plans and chances are drawn where there are any, and the legend knows of it."""
    full = drawn(team())
    short = drawn(scenario(months=2, reps=[REP]))

    assert (True, True, True) == (full.has_quotas, full.has_plans, full.has_chances)
    assert ["area", "rule", "line", "line", "point", "circle", "text"] == marks(full)
    assert (True, False, False) == (short.has_quotas, short.has_plans, short.has_chances)
    assert ["area", "line", "line", "circle"] == marks(short)
    assert all(full.chart["datasets"].values())
    assert all(short.chart["datasets"].values())


def test_a_label_where_the_chart_begins() -> None:
    """The label of a quarter that ends where the chart begins stands to the right of it."""
    booked = [{"rep": "Ana", "date": date(2027, 1, 5), "amount": 5000.0}]
    fan = drawn(scenario(start=date(2027, 3, 1), months=4, booked=booked, reps=[REP]))
    sides = [
        (layer["mark"]["align"], [row["label"][:2] for row in rows_of(fan, layer)])
        for layer in fan.chart["layer"]
        if layer["mark"]["type"] == "text"
    ]

    assert "2027-03-31" == values(fan, "p50")[0]["day"]
    assert [("right", ["Q2"]), ("left", ["Q1"])] == sides


def test_no_month() -> None:
    """Where no month is answered, there is nothing to draw."""
    asked = scenario(months=1, start=date(2027, 1, 10), reps=[REP])
    simulation = simulate(asked, paths=100, seed=7, workers=1)

    assert chart_fan(results_of(simulation), trace_curves(simulation)) is None


def test_names_do_not_count_up() -> None:
    """Drawn again in the same process, the chart is the same to the letter."""
    assert json.dumps(drawn(team()).chart) == json.dumps(drawn(team()).chart)


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
        for layer in far.chart["layer"]
        if "domainMax" in layer.get("encoding", {}).get("y", {}).get("scale", {})
    )
    assert beyond["amount"] < scale < 1e9
