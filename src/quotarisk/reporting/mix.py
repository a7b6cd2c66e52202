"""Mixes in sentences and labelled tables: which blend of segments, and what one deal weighs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import polars as pl

from quotarisk.analysis.answers import Answer
from quotarisk.analysis.mix_frames import SHARE
from quotarisk.reporting.best_choices import BY, GAIN, GAIN_CAPTIONS, HALVES, tell_best
from quotarisk.reporting.concentration import concentration_sentences, concentration_table
from quotarisk.reporting.formats import MISSING
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
from quotarisk.reporting.tables import GROUP, Column, Table
from quotarisk.scenario.scenario import Scenario

MIX_TABLES = ("mix", "best", "concentration")
MOST_CURVES = 3  # reps of whom every mix is shown to people
MOST_ON_CURVE = 13  # mixes of such a rep
MOST_ON_FRONTIER = 5  # mixes of the frontier that are shown of any other
REP = Column("name", "rep", "text", "Who sells.")
MOVED = Column("moved", "of", "text", "What is moved: hours, opportunities or their worth.")
MADE = Column("made", "made", "multiple", "Opportunities made, as a multiple of today's.")
MIX = Column("mix", "mix", "text", "Shares of the segments.")
AS_GOOD = Column("as_good", "as good", "whole", "Mixes that are hit as often as any.", rank=3)


def _short(row: Mapping[str, Any], segments: Sequence[str]) -> str:
    """Write a mix as 60/40, with a dash for what is not sold."""
    shares = (row[f"{SHARE}{segment}"] for segment in segments)
    return "/".join(MISSING if share is None else f"{100 * share:.0f}" for share in shares)


def _segments(frame: pl.DataFrame) -> list[str]:
    return [key.removeprefix(SHARE) for key in frame.columns if key.startswith(SHARE)]


def _shares(segments: Sequence[str]) -> tuple[Column, ...]:
    return tuple(
        Column(f"{SHARE}{segment}", segment, "percent", f"Share of {segment} in the mix.")
        for segment in segments
    )


def full_mix_table(answer: Answer, scenario: Scenario) -> Table:
    """What comes of every mix? What programs get."""
    frame = answer.frame
    flags = (
        Column("frontier", "frontier", "text", "Whether no other mix beats it in both."),
        Column("differs", "differs", "text", "Whether it clearly differs from today's."),
        Column("beats_today", "beats today", "text", "Clearly more mean and less spread."),
    )
    columns = (
        REP, GROUP, Column("point", "number", "whole", "Of the mix."),
        Column("today", "today", "text", "Whether it is today's mix."), MIX,
        *_shares(_segments(frame)), MOVED, MADE,
        PERIOD, MEAN, SPREAD, P10, *CHANCES, *changes_of((MEAN, SPREAD, *CHANCES)), *flags,
    )  # fmt: skip
    return Table("mix", answer.question, answered(columns, frame), frame, scenario.currency)


def _thinned(rows: pl.DataFrame) -> pl.DataFrame:
    """Keep today's mix and a few of the frontier, its ends among them."""
    points = rows.filter("frontier").sort("sd")["point"].to_list()
    last = max(len(points) - 1, 1)
    most = min(len(points), MOST_ON_FRONTIER)
    picked = [points[round(n * last / max(most - 1, 1))] for n in range(most)]
    return rows.filter(pl.col("today") | pl.col("point").is_in(picked))


def _which(row: Mapping[str, Any]) -> str:
    """Say whether a mix is on the frontier, or where it is only luck that it is another."""
    if not row["today"] and not row["differs"]:
        return "no clear change"
    return "frontier" if row["frontier"] else ""


def brief_mix_table(answer: Answer, scenario: Scenario, *, with_chart: bool) -> Table:
    """What comes of the mixes that matter? For people: the frontier, and today's place."""
    frame, segments = answer.frame, _segments(answer.frame)
    few = frame["name"].n_unique() <= MOST_CURVES
    kept = [
        rows if few and rows.height <= MOST_ON_CURVE else _thinned(rows)
        for _, rows in frame.group_by("name", maintain_order=True)
    ]
    shown = pl.concat(kept) if kept else frame
    rows = list(shown.iter_rows(named=True))
    shown = shown.with_columns(
        pl.Series(
            "short", [_short(row, segments) + " today" * row["today"] for row in rows], pl.String
        ),
        pl.Series("which", [_which(row) for row in rows], pl.String),
        pl.Series("picture", [draw_row(row) for row in rows], pl.String),
    )
    chances, amounts = answered(CHANCES, frame), (MEAN, SPREAD, P10)
    error = largest_error(shown, chances) if chances else ""
    errors = {column.key: f"{largest_error(shown, [column])} at most" for column in amounts}
    of = "" if frame.is_empty() else f" of {frame['period'][0]}"
    columns = (
        REP, Column("short", "mix %", "text", "Shares of the segments."),
        Column("which", "which", "text", "On the frontier, or as today's.", rank=5),
        *(replace(column, error="") for column in (MEAN, SPREAD, replace(P10, rank=3), *chances)),
        *((PICTURE,) if with_chart and error else ()),
    )  # fmt: skip
    return Table(
        "mix",
        "What comes of other mixes?",
        columns,
        shown,
        scenario.currency,
        (
            (("short",), f"Mix: {' / '.join(segments)}."),
            (
                ("which",),
                "Frontier: no other mix has as high a mean with as little spread. No clear change: "
                "mean and spread are within 2 standard errors of today's.",
            ),
            (("mean",), f"Mean{of} in {scenario.currency}, {errors['mean']}."),
            (("sd",), f"Spread: standard deviation, {errors['sd']}."),
            (("p10",), f"P10: less in 1 of 10 futures, {errors['p10']}."),
            (tuple(c.key for c in chances), f"P(hit) in %, {error} at most." if error else ""),
            PICTURE_CAPTION,
        ),
    )


