"""Goals in words: what each rep must do a week, by when, and what would buy the rest."""

from __future__ import annotations

from dataclasses import replace

import polars as pl

from quotarisk.analysis.answers import Answer
from quotarisk.analysis.levers import LEVERS
from quotarisk.reporting.bars import draw_need
from quotarisk.reporting.goal_sentences import PASSED, goal_sentences
from quotarisk.reporting.reply import Reply
from quotarisk.reporting.tables import GROUP, Column, Table
from quotarisk.reporting.units import with_units
from quotarisk.scenario.scenario import Scenario

GOAL_TABLES = ("goals", "levers", "coverage", "segments", "stages", "milestones")
NOT_ALONE = "not alone"
LONG_RUN = (
    "Opportunities and hours a week are those of a fully ramped rep, hours in the long run; the "
    "mix of segments stays as it is."
)

REP = Column("name", "rep", "text", "Who sells.")
P_HIT = Column("p_hit", "P(hit)", "share", "How likely the quota is hit as it is.", "p_hit_se")
TO_MAKE = Column(
    "opps_per_week", "to make", "number", "Opportunities a week that the rep must make.",
    "opps_per_week_se",
)  # fmt: skip
NOW = Column("opps_now", "opps now", "number", "Opportunities a week that the rep makes today.")
NAIVE = Column(
    "naive_opps_per_week", "by averages", "number",
    "Opportunities a week by expected values: quota / deal size / win rate / weeks.",
)  # fmt: skip
ACTIVITIES = Column(
    "activities_per_week", "activities", "count", "Activities a week that these take.",
    "activities_per_week_se", rank=1,
)  # fmt: skip
PROSPECTING = Column(
    "prospecting_hours", "prospecting hours", "count", "Hours a week of these activities.",
    "prospecting_hours_se", rank=3,
)  # fmt: skip
DEAL_HOURS = Column(
    "deal_hours", "deal hours", "count", "Hours a week on open deals, in the long run.",
    "deal_hours_se", rank=3,
)  # fmt: skip
INBOUND = Column(
    "inbound_opps_per_week", "inbound", "number", "Opportunities a week that come by themselves.",
    rank=4,
)  # fmt: skip
GOALS = (
    REP,
    Column("quota", "quota", "money", "What must be booked in the period.", rank=2),
    Column("booked", "booked", "money", "Of it is booked already.", rank=7),
    P_HIT, NOW, TO_MAKE,
    Column("pace", "times", "multiple", "How many times as many as today.", "pace_se", rank=5),
    NAIVE,
    Column(
        "p_naive", "P by averages", "share", "P(hit) with the opportunities by expected values.",
        "p_naive_se", rank=1,
    ),
    Column(
        "above_naive", "above it %", "percent", "More than by expected values.",
        "above_naive_se", rank=6,
    ),
    INBOUND, ACTIVITIES, PROSPECTING, DEAL_HOURS,
    Column(
        "hours_needed", "hours", "count", "Hours a week that all of it takes.", "hours_needed_se",
    ),
    Column("hours_per_week", "of hours", "count", "Hours a week that there are."),
    Column("time", "time?", "text", "Whether there is time for it."),
    Column(
        "p_reachable", "P in time", "share", "P(hit) that is reached within the hours.",
        "p_reachable_se", rank=7,
    ),
    Column(
        "share_reachable", "with kept %", "percent",
        "Share of the hours kept for prospecting with which that is reached.", rank=7,
    ),
    Column("reason", "why", "text", "Why there is no pace, or no time.", rank=3),
    Column("p_goal", "P(goal)", "share", "P(hit) at the pace.", "p_goal_se", rank=8),
    Column("p_goal_exact", "exact", "share", "The same by exact calculation.", rank=9),
    Column("p_goal_z", "off by", "number", "Simulated less exact, in standard errors.", rank=9),
    Column("period", "period", "text", "Month, quarter or fiscal year.", rank=9),
    Column("confidence", "confidence", "share", "P(hit) that is to be reached.", rank=9),
    GROUP,
)  # fmt: skip
SEGMENTS = (
    REP,
    Column("segment", "segment", "text", "The kind of deal."),
    NOW, TO_MAKE, replace(NAIVE, rank=2), replace(INBOUND, rank=2), ACTIVITIES,
    replace(PROSPECTING, rank=1), replace(DEAL_HOURS, rank=1),
    Column(
        "last_day", "last day", "text",
        "On which a new deal that is won has an even chance to close in the period.",
        instead="passed",
    ),
    GROUP,
)  # fmt: skip
STAGES = (
    REP,
    Column("segment", "segment", "text", "The kind of deal."),
    Column("stage", "stage", "text", "Activities, and the stages of the funnel."),
    Column("rate", "rate", "share", "Share of the stage before that reaches it.", rank=1),
    Column("now", "now", "number", "A week today."),
    Column("per_week", "to make", "number", "A week at the pace.", "per_week_se"),
    Column("naive_per_week", "by averages", "number", "A week by expected values.", rank=1),
    GROUP,
)
MILESTONES = (
    REP,
    Column("month", "month", "text", "Until its end."),
    Column("opps", "to make", "count", "Opportunities in the month."),
    Column(
        "opps_by_then", "by then", "count", "Opportunities by the month's end.", "opps_by_then_se"
    ),
    Column(
        "pipeline_by_then", "pipeline by then", "money", "Their mean amounts, added up.",
        "pipeline_by_then_se", rank=1,
    ),
    Column(
        "in_time", "in time", "share",
        "Of the month's opportunities, if they are won, those that close in the period.",
    ),
    GROUP,
)  # fmt: skip
LONG_LEVERS = (
    REP,
    Column("lever", "lever", "text", "What changes, by itself."),
    Column("unit", "in", "text", "What its figures are in; a share is from 0 to 1."),
    Column("now", "now", "number", "As it is."),
    Column("needed", "needed", "number", "The smallest change that is enough.", "needed_se"),
    Column("change", "change", "number", "Needed less now.", "change_se"),
    Column("p_hit", "P(hit)", "share", "With it; with the most where none is enough.", "p_hit_se"),
    Column("reason", "why none", "text", "Why there is none."),
    GROUP,
)
WIDE_LEVERS = (
    REP, P_HIT,
    Column("win_now", "win rate now", "share", "Mean win rate of the rep's opportunities."),
    Column(
        "win_needed", "win rate needed", "share", "With which the confidence is reached.",
        "win_se", instead="no_win",
    ),
    Column(
        "more_inbound", "more inbound", "number", "More opportunities a week that come.",
        "inbound_se", instead="no_inbound",
    ),
    Column(
        "quota_needed", "quota", "money", "The quota that is hit with the confidence.",
        "quota_se", instead="no_quota",
    ),
    Column("quota_change", "quota %", "percent", "Change from the present quota.", rank=1),
    Column(
        "win_most", "most by wins", "share",
        "P(hit) with the highest win rate, where none is enough.", rank=2,
    ),
    GROUP,
)  # fmt: skip


