"""The same plan by another cadence."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pytest

from quotarisk.analysis.pay import price_plans
from quotarisk.analysis.pay_cadences import shared_quotas, span_of, with_cadence
from quotarisk.periods import Horizon
from quotarisk.scenario.pay import PayPlan
from quotarisk.scenario.team import Rep
from tests.analysis.pay_cases import AE, FULL, TIERS, team


def _row(frame: Any, **of: object) -> dict[str, Any]:
    (row,) = frame.filter(**of).iter_rows(named=True)
    return dict(row)


def test_amounts_of_a_period_follow_its_length() -> None:
    """Draws and goals are what they are in a month; carry-over ends where its window does."""
    plan = PayPlan.model_validate({**FULL, "carry_surplus": "quarter", "cadence": "month"})
    year, quarter = with_cadence(plan, "year"), with_cadence(plan, "quarter")
    assert (12_000.0, 3_000.0) == (year.draw, quarter.draw)
    assert [None, 360_000.0] == [spif.goal for spif in year.spifs]
    assert ("none", "none") == (year.carry_surplus, year.carry_shortfall)
    assert ("none", "year") == (quarter.carry_surplus, quarter.carry_shortfall)
    assert with_cadence(plan, "month") is plan


def test_quotas_are_shared_by_months_at_work() -> None:
    """Of the quarter before the year; who is not there yet has none of it."""
    periods = Horizon(date(2027, 1, 1), 12).all_periods
    names = [period.name for period in periods]
    quotas = np.full(len(periods), np.nan)
    quotas[names.index("2027-Q2")], quotas[names.index("2027")] = 30_000.0, 110_000.0
    rep = Rep(name="Ana", start_date=date(2027, 5, 1))
    shared = dict(zip(names, shared_quotas(quotas, periods, rep).tolist(), strict=True))
    assert {"2027-04": 0.0, "2027-05": 15_000.0, "2027-Q2": 30_000.0, "2027-Q3": 41_250.0} == {
        name: shared[name] for name in ("2027-04", "2027-05", "2027-Q2", "2027-Q3")
    }
    later = Rep(name="Bo", start_date=date(2028, 1, 1))
    assert 0.0 == shared_quotas(quotas, periods, later)[0]
    assert np.isnan(shared_quotas(np.full(3, np.nan), periods[:3], rep)).all()


@pytest.mark.parametrize(
    ("start", "months", "told"),
    [
        (date(2027, 1, 1), 12, {"month": 12, "quarter": 4, "year": 1}),
        (date(2027, 1, 1), 11, {"month": 9, "quarter": 3}),
        (date(2027, 2, 1), 12, {"month": 9, "quarter": 3}),
        (date(2027, 2, 1), 3, {"month": 3}),
        (date(2027, 1, 1), 30, {"month": 24, "quarter": 8, "year": 2}),
    ],
)
def test_the_span_is_whole_periods_of_all_cadences(
    start: date, months: int, told: dict[str, int]
) -> None:
    """Quarters and years that began earlier, or are not over, are not in it."""
    span = span_of(Horizon(start, months).all_periods)
    assert told == {cadence: len(periods) for cadence, periods in span.items()}
    assert {} == span_of(())


def test_a_cadence_is_the_plan_written_so() -> None:
    """The plan by the month pays what a plan of that cadence does, on the same paths."""
    plan = {**AE, "tiers": TIERS, "threshold": 0.4, "draw": 300.0}
    quarterly = price_plans(team({"ae": plan}), paths=400, seed=2)
    monthly = price_plans(
        team({"ae": {**plan, "cadence": "month", "draw": 100.0}}), paths=400, seed=2
    )
    for name in ("Ana", "Cy", "East", "Team"):
        told = _row(quarterly.parts["cadences"], name=name, cadence="month")
        own = _row(monthly.parts["cadences"], name=name, cadence="month")
        year = _row(monthly.frame, name=name, period="2027")
        assert own["own"]
        assert not told["own"]
        for key in ("mean", "sd", "p_ote", "p_hit", "volatility", "ote", "months"):
            assert own[key] == told[key], key
        assert year["mean"] == pytest.approx(own["mean"])
        base = _row(quarterly.parts["cadences"], name=name, cadence="quarter")
        assert told["mean"] - base["mean"] == pytest.approx(told["mean_change"])
        assert told["sd"] - base["sd"] == pytest.approx(told["sd_change"])
        change = told["volatility"] - base["volatility"]
        assert change == pytest.approx(told["volatility_change"])
        assert (0.0, 0.0, 0.0) == (base["mean_change"], base["mean_change_se"], base["p_more"])
        # differences have less noise than what they are differences of
        assert told["mean_change_se"] < np.hypot(told["mean_se"], base["mean_se"])


def test_p_hit_is_that_of_the_attainment() -> None:
    """By month and quarter, as `compare_cadences` has it."""
    from quotarisk.analysis.cadence import compare_cadences
    from quotarisk.simulation.simulation import simulate

    scenario = team({"ae": AE})
    simulation = simulate(scenario, paths=300, seed=2)
    expected = compare_cadences(simulation).frame
    told = price_plans(simulation).parts["cadences"]
    for name in ("Ana", "Bo", "Cy"):
        for cadence in ("month", "quarter", "year"):
            row, rep = _row(told, name=name, cadence=cadence), _row(expected, name=name)
            assert rep[f"p_hit_{cadence}"] == pytest.approx(row["p_hit"])
            assert rep[f"p_hit_{cadence}_se"] == pytest.approx(row["p_hit_se"])


def test_the_middle_of_a_year() -> None:
    """Cadences are compared over whole quarters, the plan's own among them."""
    scenario = team({"ae": AE}, start=date(2027, 5, 1), months=8, booked=[])
    told = price_plans(scenario, paths=100).parts["cadences"]
    assert {6} == set(told["months"])
    assert {"month", "quarter"} == set(told["cadence"])
    own = _row(told, name="Ana", cadence="quarter")
    assert (0.0, 30_000.0 * 2) == (own["mean_change"], own["ote"])


