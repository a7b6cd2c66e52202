from __future__ import annotations

import math
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quotarisk.scenario.cells import UnreadableCellError, guard, unguard
from quotarisk.scenario.literals import (
    read_key,
    read_literal,
    read_quota,
    write_key,
    write_literal,
    write_text,
)

LETTERS = st.text(st.characters(exclude_categories=["Cs"]))
NUMBERS = st.integers(-(10**12), 10**12) | st.floats(allow_nan=False, allow_infinity=False)
VALUES = st.recursive(
    NUMBERS | LETTERS | st.dates(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(LETTERS, inner, max_size=3),
    max_leaves=6,
)


@given(VALUES)
def test_literals_round_trip(value: Any) -> None:
    """What is written for a cell is read as the same value."""
    assert value == read_literal(write_literal(value))


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"])).map(str.strip))
def test_text_round_trips(text: str) -> None:
    """Text is read as the same text, whatever it looks like."""
    assert text == read_literal(write_text(text))


@given(st.lists(LETTERS, min_size=1, max_size=4).map(tuple))
def test_keys_round_trip(path: tuple[str, ...]) -> None:
    """A key is read as the path that it was written for."""
    assert path == read_key(write_key(path))


@given(st.text())
def test_guard_round_trips(text: str) -> None:
    """Text that was guarded against being computed is the same without its guard."""
    assert text == unguard(guard(text))
    assert guard(text)[:1] not in tuple("=+-@\t\r")


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        (12.0, 12),
        (Decimal("0.5"), 0.5),
        (" 1_000 ", 1000),
        ("2027-01-31 00:00:00", date(2027, 1, 31)),
        ("2027-02-31", "2027-02-31"),
        ("{ a = 1, b = [2] }", {"a": 1, "b": [2]}),
        ("1 # so far", 1),
        ("1\nb = 2", "1\nb = 2"),
        ("[" * 100_000, "[" * 100_000),
        ("Mid-market", "Mid-market"),
        (True, True),
        ([0.5], [0.5]),
        ("1e999", "1e999"),
        ("inf", math.inf),
    ],
)
def test_cells(cell: Any, expected: Any) -> None:
    """A cell holds a number, a day, or what the text means in a scenario file."""
    assert expected == read_literal(cell) or (cell, math.inf) == ("1e999", read_literal(cell))


@pytest.mark.parametrize(
    "text", ["", "a b", "a..b", "a.", ".a", "a = 1 #", '"a', r'"\q"', "a\nb = 1"]
)
def test_no_key(text: str) -> None:
    """What is no dotted key is none."""
    assert None is read_key(text)


def test_spaces_and_quotes_in_keys() -> None:
    """Keys are written as in a scenario file."""
    assert ("stress", "hard times", 'a"b') == read_key('stress . \'hard times\'."a\\"b"')


@pytest.mark.parametrize(
    ("cell", "expected"), [("5", 5), (5.5, 5.5), ("[1, 2]", [1, 2]), ('{ "" = 5 }', {"": 5})]
)
def test_quotas(cell: Any, expected: Any) -> None:
    """A quota is a number, a list or a table."""
    assert expected == read_quota(cell)


@pytest.mark.parametrize("cell", ["x", "12,5", "'5'", True])
def test_no_quota(cell: Any) -> None:
    """Anything else is no quota."""
    with pytest.raises(UnreadableCellError, match="must be a number"):
        read_quota(cell)