def _of_level(level: str, rank: int) -> tuple[Column, ...]:
    return (
        Column(
            f"coverage_{level}", f"for {level} %", "multiple",
            f"Open today so that P = {level} %, as a multiple of what is missing.",
            f"coverage_{level}_se",
        ),
        Column(
            f"pipeline_{level}", f"worth {level} %", "money", "The same as an amount.",
            f"pipeline_{level}_se", rank=rank,
        ),
        Column(f"deals_{level}", f"deals {level} %", "whole", "The same as a number.", rank=5),
        Column(
            f"p_{level}", f"P({level} %)", "share",
            "P(hit) with that many; with the most where none are enough.", f"p_{level}_se", rank=8,
        ),
    )  # fmt: skip


COVERAGE = (
    Column("unit", "who", "text", "A rep or the team."),
    Column("missing", "missing", "money", "Of the quota.", rank=2),
    Column("deals", "deals", "count", "Open today.", rank=4),
    Column("pipeline", "pipeline", "money", "Their amounts, added up.", rank=1),
    Column("coverage", "open now", "multiple", "Pipeline as a multiple of what is missing."),
    P_HIT,
    *_of_level("60", 3),
    *_of_level("80", 3),
    Column("p_rule", "P at 3x", "share", "P(hit) by the rule of thumb.", "p_rule_se"),
    Column("basis", "deals are", "text", "Listed, or those of a steady pipeline.", rank=6),
    Column("reason", "why none", "text", "Why there is no multiple.", rank=2),
    Column("level", "level", "text", "Rep or team.", rank=9),
    Column("period", "period", "text", "Month, quarter or fiscal year.", rank=9),
    GROUP,
)


