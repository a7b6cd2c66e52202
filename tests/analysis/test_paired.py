"""Differences over the same paths, and what bad futures bring."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from quotarisk.analysis.paired import (
    LOWEST,
    block_shares,
    lowest_of,
    means_apart,
    shares_apart,
)
from quotarisk.kernel.apart import Apart, sum_apart
from quotarisk.scenario.correction import Correction
from quotarisk.simulation.estimates import Array, proportion_se
from quotarisk.simulation.sectioning import blocks_of

PATHS = 4000


def _sums(booked: Array, base: Array, quota: float) -> tuple[Apart, Apart]:
    quotas = np.full(len(base), quota)
    return sum_apart(booked, base, quotas), sum_apart(base, base, quotas)


def test_the_error_of_a_difference_is_that_of_the_differences() -> None:
    """Mean and deviation of d = hit - hit before, as numpy has them."""
    base = np.random.default_rng(1).random((3, PATHS))
    booked = base + np.array([[-0.1], [0.0], [0.05]])
    d = (booked >= 0.5).astype(float) - (base >= 0.5)

    found = shares_apart(*_sums(booked, base, 0.5), PATHS)

    np.testing.assert_allclose(found.change, d.mean(axis=1), atol=1e-15)
    np.testing.assert_allclose(found.change_se, d.std(axis=1) / PATHS**0.5, atol=1e-15)


def test_what_was_never_seen_to_differ_is_not_certain() -> None:
    """No path differs though bookings do: as uncertain as a probability never seen; else exact."""
    base = np.ones((2, PATHS))

    found = shares_apart(*_sums(base + np.array([[0.0], [1.0]]), base, 0.5), PATHS)

    assert [0.0, 0.0] == found.change.tolist()
    assert [0.0, float(proportion_se(0, PATHS))] == found.change_se.tolist()


@pytest.mark.parametrize("correction", [{"together": 0.3}, {"month_shape": 0.6}])
def test_blocks_tell_the_error_of_a_difference(correction: dict[str, Any]) -> None:
    """That of the blocks' differences; a bound where few blocks differ, 0 where nothing does."""
    blocks = blocks_of(Correction(**correction), PATHS)
    assert blocks is not None
    base = np.random.default_rng(1).random((3, PATHS))
    booked = base + np.array([[-0.1], [0.0], [0.0]])
    booked[2, 0] += 0.1
    quotas = np.full(3, 0.5)
    quotas[2] = base[2, 0] + 0.05
    there, here = (sum_apart(each, base, quotas) for each in (booked, base))
    plain = shares_apart(there, here, PATHS)

    found = shares_apart(there, here, PATHS, blocked=block_shares(booked, base, quotas, blocks))

    np.testing.assert_array_equal(found.change, plain.change)
    d = (booked[0] >= 0.5).astype(float) - (base[0] >= 0.5)
    parts = [d[first:end].mean() for first, end in blocks.edges]
    spread = np.sum((np.array(parts) - d.mean()) ** 2) / (len(parts) * (len(parts) - 1))
    assert found.change_se[0] == pytest.approx(blocks.wider * spread**0.5)
    assert found.change_se[1] == 0
    assert found.change_se[2] >= plain.change_se[2] > 0


def test_means_apart() -> None:
    """A difference that is the same on every path has no error."""
    base = np.round(np.random.default_rng(2).exponential(1e6, (2, PATHS)))
    booked = np.vstack([base[0] - 7.0, base[1] * 0.7])
    d = booked - base
    expected = d.mean(axis=1), d.std(axis=1, ddof=1) / PATHS**0.5

    found = means_apart(_sums(booked, base, 0.0)[0], PATHS)

    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-12)
    assert found.change_se[0] == 0


@pytest.mark.parametrize("shift", [0, -50, 2**32], ids=["32 bits", "taken back", "large"])
@pytest.mark.parametrize("paths", [20, 29, 995, PATHS])
def test_the_lowest_tenth_is_what_sorting_finds(shift: int, paths: int) -> None:
    """However large amounts are, taken back or not, and however few paths there are."""
    booked = np.random.default_rng(3).integers(0, 10_000, (4, paths)).astype(float) + shift
    ordered = np.sort(booked, axis=1)
    weights = np.diff(np.minimum(np.arange(paths + 1) / (paths * LOWEST), 1.0))

    found = lowest_of(booked)

    np.testing.assert_array_equal(found.p10, ordered[:, int(paths * LOWEST)])
    np.testing.assert_allclose(found.expected_shortfall, ordered @ weights, rtol=1e-9)
    assert (found.expected_shortfall <= found.p10).all()


def test_a_tenth_of_few_futures_has_no_mean() -> None:
    """One bad future of 19 tells no spread, so neither a mean nor its error is given."""
    booked = np.random.default_rng(3).random((4, 19)).round(2) * 100

    found = lowest_of(booked)

    np.testing.assert_array_equal(found.p10, np.sort(booked, axis=1)[:, 1])
    assert np.isnan([found.expected_shortfall, found.expected_shortfall_se]).all()


def test_errors_of_the_lowest_tenth_are_those_of_the_spread() -> None:
    """Over 400 samples of an exponential law deviations are the errors, and means the law's."""
    samples = 400
    booked = np.round(np.random.default_rng(4).exponential(1e7, (samples, PATHS)))
    found = lowest_of(booked)
    p10 = -np.log(1 - LOWEST) * 1e7
    # mean below p10: (1 - e^-q (1 + q)) / 0.1, in units of the mean
    q = -np.log(1 - LOWEST)
    worst = (1 - np.exp(-q) * (1 + q)) / LOWEST * 1e7

    for values, errors, true in (
        (found.p10, found.p10_se, p10),
        (found.expected_shortfall, found.expected_shortfall_se, worst),
    ):
        spread = values.std(ddof=1)
        assert abs(values.mean() - true) < 4 * spread / samples**0.5 + 1e-3 * true
        # half the gap of two order statistics is itself a noisy error, of the right size
        assert 0.85 < np.sqrt((errors**2).mean()) / spread < 1.25
    control = np.sqrt((found.expected_shortfall_se**2).mean()) * 2
    assert not 0.85 < control / found.expected_shortfall.std(ddof=1) < 1.25


def test_nothing_has_no_lowest_tenth() -> None:
    """Where no period is answered there is nothing to sort."""
    assert [(0,)] * 4 == [part.shape for part in lowest_of(np.empty((0, 10)))]
