"""What is wrong in a table of the scenario, in plain words.

Pydantic finds every fault at once; here its findings become sentences about the user's own
keys, with what is allowed and where it stands.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from quotarisk.errors import Fault, suggest
from quotarisk.scenario.part import Part
from quotarisk.scenario.places import Loc, Origins, path_text
from quotarisk.scenario.quoting import quote, quote_with_type
from quotarisk.scenario.scenario import Scenario

TABLE_KEYS = ("rep_table", "segment_table", "quota_table")
MOST_ALIKE = 50
KEY = "[key]"


@dataclass(frozen=True)
class _Spot:
    """What the scenario's model says of a path: what it is called, its type and limits."""

    name: str
    kind: Any
    limits: Mapping[str, Any]


def _limits(metadata: Iterable[Any]) -> dict[str, Any]:
    """Bounds and lengths that a type's annotations hold."""
    found: dict[str, Any] = {}
    for note in metadata:
        parts = note.metadata if isinstance(note, FieldInfo) else [note]
        for part in parts:
            for bound in ("ge", "gt", "le", "lt", "min_length", "max_length"):
                if getattr(part, bound, None) is not None:
                    found[bound] = getattr(part, bound)
    return found


def _bare(kind: Any, metadata: Iterable[Any], way: str = "") -> tuple[Any, dict[str, Any]]:
    """Unwrap ``Annotated`` and ``| None`` (and the way of a quota) down to a type."""
    limits = _limits(metadata)
    while True:
        if get_origin(kind) is Annotated:
            kind, *notes = get_args(kind)
            limits |= _limits(notes)
        elif get_origin(kind) in (Union, UnionType):
            branches = [branch for branch in get_args(kind) if branch is not type(None)]
            tagged = [b for b in branches if any(getattr(n, "tag", 0) == way for n in get_args(b))]
            if len(branches) > 1 and not tagged:
                return kind, limits
            kind = (tagged or branches)[0]
        else:
            return kind, limits


def _is_part(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, Part)


def _field(kind: Any, step: int | str) -> FieldInfo | None:
    """Find a key of a table, as it is written in the file; ``None`` where it has no such key."""
    fields: dict[str, FieldInfo] = kind.model_fields
    return next((each for key, each in fields.items() if (each.alias or key) == step), None)


def _spot(loc: Loc) -> _Spot:
    """Look a path up in the model of a scenario."""
    kind: Any = Scenario
    limits: dict[str, Any] = {}
    name = field_name = "the scenario"
    for number, step in enumerate(loc):
        if str(step).startswith("<"):
            kind, limits = _bare(kind, (), str(step))
            continue
        kind, limits = _bare(kind, ())
        if _is_part(kind) and (field := _field(kind, step)) is not None:
            kind, limits = _bare(field.annotation, field.metadata)
            if step != "known":
                is_cadence = loc[number - 1 : number] == ("quota",)
                name = field_name = f"{step} quota" if is_cadence else str(step)
        elif get_origin(kind) is tuple:
            kind = get_args(kind)[0]
            name = f"an entry of {field_name}" if _is_part(_bare(kind, ())[0]) else field_name
        elif get_origin(kind) is dict and step != KEY:
            kind = get_args(kind)[1]
            if _is_part(_bare(kind, ())[0]):
                name = path_text((field_name, step))
        else:
            break
    if loc and loc[-1] == KEY:
        return _Spot(f"a name in {field_name}", str, {})
    kind, inner = _bare(kind, ())
    return _Spot(name, kind, limits | inner)


def _number(bound: Any) -> str:
    """Write a bound: no exponents, thousands apart."""
    if isinstance(bound, date):
        return bound.isoformat()
    return f"{bound:,.0f}" if float(bound).is_integer() else f"{bound:f}".rstrip("0")


