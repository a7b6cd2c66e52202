from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quotarisk.analysis.order_grid import OrderGrid, keep_order
from quotarisk.analysis.splits import (
    fair_quotas,
    fair_share,
    fair_split,
    proportional_split,
    reachable,
    round_to_plan,
)

PATHS = 500


def _grids(count: int, seed: int = 1, least: float = 0.0) -> list[OrderGrid]:
    draws = np.random.default_rng(seed)
    return [
        keep_order(np.sort(np.floor(draws.gamma(1 + n, 1e6, PATHS) + least)), PATHS)
        for n in range(count)
    ]


@given(
    count=st.integers(1, 6), seed=st.integers(0, 1000), part=st.floats(0.02, 0.95),
    cents=st.booleans(),
)  # fmt: skip
@settings(max_examples=60, deadline=None)
def test_a_fair_split(count: int, seed: int, part: float, cents: bool) -> None:
    """It adds up to the plan exactly, in whole units where the plan is, and chances are equal."""
    grids = _grids(count, seed)
    least, most = reachable(grids)
    plan = float(round((least + part * (most - least)) / 100) * 100 + 37 * cents)
    quotas = fair_split(grids, plan)
    assert quotas is not None
    assert plan == quotas.sum()
    unit = 1 if cents else 100
    assert all(quota % unit == 0 for quota in quotas.tolist())
    share = fair_share(grids, plan)
    assert share is not None
    for grid, quota in zip(grids, quotas.tolist(), strict=True):
        # a path's step, and what rounding to a unit may pass over
        assert abs(grid.chance(quota) - share) <= 3 / PATHS


@given(
    wanted=st.lists(st.floats(0, 1e9), min_size=1, max_size=30).filter(lambda w: sum(w) > 1),
    plan=st.integers(1, 10**12),
)
@settings(max_examples=200, deadline=None)
def test_rounding(wanted: list[float], plan: int) -> None:
    """It adds up exactly, nobody is off by a unit or more, and who has nothing gets nothing."""
    quotas = np.array(wanted)
    found = round_to_plan(quotas, float(plan))
    unit = 100 if plan % 100 == 0 else 1
    assert plan == found.sum()
    assert (np.abs(found - quotas * (plan / quotas.sum())) <= unit * (1 + 1e-3)).all()
    assert (found[quotas == 0] == 0).all()


def test_what_cannot_be_split() -> None:
    """Less than what all book on every path, or more than they do on any."""
    grids = _grids(3, least=1e6)
    least, most = reachable(grids)
    assert fair_share(grids, least) is None
    assert fair_split(grids, most + 1) is None
    assert 1 / PATHS == fair_share(grids, most)
    assert 1 / PATHS <= (fair_share(grids, most - 1) or 0) < 2 / PATHS


def test_nobody_is_asked_for_less_than_nothing() -> None:
    """Who books nothing so often has no quota, even where bookings were taken back."""
    back = keep_order(np.linspace(-500, -1, PATHS), PATHS)
    quotas = fair_quotas([back, *_grids(1)], 0.5)
    assert 0 == quotas[0] < quotas[1]


def test_in_proportion() -> None:
    """As expected bookings are; nothing where nothing is expected."""
    assert [300.0, 100.0, 0.0] == list(proportional_split(np.array([3.0, 1.0, -2.0]), 400.0))  # type: ignore[arg-type]
    assert proportional_split(np.array([0.0, 0.0]), 400.0) is None


def test_a_proportional_split_is_not_fair() -> None:
    """The control: chances differ by more than a path's step."""
    grids = _grids(4)
    quotas = proportional_split(np.array([grid.amounts.mean() for grid in grids]), 5e6)
    assert quotas is not None
    chances = [grid.chance(quota) for grid, quota in zip(grids, quotas.tolist(), strict=True)]
    assert max(chances) - min(chances) > 10 / PATHS
    assert 5e6 == pytest.approx(quotas.sum())
