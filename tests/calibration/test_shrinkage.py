"""Shrinkage: how honest are the multipliers of a group?"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import pytest
from scipy import integrate, special, stats

from quotarisk.calibration.shrinkage import SPREADS, shrink, weigh_spreads
from quotarisk.kernel.arrays import Floats


class Made(NamedTuple):
    """A small team with known multipliers."""

    observed: Floats
    exposure: Floats
    theta: Floats
    base: Floats  # draws of the team's rate, which is known from the same counts only
    expected: Floats


Intervals = Callable[[int, Made], tuple[Floats, Floats]]
HISTORIES = 500
REPS = 8
DRAWS = 400
SPREAD = 0.35


def histories(spread: float | None) -> list[Made]:
    """Teams whose reps differ by a known sd, or by one drawn from the prior."""
    rng = np.random.default_rng(11)
    made = []
    for _ in range(HISTORIES):
        sd = np.clip(abs(rng.normal()) / 2, 0.03, 1.6) if spread is None else spread
        exposure = rng.uniform(4.0, 30.0, REPS)
        theta = rng.gamma(1 / sd**2, sd**2, REPS)
        observed = rng.poisson(exposure * theta).astype(np.float64)
        events = observed.sum()
        rate = rng.gamma(events, 1 / exposure.sum(), (DRAWS, 1))
        expected = exposure * events / exposure.sum()
        made.append(Made(observed, exposure, theta, rate, expected))
    return made


def shrunken(seed: int, made: Made) -> tuple[Floats, Floats]:
    """80 % intervals of the reps' rates: the team's rate times multipliers of `shrink`."""
    rate = made.base * shrink(made.observed, made.expected, draws=DRAWS, seed=seed).draws
    low, high = np.quantile(rate, [0.1, 0.9], axis=0)
    return low, high


def _chance_at_level_one(observed: Floats, expected: Floats) -> Floats:
    """Log likelihood of each sd where the team's level is known to be 1."""
    k = 1 / SPREADS[:, np.newaxis] ** 2
    return np.asarray(
        (
            special.gammaln(observed + k)
            - special.gammaln(k)
            - k * np.log1p(expected / k)
            - observed * np.log(expected + k)
        ).sum(axis=1)
    )


def _at_level_one(observed: Floats, expected: Floats) -> Floats:
    """Weights of each sd where the team's level is known to be 1."""
    weight = np.exp(_chance_at_level_one(observed, expected) - SPREADS**2 / 0.5) * SPREADS
    return np.asarray(weight / weight.sum())


def plugged_in(seed: int, made: Made) -> tuple[Floats, Floats]:
    """The same with the most likely sd as if it were known, and the team's rate too."""
    del seed
    k = 1 / SPREADS[_chance_at_level_one(made.observed, made.expected).argmax()] ** 2
    team = made.expected / made.exposure
    low, high = (special.gammaincinv(made.observed + k, u) for u in (0.1, 0.9))
    return team * low / (made.expected + k), team * high / (made.expected + k)


def coverage(spread: float | None, intervals: Intervals) -> tuple[float, float]:
    """Share of the true rates within intervals, and its standard error by history."""
    shares = []
    for i, made in enumerate(histories(spread)):
        low, high = intervals(i, made)
        shares.append(float(((low <= made.theta) & (made.theta <= high)).mean()))
    return float(np.mean(shares)), float(np.std(shares)) / math.sqrt(HISTORIES)


def test_intervals_are_calibrated() -> None:
    """Where the sd comes from its prior, 80 % intervals hold 80 %, within 4 standard errors."""
    share, error = coverage(None, shrunken)
    assert 0.8 == pytest.approx(share, abs=4 * error)


@pytest.mark.parametrize("spread", [0.2, SPREAD, 0.6])
def test_intervals_are_honest(spread: float) -> None:
    """80 % intervals hold the truth in 74 to 86 % of cases, however much reps differ."""
    assert 0.74 <= coverage(spread, shrunken)[0] <= 0.86


@pytest.mark.parametrize("spread", [None, 0.2, SPREAD, 0.6])
def test_plugged_in_spread_is_too_sure(spread: float | None) -> None:
    """Negative control: with the most likely sd plugged in, both tests fail."""
    share, error = coverage(spread, plugged_in)
    assert share < 0.8 - 4 * error
    assert share < 0.74


