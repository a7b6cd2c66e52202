"""Working time: today's share exactly, what starves, what an hour more is worth."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

import quotarisk as qr
from quotarisk.analysis.answers import Answer
from quotarisk.analysis.time import trace_time
from quotarisk.analysis.timekeeping import at_share, share_of, with_an_hour
from quotarisk.errors import ArgumentError
from quotarisk.scenario.scenario import Scenario
from quotarisk.simulation.comparing import variant_of
from tests.analysis.blends import PER_HOUR, funnel, starving, two_segments
from tests.analysis.cases import make

PATHS = 400
STEP = 0.25


def _team(**told: Any) -> Scenario:
    """Two reps with hours and other shares in a group of three, and one alone."""
    plain = starving()
    reps: list[dict[str, Any]] = [
        {"name": "Ana", "group": "East", "hours_per_week": 40.0},
        {"name": "Bo", "group": "East", "hours_per_week": 30.0, "prospecting_share": 0.3},
        {"name": "Cy", "group": "East", "segments": {"large": {"opps_per_week": 1.0}}},
        {"name": "Di", "group": "West", "segments": {"large": {"opps_per_week": 1.0}}},
    ]
    quota = {"month": 20_000.0}
    segments = plain.model_dump(exclude_none=True)["segments"]
    return make(segments, *({**rep, "quota": quota} for rep in reps), **{"months": 6, **told})


@pytest.fixture(scope="module")
def answer() -> Answer:
    """The team."""
    return trace_time(_team(), step=STEP, paths=PATHS, seed=3)


def _rows(frame: pl.DataFrame, name: str) -> list[dict[str, Any]]:
    return list(frame.filter(name=name).iter_rows(named=True))


def test_who_is_told(answer: Answer) -> None:
    """Reps with hours, their group and the team; the others are named as left out."""
    assert ["Ana", "Bo", "East", "Team"] == answer.frame["name"].unique(
        maintain_order=True
    ).to_list()
    left_out, balance = answer.cautions
    assert "Cy and Di: no hours_per_week, so time sets no bounds. Left out." == left_out.text
    assert ("no_balance", ("Ana", "Bo")) == (balance.code, balance.about)


def test_shares(answer: Answer) -> None:
    """Those of the grid, and today's in its place, once."""
    grid = [0.0, 0.25, 0.5, 0.75, 1.0]

    assert grid == [row["share"] for row in _rows(answer.frame, "Ana")]
    assert [0.0, 0.25, 0.3, 0.5, 0.75, 1.0] == [row["share"] for row in _rows(answer.frame, "Bo")]
    for unit in ("East", "Team"):  # their reps keep different shares
        rows = _rows(answer.frame, unit)
        assert [None, *grid] == [row["share"] for row in rows]
        assert rows[0]["kept_hours"] is None
        assert 35 == rows[3]["kept_hours"]
    today = answer.frame.filter("today").select("name", "share")
    assert [("Ana", 0.0), ("Bo", 0.3), ("East", None), ("Team", None)] == list(today.iter_rows())


def test_today_is_the_simulation() -> None:
    """Today's share has the very figures of a plain run, on the grid or beside it."""
    simulation = qr.simulate(_team(), paths=200, seed=5)
    plain = qr.estimate_attainment(simulation).frame
    frame = trace_time(simulation, step=STEP).frame

    for row in frame.filter("today").iter_rows(named=True):
        rows = plain.filter(level=row["level"], name=row["name"])
        (quarter, _) = rows.filter(cadence="quarter").iter_rows(named=True)
        assert "2027-Q1" == row["period"]
        for key in ("mean", "sd", "p10"):
            assert quarter[key] == pytest.approx(row[key], rel=1e-12), key
        for cadence in ("month", "quarter"):
            chance = rows.filter(cadence=cadence)["p_hit"].mean()
            assert chance == pytest.approx(row[f"p_hit_{cadence}"], rel=1e-12)
        changes = {key: value for key, value in row.items() if "_change" in key}
        assert {0.0} == set(changes.values())


