"""Goals as tables: what each rep must do, by when, what is in the way, what must be open today."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
import polars as pl

from quotarisk.analysis.coverage import Cover
from quotarisk.analysis.crossing import Crossing
from quotarisk.analysis.milestones import last_day
from quotarisk.analysis.rep_goals import MOST_PACE, RepGoal, without_quota
from quotarisk.analysis.rep_paths import Window
from quotarisk.analysis.timekeeping import is_same
from quotarisk.analysis.weekly import SegmentWeek
from quotarisk.scenario.scenario import Scenario
from quotarisk.simulation.comparing import Variant
from quotarisk.simulation.estimates import Estimate
from quotarisk.simulation.listed import CENTS

ACTIVITIES = "activities"
TOO_LATE = "Too late"
_TEXTS = (
    "level", "name", "group", "period", "segment", "stage", "month", "lever", "unit", "basis",
    "reason",
)  # fmt: skip
_FLAGS = ("has_time",)
_DAYS = ("last_day",)
_GOALS = (
    "name", "period", "quota", "booked", "confidence", "p_hit", "p_hit_se", "opps_now", "pace",
    "pace_se", "opps_per_week", "opps_per_week_se", "p_goal", "p_goal_se", "p_goal_exact",
    "p_goal_z", "naive_opps_per_week", "p_naive", "p_naive_se", "above_naive", "above_naive_se",
    "inbound_opps_per_week", "activities_per_week", "activities_per_week_se",
    "prospecting_hours", "prospecting_hours_se", "deal_hours", "deal_hours_se", "hours_needed",
    "hours_needed_se", "hours_per_week", "has_time", "p_reachable", "p_reachable_se",
    "share_reachable", "reason", "group",
)  # fmt: skip
_SEGMENTS = (
    "name", "segment", "opps_now", "opps_per_week", "opps_per_week_se", "naive_opps_per_week",
    "inbound_opps_per_week", "activities_per_week", "activities_per_week_se",
    "prospecting_hours", "prospecting_hours_se", "deal_hours", "deal_hours_se", "last_day",
    "group",
)  # fmt: skip
_STAGES = (
    "name", "segment", "stage", "rate", "now", "per_week", "per_week_se", "naive_per_week",
    "group",
)  # fmt: skip
_MILESTONES = (
    "name", "month", "opps", "opps_by_then", "opps_by_then_se", "pipeline_by_then",
    "pipeline_by_then_se", "in_time", "group",
)  # fmt: skip


@dataclass(frozen=True)
class TeamCover:
    """The team's pipeline: its quota and what is booked in cents, and what is needed."""

    quota: float
    certain: float
    p_hit: Estimate
    cover: Cover | None = field(repr=False)

    @property
    def missing(self) -> float:
        """What is missing to the quota, in currency; not below 0."""
        return max(self.quota - self.certain, 0.0) / CENTS


@dataclass(frozen=True)
class Plan:
    """What the tables are made of.

    Parameters
    ----------
    scenario, variant, window
        What was asked about, and for which period.
    confidence, paths
        What was asked.
    reps, team
        What was found.
    """

    scenario: Scenario = field(repr=False)
    variant: Variant = field(repr=False)
    window: Window = field(repr=False)
    confidence: float
    paths: int
    reps: tuple[RepGoal, ...] = field(repr=False)
    team: TeamCover = field(repr=False)

    @property
    def period(self) -> str:
        """The period's name."""
        return self.window.period.name


def _kind(key: str) -> type[pl.DataType]:
    if key in _TEXTS:
        return pl.String
    if key in _FLAGS:
        return pl.Boolean
    return pl.Date if key in _DAYS else pl.Float64


def table_of(keys: tuple[str, ...], rows: Iterable[Mapping[str, object]]) -> pl.DataFrame:
    """Lay rows out under keys, all of which are there; a key that a row lacks is null."""
    schema = {key: _kind(key) for key in keys}
    rows = [{key: row.get(key) for key in keys} for row in rows]
    return pl.DataFrame(rows, schema=schema).fill_nan(None)


def estimated(key: str, estimate: Estimate) -> dict[str, float]:
    """Lay an estimate out, with its standard error behind it."""
    return {key: estimate.value, f"{key}_se": estimate.se}


def percent(share: float) -> str:
    """Write a share in a reason."""
    return f"{100 * share:.3g} %"


