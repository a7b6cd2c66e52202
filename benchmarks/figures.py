"""What every peer hands back, and whether two of them agree."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.case import Array

LEVELS = (0.1, 0.5, 0.9)
_MULTIPLES = np.geomspace(0.05, 20.0, 49)
_FINE = 33

Real = NDArray[np.floating[Any]]
Pair = tuple[float, float]


@dataclass(frozen=True)
class Figures:
    """What a simulation of a rep says: the columns of attainment and cadence.

    Arrays have a row for each of 12 months, 4 quarters and the year; amounts are in currency.
    ``cadence`` has figures of the year as a whole, each with its standard error.
    """

    p_hit: Array
    mean: Array
    sd: Array
    sd_se: Array
    quantiles: Array  # [3, periods] p10, p50, p90
    quantiles_se: Array  # [3, periods]
    shortfall: Array
    shortfall_se: Array
    cadence: dict[str, Pair]
    paths: int


def _mean_of(values: Real) -> Pair:
    """Mean over paths, and its error."""
    return float(values.mean(dtype=np.float64)), float(values.std() / np.sqrt(len(values)))


def _ratio_of(above: Real, below: Real) -> Pair:
    """Ratio of two means over paths, and its error by the delta method."""
    ratio = float(above.sum() / below.sum())
    rest = above - ratio * below
    return ratio, float(np.sqrt((rest * rest).sum()) / below.sum())


def _effective_deals(deviations: Real, squares: Real, mean: float) -> Pair:
    """mean^2 / variance, both averaged over the rows, and its error by the delta method."""
    n = mean**2 / float(squares.mean(dtype=np.float64))
    of_square = n / float(squares.mean(dtype=np.float64))
    spread = (2 * n / mean) * deviations.mean(axis=0) - of_square * squares.mean(axis=0)
    return float(n), float(spread.std() / np.sqrt(deviations.shape[1]))


def _crossover(totals: Real, ordered: Real, quotas: Array) -> Pair:
    """Multiple of the quotas above which months are hit more often than quarters."""
    paths = len(ordered[0])

    def gap(multiples: Array) -> Array:
        below = [
            row.searchsorted((multiples * quota).astype(row.dtype))
            for row, quota in zip(ordered[:16], quotas[:16], strict=True)
        ]
        return np.asarray(np.mean(below[:12], axis=0) - np.mean(below[12:], axis=0)) / paths

    gaps = gap(_MULTIPLES)
    top = int(np.argmax(gaps))
    turn = top + int(np.argmax(gaps[top:] < 0))
    if turn == top:
        return float("nan"), float("nan")
    inner = np.linspace(_MULTIPLES[turn - 1], _MULTIPLES[turn], _FINE)
    fine = gap(inner)
    step = int(np.argmax(fine < 0))
    share = fine[step - 1] / (fine[step - 1] - fine[step])
    crossing = float(inner[step - 1] + share * (inner[step] - inner[step - 1]))
    slope = (gaps[turn] - gaps[turn - 1]) / (_MULTIPLES[turn] - _MULTIPLES[turn - 1])
    hits = totals[:16] >= (crossing * quotas[:16, np.newaxis]).astype(totals.dtype)
    _, error = _mean_of(hits[12:].sum(axis=0) / 4 - hits[:12].sum(axis=0) / 12)
    return crossing, float(error / abs(slope))


def _cadences(
    totals: Real, ordered: Real, hits: NDArray[np.bool_], deviations: Real, quotas: Array
) -> dict[str, Pair]:
    squares = deviations * deviations
    mean = ordered[:12].mean(dtype=np.float64)
    months = hits[:12].sum(axis=0, dtype=np.int32)
    quarters = hits[12:16].sum(axis=0, dtype=np.int32)
    missed = hits[12:16].repeat(3, axis=0) & ~hits[:12]
    return {
        "p_hit_month": _mean_of(months / 12),
        "p_hit_quarter": _mean_of(quarters / 4),
        "p_hit_year": _mean_of(hits[16]),
        "p_all_months": _mean_of(months == 12),
        "p_all_quarters": _mean_of(quarters == 4),
        "difference": _mean_of(quarters / 4 - months / 12),
        "false_alarm": _ratio_of(missed.sum(axis=0, dtype=np.int32), 3 * quarters),
        "n_eff_month": _effective_deals(deviations[:12], squares[:12], mean),
        "n_eff_quarter": _effective_deals(deviations[12:16], squares[12:16], 3 * mean),
        "n_eff_year": _effective_deals(deviations[16:], squares[16:], 12 * mean),
        "crossover": _crossover(totals, ordered, quotas),
    }


def summarise(booked: Real, quotas: Array) -> Figures:
    """Summarise bookings ``[12, paths]`` in their own precision: sorted once, figures read off."""
    paths = booked.shape[1]
    totals = np.empty((17, paths), dtype=booked.dtype)
    totals[:12] = booked
    np.sum(booked.reshape(4, 3, paths), axis=1, out=totals[12:16])
    np.sum(totals[12:16], axis=0, out=totals[16])
    mean = totals.mean(axis=1, dtype=np.float64)
    deviations = totals - mean[:, np.newaxis].astype(totals.dtype)
    squares = deviations * deviations
    variance = squares.sum(axis=1, dtype=np.float64) / (paths - 1)
    fourth = np.einsum("ij,ij->i", squares, squares).astype(np.float64) / paths
    sd = np.sqrt(variance)
    lines = quotas[:, np.newaxis].astype(totals.dtype)
    hits = totals >= lines
    missing = np.maximum(lines - totals, 0)
    missed = paths - hits.sum(axis=1)
    short = missing.sum(axis=1, dtype=np.float64) / missed
    short_squares = np.einsum("ij,ij->i", missing, missing).astype(np.float64)
    short_sd = np.sqrt((short_squares - missed * short**2) / (missed - 1))
    ordered = np.sort(totals, axis=1)
    apart = [int(np.sqrt(paths * level * (1 - level))) + 1 for level in LEVELS]
    at = [int(paths * level) for level in LEVELS]
    low = ordered[:, [max(k - d, 0) for k, d in zip(at, apart, strict=True)]]
    high = ordered[:, [min(k + d, paths - 1) for k, d in zip(at, apart, strict=True)]]
    return Figures(
        p_hit=1 - missed / paths,
        mean=mean,
        sd=sd,
        sd_se=np.sqrt((fourth - variance**2) / paths) / (2 * sd),
        quantiles=ordered[:, at].T.astype(np.float64),
        quantiles_se=(high - low).T.astype(np.float64) / 2,
        shortfall=short,
        shortfall_se=short_sd / np.sqrt(missed),
        cadence=_cadences(totals, ordered, hits, deviations, quotas),
        paths=paths,
    )


def largest_difference(first: Figures, second: Figures) -> float:
    """By how many standard errors do two simulations differ at most, in P(hit) and in means?"""
    n, m = first.paths, second.paths
    pooled = (first.p_hit * n + second.p_hit * m) / (n + m)
    hit_se = np.sqrt(pooled * (1 - pooled) * (1 / n + 1 / m))
    mean_se = np.sqrt(first.sd**2 / n + second.sd**2 / m)
    hits = np.abs(first.p_hit - second.p_hit) / hit_se
    means = np.abs(first.mean - second.mean) / mean_se
    return float(max(hits.max(), means.max()))
