"""A unit's chance, mean and bad futures under each stress, and how far they move."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from quotarisk.analysis.paired import Lowest, Paired, lowest_of, means_apart, shares_apart
from quotarisk.kernel.apart import Apart, sum_apart
from quotarisk.simulation.comparing import Seen
from quotarisk.simulation.estimates import Array, proportion_se
from quotarisk.simulation.listed import CENTS

_ROUNDING = 1e-12  # share of a sum of squares that is but rounding


class Figures(NamedTuple):
    """A unit under a stress; ``[periods]`` each, amounts in cents."""

    p_hit: Array
    p_hit_change: Paired
    mean: Array
    mean_se: Array
    mean_change: Paired
    lowest: Lowest
    shortfall: Array
    shortfall_se: Array


def _shortfalls(sums: Apart, missed: Array) -> tuple[Array, Array]:
    """Mean of what is missing where a quota is missed, and its error; NaN where none is."""
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = sums.short / missed
        squares = sums.short_squared - sums.short**2 / missed
        squares = np.where(squares > _ROUNDING * sums.short_squared, squares, 0.0)
        # the deviation of one miss is unknown: take the figure itself
        spread = np.where(missed > 1, np.sqrt(squares / (missed - 1)), mean)
        return mean, spread / np.sqrt(missed)


def _figures(
    sums: Apart, base: Apart, booked: Array, quotas: Array, moved: Array | None
) -> Figures:
    """What does a unit book under a stress, beside what it does without?"""
    paths = booked.shape[1]
    hits = np.where(np.isnan(quotas), np.nan, sums.hits)
    change = shares_apart(sums, base, paths)
    squares = np.where(sums.second > _ROUNDING * sums.total**2 / paths, sums.second, 0.0)
    return Figures(
        hits / paths,
        Paired(*(np.where(np.isnan(quotas), np.nan, part) for part in change)),
        sums.total / paths,
        np.sqrt(squares / (paths - 1) / paths),
        means_apart(sums, paths, moved=moved),
        lowest_of(booked),
        *_shortfalls(sums, paths - hits),
    )


def read_figures(seen: Seen) -> list[Figures]:
    """What does a unit book under each stress, and how far is that from what it does as it is?

    A stress that does not touch somebody hands over the very same array: it is looked at once.
    """
    base, quotas = seen.booked[0], seen.quotas[0]
    moved: Sequence[Array | None] = seen.moved or [None] * len(seen.booked)
    distinct = {id(each): (each, how) for each, how in zip(seen.booked, moved, strict=True)}
    sums = {key: sum_apart(booked, base, quotas) for key, (booked, _) in distinct.items()}
    found = {
        key: _figures(sums[key], sums[id(base)], booked, quotas, how)
        for key, (booked, how) in distinct.items()
    }
    return [found[id(booked)] for booked in seen.booked]


def columns_of(figures: Figures, base: Figures, quotas: Array, paths: int) -> dict[str, Array]:
    """Figures under a stress as columns, beside those of the scenario as it is."""
    hits = figures.p_hit * paths
    lowest = figures.lowest
    return {
        "quota": quotas / CENTS,
        "p_hit": figures.p_hit,
        "p_hit_se": np.where(np.isnan(hits), np.nan, proportion_se(hits, paths)),
        "p_hit_base": base.p_hit,
        "p_hit_change": figures.p_hit_change.change,
        "p_hit_change_se": figures.p_hit_change.change_se,
        "mean": figures.mean / CENTS,
        "mean_se": figures.mean_se / CENTS,
        "mean_change": figures.mean_change.change / CENTS,
        "mean_change_se": figures.mean_change.change_se / CENTS,
        "p10": lowest.p10 / CENTS,
        "p10_se": lowest.p10_se / CENTS,
        "expected_shortfall": lowest.expected_shortfall / CENTS,
        "expected_shortfall_se": lowest.expected_shortfall_se / CENTS,
        "shortfall": figures.shortfall / CENTS,
        "shortfall_se": figures.shortfall_se / CENTS,
    }


def join_figures(parts: Sequence[Figures]) -> Figures:
    """Put figures of several passes together, period after period."""

    def join(each: Sequence[Any]) -> Any:
        if isinstance(each[0], np.ndarray):
            return np.concatenate(each)
        return type(each[0])(*map(join, zip(*each, strict=True)))

    return Figures(*map(join, zip(*parts, strict=True)))
