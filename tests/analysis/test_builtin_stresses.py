"""What finance asks before it has thought of its own."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest

import quotarisk as qr
from quotarisk.analysis.builtin_stresses import BUILTINS, builtin_stresses, find_top_rep
from quotarisk.scenario.scenario import Scenario
from quotarisk.scenario.stress import Stress
from tests.analysis.cases import make, open_deal, segment

PATHS = 4000


def test_factors() -> None:
    """Seven stresses with the factors that the documentation tells."""
    hire = {"name": "Bo", "start_date": date(2027, 2, 1)}
    found = builtin_stresses(make(None, {"name": "Ana"}, hire))

    assert list(BUILTINS) == list(found)
    assert Stress(win_rate=0.8) == found["low_win_rates"]
    assert Stress(cycle_days=1.3) == found["long_cycles"]
    assert Stress(deal_size=0.85) == found["small_deals"]
    assert Stress(opps_per_week=0.75) == found["low_creation"]
    assert Stress(remove_reps=("Ana",)) == found["top_rep_leaves"]
    assert Stress(delay_hires_days=60) == found["late_hires"]
    assert found["all_at_once"] == Stress(
        win_rate=0.8, cycle_days=1.3, deal_size=0.85, opps_per_week=0.75,
        remove_reps=("Ana",), delay_hires_days=60,
    )  # fmt: skip


def test_without_hires_none_is_late_among_all() -> None:
    """What cannot happen is not said to happen."""
    found = builtin_stresses(make(None, {"name": "Ana", "start_date": date(2026, 2, 1)}))

    assert (60, 0) == (
        found["late_hires"].delay_hires_days, found["all_at_once"].delay_hires_days
    )  # fmt: skip


def test_nobody_leaves_a_team_of_one() -> None:
    """There would be no team."""
    found = builtin_stresses(make())

    assert () == found["top_rep_leaves"].remove_reps == found["all_at_once"].remove_reps


@pytest.mark.parametrize(
    ("told", "name"),
    [
        ({"segments": {"s": {"win_rate": 0.55}}}, "Bo"),
        ({"segments": {"s": {"deal_size": 9_999.0}}}, "Ana"),
        ({}, "Ana"),
        ({"start_date": date(2027, 6, 1), "segments": {"s": {"win_rate": 0.55}}}, "Ana"),
    ],
    ids=["better", "worse", "equal", "better, but late"],
)
def test_the_top_rep_books_most(told: dict[str, object], name: str) -> None:
    """By rates, sizes and starts; of equals the first."""
    assert name == find_top_rep(make(None, {"name": "Ana"}, {"name": "Bo", **told}))


def test_open_deals_count() -> None:
    """One large open deal makes a top rep; what is booked already does not, for it stays."""
    reps = {"name": "Ana"}, {"name": "Bo", "pipeline": "steady"}
    large = [open_deal(1, 10, amount=900_000.0, rep="Bo")]
    booked = [{"rep": "Bo", "date": date(2027, 1, 1), "amount": 9e6}]

    assert find_top_rep(make(None, *reps, open_deals=large)) == "Bo"
    assert find_top_rep(make(None, *reps, booked=booked)) == "Ana"


def _with_a_past(own_history: float) -> Scenario:
    """Bo wins more by the model, Ana has booked more in her past."""
    booked = [
        {"rep": name, "date": date(2026, 1, 1) + timedelta(days=week * 7), "amount": amount}
        for name, amount in (("Ana", 9_000.0), ("Bo", 2_000.0))
        for week in range(52)
    ]
    return make(
        None,
        {"name": "Ana"},
        {"name": "Bo", "segments": {"s": {"win_rate": 0.6}}},
        booked=booked,
        correction={
            "own_history": own_history, "since": date(2026, 1, 1), "together": 0.4,
            "shared": (0.1, 0.3), "month_shape": 0.8,
        },
    )  # fmt: skip


@pytest.mark.parametrize(("own_history", "name"), [(0.05, "Bo"), (0.5, "Ana")])
def test_the_top_rep_of_a_corrected_scenario(own_history: float, name: str) -> None:
    """Where paths repeat the past it is who books most with these paths, in the run as well."""
    scenario = _with_a_past(own_history)
    simulation = qr.simulate(scenario, paths=PATHS, seed=3)
    means = {rep.unit.name: np.sum(rep.periods.mean[:12]) for rep in simulation.reps}

    assert name == find_top_rep(scenario) == max(means, key=lambda each: means[each])
    assert builtin_stresses(scenario)["top_rep_leaves"].remove_reps == (name,)


def test_the_expectation_is_the_simulations() -> None:
    """Who books most on average over all paths is who is found."""
    reps = [
        {"name": name, "segments": {"s": {"win_rate": {"won": won, "of": 60}}}}
        for name, won in (("Ana", 22), ("Bo", 30), ("Cy", 15))
    ]
    scenario = make({"s": segment(opps={"opps": 60, "weeks": 52})}, *reps, market={"win_odds": 0.2})
    simulation = qr.simulate(scenario, paths=PATHS, seed=3)
    means = [np.sum(rep.periods.mean[:12]) for rep in simulation.reps]

    assert find_top_rep(scenario) == scenario.reps[int(np.argmax(means))].name == "Bo"


def test_the_top_rep_has_the_hours() -> None:
    """Where hours bound what can be done, who has more of them books more."""
    funnel = {"hours_per_activity": 1.0, "stages": [{"name": "opportunity", "rate": 0.1}]}
    told = segment(win=0.3, size=10_000.0, cycle=30.0, funnel=funnel, hours_per_open_deal=1.0)
    reps = [
        {"name": name, "hours_per_week": hours} for name, hours in (("Ana", 10.0), ("Bo", 30.0))
    ]
    assert "Bo" == find_top_rep(make({"s": told}, *reps))
    assert "Ana" == find_top_rep(
        make({"s": told}, *reps[:1], {"name": "Cy", "hours_per_week": 5.0})
    )
