# ruff: noqa: E501 - a message and what causes it stand on one line
"""Pay plans: how they are written, who is on them, and what is refused."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from pydantic import ValidationError

from quotarisk.scenario.checking import find_faults
from quotarisk.scenario.loading import load_scenario
from quotarisk.scenario.pages import scenario_pages
from quotarisk.scenario.pay import PayPlan
from quotarisk.scenario.plans import plan_name_of, plan_of
from quotarisk.scenario.scenario import Scenario
from quotarisk.scenario.schema import scenario_schema
from quotarisk.scenario.terms import streams_of, terms_of
from quotarisk.scenario.writing import write_scenario
from tests.scenario.conftest import FaultsOf, Load

HEAD = """name = "T"
start = 2027-01-01
[segments.small]
opps_per_week = 1
win_rate = 0.3
deal_size = 10
won_cycle_days = 30
"""
REP = '[[reps]]\nname = "Ana"\nquota = { month = 10_000 }\n'
ACCELERATED = [{"from": 0.0, "rate": 1.0}, {"from": 1.0, "rate": 1.5}]
PLAN: dict[str, Any] = {"base": 60_000.0, "target_variable": 60_000.0}
SEGMENT: dict[str, Any] = {
    "opps_per_week": 1.0,
    "win_rate": 0.3,
    "deal_size": 10.0,
    "won_cycle_days": 30.0,
}


def team(*reps: dict[str, Any], months: int = 12, **plans: dict[str, Any]) -> Scenario:
    """Reps with a monthly quota, unless told otherwise, and plans that are as usual but for what is told."""
    usual = {"name": "Ana", "quota": {"month": 10_000.0}}
    return Scenario.model_validate(
        {
            "name": "T",
            "start": date(2027, 1, 1),
            "months": months,
            "segments": {"small": SEGMENT},
            "reps": [{**usual, **rep} for rep in reps or ({},)],
            "pay": {name: {**PLAN, **plan} for name, plan in plans.items()},
        }
    )


def test_as_it_is_written(load: Load) -> None:
    """Every key, as the documentation has it."""
    scenario = load(
        HEAD
        + REP
        + """pay = "ae"
