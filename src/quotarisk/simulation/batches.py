"""Batches of paths: sums that are small enough to keep, and errors told from how they scatter.

What is counted for every rep on the same paths hangs together. Sums by batch of paths can be added
over reps and still tell the error of the total, whatever its parts have in common.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from quotarisk.simulation.estimates import Array

BATCHES = 64  # of a run, at most; an error is told to 9 %


def batch_starts(paths: int) -> NDArray[np.intp]:
    """With which path does each batch begin? Batches are of the same size, give or take one."""
    number = min(BATCHES, paths)
    return np.arange(number) * paths // number


def batch_sizes(paths: int) -> NDArray[np.intp]:
    """How many paths has each batch?"""
    return np.diff(batch_starts(paths), append=paths)


def sum_batches(values: NDArray[Any], dtype: Any = np.float64) -> NDArray[Any]:
    """Sum ``[..., paths]`` to ``[..., batches]``."""
    starts = batch_starts(values.shape[-1])
    return np.asarray(np.add.reduceat(values, starts, axis=-1, dtype=dtype))


def jackknife(figure: Callable[..., Array], *sums: Array) -> tuple[Array, Array]:
    """What is a figure that is made of sums over paths, and how exact is it?

    Each batch in turn is left out, ``se^2 = (b - 1) / b sum (f_k - mean f)^2`` (Efron and Stein,
    *Annals of Statistics* 9, 1981, doi:10.1214/aos/1176345462).

    Parameters
    ----------
    figure
        Of arrays ``[..., n]`` it makes one: ratios of sums, which may be over fewer paths.
    sums
        ``[..., batches]`` each, two batches at least.

    Returns
    -------
    tuple of ndarray
        The figure and its error, without the batches' axis.
    """
    totals = [each.sum(axis=-1, keepdims=True) for each in sums]
    value = figure(*totals)[..., 0]
    left = figure(*(total - each for total, each in zip(totals, sums, strict=True)))
    number = left.shape[-1]
    spread = ((left - left.mean(axis=-1, keepdims=True)) ** 2).sum(axis=-1)
    return value, np.sqrt(spread * (number - 1) / number)


def share_of(counts: NDArray[Any], everybody: NDArray[Any]) -> tuple[Array, Array]:
    """What is the mean of a count over paths, as a share, and how exact is it?

    Parameters
    ----------
    counts
        ``[..., batches]`` sums.
    everybody
        What they are out of; it broadcasts to ``counts``.

    Returns
    -------
    tuple of ndarray
        Without the batches' axis.
    """
    scatter = (counts / everybody).std(axis=-1, ddof=1) / np.sqrt(counts.shape[-1])
    return np.asarray(counts.sum(axis=-1) / everybody.sum(axis=-1)), np.asarray(scatter)
