"""Ranks of what came in its forecasts, and windows that are independent."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest

from quotarisk.calibration.ranks import effective_windows, inside, luck_of, pit_of
from quotarisk.errors import ArgumentError
from quotarisk.simulation.estimates import Array

FIRST, DAYS = date(2027, 1, 31), 30
LEVELS = (0.5, 0.8, 0.95)


def _errors_off(values: Array, expected: float) -> float:
    """By how many standard errors the mean of independent values differs."""
    return float(abs(values.mean() - expected) / (values.std(ddof=1) / np.sqrt(len(values))))


def _origins(count: int, apart: int = DAYS) -> list[date]:
    return [FIRST + timedelta(days=apart * place) for place in range(count)]


def test_luck_is_of_rep_and_origin() -> None:
    """Luck belongs to a rep and an origin, in whatever order they come, and to the seed."""
    origins, reps = [*_origins(3), *_origins(2)], ["Ana", "Ana", "Ana", "Bo", "Bo"]
    luck = luck_of(origins, reps, seed=4)
    turned = luck_of(origins[::-1], reps[::-1], seed=4)
    assert luck.tolist() == turned[::-1].tolist()
    assert 5 == len(set(luck.tolist()))
    assert set(luck.tolist()).isdisjoint(luck_of(origins, reps, seed=5).tolist())


def test_luck_is_uniform() -> None:
    """Luck is uniform between 0 and 1."""
    luck = luck_of(_origins(4_000), ["Ana"] * 4_000, seed=0)
    for share in (0.1, 0.5, 0.9):
        assert _errors_off((luck < share).astype(float), share) < 4
    assert _errors_off((luck < 0.5).astype(float), 0.6) > 4


def _bookings_of_idle_reps(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    """Nothing in two of three periods."""
    return np.where(rng.random(shape) < 2 / 3, 0.0, rng.lognormal(9.0, 1.0, shape))


def test_pit_with_ties() -> None:
    """Where forecasts are right PITs are uniform, also where most samples are zero and few."""
    rng = np.random.default_rng(2)
    samples, came = _bookings_of_idle_reps(rng, (6_000, 9)), _bookings_of_idle_reps(rng, (6_000,))
    pit = pit_of(came, samples, luck_of(_origins(6_000, 1), ["Ana"] * 6_000, seed=0))
    plain = pit_of(came, samples, np.zeros(6_000))
    for share in (0.1, 0.25, 0.5, 0.75, 0.9):
        assert _errors_off((pit < share).astype(float), share) < 4
    assert _errors_off((plain < 0.25).astype(float), 0.25) > 4


def test_pit_of_extremes() -> None:
    """What came above all samples ranks above them, what came below ranks below."""
    samples = [[1.0, 2.0, 3.0]] * 3
    assert [0.125, 0.875, 0.75] == pit_of([0.0, 4.0, 3.0], samples, [0.5, 0.5, 0.5]).tolist()


@pytest.mark.parametrize("level", LEVELS)
def test_coverage(level: float) -> None:
    """Central intervals hold their share where forecasts are right, less where too narrow."""
    rng = np.random.default_rng(3)
    samples, luck = rng.normal(size=(5_000, 50)), rng.random(5_000)
    right = inside(pit_of(rng.normal(size=5_000), samples, luck), level)
    narrow = inside(pit_of(rng.normal(size=5_000) * 1.5, samples, luck), level)
    assert _errors_off(right.astype(float), level) < 4
    assert _errors_off(narrow.astype(float), level) > 4


def test_inside_is_central() -> None:
    """An interval of 80 % leaves out a tenth on either side."""
    assert [False, True, True, False] == inside([0.09, 0.11, 0.89, 0.91], 0.8).tolist()


@pytest.mark.parametrize(
    ("apart", "count", "days", "expected"),
    [
        (30, 6, 30, 6.0),  # end to end
        (30, 6, 90, 8 / 3),  # (150 + 90) / 90
        (90, 3, 30, 3.0),  # days between windows that nobody forecast do not count
        (30, 1, 90, 1.0),
    ],
)
def test_effective_windows(apart: int, count: int, days: int, expected: float) -> None:
    """Overlapping windows count as their span over their length."""
    origins = _origins(count, apart)
    assert pytest.approx(expected) == effective_windows(origins * 3, days=days)


def test_windows_of_no_days() -> None:
    """A window of no days is refused."""
    with pytest.raises(ArgumentError, match="days must be 1 or more, got 0"):
        effective_windows(_origins(2), days=0)
