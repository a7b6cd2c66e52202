"""What is kept of a rep's, a group's or the team's paths: figures by period and by cadence.

Amounts are in cents here, as the paths are; answers show currency units.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from quotarisk.kernel.summary import Sums, add_up, deviations, hits_apart, sum_up
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
    difference: Estimate  # P(hit a quarter) - P(hit a month), over months of those quarters
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


class Workspace(NamedTuple):
    """Large arrays that one unit after another is measured in; fresh memory is slow memory."""

    totals: Array  # [periods, paths]
    ordered: Array  # [periods, paths]


def make_workspace(periods: int, paths: int) -> Workspace:
    """Make room for a unit's periods."""
    return Workspace(np.empty((periods, paths)), np.empty((periods, paths)))


@dataclass(frozen=True)
class Rows:
    """Which rows of a table of periods are of a cadence, and which of them have a quota."""

    cadence: NDArray[np.int64]  # [periods] 0 month, 1 quarter, 2 year
    quarter: NDArray[np.int64]  # [periods] row of a month's quarter where both have quotas, else -1
    every: dict[Cadence, NDArray[np.intp]]
    planned: dict[Cadence, NDArray[np.intp]]

    @property
    def months(self) -> NDArray[np.intp]:
        """Months with a quota in quarters with a quota: what the cadences share."""
        return np.flatnonzero(self.quarter >= 0)

    @property
    def quarters(self) -> NDArray[np.intp]:
        """The quarters of those months."""
        return np.unique(self.quarter[self.months])


def _sort_rows(quotas: Array, periods: tuple[Period, ...]) -> Rows:
    cadence = np.array([CADENCES.index(period.cadence) for period in periods], dtype=np.int64)
    every = {c: np.flatnonzero(cadence == i) for i, c in enumerate(CADENCES)}
    planned = {c: rows[~np.isnan(quotas[rows])] for c, rows in every.items()}
    quarter = np.full(len(periods), -1, dtype=np.int64)
    for row in planned["quarter"]:
        inside = periods[row].month_numbers
        for month in planned["month"]:
            if periods[month].first_month in inside:
                quarter[month] = row
    return Rows(cadence, quarter, every, planned)


def _add_up(booked: Array, unit: Unit, periods: tuple[Period, ...], totals: Array) -> Array:
    """Add up the bookings of each period on each path; what of them is booked already."""
    months = [[m for m in period.month_numbers if m >= 0] for period in periods]
    certain = unit.before + [unit.booked[inside].sum() for inside in months]
    first = np.array([inside[0] for inside in months], dtype=np.int64)
    end = np.array([inside[-1] + 1 for inside in months], dtype=np.int64)
    add_up(booked, first, end, certain, totals)
    return np.asarray(certain)


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


def _crossover(totals: Array, ordered: Array, quotas: Array, rows: Rows) -> Estimate:
    """Above which multiple of the quotas is the month the kinder cadence?"""
    paths = ordered.shape[1]

    def chance(multiples: Array, inside: NDArray[np.intp]) -> Array:
        below = sum(np.searchsorted(ordered[row], multiples * quotas[row]) for row in inside)
        return np.asarray(1 - np.asarray(below) / (paths * len(inside)))

    def gap(multiples: Array) -> Array:
        return chance(multiples, rows.quarters) - chance(multiples, rows.months)

    month, quarter = chance(_MULTIPLES, rows.months), chance(_MULTIPLES, rows.quarters)
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
    crossing = float(left + right) / 2
    around = np.array([0.96, 1.04]) * crossing
    slope = float(np.diff(gap(around))[0] / np.diff(around)[0])
    error = _difference(totals, crossing * quotas, rows).se
    return Estimate(crossing, error / max(abs(slope), 1e-12))


def _difference(totals: Array, quotas: Array, rows: Rows) -> Estimate:
    """P(hit a quarter) - P(hit a month), over months and quarters of the same time."""
    same = np.full(len(quotas), np.nan)
    same[rows.months], same[rows.quarters] = quotas[rows.months], quotas[rows.quarters]
    months, quarters = len(rows.months), len(rows.quarters)
    apart = hits_apart(totals, same, rows.cadence, months, quarters)
    return mean_of(float(apart[0]), float(apart[1]), totals.shape[1], months * quarters)


