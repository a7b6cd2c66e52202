"""What the kernel is told: arrays of numbers with their shapes. No names, no dates."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from quotarisk.kernel.arrays import Bytes, Floats, Ints, Singles, Tables

# Places in the arrays of parameters: what a path may draw its own value of.
RATE, WIN, SIZE, CYCLE, LOST_CYCLE = (np.int64(place) for place in range(5))


class Clock(NamedTuple):
    """From a closing time, on the clock of won deals and counted from the start, to a month."""

    grid: Bytes  # [g] month at the left edge of each step of the grid
    step: float  # steps a clock day
    ends: Singles  # [months + 1] clock time at which months end; the last is NaN


class MarketFactors(NamedTuple):
    """What the shared market does to each path, by market period (quarter or month)."""

    creation: Singles  # [periods, paths] factor of creation rates
    odds: Singles  # [periods, paths] factor of win odds
    size: Singles  # [periods, paths] factor of deal sizes


class SegmentDraws(NamedTuple):
    """One rep in one segment. Times are days on the clock of won deals."""

    key: np.uint64  # of the rep in the segment: for what becomes of deals
    own_key: np.uint64  # of the rep in the segment: for parameters that are the rep's own
    shared_key: np.uint64  # of the segment: for parameters that reps share
    rate_key: np.uint64  # of a creation rate that is drawn apart from the others; else 0
    own: Bytes  # [5] whether a parameter is drawn under the rep's own key
    lost_as_won: bool  # whether lost cycles have the won cycles' factor
    known: Bytes  # [5] whether a parameter is the same on every path
    value: Floats  # [5] the value where it is: a week, share, factor, factor, factor
    posterior: Tables  # [5, TABLE] its quantiles where it is not
    stall: float  # share of opportunities that are never decided
    cycle: Tables  # [TABLE] won cycle
    cycles: Floats  # [n] won cycles where they are a list of values, ascending; else empty
    length: Tables  # [TABLE] length-biased won cycle
    size: Tables  # [TABLE] deal size
    prices: Floats  # [n] deal sizes in cents where they are a list of values; else empty
    cell_id: Ints  # [cells] the same number for the same quarter or month in every scenario
    cell_market: Ints  # [cells] row of the market factors
    cell_weeks: Floats  # [cells] weeks, weighted by ramp and season
    straight: Singles  # [cells, 3] where creation runs evenly: begin, days, last time; else 0 days
    arrival: Tables  # [cells, LINE] creation time within the cell, a flat table, where it does not
    start_weeks: float  # weeks of creation that may be open at day 0, for a cycle factor of 1
    past: Singles  # [k] creation before day 0 by age, as a share of its highest
    past_step: float  # places in `past` a clock day
    deal_key: Tables  # [deals] of each open deal
    deal_amount: Floats  # [deals] in cents; 0: to be drawn
    deal_age: Singles  # [deals] at day 0
    deal_old: Ints  # [deals] row of `residual` where a deal outlasted nearly every cycle; else -1
    residual: Tables  # [old deals, TABLE] what is left of their cycle
    deal_won: Floats  # [deals] P(won cycle > age), where cycles are known
    deal_lost: Floats  # [deals] P(lost cycle > age), where cycles are known
    deal_won_by_path: Tables  # [deals or 0, TABLE] the same by the path's word for the cycle
    deal_lost_by_path: Tables  # [deals or 0, TABLE]
