"""Time in sentences and labelled tables: how much of it to keep for prospecting."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import polars as pl

from quotarisk.analysis.answers import Answer
from quotarisk.periods import CADENCES
from quotarisk.reporting.best_choices import BY, GAIN, GAIN_CAPTIONS, HALVES, tell_best
from quotarisk.reporting.formats import MISSING, Z_95, speak_money, write_change, write_error
from quotarisk.reporting.outcomes import (
    CHANCES,
    MEAN,
    P10,
    PERIOD,
    PICTURE,
    PICTURE_CAPTION,
    SPREAD,
    answered,
    changes_of,
    draw_row,
    largest_error,
)
from quotarisk.reporting.reply import Reply
from quotarisk.reporting.tables import GROUP, LEVEL, Column, Table
from quotarisk.reporting.units import with_units
from quotarisk.scenario.scenario import Scenario

Row = Mapping[str, Any]
TIME_TABLES = ("time", "best", "hour")
MOST_CURVES = 3  # reps of whom every share is shown to people; of more the team's alone
_LEAST = 0.005  # of a correlation, that is not written as nothing
_NOTABLE = 0.05  # correlation from which on months are said to depend on each other
DIFFERS = "differs"  # from rep to rep: today's share of a group or the team
WHO = Column("unit", "who", "text", "The team, a group or a rep.")
SHARE = Column("share", "kept %", "percent", "Share of the hours kept for prospecting.")
HOURS = Column("kept_hours", "hours a week", "count", "Kept for prospecting.", rank=6)
UNEVEN = Column(
    "variation",
    "uneven %",
    "percent",
    "Standard deviation of a month around what is expected of it, over an average month.",
    "variation_se",
    rank=3,
)
NEXT = Column(
    "autocorrelation",
    "next month",
    "number",
    "Correlation of a month and the next, ramp and season left out.",
    "autocorrelation_se",
    rank=4,
)
USE = Column("use", "an hour more for", "text", "Prospecting, or open deals before it.")
CHANGES = tuple(
    replace(change, label=chance.label)
    for chance, change in zip(CHANCES, changes_of(CHANCES), strict=True)
)
(MORE,) = changes_of((MEAN,))
CAPTIONS = (
    (("kept",), "Kept: share of the hours that goes to prospecting, however busy."),
    (
        ("variation",),
        "Uneven: how far a month lies from what is expected of it, over an average month.",
    ),
    (
        ("autocorrelation",),
        "Next month: its correlation with the one before; above 0 good months come together.",
    ),
    (("sd",), "Spread: standard deviation of bookings."),
    (("p10",), "P10: bookings fall below it in 1 of 10 futures."),
    PICTURE_CAPTION,
)


def _kept(row: Row) -> str:
    """Write a share, and whether it is today's."""
    told = DIFFERS if row["share"] is None else f"{100 * row['share']:3.0f}"
    return f"{told} today" if row["today"] else told


def full_time_table(answer: Answer, scenario: Scenario) -> Table:
    """What comes of every share? What programs get."""
    frame = with_units(answer.frame, scenario)
    columns = (
        LEVEL, WHO, GROUP, SHARE,
        Column("today", "today", "text", "Whether it is today's share."),
        HOURS, PERIOD, MEAN, SPREAD, P10, *CHANCES, *changes_of((MEAN, SPREAD, *CHANCES)),
        UNEVEN, NEXT,
    )  # fmt: skip
    return Table("time", answer.question, answered(columns, frame), frame, scenario.currency)


