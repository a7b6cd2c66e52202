"""What is doubtful about goals."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl
from scipy import special

from quotarisk.analysis.balance import balance_cautions
from quotarisk.analysis.cautions import ODD_CHECK, attainment_cautions
from quotarisk.analysis.goal_frames import Plan
from quotarisk.analysis.rep_goals import without_quota
from quotarisk.caution import Caution
from quotarisk.scenario.scenario import Scenario
from quotarisk.simulation.simulation import LEAST_PATHS, Simulation, simulate
from quotarisk.wording import list_names


def _odd_check(frame: pl.DataFrame) -> Iterator[Caution]:
    checks = frame["p_goal_z"].drop_nulls().len()
    if not checks:
        return
    limit = float(-special.ndtri(ODD_CHECK / (2 * checks)))  # Bonferroni
    odd = frame.filter(pl.col("p_goal_z").abs() > limit)["name"].to_list()
    if odd:
        yield Caution(
            "exact_check",
            tuple(odd),
            f"P(hit) at the needed pace is off the exact one by more than {limit:.1f} standard "
            f"errors for {list_names(odd)}: do not use these figures, and report this.",
        )


def _quotas(plan: Plan) -> Iterator[Caution]:
    names = [goal.name for goal in plan.reps if goal.works and not goal.quota > 0]
    if len(names) == len(plan.reps):
        yield Caution(
            "no_quotas",
            (),
            f"No rep has a quota in {plan.period}, and no plan was told: there is nothing to "
            "work back from.",
        )
    elif names:
        yield Caution(
            "reps_without_quota",
            tuple(names),
            f"{list_names(names)} {'has' if len(names) == 1 else 'have'} no quota in "
            f"{plan.period}: nothing to work back from.",
        )


def _funnels(plan: Plan) -> Iterator[Caution]:
    asked = [goal for goal in plan.reps if not without_quota(goal) and goal.made > 0]
    bare = [goal.name for goal in asked if not goal.has_funnel]
    if bare:
        yield Caution(
            "no_funnel",
            tuple(bare),
            f"No activities and hours for {list_names(bare)}: a funnel in each segment "
            "(hours_per_activity, stages) would tell how many calls, SQLs and hours the "
            "opportunities take, and hours_per_week whether there is time for them.",
        )
    idle = [
        goal.name
        for goal in asked
        if goal.has_funnel and not any(week.terms.hours_per_open_deal for week in goal.weeks)
    ]
    if idle:
        yield Caution(
            "no_deal_hours",
            tuple(idle),
            f"Hours of {list_names(idle)} leave out the work on open deals: no segment says "
            "hours_per_open_deal.",
        )


def _hours(plan: Plan) -> Iterator[Caution]:
    bound = [g.name for g in plan.reps if g.hours is not None and not without_quota(g)]
    if bound:
        yield Caution(
            "pace_without_bounds",
            tuple(bound),
            f"The pace that {list_names(bound)} {'needs' if len(bound) == 1 else 'need'} is told "
            "as if time set no bounds, hours as they are in the long run; P(hit) as it is, what "
            "would buy the rest and the open pipeline keep to the hours.",
        )


def _steady(plan: Plan) -> Iterator[Caution]:
    names = [g.name for g in plan.reps if g.cover is not None and g.cover.basis == "steady"]
    if names:
        yield Caution(
            "typical_deals",
            tuple(names),
            f"{list_names(names)} {'lists' if len(names) == 1 else 'list'} no open deals: the "
            "pipeline is a typical one, of the usual ages and mean sizes.",
        )


def goal_cautions(
    asked: Scenario | Simulation, plan: Plan, frame: pl.DataFrame, *, seed: int
) -> tuple[Caution, ...]:
    """What should a reader of the goals know?

    Parameters
    ----------
    asked, plan, frame
        What was asked about, what was found, and the table of it.
    seed
        Of the run.
    """
    told = (
        *_odd_check(frame),
        *_quotas(plan),
        *_funnels(plan),
        *_hours(plan),
        *balance_cautions(plan.variant.tasks.values()),
        *_steady(plan),
    )
    codes = {caution.code for caution in told}
    # what is doubtful about a scenario rests on no path, so the fewest do; errors are the frame's
    simulation = (
        asked if isinstance(asked, Simulation) else simulate(asked, paths=LEAST_PATHS, seed=seed)
    )
    unchecked = frame.with_columns(p_hit_z=pl.lit(None, pl.Float64))
    others = attainment_cautions(simulation, unchecked)
    return (*told, *(caution for caution in others if caution.code not in codes))
