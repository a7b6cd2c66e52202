"""What the kernel is told of a rep's working time: all segments at once, stacked.

A rep's segments share the hours, so they go through the kernel together, in arrays
``[segments, ...]`` of one type whatever their number.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from quotarisk.kernel.arrays import Bytes, Floats, Ints, Singles, Tables
from quotarisk.kernel.inputs import CYCLE, LOST_CYCLE, RATE, SegmentDraws
from quotarisk.kernel.quantiles import TABLE

MIDWAY = 0.5  # of a step: where its load is taken
EFFORT_UNIT = 1.0 / 65536.0  # hours a week; efforts are whole numbers of it


class Steps(NamedTuple):
    """The horizon, and a warm-up before it, in steps of at most a week.

    A step lies in one month and in one market period.
    """

    days: Floats  # [steps]
    hours: Floats  # [steps] that the rep works, on deals and prospecting
    month: Ints  # [steps] row of the bookings; -1 before day 0
    market: Ints  # [steps] row of the market factors
    productivity: Floats  # [steps] ramp times season
    won_days: Floats  # [steps] by which the clock of won deals advances at full speed
    lost_days: Floats  # [steps] the same of lost deals


class Beliefs(NamedTuple):
    """What `beliefs` takes of one segment; described in `SegmentDraws`."""

    own_key: np.uint64
    shared_key: np.uint64
    rate_key: np.uint64
    own: Bytes  # [5]
    known: Bytes  # [5]
    value: Floats  # [5]
    posterior: Tables  # [5, TABLE]


class SegmentWork(NamedTuple):
    """What working time adds to a segment's `SegmentDraws`.

    There the rate is that of inbound opportunities a week. A stalled deal is worked as long
    as a lost one takes.
    """

    effort: float  # hours a week that an open deal takes
    share: float  # of the prospecting hours; a rep's shares add up to 1
    opps_per_hour: float  # of prospecting, with the stage rates that are known
    lost_cycle: Tables  # [TABLE] lost cycle
    lost_cycles: Floats  # [n] lost cycles where they are a list of values, ascending; else empty
    lost_length: Tables  # [TABLE] length-biased lost cycle; read where the start is steady
    won_mean: float  # days on the won deals' clock, for a cycle factor of 1
    lost_mean: float  # days on the lost deals' clock, for a cycle factor of 1
    deal_lost_age: Singles  # [deals] at day 0, on the lost deals' clock
    deal_lost_old: Ints  # [deals] row of `lost_residual` where nearly no cycle is longer; else -1
    lost_residual: Tables  # [old deals, TABLE] what is left of their lost cycle
    stage_key: Tables  # [stages] of each stage rate that is not known
    stage: Tables  # [stages, TABLE] its quantiles; a path's yields multiply
    before: float = 1.0  # factor of creation before day 0
    coming: float = 1.0  # factor of creation from day 0 on


class Believed(NamedTuple):
    """What each path draws of a segment; described in `SegmentDraws`."""

    own_key: Tables  # [segments]
    shared_key: Tables  # [segments]
    rate_key: Tables  # [segments]
    own: Bytes  # [segments, 5]
    lost_as_won: Bytes  # [segments]
    known: Bytes  # [segments, 5]
    value: Floats  # [segments, 5]
    posterior: Tables  # [segments, 5, TABLE]


class Origins(NamedTuple):
    """Where a segment's opportunities come from: by hours of prospecting and without."""

    key: Tables  # [segments]
    effort: Ints  # [segments] of an open deal, in units of `EFFORT_UNIT`
    before: Floats  # [segments]
    coming: Floats  # [segments]
    live: Bytes  # [segments] whether any come
    gap: Tables  # [TABLE] exponential law of mean 1


class Laws(NamedTuple):
    """A law by row: a table of quantiles, or values in its stead, all equally likely."""

    table: Tables  # [rows, TABLE]
    begin: Ints  # [rows + 1] where each row's list begins in `values`
    values: Floats  # [n] ascending; of sizes in cents


class Listed(NamedTuple):
    """Open deals; described in `SegmentDraws`. First of won deals, then of lost ones."""

    segment: Ints  # [deals]
    key: Tables  # [deals]
    stall: Floats  # [deals]
    amount: Floats  # [deals]
    age: Singles  # [2, deals] on the clocks of won and of lost deals
    old: Ints  # [2, deals] row of `residual`; else -1
    residual: Tables  # [old deals, TABLE]
    outlasting: Floats  # [2, deals] P(cycle > age) of won and of lost cycles, where known
    by_path: Ints  # [2, deals] row of `outlasts`, where the cycle's factor is not known; or -1
    outlasts: Tables  # [rows, TABLE] P(cycle > age) by the path's word for the cycle


class Work(NamedTuple):
    """One rep: segments stacked, in parts, for a stage compiles fast that is told little."""

    steps: Steps
    reserved: float  # share of the hours that deals never get
    steady: bool  # whether deals are open before the first step
    midway: float  # of a step: where its load is taken, see `MIDWAY`
    settles: float  # 1: what deals got beyond the hours spent is owed; 0: it is forgotten
    believed: Believed
    made: Floats  # [segments] opportunities an hour of the rep's prospecting
    stage_segment: Ints  # [stages]
    stage_key: Tables  # [stages]
    stage: Tables  # [stages, TABLE]
    origins: Origins
    cycles: Laws  # [2 segments] of won deals by segment, then of lost ones
    lengths: Laws  # [2 segments] length-biased
    mean_cycle: Floats  # [2 segments] days, for a cycle factor of 1
    sizes: Laws  # [segments]
    listed: Listed


