"""Feast and famine: variation and autocorrelation of months, held against known processes."""

from __future__ import annotations

import math

import numpy as np
import pytest

from quotarisk.analysis.feast import rhythm_of
from quotarisk.simulation.estimates import NOTHING

MONTHS, PATHS = 12, 4_000


def _reads(correlation: float) -> float:
    """What twelve months of an AR(1) process read as: the covariance less that of their means."""
    places = np.arange(MONTHS)
    true = correlation ** np.abs(places[:, np.newaxis] - places)
    center = np.eye(MONTHS) - 1 / MONTHS
    left = center @ true @ center
    variance = np.trace(left) / (MONTHS - 1)
    return float(np.trace(left, 1) / (MONTHS - 1) / variance + 1 / MONTHS)


READS = {correlation: _reads(correlation) for correlation in (-0.6, 0.0, 0.5)}


def _process(correlation: float, *, seed: int = 1, paths: int = PATHS) -> np.ndarray:
    """Months around 100, of deviation 20, each correlated with the one before."""
    random = np.random.default_rng(seed)
    noise = random.normal(size=(MONTHS, paths))
    level = noise[0]
    months = [level]
    for row in noise[1:]:
        level = correlation * level + math.sqrt(1 - correlation**2) * row
        months.append(level)
    return 100 + 20 * np.array(months)


@pytest.mark.parametrize("correlation", [-0.6, 0.0, 0.5])
def test_known_processes(correlation: float) -> None:
    """An AR(1) process has its correlation, nearer to 0 by what its months share."""
    rhythm = rhythm_of(_process(correlation))

    if correlation == 0:
        assert abs(rhythm.variation.value - 0.2) < 4 * rhythm.variation.se
    found, reads = rhythm.autocorrelation, READS[correlation]
    assert abs(found.value - reads) < 4 * found.se + 0.01
    assert abs(found.value - reads - 0.2) > 4 * found.se  # the control


def _level(*, seed: int, paths: int = PATHS) -> np.ndarray:
    """What paths believe of all their months, as a multiple of what is expected."""
    return np.random.default_rng(seed).lognormal(0, 0.3, size=paths)


@pytest.mark.parametrize("months", [4, 6, 12, 24])
def test_what_is_not_known_is_no_feast(months: int) -> None:
    """Independent months whose level each path believes otherwise do not depend on each other."""
    random = np.random.default_rng(months)
    expected = np.linspace(60, 140, months)[:, np.newaxis] * np.ones(PATHS)
    noise = 20 * np.sqrt(expected / 100) * random.normal(size=expected.shape)
    sure, unsure = (rhythm_of(expected * each + noise) for each in (1.0, _level(seed=2)))

    for rhythm in (sure, unsure):
        found = rhythm.autocorrelation
        assert abs(found.value) < 4 * found.se
    # but for the mean level, which is not quite 1
    assert unsure.variation.value == pytest.approx(sure.variation.value, rel=0.08)
    assert abs(sure.variation.value - 0.2) < 4 * sure.variation.se
    # the control: across paths what is believed looks like good months in a row
    away = expected * _level(seed=2) + noise - expected
    assert np.mean(away[1:] * away[:-1]) / np.mean(away**2) > 0.3


def test_ramp_and_season_do_not_count() -> None:
    """Whatever is expected of the months: only what lies around it does."""
    plain = _process(0.0)
    steady, seasonal = (
        rhythm_of(plain + 30 * (wave - wave.mean())[:, np.newaxis])
        for wave in (np.zeros(MONTHS), np.arange(MONTHS) % 2 + np.linspace(0, 1, MONTHS))
    )

    assert steady.variation.value == pytest.approx(seasonal.variation.value, rel=0.02)
    assert abs(steady.autocorrelation.value - seasonal.autocorrelation.value) < 0.01


def test_errors_are_the_spread_over_runs() -> None:
    """Over 100 runs both figures scatter as their errors say."""
    runs = 100
    found = [rhythm_of(_process(0.4, seed=seed, paths=200)) for seed in range(runs)]

    for pick in (0, 1):
        values = np.array([rhythm[pick].value for rhythm in found])
        errors = np.array([rhythm[pick].se for rhythm in found])
        ratio = float(values.std(ddof=1) / np.sqrt((errors**2).mean()))
        assert abs(ratio - 1) < 4 / math.sqrt(2 * (runs - 1))


def test_nothing_to_tell() -> None:
    """Of nothing, of what never varies, of few months and of one that is half of all."""
    half = _process(0.0)
    half[0] *= MONTHS
    for months in (np.zeros((5, 10)), np.full((5, 10), 5.0), _process(0.0)[:3], half):
        assert all(each is NOTHING for each in rhythm_of(months))
    assert all(each is not NOTHING for each in rhythm_of(_process(0.0)[:4]))
