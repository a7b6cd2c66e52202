"""A rep's terms become the arrays that the kernel takes."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from quotarisk.kernel.inputs import CYCLE, LOST_CYCLE, RATE, SIZE, WIN, Clock, SegmentDraws
from quotarisk.kernel.quantiles import LINE, TABLE
from quotarisk.periods import DAYS_PER_WEEK, Horizon
from quotarisk.scenario.correction import Correction
from quotarisk.scenario.laws import Empirical, Fixed, Law, Quantiles
from quotarisk.scenario.market import Calendar, Market
from quotarisk.scenario.scenario import Scenario
from quotarisk.scenario.segment import EFFORTS, PARAMETERS, Effort, Parameter
from quotarisk.scenario.stress import Stress
from quotarisk.scenario.team import Booking, OpenDeal, Rep
from quotarisk.scenario.terms import Terms, segments_of, streams_of, terms_of
from quotarisk.simulation.keys import stream_key
from quotarisk.simulation.listed import CENTS, NO_DEALS, Ending, ListedDeals, lower_deals
from quotarisk.simulation.stressing import stress_segment
from quotarisk.simulation.tables import (
    factor_table,
    flat_table,
    law_table,
    posterior_table,
)
from quotarisk.simulation.timeline import Timeline, lay_timeline

Array = NDArray[np.float64]

_PAST_STEPS = 4096
_EVEN = 1e-6  # days off a straight line that are rounding
_NO_TABLE = np.zeros(TABLE, dtype=np.uint64)
_DRAWN: tuple[Parameter, ...] = (
    "opps_per_week",
    "win_rate",
    "deal_size",
    "won_cycle_days",
    "lost_cycle_days",
)


@dataclass(frozen=True)
class Setting:
    """What all reps of a scenario share; small, for it travels with every task.

    Parameters
    ----------
    horizon, calendar, market, correction
        Of the scenario.
    seed
        Of the run.
    deals_seed, beliefs_seed
        Of what becomes of deals, and of rates that are not known, where these are drawn anew
        while all else keeps its luck; the run's where they are left out.
    """

    horizon: Horizon
    calendar: Calendar
    market: Market
    seed: int
    correction: Correction
    deals_seed: int | None = None
    beliefs_seed: int | None = None

    @property
    def seed_of_deals(self) -> int:
        """Under which seed do deals end as they do?"""
        return self.seed if self.deals_seed is None else self.deals_seed

    @property
    def seed_of_beliefs(self) -> int:
        """Under which seed does each path draw the rates that are not known?"""
        return self.seed if self.beliefs_seed is None else self.beliefs_seed

    @cached_property
    def cell_starts(self) -> tuple[int, ...]:
        """Numbers of the horizon's months with which a market period begins."""
        days = (self.horizon.start, *self.horizon.month_starts[1:])
        if self.market.period == "month":
            return tuple(range(len(days)))
        return tuple(
            i for i, day in enumerate(days) if i == 0 or self.horizon.month_of_quarter(day) == 0
        )

    @cached_property
    def cell_ids(self) -> NDArray[np.int64]:
        """Running numbers of the market periods, the same in every scenario."""
        days = [self.horizon.month_starts[i] for i in self.cell_starts]
        if self.market.period == "month":
            return np.array([day.year * 12 + day.month - 1 for day in days], dtype=np.int64)
        return np.array([self.horizon.quarter_number(day) for day in days], dtype=np.int64)

    @cached_property
    def cell_days(self) -> Array:
        """``[cells + 1]`` days at which the market periods begin, and the horizon's end."""
        starts = [self.horizon.day_number(self.horizon.month_starts[i]) for i in self.cell_starts]
        end = self.horizon.day_number(self.horizon.end)
        return np.array([0.0, *starts[1:], end], dtype=np.float64)

    @cached_property
    def clock(self) -> Clock:
        """Months by the won deals' clock."""
        timeline = lay_timeline(self.horizon, self.calendar, start_date=None, ramp=())
        days = [self.horizon.day_number(day) for day in self.horizon.month_starts[1:]]
        days.append(self.horizon.day_number(self.horizon.end))
        ends = np.interp(days, timeline.edges, timeline.won_clock)
        shortest = float(np.diff(ends, prepend=0.0).min())
        step = max(4.0, 2.0 / shortest)  # so that no step of the grid holds two months' ends
        left = np.arange(int(np.ceil(ends[-1] * step)) + 1) / step
        # float32, as the kernel compares, with nothing after the last month
        edges = np.append(ends, np.inf).astype(np.float32)
        grid = np.searchsorted(edges, left.astype(np.float32), side="right").astype(np.uint8)
        edges[-1] = np.nan  # nothing passes it, not even infinity
        return Clock(grid, step, edges)


