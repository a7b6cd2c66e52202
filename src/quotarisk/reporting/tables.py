"""Labelled tables: the one place where figures get their words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import polars as pl

from quotarisk.reporting.formats import (
    UNITS,
    Z_95,
    Format,
    write_error,
    write_points,
    write_value,
)
from quotarisk.reporting.results import Results

ABOUT_EVEN = "about even"
CHANCES = ("p_hit_month", "p_hit_quarter", "p_hit_year")


@dataclass(frozen=True)
class Column:
    """What a column means and how it is written.

    Parameters
    ----------
    key
        Its name in the frame.
    label
        Its heading.
    format
        How its figures are written.
    note
        What it means, in a sentence.
    error
        The column that holds its standard error; empty where there is none.
    of
        The column that holds the number which it is a part of, as months hit of 12.
    rank
        How important it is: where there is no room, the highest rank goes first, all of it; 0
        always stays.
    instead
        The column that holds a word for people where there is no figure; empty where there is none.
    """

    key: str
    label: str
    format: Format
    note: str
    error: str = ""
    of: str = ""
    rank: int = 0
    instead: str = ""

    @property
    def unit(self) -> str:
        """What its figures are in: ``%``, ``×``, ``currency`` or nothing."""
        return UNITS[self.format]


@dataclass(frozen=True)
class Table:
    """Columns with their figures.

    Parameters
    ----------
    key, title
        What it is called by programs and by people.
    columns
        What is shown, in order.
    frame
        The figures; it may hold columns that are not shown.
    currency
        What amounts are in.
    captions
        How it is read: what each sentence is about, as keys of columns, and the sentence.
    """

    key: str
    title: str
    columns: tuple[Column, ...]
    frame: pl.DataFrame = field(repr=False)
    currency: str
    captions: tuple[tuple[tuple[str, ...], str], ...] = ()


def write_cell(column: Column, row: Mapping[str, object]) -> tuple[str, str]:
    """How are a figure and its error written? The error is empty where there is none.

    A share so near to 0 or 1 that it is written as ``<0.1`` or ``>99.9`` says all by itself; one
    that is exactly 0 or 1 and has no error, by what the scenario is, is written as 0 or 100.
    """
    value = row[column.key]
    if value is None and column.instead:
        return write_value(row[column.instead], "text"), ""
    if column.format in ("share", "percent") and value in (0, 1) and row.get(column.error) == 0:
        return write_value(value, "percent"), ""
    text = write_value(value, column.format)
    if column.of and value is not None:
        text = f"{text}/{row[column.of]}"
    se = row.get(column.error) if value is not None and text[0] not in "<>" else None
    return text, write_error(se, column.format) if isinstance(se, float) else ""


LEVEL = Column("level", "level", "text", "Rep, group or team.")
NAME = Column("name", "name", "text", "Who is meant.")
GROUP = Column("group", "group", "text", "The group that the rep belongs to.", rank=7)

ATTAINMENT = (
    LEVEL,
    NAME,
    Column("cadence", "cadence", "text", "Month, quarter or fiscal year."),
    Column("period", "period", "text", "The month, quarter or fiscal year."),
    Column("quota", "quota", "money", "What must be booked in the period."),
    Column("p_hit", "P(hit)", "share", "How likely bookings reach the quota.", "p_hit_se"),
    Column("mean", "mean", "money", "Expected bookings.", "mean_se"),
    Column("sd", "spread", "money", "Standard deviation of bookings.", "sd_se"),
    Column("p10", "P10", "money", "Bookings fall below it in 1 of 10 futures.", "p10_se"),
    Column("p50", "P50", "money", "Bookings fall below it in half of the futures.", "p50_se"),
    Column("p90", "P90", "money", "Bookings fall below it in 9 of 10 futures.", "p90_se"),
    Column(
        "shortfall",
        "shortfall",
        "money",
        "What is missing on average where the quota is missed.",
        "shortfall_se",
    ),
    GROUP,
    Column("p_hit_exact", "P(hit) exact", "share", "P(hit) by exact calculation."),
    Column(
        "p_hit_z", "P(hit) off by", "number", "Simulated less exact P(hit), in standard errors."
    ),
    Column("mean_exact", "mean exact", "money", "Expected bookings by exact calculation."),
    Column("mean_z", "mean off by", "number", "Simulated less exact mean, in standard errors."),
)

REPS = (
    Column("name", "rep", "text", "Who sells."),
    GROUP,
    Column(
        "p_hit_month",
        "P(hit) month",
        "share",
        "How likely a month's quota is hit: the mean over months.",
        "p_hit_month_se",
    ),
    Column(
        "p_hit_quarter",
        "P(hit) quarter",
        "share",
        "How likely a quarter's quota is hit: the mean over quarters.",
        "p_hit_quarter_se",
    ),
    Column(
        "p_hit_year",
        "P(hit) year",
        "share",
        "How likely a fiscal year's quota is hit: the mean over years.",
        "p_hit_year_se",
        rank=6,
    ),
    Column(
        "verdict",
        "kinder cadence",
        "text",
        "Which cadence is hit more often, and by how many points; about even within two "
        "standard errors.",
        rank=1,
    ),
    Column(
        "crossover",
        "cross-over",
        "multiple",
        "With quotas above this multiple of today's the month is the kinder cadence.",
        "crossover_se",
        rank=9,
    ),
    Column(
        "months_hit", "months hit", "count", "Expected number of months hit.", of="months", rank=2
    ),
    Column(
        "quarters_hit",
        "quarters hit",
        "count",
        "Expected number of quarters hit.",
        of="quarters",
        rank=3,
    ),
    Column(
        "p_all_months",
        "all months",
        "share",
        "How likely every month is hit.",
        "p_all_months_se",
        rank=12,
    ),
    Column(
        "p_all_quarters",
        "all quarters",
        "share",
        "How likely every quarter is hit.",
        "p_all_quarters_se",
        rank=10,
    ),
    Column(
        "false_alarm",
        "false alarm",
        "share",
        "How likely a month is missed though its quarter is hit.",
        "false_alarm_se",
        rank=11,
    ),
    Column(
        "n_eff_month",
        "deals month",
        "number",
        "Effective deals a month: mean²/variance of bookings. Few of them make luck large.",
        rank=5,
    ),
    Column(
        "n_eff_quarter",
        "deals quarter",
        "number",
        "Effective deals a quarter: mean²/variance of bookings. Few of them make luck large.",
        rank=4,
    ),
    Column("mean_month", "mean month", "money", "Expected bookings a month.", rank=8),
)


def attainment_table(results: Results) -> Table:
    """How likely is each rep, each group and the team to hit each period?"""
    return Table(
        "attainment",
        results.attainment.question,
        ATTAINMENT,
        results.attainment.frame,
        results.scenario.currency,
    )


def is_about_even() -> pl.Expr:
    """Is the difference of two cadences too small to tell, with two standard errors?"""
    return pl.col("kinder_by") < Z_95 * pl.col("kinder_by_se")


def _verdict(row: dict[str, object]) -> str | None:
    by = row["kinder_by"]
    if not isinstance(by, float):
        return None
    return ABOUT_EVEN if row["even"] else f"{row['kinder']} +{write_points(by)}"


def reps_table(results: Results) -> Table:
    """Is a rep better measured by the month or by the quarter?

    The frame is the cadence answer's, with ``verdict`` in words and ``mean_month``.
    """
    cadence = results.cadence.frame
    verdicts = cadence.select("kinder", "kinder_by", even=is_about_even()).iter_rows(named=True)
    means = (
        results.attainment.frame.filter(level="rep", cadence="month")
        .group_by(pl.col("name"))
        .agg(mean_month=pl.col("mean").mean())
    )
    frame = cadence.with_columns(
        pl.Series("verdict", [_verdict(row) for row in verdicts], pl.String)
    ).join(means, on="name", how="left", maintain_order="left")
    return Table(
        "reps",
        results.cadence.question,
        REPS,
        frame,
        results.scenario.currency,
        (
            (CHANCES, "P(hit) in %, ± half a 95 % interval."),
            (
                ("verdict",),
                "Kinder: hit more often, by how many points; "
                f"{ABOUT_EVEN} within 2 standard errors.",
            ),
            (("n_eff_month", "n_eff_quarter"), "Deals: effective ones, mean²/variance."),
        ),
    )
