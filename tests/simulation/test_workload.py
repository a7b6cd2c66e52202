"""Hours become the closed loop's arrays: what holds for a rep is what the kernel is told."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pytest

from quotarisk.scenario.scenario import Scenario
from quotarisk.scenario.stress import Stress
from quotarisk.simulation.comparing import under_stress, variant_of
from quotarisk.simulation.estimates import Array
from quotarisk.simulation.lowering import rep_tasks, timeline_of
from quotarisk.simulation.paths import market_factors, simulate_rep
from quotarisk.simulation.workload import (
    draw_bound_rep,
    lay_steps,
    lower_work,
    shares_of_hours,
)
from tests.simulation.cases import LARGE, SMALL, open_deals, scenario_of, setting_of, task_of

PATHS = 20_000


def _funnel(hours: float = 0.5, *rates: Any) -> dict[str, Any]:
    stages = [{"name": f"stage {k}", "rate": rate} for k, rate in enumerate(rates or (0.1,))]
    return {"hours_per_activity": hours, "stages": stages}


def _bound(
    rep: dict[str, Any] | None = None, segment: dict[str, Any] | None = None, **told: Any
) -> Scenario:
    """Make a rep of 30 hours a week, who makes 1.5 opportunities of them with 25 of the hours."""
    own = {**SMALL, "funnel": _funnel(), "hours_per_open_deal": 0.5, **(segment or {})}
    bound = {"hours_per_week": 30.0, "prospecting_share": 0.2, **(rep or {})}
    return scenario_of(segments={"small": own}, rep=bound, **told)


def _booked(scenario: Scenario, paths: int = PATHS, **told: Any) -> Array:
    return simulate_rep(task_of(scenario), setting_of(scenario), paths=paths, **told)


def test_steps_fill_the_horizon() -> None:
    """Weeks, cut where months begin; hours, clocks and creation add up to those of the horizon."""
    scenario = _bound(start=date(2027, 2, 10), months=5, calendar={"won": [0.6, 0.9, 1.5]})
    task, setting = task_of(scenario), setting_of(scenario)
    timeline = timeline_of(task, setting)
    steps = lay_steps(task, setting, timeline, 4)
    inside = steps.month >= 0
    days = (scenario.horizon.end - scenario.start).days

    assert steps.days.max() <= 7
    assert 28 == steps.days[~inside].sum()
    assert days == steps.days[inside].sum()
    assert [0, 1, 2, 3, 4] == np.unique(steps.month[inside]).tolist()
    per_month = [steps.days[steps.month == month].sum() for month in range(5)]
    assert [19, 31, 30, 31, 30] == per_month
    assert steps.hours.sum() == pytest.approx(30 * (days + 28) / 7)
    assert steps.won_days[inside].sum() == pytest.approx(timeline.won_clock[-1])
    assert (np.diff(steps.market) >= 0).all()


def test_no_hours_before_the_first_day_of_work() -> None:
    """A hire has hours from the first day on, and makes so much of them as the ramp says."""
    scenario = _bound({"start_date": date(2027, 2, 3), "ramp": [0.5]})
    task, setting = task_of(scenario), setting_of(scenario)
    steps = lay_steps(task, setting, timeline_of(task, setting), 0)
    begin = np.cumsum(steps.days) - steps.days

    assert (steps.hours[begin + steps.days <= 33] == 0).all()
    (cut,) = np.flatnonzero((begin < 33) & (begin + steps.days > 33))
    assert steps.hours[cut] == pytest.approx(30 / 7 * (begin[cut] + steps.days[cut] - 33))
    assert steps.productivity[cut] == pytest.approx(0.5)
    assert steps.productivity[-1] == pytest.approx(1.0)
    booked = _booked(scenario, 400)
    assert (booked[0] == 0).all()
    assert booked[-1].any()


@pytest.mark.parametrize(
    ("small", "large", "expected"),
    [
        ({"opps_per_week": 1.0}, {"opps_per_week": 0.5}, [1 / 3, 2 / 3]),
        ({"prospecting_mix": 3.0}, {"prospecting_mix": 1.0}, [0.75, 0.25]),
        ({"opps_per_week": None}, {"opps_per_week": None}, [0.5, 0.5]),
        ({"funnel": None}, {}, [0.0, 1.0]),
        ({"funnel": None}, {"funnel": None}, [0.0, 0.0]),
        ({"funnel": _funnel(1.0, 0.0)}, {"opps_per_week": 0.5}, [0.0, 1.0]),
    ],
)
def test_how_hours_are_split(
    small: dict[str, Any], large: dict[str, Any], expected: list[float]
) -> None:
    """As the mix says, or so that today's mix of opportunities stays, or evenly."""
    usual = {"opps_per_week": 1.0}
    scenario = scenario_of(
        segments={
            "small": {**SMALL, **usual, "funnel": _funnel(0.5, 0.1), **small},
            "large": {**LARGE, **usual, "funnel": _funnel(2.0, 0.1), **large},
        },
        reps=[{"name": "Ana", "hours_per_week": 30.0}],
    )
    assert shares_of_hours(task_of(scenario)) == pytest.approx(expected)


