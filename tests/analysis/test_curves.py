from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import polars as pl
import pytest

from quotarisk.analysis.attainment import estimate_attainment
from quotarisk.analysis.curves import FAN, SURVIVAL, Curves, trace_curves
from quotarisk.scenario.scenario import Scenario
from quotarisk.simulation.simulation import Simulation, simulate

SEGMENT = {
    "opps_per_week": 2.0,
    "win_rate": 0.3,
    "deal_size": {"median": 8000.0, "p90": 17000.0},
    "won_cycle_days": {"median": 30.0, "p90": 70.0},
}
REPS: list[dict[str, Any]] = [
    {"name": "Ana", "group": "East", "quota": {"month": 20_000}},
    {"name": "Ben", "group": "West", "quota": {"month": 30_000, "quarter": 100_000}},
    {"name": "Cho", "group": "East", "quota": {"year": 300_000}},
    {"name": "Dan"},
]
BOOKED = [
    {"rep": "Ana", "date": date(2026, 12, 31), "amount": 1_000_000.0},  # of the year before
    {"rep": "Ana", "date": date(2027, 1, 20), "amount": 7_000.0},
    {"rep": "Ben", "date": date(2027, 2, 2), "amount": 9_000.0},
]


def simulated(**told: Any) -> Simulation:
    """Simulate a team that begins in 2027 on few paths."""
    base = {"name": "S", "start": date(2027, 1, 1), "segments": {"small": SEGMENT}, "reps": REPS}
    return simulate(Scenario.model_validate({**base, **told}), paths=400, seed=3, workers=1)


@pytest.fixture(scope="module")
def simulation() -> Simulation:
    """A year of four reps, two groups and the team."""
    return simulated()


@pytest.fixture(scope="module")
def curves(simulation: Simulation) -> Curves:
    """Its curves."""
    return trace_curves(simulation)


def of(frame: pl.DataFrame, level: str, name: str, **more: str) -> pl.DataFrame:
    """Rows of a unit."""
    return frame.filter(level=level, name=name, **more)


def test_columns(curves: Curves) -> None:
    """Both tables have the columns that they promise, and rows of every unit."""
    units = {("rep", rep["name"]) for rep in REPS} | {("group", "East"), ("group", "West")}
    units.add(("team", "S"))

    for frame, schema in ((curves.survival, SURVIVAL), (curves.fan, FAN)):
        assert list(schema) == frame.columns
        assert units == set(frame.select("level", "name").unique().iter_rows())


def test_reading_off_at_a_quota(simulation: Simulation, curves: Curves) -> None:
    """At a quota that all periods share, a curve is the mean of their P(hit)."""
    rows = estimate_attainment(simulation).frame.drop_nulls("p_hit")
    compared = 0
    for key, part in rows.group_by("level", "name", "cadence"):
        level, name, cadence = map(str, key)
        if part["quota"].n_unique() > 1:
            continue
        curve = of(curves.survival, level, name, cadence=cadence)
        read = curve.filter(pl.col("amount") == part["quota"][0])["p_at_least"].to_list()
        assert [pytest.approx(part["p_hit"].mean(), abs=1e-12)] == read
        compared += 1

    assert compared >= 8


def test_curves_fall_from_certainty(curves: Curves) -> None:
    """Nothing is reached for certain, and more is never likelier."""
    for _, curve in curves.survival.group_by("level", "name", "cadence", maintain_order=True):
        assert (0.0, 1.0) == curve.select("amount", "p_at_least").row(0)
        assert (np.diff(curve["amount"]) > 0).all()
        assert (np.diff(curve["p_at_least"]) <= 0).all()


def test_amounts_of_cadences_correspond(curves: Curves) -> None:
    """A row of the quarter's curve is 3 times the month's amount, of the year's 12 times."""
    amounts = {
        cadence: of(curves.survival, "rep", "Ben", cadence=cadence)["amount"].to_numpy()
        for cadence in ("month", "quarter", "year")
    }

    np.testing.assert_allclose(3 * amounts["month"], amounts["quarter"])
    np.testing.assert_allclose(12 * amounts["month"], amounts["year"])


def test_fan_ends_with_the_year(simulation: Simulation, curves: Curves) -> None:
    """After twelve months bookings to date are the year's: the same quantiles, the same quota."""
    year = estimate_attainment(simulation).frame.filter(cadence="year")
    for row in year.iter_rows(named=True):
        last = of(curves.fan, row["level"], row["name"]).row(-1, named=True)
        for key in ("p10", "p50", "p90"):
            assert pytest.approx(row[key], abs=0.01) == last[key]
        assert row["quota"] == last["plan"]
    assert date(2027, 1, 1) == curves.since


def test_plan_adds_the_shortest_cadence_up(curves: Curves) -> None:
    """A plan is the sum of months' quotas; of years' where there are no others; or nothing."""
    plans = {name: of(curves.fan, "rep", name)["plan"].to_list() for name in ("Ana", "Cho", "Dan")}

    assert [20_000.0 * month for month in range(1, 13)] == plans["Ana"]
    assert [*[None] * 11, 300_000.0] == plans["Cho"]
    assert [None] * 12 == plans["Dan"]


