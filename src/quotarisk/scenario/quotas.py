"""The quota of each rep, group and the team in each period, with what is left out filled in."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from quotarisk.periods import Cadence, Horizon, Period, add_months
from quotarisk.scenario.scenario import Scenario
from quotarisk.scenario.team import Quota

Key = tuple[Cadence, str]  # a cadence and the name of one of its periods
Amounts = dict[Key, float]


@dataclass(frozen=True)
class Quotas:
    """What everyone must book, by cadence and name of the period.

    A period without a quota is absent. Groups are those that some rep belongs to.
    """

    reps: Mapping[str, Amounts]
    groups: Mapping[str, Amounts]
    team: Amounts


def _written(quota: Quota, horizon: Horizon, cadence: Cadence) -> Callable[[str], float | None]:
    """Look up what is written for a period; ``None`` where nothing is."""
    written = quota.of(cadence)
    if isinstance(written, dict):
        return lambda name: written.get(name, written.get(""))
    if isinstance(written, tuple):
        names = (period.name for period in horizon.periods(cadence))
        return dict(zip(names, written, strict=False)).get
    return lambda _: written


def _parts(period: Period, cadence: Cadence) -> list[tuple[str, date]]:
    """Months or quarters of a period: their names, and the first day after each."""
    if cadence == "month":
        starts = (add_months(period.first, number) for number in range(1, 13))
        return list(zip(period.month_names, starts, strict=False))
    names = (f"{period.name}-Q{number}" for number in range(1, 5))
    ends = (add_months(period.first, 3 * number) for number in range(1, 5))
    return list(zip(names, ends, strict=True))


def _sum_of_parts(
    period: Period, part: Cadence, *, quota: Quota, horizon: Horizon, from_day: date
) -> float | None:
    """Add up what is written for a period's months or quarters.

    Every part on which the owner works must be written, be it as 0, or the sum would be held
    against bookings of more months than it is for: then there is none.
    """
    written, total = _written(quota, horizon, part), 0.0
    for name, end in _parts(period, part):
        if end <= from_day:
            continue
        amount = written(name)
        if amount is None:
            return None
        total += amount
    return total


def _resolve(quota: Quota, horizon: Horizon, since: date) -> dict[Key, float | None]:
    """Quota of each period that ends after a day: 0 where 0 is written, ``None`` without one."""
    parts: dict[Cadence, Cadence | None] = {"month": None, "quarter": None, "year": None}
    if quota.month is not None:
        parts |= {"quarter": "month", "year": "month"}
    elif quota.quarter is not None:
        parts["year"] = "quarter"
    resolved: dict[Key, float | None] = {}
    for period in horizon.all_periods:
        if period.end <= since:
            continue
        amount = _written(quota, horizon, period.cadence)(period.name)
        part = parts[period.cadence]
        if amount is None and part is not None:
            amount = _sum_of_parts(period, part, quota=quota, horizon=horizon, from_day=since)
        resolved[period.cadence, period.name] = amount
    return resolved


def resolve_quota(quota: Quota, horizon: Horizon, *, from_day: date | None = None) -> Amounts:
    """Which quota holds in each period of the horizon?

    Parameters
    ----------
    quota
        As it is written. Quarters and years that are not written are the sums of their
        months, years also of their quarters where no month is written.
    horizon
        The horizon.
    from_day
        First day of work: periods that end before it have no quota, and count nothing in sums.

    Returns
    -------
    dict
        By cadence and name of the period; a period without a quota is absent. 0 asks nothing
        either, but is said: a plan of 0 is not the sum of the reps' quotas.

    Examples
    --------
    >>> horizon = Horizon(date(2027, 1, 1), 3)
    >>> resolve_quota(Quota(month=40.0), horizon)[("quarter", "2027-Q1")]
    120.0
    """
    resolved = _resolve(quota, horizon, from_day or date.min)
    return {key: amount for key, amount in resolved.items() if amount is not None}


def _with_sums(quota: Quota, horizon: Horizon, reps: Iterable[dict[Key, float | None]]) -> Amounts:
    """Fill in the reps' sums where a group or the team has no plan of its own.

    There is no sum for a period in which somebody works without a quota: it would be held
    against the bookings of more people than it is for.
    """
    sums: dict[Key, float] = {}
    short: set[Key] = set()
    for amounts in reps:
        for key, amount in amounts.items():
            if amount is None:
                short.add(key)
            else:
                sums[key] = sums.get(key, 0.0) + amount
    own = _resolve(quota, horizon, date.min)
    filled: Amounts = {}
    for key, plan in own.items():
        amount = sums.get(key) if plan is None and key not in short else plan
        if amount:
            filled[key] = amount
    return filled


def scenario_quotas(scenario: Scenario) -> Quotas:
    """What must every rep, every group and the team book in each period?

    Where a group or the team has no plan for a period, it is the sum of the reps' quotas, if
    all reps who work in the period have one.
    """
    horizon = scenario.horizon
    reps = {
        rep.name: _resolve(rep.quota, horizon, rep.start_date or date.min) for rep in scenario.reps
    }
    members: dict[str, list[dict[Key, float | None]]] = {}
    for rep in scenario.reps:
        if rep.group is not None:
            members.setdefault(rep.group, []).append(reps[rep.name])
    groups = {
        name: _with_sums(
            scenario.groups[name].quota if name in scenario.groups else Quota(), horizon, amounts
        )
        for name, amounts in members.items()
    }
    team = _with_sums(scenario.team.quota, horizon, reps.values())
    given = {
        name: {key: amount for key, amount in amounts.items() if amount}
        for name, amounts in reps.items()
    }
    return Quotas(given, groups, team)
