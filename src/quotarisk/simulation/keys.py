"""Keys of random streams: who draws, and under which seed."""

from __future__ import annotations

import hashlib
import json

import numpy as np


def stream_key(seed: int, *names: str) -> np.uint64:
    """Which 64-bit key do these names draw under?

    A pure function of the seed and the names, so that adding a rep, a segment or a deal
    changes nobody else's draws.

    Examples
    --------
    >>> stream_key(7, "rep", "Ana") == stream_key(7, "rep", "Ana") != stream_key(8, "rep", "Ana")
    True
    """
    told = json.dumps([seed, *names]).encode()
    return np.uint64(int.from_bytes(hashlib.blake2b(told, digest_size=8).digest(), "little"))
