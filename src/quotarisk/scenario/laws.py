"""Positive random quantities: deal sizes and cycle lengths, as mathematics.

Every law answers the same questions: quantiles from either end (``ppf``, ``isf``), the
survival function ``sf``, its ``mean``, the limited expected value ``lev(x) = E[min(X, x)]``
(Klugman, Panjer and Willmot, *Loss Models*, chapter 3), the standard deviation of its
logarithm, and its length-biased companion with density proportional to ``x f(x)``, the law
of a cycle that is found running in a steady pipeline (Cox, *Renewal Theory*, chapter 5).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

Array = NDArray[np.float64]


class Quantiles(Protocol):
    """What the kernel's tables are made from: quantiles, counted from either end."""

    def __hash__(self) -> int:
        """Laws are values: equal laws share their tables."""
        ...

    def ppf(self, u: ArrayLike) -> Array:
        """Value with probability ``u`` below it."""
        ...

    def isf(self, q: ArrayLike) -> Array:
        """Value with probability ``q`` above it; exact where ``q`` is tiny."""
        ...


class Law(Quantiles, Protocol):
    """A positive random quantity."""

    @property
    def mean(self) -> float:
        """Expected value."""
        ...

    @property
    def variance(self) -> float:
        """Variance."""
        ...

    @property
    def log_sd(self) -> float:
        """Standard deviation of the logarithm (0 for a fixed value)."""
        ...

    def sf(self, x: ArrayLike) -> Array:
        """Probability of more than ``x``."""
        ...

    def lev(self, x: ArrayLike) -> Array:
        """Limited expected value, ``E[min(X, x)]``, for ``x >= 0``."""
        ...

    def length_biased(self) -> Quantiles:
        """Law with density proportional to ``x f(x)``."""
        ...


def as_array(x: ArrayLike) -> Array:
    """Take numbers as an array of float64."""
    return np.asarray(x, dtype=np.float64)


@dataclass(frozen=True)
class Lognormal:
    """exp(mu + sigma Z) with Z standard normal."""

    mu: float
    sigma: float

    @property
    def mean(self) -> float:
        """exp(mu + sigma^2 / 2)."""
        return math.exp(self.mu + self.sigma**2 / 2)

    @property
    def variance(self) -> float:
        """mean^2 (exp(sigma^2) - 1)."""
        return self.mean**2 * math.expm1(self.sigma**2)

    @property
    def log_sd(self) -> float:
        """Sigma."""
        return self.sigma

    def ppf(self, u: ArrayLike) -> Array:
        """See `Quantiles`."""
        return np.exp(self.mu + self.sigma * special.ndtri(as_array(u)))

    def isf(self, q: ArrayLike) -> Array:
        """See `Quantiles`."""
        return np.exp(self.mu - self.sigma * special.ndtri(as_array(q)))

    def _score(self, x: ArrayLike) -> Array:
        with np.errstate(divide="ignore"):
            return (np.log(np.maximum(as_array(x), 0.0)) - self.mu) / self.sigma

    def sf(self, x: ArrayLike) -> Array:
        """See `Law`."""
        return special.ndtr(-self._score(x))

    def lev(self, x: ArrayLike) -> Array:
        """See `Law`."""
        return self.mean * special.ndtr(self._score(x) - self.sigma) + as_array(x) * self.sf(x)

    def length_biased(self) -> Lognormal:
        """Again lognormal, its logarithm shifted by sigma^2."""
        return Lognormal(self.mu + self.sigma**2, self.sigma)


@dataclass(frozen=True)
class Gamma:
    """Gamma with a shape and a scale."""

    shape: float
    scale: float

    @property
    def mean(self) -> float:
        """Shape times scale."""
        return self.shape * self.scale

    @property
    def variance(self) -> float:
        """Shape times scale^2."""
        return self.shape * self.scale**2

    @property
    def log_sd(self) -> float:
        """Square root of the trigamma function of the shape."""
        return math.sqrt(float(special.polygamma(1, self.shape)))

    def ppf(self, u: ArrayLike) -> Array:
        """See `Quantiles`."""
        return as_array(self.scale * special.gammaincinv(self.shape, as_array(u)))

    def isf(self, q: ArrayLike) -> Array:
        """See `Quantiles`."""
        return as_array(self.scale * special.gammainccinv(self.shape, as_array(q)))

    def sf(self, x: ArrayLike) -> Array:
        """See `Law`."""
        return as_array(special.gammaincc(self.shape, np.maximum(as_array(x), 0.0) / self.scale))

    def lev(self, x: ArrayLike) -> Array:
        """See `Law`."""
        return self.mean * special.gammainc(self.shape + 1, as_array(x) / self.scale) + as_array(
            x
        ) * self.sf(x)

    def length_biased(self) -> Gamma:
        """Again gamma, its shape one larger."""
        return Gamma(self.shape + 1, self.scale)


@dataclass(frozen=True)
class _PowerGamma:
    """scale * G^(1/shape) with G gamma of shape 1 + 1/shape: the length-biased Weibull."""

    shape: float
    scale: float

    def ppf(self, u: ArrayLike) -> Array:
        gamma = special.gammaincinv(1 + 1 / self.shape, as_array(u))
        return as_array(self.scale * gamma ** (1 / self.shape))

    def isf(self, q: ArrayLike) -> Array:
        gamma = special.gammainccinv(1 + 1 / self.shape, as_array(q))
        return as_array(self.scale * gamma ** (1 / self.shape))


