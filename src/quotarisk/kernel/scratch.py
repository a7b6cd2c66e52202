"""Small arrays that a block of paths and a chunk of deals pass through, made once a call."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from quotarisk.kernel.arrays import Floats, Indices, Ints, Singles, Slots, Words
from quotarisk.kernel.compiling import stage


class Block(NamedTuple):
    """The paths that pass through the stages together."""

    begin: int  # column of the bookings at which they begin
    first: int  # number of their first path: part of every draw's counter
    size: int  # number of paths


class DealList(NamedTuple):
    """The won deals of a block: each one's path within the block, and its number there."""

    paths: Indices
    deals: Indices


class PathScratch(NamedTuple):
    """One place a path of the block."""

    rate: Floats
    win: Floats  # the path's win rate
    won: Floats  # the same under the market of the cell at hand
    size: Singles
    scale: Singles  # size factor under the market of the cell at hand
    cycle: Singles
    mean: Floats
    piece: Floats
    term: Floats
    rest: Floats
    rounded: Floats
    power: Ints
    counts: Ints
    words: Words  # [4, block] of four parameters, or of four cells' counts
    cycle_word: Words
    lost_word: Words
    lost: Floats


class DealScratch(NamedTuple):
    """One place a deal of the chunk."""

    w0: Words
    w1: Words
    w2: Words
    w3: Words
    distance: Singles
    cell: Indices
    fraction: Singles
    lines: Words
    arrival: Singles
    length: Singles
    amount: Singles
    slot: Slots
    cents: Floats
    survival: Floats


@stage
def make_path_scratch(n: int) -> PathScratch:
    """Make arrays for ``n`` paths."""
    return PathScratch(
        np.empty(n, np.float64),
        np.empty(n, np.float64),
        np.empty(n, np.float64),
        np.empty(n, np.float32),
        np.empty(n, np.float32),
        np.empty(n, np.float32),
        np.empty(n, np.float64),
        np.empty(n, np.float64),
        np.empty(n, np.float64),
        np.empty(n, np.float64),
        np.empty(n, np.float64),
        np.empty(n, np.int64),
        np.empty(n, np.int64),
        np.empty((4, n), np.uint64),
        np.empty(n, np.uint64),
        np.empty(n, np.uint64),
        np.empty(n, np.float64),
    )


@stage
def make_deal_scratch(n: int) -> DealScratch:
    """Make arrays for ``n`` deals."""
    return DealScratch(
        np.empty(n, np.uint64),
        np.empty(n, np.uint64),
        np.empty(n, np.uint64),
        np.empty(n, np.uint64),
        np.empty(n, np.float32),
        np.empty(n, np.uint32),
        np.empty(n, np.float32),
        np.empty(n, np.uint64),
        np.empty(n, np.float32),
        np.empty(n, np.float32),
        np.empty(n, np.float32),
        np.empty(n, np.int32),
        np.empty(n, np.float64),
        np.empty(n, np.float64),
    )
