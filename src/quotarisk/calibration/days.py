"""Columns of days, in whatever way they are written."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property, lru_cache
from typing import NamedTuple

from quotarisk.calibration.extract import Cell, tidy
from quotarisk.calibration.history import Finding, findings_of
from quotarisk.calibration.mapping import DateOrder
from quotarisk.errors import Fault
from quotarisk.scenario.quoting import quote

FIRST_YEAR, LAST_YEAR = 1980, 2100
SERIAL_ZERO = date(1899, 12, 30)
EMPTY = frozenset({"", "-", "--", "n/a", "na", "#n/a", "null", "none", "nan", "nat", "(blank)"})
MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)

_CLOCK = (
    r"(?:[t ,]\s*(?P<clock>\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?)\s*(?P<half>[ap]\.?m\.?)?"
    r"\s*(?P<zone>z|utc|gmt|[a-z]{2,4}t|[+-]\d{2}(?::?\d{2})?)?)?"
)
_ISO = re.compile(rf"(\d{{4}})([-/.])(\d{{1,2}})\2(\d{{1,2}}){_CLOCK}", re.ASCII)
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})", re.ASCII)
_NUMERIC = re.compile(
    rf"(\d{{1,2}})(?:([/.-])(\d{{1,2}})\2(\d{{4}})|([/.])(\d{{1,2}})\5(\d{{2}})){_CLOCK}", re.ASCII
)
_DAY_NAMED = re.compile(rf"(\d{{1,2}})[ ./-]*([a-z]{{3,9}})[ .,/-]*(\d{{4}}|\d{{2}}){_CLOCK}")
_MONTH_NAMED = re.compile(
    rf"([a-z]{{3,9}})[ ./-]*(\d{{1,2}})(?:st|nd|rd|th)?[ .,/-]+(\d{{4}}){_CLOCK}"
)
_SERIAL = re.compile(r"(\d{5})(\.\d+)?", re.ASCII)


class _Written(NamedTuple):
    """A day as it is written: for certain, or as two numbers in an order that is not."""

    day: date | None
    numbers: tuple[int, int, int] | None = None  # first, second, year
    timed: bool = False
    serial: bool = False


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year + 2000 if year < 100 else year, month, day)
    except ValueError:
        return None


def _month(word: str) -> int:
    """Which month does a word mean: at least three of its letters, or ``sept``; 13 for none."""
    return next((i for i, name in enumerate(MONTHS, start=1) if name.startswith(word)), 13)


def _timed(match: re.Match[str]) -> bool:
    clock = match["clock"]
    return clock is not None and (
        match["zone"] is not None or re.search("[1-9]", clock) is not None
    )


@lru_cache(maxsize=65536)
def _written(text: str) -> _Written:
    if match := _ISO.fullmatch(text):
        return _Written(_date(int(match[1]), int(match[3]), int(match[4])), None, _timed(match))
    if match := _COMPACT.fullmatch(text):
        return _Written(_date(int(match[1]), int(match[2]), int(match[3])))
    if match := _NUMERIC.fullmatch(text):
        second, year = match[3] or match[6], match[4] or match[7]
        return _Written(None, (int(match[1]), int(second), int(year)), _timed(match))
    if match := _DAY_NAMED.fullmatch(text):
        day = _date(int(match[3]), _month(match[2]), int(match[1]))
        return _Written(day, None, _timed(match))
    if match := _MONTH_NAMED.fullmatch(text):
        day = _date(int(match[3]), _month(match[1]), int(match[2]))
        return _Written(day, None, _timed(match))
    if match := _SERIAL.fullmatch(text):
        return _Written(SERIAL_ZERO + timedelta(days=int(match[1])), serial=True)
    return _Written(None)


class _Read(NamedTuple):
    """A cell, the number of its row, and what it says."""

    row: int
    cell: Cell
    text: str
    written: _Written

    @property
    def is_empty(self) -> bool:
        """Whether it says that there is no day."""
        return self.text in EMPTY or self.text.startswith("0000-00-00")


@dataclass(frozen=True)
class DayColumn:
    """Cells of a column that holds days, with the numbers of their rows."""

    name: str
    cells: Sequence[tuple[int, Cell]]

    @cached_property
    def read(self) -> tuple[_Read, ...]:
        """What each cell says."""
        texts = [(row, cell, tidy(cell).casefold()) for row, cell in self.cells]
        return tuple(_Read(row, cell, text, _written(text)) for row, cell, text in texts)


def _ordered(numbers: tuple[int, int, int], order: DateOrder) -> date | None:
    first, second, year = numbers
    day, month = (first, second) if order == "day-first" else (second, first)
    return _date(year, month, day)


def _votes(column: DayColumn) -> dict[DateOrder | None, tuple[int, Cell]]:
    """Find a row that is possible in one order only, of each kind, and one that is in both."""
    found: dict[DateOrder | None, tuple[int, Cell]] = {}
    for row, cell, _, written in column.read:
        numbers = written.numbers
        if numbers is None:
            continue
        days, months = _ordered(numbers, "day-first"), _ordered(numbers, "month-first")
        if days is not None and months is None:
            found.setdefault("day-first", (row, cell))
        elif months is not None and days is None:
            found.setdefault("month-first", (row, cell))
        elif days != months:
            found.setdefault(None, (row, cell))
    return found


def decide_orders(
    columns: Sequence[DayColumn], *, file: str, told: DateOrder | None
) -> tuple[Mapping[str, DateOrder], tuple[Fault, ...]]:
    """Does the day or the month come first, column by column?

    Whatever is possible in all rows of a column. Where both are, the other columns of days of
    the same file decide, if they agree; otherwise only the map file can.
    """
    if told is not None:
        return {column.name: told for column in columns}, ()
    orders, faults = dict[str, DateOrder](), list[Fault]()
    votes = {column.name: _votes(column) for column in columns}
    hint = 'say which in the map file: dates = "day-first" or "month-first"'
    for name, found in votes.items():
        sure = [order for order in found if order is not None]
        if len(sure) == 2:
            shown = " and ".join(f"{quote(found[o][1])} in row {found[o][0]}" for o in sure)
            rule = f"all days of {name} must be written in one order"
            faults.append(Fault(file, f"column {name}", rule, shown, hint))
        elif sure:
            orders[name] = sure[0]
    agreed = set(orders.values())
    for name, found in votes.items():
        if list(found) != [None]:
            continue
        if len(agreed) == 1:
            orders[name] = next(iter(agreed))
        else:
            row, cell = found[None]
            rule = f"the order of day and month in {name} must be known"
            got = f"{quote(cell)} in row {row} and none that tells"
            faults.append(Fault(file, f"column {name}", rule, got, hint))
    return orders, tuple(faults)


def read_days(
    column: DayColumn, *, file: str, order: DateOrder | None
) -> tuple[list[date | None], tuple[Finding, ...], tuple[Fault, ...]]:
    """Which days stand in a column; what had to be done, and is it a column of days at all?

    Parameters
    ----------
    column
        Its cells.
    file
        The export, as the user named it.
    order
        Whether the day or the month comes first; ``None`` where it makes no difference.
    """

    def day_of(written: _Written) -> date | None:
        if written.numbers is not None:
            return _ordered(written.numbers, order or "day-first")
        return written.day

    def places(read: Iterable[_Read]) -> list[tuple[int, str]]:
        return [(cell.row, f"{column.name} {quote(cell.cell)}") for cell in read]

    days = {cell.row: day_of(cell.written) for cell in column.read if not cell.is_empty}
    filled = [cell for cell in column.read if cell.row in days]
    unreadable = places(cell for cell in filled if days[cell.row] is None)
    if 2 * len(unreadable) > len(days):
        rule = f"{column.name} must hold days, such as 2026-12-31 or 31/12/2026"
        row, what = unreadable[0]
        return [], (), (Fault(file, f"column {column.name}", rule, f"{what} in row {row}"),)
    absurd = {row for row, day in days.items() if day and not FIRST_YEAR <= day.year <= LAST_YEAR}
    timed = [cell for cell in filled if cell.written.timed]
    serial = [cell for cell in filled if cell.written.serial and cell.row not in absurd]
    numbers = [cell for cell in filled if cell.written.numbers is not None]
    first = "month" if order == "month-first" else "day"
    found = (
        *findings_of("unreadable_day", "What is no day was read as empty.", unreadable),
        *findings_of(
            "absurd_year",
            f"Days before {FIRST_YEAR} and after {LAST_YEAR} were read as empty.",
            places(cell for cell in filled if cell.row in absurd),
        ),
        *findings_of(
            "time_of_day",
            "Times and time zones were left off: the calendar day counts as it is written.",
            places(timed),
        ),
        *findings_of("excel_serial", "Numbers were read as days of Excel.", places(serial)),
        *findings_of(
            "written_order", f"Dates in numbers were read with the {first} first.", places(numbers)
        ),
    )
    known = {row: day for row, day in days.items() if row not in absurd}
    return [known.get(cell.row) for cell in column.read], found, ()
