"""Gaps in words: where each rep loses, how fast each sells, and what that rests on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import polars as pl

from quotarisk.analysis.answers import Answer
from quotarisk.analysis.differences import TOO_EARLY
from quotarisk.analysis.reference import Against
from quotarisk.reporting.bars import draw_sides
from quotarisk.reporting.formats import Format
from quotarisk.reporting.gap_sentences import (
    REST,
    gap_sentences,
    is_alone,
    write_factor,
    write_figure,
    write_needed,
)
from quotarisk.reporting.reply import Reply
from quotarisk.reporting.tables import GROUP, Column, Table
from quotarisk.scenario.scenario import Scenario

GAP_TABLES = ("gaps", "reps", "velocity", "evidence")
LABELS: dict[Against, str] = {"team": "team", "benchmark": "benchmark"}
_WORDS = {
    "opps_per_week": "opportunities made",
    "activities_per_week": "activities",
    "activities_per_hour": "activities",
    "inbound_opps_per_week": "inbound opportunities",
    "win_rate": "win rate",
    "deal_size": "mean deal size",
    "won_cycle_days": "days to win",
    "lost_cycle_days": "days to lose",
    "stall_rate": "never decided",
    "hours_per_week": "hours a week",
    "hours_per_open_deal": "hours a week per deal",
    "prospecting_share": "hours reserved",
}

REP = Column("name", "rep", "text", "Who sells.")
PERIOD = Column("period", "period", "text", "Month, quarter or fiscal year.", rank=9)
SURE = Column(
    "p_real", "sure %", "percent",
    "How likely the rep's figure really lies on that side of the other.", rank=1,
)  # fmt: skip
VERDICT = Column(
    "verdict", "verdict", "text",
    "Whether the rep's figure is lower or higher; below 90 % it is too early to tell.",
)  # fmt: skip
STATED = "stated"  # of figures without evidence: nothing is unsure about them
TO_TELL = "How many more would tell, if the difference stays as it is."
COSTS = Column(
    "points", "costs", "points",
    "Points of P(hit) that the rep would gain with the other figure; below 0: is ahead by.",
    "points_se",
)  # fmt: skip
BOOKINGS = Column(
    "amount", "in bookings", "money", "The same in mean bookings.", "amount_se", rank=4
)
BAR = Column("bar", "ahead │ loses", "text", "Ahead to the left, loses to the right.", rank=1)


def _sides(against: Against, *, in_full: bool) -> tuple[Column, ...]:
    """The rep's figure and the other: numbers with their unit, or in words."""
    other = f"That of {REST[against]}."
    if not in_full:
        return (
            Column("own_told", "own", "text", "The rep's figure."),
            Column("reference_told", LABELS[against], "text", other),
        )
    return (
        Column("own", "own", "number", "The rep's figure."),
        Column("reference", LABELS[against], "number", other),
        Column("difference", "apart", "number", "The rep's figure less the other.", rank=5),
        Column("unit", "unit", "text", "What both are in; a share is from 0 to 1."),
    )


def _needs(*, in_full: bool) -> tuple[Column, ...]:
    if not in_full:
        return (Column("needs", "to tell", "text", TO_TELL, rank=3),)
    return (
        Column("needed", "to tell", "whole", TO_TELL),
        Column("counted", "counted", "text", "What is counted."),
    )


def _sure(*, in_full: bool) -> Column:
    return SURE if in_full else replace(SURE, instead="sure_told")


def _gaps(against: Against, *, in_full: bool, with_bars: bool) -> tuple[Column, ...]:
    which = (
        (
            Column("factor", "in what", "text", "In what the rep differs."),
            Column("figure", "told by", "text", "The figure that it is told by."),
        )
        if in_full
        else (Column("what", "in what", "text", "In what the rep differs."),)
    )
    sure = replace(_sure(in_full=in_full), rank=2) if with_bars else _sure(in_full=in_full)
    return (
        REP, *which, *_sides(against, in_full=in_full), COSTS, *((BAR,) if with_bars else ()),
        VERDICT, sure, *_needs(in_full=in_full), BOOKINGS, PERIOD, GROUP,
    )  # fmt: skip


def _with_bars(frame: pl.DataFrame) -> pl.DataFrame:
    """Draw what each factor costs: to the right what is lost, to the left what is ahead."""
    size = (COSTS if frame["points"].is_not_null().any() else BOOKINGS).key
    most = max(map(abs, frame[size].drop_nulls()), default=0.0)
    bars = [
        draw_sides(row[size] or 0.0, most=most, pale=row["verdict"] == TOO_EARLY)
        for row in frame.iter_rows(named=True)
    ]
    return frame.with_columns(pl.Series(BAR.key, bars, pl.String))


