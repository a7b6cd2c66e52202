"""A unit at a glance: what it books in the longest period, and how likely it hits, by cadence.

Beside each figure stands its distance from today's on the same paths, whose error is that of the
distances path by path. The best of many noisy figures looks better than it is, so chances are
told once more by halves of the paths: one to choose by, the other to tell what was chosen.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import polars as pl
from numpy.typing import NDArray

from quotarisk.analysis.paired import means_apart
from quotarisk.kernel.apart import sum_apart
from quotarisk.periods import CADENCES, Cadence
from quotarisk.simulation.comparing import Key, Seen
from quotarisk.simulation.estimates import Array, Estimate, mean_of
from quotarisk.simulation.listed import CENTS
from quotarisk.simulation.order import find_quantiles, places_of, put_in_order

LOW = 0.1
MOST_BLOCKS = 64  # in which chances are kept, so that any two choices can be held together
AMOUNTS = ("mean", "mean_change", "sd", "sd_change", "p10")
NO_CHANGE = Estimate(0.0, 0.0)
Counts = NDArray[np.int64]  # [paths] periods that are hit


@dataclass(frozen=True)
class Half:
    """A chance on the half of the paths that told, and by how much it is above today's there."""

    chosen_by: float  # the chance on the other half
    blocks: Array  # [blocks] the same, block by block of these paths, which depend on none other
    p_hit: Estimate
    p_hit_today: Estimate
    gain: Estimate


@dataclass(frozen=True)
class Chance:
    """How likely the quotas of a cadence are hit, as the mean over its periods."""

    p_hit: Estimate
    change: Estimate
    half: Half


@dataclass(frozen=True)
class Glance:
    """A unit under a variant; amounts in currency, of the longest period.

    Parameters
    ----------
    mean, sd, p10
        What is booked, how far it spreads, and what it falls below in 1 of 10 futures.
    mean_change, sd_change
        Less today's.
    chances
        By cadence; only those of which there are quotas.
    """

    mean: Estimate
    mean_change: Estimate
    sd: Estimate
    sd_change: Estimate
    p10: Estimate
    chances: Mapping[Cadence, Chance] = field(repr=False)

    @property
    def figures(self) -> dict[str, Estimate]:
        """All of them, under the names that they have in tables."""
        told = {key: getattr(self, key) for key in AMOUNTS}
        for cadence, chance in self.chances.items():
            told[f"p_hit_{cadence}"] = chance.p_hit
        return told | self.chance_changes

    @property
    def chance_changes(self) -> dict[str, Estimate]:
        """Changes of the chances, by name."""
        return {
            f"p_hit_{cadence}_change": chance.change for cadence, chance in self.chances.items()
        }


def figure_columns(*names: str) -> dict[str, type[pl.DataType]]:
    """Which columns do figures take in a table, each with its error?

    Examples
    --------
    >>> list(figure_columns("mean"))
    ['mean', 'mean_se']
    """
    return {key: pl.Float64 for name in names for key in (name, f"{name}_se")}


def glance_columns(keys: Sequence[Key]) -> dict[str, type[pl.DataType]]:
    """Which columns do a unit's figures take in a table, where so many periods are answered?"""
    cadences = dict.fromkeys(cadence for cadence, _ in keys)
    chances = [f"p_hit_{cadence}{end}" for cadence in cadences for end in ("", "_change")]
    return figure_columns(*AMOUNTS, *chances)


def longest_row(keys: Sequence[Key]) -> int:
    """Which is the first period of the longest cadence? There must be one."""
    longest = max((cadence for cadence, _ in keys), key=CADENCES.index)
    return next(row for row, (cadence, _) in enumerate(keys) if cadence == longest)


@dataclass(frozen=True)
class _Sample:
    """A unit's paths under a variant, and what many comparisons ask of them."""

    booked: Array  # [periods, paths]
    row: Array  # [paths] of the longest period
    sd: float
    influence: Array  # [paths] of each on the deviation
    counts: Mapping[Cadence, Counts]


def _sample(
    booked: Array, row: int, planned: Mapping[Cadence, list[int]], quotas: Array
) -> _Sample:
    amounts = booked[row]
    away = amounts - amounts.mean()
    variance = float((away * away).sum()) / (len(away) - 1)
    sd = math.sqrt(variance)
    influence = (away * away - variance) / (2 * sd) if sd > 0 else np.zeros_like(away)
    counts = {}
    for cadence, rows in planned.items():
        number = np.zeros(booked.shape[1], dtype=np.int64)
        for each in rows:
            number += booked[each] >= quotas[each]
        counts[cadence] = number
    return _Sample(booked, amounts, sd, influence, counts)