def _rows(lists: Sequence[Any]) -> Ints:
    """Where each list begins in all of them together, and the end."""
    return np.concatenate([[0], np.cumsum([len(each) for each in lists])]).astype(np.int64)


def _join(parts: Sequence[Any], dtype: Any) -> Any:
    return np.ascontiguousarray(np.concatenate(parts), dtype=dtype)


def _numbered(rows: Sequence[Ints], tables: Sequence[Tables]) -> Ints:
    """Numbers of rows in the tables of all segments together; -1 stays."""
    begins = _rows(tables)[:-1]
    moved = [np.where(row < 0, -1, row + begin) for row, begin in zip(rows, begins, strict=True)]
    return np.asarray(_join(moved, np.int64))


def _by_path(draws: SegmentDraws, which: np.int64) -> Ints:
    """Rows of the tables of P(cycle > age), one a deal where the cycle's factor is not known."""
    deals = len(draws.deal_key)
    return np.full(deals, -1) if draws.known[which] else np.arange(deals)


def stack_work(
    draws: Sequence[SegmentDraws],
    works: Sequence[SegmentWork],
    steps: Steps,
    *,
    reserved: float,
    steady: bool,
    gap: Tables,
    midway: float = MIDWAY,
) -> Work:
    """Stack a rep's segments.

    Parameters
    ----------
    draws, works
        One of each a segment; the rate of the draws is that of inbound opportunities.
    steps
        Of the rep.
    reserved
        Share of the hours that goes to prospecting, whatever the deals need.
    steady
        Whether the rep starts with a pipeline in balance before the first step; the draws have
        their tables of length-biased cycles then.
    gap
        ``[TABLE]`` quantiles of the exponential law of mean 1.
    midway
        Where in a step its load is taken; 0 is its begin.
    """
    segments = range(len(draws))
    cycles = [d.cycles for d in draws] + [w.lost_cycles for w in works]
    prices = [d.prices for d in draws]
    residuals = [d.residual for d in draws] + [w.lost_residual for w in works]
    old = [d.deal_old for d in draws] + [w.deal_lost_old for w in works]
    tables = [d.deal_won_by_path for d in draws] + [d.deal_lost_by_path for d in draws]
    rows = [_by_path(d, CYCLE) for d in draws] + [_by_path(d, LOST_CYCLE) for d in draws]
    made = np.array([w.share * w.opps_per_hour for w in works])
    inbound = np.array([not d.known[RATE] or d.value[RATE] > 0 for d in draws])
    cycle_begin, cycle_values = _rows(cycles), _join(cycles, np.float64)
    deal_segment = np.array([s for s in segments for _ in draws[s].deal_key], np.int64)
    return Work(
        steps=steps,
        reserved=float(reserved),
        steady=bool(steady),
        midway=float(midway),
        settles=1.0,
        believed=Believed(
            own_key=np.array([d.own_key for d in draws], np.uint64),
            shared_key=np.array([d.shared_key for d in draws], np.uint64),
            rate_key=np.array([d.rate_key for d in draws], np.uint64),
            own=np.stack([d.own for d in draws]),
            lost_as_won=np.array([d.lost_as_won for d in draws], np.uint8),
            known=np.stack([d.known for d in draws]),
            value=np.stack([d.value for d in draws]),
            posterior=np.stack([d.posterior for d in draws]),
        ),
        made=made,
        stage_segment=np.array([s for s in segments for _ in works[s].stage_key], np.int64),
        stage_key=_join([w.stage_key for w in works], np.uint64),
        stage=_join([w.stage.reshape(-1, TABLE) for w in works], np.uint64),
        origins=Origins(
            key=np.array([d.key for d in draws], np.uint64),
            effort=np.array([round(w.effort / EFFORT_UNIT) for w in works], np.int64),
            before=np.array([w.before for w in works]),
            coming=np.array([w.coming for w in works]),
            live=((made > 0) | inbound).astype(np.uint8),
            gap=np.array(gap),
        ),
        cycles=Laws(
            np.stack([*(d.cycle for d in draws), *(w.lost_cycle for w in works)]),
            cycle_begin,
            cycle_values,
        ),
        lengths=Laws(
            np.stack([*(d.length for d in draws), *(w.lost_length for w in works)]),
            cycle_begin,
            cycle_values,
        ),
        mean_cycle=np.array([*(w.won_mean for w in works), *(w.lost_mean for w in works)]),
        sizes=Laws(np.stack([d.size for d in draws]), _rows(prices), _join(prices, np.float64)),
        listed=Listed(
            segment=deal_segment,
            key=_join([d.deal_key for d in draws], np.uint64),
            stall=np.array([draws[s].stall for s in deal_segment], np.float64),
            amount=_join([d.deal_amount for d in draws], np.float64),
            age=_join(
                [*(d.deal_age for d in draws), *(w.deal_lost_age for w in works)], np.float32
            ).reshape(2, -1),
            old=_numbered(old, residuals).reshape(2, -1),
            residual=_join(residuals, np.uint64),
            outlasting=_join(
                [*(d.deal_won for d in draws), *(d.deal_lost for d in draws)], np.float64
            ).reshape(2, -1),
            by_path=_numbered(rows, tables).reshape(2, -1),
            outlasts=_join(tables, np.uint64),
        ),
    )
