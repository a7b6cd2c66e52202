"""The floor of a won deal: its random bits alone, drawn by the kernel and stored."""

from __future__ import annotations

from collections.abc import Callable

import numba
import numpy as np

from benchmarks.case import Case
from quotarisk.kernel.arrays import Indices, Words
from quotarisk.kernel.bits import draw_by_deal
from quotarisk.kernel.bookings import BLOCK, CHUNK, add_bookings
from quotarisk.simulation.lowering import lower_rep, rep_tasks
from quotarisk.simulation.paths import market_factors
from quotarisk.simulation.simulation import setting_of


@numba.njit(nogil=True, error_model="numpy")
def _draw(paths: Indices, deals: Indices, key: np.uint64, words: Words) -> None:
    size = words.shape[1]
    for begin in range(0, paths.shape[0], size):
        count = min(size, paths.shape[0] - begin)
        draw_by_deal(0, paths[begin:], deals[begin:], count, 1, 0, key, words)


def draw_deals(deals: int) -> Callable[[], None]:
    """Make a call that draws one block of words for each of so many deals of a list."""
    words = np.empty((4, CHUNK), dtype=np.uint32)
    number = np.arange(deals, dtype=np.uint32)
    paths, deal = number % np.uint32(BLOCK), number // np.uint32(BLOCK)
    return lambda: _draw(paths, deal, np.uint64(20270101), words)


def book_deals(case: Case, *, paths: int) -> Callable[[], None]:
    """Make a call of the kernel that books the case's rep; its arrays are ready."""
    scenario = case.scenario(1)
    setting = setting_of(scenario, 0)
    segments = lower_rep(rep_tasks(scenario)[0], setting)
    market = market_factors(setting, 0, paths)

    def book() -> None:
        booked = np.zeros((setting.horizon.months + 1, paths))
        for segment in segments:
            add_bookings(segment, market, setting.clock, 0, BLOCK, booked)

    return book
