"""Goals on fresh paths, by hand, and what is said where there are none."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import date
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from quotarisk.analysis.goals import plan_goals
from quotarisk.analysis.weekly import free_of_hours, weeks_of, with_inbound, with_pace
from quotarisk.errors import ArgumentError
from quotarisk.scenario.scenario import Scenario
from quotarisk.scenario.stress import Stress
from quotarisk.simulation.simulation import simulate
from tests.analysis.cases import exact_case, lognormal, make, open_deal, segment
from tests.analysis.goal_cases import FUNNEL, MIXED, PATHS, WORKED, bound, fresh, goals, one

FEW = settings(
    max_examples=4, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck)
)


def _team(*more: dict[str, Any], **told: Any) -> Scenario:
    """Three reps and a hire, in a market that moves."""
    quota = {"month": 20_000.0}
    reps: list[dict[str, Any]] = [
        {"name": "Ana", "group": "East", "quota": quota},
        {"name": "Ben", "group": "East", "quota": {"month": 12_000.0}, "segments": {"small": {}}},
        {"name": "Cho", "quota": quota, "start_date": date(2027, 4, 1), "ramp": [0.3, 0.6]},
    ]
    return make(MIXED, *reps, *more, **{"market": {"creation": 0.15, "deal_size": 0.1}, **told})


def _limit(confidence: float) -> float:
    """Four standard errors: of solving, and of looking at it again."""
    return 4 * math.sqrt(2 * confidence * (1 - confidence) / PATHS)


@FEW
@given(confidence=st.floats(0.4, 0.9), seed=st.integers(0, 1_000))
def test_goals_reach_their_confidence_on_fresh_seeds(confidence: float, seed: int) -> None:
    """Within four standard errors; what averages alone ask for does not."""
    scenario = _team()
    answer = goals(scenario, confidence=confidence, seed=seed)
    paths = fresh(scenario, "2027", seed=seed + 1)
    for row in answer.frame.iter_rows(named=True):
        rep, quota = paths[row["name"]], 100 * row["quota"]
        chance = rep.chance(with_pace(rep.task, row["pace"]), quota)
        assert abs(chance - confidence) < _limit(confidence) + 0.01, row
        naive = row["naive_opps_per_week"] / row["opps_now"]
        said = rep.chance(with_pace(rep.task, naive), quota)
        assert abs(said - row["p_naive"]) < _limit(row["p_naive"])
        if confidence > 0.7:
            assert said < confidence - _limit(confidence)  # the control
        assert row["above_naive"] == pytest.approx(row["pace"] / naive - 1)


def test_levers_reach_the_confidence_on_fresh_seeds() -> None:
    """Each by itself; half of the change does not."""
    scenario = make(
        {"s": segment(opps=2.0, win=0.3, size=lognormal(8_000.0, 0.6), inbound_opps_per_week=0.5)},
        {"name": "Ana", "quota": {"quarter": 85_000.0}},
    )
    answer = goals(scenario, period="2027-Q1")
    rep = fresh(scenario, "2027-Q1", seed=9)["Ana"]
    win, inbound, quota = answer.parts["levers"].iter_rows(named=True)
    limit = _limit(0.8) + 0.005

    def chance(part: float, lever: str) -> float:
        if lever == "win":
            factor = 1 + part * (win["needed"] / win["now"] - 1)
            return rep.chance(replace(rep.task, stress=Stress(win_rate=factor)), 8_500_000.0)
        if lever == "inbound":
            return rep.chance(with_inbound(rep.task, part * inbound["change"]), 8_500_000.0)
        return rep.chance(rep.task, 100 * (quota["now"] + part * quota["change"]))

    assert (0.3, 0.5, 85_000.0) == (win["now"], inbound["now"], quota["now"])
    for lever in ("win", "inbound", "quota"):
        assert abs(chance(1.0, lever) - 0.8) < limit, lever
        assert chance(0.5, lever) < 0.8 - limit, lever
    for row in (win, inbound, quota):
        assert row["p_hit"] >= 0.8
        assert row["needed_se"] > 0
        assert row["reason"] is None


def test_the_exact_check() -> None:
    """Where nothing is uncertain P(hit) at the pace is the exact one, within 4 errors."""
    row = one(goals(exact_case()).frame)
    assert row["p_goal_exact"] == pytest.approx(0.8, abs=_limit(0.8))
    assert abs(row["p_goal_z"]) < 4
    assert one(goals(_team(), paths=200).frame, name="Ana")["p_goal_exact"] is None


def test_an_exact_check_that_fails_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Figures that the exact calculation contradicts come with a caution."""
    monkeypatch.setattr("quotarisk.analysis.rep_goals.exact_p_hit", lambda *_: 0.2)
    answer = goals(exact_case())
    assert "exact_check" in {caution.code for caution in answer.cautions}


