"""The fan: how the team's bookings add up, against its plan."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import accumulate
from typing import Any

from quotarisk.analysis.curves import Curves
from quotarisk.periods import Cadence, Period, add_months
from quotarisk.reporting.charts import LEAST_POINTS, START, draw_fan
from quotarisk.reporting.formats import write_money
from quotarisk.reporting.results import Results
from quotarisk.reporting.tables import Column, Table, attainment_table, write_cell

MOST_QUARTERS = 8  # whose chances are written into the chart; those of years where there are more
FAN = (
    Column("month", "to the end of", "text", "The month up to which bookings are added up."),
    Column("p10", "P10", "money", "Bookings stay below it in 1 of 10 futures."),
    Column("p50", "P50", "money", "Bookings stay below it in half of the futures."),
    Column("p90", "P90", "money", "Bookings stay below it in 9 of 10 futures."),
    Column("plan", "quotas", "money", "The quotas of that time, added up."),
)
_DAY = timedelta(days=1)
Row = dict[str, Any]


@dataclass(frozen=True)
class Fan:
    """The chart, and what its legend must tell.

    Parameters
    ----------
    chart
        Its specification.
    since
        The day from which on bookings are added up.
    has_quotas, has_plans, has_chances
        Whether it shows quotas month by month, plans of years, and P(hit) where periods end.
    """

    chart: dict[str, Any] = field(repr=False)
    since: date
    has_quotas: bool
    has_plans: bool
    has_chances: bool


def fan_table(results: Results, curves: Curves) -> Table:
    """How do the team's bookings add up?"""
    currency = results.scenario.currency
    return Table(
        "fan",
        "How do the team's bookings add up?",
        FAN,
        curves.fan.filter(level="team"),
        currency,
        ((("p10",), f"Bookings since {curves.since} at a month's end, in {currency}."),),
    )


def _month(name: str) -> date:
    return date.fromisoformat(f"{name}-01")


def _drawn(column: Column, row: Row) -> Row:
    """Give a figure to draw, and the same in the words of the table."""
    amount = row[column.key]
    figure = None if amount is None else round(amount, 2)
    return {column.key: figure, f"{column.key}_told": write_cell(column, row)[0]}


def _rows(table: Table, since: date) -> list[Row]:
    """Rows of the chart; it opens at nothing where nothing was booked before."""
    rows: list[Row] = []
    told = list(table.frame.iter_rows(named=True))
    if told and _month(told[0]["month"]) == since:
        plan = None if told[0]["plan"] is None else 0.0
        opening: Row = {"p10": 0.0, "p50": 0.0, "p90": 0.0, "plan": plan}
        rows.append({"day": (since - _DAY).isoformat(), "month": START})
        for column in table.columns[1:]:
            rows[0] |= _drawn(column, opening)
    for row in told:
        last = add_months(_month(row["month"]), 1) - _DAY
        rows.append({"day": last.isoformat(), "month": row["month"]})
        for column in table.columns[1:]:
            rows[-1] |= _drawn(column, row)
    return rows


def _planned(results: Results, cadence: Cadence) -> list[tuple[Period, Row]]:
    """Periods of a cadence in which the team has a P(hit), with their rows."""
    rows = results.attainment.frame.filter(level="team", cadence=cadence).drop_nulls("p_hit")
    found = {row["period"]: row for row in rows.iter_rows(named=True)}
    periods = results.scenario.horizon.periods(cadence)
    return [(period, found[period.name]) for period in periods if period.name in found]


def chart_fan(results: Results, curves: Curves) -> Fan | None:
    """Draw the team's bookings to date, with P(hit) where quarters end and the years' plans.

    Returns
    -------
    Fan or None
        Nothing where no month is answered.
    """
    rows, currency = _rows(fan_table(results, curves), curves.since), results.scenario.currency
    if not rows:
        return None
    chance = next(column for column in attainment_table(results).columns if column.key == "p_hit")
    quarters, years = _planned(results, "quarter"), _planned(results, "year")
    ends = [
        {
            "day": (period.end - _DAY).isoformat(),
            "label": f"{period.name[5:] or period.name}\n{write_cell(chance, row)[0]} %",
        }
        for period, row in (quarters if 0 < len(quarters) <= MOST_QUARTERS else years)
    ]
    # plans add up as bookings do, if they begin with them
    plans = [
        {
            "day": (period.end - _DAY).isoformat(),
            "amount": round(total, 2),
            "told": f"{write_money(total)} {currency}",
        }
        for (period, _), total in zip(
            years, accumulate(row["quota"] for _, row in years), strict=True
        )
        if years[0][0].first == curves.since
    ]
    last = rows[-1]
    description = (
        f"The team's bookings to date, month by month: by {last['month']} they reach "
        f"{last['p10_told']} to {last['p90_told']} {currency} in 8 of 10 futures, "
        f"{last['p50_told']} in the middle. The figures are in the table below the chart."
    )
    return Fan(
        draw_fan(rows, ends, plans, currency=currency, description=description),
        since=curves.since,
        has_quotas=sum(row["plan"] is not None for row in rows) >= LEAST_POINTS,
        has_plans=bool(plans),
        has_chances=bool(ends),
    )