def _range(limits: Mapping[str, Any]) -> str:
    """Say between which bounds a value lies; every bounded field has two."""
    low, high = limits.get("ge", limits.get("gt")), limits.get("le", limits.get("lt"))
    if "gt" in limits and "lt" in limits:
        return f"between {_number(low)} and {_number(high)}, both excluded"
    if "gt" in limits:
        return f"above 0 and at most {_number(high)}"
    return f"between {_number(low)} and {_number(high)}"


def _out_of_range(spot: _Spot, details: ErrorDetails) -> tuple[str, str, str]:
    reach = _range(spot.limits)
    verb = "be" if reach.startswith("above") else "lie"
    return f"must {verb} {reach}", quote(details["input"]), ""


def _not_a_number(spot: _Spot, details: ErrorDetails) -> tuple[str, str, str]:
    got = details["input"]
    if isinstance(got, int) and not isinstance(got, bool) and spot.kind is float:
        return _out_of_range(spot, details)  # so large that no float holds it
    noun = "a whole number" if spot.kind is int else "a number"
    return f"must be {noun} {_range(spot.limits)}", quote_with_type(got), ""


def _not_a_truth(_: _Spot, details: ErrorDetails) -> tuple[str, str, str]:
    return "must be true or false, without quotes", quote_with_type(details["input"]), ""


def _not_text(_: _Spot, details: ErrorDetails) -> tuple[str, str, str]:
    return "must be text", quote_with_type(details["input"]), ""


def _text_length(_: _Spot, details: ErrorDetails) -> tuple[str, str, str]:
    most = details.get("ctx", {}).get("max_length")
    if most is None:
        return "must not be empty", "", ""
    return f"must have at most {most} letters", quote(details["input"]), ""


def _not_a_day(_: _Spot, details: ErrorDetails) -> tuple[str, str, str]:
    return (
        "must be a day such as 2027-01-31, without quotes or a time",
        quote_with_type(details["input"]),
        "",
    )


def _not_a_choice(spot: _Spot, details: ErrorDetails) -> tuple[str, str, str]:
    words = [str(word) for word in get_args(spot.kind)]
    listed = ", ".join(repr(word) for word in words[:-1]) + f" or {words[-1]!r}"
    got = details["input"]
    hint = suggest_word(got, words) if isinstance(got, str) else ""
    return f"must be {listed}", quote(got), hint if hint.startswith("did") else ""


def _not_a_table(spot: _Spot, details: ErrorDetails) -> tuple[str, str, str]:
    example = spot.kind.example if _is_part(spot.kind) else ""
    number = "a number or " if _is_part(spot.kind) and "known" in spot.kind.model_fields else ""
    such = f" such as {example}" if example else ""
    return f"must be {number}a table{such}", quote_with_type(details["input"]), ""


def _not_a_list(spot: _Spot, details: ErrorDetails) -> tuple[str, str, str]:
    item, _ = _bare(get_args(spot.kind)[0], ())
    of = "tables" if _is_part(item) else "names" if item is str else "numbers"
    return f"must be a list of {of}", quote_with_type(details["input"]), ""


def _list_length(spot: _Spot, details: ErrorDetails) -> tuple[str, str, str]:
    least, most = spot.limits.get("min_length"), spot.limits.get("max_length")
    need = f"{least}" if least == most else f"{least or 0} to {most:,}"
    return f"must have {need} numbers", str(len(details["input"])), ""


def _own_rule(_: _Spot, details: ErrorDetails) -> tuple[str, str, str]:
    return details["msg"], quote(details["input"]), ""


def _lone_surrogate(_: _Spot, __: ErrorDetails) -> tuple[str, str, str]:
    return "must be text that every computer can read", "half of a letter", ""