@pytest.mark.parametrize("workers", [1, 3])
def test_same_bits(workers: int) -> None:
    """Any number of threads, and a simulation instead of a scenario, give the same tables."""
    scenario = _team()
    first = goals(scenario, paths=300)
    done: list[tuple[int, int]] = []
    second = plan_goals(
        simulate(scenario, paths=300, seed=1),
        workers=workers,
        progress=lambda *told: done.append(told),
    )
    assert first.frame.equals(second.frame)
    for key, part in first.parts.items():
        assert part.equals(second.parts[key]), key
    assert [(1, 3), (2, 3), (3, 3)] == done
    assert first.provenance == second.provenance
    assert not first.frame.equals(goals(scenario, paths=300, seed=2).frame)
    assert "What must each rep do a week" in repr(first)


def test_segments_and_stages_add_up() -> None:
    """To the rep's opportunities and activities, stage by stage."""
    scenario = make(
        {"s": WORKED, "t": {**WORKED, "win_rate": 0.2, "opps_per_week": 0.4}},
        {
            "name": "Ana",
            "quota": {"year": 300_000.0},
            "segments": {"s": {"opps_per_week": 1.0}, "t": {}},
        },
    )
    answer = goals(scenario, paths=500)
    row, parts = one(answer.frame), answer.parts
    for key in ("opps_per_week", "activities_per_week", "prospecting_hours", "deal_hours"):
        assert row[key] == pytest.approx(parts["segments"][key].sum())
        assert row[f"{key}_se"] == pytest.approx(parts["segments"][f"{key}_se"].sum())
    assert row["hours_needed"] == pytest.approx(row["prospecting_hours"] + row["deal_hours"])
    assert row["naive_opps_per_week"] == pytest.approx(
        parts["segments"]["naive_opps_per_week"].sum()
    )
    stages = parts["stages"].filter(segment="s")
    assert ["activities", "SQL", "opportunity"] == stages["stage"].to_list()
    assert stages["now"][2] == pytest.approx(1.0)
    assert stages["per_week"][2] == pytest.approx(row["pace"])
    assert stages["per_week"][2] == pytest.approx(0.4 * stages["per_week"][1])
    assert row["hours_per_week"] is row["has_time"] is row["p_reachable"] is None
    opps = parts["milestones"]["opps_by_then"][-1]
    assert opps == pytest.approx(row["opps_per_week"] * 365 / 7)


def test_no_time() -> None:
    """A rep whose hours do not do is told what they do, and what would buy the rest."""
    scenario = bound(125_000.0)
    answer = goals(scenario, period="2027-Q1", paths=1_000)
    row = one(answer.frame)
    assert row["has_time"] is False
    assert row["hours_needed"] > 40
    assert row["p_reachable"] == row["p_hit"] < 0.8
    assert row["reason"].startswith("No time: it takes ")
    rep = fresh(scenario, "2027-Q1", seed=4, paths=1_000)["Ana"]
    free = with_pace(free_of_hours(rep.task), row["pace"])
    assert rep.chance(free, 12_500_000.0) == pytest.approx(0.8, abs=0.09)
    inbound = one(answer.parts["levers"], lever="inbound opportunities")
    more = with_inbound(rep.task, inbound["change"])
    assert rep.chance(more, 12_500_000.0) == pytest.approx(0.8, abs=0.09)
    assert "pace_without_bounds" in {caution.code for caution in answer.cautions}


