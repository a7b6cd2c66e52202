"""A rep's week: opportunities, activities and hours, by hand and against the closed loop."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pytest

from quotarisk.analysis.milestones import last_day, milestones_of
from quotarisk.analysis.rep_paths import window_of
from quotarisk.analysis.weekly import (
    SegmentWeek,
    free_of_hours,
    weeks_of,
    with_inbound,
    with_pace,
)
from quotarisk.analysis.work_back import naive_factor
from quotarisk.scenario.figures import OppRate
from quotarisk.scenario.scenario import Scenario
from quotarisk.simulation.comparing import variant_of
from quotarisk.simulation.lowering import RepTask
from quotarisk.simulation.paths import market_factors, simulate_rep
from quotarisk.simulation.workload import draw_bound_rep
from tests.analysis.cases import make, segment
from tests.analysis.goal_cases import FUNNEL, WORKED, bound

CREATED = 2  # row of the closed loop's log


def _task(scenario: Scenario) -> RepTask:
    return variant_of(scenario, 0).tasks["Ana"]


def _made(scenario: Scenario, paths: int = 400) -> tuple[float, float]:
    """Opportunities a week that the closed loop creates, and the standard error."""
    variant = variant_of(scenario, 3)
    months = variant.setting.horizon.months
    log = np.zeros((4, months, paths), dtype=np.float32)
    booked = np.zeros((months + 1, paths))
    market = market_factors(variant.setting, 0, paths)
    draw_bound_rep(variant.tasks["Ana"], variant.setting, market, booked, log=log)
    weeks = variant.setting.horizon.day_number(variant.setting.horizon.end) / 7
    each = log[CREATED].sum(axis=0) / weeks
    return float(each.mean()), float(each.std()) / math.sqrt(paths)


def test_the_balance_of_hours_is_that_of_the_closed_loop() -> None:
    """What hours make on average, by Little's law, is what the loop makes within 2 %."""
    scenario = bound(1.0, prospecting_share=0.1)
    told = sum(week.opps for week in weeks_of(_task(scenario)))
    made, error = _made(scenario)
    assert abs(made - told) < 4 * error + 0.02 * told
    idle = sum(week.opps for week in weeks_of(_task(bound(1.0, hours=30.0))))
    assert abs(made - idle) > 4 * error + 0.02 * told  # the control


def test_hours_add_up() -> None:
    """Prospecting and work on open deals take all hours, while deals leave some."""
    (week,) = weeks_of(_task(bound(1.0)))
    assert 40.0 == pytest.approx(week.prospecting_hours() + week.deal_hours())
    assert week.activities() * 0.25 == pytest.approx(week.prospecting_hours())
    assert week.made / week.activities() == pytest.approx(40.5 / 401 * 0.4)
    assert week.days_open == pytest.approx(
        0.3 * week.terms.won_cycle_days.law.mean + 0.7 * week.terms.lost_cycle_days.law.mean
    )


def test_hours_that_are_kept() -> None:
    """Where inbound deals need all hours, what is reserved is prospected."""
    scenario = make(
        {"s": {**WORKED, "inbound_opps_per_week": 30.0}},
        {"name": "Ana", "hours_per_week": 40.0, "prospecting_share": 0.25},
    )
    (week,) = weeks_of(_task(scenario))
    assert 10.0 == pytest.approx(week.prospecting_hours())


def test_a_segment_without_a_funnel() -> None:
    """Of a rep with hours, its opportunities come by themselves; nobody knows what they take."""
    scenario = make(
        {"s": WORKED, "t": segment(opps=0.5), "idle": segment(opps=0.0)},
        {"name": "Ana", "hours_per_week": 40.0},
    )
    made, came, idle = weeks_of(_task(scenario))
    assert made.made > 0
    assert 0.5 == came.made
    assert math.isnan(came.activities())
    assert math.isnan(came.prospecting_hours())
    assert 0.0 == idle.prospecting_hours()


