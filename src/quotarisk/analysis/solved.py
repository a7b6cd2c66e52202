"""What is read off a unit's paths, while they are at hand, to solve quotas."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from quotarisk.analysis.blocked import Blocked, ranks_within
from quotarisk.analysis.equivalents import Equivalent, equivalent_quota
from quotarisk.analysis.order_grid import OrderGrid, keep_order
from quotarisk.analysis.order_statistics import (
    Z_95,
    amounts_at,
    common_amount,
    count_hits,
    hits_of,
    ranks_of,
)
from quotarisk.periods import CADENCES, Cadence, Period
from quotarisk.simulation.comparing import Seen
from quotarisk.simulation.estimates import NOTHING, Array, Estimate, mean_of, proportion_se
from quotarisk.simulation.sectioning import Blocks

LEAST = 1.0  # cents of the smallest quota


@dataclass(frozen=True)
class Wanted:
    """What is asked of every unit.

    Parameters
    ----------
    confidence
        P(hit) that a quota is to have.
    team_levels
        Probabilities for which the team's plan is wanted.
    periods
        What is answered.
    plan_row
        The period of the plan; none where nothing is answered.
    points
        How many of its sorted amounts are kept.
    starts
        By level and name, the first day on which somebody works, where it is not always so.
    certain
        By level and name, ``[periods]`` cents that are booked already.
    blocks
        Of the second variant's paths, which tell errors where a correction makes paths depend on
        each other.
    """

    confidence: float
    team_levels: tuple[float, ...]
    periods: tuple[Period, ...] = field(repr=False)
    plan_row: int | None
    points: int
    starts: Mapping[tuple[str, str], date] = field(repr=False)
    certain: Mapping[tuple[str, str], Array] = field(repr=False)
    blocks: Blocks | None = field(default=None, repr=False)


class Reach(NamedTuple):
    """An amount of the plan's period, and on which paths it is reached."""

    share: float  # of the paths, as it was asked for
    amount: float  # cents; 0 where nothing above it is reached so often
    low: float  # of its 95 % interval
    high: float
    slope: float  # cents by which the amount falls where its chance is to rise by 1
    reached: NDArray[np.uint8]  # a bit a path; of the paths that tell errors


class Flat(NamedTuple):
    """One number for every period of a cadence; amounts in cents a period."""

    periods: int  # in which the unit works
    planned: int  # of them with a quota
    quota: float  # mean of the present ones
    p_hit: Estimate  # of them, mean over the periods
    quota_mean: Estimate  # mean bookings of the periods that have a quota
    mean: Estimate
    n_eff: float  # effective deals a period
    certain: float  # share of the mean that is booked already
    at_all: float  # P(bookings > 0), mean over the periods
    solved: float
    low: float
    high: float
    p_solved: Estimate


@dataclass(frozen=True)
class Solved:
    """A unit with its quotas, in cents; NaN where there is none.

    Parameters
    ----------
    level, name, group
        Who it is.
    works
        ``[periods]`` whether the rep, or somebody of the group or the team, works in it.
    quotas, hits, hits_se
        ``[periods]`` at present, on how many paths they are hit, and the error of that share.
    mean, mean_se
        ``[periods]`` of bookings.
    solved, low, high
        ``[periods]`` the quota that is hit with the confidence, and its 95 % interval.
    solved_hits, solved_hits_se, at_all
        ``[periods]`` on how many paths that quota is hit, the error of that share, and on how
        many net bookings are above 0.
    flats
        By cadence.
    equivalents
        By the cadence of the present quotas; of reps.
    grid
        Bookings of the plan's period.
    reaches
        The quota in the plan's period, or of the team its plans.
    """

    level: str
    name: str
    group: str
    works: NDArray[np.bool_] = field(repr=False)
    quotas: Array = field(repr=False)
    hits: Array = field(repr=False)
    hits_se: Array = field(repr=False)
    mean: Array = field(repr=False)
    mean_se: Array = field(repr=False)
    solved: Array = field(repr=False)
    low: Array = field(repr=False)
    high: Array = field(repr=False)
    solved_hits: Array = field(repr=False)
    solved_hits_se: Array = field(repr=False)
    at_all: Array = field(repr=False)
    flats: Mapping[Cadence, Flat] = field(repr=False)
    equivalents: Mapping[Cadence, Equivalent] = field(repr=False)
    grid: OrderGrid | None = field(repr=False)
    reaches: tuple[Reach, ...] = field(repr=False)


