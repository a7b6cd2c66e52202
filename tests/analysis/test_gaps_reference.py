"""What a rep is held against, and the rep with the reference's figures."""

from __future__ import annotations

from typing import Any

import pytest

from quotarisk.analysis.posteriors import Belief
from quotarisk.analysis.reference import compare_with, compare_with_team, without_peers
from quotarisk.analysis.traits import Comparison, Trait, list_traits, with_reference
from quotarisk.analysis.velocity import Velocity, flows_of, velocity_of
from quotarisk.scenario.figures import LawSpec, OppRate, WinRate
from quotarisk.scenario.scenario import Scenario
from quotarisk.simulation.lowering import RepTask, rep_tasks
from tests.analysis.cases import lognormal, make, open_deal, segment
from tests.analysis.gap_cases import SMALL, WORKED, funnel, rep, team, worker


def _tasks(scenario: Scenario) -> dict[str, RepTask]:
    return {task.rep.name: task for task in rep_tasks(scenario)}


def _compared(*reps: dict[str, Any], of: Any = None) -> dict[Trait, Comparison]:
    """The first rep's figures beside those of the others."""
    tasks = _tasks(team(*reps, of=of))
    return {c.trait: c for c in compare_with_team(tasks)[reps[0]["name"]]}


WIN = Trait("win_rate", "s")


def test_the_reference_leaves_one_out() -> None:
    """The others' evidence adds up; the segment's counts once, whoever takes it from there."""
    told = {**SMALL, "win_rate": {"won": 30, "of": 100}}
    reps = [
        rep("Ana", win_rate={"won": 1, "of": 10}), rep("Ben", win_rate={"won": 8, "of": 20}),
        rep("Cho"), rep("Dev"),
    ]  # fmt: skip
    assert _compared(*reps, of=told)[WIN].reference == Belief("share", 38 / 120, 120)
    assert {} == _compared(*reps[::-1], of=told)  # who takes it from the segment does not differ
    assert {} == _compared(reps[0], of=told)  # alone


def test_funnels_are_compared_stage_by_stage() -> None:
    """Where others have the same stages; activities are what it takes."""
    other = {"hours_per_activity": 1.0, "stages": [{"name": "opportunity", "rate": 0.1}]}
    reps = [
        rep("Ana", opps_per_week=1.0, funnel=funnel(0.2, 0.5)), rep("Ben"),
        rep("Cho", funnel=other),
    ]  # fmt: skip
    found = _compared(*reps, of=WORKED)
    assert {"activities_per_week", "stage"} == {trait.name for trait in found}
    made = found[Trait("activities_per_week", "s")]
    assert made.own.value == pytest.approx(1.0 / 0.1)
    assert made.reference.value == pytest.approx(1.5 / 0.04)
    assert not made.reference.is_known  # one of the stages is not
    assert made.own.is_known
    assert made.counted == "opportunities"
    stages = {trait.stage: found[trait] for trait in found if trait.stage}
    assert stages["meeting"].reference == Belief("share", 0.1, 1000)
    assert ("activities", "at meeting") == tuple(each.counted for each in stages.values())
    alone = _compared(reps[2], reps[0], of=WORKED)
    assert {} == alone  # nobody else has such a funnel


def test_stages_alone_where_activity_is_held_against_nobody() -> None:
    """Who sells another set keeps the own activity; a stage's rate still moves what is made."""
    segments = {"s": WORKED, "t": SMALL}

    def compared(opps: float) -> dict[Trait, Comparison]:
        own = {"opps_per_week": opps, "funnel": funnel(0.2, 0.5)}
        ana = {"name": "Ana", "segments": {"s": own}}
        ben = {"name": "Ben"}
        tasks = _tasks(make(segments, ana, ben))
        assert without_peers(tasks) == ("Ana",)
        return {c.trait: c for c in compare_with_team(tasks)["Ana"]}

    found = compared(1.0)
    assert {"stage"} == {trait.name for trait in found}
    (task,) = (t for t in rep_tasks(make(segments, {"name": "Ana", "segments": {"s": {}}})))
    assert {} == compared(0.0)
    assert without_peers({"Ana": task}) == ()


def test_who_has_peers() -> None:
    """Nobody is named who says no opportunities, or whose segments are sold by nobody else."""
    segments = {"s": SMALL, "t": SMALL, "u": SMALL}
    own = {"opps_per_week": 2.0}
    some = [
        {"name": "Ana", "segments": {"s": own}}, {"name": "Ben", "segments": {"s": {}, "t": {}}},
        {"name": "Cho", "segments": {"u": own}},
    ]  # fmt: skip
    assert without_peers(_tasks(make(segments, *some))) == ("Ana",)
    twin = {"name": "Dev", "segments": {"s": {}}}
    assert without_peers(_tasks(make(segments, *some, twin))) == ()


def test_a_stage_that_nobody_passes() -> None:
    """Where a rate is 0 nobody can say how many activities it takes: stages are left out."""
    found = _compared(rep("Ana", funnel=funnel(0.0), opps_per_week=1.0), rep("Ben"), of=WORKED)
    assert [Trait("opps_per_week", "s")] == list(found)