@dataclass(frozen=True)
class Weibull:
    """Weibull with a shape and a scale; shape 1 is the exponential law."""

    shape: float
    scale: float

    @property
    def mean(self) -> float:
        """Scale times Gamma(1 + 1/shape)."""
        return self.scale * math.gamma(1 + 1 / self.shape)

    @property
    def variance(self) -> float:
        """scale^2 Gamma(1 + 2/shape) - mean^2."""
        return self.scale**2 * math.gamma(1 + 2 / self.shape) - self.mean**2

    @property
    def log_sd(self) -> float:
        """Pi / (shape sqrt 6)."""
        return math.pi / (self.shape * math.sqrt(6))

    def ppf(self, u: ArrayLike) -> Array:
        """See `Quantiles`."""
        return self.scale * (-np.log1p(-as_array(u))) ** (1 / self.shape)

    def isf(self, q: ArrayLike) -> Array:
        """See `Quantiles`."""
        beyond = np.maximum(as_array(q), np.finfo(np.float64).tiny)  # 0 has no logarithm
        return self.scale * (-np.log(beyond)) ** (1 / self.shape)

    def _hazard(self, x: ArrayLike) -> Array:
        return (np.maximum(as_array(x), 0.0) / self.scale) ** self.shape

    def sf(self, x: ArrayLike) -> Array:
        """See `Law`."""
        return np.exp(-self._hazard(x))

    def lev(self, x: ArrayLike) -> Array:
        """See `Law`."""
        return self.mean * special.gammainc(1 + 1 / self.shape, self._hazard(x)) + as_array(
            x
        ) * self.sf(x)

    def length_biased(self) -> _PowerGamma:
        """Density proportional to x f(x)."""
        return _PowerGamma(self.shape, self.scale)


@dataclass(frozen=True)
class Fixed:
    """Always the same value."""

    value: float

    @property
    def mean(self) -> float:
        """The value."""
        return self.value

    @property
    def variance(self) -> float:
        """Zero."""
        return 0.0

    @property
    def log_sd(self) -> float:
        """Zero."""
        return 0.0

    def ppf(self, u: ArrayLike) -> Array:
        """See `Quantiles`."""
        return np.full(np.shape(u), self.value)

    def isf(self, q: ArrayLike) -> Array:
        """See `Quantiles`."""
        return np.full(np.shape(q), self.value)

    def sf(self, x: ArrayLike) -> Array:
        """See `Law`."""
        return (as_array(x) < self.value).astype(np.float64)

    def lev(self, x: ArrayLike) -> Array:
        """See `Law`."""
        return np.minimum(as_array(x), self.value)

    def length_biased(self) -> Fixed:
        """The same value."""
        return self


@dataclass(frozen=True)
class Empirical:
    """Values that were seen, each with its weight.

    Parameters
    ----------
    values
        Ascending.
    weights
        Sum to 1.
    """

    values: tuple[float, ...]
    weights: tuple[float, ...]

    @classmethod
    def of(cls, values: tuple[float, ...]) -> Empirical:
        """Each value seen once: equal weights."""
        return cls(tuple(sorted(values)), (1 / len(values),) * len(values))

    @cached_property
    def _levels(self) -> Array:
        return np.cumsum(self.weights)

    @property
    def mean(self) -> float:
        """Weighted mean."""
        return float(np.dot(self.values, self.weights))

    @property
    def variance(self) -> float:
        """Weighted variance."""
        return float(np.dot((np.asarray(self.values) - self.mean) ** 2, self.weights))

    @property
    def log_sd(self) -> float:
        """Of the values; a value below half a unit counts as half a unit."""
        logs = np.log(np.maximum(self.values, 0.5))
        centre = np.dot(logs, self.weights)
        return float(np.sqrt(np.dot((logs - centre) ** 2, self.weights)))

    def ppf(self, u: ArrayLike) -> Array:
        """See `Quantiles`."""
        index = np.searchsorted(self._levels, as_array(u), side="left")
        return np.asarray(self.values)[np.minimum(index, len(self.values) - 1)]

    def isf(self, q: ArrayLike) -> Array:
        """See `Quantiles`."""
        return self.ppf(1 - as_array(q))

    def sf(self, x: ArrayLike) -> Array:
        """See `Law`."""
        above = np.concatenate([np.cumsum(self.weights[::-1])[::-1], [0.0]])
        return as_array(above[np.searchsorted(self.values, as_array(x), side="right")])

    def lev(self, x: ArrayLike) -> Array:
        """See `Law`."""
        limits = as_array(x)[..., np.newaxis]
        return as_array(np.minimum(self.values, limits) @ np.asarray(self.weights))

    def length_biased(self) -> Empirical:
        """The same values, each weighted by its length."""
        sizes = np.multiply(self.values, self.weights)
        return Empirical(self.values, tuple(sizes / sizes.sum()))


@dataclass(frozen=True)
class BetaLaw:
    """Posterior of a win rate: quantiles of a beta law."""

    a: float
    b: float

    def ppf(self, u: ArrayLike) -> Array:
        """See `Quantiles`."""
        return special.betaincinv(self.a, self.b, as_array(u))

    def isf(self, q: ArrayLike) -> Array:
        """See `Quantiles`."""
        return special.betainccinv(self.a, self.b, as_array(q))
