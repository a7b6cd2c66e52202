"""The work-back that everyone does: quota over deal size over win rate, spread over the weeks.

It knows no cycle, no open pipeline and no luck: half of the time, at best, it is not enough.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from quotarisk.analysis.weekly import SegmentWeek


def naive_factor(weeks: Sequence[SegmentWeek], missing: float, left: float) -> float:
    """How many times as many opportunities must a rep make, by expected values alone?

    Parameters
    ----------
    weeks
        The rep's week, by segment: the mix stays, and what is inbound comes by itself.
    missing
        Quota less what is booked, in currency.
    left
        Weeks over which it is spread; none are left at 0.

    Returns
    -------
    float
        Of what the rep makes today; NaN where that books nothing, or no week is left.

    Examples
    --------
    52 weeks, a quota of 520,000 and opportunities worth 10,000 x 0.25 each: 4 a week.

    >>> from quotarisk.scenario.figures import LawSpec, OppRate, WinRate
    >>> from quotarisk.scenario.terms import Terms
    >>> size, cycle = LawSpec(known=10_000.0), LawSpec(known=30.0)
    >>> terms = Terms(
    ...     "s", OppRate(known=2.0), WinRate(known=0.25), 0.0, size, cycle, cycle, frozenset()
    ... )
    >>> naive_factor([SegmentWeek(terms, made=2.0, inbound=0.0)], 520_000.0, 52.0)
    2.0
    """
    made = math.fsum(week.made * week.worth for week in weeks)
    if made == 0 or left <= 0:
        return math.nan
    came = math.fsum(week.inbound * week.worth for week in weeks)
    return max(missing / left - came, 0.0) / made
