"""A team with few closed deals of its own leans on what is known of teams at large."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from quotarisk.calibration.incidence import LEVELS
from quotarisk.calibration.pairs import Pairs
from quotarisk.kernel.arrays import Floats
from quotarisk.scenario.benchmarks import benchmark_of

_MIDDLE = int(np.searchsorted(LEVELS, 0.5))


class Leaning(NamedTuple):
    """Figures after the benchmarks, and how much these weigh."""

    pairs: Pairs
    weight: Floats  # [segments] of the benchmarks in a segment's win rate, 0 to 1


def _mix_odds(share: Floats, figure: float, weight: float) -> Floats:
    inside = np.clip(share, 1e-6, 1 - 1e-6)
    odds = np.log(inside / (1 - inside)) * (1 - weight)
    odds += weight * np.log(figure / (1 - figure))
    return np.asarray(1 / (1 + np.exp(-odds)))


def lean_on_benchmarks(
    pairs: Pairs, closed: Sequence[int], medians: Sequence[float | None]
) -> Leaning:
    """What are chances and cycles once benchmarks count for as many deals as they weigh?

    Win rates are mixed on the scale of log odds, medians of won cycles on that of logarithms:
    with n closed deals in a segment and a benchmark that weighs b, its weight is b / (n + b).

    Parameters
    ----------
    pairs
        As fitted.
    closed
        Number of closed deals of each segment.
    medians
        Median won amount of each segment; None where none is known.
    """
    win_rate, stall_rate = pairs.win_rate.copy(), pairs.stall_rate.copy()
    won_cycle, weights = pairs.won_cycle.copy(), np.zeros(len(closed))
    for segment, (number, median) in enumerate(zip(closed, medians, strict=True)):
        rate, cycle = (benchmark_of(what, median) for what in ("win_rate", "won_cycle_days"))
        weight = rate.deals / (number + rate.deals)
        weights[segment] = weight
        won = _mix_odds(win_rate[:, segment], rate.figure, weight)
        # what is left over is never decided in the same proportion to what is lost
        left = (1 - won) / np.maximum(1 - win_rate[:, segment], 1e-9)
        stall_rate[:, segment] *= left
        win_rate[:, segment] = won
        days = won_cycle[:, segment, _MIDDLE]
        pull = (cycle.figure / np.maximum(days, 1.0)) ** (cycle.deals / (number + cycle.deals))
        won_cycle[:, segment] *= np.nan_to_num(pull, nan=1.0)[:, np.newaxis]
    told = pairs._replace(win_rate=win_rate, stall_rate=stall_rate, won_cycle=won_cycle)
    return Leaning(told, weights)