def test_time_enough() -> None:
    """Where P(hit) is reached within the hours, nothing is needed."""
    answer = goals(bound(70_000.0), period="2027-Q1", paths=500)
    row = one(answer.frame)
    assert row["has_time"] is True
    assert row["hours_needed"] < 40
    assert row["p_reachable"] is row["reason"] is None
    levers = answer.parts["levers"]
    assert {None} == set(levers["needed"])
    assert {"Not needed: 80 % is reached as it is."} == set(levers["reason"])


def test_hours_that_are_not_known() -> None:
    """Without a funnel nobody knows what opportunities take; without effort deals take nothing."""
    segments = {"s": WORKED, "t": segment(opps=2.0)}
    scenario = make(
        segments, {"name": "Ana", "quota": {"quarter": 400_000.0}, "hours_per_week": 20.0}
    )
    row = one(goals(scenario, paths=200).frame)
    assert row["hours_needed"] is None
    assert row["reason"].startswith("No time: within the hours ")
    idle = {**WORKED, "hours_per_open_deal": 0.0}
    answer = goals(make({"s": {**idle, "opps_per_week": 1.0}}, _rep(90_000.0)), paths=200)
    row = one(answer.frame)
    assert row["deal_hours"] is None
    assert row["hours_needed"] == row["prospecting_hours"]
    assert "no_deal_hours" in {caution.code for caution in answer.cautions}


def _rep(year: float, **told: Any) -> dict[str, Any]:
    return {"name": "Ana", "quota": {"year": year}, **told}


