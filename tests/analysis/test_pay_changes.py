"""What two scenarios say differently of pay, costs and worth."""

from __future__ import annotations

from typing import Any

from quotarisk.analysis.changes import explain_change
from quotarisk.analysis.hybrids import Pair
from quotarisk.analysis.pay_changes import list_pay_changes
from tests.analysis.cases import make, segment

PLAN: dict[str, Any] = {"base": 1000.0, "commission_rate": 0.1}
REP: dict[str, Any] = {"name": "Ana", "quota": {"month": 10.0}}


def _told(
    old: dict[str, Any],
    new: dict[str, Any],
    was: dict[str, Any] | None = None,
    is_now: dict[str, Any] | None = None,
) -> list[tuple[str, ...]]:
    scenarios = make(None, was or REP, **old), make(None, is_now or REP, **new)
    return [tuple(change) for change in list_pay_changes(Pair(*scenarios))]


def test_plans_that_came_and_went() -> None:
    """A plan is told as a whole, and who is on another one therefore."""
    assert [] == _told({"pay": {"ae": PLAN}}, {"pay": {"ae": PLAN}})
    assert [
        ("pay", "removed", "ae", "pay_plan", "there", ""),
        ("pay", "added", "sdr", "pay_plan", "", "there"),
        ("pay", "changed", "Ana", "pay", "ae", "sdr"),
    ] == _told({"pay": {"ae": PLAN}}, {"pay": {"sdr": PLAN}})
    assert ("pay", "changed", "Ana", "pay", "none", "ae") in _told({}, {"pay": {"ae": PLAN}})


def test_keys_of_a_plan() -> None:
    """Numbers are raised or lowered; all the rest is changed."""
    tiers = [{"from": 0.0, "rate": 1.0}, {"from": 1.0, "rate": 1.5}]
    changed = {"base": 900.0, "target_variable": 10.0, "cap": 2.0, "cliff": False, "tiers": tiers}
    one_rate = "[{ from = 0.0, rate = 1.0 }]"
    both = "[{ from = 0.0, rate = 1.0 }, { from = 1.0, rate = 1.5 }]"
    assert [
        ("pay", "lowered", "ae", "base", "1,000", "900"),
        ("pay", "raised", "ae", "target_variable", "0", "10"),
        ("pay", "changed", "ae", "tiers", one_rate, both),
        ("pay", "changed", "ae", "cliff", "true", "false"),
        ("pay", "changed", "ae", "cap", "none", "2"),
    ] == _told({"pay": {"ae": PLAN}}, {"pay": {"ae": {**PLAN, **changed}}})


def test_costs_and_worth() -> None:
    """Of segments that are in both, and of reps' own."""
    was: dict[str, Any] = {**REP, "segments": {"s": {"cost_per_opp": 5.0}}}
    is_now: dict[str, Any] = {**REP, "segments": {"s": {"lifetime_value": 50.0}}}
    assert [
        ("pay", "changed", "Ana: s", "cost_per_opp", "5", "none"),
        ("pay", "changed", "Ana: s", "lifetime_value", "none", "50"),
    ] == _told({}, {}, was, is_now)
    dear, cheap = ({"s": {**segment(), "cost_per_opp": cost}} for cost in (9.0, 5.0))
    two = {**cheap, "t": {**segment(), "cost_per_opp": 1.0}}
    for there, then in ((dear, two), (two, dear)):
        pair = Pair(make(there, REP), make(then, REP))
        ((cause, _, what, *told),) = list_pay_changes(pair)
        assert ("pay", "s", "cost_per_opp") == (cause, what, told[0])


def test_pay_moves_no_chance() -> None:
    """It is listed last, has no part in the change, and mixtures of the scenarios can be run."""
    old = make(None, {**REP, "pay": "ae"}, pay={"ae": PLAN})
    new = make(None, {**REP, "pay": "b", "quota": {"month": 20.0}}, pay={"b": PLAN, "c": PLAN})
    answer = explain_change(old, new, paths=50)
    assert ["quotas", "pay", "pay", "pay", "pay"] == answer.parts["inputs"]["cause"].to_list()
    assert ["quotas"] == answer.parts["causes"]["cause"].unique().to_list()