@dataclass(frozen=True)
class RepTask:
    """One rep with all that its simulation needs, and nothing of the other reps."""

    rep: Rep
    terms: tuple[Terms, ...]
    open_deals: tuple[OpenDeal, ...]
    past: tuple[Booking, ...] = ()  # that a correction may repeat
    stress: Stress | None = None  # on what is not there yet

    @property
    def streams(self) -> tuple[Terms, ...]:
        """What the rep makes in each segment, and what is inbound, each with its rate."""
        return tuple(stream for terms in self.terms for stream in streams_of(terms))

    @property
    def is_bound(self) -> bool:
        """Whether hours of work bound what the rep can do."""
        return self.rep.hours_per_week is not None

    def matters(self, terms: Terms, key: Parameter | Effort) -> bool:
        """Does a figure have a say in what the rep books?

        Without hours, how many deals are never decided and how long losing takes tells the odds
        of deals that are listed as open, and nothing else. With hours, those that a funnel makes
        are as many as it makes.
        """
        if key == "lost_cycle_days" and terms.lost_as_won:
            return False
        if key in ("stall_rate", "lost_cycle_days"):
            listed = any(deal.segment == terms.segment for deal in self.open_deals)
            return listed or (self.is_bound and terms.hours_per_open_deal > 0)
        if key == "opps_per_week":
            return not self.is_bound or terms.funnel is None
        if key in ("funnel", "hours_per_open_deal"):
            return self.is_bound
        return key != "prospecting_mix"

    @property
    def unknown(self) -> tuple[tuple[Terms, Parameter | Effort], ...]:
        """Figures that have a say and are not known exactly."""
        return tuple(
            (terms, key)
            for terms in self.terms
            for key in (*PARAMETERS, *EFFORTS)
            if self.matters(terms, key) and not getattr(getattr(terms, key), "is_known", True)
        )


def rep_tasks(scenario: Scenario) -> list[RepTask]:
    """Which work is there: a task for each rep, in the scenario's order."""
    deals: dict[str, list[OpenDeal]] = {}
    for deal in scenario.open_deals:
        deals.setdefault(deal.rep, []).append(deal)
    past: dict[str, list[Booking]] = {}
    if scenario.correction.own_history:
        for row in scenario.booked or ():
            past.setdefault(row.rep, []).append(row)
    return [
        RepTask(
            rep,
            tuple(terms_of(scenario, rep, segment) for segment in segments_of(scenario, rep)),
            tuple(deals.get(rep.name, ())),
            tuple(past.get(rep.name, ())),
        )
        for rep in scenario.reps
    ]


def starts_steady(task: RepTask) -> bool:
    """Does the rep start with a steady pipeline: no deals listed, and not told otherwise?"""
    return task.rep.pipeline == "steady" or (task.rep.pipeline is None and not task.open_deals)


def timeline_of(task: RepTask, setting: Setting) -> Timeline:
    """Lay out the rep's days, cut at the market's periods."""
    cuts = tuple(setting.horizon.month_starts[i] for i in setting.cell_starts)
    return lay_timeline(
        setting.horizon,
        setting.calendar,
        start_date=task.rep.start_date,
        ramp=task.rep.ramp,
        cuts=cuts,
    )


@lru_cache(maxsize=256)
def past_creation(timeline: Timeline) -> tuple[float, NDArray[np.float32], float]:
    """How did creation before the start run, by age on the won deals' clock?

    Returns
    -------
    highest
        Highest creation a clock day.
    shares
        Creation by age as a share of the highest, in equal steps of age; the last one holds
        for all ages beyond.
    step
        Steps a clock day.
    """
    past = timeline.past
    days = np.diff(timeline.edges)[past]
    clock = (timeline.won_speed * np.diff(timeline.edges))[past]
    density = timeline.creation[past] / timeline.won_speed[past]
    if density.min() == density.max():
        return float(density[0]), np.ones(1, dtype=np.float32), 0.0
    highest = float(density.max())
    ages = -timeline.won_clock[: past.stop + 1]
    created = timeline.created[past.stop] - timeline.created[: past.stop + 1]
    edges = np.linspace(0.0, ages[0], _PAST_STEPS + 1)
    sums = np.interp(edges, ages[::-1], created[::-1])
    year = timeline.last_year
    forever = (timeline.creation[past] * days)[year].sum() / clock[year].sum()
    shares = np.append(np.diff(sums) / np.diff(edges), forever) / highest
    return highest, np.minimum(shares, 1.0).astype(np.float32), _PAST_STEPS / float(ages[0])


