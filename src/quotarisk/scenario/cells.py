"""What the cell of a table says: text, a number, a day or a period; never a guess.

Text that a spreadsheet would take for a formula is guarded by an apostrophe in CSV files, which
have no other way to say that it is text.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from quotarisk.scenario.quoting import quote, quote_with_type

NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", re.ASCII)
CLOCK = r"[T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?"
DAY = re.compile(rf"(\d{{4}}-\d{{2}}-\d{{2}})({CLOCK})?", re.ASCII)
WHOLE = 1e15
FORMULA = re.compile(r"'*[=+\-@\t\r]")

Reader = Callable[[Any], Any]


class UnreadableCellError(ValueError):
    """A cell does not hold what its column asks for: what it must be, and what it holds."""

    def __init__(self, must: str, *, got: str, hint: str = "") -> None:
        self.must, self.got, self.hint = must, got, hint
        super().__init__(must)


def is_empty(value: Any) -> bool:
    """Is nothing given: no value, only spaces, or the NaN that some programs write for it?"""
    if isinstance(value, str):
        return not value or value.isspace()
    return value is None or (isinstance(value, float) and math.isnan(value))


def guard(text: str) -> str:
    """How is text written to a CSV file so that no spreadsheet computes it?

    Examples
    --------
    >>> guard("=1+1"), guard("Ana"), guard("'-5")
    ("'=1+1", 'Ana', "''-5")
    """
    return f"'{text}" if FORMULA.match(text) else text


def unguard(text: str) -> str:
    """Which text was guarded?

    Examples
    --------
    >>> unguard("'=1+1"), unguard("'tis"), unguard("-5")
    ('=1+1', "'tis", '-5')
    """
    return text[1:] if text.startswith("'") and FORMULA.match(text) else text


def read_text(value: Any) -> str:
    """Which text stands in a cell: spaces around it stripped, whole numbers as their digits?"""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value // 1:
        raise UnreadableCellError("must be text", got=quote(value))
    return str(int(value))


def _shorter(number: float) -> float:
    """Write a whole number without its point."""
    return int(number) if number.is_integer() and abs(number) < WHOLE else number


def read_number(value: Any) -> float:
    """Which number stands in a cell: a number, or text that is nothing but one?"""
    if isinstance(value, str):
        text = value.strip()
        number = float(text) if NUMBER.fullmatch(text) else math.nan
        hint = "write plain digits, such as 12000 or 0.3" if re.search(r"\d", text) else ""
        if not math.isfinite(number):
            raise UnreadableCellError("must be a number", got=quote_with_type(text), hint=hint)
        return _shorter(number)
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise UnreadableCellError("must be a number", got=quote_with_type(value))
    if not math.isfinite(value):
        raise UnreadableCellError("must be a number", got=quote(value))
    return _shorter(float(value))


def read_day(value: Any) -> date:
    """Which day stands in a cell: a date, or text such as 2027-01-31?"""
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    match = DAY.fullmatch(value.strip()) if isinstance(value, str) else None
    try:
        return date.fromisoformat(match[1] if match else "")
    except ValueError:
        raise UnreadableCellError(
            "must be a day such as 2027-01-31", got=quote_with_type(value)
        ) from None


def read_period(value: Any) -> str:
    """Which period stands in a cell: ``2027-01``, ``2027-Q1`` or ``2027``?

    Spreadsheets turn 2027-01 into the first day of that month: it is turned back.
    """
    try:
        day = read_day(value)
    except UnreadableCellError:
        return read_text(value)
    if day.day != 1:
        raise UnreadableCellError(
            "must be a period such as 2027-01, 2027-Q1 or 2027", got=quote(value)
        )
    return f"{day:%Y-%m}"
