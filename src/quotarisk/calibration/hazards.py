"""How likely is a deal to be won, or lost, on a day: by its age, rep, segment and month.

Daily hazards of the causes won and lost::

    h_k(a; r, s, t) = h0_k(a) R_kr S_ks C_k,band(a),month(t)

``h0`` is smooth in age and free otherwise, ``R`` and ``S`` are shrunken towards 1 and
``C`` is a Gaussian process by month, one for young and one for old deals. Each is estimated
in turn from the events and from what the others expect, four times round. Two separate
multipliers let a rep be both better and faster.
"""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

import numpy as np

from quotarisk.calibration.baseline import (
    draw_base,
    estimate_base,
    estimate_tail,
    last_age_of,
)
from quotarisk.calibration.cohort import Cohort
from quotarisk.calibration.exposure import (
    BANDS,
    Pieces,
    count_at_risk,
    cut_exposure,
    exposure_by_age,
    hazard_of,
    month_of,
)
from quotarisk.calibration.incidence import LOST, WON, incidence_of
from quotarisk.calibration.monthly import MonthlyLevel, fit_monthly
from quotarisk.calibration.paces import Pace, fit_pace
from quotarisk.calibration.shrinkage import Shrunken, shrink
from quotarisk.kernel.arrays import Floats, Ints, Slots

_ROUNDS = 4
_CAUSES = ((WON, "won"), (LOST, "lost"))


class Hazards(NamedTuple):
    """Daily hazards of the causes won (0) and lost (1), with their uncertainty."""

    base: Floats  # [2, ages] at age 0, 1, .. last_age; beyond it the tail holds
    tail: Floats  # [2] beyond the last age
    last_age: int  # largest age with at least 10 deals and 1 % of the peak at risk
    rep: Floats  # [2, reps] posterior mean multipliers
    segment: Floats  # [2, segments]
    rep_draws: Floats  # [draws, 2, reps] posterior draws, hyper-parameters drawn too
    segment_draws: Floats  # [draws, 2, segments]
    base_draws: Floats  # [draws, 2, ages + 1] base hazards with noise, the last column the tail
    own_weight: Floats  # [2, reps] X / (X + k): how much of a multiplier is the rep's own
    band_edge: int  # median closing age: ages below it and from it on are the two bands
    monthly: tuple[tuple[MonthlyLevel, MonthlyLevel], ...]  # [cause][band]
    months: Ints  # [months] year * 12 + month - 1 of the monthly levels
    pace: tuple[Pace, Pace]  # [cause] how much longer reps take than all of that says


class _Calendar(NamedTuple):
    """Which months the monthly levels speak of."""

    of_quarter: Ints  # [months past] 0, 1 or 2
    ahead: int
    first_future: int  # month of quarter of the day after the last
    unfinished: bool  # whether that day is in the last of these months


class _Events(NamedTuple):
    """Events of one cause up to the last age, counted in every way."""

    by_age: Floats
    by_rep: Floats
    by_segment: Floats
    by_cell: Floats


class _Cause(NamedTuple):
    base: Floats
    tail: float
    base_draws: Floats
    rep: Shrunken
    segment: Shrunken
    monthly: tuple[MonthlyLevel, MonthlyLevel]


def _sum(index: Ints | Slots, weight: Floats, size: int) -> Floats:
    return np.bincount(index, weights=weight, minlength=size).astype(np.float64, copy=False)


def _calendar_of(cohort: Cohort, months: Ints, ahead: int, fiscal_year_start: int) -> _Calendar:
    of_quarter = (months % 12 + 1 - fiscal_year_start) % 3
    tomorrow = date.fromordinal(cohort.as_of + 1)
    first_future = (tomorrow.month - fiscal_year_start) % 3
    return _Calendar(of_quarter, ahead, first_future, unfinished=tomorrow.day > 1)


def _count(cohort: Cohort, cause: int, months: Ints, last_age: int, band_edge: int) -> _Events:
    seen = np.flatnonzero((cohort.cause == cause) & (cohort.exit <= last_age))
    age = cohort.exit[seen].astype(np.int64)
    month = month_of(cohort.created[seen] + age) - months[0]
    cell = month + months.size * (age >= band_edge)

    def count(index: Ints, size: int) -> Floats:
        return np.bincount(index, minlength=size).astype(np.float64)

    return _Events(
        count(age, last_age + 1),
        count(cohort.rep[seen], len(cohort.reps)),
        count(cohort.segment[seen], len(cohort.segments)),
        count(cell, BANDS * months.size),
    )


def _effects(observed: Floats, expected: Floats, *, draws: int, seed: int, name: str) -> Shrunken:
    """Multipliers of reps or segments; what has no others to differ from is the base itself."""
    found = shrink(observed, expected, draws=draws, seed=seed, name=name)
    if observed.size > 1:
        return found
    alone = np.ones(observed.size)
    return found._replace(mean=alone, draws=np.ones_like(found.draws), own_weight=alone)


