"""What must each rep do each week to make the number, and is there time for it?"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np
import polars as pl

from quotarisk.analysis.answers import EXPOSURE_ONLY, Answer
from quotarisk.analysis.asked_periods import longest_with_quotas
from quotarisk.analysis.asking import asked_of, cents_of_plan, provenance_of, share_called
from quotarisk.analysis.coverage import Cover, cover_of_team
from quotarisk.analysis.crossing import share_of
from quotarisk.analysis.goal_cautions import goal_cautions
from quotarisk.analysis.goal_frames import (
    Plan,
    TeamCover,
    goals_frame,
    milestones_frame,
    segments_frame,
    stages_frame,
)
from quotarisk.analysis.lever_frames import coverage_frame, levers_frame
from quotarisk.analysis.rep_goals import RepGoal, solve_rep
from quotarisk.analysis.rep_paths import RepPaths, Rooms, Window, paths_of, window_of
from quotarisk.analysis.splits import proportional_split
from quotarisk.errors import ArgumentError
from quotarisk.scenario.scenario import Scenario
from quotarisk.simulation.comparing import Variant, variant_of
from quotarisk.simulation.estimates import Array
from quotarisk.simulation.listed import CENTS
from quotarisk.simulation.lowering import RepTask
from quotarisk.simulation.paths import market_factors
from quotarisk.simulation.simulation import Progress, Simulation, check_arguments
from quotarisk.simulation.spreading import Executor, default_workers, threads

DEFAULT_CONFIDENCE = 0.8
_AT_ONCE = 32  # reps whose bookings wait to be added up


def _get_ready(variant: Variant, row: int, window: Window, paths: int) -> list[RepPaths]:
    rooms = Rooms((variant.setting.horizon.months + 1, paths))
    return [
        paths_of(
            task,
            variant.setting,
            window,
            certain=float(variant.units["rep", name].certain(variant.periods)[row]),
            paths=paths,
            rooms=rooms,
        )
        for name, task in variant.tasks.items()
    ]


def _quotas(
    reps: Sequence[RepPaths], variant: Variant, row: int, plan: float | None, pool: Executor
) -> Array:
    """``[reps]`` cents: the present quotas, or a plan split as these are.

    Who has none takes part in proportion to the expected bookings.
    """
    present = np.array([variant.units["rep", name].quotas[row] for name in variant.tasks])
    if plan is None:
        return present
    lacking = [place for place in range(len(reps)) if math.isnan(present[place])]
    means = pool.map(lambda place: reps[place].booked(reps[place].task).mean(), lacking)
    weights = present.copy()
    weights[lacking] = list(means)
    split = proportional_split(weights, plan)
    if split is None:
        raise ArgumentError("a plan cannot be split: no rep has a quota, or books anything")
    return np.where(split > 0, split, np.nan)


def _solve(
    reps: Sequence[RepPaths],
    quotas: Array,
    confidence: float,
    pool: Executor,
    progress: Progress | None,
) -> Iterator[RepGoal]:
    work = list(zip(reps, quotas.tolist(), strict=True))
    found = pool.map(lambda each: solve_rep(each[0], each[1], confidence), work)
    for done, goal in enumerate(found, start=1):
        if progress is not None:
            progress(done, len(reps))
        yield goal


def _sum(reps: Sequence[RepPaths], tasks: Sequence[RepTask], pool: Executor) -> Array:
    """``[paths]`` cents of all reps together."""
    total = np.zeros(reps[0].paths)
    for first in range(0, len(reps), _AT_ONCE):
        here = slice(first, first + _AT_ONCE)
        work = list(zip(reps[here], tasks[here], strict=True))
        for booked in pool.map(lambda each: each[0].booked(each[1]), work):
            total += booked
    return total


def _cover_team(
    reps: Sequence[RepPaths], goals: Sequence[RepGoal], quota: float, pool: Executor
) -> TeamCover:
    """What must the team have open?"""
    paths, certain = reps[0].paths, math.fsum(each.certain for each in reps)
    if not quota > 0:
        return TeamCover(quota, certain, share_of(math.nan, paths), None)
    today = _sum(reps, [each.task for each in reps], pool)
    p_hit = share_of(float((today >= quota).mean()), paths)
    pairs = [(each, goal.deals) for each, goal in zip(reps, goals, strict=True)]
    growing = [(each, deals) for each, deals in pairs if deals is not None]
    others = [each for each, deals in pairs if deals is None]
    missing = max(quota - certain, 0.0) / CENTS
    cover: Cover | None = None
    if growing and missing > 0:
        fixed = _sum(others, [each.task for each in others], pool) if others else 0.0

        def chance(numbers: Sequence[int]) -> float:
            tasks = [
                deals.holding(number) for (_, deals), number in zip(growing, numbers, strict=True)
            ]
            booked = _sum([each for each, _ in growing], tasks, pool) + fixed
            return float(np.count_nonzero(booked >= quota)) / paths

        lists = [deals for _, deals in growing]
        rises = not any(each.task.is_bound for each in reps)
        cover = cover_of_team(lists, chance, paths=paths, missing=missing, rises=rises)
    return TeamCover(quota, certain, p_hit, cover)


def _team_quota(variant: Variant, row: int) -> float:
    return next(
        float(unit.quotas[row]) for (level, _), unit in variant.units.items() if level == "team"
    )


def plan_goals(
    asked: Scenario | Simulation,
    *,
    confidence: float = DEFAULT_CONFIDENCE,
    plan: float | None = None,
    period: str | None = None,
    paths: int | None = None,
    seed: int | None = None,
    workers: int | None = None,
    progress: Progress | None = None,
) -> Answer:
    """What must each rep do each week to make the number with 80 % certainty, and is there time?

    Parameters
    ----------
    asked
        A scenario, or a simulation, whose scenario, paths and seed are taken.
    confidence
        P(hit) that is to be reached.
    plan
        The team's plan in currency, split over the reps as their quotas are, or as their expected
        bookings where they have none; the reps' own quotas where it is left out.
    period
        The name of the period; the first of the longest cadence with quotas where it is left out.
    paths, seed, workers, progress
        As `simulate` takes them.

    Returns
    -------
    Answer
        ``frame`` has a row a rep: ``name``, ``period``, ``quota``, ``booked``, ``confidence``;
        ``p_hit`` as it is; ``opps_now``, what the rep makes a week when fully ramped; ``pace``,
        how many times that reaches the confidence from the first day on, and ``opps_per_week``;
        ``p_goal``, P(hit) then on these paths, with the exact one where there is one;
        ``naive_opps_per_week`` by expected values alone, ``p_naive`` with it, and
        ``above_naive``, by which share the pace is above it; ``inbound_opps_per_week``;
        ``activities_per_week``, ``prospecting_hours`` and ``deal_hours`` that the pace takes in
        the long run, ``hours_needed``, their sum, ``hours_per_week`` that there are, whether
        there ``has_time``, else ``p_reachable`` within them; the ``reason`` why there is no pace
        or no time. ``parts`` has

        - ``segments``, a row for each rep and segment: the same, and ``last_day``, on which a
          new deal that is won still has an even chance to close in the period, null if passed.
        - ``stages``, a row for each stage of a funnel: ``now``, ``per_week``, ``naive_per_week``.
        - ``milestones``, a row for each rep and month until the period's end: opportunities to
          make in it and ``opps_by_then``, ``pipeline_by_then``, their mean amounts, and
          ``in_time``, the share whose cycle, if they are won, ends within the period.
        - ``levers``, a row for each rep and lever, each by itself: ``now``, ``needed``, and
          ``p_hit`` with it; where nothing is enough ``p_hit`` of the most, and a ``reason``.
        - ``coverage``, a row a rep and the team: ``missing`` to the quota, ``deals`` and
          ``pipeline`` that are open, as a multiple of that ``coverage``; what is needed for
          P = 60 % and 80 %, ``*_60`` and ``*_80``; ``p_rule``, P(hit) with three times.

        Each simulated figure has its standard error ``*_se``.

    Raises
    ------
    InputError
        If the scenario cannot be simulated, with every fault.
    ArgumentError
        If another argument is out of its range.

    Notes
    -----
    The pace multiplies what a rep makes, in today's mix, from the first day on; what is inbound
    or open stays. It is solved by Brent's method on the same paths, as if time set no bounds, to
    0.5 %. A rep with ``hours_per_week`` is simulated within them where it says so: as it is
    (``p_hit``), and under the levers.

    Examples
    --------
    >>> import quotarisk as qr
    >>> from quotarisk.analysis.goals import plan_goals
    >>> answer = plan_goals(qr.load_scenario("scenarios/saas_team.toml"), paths=200, seed=7)
    >>> sorted(answer.parts)
    ['coverage', 'levers', 'milestones', 'segments', 'stages']
    """
    scenario, paths, seed = asked_of(asked, paths, seed)
    confidence = share_called("confidence", confidence)
    cents = None if plan is None else cents_of_plan(plan)
    check_arguments(paths, seed, workers)
    variant = variant_of(scenario, seed)
    row = longest_with_quotas(variant, period, planned=cents is not None)
    market_factors(variant.setting, 0, paths)  # once, before threads ask for it
    window = window_of(variant.periods[row], variant.setting)
    reps = _get_ready(variant, row, window, paths)
    with threads(workers or default_workers()) as pool:
        quotas = _quotas(reps, variant, row, cents, pool)
        goals = tuple(_solve(reps, quotas, confidence, pool, progress))
        team = _cover_team(reps, goals, _team_quota(variant, row) if cents is None else cents, pool)
    told = Plan(scenario, variant, window, confidence, paths, goals, team)
    frame = goals_frame(told)
    parts: dict[str, pl.DataFrame] = {
        "segments": segments_frame(told),
        "stages": stages_frame(told),
        "milestones": milestones_frame(told),
        "levers": levers_frame(told),
        "coverage": coverage_frame(told),
    }
    return Answer(
        question=f"What must each rep do a week to hit with {100 * confidence:g} %?",
        frame=frame,
        cautions=goal_cautions(asked, told, frame, seed=seed),
        provenance=provenance_of(scenario, paths, seed),
        note=EXPOSURE_ONLY,
        headline=(
            "name", "period", "quota", "p_hit", "opps_now", "opps_per_week", "opps_per_week_se",
            "naive_opps_per_week", "has_time",
        ),
        parts=parts,
    )  # fmt: skip
