"""The plans of the team and its groups: a row for each fiscal year, with its quarters."""

from __future__ import annotations

from dataclasses import replace

import polars as pl

from quotarisk.periods import CADENCES, Cadence, Period
from quotarisk.reporting.namesakes import name_unit
from quotarisk.reporting.results import Results
from quotarisk.reporting.tables import Column, Table

AMOUNTS = ("quota", "p_hit", "p_hit_se", "mean", "mean_se", "p10", "p50", "p90")
QUARTERS = tuple(f"p_hit_q{number}" for number in (1, 2, 3, 4))

UNIT = Column("unit", "plan", "text", "The team, or a group.")
WHO = replace(UNIT, label="who")
WITHIN = Column("within", "period", "text", "The fiscal year, quarter or month.")
MONTHS = Column(
    "p_hit_month", "month", "share", "How likely a month's plan is hit: the mean over its months."
)
EACH_QUARTER = tuple(
    Column(key, key[-2:].upper(), "share", "How likely the quarter's plan is hit.", rank=3)
    for key in QUARTERS
)
QUOTA = Column("quota", "quota", "money", "What must be booked in the period.", rank=1)
MONEY = (
    Column("mean", "mean", "money", "Expected bookings of the period.", "mean_se", rank=4),
    Column("p10", "P10", "money", "Bookings fall below it in 1 of 10 futures.", rank=2),
    Column("p50", "P50", "money", "Bookings fall below it in half of the futures.", rank=2),
    Column("p90", "P90", "money", "Bookings fall below it in 9 of 10 futures.", rank=2),
)
QUESTION = "How likely are the team and its groups to make their plans?"


def _within(period: Period, longest: Cadence, fiscal_year_start: int) -> str | None:
    """Name the row that a period belongs to; none where it is not a part of any."""
    if longest == "year":
        next_year = fiscal_year_start > 1 and period.first.month >= fiscal_year_start
        return f"{period.first.year + next_year:04d}"
    return period.name if period.cadence == longest else None


def _rows_of(results: Results, periods: tuple[Period, ...], longest: Cadence) -> pl.DataFrame:
    """Tell which row every period belongs to."""
    start = results.scenario.fiscal_year_start
    found = {(period.cadence, period.name): _within(period, longest, start) for period in periods}
    if longest == "quarter":
        quarters = [period for period in periods if period.cadence == "quarter"]
        found |= {
            ("month", month): quarter.name for quarter in quarters for month in quarter.month_names
        }
    return pl.DataFrame(
        [(*key, within) for key, within in found.items() if within is not None],
        schema={"cadence": pl.String, "period": pl.String, "within": pl.String},
        orient="row",
    )


def _folded(frame: pl.DataFrame, longest: Cadence) -> pl.DataFrame:
    """Put the periods of a row side by side."""
    chance = pl.col("p_hit")
    return frame.group_by("level", "name", "within", maintain_order=True).agg(
        chance.filter(pl.col("cadence") == "month").mean().alias("p_hit_month"),
        *(
            chance.filter(
                (pl.col("cadence") == "quarter") & pl.col("period").str.ends_with(key[-2:].upper())
            )
            .first()
            .alias(key)
            for key in QUARTERS
        ),
        *(pl.col(key).filter(pl.col("cadence") == longest).first() for key in AMOUNTS),
    )


def plans_table(results: Results) -> Table:
    """How likely are the team and its groups to make their plans?

    A row is a fiscal year, with the quarters in it; a quarter or a month where the horizon
    holds no whole year or quarter. The team stands first. Without any quota there are bookings
    only.
    """
    frame = results.attainment.frame.filter(pl.col("level") != "rep").with_columns(
        pl.col("cadence", "period")
    )
    answered = set(zip(frame["cadence"], frame["period"], strict=True))
    periods = tuple(
        period
        for period in results.scenario.horizon.all_periods
        if (period.cadence, period.name) in answered
    )
    longest = max((period.cadence for period in periods), key=CADENCES.index, default=CADENCES[0])
    rows = _rows_of(results, periods, longest)
    folded = _folded(frame.join(rows, on=["cadence", "period"], maintain_order="left"), longest)
    units = [
        name_unit(level, name, results.scenario)
        for level, name in folded.select("level", "name").iter_rows()
    ]
    folded = folded.with_columns(pl.Series("unit", units, pl.String)).sort(
        pl.col("level") != "team", maintain_order=True
    )
    planned = frame["p_hit"].count() > 0
    columns: tuple[Column, ...] = (UNIT if planned else WHO,)
    names = folded["within"].unique()
    if len(names) > 1:
        columns += (WITHIN,)
    if planned and longest != "month":
        columns += (MONTHS,)
    if planned and longest == "year":
        columns += EACH_QUARTER
    chance = Column(
        "p_hit",
        names[0] if len(names) == 1 else longest,
        "share",
        f"How likely the {longest}'s plan is hit.",
        "p_hit_se",
    )
    return Table(
        "plans",
        QUESTION if planned else "What do the team and its groups book?",
        (*columns, chance, QUOTA, *MONEY) if planned else (*columns, *MONEY),
        folded,
        results.scenario.currency,
        (
            (("p_hit",), "P(hit) in %."),
            (("p_hit_month",), "Month: the mean of the months."),
            (("p10",), f"Amounts of the {longest} in {results.scenario.currency}."),
        ),
    )