def _effective_deals(mean: float, sums: Sums, c: int, paths: int) -> Estimate:
    """mean^2 / variance of what a period still books, both averaged over the periods."""
    square = float(sums.squares[c, 0]) / paths
    variance = square * paths / (paths - 1)
    if variance == 0 or mean == 0:
        return NOTHING
    n = mean**2 / variance
    # the delta method: what each path's mean deviation m and mean square s contribute
    of_m, of_s = 2 * n / mean, -n / variance
    var_m = float(sums.moved[c]) / paths
    var_s = float(sums.squares[c, 1]) / paths - square**2
    cov = float(sums.squares[c, 2]) / paths
    spread = of_m**2 * var_m + of_s**2 * var_s + 2 * of_m * of_s * cov
    return Estimate(n, float(np.sqrt(max(spread, 0.0) / paths)))


def _measure_cadences(
    totals: Array, ordered: Array, means: Array, certain: Array, quotas: Array, rows: Rows
) -> CadenceMeasures:
    paths = totals.shape[1]
    sums = sum_up(totals, means, quotas, rows.cadence, rows.quarter)
    number = {c: len(rows.planned[c]) for c in CADENCES}
    p_hit = dict.fromkeys(CADENCES, NOTHING)
    p_all = dict.fromkeys(CADENCES, NOTHING)
    n_eff = dict.fromkeys(CADENCES, NOTHING)
    for i, c in enumerate(CADENCES):
        if number[c]:
            p_hit[c] = mean_of(float(sums.hits[i]), float(sums.hits_squared[i]), paths, number[c])
            p_all[c] = mean_of(float(sums.all_hit[i]), float(sums.all_hit[i]), paths)
        if len(rows.every[c]):
            open_means = (means - certain)[rows.every[c]]
            n_eff[c] = _effective_deals(float(open_means.mean()), sums, i, paths)
    difference = crossover = NOTHING
    if len(rows.months):
        difference = _difference(totals, quotas, rows)
        crossover = _crossover(totals, ordered, quotas, rows)
    return CadenceMeasures(
        p_hit=p_hit,
        periods=number,
        periods_hit={
            c: Estimate(p_hit[c].value * number[c], p_hit[c].se * number[c]) for c in CADENCES
        },
        p_all=p_all,
        n_eff=n_eff,
        false_alarm=ratio_of(sums.alarms.astype(np.float64)),
        difference=difference,
        crossover=crossover,
    )


def measure(
    booked: Array,
    unit: Unit,
    periods: tuple[Period, ...],
    workspace: Workspace | None = None,
) -> Measures:
    """What do a unit's paths say, period by period and cadence by cadence?

    Parameters
    ----------
    booked
        ``[months, paths]`` simulated cents.
    unit
        Quotas, and what is booked to date.
    periods
        The periods that are answered.
    workspace
        Room to work in, for who measures many units; overwritten.
    """
    totals, ordered = workspace or make_workspace(len(periods), booked.shape[1])
    certain = _add_up(booked, unit, periods, totals)
    paths, quotas = totals.shape[1], unit.quotas
    means, second, fourth = (np.empty(len(periods)) for _ in range(3))
    deviations(totals, means, second, fourth)
    variance = second / (paths - 1)
    sd = np.sqrt(variance)
    with np.errstate(divide="ignore", invalid="ignore"):
        noise = np.sqrt(np.maximum(fourth / paths - variance**2, 0) / paths) / (2 * sd)
    sd_se = np.where(sd > 0, noise, 0.0)
    np.copyto(ordered, totals)
    ordered.sort(axis=1)
    hits = np.array(
        [
            np.nan if np.isnan(quota) else paths - np.searchsorted(row, quota)
            for row, quota in zip(ordered, quotas, strict=True)
        ]
    )
    quantiles, quantiles_se = _quantiles(ordered)
    shortfall, shortfall_se = _shortfalls(ordered, quotas, hits)
    return Measures(
        unit,
        PeriodMeasures(
            quotas, hits, means, sd, sd_se, quantiles, quantiles_se, shortfall, shortfall_se
        ),
        _measure_cadences(totals, ordered, means, certain, quotas, _sort_rows(quotas, periods)),
    )


def hit_probability(measures: PeriodMeasures, paths: int) -> tuple[Array, Array]:
    """P(hit) of each period and its standard error; NaN where a period has no quota."""
    return measures.hits / paths, np.where(
        np.isnan(measures.hits), np.nan, proportion_se(measures.hits, paths)
    )
