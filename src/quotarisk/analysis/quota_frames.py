"""What was solved, as tables: rows of units and periods in currency."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
import polars as pl

from quotarisk.analysis.equivalents import OTHER
from quotarisk.analysis.exact import exact_p_hit, is_exact, pool, rep_sources
from quotarisk.analysis.order_grid import OrderGrid
from quotarisk.analysis.order_statistics import Z_95
from quotarisk.analysis.over_assignment import assigned_rows, factor_rows, present_row
from quotarisk.analysis.quota_verdicts import Bands, reason_of, verdict_of
from quotarisk.analysis.solved import Reach, Solved, Wanted
from quotarisk.analysis.splits import fair_split, proportional_split
from quotarisk.periods import CADENCES, Period, add_months
from quotarisk.scenario.scenario import Scenario
from quotarisk.simulation.comparing import Variant
from quotarisk.simulation.estimates import Array
from quotarisk.simulation.listed import CENTS

_TEXTS = ("level", "name", "cadence", "period", "group", "reason", "verdict", "kind", "given")
_COUNTS = ("periods", "planned", "reps", "quotas_of", "p_rep_of", "p_rep_at_plan_of")
_QUOTAS = (
    "level", "name", "cadence", "period", "quota", "p_hit", "p_hit_se", "solved", "solved_low",
    "solved_high", "solved_se", "p_solved", "p_solved_se", "change", "change_se", "mean", "mean_se",
    "verdict", "reason", "group", "p_solved_exact", "p_solved_z",
)  # fmt: skip
_EVERY_PERIOD = (
    "level", "name", "cadence", "periods", "planned", "quota", "p_hit", "p_hit_se", "solved",
    "solved_low", "solved_high", "solved_se", "p_solved", "p_solved_se", "change", "change_se",
    "mean", "mean_se", "reason", "group",
)  # fmt: skip
_SPLIT = (
    "level", "name", "period", "quota", "p_hit", "p_hit_se", "fair", "p_fair", "p_fair_se",
    "proportional", "p_proportional", "p_proportional_se", "mean", "mean_se", "reason", "group",
)  # fmt: skip
_OVER = (
    "kind", "period", "p_team", "p_team_se", "plan", "plan_low", "plan_high", "plan_se", "quotas",
    "quotas_se", "over_assignment", "over_assignment_se", "p_rep", "p_rep_se", "p_rep_at_plan",
    "p_rep_at_plan_se", "reps", "quotas_of", "p_rep_of", "p_rep_at_plan_of",
)  # fmt: skip
_FACTORS = (
    "kind", "period", "over_assignment", "over_assignment_se", "quotas", "quotas_se", "p_rep",
    "p_rep_se", "reps", "p_rep_of",
)  # fmt: skip
_EQUIVALENTS = (
    "name", "given", "quota", "p_hit", "p_hit_se", "cadence", "equivalent", "equivalent_low",
    "equivalent_high", "equivalent_se", "multiple", "multiple_se", "reason", "group",
)  # fmt: skip
_VERDICTS = (
    "level", "name", "cadence", "planned", "quota", "p_hit", "p_hit_se", "verdict", "reason",
    "multiple", "multiple_se", "mean", "mean_se", "group",
)  # fmt: skip


@dataclass(frozen=True)
class Context:
    """What the tables are made of.

    Parameters
    ----------
    scenario, variant
        What was asked about.
    wanted, bands, paths
        What was asked.
    reps, groups, team
        What was found.
    plan
        The team's in its period, in cents; None where there is none.
    """

    scenario: Scenario = field(repr=False)
    variant: Variant = field(repr=False)
    wanted: Wanted = field(repr=False)
    bands: Bands
    paths: int
    reps: tuple[Solved, ...] = field(repr=False)
    groups: tuple[Solved, ...] = field(repr=False)
    team: Solved = field(repr=False)
    plan: float | None

    @property
    def units(self) -> tuple[Solved, ...]:
        """Reps, groups, then the team."""
        return (*self.reps, *self.groups, self.team)

    @property
    def plan_period(self) -> Period | None:
        """The period of the plan."""
        row = self.wanted.plan_row
        return None if row is None else self.wanted.periods[row]

    @property
    def grids(self) -> list[OrderGrid]:
        """Each rep's bookings in the period of the plan."""
        return [rep.grid for rep in self.reps if rep.grid is not None]

    @property
    def reaches(self) -> list[Reach]:
        """Each rep's quota in the period of the plan, at the confidence."""
        return [reach for rep in self.reps for reach in rep.reaches]


