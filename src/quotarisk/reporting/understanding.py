"""What was understood of a scenario, in a few lines."""

from __future__ import annotations

from calendar import month_name
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from itertools import chain

from quotarisk.periods import CADENCES
from quotarisk.reporting.formats import speak_money
from quotarisk.reporting.words import FIGURES, MADE, SWINGS
from quotarisk.scenario.plans import plan_name_of
from quotarisk.scenario.quotas import scenario_quotas
from quotarisk.scenario.scenario import Scenario
from quotarisk.scenario.terms import NO_OPPS, Terms, segments_of, terms_of

MOST_NAMES = 6


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def _names(names: list[str]) -> str:
    more = len(names) - MOST_NAMES
    shown = ", ".join(names[:MOST_NAMES])
    return f"{shown} and {more:,} more" if more > 0 else shown


def _horizon(scenario: Scenario) -> str:
    horizon = scenario.horizon
    parts = []
    for cadence in reversed(CADENCES):
        names = [period.name for period in horizon.periods(cadence)]
        ends = f" ({' to '.join(dict.fromkeys((names[0], names[-1])))})" if names else ""
        parts.append(f"{_count(len(names), cadence)}{ends}")
    last = horizon.end - timedelta(days=1)
    fiscal = scenario.fiscal_year_start
    begin = "" if fiscal == 1 else f"; fiscal years begin in {month_name[fiscal]}"
    return f"{scenario.start} to {last}: {', '.join(parts)}{begin}"


def _reps(scenario: Scenario) -> str:
    groups = Counter(rep.group for rep in scenario.reps if rep.group is not None)
    parts = [_count(len(scenario.reps), "rep")]
    if groups:
        members = [f"{name} {count}" for name, count in groups.items()]
        parts.append(f"{_count(len(groups), 'group')} ({_names(members)})")
    hires = [
        f"{rep.name} {rep.start_date}"
        for rep in scenario.reps
        if rep.start_date is not None and rep.start_date > scenario.start
    ]
    if hires:
        parts.append(f"{_count(len(hires), 'hire')} to come ({_names(hires)})")
    return ", ".join(parts)


def _segments(scenario: Scenario) -> str:
    sellers = Counter(segment for rep in scenario.reps for segment in segments_of(scenario, rep))
    return _names([f"{name} ({_count(count, 'rep')})" for name, count in sellers.items()])


def _quotas(scenario: Scenario) -> Iterator[str]:
    """Tell the quotas of the first period of each cadence that has any."""
    quotas = scenario_quotas(scenario)
    for cadence in reversed(CADENCES):
        key = next((key for key in quotas.team if key[0] == cadence), None)
        if key is None:
            continue
        reps = [amounts[key] for amounts in quotas.reps.values() if key in amounts]
        who = f"{_count(len(reps), 'rep')} {speak_money(sum(reps))}, " if reps else ""
        yield f"{key[1]}: {who}team {speak_money(quotas.team[key])} {scenario.currency}"
    if not quotas.team:
        yield "none: there will be bookings, but no P(hit)"


def _figures(terms: list[Terms], *, known: bool) -> str:
    """Name the figures that are known, or come with evidence, and for how many."""
    told = []
    for figure, words in chain(FIGURES.items(), MADE.items()):
        figures = [getattr(term, figure) for term in terms]
        # a bare number comes with no evidence, and what is not there with nothing
        there = [each for each in figures if hasattr(each, "is_known") and each != NO_OPPS]
        count = sum(each.is_known == known for each in there)
        if count == len(there) and count:
            told.append(words)
        elif count:
            told.append(f"{words} ({count} of {len(there)})")
    return ", ".join(told) or "none"


def _span(figures: list[float], unit: str) -> str:
    ends = dict.fromkeys(f"{end:.3g}" for end in (min(figures), max(figures)))
    return f"{' to '.join(ends)}{unit}"


def _time(scenario: Scenario, terms: list[Terms]) -> str:
    """Tell whose hours bound what can be done, and what a deal takes of them."""
    bound = [rep for rep in scenario.reps if rep.hours_per_week is not None]
    hours = [rep.hours_per_week for rep in bound if rep.hours_per_week is not None]
    kept = [100 * (rep.prospecting_share or 0.0) for rep in bound]
    efforts = [each.hours_per_open_deal for each in terms]
    funnels = dict.fromkeys(each.segment for each in terms if each.funnel is not None)
    return (
        f"{_count(len(bound), 'rep')} with {_span(hours, ' hours a week')}, "
        f"{_span(kept, ' %')} of them kept for prospecting; an open deal takes "
        f"{_span(efforts, ' hours a week')}; "
        f"{'funnels in ' + _names(list(funnels)) if funnels else 'no funnel'}"
    )