def best_table(answer: Answer, scenario: Scenario, *, in_full: bool) -> Table:
    """Which mix is hit most often by each cadence?"""
    frame = answer.parts["best"]
    segments = _segments(frame)
    if in_full:
        today = Column("mix_today", "mix today", "text", "Shares of the segments as they are.")
        columns = (REP, GROUP, BY, today, MIX, *_shares(segments), MOVED, MADE, AS_GOOD, *GAIN)
        return Table("best", answer.question, columns, frame, scenario.currency, GAIN_CAPTIONS)
    rows = answer.frame.filter("today").iter_rows(named=True)
    todays = {row["name"]: _short(row, segments) for row in rows}
    rows = frame.iter_rows(named=True)
    frame = frame.with_columns(
        pl.Series("short_today", [todays[name] for name in frame["name"]], pl.String),
        pl.Series("short", [_short(row, segments) for row in rows], pl.String),
    )
    moved = sorted(set(frame["moved"]))
    columns = (
        REP, BY,
        Column("short_today", "today %", "text", "Shares of the segments as they are."),
        Column("short", "best %", "text", "Shares of the segments that are hit most often."),
        *((MOVED,) if len(moved) > 1 else ()), *GAIN, AS_GOOD,
    )  # fmt: skip
    of = f" of {moved[0]}" if len(moved) == 1 else ""
    return Table(
        "best",
        answer.question,
        columns,
        frame,
        scenario.currency,
        (
            *GAIN_CAPTIONS,
            (("short",), f"Mix: shares{of} in {' / '.join(segments)}."),
            (("moved",), "Of: what is moved between segments, the total kept."),
            (("as_good",), "As good: mixes that are hit as often, within 2 standard errors."),
        ),
    )


def _frontier_sentence(frame: pl.DataFrame) -> str:
    beaten = frame.filter("beats_today")["name"].n_unique()
    reps = frame["name"].n_unique()
    both = "both in the mean and in the spread"
    if not beaten:
        return f"No mix is clearly better than today's {both}."
    whom = "today's" if reps == 1 else f"today's of {beaten:,} of {reps:,} reps"
    sooner = " As all are worth the same, the mean is higher by what is booked sooner."
    return f"Another mix is clearly better than {whom} {both}." + (
        sooner if set(frame["moved"]) == {"worth"} else ""
    )


_OF_ALL = {  # under which condition a mix can be had, where that is but assumed
    "opportunities": "mix (if one opportunity took as much work as another)",
    "worth": "mix of the same worth",
}
_OF_ONE = {
    "opportunities": ", if one opportunity took as much work as another",
    "worth": ", both worth the same",
}


def _tell_best(best: pl.DataFrame) -> Iterator[str]:
    """Say who would hit more often with which mix, and what that takes for granted."""
    moved, reps = set(best["moved"]), best["name"].n_unique()
    what = next((told for key, told in _OF_ALL.items() if key in moved), "mix")

    def chosen(row: Mapping[str, Any]) -> str:
        granted = _OF_ONE.get(row["moved"], "") if reps == 1 else ""
        return f"with {row['mix']} instead of {row['mix_today']}{granted}"

    yield from tell_best(best, what, chosen)


def mix_sentences(answer: Answer, scenario: Scenario) -> tuple[str, ...]:
    """Who would hit more often with which mix, and what does the largest open deal weigh?"""
    told: list[str] = []
    if answer.frame.is_empty():
        told.append("No rep makes opportunities in two segments: there is no mix to move.")
    else:
        told += _tell_best(answer.parts["best"])
        told.append(_frontier_sentence(answer.frame))
    told += concentration_sentences(answer.parts["concentration"], scenario)
    return tuple(told)


def mix_reply(
    answer: Answer, scenario: Scenario, *, in_full: bool = True, with_chart: bool = False
) -> Reply:
    """What do mixes say, in sentences and labelled tables?

    Parameters
    ----------
    answer
        From `trace_mix`.
    scenario
        What it is about.
    in_full
        Whether every mix is listed, first of all, and every table is there, though it be empty;
        else the frontier, and tables that hold something.
    with_chart
        Whether a line of characters shows the chances of each mix, where the letters are of one
        width.
    """
    best = best_table(answer, scenario, in_full=in_full)
    deals = answer.parts["concentration"]
    concentration = concentration_table(deals, scenario, in_full=in_full)
    if in_full:
        tables: tuple[Table, ...] = (full_mix_table(answer, scenario), best, concentration)
    else:
        brief = brief_mix_table(answer, scenario, with_chart=with_chart)
        tables = tuple(table for table in (best, brief, concentration) if table.frame.height)
    return Reply(
        title=scenario.name,
        sentences=mix_sentences(answer, scenario),
        tables=tables,
        cautions=answer.cautions,
        notes=(answer.note, HALVES),
        provenance=answer.provenance,
        currency=scenario.currency,
    )
