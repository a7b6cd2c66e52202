"""What is wrong with pay plans as a whole, and with who is on them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from itertools import pairwise

from quotarisk.periods import MONTHS_IN
from quotarisk.scenario.faults import suggest_word
from quotarisk.scenario.finding import Aspect, Finding, list_first
from quotarisk.scenario.pay import MONTHS_OF, PayPlan
from quotarisk.scenario.places import Loc
from quotarisk.scenario.plans import plan_name_of
from quotarisk.scenario.quotas import resolve_quota
from quotarisk.scenario.scenario import Scenario
from quotarisk.scenario.team import Rep

_EXACT = 1e-9  # what rounding of figures may come to
_ON_QUOTAS: tuple[Aspect, ...] = ("plans", "reps", "quotas", "horizon")


def _amount(value: float) -> str:
    return f"{value:,.12g}"


def _check_basis(at: Loc, plan: PayPlan) -> Iterator[Finding]:
    """Is something paid, and has each key what it is a share of?"""
    if not (plan.base or plan.is_variable or plan.spifs):
        rule = "a pay plan must have a base, a target_variable, a commission_rate or spifs"
        yield Finding(at, rule, "none of them", rests_on=("plans",))
    if not plan.target_variable:
        for key, is_told in (("cap", plan.cap is not None), ("guarantee", bool(plan.guarantee))):
            if is_told:
                rule = f"{key} needs the target_variable that it is a share of"
                yield Finding((*at, key), rule, "no target_variable", rests_on=("plans",))
    if not plan.is_variable:
        for key in plan.quota_keys:
            rule = f"{key} needs a target_variable or a commission_rate"
            yield Finding((*at, key), rule, "neither", rests_on=("plans",))


def _check_tiers(at: Loc, plan: PayPlan) -> Iterator[Finding]:
    """Does each tier begin above the one before it? The first that does not is told."""
    for place, (low, high) in enumerate(pairwise(plan.tiers), start=1):
        if high.from_ <= low.from_:
            rule = "tiers must not overlap: each must begin above the one before it"
            got = f"{high.from_} after {low.from_}"
            yield Finding((*at, "tiers", place, "from"), rule, got, rests_on=("plans",))
            return


def _check_bounds(at: Loc, plan: PayPlan) -> Iterator[Finding]:
    """Do threshold, cap and draw leave each other room?"""
    least = plan.multiple_at(plan.threshold) if plan.cliff else 0.0
    if plan.cap is not None and plan.commission_rate is None and plan.cap < least - _EXACT:
        rule = f"cap must be at least what is paid at the threshold, {least:g} of the target"
        yield Finding((*at, "cap"), rule, f"{plan.cap:g}", rests_on=("plans",))
    if plan.target_variable:
        capped = plan.cap is not None and plan.cap < 1
        most = plan.period_target * (plan.cap if capped and plan.cap else 1.0)
        if plan.draw > most + _EXACT:
            what = "cap lets be paid in a period" if capped else "target_variable has for a period"
            rule = f"draw must be at most what the {what}, {_amount(most)}"
            yield Finding((*at, "draw"), rule, _amount(plan.draw), rests_on=("plans",))


def _check_windows(at: Loc, plan: PayPlan) -> Iterator[Finding]:
    """Is there a next period within the window of what is carried over?"""
    for key, window in (
        ("carry_surplus", plan.carry_surplus),
        ("carry_shortfall", plan.carry_shortfall),
    ):
        if 0 < MONTHS_OF[window] <= MONTHS_IN[plan.cadence]:
            rule = f"{key} must have a window longer than the plan's cadence, {plan.cadence!r}"
            yield Finding((*at, key), rule, repr(window), rests_on=("plans",))


def _check_segments(at: Loc, plan: PayPlan, segments: list[str]) -> Iterator[Finding]:
    """Are segments that are paid for apart there, and is something paid for them?"""
    places: list[tuple[Loc, str, str]] = [
        ((*at, "multipliers", name), "a name in multipliers", name) for name in plan.multipliers
    ]
    for index, spif in enumerate(plan.spifs):
        place: Loc = (*at, "spifs", index)
        places.append(((*place, "segment"), "segment", spif.segment))
        if not (spif.per_deal or spif.rate):
            rule = "a spif must have a per_deal or a rate"
            yield Finding(place, rule, "neither", rests_on=("plans",))
    for loc, what, name in places:
        if name not in segments:
            rule, hint = f"{what} must be one of the segments", suggest_word(name, segments)
            yield Finding(loc, rule, repr(name), hint, rests_on=("plans", "segments", "reps"))


def _whole_quotas(scenario: Scenario, rep: Rep, plan: PayPlan) -> list[float] | None:
    """Quotas of the plan's periods in which a rep works, 0 without one; none without periods."""
    since = rep.start_date or date.min
    periods = [each for each in scenario.horizon.periods(plan.cadence) if each.end > since]
    if not periods:
        return None
    asked = resolve_quota(rep.quota, scenario.horizon, from_day=since)
    return [asked.get((plan.cadence, period.name), 0.0) for period in periods]


