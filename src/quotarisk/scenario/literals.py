"""Values and keys in the notation of a scenario file, where they stand in a cell of a table."""

from __future__ import annotations

import json
import math
import re
import tomllib
from datetime import date
from decimal import Decimal
from typing import Any

from quotarisk.scenario.cells import (
    DAY,
    NUMBER,
    UnreadableCellError,
    is_empty,
    read_day,
    read_number,
)
from quotarisk.scenario.places import BARE_KEY

QUOTED = r'"(?:[^"\\]|\\.)*"' + r"|'[^']*'"
STEP = re.compile(rf"\s*({BARE_KEY.pattern}|{QUOTED})\s*")


def _parsed(text: str) -> Any:
    """Read a value as TOML; text that is none stays as it is."""
    try:
        told = tomllib.loads(f"value = {text}")
    except (ValueError, RecursionError):
        return text
    return told["value"] if len(told) == 1 else text


def read_literal(value: Any) -> Any:
    """Which value stands in a cell: a number, a day, a list, a table? Else the text itself.

    Examples
    --------
    >>> read_literal("{ median = 25, p90 = 60 }"), read_literal("[0.5, 1]"), read_literal("USD")
    ({'median': 25, 'p90': 60}, [0.5, 1], 'USD')
    """
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        return read_number(value)
    if not isinstance(value, str):
        return value
    text = value.strip()
    if NUMBER.fullmatch(text) and math.isfinite(float(text)):
        return read_number(text)
    if DAY.fullmatch(text):
        try:
            return read_day(text)
        except UnreadableCellError:
            return text
    return _parsed(text)


def read_quota(value: Any) -> Any:
    """Which quota stands in a cell: a number; or a list or a table for all periods at once?"""
    told = read_literal(value)
    return told if isinstance(told, list | dict) else read_number(value)


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def write_literal(value: Any) -> str:
    """How is a value written in a scenario file, on one line?

    Examples
    --------
    >>> print(write_literal({"quantiles": {"0.1": 4, "0.9": 80.5}, "of": 30}))
    { quantiles = { "0.1" = 4, "0.9" = 80.5 }, of = 30 }
    """
    if isinstance(value, dict):
        pairs = ", ".join(f"{write_key((k,))} = {write_literal(v)}" for k, v in value.items())
        return f"{{ {pairs} }}" if pairs else "{}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(write_literal, value))}]"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, date):
        return value.isoformat()
    return _quoted(value) if isinstance(value, str) else repr(value)


def write_text(text: str) -> str:
    """How is text written to a cell of literals: as it is, or in quotes where that misleads?

    Examples
    --------
    >>> write_text("Mid-market"), write_text("007")
    ('Mid-market', '"007"')
    """
    return text if read_literal(text) == text and not is_empty(text) else _quoted(text)


def write_key(path: tuple[str, ...]) -> str:
    """How is the key of a path written: ``stress."hard times".win_rate``?"""
    return ".".join(step if BARE_KEY.fullmatch(step) else _quoted(step) for step in path)


def read_key(text: str) -> tuple[str, ...] | None:
    """Which path has a dotted key? ``None`` where it is no key.

    Examples
    --------
    >>> read_key('stress."hard times".win_rate'), read_key("a b")
    (('stress', 'hard times', 'win_rate'), None)
    """
    path: list[str] = []
    at = -1
    while at < len(text):
        match = STEP.match(text, at + 1)
        if match is None or text[match.end() : match.end() + 1] not in ("", "."):
            return None
        step = match[1]
        whole = _parsed(step) if step[0] in "\"'" else step
        if not isinstance(whole, str) or (whole == step and step[0] in "\"'"):
            return None
        path.append(whole)
        at = match.end()
    return tuple(path)