[pay.ae]
base = 60_000
target_variable = 60_000
cadence = "month"
commission_rate = 0.50
tiers = [{ from = 0.0, rate = 1.0 }, { from = 1.0, rate = 1.5 }]
tier_kind = "retroactive"
threshold = 0.4
cliff = false
cap = 2.0
carry_surplus = "quarter"
carry_shortfall = "year"
draw = 2_000
recoverable = false
guarantee = [1.0, 0.5]
multipliers = { small = 1.5 }
spifs = [{ segment = "small", per_deal = 500, rate = 0.02, goal = 100_000 }]
[pay.sdr]
commission_rate = 0.02
"""
    )
    plan = scenario.pay["ae"]
    assert 120_000 == plan.on_target
    assert 5_000 == plan.period_target
    assert [(0.0, 1.0), (1.0, 1.5)] == [(tier.from_, tier.rate) for tier in plan.tiers]
    assert (500, 0.02, 100_000) == (
        plan.spifs[0].per_deal,
        plan.spifs[0].rate,
        plan.spifs[0].goal,
    )
    assert {"small": 1.5} == plan.multipliers
    assert ("month", "retroactive", "quarter", "year") == (
        plan.cadence,
        plan.tier_kind,
        plan.carry_surplus,
        plan.carry_shortfall,
    )
    assert plan_of(scenario, scenario.reps[0]) is plan


def test_what_is_usual() -> None:
    """Left out, a plan has one rate, no threshold, no cap, no carry-over, no draw."""
    plan = PayPlan.model_validate(PLAN)
    assert [(0.0, 1.0)] == [(tier.from_, tier.rate) for tier in plan.tiers]
    assert ("quarter", 15_000) == (plan.cadence, plan.period_target)
    assert (None, 0, None, 0) == (plan.commission_rate, plan.threshold, plan.cap, plan.draw)
    assert PLAN == plan.model_dump(exclude_defaults=True)


def test_who_is_on_which_plan() -> None:
    """The one that a rep names; the only one there is; none of several; none where there is none."""
    one = team({}, ae={})
    assert ("ae", one.pay["ae"]) == (plan_name_of(one, one.reps[0]), plan_of(one, one.reps[0]))
    two = team({}, {"name": "Ben", "pay": "sdr"}, {"name": "Cy", "pay": "other"}, ae={}, sdr={})
    assert [None, "sdr", "other"] == [plan_name_of(two, rep) for rep in two.reps]
    assert [None, two.pay["sdr"], None] == [plan_of(two, rep) for rep in two.reps]
    assert plan_of(team(), team().reps[0]) is None


def test_scenarios_without_plans_keep_their_fingerprint() -> None:
    """What is left out is not written, so nothing that was known by its hash is unknown now."""
    told = team().as_dict()
    assert {"name", "start", "segments", "reps"} == set(told)
    assert {"name", "quota"} == set(told["reps"][0])
    assert set(SEGMENT) == set(told["segments"]["small"])
    assert "ab72a109" == team().fingerprint[:8]


def test_paid_quotas_at_an_attainment() -> None:
    """The integral of the rates, or the rate of the tier that is reached."""
    tiers = [{"from": 0.0, "rate": 0.5}, {"from": 0.5, "rate": 1.0}, {"from": 1.0, "rate": 2.0}]
    plan = PayPlan.model_validate({**PLAN, "tiers": tiers})
    assert [0, 0.2, 0.25, 0.45, 0.75, 1.75] == pytest.approx(
        [plan.multiple_at(a) for a in (0, 0.4, 0.5, 0.7, 1.0, 1.5)]
    )
    at_once = plan.model_copy(update={"tier_kind": "retroactive"})
    assert [0, 0.2, 0.5, 0.7, 2.0, 3.0] == pytest.approx(
        [at_once.multiple_at(a) for a in (0, 0.4, 0.5, 0.7, 1.0, 1.5)]
    )


@pytest.mark.parametrize(
    ("plan", "expected"),
    [
        ("base = -1", "base must lie between 0 and 1,000,000,000,000, got -1 (team.toml: pay.ae.base)"),
        ('cadence = "week"', "cadence must be 'month', 'quarter' or 'year', got 'week' (team.toml: pay.ae.cadence)"),
        ("commission_rate = 1.5", "commission_rate must be above 0 and at most 1, got 1.5 (team.toml: pay.ae.commission_rate)"),
        ("commission_rate = -0.1", "commission_rate must be above 0 and at most 1, got -0.1 (team.toml: pay.ae.commission_rate)"),
        ("tiers = []", "tiers must begin with a tier from 0, got [] (team.toml: pay.ae.tiers)"),
        ("tiers = [{ from = 0.5, rate = 1 }]", "tiers must begin with a tier from 0, got [{ from = 0.5, rate = 1 }] (team.toml: pay.ae.tiers)"),
        ("tiers = [{ from = 0, rate = 1 }, { from = 1, rate = -0.5 }]", "rate must lie between 0 and 100, got -0.5 (team.toml: pay.ae.tiers[1].rate)"),
        ("tiers = [{ from = 0, rate = 1, frm = 0 }]", "a key of pay.ae.tiers[0] must be one that quotarisk knows, got 'frm' (team.toml: pay.ae.tiers[0].frm); did you mean 'from'?"),
        ("tiers = [{ from = 0, rate = 1, from_ = 0 }]", "a key of pay.ae.tiers[0] must be one that quotarisk knows, got 'from_' (team.toml: pay.ae.tiers[0].from_); did you mean 'from'?"),
        ("tiers = [{ rate = 1 }]", "from must be given (team.toml: pay.ae.tiers[0])"),
        ('tiers = [{ from = "0", rate = 1 }]', "from must be a number between 0 and 100, got the text '0' (team.toml: pay.ae.tiers[0].from)"),
        ('tier_kind = "margin"', "tier_kind must be 'marginal' or 'retroactive', got 'margin' (team.toml: pay.ae.tier_kind); did you mean 'marginal'?"),
        ("threshold = -0.1", "threshold must lie between 0 and 100, got -0.1 (team.toml: pay.ae.threshold)"),
        ("cliff = 1", "cliff must be true or false, without quotes, got 1 (team.toml: pay.ae.cliff)"),
        ('recoverable = "no"', "recoverable must be true or false, without quotes, got the text 'no' (team.toml: pay.ae.recoverable)"),
        ("cap = 0", "cap must be above 0 and at most 1,000, got 0 (team.toml: pay.ae.cap)"),
        ('carry_surplus = "month"', "carry_surplus must be 'none', 'quarter' or 'year', got 'month' (team.toml: pay.ae.carry_surplus)"),
        ("draw = -5", "draw must lie between 0 and 1,000,000,000,000, got -5 (team.toml: pay.ae.draw)"),
        ("guarantee = [1.5]", "guarantee must lie between 0 and 1, got 1.5 (team.toml: pay.ae.guarantee[0])"),
        ("multipliers = { small = -1 }", "multipliers must lie between 0 and 100, got -1 (team.toml: pay.ae.multipliers.small)"),
        ("spifs = [{ segment = 'small', per_deal = -1 }]", "per_deal must lie between 0 and 1,000,000,000,000, got -1 (team.toml: pay.ae.spifs[0].per_deal)"),
        ("spifs = [{ segment = 'small', rate = 0.1, goal = 0 }]", "goal must be above 0 and at most 1,000,000,000,000, got 0 (team.toml: pay.ae.spifs[0].goal)"),
        ("acelerator = 2", "a key of pay.ae must be one that quotarisk knows, got 'acelerator' (team.toml: pay.ae.acelerator)"),
    ],
)  # fmt: skip
def test_a_wrong_key(faults_of: FaultsOf, plan: str, expected: str) -> None:
    """What, where, got, allowed; and nothing that only follows from it."""
    (fault,) = faults_of(HEAD + REP + f"[pay.ae]\n{plan}\n")
    assert fault.startswith(expected)


@pytest.mark.parametrize(
    ("plan", "expected"),
    [
        ({"base": 0.0, "target_variable": 0.0}, "a pay plan must have a base, a target_variable, a commission_rate or spifs, got none of them (pay.ae)"),
        ({"target_variable": 0.0, "cap": 2.0}, "cap needs the target_variable that it is a share of, got no target_variable (pay.ae.cap)"),
        ({"target_variable": 0.0, "guarantee": [1.0]}, "guarantee needs the target_variable that it is a share of, got no target_variable (pay.ae.guarantee)"),
        ({"target_variable": 0.0, "tiers": ACCELERATED}, "tiers needs a target_variable or a commission_rate, got neither (pay.ae.tiers)"),
        ({"target_variable": 0.0, "threshold": 0.4}, "threshold needs a target_variable or a commission_rate, got neither (pay.ae.threshold)"),
        ({"target_variable": 0.0, "carry_surplus": "year"}, "carry_surplus needs a target_variable or a commission_rate, got neither (pay.ae.carry_surplus)"),
        ({"threshold": 0.6, "cap": 0.5}, "cap must be at least what is paid at the threshold, 0.6 of the target, got 0.5 (pay.ae.cap)"),
        ({"threshold": 1.0, "cap": 1.2, "tiers": ACCELERATED, "tier_kind": "retroactive"}, "cap must be at least what is paid at the threshold, 1.5 of the target, got 1.2 (pay.ae.cap)"),
        ({"threshold": 0.5, "cap": 0.5, "commission_rate": 1.0}, "cap must be at least what the commission_rate pays at the threshold of each quota, got 0.5, too little for Ana (pay.ae.cap)"),
        ({"tiers": [*ACCELERATED, {"from": 1.0, "rate": 2.0}, {"from": 0.9, "rate": 3.0}]}, "tiers must not overlap: each must begin above the one before it, got 1.0 after 1.0 (pay.ae.tiers[2].from)"),
        ({"tiers": [*ACCELERATED, {"from": 0.9, "rate": 2.0}], "threshold": 0.6, "cap": 0.5}, "tiers must not overlap: each must begin above the one before it, got 0.9 after 1.0 (pay.ae.tiers[2].from)"),
        ({"draw": 15_001.0}, "draw must be at most what the target_variable has for a period, 15,000, got 15,001 (pay.ae.draw)"),
        ({"draw": 9_000.0, "cap": 0.5}, "draw must be at most what the cap lets be paid in a period, 7,500, got 9,000 (pay.ae.draw)"),
        ({"carry_surplus": "quarter"}, "carry_surplus must have a window longer than the plan's cadence, 'quarter', got 'quarter' (pay.ae.carry_surplus)"),
        ({"cadence": "year", "carry_shortfall": "quarter"}, "carry_shortfall must have a window longer than the plan's cadence, 'year', got 'quarter' (pay.ae.carry_shortfall)"),
        ({"multipliers": {"smal": 2.0}}, "a name in multipliers must be one of the segments, got 'smal' (pay.ae.multipliers.smal); did you mean 'small'?"),
        ({"spifs": [{"segment": "smal", "rate": 0.1}]}, "segment must be one of the segments, got 'smal' (pay.ae.spifs[0].segment); did you mean 'small'?"),
        ({"spifs": [{"segment": "small", "goal": 10.0}]}, "a spif must have a per_deal or a rate, got neither (pay.ae.spifs[0])"),
    ],
)  # fmt: skip
def test_nonsense_in_a_plan(plan: dict[str, Any], expected: str) -> None:
    """One fault, at its place."""
    (fault,) = find_faults(team(ae=plan))
    assert expected == str(fault)


@pytest.mark.parametrize(
    "plan",
    [
        {},
        {"base": 0.0, "target_variable": 0.0, "commission_rate": 0.1, "draw": 4_000.0},
        {"target_variable": 0.0, "spifs": [{"segment": "small", "per_deal": 5.0}]},
        {"threshold": 0.6, "cap": 0.6},
        {"threshold": 0.6, "cap": 0.5, "cliff": False},
        {"threshold": 0.6, "cap": 0.5, "cliff": False, "commission_rate": 1.0},
        {"threshold": 0.5, "cap": 1.0, "commission_rate": 1.0},
        {"draw": 15_000.0, "cap": 2.0},
        {"cadence": "month", "carry_surplus": "quarter", "carry_shortfall": "year"},
        {"guarantee": [1.0, 0.5], "multipliers": {"small": 0.0, "own": 2.0}},
    ],
)
def test_what_makes_sense(plan: dict[str, Any]) -> None:
    """Plans beside those that are refused; segments that only a rep describes are segments too."""
    assert () == find_faults(team({"segments": {"small": {}, "own": SEGMENT}}, ae=plan))


def test_a_plan_that_is_not_there(faults_of: FaultsOf) -> None:
    """One fault for all who name it, with what was probably meant."""
    two = team({"pay": "ea"}, {"name": "Ben", "pay": "ea"}, ae={}, sdr={})
    (fault,) = find_faults(two)
    assert "reps[0].pay" == fault.place
    assert "pay must be one of the pay plans, got 'ea' for Ana and Ben" == str(fault).split(" (")[0]
    assert "allowed: 'ae', 'sdr'" == fault.hint
    (fault,) = find_faults(team({"pay": "ae"}))
    assert "there is no [pay]" in str(fault)
    # where a plan is wrong itself nothing is said of who is on it
    (told,) = faults_of(HEAD + REP + 'pay = "ae"\n[pay.ae]\nbase = -1\n')
    assert "pay.ae.base" in told
    told, other = faults_of(HEAD + REP + "pay = 3\n[pay.ae]\nbase = -1\n")
    assert "pay must be text" in told
    assert "pay.ae.base" in other


@pytest.mark.parametrize(
    ("plan", "why"),
    [
        ({}, "target_variable"),
        ({"commission_rate": 0.1, "tiers": ACCELERATED}, "tiers"),
        ({"commission_rate": 0.1, "threshold": 0.4}, "threshold"),
        ({"commission_rate": 0.1, "carry_surplus": "year"}, "carry_surplus"),
        ({"commission_rate": 0.1, "carry_shortfall": "year"}, "carry_shortfall"),
        ({"tiers": ACCELERATED, "threshold": 0.4}, "target_variable, tiers and 1 more"),
    ],
)
def test_a_rep_without_a_quota(plan: dict[str, Any], why: str) -> None:
    """What goes by attainment needs a quota of the plan's cadence."""
    (fault,) = find_faults(team({}, {"name": "Ben", "quota": {}}, ae=plan))
    assert "reps[1].quota" == fault.place
    expected = (
        f"a rep on pay plan 'ae' must have a quarter quota, which {why} go by, got none for Ben"
    )
    assert expected in str(fault)


