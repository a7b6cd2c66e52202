from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quotarisk.analysis.order_statistics import (
    amounts_at,
    common_amount,
    count_hits,
    hits_of,
    ranks_of,
)

SEEDS = 200


@given(share=st.floats(0.01, 0.99), paths=st.integers(2, 5_000))
@settings(max_examples=60, deadline=None)
def test_ranks(share: float, paths: int) -> None:
    """The quota is the largest that enough paths reach, and lies in its interval."""
    at, few, many = ranks_of(share, paths)
    assert at / paths >= share - 1e-9 > (at - 1) / paths - 1e-9
    assert 0 <= few <= at <= many <= paths + 1


@given(
    amounts=st.lists(
        st.lists(st.integers(-50, 400), min_size=7, max_size=7), min_size=1, max_size=4
    ),
    hits=st.integers(-1, 30),
)
@settings(max_examples=200, deadline=None)
def test_common_amount(amounts: list[list[int]], hits: int) -> None:
    """The k-th largest of all amounts together, as if they were sorted."""
    ordered = np.sort(np.array(amounts, dtype=np.float64), axis=1)
    rows = np.arange(len(amounts), dtype=np.int64)
    pooled = np.sort(ordered, axis=None)[::-1]
    found = common_amount(ordered, rows, hits)
    if 1 <= hits <= pooled.size:
        assert pooled[hits - 1] == found
    else:
        assert math.isnan(found)


def test_hits() -> None:
    """Reaching a quota is hitting it; without a quota there is nothing to hit."""
    booked = np.array([[5.0, 1.0, 3.0], [0.0, 0.0, 9.0]])
    ordered = np.sort(booked, axis=1)
    np.testing.assert_array_equal([2.0, np.nan], hits_of(ordered, np.array([3.0, np.nan])))
    both = np.arange(2, dtype=np.int64)
    np.testing.assert_array_equal([1, 0, 2], count_hits(booked, both, np.array([3.0, 9.0])))
    np.testing.assert_array_equal([5.0, 9.0], amounts_at(ordered, 1))
    assert np.isnan(amounts_at(ordered, 0)).all()
    assert np.isnan(amounts_at(ordered, 4)).all()


@pytest.mark.parametrize("atoms", [False, True])
@pytest.mark.parametrize("share", [0.1, 0.6, 0.9])
def test_intervals_hold(share: float, atoms: bool) -> None:
    """In 95 of 100 samples at least, and little more; an interval half as wide does not."""
    paths, held, half = 400, 0, 0
    ranks = ranks_of(share, paths)
    draws = np.random.default_rng(5)
    # amounts k / 10 of an exponential law, or continuous: its quantile is known
    grid = 10.0 if atoms else 1e9
    true = math.floor(-math.log(share) * grid)
    for _ in range(SEEDS):
        amounts = np.sort(np.floor(draws.exponential(size=(1, paths)) * grid), axis=1)
        low, at, high = (
            float(amounts_at(amounts, place)[0]) for place in (ranks.many, ranks.at, ranks.few)
        )
        held += low <= true <= high
        half += at - (at - low) / 2 <= true <= at + (high - at) / 2
    error = 4 * math.sqrt(0.95 * 0.05 / SEEDS)
    assert held / SEEDS > 0.95 - error
    if not atoms:
        assert held / SEEDS < 0.96 + error
        assert half / SEEDS < 0.95 - error