def _with_words(frame: pl.DataFrame) -> pl.DataFrame:
    """Yes or no where there is an answer."""
    time = pl.when("has_time").then(pl.lit("yes")).when(~pl.col("has_time")).then(pl.lit("no"))
    return frame.with_columns(time.alias("time"))


def _without_zeros(frame: pl.DataFrame) -> pl.DataFrame:
    """Let columns of nothing but zeros be empty: people need not see them."""
    zeros = [key for key in ("inbound_opps_per_week", "booked") if not frame[key].sum()]
    return frame.with_columns(pl.lit(None, pl.Float64).alias(key) for key in zeros)


def _with_days(frame: pl.DataFrame) -> pl.DataFrame:
    """Days as they are written, and a word where they have passed."""
    passed = pl.when(pl.col("last_day").is_null()).then(pl.lit(PASSED)).alias("passed")
    return frame.with_columns(passed, pl.col("last_day").cast(pl.String))


def _wide_levers(answer: Answer) -> pl.DataFrame:
    """A row a rep who does not reach the confidence as it is."""
    rows: dict[str, dict[str, object]] = {}
    now = {row["name"]: row for row in answer.frame.iter_rows(named=True)}
    for lever in answer.parts["levers"].drop_nulls("now").iter_rows(named=True):
        name = lever["name"]
        row = rows.setdefault(
            name,
            {key: now[name][key] for key in ("name", "p_hit", "p_hit_se", "group")},
        )
        word = NOT_ALONE if lever["needed"] is None else ""
        if lever["lever"] == LEVERS[0]:
            row |= {"win_now": lever["now"], "win_needed": lever["needed"]}
            row |= {"win_se": lever["needed_se"], "no_win": word}
            row["win_most"] = lever["p_hit"] if word else None
        elif lever["lever"] == LEVERS[1]:
            row |= {"more_inbound": lever["change"], "inbound_se": lever["change_se"]}
            row["no_inbound"] = word
        else:
            change = None if word else lever["change"] / lever["now"]
            row |= {"quota_needed": lever["needed"], "quota_se": lever["needed_se"]}
            row |= {"quota_change": change, "no_quota": word}
    texts = ("name", "group", "no_win", "no_inbound", "no_quota")
    keys = (
        "name", "p_hit", "p_hit_se", "group", "win_now", "win_needed", "win_se", "no_win",
        "win_most", "more_inbound", "inbound_se", "no_inbound", "quota_needed", "quota_se",
        "quota_change", "no_quota",
    )  # fmt: skip
    schema = {key: pl.String if key in texts else pl.Float64 for key in keys}
    return pl.DataFrame(list(rows.values()), schema=schema)


def _by_month(answer: Answer, key: str, title: str, caption: str, currency: str) -> Table:
    """A row a rep, a column a month; ends of quarters of a year are there on narrow screens."""
    stones = answer.parts["milestones"]
    months = stones["month"].unique(maintain_order=True).sort().to_list()
    frame = stones.select("name", "group").unique(maintain_order=True)
    columns = [REP]
    for place, month in enumerate(months):
        told = stones.filter(month=month).select("name", pl.col(key).alias(month))
        frame = frame.join(told, on="name", how="left", maintain_order="left")
        kept = (len(months) - 1 - place) % 3 == 0
        form = "share" if key == "in_time" else "count"
        columns.append(Column(month, month, form, caption, rank=0 if kept else 1))  # type: ignore[arg-type]
    table = "milestones" if key == "opps_by_then" else key
    return Table(table, title, (*columns, GROUP), frame, currency, ((("name",), caption),))


def _milestones(answer: Answer, currency: str, *, in_full: bool) -> tuple[Table, ...]:
    period = next(iter(answer.frame["period"]), "")
    if in_full:
        title = "By when must which opportunities exist?"
        return (Table("milestones", title, MILESTONES, answer.parts["milestones"], currency),)
    return (
        _by_month(
            answer,
            "opps_by_then",
            "How many opportunities must be made by the end of each month?",
            "From the first day on, by the month's end; narrow screens show ends of quarters.",
            currency,
        ),
        _by_month(
            answer,
            "in_time",
            f"Which share of a month's new deals can still close in {period}?",
            "In %, of those that are won.",
            currency,
        ),
    )


