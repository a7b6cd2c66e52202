from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quotarisk.analysis.order_grid import keep_order, points_of


@given(amounts=st.lists(st.integers(0, 30), min_size=2, max_size=40), quota=st.integers(1, 31))
@settings(max_examples=200, deadline=None)
def test_all_kept(amounts: list[int], quota: int) -> None:
    """With all amounts kept a chance is the share of the paths, ties included."""
    ordered = np.sort(np.array(amounts, dtype=np.float64))
    grid = keep_order(ordered, len(ordered))
    assert np.mean(ordered >= quota) == pytest.approx(grid.chance(quota), abs=1e-12)


@given(share=st.floats(0.05, 1.0))
@settings(max_examples=100, deadline=None)
def test_quota_of_a_chance(share: float) -> None:
    """Between two paths it is interpolated, so its chance is off by less than one path."""
    ordered = np.sort(np.random.default_rng(3).gamma(0.5, 1e6, 20))
    grid = keep_order(ordered, 20)
    assert abs(grid.chance(grid.quota(share)) - share) <= 1 / 20


def test_thinned() -> None:
    """With some of the amounts, chances are off by less than the distance of what is kept."""
    ordered = np.sort(np.random.default_rng(3).gamma(0.5, 1e6, 50_000))
    grid, whole = keep_order(ordered, 2_001), keep_order(ordered, 50_000)
    for quota in np.quantile(ordered, np.linspace(0, 1, 37)).tolist():
        assert abs(grid.chance(quota) - whole.chance(quota)) < 1 / 2_000
    assert grid.amounts[[0, -1]].tolist() == ordered[[0, -1]].tolist()
    coarse = keep_order(ordered, 11)  # the control
    assert abs(coarse.chance(1e5) - whole.chance(1e5)) > 1 / 2_000


def test_memory_is_bounded() -> None:
    """64 MB for all, or 16 KB for each where there are very many."""
    assert 20_000 == points_of(20_000, 400)
    assert 8_000_000 >= 1_000 * points_of(20_000, 1_000)
    assert 2_001 == points_of(1_000_000, 10_000)
