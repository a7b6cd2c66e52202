"""Random bits as a pure function of a key and a counter: Philox4x32-10.

Salmon, Moraes, Dror and Shaw, *Parallel random numbers: as easy as 1, 2, 3*, SC11,
doi:10.1145/2063384.2063405. Words are multiplied, shifted and mixed in 64-bit lanes, which is
what the vector units have, and stored as uint32.

The counter says what a block of four words is for: (deal or piece, path, purpose, cell).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import float64, uint32, uint64, uintp

from quotarisk.kernel.arrays import Indices, Words
from quotarisk.kernel.compiling import formula, stage

# What a block of words is for: the third word of the counter. As numpy's integers, or numba
# would compile a stage anew for each of these values.
COUNTS, DEALS, PARAMETERS, START, OPEN, MARKET, HISTORY, MADE, INBOUND = map(np.int64, range(9))
NONE = np.int64(0)  # where a part of the counter says nothing

_MASK = np.uint64(0xFFFFFFFF)
_HALF = np.uint64(32)
_M0 = np.uint64(0xD2511F53)
_M1 = np.uint64(0xCD9E8D57)
_W0 = np.uint64(0x9E3779B9)
_W1 = np.uint64(0xBB67AE85)


@formula
def philox(c0: Any, c1: Any, c2: Any, c3: Any, k0: Any, k1: Any) -> tuple[Any, Any, Any, Any]:
    """Four random words (the lower halves of uint64) for a counter and a key of 32-bit words.

    Upper halves may hold anything: a multiplication takes lower halves only, and nothing else
    carries upper bits down.
    """
    for _ in range(10):
        p0 = (c0 & _MASK) * _M0
        p1 = (c2 & _MASK) * _M1
        c0 = (p1 >> _HALF) ^ c1 ^ k0
        c2 = (p0 >> _HALF) ^ c3 ^ k1
        c1 = p1
        c3 = p0
        k0 = k0 + _W0
        k1 = k1 + _W1
    return c0, c1, c2, c3


@formula
def share_of(word: Any) -> Any:
    """The probability, neither 0 nor 1, that a word stands for (float64)."""
    return (float64(word) + 0.5) * (1.0 / 4294967296.0)


@stage
def draw_by_path(
    first: int, count: int, c0: int, purpose: int, cell: int, key: np.uint64, words: Words
) -> None:
    """Fill four rows of words for paths ``first`` to ``first + count``."""
    k0, k1 = key & _MASK, key >> _HALF
    w0, w1, w2, w3 = words[0], words[1], words[2], words[3]
    for i in range(uintp(count)):
        a, b, c, d = philox(
            uint64(c0), uint64(first) + uint64(i), uint64(purpose), uint64(cell), k0, k1
        )
        w0[i], w1[i], w2[i], w3[i] = uint32(a), uint32(b), uint32(c), uint32(d)


@stage
def draw_by_deal(
    first: int,
    paths: Indices,
    deals: Indices,
    count: int,
    purpose: int,
    cell: int,
    key: np.uint64,
    words: Words,
) -> None:
    """Fill four rows of words for the first ``count`` deals of a list.

    ``paths`` holds each deal's path within the block that begins at path ``first``, ``deals``
    its number on that path.
    """
    k0, k1 = key & _MASK, key >> _HALF
    w0, w1, w2, w3 = words[0], words[1], words[2], words[3]
    for i in range(uintp(count)):
        a, b, c, d = philox(
            uint64(deals[i]),
            uint64(first) + uint64(paths[i]),
            uint64(purpose),
            uint64(cell),
            k0,
            k1,
        )
        w0[i], w1[i], w2[i], w3[i] = uint32(a), uint32(b), uint32(c), uint32(d)
