from __future__ import annotations

import pytest

from quotarisk.calibration.amounts import Amounts, read_amounts
from quotarisk.calibration.extract import Cell
from quotarisk.calibration.mapping import DecimalSign


def _read(*cells: Cell, decimal: DecimalSign | None = None) -> Amounts:
    numbered = list(enumerate(cells, start=2))
    return read_amounts(numbered, name="Amount", file="d.csv", decimal=decimal)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1234.5", 1234.5),
        ("1,234.50", 1234.5),
        ("1.234,50", 1234.5),
        ("1 234,50", 1234.5),
        ("1\u00a0234\u202f567", 1_234_567),
        ("1'234.50", 1234.5),
        ("1,234,567", 1_234_567),
        ("1.234.567", 1_234_567),
        ("1,00,000.5", 100_000.5),
        ("12,5", 12.5),
        ("0.125", 0.125),
        (".5", 0.5),
        ("5.", 5),
        ("12345,678", 12345.678),
        ("1e6", 1_000_000),
        ("$1,234.50", 1234.5),
        ("1.234,50 €", 1234.5),
        ("USD 1234", 1234),
        ("-$1,234.50", -1234.5),
        ("$-5", -5),
        ("+5", 5),
        ("(1,234.50)", -1234.5),
        ("($5)", -5),
        ("\u22125", -5),
        ("5-", -5),
        (1.234, 1.234),
        ("", None),
        ("n/a", None),
    ],
)
def test_ways_of_writing_an_amount(text: Cell, expected: float | None) -> None:
    """An amount is read in each usual way of writing."""
    amounts = _read(text)

    assert ([expected], ()) == (amounts.values, amounts.faults)


@pytest.mark.parametrize(
    ("cells", "decimal", "expected"),
    [
        (("1.234", "5.5"), None, [1.234, 5.5]),
        (("1.234", "5,5"), None, [1234, 5.5]),
        (("1,234", "12,500", "950"), None, [1234, 12500, 950]),
        (("1.234", "12.500", "950"), None, [1234, 12500, 950]),
        (("1.234", "12.500"), "point", [1.234, 12.5]),
        (("1.234", "5.5", "5,5"), "comma", [1234, 5.5, 5.5]),
        (("1,234.50", "1.234,50"), None, [1234.5, 1234.5]),
    ],
)
def test_the_column_tells_what_a_cell_does_not(
    cells: tuple[str, ...], decimal: DecimalSign | None, expected: list[float]
) -> None:
    """A sign with three digits after it is before decimals if it is so in other cells."""
    amounts = _read(*cells, decimal=decimal)

    assert (expected, ()) == (amounts.values, amounts.faults)


@pytest.mark.parametrize("cells", [("1,234", "1.234"), ("1,234", "5.5", "5,5")])
def test_a_doubtful_sign_is_asked_for(cells: tuple[str, ...]) -> None:
    """Where the column tells both, or nothing of two signs, only the map file can say."""
    faults = _read(*cells).faults

    assert [
        "the sign before the decimals must be one in all of Amount, got '1,234' in row 2 beside "
        "others (d.csv: column Amount); say which in the map file: "
        'decimal = "point" or "comma"'
    ] == [str(fault) for fault in faults]


def test_what_is_no_amount_is_unknown() -> None:
    """Words, odd groups, infinities, percentages and amounts beyond 1e12 are unknown, counted."""
    odd: tuple[Cell, ...] = ("5k", "1 23", "1.23.4567,5", "1,2345.5", "€5 USD", "1.5,5.5", "1e999",
                             float("inf"))  # fmt: skip

    amounts = _read(*odd, "50 %", "2e12", *["7"] * 9)

    assert [*[None] * 10, *[7] * 9] == amounts.values
    assert {"unreadable_amount": 8, "percent_amount": 1, "amount_beyond_limit": 1} == {
        found.rule: found.rows for found in amounts.findings
    }
    assert () == amounts.faults


def test_each_way_that_needs_a_word_is_counted() -> None:
    """Separators, currencies and parentheses are said, with what was made of them."""
    amounts = _read("1,234.50", "$5", "(6)", "EUR 7", "2345.678")

    assert [
        ("thousands_separator", ("row 2: Amount '1,234.50' read as 1,234.50",)),
        (
            "currency_sign",
            ("row 3: Amount '$5' read as 5.00", "row 5: Amount 'EUR 7' read as 7.00"),
        ),
        ("parentheses", ("row 4: Amount '(6)' read as -6.00",)),
    ] == [(found.rule, found.examples) for found in amounts.findings]
    assert {"USD": 3, "EUR": 5} == amounts.currencies


def test_a_column_of_something_else_is_a_fault() -> None:
    """Where most cells are no amounts, the column is not one of amounts."""
    assert [
        "Amount must hold amounts, such as 1234.50 or 1,234.50, got Amount '10%' in row 2 "
        "(d.csv: column Amount)"
    ] == [str(fault) for fault in _read("10%", "20%", "30").faults]
