"""What a plan rewards, at a glance: one more deal, the mixes of deals, SPIFs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import polars as pl

from quotarisk.analysis.answers import Answer
from quotarisk.analysis.choice import AS_TODAY, BETTER
from quotarisk.analysis.mix_frames import SHARE
from quotarisk.reporting.pay_columns import (
    BOOKINGS,
    P_TEAM,
    PAY,
    PLAN,
    TITLES,
    change_of,
    with_error,
)
from quotarisk.reporting.pay_glance import (
    by_timing,
    plan_columns,
    short_mix,
    widest,
    without_zeros,
)
from quotarisk.reporting.tables import Column, Table
from quotarisk.scenario.scenario import Scenario

REP = Column("name", "rep", "text", "Who sells.")
OBJECTIVES = {
    "pay": Column("pay_mix", "pays best", "text", "The mix with the highest expected pay."),
    "certainty": Column(
        "certainty_mix", "surest", "text", "With the highest worth of pay.", rank=2
    ),
    "bookings": Column("bookings_mix", "books most", "text", "The company's best mix."),
    "team_plan": Column(
        "team_plan_mix", "for the plan", "text", "With the highest P(team plan).", rank=3
    ),
}


def _band(row: Mapping[str, Any]) -> str:
    first, last = row["attainment_from"], row["attainment_to"]
    if first is None:
        return "without quota"
    if last is None:
        return f"{100 * first:.0f} and more"
    return f"{100 * first:.0f} to {100 * last:.0f}"


def deals_table(answer: Answer, scenario: Scenario) -> Table:
    """What does one more deal of each segment pay, by how far the period has got?"""
    frame = widest(answer.parts["deals"])
    quotas = frame.drop_nulls("attainment_from")
    frame = quotas if quotas.height else frame  # who has no quota yet is not at work either
    keys = ["plan", "attainment_from", "attainment_to", "just_below"]
    words = pl.Series("band", [_band(row) for row in frame.iter_rows(named=True)], pl.String)
    shown = frame.with_columns(words)
    segments = shown["segment"].unique(maintain_order=True).to_list()
    wide = shown.group_by([*keys, "band"], maintain_order=True).agg(pl.col("share").max())
    order = {plan: place for place, plan in enumerate(shown["plan"].unique(maintain_order=True))}
    by_plan = pl.col("plan").replace_strict(order, return_dtype=pl.Int64)
    wide = wide.sort(by_plan, "attainment_from", maintain_order=True, nulls_last=True)
    columns = [
        Column("band", "attainment %", "text", "Of the period, before the deal."),
        *plan_columns(wide, PLAN),
        Column("just_below", "then comes", "text", "What lies at the end of it."),
        Column("share", "periods", "share", "Share of the periods that end so.", rank=2),
    ]
    for place, segment in enumerate(segments):
        own = shown.filter(segment=segment).select(
            *keys,
            pl.col("deal_pay").alias(f"pay_{place}"),
            pl.col("deal_pay_se").alias(f"pay_{place}_se"),
            pl.col("rate").alias(f"rate_{place}"),
        )
        wide = wide.join(own, on=keys, how="left", nulls_equal=True, maintain_order="left")
        rank = 0 if place < 2 else 3
        note = f"What one more won deal of {segment} pays."
        columns += [
            Column(f"pay_{place}", segment, "money", note, f"pay_{place}_se", rank=rank),
            Column(f"rate_{place}", "share %", "percent", "Of what it books.", rank=rank or 1),
        ]
    whom = "" if frame["level"][0] == "rep" else ", all reps together"
    return Table(
        "deals", "What does one more won deal pay, by attainment before it?", tuple(columns),
        wide, scenario.currency,
        (
            (("band",), f"Mean pay of one more deal in {scenario.currency}, ± half a 95 % "
             f"interval{whom}; share: of what it books."),
            (("share",), "Periods: % of them that end so."),
        ),
    )  # fmt: skip


def _chosen(row: Mapping[str, Any], shares: list[str]) -> str:
    """A mix, or that it is today's; in brackets where its gain is not clear."""
    if row["verdict"] == AS_TODAY:
        return "today's"
    mix = short_mix(row, shares)
    return mix if row["verdict"] == BETTER else f"({mix})"


