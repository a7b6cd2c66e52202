"""Small arrays of a rep's working time, for a block of paths, made once a call."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from quotarisk.kernel.arrays import Floats, Indices, Ints, Singles, Tables, Words
from quotarisk.kernel.compiling import room


class Desk(NamedTuple):
    """What a path's rep knows and does. Rows of segments or streams have ``stride`` places.

    Streams are in the order: made and inbound of the first segment, of the second, ...
    """

    stride: int  # a power of two, so that a place tells its row and its path
    bits: int  # of a path in a place
    win: Floats  # [segments x stride] win rate
    won: Floats  # [segments x stride] the same under the market of the step
    size: Singles  # [segments x stride] factor of sizes
    amount: Singles  # [segments x stride] the same under the market of the step
    pace: Singles  # [2 segments x stride] factor of won cycles by segment, then of lost ones
    cycle_word: Words  # [2 segments x stride] of the factors
    base: Floats  # [2 segments x stride] opportunities an hour of prospecting, or a week
    rate: Floats  # [2 segments x stride] the same before day 0, or from it on
    then: Floats  # [2 segments x stride] opportunities that were expected up to the step
    now: Floats  # [2 segments x stride] and up to its end
    due: Floats  # [2 segments x stride] when the next one comes, in these
    number: Indices  # [2 segments x stride] of the last one that came
    pull: Floats  # [stride] effort that comes with an hour of prospecting
    push: Floats  # [stride] effort that comes in a week without
    spent: Floats  # [stride] hours on deals in the step
    owed: Floats  # [stride] hours that deals got before the step and that are not yet spent
    speed: Floats  # [stride] in the step
    begun: Ints  # [stride] load at the step's begin
    gains: Floats  # [2 x stride] hours of prospecting, and weeks, at the step's creation rate
    busy: Floats  # [stride] hours on deals in the month
    free: Floats  # [stride] hours of prospecting in the month
    created: Ints  # [stride] opportunities in the month


class Opps(NamedTuple):
    """Opportunities that come in a step, a place each."""

    place: Indices  # stream and path
    next_place: Indices
    number: Indices
    key: Tables
    when: Floats  # expected number at which it comes
    words: Words  # [4, opps]
    cell: Indices
    fraction: Singles
    lines: Tables
    length: Singles
    gap: Singles
    path: Indices
    row: Indices  # of the cycle: segment where won, segments + segment where not
    clock: Indices
    at: Floats  # share of the step that has passed
    ends: Floats  # on the virtual clock
    efforts: Ints
    bins: Ints
    amount: Singles  # factor of the size
    cents: Floats
    segment: Indices


@room
def make_desk(segments: int, stride: int, bits: int) -> Desk:
    """Make arrays for a block of ``stride = 2**bits`` paths."""
    n = segments * stride
    return Desk(
        stride,
        bits,
        np.empty(n, np.float64),
        np.empty(n, np.float64),
        np.empty(n, np.float32),
        np.empty(n, np.float32),
        np.empty(2 * n, np.float32),
        np.empty(2 * n, np.uint32),
        np.empty(2 * n, np.float64),
        np.empty(2 * n, np.float64),
        np.empty(2 * n, np.float64),
        np.empty(2 * n, np.float64),
        np.empty(2 * n, np.float64),
        np.empty(2 * n, np.uint32),
        np.empty(stride, np.float64),
        np.empty(stride, np.float64),
        np.empty(stride, np.float64),
        np.empty(stride, np.float64),
        np.empty(stride, np.float64),
        np.empty(stride, np.int64),
        np.empty(2 * stride, np.float64),
        np.empty(stride, np.float64),
        np.empty(stride, np.float64),
        np.empty(stride, np.int64),
    )


@room
def make_opps(n: int) -> Opps:
    """Make arrays for ``n`` opportunities."""
    return Opps(
        np.empty(n + 1, np.uint32),
        np.empty(n + 1, np.uint32),
        np.empty(n, np.uint32),
        np.empty(n, np.uint64),
        np.empty(n, np.float64),
        np.empty((4, n), np.uint32),
        np.empty(n + 1, np.uint32),
        np.empty(n, np.float32),
        np.empty(n, np.uint64),
        np.empty(n, np.float32),
        np.empty(n, np.float32),
        np.empty(n, np.uint32),
        np.empty(n, np.uint32),
        np.empty(n, np.uint32),
        np.empty(n, np.float64),
        np.empty(n, np.float64),
        np.empty(n, np.int64),
        np.empty(n, np.int64),
        np.empty(n, np.float32),
        np.empty(n, np.float64),
        np.empty(n + 1, np.uint32),
    )