def test_a_group_whose_reps_keep_the_same() -> None:
    """Today's share of theirs is known, and on the grid."""
    scenario = starving(group="East", prospecting_share=0.25)
    rows = _rows(trace_time(scenario, step=STEP, paths=20).frame, "East")

    assert [0.25] == [row["share"] for row in rows if row["today"]]
    assert 5 == len(rows)


def test_no_time_for_prospecting_starves_the_pipeline() -> None:
    """Where inbound deals take all the time, some that is kept pays, and all of it does not."""
    answer = trace_time(starving(), step=0.1, paths=3 * PATHS)
    frame = answer.frame.filter(level="rep")
    change, error = frame["mean_change"].to_list(), frame["mean_change_se"].to_list()

    assert change[1] > 4 * error[1] > 0
    assert change[-1] < -4 * error[-1] < 0
    best = answer.parts["best"].filter(level="rep", cadence="month")
    month = best.row(0, named=True)
    assert (0.0, "better") == (month["share_today"], month["verdict"])
    assert 0 < month["share"] < 1


def test_the_nearest_of_the_shares_that_are_as_good() -> None:
    """Of shares up to which nothing changes the one next to today's, and what they are."""
    scenario = starving(prospecting_share=0.9)
    answer = trace_time(scenario, step=0.1, paths=3 * PATHS)
    for row in answer.parts["best"].filter(level="rep").iter_rows(named=True):
        assert 0 <= row["share_from"] <= row["share"] == row["share_to"] < 0.9
    # groups and the team keep what their reps keep, by their hours
    units = answer.parts["best"].filter(cadence="month")
    assert {row["share"] for row in units.iter_rows(named=True)} == set(units["share"].head(1))


@pytest.mark.parametrize("win", [0.24, {"won": 6, "of": 25}], ids=["known", "evidence"])
def test_what_is_not_known_is_no_feast(win: Any) -> None:
    """Where deals take no time months do not depend on each other, however little is known."""
    sold = {
        "win_rate": win, "deal_size": 9_000.0, "won_cycle_days": 30.0, "hours_per_open_deal": 0.0,
        "funnel": funnel(0.1),
    }  # fmt: skip
    found = _today({"s": sold})
    assert abs(found["autocorrelation"]) < 4 * found["autocorrelation_se"]
    # the control: work on open deals that leaves no time for new ones, who come in turns then
    busy = {**sold, "hours_per_open_deal": 3.0, "won_cycle_days": 60.0, "funnel": funnel(0.5)}
    turns = _today({"s": {**busy, "win_rate": 0.9}})
    assert turns["autocorrelation"] < -0.3
    assert turns["autocorrelation"] < -20 * turns["autocorrelation_se"]


def _today(segments: dict[str, Any]) -> dict[str, Any]:
    """How a rep's months come who works 40 hours."""
    scenario = make(segments, {"name": "Ana", "hours_per_week": 40.0, "quota": {"month": 9_000.0}})
    frame = trace_time(scenario, step=1, paths=2_000, seed=3).frame
    (row,) = frame.filter("today", level="rep").iter_rows(named=True)
    return row


def test_the_control_of_starving() -> None:
    """Where open deals take no time nothing depends on what is kept: no path moves by a cent."""
    answer = trace_time(starving(hours_per_open_deal=0.0), step=0.5, paths=100)

    assert {0.0} == set(answer.frame["mean_change"]) == set(answer.frame["p_hit_month_change_se"])
    assert {"as today"} == set(answer.parts["best"]["verdict"])
    assert ["time_no_effort"] == [caution.code for caution in answer.cautions]