def share_hit(hits: NDArray[np.uint8], parts: int) -> Estimate:
    """What is the mean P(hit) of some periods, by how many of them each path hits?"""
    counts = np.bincount(hits).astype(np.float64)
    number = np.arange(len(counts))
    return mean_of(float(counts @ number), float(counts @ number**2), len(hits), parts)


def _interval(
    ordered: Array, blocked: Blocked | None, share: float
) -> tuple[Array, Array, Array, Array]:
    """``[periods]`` amounts that a share of the paths reaches, both ends, the share's error."""
    paths = ordered.shape[1]
    ranks = ranks_of(share, paths)
    at, low, high = (amounts_at(ordered, place) for place in (ranks.at, ranks.many, ranks.few))
    error = np.full(len(ordered), math.sqrt(share * (1 - share) / paths))
    if blocked is not None:
        # the share that reaches the amount may be larger: an atom
        error = blocked.chances(at, hits_of(ordered, at) / paths)
        for row, each in enumerate(error.tolist()):
            within = ranks_within(share, each, paths)
            low[row], high[row] = (
                amounts_at(ordered[[row]], place)[0] for place in (within.many, within.few)
            )
    return at, low, high, error


def _reach(read: _Read, row: int, share: float) -> Reach:
    """Read an amount off the sorted and the unsorted paths of a period."""
    blocked = None if read.blocked is None else read.blocked.of(row)
    at, low, high, error = (
        float(each[0]) for each in _interval(read.ordered[[row]], blocked, share)
    )
    booked = read.booked[row] if blocked is None else blocked.booked[0]
    reached = np.packbits(booked >= at)
    low = float(np.fmax(low, 0.0))
    if at < LEAST:
        return Reach(share, 0.0, low, float(np.fmax(high, 0.0)), 0.0, reached)
    half = at - low if math.isnan(high) else (high - low) / 2
    return Reach(share, at, low, high, half / (Z_95 * error), reached)


class _Read(NamedTuple):
    """A unit's paths and what is told of each period; in cents."""

    booked: Array  # [periods, paths]
    ordered: Array  # the same, ascending
    quotas: Array  # [periods]
    mean: Array
    variance: Array
    certain: Array
    at_all: Array  # paths with net bookings above 0
    blocked: Blocked | None


def _read(booked: Array, quotas: Array, certain: Array, blocked: Blocked | None) -> _Read:
    mean = booked.mean(axis=1)
    variance = np.empty(len(booked))
    for row, average in enumerate(mean.tolist()):  # row by row: fresh memory is slow memory
        apart = booked[row] - average
        apart *= apart  # a BLAS product would wake threads of its own
        variance[row] = apart.sum() / (len(apart) - 1)
    ordered = np.sort(booked, axis=1)
    at_all = hits_of(ordered, np.full(len(booked), LEAST))
    return _Read(booked, ordered, quotas, mean, variance, certain, at_all, blocked)


def _mean(booked: Array, rows: NDArray[np.int64], blocked: Blocked | None) -> Estimate:
    """Mean over some periods and all paths."""
    each = np.zeros(booked.shape[1])
    for row in rows.tolist():  # a copy of these rows would be fresh memory, which is slow memory
        each += booked[row]
    each /= len(rows)
    told = Estimate(float(each.mean()), float(each.std(ddof=1)) / math.sqrt(len(each)))
    return told if blocked is None else blocked.mean(rows, told)


def _chance(read: _Read, rows: NDArray[np.int64], quotas: Array) -> Estimate:
    """Mean P(hit) of some periods."""
    told = share_hit(count_hits(read.booked, rows, quotas), len(rows))
    return told if read.blocked is None else read.blocked.chance(rows, quotas, told)