def test_quotas_of_another_cadence() -> None:
    """Quarters are sums of months, but months are no parts of quarters."""
    by_quarter = {"quota": {"quarter": 30_000.0}}
    assert () == find_faults(team({}, ae={}))
    assert () == find_faults(team(by_quarter, ae={}))
    assert 1 == len(find_faults(team(by_quarter, ae={"cadence": "month"})))
    assert 1 == len(find_faults(team({"quota": {"month": 0.0}}, ae={})))


def test_who_needs_no_quota() -> None:
    """Nobody to whom a flat rate, a base or SPIFs are paid, and who is not there in any period."""
    bare: dict[str, Any] = {"quota": {}}
    assert () == find_faults(team(bare, ae={"commission_rate": 0.1, "cap": 2.0}))
    assert () == find_faults(team(bare, ae={"target_variable": 0.0}))
    assert () == find_faults(team({**bare, "start_date": date(2029, 1, 1)}, ae={}))
    assert () == find_faults(team(bare, months=2, ae={}))
    assert () == find_faults(team(bare, ae={}, other={}))


def test_all_at_once(faults_of: FaultsOf) -> None:
    """Every fault of every plan and rep in one go."""
    told = faults_of(
        HEAD
        + REP
        + """pay = "ex"
[[reps]]
name = "Ben"
pay = "ae"
[pay.ae]
target_variable = 12_000
draw = 9_000
threshold = 0.5
cap = 0.3
carry_surplus = "quarter"
spifs = [{ segment = "big" }]
[pay.sdr]
"""
    )
    places = [line.split("team.toml: ")[1].split(")")[0] for line in told]
    assert [
        "pay.ae.cap",
        "pay.ae.draw",
        "pay.ae.carry_surplus",
        "pay.ae.spifs[0]",
        "pay.ae.spifs[0].segment",
        "pay.sdr",
        "reps[0].pay",
        "reps[1].quota",
    ] == places