def _share(counts: Counts, parts: int) -> Estimate:
    """What is the mean share of the periods that are hit?"""
    return mean_of(float(counts.sum()), float((counts**2).sum()), len(counts), parts)


def _chance(counts: Counts, today: Counts, parts: int, *, moved: bool) -> Chance:
    half = len(counts) // 2
    telling, usual = counts[half:], today[half:]
    return Chance(
        _share(counts, parts),
        _share(counts - today, parts) if moved else NO_CHANGE,
        Half(
            float(counts[:half].mean()) / parts,
            _by_blocks(counts[:half], parts),
            _share(telling, parts),
            _share(usual, parts),
            _share(telling - usual, parts) if moved else NO_CHANGE,
        ),
    )


def _by_blocks(counts: Counts, parts: int) -> Array:
    """Mean share of the periods that are hit in each block of paths, one after the other."""
    number = min(MOST_BLOCKS, len(counts))
    edges = np.linspace(0, len(counts), number + 1).astype(np.int64)
    return np.add.reduceat(counts, edges[:-1]) / np.diff(edges) / parts


def _error_of(influence: Array) -> float:
    return float(influence.std(ddof=1)) / math.sqrt(len(influence)) / CENTS


def _p10(amounts: Array) -> Estimate:
    paths = len(amounts)
    _, _, high = places_of(LOW, paths)
    lowest = put_in_order(amounts[np.newaxis], high + 1)
    value, error = find_quantiles(lowest, (LOW,), paths=paths)
    return Estimate(float(value[0, 0]) / CENTS, float(error[0, 0]) / CENTS)


def _glance(
    sample: _Sample, today: _Sample, row: int, parts: Mapping[Cadence, int], added: Array | None
) -> Glance:
    paths = len(sample.row)
    moved = sample is not today and not np.array_equal(sample.booked, today.booked)
    mean_change, sd_change = NO_CHANGE, NO_CHANGE
    if moved:
        here, there = sample.row[np.newaxis], today.row[np.newaxis]
        sums = sum_apart(here, there, np.array([np.nan]))
        paired = means_apart(sums, paths, moved=None if added is None else added[[row]])
        mean_change = Estimate(*(float(part[0]) / CENTS for part in paired))
        sd_change = Estimate(
            (sample.sd - today.sd) / CENTS, _error_of(sample.influence - today.influence)
        )
    return Glance(
        Estimate(float(sample.row.mean()) / CENTS, sample.sd / math.sqrt(paths) / CENTS),
        mean_change,
        Estimate(sample.sd / CENTS, _error_of(sample.influence)),
        sd_change,
        _p10(sample.row),
        {
            cadence: _chance(counts, today.counts[cadence], parts[cadence], moved=moved)
            for cadence, counts in sample.counts.items()
        },
    )


def look(seen: Seen, keys: Sequence[Key]) -> list[Glance]:
    """What does a unit book and hit under each variant, beside the first one, today's?

    Parameters
    ----------
    seen
        The unit under each variant; all hold the same quotas.
    keys
        Cadence and name of the periods in its rows, one at least.

    Returns
    -------
    list of Glance
        Changes of variants that are the same as today's on every path are 0 for sure.
    """
    row, quotas = longest_row(keys), seen.quotas[0]
    planned: dict[Cadence, list[int]] = {}
    for number, (cadence, _) in enumerate(keys):
        if not np.isnan(quotas[number]):
            planned.setdefault(cadence, []).append(number)
    parts = {cadence: len(rows) for cadence, rows in planned.items()}
    today = _sample(seen.booked[0], row, planned, quotas)
    added: Sequence[Array | None] = seen.moved or [None] * len(seen.booked)
    done: dict[int, Glance] = {id(seen.booked[0]): _glance(today, today, row, parts, None)}
    for booked, more in zip(seen.booked, added, strict=True):
        if id(booked) not in done:
            sample = _sample(booked, row, planned, quotas)
            done[id(booked)] = _glance(sample, today, row, parts, more)
    return [done[id(booked)] for booked in seen.booked]
