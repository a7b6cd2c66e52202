from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from quotarisk.scenario.quoting import quote, quote_with_type


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (1.30, "1.3"),
        (True, "true"),
        (False, "false"),
        ("x", "'x'"),
        ("a" * 100, f"'{'a' * 58}…"),
        (date(2027, 1, 1), "2027-01-01"),
        ([1, "a"], "[1, 'a']"),
        ((), "[]"),
        ({}, "{ }"),
        ({"won": 5, "of": [3]}, "{ won = 5, of = [3] }"),
        ([[[[1]]]], "[[[[…]]]]"),
        ({"a": {"b": {"c": {"d": 1}}}}, "{ a = { b = { c = { … } } } }"),
        (-(10**70), "a number of more than 60 digits"),
        (list(range(1000)), "[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, …"),
    ],
)
def test_quote(value: Any, expected: str) -> None:
    """A value is shown as one writes it in the file, cut where it is long or deep."""
    assert expected == quote(value)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("0.3", "the text '0.3'"),
        (date(2027, 1, 1), "the date 2027-01-01"),
        ([1], "the list [1]"),
        ({"a": 1}, "the table { a = 1 }"),
        (True, "true"),
        (3, "3"),
    ],
)
def test_quote_with_type(value: Any, expected: str) -> None:
    """Where the kind of a value is wrong, the kind is named."""
    assert expected == quote_with_type(value)