ODD: dict[str, Any] = {**AE, "base": 40_000.0, "target_variable": 40_000.0, "cap": 1.0}


@pytest.mark.parametrize("cadence", ["month", "quarter", "year"])
def test_the_own_cadence_is_the_frame(cadence: str) -> None:
    """Pay exactly at OTE is at OTE in both tables; rounding by the period is no gain."""
    answer = price_plans(team({"ae": {**ODD, "cadence": cadence}}), paths=400, seed=2)
    for name in ("Ana", "Bo", "Cy", "East", "Team"):
        own = _row(answer.parts["cadences"], name=name, cadence=cadence)
        year = _row(answer.frame, name=name, period="2027")
        for key in ("ote", "p_ote", "mean", "sd"):
            assert year[key] == pytest.approx(own[key], rel=1e-12), key
    assert _row(answer.frame, name="Ana", period="2027")["p_ote"] > 0


def test_rounding_is_no_gain() -> None:
    """A flat plan without a quota's share pays the same by any cadence, but for cents."""
    plan = {"base": 40_000.0, "commission_rate": 0.0333, "cadence": "quarter"}
    told = price_plans(team({"ae": plan}), paths=200, seed=2).parts["cadences"]
    assert {"as before", "no clear change"} == set(told["verdict"])
    assert (0, 0) == (told["gaining"].sum(), told["losing"].sum())
    assert told["mean_change"].abs().max() > 0  # type: ignore[operator]


def test_a_team_has_one_quota_in_all_cadences() -> None:
    """The sum of the reps'; that the team has one of its own is a caution."""
    plain = price_plans(team({"ae": AE}), paths=200, seed=2)
    own = price_plans(team({"ae": AE}, team={"quota": {"year": 900_000.0}}), paths=200, seed=2)
    hits = [each.parts["cadences"].filter(level="team")["p_hit"].to_list() for each in (plain, own)]
    assert hits[0] == hits[1]
    assert "cadence_quotas" not in {each.code for each in plain.cautions}
    (caution,) = [each for each in own.cautions if each.code == "cadence_quotas"]
    assert ("Team",) == caution.about
    some = price_plans(
        team({"ae": AE}, team={"quota": {"year": 9e5}}), reps=["Bo", "Cy"], paths=50, seed=2
    )
    assert "cadence_quotas" not in {each.code for each in some.cautions}
