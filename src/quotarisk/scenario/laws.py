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
from typing import Literal, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import optimize, special

from quotarisk.errors import ArgumentError

Array = NDArray[np.float64]
Family = Literal["lognormal", "gamma", "weibull", "exponential"]
FAMILIES: tuple[Family, ...] = ("lognormal", "gamma", "weibull", "exponential")
QUANTILE_FIGURES = {"p10": 0.1, "p25": 0.25, "median": 0.5, "p75": 0.75, "p90": 0.9}


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


def _array(x: ArrayLike) -> Array:
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
        return np.exp(self.mu + self.sigma * special.ndtri(_array(u)))

    def isf(self, q: ArrayLike) -> Array:
        """See `Quantiles`."""
        return np.exp(self.mu - self.sigma * special.ndtri(_array(q)))

    def _score(self, x: ArrayLike) -> Array:
        with np.errstate(divide="ignore"):
            return (np.log(np.maximum(_array(x), 0.0)) - self.mu) / self.sigma

    def sf(self, x: ArrayLike) -> Array:
        """See `Law`."""
        return special.ndtr(-self._score(x))

    def lev(self, x: ArrayLike) -> Array:
        """See `Law`."""
        return self.mean * special.ndtr(self._score(x) - self.sigma) + _array(x) * self.sf(x)

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
        return _array(self.scale * special.gammaincinv(self.shape, _array(u)))

    def isf(self, q: ArrayLike) -> Array:
        """See `Quantiles`."""
        return _array(self.scale * special.gammainccinv(self.shape, _array(q)))

    def sf(self, x: ArrayLike) -> Array:
        """See `Law`."""
        return _array(special.gammaincc(self.shape, np.maximum(_array(x), 0.0) / self.scale))

    def lev(self, x: ArrayLike) -> Array:
        """See `Law`."""
        return self.mean * special.gammainc(self.shape + 1, _array(x) / self.scale) + _array(
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
        gamma = special.gammaincinv(1 + 1 / self.shape, _array(u))
        return _array(self.scale * gamma ** (1 / self.shape))

    def isf(self, q: ArrayLike) -> Array:
        gamma = special.gammainccinv(1 + 1 / self.shape, _array(q))
        return _array(self.scale * gamma ** (1 / self.shape))


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
        return self.scale * (-np.log1p(-_array(u))) ** (1 / self.shape)

    def isf(self, q: ArrayLike) -> Array:
        """See `Quantiles`."""
        return self.scale * (-np.log(_array(q))) ** (1 / self.shape)

    def _hazard(self, x: ArrayLike) -> Array:
        return (np.maximum(_array(x), 0.0) / self.scale) ** self.shape

    def sf(self, x: ArrayLike) -> Array:
        """See `Law`."""
        return np.exp(-self._hazard(x))

    def lev(self, x: ArrayLike) -> Array:
        """See `Law`."""
        return self.mean * special.gammainc(1 + 1 / self.shape, self._hazard(x)) + _array(
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
        return (_array(x) < self.value).astype(np.float64)

    def lev(self, x: ArrayLike) -> Array:
        """See `Law`."""
        return np.minimum(_array(x), self.value)

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
        index = np.searchsorted(self._levels, _array(u), side="left")
        return np.asarray(self.values)[np.minimum(index, len(self.values) - 1)]

    def isf(self, q: ArrayLike) -> Array:
        """See `Quantiles`."""
        return self.ppf(1 - _array(q))

    def sf(self, x: ArrayLike) -> Array:
        """See `Law`."""
        above = np.concatenate([np.cumsum(self.weights[::-1])[::-1], [0.0]])
        return _array(above[np.searchsorted(self.values, _array(x), side="right")])

    def lev(self, x: ArrayLike) -> Array:
        """See `Law`."""
        limits = _array(x)[..., np.newaxis]
        return _array(np.minimum(self.values, limits) @ np.asarray(self.weights))

    def length_biased(self) -> Empirical:
        """The same values, each weighted by its length."""
        sizes = np.multiply(self.values, self.weights)
        return Empirical(self.values, tuple(sizes / sizes.sum()))


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
        return float(self._moment(1, _array(np.inf)))

    @property
    def variance(self) -> float:
        """Second moment less mean^2."""
        return float(self._moment(2, _array(np.inf))) - self.mean**2

    @property
    def log_sd(self) -> float:
        """Of the logarithm, by quadrature over the normal score."""
        z, weight = np.polynomial.hermite_e.hermegauss(64)
        weight = weight / weight.sum()
        logs = self._log_at(z)
        return float(np.sqrt(np.dot(weight, (logs - np.dot(weight, logs)) ** 2)))

    def _log_at(self, z: Array) -> Array:
        knots, intercept, slope = self._lines
        piece = np.searchsorted(knots, z)
        return intercept[piece] + slope[piece] * z

    def _score_of(self, x: ArrayLike) -> Array:
        _, intercept, slope = self._lines
        with np.errstate(divide="ignore"):
            y = np.log(np.maximum(_array(x), 0.0))
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
        return _array(np.exp(a[piece] + b[piece] * z))

    def ppf(self, u: ArrayLike) -> Array:
        """See `Quantiles`."""
        if self.tilt:
            return self._tilted(_array(u), from_above=False)
        return np.exp(self._log_at(special.ndtri(_array(u))))

    def isf(self, q: ArrayLike) -> Array:
        """See `Quantiles`."""
        if self.tilt:
            return self._tilted(_array(q), from_above=True)
        return np.exp(self._log_at(-special.ndtri(_array(q))))

    def sf(self, x: ArrayLike) -> Array:
        """See `Law`."""
        return special.ndtr(-self._score_of(x))

    def lev(self, x: ArrayLike) -> Array:
        """See `Law`."""
        return self._moment(1, self._score_of(x)) + _array(x) * self.sf(x)

    def length_biased(self) -> Percentiles:
        """The same pieces, tilted."""
        return Percentiles(self.scores, self.logs, tilt=1)


@dataclass(frozen=True)
class BetaLaw:
    """Posterior of a win rate: quantiles of a beta law."""

    a: float
    b: float

    def ppf(self, u: ArrayLike) -> Array:
        """See `Quantiles`."""
        return special.betaincinv(self.a, self.b, _array(u))

    def isf(self, q: ArrayLike) -> Array:
        """See `Quantiles`."""
        return special.betainccinv(self.a, self.b, _array(q))


def _scaled(family: Family, shape: float) -> Law:
    """Make the member of a family with this shape and scale 1."""
    if family == "lognormal":
        return Lognormal(0.0, shape)
    return Gamma(shape, 1.0) if family == "gamma" else Weibull(shape, 1.0)


def _figure(law: Law, name: str) -> float:
    if name == "mean":
        return law.mean
    if name == "sd":
        return math.sqrt(law.variance)
    return float(law.ppf(QUANTILE_FIGURES[name]))


def _rescale(family: Family, shape: float, factor: float) -> Law:
    if family == "lognormal":
        return Lognormal(math.log(factor), shape)
    return Gamma(shape, factor) if family == "gamma" else Weibull(shape, factor)


def law_through(family: Family, figures: dict[str, float]) -> Law:
    """Which law of a family has these figures?

    Parameters
    ----------
    family
        ``lognormal``, ``gamma``, ``weibull`` or ``exponential``.
    figures
        Two of ``mean``, ``sd``, ``p10``, ``p25``, ``median``, ``p75``, ``p90``; one for the
        exponential law.

    Raises
    ------
    ArgumentError
        If there are too few or too many figures, or no law of the family has them.

    Examples
    --------
    >>> round(law_through("lognormal", {"median": 8000.0, "p90": 16000.0}).sigma, 6)
    0.540866
    """
    names = sorted(figures, key=["p10", "p25", "median", "p75", "p90", "mean", "sd"].index)
    if family == "exponential":
        if len(names) != 1 or names == ["sd"]:
            raise ArgumentError("an exponential law takes one figure: mean or one percentile")
        return Weibull(1.0, figures[names[0]] / _figure(Weibull(1.0, 1.0), names[0]))
    if len(names) != 2:
        raise ArgumentError(f"a {family} law takes two figures, such as median and p90")
    low, high = names
    wanted = figures[high] / figures[low]

    def excess(log_shape: float) -> float:
        law = _scaled(family, math.exp(log_shape))
        bottom = max(_figure(law, low), 1e-300)
        return math.log(max(_figure(law, high), 1e-300) / bottom) - math.log(wanted)

    # shapes from all but fixed to spread over hundreds of orders of magnitude
    tight, wide = (-7.0, 2.5) if family == "lognormal" else (9.0, -2.5)
    if not excess(tight) <= 0 <= excess(wide):
        need = (
            "the figures must rise from the lower percentile to the higher"
            if high not in ("mean", "sd")
            else "the sd must be positive and not a thousand times the mean"
            if high == "sd"
            else "with a mean give the median, or the sd"
            if low in ("p75", "p90")
            else "the mean must exceed it, and fit the law's spread"
        )
        raise ArgumentError(
            f"no {family} law has {low} {figures[low]:g} and {high} {figures[high]:g} ({need})"
        )
    shape = math.exp(optimize.brentq(excess, min(tight, wide), max(tight, wide), xtol=1e-14))
    return _rescale(family, shape, figures[low] / _figure(_scaled(family, shape), low))