WORDS: dict[str, Callable[[_Spot, ErrorDetails], tuple[str, str, str]]] = {
    "missing": lambda *_: ("must be given", "", ""),
    "rule": _own_rule,
    "model_type": _not_a_table,
    "dict_type": _not_a_table,
    "bool_type": _not_a_truth,
    "float_type": _not_a_number,
    "int_type": _not_a_number,
    "finite_number": _not_a_number,
    "greater_than": _out_of_range,
    "greater_than_equal": _out_of_range,
    "less_than": _out_of_range,
    "less_than_equal": _out_of_range,
    "string_type": _not_text,
    "string_too_short": _text_length,
    "string_too_long": _text_length,
    "string_unicode": _lone_surrogate,
    "invalid_key": _not_text,
    "date_type": _not_a_day,
    "literal_error": _not_a_choice,
    "tuple_type": _not_a_list,
    "too_short": _list_length,
    "too_long": _list_length,
}


def suggest_word(wrong: str, allowed: Iterable[str]) -> str:
    """Which of the allowed words was probably meant, whatever its capitals?"""
    words = list(allowed)
    same = [word for word in words if word.casefold() == wrong.strip().casefold()]
    return f"did you mean {same[0]!r}?" if same else suggest(wrong, words)


def _value_at(told: Any, loc: Loc) -> Any:
    for step in loc:
        told = told[step]
    return told


def written_loc(loc: Loc, told: Any) -> Loc:
    """Which path of the file does a path of the model stand for?

    The model's has steps more: the way in which a quota is written, ``known`` for a bare
    number and a mark for a key that is wrong itself.
    """
    steps = tuple(s for s in loc if s != KEY and not (isinstance(s, str) and s.startswith("<")))
    if steps[-1:] == ("known",) and not isinstance(_value_at(told, steps[:-1]), dict):
        steps = steps[:-1]
    return steps


def _unknown_key(details: ErrorDetails, loc: Loc, origins: Origins) -> Fault:
    parent = _spot(details["loc"][:-1])
    name = path_text(loc[:-1]) or "the scenario"
    fields: dict[str, FieldInfo] = parent.kind.model_fields
    allowed = [field.alias or key for key, field in fields.items() if key != "known"]
    if len(loc) == 1:
        allowed += TABLE_KEYS
    place = origins.find(loc)
    key = str(loc[-1])
    rule = f"a key of {name} must be one that quotarisk knows"
    return Fault(place.file, place.text, rule, quote(key), suggest_word(key, allowed))


def _fault(details: ErrorDetails, told: Any, origins: Origins) -> Fault:
    kind, loc = details["type"], written_loc(details["loc"], told)
    if kind == "extra_forbidden":
        return _unknown_key(details, loc, origins)
    spot = _spot(details["loc"])
    place = origins.find(loc[:-1] if kind == "missing" and not origins.find(loc).column else loc)
    name = place.column or (f"a key of {spot.name}" if kind == "invalid_key" else spot.name)
    must, got, hint = WORDS[kind](spot, details)
    return Fault(place.file, place.text, f"{name} {must}", got, hint)


def translate(error: ValidationError, *, told: Any, origins: Origins) -> tuple[Fault, ...]:
    """What is wrong, in the user's words and at the user's places?

    Parameters
    ----------
    error
        What pydantic found in ``Scenario.model_validate(told)``.
    told
        The scenario as it was read.
    origins
        Which file each value came from.
    """
    return tuple(_fault(details, told, origins) for details in error.errors(include_url=False))


def abridge(faults: Iterable[Fault]) -> tuple[Fault, ...]:
    """Which faults are worth reading: each once, and of many that are alike the first fifty.

    A column that is wrong in each of 100,000 rows is one mistake, not 100,000.
    """
    alike: dict[tuple[str, str], list[Fault]] = {}
    for fault in dict.fromkeys(faults):
        alike.setdefault((fault.file, re.sub(r"\d+", "0", fault.rule)), []).append(fault)
    shown: list[Fault] = []
    for group in alike.values():
        shown += group[:MOST_ALIKE]
        more = len(group) - MOST_ALIKE
        if more > 0:
            shown.append(Fault(group[0].file, f"{more:,} more places", group[0].rule))
    return tuple(shown)
