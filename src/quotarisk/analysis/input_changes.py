"""What two scenarios say differently, cause by cause."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import date
from typing import Any

from quotarisk.analysis.deal_changes import InputChange, list_deal_changes
from quotarisk.analysis.hybrids import CAUSES, Pair
from quotarisk.analysis.pay_changes import list_pay_changes
from quotarisk.analysis.written import (
    NONE,
    Figure,
    mean_of_figure,
    write_amounts,
    write_figure,
    write_numbers,
    write_plain,
)
from quotarisk.periods import CADENCES
from quotarisk.scenario.correction import Correction
from quotarisk.scenario.market import Calendar, Market
from quotarisk.scenario.quotas import resolve_quota
from quotarisk.scenario.scenario import Scenario
from quotarisk.scenario.segment import EFFORTS, PARAMETERS, Effort, Parameter, Segment
from quotarisk.scenario.team import Group, Quota, Rep
from quotarisk.scenario.terms import segments_of, terms_of
from quotarisk.simulation.comparing import Key
from quotarisk.wording import count_of

PAST = ("own_history", "since", "booked_since")  # what says which past weeks are repeated


def _direction(old: float, new: float) -> str:
    return "changed" if old == new else "raised" if new > old else "lowered"


def _write(value: Any, beside: Any) -> str:
    if value is None:
        return NONE
    if isinstance(value, tuple):
        return write_numbers(value, beside)
    return write_plain(value) if isinstance(value, int | float) else str(value)


def _write_both(old: Any, new: Any) -> tuple[str, str]:
    return _write(old, new), _write(new, old)


def _figure(what: str, key: str, old: Figure | None, new: Figure | None) -> InputChange:
    kind = "changed"
    if old is not None and new is not None:
        kind = _direction(mean_of_figure(old), mean_of_figure(new))
    told = write_figure(old, beside=new), write_figure(new, beside=old)
    return InputChange("rates", kind, what, key, *told)


def _time(pair: Pair) -> Iterator[InputChange]:
    for key in ("start", "months", "fiscal_year_start"):
        old, new = getattr(pair.old, key), getattr(pair.new, key)
        if old == new:
            continue
        if isinstance(old, date):
            kind = "later" if new > old else "earlier"
        else:
            kind = "changed" if key == "fiscal_year_start" else _direction(old, new)
        yield InputChange("time", kind, "scenario", key, str(old), str(new))


def _keys_of(old: Rep, new: Rep) -> tuple[Parameter | Effort, ...]:
    """Which figures of a segment have a say? What takes or makes time only where time is short."""
    if old.hours_per_week is None and new.hours_per_week is None:
        return (*PARAMETERS, "inbound_opps_per_week")
    return (*PARAMETERS, *EFFORTS)


def _segments(pair: Pair) -> Iterator[InputChange]:
    """What do segments say differently, where somebody in both scenarios takes it from there?"""
    taken = {
        (segment, key)
        for name, old, new in pair.each_in_both()
        for segment in set(segments_of(pair.old, old)) & set(segments_of(pair.new, new))
        for key in _keys_of(old, new)
        if any(getattr(rep.segments.get(segment, Segment()), key) is None for rep in (old, new))
    }
    for segment, old in pair.old.segments.items():
        new = pair.new.segments.get(segment)
        for key in (*PARAMETERS, *EFFORTS) if new is not None else ():
            before, after = getattr(old, key), getattr(new, key)
            if before != after and (segment, key) in taken:
                yield _figure(segment, key, before, after)


def _own_rates(pair: Pair) -> Iterator[InputChange]:
    """What do reps do differently of their own?"""
    for name, old, new in pair.each_in_both():
        for key in ("hours_per_week", "prospecting_share"):
            was, is_now = getattr(old, key), getattr(new, key)
            if was != is_now:
                yield _figure(name, key, was, is_now)
        sold, sells = segments_of(pair.old, old), segments_of(pair.new, new)
        for segment in sold:
            if segment not in sells:
                yield InputChange("rates", "dropped", f"{name}: {segment}", "segments", "sold", "")
        for segment in sells:
            if segment not in sold:
                yield InputChange("rates", "added", f"{name}: {segment}", "segments", "", "sold")
                continue
            before, after = (
                old.segments.get(segment, Segment()),
                new.segments.get(segment, Segment()),
            )
            if before == after:
                continue
            held, holds = terms_of(pair.old, old, segment), terms_of(pair.new, new, segment)
            for key in _keys_of(old, new):
                if getattr(before, key) is None and getattr(after, key) is None:
                    continue
                was, is_now = getattr(held, key), getattr(holds, key)
                moved = getattr(before, key) != getattr(after, key)
                doubtful = not getattr(was, "is_known", True)
                if was != is_now or (moved and doubtful):
                    yield _figure(f"{name}: {segment}", key, was, is_now)


def _parts(pair: Pair) -> Iterator[InputChange]:
    """What do the market, the calendar and the correction say differently?"""
    parts: tuple[tuple[str, type[Market | Calendar | Correction]], ...] = (
        ("market", Market),
        ("calendar", Calendar),
        ("correction", Correction),
    )
    for part, kind_of_part in parts:
        for key in kind_of_part.model_fields:
            old, new = (getattr(getattr(s, part), key) for s in (pair.old, pair.new))
            if old == new:
                continue
            cause = pair.cause_of_past if part == "correction" and key in PAST else "rates"
            numbers = isinstance(old, float) and isinstance(new, float)
            kind = _direction(old, new) if numbers else "changed"
            yield InputChange(cause, kind, part, key, *_write_both(old, new))
    for name, before, after in pair.each_in_both():
        if before.booked_since != after.booked_since:
            told = _write_both(before.booked_since, after.booked_since)
            yield InputChange(pair.cause_of_past, "changed", name, "booked_since", *told)


def _quota(
    what: str,
    old: tuple[Quota, Scenario],
    new: tuple[Quota, Scenario],
    periods: Sequence[Key],
    since: Collection[date | None] = (None,),
) -> Iterator[InputChange]:
    """What does a quota ask differently? What only follows from another cadence is left out.

    Who starts late has sums from that day on: one that is the same without it may differ then.
    """
    listed = False
    for cadence in CADENCES:
        keys = [key for key in periods if key[0] == cadence]
        for day in since:
            asked, asks = (
                resolve_quota(told, scenario.horizon, from_day=day) for told, scenario in (old, new)
            )
            before, after = ([each[key] for key in keys if key in each] for each in (asked, asks))
            if [asked.get(key) for key in keys] == [asks.get(key) for key in keys]:
                continue
            if not listed or any(told.of(cadence) is not None for told, _ in (old, new)):
                some = _direction(sum(before), sum(after))
                kind = some if before and after else "added" if after else "removed"
                told = write_amounts(before), write_amounts(after)
                yield InputChange("quotas", kind, what, f"{cadence} quota", *told)
            listed = True
            break


def _quotas(pair: Pair, periods: Sequence[Key]) -> Iterator[InputChange]:
    old, new = pair.old, pair.new
    for name, before, after in pair.each_in_both():
        since = dict.fromkeys((before.start_date, after.start_date))
        yield from _quota(name, (before.quota, old), (after.quota, new), periods, since)
    members = [{rep.group for rep in scenario.reps} for scenario in (old, new)]
    for group in sorted({*old.groups, *new.groups}):
        if all(group in each for each in members):
            plans = [scenario.groups.get(group, Group()).quota for scenario in (old, new)]
            yield from _quota(group, (plans[0], old), (plans[1], new), periods)
    yield from _quota("team", (old.team.quota, old), (new.team.quota, new), periods)


def _describe(rep: Rep, scenario: Scenario) -> str:
    deals = sum(deal.rep == rep.name for deal in scenario.open_deals)
    parts = [
        rep.group or "",
        f"from {rep.start_date}" if rep.start_date else "",
        count_of(deals, "open deal") if deals else "",
    ]
    return ", ".join(part for part in parts if part) or "there"


def _people(pair: Pair) -> Iterator[InputChange]:
    for scenario, kind in ((pair.new, "joined"), (pair.old, "left")):
        for rep in scenario.reps:
            if rep.name not in pair.in_both:
                told = _describe(rep, scenario)
                old, new = ("", told) if kind == "joined" else (told, "")
                yield InputChange("people", kind, rep.name, "reps", old, new)
    for name, before, after in pair.each_in_both():
        if before.group != after.group:
            groups = _write_both(before.group, after.group)
            yield InputChange("people", "moved", name, "group", *groups)
        if before.start_date != after.start_date:
            days = before.start_date, after.start_date
            kind = "changed"
            if days[0] is not None and days[1] is not None:
                kind = "later" if days[1] > days[0] else "earlier"
            yield InputChange("people", kind, name, "start_date", *_write_both(*days))
        if before.ramp != after.ramp:
            ramps = _write_both(before.ramp, after.ramp)
            yield InputChange("people", "changed", name, "ramp", *ramps)


def list_changes(pair: Pair, periods: Sequence[Key]) -> list[InputChange]:
    """What do two scenarios say differently, of all that their simulations use, and of pay?

    Parameters
    ----------
    pair
        The scenarios.
    periods
        Cadence and name of the periods that both answer: quotas of others are not looked at.

    Returns
    -------
    list
        Ordered by cause; what is said of pay, which changes no booking, comes last.
    """
    found = [
        *list_deal_changes(pair),
        *_segments(pair),
        *_own_rates(pair),
        *_parts(pair),
        *_quotas(pair, periods),
        *_people(pair),
        *_time(pair),
    ]
    order: list[str] = list(CAUSES)
    found.sort(key=lambda change: order.index(change.cause))
    return [*found, *list_pay_changes(pair)]
