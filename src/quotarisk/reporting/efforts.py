"""What is assumed of the hours: how many there are, what deals take, what the rest makes."""

from __future__ import annotations

import polars as pl

from quotarisk.reporting.tables import Column, Table
from quotarisk.scenario.figures import WinRate
from quotarisk.scenario.funnel import Funnel
from quotarisk.scenario.scenario import Scenario
from quotarisk.scenario.terms import segments_of, terms_of

EFFORTS = (
    Column("rep", "rep", "text", "Who sells."),
    Column("segment", "segment", "text", "Which kind of deal."),
    Column("hours_per_week", "hours a week", "number", "Hours for open deals and prospecting."),
    Column("prospecting_share", "kept", "percent", "Share kept for prospecting, however busy."),
    Column("hours_per_open_deal", "a deal", "number", "Hours a week that an open deal takes."),
    Column("hours_per_activity", "an activity", "number", "Hours that an activity takes."),
    Column("stages", "stages", "text", "Share that reaches each stage, and its evidence."),
    Column("opps_per_hour", "opps an hour", "number", "Opportunities that an hour makes."),
)


def _rate(rate: WinRate) -> str:
    told = f"{100 * rate.mean:.3g} %"
    return told if rate.is_known else f"{told} ({rate.won:,.0f} of {rate.of:,.0f})"


def _stages(funnel: Funnel) -> str:
    return ", ".join(f"{stage.name} {_rate(stage.rate)}" for stage in funnel.stages)


def efforts_table(scenario: Scenario) -> Table:
    """What is assumed of each rep's hours? No rows where nothing is said of hours and funnels."""
    rows = []
    for rep in scenario.reps:
        for segment in segments_of(scenario, rep):
            terms = terms_of(scenario, rep, segment)
            funnel = terms.funnel
            if rep.hours_per_week is None and funnel is None:
                continue
            rows.append(
                {
                    "rep": rep.name,
                    "segment": segment,
                    "hours_per_week": rep.hours_per_week,
                    "prospecting_share": rep.prospecting_share,
                    "hours_per_open_deal": terms.hours_per_open_deal,
                    "hours_per_activity": None if funnel is None else funnel.hours_per_activity,
                    "stages": "" if funnel is None else _stages(funnel),
                    "opps_per_hour": None if funnel is None else funnel.opps_per_hour,
                }
            )
    schema = {
        column.key: pl.String if column.format == "text" else pl.Float64 for column in EFFORTS
    }
    return Table(
        "efforts",
        "What is assumed of each rep's hours?",
        EFFORTS,
        pl.DataFrame(rows, schema=schema),
        scenario.currency,
        (
            (
                ("hours_per_open_deal",),
                "Where open deals need more hours than there are, all progress slower in "
                "proportion. A deal that is never decided is worked as long as a lost one takes.",
            ),
        ),
    )
