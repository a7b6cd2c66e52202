"""Where a chance crosses what is wanted, by known functions."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import special

from quotarisk.analysis.crossing import TOLERANCE, error_of, find_count, find_crossing, share_of
from quotarisk.analysis.goals import plan_goals
from tests.analysis.cases import make, segment
from tests.analysis.goal_cases import one


@settings(max_examples=60, derandomize=True, deadline=None)
@given(root=st.floats(0.001, 30), first=st.floats(0.1, 3), wanted=st.floats(0.05, 0.95))
def test_the_root_of_a_line(root: float, first: float, wanted: float) -> None:
    """What is found reaches it, and is hardly too large; its error is that of P over the slope."""
    found = find_crossing(
        lambda x: min(wanted * x / root, 1.0), wanted, paths=400, first=first, most=32.0
    )
    assert root <= found.at * (1 + 1e-12)
    assert found.at <= root * (1 + 2 * TOLERANCE) + 2e-4 * first
    assert found.chance.value >= wanted
    if wanted * 1.2 < 1 and found.at * 1.1 < 32:
        slope = wanted / root
        assert found.se == pytest.approx(math.sqrt(wanted * (1 - wanted) / 400) / slope, rel=1e-6)


@settings(max_examples=60, derandomize=True, deadline=None)
@given(number=st.integers(0, 500), first=st.integers(1, 40))
def test_the_smallest_number(number: int, first: int) -> None:
    """No look more than needed, and exactly the first number that is enough."""
    looks: list[int] = []

    def chance(tried: int) -> float:
        looks.append(tried)
        return float(special.expit((tried - number + 0.5) / 7))

    found = find_count(chance, 0.5, paths=100, first=first, most=600)
    assert number == found.at
    assert len(looks) == len(set(looks)) < 30


def test_nothing_is_needed() -> None:
    """What is reached at 0 needs nothing, for sure."""
    assert (0.0, 0.0) == find_crossing(lambda _: 0.9, 0.8, paths=100)[:2]
    assert (0.0, 0.0) == find_count(lambda _: 0.9, 0.8, paths=100, first=3, most=10)[:2]


def test_nothing_is_enough() -> None:
    """The chance at the largest value is told, and no value."""
    found = find_crossing(lambda x: x / 100, 0.8, paths=100, most=10.0)
    assert math.isnan(found.at)
    assert not found.is_found
    assert 0.1 == found.chance.value
    counted = find_count(lambda x: x / 100, 0.8, paths=100, first=20, most=10)
    assert math.isnan(counted.at)
    assert 0.1 == counted.chance.value


def test_what_is_known_is_not_looked_at() -> None:
    """A chance that the caller knows costs nothing."""

    def chance(value: float) -> float:
        assert value not in (0.0, 1.0)
        return value / 4

    found = find_crossing(chance, 0.5, paths=100, known={0.0: 0.0, 1.0: 0.25})
    assert found.at == pytest.approx(2.0, rel=0.01)


def test_a_chance_that_does_not_move() -> None:
    """A step has no slope beyond it: no error can be told. No share has none either."""
    assert math.isnan(error_of(0.5, 100, 0.0))
    assert math.isnan(share_of(math.nan, 100).value)


def _poisson(quota_deals: int, confidence: float, **told: Any) -> tuple[dict[str, Any], float]:
    """A rep whose wins are Poisson, and the pace that is exactly right."""
    scenario = make(
        {"s": segment(opps=1.0, win=0.5, size=10_000.0, cycle=30.0)},
        {"name": "Ana", "pipeline": "empty", "quota": {"year": quota_deals * 10_000.0}},
    )
    answer = plan_goals(scenario, confidence=confidence, workers=1, **told)
    wins = 0.5 / 7 * (365 - 30)
    return one(answer.frame), float(special.gammaincinv(quota_deals, confidence)) / wins


@pytest.mark.parametrize(("deals", "confidence"), [(20, 0.8), (30, 0.6), (12, 0.95)])
def test_the_exact_pace(deals: int, confidence: float) -> None:
    """Wins are Poisson, so P(wins >= k) = gammainc(k, mean) gives the pace exactly."""
    row, exact = _poisson(deals, confidence, paths=4_000, seed=1)
    limit = 4 * row["pace_se"] + TOLERANCE * exact
    assert abs(row["pace"] - exact) < limit
    assert row["p_goal_exact"] == pytest.approx(confidence, abs=0.03)
    assert abs(row["p_goal_z"]) < 4
    _, other = _poisson(deals, confidence - 0.15, paths=100, seed=1)
    assert abs(row["pace"] - other) > limit  # the control


def test_intervals_hold() -> None:
    """Of 100 seeds, 95 % within four errors hold the exact pace; half as wide ones do not."""
    held, half = 0, 0
    for seed in range(100):
        row, exact = _poisson(20, 0.7, paths=400, seed=seed)
        off = abs(row["pace"] - exact)
        held += off <= 2 * row["pace_se"]
        half += off <= 0.5 * row["pace_se"]
    error = 4 * np.sqrt(0.95 * 0.05 / 100)
    assert 0.95 - error < held / 100
    assert half / 100 < 0.95 - error
