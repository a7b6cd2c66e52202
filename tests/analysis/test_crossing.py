"""Where a chance reaches what is wanted: on the way up, and below a peak."""

from __future__ import annotations

import math

import pytest

from quotarisk.analysis.crossing import Crossing, find_count, find_crossing

PEAK = 3.0


def _peaked(value: float) -> float:
    """Rises to .6 at 3, and falls to 0 at 6."""
    return max(0.6 - 0.6 * abs(value - PEAK) / PEAK, 0.0)


def _crossing(wanted: float, **told: float) -> Crossing:
    found = {"paths": 10_000, "first": 1.0, "most": 64.0, **told}
    return find_crossing(_peaked, wanted, rises=False, **found)  # type: ignore[arg-type]


@pytest.mark.parametrize("wanted", [0.05, 0.3, 0.5, 0.55])
def test_below_a_peak(wanted: float) -> None:
    """The smaller of both values, though the first one that is tried may lie beyond it."""
    for first in (0.5, 4.0, 30.0):
        found = _crossing(wanted, first=first)
        assert wanted / 0.6 * PEAK == pytest.approx(found.at, rel=0.006)
        assert found.tried == found.at


def test_at_nothing_but_the_peak() -> None:
    """A peak between the values that are tried first is looked at."""
    assert PEAK == pytest.approx(_crossing(0.595).at, rel=0.02)


def test_beyond_the_peak() -> None:
    """The highest chance is told with its value, not that of the most."""
    found = _crossing(0.7)
    assert not found.is_found
    assert PEAK == pytest.approx(found.tried, rel=0.02)
    assert found.chance.value == _peaked(found.tried) > 0.59
    rising = find_crossing(lambda value: value / 100, 0.7, paths=100, most=10.0)
    assert (rising.tried, rising.chance.value) == (10.0, 0.1)


def test_from_the_beginning() -> None:
    """Who is there needs nothing, and where there is nothing to double nothing is found."""
    assert find_crossing(lambda value: 1.0 + 0 * value, 0.5, paths=100, rises=False).at == 0
    assert math.isnan(find_crossing(_peaked, 0.5, paths=9, first=0.0, most=0.0, rises=False).at)


def test_whole_numbers() -> None:
    """The same of things that come whole."""
    found = find_count(lambda n: _peaked(n / 10), 0.5, paths=100, first=40, most=500, rises=False)
    assert found.at == 25
    most = find_count(lambda n: _peaked(n / 10), 0.9, paths=100, first=40, most=500, rises=False)
    assert (most.is_found, most.tried) == (False, 30)
    there = find_count(lambda n: 1.0 + 0 * n, 0.9, paths=100, first=40, most=500, rises=False)
    assert there.at == 0
