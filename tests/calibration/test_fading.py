"""How fast counts of a rep grow old."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import integrate, special, stats

from quotarisk.calibration.fading import HALF_LIVES, fade_of, foretold


def _counts(steps: float, *, reps: int = 30, months: int = 24, seed: int = 1) -> np.ndarray:
    """Counts of reps whose multipliers wander, by so much a month, around 40 a month."""
    rng = np.random.default_rng(seed)
    logs = rng.normal(0, 0.3, (reps, 1)) + np.cumsum(rng.normal(0, steps, (reps, months)), axis=1)
    return rng.poisson(40 * np.exp(logs)).astype(np.float64)


def test_steady_reps_are_remembered() -> None:
    """Where nobody changes, two years count nearly in full; where all do, hardly."""
    expected = np.full((30, 24), 40.0)
    steady = fade_of(_counts(0.0), expected, spread=0.3)
    moving = fade_of(_counts(0.2), expected, spread=0.3)

    assert steady[0] > 0.7
    assert moving[0] < 0.05
    for fade in (steady, moving):
        assert fade[-1] == pytest.approx(1.0)
        assert (np.diff(fade) >= 0).all()


def test_little_tells_little() -> None:
    """A rep seen for two months: all half-lives stay as plausible as they were."""
    fade = fade_of(np.full((1, 2), 3.0), np.full((1, 2), 3.0), spread=0.3)
    everyone = np.mean([2 ** (-1 / half_life) for half_life in HALF_LIVES])
    assert fade[0] == pytest.approx(everyone, abs=0.01)


def test_months_are_foretold_as_the_law_says() -> None:
    """Two months of one rep, by integration over the multiplier."""
    observed, expected, k = np.array([[7.0, 4.0]]), np.array([[5.0, 6.0]]), 1 / 0.5**2
    keep = 2 ** (-1 / 6)

    def chance(count: float, mean: float, shape: float, rate: float) -> float:
        law = stats.gamma(shape, scale=1 / rate)
        return float(
            integrate.quad(lambda x: stats.poisson.pmf(count, mean * x) * law.pdf(x), 0, 20)[0]
        )

    first = chance(7, 5, k, k)
    second = chance(4, 6, k + keep * 7, k + keep * 5)
    # without n! and the powers of what was expected, which no half-life changes
    left_out = special.gammaln(8) + special.gammaln(5) - 7 * np.log(5) - 4 * np.log(6)
    assert foretold(observed, expected, spread=0.5, half_life=6.0) == pytest.approx(
        np.log(first) + np.log(second) + left_out, abs=1e-9
    )


def test_who_was_not_there_says_nothing() -> None:
    """Months without expectation leave all as it was."""
    seen = _counts(0.1, reps=3, months=12)
    late = np.hstack([np.zeros((3, 5)), seen])
    expected = np.hstack([np.zeros((3, 5)), np.full((3, 12), 40.0)])
    one, other = (
        foretold(counts, means, spread=0.3, half_life=6.0)
        for counts, means in ((late, expected), (seen, expected[:, 5:]))
    )
    assert one == pytest.approx(other)
