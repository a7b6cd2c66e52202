"""Which share of the paths is the model's, and which past the others repeat."""

from __future__ import annotations

import numpy as np
import pytest

from quotarisk.analysis.scores import crps_of
from quotarisk.calibration.shares import (
    SHARES,
    Trial,
    choose_past,
    choose_share,
    mixture_scores,
    trial_of,
)


def test_scores_of_a_mixture() -> None:
    """The score of every share is that of a sample in which so many come from the model."""
    rng = np.random.default_rng(1)
    model, past = rng.normal(10, 2, (3, 2_000)), rng.normal(12, 5, (3, 2_000))
    came = np.array([9.0, 12.0, 20.0])
    scores = mixture_scores(came, model, past)

    for share, score in zip(SHARES, scores, strict=True):
        taken = round(2_000 * share)
        sample = np.concatenate([model[:, :taken], past[:, taken:]], axis=1)
        assert score == pytest.approx(crps_of(came, sample).mean(), rel=0.02)
    assert scores[-1] == pytest.approx(crps_of(came, model).mean())


def _trial(*lines: list[float], windows: float = 6.0) -> Trial:
    """Losses at SHARES in each origin, as lines from half the paths to all of them the model's."""
    return Trial(np.array([np.interp(SHARES, [0.5, 1], line) for line in lines]), windows)


def test_the_best_share() -> None:
    """Where windows are many, the best share is taken."""
    assert 1.0 == SHARES[choose_share([_trial([1.0, 0.0], [1.0, 0.1], [1.1, 0.0])])]
    assert 0.5 == SHARES[choose_share([_trial([0.0, 1.0], [0.1, 1.0], [0.0, 1.1])])]


def test_the_usual_share() -> None:
    """Where nothing was tried, or shares do alike, it stays; a little of evidence moves it."""
    assert 0.7 == SHARES[choose_share([])]
    assert 0.7 == SHARES[choose_share([_trial([1.0, 1.0])])]
    assert 0.7 == SHARES[choose_share([_trial([0.05, 0.0], windows=0.1)])]
    assert SHARES[choose_share([_trial([0.05, 0.0], windows=3.0)])] > 0.7


def test_horizons_count_as_their_windows() -> None:
    """What was tried often outweighs what was tried once."""
    often, once = _trial([0.3, 0.0], windows=9.0), _trial([0.0, 0.6], windows=1.0)
    assert SHARES[choose_share([often, once])] > 0.9


def test_all_of_the_past_unless_less_is_better() -> None:
    """The last weeks are repeated where they did better in every origin, not where by chance."""
    long = _trial([0.5, 0.5], [0.6, 0.6], [0.5, 0.5], [0.6, 0.6])
    better = Trial(long.logs - 0.3, long.windows)
    by_chance = Trial(long.logs + np.array([[-0.5], [0.3], [-0.4], [0.5]]), long.windows)

    assert 1 == choose_past([[long], [better]])
    assert 0 == choose_past([[better], [long]])
    assert 0 == choose_past([[long], [by_chance]])


def test_one_origin_tells_no_past() -> None:
    """Nothing is known of the error of one origin, unless another horizon tells it."""
    once, better = _trial([0.5, 0.5]), _trial([0.1, 0.1])
    assert 0 == choose_past([[once], [better]])
    often = _trial([0.5, 0.5], [0.5, 0.5], [0.6, 0.6])
    less = Trial(often.logs - np.array([[0.3], [0.31], [0.3]]), often.windows)
    assert 1 == choose_past([[often, once], [less, better]])


@pytest.mark.parametrize("empty", [0.0, 1e-9])
def test_origins_without_bookings_decide_nothing(empty: float) -> None:
    """An origin that everybody forecast does not outweigh one that somebody missed."""
    scores = [np.full(SHARES.size, empty), np.linspace(100.0, 200.0, SHARES.size)]
    assert 0.5 == SHARES[choose_share([trial_of(scores, 2.0)])]
    assert not trial_of([np.zeros(SHARES.size)], 1.0).logs.any()
