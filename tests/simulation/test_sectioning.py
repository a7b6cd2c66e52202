"""Blocks of paths that are corrected each on its own, and the errors that they tell."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from quotarisk.scenario.correction import Correction
from quotarisk.simulation.estimates import proportion_se
from quotarisk.simulation.sectioning import Blocks, blocks_of


def _blocks(**correction: Any) -> Blocks:
    found = blocks_of(Correction(**correction), 4_000)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("correction", "paths"),
    [({}, 20_000), ({"own_history": 0.3}, 20_000), ({"together": 0.3}, 7)],
)
def test_no_blocks(correction: dict[str, Any], paths: int) -> None:
    """Where nothing is moved by ranks, or paths are too few to be cut, there are none."""
    assert blocks_of(Correction(**correction), paths) is None


@pytest.mark.parametrize(("paths", "number"), [(8, 4), (999, 4), (2_500, 10), (20_001, 16)])
def test_blocks(paths: int, number: int) -> None:
    """Sixteen at most, of 250 paths as long as that leaves four, and all paths are in one."""
    found = blocks_of(Correction(month_shape=0.7), paths)
    assert found is not None
    sizes = [end - first for first, end in found.edges]
    assert number == len(sizes)
    assert paths == sum(sizes)
    assert max(sizes) - min(sizes) <= 1


def test_only_spreading_moves_few_to_many() -> None:
    """Tied paths stay one each; the stronger the spreading the wider the errors."""
    tied, spread, more = (
        _blocks(**told) for told in ({"together": 0.4}, {"month_shape": 0.8}, {"month_shape": 0.5})
    )
    assert (tied.moved, tied.wider) == (1.0, 1.0)
    assert 1 < spread.moved < more.moved < 4_000
    assert 1 < spread.wider < more.wider


def test_mean_error() -> None:
    """The spread of the blocks' means around that of all; nothing from fewer than two."""
    blocks = _blocks(together=0.4)
    values = np.random.default_rng(3).random((2, 4_000))
    means = blocks.means(values)
    np.testing.assert_allclose(means, values.reshape(2, 16, 250).mean(axis=2))
    squares = ((means - 0.4) ** 2).sum(axis=1)
    np.testing.assert_allclose(
        blocks.mean_error(np.full(2, 0.4), means), np.sqrt(squares / (16 * 15))
    )
    means[0, 1:] = np.nan
    assert np.isnan(blocks.mean_error(np.full(2, 0.4), means)).tolist() == [True, False]


def test_what_blocks_do_not_tell() -> None:
    """No spread: as told. A figure that few blocks have: not below the figure itself."""
    blocks = _blocks(month_shape=0.6)
    parts = np.full((2, 16), 5.0)
    parts[1, :14] = np.nan
    parts[1, 14] = 7.0
    error = blocks.error(np.array([5.0, 5.0]), parts, np.array([0.3, 0.3]))
    assert error[0] == 0.3
    assert error[1] >= 5


def test_rare_events() -> None:
    """A share that is 0 in most blocks is not more exact than one of as few bookings that moved."""
    blocks = _blocks(month_shape=0.6)
    parts = np.zeros((2, 16))
    parts[1] = np.linspace(0.1, 0.5, 16)
    value = parts.mean(axis=1)
    told = proportion_se(value * 4_000, 4_000)
    error = blocks.share_error(value, parts, told)
    assert error[0] == proportion_se(0, round(4_000 / blocks.moved)) > told[0]
    assert error[1] == pytest.approx(blocks.wider * blocks.mean_error(value, parts)[1])
    certain = blocks.share_error(np.array(0.5), np.full(16, 0.5), np.array(0.01))
    assert certain == 0.01
