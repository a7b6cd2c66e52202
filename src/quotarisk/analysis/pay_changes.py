"""What two scenarios say differently of pay, costs and worth: none of it changes a booking."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from quotarisk.analysis.deal_changes import InputChange
from quotarisk.analysis.hybrids import Pair
from quotarisk.analysis.written import NONE, write_plain
from quotarisk.scenario.literals import write_literal
from quotarisk.scenario.pay import PayPlan
from quotarisk.scenario.plans import plan_name_of
from quotarisk.scenario.segment import VALUES, Segment


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _write(value: Any) -> str:
    if value is None:
        return NONE
    if isinstance(value, str):
        return value
    return write_plain(value) if _is_number(value) else write_literal(value)


def _change(what: str, key: str, old: Any, new: Any) -> InputChange:
    kind = "changed"
    if _is_number(old) and _is_number(new):
        kind = "raised" if new > old else "lowered"
    return InputChange("pay", kind, what, key, _write(old), _write(new))


def _plans(pair: Pair) -> Iterator[InputChange]:
    for name in {**pair.old.pay, **pair.new.pay}:
        old, new = pair.old.pay.get(name), pair.new.pay.get(name)
        if old is None or new is None:
            kind = "added" if old is None else "removed"
            told = ("" if plan is None else "there" for plan in (old, new))
            yield InputChange("pay", kind, name, "pay_plan", *told)
            continue
        before, after = (plan.model_dump(by_alias=True) for plan in (old, new))
        for key in PayPlan.model_fields:
            if before[key] != after[key]:
                yield _change(name, key, before[key], after[key])


def _values(what: str, old: Segment, new: Segment) -> Iterator[InputChange]:
    for key in VALUES:
        before, after = getattr(old, key), getattr(new, key)
        if before != after:
            yield _change(what, key, before, after)


def list_pay_changes(pair: Pair) -> Iterator[InputChange]:
    """What do two scenarios say differently of plans, who is on them, costs and worth?

    Of those who are in both; plans key by key.
    """
    yield from _plans(pair)
    for name, old, new in pair.each_in_both():
        was, is_now = plan_name_of(pair.old, old), plan_name_of(pair.new, new)
        if was != is_now:
            yield _change(name, "pay", was, is_now)
        for segment in {**old.segments, **new.segments}:
            before, after = (rep.segments.get(segment, Segment()) for rep in (old, new))
            yield from _values(f"{name}: {segment}", before, after)
    for segment, told in pair.old.segments.items():
        yield from _values(segment, told, pair.new.segments.get(segment, told))
