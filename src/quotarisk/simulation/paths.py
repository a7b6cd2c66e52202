"""One rep's bookings on every path: the unit of work."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import special

from quotarisk.kernel.bookings import BLOCK, add_bookings
from quotarisk.kernel.inputs import RATE, WIN, MarketFactors, SegmentDraws
from quotarisk.kernel.market import draw_market
from quotarisk.scenario.laws import Array
from quotarisk.simulation.correcting import correct
from quotarisk.simulation.keys import stream_key
from quotarisk.simulation.lowering import RepTask, Setting, lower_rep
from quotarisk.simulation.tables import law_table
from quotarisk.simulation.workload import draw_bound_rep


class _Normal:
    """The standard normal law, for the market's scores."""

    def ppf(self, u: Array) -> Array:
        return np.asarray(special.ndtri(u))

    def isf(self, q: Array) -> Array:
        return np.asarray(-special.ndtri(q))


_NORMAL = _Normal()
MOST_DEALS = 1e6  # deals that are listed at a time, about


@lru_cache(maxsize=4)
def _market_factors(
    seed: int,
    cell_ids: tuple[int, ...],
    spreads: tuple[float, float, float],
    persistence: float,
    first_path: int,
    paths: int,
) -> MarketFactors:
    if max(spreads) == 0:
        still = np.ones((len(cell_ids), paths), dtype=np.float32)
        return MarketFactors(still, still, still)
    return draw_market(
        stream_key(seed, "market"),
        law_table(_NORMAL),
        np.array(cell_ids, dtype=np.int64),
        persistence,
        np.array(spreads, dtype=np.float64),
        first_path,
        paths,
    )


def market_factors(setting: Setting, first_path: int, paths: int) -> MarketFactors:
    """What does the market do on these paths? Kept for the next rep of the same process."""
    market = setting.market
    return _market_factors(
        setting.seed,
        tuple(setting.cell_ids.tolist()),
        (market.creation, market.win_odds, market.deal_size),
        market.persistence,
        first_path,
        paths,
    )


def paths_together(segment: SegmentDraws, block: int) -> int:
    """How many paths go together, so that the list of their deals stays small?"""
    weeks = max(float(segment.cell_weeks.max()), segment.start_weeks)
    deals = float(segment.value[RATE] * segment.value[WIN]) * weeks
    return max(min(block, int(MOST_DEALS / (1 + deals))), 1)


def draw_rep(
    task: RepTask,
    setting: Setting,
    *,
    paths: int,
    first_path: int = 0,
    block: int = BLOCK,
    out: NDArray[np.float64] | None = None,
) -> NDArray[np.float64]:
    """What does a rep book as the model has it, before a scenario's correction?

    Takes and returns what `simulate_rep` does: ``[months, paths]`` in whole cents.
    """
    market = market_factors(setting, first_path, paths)
    booked = np.empty((setting.horizon.months + 1, paths)) if out is None else out
    booked[:] = 0.0
    if task.is_bound:
        draw_bound_rep(task, setting, market, booked, first_path=first_path)
        return booked[:-1]
    for segment in lower_rep(task, setting):
        together = paths_together(segment, block)
        add_bookings(segment, market, setting.clock, first_path, together, booked)
    return booked[:-1]


def simulate_rep(
    task: RepTask,
    setting: Setting,
    *,
    paths: int,
    first_path: int = 0,
    block: int = BLOCK,
    out: NDArray[np.float64] | None = None,
    usual: NDArray[np.float64] | None = None,
) -> NDArray[np.float64]:
    """What does a rep book in each month on each path, from the start on?

    Parameters
    ----------
    task, setting
        The rep, and what all reps share.
    paths, first_path
        Paths ``first_path`` to ``first_path + paths``; a scenario's correction takes them for all.
    block
        Paths that the kernel takes at a time; any number gives the same bits.
    out
        ``[months + 1, paths]`` to work in, overwritten.
    usual
        ``[months]`` what the model expects without the task's stress: weeks of the past that a
        correction repeats are stressed as far as the model is.

    Returns
    -------
    ndarray
        ``[months, paths]`` in cents, whole numbers; a view of ``out`` where it is given.
    """
    booked = draw_rep(task, setting, paths=paths, first_path=first_path, block=block, out=out)
    correct(booked, task, setting, usual=usual)
    return booked
