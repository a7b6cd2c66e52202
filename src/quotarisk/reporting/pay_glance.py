"""What of pay is told first: the longest period, the team or else the only rep, the first plan."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from quotarisk.periods import CADENCES
from quotarisk.reporting.outcomes import largest_error
from quotarisk.reporting.tables import Column
from quotarisk.reporting.units import with_units
from quotarisk.scenario.scenario import Scenario

Row = Mapping[str, Any]
LEVELS = ("team", "group", "rep")
CENTS = 0.5  # of a unit of currency: targets of months are rounded, and need not add up
_WHO = ("level", "name", "plan")


def widest(frame: pl.DataFrame) -> pl.DataFrame:
    """Rows of the team, the first of them those of the first plan; of the only rep where one is."""
    reps = frame.filter(level="rep")
    level = "rep" if reps["name"].n_unique() == 1 else "team"
    return frame.filter(level=level)


def first_plan(frame: pl.DataFrame, key: str = "name") -> pl.DataFrame:
    """Rows of the first plan, where the same people are put on several; else all."""
    plans = frame.group_by(key).agg(pl.col("plan").n_unique())["plan"].max()
    if isinstance(plans, int) and plans > 1:
        return frame.filter(plan=frame["plan"][0])
    return frame


def in_order(frame: pl.DataFrame, scenario: Scenario) -> pl.DataFrame:
    """The team, groups, reps; all of them in a column ``unit``. Of an only rep no sums."""
    if frame.filter(level="rep")["name"].n_unique() == 1:
        frame = frame.filter(level="rep")
    parts = [frame.filter(level=level) for level in LEVELS]
    return with_units(pl.concat(parts), scenario)


def longest(frame: pl.DataFrame) -> pl.DataFrame:
    """Rows of the longest cadence of each unit and plan."""
    place = pl.col("cadence").replace_strict(
        {cadence: place for place, cadence in enumerate(CADENCES)}, return_dtype=pl.Int64
    )
    # over treats null plans as one, as they are
    return frame.filter(place == place.max().over(*_WHO))


def shorter(frame: pl.DataFrame) -> pl.DataFrame:
    """By unit and plan, P(OTE) of shorter periods: ``p_ote_part`` and ``p_ote_part_se``.

    The error is the mean of the periods' errors, and so not too small however they hang together.
    """
    rows = frame.join(longest(frame).select("level", "name", "plan", "cadence").unique(),
                      on=[*_WHO, "cadence"], how="anti", nulls_equal=True)  # fmt: skip
    return rows.group_by(_WHO, maintain_order=True).agg(
        pl.col("p_ote").mean().alias("p_ote_part"),
        pl.col("p_ote_se").mean().alias("p_ote_part_se"),
        pl.col("cadence").first().alias("part"),
    )


def plan_columns(frame: pl.DataFrame, plan: Column) -> tuple[Column, ...]:
    """A column of plans where there are several."""
    return (plan,) if frame["plan"].n_unique() > 1 else ()


def without_zeros(frame: pl.DataFrame, *keys: str) -> pl.DataFrame:
    """A dash, rather than 0 ±0, where nothing changes by what is looked at, but for cents."""

    def counts(key: str) -> pl.Expr:
        return pl.max_horizontal(pl.col(key).abs(), pl.col(f"{key}_se"))

    return frame.with_columns(
        pl.when(counts(key) > (0 if key.startswith("p_") else CENTS)).then(pl.col(key))
        for key in keys
    )


def at_most(frame: pl.DataFrame, column: Column) -> str:
    """How far off is a column's figure at most? In words that follow others; or nothing."""
    error = largest_error(frame, [column])
    return f", {error} at most" if error else ""


def short_mix(row: Row, shares: Sequence[str]) -> str:
    """Write a mix as 60/40.

    Examples
    --------
    >>> short_mix({"a": 0.6, "b": 0.4}, ["a", "b"])
    '60/40'
    """
    told = (row[key] for key in shares)
    return "/".join("–" if share is None else f"{100 * share:.0f}" for share in told)  # noqa: RUF001
