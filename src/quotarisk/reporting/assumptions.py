"""What is assumed of each rep and segment, and on what evidence."""

from __future__ import annotations

from calendar import month_abbr
from collections.abc import Collection, Iterator

import polars as pl

from quotarisk.analysis.pipeline import price_pipeline
from quotarisk.reporting.formats import write_number
from quotarisk.reporting.tables import Column, Table
from quotarisk.reporting.understanding import understood
from quotarisk.reporting.words import FIGURES
from quotarisk.scenario.figures import LawSpec, OppRate, WinRate
from quotarisk.scenario.scenario import Scenario
from quotarisk.scenario.segment import Effort, Parameter, Value
from quotarisk.scenario.terms import Terms, segments_of, streams_of, terms_of

KNOWN = "known"
ASSUMPTIONS = (
    Column("rep", "rep", "text", "Who sells."),
    Column("segment", "segment", "text", "Which kind of deal."),
    Column("opps_per_week", "opps a week", "number", "Opportunities created a week, ramped."),
    Column("opps_evidence", "seen", "text", "What the opportunities a week were learnt from."),
    Column("win_rate", "win rate", "percent", "Share of created opportunities that end won."),
    Column("win_evidence", "won of", "text", "What the win rate was learnt from."),
    Column("stall_rate", "never decided", "percent", "Share of opportunities never decided."),
    Column("size_p50", "deal size P50", "money", "Half of the won deals book less."),
    Column("size_p90", "deal size P90", "money", "9 of 10 won deals book less."),
    Column("size_evidence", "from", "text", "What the deal size was learnt from."),
    Column("won_p50", "days to win P50", "count", "Half of the won deals close sooner."),
    Column("won_p90", "days to win P90", "count", "9 of 10 won deals close sooner."),
    Column("cycle_evidence", "from", "text", "What the won cycle was learnt from."),
    Column("lost_p50", "days to lose P50", "count", "Half of the lost deals close sooner."),
    Column("own", "the rep's own", "text", "Figures that are the rep's, not the segment's."),
)
PIPELINE = (
    Column("rep", "rep", "text", "Who works on them."),
    Column("deals", "open deals", "whole", "How many are listed."),
    Column("amount", "amount", "money", "Their amounts; drawn ones left out."),
    Column("worth", "worth", "money", "What they are expected to book: chance times amount."),
    Column("oldest", "oldest, days", "whole", "Age of the oldest one at the start."),
)
_TOPICS = {"open": "open deals", "booked": "booked so far"}


def _count(number: float | None) -> str:
    """Write a count of evidence, which may have a fraction where it was weighed."""
    value = number or 0.0
    return f"{value:,.0f}" if value == round(value) else write_number(value)


def _seen(rate: OppRate) -> str:
    return KNOWN if rate.is_known else f"{_count(rate.opps)} in {_count(rate.weeks)} weeks"


def _won(rate: WinRate) -> str:
    return KNOWN if rate.is_known else f"{_count(rate.won)} of {_count(rate.of)}"


def _deals(spec: LawSpec) -> str:
    return KNOWN if spec.is_known else f"{_count(spec.of)} deals"


def _own(own: Collection[Parameter | Effort | Value]) -> str:
    """Name the figures that are a rep's own, or those that are not where they are fewer."""
    mine = [words for key, words in FIGURES.items() if key in own]
    shared = [words for key, words in FIGURES.items() if key not in own]
    if not shared:
        return "all"
    return f"all but {', '.join(shared)}" if len(shared) < len(mine) else ", ".join(mine)


def _quantile(spec: LawSpec, level: float) -> float:
    return float(spec.law.ppf(level))


def _row(rep: str, terms: Terms) -> dict[str, object]:
    return {
        "rep": rep,
        "segment": f"{terms.segment}, inbound" if terms.stream == "inbound" else terms.segment,
        "opps_per_week": terms.opps_per_week.mean,
        "opps_evidence": _seen(terms.opps_per_week),
        "win_rate": terms.win_rate.mean,
        "win_evidence": _won(terms.win_rate),
        "stall_rate": terms.stall_rate,
        "size_p50": _quantile(terms.deal_size, 0.5),
        "size_p90": _quantile(terms.deal_size, 0.9),
        "size_evidence": _deals(terms.deal_size),
        "won_p50": _quantile(terms.won_cycle_days, 0.5),
        "won_p90": _quantile(terms.won_cycle_days, 0.9),
        "cycle_evidence": _deals(terms.won_cycle_days),
        "lost_p50": _quantile(terms.lost_cycle_days, 0.5),
        "own": _own(terms.own),
    }


def assumptions_table(scenario: Scenario) -> Table:
    """What is assumed of each rep and segment, and what was it learnt from?"""
    numbers = {column.key: pl.Float64 for column in ASSUMPTIONS if column.format != "text"}
    rows = [
        _row(rep.name, terms)
        for rep in scenario.reps
        for segment in segments_of(scenario, rep)
        for terms in streams_of(terms_of(scenario, rep, segment))
    ]
    schema = {column.key: numbers.get(column.key, pl.String) for column in ASSUMPTIONS}
    return Table(
        "assumptions",
        "What is assumed of each rep and segment, and what was it learnt from?",
        ASSUMPTIONS,
        pl.DataFrame(rows, schema=schema),
        scenario.currency,
        (
            (("win_rate",), "Win rate and never decided in %, of all created opportunities."),
            (
                ("opps_per_week",),
                "What has evidence is drawn anew in every future; the rest is taken as known.",
            ),
            (("own",), "What is not the rep's own is the segment's, shared by all who take it."),
        ),
    )


def pipeline_table(scenario: Scenario) -> Table:
    """What are the open deals of each rep worth?"""
    frame = (
        price_pipeline(scenario)
        .group_by("rep", maintain_order=True)
        .agg(
            deals=pl.len().cast(pl.Int64),
            amount=pl.col("amount").sum(),
            worth=pl.col("worth").sum(),
            oldest=pl.col("age_days").max(),
        )
    )
    return Table(
        "pipeline",
        "What are the open deals of each rep worth?",
        PIPELINE,
        frame,
        scenario.currency,
        (
            (
                ("worth",),
                "Worth: each deal's chance at its age, at the mean rates, times its amount.",
            ),
        ),
    )


def _calendar(scenario: Scenario) -> Iterator[str]:
    """Tell seasons and clocks to whole per cents; what is 1 then does nothing to speak of."""
    calendar = scenario.calendar
    seasons = [round(factor, 2) for factor in calendar.creation]
    if any(factor != 1 for factor in seasons):
        factors = ", ".join(
            f"{month_abbr[month]} {factor:g}"
            for month, factor in enumerate(seasons, 1)
            if factor != 1
        )
        yield f"new opportunities times {factors}"
    for what, clock in (("won", calendar.won), ("lost", calendar.lost)):
        speeds = [round(speed, 2) for speed in clock]
        if any(speed != 1 for speed in speeds):
            first, second, third = (f"{speed:g}" for speed in speeds)
            yield (
                f"{what} deals ripen {first}, {second} and {third} times as fast in a quarter's "
                "first, second and third month"
            )


def list_assumptions(scenario: Scenario) -> tuple[tuple[str, str], ...]:
    """What else is assumed, topic by topic?"""
    told: list[tuple[str, str]] = []
    for topic, text in understood(scenario):
        if topic:
            told.append((_TOPICS.get(topic, topic), text))
        else:
            told[-1] = (told[-1][0], f"{told[-1][1]}; {text}")
    return (*told, ("calendar", "; ".join(_calendar(scenario)) or "every month is alike"))