def _table(keys: tuple[str, ...], rows: Iterable[Mapping[str, object]]) -> pl.DataFrame:
    schema: dict[str, type[pl.DataType]] = {
        key: pl.String if key in _TEXTS else pl.Int64 if key in _COUNTS else pl.Float64
        for key in keys
    }
    rows = [{key: row.get(key) for key in keys} for row in rows]
    return pl.DataFrame(rows, schema=schema).fill_nan(None)


def _percent(share: float) -> str:
    return f"{100 * share:.3g} %"


def _why_none(context: Context, at_all: float) -> str:
    return (
        f"Net bookings are above 0 with {_percent(at_all)} only, so no quota is hit with "
        f"{_percent(context.wanted.confidence)}."
    )


def _not_yet(context: Context, unit: Solved) -> str:
    start = context.wanted.starts[unit.level, unit.name]
    return f"Starts on {start}." if unit.level == "rep" else f"Nobody works before {start}."


def _interval_se(low: Array | float, high: Array | float) -> Array:
    return np.asarray((np.asarray(high) - np.asarray(low)) / (2 * Z_95))


def _exact_chances(context: Context) -> dict[tuple[str, str], Array]:
    """Exact P(hit) of the solved quotas, by level and name, where nothing is uncertain."""
    variant = context.variant
    sources = {
        name: rep_sources(task, variant.setting, variant.periods)
        for name, task in variant.tasks.items()
        if is_exact(task, variant.setting)
    }
    found = {}
    for unit in context.units:
        members = [
            rep.name
            for rep in context.reps
            if unit.level == "team"
            or unit.name == (rep.group if unit.level == "group" else rep.name)
        ]
        if not all(name in sources for name in members):
            continue
        mine = pool([sources[name] for name in members])
        certain = context.wanted.certain[unit.level, unit.name]
        found[unit.level, unit.name] = np.array(
            [
                math.nan if math.isnan(quota) else exact_p_hit(mine, row, (quota - known) / CENTS)
                for row, (quota, known) in enumerate(zip(unit.solved, certain, strict=True))
            ]
        )
    return found


def quotas_frame(context: Context) -> pl.DataFrame:
    """Which quota does each unit hit in each period with the confidence?"""
    paths, rows = context.paths, []
    exact = _exact_chances(context)
    for unit in context.units:
        p_hit, p_solved = unit.hits / paths, unit.solved_hits / paths
        p_hit_se, p_solved_se = unit.hits_se, unit.solved_hits_se
        solved_se = _interval_se(unit.low, unit.high)
        known = exact.get((unit.level, unit.name), np.full(len(p_hit), np.nan))
        # an atom may be reached on all paths: what the exact figure says of its error counts too
        error = np.maximum(p_solved_se, np.sqrt(known * (1 - known) / paths))
        for row, period in enumerate(context.wanted.periods):
            reason = None
            if not unit.works[row]:
                reason = _not_yet(context, unit)
            elif math.isnan(unit.solved[row]):
                reason = _why_none(context, unit.at_all[row] / paths)
            rows.append(
                {
                    "level": unit.level,
                    "name": unit.name,
                    "cadence": period.cadence,
                    "period": period.name,
                    "quota": unit.quotas[row] / CENTS,
                    "p_hit": p_hit[row],
                    "p_hit_se": p_hit_se[row],
                    "solved": unit.solved[row] / CENTS,
                    "solved_low": unit.low[row] / CENTS,
                    "solved_high": unit.high[row] / CENTS,
                    "solved_se": solved_se[row] / CENTS,
                    "p_solved": p_solved[row],
                    "p_solved_se": p_solved_se[row],
                    "change": unit.solved[row] / unit.quotas[row] - 1,
                    "change_se": solved_se[row] / unit.quotas[row],
                    "mean": unit.mean[row] / CENTS,
                    "mean_se": unit.mean_se[row] / CENTS,
                    "verdict": verdict_of(p_hit[row], p_hit_se[row], context.bands),
                    "reason": reason,
                    "group": unit.group,
                    "p_solved_exact": known[row],
                    "p_solved_z": (p_solved[row] - known[row]) / error[row],
                }
            )
    return _table(_QUOTAS, rows)


