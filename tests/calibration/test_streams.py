"""Random numbers of a fit: a pure function of seed, name, thing and draw."""

from __future__ import annotations

import hashlib

import numpy as np

from quotarisk.calibration.streams import draw_shares
from quotarisk.kernel.bits import NONE, PARAMETERS, draw_by_path


def test_pure() -> None:
    """The same seed and names give the same numbers, others give others."""
    shares = draw_shares(7, "rep", "won", draws=5, count=3)
    assert (5, 3) == shares.shape
    assert (shares == draw_shares(7, "rep", "won", draws=5, count=3)).all()
    for seed, names in [(8, ("rep", "won")), (7, ("rep", "lost")), (7, ("repwon",))]:
        assert not (shares == draw_shares(seed, *names, draws=5, count=3)).any()


def test_more_change_no_one_else() -> None:
    """More draws or more things leave the others as they are."""
    few = draw_shares(7, "rep", draws=5, count=3)
    assert (few == draw_shares(7, "rep", draws=64, count=9)[:5, :3]).all()


def test_uniform() -> None:
    """Ten equal bins hold a tenth each, within 4 standard errors; so do pairs of neighbours."""
    shares = draw_shares(3, "x", draws=400, count=250)
    assert shares.min() > 0.0
    assert shares.max() < 1.0
    error = 4 * np.sqrt(0.1 * 0.9 / shares.size)
    counts = np.histogram(shares, bins=10, range=(0, 1))[0] / shares.size
    assert (np.abs(counts - 0.1) < error).all()
    for a, b in [(shares[1:], shares[:-1]), (shares[:, 1:], shares[:, :-1])]:
        r = float(np.corrcoef(a.ravel(), b.ravel())[0, 1])
        assert abs(r) < 4 / np.sqrt(a.size)


def test_as_the_kernel_draws() -> None:
    """The words are those that the kernel's compiled generator gives for the same counter."""
    key = int.from_bytes(hashlib.blake2b(b'[7, "rep"]', digest_size=8).digest(), "little")
    words = np.empty((4, 3), np.uint32)
    draw_by_path(0, 3, 2, PARAMETERS, NONE, np.uint64(key), words)
    expected = (words.T.ravel() + 0.5) / 2**32
    assert (expected == draw_shares(7, "rep", draws=12, count=3)[:, 2]).all()


def test_nothing_to_draw() -> None:
    """No draws and no things are empty tables."""
    assert (0, 3) == draw_shares(1, "x", draws=0, count=3).shape
    assert (4, 0) == draw_shares(1, "x", draws=4, count=0).shape
