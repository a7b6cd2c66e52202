"""Tables of pay in full: what each of their columns means. What programs and workbooks get."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

import polars as pl

from quotarisk.analysis.answers import Answer
from quotarisk.analysis.mix_frames import SHARE
from quotarisk.reporting.formats import Format
from quotarisk.reporting.tables import GROUP, LEVEL, NAME, Column, Table

TITLES = {
    "pay": "What does the plan pay, and what does it cost?",
    "compare": "What do other plans cost, and who gains or loses by them?",
    "cadences": "What if the same plan went by the month, the quarter or the year?",
    "volatility": "How far does pay vary?",
    "deals": "What does one more won deal pay?",
    "mixes": "Which deals does the plan make people sell?",
    "spifs": "What does a SPIF move, what does it cost, what does it bring?",
    "efficiency": "What does it cost to win a deal, and what is a deal worth?",
    "behaviour": "What if people acted on how they are paid?",
}
PLAN = Column("plan", "plan", "text", "The pay plan; nothing where reps are on several.")
PERIOD = Column("period", "period", "text", "Month, quarter or fiscal year.")
CADENCE = Column("cadence", "cadence", "text", "Month, quarter or fiscal year.")
SEGMENT = Column("segment", "segment", "text", "The kind of deal; nothing for all.")
OTE = Column("ote", "OTE", "money", "On-target earnings of the period: base and target variable.")
MEAN = Column("mean", "mean pay", "money", "Expected pay, base and variable.")
SPREAD = Column("sd", "spread", "money", "Standard deviation of pay.")
P10 = Column("p10", "P10", "money", "Pay falls below it in 1 of 10 futures.")
P50 = Column("p50", "P50", "money", "The median.")
P90 = Column("p90", "P90", "money", "Pay exceeds it in 1 of 10 futures.")
P_OTE = Column("p_ote", "P(OTE)", "share", "How likely pay reaches the OTE.")
BUDGET = Column("budget", "budget", "money", "The median of pay.")
RESERVE = Column("reserve", "reserve", "money", "From the median to P90.")
AT_MEAN = Column("pay_at_mean", "at mean bookings", "money", "What expected bookings would pay.")
ABOVE = Column("cost_of_average", "above that", "money", "Mean pay less pay at mean bookings.")
COST = Column("cost_of_sales", "cost of sales", "percent", "Mean pay by mean bookings.")
SWING = Column("volatility", "monthly swing", "money", "Standard deviation by month.")
VERDICT = Column("verdict", "verdict", "text", "More than two standard errors, or not clear.")
GAINING = Column("gaining", "reps gain", "whole", "Reps who are clearly paid more on average.")
LOSING = Column("losing", "reps lose", "whole", "Reps who are clearly paid less on average.")
P_HIT = Column("p_hit", "P(hit)", "share", "How likely a quota is hit: the mean over its periods.")
BOOKINGS = Column("bookings", "bookings", "money", "Expected bookings.")
PAY = Column("pay", "pay", "money", "Expected pay.")
P_TEAM = Column("p_team", "P(team plan)", "share", "How likely the team makes its plan.")
COMMON = (
    replace(LEVEL, note="Rep, group, team, or a segment."), NAME, replace(GROUP, rank=0), PLAN,
    PERIOD, CADENCE, SEGMENT, OTE, MEAN, SPREAD, P10, P50, P90, P_OTE, BUDGET, RESERVE, AT_MEAN,
    ABOVE, COST, SWING, VERDICT, GAINING, LOSING, P_HIT, BOOKINGS, PAY, P_TEAM,
    Column("mean_exact", "mean, exact", "money", "Expected pay by exact calculation."),
    Column("mean_z", "mean off by", "number", "Simulated less exact, in standard errors."),
    Column("p_ote_exact", "P(OTE), exact", "share", "The same by exact calculation."),
    Column("p_ote_z", "P(OTE) off by", "number", "Simulated less exact, in standard errors."),
    Column("months", "months", "whole", "How many are looked at."),
    Column("cv", "cv", "percent", "The swing as a share of the mean month."),
    Column("attainment_from", "from", "percent", "Attainment of the period before the deal."),
    Column("attainment_to", "to", "percent", "Attainment of the period before the deal."),
    Column("just_below", "just below", "text", "What attainment is just below of."),
    Column("share", "periods", "share", "Share of the periods that end so."),
    Column("deal_pay", "one deal pays", "money", "In its period and later ones."),
    Column("rate", "of its bookings", "percent", "The same as a share of what it books."),
    Column("own", "as it is", "text", "Whether it is the plan's own cadence."),
    Column("against", "against", "text", "The plan that others are held against."),
    Column("p_more", "paid more", "share", "In how many futures pay is higher."),
    Column("p_less", "paid less", "share", "In how many futures pay is lower."),
    Column("objective", "best for", "text", "What the mix is chosen for."),
    Column("mix", "mix", "text", "Shares of the segments."),
    Column("point", "number", "whole", "Of the mix."),
    Column("as_good", "as good", "whole", "Mixes within two standard errors of the best."),
    Column("certainty_equivalent", "worth of pay", "money", "Sure pay that is as good."),
    Column("spif", "number", "whole", "Of the SPIF in its plan, from 0."),
    Column("mix_without", "mix without", "text", "The mix that pays best without the SPIF."),
    Column("mix_with", "mix with", "text", "The mix that pays best with the SPIF."),
    Column("share_without", "share without", "percent", "Of the segment, without the SPIF."),
    Column("share_with", "share with", "percent", "Of the segment, with the SPIF."),
    Column("share_moved", "moved", "shift", "By how many points its share is higher."),
    Column("spif_pay_today", "SPIF pays today", "money", "At today's mix, before guarantees."),
    Column("spif_pay_moved", "SPIF pays then", "money", "At the mix that it leads to."),
    Column("channel", "channel", "text", "Made by reps, inbound, or all."),
    Column("opps", "opps", "count", "Opportunities created in the period."),
    Column("wins", "wins", "count", "Deals won in the period."),
    Column("spend", "spend", "money", "Programme spend on opportunities."),
    Column("no_win", "P(no win)", "share", "How likely no deal is won."),
    Column("behaviour", "behaviour", "text", "What people are assumed to do."),
    Column("assumptions", "assumed", "text", "What is assumed."),
    Column("source", "source", "text", "Who found that it happens; how far here is assumed."),
)  # fmt: skip
RATIOS: tuple[tuple[str, str, Format, str], ...] = (
    ("cac", "CAC", "money", "Spend and pay by deals won."),
    ("velocity", "velocity a week", "money", "Bookings a week by the days of a won cycle."),
    ("average_deal", "average deal", "money", "Bookings by deals won."),
    ("ltv_to_cac", "LTV to CAC", "multiple", "Lifetime value by spend and pay."),
)
_KNOWN = {column.key: column for column in COMMON} | {
    f"{key}{end}": Column(f"{key}{end}", f"{label}{words}", form, note)
    for key, label, form, note in RATIOS
    for end, words in (("", ""), ("_p10", " P10"), ("_p50", " P50"), ("_p90", " P90"))
}
_OTHERWISE: Mapping[str, Mapping[str, Column]] = {
    "volatility": {"mean": Column("mean", "mean month", "money", "Expected pay of a month.")},
    "behaviour": {
        "bookings": BOOKINGS,
        "cadence": replace(CADENCE, note="Whose quotas P(hit) is of."),
    },
}
_THAN = {
    "compare": "that of the first plan",
    "cadences": "that of the plan's own cadence",
    "mixes": "that of today's mix",
    "spifs": "that without the SPIF at the mix that pays best then",
    "behaviour": "that of exposure only",
}


def change_of(column: Column, than: str) -> Column:
    """How is a figure's change labelled?"""
    key, share = f"{column.key}_change", column.format in ("share", "percent")
    note = f"{column.label} less {than}, on the same futures."
    return Column(key, f"change of {column.label}", "points" if share else "money", note)


def with_error(column: Column) -> Column:
    """The same with the standard error that stands beside it."""
    return replace(column, error=f"{column.key}_se")


def _columns(key: str, frame: pl.DataFrame) -> Iterator[Column]:
    known = {**_KNOWN, **_OTHERWISE.get(key, {})}
    for name in frame.columns:
        base = name.removesuffix("_change")
        if name.endswith("_se"):
            continue
        if name in known:
            column = known[name]
        elif base in known:
            column = change_of(known[base], _THAN[key])
        else:
            segment = name.removeprefix(SHARE)
            words = f"Share of {segment} in the mix."
            column = Column(name, f"share of {segment}", "percent", words)
        yield with_error(column) if f"{name}_se" in frame.columns else column


def full_tables(answer: Answer, currency: str) -> tuple[Table, ...]:
    """Every figure that there is, a table a part."""
    frames = {"pay": answer.frame, **answer.parts}
    return tuple(
        Table(key, title, tuple(_columns(key, frames[key])), frames[key], currency)
        for key, title in TITLES.items()
        if key in frames
    )
