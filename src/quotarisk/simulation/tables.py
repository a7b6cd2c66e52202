"""Laws become the kernel's quantile tables; the format is described in ``kernel.quantiles``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from quotarisk.kernel.quantiles import CELLS, LINE, OCTAVES, TABLE
from quotarisk.scenario.laws import Lognormal, Quantiles

Array = NDArray[np.float64]
Table = NDArray[np.uint64]

_GAUSS = 0.5 - 0.5 / np.sqrt(3.0)  # where a line through the ppf keeps a cell's mean
_TAIL_OCTAVES = 40
_COARSE_CELLS = 4
_COARSE_OCTAVES = 24
_TWO_32 = 4294967296.0


@dataclass(frozen=True)
class Transformed:
    """A rising function of a random quantity, as quantiles."""

    inner: Quantiles
    function: Callable[[Array], Array]

    def ppf(self, u: ArrayLike) -> Array:
        """See `Quantiles`."""
        return self.function(self.inner.ppf(u))

    def isf(self, q: ArrayLike) -> Array:
        """See `Quantiles`."""
        return self.function(self.inner.isf(q))


@dataclass(frozen=True)
class Beyond:
    """What is left of a cycle that has outlasted an age, as quantiles.

    Parameters
    ----------
    cycle, age
        The law and the age; or several ages, as ``[ages, 1, 1]``, of laws made at once.
    survival
        Its probability of exceeding the age.
    """

    cycle: Quantiles
    age: float | Array
    survival: float | Array

    def ppf(self, u: ArrayLike) -> Array:
        """See `Quantiles`."""
        return self.isf(1 - np.asarray(u, dtype=np.float64))

    def isf(self, q: ArrayLike) -> Array:
        """See `Quantiles`."""
        beyond = self.cycle.isf(self.survival * np.asarray(q, dtype=np.float64))
        return np.maximum(beyond - self.age, 0.0)


def _pack(value: Array, slope: Array) -> Table:
    pairs = np.stack([value, slope], axis=-1).astype(np.float32)
    return np.ascontiguousarray(pairs).view(np.uint64)[..., 0]


def _tail_mean(quantile: Callable[[Array], Array], top: float) -> Array:
    """Mean of a law, or of several, over the outermost ``top`` of its probability."""
    low = top * 0.5 ** np.arange(1, _TAIL_OCTAVES + 1)
    at = low[:, np.newaxis] * (1 + np.array([_GAUSS, 1 - _GAUSS]))
    weight = 0.5 ** np.arange(1, _TAIL_OCTAVES + 1)
    return np.asarray(np.vecdot(quantile(at).mean(axis=-1), weight) / weight.sum())


def _half(quantile: Callable[[Array], Array], cells: int, octaves: int) -> tuple[Array, Array]:
    """Value and slope of each fine cell of one tail, nearest to the end first.

    ``quantile`` may be of several laws at once: then these come first in what it returns.
    """
    first = OCTAVES - octaves
    start = 2.0 ** (np.arange(first, OCTAVES)[:, np.newaxis] - 1)
    left = start * (1 + np.arange(cells) / cells)
    width = np.broadcast_to(start / cells, left.shape)
    near = quantile((left + width * _GAUSS) / _TWO_32)
    far = quantile((left + width * (1 - _GAUSS)) / _TWO_32)
    slope = (far - near) / (1 - 2 * _GAUSS)
    value = near - slope * _GAUSS
    finer = CELLS // cells  # a coarse cell's line, cut into fine cells
    parts = np.arange(finer) / finer
    lead = value.shape[:-2]
    values, slopes = np.zeros((2, *lead, OCTAVES * CELLS))
    inside = value[..., np.newaxis] + slope[..., np.newaxis] * parts
    values[..., first * CELLS :] = inside.reshape(*lead, -1)
    slopes[..., first * CELLS :] = np.repeat(slope.reshape(*lead, -1) / finer, finer, axis=-1)
    outside = max(first, 1) * CELLS  # the last word alone, or all octaves that were left out
    values[..., :outside] = _tail_mean(quantile, 2.0 ** (max(first, 1) - 1) / _TWO_32)[
        ..., np.newaxis
    ]
    slopes[..., :outside] = 0.0
    return values, slopes


@lru_cache(maxsize=1024)
def law_table(law: Quantiles) -> Table:
    """Table of a deal size, a cycle or a length-biased cycle: 16 cells in 33 octaves."""
    halves = [_half(law.ppf, CELLS, OCTAVES), _half(law.isf, CELLS, OCTAVES)]
    return _pack(*(np.concatenate(part) for part in zip(*halves, strict=True)))


def coarse_tables(laws: Quantiles) -> Table:
    """Tables of what a path may draw its own value of: coarser, for there are many of them.

    Parameters
    ----------
    laws
        One law, or several at once that take probabilities as ``[...]`` and return quantiles as
        ``[laws, ...]``.

    Returns
    -------
    ndarray
        ``[TABLE]`` or ``[laws, TABLE]``.
    """
    halves = [_half(tail, _COARSE_CELLS, _COARSE_OCTAVES) for tail in (laws.ppf, laws.isf)]
    table = _pack(*(np.concatenate(part, axis=-1) for part in zip(*halves, strict=True)))
    assert table.shape[-1] == TABLE
    return table


@lru_cache(maxsize=1024)
def posterior_table(law: Quantiles) -> Table:
    """Coarse table of one law, kept."""
    return coarse_tables(law)


def factor_table(log_sd: float) -> Table:
    """Table of a lognormal factor with median 1."""
    return posterior_table(Lognormal(0.0, log_sd))


def flat_table(levels: Array, values: Array) -> Table:
    """Flat table of the quantile function through points, straight between them.

    Parameters
    ----------
    levels, values
        Probabilities from 0 to 1 and the values there, both ascending.
    """
    edges = np.interp(np.arange(LINE + 1) / LINE, levels, values)
    left = np.arange(LINE) / LINE
    near = np.interp(left + _GAUSS / LINE, levels, values)
    far = np.interp(left + (1 - _GAUSS) / LINE, levels, values)
    slope = (far - near) / (1 - 2 * _GAUSS)
    mean = (near + far) / 2
    # across a jump no line may leave the values at the cell's ends
    slope = np.minimum(slope, 2 * np.minimum(mean - edges[:-1], edges[1:] - mean))
    return _pack(mean - slope / 2, slope)