class Arrivals(NamedTuple):
    """When deals are created in each market period, on the won deals' clock."""

    weeks: Array  # [cells] of creation
    straight: NDArray[np.float32]  # [cells, 3] begin, length, last time where creation runs evenly
    tables: NDArray[np.uint64]  # [cells, LINE] flat tables where it does not


@lru_cache(maxsize=256)
def _arrivals(timeline: Timeline, setting: Setting) -> Arrivals:
    cells = len(setting.cell_ids)
    weeks, straight = np.zeros(cells), np.zeros((cells, 3), dtype=np.float32)
    tables = np.zeros((cells, LINE), dtype=np.uint64)
    for cell, (first, end) in enumerate(itertools.pairwise(setting.cell_days)):
        pieces = timeline.cut(first, end)
        created = timeline.created[pieces.start : pieces.stop + 1]
        total = created[-1] - created[0]
        weeks[cell] = total / DAYS_PER_WEEK
        if total == 0:
            continue
        # where nothing is created the level stands still: keep its two ends only
        moves = np.diff(created) > 0
        keep = np.append(moves, False) | np.insert(moves, 0, False)
        clock = timeline.won_clock[pieces.start : pieces.stop + 1][keep]
        levels = (created[keep] - created[0]) / total
        even = clock[0] + levels * (clock[-1] - clock[0])
        if np.abs(clock - even).max() < _EVEN:
            # rounded up to the end of its cell, a deal would close in the next one
            last = np.nextafter(np.float32(clock[-1]), np.float32(clock[0]))
            straight[cell] = clock[0], clock[-1] - clock[0], last
        else:
            tables[cell] = flat_table(levels, clock)
    return Arrivals(weeks, straight, tables)


class _Doubts(NamedTuple):
    """Standard deviations of the logarithms of a path's own factors; 0 where they are known."""

    size: float
    cycle: float
    lost_cycle: float


def doubts_of(terms: Terms) -> _Doubts:
    """Find them once: of a law through percentiles they are an integral."""
    specs = (terms.deal_size, terms.won_cycle_days, terms.lost_cycle_days)
    return _Doubts(*(spec.factor_sd for spec in specs))


def _posteriors(
    terms: Terms, doubts: _Doubts
) -> tuple[NDArray[np.uint8], NDArray[np.uint8], Array, NDArray[np.uint64]]:
    own = np.array([key in terms.own for key in _DRAWN], dtype=np.uint8)
    known = np.ones(5, dtype=np.uint8)
    value = np.ones(5)
    tables = np.zeros((5, TABLE), dtype=np.uint64)
    value[RATE] = terms.opps_per_week.mean
    value[WIN] = terms.win_rate.mean
    if not terms.opps_per_week.is_known:
        known[RATE], tables[RATE] = 0, posterior_table(terms.opps_per_week.posterior)
    if not terms.win_rate.is_known:
        known[WIN], tables[WIN] = 0, posterior_table(terms.win_rate.posterior)
    for place, log_sd in zip((SIZE, CYCLE, LOST_CYCLE), doubts, strict=True):
        if log_sd != 0:
            known[place], tables[place] = 0, factor_table(log_sd)
    return own, known, value, tables


def listed_values(law: Quantiles) -> Array:
    """Values that are drawn as they are, ascending; none for a law with a table."""
    return np.array(law.values if isinstance(law, Empirical) else (), dtype=np.float64)


def _prices(law: Quantiles) -> Array:
    """Sizes that are drawn as they are, in whole cents; none for a law with a table."""
    values = (law.value,) if isinstance(law, Fixed) else listed_values(law)
    return np.round(np.asarray(values, dtype=np.float64) * CENTS)


