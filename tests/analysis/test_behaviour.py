"""Behaviour scenarios: beside exposure only, off unless asked for, and what they do to pay."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import polars as pl
import pytest

import quotarisk as qr
from quotarisk.analysis.behaviour import BEHAVIOURS, choose_behaviours, price_behaviours
from quotarisk.analysis.conduct import GiveUp, PullForward, Sandbag
from quotarisk.caution import Caution
from quotarisk.errors import ArgumentError
from quotarisk.scenario.pay import PayPlan
from quotarisk.scenario.scenario import Scenario
from quotarisk.simulation.crediting import credit_rep
from quotarisk.simulation.earning import lower_contract, pay_rep
from quotarisk.simulation.variants import variant_of
from tests.analysis.cases import make, segment
from tests.analysis.selling_cases import flat, plan, sellers, spif

PATHS = 1_000
Told = tuple[pl.DataFrame, tuple[Caution, ...]]


def _price(
    scenario: Scenario, *plans: PayPlan, asked: Any = tuple(BEHAVIOURS), **told: Any
) -> Told:
    base = variant_of(scenario, 3)
    on = {rep.name: {f"p{n}": each for n, each in enumerate(plans)} for rep in scenario.reps}
    return price_behaviours(base, on, asked, **{"paths": PATHS, **told})


def _row(frame: pl.DataFrame, **told: Any) -> dict[str, Any]:
    (row,) = frame.filter(**told).iter_rows(named=True)
    return row


def _codes(cautions: tuple[Caution, ...]) -> set[str]:
    return {caution.code for caution in cautions}


def test_exposure_only_is_the_plan_as_it_is() -> None:
    """The first row has the figures of the plan and of a plain run; nothing changes by default."""
    scenario = sellers(booked=[{"rep": "Ana", "date": date(2027, 1, 1), "amount": 9_000.0}])
    base = variant_of(scenario, 3)
    simulation = qr.simulate(scenario, paths=PATHS, seed=3)
    plain = qr.estimate_attainment(simulation).frame
    cadence = qr.compare_cadences(simulation).frame
    task, unit = base.tasks["Ana"], base.units["rep", "Ana"]
    contract = lower_contract(plan(), task, unit, base.setting.horizon, base.periods)
    pay = pay_rep(contract, credit_rep(task, base.setting, paths=PATHS)).variable.sum(axis=0)

    frame, cautions = _price(scenario, plan(), asked=())

    assert ["exposure only"] * 2 == frame["behaviour"].to_list()
    rep, team = frame.iter_rows(named=True)
    assert pytest.approx((pay + contract.base.sum()).mean() / 100, rel=1e-12) == rep["pay"]
    year = _row(plain, level="team", cadence="year")
    assert pytest.approx(year["mean"], rel=1e-12) == team["bookings"] == rep["bookings"]
    assert cadence["p_hit_quarter"].item() == pytest.approx(rep["p_hit"], rel=1e-12)
    assert year["p_hit"] == team["p_hit"]
    assert ("team", "year", "Team") == (team["level"], team["cadence"], team["name"])
    assert {0.0} == {rep[key] for key in rep if "_change" in key}
    assert () == cautions


def test_behaviours_do_what_they_say() -> None:
    """Pulling forward hits more and books less; sandbagging earns no more; giving up costs all."""
    frame, cautions = _price(sellers(), plan(cap=1.5, spifs=[spif(500.0)]))

    pulled, held, tired = (_row(frame, level="rep", behaviour=name) for name in BEHAVIOURS)
    assert pulled["p_hit_change"] > 4 * pulled["p_hit_change_se"] > 0
    assert -0.02 * pulled["bookings"] < pulled["bookings_change"] < 0  # discounts alone
    assert held["bookings_change"] < -4 * held["bookings_change_se"]  # leaves the year's end
    assert held["p_hit_change"] > 0  # what is held back makes a later quota
    for key in ("pay", "bookings", "p_hit"):
        assert tired[f"{key}_change"] < -4 * tired[f"{key}_change_se"]
    for row in (pulled, held, tired):
        usual = _row(frame, level="rep", behaviour="exposure only")
        for key in ("pay", "bookings", "p_hit"):
            assert pytest.approx(usual[key] + row[f"{key}_change"]) == row[key]
        assert BEHAVIOURS[row["behaviour"]].source == row["source"]
        assert "%" in row["assumptions"]
    assert {"behaviour_assumed", "behaviour_horizon"} == _codes(cautions)
    assert all("exposure only" in c.text for c in cautions if c.code == "behaviour_assumed")


def test_nothing_to_act_on() -> None:
    """Assumed shares of 0, no cap, months without later months: nothing changes, and it is said."""
    asked = [PullForward(share=0.0), "sandbag", "give_up"]

    frame, cautions = _price(sellers(), plan(cadence="month"), asked=asked)

    for key in (
        "pay_change",
        "bookings_change",
        "p_hit_change",
        "pay_change_se",
        "p_hit_change_se",
    ):
        assert {0.0} == set(frame[key]), key
    idle = {"behaviour_sandbag_idle", "behaviour_give_up_idle"}
    assert idle == {code for code in _codes(cautions) if code.endswith("idle")}


def test_without_quotas() -> None:
    """There is nothing to reach and no chance to tell."""
    frame, cautions = _price(make({"s": segment()}, months=3), flat(), asked="pull_forward")

    assert 4 == frame["p_hit"].null_count() == frame["p_hit_change_se"].null_count()
    assert "behaviour_pull_forward_idle" in _codes(cautions)


def test_plans_of_longer_periods() -> None:
    """A plan by the year pays nothing in a horizon of a quarter: said, and left out."""
    frame, cautions = _price(
        make({"s": segment()}, months=3), flat(cadence="year"), asked=["sandbag"]
    )

    assert frame.filter(level="rep").is_empty()
    assert "behaviour_unpaid" in _codes(cautions)


def test_the_team_is_the_sum_of_its_reps() -> None:
    """Pay and bookings of the team add up, by plan, with any number of threads."""
    scenario = sellers({"name": "Bo", "quota": {"quarter": 60_000.0}})
    seen: list[tuple[int, int]] = []

    frame, _ = _price(scenario, plan(cap=1.5), flat(), workers=1)
    again, _ = _price(
        scenario, plan(cap=1.5), flat(), workers=2, progress=lambda *each: seen.append(each)
    )

    assert frame.equals(again)
    assert [(1, 2), (2, 2)] == seen
    for told in ("p0", "p1"):
        for behaviour in ("exposure only", *BEHAVIOURS):
            rows = frame.filter(plan=told, behaviour=behaviour)
            for key in ("pay", "pay_change", "bookings", "bookings_change"):
                reps = rows.filter(level="rep")[key].sum()
                assert rows.filter(level="team")[key].item() == pytest.approx(reps), key


def test_everybody_on_the_own_plan() -> None:
    """Where reps are on plans of several names the team is told once."""
    scenario = sellers({"name": "Bo", "quota": {"quarter": 60_000.0}})
    on = {"Ana": {"ae": plan()}, "Bo": {"isr": flat()}}

    frame, _ = price_behaviours(variant_of(scenario, 3), on, ["give_up"], paths=PATHS)

    assert ["ae", "ae", "isr", "isr", "own", "own"] == frame["plan"].to_list()
    assert frame.filter(behaviour="give_up", level="rep")["pay"].sum() == pytest.approx(
        frame.filter(behaviour="give_up", level="team")["pay"].item()
    )


def test_behaviours_by_name() -> None:
    """Names stand for the assumptions by default, each behaviour once; others are refused."""
    assert (Sandbag(), GiveUp(loss=0.5)) == choose_behaviours(["sandbag", GiveUp(0.5), Sandbag()])
    assert (PullForward(),) == choose_behaviours("pull_forward")
    assert (GiveUp(),) == choose_behaviours(GiveUp())
    message = "behaviour must be of pull_forward, sandbag, give_up, got 'sandbags'; did you mean"
    with pytest.raises(ArgumentError, match=message):
        choose_behaviours(["sandbags"])


def test_chances_of_the_team() -> None:
    """P(team plan) moves with what those who act book, and nobody else."""
    frame, _ = _price(sellers(), plan(), asked=["give_up"])

    row = _row(frame, level="team", behaviour="give_up")
    assert row["p_hit_change"] < -4 * row["p_hit_change_se"]
    assert np.isfinite(row["p_hit_se"])


def test_what_changes_nothing_names_its_plan() -> None:
    """With several plans it is told under which of them a behaviour finds nothing to act on."""
    scenario = sellers()
    monthly = {"cadence": "month"}

    _, cautions = _price(scenario, plan(cap=1.5), flat(), plan(**monthly), asked=["sandbag"])
    assert [
        "sandbag: plans p1 and p2 have no cap, so nothing changes there for Ana.",
    ] == [c.text for c in cautions if c.code == "behaviour_sandbag_idle"]

    _, cautions = _price(scenario, plan(cap=1.5), flat(), plan(**monthly), asked=["give_up"])
    assert [
        "give_up: plans p1 and p2 go by the month, which has no later months, so nothing changes "
        "there for Ana.",
    ] == [c.text for c in cautions if c.code == "behaviour_give_up_idle"]

    _, cautions = _price(make({"s": segment()}, months=3), flat(), asked="pull_forward")
    assert [
        "pull_forward: plan p0 goes by periods for which there is no quota, so nothing changes "
        "there for Ana.",
    ] == [c.text for c in cautions if c.code == "behaviour_pull_forward_idle"]
