"""Figures with their Monte Carlo error."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quotarisk.simulation.estimates import (
    NOTHING,
    Array,
    Estimate,
    mean_of,
    proportion_se,
    ratio_of,
)


@pytest.mark.parametrize(("hits", "paths"), [(0, 10), (3, 10), (10, 10), (250, 1_000)])
def test_error_of_a_proportion(hits: int, paths: int) -> None:
    """Half a hit and half a miss are added before sqrt(p (1 - p) / n)."""
    p = (hits + 0.5) / (paths + 1)
    assert math.sqrt(p * (1 - p) / paths) == pytest.approx(float(proportion_se(hits, paths)))


def test_no_hits_are_no_certainty() -> None:
    """Neither no hits nor nothing but hits have an error of 0; both have the same."""
    none, all_ = proportion_se(0, 100), proportion_se(100, 100)
    assert 0 < none
    assert float(none) == pytest.approx(float(all_))


def test_errors_of_many_proportions() -> None:
    """An array of hits gives an array of errors, NaN where there is no figure."""
    actual = proportion_se([3, float("nan")], 10)
    assert [float(proportion_se(3, 10)), True] == [actual[0], bool(np.isnan(actual[1]))]


def _mean_of(counts: list[int], parts: int = 1) -> Estimate:
    total, squares = sum(counts), sum(count**2 for count in counts)
    return mean_of(float(total), float(squares), len(counts), parts)


@settings(derandomize=True, database=None, deadline=None, max_examples=200)
@given(st.lists(st.integers(-12, 12), min_size=2, max_size=50), st.integers(12, 40))
def test_mean(counts: list[int], parts: int) -> None:
    """The mean over paths of a share has the error sd / sqrt(n)."""
    estimate = _mean_of(counts, parts)
    shares = [count / parts for count in counts]
    assert math.fsum(shares) / len(shares) == pytest.approx(estimate.value, abs=1e-12)
    if len(set(counts)) > 1:
        expected = np.std(shares, ddof=1) / math.sqrt(len(counts))
        assert expected == pytest.approx(estimate.se, rel=1e-6)


@pytest.mark.parametrize(("count", "parts"), [(0, 1), (1, 1), (3, 12), (12, 12)])
def test_mean_without_spread(count: int, parts: int) -> None:
    """Where all paths agree the error is that of a proportion, not 0."""
    estimate = _mean_of([count] * 40, parts)
    assert Estimate(count / parts, float(proportion_se(40 * count / parts, 40))) == estimate


def _ratio_of(top: Array, bottom: Array) -> Estimate:
    sums = [top.sum(), bottom.sum(), top @ top, top @ bottom, bottom @ bottom]
    return ratio_of(np.array(sums, dtype=np.float64))


def test_ratio() -> None:
    """A ratio of means has the delta method's error."""
    generator = np.random.default_rng(2)
    top, bottom = (generator.poisson(mean, 500).astype(np.float64) for mean in (2.0, 5.0))
    ratio = top.sum() / bottom.sum()
    residual = sum((t - ratio * b) ** 2 for t, b in zip(top, bottom, strict=True))
    actual = _ratio_of(top, bottom)
    assert ratio == pytest.approx(actual.value)
    assert math.sqrt(residual) / bottom.sum() == pytest.approx(actual.se)


def test_ratio_scatters_by_its_error() -> None:
    """Over 400 samples the ratio scatters by what it says; twice that is refuted (control)."""
    generator = np.random.default_rng(3)
    found = []
    for _ in range(400):
        bottom = generator.integers(0, 4, 300).astype(float)
        found.append(_ratio_of(generator.binomial(bottom.astype(int), 0.3).astype(float), bottom))
    scatter = np.std([estimate.value for estimate in found])
    told = np.mean([estimate.se for estimate in found])
    assert scatter == pytest.approx(told, rel=0.15)
    assert scatter != pytest.approx(2 * told, rel=0.15)


def test_ratio_to_nothing() -> None:
    """There is no ratio to 0."""
    assert NOTHING is ratio_of(np.zeros(5))
    assert math.isnan(NOTHING.value)
    assert math.isnan(NOTHING.se)


def test_a_ratio_that_is_the_same_on_every_path() -> None:
    """5 of 9 on each of many paths is as uncertain as a share of so many trials, no less."""
    for paths in (1_000, 20_000, 50_000):
        sums = paths * np.array([5.0, 9.0, 25.0, 45.0, 81.0])
        found = ratio_of(sums)
        assert found.se == pytest.approx(float(proportion_se(5.0 * paths, 9 * paths)), rel=1e-3)
