from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quotarisk.periods import CADENCES, MONTHS_IN, Horizon, Period, add_months

horizons = st.builds(
    Horizon, st.dates(date(1990, 1, 1), date(2100, 12, 31)), st.integers(1, 60), st.integers(1, 12)
)


def named(horizon: Horizon) -> list[str]:
    """Names of all periods."""
    return [period.name for period in horizon.all_periods]


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2027, 1, 31), 1, date(2027, 2, 28)),
        (date(2028, 1, 31), 1, date(2028, 2, 29)),
        (date(2027, 1, 15), -1, date(2026, 12, 15)),
        (date(2027, 11, 30), 14, date(2029, 1, 30)),
        (date(2027, 12, 31), 0, date(2027, 12, 31)),
    ],
)
def test_add_months(day: date, months: int, expected: date) -> None:
    """A day moves by whole months, and the 31st shrinks to what the month has."""
    assert expected == add_months(day, months)


def test_calendar_year() -> None:
    """A year from January has its months, quarters and the year, in this order."""
    expected = [f"2027-{month:02d}" for month in range(1, 13)]
    expected += ["2027-Q1", "2027-Q2", "2027-Q3", "2027-Q4", "2027"]

    assert expected == named(Horizon(date(2027, 1, 1), 12))


def test_fiscal_year() -> None:
    """A fiscal year bears the number of the year in which it ends."""
    horizon = Horizon(date(2027, 2, 1), 12, 2)

    assert ["2028-Q1", "2028-Q2", "2028-Q3", "2028-Q4"] == [
        period.name for period in horizon.periods("quarter")
    ]
    assert [Period("year", "2028", date(2027, 2, 1), date(2028, 2, 1), 0)] == list(
        horizon.periods("year")
    )


def test_start_within_a_quarter() -> None:
    """A quarter that began before the start counts, with its earlier months below zero."""
    horizon = Horizon(date(2027, 2, 15), 2)

    assert ["2027-02", "2027-03", "2027-Q1"] == named(horizon)
    quarter = horizon.periods("quarter")[0]
    assert range(-1, 2) == quarter.month_numbers
    assert ("2027-01", "2027-02", "2027-03") == quarter.month_names
    assert [True, False] == [horizon.began_before(month) for month in horizon.periods("month")]


def test_days() -> None:
    """Days are counted from the start, months of a quarter and quarters by the fiscal year."""
    horizon = Horizon(date(2027, 2, 15), 2, 2)

    assert date(2027, 4, 1) == horizon.end
    assert (date(2027, 2, 1), date(2027, 3, 1)) == horizon.month_starts
    assert [-1, 0, 45] == [
        horizon.day_number(day) for day in (date(2027, 2, 14), date(2027, 2, 15), horizon.end)
    ]
    assert [2, 0, 1] == [horizon.month_of_quarter(date(2027, month, 3)) for month in (1, 2, 3)]
    numbers = [horizon.quarter_number(date(2027, month, 28)) for month in (1, 2, 4, 5)]
    assert [0, 1, 1, 2] == [number - numbers[0] for number in numbers]


@given(horizon=horizons)
def test_periods_tile(horizon: Horizon) -> None:
    """Periods of a cadence follow each other without gap, the first one holding the start."""
    for cadence in CADENCES:
        periods = horizon.periods(cadence)
        for before, after in pairwise(periods):
            assert before.end == after.first
            assert before.first_month + MONTHS_IN[cadence] == after.first_month
        if periods:
            assert periods[0].first <= horizon.start < periods[0].end
            assert periods[-1].end <= horizon.end


@given(horizon=horizons)
def test_months_tile_quarters(horizon: Horizon) -> None:
    """A quarter is three of the months, a year four of the quarters, by name and by number."""
    months = {period.name: period for period in horizon.periods("month")}
    for cadence in ("quarter", "year"):
        for period in horizon.periods(cadence):
            inside = [months[name] for name in period.month_names if name in months]
            assert [month.first_month for month in inside] == [
                number for number in period.month_numbers if number >= 0
            ]
            assert inside[-1].end == period.end
    for year in horizon.periods("year"):
        quarters = [q for q in horizon.periods("quarter") if year.first <= q.first < year.end]
        assert all(quarter.name.startswith(f"{year.name}-Q") for quarter in quarters)
        assert year.end == quarters[-1].end


@given(horizon=horizons, days=st.integers(0, 2000))
def test_month_starts(horizon: Horizon, days: int) -> None:
    """Every day of the horizon lies in one of its months."""
    day = horizon.start + timedelta(days=days)
    month = next((p for p in horizon.periods("month") if p.first <= day < p.end), None)

    assert (day < horizon.end) == (month is not None)
    if month is not None:
        assert horizon.month_starts[month.first_month] == day.replace(day=1)
