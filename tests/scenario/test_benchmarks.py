"""Benchmarks: low weight, dated, sourced, and found by the size of deals."""

from __future__ import annotations

from typing import get_args

import pytest

from quotarisk.scenario.benchmarks import (
    BENCHMARKS,
    Quantity,
    SizeClass,
    benchmark_of,
    size_class_of,
)


def test_every_figure_has_a_band_a_source_and_a_year() -> None:
    """Each quantity of each size class has one figure, inside its band, with where it is from."""
    wanted = {(q, c) for q in get_args(Quantity) for c in get_args(SizeClass)}
    assert wanted == {(b.quantity, b.size_class) for b in BENCHMARKS}
    assert len(wanted) == len(BENCHMARKS)
    for benchmark in BENCHMARKS:
        assert benchmark.low < benchmark.figure < benchmark.high
        assert benchmark.source
        assert benchmark.year >= 2020


def test_weight_is_low() -> None:
    """No benchmark weighs more than ten closed deals."""
    assert all(0 < benchmark.deals <= 10 for benchmark in BENCHMARKS)


def test_larger_deals_are_won_less_often_and_later() -> None:
    """From small to enterprise win rates fall and cycles grow."""
    amounts = (1e3, 5e4, 5e5)
    rates = [benchmark_of("win_rate", amount).figure for amount in amounts]
    cycles = [benchmark_of("won_cycle_days", amount).figure for amount in amounts]
    assert sorted(rates, reverse=True) == rates
    assert sorted(cycles) == cycles


def test_middle_of_a_band() -> None:
    """Of shares the arithmetic middle, of days the geometric one."""
    assert benchmark_of("win_rate", 1e3).figure == pytest.approx((0.25 + 0.40) / 2)
    assert benchmark_of("won_cycle_days", 2e5).figure == pytest.approx((90 * 180) ** 0.5)


@pytest.mark.parametrize(
    ("median", "expected"),
    [
        (None, "mid"),
        (9_999.99, "small"),
        (10_000.0, "mid"),
        (99_999.0, "mid"),
        (1e5, "enterprise"),
    ],
)
def test_size_classes(median: float | None, expected: str) -> None:
    """Classes begin at their figure; what is not known is in the middle."""
    assert expected == size_class_of(median)
