from __future__ import annotations

import pytest

from quotarisk.cli.amounts import parse_amount, parse_share


@pytest.mark.parametrize(
    ("told", "amount"),
    [
        ("2400000", 2.4e6),
        ("2.4M", 2.4e6),
        ("2.4m", 2.4e6),
        (" 2.4 M ", 2.4e6),
        ("2,400,000", 2.4e6),
        ("2_400_000", 2.4e6),
        ("2,400,000.50", 2_400_000.5),
        ("2,400k", 2.4e6),
        ("2.4e6", 2.4e6),
        ("1.1M", 1.1e6),
        ("1.2B", 1.2e9),
        (".5k", 500.0),
        ("0.01", 0.01),
    ],
)
def test_amounts(told: str, amount: float) -> None:
    """Separators of thousands, units and powers of ten, to the cent."""
    assert amount == parse_amount(told)


@pytest.mark.parametrize(
    "told",
    [
        "", " ", ".", "M", "2.4X", "-5", "+5", "0", "0M", "nan", "inf", "1e999", "1e999M", "2,4",
        "24,00,000", "2,400_000", "2_4", "2,", "1.2.3", "2.4MM", "$5", "60%", "0.001", "e5",
    ],
)  # fmt: skip
def test_no_amounts(told: str) -> None:
    """Nothing, nonsense, what is not above 0 and what is not finite are none."""
    assert parse_amount(told) is None


@pytest.mark.parametrize(
    ("told", "share"),
    [("0.6", 0.6), (".6", 0.6), ("60%", 0.6), ("62.5 %", 0.625), ("6e-1", 0.6), (" 5% ", 0.05)],
)
def test_shares(told: str, share: float) -> None:
    """As a number or in per cent."""
    assert share == parse_share(told)


@pytest.mark.parametrize(
    "told",
    ["", "%", ".", "60", "0", "1", "0%", "100%", "-0.1", "-5%", "nan", "inf", "high", "0,6", "5%%"],
)
def test_no_shares(told: str) -> None:
    """0 and 1 are certainties, and what is not between them is none."""
    assert parse_share(told) is None
