"""What is believed of a figure: its value, and how far its evidence lets it lie elsewhere.

Beliefs are the posteriors that paths draw from: Beta of shares and Gamma of rates a week with
Jeffreys priors, a lognormal factor on the location of laws; see `quotarisk.scenario.figures`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Literal

import numpy as np
from scipy import special

from quotarisk.scenario.figures import JEFFREYS, LawSpec, OppRate, WinRate
from quotarisk.simulation.estimates import Array

Kind = Literal["share", "rate", "size"]
_NODES = 256  # of the integral: chances to 1e-4 and better
_SAME = 1e-12  # share of a figure that is but rounding


@dataclass(frozen=True)
class Belief:
    """A figure and its evidence.

    Parameters
    ----------
    kind
        A share of something, a rate a week, or a size: an amount or a length of time.
    value
        As it was seen: won of all, opportunities a week, a location.
    of
        What it was seen in: trials of a share, weeks of a rate, values of a size; 0 where the
        figure is known exactly.
    spread
        Of a size, the standard deviation of the logarithm of one value.
    """

    kind: Kind
    value: float
    of: float = 0.0
    spread: float = 0.0

    @property
    def is_known(self) -> bool:
        """Whether it is known exactly."""
        return self.of == 0 or (self.kind == "size" and self.spread == 0)

    @property
    def count(self) -> float:
        """How many deals it rests on; 0 where it is known exactly."""
        if self.is_known:
            return 0.0
        return self.value * self.of if self.kind == "rate" else self.of

    @property
    def _shapes(self) -> tuple[float, float]:
        """Of a share, both shapes of its Beta law; of a rate, shape and weeks of its Gamma law."""
        seen = self.value * self.of + JEFFREYS
        return seen, self.of if self.kind == "rate" else self.of - self.value * self.of + JEFFREYS

    @property
    def log_sd(self) -> float:
        """Of a size, the standard deviation of the logarithm of its location."""
        return 0.0 if self.is_known else self.spread / math.sqrt(self.of)

    @property
    def mean(self) -> float:
        """Expected value."""
        if self.is_known:
            return self.value
        if self.kind == "size":
            return self.value * math.exp(self.log_sd**2 / 2)
        a, b = self._shapes
        return a / b if self.kind == "rate" else a / (a + b)

    @property
    def sd(self) -> float:
        """Standard deviation; 0 where it is known."""
        if self.is_known:
            return 0.0
        if self.kind == "size":
            return self.mean * math.sqrt(math.expm1(self.log_sd**2))
        a, b = self._shapes
        if self.kind == "rate":
            return math.sqrt(a) / b
        return math.sqrt(a * b / (a + b + 1)) / (a + b)

    def cdf(self, x: Array) -> Array:
        """Probability that it lies below; a figure that is known lies half below itself."""
        if self.is_known:
            return np.heaviside(x - self.value, 0.5)
        if self.kind == "size":
            with np.errstate(divide="ignore"):
                return np.asarray(special.ndtr(np.log(x / self.value) / self.log_sd))
        a, b = self._shapes
        below = special.gammainc(a, x * b) if self.kind == "rate" else special.betainc(a, b, x)
        return np.asarray(below)

    def ppf(self, u: Array) -> Array:
        """Value with probability ``u`` below it."""
        if self.is_known:
            return np.full(np.shape(u), self.value)
        if self.kind == "size":
            return np.asarray(self.value * np.exp(self.log_sd * special.ndtri(u)))
        a, b = self._shapes
        if self.kind == "rate":
            return np.asarray(special.gammaincinv(a, u) / b)
        return np.asarray(special.betaincinv(a, b, u))

    def grown(self, factor: float) -> Belief:
        """The same value, seen in so many times as much."""
        return replace(self, of=self.of * factor)

    def is_at(self, other: Belief) -> bool:
        """Do both have the same value, but for rounding?"""
        return math.isclose(self.value, other.value, rel_tol=_SAME)


def belief_of_share(rate: WinRate) -> Belief:
    """What is believed of a win rate, or of the rate of a stage?"""
    if rate.won is None or rate.of is None:
        return Belief("share", rate.mean)
    return Belief("share", rate.won / rate.of, rate.of)


def belief_of_rate(rate: OppRate) -> Belief:
    """What is believed of opportunities a week?"""
    if rate.opps is None or rate.weeks is None:
        return Belief("rate", rate.mean)
    return Belief("rate", rate.opps / rate.weeks, rate.weeks)


def belief_of_law(spec: LawSpec, location: float) -> Belief:
    """What is believed of a mean amount or a median cycle?"""
    return Belief("size", location, spec.of or 0.0, 0.0 if spec.is_known else spec.law.log_sd)


@cache
def _levels() -> tuple[Array, Array]:
    """Probabilities between 0 and 1 and their weights, after Gauss and Legendre."""
    nodes, weights = np.polynomial.legendre.leggauss(_NODES)
    return (nodes + 1) / 2, weights / 2


def chance_below(first: Belief, second: Belief) -> float:
    """How likely does one figure lie below another, if each was seen by itself?

    ``P(X < Y) = E[F_X(Y)]``, integrated over the quantiles of the narrower of both, on which the
    other's distribution function is smooth. Where both are known it is 1, 0, or 1/2 if they are
    equal.

    Examples
    --------
    >>> round(chance_below(Belief("share", 0.2, 100), Belief("share", 0.3, 100)), 2)
    0.95
    """
    levels, weights = _levels()
    if second.sd <= first.sd:
        return float(weights @ first.cdf(second.ppf(levels)))
    return float(1 - weights @ second.cdf(first.ppf(levels)))


def pool_beliefs(beliefs: Sequence[tuple[str, Belief]]) -> Belief:
    """What do several people's figures come to together?

    Where all come with evidence it adds up: won and of, opportunities and weeks; logarithms of
    sizes are averaged by the number of values. What several take from one source, a segment,
    counts once. Where some are known exactly there is no evidence to weigh them by: the mean over
    people, of sizes in proportion, is taken as known.

    Parameters
    ----------
    beliefs
        Of one kind, at least one, each with the name of its source.
    """
    every = [belief for _, belief in beliefs]
    kind, first = every[0].kind, every[0]
    if any(belief.is_known for belief in every):
        if all(belief.is_at(first) for belief in every):
            return Belief(kind, first.value)
        return Belief(kind, _mean(every, [1.0] * len(every)))
    seen = list(dict(beliefs).values())
    of = math.fsum(belief.of for belief in seen)
    squares = math.fsum(belief.of * belief.spread**2 for belief in seen)
    alike = all(belief.is_at(first) for belief in seen)
    value = first.value if alike else _mean(seen, [belief.of for belief in seen])
    return Belief(kind, value, of, math.sqrt(squares / of))


def _mean(beliefs: Sequence[Belief], weights: Sequence[float]) -> float:
    """Weighted mean of values; of sizes the geometric one."""
    total = math.fsum(weights)
    if beliefs[0].kind == "size":
        logs = (w * math.log(b.value) for w, b in zip(weights, beliefs, strict=True))
        return math.exp(math.fsum(logs) / total)
    return math.fsum(w * b.value for w, b in zip(weights, beliefs, strict=True)) / total