def brief_time_table(answer: Answer, scenario: Scenario, *, with_chart: bool) -> Table:
    """What comes of each share? Of a few reps for each, of more for the team."""
    reps = answer.frame.filter(level="rep")
    few = reps["name"].n_unique() <= MOST_CURVES
    frame = with_units(reps if few else answer.frame.filter(level="team"), scenario)
    rows = list(frame.iter_rows(named=True))
    frame = frame.with_columns(
        pl.Series("kept", [_kept(row) for row in rows], pl.String),
        pl.Series("picture", [draw_row(row) for row in rows], pl.String),
        # no -0.00
        pl.when(pl.col("autocorrelation").abs() < _LEAST)
        .then(0.0)
        .otherwise("autocorrelation")
        .alias("autocorrelation"),
    )
    chances = answered(CHANCES, frame)
    error = largest_error(frame, chances) if chances else ""
    amounts = (MEAN, replace(SPREAD, rank=8), replace(P10, rank=7))
    columns = (
        WHO, Column("kept", SHARE.label, "text", SHARE.note), HOURS,
        *(replace(column, error="") for column in (*chances, *amounts, UNEVEN, NEXT)),
        *((PICTURE,) if with_chart and error else ()),
    )  # fmt: skip
    return Table(
        "time",
        "What comes of keeping more or less?",
        columns,
        frame,
        scenario.currency,
        (
            (tuple(c.key for c in chances), f"P(hit) in %, {error} at most." if error else ""),
            (
                ("mean",),
                f"Mean of {frame['period'][0]} in {scenario.currency}, "
                f"{largest_error(frame, [MEAN])} at most.",
            ),
            *CAPTIONS,
        ),
    )


def _for_people(frame: pl.DataFrame, scenario: Scenario) -> pl.DataFrame:
    """Leave out groups, which programs get, and the team where it is but one rep."""
    levels = ("rep",) if len(scenario.reps) == 1 else ("rep", "team")
    return frame.filter(pl.col("level").is_in(levels))


def _write_range(row: Row) -> str:
    """Write which shares are as good; a dash where today's unlike ones are alone."""
    low, high = row["share_from"], row["share_to"]
    if low is None:
        return MISSING
    return f"{100 * low:.0f}" if low == high else f"{100 * low:.0f}-{100 * high:.0f}"


def best_share_table(answer: Answer, scenario: Scenario, *, in_full: bool) -> Table:
    """Which share is hit most often, by each cadence?"""
    frame = with_units(answer.parts["best"], scenario)
    today = Column("share_today", "today %", "percent", "Share of the hours that is kept.")
    best = Column(
        "share", "best %", "percent", "Of the shares that are as good the nearest to today's."
    )
    columns: tuple[Column, ...] = (
        LEVEL, WHO, GROUP, BY, today, best,
        Column("share_from", "as good from %", "percent", "The least share that is as good."),
        Column("share_to", "to %", "percent", "The largest share that is as good."),
        *GAIN,
    )  # fmt: skip
    if not in_full:
        frame = _for_people(frame, scenario)
        ranges = [_write_range(row) for row in frame.iter_rows(named=True)]
        frame = frame.with_columns(
            pl.lit("today").alias("share_told"), pl.lit(DIFFERS).alias("today_told"),
            pl.Series("alike", ranges, pl.String),
        )  # fmt: skip
        columns = (
            WHO, BY, replace(today, instead="today_told"), replace(best, instead="share_told"),
            Column("alike", "as good", "text", "Shares that are hit as often as any."), *GAIN,
        )  # fmt: skip
    captions = (
        *GAIN_CAPTIONS,
        (("share",), "Shares of the hours that are kept."),
        (
            ("alike",),
            "As good: hit as often as any, within 2 standard errors; best: of these the nearest "
            "to today's.",
        ),
    )
    return Table("best", answer.question, columns, frame, scenario.currency, captions)


def hour_table(answer: Answer, scenario: Scenario, *, in_full: bool) -> Table:
    """What is an hour more a week worth?"""
    frame = with_units(answer.parts["hour"], scenario)
    some = (
        Column("reps", "reps", "whole", "Who each work an hour more.", rank=3),
        Column("hours", "hours", "number", "Of work a week of all of them today.", rank=4),
    )
    where = (LEVEL, WHO, GROUP) if in_full else (WHO,)
    if not in_full:
        frame = _for_people(frame, scenario)
    columns = (*where, USE, *some, MORE, *answered(CHANGES, frame))
    period = frame["period"][0]
    captions = (
        (("mean_change",), f"Change of expected bookings of {period} in {scenario.currency}."),
        (tuple(c.key for c in CHANGES), "P(hit): its change in points, ± half a 95 % interval."),
        (
            ("use",),
            "For open deals: these have the first claim to the hour, and what they leave of it "
            "goes to prospecting.",
        ),
    )
    title = "What is an hour more a week worth?"
    return Table("hour", title, columns, frame, scenario.currency, captions)


