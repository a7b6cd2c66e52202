"""Random bits as a pure function of a key and a counter: Philox4x32-10.

Salmon, Moraes, Dror and Shaw, *Parallel random numbers: as easy as 1, 2, 3*, SC11,
doi:10.1145/2063384.2063405. Every word travels as a uint64 below 2**32: multiplication,
shift and exclusive or of 64-bit lanes is what the vector units have.

The counter says what a block of four words is for: (deal or piece, path, purpose, cell).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import uint64, uintp

from quotarisk.kernel.arrays import Indices, Words
from quotarisk.kernel.compiling import formula, stage

# What a block of words is for: the third word of the counter. As numpy's integers, or numba
# would compile a stage anew for each of these values.
COUNTS, DEALS, PARAMETERS, START, OPEN, MARKET = (np.int64(purpose) for purpose in range(6))
NONE = np.int64(0)  # where a part of the counter says nothing

_MASK = np.uint64(0xFFFFFFFF)
_HALF = np.uint64(32)
_M0 = np.uint64(0xD2511F53)
_M1 = np.uint64(0xCD9E8D57)
_W0 = np.uint64(0x9E3779B9)
_W1 = np.uint64(0xBB67AE85)


@formula
def philox(c0: Any, c1: Any, c2: Any, c3: Any, k0: Any, k1: Any) -> tuple[Any, Any, Any, Any]:
    """Four random words (uint64 below 2**32) for a counter and a key of 32-bit words."""
    for _ in range(10):
        p0 = c0 * _M0
        p1 = c2 * _M1
        c0 = (p1 >> _HALF) ^ c1 ^ k0
        c2 = (p0 >> _HALF) ^ c3 ^ k1
        c1 = p1 & _MASK
        c3 = p0 & _MASK
        k0 = (k0 + _W0) & _MASK
        k1 = (k1 + _W1) & _MASK
    return c0, c1, c2, c3


@stage
def draw_by_path(
    first: int,
    count: int,
    c0: int,
    purpose: int,
    cell: int,
    key: np.uint64,
    w0: Words,
    w1: Words,
    w2: Words,
    w3: Words,
) -> None:
    """Fill four arrays of words for paths ``first`` to ``first + count``."""
    k0, k1 = key & _MASK, key >> _HALF
    for i in range(uintp(count)):
        w0[i], w1[i], w2[i], w3[i] = philox(
            uint64(c0), uint64(first) + uint64(i), uint64(purpose), uint64(cell), k0, k1
        )


@stage
def draw_by_deal(
    first: int,
    paths: Indices,
    deals: Indices,
    start: int,
    count: int,
    purpose: int,
    cell: int,
    key: np.uint64,
    w0: Words,
    w1: Words,
    w2: Words,
    w3: Words,
) -> None:
    """Fill four arrays of words for the deals ``start`` to ``start + count`` of a list.

    ``paths`` holds each deal's path within the block that begins at path ``first``, ``deals``
    its number on that path.
    """
    k0, k1 = key & _MASK, key >> _HALF
    here, number = paths[start : start + count], deals[start : start + count]
    for i in range(uintp(count)):
        w0[i], w1[i], w2[i], w3[i] = philox(
            uint64(number[i]),
            uint64(first) + uint64(here[i]),
            uint64(purpose),
            uint64(cell),
            k0,
            k1,
        )