def test_hours_that_would_do_on_average(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the loop of hours falls short of its own average, that is said."""
    monkeypatch.setattr("quotarisk.analysis.goal_frames.hours_needed", lambda _: 39.0)
    row = one(goals(bound(125_000.0), period="2027-Q1", paths=100).frame)
    assert row["reason"].startswith("Not quite: the hours would do on average")


@pytest.mark.parametrize(
    ("segments", "rep", "said"),
    [
        ({"s": segment(opps=0.0, inbound_opps_per_week=1.0)}, _rep(1e5), "Makes no opportunities"),
        ({"s": segment()}, _rep(1_000.0), "Reached without a further opportunity."),
        ({"s": segment(cycle=400.0)}, _rep(1e6), "Too late: even 32 times as many"),
        ({"s": segment()}, {"name": "Ana", "quota": {"month": {"2027-02": 5.0}}}, None),
    ],
)
def test_where_there_is_no_pace(
    segments: dict[str, Any], rep: dict[str, Any], said: str | None
) -> None:
    """A sentence says why, and nothing is made up."""
    answer = goals(make(segments, rep), paths=200)
    row = one(answer.frame)
    if said is None:
        assert "2027-02" == row["period"]
    else:
        assert row["reason"].startswith(said)
        assert not row["opps_per_week"]


def test_nothing_by_itself() -> None:
    """What no lever buys is said of each, with the chance at the most."""
    scenario = make({"s": segment(opps=0.01, win=0.9)}, _rep(1e9, pipeline="empty"))
    rows = goals(scenario, paths=100).parts["levers"]
    assert {None} == set(rows.filter(pl.col("lever") != "quota")["needed"])
    assert all(reason.startswith("Not by this alone") for reason in rows["reason"])
    none = make({"s": segment(opps=1.0, win=0.0)}, _rep(1e5))
    assert one(goals(none, paths=100).frame)["naive_opps_per_week"] is None
    assert 3 == goals(none, paths=100).parts["levers"]["reason"].count()


def test_who_is_not_there() -> None:
    """Who starts later, or has no quota, has a row that says so."""
    scenario = make(
        MIXED,
        {"name": "Ana", "quota": {"quarter": 50_000.0}},
        {"name": "Ben"},
        {"name": "Cho", "quota": {"quarter": 50_000.0}, "start_date": date(2027, 7, 1)},
    )
    answer = goals(scenario, period="2027-Q1", paths=200)
    assert "No quota in 2027-Q1." == one(answer.frame, name="Ben")["reason"]
    assert "Starts after 2027-Q1." == one(answer.frame, name="Cho")["reason"]
    assert {"Ana"} == set(answer.parts["segments"]["name"])
    assert ("Ben",) == next(c.about for c in answer.cautions if c.code == "reps_without_quota")
    two = goals(make(MIXED, *[{"name": name} for name in "ab"], _rep(1e5)), paths=100)
    assert any("a and b have no quota" in str(caution) for caution in two.cautions)


def test_no_quotas_at_all() -> None:
    """Then there is nothing to work back from, and a caution says so once."""
    answer = goals(make(MIXED, {"name": "Ana"}), paths=100)
    assert "2027" == one(answer.frame)["period"]
    assert ["no_quotas"] == [c.code for c in answer.cautions if "quota" in c.code]
    assert answer.parts["levers"].is_empty()


def test_a_plan() -> None:
    """It is split as quotas are, or as expected bookings for who has none, to the cent."""
    reps = [_rep(300_000.0), {"name": "Ben", "quota": {"year": 100_000.0}}]
    frame = goals(make(MIXED, *reps), plan=500_000.5, paths=200).frame
    assert [375_000.38, 125_000.12] == pytest.approx(frame["quota"].to_list(), abs=0.011)
    assert 50_000_050 == round(100 * frame["quota"].sum())
    both = make(MIXED, reps[0], {"name": "Ben"}, team={"quota": {"year": 9.0}})
    answer = goals(both, plan=500_000.0, paths=500)
    mean = simulate(both, paths=500, seed=1).reps[1].periods.mean[-1] / 100
    share = mean / (mean + 300_000.0)
    assert one(answer.frame, name="Ben")["quota"] == pytest.approx(500_000.0 * share, rel=1e-5)
    assert 500_000.0 == one(answer.parts["coverage"], level="team")["missing"]
    late = make(MIXED, reps[0], {"name": "Ben", "start_date": date(2029, 1, 1)})
    assert one(goals(late, plan=1e5, paths=100).frame, name="Ben")["quota"] is None


def test_what_is_booked_counts() -> None:
    """The naive way spreads what is missing over the weeks that are left."""
    scenario = make(
        {"s": segment(opps=1.0, win=0.25, size=10_000.0)},
        _rep(260_000.0),
        start=date(2027, 7, 2),
        months=6,
        booked=[{"rep": "Ana", "date": date(2027, 2, 1), "amount": 130_000.0}],
    )
    row = one(goals(scenario, paths=200).frame)
    assert 130_000.0 == row["booked"]
    weeks = 183 / 7
    assert row["naive_opps_per_week"] == pytest.approx(130_000.0 / 10_000.0 / 0.25 / weeks)
    assert "2027" == row["period"]


def test_a_past_that_is_repeated() -> None:
    """Where a correction repeats past weeks, these follow the pace."""
    booked = [
        {"rep": "Ana", "date": date(2026, 1 + month, 15), "amount": 15_000.0} for month in range(12)
    ]
    scenario = make(
        {"s": segment(opps=1.0)},
        _rep(250_000.0),
        booked=booked,
        correction={"own_history": 0.3, "since": date(2026, 1, 1)},
    )
    row = one(goals(scenario, paths=1_000).frame)
    rep = fresh(scenario, "2027", seed=5, paths=1_000)["Ana"]
    chance = rep.chance(with_pace(rep.task, row["pace"]), 25_000_000.0)
    assert abs(chance - 0.8) < 4 * math.sqrt(2 * 0.16 / 1_000)


def test_the_period() -> None:
    """The first of the longest cadence with quotas, or the one that is told."""
    quarters = make(MIXED, {"name": "Ana", "quota": {"quarter": {"2027-Q2": 9e4, "2027-Q3": 9e4}}})
    assert "2027-Q2" == one(goals(quarters, paths=100).frame)["period"]
    assert "2027" == one(goals(quarters, plan=4e5, paths=100).frame)["period"]
    assert "2027-Q3" == one(goals(quarters, period="2027-Q3", paths=100).frame)["period"]


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"confidence": 80}, "confidence must lie between 0 and 1, got 80"),
        ({"confidence": True}, "confidence must lie between 0 and 1, got True"),
        ({"plan": -1.0}, "plan must be an amount above 0, at most 1,000,000,000,000, got -1.0"),
        ({"plan": True}, "plan must be an amount above 0"),
        ({"period": "2027-Q5"}, "period must be one that is answered, got '2027-Q5'; did you mean"),
        ({"period": "xyz"}, "got 'xyz'; as '2027-01' is"),
        ({"paths": 1}, "paths must be a whole number"),
    ],
)
def test_wrong_arguments(told: dict[str, Any], said: str) -> None:
    """What was got and what is allowed."""
    with pytest.raises(ArgumentError) as caught:
        goals(make(MIXED, _rep(1e5)), **told)
    assert said in str(caught.value)


def test_nothing_that_can_be_answered() -> None:
    """Without a whole period there is no goal; a plan that nobody can book is not split."""
    part = make(MIXED, {"name": "Ana"}, start=date(2027, 1, 15), months=1)
    with pytest.raises(ArgumentError, match="no period of the horizon can be answered"):
        goals(part)
    with pytest.raises(ArgumentError, match="got '2027'; none is"):
        goals(part, period="2027")
    with pytest.raises(ArgumentError, match="a plan cannot be split"):
        goals(make({"s": segment(opps=0.0)}, {"name": "Ana"}), plan=1e5)


def test_open_deals_are_told() -> None:
    """Listed deals need no caution about typical ones; a team without a funnel gets one."""
    deals = [open_deal(number, 20, amount=9_000.0) for number in range(5)]
    answer = goals(make({"s": segment()}, _rep(2e5), open_deals=deals), paths=200)
    codes = {caution.code for caution in answer.cautions}
    assert "typical_deals" not in codes
    assert "no_funnel" in codes
    steady = goals(make({"s": {**segment(), "funnel": FUNNEL}}, _rep(2e5)), paths=200)
    codes = {caution.code for caution in steady.cautions}
    assert {"typical_deals", "no_deal_hours"} <= codes
    assert "no_funnel" not in codes


def test_a_week_with_nothing_made() -> None:
    """Mixes of nothing are nothing: no mean win rate is made up of weights that are none."""
    scenario = make({"s": segment(opps=0.0, win=0.4)}, _rep(1e5))
    row = one(goals(scenario, paths=100).parts["levers"], lever="win rate")
    assert row["now"] == pytest.approx(0.4)
    assert 0.0 == sum(week.opps for week in weeks_of(fresh(scenario, "2027", seed=0)["Ana"].task))


def test_hours_that_nothing_takes() -> None:
    """Where no figure says what hours are for, what is reached with them is what is reached."""
    rep = {**_rep(1e6), "hours_per_week": 40.0}
    row = one(goals(make({"s": segment()}, rep), paths=200).frame)
    assert (row["has_time"], row["share_reachable"]) == (False, 0.0)
    assert row["p_reachable"] == row["p_hit"]
