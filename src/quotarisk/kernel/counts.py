"""Poisson counts with a mean for each path, and the list of deals that they make.

Counts come by inversion of one uniform, so under the same words a count never falls when
its mean rises. `exp` is the kernel's own: the same bits on every processor.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import int64, uint32, uintp

from quotarisk.kernel.arrays import Floats, Indices, Words
from quotarisk.kernel.bits import share_of
from quotarisk.kernel.casts import bits_of_double, double_of_bits
from quotarisk.kernel.compiling import formula, stage

MOST_MEAN = 64.0  # above it a count is a sum of pieces, each with its own word
_STEPS = 4
_TOGETHER = 128  # paths
_RECIPROCALS = 1.0 / np.maximum(np.arange(4096.0), 1.0)

_ROUND = 6755399441055744.0  # 1.5 * 2**52: adding it rounds to a whole number
_LOG2E = 1.4426950408889634
_LN2_HIGH = 0.6931471803691238
_LN2_LOW = 1.9082149292705877e-10


@formula
def exp(x: Any) -> Any:
    """The exponential function, for -700 < x < 700.

    Range reduction to ``r = x - n ln 2`` (Cody and Waite), a Taylor polynomial of degree 10
    in ``r`` and the exponent's bits; relative error below 1e-12.
    """
    k = x * _LOG2E + _ROUND
    n = k - _ROUND
    r = (x - n * _LN2_HIGH) - n * _LN2_LOW
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
    return (p * r + 1.0) * double_of_bits((bits_of_double(k) + int64(1023)) << int64(52))


@stage
def add_poisson(
    mean: Floats, words: Words, count: int, counts: Indices, term: Floats, rest: Floats
) -> None:
    """Add to ``counts`` a Poisson number with each path's mean, at most `MOST_MEAN`.

    ``term`` and ``rest`` (float64) are scratch. A few paths go together, since all of them
    wait for the one with the most deals.
    """
    for begin in range(0, count, _TOGETHER):
        size = uintp(min(_TOGETHER, count - begin))
        end = begin + _TOGETHER
        m, t, r = mean[begin:end], term[begin:end], rest[begin:end]
        w, c = words[begin:end], counts[begin:end]
        for i in range(size):
            t[i] = exp(-m[i])
            r[i] = share_of(w[i]) - t[i]
        k = 1
        left = uint32(1)
        while left > 0 and k < 4088:
            r1, r2 = _RECIPROCALS[k], _RECIPROCALS[k + 1]
            r3, r4 = _RECIPROCALS[k + 2], _RECIPROCALS[k + 3]
            left = uint32(0)
            for i in range(size):
                mu, p, q = m[i], t[i], r[i]
                n = uint32(q > 0.0)
                p *= mu * r1
                q -= p
                n = uint32(n + uint32(q > 0.0))
                p *= mu * r2
                q -= p
                n = uint32(n + uint32(q > 0.0))
                p *= mu * r3
                q -= p
                n = uint32(n + uint32(q > 0.0))
                p *= mu * r4
                q -= p
                t[i], r[i] = p, q
                c[i] = uint32(c[i] + n)
                left = uint32(left | uint32(q > 0.0))
            k += _STEPS


@stage
def spread(counts: Indices, count: int, paths: Indices, deals: Indices) -> Any:
    """List the deals of a block: all paths' first deals, then all second ones, and so on.

    In this order neighbours lie on different paths, and no branch depends on a count.
    ``paths`` and ``deals`` (uint32) need one place more than there are deals. Returns the
    number of deals.
    """
    end = uintp(0)
    for p in range(uintp(count)):
        paths[end] = uint32(p)
        end += uintp(counts[p] > uint32(0))
    begin, level = uintp(0), uint32(0)
    while begin < end:
        deals[begin:end] = level
        level = uint32(level + uint32(1))
        free = end
        for i in range(begin, end):
            p = paths[i]
            paths[free] = p
            free += uintp(counts[uintp(p)] > level)
        begin, end = end, free
    return int64(end)
