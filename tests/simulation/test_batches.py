"""Sums by batch of paths, and errors from them."""

from __future__ import annotations

import numpy as np
import pytest

from quotarisk.simulation.batches import (
    BATCHES,
    batch_sizes,
    batch_starts,
    jackknife,
    share_of,
    sum_batches,
)
from quotarisk.simulation.estimates import Array


@pytest.mark.parametrize("paths", [2, 63, 64, 65, 1_000, 20_000])
def test_batches_take_every_path_once(paths: int) -> None:
    """As many as there can be, of sizes that differ by one at most."""
    sizes = batch_sizes(paths)
    assert (min(paths, BATCHES), paths) == (len(sizes), sizes.sum())
    assert len(batch_starts(paths)) == len(sizes)
    assert sizes.max() - sizes.min() <= 1
    assert [paths] * 2 == sum_batches(np.ones((2, paths))).sum(axis=-1).tolist()


def _ratio(top: Array, bottom: Array) -> Array:
    return top / bottom


def test_jackknife_of_a_mean() -> None:
    """It is the usual error, nearly, and the figure is that of all paths."""
    values = np.random.default_rng(1).exponential(1.0, (5, 20_000))
    value, error = jackknife(_ratio, sum_batches(values), sum_batches(np.ones_like(values)))
    np.testing.assert_allclose(values.mean(axis=1), value)
    np.testing.assert_allclose(error, values.std(axis=1) / np.sqrt(20_000), rtol=0.35)


def test_jackknife_is_honest() -> None:
    """Over 300 samples a ratio scatters by its error; not by that of its numerator (control)."""
    generator = np.random.default_rng(2)
    bottom = generator.exponential(1.0, (300, 2_000))
    top = bottom + 0.3 * generator.normal(size=bottom.shape)
    value, error = jackknife(_ratio, sum_batches(top), sum_batches(bottom))
    assert value.std() == pytest.approx(error.mean(), rel=0.2)
    assert value.std() != pytest.approx(top.std() / np.sqrt(2_000), rel=0.5)


def test_shares() -> None:
    """A share of what was counted, and its error from how batches scatter."""
    hits = np.random.default_rng(3).random((2, 20_000)) < np.array([[0.2], [0.7]])
    share, error = share_of(sum_batches(hits, np.int64), batch_sizes(20_000))
    np.testing.assert_allclose(hits.mean(axis=1), share)
    np.testing.assert_allclose(error, np.sqrt(share * (1 - share) / 20_000), rtol=0.35)
