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

BLOCK = 512  # paths whose balances stay in the processor's cache


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
def _pay_tiers(rules: PayRules, size: int, work: Floats) -> None:
    """What threshold and tiers pay at a rate of 1 into ``work[2]``: a loop a tier vectorises."""
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


@stage
def _tier_of(rules: PayRules, tier: int, quota: float, floor: float) -> tuple[float, float, float]:
    """Between which amounts does a tier pay, and which multiple? Beyond the last one nothing."""
    tiers = len(rules.tier_from)
    if tier >= tiers:
        return np.inf, np.inf, 0.0
    low = max(np.rint(rules.tier_from[tier] * quota), floor)
    ends = np.rint(rules.tier_from[tier + 1] * quota) if tier + 1 < tiers else np.inf
    return low, ends, rules.tier_rate[tier]


@stage
def _pay_planned(rules: PayRules, quota: float, credited: Floats, size: int, paid: Floats) -> None:
    """The same where every path has the same quota, so that tiers begin at one amount.

    Two tiers a loop, which has nothing to look up.
    """
    least, count = np.rint(rules.threshold * quota), uintp(size)
    floor = 0.0 if rules.cliff else least
    for p in range(count):
        paid[p] = rules.tier_rate[0] if rules.retroactive else 0.0
    if rules.retroactive:
        for tier in range(1, len(rules.tier_from)):
            begins, multiple = np.rint(rules.tier_from[tier] * quota), rules.tier_rate[tier]
            for p in range(count):
                paid[p] = multiple if credited[p] >= begins else paid[p]
        for p in range(count):
            counted = credited[p] if credited[p] >= least else 0.0
            paid[p] = max(counted - floor, 0.0) * paid[p]
    else:
        for tier in range(0, len(rules.tier_from), 2):
            low, ends, multiple = _tier_of(rules, tier, quota, floor)
            above, ends_above, multiple_above = _tier_of(rules, tier + 1, quota, floor)
            for p in range(count):
                counted = credited[p] if credited[p] >= least else 0.0
                paid[p] += max(min(counted, ends) - low, 0.0) * multiple
                paid[p] += max(min(counted, ends_above) - above, 0.0) * multiple_above


@stage
def pay_period(
    rules: PayRules,
    period: int,
    carries: bool,
    credited: Floats,
    extra: Floats,
    balances: Floats,
    work: Floats,
    out: Floats,
) -> None:
    """Pay a period on some paths, and leave what is carried out of it in the balances.

    Parameters
    ----------
    rules, credited, extra, out
        As `pay_periods` takes them, of this period.
    carries
        See `carries_over`.
    balances
        ``[3, paths]`` cents: surplus and shortfall that are carried in, and what is owed.
    work
        ``[4, paths]``, overwritten.
    """
    if not carries and rules.quota[period] > 0.0:
        _pay_planned(rules, rules.quota[period], credited, len(out), work[2])
    else:
        _carry(rules, period, credited, balances[0], balances[1], work)
        _pay_tiers(rules, len(out), work)
    paid, owed, size, rate = work[2], balances[2], uintp(len(out)), rules.rate[period]
    cap = np.inf
    if rules.cap < np.inf:
        cap = np.rint(rules.cap * rules.target[period])
    guarantee, least = rules.guarantee[period], max(rules.draw[period], rules.guarantee[period])
    if rules.recoverable:
        for p in range(size):
            earned = max(min(np.rint(paid[p] * rate), cap) + extra[p], guarantee)
            out[p] = max(earned - owed[p], least)
            owed[p] += out[p] - earned  # the draw's advance, or less what is given back
    else:
        for p in range(size):
            out[p] = max(max(min(np.rint(paid[p] * rate), cap) + extra[p], guarantee), least)


@stage
def carries_over(rules: PayRules) -> bool:
    """Whether bookings of a period count in another one, or its quota does."""
    for period in range(len(rules.quota)):
        if not (rules.surplus_ends[period] and rules.shortfall_ends[period]):
            return True
    return False


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
    balances, work = np.empty((3, BLOCK)), np.empty((4, BLOCK))
    carries = carries_over(rules)
    for begin in range(0, paths, BLOCK):
        end = min(begin + BLOCK, paths)
        balances[:] = 0.0
        for period in range(periods):
            pay_period(
                rules,
                period,
                carries,
                credited[period, begin:end],
                extra[period, begin:end],
                balances,
                work,
                out[period, begin:end],
            )
