"""Poisson counts with a mean for each path, and the list of deals that they make.

Counts come by inversion of one uniform, so under the same words a count never falls when
its mean rises. `exp` is the kernel's own: the same bits on every processor.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import float64, int64, uint32, uintp

from quotarisk.kernel.arrays import Floats, Indices, Ints, Words
from quotarisk.kernel.compiling import stage

MOST_MEAN = 64.0  # above it a count is a sum of pieces, each with its own word
_STEPS = 4
_RECIPROCALS = 1.0 / np.maximum(np.arange(4096.0), 1.0)

_ROUND = 6755399441055744.0  # 1.5 * 2**52: adding it rounds to a whole number
_LOG2E = 1.4426950408889634
_LN2_HIGH = 0.6931471803691238
_LN2_LOW = 1.9082149292705877e-10


@stage
def exp(x: Floats, count: int, rounded: Floats, power: Ints) -> None:
    """Replace ``x`` by its exponential, for -700 < x < 700.

    Range reduction to ``r = x - n ln 2`` (Cody and Waite), a Taylor polynomial of degree 10
    in ``r`` and the exponent's bits; relative error below 1e-12. ``rounded`` (float64) and
    ``power`` (int64) are scratch.
    """
    for i in range(uintp(count)):
        k = x[i] * _LOG2E + _ROUND
        rounded[i] = k
        n = k - _ROUND
        r = (x[i] - n * _LN2_HIGH) - n * _LN2_LOW
        p = 1.0 / 3628800.0
        p = p * r + 1.0 / 362880.0
        p = p * r + 1.0 / 40320.0
        p = p * r + 1.0 / 5040.0
        p = p * r + 1.0 / 720.0
        p = p * r + 1.0 / 120.0
        p = p * r + 1.0 / 24.0
        p = p * r + 1.0 / 6.0
        p = p * r + 0.5
        p = p * r + 1.0
        x[i] = p * r + 1.0
    bits = rounded.view(np.int64)
    for i in range(uintp(count)):
        power[i] = (bits[i] + int64(1023)) << int64(52)
    scale = power.view(np.float64)
    for i in range(uintp(count)):
        x[i] *= scale[i]


@stage
def add_poisson(
    mean: Floats,
    words: Words,
    count: int,
    counts: Ints,
    term: Floats,
    rest: Floats,
    rounded: Floats,
    power: Ints,
) -> None:
    """Add to ``counts`` a Poisson number with each path's mean, at most `MOST_MEAN`.

    ``term``, ``rest``, ``rounded`` (float64) and ``power`` (int64) are scratch.
    """
    for i in range(uintp(count)):
        term[i] = -mean[i]
    exp(term, count, rounded, power)
    for i in range(uintp(count)):
        rest[i] = (float64(words[i]) + 0.5) * (1.0 / 4294967296.0) - term[i]
    k = 1
    left = 1
    while left > 0 and k < 4088:
        r1, r2, r3, r4 = (
            _RECIPROCALS[k],
            _RECIPROCALS[k + 1],
            _RECIPROCALS[k + 2],
            _RECIPROCALS[k + 3],
        )
        left = 0
        for i in range(uintp(count)):
            m, t, r = mean[i], term[i], rest[i]
            c = int64(r > 0.0)
            t *= m * r1
            r -= t
            c += int64(r > 0.0)
            t *= m * r2
            r -= t
            c += int64(r > 0.0)
            t *= m * r3
            r -= t
            c += int64(r > 0.0)
            t *= m * r4
            r -= t
            term[i] = t
            rest[i] = r
            counts[i] += c
            left += int64(r > 0.0)
        k += _STEPS


@stage
def spread(counts: Ints, count: int, paths: Indices, deals: Indices) -> Any:
    """List the deals of a block: all paths' first deals, then all second ones, and so on.

    In this order neighbours lie on different paths, and no branch depends on a count.
    ``paths`` and ``deals`` (uint32) need one place more than there are deals. Returns the
    number of deals.
    """
    end = uintp(0)
    for p in range(uintp(count)):
        paths[end] = uint32(p)
        deals[end] = uint32(0)
        end += uintp(counts[p] > 0)
    begin, level = uintp(0), uint32(1)
    while begin < end:
        free = end
        for i in range(begin, end):
            p = paths[i]
            paths[free] = p
            deals[free] = level
            free += uintp(counts[uintp(p)] > int64(level))
        begin, end = end, free
        level = uint32(level + uint32(1))
    return int64(end)
