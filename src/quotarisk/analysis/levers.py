"""What would buy the rest: a better win rate, more inbound opportunities, a lower quota.

Each by itself, the smallest change that reaches the confidence, with all else as it is today.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Literal, NamedTuple

import numpy as np

from quotarisk.analysis.crossing import Crossing, find_crossing, share_of
from quotarisk.analysis.order_statistics import Z_95, amounts_at, ranks_of
from quotarisk.analysis.rep_paths import RepPaths
from quotarisk.analysis.weekly import SegmentWeek, with_inbound
from quotarisk.scenario.stress import Stress
from quotarisk.simulation.estimates import Array, Estimate
from quotarisk.simulation.listed import CENTS

Name = Literal["win rate", "inbound opportunities", "quota"]
LEVERS: tuple[Name, ...] = ("win rate", "inbound opportunities", "quota")
MOST_TIMES = 32.0  # as many opportunities as come today


class Lever(NamedTuple):
    """One thing that changes by itself.

    Parameters
    ----------
    name
        Which.
    now, needed, needed_se
        A share, opportunities a week, or an amount in currency; NaN where no change is enough.
    chance
        P(hit) with what is needed; where nothing is enough that of the most.
    most
        As far as was looked; of inbound opportunities that take hours as many as are best.
    """

    name: Name
    now: float
    needed: float
    needed_se: float
    chance: Estimate
    most: float


def _win_rate(weeks: Sequence[SegmentWeek], factor: float) -> float:
    """Mean win rate of a rep's opportunities, times a factor as far as there is room."""
    weights = [week.opps for week in weeks]
    if not any(weights):
        weights = [1.0] * len(weeks)
    rates = [min(week.terms.win_rate.mean * factor, 1 - week.terms.stall_rate) for week in weeks]
    return math.fsum(w * r for w, r in zip(weights, rates, strict=True)) / math.fsum(weights)


def _lever(
    name: Name, found: Crossing, now: float, needed: float, rate: float, most: float
) -> Lever:
    """Tell a crossing, whose value counts so much in the lever's own unit."""
    return Lever(name, now, needed, found.se * rate, found.chance, most)


def win_rate_lever(
    paths: RepPaths, weeks: Sequence[SegmentWeek], quota: float, wanted: float, *, today: float
) -> Lever:
    """Which win rate is enough? Of open deals too, and at most of all that are ever decided.

    Parameters
    ----------
    paths, weeks
        The rep's, and the week by segment.
    quota
        In cents.
    wanted, today
        The confidence, and P(hit) as it is.
    """
    rooms = [
        (1 - week.terms.stall_rate) / week.terms.win_rate.mean
        for week in weeks
        if week.terms.win_rate.mean > 0
    ]
    most = min(max(rooms, default=1.0), 1000.0)

    def chance(beyond: float) -> float:
        stress = Stress(win_rate=1 + beyond)
        return paths.chance(replace(paths.task, stress=stress), quota)

    now = _win_rate(weeks, 1.0)
    found = find_crossing(
        chance, wanted, paths=paths.paths, first=0.1, most=most - 1, known={0.0: today}
    )
    needed = _win_rate(weeks, 1 + found.at) if found.is_found else math.nan
    per_factor = needed / (1 + found.at) if found.is_found else math.nan
    return _lever("win rate", found, now, needed, per_factor, _win_rate(weeks, most))


def inbound_lever(
    paths: RepPaths, weeks: Sequence[SegmentWeek], quota: float, wanted: float, *, today: float
) -> Lever:
    """How many more opportunities a week must come by themselves, in the rep's mix?

    Takes what `win_rate_lever` does.
    """
    opps = math.fsum(week.opps for week in weeks)
    now = math.fsum(week.inbound for week in weeks)
    most = MOST_TIMES * opps

    def chance(more: float) -> float:
        return paths.chance(with_inbound(paths.task, more), quota)

    found = find_crossing(
        chance,
        wanted,
        paths=paths.paths,
        first=0.25 * opps,
        most=most,
        known={0.0: today},
        rises=not paths.task.is_bound,  # they take hours too, and more may be too much
    )
    return _lever("inbound opportunities", found, now, now + found.at, 1.0, now + found.tried)


def quota_lever(booked: Array, quota: float, wanted: float) -> Lever:
    """Which quota would be hit with the confidence? The largest that enough paths reach."""
    ranks, ordered = ranks_of(wanted, len(booked)), np.sort(booked)[np.newaxis]
    at, low, high = (
        float(amounts_at(ordered, place)[0]) for place in (ranks.at, ranks.many, ranks.few)
    )
    reached = max(at, 1.0)
    chance = share_of(float((booked >= reached).mean()), len(booked))
    needed = at / CENTS if at >= 1 else math.nan
    low = float(np.fmax(low, 0.0))
    half = at - low if math.isnan(high) else (high - low) / 2
    error = half / Z_95 / CENTS if at >= 1 else math.nan
    return Lever("quota", quota / CENTS, needed, error, chance, math.nan)