def _open_deals(scenario: Scenario) -> str:
    deals = scenario.open_deals
    if not deals:
        return "none listed: reps begin with a steady pipeline, hires with none"
    priced = [deal.amount for deal in deals if deal.amount is not None]
    drawn = f", {len(deals) - len(priced):,} without an amount" if len(priced) < len(deals) else ""
    return (
        f"{_count(len(deals), 'deal')} of {_count(len({deal.rep for deal in deals}), 'rep')}, "
        f"{speak_money(sum(priced))} {scenario.currency}{drawn}"
    )


def _booked(scenario: Scenario) -> str:
    if scenario.booked is None:
        return "not told: periods that began before the start are left out"
    if not scenario.booked:
        return "nothing"
    days = [booking.date for booking in scenario.booked]
    return (
        f"{_count(len(days), 'booking')}, "
        f"{speak_money(sum(booking.amount for booking in scenario.booked))} {scenario.currency}, "
        f"{min(days)} to {max(days)}"
    )


def _market(scenario: Scenario) -> str:
    market = scenario.market
    if not market.moves:
        return "does not move"
    swings = ", ".join(
        f"{words} ±{100 * getattr(market, key):.3g} %"
        for key, words in SWINGS.items()
        if getattr(market, key)
    )
    return (
        f"{swings} (one standard deviation, the same for all reps); each {market.period} "
        f"correlates with the next at {market.persistence:.2g}"
    )


def _correction(scenario: Scenario) -> str:
    told = scenario.correction
    parts = []
    if told.own_history:
        share = f"{100 * told.own_history:.0f} %"
        parts.append(f"{share} of the futures repeat past weeks since {told.since}")
    if told.together:
        parts.append(f"reps have {100 * told.together:.0f} % more of their luck in common")
    if any(told.shared):
        spreads = ", ".join(f"±{100 * spread:.0f} %" for spread in told.shared)
        parts.append(f"all reps' bookings have a factor in common, month by month {spreads}")
    month, quarter = told.month_shape, told.quarter_shape
    if min(month, quarter) < 1:
        parts.append(
            "each rep's results are spread towards both ends "
            f"(Beta shape {month:g} for a month, {quarter:g} for a quarter; 1 changes nothing)"
        )
    return "; ".join(parts)


def _pay(scenario: Scenario) -> str:
    """Tell how many plans there are, who is on each, and who is on none."""
    on = Counter(plan_name_of(scenario, rep) for rep in scenario.reps)
    plans = [
        f"{name} ({_count(on[name], 'rep')}, {speak_money(plan.on_target)} {scenario.currency} "
        f"a year on target, by the {plan.cadence})"
        for name, plan in scenario.pay.items()
    ]
    none = f"; {_count(on[None], 'rep')} on none" if on[None] else ""
    return f"{_count(len(plans), 'plan')}: {_names(plans)}{none}"


def understood(scenario: Scenario) -> Iterator[tuple[str, str]]:
    """What was understood, topic by topic? A line without a topic goes on with the last one."""
    terms = [
        terms_of(scenario, rep, segment)
        for rep in scenario.reps
        for segment in segments_of(scenario, rep)
    ]
    yield "horizon", _horizon(scenario)
    yield "team", _reps(scenario)
    yield "segments", _segments(scenario)
    for line, text in enumerate(_quotas(scenario)):
        yield "" if line else "quotas", text
    yield "known", _figures(terms, known=True)
    yield "evidence", _figures(terms, known=False)
    yield "market", _market(scenario)
    yield "open", _open_deals(scenario)
    yield "booked", _booked(scenario)
    if not scenario.correction.does_nothing:
        yield "corrected", _correction(scenario)
    if any(rep.hours_per_week is not None for rep in scenario.reps):
        yield "time", _time(scenario, terms)
    if scenario.pay:
        yield "pay", _pay(scenario)
    if scenario.stress:
        yield "stress", _names(list(scenario.stress))


def describe(scenario: Scenario) -> str:
    """What was understood of a scenario?

    Parameters
    ----------
    scenario
        One without faults.
    """
    told = "".join(f"  {topic:<9} {text}\n" for topic, text in understood(scenario))
    return f"{scenario.name}\n{told}"
