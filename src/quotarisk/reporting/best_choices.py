"""The best of several choices in words: of mixes, and of shares of time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import polars as pl

from quotarisk.analysis.choice import BETTER
from quotarisk.periods import CADENCES
from quotarisk.reporting.formats import write_change, write_error, write_value
from quotarisk.reporting.tables import Column

Row = Mapping[str, Any]
BY = Column("cadence", "by the", "text", "Month, quarter or fiscal year.")
GAIN = (
    Column(
        "p_hit_today", "P(hit) today", "share",
        "How likely the quota is hit as it is: the mean over the periods.", "p_hit_today_se",
        rank=1,
    ),
    Column("p_hit", "P(hit) then", "share", "How likely it is hit with the best.", "p_hit_se"),
    Column("gain", "gain", "points", "In points, on the same futures.", "gain_se"),
    Column(
        "verdict", "verdict", "text",
        "Better, or no clear gain: within two standard errors; or today's is the best.",
    ),
    Column(
        "mean_change", "change of mean", "money", "Of expected bookings.", "mean_change_se", rank=2
    ),
)  # fmt: skip
HALVES = (
    "The best is chosen on one half of the futures and told by the other, so that luck does not "
    "flatter it."
)
GAIN_CAPTION = (("p_hit", "gain"), "P(hit) in %, ± half a 95 % interval; gains in points.")


def write_gain(row: Row) -> str:
    """How likely is the best choice hit, and how likely today's?

    Examples
    --------
    >>> write_gain({"p_hit": 0.5, "p_hit_today": 0.4, "gain": 0.1, "gain_se": 0.01})
    '50.0 % instead of 40.0 % (+10.0 points ±2.0)'
    """
    then, today = (write_value(row[key], "share") for key in ("p_hit", "p_hit_today"))
    points = f"{write_change(row['gain'])} points {write_error(row['gain_se'], 'points')}"
    return f"{then} % instead of {today} % ({points})"


def tell_best(best: pl.DataFrame, what: str, chosen: Callable[[Row], str]) -> Iterator[str]:
    """Who would hit clearly more often otherwise, by each cadence?

    Parameters
    ----------
    best
        A row a rep and cadence.
    what
        What is chosen, such as ``mix``.
    chosen
        What is said of a row's choice: ``with 20 % instead of 0 %``.
    """
    for cadence in CADENCES:
        rows = best.filter(cadence=cadence)
        if rows.is_empty():
            continue
        names, better = rows["name"].to_list(), rows.filter(verdict=BETTER)
        if better.is_empty():
            whom = names[0] if len(names) == 1 else f"any of {len(names):,} reps"
            yield f"By the {cadence} no other {what} clearly helps {whom}."
            continue
        top = better.sort("gain", descending=True).row(0, named=True)
        told = f"{chosen(top)}: {write_gain(top)}"
        if len(names) == 1:
            yield f"By the {cadence} {top['name']} would hit clearly more often {told}."
        else:
            yield (
                f"By the {cadence} {better.height:,} of {len(names):,} reps would hit clearly more "
                f"often with another {what}, most of all {top['name']} {told}."
            )