def mixes_table(answer: Answer, scenario: Scenario) -> Table:
    """Which mix pays a rep best, which books most, which serves the team's plan?"""
    frame = answer.parts["mixes"]
    shares = [key for key in frame.columns if key.startswith(SHARE)]
    frame = frame.with_columns(
        pl.Series("chosen", [_chosen(row, shares) for row in frame.iter_rows(named=True)]),
        pl.Series("short", [short_mix(row, shares) for row in frame.iter_rows(named=True)]),
    )
    keys = ["name", "plan"]
    changes = [change_of(column, "with today's mix") for column in (PAY, BOOKINGS, P_TEAM)]
    wide = frame.filter(objective="today").select(*keys, "group", "short")
    for objective, column in OBJECTIVES.items():
        told = frame.filter(objective=objective)
        kept = [pl.col("chosen").alias(column.key)]
        if objective == "pay":
            kept += [pl.col(c.key, f"{c.key}_se") for c in changes]
        wide = wide.join(told.select(*keys, *kept), on=keys, how="left", maintain_order="left")
    wide = without_zeros(wide, *(column.key for column in changes))
    labels = ("pay then", "bookings then", "P(plan) then")
    columns = (
        REP, *plan_columns(wide, PLAN),
        Column("short", "today %", "text", "Shares of the segments as they are."),
        *OBJECTIVES.values(),
        *(
            replace(with_error(column), label=label, rank=rank)
            for column, label, rank in zip(changes, labels, (0, 1, 4), strict=True)
        ),
    )  # fmt: skip
    period = frame["period"][0]
    segments = " / ".join(key.removeprefix(SHARE) for key in shares)
    timing = "; bookings differ by timing alone" if by_timing(answer, frame["name"]) else ""
    return Table(
        "mixes", TITLES["mixes"], columns, wide, scenario.currency,
        (
            (("short",), f"Mix: {segments}; today's: it is as good as any; in brackets: no clear "
             "gain."),
            (("certainty_mix",), "Surest: best where risk counts (--risk-aversion)."),
            (("pay_change",), f"Then: change in {period} with the mix that pays best, in "
             f"{scenario.currency} and points{timing}."),
        ),
    )  # fmt: skip


def spifs_table(answer: Answer, scenario: Scenario) -> Table:
    """What does each SPIF move, cost and bring?"""
    changes = ("pay_change", "bookings_change", "p_team_change")
    frame = without_zeros(answer.parts["spifs"], *changes)
    number = Column("spif", "number", "whole", "Of the SPIF in its plan, from 0.", rank=9)
    columns = (
        REP, *plan_columns(frame, PLAN),
        Column("segment", "SPIF on", "text", "The kind of deal that it pays for."),
        Column("share_without", "without %", "percent", "Its share in what pays best without."),
        Column("share_with", "with %", "percent", "Its share in what pays best with the SPIF."),
        Column("spif_pay_today", "pays today", "money", "At today's mix.", rank=1),
        Column("pay_change", "costs", "money", "All pay with it less all pay without it.",
               "pay_change_se"),
        Column("bookings_change", "brings", "money", "Bookings with it less those without it.",
               "bookings_change_se"),
        Column("p_team_change", "P(plan)", "points", "P(team plan) with it less without it.",
               "p_team_change_se", rank=2),
        *((number,) if frame["spif"].n_unique() > 1 else ()),
    )  # fmt: skip
    period = frame["period"][0]
    return Table(
        "spifs", TITLES["spifs"], columns, frame, scenario.currency,
        (
            (("share_with",), "Without and with it: the share of its segment in the mix that pays "
             "best."),
            (("spif_pay_today",), "Pays today: at today's mix."),
            (("pay_change",), f"Costs and brings: pay and bookings of {period} with it at the one "
             f"mix less those without it at the other, in {scenario.currency}."),
        ),
    )  # fmt: skip


def choice_tables(answer: Answer, scenario: Scenario) -> Iterator[Table]:
    """Tables of what is rewarded; those that hold nothing are left out."""
    parts = answer.parts
    if parts["deals"].height:
        yield deals_table(answer, scenario)
    if parts["mixes"].height:
        yield mixes_table(answer, scenario)
    if parts["spifs"].height:
        yield spifs_table(answer, scenario)
