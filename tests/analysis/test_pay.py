"""Pay: every figure made again in plain Python, and what is said of it."""

from __future__ import annotations

import math
from datetime import date
from typing import Any

import numpy as np
import polars as pl
import pytest
from numpy.typing import NDArray
from polars.testing import assert_frame_equal

import quotarisk as qr
from quotarisk.analysis.answers import Answer
from quotarisk.analysis.pay import price_plans
from quotarisk.analysis.pay_cautions import odd_checks
from quotarisk.errors import ArgumentError
from quotarisk.scenario.scenario import Scenario
from quotarisk.simulation.comparing import Seen, compare
from quotarisk.simulation.crediting import credit_rep
from quotarisk.simulation.earning import lower_contract
from quotarisk.simulation.variants import variant_of
from tests.analysis.cases import exact_case, make
from tests.analysis.pay_cases import AE, FULL, MONTHLY, SEGMENTS, TIERS, team
from tests.kernel import pay_twin

PATHS, SEED = 300, 5
Cents = NDArray[np.float64]


def _plain(
    scenario: Scenario, name: str, plan_name: str, paths: int = PATHS
) -> tuple[Cents, Cents, Cents, Cents]:
    """Pay and bookings of a rep by period and path, fixed and on-target pay, made plainly."""
    base = variant_of(scenario, SEED)
    task, unit, plan = base.tasks[name], base.units["rep", name], scenario.pay[plan_name]
    contract = lower_contract(plan, task, unit, scenario.horizon, base.periods)
    credited = credit_rep(task, base.setting, paths=paths, count=True)
    assert credited.wins is not None
    pays, sold = [], []
    for period, certain in zip(contract.periods, contract.certain, strict=True):
        months = [month for month in period.month_numbers if month >= 0]
        booked = credited.booked[:, months].sum(axis=1)
        wins = credited.wins[:, months].sum(axis=1)
        counted, extra = np.zeros(paths), np.zeros(paths)
        for place, terms in enumerate(task.terms):
            counted += plan.multipliers.get(terms.segment, 1.0) * booked[place]
            for spif in plan.spifs:
                if spif.segment == terms.segment:
                    goal = 0.0 if spif.goal is None else spif.goal * 100
                    paid = np.rint(spif.per_deal * 100 * wins[place] + spif.rate * booked[place])
                    extra += np.where(booked[place] >= goal, paid, 0.0)
        pays.append((np.rint(counted) + certain, extra))
        sold.append(booked.sum(axis=0) + certain)
    paid = pay_twin.pay_paths(
        contract.rules, np.array([c for c, _ in pays]), np.array([e for _, e in pays])
    )
    return paid + contract.base[:, None], np.array(sold), contract.base, contract.on_target


def _row(frame: pl.DataFrame, **of: str) -> dict[str, Any]:
    (row,) = frame.filter(**of).iter_rows(named=True)
    return row


