"""Small arrays that a block of paths and a chunk of deals pass through, made once a call."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from quotarisk.kernel.arrays import Floats, Indices, Singles, Slots, Tables, Words
from quotarisk.kernel.compiling import room


class Block(NamedTuple):
    """The paths that pass through the stages together."""

    begin: int  # column of the bookings at which they begin
    first: int  # number of their first path: part of every draw's counter
    size: int  # number of paths


class PathScratch(NamedTuple):
    """One place a path of the block."""

    rate: Floats
    win: Floats  # the path's win rate
    won: Floats  # the same under the market of the cell at hand
    mean: Floats
    piece: Floats
    term: Floats
    rest: Floats
    cycle: Singles
    size: Singles
    factors: Tables  # of cycles, and of sizes under the market of the cell at hand: see pack
    counts: Indices
    words: Words  # [4, block] of four parameters, or of four cells' counts
    cycle_word: Words
    lost_word: Words


class DealScratch(NamedTuple):
    """One place a deal of the chunk."""

    words: Words  # [4, chunk]
    cell: Indices
    fraction: Singles
    lines: Tables
    factors: Tables  # of each deal's path
    length: Singles
    closing: Singles
    cents: Floats
    survival: Floats
    stays: Floats
    slot: Slots


@room
def make_path_scratch(n: int) -> PathScratch:
    """Make arrays for ``n`` paths."""
    return PathScratch(
        np.empty(n, np.float64),
        np.empty(n, np.float64),
        np.empty(n, np.float64),
        np.empty(n, np.float64),
        np.empty(n, np.float64),
        np.empty(n, np.float64),
        np.empty(n, np.float64),
        np.empty(n, np.float32),
        np.empty(n, np.float32),
        np.empty(n, np.uint64),
        np.empty(n, np.uint32),
        np.empty((4, n), np.uint32),
        np.empty(n, np.uint32),
        np.empty(n, np.uint32),
    )


@room
def make_deal_scratch(n: int) -> DealScratch:
    """Make arrays for ``n`` deals."""
    return DealScratch(
        np.empty((4, n), np.uint32),
        np.empty(n, np.uint32),
        np.empty(n, np.float32),
        np.empty(n, np.uint64),
        np.empty(n, np.uint64),
        np.empty(n, np.float32),
        np.empty(n, np.float32),
        np.empty(n, np.float64),
        np.empty(n, np.float64),
        np.empty(n, np.float64),
        np.empty(n, np.int32),
    )