def test_a_funnel_that_yields_nothing() -> None:
    """Then no number of activities is enough."""
    funnel = {**FUNNEL, "stages": [{"name": "opportunity", "rate": 0.0}]}
    scenario = make({"s": segment(opps=1.0, funnel=funnel)}, {"name": "Ana"})
    (week,) = weeks_of(_task(scenario))
    assert math.isnan(week.activities())


@pytest.mark.parametrize("known", [True, False])
def test_free_of_hours(known: bool) -> None:
    """The rate is what hours make on average, as little known as the funnel is."""
    stages = [{"name": "opportunity", "rate": 0.04 if known else {"won": 4, "of": 100}}]
    scenario = make(
        {"s": {**WORKED, "funnel": {**FUNNEL, "stages": stages}}},
        {"name": "Ana", "hours_per_week": 40.0},
    )
    task = _task(scenario)
    free = free_of_hours(task)
    (terms,) = free.terms
    (week,) = weeks_of(task)
    assert not free.is_bound
    assert terms.opps_per_week.mean == pytest.approx(week.made)
    assert known == terms.opps_per_week.is_known
    if not known:
        rate, law = terms.opps_per_week.posterior, week.terms.funnel
        assert law is not None
        beta = law.stages[0].rate.posterior
        spread = beta.b / (beta.a * (beta.a + beta.b + 1))
        assert 1 / rate.shape == pytest.approx(spread)
    assert free_of_hours(free) is free


def test_whose_rate_it_is() -> None:
    """A rep with a funnel of its own has a rate of its own; what has no funnel stays."""
    scenario = make(
        {"s": WORKED, "t": segment(opps=0.5)},
        {"name": "Ana", "hours_per_week": 40.0, "segments": {"s": {"funnel": FUNNEL}, "t": {}}},
    )
    funnel, bare = free_of_hours(_task(scenario)).terms
    assert "opps_per_week" in funnel.own
    assert bare == _task(scenario).terms[1]


def test_a_pace_of_nothing() -> None:
    """Who makes nothing any more makes nothing if time sets no bounds either."""
    task = with_pace(_task(bound(1.0)), 0.0)
    (terms,) = free_of_hours(task).terms
    assert 0.0 == terms.opps_per_week.mean


def test_more_that_comes() -> None:
    """It comes in the rep's mix from the first day on; what is open then stays."""
    scenario = make(
        {
            "s": segment(opps=1.0, inbound_opps_per_week=0.5, cycle=31.0),
            "t": segment(opps=0.5, cycle=31.0),
            "idle": segment(opps=0.0),
        },
        {"name": "Ana"},
    )
    variant = variant_of(scenario, 5)
    task = variant.tasks["Ana"]
    assert with_inbound(task, 0.0) is task
    more = with_inbound(task, 2.0)
    paths = 4_000
    before = simulate_rep(task, variant.setting, paths=paths)
    after = simulate_rep(more, variant.setting, paths=paths)
    # a month after the first opportunities come the first wins
    assert np.array_equal(before[0], after[0])
    gained = (after - before).sum(axis=0) / 100
    expected = 2.0 / 7 * (365 - 31) * 0.5 * 10_000.0
    assert abs(gained.mean() - expected) < 4 * gained.std() / math.sqrt(paths)
    assert gained.min() >= 0


def test_more_that_comes_by_the_hour() -> None:
    """In the closed loop inbound opportunities take no prospecting, but they take work."""
    scenario = bound(1.0)
    variant = variant_of(scenario, 5)
    task = variant.tasks["Ana"]
    before, after = (
        simulate_rep(each, variant.setting, paths=400) / 100
        for each in (task, with_inbound(task, 1.0))
    )
    assert after.sum() > 1.1 * before.sum()


def _week(**told: Any) -> SegmentWeek:
    (terms,) = _task(make({"s": segment(**told)}, {"name": "Ana"})).terms
    return SegmentWeek(terms, made=1.0, inbound=0.0)


