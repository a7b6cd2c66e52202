"""A rep's figures at a glance, at the mean of what is known: what rules of thumb look at."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from quotarisk.scenario.terms import Terms
from quotarisk.simulation.lowering import RepTask

WEEKS_PER_YEAR = 365.25 / 7


@dataclass(frozen=True)
class Profile:
    """What a rep wins at full productivity.

    Parameters
    ----------
    wins_per_year
        Expected number of won deals.
    deal_size
        Mean amount of a won deal, in currency.
    cycle_days
        Mean won cycle of a won deal.
    """

    name: str
    wins_per_year: float
    deal_size: float
    cycle_days: float


def profile_of(task: RepTask) -> Profile:
    """What does a rep win in a year, how large is a deal and how long does it take?"""

    def wins(terms: Terms) -> float:
        return terms.opps_per_week.mean * terms.win_rate.mean * WEEKS_PER_YEAR

    weights = np.array([wins(terms) for terms in task.streams])
    total = float(weights.sum())
    share = weights / total if total > 0 else np.full(len(weights), 1 / max(len(weights), 1))
    return Profile(
        task.rep.name,
        total,
        float(share @ [terms.deal_size.law.mean for terms in task.streams]),
        float(share @ [terms.won_cycle_days.law.mean for terms in task.streams]),
    )
