"""What plans make people sell: today exactly, known best mixes, and SPIFs that move or do not."""

from __future__ import annotations

import pickle
from datetime import date
from typing import Any

import numpy as np
import polars as pl
import pytest

import quotarisk as qr
from quotarisk.analysis.behaviour import price_behaviours
from quotarisk.analysis.blend import blend_of
from quotarisk.analysis.efficiency import measure_efficiency
from quotarisk.analysis.influence import certainty_figure
from quotarisk.analysis.pay import price_plans
from quotarisk.analysis.pay_choice import Explorer, Question
from quotarisk.analysis.pay_mix import PayMixes, trace_pay_mixes
from quotarisk.analysis.pay_packages import packages_of, with_rep_quotas
from quotarisk.analysis.team_plan import team_today
from quotarisk.analysis.walk import walk_of
from quotarisk.errors import ArgumentError
from quotarisk.scenario.pay import PayPlan
from quotarisk.scenario.scenario import Scenario
from quotarisk.simulation.crediting import credit_rep
from quotarisk.simulation.earning import lower_contract, pay_rep
from quotarisk.simulation.spreading import spread_over
from quotarisk.simulation.variants import variant_of
from tests.analysis.cases import make, open_deal, segment
from tests.analysis.selling_cases import flat, plan, sellers, spif

PATHS = 2_000
FUNDED = plan(cap=2.5, spifs=[spif(15_000.0), spif(0.0), spif(0.0, "small", rate=0.01)])
RICH = plan(cap=2.5, spifs=[spif(15_000.0)], multipliers={"small": 0.9})


def _trace(scenario: Scenario, *plans: PayPlan, **told: Any) -> PayMixes:
    base = variant_of(scenario, 3)
    on = {rep.name: {f"p{n}": each for n, each in enumerate(plans)} for rep in scenario.reps}
    return trace_pay_mixes(base, on, **{"paths": PATHS, "by": "worth", "step": 0.25, **told})


def _row(frame: pl.DataFrame, **told: Any) -> dict[str, Any]:
    (row,) = frame.filter(**told).iter_rows(named=True)
    return row


@pytest.fixture(scope="module")
def traced() -> PayMixes:
    """Ana in mid-year, and Bo, with two plans."""
    scenario = sellers(
        {"name": "Bo", "group": "West", "quota": {"quarter": 60_000.0}},
        booked=[{"rep": "Ana", "date": date(2027, 1, 1), "amount": 30_000.0}],
    )
    return _trace(scenario, FUNDED, flat(), risk_aversion=2.0)


def test_todays_mix_is_the_plan_as_it_is(traced: PayMixes) -> None:
    """Today's row has the very figures of the plan and of a plain run."""
    scenario = sellers(
        {"name": "Bo", "group": "West", "quota": {"quarter": 60_000.0}},
        booked=[{"rep": "Ana", "date": date(2027, 1, 1), "amount": 30_000.0}],
    )
    base = variant_of(scenario, 3)
    plain = qr.estimate_attainment(qr.simulate(scenario, paths=PATHS, seed=3)).frame
    task, unit = base.tasks["Ana"], base.units["rep", "Ana"]
    contract = lower_contract(FUNDED, task, unit, base.setting.horizon, base.periods)
    credited = credit_rep(task, base.setting, paths=PATHS, count=contract.counted)
    pay = pay_rep(contract, credited).variable.sum(axis=0) + contract.base.sum()

    row = _row(traced.mixes, name="Ana", plan="p0", objective="today")

    year = _row(plain, level="rep", name="Ana", cadence="year")
    assert pytest.approx(pay.mean() / 100, rel=1e-12) == row["pay"]
    assert pytest.approx(pay.std(ddof=1) / 100 / PATHS**0.5, rel=1e-9) == row["pay_se"]
    assert pytest.approx(year["mean"], rel=1e-12) == row["bookings"]
    assert pytest.approx(pay.mean() / 100 / year["mean"], rel=1e-12) == row["cost_of_sales"]
    assert _row(plain, level="team", cadence="year")["p_hit"] == row["p_team"]
    sure = certainty_figure(pay, 2.0 / contract.on_target.sum()).value
    assert pytest.approx(sure / 100, rel=1e-12) == row["certainty_equivalent"]
    assert row["certainty_equivalent"] < row["pay"]
    assert {0.0} == {value for key, value in row.items() if "_change" in key}
    assert row["verdict"] == "as today"


