"""Memory has a bound whatever is asked."""

from __future__ import annotations

import pytest

from quotarisk.simulation.passes import MOST_BYTES, at_once, in_pieces


def test_at_once() -> None:
    """As many as fit, and one where not even that does."""
    assert MOST_BYTES // (8 * 17 * 20_000) == at_once(17, 20_000)
    assert at_once(17, 20_000) * 17 * 20_000 * 8 <= MOST_BYTES
    assert 1 == at_once(1_000, 10_000_000)
    assert at_once(0, 10) == at_once(1, 10)


@pytest.mark.parametrize("length", range(9))
@pytest.mark.parametrize("most", [1, 2, 5])
def test_pieces(length: int, most: int) -> None:
    """Are all of it, in order, and none is too long; of nothing there is one."""
    pieces = list(in_pieces(range(length), most))
    assert list(range(length)) == [each for piece in pieces for each in piece]
    assert max(map(len, pieces)) <= most
    assert max(-(-length // most), 1) == len(pieces)
