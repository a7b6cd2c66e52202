"""A rep whose hours are bounded: what holds becomes the closed loop's arrays, and what it books."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from quotarisk.kernel.arrays import Tables
from quotarisk.kernel.inputs import MarketFactors, SegmentDraws
from quotarisk.kernel.quantiles import TABLE
from quotarisk.kernel.work import SegmentWork, Steps, Work, stack_work
from quotarisk.kernel.workload import BLOCK, add_workload
from quotarisk.periods import DAYS_PER_WEEK
from quotarisk.scenario.laws import Law, Weibull
from quotarisk.scenario.stress import Stress
from quotarisk.scenario.terms import NO_OPPS, Terms, streams_of
from quotarisk.simulation.keys import stream_key
from quotarisk.simulation.listed import NO_DEALS, Ending, old_deals
from quotarisk.simulation.lowering import (
    RepTask,
    Setting,
    doubts_of,
    listed_values,
    lower_segment,
    running_table,
    starts_steady,
    table_of,
    timeline_of,
)
from quotarisk.simulation.stressing import NO_DRAWN_DEALS, scaled_tables, with_win_rate
from quotarisk.simulation.tables import law_table, posterior_table
from quotarisk.simulation.timeline import Timeline

Array = NDArray[np.float64]
Log = NDArray[np.float32]

WARM_UP_WEEKS = 4  # of the loop before day 0, from a balance of hours
NO_LOG: Log = np.empty((4, 0, 0), dtype=np.float32)


@lru_cache(maxsize=1)
def _gaps() -> Tables:
    """How much work passes between an opportunity and the next, for one on average."""
    return law_table(Weibull(1.0, 1.0))


def _edges(setting: Setting, warm_up: int) -> Array:
    """``[steps + 1]`` days at which weeks, months and market periods begin, and the last ends."""
    horizon = setting.horizon
    months = [horizon.day_number(day) for day in horizon.month_starts[1:]]
    end = horizon.day_number(horizon.end)
    weeks = np.arange(-warm_up * DAYS_PER_WEEK, end, DAYS_PER_WEEK)
    return np.unique(np.concatenate([weeks, months, [0.0, end]]))


def lay_steps(task: RepTask, setting: Setting, timeline: Timeline, warm_up: int) -> Steps:
    """Which steps does a rep's time go through: weeks, cut where a month begins?"""
    horizon, edges = setting.horizon, _edges(setting, warm_up)
    first, days = edges[:-1], np.diff(edges)
    starts = np.array([0.0, *(horizon.day_number(day) for day in horizon.month_starts[1:])])
    hired = task.rep.start_date
    since = -np.inf if hired is None else float(horizon.day_number(hired))
    worked = np.clip(edges[1:] - since, 0.0, days)

    def passed(reading: Array) -> Array:
        return np.diff(np.interp(edges, timeline.edges, reading))

    created = passed(timeline.created)
    hours = (task.rep.hours_per_week or 0.0) * worked / DAYS_PER_WEEK
    # from the first day on a stress stretches what is left of every cycle
    pace = np.where(first < 0, 1.0, 1.0 if task.stress is None else task.stress.cycle_days)
    return Steps(
        days=days,
        hours=hours,
        month=np.where(first < 0, -1, np.searchsorted(starts, first, side="right") - 1),
        market=np.maximum(np.searchsorted(setting.cell_days, first, side="right") - 1, 0),
        # by the day worked: hours count the days before the hire out already
        productivity=np.divide(created, worked, out=np.zeros_like(created), where=worked > 0),
        won_days=passed(timeline.won_clock) / pace,
        lost_days=passed(timeline.lost_clock) / pace,
    )


def shares_of_hours(task: RepTask) -> Array:
    """``[segments]`` of a rep's prospecting hours, where today's mix of opportunities stays.

    As the mix says; else so that opportunities come in proportion to ``opps_per_week``, or
    evenly by the hour where nobody says how many there are.
    """
    weights = []
    asked = [t.opps_per_week.mean for t in task.terms if t.funnel is not None]
    for terms in task.terms:
        if terms.funnel is None:
            weights.append(0.0)
        elif terms.prospecting_mix is not None:
            weights.append(terms.prospecting_mix)
        elif any(asked):
            made = terms.funnel.opps_per_hour
            weights.append(terms.opps_per_week.mean / made if made > 0 else 0.0)
        else:
            weights.append(1.0)
    total = sum(weights)
    return np.array(weights) / total if total > 0 else np.zeros(len(weights))


class _Row(NamedTuple):
    """A stream of opportunities in a segment."""

    draws: SegmentDraws
    work: SegmentWork


def _stages(task: RepTask, terms: Terms, setting: Setting) -> tuple[float, Tables, Tables]:
    """Opportunities an hour with the stage rates that are known, and the laws of the others."""
    funnel = terms.funnel
    keys: list[np.uint64] = []
    tables: list[Tables] = []
    if funnel is None:
        return 0.0, np.empty(0, np.uint64), np.empty((0, TABLE), np.uint64)
    made = 1.0 / funnel.hours_per_activity
    whose = ("rep", task.rep.name) if "funnel" in terms.own else ("segment",)
    for stage in funnel.stages:
        if stage.rate.is_known:
            made *= stage.rate.mean
        else:
            names = (*whose, terms.segment, "stage", stage.name)
            keys.append(stream_key(setting.seed_of_beliefs, *names))
            tables.append(posterior_table(stage.rate.posterior))
    return made, np.array(keys, np.uint64), np.array(tables, np.uint64).reshape(-1, TABLE)