def test_time_is_compared_among_those_with_hours() -> None:
    """Hours, what open deals take and what is reserved, of those who have hours."""
    ana = {**worker("Ana", hours_per_open_deal=2.0), "prospecting_share": 0.3}
    ben = {**worker("Ben"), "hours_per_week": 40.0}
    found = _compared(ana, ben, rep("Cho"), of=WORKED)
    told = {trait.name: (c.own.value, c.reference.value) for trait, c in found.items()}
    assert told == {
        "hours_per_open_deal": (2.0, 0.5),
        "hours_per_week": (30.0, 40.0),
        "prospecting_share": (0.3, 0.0),
    }
    assert {} == _compared(ana, rep("Cho"), of=WORKED)


def test_benchmarks_by_size() -> None:
    """The median deal tells which band applies; what has no cycle is not compared."""
    segments = {
        "small": segment(size=9_000.0), "mid": segment(size=50_000.0, win=0.2),
        "large": segment(size=1e6, cycle=0.0),
    }  # fmt: skip
    (found,) = compare_with("benchmark", _tasks(make(segments))).values()
    told = {(c.trait.segment, c.trait.name): c.reference.value for c in found}
    assert told[("small", "win_rate")] == 0.325
    assert ("mid", "win_rate") not in told  # known, and as high
    assert told[("large", "win_rate")] == pytest.approx(0.15)
    assert ("large", "won_cycle_days") not in told


def _at(task: RepTask, trait: Trait, value: float) -> RepTask:
    own = list_traits(task)[trait]
    return with_reference(task, [Comparison(trait, own, Belief(own.kind, value))])


def test_with_another_value() -> None:
    """Only the value changes: how well it is known, and the spread, stay."""
    own = {
        "opps_per_week": {"opps": 30, "weeks": 20},
        "inbound_opps_per_week": 0.2,
        "win_rate": {"won": 4, "of": 10},
        "deal_size": lognormal(8_000.0, 0.6, of=9),
        "won_cycle_days": {"values": [10.0, 20.0, 60.0]},
        "stall_rate": 0.3,
    }
    deals = [open_deal(1, 20)]
    (task,) = rep_tasks(team(rep("Ana", **own), open_deals=deals))

    def at(name: Any, value: float) -> Any:
        (terms,) = _at(task, Trait(name, "s"), value).terms
        return terms

    assert at("opps_per_week", 2.0).opps_per_week == OppRate.model_construct(opps=40.0, weeks=20.0)
    assert at("opps_per_week", 1e9).opps_per_week.opps == 20 * 10_000
    assert at("inbound_opps_per_week", 0.4).inbound_opps_per_week == OppRate(known=0.4)
    assert at("win_rate", 0.5).win_rate == WinRate(won=5, of=10)
    assert at("win_rate", 0.9).win_rate == WinRate(won=7, of=10)  # three are never decided
    assert at("stall_rate", 0.1).stall_rate == 0.1
    (terms,) = task.terms
    size = at("deal_size", 2 * terms.deal_size.law.mean).deal_size
    assert (size.median, size.of) == (16_000.0, 9)
    assert size.law.log_sd == pytest.approx(0.6)
    cycled = at("won_cycle_days", 40.0)
    assert cycled.won_cycle_days == LawSpec.model_construct(values=(20.0, 40.0, 120.0), of=None)
    assert cycled.lost_cycle_days is cycled.won_cycle_days  # losing takes as long


def test_what_changes_nothing_keeps_the_task() -> None:
    """The same value, or one that does not count: the very same task."""
    (task,) = rep_tasks(team(rep("Ana", win_rate=0.3, stall_rate=0.1)))
    for name, value in (("win_rate", 0.3), ("stall_rate", 0.2)):
        assert _at(task, Trait(name, "s"), value) is task  # type: ignore[arg-type]
    assert with_reference(task, []) is task


def test_hours_of_one_segment() -> None:
    """Segments without a difference keep their terms; hours are the rep's."""
    (task,) = rep_tasks(make({"s": WORKED, "t": SMALL}, {"name": "Ana", "hours_per_week": 30.0}))
    moved = _at(task, Trait("activities_per_hour", "s"), 8.0)
    assert moved.terms[0].funnel is not None
    assert moved.terms[0].funnel.hours_per_activity == 0.125
    assert moved.terms[1] is task.terms[1]
    assert _at(task, Trait("hours_per_week"), 20.0).rep.hours_per_week == 20
    assert _at(task, Trait("hours_per_open_deal", "s"), 2.0).terms[0].hours_per_open_deal == 2
    assert _at(task, Trait("opps_per_week", "t"), 9.0).terms[1].opps_per_week.mean == 9


def test_velocity() -> None:
    """Its parts multiply to it; rates are as seen, hours those of the long run."""
    told = {
        "s": segment(
            opps={"opps": 10, "weeks": 10}, win={"won": 2, "of": 4}, size=100.0, cycle=10.0
        ),
        "t": segment(opps=1.0, win=0.25, size=400.0, cycle=40.0),
    }
    (task,) = rep_tasks(make(told))
    found = velocity_of(task)
    assert found == Velocity(2.0, 0.375, 200.0, 20.0)
    assert found.value == pytest.approx(2.0 * 0.375 * 200 / 20)
    assert flows_of(task)["s"].booked == 50
    (idle,) = rep_tasks(make({"s": segment(opps=0.0, cycle=0.0)}))
    assert velocity_of(idle) == Velocity(0.0, 0.0, 0.0, 0.0)
    assert velocity_of(idle).value == 0
    (busy,) = rep_tasks(team(worker("Ana"), of={**WORKED, "hours_per_open_deal": 0.0}))
    assert velocity_of(busy).opps_per_week == pytest.approx(30 / 0.25 * 0.1 * 0.4)
