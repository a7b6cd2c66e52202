"""The team's risk against its plan, in sentences and labelled tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import polars as pl

from quotarisk.analysis.answers import Answer
from quotarisk.analysis.risk import BANDS
from quotarisk.analysis.variance import PARTS
from quotarisk.periods import CADENCES
from quotarisk.reporting.formats import Z_95, speak_money
from quotarisk.reporting.namesakes import name_unit
from quotarisk.reporting.reply import Reply
from quotarisk.reporting.tables import Column, Table
from quotarisk.reporting.units import with_units
from quotarisk.scenario.scenario import Scenario

Captions = tuple[tuple[tuple[str, ...], str], ...]
WHO = Column("unit", "who", "text", "The team, or a group.")
CADENCE = Column("cadence", "cadence", "text", "Month, quarter or fiscal year.")
PERIOD = Column("period", "period", "text", "The month, quarter or fiscal year.")


def _at_risk(share: int, rank: int) -> Column:
    return Column(
        f"var_{share}",
        f"at risk {share} %",
        "money",
        f"Value at risk: the plan less bookings at the edge of the worst {share} % of futures; "
        "below 0 even that is above the plan.",
        f"var_{share}_se",
        rank=rank,
    )


def _shortfall(share: int, rank: int) -> Column:
    return Column(
        f"es_{share}",
        f"shortfall {share} %",
        "money",
        f"Expected shortfall: the plan less mean bookings of the worst {share} % of futures; below "
        "0 even these are above the plan.",
        f"es_{share}_se",
        rank=rank,
    )


def _worst(share: int, rank: int) -> Column:
    return Column(
        f"worst_{share}",
        f"worst {share} %",
        "money",
        f"Mean bookings of the worst {share} % of futures.",
        f"worst_{share}_se",
        rank=rank,
    )


def _percentile(share: int, rank: int) -> Column:
    return Column(
        f"p{share}",
        f"P{share}",
        "money",
        f"Bookings fall below it in {share} of 100 futures.",
        f"p{share}_se",
        rank=rank,
    )


RISK = (
    Column("quota", "plan", "money", "What must be booked in the period.", rank=5),
    Column("p_hit", "P(plan)", "share", "How likely bookings reach the plan.", "p_hit_se", rank=1),
    Column("mean", "mean", "money", "Expected bookings.", "mean_se", rank=11),
    _percentile(5, 6),
    _percentile(10, 12),
    _percentile(50, 9),
    _percentile(90, 10),
    _at_risk(5, 4),
    _at_risk(10, 8),
    _shortfall(5, 7),
    _shortfall(10, 3),
    _worst(5, 14),
    _worst(10, 13),
    Column("quotas", "quotas", "money", "The sum of the reps' quotas.", rank=15),
    Column(
        "over_assignment",
        "quotas / plan",
        "multiple",
        "The sum of the reps' quotas, as a multiple of the plan.",
        rank=2,
    ),
)
_STRESSED = {
    "quota", "p5", "p10", "p50", "p90", "var_5", "var_10", "es_5", "es_10", "quotas",
    "over_assignment",
}  # fmt: skip
UNDER_STRESS = (
    *(column for column in RISK if column.key in _STRESSED),
    Column(
        "largest_share",
        "largest rep",
        "share",
        "The part of expected bookings that comes from the rep who books most.",
        "largest_share_se",
        rank=2,
    ),
    Column("largest", "who books most", "text", "The rep who is expected to book most.", rank=16),
)
BRIEF = ("over_assignment", "p5", "var_5", "es_5", "var_10", "es_10", "worst_10")
CAPTIONS: Captions = (
    (("p_hit",), "P(plan) in %."),
    (
        ("var_5", "var_10"),
        "At risk: what is missing to the plan at the edge of the worst 5 or 10 % of futures.",
    ),
    (("es_5", "es_10"), "Shortfall: what is missing in these on average."),
)
WORDS = {
    "<50": "below 50",
    "50-80": "50 to 80",
    "80-100": "80 to 100",
    "100-120": "100 to 120",
    ">=120": "120 and more",
}


def _longest(frame: pl.DataFrame) -> pl.DataFrame:
    """Keep the periods of the longest cadence that is answered."""
    longest = max(frame["cadence"], key=CADENCES.index, default="")
    return frame.filter(pl.col("cadence") == longest)


def _planned(frame: pl.DataFrame) -> pl.DataFrame:
    """Keep the periods of the longest cadence with a plan; of all where there is no plan."""
    with_plan = frame.drop_nulls("quota")
    if with_plan.is_empty():
        return _longest(frame)
    return frame.filter(cadence=_longest(with_plan)["cadence"][0])


def _named(frame: pl.DataFrame, scenario: Scenario) -> pl.DataFrame:
    """Name units as people do, the team first."""
    return with_units(frame, scenario).sort(pl.col("level") != "team", maintain_order=True)


def _side_by_side(
    frame: pl.DataFrame, key: str, values: Sequence[str], kept: Sequence[str] = ()
) -> pl.DataFrame:
    """Give each unit and period one row, with a column of shares for each value of a key."""
    rows = ["unit", "level", "name", "cadence", "period", *kept]
    return frame.group_by(rows, maintain_order=True).agg(
        pl.col(share).filter(pl.col(key) == value).first().alias(f"{value}{ending}")
        for value in values
        for share, ending in (("share", ""), ("share_se", "_se"))
    )


def _where(frame: pl.DataFrame, *, longest: bool) -> tuple[Column, ...]:
    """Say which period a row is of, unless they are all of one."""
    if not longest:
        return (CADENCE, PERIOD)
    return (PERIOD,) if frame["period"].n_unique() > 1 else ()


def risk_table(answer: Answer, scenario: Scenario, *, longest: bool = False) -> Table:
    """How bad are the worst futures for the team and its groups?

    Parameters
    ----------
    answer
        From `measure_risk` or `assess_risk`.
    longest
        Whether to show the longest periods only, in fewer columns.
    """
    frame = _named(_planned(answer.frame) if longest else answer.frame, scenario)
    by_key = {column.key: column for column in RISK}
    brief = (replace(by_key[key], error="") for key in BRIEF)
    columns = tuple(brief) if longest else RISK
    planned = frame["quota"].count() > 0
    amounts = f"Amounts in {scenario.currency}."
    if longest and not frame.is_empty():
        amounts = f"Amounts of {', '.join(sorted(set(frame['period'])))} in {scenario.currency}."
    return Table(
        "risk",
        answer.question if planned else "How bad are the worst futures?",
        (WHO, *_where(frame, longest=longest), *columns),
        frame,
        scenario.currency,
        (*CAPTIONS, (("unit",), amounts)),
    )


def bands_table(
    answer: Answer, scenario: Scenario, *, longest: bool = False, kept: Sequence[str] = ()
) -> Table:
    """How many of the reps end how far from their quotas? A column for each band.

    Parameters
    ----------
    answer, scenario
        With a part ``bands``, and what was asked about.
    longest
        Whether to show the longest periods only.
    kept
        Further columns of that part by which its rows are told apart.
    """
    bands = answer.parts["bands"]
    frame = _named(_longest(bands) if longest else bands, scenario)
    wide = _side_by_side(frame, "band", BANDS, [*kept, "reps_with_quota"])
    shares = tuple(
        Column(
            band,
            WORDS[band],
            "share",
            f"Expected share of the reps who book {WORDS[band]} % of their quota.",
            f"{band}_se",
        )
        for band in BANDS
    )
    reps = Column("reps_with_quota", "reps", "whole", "Reps who have a quota.", rank=1)
    return Table(
        "bands",
        "How many of the reps end how far from their quotas?",
        (WHO, *_where(wide, longest=longest), reps, *shares),
        wide,
        scenario.currency,
        ((BANDS, "Expected share of the reps who book so many % of their quota."),),
    )


def variance_table(answer: Answer, scenario: Scenario, *, longest: bool = False) -> Table:
    """How much of what varies is shared, and how much is each rep's own?"""
    parts = answer.parts["variance"]
    frame = _named(_longest(parts) if longest else parts, scenario)
    wide = _side_by_side(frame, "part", PARTS)
    common = not scenario.correction.does_nothing
    names = ["market"] * (scenario.market.moves or not common) + ["common luck"] * common
    told = {
        "market": (" and ".join(names), "What the market does to all, and luck in common."),
        "shared_rates": ("segments' rates", "Not knowing the rates that reps share."),
        "own_rates": ("own rates", "Not knowing the rates of a rep alone."),
        "luck": ("own luck", "What becomes of each rep's deals."),
    }
    shares = tuple(
        Column(part, label, "share", f"{note} Its share of the variance.", f"{part}_se")
        for part, (label, note) in told.items()
    )
    return Table(
        "variance",
        "How much of what varies is shared, and how much is each rep's own?",
        (WHO, *_where(wide, longest=longest), *shares),
        wide,
        scenario.currency,
        ((PARTS, "Shares of the variance of bookings in %: the first two are shared."),),
    )


