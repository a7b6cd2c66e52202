"""Random numbers of a fit: a pure function of the seed, of what is drawn and of its place."""

from __future__ import annotations

import hashlib
import json
from typing import Any, cast

import numpy as np

from quotarisk.kernel.arrays import Floats
from quotarisk.kernel.bits import PARAMETERS, philox

_WORDS = 4  # that one block of the generator gives
_HALF = 32
_LOW = 0xFFFFFFFF

# The kernel's formulas as numpy sees them: whole arrays at once, nothing to compile.
_philox = cast("Any", philox).py_func
_ONE = 1.0 / 4294967296.0


def draw_shares(seed: int, *names: str, draws: int, count: int) -> Floats:
    """Which probabilities, neither 0 nor 1, does each draw of each thing get?

    Philox4x32-10 with a key made from the seed and the names, and a counter made from the
    thing and the draw: more draws, or more things, change no one else's.

    Returns
    -------
    Floats
        ``[draws, count]`` independent and uniform.

    Examples
    --------
    >>> few = draw_shares(7, "rep", draws=2, count=3)
    >>> bool((few == draw_shares(7, "rep", draws=5, count=4)[:2, :3]).all())
    True
    """
    told = json.dumps([seed, *names]).encode()
    key = int.from_bytes(hashlib.blake2b(told, digest_size=8).digest(), "little")
    blocks = -(-draws // _WORDS)
    block, thing = np.indices((blocks, count), dtype=np.uint64)
    same = np.zeros_like(block)
    low, high = np.full_like(block, key & _LOW), np.full_like(block, key >> _HALF)
    purpose = np.full_like(block, PARAMETERS)
    words = np.stack(_philox(thing, block, purpose, same, low, high)) & np.uint64(_LOW)
    shares = (words.astype(np.float64) + 0.5) * _ONE
    return shares.transpose(1, 0, 2).reshape(blocks * _WORDS, count)[:draws]
