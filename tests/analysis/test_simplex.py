"""The simplex in steps."""

from __future__ import annotations

import math
from itertools import product

import pytest

from quotarisk.analysis.simplex import (
    MOST_POINTS,
    affordable_steps,
    count_points,
    count_steps,
    shares_of,
)
from quotarisk.errors import ArgumentError


@pytest.mark.parametrize(
    ("step", "steps"), [(0.01, 100), (0.05, 20), (0.1, 10), (1 / 3, 3), (1, 1)]
)
def test_steps(step: float, steps: int) -> None:
    """A share that divides the whole is that many steps."""
    assert steps == count_steps(step)


@pytest.mark.parametrize("step", [0, -0.1, 0.3, 0.009, 1.5, math.nan, math.inf, True, "0.1", None])
def test_what_is_no_step(step: object) -> None:
    """What does not divide the whole is refused, and so is what is no share."""
    with pytest.raises(ArgumentError, match="step must be a share from"):
        count_steps(step)


@pytest.mark.parametrize(("parts", "steps"), [(1, 4), (2, 10), (3, 5), (4, 4), (5, 1)])
def test_points_are_all_ways_to_share(parts: int, steps: int) -> None:
    """Each way once, all of the whole, in the order from the first part to the last."""
    every = {
        tuple(part / steps for part in way)
        for way in product(range(steps + 1), repeat=parts)
        if sum(way) == steps
    }

    points = shares_of(parts, steps)

    assert every == set(points)
    assert sorted(points, reverse=True) == list(points)
    assert count_points(parts, steps) == len(points)


@pytest.mark.parametrize("parts", range(1, 200, 7))
def test_points_are_never_too_many(parts: int) -> None:
    """However many parts: coarser steps, down to the corners alone, which are always there."""
    steps = affordable_steps(parts, 10)

    assert count_points(parts, steps) <= max(MOST_POINTS, parts)
    assert steps == 10 or count_points(parts, steps + 1) > count_points(parts, steps)
    assert 10 % steps == 0 or steps == 4


def test_steps_stay_where_they_are_affordable() -> None:
    """What was asked for is done, however odd."""
    assert 7 == affordable_steps(3, 7)
    assert 100 == affordable_steps(2, 100)