def test_todays_figures_are_those_of_pay() -> None:
    """Mixes, efficiency and behaviour stand beside `price_plans` and say the same of today."""
    said = sellers({"name": "Bo", "quota": {"quarter": 60_000.0}}).model_dump(exclude_unset=True)
    said["pay"] = {"ae": RICH.model_dump(by_alias=True)}
    scenario = Scenario.model_validate(said)
    base, on = variant_of(scenario, 3), {name: {"ae": RICH} for name in ("Ana", "Bo")}
    priced = price_plans(scenario, paths=400, seed=3).frame.filter(period="2027")

    mixes = trace_pay_mixes(base, on, paths=400, step=1.0).mixes.filter(objective="today")
    acted, _ = price_behaviours(base, on, (), paths=400)
    cost, _ = measure_efficiency(base, on, paths=400)

    for name in ("Ana", "Bo"):
        told = _row(priced, level="rep", name=name)
        for row in (_row(mixes, name=name), _row(acted, level="rep", name=name)):
            for mine, theirs in (("pay", "mean"), ("pay_se", "mean_se"), ("bookings", "bookings")):
                assert pytest.approx(told[theirs], rel=1e-9) == row[mine], mine
        cost_of_sales = _row(mixes, name=name)["cost_of_sales"]
        assert pytest.approx(told["cost_of_sales"], rel=1e-9) == cost_of_sales
    team = _row(priced, level="team")
    for row in (_row(cost, level="team", channel="all"), _row(acted, level="team")):
        for mine, theirs in (("pay", "mean"), ("pay_se", "mean_se"), ("bookings", "bookings")):
            assert pytest.approx(team[theirs], rel=1e-9) == row[mine], mine


def test_every_objective_is_told(traced: PayMixes) -> None:
    """A row a rep, plan and objective; levels are today's plus the change; shares sum to 1."""
    frame = traced.mixes

    objectives = ["today", "pay", "certainty", "bookings", "team_plan"]
    for name in ("Ana", "Bo"):
        for number in (0, 1):
            rows = frame.filter(name=name, plan=f"p{number}")
            assert objectives == rows["objective"].to_list()
            today = rows.row(0, named=True)
            for row in rows.iter_rows(named=True):
                assert pytest.approx(1.0) == row["share_small"] + row["share_large"]
                for key in ("pay", "certainty_equivalent", "bookings", "cost_of_sales"):
                    assert pytest.approx(today[key] + row[f"{key}_change"]) == row[key]
                assert 0 <= row["p_team"] <= 1
    # what serves the company does not depend on the plan
    for objective in ("bookings", "team_plan"):
        assert frame.filter(objective=objective, name="Bo")["point"].n_unique() == 1
    assert ["West"] == frame.filter(name="Bo")["group"].unique().to_list()


def test_what_pays_best_is_known() -> None:
    """A share of bookings pays best what books most; a SPIF on large deals moves it to large."""
    opps = {"small": 1.5, "large": 0.3}  # one for one a large deal books 3 times a small one
    won = {"large": {"win_rate": 0.05}}  # and with that win rate less

    plain = _trace(sellers(opps=opps, more=won), flat(), by="opportunities").mixes
    rich = _trace(sellers(opps=opps, more=won), flat(spifs=[spif(20_000.0)]), by="opportunities")

    assert "small 100 %" == _row(plain, objective="pay")["mix"]
    assert _row(plain, objective="pay")["mix"] == _row(plain, objective="bookings")["mix"]
    assert "better" == _row(plain, objective="pay")["verdict"]
    assert "large 100 %" == _row(rich.mixes, objective="pay")["mix"]
    assert "small 100 %" == _row(rich.mixes, objective="bookings")["mix"]