def every_period_frame(context: Context) -> pl.DataFrame:
    """Which one number for every period of a cadence is hit with the confidence on average?"""
    rows = []
    for unit in context.units:
        for cadence, flat in unit.flats.items():
            solved_se = float(_interval_se(flat.low, flat.high))
            rows.append(
                {
                    "level": unit.level,
                    "name": unit.name,
                    "cadence": cadence,
                    "periods": flat.periods,
                    "planned": flat.planned,
                    "quota": flat.quota / CENTS,
                    "p_hit": flat.p_hit.value,
                    "p_hit_se": flat.p_hit.se,
                    "solved": flat.solved / CENTS,
                    "solved_low": flat.low / CENTS,
                    "solved_high": flat.high / CENTS,
                    "solved_se": solved_se / CENTS,
                    "p_solved": flat.p_solved.value,
                    "p_solved_se": flat.p_solved.se,
                    "change": flat.solved / flat.quota - 1,
                    "change_se": solved_se / flat.quota,
                    "mean": flat.mean.value / CENTS,
                    "mean_se": flat.mean.se / CENTS,
                    "reason": _why_none(context, flat.at_all) if math.isnan(flat.solved) else None,
                    "group": unit.group,
                }
            )
    return _table(_EVERY_PERIOD, rows)


def _chances(grid: OrderGrid, quota: float, key: str) -> dict[str, float]:
    """A quota with its P(hit); none without a quota."""
    if not quota > 0:
        return {}
    chance = grid.chance(quota)
    return {key: quota / CENTS, f"p_{key}": chance, f"p_{key}_se": grid.chance_se(chance)}


def split_frame(context: Context) -> pl.DataFrame:
    """How is the plan split over the reps, fairly and in proportion, and who hits how often?"""
    period, plan = context.plan_period, context.plan
    if period is None or plan is None:
        return _table(_SPLIT, [])
    at, rows = context.wanted.plan_row, []
    means = np.array([rep.mean[at] for rep in context.reps])
    splits = {
        "fair": fair_split(context.grids, plan),
        "proportional": proportional_split(means, plan),
    }
    for unit in context.units:
        mine = np.array(
            [
                unit.level == "team"
                or unit.name == (rep.group if unit.level == "group" else rep.name)
                for rep in context.reps
            ]
        )
        told = {
            key: float(split[mine].sum()) if split is not None else math.nan
            for key, split in splits.items()
        }
        reason = None
        if unit.level == "rep" and told["fair"] == 0:
            reason = (
                "No quota: net bookings are above 0 too seldom for an equal chance."
                if unit.works[at]
                else _not_yet(context, unit)
            )
        grid = unit.grid
        assert grid is not None
        rows.append(
            {
                "level": unit.level,
                "name": unit.name,
                "period": period.name,
                "quota": unit.quotas[at] / CENTS,
                "p_hit": unit.hits[at] / context.paths,
                "p_hit_se": unit.hits_se[at],
                **_chances(grid, told["fair"], "fair"),
                **_chances(grid, told["proportional"], "proportional"),
                "mean": unit.mean[at] / CENTS,
                "mean_se": unit.mean_se[at] / CENTS,
                "reason": reason,
                "group": unit.group,
            }
        )
    return _table(_SPLIT, rows)