def test_hire_has_a_plan_from_the_first_day_on() -> None:
    """Months before a hire's first have no quota, and no curve counts them."""
    hire = {"name": "Ana", "quota": {"month": 20_000}, "start_date": date(2027, 3, 1)}
    simulation = simulated(reps=[hire])
    curves = trace_curves(simulation)
    plan = of(curves.fan, "rep", "Ana")["plan"].to_list()
    rows = estimate_attainment(simulation).frame.filter(level="rep", cadence="month")
    curve = of(curves.survival, "rep", "Ana", cadence="month")

    assert [None, None, 20_000.0, 40_000.0] == plan[:4]
    assert [pytest.approx(rows["p_hit"].mean())] == (
        curve.filter(amount=20_000.0)["p_at_least"].to_list()
    )


def test_what_was_booked_counts_since_the_fiscal_year_began() -> None:
    """In mid-quarter the fan begins with the year, in bookings and in quotas."""
    simulation = simulated(start=date(2027, 2, 15), months=11, booked=BOOKED)
    curves = trace_curves(simulation)
    ana = of(curves.fan, "rep", "Ana")
    drawn = simulation.bookings("Ana")[0] + 7_000
    year = estimate_attainment(simulation).frame.filter(level="team", cadence="year")

    assert date(2027, 1, 1) == curves.since
    assert ("2027-02", 40_000.0) == ana.select("month", "plan").row(0)
    assert np.sort(drawn)[200] == pytest.approx(ana["p50"][0])
    assert pytest.approx(year["p50"][0]) == of(curves.fan, "team", "S")["p50"][-1]


def test_lists_of_quotas_begin_with_the_horizon() -> None:
    """A list of quotas says nothing of the months before the horizon: the fan begins with it."""
    rep = {"name": "Ana", "group": "G", "quota": {"month": [1_000.0 * m for m in range(1, 12)]}}
    told = {"start": date(2027, 2, 15), "months": 11, "booked": BOOKED[:2], "reps": [rep]}
    curves = trace_curves(simulated(**told, groups={"G": {"quota": {"year": 90_000}}}))

    assert date(2027, 2, 1) == curves.since
    assert [1_000.0, 3_000.0, 6_000.0] == of(curves.fan, "rep", "Ana")["plan"].to_list()[:3]


def test_a_begun_month_is_left_out_where_nothing_is_known_of_it() -> None:
    """Without what was booked, the first whole month is the first of the fan."""
    curves = trace_curves(simulated(start=date(2027, 2, 15), months=11))

    assert date(2027, 3, 1) == curves.since
    assert "2027-03" == curves.fan["month"][0]
    assert 20_000.0 == of(curves.fan, "rep", "Ana")["plan"][0]


def test_quarters_that_begin_later_make_no_line() -> None:
    """A fan that begins in mid-quarter adds up what no quarter's quota was made for."""
    rep = {"name": "Ana", "quota": {"quarter": 60_000}}
    begun = trace_curves(simulated(start=date(2027, 2, 1), months=11, reps=[rep]))
    whole = trace_curves(simulated(start=date(2027, 4, 1), months=9, reps=[rep]))

    assert of(begun.fan, "rep", "Ana")["plan"].is_null().all()
    assert [None, None, 60_000.0] == of(whole.fan, "rep", "Ana")["plan"].to_list()[:3]


def test_no_period() -> None:
    """Where no period is answered there are no curves, but the columns are there."""
    curves = trace_curves(simulated(start=date(2027, 1, 10), months=1))

    assert (0, 0) == (curves.survival.height, curves.fan.height)
    assert (list(SURVIVAL), list(FAN)) == (curves.survival.columns, curves.fan.columns)


def test_nothing_sold() -> None:
    """Who never wins has a curve too: nothing is reached but nothing."""
    never = {**SEGMENT, "opps_per_week": 0.0}
    curves = trace_curves(simulated(segments={"small": never}, reps=[{"name": "Ana"}]))

    assert {0.0} == set(curves.survival.filter(pl.col("amount") > 0)["p_at_least"])


def test_progress(simulation: Simulation) -> None:
    """Who looks on is told after each rep."""
    told: list[tuple[int, int]] = []
    trace_curves(simulation, progress=lambda done, known: told.append((done, known)))

    assert [(1, 4), (2, 4), (3, 4), (4, 4)] == told


def test_no_line_where_bookings_begin_before_quotas() -> None:
    """What is booked before the first quota must not be held against it: there is no line."""
    simulation = simulated(team={"quota": {"quarter": {"2027-Q2": 50_000.0}}})
    assert (
        of(trace_curves(simulation).fan, "team", simulation.scenario.name)["plan"].is_null().all()
    )