def _is_told(row: dict[str, Any], pay: Cents, sold: Cents, on_target: float) -> None:
    """Hold a row of the frame against paths."""
    pay, sold, paths = pay / 100, sold / 100, len(pay)
    ordered = np.sort(pay)
    p_ote = float((pay >= on_target / 100 - 1e-9).mean())
    ratio = pay.mean() / sold.mean()
    apart = pay - ratio * sold
    expected = {
        "ote": on_target / 100,
        "mean": pay.mean(),
        "mean_se": pay.std(ddof=1) / math.sqrt(paths),
        "sd": pay.std(ddof=1),
        "p10": ordered[paths // 10],
        "p50": ordered[paths // 2],
        "p90": ordered[paths * 9 // 10],
        "budget": ordered[paths // 2],
        "reserve": ordered[paths * 9 // 10] - ordered[paths // 2],
        "p_ote": p_ote,
        "bookings": sold.mean(),
        "bookings_se": sold.std(ddof=1) / math.sqrt(paths),
        "cost_of_sales": ratio,
        "cost_of_sales_se": apart.std(ddof=1) / math.sqrt(paths) / sold.mean(),
        "cost_of_average": row["mean"] - row["pay_at_mean"],
    }
    for key, value in expected.items():
        # the twin rounds the very fraction, so a path's pay may be another cent
        assert value == pytest.approx(row[key], rel=1e-7, abs=0.02), key
    for key in ("sd", "p10", "p50", "p90", "p_ote", "budget", "reserve", "pay_at_mean"):
        assert row[f"{key}_se"] >= 0, key


@pytest.fixture(scope="module")
def full() -> tuple[Scenario, Answer]:
    """A team on a plan with everything, in the middle of the year."""
    booked = [
        {"rep": "Ana", "date": date(2027, 4, 5), "amount": 20_000.0},
        {"rep": "Cy", "date": date(2027, 1, 20), "amount": 3_000.0},
    ]
    scenario = team({"ae": FULL}, start=date(2027, 4, 12), months=9, booked=booked)
    return scenario, price_plans(scenario, paths=PATHS, seed=SEED, workers=1)


def test_frame_is_made_again(full: tuple[Scenario, Answer]) -> None:
    """From the twin of the kernel, for reps, group and team, by quarter and year."""
    scenario, answer = full
    parts = {name: _plain(scenario, name, "ae") for name in ("Ana", "Bo", "Cy")}
    units = {"Ana": ["Ana"], "Bo": ["Bo"], "Cy": ["Cy"], "East": ["Ana", "Bo"], "Team": list(parts)}
    for unit, members in units.items():
        pay, sold, _, target = (
            np.sum([parts[name][part] for name in members], axis=0) for part in range(4)
        )
        for row, quarter in enumerate(("2027-Q2", "2027-Q3", "2027-Q4")):
            told = _row(answer.frame, name=unit, period=quarter)
            _is_told(told, pay[row], sold[row], target[row])
        told = _row(answer.frame, name=unit, period="2027")
        _is_told(told, pay.sum(axis=0), sold.sum(axis=0), target.sum())
    assert {"partial_pay", "booked_without_segment", "nothing_carried_in", "began_before_start"} & {
        caution.code for caution in answer.cautions
    } == {"partial_pay", "booked_without_segment", "nothing_carried_in"}


def test_volatility_is_made_again(full: tuple[Scenario, Answer]) -> None:
    """Month by month, fixed pay in each and variable pay in the last one of a quarter."""
    scenario, answer = full
    pay, _, base, _ = _plain(scenario, "Ana", "ae")
    cash = np.full((9, PATHS), 5_000.0)
    cash[2::3] += (pay - base[:, None]) / 100
    told = _row(answer.parts["volatility"], name="Ana")
    sd = cash.std(axis=0, ddof=1)
    assert told["months"] == 9
    assert sd.mean() == pytest.approx(told["volatility"])
    assert sd.std(ddof=1) / math.sqrt(PATHS) == pytest.approx(told["volatility_se"])
    assert cash.mean() == pytest.approx(told["mean"])
    assert sd.mean() / cash.mean() == pytest.approx(told["cv"])
    ratio = sd - sd.mean() / cash.mean() * cash.mean(axis=0)
    error = ratio.std(ddof=1) / math.sqrt(PATHS) / cash.mean()
    assert error == pytest.approx(told["cv_se"])


def test_payout_at_expected_bookings() -> None:
    """Is what the plan pays for the mean of what counts; its error is told by batches."""
    scenario = team({"ae": {**AE, "tiers": TIERS, "threshold": 0.9}})
    frame = price_plans(scenario, paths=2_000, seed=SEED).frame
    base = variant_of(scenario, SEED)
    contract = lower_contract(
        scenario.pay["ae"], base.tasks["Ana"], base.units["rep", "Ana"],
        scenario.horizon, base.periods,
    )  # fmt: skip
    _, sold, _, _ = _plain(scenario, "Ana", "ae", 2_000)
    at = np.rint(sold.mean(axis=1))[:, None]
    expected = pay_twin.pay_paths(contract.rules, at, np.zeros_like(at))[:, 0] + contract.base
    told = frame.filter(name="Ana", cadence="quarter")["pay_at_mean"].to_numpy()
    np.testing.assert_allclose(expected / 100, told, atol=0.011)


@pytest.mark.parametrize("plans", [None, ["ae", "monthly"]])
def test_threads_change_nothing(plans: list[str] | None) -> None:
    """One or two workers, the same bits; and a simulation is asked as its scenario is."""
    plain = {**AE, "tiers": TIERS}
    scenario = team({"ae": plain, "monthly": MONTHLY}, reps=[
        {**rep.model_dump(exclude_defaults=True), "pay": ("ae", "monthly")[rep.name == "Bo"]}
        for rep in team({"ae": plain}).reps
    ])  # fmt: skip
    one = price_plans(scenario, plans=plans, paths=PATHS, seed=SEED, workers=1)
    two = price_plans(qr.simulate(scenario, paths=PATHS, seed=SEED), plans=plans, workers=2)
    assert one.provenance == two.provenance
    for ours, theirs in (
        (one.frame, two.frame),
        *zip(one.parts.values(), two.parts.values(), strict=True),
    ):
        assert_frame_equal(ours, theirs, check_exact=True)


def test_team_is_the_sum_of_its_reps(full: tuple[Scenario, Answer]) -> None:
    """Means, payouts at expected bookings and fixed targets add up, cent by cent."""
    frame = full[1].frame
    reps = (
        frame.filter(level="rep")
        .group_by("period", maintain_order=True)
        .agg(pl.col(pl.Float64).sum())
    )
    whole = frame.filter(level="team")
    for key in ("mean", "bookings", "ote", "pay_at_mean", "cost_of_average"):
        assert reps[key].to_list() == pytest.approx(whole[key].to_list()), key


def test_reps_on_plans_of_their_own() -> None:
    """A team whose reps are on several plans is shown by the longest cadence; some are on none."""
    scenario = team(
        {"ae": AE, "monthly": MONTHLY},
        {"name": "Ana", "group": "East", "quota": {"month": 18_000.0}, "pay": "ae"},
        {"name": "Bo", "group": "East", "quota": {"month": 9_000.0}, "pay": "monthly"},
        {"name": "Di", "group": "East", "quota": {"month": 9_000.0}},
    )
    progress: list[tuple[int, int]] = []
    answer = price_plans(
        scenario, paths=PATHS, seed=SEED, progress=lambda *done: progress.append(done)
    )
    assert [(1, 2), (2, 2)] == progress
    shown = answer.frame.group_by("name", maintain_order=True).agg("cadence").rows_by_key("name")
    assert {"Ana", "Bo", "East", "Team"} == set(shown)
    assert ["month"] * 12 + ["year"] == _cadences(answer.frame, "Bo")
    assert ["quarter"] * 4 + ["year"] == _cadences(answer.frame, "Team")
    ana, bo = _plain(scenario, "Ana", "ae"), _plain(scenario, "Bo", "monthly")
    pay = ana[0][1] + bo[0][3:6].sum(axis=0)
    told = _row(answer.frame, name="East", period="2027-Q2")
    _is_told(told, pay, ana[1][1] + bo[1][3:6].sum(axis=0), ana[3][1] + bo[3][3:6].sum())
    assert told["plan"] is None
    assert _row(answer.frame, name="Bo", period="2027")["plan"] == "monthly"
    (caution,) = [each for each in answer.cautions if each.code == "no_plan"]
    assert ("Di",) == caution.about
    assert answer.parts["cadences"].filter(level="team")["p_hit"].null_count() == 3


def _cadences(frame: pl.DataFrame, name: str) -> list[str]:
    return frame.filter(name=name)["cadence"].to_list()


def test_plans_are_compared_on_the_same_paths() -> None:
    """Differences are those of the frames, with errors of differences path by path."""
    scenario = team({"ae": {**AE, "tiers": TIERS}, "monthly": MONTHLY})
    answer = price_plans(scenario, plans=["ae", "monthly"], paths=PATHS, seed=SEED)
    told = _row(answer.parts["compare"], name="Ana", plan="monthly")
    one = _row(answer.frame, name="Ana", plan="ae", period="2027")
    other = _row(answer.frame, name="Ana", plan="monthly", period="2027")
    for key in ("mean", "sd", "p_ote", "cost_of_sales"):
        assert other[key] - one[key] == pytest.approx(told[f"{key}_change"], abs=1e-9), key
        assert other[key] == pytest.approx(told[key]), key
    mine = _plain(scenario, "Ana", "monthly")[0].sum(axis=0)
    base = _plain(scenario, "Ana", "ae")[0].sum(axis=0)
    apart = (mine - base) / 100
    assert apart.std(ddof=1) / math.sqrt(PATHS) == pytest.approx(told["mean_change_se"])
    assert (apart > 0).mean() == pytest.approx(told["p_more"])
    assert (apart < 0).mean() == pytest.approx(told["p_less"])
    same = _row(answer.parts["compare"], name="Ana", plan="ae")
    assert (0.0, 0.0, "as before") == (
        same["mean_change"], same["mean_change_se"], same["verdict"],
    )  # fmt: skip
    whole = answer.parts["compare"].filter(level="team", plan="monthly").row(0, named=True)
    assert 3 >= whole["gaining"] + whole["losing"]


def test_a_plan_for_everybody() -> None:
    """One plan is named: all are on it, whatever their own; nothing is compared."""
    scenario = team({"ae": AE, "monthly": MONTHLY})
    answer = price_plans(scenario, plans=["monthly"], paths=50, cadences=False)
    assert {"monthly"} == set(answer.frame["plan"])
    assert {"volatility", "deals"} == set(answer.parts)


def test_errors_under_a_correction() -> None:
    """Are those of blocks of paths; figures stay those of all paths."""
    told = {"together": 0.4, "month_shape": 0.7, "quarter_shape": 0.8}
    scenario = team({"ae": {**AE, "tiers": TIERS}, "b": MONTHLY}, correction=told)
    answer = price_plans(scenario, plans=["ae", "b"], paths=2_000, seed=SEED)
    mean = _plain(scenario, "Ana", "ae", 2_000)[0]
    row = _row(answer.frame, name="Ana", plan="ae", period="2027-Q1")
    assert mean[0].mean() / 100 == pytest.approx(row["mean"])
    assert 0 < row["mean_se"] < 3 * mean[0].std() / 100 / math.sqrt(2_000)
    whole = _row(answer.frame, name="Team", plan="ae", period="2027")
    assert 0 < whole["mean_se"] < whole["sd"] / 5
    assert answer.parts["deals"]["deal_pay_se"].drop_nulls().len()
    assert {"errors_by_blocks"} <= {each.code for each in answer.cautions}


def test_segments_under_a_correction() -> None:
    """A caution says that segments keep their shares."""
    scenario = team({"ae": FULL}, correction={"shared": [0.1]})
    answer = price_plans(scenario, paths=60)
    assert "corrected_segments" in {each.code for each in answer.cautions}


def test_no_target_has_no_chance() -> None:
    """A plain commission has nothing on target, so no P(pay >= OTE), compared or not."""
    plans = {"ae": {"commission_rate": 0.1, "cadence": "month"}, "b": AE}
    answer = price_plans(team(plans), plans=["ae", "b"], paths=60)
    assert answer.frame.filter(plan="ae")["p_ote"].null_count() == len(
        answer.frame.filter(plan="ae")
    )
    assert answer.parts["compare"].filter(plan="b")["p_ote_change"].is_null().all()
    assert answer.parts["cadences"].filter(plan="ae")["p_ote"].is_null().all()
    flat = _row(answer.frame, name="Bo", plan="ae", period="2027")
    assert flat["cost_of_sales"] == pytest.approx(0.1, rel=1e-6)


def test_a_horizon_of_a_month() -> None:
    """Has no volatility, and only the month to compare; a year's plan pays nothing in it."""
    scenario = team({"m": MONTHLY, "y": {**AE, "cadence": "year"}}, months=1)
    answer = price_plans(scenario, plans=["m"], paths=50)
    assert answer.parts["volatility"]["volatility"].is_null().all()
    assert ["month"] == answer.parts["cadences"]["cadence"].unique().to_list()
    with pytest.raises(ArgumentError, match=r"must hold a whole year.*got 1 months from"):
        price_plans(scenario, plans=["y"], paths=50)


def test_cadences_without_time_in_common() -> None:
    """A year of which only months from its middle on are known cannot be told by month."""
    scenario = team({"y": {**AE, "cadence": "year"}}, start=date(2027, 5, 1), months=8, booked=[])
    answer = price_plans(scenario, paths=50)
    assert answer.parts["cadences"].is_empty()
    assert "no_common_span" in {each.code for each in answer.cautions}


def test_what_began_before_the_start_is_left_out() -> None:
    """Where nobody says what was booked until then."""
    scenario = team({"ae": AE}, start=date(2027, 2, 1), months=11)
    answer = price_plans(scenario, paths=50)
    (caution,) = [each for each in answer.cautions if each.code == "began_before_start"]
    assert ("2027-Q1", "2027") == caution.about
    assert ["2027-Q2", "2027-Q3", "2027-Q4"] == answer.frame["period"].unique(
        maintain_order=True
    ).to_list()


def test_who_has_no_quota_is_left_out() -> None:
    """Of a plan that goes by quotas."""
    scenario = make(
        SEGMENTS,
        {"name": "Ana", "quota": {"year": 200_000.0}},
        {"name": "Bo"},
        pay={"a": AE, "b": {"commission_rate": 0.1}},
    )
    answer = price_plans(scenario, plans=["a", "b"], paths=50)
    assert {"Ana", "Team"} == set(answer.frame["name"])
    kinds = {each.code: each.about for each in answer.cautions}
    assert ("Bo",) == kinds["no_plan"]
    assert ("Ana",) == kinds["shared_quotas"]
    assert _row(answer.frame, name="Ana", plan="a", period="2027-Q2")["ote"] == 30_000.0


def test_some_reps_only() -> None:
    """The team is who is looked at."""
    answer = price_plans(team({"ae": AE}), reps=["Bo", "Cy"], paths=50)
    assert {"Bo", "Cy", "East", "Team"} == set(answer.frame["name"])


def test_further_questions() -> None:
    """Mixes, efficiency and behaviour come as parts where they are asked for."""
    scenario = team({"ae": FULL})
    answer = price_plans(
        scenario,
        also=["mixes", "efficiency"],
        behaviour="sandbag",
        step=0.5,
        paths=80,
        reps=["Ana"],
    )
    assert {"mixes", "spifs", "efficiency", "behaviour"} <= set(answer.parts)
    assert {"sandbag"} <= set(answer.parts["behaviour"]["behaviour"])


@pytest.mark.parametrize(
    ("scenario", "told", "says"),
    [
        (make(), {}, r"\[pay.NAME\]"),
        (team({"a": AE, "b": AE}), {}, 'write pay = "a"'),
        (team({"ae": AE}), {"plans": ["a"]}, "no pay plan is called 'a'; did you mean"),
        (team({"ae": AE}), {"plans": []}, "plans must name a pay plan"),
        (team({"ae": AE}), {"also": "mix"}, "also must be of mixes, efficiency, got 'mix'"),
        (team({"ae": AE}), {"reps": ["Al"]}, "no rep is called 'Al'"),
        (team({"ae": AE}), {"paths": 1}, "paths must be"),
        (team({"ae": AE}), {"paths": 19}, "paths must be 20 or more"),
        (team({"ae": AE}), {"step": 0.3}, "step must be a share"),
        (team({"ae": AE}, months=2), {}, "a whole quarter"),
        (team({"ae": AE}), {"behaviour": ["x"]}, "behaviour"),
        (team({"ae": AE}), {"risk_aversion": -1.0}, "risk_aversion"),
    ],
)
def test_what_is_refused(scenario: Scenario, told: dict[str, Any], says: str) -> None:
    """With what is asked for instead."""
    with pytest.raises(ArgumentError, match=says):
        price_plans(scenario, **told)


def test_exact_pay_is_held_against_the_simulation() -> None:
    """Means and chances are within 4 errors; a slip in the simulation is a caution."""
    scenario = exact_case()
    told = {**dict(scenario), "pay": {"ae": {**AE, "tiers": TIERS, "threshold": 0.4, "cap": 2.0}}}
    answer = price_plans(Scenario.model_validate(told), paths=4_000, seed=3)
    checked = answer.frame.filter(pl.col("mean_z").is_not_null())
    assert len(answer.frame) == len(checked)
    assert checked["mean_z"].abs().max() < 4  # type: ignore[operator]
    assert answer.frame["p_ote_z"].drop_nulls().abs().max() < 4  # type: ignore[operator]
    assert 4 == answer.frame.filter(level="rep")["p_ote_z"].drop_nulls().len()
    assert "exact_check" not in {each.code for each in answer.cautions}


def test_deals_book_alike_under_a_named_plan() -> None:
    """`compare` draws the very bookings that are paid for."""
    scenario = team({"ae": AE})
    base = variant_of(scenario, SEED)

    def read(seen: Seen) -> float:
        return float(seen.booked[0][-1].mean())

    found = {name: mean for _, name, mean in compare([base], read, paths=PATHS)}
    frame = price_plans(scenario, paths=PATHS, seed=SEED).frame.filter(period="2027")
    for name, mean in zip(frame["name"], frame["bookings"], strict=True):
        assert found[name] / 100 == pytest.approx(mean)


def test_plans_that_pay_for_other_months() -> None:
    """A year's plan in the middle of the year is not held against a month's."""
    plans = {"m": MONTHLY, "y": {**AE, "cadence": "year"}}
    scenario = team(plans, start=date(2027, 5, 1), months=8, booked=[])
    answer = price_plans(scenario, plans=["m", "y"], paths=50)
    assert answer.parts["compare"].is_empty()
    assert {"not_compared", "no_common_span"} <= {each.code for each in answer.cautions}


def test_what_is_raised_comes_through() -> None:
    """From whoever is told of progress, with nothing left running."""

    def stop(done: int, of: int) -> None:
        raise KeyError(done, of)

    with pytest.raises(KeyError):
        price_plans(team({"ae": AE}), paths=50, progress=stop)


def test_odd_checks_are_a_caution() -> None:
    """Six errors apart in one of two is more than chance allows; one error is not."""
    frame = pl.DataFrame({"name": ["Ana", "Bo"], "mean_z": [6.0, 1.0], "p_ote_z": [None, 1.0]})
    (caution,) = odd_checks(frame)
    assert ("exact_check", ("Ana",)) == (caution.code, caution.about)


def test_volatility_begins_with_the_work() -> None:
    """Months before a rep is hired are none of its pay."""
    hired = {"name": "Ana", "quota": {"month": 9_000.0}, "start_date": date(2027, 7, 1)}
    scenario = team({"ae": AE}, hired)
    answer = price_plans(scenario, paths=100, seed=SEED)
    pay, _, _, _ = _plain(scenario, "Ana", "ae", 100)
    cash = np.full((6, 100), 5_000.0)
    cash[2::3] += pay[2:] / 100 - 15_000.0
    for name in ("Ana", "Team"):
        told = _row(answer.parts["volatility"], name=name)
        assert told["months"] == 6
        assert cash.mean() == pytest.approx(told["mean"])
        assert cash.std(axis=0, ddof=1).mean() == pytest.approx(told["volatility"])


def test_nobody_is_at_work_in_the_span() -> None:
    """Who is hired after the last whole year has pay, and none in what cadences are held to."""
    hired = {"name": "Ana", "quota": {"month": 9_000.0}, "start_date": date(2028, 1, 10)}
    answer = price_plans(team({"ae": AE}, hired, months=15), paths=50, seed=SEED)
    assert [0.0] * 3 == answer.parts["cadences"].filter(name="Ana")["mean"].to_list()
    assert _row(answer.frame, name="Ana", period="2028-Q1")["mean"] > 0


def test_what_is_carried_out() -> None:
    """Of the horizon is in no figure, which is said; of a window that ends there nothing is."""
    plan = {**AE, "carry_surplus": "year", "draw": 900.0, "tiers": TIERS}
    codes = {"carried_out", "draw_not_given_back", "surplus_accelerated"}
    for told, months, expected in (
        (plan, 9, codes),
        (plan, 12, codes - {"carried_out"}),
        ({**plan, "recoverable": False, "tiers": [{"from": 0.0, "rate": 1.0}]}, 12, set()),
        ({**AE, "carry_shortfall": "year"}, 9, {"carried_out"}),
    ):
        answer = price_plans(team({"ae": told}, months=months), paths=50)
        assert expected == codes & {each.code for each in answer.cautions}


@pytest.mark.parametrize("cadence", ["month", "quarter"])
def test_a_start_in_mid_year(cadence: str) -> None:
    """Mixes and behaviour set pay against the bookings that it is for, as the frame does."""
    booked = [
        {"rep": "Ana", "date": date(2027, 2, 3), "amount": 50_000.0},
        {"rep": "Ana", "date": date(2027, 5, 3), "amount": 7_000.0},
    ]
    scenario = team(
        {"ae": {**AE, "cadence": cadence}},
        {"name": "Ana", "quota": {"month": 18_000.0}},
        start=date(2027, 6, 1),
        months=7,
        booked=booked,
    )
    answer = price_plans(scenario, also="mixes", behaviour="give_up", step=1.0, paths=50)
    frame = _row(answer.frame, name="Ana", period="2027")
    today = _row(answer.parts["mixes"], name="Ana", objective="today")
    assert today["cost_of_sales"] == pytest.approx(frame["cost_of_sales"])
    acted = _row(answer.parts["behaviour"], name="Ana", behaviour="exposure only")
    assert today["bookings"] == pytest.approx(frame["bookings"])
    assert acted["bookings"] == pytest.approx(frame["bookings"])