def contributors_table(answer: Answer, scenario: Scenario, *, longest: bool = False) -> Table:
    """Who contributes most to what varies?"""
    people = answer.parts["contributors"]
    frame = _longest(people) if longest else people
    columns = (
        Column("name", "rep", "text", "Who sells."),
        Column("group", "group", "text", "The group that the rep belongs to.", rank=2),
        *_where(frame, longest=longest),
        Column(
            "share",
            "of the variance",
            "share",
            "The rep's share of the team's variance: covariance with the team over it.",
            "share_se",
        ),
        Column(
            "own",
            "own part",
            "share",
            "What the rep's own luck and own rates that are not known make of it.",
            "own_se",
            rank=1,
        ),
    )
    return Table(
        "contributors",
        "Who contributes most to what varies?",
        columns,
        frame,
        scenario.currency,
        ((("share",), "Shares of the variance of the team's bookings, in %; all add up to 100."),),
    )


def variance_tables(
    answer: Answer, scenario: Scenario, *, longest: bool = False
) -> tuple[Table, ...]:
    """What makes bookings vary, and who? None where the answer does not tell."""
    if "variance" not in answer.parts:
        return ()
    return (
        variance_table(answer, scenario, longest=longest),
        contributors_table(answer, scenario, longest=longest),
    )