def test_the_naive_work_back() -> None:
    """Quota over size over win rate over weeks; inbound comes off, and nothing gives nothing."""
    week = _week(win=0.25, size=10_000.0)
    assert 2.0 == naive_factor([week], 260_000.0, 52.0)
    assert 1.0 == naive_factor([replace(week, inbound=1.0)], 260_000.0, 52.0)
    assert 0.0 == naive_factor([replace(week, inbound=3.0)], 260_000.0, 52.0)
    assert math.isnan(naive_factor([replace(week, made=0.0)], 260_000.0, 52.0))
    assert math.isnan(naive_factor([week], 260_000.0, 0.0))


def test_milestones() -> None:
    """With a cycle of 31 days all of November's deals close in the year, and none of December's."""
    scenario = make({"s": segment(opps=7.0, cycle=31.0), "t": segment(opps=0.0)}, {"name": "Ana"})
    variant = variant_of(scenario, 0)
    task, setting = variant.tasks["Ana"], variant.setting
    window = window_of(variant.periods[-1], setting)
    stones = milestones_of(task, weeks_of(task), setting, window, 2.0)
    assert ["2027-01", "2027-12"] == [stones[0].month, stones[-1].month]
    assert [62.0, 56.0] == pytest.approx([stone.opps for stone in stones[:2]])
    assert 730.0 == pytest.approx(stones[-1].by_then)
    assert 7.3e6 == pytest.approx(stones[-1].worth)
    assert 1.0 == pytest.approx(stones[-2].in_time)
    assert 0.0 == pytest.approx(stones[-1].in_time)
    assert date(2027, 12, 1) == last_day(task, weeks_of(task)[0], setting, window)


def test_milestones_of_a_later_quarter() -> None:
    """What closes before it does not count for it; a hire makes nothing before the first day."""
    scenario = make(
        {"s": segment(opps=7.0, cycle=31.0)}, {"name": "Ana", "start_date": date(2027, 2, 1)}
    )
    variant = variant_of(scenario, 0)
    task, setting = variant.tasks["Ana"], variant.setting
    quarter = next(each for each in variant.periods if each.name == "2027-Q2")
    stones = milestones_of(task, weeks_of(task), setting, window_of(quarter, setting), 1.0)
    assert 6 == len(stones)
    assert 0.0 == stones[0].opps
    assert math.isnan(stones[0].in_time)
    assert [0.0, 1.0, 1.0] == pytest.approx([stone.in_time for stone in stones[1:4]])
    assert 0.0 == pytest.approx(stones[5].in_time)


def test_the_last_day_that_has_passed() -> None:
    """There is none where even a deal of the first day closes too late."""
    scenario = make({"s": segment(cycle=100.0)}, {"name": "Ana"}, months=3)
    variant = variant_of(scenario, 0)
    task, setting = variant.tasks["Ana"], variant.setting
    window = window_of(variant.periods[-1], setting)
    assert last_day(task, weeks_of(task)[0], setting, window) is None
    at_once = SegmentWeek(replace(task.terms[0], won_cycle_days=_zero()), 1.0, 0.0)
    assert date(2027, 3, 31) == last_day(task, at_once, setting, window)


def _zero() -> Any:
    (terms,) = _task(make({"s": segment(cycle=0.0)}, {"name": "Ana"})).terms
    return terms.won_cycle_days


def test_nearly_known_rates() -> None:
    """A rate with more evidence than a file may say is one all the same."""
    stages = [{"name": "opportunity", "rate": {"won": 4e8, "of": 1e9}}]
    scenario = make(
        {"s": {**WORKED, "funnel": {**FUNNEL, "stages": stages}}},
        {"name": "Ana", "hours_per_week": 40.0},
    )
    rate = free_of_hours(_task(scenario)).terms[0].opps_per_week
    assert isinstance(rate, OppRate)
    assert rate.mean == pytest.approx(weeks_of(_task(scenario))[0].made, rel=1e-3)
