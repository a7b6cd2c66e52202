"""Quantiles and the worst of futures, against plain sums."""

from __future__ import annotations

import math

import numpy as np
import pytest

from quotarisk.simulation.order import find_quantiles, mean_of_worst

SAMPLE = np.sort(np.random.default_rng(3).exponential(1_000.0, (3, 1_000)), axis=1)


@pytest.mark.parametrize("share", [0.05, 0.1, 0.25])
def test_mean_of_the_worst(share: float) -> None:
    """Where the share is a whole number of futures, their plain mean."""
    (value,), _ = mean_of_worst(SAMPLE, [share])
    expected = SAMPLE[:, : round(1_000 * share)].mean(axis=1)
    np.testing.assert_allclose(value, expected)


def test_a_part_of_a_future() -> None:
    """Of 25 futures the worst tenth are two and a half."""
    ordered = np.arange(25.0)[np.newaxis]
    ((value,),), _ = mean_of_worst(ordered, [0.1])
    assert (0 + 1 + 0.5 * 2) / 2.5 == pytest.approx(value)


def test_words_are_numbers() -> None:
    """Cents of 32 bits, whose differences must not wrap, give the same."""
    words = SAMPLE.astype(np.uint32)
    for expected, actual in zip(
        mean_of_worst(words.astype(np.float64), [0.1]), mean_of_worst(words, [0.1]), strict=True
    ):
        np.testing.assert_array_equal(expected, actual)


def test_too_few_futures() -> None:
    """One future is no tail: there is no figure, and no error of nothing."""
    for found in mean_of_worst(SAMPLE[:, :39], [0.05]):
        assert np.isnan(found).all()


def test_errors_are_honest() -> None:
    """Over 400 samples of an exponential law both figures scatter by their errors."""
    ordered = np.sort(np.random.default_rng(5).exponential(1.0, (400, 2_000)), axis=1)
    (worst,), (worst_se,) = mean_of_worst(ordered, [0.05])
    (low,), (low_se,) = find_quantiles(ordered, [0.05])
    assert worst.std() == pytest.approx(worst_se.mean(), rel=0.2)
    assert low.std() == pytest.approx(low_se.mean(), rel=0.2)
    # q(u) = -log(1 - u), and its mean over u < a
    a = 0.05
    expected = ((1 - a) * math.log(1 - a) + a) / a
    assert abs(worst.mean() - expected) < 4 * worst_se.mean() / 20
    assert abs(low.mean() + math.log(1 - a)) < 4 * low_se.mean() / 20
    assert abs(low.mean() - expected) > 4 * worst_se.mean() / 20  # they are not the same (control)


def test_all_alike() -> None:
    """The same on every path: that, without an error."""
    value, error = mean_of_worst(np.full((1, 200), 7.0), [0.05, 0.1])
    np.testing.assert_array_equal(value, 7.0)
    np.testing.assert_array_equal(error, 0.0)
