"""A unit's chance, mean and bad futures under each stress, and how far they move."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from quotarisk.analysis.paired import (
    Lowest,
    Paired,
    block_shares,
    lowest_of,
    means_apart,
    shares_apart,
)
from quotarisk.kernel.apart import Apart, sum_apart
from quotarisk.simulation.comparing import Seen
from quotarisk.simulation.estimates import Array, proportion_se
from quotarisk.simulation.listed import CENTS
from quotarisk.simulation.sectioning import Blocks

_ROUNDING = 1e-12  # share of a sum of squares that is but rounding


class Figures(NamedTuple):
    """A unit under a stress; ``[periods]`` each, amounts in cents."""

    p_hit: Array
    p_hit_se: Array
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
        np.where(np.isnan(hits), np.nan, proportion_se(sums.hits, paths)),
        Paired(*(np.where(np.isnan(quotas), np.nan, part) for part in change)),
        sums.total / paths,
        np.sqrt(squares / (paths - 1) / paths),
        means_apart(sums, paths, moved=moved),
        lowest_of(booked),
        *_shortfalls(sums, paths - hits),
    )


class _Apart(NamedTuple):
    """A unit under a stress and as it is; each block of paths is corrected on its own."""

    booked: Array  # [periods, paths]
    base: Array
    blocks: Blocks


def _with_blocks(told: Figures, sums: Apart, base: Apart, quotas: Array, apart: _Apart) -> Figures:
    """Tell errors from blocks, where a correction makes paths depend on each other."""
    booked, blocks = apart.booked, apart.blocks
    least, unasked = quotas[:, np.newaxis], np.isnan(quotas)
    hits = blocks.means(booked >= least)
    with np.errstate(divide="ignore", invalid="ignore"):
        short = blocks.means(np.maximum(least - booked, 0.0)) / (1 - hits)
    lowest = [lowest_of(booked[:, first:end]) for first, end in blocks.edges]

    def of_lowest(value: Array, parts: Sequence[Array], error: Array) -> Array:
        return blocks.error(value, np.stack(parts, axis=1), error)

    share, share_se = sums.hits / blocks.paths, proportion_se(sums.hits, blocks.paths)
    change = shares_apart(
        sums, base, blocks.paths, blocked=block_shares(booked, apart.base, quotas, blocks)
    )
    certain = np.ptp(booked, axis=1) == 0
    mean_se = blocks.mean_error(told.mean, blocks.means(booked))
    return told._replace(
        p_hit_se=np.where(
            unasked, np.nan, np.where(certain, share_se, blocks.share_error(share, hits, share_se))
        ),
        p_hit_change=Paired(*(np.where(unasked, np.nan, part) for part in change)),
        mean_se=np.where(mean_se > 0, mean_se, told.mean_se),
        lowest=told.lowest._replace(
            p10_se=of_lowest(told.lowest.p10, [each.p10 for each in lowest], told.lowest.p10_se),
            expected_shortfall_se=of_lowest(
                told.lowest.expected_shortfall,
                [each.expected_shortfall for each in lowest],
                told.lowest.expected_shortfall_se,
            ),
        ),
        shortfall_se=blocks.error(told.shortfall, short, told.shortfall_se),
    )


def read_figures(seen: Seen, blocks: Blocks | None = None) -> list[Figures]:
    """What does a unit book under each stress, and how far is that from what it does as it is?

    A stress that does not touch somebody hands over the very same array: it is looked at once.

    Parameters
    ----------
    seen
        The unit under each stress, first as it is. With blocks once more after that, in the same
        order, each block of paths corrected on its own.
    blocks
        Of the paths, where a correction makes these depend on each other.
    """
    number = len(seen.booked) // (1 if blocks is None else 2)
    booked, quotas = seen.booked[:number], seen.quotas[0]
    none: Sequence[Array | None] = [None] * number
    moved = none if seen.moved is None else seen.moved[:number]
    alone = seen.booked[-number:]
    hows = {id(each): how for each, how in zip(booked, moved, strict=True)}
    aparts = {id(each): apart for each, apart in zip(booked, alone, strict=True)}
    arrays = {id(each): each for each in booked}
    base = arrays[id(booked[0])]
    sums = {key: sum_apart(each, base, quotas) for key, each in arrays.items()}
    found = {}
    for key, each in arrays.items():
        told = _figures(sums[key], sums[id(base)], each, quotas, hows[key])
        if blocks is not None:
            parts = _Apart(aparts[key], alone[0], blocks)
            told = _with_blocks(told, sums[key], sums[id(base)], quotas, parts)
        found[key] = told
    return [found[id(each)] for each in booked]


def columns_of(figures: Figures, base: Figures, quotas: Array) -> dict[str, Array]:
    """Figures under a stress as columns, beside those of the scenario as it is."""
    lowest = figures.lowest
    return {
        "quota": quotas / CENTS,
        "p_hit": figures.p_hit,
        "p_hit_se": figures.p_hit_se,
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
