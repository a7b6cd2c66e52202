"""What moves the chance, and what the risk of a miss is made of, in words and tables."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import polars as pl

from quotarisk.analysis.answers import Answer
from quotarisk.analysis.moving import LATE, WORDS
from quotarisk.reporting.formats import Z_95, speak_money, write_error, write_number
from quotarisk.reporting.tables import Column, Table
from quotarisk.reporting.units import with_units
from quotarisk.scenario.scenario import Scenario
from quotarisk.wording import list_names

Row = Mapping[str, Any]
UNSURE = 0.25  # half width of a share's interval beyond which it tells nothing
LEAST = 0.005  # a share that would be told as nothing

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
    if figure in ("ramp", "seasons", "clock"):
        return f"{low:.1f}", f"{high:.1f}", " times"
    return write_number(low), write_number(high), ""


def _with_periods(columns: tuple[Column, ...], frame: pl.DataFrame) -> tuple[Column, ...]:
    """Let the period stand behind whom a row is about where there are several."""
    if frame["period"].n_unique() <= 1:
        return columns
    who, *others = (column for column in columns if column.key != "period")
    (period,) = (column for column in columns if column.key == "period")
    return (who, replace(period, rank=0), *others)


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
        _with_periods(DRIVERS, answer.frame),
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
        _with_periods(SPLIT, answer.parts["split"]),
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


def _assumption(row: Row) -> str:
    figure, segment = WORDS[row["figure"]], row["segment"]
    return f"{figure} in {segment}" if segment else figure


def _leaders(rows: Sequence[Row]) -> list[Row]:
    """Keep the largest swing, and those that are as large within their errors."""
    first = rows[0]

    def is_as_large(row: Row) -> bool:
        error = math.hypot(first["swing_se"], row["swing_se"])
        return bool(first["swing"] - row["swing"] < Z_95 * error)

    return [row for row in rows if row is first or is_as_large(row)]


def _tornado_sentence(rows: Sequence[Row]) -> str:
    row = rows[0]
    chance = f"the chance of making {_plan(row)}"
    if row["swing"] < Z_95 * row["swing_se"]:
        return f"No assumption clearly moves {chance} when it is moved by itself."
    leaders = _leaders(rows)
    if len(leaders) > 1:
        told = [f"{_assumption(each)} (by {100 * each['swing']:.1f} points)" for each in leaders]
        return f"What moves {chance} most, alike within their errors: {list_names(told)}."
    if row["figure"] == "hires":
        moves = f"{LATE} it {_says(row['change_high'])}"
    else:
        low, high, unit = write_moves(row)
        moves = (
            f"at {low}{unit} it {_says(row['change_low'])}, "
            f"at {high}{unit} it {_says(row['change_high'])}"
        )
    return f"What moves {chance} most is {_assumption(row)}: {moves}."


def whole_percents(shares: Mapping[str, float]) -> dict[str, int]:
    """How are shares told in whole per cent that add up? By their largest remainders.

    Examples
    --------
    >>> whole_percents({"luck": 0.335, "market": 0.665})
    {'luck': 33, 'market': 67}
    """
    percents = {part: math.floor(100 * share) for part, share in shares.items()}
    lacking = round(100 * math.fsum(shares.values())) - sum(percents.values())
    behind = sorted(shares, key=lambda part: percents[part] - 100 * shares[part])
    for part in behind[:lacking]:
        percents[part] += 1
    return percents


def _made_of(risk: str, row: Row) -> str:
    """Say what a risk is made of, as far as its errors allow."""
    shares = {part: row[f"{part}_share"] for part in PARTS}
    errors = {part: row[f"{part}_share_se"] for part in PARTS}
    if Z_95 * max(errors.values()) > UNSURE:
        rare = "misses" if row["p_hit"] > 1 / 2 else "hits"
        return f"There are too few {rare} to tell what {risk} is made of"
    # without an error a part is nothing, or all there is, by what the scenario says
    there = [part for part in PARTS if errors[part] > 0 or shares[part] > 0]
    first = max(there, key=lambda part: float(shares[part]))
    if len(there) == 1:
        return f"All of {risk} is {PARTS[first]}"
    if any(shares[part] < max(Z_95 * errors[part], LEAST) for part in there):
        error = write_error(errors[first], "percent")
        return f"The main part of {risk}, {100 * shares[first]:.0f} % {error}, is {PARTS[first]}"
    percents = whole_percents({part: shares[part] for part in there})
    most = write_error(max(errors.values()), "percent")
    told = [
        f"{percents[part]} % is {PARTS[part]}"
        for part in sorted(there, key=lambda part: -shares[part])
    ]
    return f"Of {risk}, {list_names(told)} ({most} at most)"


def _split_sentence(row: Row) -> str:
    risk = f"the risk of missing {_plan(row)}"
    if row["luck_share"] is None:
        always = "all" if row["p_hit"] == 0 else "none"
        return f"There is nothing to split of {risk}: it is missed in {always} of the futures."
    cost, error = row["ramp_cost"], row["ramp_cost_se"]
    ramp = f"; ramping costs {100 * cost:.1f} points" if cost > Z_95 * error else ""
    return f"{_made_of(risk, row)}{ramp}."


def driver_sentences(answer: Answer) -> tuple[str, ...]:
    """What moves the team's chance most, and is a miss luck? Of the first who has a quota."""
    told = []
    if not answer.frame.is_empty():
        rows = list(answer.frame.iter_rows(named=True))
        about = ("level", "name", "period")
        told.append(
            _tornado_sentence([row for row in rows if all(row[k] == rows[0][k] for k in about)])
        )
    split = answer.parts["split"]
    if not split.is_empty():
        told.append(_split_sentence(split.row(0, named=True)))
    return tuple(told)
