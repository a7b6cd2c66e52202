"""From which bookings on does a cap leave nothing more to earn in a period?"""

from __future__ import annotations

import numpy as np

from quotarisk.kernel.pay import PayRules, pay_periods
from quotarisk.simulation.estimates import Array

_MOST = 1e15  # cents: beyond what anybody books
_HALVINGS = 52


def _paid(rules: PayRules, credited: Array) -> Array:
    """``[periods]`` pay of each period by itself, where that much is credited in it alone."""
    each = np.diag(credited)
    paid = np.empty_like(each)
    pay_periods(each, np.zeros_like(each), rules, paid)
    return np.diag(paid).copy()


def credit_at_cap(rules: PayRules) -> Array:
    """What must be credited in each period to earn all that the cap allows?

    Each period is looked at by itself, with its own quota and target: neither carried over, nor
    advanced, nor guaranteed. A surplus that is carried out of a period does not earn there.

    Parameters
    ----------
    rules
        Of a rep on a plan.

    Returns
    -------
    ndarray
        ``[periods]`` in cents, to a cent; infinite where there is no cap, or none is reached.
    """
    periods = len(rules.quota)
    stop = np.full(periods, np.inf)
    if not np.isfinite(rules.cap):
        return stop
    alone = rules._replace(
        shortfall_ends=np.ones(periods, np.uint8),
        draw=np.zeros(periods),
        recoverable=False,
        guarantee=np.zeros(periods),
    )
    most = np.rint(rules.cap * rules.target)
    high = np.full(periods, _MOST)
    reached = (_paid(alone, high) >= most) & (most > 0)
    low = np.zeros(periods)
    for _ in range(_HALVINGS):
        middle = np.floor((low + high) / 2)
        enough = _paid(alone, middle) >= most
        high = np.where(enough, middle, high)
        low = np.where(enough, low, middle)
    stop[reached] = high[reached]
    return stop
