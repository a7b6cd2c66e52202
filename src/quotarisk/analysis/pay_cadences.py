"""The same plan by another cadence: quotas, draws and goals of other periods."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from quotarisk.periods import CADENCES, MONTHS_IN, Cadence, Period
from quotarisk.scenario.pay import MONTHS_OF, PayPlan
from quotarisk.scenario.team import Rep
from quotarisk.simulation.estimates import Array
from quotarisk.simulation.paying import months_at_work


def with_cadence(plan: PayPlan, cadence: Cadence) -> PayPlan:
    """What is a plan if it goes by another cadence?

    Draws and goals of SPIFs stay what they are in a month. What is carried over within a window
    that is no longer than a period is not carried over.

    Examples
    --------
    >>> with_cadence(PayPlan(draw=3_000.0, cadence="quarter"), "month").draw
    1000.0
    """
    if cadence == plan.cadence:
        return plan
    times = MONTHS_IN[cadence] / MONTHS_IN[plan.cadence]
    spifs = tuple(
        spif if spif.goal is None else spif.model_copy(update={"goal": round(spif.goal * times, 2)})
        for spif in plan.spifs
    )
    windows = {
        key: getattr(plan, key) if MONTHS_OF[getattr(plan, key)] > MONTHS_IN[cadence] else "none"
        for key in ("carry_surplus", "carry_shortfall")
    }
    changed = {"cadence": cadence, "draw": round(plan.draw * times, 2), "spifs": spifs, **windows}
    return plan.model_copy(update=changed)


def shared_quotas(quotas: Array, periods: Sequence[Period], rep: Rep) -> Array:
    """Which quotas hold, where those of months are their shares of the quarter's or the year's?

    Parameters
    ----------
    quotas
        ``[periods]`` in cents, NaN where there is none.
    periods
        Of all cadences.
    rep
        Whose months at work count.

    Returns
    -------
    ndarray
        ``[periods]`` those that are given, and else the share of the shortest longer period that
        has one, by the months at work; NaN where none has.
    """
    filled = quotas.copy()
    for row, period in enumerate(periods):
        if not np.isnan(quotas[row]):
            continue
        above = [
            place
            for place, longer in enumerate(periods)
            if longer.first <= period.first and period.end <= longer.end
            if not np.isnan(quotas[place])
        ]
        if above:
            place = min(above, key=lambda each: MONTHS_IN[periods[each].cadence])
            worked = months_at_work(rep, periods[place])
            share = months_at_work(rep, period) / worked if worked > 0 else 0.0
            filled[row] = np.rint(quotas[place] * share)
    return filled


def span_of(periods: Sequence[Period]) -> Mapping[Cadence, tuple[Period, ...]]:
    """Which periods cover the very same time by month, by quarter and, if any, by year?

    The longest cadence of which a period is made up of whole ones of all the others; months alone
    where there is no such quarter.

    Returns
    -------
    dict
        By cadence, from the month on; empty where no month is answered.
    """
    by = {cadence: [p for p in periods if p.cadence == cadence] for cadence in CADENCES}
    told = [cadence for cadence in CADENCES if by[cadence]]
    while told:
        whole = [
            longest
            for longest in by[told[-1]]
            if all(
                sum(longest.first <= part.first and part.end <= longest.end for part in by[cadence])
                * MONTHS_IN[cadence]
                == MONTHS_IN[longest.cadence]
                for cadence in told
            )
        ]
        if whole:
            return {
                cadence: tuple(
                    part
                    for part in by[cadence]
                    if any(each.first <= part.first and part.end <= each.end for each in whole)
                )
                for cadence in told
            }
        told.pop()
    return {}
