"""Random bits: the published generator, and nothing but a function of key and counter."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quotarisk.kernel.arrays import Words
from quotarisk.kernel.bits import DEALS, OPEN, draw_by_deal, draw_by_path
from quotarisk.kernel.bits import philox as kernel_philox
from quotarisk.kernel.compiling import stage
from tests.simulation.twin import Block, Counter, philox

WORD = st.integers(0, 2**32 - 1)
KNOWN = [  # Philox4x32-10 in kat_vectors of Random123: counter, key, words
    ("00000000 00000000 00000000 00000000", "00000000 00000000",
     "6627e8d5 e169c58d bc57ac4c 9b00dbd8"),
    ("ffffffff ffffffff ffffffff ffffffff", "ffffffff ffffffff",
     "408f276d 41c83b0e a20bc7c6 6d5451fd"),
    ("243f6a88 85a308d3 13198a2e 03707344", "a4093822 299f31d0",
     "d16cfe09 94fdcceb 5001e420 24126ea1"),
]  # fmt: skip


@stage
def _words(c, key, out):  # type: ignore[no-untyped-def]
    half = np.uint64(32)
    out[0], out[1], out[2], out[3] = kernel_philox(
        c[0], c[1], c[2], c[3], key & np.uint64(0xFFFFFFFF), key >> half
    )
    for place in range(4):
        out[place] &= np.uint64(0xFFFFFFFF)


def _draw(counter: Counter, key: int) -> Block:
    out = np.empty(4, np.uint64)
    _words(np.array(counter, np.uint64), np.uint64(key), out)
    a, b, c, d = out.tolist()
    return a, b, c, d


def _four(count: int) -> Words:
    return np.zeros((4, count), np.uint32)


@pytest.mark.parametrize(("counter", "key", "words"), KNOWN)
def test_known_answers(counter: str, key: str, words: str) -> None:
    """The generator gives the words that its authors publish."""
    a, b, c, d = (int(word, 16) for word in counter.split())
    low, high = (int(word, 16) for word in key.split())
    expected = tuple(int(word, 16) for word in words.split())
    assert expected == _draw((a, b, c, d), low + (high << 32))


@settings(derandomize=True, database=None, deadline=None, max_examples=300)
@given(st.tuples(WORD, WORD, WORD, WORD), st.integers(0, 2**64 - 1))
def test_against_plain_integers(counter: Counter, key: int) -> None:
    """For any counter and key the words are those of plain integer arithmetic."""
    assert philox(counter, key) == _draw(counter, key)


def test_one_changed_bit_changes_all_words() -> None:
    """Neighbouring counters and keys have nothing in common."""
    base = philox((1, 2, 3, 4), 5)
    others = [philox((0, 2, 3, 4), 5), philox((1, 2, 3, 5), 5), philox((1, 2, 3, 4), 4)]
    assert all(a != b for other in others for a, b in zip(base, other, strict=True))


@pytest.mark.parametrize("key", [0, 2**64 - 1, 0x0123456789ABCDEF])
def test_draw_by_path(key: int) -> None:
    """Words by path are the generator's at (number, path, purpose, cell)."""
    words = _four(8)
    draw_by_path(2**32 - 9, 7, 3, OPEN, 8108, np.uint64(key), words)
    expected = [philox((3, 2**32 - 9 + i, OPEN, 8108), key) for i in range(7)]
    assert [*expected, (0, 0, 0, 0)] == list(zip(*words.tolist(), strict=True))


def test_draw_by_deal() -> None:
    """Words by deal are the generator's at (deal, path, purpose, cell), from the list."""
    words = _four(4)
    paths = np.array([0, 1, 4, 5, 9, 9, 9], np.uint32)
    deals = np.array([0, 0, 0, 1, 1, 2, 70_000], np.uint32)
    key = 0xFEDCBA9876543210
    draw_by_deal(100, paths[2:], deals[2:], 4, DEALS, 8, np.uint64(key), words)
    listed = list(zip(paths.tolist(), deals.tolist(), strict=True))[2:6]
    expected = [philox((deal, 100 + path, DEALS, 8), key) for path, deal in listed]
    assert expected == list(zip(*words.tolist(), strict=True))
