"""How much of the open pipeline is one deal: in a sentence, and unit by unit."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from quotarisk.reporting.best_choices import BY
from quotarisk.reporting.formats import speak_money, write_change, write_error, write_value
from quotarisk.reporting.tables import GROUP, LEVEL, Column, Table
from quotarisk.reporting.units import with_units
from quotarisk.scenario.scenario import Scenario
from quotarisk.wording import count_of

WHO = Column("unit", "who", "text", "The team, a group or a rep.")
COLUMNS = (
    Column("deals", "open deals", "whole", "How many are listed."),
    Column("open_amount", "amount", "money", "Of all of them together.", rank=3),
    Column("deal", "largest", "text", "The largest of them."),
    Column("amount", "its amount", "money", "Of the largest one.", rank=2),
    Column("amount_share", "share %", "percent", "Of the largest in the amount of all."),
    Column("p_hit", "P(hit)", "share", "How likely quotas are hit as it is.", "p_hit_se"),
    Column("p_hit_lost", "without it", "share", "If the largest is lost.", "p_hit_lost_se", rank=1),
    Column("change", "change", "points", "On the same futures.", "change_se"),
)
CAPTIONS = (
    (("p_hit",), "P(hit) in %, ± half a 95 % interval; changes in points."),
    (("amount_share",), "Share: of the amount of all open deals that are listed."),
)


def _longest(frame: pl.DataFrame) -> pl.DataFrame:
    """Keep each unit's longest cadence; units without a quota stay."""
    return frame.unique(["level", "name"], keep="last", maintain_order=True)


def concentration_table(frame: pl.DataFrame, scenario: Scenario, *, in_full: bool) -> Table:
    """What if the largest open deal is lost? Of the longest cadence for people."""
    named = with_units(frame, scenario)
    columns: tuple[Column, ...] = (WHO, BY, *COLUMNS)
    if in_full:
        owner = Column("rep", "rep", "text", "Whose the largest is.")
        kind = Column("segment", "segment", "text", "Of the largest.")
        columns = (LEVEL, WHO, GROUP, BY, *COLUMNS, owner, kind)
    else:
        named = _longest(named).sort(pl.col("level") != "team", maintain_order=True)
    title = "What if the largest open deal is lost?"
    return Table("concentration", title, columns, named, scenario.currency, CAPTIONS)


def concentration_sentences(frame: pl.DataFrame, scenario: Scenario) -> Iterator[str]:
    """What does the largest open deal weigh: of the team, or of the rep with most in one deal?"""
    longest = _longest(frame).drop_nulls("amount_share")
    team = longest.filter(level="team")
    rows = team if team.height else longest.sort("amount_share", descending=True)
    for row in rows.head(1).iter_rows(named=True):
        who = "The team" if row["level"] == "team" else row["name"]
        told = (
            f"{who} has {count_of(row['deals'], 'open deal')} of "
            f"{speak_money(row['open_amount'])} {scenario.currency}; the largest, {row['deal']}, "
            f"is {100 * row['amount_share']:.0f} % of that"
        )
        if row["p_hit"] is not None:
            then, now = (write_value(row[key], "share") for key in ("p_hit_lost", "p_hit"))
            error = write_error(row["change_se"], "points")
            told += (
                f": without it P(hit) of the {row['cadence']} is {then} % instead of {now} % "
                f"({write_change(row['change'])} points {error})"
            )
        yield f"{told}."
