"""What became of open deals and of bookings to date, as far as two scenarios tell.

A scenario knows no closing dates. A deal that is open no longer was won if the new scenario has a
booking of the same rep and the same amount that the old one has not; else it is ``gone``: lost,
withdrawn, or won by another rep or at another amount. A deal without an amount matches nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date
from typing import Literal, NamedTuple

from quotarisk.analysis.hybrids import Cause, Pair
from quotarisk.analysis.written import NONE, write_amount, write_deal
from quotarisk.scenario.scenario import Scenario
from quotarisk.scenario.team import OpenDeal
from quotarisk.wording import count_of

CENTS = 100.0


class InputChange(NamedTuple):
    """Something that one scenario says and the other does not."""

    cause: Cause | Literal["pay"]  # pay moves no chance
    kind: str  # added, gone, won, raised ...
    what: str  # the rep, segment, deal, group or table that it is about
    item: str  # the key of the file, where it is about one
    old: str
    new: str


class _Row(NamedTuple):
    """A booking, as far as it can be told from another."""

    rep: str
    cents: int
    date: date


def _booked(scenario: Scenario) -> Counter[_Row]:
    return Counter(
        _Row(row.rep, round(row.amount * CENTS), row.date) for row in scenario.booked or ()
    )


def _find_won(closed: list[OpenDeal], fresh: Counter[_Row]) -> dict[str, _Row]:
    """Match deals that are open no longer with new bookings; what is matched is taken out."""
    by_amount: dict[tuple[str, int], list[_Row]] = {}
    for row in sorted(fresh.elements()):
        by_amount.setdefault((row.rep, row.cents), []).append(row)
    won = {}
    for deal in closed:
        if deal.amount is None:
            continue
        rows = by_amount.get((deal.rep, round(deal.amount * CENTS)), [])
        match = next((row for row in rows if row.date >= deal.created), None)
        if match is not None:
            rows.remove(match)
            fresh[match] -= 1
            won[deal.deal] = match
    return won


def _sum_up(rows: list[_Row]) -> str:
    amount = write_amount(sum(row.cents for row in rows) / CENTS)
    return f"{count_of(len(rows), 'booking')}, {amount} in all"


def _booking_changes(
    cause: Cause, pair: Pair, kind: str, rows: Counter[_Row]
) -> Iterator[InputChange]:
    by_rep: dict[str, list[_Row]] = {}
    for row in sorted((+rows).elements()):
        if row.rep in pair.in_both:
            by_rep.setdefault(row.rep, []).append(row)
    for rep, found in by_rep.items():
        told = _sum_up(found)
        old, new = ("", told) if kind == "booked" else (told, "")
        yield InputChange(cause, kind, rep, "booked", old, new)


def _edits(cause: Cause, old: OpenDeal, new: OpenDeal) -> Iterator[InputChange]:
    """What else is said of a deal that is still open?"""
    name = old.deal
    if old.rep != new.rep:
        yield InputChange(cause, "handed over", name, "rep", old.rep, new.rep)
    if old.amount != new.amount:
        kind = "changed"
        if old.amount is not None and new.amount is not None:
            kind = "raised" if new.amount > old.amount else "lowered"
        told = [NONE if a is None else write_amount(a) for a in (old.amount, new.amount)]
        yield InputChange(cause, kind, name, "amount", *told)
    if old.segment != new.segment:
        yield InputChange(cause, "changed", name, "segment", old.segment, new.segment)
    if old.created != new.created:
        told = [str(old.created), str(new.created)]
        yield InputChange(cause, "changed", name, "created", *told)


def list_deal_changes(pair: Pair) -> Iterator[InputChange]:
    """What became of open deals, and what was booked, by reps who are in both scenarios?"""
    old = {deal.deal: deal for deal in pair.old.open_deals}
    new = {deal.deal: deal for deal in pair.new.open_deals}
    usual = pair.cause_of_deals

    def cause_of(*deals: OpenDeal) -> Cause | None:
        known = any(deal.rep in pair.in_both for deal in deals)
        return usual if known else None  # who joins or leaves brings or takes deals along

    fresh, dropped = _booked(pair.new), _booked(pair.old)
    fresh.subtract(dropped)
    dropped = Counter({row: -number for row, number in fresh.items() if number < 0})
    fresh = +fresh
    closed = [deal for name, deal in old.items() if name not in new and cause_of(deal)]
    won = _find_won(closed, fresh)
    for deal in closed:
        row = won.get(deal.deal)
        kind, told = ("won", f"booked on {row.date}") if row else ("gone", "")
        yield InputChange(usual, kind, deal.deal, "open_deals", write_deal(deal), told)
    for name, deal in new.items():
        if name not in old and cause_of(deal):
            yield InputChange(usual, "added", name, "open_deals", "", write_deal(deal))
    for name in [name for name in old if name in new and cause_of(old[name], new[name])]:
        yield from _edits(usual, old[name], new[name])
        if pair.old.start < pair.new.start and old[name].rep in pair.in_both:
            days = [(start - old[name].created).days for start in (pair.old.start, pair.new.start)]
            was, is_now = (f"open for {count_of(number, 'day')}" for number in days)
            yield InputChange(usual, "still open", name, "open_deals", was, is_now)
    yield from _booking_changes(usual, pair, "booked", fresh)
    yield from _booking_changes(usual, pair, "taken back", dropped)
    for name, before, after in pair.each_in_both():
        if before.pipeline != after.pipeline:
            was, is_now = (rep.pipeline or "as usual" for rep in (before, after))
            yield InputChange(usual, "changed", name, "pipeline", was, is_now)
