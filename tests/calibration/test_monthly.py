"""Monthly levels against a plain Gaussian process, known patterns, and their own promises."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import special, stats

from quotarisk.calibration.monthly import (
    QUARTERS,
    SCALES,
    SHOCKS,
    TRENDS,
    WALKS,
    MonthlyLevel,
    draw_future,
    fit_monthly,
    trend_covariance,
)
from quotarisk.scenario.laws import Array

SERIES = 400
PAST = 18
Sizes = tuple[float, float, float, float]
GRID: list[Sizes] = list(itertools.product(WALKS, QUARTERS, SHOCKS, TRENDS))


def of_quarter(months: int, first: int = 0) -> NDArray[np.int64]:
    """Months of quarter, in order."""
    return (first + np.arange(months)) % 3


def plain_covariance(sizes: Sizes, months: NDArray[np.int64], quarter: NDArray[np.int64]) -> Array:
    """The kernel, element by element."""
    q, c, s, u = sizes
    last = int(max(months)) + 1
    # slopes: b_0 ~ N(0, 1), b_t = .85 b_(t-1) + N(0, .4^2); their covariances one by one
    slope = np.zeros((last, last))
    for i in range(last):
        before = slope[i - 1, i - 1] if i else 0.0
        slope[i, i] = 0.85**2 * before + 0.4**2 if i else 1.0
        for j in range(i):
            slope[i, j] = slope[j, i] = 0.85 ** (i - j) * slope[j, j]
    found = np.empty((len(months), len(months)))
    for a, b in itertools.product(range(len(months)), repeat=2):
        m, n = int(months[a]), int(months[b])
        found[a, b] = (
            0.09
            + q**2 * (min(m, n) + 1)
            + c**2 * ((quarter[a] == quarter[b]) - 1 / 3)
            + s**2 * (m == n)
            + u**2 * slope[: m + 1, : n + 1].sum()
        )
    return found


def plain_fit(
    observed: Array, expected: Array, quarter: NDArray[np.int64], ahead: int, overlap: int
) -> tuple[Array, Array, Array, float]:
    """Level, future mean and covariance, and P(drift): one grid point after the other."""
    past = len(observed)
    months = np.concatenate([np.arange(past), past - overlap + np.arange(ahead)])
    y = np.log((observed + 0.5) / (expected + 0.5))
    noise = np.diag(1 / (observed + 0.5))
    logs, posts, drifts = [], [], []
    for sizes in GRID:
        cov = plain_covariance(sizes, months, quarter)
        seen = cov[:past, :past] + noise
        prior = -sum(size / scale for size, scale in zip(sizes, SCALES, strict=True))
        logs.append(prior + stats.multivariate_normal(np.zeros(past), seen).logpdf(y))
        gain = cov[:, :past] @ np.linalg.inv(seen)
        posts.append((gain @ y, cov - gain @ cov[:past]))
        drifts.append(sizes[0] > 0.1 or sizes[3] > 0)
    weight = np.exp(np.array(logs) - special.logsumexp(logs))
    mean = sum(w * post[0] for w, post in zip(weight, posts, strict=True))
    second = sum(w * (b + np.outer(a, a)) for w, (a, b) in zip(weight, posts, strict=True))
    cov = second - np.outer(mean, mean)
    return mean[:past], mean[past:], cov[past:, past:], float(weight[drifts].sum())


@pytest.mark.parametrize("unfinished", [False, True])
def test_against_plain_process(unfinished: bool) -> None:
    """Means, covariances and the probability of drift are those of 360 plain Gaussians."""
    rng = np.random.default_rng(3)
    expected = rng.uniform(5, 60, 9)
    observed = rng.poisson(expected * np.exp(0.08 * np.arange(9))).astype(np.float64)
    overlap = int(unfinished)
    quarter = np.concatenate([of_quarter(9, 1), of_quarter(3, 1 + 9 - overlap)])
    level, mean, cov, drift = plain_fit(observed, expected, quarter, 3, overlap)
    fit = fit_monthly(
        observed,
        expected,
        quarter[:9],
        ahead=3,
        first_future=int(quarter[9]),
        unfinished=unfinished,
    )
    np.testing.assert_allclose(fit.level, level, rtol=0, atol=1e-10)
    np.testing.assert_allclose(fit.future_mean, mean, rtol=0, atol=1e-10)
    np.testing.assert_allclose(fit.future_cov, cov, rtol=0, atol=1e-10)
    assert drift == pytest.approx(fit.drift_probability, abs=1e-10)


def test_an_unfinished_month_is_one_month() -> None:
    """The rest of a month that is not over goes on at the level of its first days."""
    observed = np.array([40.0, 40, 40, 40, 40, 4000])
    fit = fit_monthly(
        observed, np.full(6, 40.0), of_quarter(6), ahead=2, first_future=2, unfinished=True
    )
    assert fit.level[-1] == pytest.approx(fit.future_mean[0], abs=1e-10)


@pytest.mark.parametrize("unfinished", [False, True])
def test_no_past_is_the_prior(unfinished: bool) -> None:
    """With no month seen the level is 0, give or take what the prior says."""
    none = np.empty(0)
    fit = fit_monthly(none, none, of_quarter(0), ahead=2, first_future=0, unfinished=unfinished)
    prior = np.exp(-np.add.outer(np.array(WALKS) / SCALES[0], np.array(TRENDS) / SCALES[3]))
    walk, trend = np.meshgrid(WALKS, TRENDS, indexing="ij")
    assert [0.0, 0.0] == fit.future_mean.tolist()
    assert [0.0, 0.0, 0.0] == fit.of_quarter.tolist()
    expected = prior[(walk > 0.1) | (trend > 0)].sum() / prior.sum()
    assert expected == pytest.approx(fit.drift_probability)


def test_trend_is_recovered() -> None:
    """A steady climb of 8 % a month is followed, not averaged away."""
    months = np.arange(24)
    observed = np.round(300 * np.exp(0.08 * (months - 12)))
    fit = fit_monthly(observed, np.full(24, 300.0), of_quarter(24), ahead=3, first_future=0)
    truth = 0.08 * (np.arange(24, 27) - 12)
    sd = np.sqrt(np.diag(fit.future_cov))
    assert (np.abs(fit.future_mean - truth) < 2 * sd).all()
    assert (fit.future_mean > 0.08 * 11).all()
    assert fit.drift_probability > 0.95


def test_month_of_quarter_is_recovered() -> None:
    """A pattern by month of quarter is found, sums to zero and goes on; drift is not seen."""
    pattern = np.log([0.6, 0.9, 1.5])
    observed = np.round(400 * np.exp(pattern[of_quarter(18)]))
    fit = fit_monthly(observed, np.full(18, 400.0), of_quarter(18), ahead=3, first_future=0)
    np.testing.assert_allclose(fit.of_quarter, pattern - pattern.mean(), rtol=0, atol=0.05)
    np.testing.assert_allclose(fit.future_mean, pattern, rtol=0, atol=0.1)
    assert abs(fit.of_quarter.sum()) < 1e-12
    assert fit.drift_probability < 0.1


def covered(sizes: list[Sizes]) -> NDArray[np.bool_]:
    """``[series, 2]`` whether 80 % intervals hold the next level: with and without drift.

    Without drift is the posterior of the same process, its level told to stand still.
    """
    rng = np.random.default_rng(5)
    expected, ranks = np.full(PAST, 80.0), []
    still = np.array([q == 0 and u == 0 for q, _, _, u in GRID])
    for one in sizes:
        cov = plain_covariance(one, np.arange(PAST + 1), of_quarter(PAST + 1))
        truth = rng.multivariate_normal(np.zeros(PAST + 1), cov, method="eigh")
        observed = rng.poisson(expected * np.exp(truth[:-1])).astype(np.float64)
        fit = fit_monthly(observed, expected, of_quarter(PAST), ahead=1, first_future=PAST % 3)
        rank = special.ndtr((truth[-1] - fit.means[:, 0]) / np.sqrt(fit.covs[:, 0, 0]))
        alone = fit.weights * still
        ranks.append((fit.weights @ rank, alone @ rank / alone.sum()))
    return np.abs(np.array(ranks) - 0.5) < 0.4


def test_coverage_of_the_next_month() -> None:
    """Over series drawn from the prior 80 % intervals cover 80 %; a level that stands still fails.

    What holds on average over the prior need not hold at each drift, see the next test.
    """
    rng = np.random.default_rng(4)

    def one(axis: tuple[float, ...], scale: float) -> float:
        weight = np.exp(-np.array(axis) / scale)
        return float(rng.choice(axis, p=weight / weight.sum()))

    axes = (WALKS, QUARTERS, SHOCKS, TRENDS)
    pairs = list(zip(axes, SCALES, strict=True))
    drawn = [tuple(one(*pair) for pair in pairs) for _ in range(SERIES)]
    ours, still = covered(drawn).mean(axis=0)  # type: ignore[arg-type]
    tolerance = 4 * math.sqrt(0.8 * 0.2 / SERIES)
    assert abs(ours - 0.8) < tolerance
    assert still < 0.8 - tolerance


def test_coverage_under_strong_drift() -> None:
    """Where all series drift, a level that stands still fails; the process covers far more of it.

    The prior thinks so much drift unlikely, so even the process covers less than 80 % here:
    rolling origins widen forecasts further.
    """
    inside = covered([(0.15, 0.1, 0.05, 0.05)] * SERIES)
    ours, still = inside.mean(axis=0)
    assert still < 0.8 - 4 * math.sqrt(0.8 * 0.2 / SERIES)
    gain = np.subtract(*inside.T.astype(np.float64))
    assert ours - still > 4 * gain.std() / math.sqrt(SERIES)


def fitted() -> MonthlyLevel:
    """A short series with much left open."""
    observed = np.array([20.0, 35, 50, 31, 44, 80])
    return fit_monthly(observed, np.full(6, 40.0), of_quarter(6), ahead=3, first_future=0)


def test_draws_have_the_forecast_moments() -> None:
    """Joint draws have the grid-averaged mean and covariance, within 4 standard errors."""
    fit, draws = fitted(), 40_000
    drawn = draw_future(fit, np.random.default_rng(6).random((draws, 4)))
    off = drawn - fit.future_mean
    products = off[:, :, np.newaxis] * off[:, np.newaxis, :]
    error = off.std(axis=0) / math.sqrt(draws)
    assert (np.abs(off.mean(axis=0)) < 4 * error).all()
    error = products.std(axis=0) / math.sqrt(draws)
    assert (np.abs(products.mean(axis=0) - fit.future_cov) < 4 * error).all()
    alone = np.diag(np.diag(fit.future_cov))  # negative control: months drawn each for itself
    assert not (np.abs(products.mean(axis=0) - alone) < 4 * error).all()


def test_draws_follow_their_uniforms() -> None:
    """A draw is a function of its own uniforms, rises with a month's score and has no gaps."""
    fit = fitted()
    uniforms = np.random.default_rng(7).random((50, 4))
    drawn = draw_future(fit, uniforms)
    np.testing.assert_allclose(draw_future(fit, uniforms[10:12]), drawn[10:12], rtol=1e-12)
    higher = uniforms.copy()
    higher[:, 3] = (1 + higher[:, 3]) / 2
    assert (draw_future(fit, higher)[:, 2] > drawn[:, 2]).all()
    edge = np.full((1, 4), 0.5)
    edge[0, 0] = np.nextafter(1.0, 0.0)
    assert np.isfinite(draw_future(fit, edge)).all()


def test_trend_covariance_of_no_month() -> None:
    """No months have an empty covariance."""
    assert (0, 0) == trend_covariance(0).shape