def _reps(against: Against) -> tuple[Column, ...]:
    return (
        REP,
        Column("quota", "quota", "money", "What must be booked in the period.", rank=4),
        Column("p_hit", "P(hit)", "share", "How likely the quota is hit as it is.", "p_hit_se"),
        Column(
            "p_reference", f"as {LABELS[against]}", "share",
            f"The same with the figures of {REST[against]}.", "p_reference_se",
        ),
        Column("gap", "gap", "points", "The second less the first.", "gap_se"),
        Column(
            "gap_real", "of it sure", "points",
            "What differences cost that it is not too early to tell.", "gap_real_se",
        ),
        Column("mean", "mean", "money", "Expected bookings.", "mean_se", rank=3),
        Column(
            "mean_reference", f"mean as {LABELS[against]}", "money",
            f"The same with the figures of {REST[against]}.", "mean_reference_se", rank=5,
        ),
        Column(
            "mean_gap", "in bookings", "money", "The gap in mean bookings.", "mean_gap_se", rank=1
        ),
        Column(
            "mean_gap_real", "sure in bookings", "money",
            "What differences cost that it is not too early to tell.", "mean_gap_real_se", rank=2,
        ),
        PERIOD, GROUP,
    )  # fmt: skip


_PARTS: tuple[tuple[str, str, Format, str], ...] = (
    ("velocity", "velocity", "number", "Opps a week x win rate x deal size / days to win."),
    ("opps_per_week", "opps a week", "number", "Opportunities a week, inbound ones included."),
    ("win_rate", "win rate", "share", "Share of them that is won."),
    ("deal_size", "deal size", "money", "Mean amount of a won deal."),
    ("cycle_days", "days to win", "count", "Mean days from creation to close of a won deal."),
)


def _velocity(against: Against) -> tuple[Column, ...]:
    beside, other = LABELS[against], f"The same with the figures of {REST[against]}."
    parts: list[Column] = []
    for key, label, form, note in _PARTS:
        times = f"{label.capitalize()} as a multiple of that with the figures of {REST[against]}."
        rank = 0 if key == "velocity" else 1
        parts += [
            Column(key, label, form, note),
            Column(f"{key}_reference", f"{label} {beside}", form, other, rank=3),
            Column(f"{key}_ratio", f"{label} ×", "multiple", times, rank=rank),  # noqa: RUF001
        ]
    return (REP, *parts, GROUP)


def _evidence(against: Against, *, in_full: bool) -> tuple[Column, ...]:
    which = (
        (
            Column("factor", "in what", "text", "In what the rep differs."),
            Column("figure", "figure", "text", "Which figure."),
        )
        if in_full
        else (Column("what", "figure", "text", "Which figure."),)
    )
    return (
        REP,
        Column("segment", "segment", "text", "The kind of deal; none where it is the rep's time."),
        *which,
        *_sides(against, in_full=in_full),
        Column(
            "own_evidence", "rests on", "whole", "How many the rep's figure was seen in.", rank=4
        ),
        Column(
            "reference_evidence", f"{LABELS[against]} on", "whole",
            f"How many that of {REST[against]} was seen in.", rank=4,
        ),
        *(() if in_full else (Column("counted", "of", "text", "What is counted.", rank=4),)),
        VERDICT, _sure(in_full=in_full), *_needs(in_full=in_full),
        Column("source", "source", "text", "Who says what the benchmark is.", rank=6),
        GROUP,
    )  # fmt: skip


def _with_words(frame: pl.DataFrame, names: Sequence[str]) -> pl.DataFrame:
    """Write figures in their units, and what it would take to tell; name each row's figure."""
    rows = list(frame.iter_rows(named=True))
    told = {
        "own_told": [write_figure(row["own"], row["unit"]) for row in rows],
        "reference_told": [write_figure(row["reference"], row["unit"]) for row in rows],
        "needs": [write_needed(row) for row in rows],
        "what": names,
        "sure_told": [STATED] * len(rows),
    }
    return frame.with_columns(pl.Series(key, told[key], pl.String) for key in told)


def _name_factors(frame: pl.DataFrame) -> list[str]:
    return [write_factor(factor) for factor in frame["factor"]]


