"""Poisson counts and the list of deals that they make."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import special, stats

from quotarisk.kernel.compiling import stage
from quotarisk.kernel.counts import add_poisson, exp, spread
from tests.simulation.twin import poisson, share_of

MEANS = [0.01, 0.3, 1.0, 4.5, 16.0, 64.0]
STRATA = 1 << 20


@stage
def _exp_of_all(x, out):  # type: ignore[no-untyped-def]
    for i in range(x.shape[0]):
        out[i] = exp(x[i])


def _exp(x: Any) -> NDArray[np.float64]:
    values = np.array(x, np.float64)
    out = np.empty(values.size)
    _exp_of_all(values, out)
    return out


def _counts(mean: Any, words: Any) -> NDArray[np.int64]:
    words = np.array(words, np.uint32)
    means = np.broadcast_to(np.asarray(mean, np.float64), words.shape).copy()
    counts = np.zeros(words.size, np.uint32)
    add_poisson(means, words, words.size, counts, np.empty(words.size), np.empty(words.size))
    return counts.astype(np.int64)


def _strata(number: int = STRATA) -> NDArray[np.uint32]:
    """Words in the middle of equal strata of all words."""
    width = 2**32 // number
    return (np.arange(number) * width + width // 2).astype(np.uint32)


def test_exp_against_library() -> None:
    """The kernel's exp is within one part in 10**12 of the library's."""
    x = np.concatenate([np.linspace(-64, 10, 20_001), [-0.0, 0.0, 1e-300, -700.0, 700.0]])
    expected = np.array([math.exp(value) for value in x])
    np.testing.assert_allclose(_exp(x), expected, rtol=1e-12, atol=0)


def test_exp_of_zero_is_one() -> None:
    """A mean of zero leaves no probability for a first deal."""
    assert [1.0, 1.0] == _exp([0.0, -0.0]).tolist()


@pytest.mark.parametrize("mean", MEANS)
def test_frequencies_of_strata(mean: float) -> None:
    """Over equal strata of words each count comes as often as its probability says, +- 1."""
    counts = np.bincount(_counts(mean, _strata()))
    levels = special.pdtr(np.arange(len(counts)), mean) * STRATA
    assert np.abs(np.cumsum(counts) - levels).max() <= 1


@pytest.mark.parametrize("mean", [0.3, 4.5, 64.0])
def test_inverse_at_the_edges(mean: float) -> None:
    """The count steps from k to k + 1 exactly where the word passes P(N <= k)."""
    for k in range(int(mean), int(mean) + 5):
        edge = int(special.pdtr(k, mean) * 2**32 - 0.5)
        words = np.arange(edge - 1, edge + 3)
        expected = [
            k if share_of(word) <= special.pdtr(k, mean) else k + 1 for word in words.tolist()
        ]
        assert expected == _counts(mean, words).tolist()


@pytest.mark.parametrize("mean", MEANS)
def test_moments_and_chi_square(mean: float) -> None:
    """Random words give the law's mean, variance and frequencies within 4 standard errors."""
    n = 400_000
    words = np.random.default_rng(3).integers(0, 2**32, n, dtype=np.uint32)
    counts = _counts(mean, words)
    assert abs(counts.mean() - mean) < 4 * math.sqrt(mean / n)
    fourth = mean + 3 * mean**2  # central moment
    assert abs(counts.var() - mean) < 4 * math.sqrt((fourth - mean**2) / n)
    expected = stats.poisson.pmf(np.arange(200), mean) * n
    kept = expected > 20
    observed = np.bincount(counts, minlength=200)[:200]
    chi = ((observed - expected)[kept] ** 2 / expected[kept]).sum()
    degrees = kept.sum()
    assert abs(chi - degrees) < 4 * math.sqrt(2 * degrees) + 1


