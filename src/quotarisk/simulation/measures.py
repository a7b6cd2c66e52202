"""What is kept of a rep's, a group's or the team's paths: figures by period and by cadence.

Amounts are in cents here, as the paths are; answers show currency units.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from quotarisk.periods import CADENCES, Cadence, Period
from quotarisk.simulation.estimates import (
    NOTHING,
    Array,
    Estimate,
    mean_of,
    proportion_se,
    ratio_of,
)

LEVELS = (0.1, 0.5, 0.9)
_MULTIPLES = np.geomspace(0.05, 20.0, 97)
Rows = dict[Cadence, NDArray[np.int64]]  # which rows of a table of periods are of a cadence
_CLEAR = 4.0  # standard errors before one cadence counts as kinder at some quota


class PeriodMeasures(NamedTuple):
    """One row a period; amounts in cents, NaN where a period has no quota or no miss."""

    quota: Array  # [periods]
    hits: Array  # [periods] paths with bookings >= quota
    mean: Array  # [periods]
    sd: Array  # [periods]
    sd_se: Array  # [periods]
    quantiles: Array  # [3, periods] p10, p50, p90
    quantiles_se: Array  # [3, periods]
    shortfall: Array  # [periods] mean of quota - bookings on the paths that miss
    shortfall_se: Array  # [periods]


@dataclass(frozen=True)
class CadenceMeasures:
    """What a cadence makes of the same bookings; `NOTHING` where quotas are missing."""

    p_hit: dict[Cadence, Estimate]
    periods_hit: dict[Cadence, Estimate]
    periods: dict[Cadence, int]
    p_all: dict[Cadence, Estimate]
    n_eff: dict[Cadence, Estimate]
    false_alarm: Estimate
    difference: Estimate  # P(hit a quarter) - P(hit a month), on the same paths
    crossover: Estimate


@dataclass(frozen=True)
class Unit:
    """A rep, a group or the team: its quotas and what is known of its bookings.

    Parameters
    ----------
    level
        ``rep``, ``group`` or ``team``.
    name, group
        Of the unit, and of the rep's group (empty where there is none).
    quotas
        ``[periods]`` in cents, NaN where a period has none.
    booked
        ``[months]`` cents booked to date in each month of the horizon.
    before
        ``[periods]`` cents booked before the horizon's first month in each period.
    """

    level: str
    name: str
    group: str
    quotas: Array = field(repr=False)
    booked: Array = field(repr=False)
    before: Array = field(repr=False)


@dataclass(frozen=True)
class Measures:
    """A unit with its figures."""

    unit: Unit
    periods: PeriodMeasures = field(repr=False)
    cadence: CadenceMeasures = field(repr=False)


def _totals(booked: Array, unit: Unit, periods: tuple[Period, ...]) -> Array:
    """Bookings of each period on each path: ``[periods, paths]``."""
    months, paths = booked.shape
    totals = np.empty((len(periods), paths))
    for row, period in enumerate(periods):
        inside = [m for m in period.month_numbers if 0 <= m < months]
        np.copyto(totals[row], booked[inside[0]])
        for month in inside[1:]:
            totals[row] += booked[month]
        totals[row] += unit.booked[inside].sum() + unit.before[row]
    return totals


def _quantiles(ordered: Array) -> tuple[Array, Array]:
    """p10, p50, p90 and their errors: half the gap of order statistics one error apart."""
    paths = ordered.shape[1]
    values, errors = [], []
    for level in LEVELS:
        spread = np.sqrt(paths * level * (1 - level))
        low = max(int(paths * level - spread), 0)
        high = min(int(np.ceil(paths * level + spread)), paths - 1)
        values.append(ordered[:, min(int(paths * level), paths - 1)])
        errors.append((ordered[:, high] - ordered[:, low]) / 2)
    return np.stack(values), np.stack(errors)


def _shortfalls(ordered: Array, quotas: Array, hits: Array) -> tuple[Array, Array]:
    paths = ordered.shape[1]
    value, error = np.full(len(quotas), np.nan), np.full(len(quotas), np.nan)
    for row, quota in enumerate(quotas):
        if np.isnan(quota) or hits[row] == paths:
            continue
        missing = quota - ordered[row, : paths - int(hits[row])]
        value[row] = missing.mean()
        # the deviation of one miss is unknown: take the figure itself
        spread = missing.std(ddof=1) if len(missing) > 1 else missing[0]
        error[row] = spread / np.sqrt(len(missing))
    return value, error


def _crossover(
    totals: Array, ordered: Array, quotas: Array, rows: dict[Cadence, NDArray[np.intp]]
) -> Estimate:
    """Above which multiple of the quotas is the month the kinder cadence?"""
    paths = ordered.shape[1]

    def chance(multiples: Array, cadence: Cadence) -> Array:
        below = sum(np.searchsorted(ordered[r], multiples * quotas[r]) for r in rows[cadence])
        return np.asarray(1 - np.asarray(below) / (paths * len(rows[cadence])))

    def gap(multiples: Array) -> Array:
        return chance(multiples, "quarter") - chance(multiples, "month")

    month, quarter = chance(_MULTIPLES, "month"), chance(_MULTIPLES, "quarter")
    gaps = quarter - month
    noise = np.sqrt((month * (1 - month) + quarter * (1 - quarter)) / paths) + 1 / paths
    low = int(np.argmax(gaps / noise))
    high = low + int(np.argmin(gaps[low:] / noise[low:]))
    if gaps[low] < _CLEAR * noise[low] or gaps[high] > -_CLEAR * noise[high]:
        return NOTHING
    turn = low + int(np.argmax(gaps[low : high + 1] < 0))
    left, right = _MULTIPLES[turn - 1], _MULTIPLES[turn]
    for _ in range(3):
        inner = np.linspace(left, right, 17)
        step = max(int(np.argmax(gap(inner) < 0)), 1)
        left, right = inner[step - 1], inner[step]
    crossing = (left + right) / 2
    around = np.array([0.96, 1.04]) * crossing
    slope = float(np.diff(gap(around))[0] / np.diff(around)[0])
    hit = totals >= (crossing * quotas)[:, np.newaxis]
    apart = hit[rows["quarter"]].mean(axis=0) - hit[rows["month"]].mean(axis=0)
    return Estimate(float(crossing), float(apart.std() / np.sqrt(paths) / max(abs(slope), 1e-12)))


def _effective_deals(centred: Array, means: Array) -> Estimate:
    """mean^2 / variance of a period's bookings, both averaged over the periods."""
    paths = centred.shape[1]
    mean = float(means.mean())
    moved = centred.mean(axis=0)
    squares = np.einsum("ij,ij->j", centred, centred) / len(means)
    variance = float(squares.mean()) * paths / (paths - 1)
    if variance == 0 or mean == 0:
        return NOTHING
    n = mean**2 / variance
    path = 2 * n / mean * moved - n / variance * (squares - variance)
    return Estimate(n, float(path.std() / np.sqrt(paths)))