def test_an_hour_more() -> None:
    """It is worth something where time is short; which share it goes to is told exactly."""
    answer = trace_time(starving(prospecting_share=0.2), step=0.5, paths=3 * PATHS)
    hour = answer.parts["hour"].filter(level="rep")

    assert ["prospecting", "open deals"] == hour["use"].to_list()
    assert (hour["mean_change"] > 4 * hour["mean_change_se"]).all()
    task = variant_of(starving(prospecting_share=0.2), 0).tasks["Ana"]
    for use, kept in (("prospecting", 9.0), ("open deals", 8.0)):
        more = with_an_hour(task, use)  # type: ignore[arg-type]
        assert 41 == more.rep.hours_per_week
        assert kept == pytest.approx(41 * share_of(more))


def test_hours_of_a_group(answer: Answer) -> None:
    """An hour more for each of its reps with hours; what it brings is the sum of theirs."""
    hour = answer.parts["hour"]

    assert [(2, 70.0)] * 4 == list(
        hour.filter(pl.col("level") != "rep").select("reps", "hours").iter_rows()
    )
    for use in ("prospecting", "open deals"):
        rows = hour.filter(use=use)
        reps = rows.filter(level="rep")["mean_change"].sum()
        for unit in ("group", "team"):
            assert reps == pytest.approx(rows.filter(level=unit)["mean_change"].item())


def test_at_share() -> None:
    """Today's very task at today's share, whether it is written or left out."""
    for told, today in (({}, 0.0), ({"prospecting_share": 0.3}, 0.3)):
        task = variant_of(starving(**told), 0).tasks["Ana"]
        assert task is at_share(task, today)
        assert 0.7 == at_share(task, 0.7).rep.prospecting_share


def test_rhythm(answer: Answer) -> None:
    """Told of everybody; nothing where nothing is ever booked."""
    assert answer.frame["variation"].null_count() == answer.frame.filter(mean=0.0).height
    assert (answer.frame["autocorrelation"].abs().drop_nulls() <= 1).all()
    assert (answer.frame["variation_se"].drop_nulls() > 0).all()


def test_some_reps() -> None:
    """Only their time moves; the team is still everybody."""
    scenario = _team()
    every = trace_time(scenario, step=STEP, paths=50, seed=1)
    some = trace_time(scenario, step=STEP, paths=50, seed=1, reps=["Bo"])

    assert every.frame.filter(name="Bo").equals(some.frame.filter(name="Bo"))
    assert ["Bo", "East", "Team"] == some.frame["name"].unique(maintain_order=True).to_list()
    (today,) = some.frame.filter("today", level="team").iter_rows(named=True)
    (as_it_is,) = every.frame.filter("today", level="team").iter_rows(named=True)
    assert as_it_is["mean"] == today["mean"]
    assert 0.3 == today["share"]


def test_no_funnel() -> None:
    """Time that is kept makes nothing where no funnel says what an hour makes."""
    told = {"rep": {"hours_per_week": 40.0}, "more": {"small": {"hours_per_open_deal": 1.0}}}
    answer = trace_time(two_segments(**told), step=1, paths=20)  # type: ignore[arg-type]

    assert ["time_no_funnel"] == [caution.code for caution in answer.cautions]
    bound = two_segments(per_hour=PER_HOUR, **told)  # type: ignore[arg-type]
    assert () == trace_time(bound, step=1, paths=20).cautions


def test_nobody_has_hours() -> None:
    """What is missing, and how it is written."""
    with pytest.raises(ArgumentError) as caught:
        trace_time(two_segments())
    assert (
        "time needs a rep with hours_per_week, got none among 1; write hours_per_week = 40 with "
        "the rep, and hours_per_open_deal and a funnel with its segments"
    ) == str(caught.value)
    with pytest.raises(ArgumentError, match="got none among 1"):
        trace_time(_team(), reps=["Cy"])


def test_without_quotas() -> None:
    """What is booked and how unevenly is told all the same."""
    answer = trace_time(starving(quota={}), step=0.5, paths=50)

    assert 0 == answer.parts["best"].height
    assert answer.frame["variation"].drop_nulls().len() > 0
    assert answer.parts["hour"]["p_hit_month_change"].is_null().all()
