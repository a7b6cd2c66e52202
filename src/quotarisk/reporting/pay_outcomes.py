"""What is had for pay, at a glance: deals, what they are worth, and what behaviour would change."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import polars as pl

from quotarisk.analysis.answers import Answer
from quotarisk.reporting.pay_columns import (
    BOOKINGS,
    P_HIT,
    PAY,
    PLAN,
    TITLES,
    change_of,
    with_error,
)
from quotarisk.reporting.pay_glance import at_most, name_sum, plan_columns, widest, without_zeros
from quotarisk.reporting.tables import Column, Table
from quotarisk.scenario.scenario import Scenario

_REASON = Column("reason", "assumed, and who found it", "text", "How far it goes is assumed.")


def _without_doubles(frame: pl.DataFrame) -> pl.DataFrame:
    """Leave out what is told twice: a channel that is the only one of a segment or of all."""
    only = pl.col("channel").n_unique().over("level", "segment", "plan") == 2
    frame = frame.filter(~(only & (pl.col("channel") != "all")))
    alone = frame["segment"].drop_nulls().n_unique() == 1
    return frame.filter(level="segment") if alone else frame


def efficiency_table(answer: Answer, scenario: Scenario) -> Table:
    """What does a won deal cost, and what is it worth?"""
    frame = _without_doubles(answer.parts["efficiency"])
    whole = name_sum(answer.frame, scenario)
    words = [whole if segment is None else segment for segment in frame["segment"]]
    frame = frame.with_columns(pl.Series("of", words, pl.String))
    columns = (
        Column("of", "deals", "text", "The kind of deal, or all."),
        Column("channel", "channel", "text", "Made by reps, inbound, or all."),
        *plan_columns(frame, PLAN),
        Column("wins", "wins", "number", "Deals won in the period.", rank=1),
        Column("spend", "spend", "money", "Programme spend on opportunities.", rank=2),
        Column("pay", "pay", "money", "Pay that goes with them.", rank=2),
        Column("cac", "CAC", "money", "Spend and pay by deals won.", "cac_se"),
        Column("cac_p10", "P10", "money", "Lower in 1 of 10 futures."),
        Column("cac_p90", "P90", "money", "Higher in 1 of 10 futures."),
        Column("average_deal", "average deal", "money", "Bookings by deals won.", rank=1),
        Column("ltv_to_cac", "LTV to CAC", "multiple", "Lifetime value by spend and pay.",
               "ltv_to_cac_se"),
        Column("ltv_to_cac_p10", "LTV P10", "multiple", "Lower in 1 of 10 futures.", rank=3),
        Column("ltv_to_cac_p90", "LTV P90", "multiple", "Higher in 1 of 10 futures.", rank=3),
        Column("velocity", "velocity", "money", "Bookings a week by the days of a won cycle.",
               rank=1),
    )  # fmt: skip
    period = frame["period"][0]
    ends = at_most(frame, with_error(Column("cac_p90", "P90", "money", "")))
    return Table(
        "efficiency", TITLES["efficiency"], columns, frame, scenario.currency,
        (
            (("cac",), f"CAC: programme spend and pay of {period} by deals won, in "
             f"{scenario.currency}, ± half a 95 % interval; P10 and P90 of futures{ends}."),
            (("ltv_to_cac",), "LTV to CAC: lifetime value by spend and pay."),
            (("velocity",), "Velocity: bookings a week by the days of a won cycle."),
        ),
    )  # fmt: skip


def behaviour_table(answer: Answer, scenario: Scenario, *, in_columns: bool) -> Table:
    """What if people acted on how they are paid? Of the team, or of the only rep.

    Parameters
    ----------
    answer, scenario
        From `price_plans`, and what it is about.
    in_columns
        Whether what is assumed is a column, which a screen tells in full below; else captions.
    """
    frame = widest(answer.parts["behaviour"])
    told = pl.col("source") != ""
    why = pl.format("{}. {}.", pl.col("assumptions"), pl.col("source"))
    frame = frame.with_columns(pl.when(told).then(why).alias("reason"))
    changes = [
        replace(
            with_error(change_of(column, "that of exposure only")), label=f"{column.label} change"
        )
        for column in (PAY, BOOKINGS, P_HIT)
    ]
    frame = without_zeros(frame, *(column.key for column in changes))
    columns = (
        Column("behaviour", "behaviour", "text", "What people are assumed to do."),
        *plan_columns(frame, PLAN), *(
            column
            for level, change in zip((PAY, BOOKINGS, P_HIT), changes, strict=True)
            for column in (replace(level, rank=1), change)
        ),
        *((_REASON,) if in_columns else ()),
    )  # fmt: skip
    period = frame["period"][0]
    reasons = frame.drop_nulls("reason").unique("behaviour", maintain_order=True)
    words = [f"{row['behaviour']}: {row['reason']}" for row in reasons.iter_rows(named=True)]
    return Table(
        "behaviour", TITLES["behaviour"], columns, frame, scenario.currency,
        ((("behaviour",), f"Amounts of {period} in {scenario.currency}; P(hit) in %, its change in "
          "points; ± half a 95 % interval."),
         *((("behaviour",), text) for text in words if not in_columns)),
    )  # fmt: skip


def outcome_tables(answer: Answer, scenario: Scenario, *, in_columns: bool) -> Iterator[Table]:
    """Tables of what is had for pay; those that were not asked for are left out."""
    if answer.parts["efficiency"].height:
        yield efficiency_table(answer, scenario)
    if "behaviour" in answer.parts:
        yield behaviour_table(answer, scenario, in_columns=in_columns)