def table_of(law: Quantiles) -> NDArray[np.uint64]:
    """Quantile table of a law; an empty one where its values are drawn as they are."""
    return _NO_TABLE if isinstance(law, Empirical) else law_table(law)


def running_table(cycle: Law) -> NDArray[np.uint64]:
    """Quantile table of a cycle that is found running."""
    return table_of(cycle.length_biased()) if cycle.mean > 0 else table_of(cycle)


def _longest_start(cycle: Law) -> float:
    """Days of creation that are open at day 0, before a deal stays in proportion to its cycle."""
    return cycle.values[-1] if isinstance(cycle, Empirical) else cycle.mean


def _lower_listed(
    listed: Sequence[OpenDeal], terms: Terms, doubts: _Doubts, setting: Setting, timeline: Timeline
) -> ListedDeals:
    """Turn a rep's open deals in a segment into arrays."""
    passed = np.array([-setting.horizon.day_number(deal.created) for deal in listed], np.float64)
    won = Ending(terms.won_cycle_days.law, doubts.cycle, timeline.won_age(passed))
    lost = Ending(terms.lost_cycle_days.law, doubts.lost_cycle, timeline.lost_age(passed))
    return lower_deals(listed, won, lost, seed=setting.seed_of_deals, rep=listed[0].rep)


def _rate_key(name: str, terms: Terms, seed: int) -> np.uint64:
    """Of an inbound rate: the rep's own, or shared by all who have it from the segment."""
    whose = ("rep", name) if "opps_per_week" in terms.own else ("segment",)
    return stream_key(seed, *whose, terms.segment, "inbound")


def lower_segment(
    task: RepTask, terms: Terms, setting: Setting, timeline: Timeline
) -> SegmentDraws:
    """Turn what holds for a rep in a segment into the kernel's arrays."""
    doubts = doubts_of(terms)
    own, known, value, posterior = _posteriors(terms, doubts)
    cycle, size = terms.won_cycle_days.law, terms.deal_size.law
    arrivals = _arrivals(timeline, setting)
    highest, past, past_step = past_creation(timeline)
    steady = starts_steady(task)
    name = task.rep.name
    inbound = terms.stream == "inbound"
    stream = ("inbound",) if inbound else ()
    listed = [] if inbound else [d for d in task.open_deals if d.segment == terms.segment]
    deals = _lower_listed(listed, terms, doubts, setting, timeline) if listed else NO_DEALS
    return SegmentDraws(
        key=stream_key(setting.seed_of_deals, "rep", name, terms.segment, *stream),
        own_key=stream_key(setting.seed_of_beliefs, "rep", name, terms.segment),
        shared_key=stream_key(setting.seed_of_beliefs, "segment", terms.segment),
        rate_key=_rate_key(name, terms, setting.seed_of_beliefs) if inbound else np.uint64(0),
        own=own,
        lost_as_won=terms.lost_as_won,
        known=known,
        value=value,
        posterior=posterior,
        stall=float(terms.stall_rate),
        cycle=table_of(cycle),
        cycles=listed_values(cycle),
        length=running_table(cycle) if steady else _NO_TABLE,
        size=table_of(size),
        prices=_prices(size),
        cell_id=setting.cell_ids,
        cell_market=np.arange(len(setting.cell_ids), dtype=np.int64),
        cell_weeks=arrivals.weeks * terms.pace,
        straight=arrivals.straight,
        arrival=arrivals.tables,
        start_weeks=highest * _longest_start(cycle) / DAYS_PER_WEEK if steady else 0.0,
        past=past,
        past_step=past_step,
        deal_key=deals.key,
        deal_amount=deals.amount,
        deal_age=deals.age,
        deal_old=deals.old,
        residual=deals.residual,
        deal_won=deals.won,
        deal_lost=deals.lost,
        deal_won_by_path=deals.won_by_path,
        deal_lost_by_path=deals.lost_by_path,
    )


def lower_rep(task: RepTask, setting: Setting) -> tuple[SegmentDraws, ...]:
    """Turn a rep into the kernel's arrays, one set for each segment; two where it is stressed."""
    timeline = timeline_of(task, setting)
    lowered = tuple(lower_segment(task, terms, setting, timeline) for terms in task.streams)
    if task.stress is None:
        return lowered
    return tuple(
        piece
        for draws, terms in zip(lowered, task.streams, strict=True)
        for piece in stress_segment(draws, terms, task.stress)
    )