def _mean(law: Law) -> float:
    return float(law.mean)


def _work_of(
    task: RepTask, terms: Terms, setting: Setting, timeline: Timeline, share: float
) -> SegmentWork:
    """What hours add to a stream of a segment."""
    made, keys, tables = _stages(task, terms, setting)
    lost = terms.lost_cycle_days.law
    inbound = terms.stream == "inbound"
    listed = [] if inbound else [d for d in task.open_deals if d.segment == terms.segment]
    passed = np.array([-setting.horizon.day_number(deal.created) for deal in listed], np.float64)
    ending = Ending(lost, doubts_of(terms).lost_cycle, timeline.lost_age(passed))
    old, residual = old_deals(ending)
    steady = starts_steady(task)
    return SegmentWork(
        effort=terms.hours_per_open_deal,
        share=share,
        opps_per_hour=made,
        lost_cycle=table_of(lost),
        lost_cycles=listed_values(lost),
        lost_length=running_table(lost) if steady else np.zeros(TABLE, np.uint64),
        won_mean=_mean(terms.won_cycle_days.law),
        lost_mean=_mean(lost),
        deal_lost_age=ending.ages.astype(np.float32),
        deal_lost_old=old,
        lost_residual=residual,
        stage_key=keys,
        stage=tables,
        coming=terms.pace,
    )


def _stressed(row: _Row, terms: Terms, stress: Stress) -> tuple[_Row, ...]:
    """A stream under a stress, which moves what is not there yet: see `stress_segment`.

    Cycles move by the clocks of the steps. Deals that are open on the first day keep their
    amounts, so where sizes move they are a stream of their own, under the same keys.
    """
    draws = with_win_rate(row.draws, terms, stress.win_rate)
    coming = row.work.coming * (stress.opps_per_week if stress.deal_size > 0 else 0.0)
    if stress.deal_size == 1:
        return (_Row(draws, row.work._replace(coming=coming)),)
    begun = _Row(draws, row.work._replace(coming=0.0))
    yet_to_come = _Row(
        draws._replace(
            size=scaled_tables(draws.size, stress.deal_size),
            prices=np.round(draws.prices * stress.deal_size),
            **NO_DRAWN_DEALS,
        ),
        row.work._replace(
            before=0.0,
            coming=coming,
            deal_lost_age=NO_DEALS.age,
            deal_lost_old=NO_DEALS.old,
            lost_residual=NO_DEALS.residual,
        ),
    )
    return begun, yet_to_come


def _rows(task: RepTask, setting: Setting, timeline: Timeline) -> list[_Row]:
    """Every stream of every segment: what hours make, and what comes without them."""
    rows: list[_Row] = []
    for terms, share in zip(task.terms, shares_of_hours(task), strict=True):
        for stream in streams_of(terms):
            by_hours = stream.stream == "made" and stream.funnel is not None
            # the draws' rate is that of what comes by itself
            own = replace(stream, opps_per_week=NO_OPPS) if by_hours else stream
            told = own if by_hours else replace(own, funnel=None)
            row = _Row(
                lower_segment(task, told, setting, timeline),
                _work_of(task, told, setting, timeline, float(share) if by_hours else 0.0),
            )
            rows += [row] if task.stress is None else _stressed(row, told, task.stress)
    return rows


def lower_work(task: RepTask, setting: Setting, *, warm_up: int = WARM_UP_WEEKS) -> Work:
    """Turn a rep with hours into the closed loop's arrays.

    Parameters
    ----------
    task, setting
        The rep, and what all reps share.
    warm_up
        Weeks before day 0 through which a steady pipeline runs.
    """
    timeline = timeline_of(task, setting)
    steady = starts_steady(task)
    rows = _rows(task, setting, timeline)
    return stack_work(
        [row.draws for row in rows],
        [row.work for row in rows],
        lay_steps(task, setting, timeline, warm_up if steady else 0),
        reserved=task.rep.prospecting_share or 0.0,
        steady=steady,
        gap=_gaps(),
    )


def draw_bound_rep(
    task: RepTask,
    setting: Setting,
    market: MarketFactors,
    booked: Array,
    *,
    first_path: int = 0,
    log: Log = NO_LOG,
) -> None:
    """What does a rep book whose hours bound what can be done?

    Parameters
    ----------
    task, setting
        The rep, and what all reps share.
    market
        Factors of the paths.
    booked
        ``[months + 1, paths]`` in cents, added to in place.
    first_path
        Number of the first path.
    log
        ``[4, months, paths]`` for hours on deals, hours of prospecting, opportunities that are
        created, and open deals at the month's end; left alone where it is empty.
    """
    add_workload(lower_work(task, setting), market, first_path, BLOCK, booked, log)
