"""A law through given percentiles."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from quotarisk.scenario.laws import Array, as_array


@cache
def _quadrature() -> tuple[Array, Array]:
    """Points and weights of means over the normal score."""
    z, weight = np.polynomial.hermite_e.hermegauss(64)
    return z, weight / weight.sum()


@dataclass(frozen=True)
class Percentiles:
    """A law through given percentiles: between neighbours it is a piece of a lognormal.

    The logarithm is a straight line in the normal score between two given percentiles and
    goes on along the outermost lines beyond them; through two percentiles it is lognormal.

    Parameters
    ----------
    scores
        Normal scores of the given probabilities, ascending.
    logs
        Logarithms of the values there, strictly ascending.
    tilt
        0 for the law itself, 1 for its length-biased companion.
    """

    scores: tuple[float, ...]
    logs: tuple[float, ...]
    tilt: int = 0

    @classmethod
    def through(cls, points: dict[float, float]) -> Percentiles:
        """Make the law through ``{probability: value}``."""
        levels = sorted(points)
        return cls(
            tuple(special.ndtri(levels).tolist()),
            tuple(math.log(points[level]) for level in levels),
        )

    @cached_property
    def _lines(self) -> tuple[Array, Array, Array]:
        """Knots between pieces, and each piece's intercept and slope."""
        z, y = np.asarray(self.scores), np.asarray(self.logs)
        slope = np.diff(y) / np.diff(z)
        return z[1:-1], y[:-1] - slope * z[:-1], slope

    def _moment(self, power: int, below: Array) -> Array:
        """E[X^power; Z <= below], summed over the pieces."""
        knots, intercept, slope = self._lines
        low = np.concatenate([[-np.inf], knots])
        high = np.concatenate([knots, [np.inf]])
        b = power * slope
        upper = np.clip(below[..., np.newaxis], low, high)
        piece = special.ndtr(upper - b) - special.ndtr(low - b)
        return np.asarray((np.exp(power * intercept + b**2 / 2) * piece).sum(axis=-1))

    @property
    def mean(self) -> float:
        """Sum of the pieces' partial means."""
        return float(self._moment(1, as_array(np.inf)))

    @property
    def variance(self) -> float:
        """Second moment less mean^2."""
        return float(self._moment(2, as_array(np.inf))) - self.mean**2

    @property
    def log_sd(self) -> float:
        """Of the logarithm, by quadrature over the normal score."""
        z, weight = _quadrature()
        logs = self._log_at(z)
        return float(np.sqrt(np.dot(weight, (logs - np.dot(weight, logs)) ** 2)))

    def _log_at(self, z: Array) -> Array:
        knots, intercept, slope = self._lines
        piece = np.searchsorted(knots, z)
        return intercept[piece] + slope[piece] * z

    def _score_of(self, x: ArrayLike) -> Array:
        _, intercept, slope = self._lines
        with np.errstate(divide="ignore"):
            y = np.log(np.maximum(as_array(x), 0.0))
        piece = np.searchsorted(np.asarray(self.logs[1:-1]), y)
        return (y - intercept[piece]) / slope[piece]

    def _tilted(self, mass: Array, *, from_above: bool) -> Array:
        """Quantile of the length-biased law, a tilted normal within each piece."""
        knots, intercept, slope = self._lines
        flip = -1.0 if from_above else 1.0
        edges = np.concatenate([[-np.inf], knots, [np.inf]])
        near = edges[:-1] if not from_above else edges[1:][::-1]
        far = edges[1:] if not from_above else edges[:-1][::-1]
        a, b = (intercept, slope) if not from_above else (intercept[::-1], slope[::-1])
        scale = np.exp(a + b**2 / 2) / self.mean
        start = special.ndtr(flip * (near - b))
        weights = scale * (special.ndtr(flip * (far - b)) - start)
        levels = np.concatenate([[0.0], np.cumsum(weights)])
        piece = np.clip(np.searchsorted(levels, mass, side="right") - 1, 0, len(b) - 1)
        inside = start[piece] + (mass - levels[piece]) / scale[piece]
        z = b[piece] + flip * special.ndtri(np.clip(inside, 0.0, 1.0))
        return as_array(np.exp(a[piece] + b[piece] * z))

    def ppf(self, u: ArrayLike) -> Array:
        """See `Quantiles`."""
        if self.tilt:
            return self._tilted(as_array(u), from_above=False)
        return np.exp(self._log_at(special.ndtri(as_array(u))))

    def isf(self, q: ArrayLike) -> Array:
        """See `Quantiles`."""
        if self.tilt:
            return self._tilted(as_array(q), from_above=True)
        return np.exp(self._log_at(-special.ndtri(as_array(q))))

    def sf(self, x: ArrayLike) -> Array:
        """See `Law`."""
        return special.ndtr(-self._score_of(x))

    def lev(self, x: ArrayLike) -> Array:
        """See `Law`."""
        return self._moment(1, self._score_of(x)) + as_array(x) * self.sf(x)

    def length_biased(self) -> Percentiles:
        """The same pieces, tilted."""
        return Percentiles(self.scores, self.logs, tilt=1)
