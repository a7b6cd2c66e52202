"""Quotas for a first look, made of what each rep booked: ``last-quarter*1.1``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl

from quotarisk.errors import ArgumentError
from quotarisk.periods import CADENCES, MONTHS_IN, Cadence, Horizon, add_months
from quotarisk.scenario.team import PeriodQuota, Quota

_RULE = re.compile(r"last-(?P<period>\w+)(?:\s*\*\s*(?P<factor>\d+(?:\.\d+)?))?")
_EXAMPLE = "last-quarter*1.1"


@dataclass(frozen=True)
class QuotaRule:
    """A multiple of what a rep booked in the last full month, quarter or year.

    Parameters
    ----------
    cadence
        Which period.
    factor
        The multiple.
    """

    cadence: Cadence
    factor: float

    def __str__(self) -> str:
        return f"{self.factor:g} times what each booked in the last full {self.cadence}"


def parse_quota_rule(text: str) -> QuotaRule:
    """Read a rule such as ``last-quarter*1.1``; ``last-period`` is the last quarter.

    Raises
    ------
    ArgumentError
        If it is no such rule.
    """
    found = _RULE.fullmatch(text.strip())
    word = {"period": "quarter"}.get(found["period"], found["period"]) if found else ""
    cadence = next((cadence for cadence in CADENCES if cadence == word), None)
    factor = float(found["factor"] or 1) if found else 0.0
    if cadence is None or not 0 < factor <= 100:
        raise ArgumentError(
            f"a rule for quotas reads like {_EXAMPLE}: last-month, last-quarter or last-year, "
            f"times a factor up to 100; got {text!r}"
        )
    return QuotaRule(cadence, factor)


def last_full_period(cadence: Cadence, before: date, fiscal_year_start: int) -> tuple[date, date]:
    """First and last day of the last month, quarter or year that ends before a day."""
    length = MONTHS_IN[cadence]
    first = before.replace(day=1)
    past = (first.month - fiscal_year_start) % length
    end = add_months(first, -past)
    return add_months(end, -length), end - timedelta(days=1)


def quotas_by_rule(
    rule: QuotaRule,
    won: pl.DataFrame,
    *,
    start: date,
    fiscal_year_start: int,
    observed_from: date = date.min,
) -> dict[str, Quota]:
    """What is each rep's quota by the rule? Reps who booked nothing then have none.

    Parameters
    ----------
    rule
        The rule.
    won
        Columns ``rep``, ``closed``, ``amount`` (in currency).
    start
        First day of the horizon: periods before it are past.
    fiscal_year_start
        Number of the month in which fiscal years begin.
    observed_from
        First day whose bookings are known. A quarter or year that is under way and began before
        gets no quota, since what was booked in it is not known.

    Raises
    ------
    ArgumentError
        If the last full period began before bookings are known.
    """
    first, last = last_full_period(rule.cadence, start, fiscal_year_start)
    if first < observed_from:
        raise ArgumentError(
            f"quotas cannot be {rule}: it began on {first}, bookings are known from {observed_from}"
        )
    booked = (
        won.filter(pl.col("closed").is_between(first, last))
        .group_by("rep")
        .agg(pl.col("amount").sum())
        .filter(pl.col("amount") > 0)
        .sort("rep")
    )
    horizon = Horizon(start, MONTHS_IN["year"], fiscal_year_start)

    def of(cadence: Cadence, amount: float) -> PeriodQuota:
        share = MONTHS_IN[cadence] / MONTHS_IN[rule.cadence]
        quota = round(amount * rule.factor * share, 2)
        now = horizon.periods(cadence)[0]
        unknown = horizon.began_before(now) and now.first < observed_from
        return {now.name: 0.0, "": quota} if unknown else quota

    return {
        rep: Quota(month=of("month", told), quarter=of("quarter", told), year=of("year", told))
        for rep, told in booked.iter_rows()
    }
