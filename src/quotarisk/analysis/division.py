"""What each cause of a change accounts for, of P(hit) and of bookings, in every unit and period."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from functools import partial
from math import factorial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from quotarisk.analysis.coalitions import (
    BREAK,
    Thresholds,
    mixtures,
    only_movers,
    part_movers,
)
from quotarisk.analysis.hybrids import Cause, Pair
from quotarisk.analysis.shapley import shapley_weights
from quotarisk.simulation.comparing import Key, Seen, Variant, compare
from quotarisk.simulation.estimates import Array, proportion_se
from quotarisk.simulation.listed import CENTS
from quotarisk.simulation.simulation import Progress

PARTS = ("points", "points_se", "amount", "amount_se")
_AT_HAND = 2**25  # figures that a thread holds at a time: 256 MB


class Read(NamedTuple):
    """A unit: its figures before and after, and what each cause accounts for."""

    ends: dict[str, Array]  # [periods]
    parts: dict[str, Array]  # [causes, periods]


@dataclass(frozen=True)
class Game:
    """What is divided, and among whom."""

    pair: Pair
    causes: tuple[Cause, ...]
    periods: tuple[Key, ...]
    thresholds: Thresholds

    @property
    def simulated(self) -> tuple[Cause, ...]:
        """Causes that change what is booked; quotas are but held against it."""
        return tuple(cause for cause in self.causes if cause != "quotas")

    def simulated_of(self, coalition: int) -> int:
        """Which simulated mixture answers a coalition?"""
        bits = [bit for bit, cause in enumerate(self.causes) if cause != "quotas"]
        return sum((coalition >> bit & 1) << place for place, bit in enumerate(bits))


def _mean_of(values: Array, scale: float = 1.0) -> tuple[Array, Array]:
    """Mean over paths of ``[..., paths]`` values, divided by a scale, and its error.

    Luck that is shared cancels in differences on each path, and so in linear combinations: the
    error is that of what is given, not of what it was made of.
    """
    paths = values.shape[-1]
    total = values.sum(axis=-1)
    apart = values - (total / paths)[..., np.newaxis]
    squares = np.einsum("...j,...j->...", apart, apart)
    return total / (scale * paths), np.sqrt(squares / (paths - 1) / paths) / scale


def _at_least(errors: Array, paths: int, touched: NDArray[np.bool_]) -> Array:
    """Errors of what is touched are no smaller than that of a probability that was never seen.

    So few paths do not pass for certainty. What touches nothing changes nothing, for sure.
    """
    return np.where(touched, np.maximum(errors, proportion_se(0, paths)), 0.0)


def _merge(weights: NDArray[np.int64], keys: Sequence[Hashable]) -> tuple[Array, list[int]]:
    """Coalitions that are worth the same count once, with the sum of their weights.

    Returns
    -------
    tuple
        ``[players, different]`` weights, and the first coalition of each kind.
    """
    kinds: dict[Hashable, list[int]] = {}
    for coalition, key in enumerate(keys):
        kinds.setdefault(key, []).append(coalition)
    merged = np.array([weights[:, alike].sum(axis=1) for alike in kinds.values()], np.float64).T
    return merged, [alike[0] for alike in kinds.values()]


def _divide(
    game: Game, booked: Sequence[Array], quotas: Array
) -> tuple[Array, Array, Array, Array]:
    """What does each cause account for in a period, in shares of the futures and in bookings?

    Parameters
    ----------
    booked
        ``[paths]`` of each simulated mixture.
    quotas
        ``[coalitions]``; NaN at either end where there is nothing to divide.

    Returns
    -------
    tuple
        Points, their errors, amounts in cents and their errors, ``[causes]`` each.
    """
    causes, mixed = len(game.causes), len(game.simulated)
    points, points_se = np.zeros(causes), np.zeros(causes)
    amount, amount_se = np.zeros(causes), np.zeros(causes)
    touched = np.zeros(causes, dtype=bool)
    places = [place for place, cause in enumerate(game.causes) if cause != "quotas"]
    if any(each is not booked[0] for each in booked):
        weights, firsts = _merge(shapley_weights(mixed), [id(each) for each in booked])
        moved = weights @ np.array([booked[place] for place in firsts])
        amount[places], amount_se[places] = _mean_of(moved, factorial(mixed))
        touched[places] = moved.any(axis=1)
    for place in range(causes):
        without = [each for each in range(2**causes) if not each >> place & 1]
        touched[place] |= any(quotas[each] != quotas[each | 1 << place] for each in without)
    if np.isnan(quotas[[0, -1]]).any():
        points[:] = points_se[:] = np.nan
    elif touched.any():
        of = [booked[game.simulated_of(coalition)] for coalition in range(2**causes)]
        keys = [(id(each), quota) for each, quota in zip(of, quotas, strict=True)]
        weights, firsts = _merge(shapley_weights(causes), keys)
        hits = np.array([of[place] >= quotas[place] for place in firsts], dtype=np.float64)
        values = weights @ hits
        points, errors = _mean_of(values, factorial(causes))
        points_se = _at_least(errors, hits.shape[1], touched)
    return points, points_se, amount, amount_se


def _read_ends(game: Game, seen: Seen, quotas: Array) -> dict[str, Array]:
    """Figures of a unit in the old and in the new scenario; NaN where it is not there."""
    ends: dict[str, Array] = {}
    old, new = seen.booked[0], seen.booked[-1]
    paths = old.shape[1]
    there = game.pair.has(seen.level, seen.name)
    hits = []
    for word, booked, quota, is_there in zip(
        ("old", "new"), (old, new), (quotas[0], quotas[-1]), there, strict=True
    ):
        hit = booked >= quota[:, np.newaxis]
        number = np.where(np.isnan(quota), np.nan, np.count_nonzero(hit, axis=1))
        mean, mean_se = (
            figure / CENTS if is_there else figure * np.nan for figure in _mean_of(booked)
        )
        ends |= {
            f"quota_{word}": quota / CENTS,
            f"p_hit_{word}": number / paths,
            f"p_hit_{word}_se": np.where(np.isnan(number), np.nan, proportion_se(number, paths)),
            f"mean_{word}": mean,
            f"mean_{word}_se": mean_se,
        }
        hits.append(hit.astype(np.float64))
    same = (old == new).all(axis=1) & (quotas[0] == quotas[-1])
    change, change_se = _mean_of(hits[1] - hits[0])
    more, more_se = _mean_of(new - old)
    unasked, absent = np.isnan(quotas[0] + quotas[-1]), not all(there)
    return ends | {
        "change": np.where(unasked, np.nan, change),
        "change_se": np.where(unasked, np.nan, _at_least(change_se, paths, ~same)),
        "mean_change": np.where(absent, np.nan, more / CENTS),
        "mean_change_se": np.where(absent, np.nan, more_se / CENTS),
    }


def _read(game: Game, keys: Sequence[Key], seen: Seen) -> Read | None:
    """Read a unit; nothing of one who is somebody in one group only."""
    if BREAK in seen.name:
        return None
    quotas = game.thresholds.of_unit(seen.level, seen.name, keys)
    parts: dict[str, Array] = {}
    if all(game.pair.has(seen.level, seen.name)):
        divided = [
            _divide(game, _rows(seen.booked, row), quotas[:, row]) for row in range(len(keys))
        ]
        told = np.array(divided).reshape(len(keys), len(PARTS), len(game.causes))
        parts = dict(zip(PARTS, told.transpose(1, 2, 0), strict=True))
        parts["amount"] = parts["amount"] / CENTS
        parts["amount_se"] = parts["amount_se"] / CENTS
    return Read(_read_ends(game, seen, quotas), parts)


def _rows(booked: Sequence[Array], row: int) -> list[Array]:
    """One period of each mixture; mixtures that share an array share its row."""
    rows = {id(each): each[row] for each in booked}
    return [rows[id(each)] for each in booked]


def _join(reads: Sequence[Read]) -> Read:
    """Put periods that were read one after the other side by side."""
    first = reads[0]
    return Read(
        {key: np.concatenate([read.ends[key] for read in reads]) for key in first.ends},
        {key: np.concatenate([read.parts[key] for read in reads], axis=1) for key in first.parts},
    )


class _Steps:
    """Progress over several comparisons, each of which counts its reps from 1."""

    def __init__(self, progress: Progress | None, total: int) -> None:
        self.progress, self.total, self.before = progress, total, 0

    def __call__(self, done: int, total: int) -> None:
        if self.progress is not None:
            self.progress(self.before + done, self.total)
        self.before += total if done == total else 0


def play(
    game: Game, seed: int, paths: int, workers: int | None, progress: Progress | None
) -> dict[tuple[str, str], Read]:
    """Simulate every mixture, and read every unit."""
    variants = list(mixtures(game.pair, game.simulated, seed))
    movers = game.pair.movers
    rounds: list[list[Variant]] = [[part_movers(variant, movers) for variant in variants]]
    if movers:  # they are in no group of their own, so once more without groups
        rounds.append([only_movers(variant, movers) for variant in variants])
    step = max(_AT_HAND // (len(variants) * paths), 1)
    passes = [game.periods[first : first + step] for first in range(0, len(game.periods), step)]
    reps = [
        {name for variant in each for level, name in variant.units if level == "rep"}
        for each in rounds
    ]
    steps = _Steps(progress, len(passes) * sum(map(len, reps)))
    found: dict[tuple[str, str], list[Read]] = {}
    for keys in passes:
        for number, each in enumerate(rounds):
            for level, name, read in compare(
                each,
                partial(_read, game, keys),
                paths=paths,
                periods=keys,
                workers=workers,
                progress=steps,
            ):
                if read is not None and (number == 0 or level == "rep"):
                    found.setdefault((level, name), []).append(read)
    return {unit: _join(reads) for unit, reads in found.items()}
