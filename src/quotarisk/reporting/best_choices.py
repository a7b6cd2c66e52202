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
        "Better, or no clear gain: within two standard errors; or today's is as good as any.",
    ),
    Column(
        "mean_change", "change of mean", "money", "Of expected bookings.", "mean_change_se", rank=2
    ),
)  # fmt: skip
HALVES = (
    "The best is chosen on one half of the futures and told by the other, so that luck does not "
    "flatter it; of choices that are as good, within 2 standard errors, it is the nearest to "
    "today's."
)
GAIN_CAPTIONS = (
    (("p_hit", "gain"), "P(hit) in %, ± half a 95 % interval; gains in points."),
    (("verdict",), "As today: today's is as good as any."),
    (("mean_change",), "Change of mean: of expected bookings."),
)


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


def _tell_one(best: pl.DataFrame, what: str, chosen: Callable[[Row], str]) -> Iterator[str]:
    """Say by each cadence whether the only rep would hit clearly more often otherwise."""
    for row in best.iter_rows(named=True):
        by = f"By the {row['cadence']}"
        if row["verdict"] == BETTER:
            told = f"{chosen(row)}: {write_gain(row)}"
            yield f"{by} {row['name']} would hit clearly more often {told}."
        else:
            yield f"{by} no other {what} clearly helps {row['name']}."


def _tell_many(best: pl.DataFrame, what: str, chosen: Callable[[Row], str]) -> Iterator[str]:
    """Count by each cadence who would, and name the one who gains most."""
    reps = best["name"].n_unique()
    by = [cadence for cadence in CADENCES if not best.filter(cadence=cadence).is_empty()]
    better = best.filter(verdict=BETTER)
    if better.is_empty():
        cadences = " or ".join(f"by the {cadence}" for cadence in by)
        yield f"No other {what} clearly helps any of {reps:,} reps, {cadences}."
        return
    counts = {cadence: better.filter(cadence=cadence).height for cadence in by}
    first, *others = sorted(by, key=lambda cadence: counts[cadence] == 0)
    told = [f"{counts[each] or 'none'} by the {each}" for each in others]
    top = better.sort("gain", descending=True).row(0, named=True)
    yield (
        f"{counts[first]:,} of {reps:,} reps would hit clearly more often by the {first} with "
        f"another {what}{''.join(f', {each}' for each in told)}; most of all {top['name']} by the "
        f"{top['cadence']} {chosen(top)}: {write_gain(top)}."
    )


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
    tell = _tell_one if best["name"].n_unique() == 1 else _tell_many
    if not best.is_empty():
        yield from tell(best, what, chosen)
