"""How hard is a quota by another cadence: the monthly one that is hit as often as the quarterly.

Both are held against the same paths, so what they share of luck leaves the difference. The
interval inverts the test that the two are hit equally often (Woodruff, *JASA* 47, 1952,
doi:10.1080/01621459.1952.10483443).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from quotarisk.analysis.blocked import Blocked
from quotarisk.analysis.order_statistics import Z_95, common_amount, count_hits
from quotarisk.periods import Cadence, Period
from quotarisk.simulation.estimates import NOTHING, Array, Estimate, mean_of

OTHER: dict[Cadence, Cadence] = {"quarter": "month", "month": "quarter"}


class Equivalent(NamedTuple):
    """A quota of the other cadence that is hit as often; amounts in cents."""

    quota: float  # mean of the present ones that it is as hard as
    p_hit: Estimate  # of them, mean over their periods
    amount: float  # NaN where there is none, and then there is a reason
    low: float  # of its 95 % interval
    high: float
    periods: float  # of the other cadence in one of the given: 3 months, or fewer of a hire
    reason: str


def _none(reason: str, quota: float = math.nan, p_hit: Estimate = NOTHING) -> Equivalent:
    return Equivalent(quota, p_hit, math.nan, math.nan, math.nan, math.nan, reason)


def _shared_rows(
    quotas: Array,
    rows: Mapping[Cadence, NDArray[np.int64]],
    periods: tuple[Period, ...],
    given: Cadence,
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Months and quarters of the same time: those with a quota, and those of the other cadence.

    A quarter counts if all of its months are answered, and all of the given cadence in which
    the rep works have a quota.
    """
    months: list[int] = []
    quarters: list[int] = []
    at_work = {periods[row].first_month: row for row in rows["month"].tolist()}
    for quarter in rows["quarter"].tolist():
        inside = [at_work[month] for month in periods[quarter].month_numbers if month in at_work]
        needed = inside if given == "month" else [quarter]
        if periods[quarter].first_month >= 0 and not np.isnan(quotas[needed]).any():
            months += inside
            quarters.append(quarter)
    found = np.array(months, np.int64), np.array(quarters, np.int64)
    return found if given == "month" else found[::-1]


def _apart(
    booked: Array, first: tuple[NDArray[np.int64], Array], second: tuple[NDArray[np.int64], Array]
) -> Array:
    """``[paths]`` share of some periods that hit their quotas, less that of others."""
    one, other = (
        count_hits(booked, rows, quotas) * (1 / len(rows)) for rows, quotas in (first, second)
    )
    return np.asarray(one - other)


def equivalent_quota(
    booked: Array,
    ordered: Array,
    quotas: Array,
    rows: Mapping[Cadence, NDArray[np.int64]],
    periods: tuple[Period, ...],
    given: Cadence,
    blocked: Blocked | None = None,
) -> Equivalent:
    """Which one number for every month is as hard as the quarters' quotas, or the other way?

    Parameters
    ----------
    booked, ordered
        ``[periods, paths]`` cents, as they are and in ascending order.
    quotas
        ``[periods]`` cents, NaN where there is none.
    rows
        By cadence, the periods in which the rep works.
    periods
        All of them.
    given
        The cadence of the present quotas.
    blocked
        The same paths, where a correction makes them depend on each other.

    Returns
    -------
    Equivalent
        Its mean P(hit) over the periods of the other cadence is that of the present quotas.
    """
    wanted, paths = OTHER[given], booked.shape[1]
    told, sought = _shared_rows(quotas, rows, periods, given)
    if not len(told):
        return _none(f"No quarter with all of its months has a quota by the {given}.")
    hits = count_hits(booked, told, quotas[told])
    total, number = int(hits.sum(dtype=np.int64)), len(told)
    mean = mean_of(float(total), float(hits.astype(np.int64) @ hits), paths, number)
    if blocked is not None:
        mean = blocked.chance(told, quotas[told], mean)
    quota = float(quotas[told].mean())
    if total in (0, paths * number):
        often = "no" if total == 0 else "every"
        return _none(f"It is hit in {often} future, and so are many others.", quota, mean)
    amount = common_amount(ordered, sought, total * len(sought) / number)
    if amount < 1:
        return _none(f"Even the smallest quota by the {wanted} is hit less often.", quota, mean)
    apart = _apart(booked, (sought, np.full(len(sought), amount)), (told, quotas[told]))
    error = float(apart.std(ddof=1)) / math.sqrt(paths)
    if blocked is not None:
        found = _apart(blocked.booked, (sought, np.full(len(sought), amount)), (told, quotas[told]))
        parts = blocked.blocks.means(found)
        error = float(blocked.blocks.error(apart.mean(), parts, np.array(error)))
    away = Z_95 * error
    low, high = (
        common_amount(ordered, sought, (mean.value + side) * len(sought) * paths)
        for side in (away, -away)
    )
    each = len(sought) / number
    return Equivalent(quota, mean, amount, float(np.fmax(low, 0.0)), high, each, "")