def _moving(key: str, at: float, per_pace: float, goal: RepGoal) -> dict[str, float]:
    """Tell a figure that moves with the pace, and its error."""
    error = math.nan if goal.pace is None else goal.pace.se
    return {key: at, f"{key}_se": abs(per_pace) * error}


def hours_needed(goal: RepGoal) -> float:
    """Hours a week that the pace takes; NaN where prospecting takes nobody knows what."""
    deals = goal.deal_hours(goal.factor)
    return goal.prospecting_hours(goal.factor) + (0.0 if math.isnan(deals) else deals)


def has_time(goal: RepGoal, confidence: float) -> bool | None:
    """Is there time for it? None where nobody tells how much there is."""
    if goal.hours is None or math.isnan(goal.p_hit.value):
        return None
    # the loop of hours and deals itself says so, not the hours of the long run
    return goal.p_hit.value >= confidence


def _within(goal: RepGoal) -> str:
    """Say what is reached within the hours, and what could be with another share kept."""
    told = f"within the hours {percent(goal.p_hit.value)} is reached"
    if goal.reach is None or is_same(goal.reach.share, goal.reserved):
        return f"{told}."
    best = f"{percent(goal.reach.chance.value)} with {percent(goal.reach.share)}"
    return f"{told}, {best} of them kept for prospecting."


def _why_no_time(goal: RepGoal) -> str:
    needed, hours, kept = hours_needed(goal), goal.hours or 0.0, goal.reserved
    deals = goal.deal_hours(goal.factor)
    if math.isnan(needed):
        return f"No time: {_within(goal)}"
    if needed > hours:
        return f"No time: it takes {needed:.0f} of {hours:.0f} hours; {_within(goal)}"
    if deals > hours * (1 - kept):
        return (
            f"No time for open deals: they take {deals:.0f} of the {hours * (1 - kept):.0f} hours "
            f"that are not kept for prospecting; {_within(goal)}"
        )
    return f"Not quite: the hours would do on average, but deals come in bunches; {_within(goal)}"


def _is_late(goal: RepGoal, plan: Plan) -> bool:
    """Whether most of what new deals are worth has no even chance to close in the period."""
    task, setting = plan.variant.tasks[goal.name], plan.variant.setting
    late, whole = 0.0, 0.0
    for week in goal.weeks:
        worth = week.made * week.worth
        whole += worth
        late += worth if last_day(task, week, setting, plan.window) is None else 0.0
    return 2 * late > whole


def _why_no_pace(goal: RepGoal, pace: Crossing, plan: Plan) -> str:
    if not any(week.terms.win_rate.mean > 0 for week in goal.weeks if week.made > 0):
        return "Nothing that is made is ever won."
    even = f"even {MOST_PACE:.0f} times as many opportunities give {percent(pace.chance.value)}"
    if _is_late(goal, plan):
        return f"{TOO_LATE}: {even}, for deals take too long to close in time."
    return f"Out of reach: {even}."


def reason_of(goal: RepGoal, plan: Plan) -> str | None:
    """Why is there no pace, or no time for it?"""
    if not goal.works:
        return f"Starts after {plan.period}."
    if without_quota(goal):
        return f"No quota in {plan.period}."
    if goal.pace is None:
        return "Makes no opportunities: all that come are inbound."
    if not goal.pace.is_found:
        return _why_no_pace(goal, goal.pace, plan)
    if has_time(goal, plan.confidence) is False:
        return _why_no_time(goal)
    return "Reached without a further opportunity." if goal.pace.at == 0 else None