def test_hours_to_spare_are_no_bound() -> None:
    """Where deals take no time, hours make a Poisson stream like that of a plain rate."""
    free = {"hours_per_open_deal": 0.0}
    evidence = {"won": 12, "of": 40}
    bound = _booked(_bound({"hours_per_week": 7.5}, {**free, "win_rate": evidence}))
    plain = scenario_of(segments={"small": {**SMALL, "opps_per_week": 1.5, "win_rate": evidence}})
    open_loop = _booked(plain)
    fewer = _booked(_bound({"hours_per_week": 7.0}, {**free, "win_rate": evidence}))

    def apart(a: Array, b: Array) -> Array:
        error = np.sqrt((a.var(axis=1) + b.var(axis=1)) / PATHS)
        return np.asarray((a.mean(axis=1) - b.mean(axis=1)) / error)

    assert (np.abs(apart(bound, open_loop)) < 4).all()
    quota = np.quantile(open_loop, 0.7, axis=1)[:, np.newaxis]
    hits = (bound >= quota).astype(float), (open_loop >= quota).astype(float)
    assert (np.abs(apart(*hits)) < 4).all()
    year = [each.sum(axis=0)[np.newaxis] for each in (fewer, open_loop)]
    assert np.abs(apart(*year)) > 4


def test_open_deals_take_the_time_that_prospecting_lacks() -> None:
    """More effort a deal leaves fewer bookings; kept hours keep prospecting going."""
    means = [
        _booked(_bound(segment={"hours_per_open_deal": effort}), 4000).mean()
        for effort in (0.0, 0.5, 2.0)
    ]
    assert means[0] > means[1] > means[2]


def test_paths_and_their_splits() -> None:
    """Some of the paths are the same as in all of them; the past does not depend on the future."""
    scenario = _bound(market={"creation": 0.2, "win_odds": 0.1, "deal_size": 0.1})
    whole = _booked(scenario, 300)
    parts = [_booked(scenario, 150, first_path=first) for first in (0, 150)]
    np.testing.assert_array_equal(whole, np.concatenate(parts, axis=1))


def test_a_log_of_the_hours() -> None:
    """Hours on deals and of prospecting are all the hours that there are."""
    scenario = _bound(open_deals=open_deals(3, 40, 90))
    task, setting = task_of(scenario), setting_of(scenario)
    months, paths = setting.horizon.months, 64
    booked, log = np.zeros((months + 1, paths)), np.zeros((4, months, paths), np.float32)
    draw_bound_rep(task, setting, market_factors(setting, 0, paths), booked, log=log)
    days = np.array([31, 28, 31, 30, 31])

    np.testing.assert_allclose(
        log[0] + log[1], np.repeat(days[:, np.newaxis], paths, axis=1) * 30 / 7, rtol=1e-5
    )
    np.testing.assert_array_equal(booked[:-1], _booked(scenario, paths))
    assert (log[1] >= 0.2 * (log[0] + log[1]) * (1 - 1e-5)).all()
    assert (log[3] >= 0).all()


