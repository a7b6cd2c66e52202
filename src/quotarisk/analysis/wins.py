"""How many deals are expected to close won, exactly: no simulation, no uncertainty.

Wins are a Poisson process (opportunities are, and each is won and delayed independently),
so their number in a period is Poisson with mean
``sum over pieces of creation x win rate x integral of P(closes in the period | created at s)``.
On a piece of a timeline on which creation and clock speed do not change the integral is a
difference of limited expected values, since ``d/dx E[min(T, x)] = P(T > x)``.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from quotarisk.periods import DAYS_PER_WEEK, Period
from quotarisk.scenario.laws import Law
from quotarisk.scenario.team import OpenDeal
from quotarisk.scenario.terms import Terms
from quotarisk.simulation.estimates import Array
from quotarisk.simulation.lowering import RepTask, Setting, starts_steady, timeline_of
from quotarisk.simulation.timeline import Timeline

_MOMENT = 1e-6  # days


@dataclass(frozen=True)
class NewDeals:
    """Deals that are won as a Poisson process: expected wins in each period, and their size."""

    size: Law
    wins: Array


@dataclass(frozen=True)
class ListedDeal:
    """A listed open deal: the chance that it is won in each period, and its amount."""

    amount: float | None
    size: Law
    chance: Array


def _clock_bounds(timeline: Timeline, setting: Setting, periods: tuple[Period, ...]) -> Array:
    """``[2, periods]`` readings of the won clock where each simulated part begins and ends."""
    days = [
        [max(setting.horizon.day_number(period.first), 0) for period in periods],
        [setting.horizon.day_number(period.end) for period in periods],
    ]
    return np.asarray(np.interp(np.array(days, np.float64), timeline.edges, timeline.won_clock))


def expected_wins(
    task: RepTask, terms: Terms, setting: Setting, periods: tuple[Period, ...]
) -> Array:
    """How many deals of a segment does a rep expect to win in each period, at the mean rates?

    Listed open deals are not counted.
    """
    timeline = timeline_of(task, setting)
    cycle = terms.won_cycle_days.law
    begin, end = _clock_bounds(timeline, setting, periods)
    past = timeline.past.stop
    density = timeline.creation / timeline.won_speed

    def done(bound: Array, since: Array) -> Array:
        """Integral of P(cycle < x) from 0 to bound - since, for each pair of the two."""
        x = np.maximum(bound[:, np.newaxis] - since, 0.0)
        return np.asarray(x - cycle.lev(x))

    edges = timeline.won_clock[past:]
    parts = done(end, edges) - done(begin, edges)
    days = (parts[:, :-1] - parts[:, 1:]) @ density[past:] * terms.pace
    if starts_steady(task):
        ages = -timeline.won_clock[: past + 1]
        left = cycle.lev(begin[:, np.newaxis] + ages) - cycle.lev(end[:, np.newaxis] + ages)
        days += (left[:, :-1] - left[:, 1:]) @ density[:past]
        year = timeline.last_year
        length = np.diff(timeline.edges)[year]
        forever = (timeline.creation[year] @ length) / (timeline.won_speed[year] @ length)
        days -= left[:, 0] * forever
    rate = terms.opps_per_week.mean / DAYS_PER_WEEK * terms.win_rate.mean
    return np.maximum(days, 0.0) * rate


def _open_share(deal: OpenDeal, terms: Terms, setting: Setting, timeline: Timeline) -> float:
    """P(created deals are open at a deal's age), of any outcome."""
    passed = float(-setting.horizon.day_number(deal.created))
    rate, stall = terms.win_rate.mean, terms.stall_rate
    won = terms.won_cycle_days.law.sf(timeline.won_age(passed))
    lost = terms.lost_cycle_days.law.sf(timeline.lost_age(passed))
    return float(rate * won + max(1 - rate - stall, 0.0) * lost + stall)


def chance_of_deal(deal: OpenDeal, task: RepTask, terms: Terms, setting: Setting) -> float:
    """With what chance is a listed open deal ever won, at the mean rates?"""
    timeline = timeline_of(task, setting)
    age = timeline.won_age(float(-setting.horizon.day_number(deal.created)))
    alive = _open_share(deal, terms, setting, timeline)
    won = terms.win_rate.mean * float(terms.won_cycle_days.law.sf(age))
    return won / alive if alive > 0 else 0.0


def listed_deals(
    task: RepTask, terms: Terms, setting: Setting, periods: tuple[Period, ...]
) -> list[ListedDeal]:
    """With what chance is each listed open deal of a segment won in each period?"""
    timeline = timeline_of(task, setting)
    won = terms.won_cycle_days.law
    begin, end = _clock_bounds(timeline, setting, periods)
    # a deal that closes at a day's first moment is that day's: P(cycle >= x), not P(cycle > x)
    opening = np.where(begin > 0, begin - _MOMENT, 0.0)
    found = []
    for deal in task.open_deals:
        if deal.segment != terms.segment:
            continue
        age = timeline.won_age(float(-setting.horizon.day_number(deal.created)))
        alive = _open_share(deal, terms, setting, timeline)
        closes = terms.win_rate.mean * (won.sf(age + opening) - won.sf(age + end - _MOMENT))
        chance = closes / alive if alive > 0 else np.zeros(len(periods))
        found.append(ListedDeal(deal.amount, terms.deal_size.law, chance))
    return found