def test_spifs(traced: PayMixes) -> None:
    """A SPIF on large deals moves the mix to large; a SPIF of 0 moves and costs nothing."""
    told = traced.spifs.filter(name="Ana", plan="p0")
    large, nothing, _ = told.iter_rows(named=True)

    assert [0, 1, 2] == told["spif"].to_list()
    assert ["large", "large", "small"] == told["segment"].to_list()
    assert large["share_with"] > large["share_without"]
    assert pytest.approx(large["share_with"] - large["share_without"]) == large["share_moved"]
    assert large["spif_pay_moved"] > large["spif_pay_today"] + 4 * large["spif_pay_moved_se"] > 0
    assert large["pay_change"] > 4 * large["pay_change_se"]
    for key in (
        "share_moved", "spif_pay_today", "spif_pay_moved", "pay_change", "bookings_change",
        "p_team_change", "pay_change_se", "bookings_change_se", "p_team_change_se",
    ):  # fmt: skip
        assert nothing[key] == 0, key
    assert traced.spifs.filter(plan="p1").is_empty()


def test_a_spif_on_a_flat_plan_costs_what_it_pays() -> None:
    """Without tiers, cap or a change of mix, all that it costs is what it pays at today's mix."""
    scenario = make({"s": segment()}, months=3)

    told = _trace(scenario, flat(spifs=[spif(500.0, "s"), spif(9.0, "not sold")]))

    row = _row(told.spifs)
    assert told.mixes.is_empty()
    assert row["share_with"] is None
    assert row["mix_with"] is None
    assert row["spif_pay_today"] == row["spif_pay_moved"]
    assert row["pay_change"] == pytest.approx(row["spif_pay_today"], rel=0.05)
    base = variant_of(scenario, 3)
    wins = credit_rep(base.tasks["Ana"], base.setting, paths=PATHS, count=True).wins
    assert wins is not None
    deals = wins.sum(axis=(0, 1))
    assert row["spif_pay_today"] == pytest.approx(500 * deals.mean(), rel=1e-12)
    assert row["bookings_change"] == 0
    assert row["p_team_change"] is None
    assert {"mix_left_out", "pay_mix_no_team_quota"} <= {caution.code for caution in told.cautions}


def test_risk_aversion_prefers_what_is_sure() -> None:
    """With the same expected bookings in each mix, the averse sell what varies less."""
    scenario = sellers(opps={"small": 1.5, "large": 0.3})

    rows = _trace(scenario, flat(0.3), risk_aversion=20.0).mixes

    averse = _row(rows, objective="certainty")
    assert averse["share_small"] == 1.0
    assert averse["verdict"] == "better"


def test_nobody_who_is_averse() -> None:
    """Without aversion no certainty equivalent is told."""
    rows = _trace(sellers(), FUNDED).mixes

    assert "certainty" not in rows["objective"].to_list()
    assert rows["certainty_equivalent"].null_count() == len(rows)


def test_the_best_does_not_look_better_than_it_is() -> None:
    """Of mixes that are all alike the best gains nothing, by seeds on average, within 4 errors."""
    alike = {"small": segment(opps=1.0, size=9_000.0), "large": segment(opps=1.0, size=9_000.0)}
    scenario = make(alike, {"name": "Ana", "pipeline": "empty", "quota": {"month": 1e4}}, months=3)
    gains, errors = [], []
    for seed in range(30):
        told = trace_pay_mixes(
            variant_of(scenario, seed), {"Ana": {"p": flat()}}, paths=400, step=0.1
        )
        row = _row(told.mixes, objective="pay")
        gains.append(row["pay_change"])
        errors.append(row["pay_change_se"])

    assert abs(np.mean(gains)) < 4 * np.sqrt(np.square(errors).sum()) / len(gains)