Row = Mapping[str, Any]


def _team_row(answer: Answer) -> Row | None:
    """Give the first of the team's longest periods, of those with a plan if there is any."""
    found = _planned(answer.frame.filter(level="team"))
    with_plan = found.drop_nulls("quota")
    found = found if with_plan.is_empty() else with_plan
    return None if found.is_empty() else found.row(0, named=True)


def _worst_sentence(row: Row, currency: str) -> str:
    worst, lacking = row["worst_10"], row["es_10"]
    if worst is None:
        return ""
    told = (
        f"In the worst 1 of 10 futures the team books {speak_money(worst)} {currency} in "
        f"{row['period']} on average"
    )
    if lacking is None:
        return f"{told}; there is no plan that this could be held against."
    side = "below" if lacking > 0 else "above"
    return f"{told}, {speak_money(abs(lacking))} {side} its plan."


def _assigned_sentence(row: Row, bands: pl.DataFrame) -> str:
    if row["over_assignment"] is None:
        return ""
    percent = f"{100 * row['over_assignment']:.0f}"
    those = row["reps_with_quota"]
    whose = (
        "The reps' quotas"
        if those == row["reps"]
        else f"The quotas of {those} of {row['reps']} reps"
    )
    total = "the plan" if percent == "100" else f"{percent} % of the plan"
    mine = bands.filter(level="team", cadence=row["cadence"], period=row["period"])
    reached = mine.filter(pl.col("at_least") >= 1)["share"].sum()
    halves = mine.filter(pl.col("at_least").is_null())["share"].sum()
    return (
        f"{whose} add up to {total}; on average {100 * reached:.0f} % of them are reached and "
        f"{100 * halves:.0f} % end below half."
    )


def _variance_sentence(row: Row, answer: Answer, scenario: Scenario) -> str:
    if "variance" not in answer.parts:
        return ""
    of_it = {"cadence": row["cadence"], "period": row["period"]}
    parts = answer.parts["variance"].filter(level="team", **of_it)
    people = answer.parts["contributors"].filter(**of_it)
    effective = answer.parts["concentration"].filter(**of_it)["effective_reps"]
    if parts["share"].count() == 0:
        return ""
    first = people.row(0, named=True)
    who = name_unit("rep", first["name"], scenario)
    if people.height == 1:
        return f"All that varies in {row['period']} is what {who} books."
    shared = parts.filter("is_shared")["share"].sum()
    alike = people.filter(
        pl.col("share") + Z_95 * (pl.col("share_se") ** 2 + first["share_se"] ** 2).sqrt()
        > first["share"]
    ).height
    percent = f"{100 * first['share']:.0f} %"
    most = f"{who} contributes most, {percent}"
    if alike > 1:
        most = f"nobody contributes clearly most, {percent} at most"
    return (
        f"Of what varies in {row['period']} the reps share {100 * shared:.0f} %; {most}, and it is "
        f"spread as over {effective[0]:.1f} equal reps."
    )


def tell_variance(answer: Answer, scenario: Scenario) -> tuple[str, ...]:
    """How much of what varies do reps share, and how concentrated is it? As the scenario is."""
    row = _team_row(answer)
    told = "" if row is None else _variance_sentence(row, answer, scenario)
    return (f"As it is, {told[:1].lower()}{told[1:]}",) if told else ()


def tell_risk(answer: Answer, scenario: Scenario) -> tuple[str, ...]:
    """What is the team's risk, in a few sentences?"""
    row = _team_row(answer)
    if row is None:
        return ()
    told: Sequence[str] = (
        _worst_sentence(row, scenario.currency),
        _assigned_sentence(row, answer.parts["bands"]),
        _variance_sentence(row, answer, scenario),
    )
    return tuple(filter(None, told))


def risk_tables(answer: Answer, scenario: Scenario, *, longest: bool = False) -> tuple[Table, ...]:
    """Which tables does the answer give? Of the longest periods only, or of all."""
    tables = [risk_table(answer, scenario, longest=longest)]
    if not answer.parts["bands"].is_empty():
        tables.append(bands_table(answer, scenario, longest=longest))
    return (*tables, *variance_tables(answer, scenario, longest=longest))


def risk_reply(answer: Answer, scenario: Scenario) -> Reply:
    """What is the team's risk against its plan, for people and programs?"""
    return Reply(
        title=scenario.name,
        sentences=tell_risk(answer, scenario),
        tables=risk_tables(answer, scenario),
        cautions=answer.cautions,
        notes=(answer.note,),
        provenance=answer.provenance,
        currency=scenario.currency,
    )
