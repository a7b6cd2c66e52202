"""The base hazard: its last age, its tail, its total and its noise."""

from __future__ import annotations

import numpy as np
import pytest

from quotarisk.calibration.baseline import (
    draw_base,
    estimate_base,
    estimate_tail,
    last_age_of,
)
from quotarisk.kernel.arrays import Floats


def counts(seed: int, ages: int, *, mean: float) -> Floats:
    """Events by age."""
    return np.random.default_rng(seed).poisson(mean, ages).astype(np.float64)


@pytest.mark.parametrize(
    ("at_risk", "expected"),
    [
        ([50, 30, 12, 10, 9, 3], 3),  # at least 10 deals
        ([5000, 800, 50, 49, 10], 2),  # and 1 % of the peak
        ([0, 40, 5, 11, 2], 3),  # the largest such age, whatever lies before
        ([4, 4, 2], 1),  # with fewer than 10 deals at all, the peak
    ],
)
def test_last_age(at_risk: list[int], expected: int) -> None:
    """The last age that says anything has 10 deals and 1 % of the peak at risk."""
    assert expected == last_age_of(np.array(at_risk))


def test_total_is_kept() -> None:
    """The hazard times the exposure adds up to the events, smoothed or not."""
    events, exposure = counts(1, 60, mean=3.0), np.linspace(500, 20, 60)
    assert events.sum() == pytest.approx(estimate_base(events, exposure) @ exposure)


def test_smooth_is_near() -> None:
    """A level hazard is found at every age within 4 standard errors, at the ends too."""
    exposure = np.linspace(90_000, 3_000, 80)
    events = np.random.default_rng(2).poisson(0.02 * exposure).astype(np.float64)
    error = np.sqrt(0.02 / exposure / 3)  # at least three days count at each age
    assert (np.abs(estimate_base(events, exposure) - 0.02) < 4 * error).all()


def test_nothing_seen() -> None:
    """Ages that nobody reached have no hazard, and neither has a cause without events."""
    exposure = np.concatenate([np.zeros(30), np.full(20, 5.0)])
    events = np.where(np.arange(50) == 40, 2.0, 0.0)
    base = estimate_base(events, exposure)
    assert (base[:22] == 0.0).all()
    assert base[40] > 0.0
    assert not estimate_base(np.zeros(50), exposure).any()
    assert not estimate_base(np.zeros(50), np.zeros(50)).any()


def test_tail_is_events_over_exposure() -> None:
    """The tail is the rate of the last 28 ages; many old deals without events are stalled."""
    exposure = np.full(100, 50.0)
    events = np.where(np.arange(100) < 72, 5.0, 1.0)
    assert 1 / 50 == estimate_tail(events, exposure)
    assert 0.0 == estimate_tail(np.where(np.arange(100) < 72, 5.0, 0.0), exposure)
    assert 3 / 30 == pytest.approx(estimate_tail(np.array([1.0, 2.0]), np.array([20.0, 10.0])))
    assert 0.0 == estimate_tail(np.zeros(3), np.zeros(3))


def noise(events: Floats, base: Floats, tail: float = 0.01, draws: int = 4000) -> Floats:
    """Draws of a hazard."""
    return draw_base(base, tail, events, draws=draws, seed=3, name="won")


def test_noise_has_the_mean_and_the_spread_of_counts() -> None:
    """Draws have the hazard as mean, and their total the variance of a Poisson count."""
    events, base = counts(4, 90, mean=4.0), np.linspace(0.03, 0.01, 90)
    drawn = noise(events, base)
    assert (4000, 91) == drawn.shape
    error = drawn.std(axis=0) / np.sqrt(4000)
    assert (np.abs(drawn.mean(axis=0) - np.append(base, 0.01)) < 4 * error).all()
    flat = noise(events, events)[:, :-1].sum(axis=1)
    assert events.sum() == pytest.approx(flat.var(), rel=4 * np.sqrt(2 / 4000))


def test_blocks_of_twenty() -> None:
    """Neighbouring ages go together until they have about 20 events."""
    events = np.full(50, 2.0)
    factor = noise(events, np.ones(50), draws=2)[0, :-1]
    assert 5 == len(set(factor.tolist()))
    assert (np.diff(factor)[np.arange(49) % 10 != 9] == 0.0).all()


def test_ages_without_events_belong_to_their_neighbours() -> None:
    """No block is without events, so every age has noise; a crowded age is a block of its own."""
    events = np.concatenate([np.zeros(5), [70.0], np.zeros(5), [9.0, 9.0], np.zeros(5)])
    factor = noise(events, np.ones(events.size), draws=400)[:, :-1]
    assert (factor.std(axis=0) > 0.0).all()
    assert (factor[:, 5] == factor[:, 10]).all()
    assert (factor[:, -1] == factor[:, 12]).all()


def test_no_events_no_noise() -> None:
    """A cause that was never seen stays at 0, and a tail without events too."""
    drawn = noise(np.zeros(40), np.zeros(40), tail=0.0, draws=5)
    assert not drawn.any()
    early = np.where(np.arange(60) < 20, 3.0, 0.0)
    assert (noise(early, early, tail=0.0, draws=5)[:, -1] == 0.0).all()