def capped_below_threshold(plan: PayPlan, quota: float) -> bool:
    """Does a cap keep from being paid what is earned at the threshold of a period's quota?"""
    if plan.cap is None or plan.commission_rate is None or not plan.cliff:
        return False
    paid = plan.commission_rate * quota * plan.multiple_at(plan.threshold)
    return paid > plan.cap * plan.period_target + _EXACT


def _check_reps(scenario: Scenario) -> Iterator[Finding]:
    """Is each rep on a plan that there is, with the quotas that it goes by?"""
    strays: dict[str, list[int]] = {}
    bare: dict[str, list[int]] = {}
    crossed: dict[str, list[str]] = {}
    for index, rep in enumerate(scenario.reps):
        name = plan_name_of(scenario, rep)
        if name is None:
            continue
        if name not in scenario.pay:
            strays.setdefault(name, []).append(index)
            continue
        plan = scenario.pay[name]
        quotas = _whole_quotas(scenario, rep, plan)
        if quotas is None or not plan.is_variable:
            continue
        if plan.quota_keys and not any(quotas):
            bare.setdefault(name, []).append(index)
        elif plan.target_variable and any(capped_below_threshold(plan, each) for each in quotas):
            crossed.setdefault(name, []).append(rep.name)
    for name, indices in strays.items():
        who = list_first(scenario.reps[index].name for index in indices)
        hint = suggest_word(name, list(scenario.pay)) if scenario.pay else "there is no [pay]"
        rule = "pay must be one of the pay plans"
        at: Loc = ("reps", indices[0], "pay")
        yield Finding(at, rule, f"{name!r} for {who}", hint, rests_on=("plans", "reps"))
    for name, indices in bare.items():
        plan = scenario.pay[name]
        who = list_first(scenario.reps[index].name for index in indices)
        why = list_first(plan.quota_keys)
        rule = f"a rep on pay plan {name!r} must have a {plan.cadence} quota, which {why} go by"
        at = ("reps", indices[0], "quota")
        yield Finding(at, rule, f"none for {who}", rests_on=_ON_QUOTAS)
    for name, names in crossed.items():
        rule = "cap must be at least what the commission_rate pays at the threshold of each quota"
        got = f"{scenario.pay[name].cap:g}, too little for {list_first(names)}"
        yield Finding(("pay", name, "cap"), rule, got, rests_on=_ON_QUOTAS)


def check_pay(scenario: Scenario) -> Iterator[Finding]:
    """Do plans make sense, each in itself and with the reps who are on them?"""
    segments = list(scenario.segments)
    segments += dict.fromkeys(name for rep in scenario.reps for name in rep.segments)
    for name, plan in scenario.pay.items():
        at: Loc = ("pay", name)
        yield from _check_basis(at, plan)
        overlaps = list(_check_tiers(at, plan))
        yield from overlaps or _check_bounds(at, plan)  # rates are of no use where tiers overlap
        yield from _check_windows(at, plan)
        yield from _check_segments(at, plan, segments)
    yield from _check_reps(scenario)
