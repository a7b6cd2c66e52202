"""Open deals like today's, any number of them: more of the listed ones, or typical ones.

Any first few are like all of them, and one more is added at the end, so that bookings rise with
the number on every path.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Literal

import numpy as np

from quotarisk.analysis.weekly import SegmentWeek, weeks_of
from quotarisk.periods import DAYS_PER_WEEK
from quotarisk.scenario.team import OpenDeal
from quotarisk.simulation.estimates import Array
from quotarisk.simulation.lowering import RepTask, Setting, starts_steady, timeline_of

Basis = Literal["listed", "steady", "none"]
MOST_DEALS = 2000
_COPY = "\x1f"  # in no name of a file: a copy's luck is nobody else's
_GOLDEN = (math.sqrt(5) - 1) / 2
_AGES = 2048  # points at which the law of ages is tabulated
_OLDEST = 8.0  # mean days open, beyond which hardly a deal is


def even_points(number: int) -> Array:
    """So many points between 0 and 1, any first few of which are spread evenly.

    Multiples of the golden ratio, the Kronecker sequence of least discrepancy (Niederreiter,
    *Random Number Generation and Quasi-Monte Carlo Methods*, 1992, doi:10.1137/1.9781611970081).
    """
    return np.asarray(np.mod(0.5 + _GOLDEN * np.arange(number), 1.0))


@dataclass(frozen=True)
class DealList:
    """A rep's open deals, continued.

    Parameters
    ----------
    task
        The rep, without open deals.
    basis
        Whether deals are listed, a steady pipeline is assumed, or there are none today.
    today
        How many are open; of a steady pipeline the expected number.
    deals
        In order, `MOST_DEALS` or three times today's.
    worth
        ``[deals + 1]`` what the first so many would book if all were won, in currency.
    """

    task: RepTask = field(repr=False)
    basis: Basis
    today: float
    deals: tuple[OpenDeal, ...] = field(repr=False)
    worth: Array = field(repr=False)

    @property
    def worth_today(self) -> float:
        """What is open today, in currency."""
        places = np.arange(len(self.worth), dtype=np.float64)
        if self.basis == "steady":  # of a typical list all are worth their mean
            return self.today * float(self.worth[-1]) / (len(self.worth) - 1)
        return float(np.interp(self.today, places, self.worth))

    def holding(self, number: int) -> RepTask:
        """Let the rep have the first so many open, and nothing else."""
        return replace(self.task, open_deals=self.deals[:number])

    def number_worth(self, amount: float) -> int | None:
        """How many must be open to be worth an amount? None where all of them are worth less."""
        number = int(np.searchsorted(self.worth, amount - 1e-6))
        return number if number < len(self.worth) else None


def _worth(deals: Sequence[OpenDeal], task: RepTask) -> Array:
    sizes = {terms.segment: terms.deal_size.law.mean for terms in task.terms}
    amounts = [sizes[deal.segment] if deal.amount is None else deal.amount for deal in deals]
    return np.concatenate([[0.0], np.cumsum(amounts)])


def _listed(task: RepTask) -> tuple[OpenDeal, ...]:
    """Repeat today's deals, small and large ones in turn."""
    number = len(task.open_deals)
    by_size = sorted(task.open_deals, key=lambda deal: (deal.segment, deal.amount or 0.0))
    mixed = [by_size[place] for place in np.argsort(even_points(number), kind="stable")]
    return tuple(
        mixed[place % number].model_copy(
            update={"deal": f"{mixed[place % number].deal}{_COPY}{place // number}"}
            if place >= number
            else {}
        )
        for place in range(max(MOST_DEALS, 3 * number))
    )


def _ages(week: SegmentWeek) -> tuple[Array, Array]:
    """Ages in days, and the share of a steady pipeline that is younger."""
    win = week.terms.win_rate.mean
    days = np.linspace(0.0, max(_OLDEST * week.days_open, 1.0), _AGES)
    younger = win * week.terms.won_cycle_days.law.lev(days) + (
        1 - win
    ) * week.terms.lost_cycle_days.law.lev(days)
    return days, np.asarray(younger / younger[-1])


def _typical(task: RepTask, weeks: Sequence[SegmentWeek], setting: Setting) -> tuple[OpenDeal, ...]:
    """A steady pipeline, deal by deal: segments and ages as often as they are found in it."""
    open_at_once = [week.opps * week.days_open for week in weeks]
    shares = [opened / math.fsum(open_at_once) for opened in open_at_once]
    laws, points = [_ages(week) for week in weeks], even_points(MOST_DEALS).tolist()
    counts = [0] * len(weeks)
    deals = []
    for number in range(MOST_DEALS):
        # the segment that is furthest behind its share
        place = max(range(len(weeks)), key=lambda each: shares[each] * (number + 1) - counts[each])
        days, younger = laws[place]
        age = round(float(np.interp(points[counts[place]], younger, days)))
        counts[place] += 1
        deals.append(  # thousands of them, none of which a file has to be checked for
            OpenDeal.model_construct(
                deal=f"typical {number}",
                rep=task.rep.name,
                segment=weeks[place].terms.segment,
                created=setting.horizon.start - timedelta(days=age),
            )
        )
    return tuple(deals)


def _steady_number(task: RepTask, weeks: Sequence[SegmentWeek], setting: Setting) -> float:
    """How many deals does a rep expect to have open on the first day, by ramp and season?"""
    timeline = timeline_of(task, setting)
    past = timeline.past
    ages = -timeline.edges[: past.stop + 1]
    open_days = 0.0
    for week in weeks:
        win = week.terms.win_rate.mean
        left = win * week.terms.won_cycle_days.law.lev(ages)
        left = left + (1 - win) * week.terms.lost_cycle_days.law.lev(ages)
        open_days += week.opps * float((left[:-1] - left[1:]) @ timeline.creation[past])
    return open_days / DAYS_PER_WEEK


def deal_list(task: RepTask, setting: Setting) -> DealList | None:
    """Which open deals has a rep, and what would more of them be?

    Deals of a steady pipeline that are never decided are taken as lost ones here: nobody holds
    them in a pipeline for ever, and then the typical list is won as often as the pipeline is.

    Returns
    -------
    DealList or None
        None for a rep for whom no opportunity ever comes.
    """
    rep = task.rep.model_copy(update={"pipeline": "empty"})
    if task.open_deals:
        deals = _listed(task)
        bare = replace(task, rep=rep, open_deals=())
        return DealList(bare, "listed", len(task.open_deals), deals, _worth(deals, task))
    weeks = weeks_of(task)
    if math.fsum(week.opps * week.days_open for week in weeks) == 0:
        return None
    decided = tuple(replace(terms, stall_rate=0.0) for terms in task.terms)
    bare = replace(task, rep=rep, terms=decided)
    number = _steady_number(task, weeks, setting) if starts_steady(task) else 0.0
    deals = _typical(task, weeks, setting)
    return DealList(bare, "steady" if number > 0 else "none", number, deals, _worth(deals, task))
