"""Rules for quotas: what they mean, over which days, and what is no rule."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from quotarisk.calibration.quota_rule import (
    QuotaRule,
    last_full_period,
    parse_quota_rule,
    quotas_by_rule,
)
from quotarisk.errors import ArgumentError
from quotarisk.periods import Cadence
from quotarisk.scenario.team import Quota

WON = pl.DataFrame(
    [
        ("Ana", date(2025, 12, 31), 5_000.0),
        ("Ana", date(2026, 1, 1), 300.0),
        ("Ana", date(2026, 2, 10), 600.0),
        ("Ana", date(2026, 3, 31), 900.0),
        ("Ana", date(2026, 4, 1), 7_000.0),
        ("Bo", date(2025, 11, 2), 240.0),
        ("Cy", date(2026, 2, 2), None),
    ],
    schema={"rep": pl.String, "closed": pl.Date, "amount": pl.Float64},
    orient="row",
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("last-quarter*1.1", QuotaRule("quarter", 1.1)),
        (" last-month ", QuotaRule("month", 1.0)),
        ("last-year * 2", QuotaRule("year", 2.0)),
        ("last-period*0.5", QuotaRule("quarter", 0.5)),
        ("last-quarter*100", QuotaRule("quarter", 100.0)),
    ],
)
def test_rules(text: str, expected: QuotaRule) -> None:
    """A period and a factor; one where none is given."""
    assert expected == parse_quota_rule(text)


@pytest.mark.parametrize(
    "text", ["", "last-week*1.1", "quarter*2", "last-quarter*0", "last-quarter*101", "last-month*x"]
)
def test_no_rules(text: str) -> None:
    """What is no rule is told with an example and what came instead."""
    with pytest.raises(ArgumentError, match="reads like last-quarter") as error:
        parse_quota_rule(text)
    assert repr(text) in str(error.value)


def test_rule_in_words() -> None:
    """A rule can be read."""
    assert "1.1 times what each booked in the last full quarter" == str(QuotaRule("quarter", 1.1))


@pytest.mark.parametrize(
    ("cadence", "before", "fiscal", "first", "last"),
    [
        ("month", date(2026, 4, 1), 1, date(2026, 3, 1), date(2026, 3, 31)),
        ("month", date(2026, 4, 17), 1, date(2026, 3, 1), date(2026, 3, 31)),
        ("quarter", date(2026, 4, 1), 1, date(2026, 1, 1), date(2026, 3, 31)),
        ("quarter", date(2026, 3, 31), 1, date(2025, 10, 1), date(2025, 12, 31)),
        ("quarter", date(2026, 4, 10), 2, date(2025, 11, 1), date(2026, 1, 31)),
        ("quarter", date(2026, 5, 1), 2, date(2026, 2, 1), date(2026, 4, 30)),
        ("year", date(2026, 1, 1), 1, date(2025, 1, 1), date(2025, 12, 31)),
        ("year", date(2026, 1, 15), 2, date(2024, 2, 1), date(2025, 1, 31)),
        ("year", date(2026, 2, 1), 2, date(2025, 2, 1), date(2026, 1, 31)),
    ],
)
def test_last_full_period(
    cadence: Cadence, before: date, fiscal: int, first: date, last: date
) -> None:
    """The last one that ended before the day, by fiscal years."""
    assert (first, last) == last_full_period(cadence, before, fiscal)


def test_quotas() -> None:
    """A multiple of what was booked in the period's days, by month, quarter and year."""
    told = quotas_by_rule(
        QuotaRule("quarter", 1.5), WON, start=date(2026, 4, 1), fiscal_year_start=1
    )
    assert {"Ana": Quota(month=900.0, quarter=2_700.0, year=10_800.0)} == told


def test_quotas_of_a_month_and_a_year() -> None:
    """Quotas of other cadences are in proportion to their months."""
    month = quotas_by_rule(
        QuotaRule("month", 1.0), WON, start=date(2026, 3, 5), fiscal_year_start=1
    )
    assert {"Ana": Quota(month=600.0, quarter=1_800.0, year=7_200.0)} == month
    year = quotas_by_rule(QuotaRule("year", 1.0), WON, start=date(2026, 2, 1), fiscal_year_start=2)
    assert {"Ana": 5_300.0, "Bo": 240.0} == {rep: quota.year for rep, quota in year.items()}


def test_a_year_whose_bookings_are_not_all_known_has_no_quota() -> None:
    """Of the year under way only what was booked since March is known: no chance is told of it."""
    told = quotas_by_rule(
        QuotaRule("month", 1.0),
        WON,
        start=date(2026, 4, 1),
        fiscal_year_start=1,
        observed_from=date(2026, 3, 1),
    )
    for quota in told.values():
        assert isinstance(quota.year, dict)
        assert {"2026", ""} == set(quota.year)
        assert 0.0 == quota.year["2026"]
        assert not isinstance(quota.quarter, dict)
    assert told


def test_a_period_that_is_not_all_known_makes_no_quotas() -> None:
    """Two months of bookings are no quarter's."""
    with pytest.raises(ArgumentError, match="began on 2026-01-01, bookings are known from 2026-02"):
        quotas_by_rule(
            QuotaRule("quarter", 1.0),
            WON,
            start=date(2026, 4, 1),
            fiscal_year_start=1,
            observed_from=date(2026, 2, 1),
        )
