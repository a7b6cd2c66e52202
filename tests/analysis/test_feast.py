"""Feast and famine: variation and autocorrelation of months, held against known processes."""

from __future__ import annotations

import math

import numpy as np
import pytest

from quotarisk.analysis.feast import rhythm_of
from quotarisk.simulation.estimates import NOTHING

MONTHS, PATHS = 12, 4_000


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
    """An AR(1) process has the variation and the correlation that it was made with."""
    rhythm = rhythm_of(_process(correlation))

    assert abs(rhythm.variation.value - 0.2) < 4 * rhythm.variation.se
    # months less their means over the paths are less far apart by a share of 1 / paths
    found = rhythm.autocorrelation
    assert abs(found.value - correlation) < 4 * found.se + 2 / PATHS
    assert abs(found.value - correlation - 0.2) > 4 * found.se  # the control


def test_ramp_and_season_do_not_count() -> None:
    """Whatever is expected of the months: only what lies around it does."""
    plain = _process(0.0)
    steady, seasonal = (
        rhythm_of(plain + 50 * (wave - wave.mean())[:, np.newaxis])
        for wave in (np.zeros(MONTHS), np.arange(MONTHS) % 2 + np.linspace(0, 1, MONTHS))
    )

    assert steady.variation == pytest.approx(seasonal.variation)
    assert steady.autocorrelation == pytest.approx(seasonal.autocorrelation)


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
    """Of nothing, of what never varies, and of a single month there is no such figure."""
    for months in (np.zeros((3, 10)), np.full((3, 10), 5.0)):
        assert all(each is NOTHING for each in rhythm_of(months))
    single = rhythm_of(_process(0.0)[:1])
    assert single.variation.value > 0
    assert math.isnan(single.autocorrelation.value)