def test_errors_are_how_seeds_scatter() -> None:
    """Told errors of levels and changes are the scatter over seeds, within 4 errors of it."""
    scenario = sellers(months=3, team={"quota": {"month": 25_000.0}})
    found: dict[str, list[float]] = {}
    told: dict[str, list[float]] = {}
    for seed in range(80):
        base = variant_of(scenario, seed)
        blend = blend_of(base.tasks["Ana"])
        assert blend is not None
        packages = packages_of(base, "Ana", {"p": RICH})
        question = Question(base, 200, 2.0, team_today(base, paths=200))
        explorer = Explorer(question, "Ana", walk_of(blend, 2), packages)
        for key, figure in explorer.figures(0, 1).items():
            found.setdefault(key, []).append(figure.value)
            told.setdefault(key, []).append(figure.se)

    assert 10 == len(found)
    for key, values in found.items():
        assert np.std(values) == pytest.approx(np.mean(told[key]), rel=4 / np.sqrt(2 * 80)), key


def test_work_travels() -> None:
    """What reps are asked can be sent to other processes, and gives the same."""
    scenario = sellers({"name": "Bo", "quota": {"quarter": 60_000.0}})
    usual = _trace(scenario, FUNDED, paths=200, step=1.0)

    class Away:
        def map(self, function: Any, values: Any) -> Any:
            away = pickle.loads(pickle.dumps((function, list(values))))
            return [pickle.loads(pickle.dumps(away[0](value))) for value in away[1]]

    with spread_over(Away()):
        told = _trace(scenario, FUNDED, paths=200, step=1.0)
        base, on = variant_of(scenario, 3), {name: {"p": FUNDED} for name in ("Ana", "Bo")}
        acted, _ = price_behaviours(base, on, ["give_up"], paths=200)
        cost, _ = measure_efficiency(base, on, paths=200)

    assert usual.mixes.equals(told.mixes)
    assert acted.equals(price_behaviours(base, on, ["give_up"], paths=200)[0])
    assert cost.equals(measure_efficiency(base, on, paths=200)[0])


def test_memory_does_not_decide(monkeypatch: pytest.MonkeyPatch) -> None:
    """Held paths, threads and progress change nothing."""
    scenario = sellers({"name": "Bo", "quota": {"quarter": 60_000.0}})
    usual = _trace(scenario, FUNDED, workers=1)
    seen: list[tuple[int, int]] = []
    monkeypatch.setattr("quotarisk.analysis.pay_choice.at_once", lambda *_: 1)

    told = _trace(scenario, FUNDED, workers=2, progress=lambda *each: seen.append(each))

    assert usual.mixes.equals(told.mixes)
    assert usual.spifs.equals(told.spifs)
    assert [(1, 2), (2, 2)] == seen


def test_hours_and_the_past() -> None:
    """Reps with hours, open deals, and a correction that repeats the past are looked at too."""
    booked = [
        {"rep": "Ana", "date": date(2026, month, 9), "amount": 9_000.0} for month in range(6, 13)
    ]
    scenario = sellers(
        per_hour={"small": 0.1, "large": 0.04},
        rep={"pipeline": None, "hours_per_week": 40.0},
        open_deals=[open_deal(1, 20, of="large")],
        booked=booked,
        correction={"own_history": 0.3, "since": date(2026, 6, 1), "together": 0.2},
    )

    told = _trace(scenario, FUNDED, by=None, paths=400, step=0.5)

    assert ["today", "pay", "bookings", "team_plan"] == told.mixes["objective"].to_list()
    assert "tied_paths" in {caution.code for caution in told.cautions}


