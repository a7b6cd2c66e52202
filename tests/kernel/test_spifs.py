"""What counts and what SPIFs add, and what one more deal pays: the kernels against plain loops."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from quotarisk.kernel.arrays import Floats
from quotarisk.kernel.one_more import Before, pay_one_more
from quotarisk.kernel.spifs import SpifRules, pay_spifs, weigh_segments
from tests.kernel import pay_twin
from tests.kernel.test_pay import pay, rules_of

SEGMENTS, MONTHS, PATHS = 3, 6, 1_300  # more than a block of paths
FIRST, END = np.array([0, 3]), np.array([3, 6])
SPIFS = SpifRules(
    segment=np.array([1, 2, 1]),
    per_deal=np.array([50.0, 0.0, 7.0]),
    rate=np.array([0.0, 0.013, 0.01]),
    goal=np.array([-np.inf, 400.0, 300.0]),
)
NONE = SpifRules(np.empty(0, np.int64), np.empty(0), np.empty(0), np.empty(0))


def _drawn(seed: int = 1) -> tuple[Floats, Floats]:
    """Bookings and wins, some of them taken back."""
    random = np.random.default_rng(seed)
    booked = random.integers(-20, 200, (SEGMENTS, MONTHS, PATHS)).astype(np.float64)
    return booked, random.integers(0, 4, booked.shape).astype(np.float64)


def _spif(rules: SpifRules, segment: int, booked: float, wins: float) -> float:
    """What SPIFs of a segment pay in a period."""
    total = 0.0
    for place, per_deal, rate, goal in zip(*rules, strict=True):
        if place == segment and booked >= goal:
            total += float(np.rint(rate * max(booked, 0.0) + per_deal * wins))
    return total


def test_segments_are_weighed() -> None:
    """Each so many times; as often as sums are asked for."""
    booked, _ = _drawn()
    times = np.array([[1.0, 1.0, 1.0], [1.0, 0.5, 1.5]])
    out = np.full((2, MONTHS, PATHS), np.nan)
    weigh_segments(booked, times, out)
    np.testing.assert_allclose(np.tensordot(times, booked, 1), out, rtol=0, atol=1e-9)


def test_spifs_pay_by_deal_and_by_share() -> None:
    """Once a goal is reached, of each segment that has one."""
    booked, wins = _drawn()
    out = np.full((2, PATHS), np.nan)
    pay_spifs(booked, wins, FIRST, END, SPIFS, out)
    for row, months in enumerate((slice(0, 3), slice(3, 6))):
        for path in range(0, PATHS, 7):
            expected = sum(
                _spif(SPIFS, segment, booked[segment, months, path].sum(), won)
                for segment, won in enumerate(wins[:, months, path].sum(axis=1))
            )
            assert expected == out[row, path]


@pytest.mark.parametrize(
    "told",
    [
        {},
        {"retroactive": True, "tier_from": np.array([0.0, 0.5, 1.2]), "tier_rate": np.arange(3.0)},
        {"tier_from": np.array([0.0, 0.5, 1.2]), "tier_rate": np.array([1.0, 2.0, 0.5])},
        {"surplus_ends": np.zeros(2, np.uint8), "threshold": 0.5},
        {"shortfall_ends": np.zeros(2, np.uint8), "cap": 1.5},
        {"draw": np.full(2, 90.0)},
        {"draw": np.full(2, 90.0), "recoverable": False, "cliff": False, "threshold": 0.3},
        {"quota": np.array([np.nan, 700.0])},
    ],
)
@pytest.mark.parametrize("spifs", [SPIFS, NONE])
def test_one_more_deal(told: dict[str, Any], spifs: SpifRules) -> None:
    """Is pay of the path with the deal less that without it, by band and batch."""
    booked, wins = _drawn()
    quota = np.full(2, 800.0)
    rules = rules_of(2, **{"quota": quota, "target": quota, **told})
    credited = np.array([booked[:, a:b].sum(axis=(0, 1)) for a, b in zip(FIRST, END, strict=True)])
    extra = np.empty((2, PATHS))
    pay_spifs(booked, wins, FIRST, END, spifs, extra)
    before = Before(credited, extra, pay(rules, credited, extra), booked, wins, FIRST, END)
    times, edges = np.array([1.0, 1.5, 0.0]), np.array([0.4, 1.0])
    sizes = np.arange(1.0, 34.0).reshape(SEGMENTS, 11) * 9
    starts = np.array([0, 500, 900])
    got = pay_one_more(before, rules, spifs, times, sizes, edges, starts)
    counts, more, size = np.zeros((4, 3), int), np.zeros((3, 4, 3)), np.zeros((3, 4, 3))
    for path in range(PATHS):
        row, batch = path % 2, int((starts <= path).sum()) - 1
        asked = rules.quota[row]
        band = 3 if np.isnan(asked) else int((credited[row, path] / asked >= edges).sum())
        counts[band, batch] += 1
        months = slice(3 * row, 3 * row + 3)
        for segment in range(SEGMENTS):
            deal = sizes[segment, path % 11]
            own, won = (each[segment, months, path].sum() for each in (booked, wins))
            after, added = credited[:, [path]].copy(), extra[:, [path]].copy()
            after[row] += np.rint(times[segment] * deal)
            added[row] += _spif(spifs, segment, own + deal, won + 1)
            added[row] -= _spif(spifs, segment, own, won)
            paid = pay_twin.pay_paths(rules, after, added)[:, 0]
            more[segment, band, batch] += (paid - before.paid[:, path]).sum()
            size[segment, band, batch] += deal
    np.testing.assert_array_equal(counts, got.counts)
    np.testing.assert_array_equal(more, got.pay)
    np.testing.assert_array_equal(size, got.size)
