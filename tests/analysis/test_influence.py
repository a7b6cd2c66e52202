"""Figures and their errors, against closed forms and against how samples scatter."""

from __future__ import annotations

import math

import numpy as np
import pytest

from quotarisk.analysis.influence import (
    apart,
    certainty_figure,
    error_of,
    estimate_of,
    mean_figure,
    ratio_figure,
    shifted,
)
from quotarisk.simulation.estimates import NOTHING


def test_means_and_ratios_by_hand() -> None:
    """Mean, ratio of means, and nothing where there is nothing to divide by."""
    a, b = np.array([1.0, 3.0]), np.array([2.0, 2.0])

    assert (2.0, 1.0) == estimate_of(mean_figure(a))
    assert (1.0, 0.5) == estimate_of(ratio_figure(a, b))
    assert (0.02, 0.01) == estimate_of(mean_figure(a), 100.0)
    assert NOTHING is estimate_of(ratio_figure(a, 0 * b))


def test_certainty_equivalent() -> None:
    """By hand for two outcomes; the mean without aversion; what is sure is worth itself."""
    amounts = np.array([0.0, 100.0])
    expected = -100.0 * math.log((1 + math.exp(-1.0)) / 2)

    assert expected == pytest.approx(certainty_figure(amounts, 0.01).value)
    assert certainty_figure(amounts, 0.0).value == 50.0
    assert certainty_figure(np.full(3, 7.0), 5.0).value == 7.0
    assert certainty_figure(np.array([1e9, 2e9]), 1.0).value == pytest.approx(1e9, abs=1.0)


def test_certainty_equivalent_of_the_normal() -> None:
    """Of a normal amount it is mean - a sd^2 / 2, within 4 standard errors."""
    amounts = np.random.default_rng(1).normal(10.0, 2.0, 40_000)

    told = estimate_of(certainty_figure(amounts, 0.3))

    assert abs(told.value - (10.0 - 0.3 * 4.0 / 2)) < 4 * told.se


@pytest.mark.parametrize("aversion", [0.0, 0.5])
def test_errors_are_how_samples_scatter(aversion: float) -> None:
    """Errors of a shifted figure are the scatter of many samples of it, to 15 %."""
    random = np.random.default_rng(2)
    found, told = [], []
    for _ in range(400):
        usual = random.gamma(4.0, 1.0, 600)
        moved = 1.2 * usual[300:] + random.normal(0.0, 0.3, 300)
        there = certainty_figure(usual[300:], aversion)
        change = apart(certainty_figure(moved, aversion), there)
        figure = shifted(certainty_figure(usual, aversion), change)
        found.append(figure.value)
        told.append(error_of(figure.influence))

    assert np.std(found) == pytest.approx(np.mean(told), rel=0.15)


def test_ratio_errors_are_how_samples_scatter() -> None:
    """The same of a ratio of means."""
    random = np.random.default_rng(3)
    told = []
    for _ in range(400):
        below = random.gamma(4.0, 1.0, 300)
        told.append(estimate_of(ratio_figure(0.2 * below + random.normal(0, 0.3, 300), below)))

    values, errors = zip(*told, strict=True)
    assert np.std(values) == pytest.approx(np.mean(errors), rel=0.15)