def test_draws_agree_with_the_mean() -> None:
    """The mean of the draws is the posterior mean, within 4 standard errors."""
    observed, expected = np.full(100, 30.0), np.linspace(15, 60, 100)
    found = shrink(observed, expected, draws=10_000)
    error = found.draws.std(axis=0) / 100
    assert (np.abs(found.draws.mean(axis=0) - found.mean) < 4 * error).all()


def test_spread_by_quadrature() -> None:
    """The weights of sd are those of numerical integration over the team's level."""
    observed, expected = np.array([3.0, 9.0, 4.0]), np.array([5.0, 4.0, 7.0])

    def likelihood(sd: float) -> float:
        k = 1 / sd**2

        def at(log_level: float) -> float:
            mean = np.exp(log_level) * expected
            counts = stats.nbinom.pmf(observed, k, k / (k + mean))
            return float(counts.prod() * stats.norm.pdf(log_level))

        level = float(integrate.quad(at, -6, 6, epsabs=0, limit=400)[0])
        return level * math.exp(-0.5 * (sd / 0.5) ** 2) * sd

    weight = weigh_spreads(observed, expected, prior_sd=0.5)
    places = [10, 25, 40]
    by_hand = np.array([likelihood(float(SPREADS[i])) for i in places])
    assert by_hand / by_hand[1] == pytest.approx(weight[places] / weight[places][1], rel=1e-3)
    assert 1.0 == pytest.approx(weight.sum())


def test_fitted_level_is_told_apart() -> None:
    """Reps who differ by .35 are not made alike by a level that was fitted to their counts.

    The mean of sd over histories is within 4 standard errors of its mean where the level is
    known; with a level of 1 taken for known it is below.
    """
    fitted, plugged, exact = (
        np.array([float(weight @ SPREADS) for weight in weights])
        for weights in (
            [weigh_spreads(m.observed, m.expected, prior_sd=0.5) for m in histories(SPREAD)],
            [_at_level_one(m.observed, m.expected) for m in histories(SPREAD)],
            [_at_level_one(m.observed, m.exposure) for m in histories(SPREAD)],
        )
    )
    off, naive = fitted - exact, plugged - exact
    error = 4 / math.sqrt(HISTORIES)
    assert abs(off.mean()) < error * off.std()
    assert naive.mean() < -error * naive.std()


def test_much_evidence_speaks_for_itself() -> None:
    """With thousands of events each keeps its own ratio, and nearly all weight is its own."""
    found = shrink(np.array([4000.0, 8000.0, 2000.0]), np.full(3, 4000.0), draws=0)
    assert [1.0, 2.0, 0.5] == pytest.approx(found.mean.tolist(), rel=0.01)
    assert (found.own_weight > 0.99).all()


def test_no_evidence_is_the_group() -> None:
    """Where nothing was expected the multiplier is 1 and none of the weight is its own."""
    found = shrink(np.array([0.0, 30.0, 31.0]), np.array([0.0, 30.0, 31.0]), draws=50)
    assert 1.0 == pytest.approx(found.mean[0])
    assert 0.0 == found.own_weight[0]
    nothing = shrink(np.zeros(2), np.zeros(2), draws=4)
    assert [1.0, 1.0] == pytest.approx(nothing.mean.tolist())
    assert np.isfinite(nothing.draws).all()


def test_reps_that_are_alike_stay_together() -> None:
    """Counts that vary no more than luck does give multipliers near 1."""
    rng = np.random.default_rng(5)
    found = shrink(rng.poisson(100, 40).astype(np.float64), np.full(40, 100.0), draws=0)
    assert found.spread < 0.1
    assert np.abs(found.mean - 1).max() < 0.15


def test_wider_prior() -> None:
    """The wider the prior of sd, the further a count may pull."""
    observed, expected = np.array([20.0, 5.0]), np.array([10.0, 10.0])
    narrow = shrink(observed, expected, prior_sd=0.1, draws=0)
    wide = shrink(observed, expected, prior_sd=1.0, draws=0)
    assert narrow.mean[0] < wide.mean[0]
    assert narrow.spread < wide.spread


def test_seed_decides() -> None:
    """Draws are a function of seed and name; the means are not."""
    counts = np.array([4.0, 9.0]), np.array([6.0, 7.0])
    one = shrink(*counts, draws=9, seed=1, name="won")
    assert (one.draws == shrink(*counts, draws=9, seed=1, name="won").draws).all()
    assert not (one.draws == shrink(*counts, draws=9, seed=2, name="won").draws).any()
    assert not (one.draws == shrink(*counts, draws=9, seed=1, name="lost").draws).any()
