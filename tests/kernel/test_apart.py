"""Sums over the paths of two scenarios, against numpy's."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from quotarisk.kernel import compiling
from quotarisk.kernel.apart import sum_apart
from quotarisk.kernel.summary import LANES

QUOTA = 7e5


@pytest.mark.parametrize("paths", [1, LANES - 1, LANES, 5 * LANES + 3])
@pytest.mark.parametrize("far", [0.0, 2.0**40])
def test_sums_are_numpys(paths: int, far: float) -> None:
    """Whole numbers to the bit, squares to rounding, whether a last block is full or not."""
    luck = np.random.default_rng(paths)
    base = np.round(luck.exponential(1e6, (3, paths))) + far
    booked = np.round(base * 0.9)
    quotas = np.array([QUOTA + far, np.nan, booked[2, 0]])
    hits, were = (each >= quotas[:, np.newaxis] for each in (booked, base))
    short = np.where(booked < quotas[:, np.newaxis], quotas[:, np.newaxis] - booked, 0.0)

    found = sum_apart(booked, base, quotas)

    np.testing.assert_array_equal(found.hits, hits.sum(axis=1))
    np.testing.assert_array_equal(found.differ, (hits != were).sum(axis=1))
    np.testing.assert_array_equal(found.total, booked.sum(axis=1))
    np.testing.assert_array_equal(found.moved, (booked - base).sum(axis=1))
    np.testing.assert_array_equal(found.short, short.sum(axis=1))
    np.testing.assert_allclose(found.second, booked.var(axis=1) * paths, rtol=1e-9)
    np.testing.assert_allclose(found.moved_squared, ((booked - base) ** 2).sum(axis=1), rtol=1e-12)
    np.testing.assert_allclose(found.short_squared, (short**2).sum(axis=1), rtol=1e-12)
    assert found.hits[2] >= 1  # who books the quota to the cent has hit it


def test_what_is_the_same_is_nothing() -> None:
    """No rounding: bookings that are the same on every path do not deviate, nor move."""
    same = np.full((1, 1000), 1e12 / 3)

    found = sum_apart(same, same, np.array([1e12]))

    assert (0, 0, 0, 0) == (
        found.second[0], found.moved[0], found.moved_squared[0], found.differ[0]
    )  # fmt: skip


def test_nothing_to_sum() -> None:
    """Where no period is answered there is no row."""
    nothing = np.empty((0, 10))

    assert [(0,)] * 8 == [part.shape for part in sum_apart(nothing, nothing, np.empty(0))]


def test_the_digest_of_the_sources_is_part_of_the_entry() -> None:
    """So that an edit of the kernel is noticed."""
    compiled: Any = sum_apart

    assert compiling.SOURCES == compiled.py_func.__defaults__[-1]
