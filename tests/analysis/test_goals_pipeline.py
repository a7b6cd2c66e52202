"""Open deals like today's, and how many of them it takes."""

from __future__ import annotations

import math
from datetime import date
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from quotarisk.analysis.coverage import LEVELS
from quotarisk.analysis.deal_lists import MOST_DEALS, DealList, deal_list
from quotarisk.scenario.scenario import Scenario
from quotarisk.simulation.comparing import variant_of
from quotarisk.simulation.paths import simulate_rep
from tests.analysis.cases import lognormal, make, open_deal, segment
from tests.analysis.goal_cases import MIXED, PATHS, fresh, goals, one

LISTED: dict[str, Any] = {
    "s": segment(opps=0.5, win=0.3, size=10_000.0, cycle=lognormal(30.0, 0.5))
}
DEALS = [open_deal(number, 10 * number, amount=1_000.0 * (number + 5)) for number in range(6)]


def _list(scenario: Scenario) -> DealList:
    variant = variant_of(scenario, 0)
    found = deal_list(variant.tasks["Ana"], variant.setting)
    assert found is not None
    return found


def test_today_is_today() -> None:
    """As many listed deals as there are give the bookings of today, path by path."""
    scenario = make(LISTED, {"name": "Ana"}, open_deals=DEALS)
    variant = variant_of(scenario, 0)
    deals = _list(scenario)
    usual = simulate_rep(variant.tasks["Ana"], variant.setting, paths=500)
    same = simulate_rep(deals.holding(6), variant.setting, paths=500)
    assert ("listed", 6.0) == (deals.basis, deals.today)
    assert np.array_equal(usual, same)
    assert sum(deal["amount"] for deal in DEALS) == deals.worth_today == deals.worth[6]
    assert 2 * deals.worth[6] == deals.worth[12]
    assert len({deal.deal for deal in deals.deals}) == len(deals.deals) == MOST_DEALS


def test_a_further_deal_never_lowers_a_booking() -> None:
    """So chances rise with their number."""
    scenario = make(LISTED, {"name": "Ana"}, open_deals=DEALS)
    variant, deals = variant_of(scenario, 0), _list(scenario)
    booked = [
        simulate_rep(deals.holding(number), variant.setting, paths=200).sum(axis=0)
        for number in (0, 3, 6, 9)
    ]
    assert all((more >= less).all() for less, more in pairwise(booked))
    assert booked[-1].sum() > booked[0].sum()


def test_a_typical_list_is_the_steady_pipeline() -> None:
    """It books the same on average, whatever is never decided; half of it books less."""
    scenario = make(
        {
            "s": segment(opps=20.0, win=0.3, cycle=lognormal(40.0, 0.5), stall_rate=0.2),
            "t": segment(opps=10.0, win=0.2, size=50_000.0, cycle=90.0, lost_cycle_days=60.0),
            "idle": segment(opps=0.0),
        },
        {"name": "Ana"},
        months=6,
    )
    variant, deals = variant_of(scenario, 0), _list(scenario)
    assert "steady" == deals.basis
    usual, typical, half = (
        simulate_rep(task, variant.setting, paths=PATHS).sum(axis=0) / 100
        for task in (
            variant.tasks["Ana"],
            deals.holding(round(deals.today)),
            deals.holding(round(deals.today / 2)),
        )
    )
    # a number is rounded, and points are spread over segments and ages one by one
    limit = 4 * math.hypot(usual.std(), typical.std()) / math.sqrt(PATHS) + 0.02 * usual.mean()
    assert abs(usual.mean() - typical.mean()) < limit
    assert abs(usual.mean() - half.mean()) > limit
    worth = deals.today * deals.worth[-1] / (len(deals.worth) - 1)
    assert deals.worth_today == pytest.approx(worth)


def test_no_pipeline() -> None:
    """Who starts with none has none today; more of it would be typical."""
    deals = _list(make(LISTED, {"name": "Ana", "pipeline": "empty"}))
    assert ("none", 0.0, 0.0) == (deals.basis, deals.today, deals.worth_today)
    assert deals.number_worth(25_000.0) == 3
    assert deals.number_worth(1e12) is None
    variant = variant_of(make({"s": segment(opps=0.0)}, {"name": "Ana"}), 0)
    assert deal_list(variant.tasks["Ana"], variant.setting) is None


