"""A pay plan becomes the kernel's rules, and bookings what it credits, adds and pays."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from functools import lru_cache
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike

from quotarisk.errors import ArgumentError
from quotarisk.kernel import spifs
from quotarisk.kernel.arrays import Bytes
from quotarisk.kernel.pay import PayRules, pay_periods
from quotarisk.kernel.spifs import SpifRules
from quotarisk.periods import MONTHS_IN, Horizon, Period, add_months
from quotarisk.scenario.pay import MONTHS_OF, PayPlan, Window
from quotarisk.scenario.team import Rep
from quotarisk.simulation.estimates import Array
from quotarisk.simulation.listed import CENTS


def _days(first: date, end: date) -> int:
    return max((end - first).days, 0)


@lru_cache(maxsize=256)
def _months(period: Period) -> tuple[tuple[date, date], ...]:
    """First day of each month of a period, and the first day after it."""
    starts = [add_months(period.first, number) for number in range(MONTHS_IN[period.cadence] + 1)]
    return tuple(pairwise(starts))


def months_at_work(rep: Rep, period: Period) -> float:
    """For how many months of a period is a rep paid: whole ones, and a share of the first by days?

    Examples
    --------
    >>> june = Horizon(date(2027, 1, 1), 6).periods("month")[5]
    >>> months_at_work(Rep(name="Ana", start_date=date(2027, 6, 16)), june)
    0.5
    """
    since = rep.start_date
    if since is None or since <= period.first:
        return float(MONTHS_IN[period.cadence])
    return sum(_days(max(first, since), end) / _days(first, end) for first, end in _months(period))


def base_pay(plan: PayPlan, rep: Rep, period: Period) -> float:
    """Fixed pay of a rep in a period, in whole cents."""
    return round(plan.base / 12 * months_at_work(rep, period) * CENTS)


def _guaranteed_months(plan: PayPlan, rep: Rep, period: Period) -> float:
    """Months of target variable that the ramp guarantee promises in a period."""
    if rep.start_date is None:
        return 0.0
    total = 0.0
    for number, share in enumerate(plan.guarantee):
        since, until = (add_months(rep.start_date, number + k) for k in (0, 1))
        for first, end in _months(period):
            total += share * _days(max(first, since), min(end, until)) / _days(first, end)
    return total


def _window_ends(window: Window, horizon: Horizon, periods: Sequence[Period]) -> Bytes:
    """Which periods end a window, so that nothing is carried out of them?"""
    length = MONTHS_OF[window]
    if not length:
        return np.ones(len(periods), np.uint8)
    last = [period.end - timedelta(days=1) for period in periods]
    return np.array(
        [(day.month - horizon.fiscal_year_start) % length == length - 1 for day in last], np.uint8
    )


def _rates(plan: PayPlan, quota: Array, target: Array) -> Array:
    """Commission on a credited cent at a tier's rate of 1, by period.

    Without a commission rate it is the target by the quota; a period without a quota has what all
    others have together.
    """
    if plan.commission_rate is not None:
        return np.full(len(quota), plan.commission_rate)
    asked = quota > 0  # not NaN
    usual = target[asked].sum() / quota[asked].sum() if asked.any() else 0.0
    rates = np.full(len(quota), usual)
    rates[asked] = target[asked] / quota[asked]
    return rates


def lower_plan(
    plan: PayPlan, rep: Rep, horizon: Horizon, periods: Sequence[Period], quotas: ArrayLike
) -> PayRules:
    """Turn a plan into the kernel's rules for a rep.

    Parameters
    ----------
    plan
        The plan, which need not be the rep's own.
    rep
        Whose start date counts the months at work and those of the ramp guarantee.
    horizon
        Its fiscal quarters and years are the windows of what is carried over.
    periods
        Of the plan's cadence, in order, without holes. Nothing is carried into the first of them,
        and what the last one carries beyond them is paid later.
    quotas
        ``[periods]`` in cents; NaN (or 0) where there is none.

    Returns
    -------
    PayRules
        The target variable, the draw and the guarantee of a period go by the months at work in it.
    """
    quota = np.array(quotas, dtype=np.float64)
    worked = np.array([months_at_work(rep, period) for period in periods], dtype=np.float64)
    monthly = plan.target_variable / 12
    target = np.rint(worked * monthly * CENTS)
    promised = [_guaranteed_months(plan, rep, period) for period in periods]
    return PayRules(
        quota=quota,
        target=target,
        rate=_rates(plan, quota, target),
        tier_from=np.array([tier.from_ for tier in plan.tiers], dtype=np.float64),
        tier_rate=np.array([tier.rate for tier in plan.tiers], dtype=np.float64),
        retroactive=plan.tier_kind == "retroactive",
        threshold=float(plan.threshold),
        cliff=bool(plan.cliff),
        cap=float("inf") if plan.cap is None else float(plan.cap),
        surplus_ends=_window_ends(plan.carry_surplus, horizon, periods),
        shortfall_ends=_window_ends(plan.carry_shortfall, horizon, periods),
        draw=np.rint(worked / MONTHS_IN[plan.cadence] * plan.draw * CENTS),
        recoverable=bool(plan.recoverable),
        guarantee=np.rint(np.array(promised, dtype=np.float64) * monthly * CENTS),
    )


def credit_bookings(
    plan: PayPlan, segments: Sequence[str], booked: Array, certain: ArrayLike = 0.0
) -> Array:
    """Which bookings count for pay and its attainment?

    Parameters
    ----------
    plan
        Its multipliers.
    segments
        Names of the segments.
    booked
        ``[segments, periods, paths]`` cents.
    certain
        ``[periods]`` cents that are booked to date, in no segment: they count once.

    Returns
    -------
    ndarray
        ``[periods, paths]`` in whole cents.
    """
    counted = np.zeros(booked.shape[1:])
    for name, amounts in zip(segments, booked, strict=True):
        counted += plan.multipliers.get(name, 1.0) * amounts
    known = np.broadcast_to(np.asarray(certain, dtype=np.float64), len(counted))
    return np.asarray(np.rint(counted) + known[:, np.newaxis])


def lower_spifs(plan: PayPlan, segments: Sequence[str]) -> SpifRules:
    """Turn a plan's SPIFs of the segments that a rep sells into the kernel's rules."""
    told = [spif for spif in plan.spifs if spif.segment in segments]
    goals = [-np.inf if spif.goal is None else round(spif.goal * CENTS) for spif in told]
    return SpifRules(
        segment=np.array([list(segments).index(spif.segment) for spif in told], np.int64),
        per_deal=np.array([spif.per_deal * CENTS for spif in told], np.float64),
        rate=np.array([spif.rate for spif in told], np.float64),
        goal=np.array(goals, np.float64),
    )


def pay_spifs(
    plan: PayPlan, segments: Sequence[str], booked: Array, wins: Array | None = None
) -> Array:
    """What do a plan's SPIFs pay in each period, on top of the tiers?

    Below its goal a SPIF pays nothing; once it is reached, from the first deal on.

    Parameters
    ----------
    plan
        Its SPIFs; those of segments that the rep does not sell pay nothing.
    segments
        Names of the segments.
    booked
        ``[segments, periods, paths]`` cents, as booked: multipliers do not touch them.
    wins
        ``[segments, periods, paths]`` numbers of won deals; needed for an amount per deal.

    Returns
    -------
    ndarray
        ``[periods, paths]`` in whole cents.

    Raises
    ------
    ArgumentError
        If an amount per deal has no numbers of won deals.
    """
    rules, periods = lower_spifs(plan, segments), np.arange(booked.shape[1], dtype=np.int64)
    if wins is None and rules.per_deal.any():
        raise ArgumentError("a SPIF per deal needs wins, got none")
    told = [np.ascontiguousarray(each) for each in (booked, booked if wins is None else wins)]
    extra = np.empty(booked.shape[1:])
    spifs.pay_spifs(told[0], told[1], periods, periods + 1, rules, extra)
    return extra


def pay_paths(rules: PayRules, credited: Array, extra: Array | None = None) -> Array:
    """What does a plan pay in variable pay on each path?

    Parameters
    ----------
    rules
        Of the rep and the plan, see `lower_plan`.
    credited
        ``[periods, paths]`` cents, see `credit_bookings`.
    extra
        ``[periods, paths]`` cents of SPIFs, see `pay_spifs`; none where it is left out.

    Returns
    -------
    ndarray
        ``[periods, paths]`` in whole cents; base pay apart.
    """
    paid = np.empty(credited.shape)
    on_top = np.zeros(credited.shape) if extra is None else extra
    pay_periods(np.ascontiguousarray(credited), np.ascontiguousarray(on_top), rules, paid)
    return paid
