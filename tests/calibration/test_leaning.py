"""Leaning: thin segments move towards what is known of teams at large, others hardly."""

from __future__ import annotations

import math

import numpy as np
import pytest

from quotarisk.calibration.leaning import lean_on_benchmarks
from quotarisk.scenario.benchmarks import benchmark_of
from tests.calibration.fits import pairs_of

RATE = benchmark_of("win_rate", 1e3)
CYCLE = benchmark_of("won_cycle_days", 1e3)
MIDDLE = 20


def odds(share: float) -> float:
    """Log odds."""
    return math.log(share / (1 - share))


def test_weight_is_as_many_deals_as_it_counts_for() -> None:
    """With n closed deals a benchmark of b deals weighs b / (n + b)."""
    told = lean_on_benchmarks(pairs_of(), [0, 15], [1e3, 1e3])
    assert [1.0, RATE.deals / (15 + RATE.deals)] == pytest.approx(told.weight.tolist())


def test_without_deals_the_benchmark_is_all() -> None:
    """A segment that closed nothing has the benchmark's win rate and median cycle."""
    told = lean_on_benchmarks(pairs_of(), [0, 1_000_000], [1e3, 1e3]).pairs
    assert RATE.figure == pytest.approx(told.win_rate[0, 0])
    assert CYCLE.figure == pytest.approx(told.won_cycle[0, 0, MIDDLE])


def test_mixture() -> None:
    """Log odds and the cycle's logarithm are weighted means; losses and stalls make room alike."""
    before = pairs_of()
    after = lean_on_benchmarks(before, [15, 1_000_000], [1e3, None]).pairs
    weight = RATE.deals / (15 + RATE.deals)
    mixed = (1 - weight) * odds(0.3) + weight * odds(RATE.figure)
    assert mixed == pytest.approx(odds(after.win_rate[1, 0]))
    left = (1 - after.win_rate[1, 0]) / 0.7
    assert 0.1 * left == pytest.approx(after.stall_rate[1, 0])
    factor = after.won_cycle[1, 0] / before.won_cycle[1, 0]
    days = before.won_cycle[1, 0, MIDDLE]
    assert (CYCLE.figure / days) ** weight == pytest.approx(factor[0])
    np.testing.assert_allclose(factor, factor[0])


def test_thick_segments_stay() -> None:
    """Many closed deals leave hardly any weight to benchmarks, and the rest is untouched."""
    before = pairs_of()
    after = lean_on_benchmarks(before, [0, 1_000_000], [1e3, 1e3]).pairs
    np.testing.assert_allclose(before.win_rate[:, 1], after.win_rate[:, 1], rtol=1e-4)
    np.testing.assert_allclose(before.won_cycle[:, 1], after.won_cycle[:, 1], rtol=1e-4)
    assert (before.lost_cycle == after.lost_cycle).all()
    assert 0.3 == before.win_rate[0, 0]


def test_larger_deals_lean_on_other_figures() -> None:
    """The size of a segment's deals chooses its benchmark."""
    told = lean_on_benchmarks(pairs_of(), [0, 0], [1e3, 1e6]).pairs
    assert told.win_rate[0, 0] > told.win_rate[0, 1]
    assert told.won_cycle[0, 0, MIDDLE] < told.won_cycle[0, 1, MIDDLE]


def test_extremes() -> None:
    """A share of 0 or 1 and an unknown cycle stay numbers, or unknown."""
    win = np.array([[0.0, 1.0], [0.0, 1.0]])
    unknown = np.full_like(pairs_of().won_cycle, np.nan)
    pairs = pairs_of(win_rate=win, stall_rate=1 - win, won_cycle=unknown)
    told = lean_on_benchmarks(pairs, [15, 15], [None, None]).pairs
    assert ((told.win_rate > 0) & (told.win_rate < 1)).all()
    assert (told.win_rate + told.stall_rate <= 1 + 1e-12).all()
    assert np.isnan(told.won_cycle).all()
