"""What is kept of two scenarios on the same paths: sums over paths, in one look.

Rows are periods, columns are paths; amounts are whole cents. Sums of amounts and counts are exact
in any order while they stay below 2**53; all are taken in `LANES` interleaved parts.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import int64, uintp

from quotarisk.kernel.arrays import Floats, Ints
from quotarisk.kernel.compiling import SOURCES, entry, stage
from quotarisk.kernel.summary import LANES


class Apart(NamedTuple):
    """Sums over paths, a row each."""

    hits: Ints  # paths that reach the quota
    differ: Ints  # paths that reach it in one of both only
    total: Floats  # what is booked
    second: Floats  # squared deviations of what is booked from its mean
    moved: Floats  # what is booked more than in the other
    moved_squared: Floats  # its square
    short: Floats  # what is missing on the paths that miss
    short_squared: Floats  # its square


@stage
def _look(here: Floats, there: Floats, near: float, quota: float, lanes: Floats) -> None:
    """Add some paths of a row to its lanes; ``near`` is any amount of about the row's size."""
    total, second, moved, moved_squared = lanes[0], lanes[1], lanes[2], lanes[3]
    short, short_squared, hits, differ = lanes[4], lanes[5], lanes[6], lanes[7]
    for k in range(uintp(len(here))):
        deviation = here[k] - near
        total[k] += deviation
        second[k] += deviation * deviation
        move = here[k] - there[k]
        moved[k] += move
        moved_squared[k] += move * move
        missing = quota - here[k] if here[k] < quota else 0.0
        short[k] += missing
        short_squared[k] += missing * missing
        hit = 1.0 if here[k] >= quota else 0.0
        was = 1.0 if there[k] >= quota else 0.0
        hits[k] += hit
        differ[k] += abs(hit - was)


@entry
def sum_apart(
    booked: Floats,
    base: Floats,
    quotas: Floats,
    sources: int = SOURCES,  # noqa: ARG001 - part of the cached signature, see compiling.py
) -> Apart:
    """How do bookings differ from others on the same paths, and what do they reach?

    Parameters
    ----------
    booked, base
        ``[periods, paths]``.
    quotas
        ``[periods]``; NaN, which nothing reaches and nothing misses, where a period has none.
    """
    rows, paths = booked.shape
    found = Apart(
        np.empty(rows, np.int64),
        np.empty(rows, np.int64),
        np.empty(rows),
        np.empty(rows),
        np.empty(rows),
        np.empty(rows),
        np.empty(rows),
        np.empty(rows),
    )
    lanes = np.empty((8, LANES))
    for row in range(rows):
        near = booked[row, 0]
        lanes[:] = 0.0
        for begin in range(0, paths, LANES):
            here, there = booked[row, begin : begin + LANES], base[row, begin : begin + LANES]
            _look(here, there, near, quotas[row], lanes)
        total = lanes[0].sum()
        found.total[row] = near * paths + total
        found.second[row] = lanes[1].sum() - total * total / paths
        found.moved[row] = lanes[2].sum()
        found.moved_squared[row] = lanes[3].sum()
        found.short[row] = lanes[4].sum()
        found.short_squared[row] = lanes[5].sum()
        found.hits[row] = int64(lanes[6].sum())
        found.differ[row] = int64(lanes[7].sum())
    return found
