# ruff: noqa: E501 - a message and what causes it stand on one line
from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from quotarisk.scenario.cells import (
    Reader,
    UnreadableCellError,
    is_empty,
    read_day,
    read_number,
    read_period,
    read_text,
)


@pytest.mark.parametrize(
    ("value", "expected"),
    [(None, True), ("", True), (" \t", True), (float("nan"), True), ("0", False), (0.0, False)],
)
def test_is_empty(value: Any, expected: bool) -> None:
    """Nothing, spaces and NaN are empty; zero is not."""
    assert expected == is_empty(value)


@pytest.mark.parametrize(
    ("read", "value", "expected"),
    [
        (read_text, " 007 ", "007"),
        (read_text, 7, "7"),
        (read_text, 7.0, "7"),
        (read_number, " -1.50 ", -1.5),
        (read_number, "1e3", 1000),
        (read_number, ".5", 0.5),
        (read_number, "+62", 62),
        (read_number, "12345678901234567890", 1.2345678901234567e19),
        (read_number, Decimal("1.5"), 1.5),
        (read_number, 3, 3),
        (read_day, " 2027-01-31 ", date(2027, 1, 31)),
        (read_day, "2027-01-31 00:00:00", date(2027, 1, 31)),
        (read_day, "2027-01-31T10:00:00.5+02:00", date(2027, 1, 31)),
        (read_day, date(2027, 1, 31), date(2027, 1, 31)),
        (read_day, datetime(2027, 1, 31, 23, tzinfo=UTC), date(2027, 1, 31)),
        (read_period, "2027-Q1", "2027-Q1"),
        (read_period, 2027, "2027"),
        (read_period, "2027-01", "2027-01"),
        (read_period, "2027-01-01 00:00:00", "2027-01"),
        (read_period, date(2027, 12, 1), "2027-12"),
    ],
)
def test_reads(read: Reader, value: Any, expected: Any) -> None:
    """A cell is read as its column asks, whether a file holds text or values."""
    actual = read(value)

    assert (expected, type(expected)) == (actual, type(actual))


@pytest.mark.parametrize(
    ("read", "value", "expected"),
    [
        (read_text, 7.5, "must be text, got 7.5"),
        (read_text, True, "must be text, got true"),
        (read_text, [1], "must be text, got [1]"),
        (read_text, float("inf"), "must be text, got inf"),
        (read_number, "1,000", "must be a number, got the text '1,000'"),
        (read_number, "$5", "must be a number, got the text '$5'"),
        (read_number, "1_000", "must be a number, got the text '1_000'"),
        (read_number, "nan", "must be a number, got the text 'nan'"),
        (read_number, "1e999", "must be a number, got the text '1e999'"),
        (read_number, True, "must be a number, got true"),
        (read_number, date(2027, 1, 1), "must be a number, got the date 2027-01-01"),
        (read_number, float("inf"), "must be a number, got inf"),
        (read_number, Decimal("NaN"), "must be a number, got NaN"),
        (read_day, "31/01/2027", "must be a day such as 2027-01-31, got the text '31/01/2027'"),
        (read_day, "2027-02-30", "must be a day such as 2027-01-31, got the text '2027-02-30'"),
        (read_day, 46000, "must be a day such as 2027-01-31, got 46000"),
        (read_period, date(2027, 1, 2), "must be a period such as 2027-01, 2027-Q1 or 2027, got 2027-01-02"),
        (read_period, 2027.5, "must be text, got 2027.5"),
    ],
)  # fmt: skip
def test_refuses(read: Reader, value: Any, expected: str) -> None:
    """What is not plainly what the column asks for is refused, not guessed at."""
    with pytest.raises(UnreadableCellError) as caught:
        read(value)

    assert expected == f"{caught.value.must}, got {caught.value.got}"