def test_many_deals() -> None:
    """Of more listed deals than are needed as a rule there are still three times as many."""
    many = [open_deal(number, number % 90) for number in range(MOST_DEALS // 2)]
    deals = _list(make(LISTED, {"name": "Ana"}, open_deals=many))
    assert 3 * len(many) == len(deals.deals)


def test_cycles_of_no_length() -> None:
    """Deals that close at once are never open."""
    scenario = make({"s": segment(cycle=0.0)}, {"name": "Ana", "quota": {"year": 1e5}})
    row = one(goals(scenario, paths=100).parts["coverage"], level="rep")
    assert row["pipeline"] is None


@pytest.mark.parametrize("deals", [(), DEALS])
def test_what_is_needed_on_fresh_seeds(deals: list[dict[str, Any]]) -> None:
    """So many open deals give 60 % and 80 % within four standard errors; a quarter fewer do not."""
    scenario = make(LISTED, {"name": "Ana", "quota": {"quarter": 150_000.0}}, open_deals=deals)
    row = one(goals(scenario, period="2027-Q1").parts["coverage"], level="rep")
    paths = fresh(scenario, "2027-Q1", seed=77)["Ana"]
    found = _list(scenario)
    for level in LEVELS:
        number = int(row[f"deals_{100 * level:.0f}"])
        chances = [
            paths.chance(found.holding(each), 15_000_000.0)
            for each in (number, number - 1, number * 3 // 4)
        ]
        limit = 4 * math.sqrt(2 * level * (1 - level) / PATHS)
        assert chances[0] > level - limit
        assert chances[1] < level + limit
        assert chances[2] < level - limit
    assert row["coverage_80"] == pytest.approx(row["pipeline_80"] / row["missing"])
    assert row["coverage_80"] > row["coverage_60"] > row["coverage"]
    assert row["p_80"] >= 0.8
    assert row["pipeline_80_se"] > 0
    tripled = found.number_worth(450_000.0)
    assert tripled is not None
    assert abs(row["p_rule"] - paths.chance(found.holding(tripled), 15_000_000.0)) < 0.05


def _team(**told: Any) -> Scenario:
    return make(
        MIXED,
        {"name": "Ana", "quota": {"quarter": 120_000.0}},
        {"name": "Ben", "quota": {"quarter": 120_000.0}, "segments": {"small": {}}},
        {"name": "Cho", "start_date": date(2027, 2, 1), "quota": {"quarter": 20_000.0}},
        {"name": "Dee", "segments": {"small": {"opps_per_week": 0.0}}},
        **{"team": {"quota": {"quarter": 200_000.0}}, **told},
    )


def test_the_team() -> None:
    """All pipelines grow alike; who has none takes part as they are."""
    scenario = _team()
    answer = goals(scenario, period="2027-Q1", paths=2_000)
    row = one(answer.parts["coverage"], level="team")
    reps = answer.parts["coverage"].filter(level="rep")
    assert row["pipeline"] == pytest.approx(reps["pipeline"].sum())
    assert "steady" == row["basis"]
    assert 200_000.0 == row["missing"]
    assert row["p_60"] >= 0.6 > 0.6 - 0.02
    assert row["coverage_80"] > row["coverage_60"]
    mixed = goals(
        _team(open_deals=[open_deal(1, 20, of="small")]), period="2027-Q1", paths=400, workers=3
    )
    assert "both" == one(mixed.parts["coverage"], level="team")["basis"]
    none = one(mixed.parts["coverage"], name="Cho")
    assert none["reason"].startswith("Nothing is open")


def test_a_team_out_of_reach() -> None:
    """No pipeline of this kind is enough, and 3x is beyond what is looked at."""
    scenario = make(
        {"s": segment(opps=0.2, size=1_000.0, cycle=lognormal(20.0, 0.5))},
        {"name": "Ana", "quota": {"quarter": 1e7}},
        team={"quota": {"quarter": 1e7}},
    )
    coverage = goals(scenario, period="2027-Q1", paths=100).parts["coverage"]
    for row in coverage.iter_rows(named=True):
        assert row["coverage_60"] is row["p_rule"] is None
        assert 0.0 == row["p_60"]


def test_a_team_without_a_pipeline() -> None:
    """There is nothing to make more of; without a plan there is no row."""
    reps: list[dict[str, Any]] = [
        {"name": "Ana", "quota": {"quarter": 50_000.0}, "pipeline": "empty"}
    ]
    row = one(goals(make(LISTED, *reps), paths=100).parts["coverage"], level="team")
    assert "Nothing is open today, or missing." == row["reason"]
    booked = [{"rep": "Ana", "date": date(2026, 12, 31), "amount": 1.0}]
    done = make(
        LISTED,
        {"name": "Ana", "quota": {"year": 90_000.0}},
        booked=[*booked, {"rep": "Ana", "date": date(2027, 1, 1), "amount": 90_000.0}],
    )
    coverage = goals(done, paths=100).parts["coverage"]
    assert "The quota is booked already." == one(coverage, level="rep")["reason"]
    assert 0.0 == one(coverage, level="team")["missing"]