def _measure_cadences(
    totals: Array,
    ordered: Array,
    centred: Array,
    means: Array,
    quotas: Array,
    periods: tuple[Period, ...],
) -> CadenceMeasures:
    hit = totals >= quotas[:, np.newaxis]
    every: Rows = {
        c: np.array([i for i, p in enumerate(periods) if p.cadence == c], np.int64)
        for c in CADENCES
    }
    rows = {c: every[c][~np.isnan(quotas[every[c]])] for c in CADENCES}
    shares = {c: hit[rows[c]].mean(axis=0) for c in CADENCES if len(rows[c])}
    p_hit = {c: mean_of(shares[c]) if c in shares else NOTHING for c in CADENCES}
    both = "month" in shares and "quarter" in shares
    alarms, chances = np.zeros(totals.shape[1]), np.zeros(totals.shape[1])
    for quarter in rows["quarter"]:
        numbers = periods[quarter].month_numbers
        for month in rows["month"]:
            if periods[month].first_month in numbers:
                alarms += hit[quarter] & ~hit[month]
                chances += hit[quarter]
    return CadenceMeasures(
        p_hit=p_hit,
        periods={c: len(rows[c]) for c in CADENCES},
        periods_hit={
            c: Estimate(p_hit[c].value * len(rows[c]), p_hit[c].se * len(rows[c])) for c in CADENCES
        },
        p_all={
            c: mean_of(hit[rows[c]].all(axis=0).astype(np.float64)) if len(rows[c]) else NOTHING
            for c in CADENCES
        },
        n_eff={
            c: _effective_deals(centred[every[c]], means[every[c]]) if len(every[c]) else NOTHING
            for c in CADENCES
        },
        false_alarm=ratio_of(alarms, chances),
        difference=mean_of(np.asarray(shares["quarter"] - shares["month"])) if both else NOTHING,
        crossover=_crossover(totals, ordered, quotas, rows) if both else NOTHING,
    )


def measure(booked: Array, unit: Unit, periods: tuple[Period, ...]) -> Measures:
    """What do a unit's paths say, period by period and cadence by cadence?

    Parameters
    ----------
    booked
        ``[months, paths]`` simulated cents.
    unit
        Quotas, and what is booked to date.
    periods
        The periods that are answered.
    """
    totals = _totals(booked, unit, periods)
    paths = totals.shape[1]
    ordered = np.sort(totals, axis=1)
    missed = [
        np.nan if np.isnan(quota) else np.searchsorted(row, quota)
        for row, quota in zip(ordered, unit.quotas, strict=True)
    ]
    hits = paths - np.array(missed)
    means = totals.mean(axis=1)
    centred = totals - means[:, np.newaxis]
    squares = np.einsum("ij,ij->i", centred, centred) / (paths - 1)
    fourth = np.einsum("ij,ij,ij,ij->i", centred, centred, centred, centred) / paths
    sd = np.sqrt(squares)
    with np.errstate(divide="ignore", invalid="ignore"):
        sd_se = np.where(
            sd > 0, np.sqrt(np.maximum(fourth - squares**2, 0) / paths) / (2 * sd), 0.0
        )
    quantiles, quantiles_se = _quantiles(ordered)
    shortfall, shortfall_se = _shortfalls(ordered, unit.quotas, hits)
    return Measures(
        unit,
        PeriodMeasures(
            unit.quotas, hits, means, sd, sd_se, quantiles, quantiles_se, shortfall, shortfall_se
        ),
        _measure_cadences(totals, ordered, centred, means, unit.quotas, periods),
    )


def hit_probability(measures: PeriodMeasures, paths: int) -> tuple[Array, Array]:
    """P(hit) of each period and its standard error; NaN where a period has no quota."""
    return measures.hits / paths, np.where(
        np.isnan(measures.hits), np.nan, proportion_se(measures.hits, paths)
    )
