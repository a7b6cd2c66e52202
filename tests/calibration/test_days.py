from __future__ import annotations

from datetime import date

import pytest

from quotarisk.calibration.days import DayColumn, decide_orders, read_days
from quotarisk.calibration.extract import Cell
from quotarisk.calibration.mapping import DateOrder


def _column(*cells: Cell, name: str = "Created") -> DayColumn:
    return DayColumn(name, list(enumerate(cells, start=2)))


@pytest.mark.parametrize(
    "text",
    [
        "2026-12-31",
        "2026/12/31",
        "2026.12.31",
        "20261231",
        " 2026-12-31 ",
        "2026-12-31T23:30:00Z",
        "2026-12-31T23:30:00.000+0000",
        "2026-12-31 23:30:00-08:00",
        "2026-12-31 11:30 PM",
        "31/12/2026",
        "31.12.2026 08:00",
        "31/12/26",
        "12/31/2026, 4:30 pm",
        "12-31-2026",
        "31 Dec 2026",
        "31-Dec-26",
        "Dec 31, 2026",
        "December 31st, 2026 10:00 CET",
        "46387",
        "46387.5",
    ],
)
def test_ways_of_writing_a_day(text: str) -> None:
    """A day is read in each usual way of writing, as the calendar day that is written."""
    column = _column(text)
    orders, faults = decide_orders([column], file="d.csv", told=None)

    days, _, more = read_days(column, file="d.csv", order=orders.get("Created"))

    assert ([date(2026, 12, 31)], (), ()) == (days, faults, more)


def test_a_number_of_excel_is_a_day() -> None:
    """Where the file itself says that a cell is a number with a fraction, it is a serial too."""
    assert [date(2026, 12, 31)] == read_days(_column(46387.25), file="d.csv", order=None)[0]


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (("03/04/2026", "31/12/2026"), "day-first"),
        (("03/04/2026", "12/31/2026"), "month-first"),
        (("03/03/2026", "2026-01-02", ""), None),
    ],
)
def test_the_order_is_what_all_rows_allow(
    cells: tuple[str, ...], expected: DateOrder | None
) -> None:
    """One row that is possible in one order only decides for its column."""
    orders, faults = decide_orders([_column(*cells)], file="d.csv", told=None)

    assert (expected, ()) == (orders.get("Created"), faults)


def test_an_order_that_nothing_tells_is_asked_for() -> None:
    """A column that is possible in both orders is a fault; the map file's word settles it."""
    column = _column("2026-01-01", "03/04/2026")

    _, faults = decide_orders([column], file="d.csv", told=None)
    told, none = decide_orders([column], file="d.csv", told="month-first")

    assert [
        "the order of day and month in Created must be known, got '03/04/2026' in row 3 and none "
        "that tells (d.csv: column Created); say which in the map file: "
        'dates = "day-first" or "month-first"'
    ] == [str(fault) for fault in faults]
    assert ({"Created": "month-first"}, ()) == (told, none)


def test_two_orders_in_one_column_are_a_fault() -> None:
    """Where no order is possible in all rows, both are shown."""
    _, faults = decide_orders([_column("31/12/2026", "12/31/2026")], file="d.csv", told=None)

    assert (
        "all days of Created must be written in one order, got '31/12/2026' in row 2 and "
        "'12/31/2026' in row 3"
    ) == str(faults[0]).partition(" (")[0]


def test_a_sister_column_decides() -> None:
    """A column that tells nothing follows the file's other columns, if these agree."""
    doubtful = _column("03/04/2026", name="Closed")
    sure, other = _column("31/12/2026"), _column("12/31/2026", name="Won")

    orders, faults = decide_orders([doubtful, sure], file="d.csv", told=None)
    _, disagreeing = decide_orders([doubtful, sure, other], file="d.csv", told=None)

    assert ({"Created": "day-first", "Closed": "day-first"}, (), 1) == (
        orders,
        faults,
        len(disagreeing),
    )


def test_what_is_no_day_is_read_as_empty() -> None:
    """Words, impossible days and absurd years are counted and empty; blanks are just empty."""
    cells = ("2026-02-30", "soon", "1 Foo 2026", "1900-01-01", "2999-12-31", "", "n/a",
             "0000-00-00 00:00:00", *["2026-01-01"] * 5, "2026-01-01 00:00:00")  # fmt: skip

    days, findings, faults = read_days(_column(*cells), file="d.csv", order=None)

    assert [*[None] * 8, *[date(2026, 1, 1)] * 6] == days
    assert {"unreadable_day": 3, "absurd_year": 2} == {f.rule: f.rows for f in findings}
    assert () == faults


def test_each_way_that_needs_a_word_is_counted() -> None:
    """Times, serials and the order of numbers are said; midnight is no time."""
    cells = ("2026-01-01T08:00", "46387", "12/31/2026", "2026-01-01 00:00:00")

    _, findings, _ = read_days(_column(*cells), file="d.csv", order="month-first")

    assert [
        ("time_of_day", 1, ("row 2: Created '2026-01-01T08:00'",)),
        ("excel_serial", 1, ("row 3: Created '46387'",)),
        ("written_order", 1, ("row 4: Created '12/31/2026'",)),
    ] == [(found.rule, found.rows, found.examples) for found in findings]


def test_a_column_of_something_else_is_a_fault() -> None:
    """Where most cells are no days, the column is not one of days."""
    _, _, faults = read_days(_column("Ana", "Ben", "2026-01-01"), file="d.csv", order=None)

    assert [
        "Created must hold days, such as 2026-12-31 or 31/12/2026, got Created 'Ana' in row 2 "
        "(d.csv: column Created)"
    ] == [str(fault) for fault in faults]
