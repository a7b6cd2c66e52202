"""What every peer hands back, and whether two of them agree."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.case import Array, period_rows

LEVELS = (0.1, 0.5, 0.9)


@dataclass(frozen=True)
class Figures:
    """A row for each of 12 months, 4 quarters and the year; amounts in currency."""

    p_hit: Array
    mean: Array
    sd: Array
    quantiles: Array  # [3, periods] p10, p50, p90
    paths: int


def summarise(booked: NDArray[np.float64], quotas: Array) -> Figures:
    """Summarise bookings ``[12, paths]`` as one would write it down."""
    totals = np.stack([booked[rows].sum(axis=0) for rows in period_rows()])
    return Figures(
        p_hit=(totals >= quotas[:, np.newaxis]).mean(axis=1),
        mean=totals.mean(axis=1),
        sd=totals.std(axis=1, ddof=1),
        quantiles=np.quantile(totals, LEVELS, axis=1),
        paths=booked.shape[1],
    )


def summarise_fast(booked: NDArray[np.float32], quotas: Array) -> Figures:
    """Summarise bookings ``[12, paths]`` in float32: sorted once, figures read off."""
    paths = booked.shape[1]
    totals = np.empty((17, paths), dtype=np.float32)
    totals[:12] = booked
    np.sum(booked.reshape(4, 3, paths), axis=1, out=totals[12:16])
    np.sum(totals[12:16], axis=0, out=totals[16])
    mean = totals.mean(axis=1, dtype=np.float64)
    squares = np.array([np.dot(row, row) for row in totals], dtype=np.float64)
    totals.sort(axis=1)
    missed = [row.searchsorted(np.float32(q)) for row, q in zip(totals, quotas, strict=True)]
    return Figures(
        p_hit=1 - np.array(missed) / paths,
        mean=mean,
        sd=np.sqrt((squares - paths * mean**2) / (paths - 1)),
        quantiles=totals[:, [int(paths * level) for level in LEVELS]].T.astype(np.float64),
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