def _name_figures(frame: pl.DataFrame) -> list[str]:
    return [
        _WORDS.get(figure, write_factor(factor))
        for factor, figure in frame.select("factor", "figure").iter_rows()
    ]


def _captions(against: Against, currency: str) -> tuple[tuple[tuple[str, ...], str], ...]:
    """How tables are read; each sentence stands below those that show its column."""
    team = (
        "Team: the other reps in the same segment; of opportunities a week those alone who sell "
        "the same set of segments."
    )
    whose = REST[against]
    return (
        (
            ("points",),
            f"Costs: points of P(hit) that the rep would gain with the figure of {whose}, ± half "
            "a 95 % interval; below 0 the rep is ahead. A rep's add up to the gap.",
        ),
        (("points", "amount"), "Figures of several segments are weighted by what these book."),
        (("amount",), f"In bookings: the same in mean bookings, in {currency}."),
        (("bar",), f"Bars: pale where it is {TOO_EARLY}."),
        (("reference", "reference_told"), team if against == "team" else ""),
        (
            ("p_real",),
            "Sure: how likely the figure really is lower or higher; below 90 % it is too early to "
            f"tell; {STATED}: without evidence on either side.",
        ),
        (("needs", "needed"), "To tell: how many more it takes if the difference stays."),
        (("own_evidence",), "Rests on: how many each side's figure was seen in."),
        (("gap",), "P(hit) in %, gaps in points, ± half a 95 % interval."),
        (("gap_real",), "Of it sure: by differences of which it is not too early to tell."),
        (("mean_gap",), f"In bookings: the gap in mean bookings, in {currency}."),
        (
            ("velocity",),
            f"Velocity: opps a week x win rate x deal size in {currency} / days to win. Win rates "
            "in %.",
        ),
        (
            ("velocity_ratio",),
            f"×: as a multiple of that with the figures of {whose}.",  # noqa: RUF001
        ),
    )


def _for_people(frame: pl.DataFrame) -> pl.DataFrame:
    """Leave out what is stated of the reps' time: it rests on nothing, and stands in the gaps."""
    return frame.filter(pl.col("segment").ne("") | pl.col("p_real").is_not_null())


def gaps_reply(
    answer: Answer,
    scenario: Scenario,
    *,
    against: Against = "team",
    in_full: bool = True,
    with_empty: bool = True,
    with_chart: bool = False,
) -> Reply:
    """What do gaps say, in sentences and labelled tables?

    Parameters
    ----------
    answer
        From `find_gaps`.
    scenario
        What it is about.
    against
        What reps were held against.
    in_full
        Whether figures are numbers with their units apart, as programs want it, or in words.
    with_empty
        Whether tables that hold nothing are there too.
    with_chart
        Whether bars show what costs, where the letters are of one width.
    """
    currency, parts = scenario.currency, answer.parts
    frame, evidence = answer.frame, parts["evidence"]
    period = parts["reps"]["period"][0]
    alone = is_alone(answer, against)
    if not in_full:
        frame = _with_bars(_with_words(frame, _name_factors(frame)))
        evidence = _for_people(evidence)
        evidence = _with_words(evidence, _name_figures(evidence))
    asked = f"{answer.question.removesuffix('?')} in {period}?"
    with_bars = with_chart and not in_full
    velocity = _velocity(against)
    if alone and not in_full:  # beside nobody
        velocity = tuple(c for c in velocity if not c.key.endswith(("_reference", "_ratio")))
    told = (
        ("gaps", asked, _gaps(against, in_full=in_full, with_bars=with_bars), frame),
        ("reps", "What does each rep lose in all?", _reps(against), parts["reps"]),
        ("velocity", "How fast does each rep sell?", velocity, parts["velocity"]),
        (
            "evidence", "What does each figure rest on?", _evidence(against, in_full=in_full),
            evidence,
        ),
    )  # fmt: skip
    captions = tuple((keys, text) for keys, text in _captions(against, currency) if text)
    tables = [
        Table(key, title, columns, frame, currency, captions) for key, title, columns, frame in told
    ]
    if alone and not in_full:
        tables = [table for table in tables if table.key != "reps"]
    shown = [table for table in tables if with_empty or table.frame.height]
    return Reply(
        title=scenario.name,
        sentences=gap_sentences(answer, currency, against),
        tables=tuple(shown),
        cautions=answer.cautions,
        notes=(answer.note,),
        provenance=answer.provenance,
        currency=currency,
    )
