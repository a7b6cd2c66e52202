"""How a wrong value is shown to the person who wrote it."""

from __future__ import annotations

from datetime import date
from typing import Any

MOST_LETTERS = 60


def _written(value: Any, depth: int = 3) -> str:
    """Write a value in the notation of the file, no deeper than can be shown."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return repr(value[: MOST_LETTERS + 1])
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list | tuple):
        inside = ", ".join(_written(item, depth - 1) for item in value[:20]) if depth else "…"
        return f"[{inside}]"
    if isinstance(value, dict):
        pairs = list(value.items())[:20]
        inside = ", ".join(f"{k} = {_written(v, depth - 1)}" for k, v in pairs) if depth else "…"
        return f"{{ {inside} }}" if pairs else "{ }"
    if isinstance(value, int) and abs(value) >= 10**MOST_LETTERS:
        return f"a number of more than {MOST_LETTERS} digits"
    return str(value)


def quote(value: Any) -> str:
    """What stands there, as the user would recognise it, cut where it is long?

    Examples
    --------
    >>> quote({"won": 5, "of": 3})
    '{ won = 5, of = 3 }'
    >>> quote("a" * 100)
    "'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa…"
    """
    text = _written(value)
    return text if len(text) <= MOST_LETTERS else text[: MOST_LETTERS - 1] + "…"


def quote_with_type(value: Any) -> str:
    """What stands there, where it is its kind that is wrong?

    Examples
    --------
    >>> quote_with_type("0.3")
    "the text '0.3'"
    """
    kinds = {str: "the text ", date: "the date ", list: "the list ", dict: "the table "}
    kind = next((kind for kind in kinds if isinstance(value, kind)), None)
    return (kinds[kind] if kind else "") + quote(value)