def test_chi_square_tells_means_apart() -> None:
    """One per cent more of the mean is seen by the same check (negative control)."""
    n = 400_000
    words = np.random.default_rng(3).integers(0, 2**32, n, dtype=np.uint32)
    assert abs(_counts(4.5 * 1.01, words).mean() - 4.5) > 4 * math.sqrt(4.5 / n)


def test_zero_mean() -> None:
    """A mean of zero counts nothing, whatever the word."""
    assert [0, 0, 0] == _counts(0.0, [0, 2**31, 2**32 - 1]).tolist()


def test_last_word_ends() -> None:
    """The largest word ends with a count that its probability explains."""
    for mean in MEANS:
        expected = int(stats.poisson.isf(2.0**-33, mean))
        assert abs(expected - int(_counts(mean, [2**32 - 1])[0])) <= 1


def test_against_scalar_inversion() -> None:
    """All paths together count as one path alone does."""
    generator = np.random.default_rng(5)
    words = generator.integers(0, 2**32, 3000, dtype=np.uint32)
    means = np.exp(generator.uniform(-6, math.log(64), 3000))
    expected = [poisson(*pair) for pair in zip(means.tolist(), words.tolist(), strict=True)]
    assert expected == _counts(means, words).tolist()


def test_counts_are_added() -> None:
    """A piece of a large mean is added to the pieces before it."""
    counts = np.array([5, 7], np.uint32)
    words = np.array([2**32 - 1, 0], np.uint32)
    add_poisson(np.array([0.0, 1.0]), words, 2, counts, np.empty(2), np.empty(2))
    assert [5, 7] == counts.tolist()


@settings(derandomize=True, database=None, deadline=None, max_examples=200)
@given(
    st.floats(0, 64),
    st.one_of(st.floats(0, 1e-12), st.floats(0, 0.1), st.floats(0, 64)),
    st.integers(0, 2**32 - 1),
)
def test_never_falls_with_the_mean(mean: float, more: float, seed: int) -> None:
    """Under the same words a larger mean never counts less."""
    words = np.random.default_rng(seed).integers(0, 2**32, 500, dtype=np.uint32)
    low, high = _counts(mean, words), _counts(min(mean + more, 64.0), words)
    assert np.all(high >= low)


def _spread(counts: list[int]) -> list[tuple[int, int]]:
    room = sum(counts) + 1
    paths, deals = np.empty(room, np.uint32), np.empty(room, np.uint32)
    n = spread(np.array(counts, np.uint32), len(counts), paths, deals)
    return list(zip(paths[:n].tolist(), deals[:n].tolist(), strict=True))


@settings(derandomize=True, database=None, deadline=None, max_examples=200)
@given(st.lists(st.integers(0, 9), max_size=30))
def test_spread_lists_every_deal_once(counts: list[int]) -> None:
    """All paths' first deals, then all second ones: each deal of each path once."""
    levels = range(max(counts, default=0))
    expected = [(p, k) for k in levels for p, count in enumerate(counts) if count > k]
    assert expected == _spread(counts)


def test_spread_of_nothing() -> None:
    """Where no path has a deal the list is empty."""
    assert [] == _spread([0, 0, 0])


def test_stages_leave_places_beyond_the_count_alone() -> None:
    """A block shorter than its arrays changes nothing behind its end."""
    counts = np.zeros(4, np.uint32)
    words = np.full(4, 2**32 - 1, np.uint32)
    add_poisson(np.ones(4), words, 2, counts, np.empty(4), np.empty(4))
    assert [0, 0] == counts[2:].tolist()


def test_a_stage_is_compiled() -> None:
    """What is tested here is machine code, not the Python that it was made from."""

    @stage
    def double(x: Any) -> Any:
        return 2 * x

    double(1)
    _exp([1.0])
    _counts(1.0, [1])
    _spread([1])
    used: tuple[Any, ...] = (double, _exp_of_all, add_poisson, spread)
    assert all(function.signatures for function in used)