def _flat(read: _Read, rows: NDArray[np.int64], share: float) -> Flat:
    """Find one number for some periods, and look at their present quotas."""
    booked, ordered, quotas, periods = read.booked, read.ordered, read.quotas, len(rows)
    trials = periods * booked.shape[1]
    planned = rows[~np.isnan(quotas[rows])]
    mean = _mean(booked, rows, read.blocked)
    open_mean = mean.value - float(read.certain[rows].mean())
    variance = float(read.variance[rows].mean())
    solved = common_amount(ordered, rows, share * trials)
    p_solved, low, high = NOTHING, math.nan, math.nan
    if solved >= LEAST:
        p_solved = _chance(read, rows, np.full(periods, solved))
        away = Z_95 * p_solved.se
        low = float(np.fmax(common_amount(ordered, rows, (share + away) * trials), 0.0))
        high = common_amount(ordered, rows, (share - away) * trials)
    p_hit, quota_mean, quota = NOTHING, NOTHING, math.nan
    if len(planned):
        p_hit = _chance(read, planned, quotas[planned])
        quota_mean = mean if len(planned) == periods else _mean(booked, planned, read.blocked)
        quota = float(quotas[planned].mean())
    return Flat(
        periods=periods,
        planned=len(planned),
        quota=quota,
        p_hit=p_hit,
        quota_mean=quota_mean,
        mean=mean,
        n_eff=open_mean**2 / variance if variance > 0 else math.nan,
        certain=float(read.certain[rows].mean()) / mean.value if mean.value > 0 else 0.0,
        at_all=float(read.at_all[rows].sum()) / trials,
        solved=solved if solved >= LEAST else math.nan,
        low=low,
        high=high,
        p_solved=p_solved,
    )


def _share_errors(read: _Read, quotas: Array, hits: Array) -> Array:
    """``[periods]`` errors of the shares of paths that reach quotas."""
    paths = read.booked.shape[1]
    if read.blocked is None:
        return proportion_se(hits, paths)
    return read.blocked.chances(quotas, hits / paths)


def _mean_errors(read: _Read) -> Array:
    """``[periods]`` errors of the means."""
    told = np.sqrt(read.variance / read.booked.shape[1])
    if read.blocked is None:
        return np.asarray(told)
    blocks = read.blocked.blocks
    error = blocks.mean_error(read.mean, blocks.means(read.blocked.booked))
    return np.where(error > 0, error, told)


def _rows_at_work(
    works: NDArray[np.bool_], periods: tuple[Period, ...]
) -> dict[Cadence, NDArray[np.int64]]:
    return {
        cadence: np.array(
            [row for row, p in enumerate(periods) if works[row] and p.cadence == cadence], np.int64
        )
        for cadence in CADENCES
    }


def solve_unit(seen: Seen, wanted: Wanted) -> Solved:
    """Which quotas do a unit's paths give?

    Parameters
    ----------
    seen
        Its bookings under one variant.
    wanted
        What is asked.
    """
    booked, quotas = seen.booked[0], seen.quotas[0]
    blocked = None if wanted.blocks is None else Blocked(seen.booked[1], wanted.blocks)
    periods, paths = wanted.periods, booked.shape[1]
    start = wanted.starts.get((seen.level, seen.name), date.min)
    works = np.array([period.end > start for period in periods], dtype=bool)
    read = _read(booked, quotas, wanted.certain[seen.level, seen.name], blocked)
    ordered = read.ordered
    solved, low, high, _ = _interval(ordered, blocked, wanted.confidence)
    something = works & (solved >= LEAST)
    solved = np.where(something, solved, np.nan)
    rows = _rows_at_work(works, periods)
    row, levels = wanted.plan_row, {"rep": (wanted.confidence,), "team": wanted.team_levels}
    hits, solved_hits = hits_of(ordered, quotas), hits_of(ordered, solved)
    return Solved(
        seen.level,
        seen.name,
        seen.group,
        works=works,
        quotas=quotas,
        hits=hits,
        hits_se=_share_errors(read, quotas, hits),
        mean=read.mean,
        mean_se=_mean_errors(read),
        solved=solved,
        low=np.where(something, np.fmax(low, 0.0), np.nan),
        high=np.where(something, high, np.nan),
        solved_hits=solved_hits,
        solved_hits_se=_share_errors(read, solved, solved_hits),
        at_all=read.at_all,
        flats={
            cadence: _flat(read, inside, wanted.confidence)
            for cadence, inside in rows.items()
            if len(inside)
        },
        equivalents={
            given: equivalent_quota(booked, ordered, quotas, rows, periods, given, blocked)
            for given in ("quarter", "month")
        }
        if seen.level == "rep"
        else {},
        grid=None
        if row is None
        else keep_order(
            ordered[row],
            paths if seen.level == "team" else wanted.points,
            None if blocked is None else blocked.widening(ordered, row),
        ),
        reaches=()
        if row is None
        else tuple(_reach(read, row, share) for share in levels.get(seen.level, ())),
    )
