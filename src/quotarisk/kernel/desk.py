"""Small arrays of a rep's working time, for a block of paths, made once a call.

They lie in groups by purpose: a stage is told the few groups that it works on. Rows of segments
have ``stride = 2**bits`` places, so that a place tells its segment and its path.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from quotarisk.kernel.arrays import Bytes, Floats, Indices, Ints, Singles, Tables, Words

DRAWN_TOGETHER = 8  # lists are drawn in whole parts of so many, beyond their end


class Traits(NamedTuple):
    """What each path's rep is like."""

    win: Floats  # [segments x stride] win rate
    won: Floats  # [segments x stride] the same under the market of the step
    size: Singles  # [segments x stride] factor of sizes
    amount: Singles  # [segments x stride] the same under the market of the step
    pace: Singles  # [2 segments x stride] factor of won cycles by segment, then of lost ones
    cycle_word: Words  # [2 segments x stride] of the factors
    made: Floats  # [segments x stride] opportunities an hour of prospecting
    inbound: Floats  # [segments x stride] opportunities a week without


class Streams(NamedTuple):
    """How far each segment's opportunities have come. All ``[segments x stride]``."""

    made: Floats  # an hour of prospecting in the era
    inbound: Floats  # a week in the era
    then: Floats  # opportunities that were expected up to the step
    now: Floats  # and up to its end
    due: Floats  # when the next one comes, in these
    number: Indices  # of the last one that came
    is_due: Bytes  # whether the next one comes in the step


class Hours(NamedTuple):
    """What a week's hours go to. All ``[stride]``."""

    pull: Floats  # effort that comes with an hour of prospecting
    push: Floats  # effort that comes in a week without
    spent: Floats  # hours on deals in the step
    owed: Floats  # hours that deals got before the step and that are not yet spent
    speed: Floats  # in the step
    begun: Ints  # load at the step's begin
    made: Floats  # hours of prospecting in the step, times the creation's factor
    inbound: Floats  # weeks of the step, times the creation's factor
    busy: Floats  # hours on deals in the month
    free: Floats  # hours of prospecting in the month
    created: Ints  # opportunities up to the month, since its era began


class Opps(NamedTuple):
    """Opportunities that come in a step, a place each."""

    place: Indices  # segment and path
    due: Indices  # places where the next opportunity is due in the step
    number: Indices
    key: Words  # [2, opps] lower and upper half: all in words, the draws vectorise best
    when: Floats  # expected number at which it comes; then the share of the step passed
    words: Words  # [4, opps]


class Deals(NamedTuple):
    """Deals that are put where they will close, a place each."""

    path: Indices
    row: Indices  # of the cycle: segment where won, segments + segment where not
    clock: Indices
    ends: Floats  # on the virtual clock
    efforts: Ints
    bins: Ints
    amount: Singles  # factor of the size
    cents: Floats


class Lookup(NamedTuple):
    """From words to values, a place each."""

    cell: Indices
    fraction: Singles
    lines: Tables
    value: Singles


class Desk(NamedTuple):
    """All of it."""

    bits: int  # of a path in a place
    traits: Traits
    streams: Streams
    hours: Hours
    opps: Opps
    deals: Deals
    lookup: Lookup


def _make_traits(n: int) -> Traits:
    return Traits(
        np.empty(n, np.float64),
        np.empty(n, np.float64),
        np.empty(n, np.float32),
        np.empty(n, np.float32),
        np.empty(2 * n, np.float32),
        np.empty(2 * n, np.uint32),
        np.empty(n, np.float64),
        np.empty(n, np.float64),
    )


def _make_streams(n: int) -> Streams:
    return Streams(
        np.empty(n, np.float64),
        np.empty(n, np.float64),
        np.empty(n, np.float64),
        np.empty(n, np.float64),
        np.empty(n, np.float64),
        np.empty(n, np.uint32),
        np.empty(n, np.uint8),
    )


def _make_hours(n: int) -> Hours:
    return Hours(
        np.empty(n, np.float64),
        np.empty(n, np.float64),
        np.empty(n, np.float64),
        np.empty(n, np.float64),
        np.empty(n, np.float64),
        np.empty(n, np.int64),
        np.empty(n, np.float64),
        np.empty(n, np.float64),
        np.empty(n, np.float64),
        np.empty(n, np.float64),
        np.empty(n, np.int64),
    )


def _make_opps(n: int) -> Opps:
    return Opps(
        np.zeros(n, np.uint32),
        np.empty(n, np.uint32),
        np.zeros(n, np.uint32),
        np.zeros((2, n), np.uint32),
        np.empty(n, np.float64),
        np.empty((4, n), np.uint32),
    )


def _make_deals(n: int) -> Deals:
    return Deals(
        np.empty(n, np.uint32),
        np.empty(n, np.uint32),
        np.empty(n, np.uint32),
        np.empty(n, np.float64),
        np.empty(n, np.int64),
        np.empty(n, np.int64),
        np.empty(n, np.float32),
        np.empty(n, np.float64),
    )


def _make_lookup(n: int) -> Lookup:
    return Lookup(
        np.empty(n, np.uint32),
        np.empty(n, np.float32),
        np.empty(n, np.uint64),
        np.empty(n, np.float32),
    )


def make_desk(segments: int, bits: int, opps: int) -> Desk:
    """Make arrays for a block of ``2**bits`` paths and so many opportunities at a time."""
    stride = 1 << bits
    n = opps + DRAWN_TOGETHER
    return Desk(
        bits,
        _make_traits(segments * stride),
        _make_streams(segments * stride),
        _make_hours(stride),
        _make_opps(n),
        _make_deals(n),
        _make_lookup(n),
    )
