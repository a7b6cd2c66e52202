"""Which law of a family has given figures: a median and a p90, a mean and an sd."""

from __future__ import annotations

import math
from typing import Literal

from scipy import optimize

from quotarisk.errors import ArgumentError
from quotarisk.scenario.laws import Gamma, Law, Lognormal, Weibull

Family = Literal["lognormal", "gamma", "weibull", "exponential"]
FAMILIES: tuple[Family, ...] = ("lognormal", "gamma", "weibull", "exponential")
QUANTILE_FIGURES = {"p10": 0.1, "p25": 0.25, "median": 0.5, "p75": 0.75, "p90": 0.9}


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