def _picture(answer: Answer, currency: str) -> tuple[Table, ...]:
    """How much of the week the goals take, as bars; nothing where no rep has hours."""
    frame = answer.frame.drop_nulls(["hours_needed", "hours_per_week"])
    rows = list(frame.iter_rows(named=True))
    if not rows:
        return ()
    most = max(max(row["hours_needed"], row["hours_per_week"]) for row in rows)
    bars = [draw_need(row["hours_needed"], row["hours_per_week"], most=most) for row in rows]
    columns = (
        REP,
        Column("hours_needed", "hours", "count", "Hours a week that the goal takes."),
        Column("hours_per_week", "of", "count", "Hours a week that there are."),
        Column("bar", "of the week │ beyond it", "text", "What the goal takes; a mark ends it."),
    )
    shown = frame.with_columns(pl.Series("bar", bars, pl.String))
    return (Table("bars", "How much of the week does it take?", columns, shown, currency),)


def goals_reply(
    answer: Answer,
    scenario: Scenario,
    *,
    in_full: bool = True,
    with_empty: bool = True,
    with_chart: bool = False,
) -> Reply:
    """What do goals say, in sentences and labelled tables?

    Parameters
    ----------
    answer
        From `plan_goals`.
    scenario
        What it is about.
    in_full
        Whether levers and months are rows, as programs want it, or side by side.
    with_empty
        Whether tables that hold nothing are there too.
    with_chart
        Whether bars are drawn in a table of their own.
    """
    currency, parts = scenario.currency, answer.parts
    period = next(iter(answer.frame["period"]), "")
    captions = (
        (
            ("p_hit", "p_naive"),
            "P(hit) in %, ± half a 95 % interval.",
        ),
        (("opps_now", "opps_per_week"), "Opps: opportunities a week."),
        (
            ("naive_opps_per_week", "naive_per_week"),
            "By averages: quota / deal size / win rate / weeks, less what is inbound.",
        ),
        (("hours_needed",), "Hours a week, on prospecting and open deals."),
        (
            ("last_day",),
            "Last day: a new deal that is won has an even chance to close in the period.",
        ),
        (("win_now",), "Each by itself, with all else as it is."),
        (("more_inbound",), "Inbound: opportunities a week."),
        (("win_most",), "Most by wins: P(hit) if all that is ever decided were won."),
        (("p_reachable",), "P in time: within the hours, with the share of them that is best."),
        (("basis",), "Deals are listed, or those of a typical steady pipeline."),
        (
            ("coverage",),
            "Multiples of what is missing to the quota; 3x is the rule of thumb.",
        ),
        (("coverage_80",), "Where there is none no number of open deals is enough."),
    )
    levers = parts["levers"] if in_full else _wide_levers(answer)
    goals = Table(
        "goals",
        f"{answer.question.removesuffix('?')} in {period}?" if period else answer.question,
        GOALS,
        _with_words(answer.frame if in_full else _without_zeros(answer.frame)),
        currency,
        captions,
    )
    others = (
        Table(
            "levers",
            "What would be enough by itself?",
            LONG_LEVERS if in_full else WIDE_LEVERS,
            levers,
            currency,
            captions,
        ),
        Table(
            "coverage",
            "How much must be open today?",
            COVERAGE,
            with_units(parts["coverage"], scenario),
            currency,
            captions,
        ),
        Table(
            "segments",
            "How is the week made up?",
            SEGMENTS,
            _with_days(parts["segments"]),
            currency,
            captions,
        ),
        Table(
            "stages", "What does each stage of the funnel take a week?", STAGES, parts["stages"],
            currency, captions,
        ),
        *_milestones(answer, currency, in_full=in_full),
    )  # fmt: skip
    bars = _picture(answer, currency) if with_chart else ()
    return Reply(
        title=scenario.name,
        sentences=goal_sentences(answer, currency),
        tables=(goals, *bars, *(each for each in others if with_empty or each.frame.height)),
        cautions=answer.cautions,
        notes=(answer.note, LONG_RUN),
        provenance=answer.provenance,
        currency=currency,
    )
