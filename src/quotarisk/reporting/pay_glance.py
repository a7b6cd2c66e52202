"""What of pay is told first: the longest period, the team or else the only rep, the first plan."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

import polars as pl

from quotarisk.analysis.answers import Answer
from quotarisk.periods import CADENCES
from quotarisk.reporting.namesakes import TEAM
from quotarisk.reporting.outcomes import largest_error
from quotarisk.reporting.tables import Column
from quotarisk.reporting.units import with_units
from quotarisk.scenario.scenario import Scenario

Row = Mapping[str, Any]
LEVELS = ("team", "group", "rep")
TOGETHER, IN_PART = "Together", ", in part"  # sums of some reps only
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


def _groups_in_part(frame: pl.DataFrame, scenario: Scenario) -> set[str] | None:
    """Which groups are not told of as a whole? None where all reps are."""
    told = set(frame.filter(level="rep")["name"])
    groups = {rep.group or "" for rep in scenario.reps if rep.name not in told}
    return groups or None


def name_sum(frame: pl.DataFrame, scenario: Scenario) -> str:
    """What is the row of all reps called: ``Team``, or ``Together`` where some are left out?"""
    return TEAM if _groups_in_part(frame, scenario) is None else TOGETHER


def in_order(frame: pl.DataFrame, scenario: Scenario) -> pl.DataFrame:
    """The team, groups, reps; all of them in a column ``unit``. Of an only rep no sums.

    Sums that do not hold all reps of the team or of a group are not called by its name alone.
    """
    if frame.filter(level="rep")["name"].n_unique() == 1:
        frame = frame.filter(level="rep")
    shown = with_units(pl.concat([frame.filter(level=level) for level in LEVELS]), scenario)
    unit, is_group = pl.col("unit"), pl.col("level") == "group"
    in_part = is_group & pl.col("name").is_in(_groups_in_part(frame, scenario) or set())
    return shown.with_columns(
        pl.when(level="team").then(pl.lit(name_sum(frame, scenario)))
        .when(in_part).then(unit + IN_PART)
        .otherwise(unit).alias("unit")
    )  # fmt: skip


def speak_whom(answer: Answer, scenario: Scenario) -> str:
    """Who is told of: the team, the reps who are asked about or paid, or the only rep?"""
    names = answer.frame.filter(level="rep")["name"].unique(maintain_order=True).to_list()
    if len(names) == 1:
        return str(names[0])
    if _groups_in_part(answer.frame, scenario) is None:
        return "the team"
    is_unpaid = any(caution.code == "no_plan" for caution in answer.cautions)
    return f"the {len(names):,} reps {'who are paid' if is_unpaid else 'asked about'}"


def _with_days(frame: pl.DataFrame, scenario: Scenario) -> pl.DataFrame:
    """From which day to which each row's period goes."""
    periods = scenario.horizon.all_periods

    def days(told: dict[str, date]) -> pl.Expr:
        return pl.col("period").replace_strict(told, return_dtype=pl.Date)

    return frame.with_columns(
        days({period.name: period.first for period in periods}).alias("first"),
        days({period.name: period.end for period in periods}).alias("end"),
    )


def speak_period(answer: Answer, scenario: Scenario, period: str) -> str:
    """Which part of a period is told of: 2027, or 2027 from Q2 on?"""
    if not any(c.code == "partial_pay" and period in c.about for c in answer.cautions):
        return period
    rows = _with_days(answer.frame, scenario)
    whole = rows.filter(period=period)
    inside = rows.filter(
        pl.col("first") >= whole["first"][0],
        pl.col("end") <= whole["end"][0],
        pl.col("cadence") != whole["cadence"][0],
    )
    since = inside.sort("first", "end", descending=[False, True])["period"][0]
    return f"{period} from {since.removeprefix(f'{period}-') if '-Q' in since else since} on"


def longest(frame: pl.DataFrame) -> pl.DataFrame:
    """Rows of the longest cadence of each unit and plan."""
    place = pl.col("cadence").replace_strict(
        {cadence: place for place, cadence in enumerate(CADENCES)}, return_dtype=pl.Int64
    )
    # over treats null plans as one, as they are
    return frame.filter(place == place.max().over(*_WHO))


def shorter(frame: pl.DataFrame, scenario: Scenario) -> pl.DataFrame:
    """By unit, plan and longest period, P(OTE) of the shorter periods that lie in it.

    ``p_ote_part`` and ``p_ote_part_se``, and their cadence, ``part``. The error is the mean of the
    periods' errors, and so not too small however they hang together.
    """
    rows = _with_days(frame, scenario)
    whole = longest(rows).select(*_WHO, "period", "cadence", "first", "end")
    rows = rows.join(whole, on=_WHO, how="inner", nulls_equal=True, suffix="_whole").filter(
        pl.col("cadence") != pl.col("cadence_whole"),
        pl.col("first") >= pl.col("first_whole"),
        pl.col("end") <= pl.col("end_whole"),
    )
    told = rows.group_by(*_WHO, "period_whole", maintain_order=True).agg(
        pl.col("p_ote").mean().alias("p_ote_part"),
        pl.col("p_ote_se").mean().alias("p_ote_part_se"),
        pl.col("cadence").first().alias("part"),
    )
    return told.rename({"period_whole": "period"})


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


def by_timing(answer: Answer, names: Iterable[str]) -> bool:
    """Is every mix of these reps worth the same, so that bookings differ by timing alone?"""
    alike = {name for c in answer.cautions if c.code == "mix_by_worth" for name in c.about}
    return alike.issuperset(names)


def short_mix(row: Row, shares: Sequence[str]) -> str:
    """Write a mix as 60/40.

    Examples
    --------
    >>> short_mix({"a": 0.6, "b": 0.4}, ["a", "b"])
    '60/40'
    """
    told = (row[key] for key in shares)
    return "/".join("–" if share is None else f"{100 * share:.0f}" for share in told)  # noqa: RUF001