def test_whose_stage_rates_they_are() -> None:
    """Rates of a segment's funnel are shared by its reps; of a rep's own funnel they are not."""
    funnel = _funnel(0.5, 0.2, {"won": 5, "of": 10})
    segment = {**SMALL, "funnel": funnel}
    hours = {"hours_per_week": 30.0}
    scenario = scenario_of(
        segments={"small": segment},
        reps=[
            {"name": "Ana", **hours},
            {"name": "Bo", **hours},
            {"name": "Cy", **hours, "segments": {"small": {"funnel": funnel}}},
        ],
    )
    works = [lower_work(task, setting_of(scenario)) for task in rep_tasks(scenario)]
    keys = [int(work.stage_key[0]) for work in works]
    assert [1, 1, 1] == [len(work.stage_key) for work in works]
    assert keys[0] == keys[1] != keys[2]
    assert works[0].made[0] == pytest.approx(0.4)


def test_a_rate_beside_the_hours() -> None:
    """A segment without a funnel comes at its rate, whatever the hours do."""
    scenario = _bound(segment={"funnel": None, "opps_per_week": 1.5, "hours_per_open_deal": 0.0})
    plain = scenario_of(segments={"small": {**SMALL, "opps_per_week": 1.5}})
    bound, open_loop = (_booked(each).sum(axis=0) for each in (scenario, plain))
    error = np.sqrt((bound.var() + open_loop.var()) / PATHS)
    assert abs(bound.mean() - open_loop.mean()) < 4 * error


def _stressed(scenario: Scenario, **factors: Any) -> tuple[Array, Array]:
    variant = variant_of(scenario, 7)
    moved = under_stress(variant, Stress(**factors))
    tasks = [each.tasks[scenario.reps[0].name] for each in (variant, moved)]
    return tuple(  # type: ignore[return-value]
        simulate_rep(task, variant.setting, paths=3000) for task in tasks
    )


def test_stress_of_1_is_no_stress() -> None:
    """To the bit."""
    before, after = _stressed(_bound(), win_rate=1.0, cycle_days=1.0)
    np.testing.assert_array_equal(before, after)


@pytest.mark.parametrize(
    "factors",
    [{"win_rate": 0.8}, {"cycle_days": 1.3}, {"deal_size": 0.85}, {"opps_per_week": 0.75}],
    ids=lambda factors: next(iter(factors)),
)
def test_stress_downwards(factors: dict[str, float]) -> None:
    """Each stress takes from the bookings on average."""
    before, after = _stressed(_bound(), **factors)
    lost = (before - after).sum(axis=0)
    assert lost.mean() > 4 * lost.std() / np.sqrt(lost.size)


def test_what_is_open_keeps_its_amount() -> None:
    """Smaller deals are those to come: what is open on the first day books what it would."""
    nothing = {"opps_per_week": 0.0, "funnel": None}
    before, after = _stressed(
        _bound(segment=nothing, open_deals=open_deals(3, 40, 90)), deal_size=0.5
    )
    np.testing.assert_array_equal(before, after)
    before, after = _stressed(_bound(), deal_size=0.5)
    assert after.sum() < 0.8 * before.sum()
    assert after[0].sum() > 0.8 * before[0].sum()


def test_no_new_deals_of_no_size() -> None:
    """Where deals are worth nothing, those that are open on the first day are all."""
    before, after = _stressed(_bound(), deal_size=0.0)
    assert after[0].sum() > 0
    assert after[-1].sum() < 0.1 * before[-1].sum()
