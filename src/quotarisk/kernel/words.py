"""Random words for who draws outside the kernel."""

from __future__ import annotations

import numpy as np

from quotarisk.kernel.arrays import Words
from quotarisk.kernel.bits import NONE, draw_by_path
from quotarisk.kernel.compiling import SOURCES, entry


@entry
def draw_words(
    first: int,
    count: int,
    block: int,
    purpose: np.int64,
    key: np.uint64,
    words: Words,
    sources: int = SOURCES,  # noqa: ARG001 - part of the cached signature, see compiling.py
) -> None:
    """Fill four rows of words for paths ``first`` to ``first + count``.

    Parameters
    ----------
    block, purpose
        The counter's first and third word.
    key
        From `stream_key`.
    words
        ``[4, count]``, overwritten.
    """
    draw_by_path(first, count, block, purpose, NONE, key, words)