def test_a_wrong_quota_says_nothing_of_pay(faults_of: FaultsOf) -> None:
    """That a rep lacks a quota is not told where the quota is there, but wrong."""
    wrong = REP.replace("10_000", "-1")
    (fault,) = faults_of(HEAD + wrong + "[pay.ae]\ntarget_variable = 12_000\n")
    assert "month quota must lie between" in fault
    table = {"q.csv": "rep,cadence,quota\nAna,weekly,5\n"}
    bare = 'quota_table = "q.csv"\n' + HEAD + '[[reps]]\nname = "Ana"\n'
    (fault,) = faults_of(bare + "[pay.ae]\ntarget_variable = 12_000\n", table)
    assert "q.csv" in fault


def test_in_tables(load: Load) -> None:
    """The rep table names plans, and both tables say what opportunities cost and deals are worth."""
    tables = {
        "reps.csv": "rep,segment,pay,cost_per_opp\nAna,small,ae,30\nBen,,sdr,\n",
        "segments.csv": (
            "segment,opps_per_week,win_rate,deal_size,won_cycle_days,cost_per_opp,"
            "cost_per_inbound_opp,lifetime_value\nsmall,1,0.3,10,30,20,50,900\n"
        ),
    }
    scenario = load(
        'name = "T"\nstart = 2027-01-01\nrep_table = "reps.csv"\nsegment_table = "segments.csv"\n'
        "[pay.ae]\ncommission_rate = 0.1\n[pay.sdr]\nbase = 1\n",
        tables,
    )
    assert ["ae", "sdr"] == [rep.pay for rep in scenario.reps]
    ana, ben = (terms_of(scenario, rep, "small") for rep in scenario.reps)
    assert (30, 50, 900) == (ana.cost_per_opp, ana.cost_per_inbound_opp, ana.lifetime_value)
    assert (20, 50, 900) == (ben.cost_per_opp, ben.cost_per_inbound_opp, ben.lifetime_value)
    assert frozenset({"cost_per_opp"}) == ana.own