def test_without_a_plan_of_the_team() -> None:
    """Where nobody has a quota the mixes are told but for P(team plan)."""
    told = _trace(sellers(rep={"quota": {}}, team={}), flat(spifs=[spif(900.0)]))

    assert ["today", "pay", "bookings"] == told.mixes["objective"].to_list()
    assert told.mixes["p_team"].null_count() == 3
    assert told.spifs["p_team_change"].null_count() == 1
    assert "pay_mix_no_team_quota" in {caution.code for caution in told.cautions}


def test_a_spif_on_what_cannot_be_moved() -> None:
    """Walk-ins are no part of the mix: their SPIF pays, and moves no share of theirs."""
    scenario = sellers(per_hour={"small": 0.1, "large": 0.04}, rep={"hours_per_week": 40.0})
    said = scenario.model_dump(exclude_unset=True)
    said["segments"]["walk_in"] = {
        "inbound_opps_per_week": 2.0, "win_rate": 0.5, "deal_size": 500.0, "won_cycle_days": 5.0,
    }  # fmt: skip

    told = _trace(
        Scenario.model_validate(said), flat(spifs=[spif(9.0, "walk_in")]), paths=300, step=1.0
    )

    row = _row(told.spifs)
    assert row["share_moved"] is None
    assert row["mix_with"] == row["mix_without"]
    assert row["spif_pay_today"] == pytest.approx(9 * 52, rel=0.1)


def test_plans_of_longer_periods() -> None:
    """A plan by the year pays nothing in a horizon of a quarter: said, and left out."""
    scenario = make(
        {"a": segment(), "b": segment()},
        {"name": "Ana", "quota": {"month": 1e4}},
        months=3,
        team={"quota": {"month": 1e4}},
    )

    told = _trace(scenario, flat(cadence="year"))

    assert told.mixes.is_empty()
    assert told.spifs.is_empty()
    assert "pay_mix_unpaid" in {caution.code for caution in told.cautions}


def test_without_on_target_earnings() -> None:
    """Aversion is relative to today's pay where nothing is on target; nobody paid has none."""
    base = variant_of(sellers(), 3)
    task = base.tasks["Ana"]
    blend = blend_of(task)
    assert blend is not None
    question = Question(base, 400, 2.0, team_today(base, paths=400))
    packages = packages_of(
        base, "Ana", {"flat": flat(), "nothing": PayPlan.model_validate({"cadence": "month"})}
    )

    explorer = Explorer(question, "Ana", walk_of(blend, 2), packages)

    for number in (0, 1):
        told = explorer.figures(number, 0)
        pay, sure = told["pay"].value, told["certainty_equivalent"].value
        assert sure < pay if number == 0 else sure == pay == 0


def test_other_quotas() -> None:
    """Reps may be held to other quotas, and nobody else is."""
    base = variant_of(sellers({"name": "Bo", "quota": {"quarter": 60_000.0}}), 3)

    told = with_rep_quotas(base, {"Ana": base.units["rep", "Ana"].quotas * 2})

    for key, unit in base.units.items():
        times = 2.0 if key == ("rep", "Ana") else 1.0
        assert np.array_equal(unit.quotas * times, told.units[key].quotas, equal_nan=True)


@pytest.mark.parametrize(
    ("told", "message"),
    [
        ({"risk_aversion": -1.0}, "risk_aversion must lie between 0 and 100, got -1.0"),
        ({"risk_aversion": "some"}, "risk_aversion must lie between 0 and 100, got 'some'"),
        ({"by": "luck"}, "by must be one of hours, opportunities, worth, got 'luck'"),
        ({"step": 0.3}, "step must be a share"),
        ({"paths": 19}, "paths must be 20 or more to tell pay and its errors, got 19"),
    ],
)
def test_nonsense_is_refused(told: dict[str, Any], message: str) -> None:
    """Arguments out of range are named."""
    with pytest.raises(ArgumentError, match=message):
        _trace(sellers(), FUNDED, **told)
