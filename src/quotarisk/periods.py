"""The only calendar: days, months, quarters and fiscal years.

A fiscal year bears the number of the calendar year in which it ends, so with
``fiscal_year_start = 2`` the year from February 2027 to January 2028 is 2028 and its
first quarter ``2028-Q1``. Months always bear their calendar name.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Literal

Cadence = Literal["month", "quarter", "year"]

CADENCES: tuple[Cadence, ...] = ("month", "quarter", "year")
MONTHS_IN: dict[Cadence, int] = {"month": 1, "quarter": 3, "year": 12}
WEEK = 7  # days
DAYS_PER_WEEK = float(WEEK)
MOST_MONTHS = 60


def add_months(day: date, months: int) -> date:
    """Move a day by whole months; the 31st becomes the last day of a shorter month.

    Examples
    --------
    >>> add_months(date(2027, 1, 31), 1)
    datetime.date(2027, 2, 28)
    """
    index = day.year * 12 + day.month - 1 + months
    first = date(index // 12, index % 12 + 1, 1)
    after = date((index + 1) // 12, (index + 1) % 12 + 1, 1)
    return first + timedelta(days=min(day.day, (after - first).days) - 1)


def _month_name(index: int) -> str:
    return f"{index // 12:04d}-{index % 12 + 1:02d}"


@dataclass(frozen=True)
class Period:
    """A month, quarter or fiscal year.

    Parameters
    ----------
    cadence
        ``month``, ``quarter`` or ``year``.
    name
        ``2027-01``, ``2027-Q1`` or ``2027``.
    first, end
        Its first day, and the first day after it.
    first_month
        The number of its first month, counted from the horizon's first month;
        negative where the period began before the horizon.
    """

    cadence: Cadence
    name: str
    first: date
    end: date
    first_month: int

    @property
    def month_numbers(self) -> range:
        """Its months, counted from the horizon's first month."""
        return range(self.first_month, self.first_month + MONTHS_IN[self.cadence])

    @property
    def month_names(self) -> tuple[str, ...]:
        """The names of its months."""
        first = self.first.year * 12 + self.first.month - 1
        return tuple(_month_name(first + i) for i in range(MONTHS_IN[self.cadence]))


@dataclass(frozen=True)
class Horizon:
    """The days that are simulated: from ``start`` to the end of the last whole month.

    The first month is the calendar month that ``start`` lies in, whole or not, so a
    horizon may begin in the middle of a month, a quarter or a fiscal year.

    Parameters
    ----------
    start
        The first day.
    months
        Number of calendar months, the one that ``start`` lies in included.
    fiscal_year_start
        Month number (1 to 12) in which fiscal years begin.
    """

    start: date
    months: int
    fiscal_year_start: int = 1

    @cached_property
    def _first_index(self) -> int:
        return self.start.year * 12 + self.start.month - 1

    @cached_property
    def end(self) -> date:
        """The first day after the horizon."""
        return add_months(self.start.replace(day=1), self.months)

    @cached_property
    def month_starts(self) -> tuple[date, ...]:
        """First day of each month of the horizon (the first may lie before ``start``)."""
        return tuple(add_months(self.start.replace(day=1), i) for i in range(self.months))

    def day_number(self, day: date) -> int:
        """Days from ``start`` to ``day``; negative before it."""
        return (day - self.start).days

    def month_of_quarter(self, day: date) -> int:
        """0, 1 or 2: which month of its fiscal quarter a day lies in."""
        return (day.month - self.fiscal_year_start) % 3

    def quarter_number(self, day: date) -> int:
        """A running number of the fiscal quarter that a day lies in, the same in every scenario."""
        return (day.year * 12 + day.month - self.fiscal_year_start) // 3

    def _period(self, cadence: Cadence, index: int) -> Period:
        length = MONTHS_IN[cadence]
        fiscal = index - (self.fiscal_year_start - 1)
        last = index - fiscal % 12 + 11  # last month of the fiscal year
        year = last // 12
        name = {
            "month": _month_name(index),
            "quarter": f"{year:04d}-Q{fiscal % 12 // 3 + 1}",
            "year": f"{year:04d}",
        }[cadence]
        first = date(index // 12, index % 12 + 1, 1)
        return Period(cadence, name, first, add_months(first, length), index - self._first_index)

    def periods(self, cadence: Cadence) -> tuple[Period, ...]:
        """Periods of a cadence that end within the horizon and after ``start``, in order.

        The first may have begun before ``start``: then what was booked before counts too.
        """
        length = MONTHS_IN[cadence]
        offset = (self.fiscal_year_start - 1) % length
        index = self._first_index - (self._first_index - offset) % length
        last = self._first_index + self.months
        return tuple(self._period(cadence, i) for i in range(index, last - length + 1, length))

    @cached_property
    def all_periods(self) -> tuple[Period, ...]:
        """Months, then quarters, then years."""
        return tuple(period for cadence in CADENCES for period in self.periods(cadence))

    def began_before(self, period: Period) -> bool:
        """Whether part of the period is history: it began before ``start``."""
        return period.first < self.start