def _goal_row(goal: RepGoal, plan: Plan) -> dict[str, object]:
    factor, made = goal.factor, goal.made
    spread = goal.prospecting_hours(1.0)
    deals = goal.deal_hours(1.0) - goal.deal_hours(0.0)
    rising = spread + (0.0 if math.isnan(deals) else deals)
    naive = goal.naive * made if made > 0 else math.nan
    above = factor / goal.naive if goal.naive > 0 else math.nan
    enough = has_time(goal, plan.confidence)
    row: dict[str, object] = {
        "name": goal.name,
        "period": plan.period,
        "quota": goal.quota / CENTS,
        "booked": goal.certain / CENTS,
        "confidence": plan.confidence,
        **estimated("p_hit", goal.p_hit),
        "opps_now": made,
        **_moving("pace", factor, 1.0, goal),
        **_moving("opps_per_week", factor * made, made, goal),
        "naive_opps_per_week": naive,
        **estimated("p_naive", goal.p_naive),
        **_moving("above_naive", above - 1, above / factor if factor > 0 else math.nan, goal),
        "inbound_opps_per_week": goal.inbound,
        **_moving("activities_per_week", factor * goal.activities, goal.activities, goal),
        **_moving("prospecting_hours", goal.prospecting_hours(factor), spread, goal),
        **_moving("deal_hours", goal.deal_hours(factor), deals, goal),
        **_moving("hours_needed", hours_needed(goal), rising, goal),
        "hours_per_week": goal.hours,
        "has_time": enough,
        "reason": reason_of(goal, plan),
        "group": goal.group,
    }
    if goal.reach is not None:
        row |= estimated("p_reachable", goal.reach.chance)
        row["share_reachable"] = goal.reach.share
    if goal.pace is not None and goal.pace.is_found:
        row |= estimated("p_goal", goal.pace.chance)
        exact, chance = goal.exact, goal.pace.chance
        # all paths may hit: what the exact figure says of its error counts too
        error = max(chance.se, math.sqrt(exact * (1 - exact) / plan.paths))
        row |= {"p_goal_exact": exact, "p_goal_z": (chance.value - exact) / error}
    return row


def goals_frame(plan: Plan) -> pl.DataFrame:
    """What must each rep do in a week?"""
    return table_of(_GOALS, [_goal_row(goal, plan) for goal in plan.reps])


def _segment_row(goal: RepGoal, week: SegmentWeek, plan: Plan) -> dict[str, object]:
    factor, task = goal.factor, plan.variant.tasks[goal.name]
    a_time, hours = week.activities(), week.prospecting_hours()
    takes = bool(week.terms.hours_per_open_deal)
    deals = week.deal_hours() - week.deal_hours(0.0)
    return {
        "name": goal.name,
        "segment": week.terms.segment,
        "opps_now": week.made,
        **_moving("opps_per_week", factor * week.made, week.made, goal),
        "naive_opps_per_week": goal.naive * week.made,
        "inbound_opps_per_week": week.inbound,
        **_moving("activities_per_week", factor * a_time, a_time, goal),
        **_moving("prospecting_hours", week.prospecting_hours(factor), hours, goal),
        **(_moving("deal_hours", week.deal_hours(factor), deals, goal) if takes else {}),
        "last_day": last_day(task, week, plan.variant.setting, plan.window),
        "group": goal.group,
    }


def asked_reps(plan: Plan) -> Iterator[RepGoal]:
    """Reps who have something to work back from."""
    return (goal for goal in plan.reps if not without_quota(goal))


def segments_frame(plan: Plan) -> pl.DataFrame:
    """How is each rep's week made up?"""
    return table_of(
        _SEGMENTS,
        [_segment_row(goal, week, plan) for goal in asked_reps(plan) for week in goal.weeks],
    )


def _stage_rows(goal: RepGoal, week: SegmentWeek) -> Iterator[dict[str, object]]:
    funnel = week.terms.funnel
    if funnel is None:
        return
    rates = [stage.rate.mean for stage in funnel.stages]
    reached = np.cumprod([1.0, *rates])
    names = [ACTIVITIES, *(stage.name for stage in funnel.stages)]
    for name, rate, share in zip(names, [math.nan, *rates], reached.tolist(), strict=True):
        now = week.activities() * share
        yield {
            "name": goal.name,
            "segment": week.terms.segment,
            "stage": name,
            "rate": rate,
            "now": now,
            **_moving("per_week", goal.factor * now, now, goal),
            "naive_per_week": goal.naive * now,
            "group": goal.group,
        }


def stages_frame(plan: Plan) -> pl.DataFrame:
    """How many activities and how many of each stage of the funnel a week?"""
    return table_of(
        _STAGES,
        [
            row
            for goal in asked_reps(plan)
            for week in goal.weeks
            for row in _stage_rows(goal, week)
        ],
    )


def milestones_frame(plan: Plan) -> pl.DataFrame:
    """By when must which pipeline exist?"""
    rows = []
    for goal in plan.reps:
        for stone in goal.milestones:
            each = 1 / goal.factor if goal.factor > 0 else math.nan
            rows.append(
                {
                    "name": goal.name,
                    "month": stone.month,
                    "opps": stone.opps,
                    **_moving("opps_by_then", stone.by_then, stone.by_then * each, goal),
                    **_moving("pipeline_by_then", stone.worth, stone.worth * each, goal),
                    "in_time": stone.in_time,
                    "group": goal.group,
                }
            )
    return table_of(_MILESTONES, rows)
