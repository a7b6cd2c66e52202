"""How much of a quota is reached, counted path by path."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from quotarisk.simulation.bands import TENTHS, count_reached
from quotarisk.simulation.batches import batch_sizes

PATHS = 500


@pytest.mark.parametrize("dtype", [np.float64, np.uint32])
def test_reached(dtype: type) -> None:
    """At each edge the paths that book so much or more, to the cent; none without a quota."""
    totals: Any = np.random.default_rng(1).integers(0, 40, (3, PATHS)).astype(dtype) * 10
    quotas = np.array([200.0, np.nan, 250.0])
    counts = count_reached(totals, quotas)
    assert (3, len(TENTHS), len(batch_sizes(PATHS))) == counts.shape
    for row, quota in ((0, 200), (2, 250)):
        expected = [
            int((10 * totals[row].astype(int) >= tenths * quota).sum()) for tenths in TENTHS
        ]
        assert expected == counts[row].sum(axis=-1).tolist()
    assert 0 == counts[1].sum()


@pytest.mark.parametrize("quota", [33.0, 7.0, 1e9 + 1])
def test_to_the_cent(quota: float) -> None:
    """What is a part of a cent short of an edge does not reach it."""
    for tenths in TENTHS:
        edge = int(np.ceil(quota * tenths / 10))
        totals = np.array([[edge - 1, edge]], dtype=np.uint32)
        assert 1 == count_reached(totals, np.array([quota]))[0, TENTHS.index(tenths)].sum()


def test_beyond_words() -> None:
    """A quota that no word of 32 bits holds is never reached by one."""
    totals = np.full((1, 10), np.iinfo(np.uint32).max, dtype=np.uint32)
    counts = count_reached(totals, np.array([8e9]))
    assert [10, 0, 0, 0] == counts[0].sum(axis=-1).tolist()
