"""What is kept of a rep's, a group's or the team's paths: figures by period and by cadence.

Amounts are in cents here, as the paths are; answers show currency units.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from quotarisk.kernel.summary import (
    RowSums,
    Sums,
    Table,
    add_up,
    count_below,
    hits_apart,
    sum_months,
    sum_up,
)
from quotarisk.periods import CADENCES, Cadence, Period
from quotarisk.simulation.bands import Counts, count_reached
from quotarisk.simulation.estimates import (
    NOTHING,
    Array,
    Estimate,
    mean_of,
    proportion_se,
    ratio_of,
)
from quotarisk.simulation.listed import CENTS
from quotarisk.simulation.order import find_quantiles, mean_of_worst

LEVELS = (0.1, 0.5, 0.9)
WORST = (0.05, 0.1)  # shares of futures whose bookings are looked at for themselves
_MULTIPLES = np.geomspace(0.05, 20.0, 49)
_FINE = 33  # multiples that are looked at between two of those
_ROUNDING = 1e-12  # share of a sum that is but rounding
_CLEAR = 4.0  # standard errors before one cadence counts as kinder at some quota


class PeriodMeasures(NamedTuple):
    """One row a period; amounts in cents, NaN where a period has no quota or no miss."""

    quota: Array  # [periods]
    hits: Array  # [periods] paths with bookings >= quota
    hits_se: Array  # [periods] of their share
    mean: Array  # [periods]
    sd: Array  # [periods]
    sd_se: Array  # [periods]
    quantiles: Array  # [3, periods] p10, p50, p90
    quantiles_se: Array  # [3, periods]
    shortfall: Array  # [periods] mean of quota - bookings on the paths that miss
    shortfall_se: Array  # [periods]
    low: Array  # [2, periods] p5, p10
    low_se: Array  # [2, periods]
    worst: Array  # [2, periods] mean of the bookings in the worst 5 %, 10 % of the paths
    worst_se: Array  # [2, periods]
    mean_se: Array | None = None  # [periods] where it is not that of independent paths


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

    def certain(self, periods: Sequence[Period]) -> Array:
        """``[periods]`` cents that are booked already in each; all that the unit is asked for."""
        inside = [[month for month in period.month_numbers if month >= 0] for period in periods]
        told: Array = self.before + np.array([self.booked[months].sum() for months in inside])
        return told


@dataclass(frozen=True)
class Measures:
    """A unit with its figures."""

    unit: Unit
    periods: PeriodMeasures = field(repr=False)
    cadence: CadenceMeasures = field(repr=False)
    reached: Counts = field(repr=False)  # [periods, tenths, batches] see `count_reached`


class Rows(NamedTuple):
    """Which rows of a table of periods are of a cadence, and which of them have a quota."""

    cadence: NDArray[np.int64]  # [periods] 0 month, 1 quarter, 2 year
    quarter: NDArray[np.int64]  # [periods] row of a month's quarter where both have quotas, else -1
    every: dict[Cadence, NDArray[np.intp]]
    number: dict[Cadence, int]  # of rows with a quota
    months: NDArray[np.intp]  # months with a quota in quarters with one: what the cadences share
    quarters: NDArray[np.intp]  # the quarters of those months
    weight: NDArray[np.int64]  # [periods] of a hit in hit quarters x months - hit months x quarters
    first: NDArray[np.int64]  # [periods] first month of the horizon that a period takes
    end: NDArray[np.int64]  # [periods] the month after its last


@lru_cache(maxsize=256)
def _sort_rows(planned: tuple[bool, ...], periods: tuple[Period, ...]) -> Rows:
    with_quota = np.array(planned, dtype=bool)
    cadence = np.array([CADENCES.index(period.cadence) for period in periods], dtype=np.int64)
    quarter = np.full(len(periods), -1, dtype=np.int64)
    for row in np.flatnonzero((cadence == CADENCES.index("quarter")) & with_quota):
        inside = periods[row].month_numbers
        for month in np.flatnonzero((cadence == CADENCES.index("month")) & with_quota):
            if periods[month].first_month in inside:
                quarter[month] = row
    months = np.flatnonzero(quarter >= 0)
    quarters = np.unique(quarter[months])
    weight = np.zeros(len(periods), dtype=np.int64)
    weight[months], weight[quarters] = -len(quarters), len(months)
    within = [[m for m in period.month_numbers if m >= 0] for period in periods]
    return Rows(
        cadence=cadence,
        quarter=quarter,
        every={c: np.flatnonzero(cadence == i) for i, c in enumerate(CADENCES)},
        number={c: int(np.sum((cadence == i) & with_quota)) for i, c in enumerate(CADENCES)},
        months=months,
        quarters=quarters,
        weight=weight,
        first=np.array([inside[0] for inside in within], dtype=np.int64),
        end=np.array([inside[-1] + 1 for inside in within], dtype=np.int64),
    )


class Paths(NamedTuple):
    """Bookings on each path, and those of each period in ascending order."""

    table: Table
    ordered: Array | NDArray[np.uint32]  # [periods, paths]
    rows: Rows

    @property
    def number(self) -> int:
        """Number of paths."""
        return int(self.ordered.shape[1])

    def chance(self, multiples: Array, quotas: Array, inside: NDArray[np.intp]) -> Array:
        """Mean P(hit) over some periods, at each multiple of their quotas."""
        below = count_below(self.ordered, inside, quotas[inside, np.newaxis] * multiples)
        return np.asarray(1 - below.sum(axis=0) / (self.number * len(inside)))

    def difference(self, quotas: Array) -> Estimate:
        """P(hit a quarter) - P(hit a month), over months and quarters of the same time."""
        return self.difference_of(hits_apart(self.table, quotas, self.rows.weight))

    def difference_of(self, sums: NDArray[np.int64]) -> Estimate:
        """Turn sums of weighted hits into the difference."""
        parts = len(self.rows.months) * len(self.rows.quarters)
        return mean_of(float(sums[0]), float(sums[1]), self.number, parts)


def _shortfalls(sums: RowSums) -> tuple[Array, Array]:
    """Mean of what is missing where a quota is missed, and its error."""
    missed = sums.missed.astype(np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        value = sums.short / missed
        squares = sums.short_squared - sums.short**2 / missed
        squares = np.where(squares > _ROUNDING * sums.short_squared, squares, 0.0)
        # the deviation of one miss is unknown: take the figure itself
        spread = np.where(missed > 1, np.sqrt(squares / (missed - 1)), value)
        return value, spread / np.sqrt(missed)


def _crossover(paths: Paths, quotas: Array) -> Estimate:
    """Above which multiple of the quotas is the month the kinder cadence?"""
    rows = paths.rows
    month = paths.chance(_MULTIPLES, quotas, rows.months)
    quarter = paths.chance(_MULTIPLES, quotas, rows.quarters)
    gaps = quarter - month
    noise = np.sqrt((month * (1 - month) + quarter * (1 - quarter)) / paths.number)
    noise += 1 / paths.number
    low = int(np.argmax(gaps / noise))
    high = low + int(np.argmin(gaps[low:] / noise[low:]))
    if gaps[low] < _CLEAR * noise[low] or gaps[high] > -_CLEAR * noise[high]:
        return NOTHING
    turn = low + int(np.argmax(gaps[low : high + 1] < 0))
    inner = np.linspace(_MULTIPLES[turn - 1], _MULTIPLES[turn], _FINE)
    fine = paths.chance(inner, quotas, rows.quarters) - paths.chance(inner, quotas, rows.months)
    step = max(int(np.argmax(fine < 0)), 1)
    share = fine[step - 1] / (fine[step - 1] - fine[step])
    crossing = float(inner[step - 1] + share * (inner[step] - inner[step - 1]))
    slope = float((gaps[turn] - gaps[turn - 1]) / (_MULTIPLES[turn] - _MULTIPLES[turn - 1]))
    error = paths.difference(crossing * quotas).se
    return Estimate(crossing, error / max(abs(slope), 1e-12))


def _effective_deals(mean: float, sums: Array, periods: int, paths: int) -> Estimate:
    """mean^2 / variance of what a period still books, both averaged over the periods."""
    moved, square, squared, together = sums / paths / np.array([periods, 1, periods, periods])
    moved, square, squared, together = (
        float(x) / periods for x in (moved, square, squared, together)
    )
    variance = square * paths / (paths - 1)
    if mean == 0 or variance <= _ROUNDING**2 * mean**2:
        return NOTHING
    n = mean**2 / variance
    # the delta method: what each path's mean deviation m and mean square s contribute
    of_m, of_s = 2 * n / mean, -n / variance
    spread = of_m**2 * moved + of_s**2 * (squared - square**2) + 2 * of_m * of_s * together
    return Estimate(n, float(np.sqrt(max(spread, 0.0) / paths)))


def _measure_cadences(
    paths: Paths, sums: Sums, open_means: Array, quotas: Array
) -> CadenceMeasures:
    rows, number = paths.rows, paths.rows.number
    p_hit = dict.fromkeys(CADENCES, NOTHING)
    p_all = dict.fromkeys(CADENCES, NOTHING)
    n_eff = dict.fromkeys(CADENCES, NOTHING)
    for i, c in enumerate(CADENCES):
        if number[c]:
            hits, squared = (float(part) for part in sums.hits[i])
            p_hit[c] = mean_of(hits, squared, paths.number, number[c])
            p_all[c] = mean_of(float(sums.all_hit[i]), float(sums.all_hit[i]), paths.number)
        every = rows.every[c]
        if len(every):
            mean = float(open_means[every].mean())
            n_eff[c] = _effective_deals(mean, sums.deviations[i], len(every), paths.number)
    shared = len(rows.months) > 0
    return CadenceMeasures(
        p_hit=p_hit,
        periods=number,
        periods_hit={
            c: Estimate(p_hit[c].value * number[c], p_hit[c].se * number[c]) for c in CADENCES
        },
        p_all=p_all,
        n_eff=n_eff,
        false_alarm=ratio_of(sums.alarms.astype(np.float64)),
        difference=paths.difference_of(sums.differences) if shared else NOTHING,
        crossover=_crossover(paths, quotas) if shared else NOTHING,
    )


def make_words(periods: int, paths: int) -> NDArray[np.uint32]:
    """Make room for a unit's periods; fresh memory is slow memory."""
    return np.empty((periods, paths), dtype=np.uint32)


