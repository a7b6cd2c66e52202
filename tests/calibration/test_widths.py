"""How wide forecasts must be."""

from __future__ import annotations

import numpy as np
import pytest

from quotarisk.calibration.widths import TOGETHERS, choose_shape, choose_shared, choose_together


@pytest.mark.parametrize("shape", [1.0, 0.6, 0.3])
def test_shapes_are_found(shape: float) -> None:
    """Ranks drawn from a Beta law lead back to it, within what 40 windows of 20 ranks tell."""
    rng = np.random.default_rng(2)
    ranks = [rng.beta(shape, shape, 20) for _ in range(40)]
    # the information of one rank about log a is at least a half for a <= 1
    assert abs(np.log(choose_shape(ranks, 40.0) / shape)) < 4 / np.sqrt(0.5 * 800) + 0.1
    assert choose_shape(ranks, 0.01) > 0.9  # hardly any windows: hardly any lesson


def test_narrower_is_never_asked_for() -> None:
    """Ranks that crowd in the middle leave intervals as they are."""
    assert 1.0 == choose_shape([np.full(30, 0.5)] * 10, 10.0)


def test_common_spread() -> None:
    """It is what errors have beyond the spread that was said, less where windows are few."""
    rng = np.random.default_rng(3)
    errors = rng.normal(0, 0.25, 400)
    said = np.full(400, 0.15**2)
    expected = np.sqrt(0.25**2 - 0.15**2)
    assert abs(choose_shared(errors, said, 400.0) - expected) < 4 * 0.25**2 / expected / np.sqrt(
        800
    )
    assert 0.0 == choose_shared(rng.normal(0, 0.15, 400), said * 1.2, 400.0)
    assert choose_shared(errors[:2], said[:2], 0.01) < 0.05


def test_common_ranks_teach_less() -> None:
    """Ranks of reps who are said to be off alike count as fewer of them."""
    rng = np.random.default_rng(5)
    ranks = [rng.beta(0.4, 0.4, 20) for _ in range(3)]
    alone = choose_shape(ranks, 1.0)
    assert alone < choose_shape(ranks, 1.0, together=8.0) < 1.0
    assert alone == choose_shape(ranks, 1.0, together=0.5)


def test_ties_are_found() -> None:
    """The spread of the sum that explains the errors, none where all explain them alike."""
    rng = np.random.default_rng(6)
    variances = np.tile(0.01 * (1 + 9 * TOGETHERS), (400, 1))
    errors = np.tile(rng.normal(0, np.sqrt(0.01 * (1 + 9 * 0.4)), (400, 1)), TOGETHERS.size)
    # log-likelihood in the log variance has the information 1/2 an origin
    apart = np.log((1 + 9 * choose_together(errors, variances, 400.0)) / (1 + 9 * 0.4))
    assert abs(apart) < 4 * np.sqrt(2 / 400) + 0.1
    assert 0.0 == choose_together(errors, np.full_like(variances, 0.01), 400.0)
