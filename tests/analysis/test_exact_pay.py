"""Exact pay: against the kernel piece by piece, and against the simulation."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pytest

from quotarisk.analysis.exact import exact_limited, rep_sources
from quotarisk.analysis.exact_pay import Piece, exact_contracts, exact_reach, pieces_of, scaled
from quotarisk.analysis.pay import price_plans
from quotarisk.scenario.laws import Empirical, Fixed, Lognormal
from quotarisk.scenario.scenario import Scenario
from quotarisk.simulation.earning import Contract, lower_contract
from quotarisk.simulation.paying import pay_paths
from quotarisk.simulation.variants import Variant, variant_of
from tests.analysis.cases import exact_case, make, open_deal, segment
from tests.analysis.pay_cases import AE, TIERS

FALLING = [{"from": 0.0, "rate": 1.0}, {"from": 0.8, "rate": 0.5}, {"from": 1.0, "rate": 2.0}]
PLANS: dict[str, dict[str, Any]] = {
    "flat": AE,
    "accelerated, capped": {**AE, "tiers": TIERS, "threshold": 0.4, "cap": 2.0},
    "no cliff": {**AE, "tiers": TIERS, "threshold": 0.4, "cliff": False},
    "retroactive": {**AE, "tiers": TIERS, "tier_kind": "retroactive", "threshold": 0.5, "cap": 3.0},
    "retroactive, falling": {**AE, "tiers": FALLING, "tier_kind": "retroactive"},
    "decelerated": {**AE, "cadence": "month", "tiers": FALLING},
    "a draw that stays": {**AE, "tiers": TIERS, "draw": 4_000.0, "recoverable": False},
    "a cap below the quota": {**AE, "cap": 0.5},
    "by the year, commission": {"base": 10.0, "commission_rate": 0.1, "cadence": "year"},
    "a multiplier": {**AE, "tiers": TIERS, "multipliers": {"large": 1.5}},
}


def _on(plan: dict[str, Any], scenario: Scenario | None = None) -> Scenario:
    told = exact_case() if scenario is None else scenario
    return Scenario.model_validate({**dict(told), "pay": {"p": plan}})


def _contract(scenario: Scenario) -> tuple[Variant, Contract]:
    base = variant_of(scenario, 0)
    unit, task = base.units["rep", "Ana"], base.tasks["Ana"]
    return base, lower_contract(scenario.pay["p"], task, unit, scenario.horizon, base.periods)


def _value(pieces: list[Piece], credited: float) -> float:
    piece = [each for each in pieces if each.begin <= credited][-1]
    return piece.paid + piece.slope * (credited - piece.begin)


@pytest.mark.parametrize("name", PLANS)
def test_pieces_are_what_the_kernel_pays(name: str) -> None:
    """At amounts all over, and just at each turn."""
    _, contract = _contract(_on(PLANS[name]))
    pieces = pieces_of(contract, 0)
    turns = [piece.begin for piece in pieces]
    amounts = np.unique(np.rint([*turns, *(t - 1 for t in turns), *np.linspace(0, 5e7, 400)]))
    amounts = amounts[amounts >= 0]
    credited = np.zeros((len(contract.periods), len(amounts)))
    credited[0] = amounts
    paid = pay_paths(contract.rules, credited)[0]
    np.testing.assert_allclose([_value(pieces, each) for each in amounts], paid, atol=0.51)


@pytest.mark.parametrize("quota", [None, 0.0])
@pytest.mark.parametrize(
    "more",
    [
        {"threshold": 0.5},
        {"threshold": 0.5, "cliff": False},
        {"threshold": 1.5},
        {"tier_kind": "retroactive", "threshold": 0.5, "cliff": False},
    ],
)
def test_without_a_quota_attainment_is_one(quota: float | None, more: dict[str, Any]) -> None:
    """Whatever is credited is the quota."""
    plan = {"commission_rate": 0.1, "cadence": "month", "tiers": TIERS, **more}
    asked = {f"2027-{month:02d}": 1e4 for month in range(2, 13)}
    scenario = _on(
        plan, exact_case(quota={"month": asked if quota is None else {**asked, "2027-01": 0.0}})
    )
    _, contract = _contract(scenario)
    pieces = pieces_of(contract, 0)
    credited = np.zeros((12, 3))
    credited[0] = 0.0, 1e6, 3e6
    paid = pay_paths(contract.rules, credited)[0]
    np.testing.assert_allclose([_value(pieces, each) for each in credited[0]], paid, atol=0.51)


@pytest.mark.parametrize("name", PLANS)
def test_the_simulation_is_within_its_error(name: str) -> None:
    """Means and P(pay >= OTE) of all periods, with a fixed seed."""
    frame = price_plans(_on(PLANS[name]), paths=4_000, seed=3, cadences=False).frame
    assert frame["mean_z"].null_count() == 0
    assert (frame["mean_z"].abs() < 4).all()
    assert (frame["p_ote_z"].drop_nulls().abs() < 4).all()


def test_another_plan_is_told_apart() -> None:
    """The negative control: a quarter more commission is far from the simulation."""
    frame = price_plans(_on(PLANS["no cliff"]), paths=20_000, seed=3, cadences=False).frame
    base, contract = _contract(_on({**AE, "target_variable": 75_000.0, "tiers": TIERS,
                                    "threshold": 0.4, "cliff": False}))  # fmt: skip
    other = exact_contracts({"Ana": contract}, base)["Ana"].means / 100
    quarters = frame.filter(level="rep", cadence="quarter")
    assert (np.abs(other - quarters["mean"].to_numpy()) / quarters["mean_se"].to_numpy() > 4).all()


def test_prices_and_listed_deals() -> None:
    """Deals of one size, open ones among them, and what is booked to date."""
    scenario = make(
        {"s": segment(opps=0.5, size=7_000.0)},
        {"name": "Ana", "quota": {"month": 12_000.0}},
        open_deals=[open_deal(1, 5, amount=9_000.0), open_deal(2, 10)],
        booked=[{"rep": "Ana", "date": date(2027, 1, 1), "amount": 4_000.0}],
        pay={"p": {**AE, "tiers": TIERS, "threshold": 0.4}},
    )
    frame = price_plans(scenario, paths=4_000, seed=3).frame
    assert frame["mean_z"].null_count() == 0
    assert (frame["mean_z"].abs() < 4).all()
    assert (frame["p_ote_z"].drop_nulls().abs() < 4).all()


def test_what_is_limited() -> None:
    """Rises with the limit up to the mean, and is the limit where nothing is booked below it."""
    base, contract = _contract(_on(AE))
    sources = rep_sources(base.tasks["Ana"], base.setting, contract.periods)
    told = [exact_limited(sources, 0, amount) for amount in (-5.0, 0.0, 1e4, 1e5, 3e6)]
    assert [-5.0, 0.0] == told[:2]
    assert sorted(told) == told
    assert sources.mean[0] == pytest.approx(told[-1], rel=1e-4)


def test_pay_that_falls_has_no_exact_chance() -> None:
    """Where more bookings may pay less, reaching an amount is not beating a quota."""
    base, contract = _contract(_on(AE))
    sources = rep_sources(base.tasks["Ana"], base.setting, contract.periods)
    falls = [Piece(0.0, 0.0, 1.0), Piece(10.0, 5.0, 1.0)]
    assert exact_reach(falls, sources, 0, 0.0, 7.0) is None
    assert 0.0 == exact_reach([Piece(0.0, 0.0, 0.0)], sources, 0, 0.0, 7.0)


@pytest.mark.parametrize(
    "plan",
    [
        {**AE, "carry_surplus": "year"},
        {**AE, "carry_shortfall": "year"},
        {**AE, "draw": 100.0},
        {**AE, "spifs": [{"segment": "small", "rate": 0.01}]},
    ],
)
def test_periods_that_hang_together_have_no_exact_pay(plan: dict[str, Any]) -> None:
    """Nor has a SPIF, which hangs together with bookings."""
    base, contract = _contract(_on(plan))
    assert {} == exact_contracts({"Ana": contract}, base)


def test_laws_that_scale() -> None:
    """Lognormal and fixed ones; others only by 1, and listed deals by nothing."""
    law = Lognormal(1.0, 0.5)
    assert scaled(law, 1.0) is law
    assert 2 * law.mean == pytest.approx(scaled(law, 2.0).mean)  # type: ignore[union-attr]
    assert Fixed(0.0) == scaled(law, 0.0)
    assert Fixed(6.0) == scaled(Fixed(3.0), 2.0)
    assert scaled(Empirical.of((1.0, 2.0)), 2.0) is None
    plan = {**AE, "multipliers": {"s": 2.0}}
    rep = {"name": "Ana", "quota": {"month": 9e3}}
    seen = make({"s": segment(size={"values": [1e3, 2e3]})}, rep, pay={"p": plan})
    base, contract = _contract(seen)
    assert {} == exact_contracts({"Ana": contract}, base)
    listed = make(None, rep, open_deals=[open_deal(1, 5)], pay={"p": plan})
    base, contract = _contract(listed)
    assert {} == exact_contracts({"Ana": contract}, base)
