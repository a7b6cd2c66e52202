"""What a plan pays, period after period on each path.

Amounts are whole cents as doubles; money is rounded to the cent at the end of each step that
makes it. With c credited, q the quota and t_k where tier k begins (rounded to the cent of
bookings), marginal tiers pay ``rate sum_k r_k max(0, min(c, t_{k+1}) - max(t_k, floor))``,
retroactive ones ``rate r_k max(0, c - floor)`` for the last k with t_k <= c, where floor is the
threshold if only what is above it is paid, and else 0.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import uintp

from quotarisk.kernel.arrays import Bytes, Floats
from quotarisk.kernel.compiling import SOURCES, entry, stage

_BLOCK = 512  # paths whose balances stay in the processor's cache


class PayRules(NamedTuple):
    """One rep on one plan; rows are the periods of its cadence, in order."""

    quota: Floats  # [periods] cents; NaN or 0: none, see `pay_periods`
    target: Floats  # [periods] cents of target variable
    rate: Floats  # [periods] commission on a credited cent at a tier's rate of 1
    tier_from: Floats  # [tiers] attainment, ascending from 0
    tier_rate: Floats  # [tiers] multiples of the rate, none negative
    retroactive: bool  # whether the tier reached holds for all of the period
    threshold: float  # attainment below which nothing is paid; 0: none
    cliff: bool  # whether what is below the threshold is paid too, once it is reached
    cap: float  # multiple of the target; infinity: none
    surplus_ends: Bytes  # [periods] 1: nothing above the quota is carried out of it
    shortfall_ends: Bytes  # [periods] 1: nothing missing is carried out of it
    draw: Floats  # [periods] cents, least variable pay
    recoverable: bool  # whether later pay gives back what the draw advanced
    guarantee: Floats  # [periods] cents, least variable pay


@stage
def _carry(
    rules: PayRules, period: int, credited: Floats, surplus: Floats, short: Floats, work: Floats
) -> None:
    """What counts, and against which quota, into ``work[0]`` and ``work[1]``; what is carried out.

    A period without a quota has the attainment 1: what counts is the quota.
    """
    counted, quota, asked = work[0], work[1], rules.quota[period]
    if not asked > 0.0:  # NaN too
        asked = 0.0
    surplus_ends, shortfall_ends = rules.surplus_ends[period], rules.shortfall_ends[period]
    size = uintp(len(credited))
    for p in range(size):
        counted[p] = credited[p] + surplus[p]
        quota[p] = asked + short[p]
    for p in range(size):
        above = counted[p] - quota[p]
        planned = quota[p] > 0.0
        surplus[p] = above if planned and above > 0.0 and not surplus_ends else 0.0
        short[p] = -above if planned and above < 0.0 and not shortfall_ends else 0.0
    for p in range(size):
        counted[p] = min(counted[p], quota[p]) if surplus[p] > 0.0 else counted[p]
        quota[p] = quota[p] if quota[p] > 0.0 else max(counted[p], 0.0)


@stage
def _pay_tiers(rules: PayRules, rate: float, size: int, work: Floats) -> None:
    """What threshold and tiers pay into ``work[2]``: a loop a tier, each of which vectorises."""
    counted, quota, paid, floor = work[0], work[1], work[2], work[3]
    threshold, paid_below = rules.threshold, rules.cliff
    tiers, count = len(rules.tier_from), uintp(size)
    for p in range(count):
        least = np.rint(threshold * quota[p])
        # nothing below the threshold: as if nothing counted
        counted[p] = counted[p] if counted[p] > 0.0 and counted[p] >= least else 0.0
        floor[p] = 0.0 if paid_below else least
        paid[p] = 0.0
    if rules.retroactive:
        for p in range(count):
            paid[p] = rules.tier_rate[0]
        for tier in range(1, tiers):
            begins, multiple = rules.tier_from[tier], rules.tier_rate[tier]
            for p in range(count):
                paid[p] = multiple if counted[p] >= np.rint(begins * quota[p]) else paid[p]
        for p in range(count):
            paid[p] = max(counted[p] - floor[p], 0.0) * paid[p]
    else:
        for tier in range(tiers - 1):
            begins, ends = rules.tier_from[tier], rules.tier_from[tier + 1]
            multiple = rules.tier_rate[tier]
            for p in range(count):
                high = min(counted[p], np.rint(ends * quota[p]))
                low = max(np.rint(begins * quota[p]), floor[p])
                paid[p] += max(high - low, 0.0) * multiple
        begins, multiple = rules.tier_from[tiers - 1], rules.tier_rate[tiers - 1]
        for p in range(count):
            low = max(np.rint(begins * quota[p]), floor[p])
            paid[p] += max(counted[p] - low, 0.0) * multiple
    for p in range(count):
        paid[p] = np.rint(paid[p] * rate)


@stage
def _pay_period(
    rules: PayRules,
    period: int,
    credited: Floats,
    extra: Floats,
    balances: Floats,
    work: Floats,
    out: Floats,
) -> None:
    """Pay a period on some paths, and leave what is carried out of it in the balances."""
    _carry(rules, period, credited, balances[0], balances[1], work)
    _pay_tiers(rules, rules.rate[period], len(out), work)
    paid, owed, size = work[2], balances[2], uintp(len(out))
    cap = np.inf
    if rules.cap < np.inf:
        cap = np.rint(rules.cap * rules.target[period])
    guarantee, least = rules.guarantee[period], max(rules.draw[period], rules.guarantee[period])
    for p in range(size):
        paid[p] = max(min(paid[p], cap) + extra[p], guarantee)
    for p in range(size):
        out[p] = max(paid[p] - owed[p], least)
    if rules.recoverable:
        for p in range(size):
            owed[p] += out[p] - paid[p]  # the draw's advance, or less what is given back


@entry
def pay_periods(
    credited: Floats,
    extra: Floats,
    rules: PayRules,
    out: Floats,
    sources: int = SOURCES,  # noqa: ARG001 - part of the cached signature, see compiling.py
) -> None:
    """Variable pay of each period on each path into ``out [periods, paths]``.

    In order: credited bookings and what was carried in; what is carried out; threshold, tiers and
    cap; SPIFs; the guarantee; the draw and what is given back of it. A period without a quota, into
    which nothing missing is carried, has the attainment 1 by definition: its quota is what is
    credited in it, and nothing is carried out of it. What was taken back beyond a period's bookings
    is not taken from pay, but adds to what is missing where that is carried.

    Parameters
    ----------
    credited
        ``[periods, paths]`` cents by which attainment is measured, negative where taken back.
    extra
        ``[periods, paths]`` cents of SPIFs, none negative.
    rules
        Of the rep and the plan.
    out
        ``[periods, paths]`` cents, overwritten.
    """
    periods, paths = out.shape
    balances, work = np.empty((3, _BLOCK)), np.empty((4, _BLOCK))
    for begin in range(0, paths, _BLOCK):
        end = min(begin + _BLOCK, paths)
        balances[:] = 0.0
        for period in range(periods):
            _pay_period(
                rules,
                period,
                credited[period, begin:end],
                extra[period, begin:end],
                balances,
                work,
                out[period, begin:end],
            )