def test_what_an_opportunity_costs_by_stream() -> None:
    """What marketing brings has its own cost, or that of the others; nothing told is no cost of 0."""
    told = {**SEGMENT, "inbound_opps_per_week": 1.0}
    for costs, expected in (
        ({"cost_per_opp": 5.0, "cost_per_inbound_opp": 9.0}, [5.0, 9.0]),
        ({"cost_per_opp": 5.0}, [5.0, 5.0]),
        ({"cost_per_inbound_opp": 9.0}, [None, 9.0]),
        ({}, [None, None]),
    ):
        scenario = Scenario.model_validate(
            {
                "name": "T",
                "start": date(2027, 1, 1),
                "segments": {"small": {**told, **costs}},
                "reps": [{"name": "Ana"}],
            }
        )
        streams = streams_of(terms_of(scenario, scenario.reps[0], "small"))
        assert expected == [stream.cost_per_opp for stream in streams]
        assert terms_of(scenario, scenario.reps[0], "small").lifetime_value is None
    with pytest.raises(ValidationError, match="greater than or equal to 0"):
        Scenario.model_validate(
            {"name": "T", "start": date(2027, 1, 1), "segments": {"a": {"cost_per_opp": -1.0}}}
        )


def test_written_and_read_again(tmp_path: Any) -> None:
    """A rich plan survives a TOML file; its tiers begin `from` there too."""
    scenario = team(
        {"pay": "ae"},
        ae={
            "tiers": ACCELERATED,
            "guarantee": [1.0, 0.5],
            "multipliers": {"small": 1.5},
            "spifs": [{"segment": "small", "per_deal": 5.0}],
            "carry_shortfall": "year",
            "cliff": False,
        },
        sdr={},
    )
    write_scenario(scenario, tmp_path / "team.toml")
    assert "from = 1" in (tmp_path / "team.toml").read_text()
    again = load_scenario(tmp_path / "team.toml")
    assert (scenario, scenario.fingerprint) == (again, again.fingerprint)
    (settings, *_) = scenario_pages(scenario)
    rows = {row["key"]: row for row in settings.rows}
    assert "[{ from = 0, rate = 1 }, { from = 1, rate = 1.5 }]" == rows["pay.ae.tiers"]["value"]
    assert "false" == rows["pay.ae.cliff"]["value"]
    assert rows["pay.ae.tiers"]["meaning"].startswith("Rates by attainment")


def test_the_schema_knows_plans() -> None:
    """Editors complete the keys, as they are written."""
    schema = scenario_schema()
    defined = schema["$defs"]
    assert {"from", "rate"} == set(defined["Tier"]["properties"])
    assert {"segment", "per_deal", "rate", "goal"} == set(defined["Spif"]["properties"])
    assert "pay" in schema["properties"]
    assert "cost_per_opp" in defined["Segment"]["properties"]
