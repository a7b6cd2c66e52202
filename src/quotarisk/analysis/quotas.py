"""Which quota is hit with a given probability; which split of a plan is fair; how much to assign?

All of it is read off the same paths: each rep is simulated once, and no value that is tried
costs another simulation.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from typing import NamedTuple

import polars as pl

from quotarisk.analysis.answers import Answer
from quotarisk.analysis.asked_periods import row_called
from quotarisk.analysis.asking import asked_of, cents_of_plan, provenance_of, share_called
from quotarisk.analysis.blocks import block_cautions
from quotarisk.analysis.cautions import attainment_cautions
from quotarisk.analysis.order_grid import points_of
from quotarisk.analysis.over_assignment import TEAM_LEVELS
from quotarisk.analysis.quota_frames import (
    Context,
    equivalents_frame,
    every_period_frame,
    factors_frame,
    over_assignment_frame,
    quotas_frame,
    split_frame,
    verdicts_frame,
)
from quotarisk.analysis.quota_verdicts import DEFAULT_BANDS, check_bands
from quotarisk.analysis.solved import Solved, Wanted, solve_unit
from quotarisk.analysis.solved_cautions import solved_cautions
from quotarisk.caution import Caution
from quotarisk.periods import CADENCES, Period
from quotarisk.scenario.scenario import Scenario
from quotarisk.simulation.comparing import compare, variant_of
from quotarisk.simulation.sectioning import blocks_of
from quotarisk.simulation.simulation import LEAST_PATHS, Progress, Simulation, simulate

DEFAULT_CONFIDENCE = 0.6


class Sorted(NamedTuple):
    """Units by level."""

    reps: tuple[Solved, ...]
    groups: tuple[Solved, ...]
    team: Solved


def _plan_row(periods: tuple[Period, ...], told: str | None) -> int | None:
    """Which period is planned: the one that is told, or the first of the longest cadence?"""
    names = [period.name for period in periods]
    if told is not None:
        return row_called(told, names)
    for cadence in reversed(CADENCES):
        for row, period in enumerate(periods):
            if period.cadence == cadence:
                return row
    return None


def _sort(units: Sequence[Solved]) -> Sorted:
    reps, groups = (
        tuple(unit for unit in units if unit.level == level) for level in ("rep", "group")
    )
    return Sorted(reps, groups, units[-1])


def _starts(scenario: Scenario) -> dict[tuple[str, str], date]:
    """First days on which somebody works: of hires, and of groups that consist of hires alone."""
    first: dict[tuple[str, str], date] = {}
    for rep in scenario.reps:
        start = rep.start_date or date.min
        for key in (("rep", rep.name), ("group", rep.group or ""), ("team", scenario.name)):
            first[key] = min(start, first.get(key, date.max))
    return {key: start for key, start in first.items() if start > date.min}


def _scenario_cautions(
    asked: Scenario | Simulation, frame: pl.DataFrame, told: Sequence[Caution], *, seed: int
) -> Iterator[Caution]:
    """What a run says of the scenario itself, but for what is said of the solved quotas already."""
    # what is doubtful about a scenario rests on no path, so the fewest do; errors are the frame's
    simulation = (
        asked if isinstance(asked, Simulation) else simulate(asked, paths=LEAST_PATHS, seed=seed)
    )
    unchecked = frame.with_columns(p_hit_z=pl.lit(None, pl.Float64))
    codes = {caution.code for caution in told}
    for caution in attainment_cautions(simulation, unchecked):
        if caution.code not in codes:
            yield caution


def solve_quotas(
    asked: Scenario | Simulation,
    *,
    confidence: float = DEFAULT_CONFIDENCE,
    plan: float | None = None,
    period: str | None = None,
    team_confidence: float | None = None,
    bands: Sequence[float] = DEFAULT_BANDS,
    paths: int | None = None,
    seed: int | None = None,
    workers: int | None = None,
    progress: Progress | None = None,
) -> Answer:
    """Which quota gives a 60 % chance; which split is fair; how much to over-assign?

    Parameters
    ----------
    asked
        A scenario, or a simulation, whose scenario, paths and seed are taken.
    confidence
        P(hit) that a quota is to have.
    plan
        The team's plan in currency; the scenario's where it is left out.
    period
        The name of the period that the plan is for; the first whole fiscal year where it is
        left out, or the first quarter or month where there is none.
    team_confidence
        P(team >= plan) that is looked at besides .5, .6, .7, .8 and .9.
    bands
        Bounds of P(hit) between the verdicts out of reach, stretch, realistic and soft.
    paths, seed, workers, progress
        As `simulate` takes them.

    Returns
    -------
    Answer
        ``frame``, a row for each unit and period: ``level``, ``name``, ``cadence``, ``period``;
        the present ``quota`` and its ``p_hit``; ``solved``, the quota with P(hit) =
        ``confidence``, its 95 % interval ``solved_low`` to ``solved_high`` (null above where
        the paths do not bound it), its ``p_solved`` on the paths; ``change`` from the present
        quota, as a share; ``mean``; ``verdict`` on the present quota; ``reason`` where
        nothing is solved; ``group``; ``p_solved_exact`` and ``p_solved_z``, where nothing is
        uncertain but the deals: the exact P(hit) of the solved quota, and the simulated one
        less that in standard errors.

        ``parts``:

        - ``every_period``, a row for each unit and cadence: the one number for every period
          whose mean P(hit) over the ``periods`` is ``confidence``, in the same columns.
        - ``split``, a row for each rep, group and the team: the plan split so that all reps hit
          equally often (``fair``), in proportion to expected bookings (``proportional``), and
          at present (``quota``), each with its P(hit). Both sums are the plan, exactly.
        - ``over_assignment``, a row for each ``p_team``: the ``plan`` that holds so often,
          the sum of the reps' ``quotas`` at ``confidence`` and the ``over_assignment`` that lies
          between, as a share; ``p_rep``, with which every rep hits such quotas, and
          ``p_rep_at_plan``, with which they would if the plan itself were split. Of the ``reps``
          the sum is of ``quotas_of``, and these chances are of ``p_rep_of`` and
          ``p_rep_at_plan_of``: who books too seldom, or starts later, has no part. One row more,
          ``kind`` present, for the plan and the quotas as they are.
        - ``factors``: with which ``p_rep`` every rep hits, ``p_rep_of`` of all ``reps``, if the
          plan is over-assigned by so much, and split fairly.
        - ``equivalents``, a row for each rep and ``given`` cadence: the one number for every
          period of the other ``cadence`` that is hit as often (``equivalent`` with its
          interval), and as a ``multiple`` of what the present quota would be by sums.
        - ``verdicts``, a row for each unit and cadence: mean P(hit) of the present quotas, the
          ``verdict`` and the ``reason``.

        Amounts are in currency, and each simulated figure has its standard error ``*_se``.

    Raises
    ------
    InputError
        If the scenario cannot be simulated, with every fault.
    ArgumentError
        If another argument is out of its range.

    Notes
    -----
    The quota with P(hit) = c is the k-th largest amount of the paths, k = ceil(c paths); what is
    read off it is exact on the paths. Where a correction ties or spreads bookings, errors and
    intervals are told from blocks of paths that are corrected each on its own, drawn once more.
    The errors of ``p_fair``, ``p_rep`` and ``p_rep_at_plan`` are bounds, those of a single rep's
    P(hit) at a quota that is given: what all reps' paths say together is about twice as exact
    where they are many. Of each unit the sorted amounts of the plan's period are
    kept: all of them if they fit into 64 MB together, else 2,001 or more evenly spaced ones,
    between which chances of the split are interpolated, to 1 / 2,000 or better. Besides, a bit
    a path is kept of each rep. Nothing else grows with reps and paths.

    Examples
    --------
    >>> import quotarisk as qr
    >>> scenario = qr.load_scenario("scenarios/saas_team.toml")
    >>> answer = solve_quotas(scenario, confidence=0.6, paths=1000, seed=7)
    >>> answer.frame.columns[:7]
    ['level', 'name', 'cadence', 'period', 'quota', 'p_hit', 'p_hit_se']
    """
    scenario, paths, seed = asked_of(asked, paths, seed)
    confidence = share_called("confidence", confidence)
    levels: tuple[float, ...] = TEAM_LEVELS
    if team_confidence is not None:
        extra = share_called("team_confidence", team_confidence)
        levels = tuple(sorted({*levels, extra}))
    bounds = check_bands(bands)
    cents = None if plan is None else cents_of_plan(plan)
    variant = variant_of(scenario, seed)
    row = _plan_row(variant.periods, period)
    wanted = Wanted(
        confidence,
        levels,
        variant.periods,
        row,
        points_of(paths, len(variant.units)),
        _starts(scenario),
        {key: unit.certain(variant.periods) for key, unit in variant.units.items()},
        blocks_of(scenario.correction, paths),
    )
    blocks = wanted.blocks
    drawn = [variant] if blocks is None else [variant, replace(variant, starts=blocks.starts)]
    units = [
        solved
        for _, _, solved in compare(
            drawn,
            lambda seen: solve_unit(seen, wanted),
            paths=paths,
            workers=workers,
            progress=progress,
        )
    ]
    by_level = _sort(units)
    if cents is None and row is not None and not math.isnan(by_level.team.quotas[row]):
        cents = float(by_level.team.quotas[row])
    context = Context(
        scenario,
        variant,
        wanted,
        bounds,
        paths,
        by_level.reps,
        by_level.groups,
        by_level.team,
        cents,
    )
    frame, parts = (
        quotas_frame(context),
        {
            "every_period": every_period_frame(context),
            "split": split_frame(context),
            "over_assignment": over_assignment_frame(context),
            "factors": factors_frame(context),
            "equivalents": equivalents_frame(context),
            "verdicts": verdicts_frame(context),
        },
    )
    told = solved_cautions(context, frame, parts["split"])
    return Answer(
        question=f"Which quota is hit with {100 * confidence:g} %?",
        frame=frame,
        cautions=(
            *told,
            *_scenario_cautions(asked, frame, told, seed=seed),
            *block_cautions(scenario.correction, paths),
        ),
        provenance=provenance_of(scenario, paths, seed),
        headline=(
            "level",
            "name",
            "period",
            "quota",
            "p_hit",
            "solved",
            "solved_low",
            "solved_high",
        ),
        parts=parts,
    )
