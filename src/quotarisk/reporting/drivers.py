"""What moves the chance, and what the risk of a miss is made of, in words and tables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from quotarisk.analysis.answers import Answer
from quotarisk.analysis.moving import LATE, WORDS
from quotarisk.reporting.formats import Z_95, speak_money, write_number
from quotarisk.reporting.tables import Column, Table
from quotarisk.reporting.units import with_units
from quotarisk.scenario.scenario import Scenario
from quotarisk.wording import list_names

Row = Mapping[str, Any]

WHO = Column("unit", "who", "text", "The team, a group or a rep.")
DRIVERS = (
    WHO,
    Column("what", "assumption", "text", "Which figure moves."),
    Column("segment", "segment", "text", "In which segment; in none where it is about people."),
    Column("moved", "moved to", "text", "Where the figure moves down and up; of laws the median."),
    Column(
        "change_low",
        "at the lower",
        "points",
        "What moving it down does to P(hit).",
        "change_low_se",
    ),
    Column(
        "change_high",
        "at the higher",
        "points",
        "What moving it up does to P(hit).",
        "change_high_se",
    ),
    Column(
        "swing",
        "swing",
        "points",
        "The larger of both changes, without its sign.",
        "swing_se",
        rank=9,
    ),
    Column(
        "basis", "why so far", "text", "How far it moves: by evidence, or by convention.", rank=2
    ),
    Column("p_hit", "P(hit)", "share", "How likely the quota is hit as it is.", "p_hit_se", rank=3),
    Column("mean_low", "mean at the lower", "money", "Expected bookings.", "mean_low_se", rank=4),
    Column(
        "mean_high", "mean at the higher", "money", "Expected bookings.", "mean_high_se", rank=4
    ),
    Column("period", "period", "text", "The month, quarter or fiscal year.", rank=5),
)
SPLIT = (
    WHO,
    Column("period", "period", "text", "The month, quarter or fiscal year.", rank=2),
    Column("p_hit", "P(hit)", "share", "How likely the quota is hit.", "p_hit_se"),
    Column(
        "luck_share",
        "luck of deals",
        "percent",
        "What would remain of the risk if all rates were known.",
        "luck_share_se",
    ),
    Column(
        "rates_share",
        "rates not known",
        "percent",
        "What more evidence on the rates could take away.",
        "rates_share_se",
    ),
    Column("market_share", "market", "percent", "What all reps have in common.", "market_share_se"),
    Column("ramp_share", "ramp", "percent", "Ramps are taken as known: no part.", rank=3),
    Column(
        "ramp_cost",
        "ramping costs",
        "points",
        "By how many points P(hit) were higher if nobody had to ramp.",
        "ramp_cost_se",
        rank=1,
    ),
)
PARTS = {
    "luck": "the luck of deals, which would remain if all rates were known",
    "rates": "not knowing the rates",
    "market": "the market",
}


def _whole_where_apart(low: float, high: float) -> tuple[str, str]:
    decimals = 0 if round(low) != round(high) else 1
    return f"{low:,.{decimals}f}", f"{high:,.{decimals}f}"


def write_moves(row: Row) -> tuple[str, str, str]:
    """Where does an assumption move down and up, and in what unit?

    Examples
    --------
    >>> write_moves({"figure": "win_rate", "low": 0.241, "high": 0.312})
    ('24', '31', ' %')
    """
    figure, low, high = row["figure"], row["low"], row["high"]
    if figure in ("win_rate", "stall_rate"):
        return *_whole_where_apart(100 * low, 100 * high), " %"
    if figure in ("won_cycle_days", "lost_cycle_days"):
        return *_whole_where_apart(low, high), " days"
    if figure == "deal_size":
        return speak_money(low), speak_money(high), ""
    if figure == "ramp":
        return f"{low:.1f}", f"{high:.1f}", " times"
    return write_number(low), write_number(high), ""


def _moved(row: Row) -> str:
    if row["figure"] == "hires":
        return LATE
    low, high, unit = write_moves(row)
    return f"{low} to {high}{unit}"


def driver_tables(answer: Answer, scenario: Scenario) -> tuple[Table, Table]:
    """Which assumption moves the chance most, and what is the risk of a miss made of?

    Parameters
    ----------
    answer
        From `rank_drivers`.
    scenario
        What was asked about.

    Returns
    -------
    tuple
        The tables ``drivers`` and ``split``; the team comes first in both.
    """
    rows = list(answer.frame.iter_rows(named=True))
    moved = pl.Series("moved", [_moved(row) for row in rows], pl.String)
    what = pl.Series("what", [WORDS[row["figure"]] for row in rows], pl.String)
    drivers = Table(
        "drivers",
        "Which assumption moves the chance most?",
        DRIVERS,
        with_units(answer.frame, scenario).with_columns(what, moved),
        scenario.currency,
        (
            (
                ("change_low",),
                "At the lower and the higher: the change of P(hit) in points, one assumption at "
                "a time on the same futures.",
            ),
            (
                ("moved",),
                "What was learnt from evidence moves to the P10 and P90 of what it may be, of a "
                "group or the team the mean of its reps; what is taken as known by 10 %.",
            ),
        ),
    )
    split = Table(
        "split",
        "Is a miss luck, not knowing the rates, or the market?",
        SPLIT,
        with_units(answer.parts["split"], scenario),
        scenario.currency,
        (
            (
                ("luck_share",),
                "Parts in % of the variance of a miss: they add up to 100, and a part that is "
                "nothing may be off by its error.",
            ),
            (("ramp_cost",), "Ramping costs: points of P(hit)."),
        ),
    )
    return drivers, split


def _plan(row: Row) -> str:
    """Name a quota: the team's plan, or somebody's quota."""
    whose = "the team's" if row["level"] == "team" else f"{row['name']}'s"
    return f"{whose} {row['period']} {'quota' if row['level'] == 'rep' else 'plan'}"


def _says(change: float) -> str:
    verb = "falls" if change < 0 else "rises"
    return f"{verb} by {abs(100 * change):.1f} points"


def _tornado_sentence(row: Row) -> str:
    figure, segment = WORDS[row["figure"]], row["segment"]
    what = f"{figure} in {segment}" if segment else figure
    chance = f"the chance of making {_plan(row)}"
    if row["swing"] < Z_95 * row["swing_se"]:
        return f"No assumption clearly moves {chance} when it is moved by itself."
    if row["figure"] == "hires":
        told = f"{LATE} it {_says(row['change_high'])}"
    else:
        low, high, unit = write_moves(row)
        told = (
            f"at {low}{unit} it {_says(row['change_low'])}, "
            f"at {high}{unit} it {_says(row['change_high'])}"
        )
    return f"What moves {chance} most is {what}: {told}."


def _split_sentence(row: Row) -> str:
    risk = f"the risk of missing {_plan(row)}"
    if row["luck_share"] is None:
        always = "always" if row["p_hit"] == 0 else "never"
        return f"There is nothing to split of {risk}: it is {always} missed."
    shares = {part: (row[f"{part}_share"], row[f"{part}_share_se"]) for part in PARTS}
    clear = {part: share for part, (share, se) in shares.items() if share >= max(Z_95 * se, 0.005)}
    if not clear:
        return f"What {risk} is made of cannot be told on so few futures."
    told = [
        f"{100 * share:.0f} % is {PARTS[part]}"
        for part, share in sorted(clear.items(), key=lambda item: -item[1])
    ]
    rest = [words for part, words in PARTS.items() if part not in clear]
    unseen = f"; {' or '.join(rest)} plays no part that can be seen" if rest else ""
    cost, error = row["ramp_cost"], row["ramp_cost_se"]
    ramp = f"; ramping costs {100 * cost:.1f} points" if cost > Z_95 * error else ""
    return f"Of {risk}, {list_names(told)}{unseen}{ramp}."


def driver_sentences(answer: Answer) -> tuple[str, ...]:
    """What moves the team's chance most, and is a miss luck? Of the first who has a quota."""
    told = []
    if not answer.frame.is_empty():
        told.append(_tornado_sentence(answer.frame.row(0, named=True)))
    split = answer.parts["split"]
    if not split.is_empty():
        told.append(_split_sentence(split.row(0, named=True)))
    return tuple(told)