def _fit_levels(
    observed: Floats, expected: Floats, calendar: _Calendar
) -> tuple[MonthlyLevel, MonthlyLevel]:
    of_band = zip(np.split(observed, BANDS), np.split(expected, BANDS), strict=True)
    young, old = (
        fit_monthly(
            seen,
            awaited,
            calendar.of_quarter,
            ahead=calendar.ahead,
            first_future=calendar.first_future,
            unfinished=calendar.unfinished,
        )
        for seen, awaited in of_band
    )
    return young, old


def _fit_cause(
    cohort: Cohort,
    pieces: Pieces,
    events: _Events,
    calendar: _Calendar,
    *,
    draws: int,
    seed: int,
    name: str,
) -> _Cause:
    ages = events.by_age.size
    rep = np.ones(len(cohort.reps))
    segment = np.ones(len(cohort.segments))
    level = np.ones(events.by_cell.size)

    def of_deals() -> Floats:
        return rep[cohort.rep] * segment[cohort.segment]

    def exposure() -> Floats:
        return exposure_by_age(pieces, of_deals()[pieces.deal] * level[pieces.cell], size=ages)

    for step in range(_ROUNDS):
        told = draws if step == _ROUNDS - 1 else 0
        hazard = hazard_of(pieces, estimate_base(events.by_age, exposure()))
        by_deal = _sum(pieces.deal, hazard * level[pieces.cell], cohort.rep.size)
        expected = _sum(cohort.segment, by_deal * rep[cohort.rep], segment.size)
        of_segments = _effects(
            events.by_segment, expected, draws=told, seed=seed, name=f"{name} segment"
        )
        segment = of_segments.mean
        expected = _sum(cohort.rep, by_deal * segment[cohort.segment], rep.size)
        of_reps = _effects(events.by_rep, expected, draws=told, seed=seed, name=f"{name} rep")
        rep = of_reps.mean
        expected = _sum(pieces.cell, hazard * of_deals()[pieces.deal], level.size)
        monthly = _fit_levels(events.by_cell, expected, calendar)
        level = np.exp(np.concatenate([band.level for band in monthly]))
    exposed = exposure()
    base, tail = estimate_base(events.by_age, exposed), estimate_tail(events.by_age, exposed)
    noisy = draw_base(base, tail, events.by_age, draws=draws, seed=seed, name=name)
    return _Cause(base, tail, noisy, of_reps, of_segments, monthly)


def _paces(cohort: Cohort, won: _Cause, lost: _Cause) -> tuple[Pace, Pace]:
    """Look at closing ages once more, given each rep's and segment's hazards."""

    def hazard(cause: _Cause) -> tuple[Floats, Floats]:
        factor = np.multiply.outer(cause.rep.mean, cause.segment.mean)
        return factor[..., np.newaxis] * cause.base, factor * cause.tail

    (daily_won, tail_won), (daily_lost, tail_lost) = hazard(won), hazard(lost)
    usual = incidence_of(daily_won, daily_lost, np.stack([tail_won, tail_lost], axis=-1))
    return fit_pace(cohort, WON, usual.won_cycle), fit_pace(cohort, LOST, usual.lost_cycle)


def fit_hazards(
    cohort: Cohort, *, ahead: int, draws: int = 256, fiscal_year_start: int = 1, seed: int = 0
) -> Hazards:
    """How do a deal's chances of closing depend on its age, rep, segment and month?

    What deals older than the last age did is not used: beyond it the tail holds.

    Parameters
    ----------
    cohort
        At least one deal.
    ahead
        Number of months after ``cohort.as_of`` to say the monthly levels of; the first is the
        month of the next day, which may be the rest of a month that has begun.
    draws
        Number of posterior draws.
    fiscal_year_start
        Month number in which fiscal years, and with them quarters, begin.
    seed
        Draws are a function of it.
    """
    exits = cohort.exit.astype(np.int64)
    at_risk = count_at_risk(cohort.entry.astype(np.int64), exits, size=int(exits.max()) + 1)
    last_age = last_age_of(at_risk)
    closed = exits[cohort.cause > 0]
    band_edge = max(int(np.median(closed)), 1) if closed.size else 1
    pieces = cut_exposure(cohort, last_age=last_age, band_edge=band_edge)
    calendar = _calendar_of(cohort, pieces.months, ahead, fiscal_year_start)
    won, lost = (
        _fit_cause(
            cohort,
            pieces,
            _count(cohort, cause, pieces.months, last_age, band_edge),
            calendar,
            draws=draws,
            seed=seed,
            name=name,
        )
        for cause, name in _CAUSES
    )
    return Hazards(
        base=np.stack([won.base, lost.base]),
        tail=np.array([won.tail, lost.tail]),
        last_age=last_age,
        rep=np.stack([won.rep.mean, lost.rep.mean]),
        segment=np.stack([won.segment.mean, lost.segment.mean]),
        rep_draws=np.stack([won.rep.draws, lost.rep.draws], axis=1),
        segment_draws=np.stack([won.segment.draws, lost.segment.draws], axis=1),
        base_draws=np.stack([won.base_draws, lost.base_draws], axis=1),
        own_weight=np.stack([won.rep.own_weight, lost.rep.own_weight]),
        band_edge=band_edge,
        monthly=(won.monthly, lost.monthly),
        months=pieces.months,
        pace=_paces(cohort, won, lost),
    )
