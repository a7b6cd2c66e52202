from __future__ import annotations

import pytest

from quotarisk.reporting.formats import (
    Format,
    speak_money,
    write_error,
    write_money,
    write_number,
    write_points,
    write_share,
    write_value,
)


@pytest.mark.parametrize(
    ("amount", "expected"),
    [
        (0.0, "0"),
        (-0.001, "0"),
        (9.5, "9.50"),
        (9.996, "10.0"),
        (99.96, "100"),
        (950.0, "950"),
        (999.6, "1.00k"),
        (-1234.0, "-1.23k"),
        (34_486.0, "34.5k"),
        (999_600.0, "1.00M"),
        (2_400_000.0, "2.40M"),
        (1_234_000_000.0, "1,234M"),
    ],
)
def test_money(amount: float, expected: str) -> None:
    """Amounts have three significant figures, and k or M from a thousand on."""
    assert expected == write_money(amount)


@pytest.mark.parametrize(
    ("amount", "expected"), [(2_400_000, "2.4M"), (1_000_000, "1M"), (700, "700"), (0, "0")]
)
def test_money_in_a_sentence(amount: float, expected: str) -> None:
    """In a sentence an amount has no zeros behind the point that say nothing."""
    assert expected == speak_money(amount)


@pytest.mark.parametrize(
    ("share", "expected"),
    [
        (0.0, "<0.1"),
        (0.0004, "<0.1"),
        (0.0005, "0.1"),
        (0.245, "24.5"),
        (0.9994, "99.9"),
        (0.9996, ">99.9"),
        (1.0, ">99.9"),
    ],
)
def test_share(share: float, expected: str) -> None:
    """A simulated share never passes for certainty."""
    assert expected == write_share(share)


def test_points_and_numbers() -> None:
    """Small figures have more decimals than large ones."""
    assert ["12", "9.9"] == [write_points(0.124), write_points(0.099)]
    assert ["0.25", "10.1", "1,234"] == [write_number(n) for n in (0.254, 10.1, 1234.4)]


@pytest.mark.parametrize(
    ("value", "form", "expected"),
    [
        (None, "share", "–"),  # noqa: RUF001
        ("", "text", "–"),  # noqa: RUF001
        ("East", "text", "East"),
        (7, "text", "7"),
        (0.5, "share", "50.0"),
        (0.0, "percent", "0"),
        (0.345, "percent", "34"),
        (-0.004, "percent", "0"),
        (-0.04, "percent", "-4"),
        (0.071, "points", "+7.1"),
        (-0.0717, "points", "-7.2"),
        (0.0, "points", "0.0"),
        (-0.0004, "points", "0.0"),
        (0.071, "shift", "+7"),
        (-0.071, "shift", "-7"),
        (1.0, "count", "1.0"),
        (1234, "whole", "1,234"),
        (0.5, "number", "0.50"),
        (1.234, "multiple", "1.23"),
        (1000.0, "money", "1.00k"),
    ],
)
def test_value(value: object, form: Format, expected: str) -> None:
    """Every kind of cell has its way of writing, and a missing one is a dash."""
    assert expected == write_value(value, form)


@pytest.mark.parametrize(
    ("se", "form", "expected"),
    [
        (None, "share", ""),
        (0.003, "share", "±0.6"),
        (0.0031, "share", "±0.7"),
        (0.00001, "share", "±0.1"),
        (0.0031, "points", "±0.7"),
        (0.0, "points", "±0.0"),
        (0.011, "percent", "±3"),
        (0.011, "shift", "±3"),
        (612.0, "money", "±1.2k"),
        (0.011, "multiple", "±0.03"),
    ],
)
def test_error(se: float | None, form: Format, expected: str) -> None:
    """An error is half of a 95 % interval and is rounded up, so that none vanishes."""
    assert expected == write_error(se, form)