def _percent(share: float | None) -> str:
    return "what each keeps today" if share is None else f"{100 * share:.0f} %"


def _hour_sentence(answer: Answer, currency: str) -> Iterator[str]:
    """To whom is an hour more worth most, and for what?"""
    hours = answer.parts["hour"].filter(level="rep")
    row = hours.sort("mean_change", descending=True, maintain_order=True).row(0, named=True)
    error = write_error(row["mean_change_se"], "money")
    most = "" if hours["name"].n_unique() == 1 else ", most of all reps"
    told = (
        f"An hour more a week for {row['use']} is worth {speak_money(row['mean_change'])} "
        f"{currency} {error} of bookings in {row['period']} to {row['name']}{most}"
    )
    for cadence in reversed(CADENCES):
        if row.get(f"p_hit_{cadence}_change") is not None:
            points = write_error(row[f"p_hit_{cadence}_change_se"], "points")
            change = write_change(row[f"p_hit_{cadence}_change"])
            told += f", and {change} points {points} by the {cadence}"
            break
    yield f"{told}."


def _rhythm_sentence(frame: pl.DataFrame) -> Iterator[str]:
    """Do good months follow good ones today, or take turns with bad ones? Of whom most?"""
    today = frame.filter(level="rep", today=True).drop_nulls("autocorrelation")
    if today.is_empty():
        return
    size = pl.col("autocorrelation").abs()
    ranked = today.sort(size, descending=True, maintain_order=True)
    clear = ranked.filter(size >= _NOTABLE, size >= Z_95 * pl.col("autocorrelation_se"))
    row = (ranked if clear.is_empty() else clear).row(0, named=True)
    link = f"correlation of a month and the next {row['autocorrelation']:+.2f}"
    uneven = f"a month lies {100 * row['variation']:.0f} % from what is expected of it"
    if clear.is_empty():
        yield (
            f"No feast and famine: good months follow good and bad ones alike ({link} at most, of "
            f"{row['name']}, where {uneven})."
        )
        return
    how = "good months come together" if row["autocorrelation"] > 0 else "good and bad take turns"
    most = "" if today.height == 1 else " most of all"
    yield f"Feast and famine{most} of {row['name']}: {how} ({link}), and {uneven}."


def time_sentences(answer: Answer, scenario: Scenario) -> tuple[str, ...]:
    """Who would hit more often with which share, and what is an hour more worth?"""
    best = answer.parts["best"].filter(level="rep")

    def chosen(row: Row) -> str:
        alike = (
            "" if row["share_from"] == row["share_to"] else f" ({_write_range(row)} % are as good)"
        )
        return (
            f"with {_percent(row['share'])} of the hours kept for prospecting instead of "
            f"{_percent(row['share_today'])}{alike}"
        )

    return (
        *tell_best(best, "share", chosen),
        *_hour_sentence(answer, scenario.currency),
        *_rhythm_sentence(answer.frame),
    )


def time_reply(
    answer: Answer, scenario: Scenario, *, in_full: bool = True, with_chart: bool = False
) -> Reply:
    """What does time say, in sentences and labelled tables?

    Parameters
    ----------
    answer
        From `trace_time`.
    scenario
        What it is about.
    in_full
        Whether every share of everybody is listed, first of all.
    with_chart
        Whether a line of characters shows the chances of each share, where the letters are of
        one width.
    """
    best = best_share_table(answer, scenario, in_full=in_full)
    hour = hour_table(answer, scenario, in_full=in_full)
    if in_full:
        tables: tuple[Table, ...] = (full_time_table(answer, scenario), best, hour)
    else:
        brief = brief_time_table(answer, scenario, with_chart=with_chart)
        tables = tuple(table for table in (best, brief, hour) if table.frame.height)
    return Reply(
        title=scenario.name,
        sentences=time_sentences(answer, scenario),
        tables=tables,
        cautions=answer.cautions,
        notes=(answer.note, HALVES),
        provenance=answer.provenance,
        currency=scenario.currency,
    )
