"""Chances of hitting quotas that were said in the past, and whether the quotas were hit."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from datetime import date

import numpy as np
import polars as pl

from quotarisk.analysis.naive import Bookings
from quotarisk.analysis.scores import brier_of, mean_score, ratio_of_scores
from quotarisk.periods import MONTHS_IN, Cadence, Horizon
from quotarisk.scenario.quotas import Amounts
from quotarisk.simulation.estimates import Array

MULTIPLES = (0.8, 1.0, 1.2)  # of what was booked in windows before, where no quotas are told
EDGES = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)  # of the chances that are held against what came
HALF_A_CENT = 0.005  # amounts are whole cents, but their sums as floats are not
FEWEST_CHANCES = 5  # in a row of the reliability table

NO_HITS = pl.DataFrame(
    schema={
        "level": pl.String, "name": pl.String, "origin": pl.Date, "days": pl.Int64,
        "hit": pl.Boolean, "p_model": pl.Float64,
    }
)  # fmt: skip

Told = Mapping[str, Array]


def usual_quotas(bookings: Bookings, as_of: date, days: int) -> dict[str, float]:
    """What did each rep book in an average window of so many days? Nothing before one is over."""
    windows = bookings.windows(as_of, days)
    if not windows.shape[1]:
        return {}
    return dict(zip(bookings.reps, windows.mean(axis=1).tolist(), strict=True))


def quota_of_window(
    amounts: Amounts, start: date, months: int, fiscal_year_start: int
) -> float | None:
    """What is the quota of the months from a day on?

    That of the period which they are, else the sum of theirs; none where one of them has none.
    """
    horizon = Horizon(start, months, fiscal_year_start)
    whole: tuple[Cadence, ...] = tuple(c for c, length in MONTHS_IN.items() if length == months)
    for period in (p for cadence in whole for p in horizon.periods(cadence)):
        if period.first == start:
            found = amounts.get((period.cadence, period.name))
            if found is not None:
                return found
    parts = [amounts.get(("month", period.name)) for period in horizon.periods("month")]
    return None if None in parts else float(sum(part or 0.0 for part in parts))


def period_name(start: date, months: int, fiscal_year_start: int) -> str | None:
    """Which month, quarter or fiscal year are the months from a day on? None where none."""
    horizon = Horizon(start, months, fiscal_year_start)
    return next(
        (
            period.name
            for period in horizon.all_periods
            if period.first == start and MONTHS_IN[period.cadence] == months
        ),
        None,
    )


def hit_rows(
    told: Told, came: float, quotas: Sequence[float], row: Mapping[str, object]
) -> Iterator[dict[str, object]]:
    """What did each way of forecasting say of each quota, and was it hit?

    Parameters
    ----------
    told
        Samples of each way.
    came
        What was booked.
    quotas
        In currency; those of 0 say nothing.
    row
        What the rows have in common.
    """
    for quota in quotas:
        if quota > 0:
            chances = {
                f"p_{way}": float((np.asarray(samples) > quota - HALF_A_CENT).mean())
                for way, samples in told.items()
            }
            yield {**row, "quota": quota, "hit": came > quota - HALF_A_CENT, **chances}


def brier_scores(rows: pl.DataFrame, naive: Sequence[str]) -> dict[str, object]:
    """How good were the chances of a level and a horizon, beside the best naive ones?

    Returns
    -------
    dict
        ``chances`` (number), ``brier`` and ``brier_se``, ``best_naive_brier`` (its name) and
        ``brier_ratio`` with ``brier_ratio_se`` to its score; None where there is nothing.
    """
    nothing = dict.fromkeys(
        ("brier", "brier_se", "best_naive_brier", "brier_ratio", "brier_ratio_se")
    )
    if rows.is_empty():
        return {"chances": 0, **nothing}
    origins, names = rows["origin"].to_list(), rows["name"].to_list()
    days = max(rows["days"].to_list())
    scores = brier_of(rows["p_model"], rows["hit"])
    mean = mean_score(scores, origins=origins, reps=names, days=days)
    others = {
        way: brier_of(rows[f"p_{way}"], rows["hit"])
        for way in naive
        if f"p_{way}" in rows.columns and rows[f"p_{way}"].null_count() == 0
    }
    best = min(others, key=lambda way: float(others[way].mean()))
    ratio = ratio_of_scores(scores, others[best], origins=origins, reps=names, days=days)
    return {
        "chances": rows.height,
        "brier": mean.value,
        "brier_se": mean.se,
        "best_naive_brier": best,
        "brier_ratio": ratio.value,
        "brier_ratio_se": ratio.se,
    }


def reliability_of(hits: pl.DataFrame) -> pl.DataFrame:
    """Where so many hits were said, how many came?

    Returns
    -------
    polars.DataFrame
        A row for each level and fifth of the chances that holds five or more: ``level``,
        ``above``, ``up_to``, ``chances`` (number), ``hits`` (number), ``said`` (mean), ``came``
        (share that was hit) and ``came_se``, null where all or none were hit: that many say
        nothing of the error.
    """
    rows = []
    for (level,), part in hits.group_by("level", maintain_order=True):
        for above, up_to in itertools.pairwise(EDGES):
            low = -1.0 if above == 0 else above  # a chance of 0 belongs to the first fifth
            inside = part.filter(pl.col("p_model").is_between(low, up_to, closed="right"))
            if inside.height < FEWEST_CHANCES:
                continue
            came = mean_score(
                inside["hit"],
                origins=inside["origin"].to_list(),
                reps=inside["name"].to_list(),
                days=max(inside["days"].to_list()),
            )
            rows.append(
                {
                    "level": level,
                    "above": above,
                    "up_to": up_to,
                    "chances": inside.height,
                    "hits": int(inside["hit"].sum()),
                    "said": inside["p_model"].mean(),
                    "came": came.value,
                    "came_se": came.se if came.se > 0 else None,
                }
            )
    schema = {
        "level": pl.String, "above": pl.Float64, "up_to": pl.Float64, "chances": pl.Int64,
        "hits": pl.Int64, "said": pl.Float64, "came": pl.Float64, "came_se": pl.Float64,
    }  # fmt: skip
    return pl.DataFrame(rows, schema=schema)