def measure(
    booked: Array,
    unit: Unit,
    periods: tuple[Period, ...],
    words: NDArray[np.uint32] | None = None,
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
    words
        ``[periods, paths]`` to work in, for who measures many units; overwritten.
    """
    quotas, number = unit.quotas, booked.shape[1]
    words = make_words(len(periods), number) if words is None else words
    rows = _sort_rows(tuple((~np.isnan(quotas)).tolist()), periods)
    known = np.append(0.0, np.cumsum(unit.booked))
    certain = unit.before + known[rows.end] - known[rows.first]
    added = np.append(0.0, np.cumsum(sum_months(booked)))
    means = certain + (added[rows.end] - added[rows.first]) / number
    table = Table(booked, certain, rows.first, rows.end)
    sums = sum_up(table, means, quotas, rows.cadence, rows.quarter, rows.weight, words)
    ordered: Array | NDArray[np.uint32] = words
    if not sums.in_words:  # cents of 32 bits are sorted twice as fast, but do not always do
        ordered = np.empty(words.shape)
        add_up(table, ordered)
    reached = count_reached(ordered, quotas)
    ordered.sort(axis=1)
    paths, each = Paths(table, ordered, rows), sums.rows
    variance = each.second / (number - 1)
    sd = np.sqrt(variance)
    with np.errstate(divide="ignore", invalid="ignore"):
        noise = np.sqrt(np.maximum(each.fourth / number - variance**2, 0) / number) / (2 * sd)
    quantiles, quantiles_se = find_quantiles(ordered, LEVELS)
    low, low_se = find_quantiles(ordered, WORST)
    worst, worst_se = mean_of_worst(ordered, WORST)
    shortfall, shortfall_se = _shortfalls(each)
    hits = np.where(np.isnan(quotas), np.nan, number - each.missed)
    return Measures(
        unit,
        PeriodMeasures(
            quota=quotas,
            hits=hits,
            hits_se=proportion_se(hits, number),
            mean=means,
            sd=sd,
            sd_se=np.where(sd > 0, noise, 0.0),
            quantiles=quantiles,
            quantiles_se=quantiles_se,
            shortfall=shortfall,
            shortfall_se=shortfall_se,
            low=low,
            low_se=low_se,
            worst=worst,
            worst_se=worst_se,
        ),
        _measure_cadences(paths, sums, means - certain, quotas),
        reached,
    )


def mean_errors(measures: PeriodMeasures, paths: int) -> Array:
    """Standard error of each period's mean, in currency."""
    if measures.mean_se is not None:
        return np.asarray(measures.mean_se / CENTS)
    return np.asarray(measures.sd / CENTS / np.sqrt(paths))


def hit_probability(measures: PeriodMeasures, paths: int) -> tuple[Array, Array]:
    """P(hit) of each period and its standard error; NaN where a period has no quota."""
    return measures.hits / paths, measures.hits_se