def _present_quotas(context: Context, row: int) -> Array | None:
    """Quotas in cents of the reps who work; none if one of them has no quota."""
    quotas = np.array([rep.quotas[row] for rep in context.reps if rep.works[row]])
    return quotas if len(quotas) and not np.isnan(quotas).any() else None


def over_assignment_frame(context: Context) -> pl.DataFrame:
    """How much quota lies between the reps' chances and the team's?"""
    period, row, team = context.plan_period, context.wanted.plan_row, context.team.grid
    if period is None or row is None or team is None:
        return _table(_OVER, [])
    rows = assigned_rows(
        context.reaches, context.team.reaches, context.grids, context.wanted.blocks or context.paths
    )
    if context.plan is not None:
        quotas = _present_quotas(context, row)
        rows.append(present_row(context.plan, quotas, team, context.grids))
    return _table(_OVER, [{**each, "period": period.name} for each in rows])


def factors_frame(context: Context) -> pl.DataFrame:
    """What does over-assigning the plan by so much do to the reps' chances?"""
    period = context.plan_period
    if period is None or context.plan is None:
        return _table(_FACTORS, [])
    rows = factor_rows(
        context.plan, context.reaches, context.grids, context.wanted.blocks or context.paths
    )
    return _table(_FACTORS, [{**each, "period": period.name} for each in rows])


def equivalents_frame(context: Context) -> pl.DataFrame:
    """Which monthly quota is as hard as the present quarterly one, and the other way round?"""
    rows = []
    for rep in context.reps:
        for given, found in rep.equivalents.items():
            # how many there are of it, not of all: a hire works fewer months of a quarter
            times, error = found.periods, float(_interval_se(found.low, found.high))
            rows.append(
                {
                    "name": rep.name,
                    "given": given,
                    "quota": found.quota / CENTS,
                    "p_hit": found.p_hit.value,
                    "p_hit_se": found.p_hit.se,
                    "cadence": OTHER[given],
                    "equivalent": found.amount / CENTS,
                    "equivalent_low": found.low / CENTS,
                    "equivalent_high": found.high / CENTS,
                    "equivalent_se": error / CENTS,
                    "multiple": times * found.amount / found.quota,
                    "multiple_se": times * error / found.quota,
                    "reason": found.reason or None,
                    "group": rep.group,
                }
            )
    return _table(_EQUIVALENTS, rows)


def _ramping(context: Context, unit: Solved, cadence: str) -> int:
    """In how many of the periods with a quota is a rep not yet fully productive?"""
    rep = next((rep for rep in context.scenario.reps if rep.name == unit.name), None)
    if unit.level != "rep" or rep is None or rep.start_date is None:
        return 0
    done = add_months(rep.start_date, len(rep.ramp))
    return sum(
        period.cadence == cadence and period.first < done and not math.isnan(quota)
        for period, quota in zip(context.wanted.periods, unit.quotas, strict=True)
    )


def verdicts_frame(context: Context) -> pl.DataFrame:
    """Is each present quota out of reach, a stretch, realistic or soft, and why?"""
    rows = []
    for unit in context.units:
        for cadence in CADENCES:
            flat = unit.flats.get(cadence)
            if flat is None or not flat.planned:
                continue
            mean, error = flat.quota_mean
            multiple = flat.quota / mean if mean > 0 else math.nan
            rows.append(
                {
                    "level": unit.level,
                    "name": unit.name,
                    "cadence": cadence,
                    "planned": flat.planned,
                    "quota": flat.quota / CENTS,
                    "p_hit": flat.p_hit.value,
                    "p_hit_se": flat.p_hit.se,
                    "verdict": verdict_of(*flat.p_hit, context.bands),
                    "reason": reason_of(
                        flat, cadence, context.bands, ramping=_ramping(context, unit, cadence)
                    ),
                    "multiple": multiple,
                    "multiple_se": multiple * error / mean if mean > 0 else math.nan,
                    "mean": mean / CENTS,
                    "mean_se": error / CENTS,
                    "group": unit.group,
                }
            )
    return _table(_VERDICTS, rows)
