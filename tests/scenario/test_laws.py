from __future__ import annotations

import contextlib
import math
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import integrate, stats

from quotarisk.errors import ArgumentError
from quotarisk.scenario.families import QUANTILE_FIGURES, Family, law_through
from quotarisk.scenario.laws import BetaLaw, Empirical, Fixed, Gamma, Law, Lognormal, Weibull
from quotarisk.scenario.percentiles import Percentiles

LEVELS = np.array([1e-9, 1e-3, 0.1, 0.4, 0.5, 0.77, 0.9, 0.999, 1 - 1e-9])
CONTINUOUS: dict[str, tuple[Law, Any]] = {
    "lognormal": (Lognormal(3.0, 0.8), stats.lognorm(0.8, scale=math.exp(3.0))),
    "gamma": (Gamma(2.3, 11.0), stats.gamma(2.3, scale=11.0)),
    "peaked gamma": (Gamma(0.4, 30.0), stats.gamma(0.4, scale=30.0)),
    "weibull": (Weibull(1.7, 25.0), stats.weibull_min(1.7, scale=25.0)),
    "heavy weibull": (Weibull(0.6, 25.0), stats.weibull_min(0.6, scale=25.0)),
    "exponential": (Weibull(1.0, 25.0), stats.expon(scale=25.0)),
    "percentiles": (
        Percentiles.through({0.1: math.exp(3.0 - 0.8 * stats.norm.isf(0.1)), 0.5: math.exp(3.0)}),
        stats.lognorm(0.8, scale=math.exp(3.0)),
    ),
}
BENT = Percentiles.through({0.1: 4.0, 0.5: 20.0, 0.75: 31.0, 0.9: 80.0})
ALL: dict[str, Law] = {name: law for name, (law, _) in CONTINUOUS.items()} | {"bent": BENT}


@pytest.mark.parametrize("name", CONTINUOUS)
def test_law_equals_scipy(name: str) -> None:
    """Quantiles from both ends, survival, mean and variance are those of SciPy's law."""
    law, oracle = CONTINUOUS[name]
    x = oracle.ppf(LEVELS)

    np.testing.assert_allclose(law.ppf(LEVELS), x, rtol=1e-9)
    np.testing.assert_allclose(law.isf(LEVELS), oracle.isf(LEVELS), rtol=1e-9)
    np.testing.assert_allclose(law.sf(x), oracle.sf(x), rtol=1e-6)
    assert law.mean == pytest.approx(oracle.mean(), rel=1e-9)
    assert law.variance == pytest.approx(oracle.var(), rel=1e-9)


@pytest.mark.parametrize("name", ALL)
def test_survival_undoes_quantile(name: str) -> None:
    """The survival function at the quantile of u is 1 - u."""
    law = ALL[name]

    np.testing.assert_allclose(law.sf(law.ppf(LEVELS)), 1 - LEVELS, rtol=1e-6)
    np.testing.assert_allclose(law.sf(law.isf(LEVELS)), LEVELS, rtol=1e-6)


@pytest.mark.parametrize("name", ALL)
def test_nothing_survives_less_than_zero(name: str) -> None:
    """Everything exceeds 0, and the limited expected value there is 0."""
    law = ALL[name]

    np.testing.assert_array_equal(law.sf([-1.0, 0.0]), [1.0, 1.0])
    assert float(law.lev(0.0)) == 0.0


@pytest.mark.parametrize("name", ALL)
def test_limited_expected_value(name: str) -> None:
    """E[min(X, x)] is the integral of the survival function up to x."""
    law = ALL[name]
    knots = [4.0, 20.0, 31.0, 80.0]
    for x in (0.5, 7.0, 40.0, 200.0):
        breaks = [0.0, *(knot for knot in knots if knot < x), x]
        expected = sum(
            integrate.quad(lambda t: float(law.sf(t)), low, high, epsabs=1e-11, limit=200)[0]
            for low, high in pairwise(breaks)
        )

        assert float(law.lev(x)) == pytest.approx(expected, rel=1e-7)


@pytest.mark.parametrize("name", ALL)
def test_moments_by_quadrature(name: str) -> None:
    """Mean, variance and the logarithm's standard deviation are integrals of the quantiles."""
    law = ALL[name]

    def moment(power: int, *, of_log: bool = False) -> float:
        def at(z: float) -> float:
            q = stats.norm.sf(abs(z))
            x = float(law.isf(q) if z > 0 else law.ppf(q))
            return float(stats.norm.pdf(z)) * (math.log(x) if of_log else x) ** power

        edges = [-12.0, stats.norm.ppf(0.1), 0.0, stats.norm.ppf(0.75), stats.norm.ppf(0.9), 12.0]
        return float(sum(integrate.quad(at, a, b, limit=400)[0] for a, b in pairwise(edges)))

    assert law.mean == pytest.approx(moment(1), rel=1e-6)
    assert law.variance == pytest.approx(moment(2) - moment(1) ** 2, rel=1e-5)
    log_variance = moment(2, of_log=True) - moment(1, of_log=True) ** 2
    assert law.log_sd == pytest.approx(math.sqrt(log_variance), rel=2e-3)


@pytest.mark.parametrize("name", ALL)
def test_length_biased(name: str) -> None:
    """P(length-biased X <= x) is E[X; X <= x] / E[X]."""
    law = ALL[name]
    biased = law.length_biased()

    def share_below(x: np.ndarray) -> np.ndarray:
        return (law.lev(x) - x * law.sf(x)) / law.mean

    levels = np.array([1e-3, 0.05, 0.3, 0.5, 0.8, 0.95, 0.999])
    np.testing.assert_allclose(share_below(biased.ppf(levels)), levels, rtol=1e-6)
    np.testing.assert_allclose(share_below(biased.isf(levels)), 1 - levels, rtol=1e-6)


@pytest.mark.parametrize(("a", "b"), [(120.5, 280.5), (0.5, 9.5)])
def test_beta_equals_scipy(a: float, b: float) -> None:
    """Quantiles of a win rate's posterior are those of SciPy's beta law."""
    oracle = stats.beta(a, b)

    np.testing.assert_allclose(BetaLaw(a, b).ppf(LEVELS), oracle.ppf(LEVELS), rtol=1e-9)
    np.testing.assert_allclose(BetaLaw(a, b).isf(LEVELS), oracle.isf(LEVELS), rtol=1e-9)


def test_fixed_value() -> None:
    """A fixed value is every quantile, its own mean, and survives until it is reached."""
    law = Fixed(7.0)

    np.testing.assert_array_equal(law.ppf([0.1, 0.9]), [7.0, 7.0])
    np.testing.assert_array_equal(law.isf([0.1, 0.9]), [7.0, 7.0])
    np.testing.assert_array_equal(law.sf([6.9, 7.0]), [1.0, 0.0])
    np.testing.assert_array_equal(law.lev([3.0, 9.0]), [3.0, 7.0])
    assert (7.0, 0.0, 0.0) == (law.mean, law.variance, law.log_sd)
    assert law == law.length_biased()


SEEN = st.lists(st.floats(0.5, 1e4), min_size=1, max_size=30).map(tuple)


@given(values=SEEN)
def test_empirical_equals_numpy(values: tuple[float, ...]) -> None:
    """An empirical law has the mean, variance, survival and logarithms of its values."""
    law, seen = Empirical.of(values), np.array(values)
    x = np.array([0.0, seen.min(), seen.mean(), seen.max()])

    assert law.mean == pytest.approx(seen.mean(), rel=1e-9)
    assert law.variance == pytest.approx(seen.var(), rel=1e-6, abs=1e-9)
    assert law.log_sd == pytest.approx(np.log(seen).std(), rel=1e-6, abs=1e-9)
    np.testing.assert_allclose(law.sf(x), [(seen > limit).mean() for limit in x], atol=1e-12)
    np.testing.assert_allclose(law.lev(x), [np.minimum(seen, limit).mean() for limit in x])


@given(values=SEEN)
def test_empirical_quantiles(values: tuple[float, ...]) -> None:
    """The middle of each value's cell is that value, counted from either end."""
    law, size = Empirical.of(values), len(values)
    middles = (np.arange(size) + 0.5) / size

    np.testing.assert_array_equal(law.ppf(middles), sorted(values))
    np.testing.assert_array_equal(law.isf(middles), sorted(values, reverse=True))
    assert float(law.ppf(1.0)) == max(values)


def test_empirical_length_biased() -> None:
    """A value three times as long is found running three times as often."""
    assert Empirical((1.0, 3.0), (0.25, 0.75)) == Empirical.of((3.0, 1.0)).length_biased()


FIGURES = st.tuples(
    st.sampled_from(["p10", "p25", "median", "mean"]),
    st.sampled_from(["median", "p75", "p90", "mean", "sd"]),
)
RANK = ["p10", "p25", "median", "p75", "p90", "mean", "sd"].index


@given(
    family=st.sampled_from(["lognormal", "gamma", "weibull"]),
    names=FIGURES,
    low=st.floats(0.01, 1e6),
    ratio=st.floats(1.05, 8.0),
)
def test_law_through_figures(
    family: Family, names: tuple[str, str], low: float, ratio: float
) -> None:
    """The law that goes through two figures has these figures."""
    first, second = names
    assume(RANK(first) < RANK(second) and not (first != "mean" and second == "sd"))
    figures = {first: low, second: low * (ratio if second != "sd" else ratio / 4)}
    law = None
    with contextlib.suppress(ArgumentError):
        law = law_through(family, figures)
    if law is None:
        assert "mean" in figures  # only a mean may be out of a family's reach
        return
    for name, value in figures.items():
        actual = {"mean": law.mean, "sd": math.sqrt(law.variance)}.get(name)
        if actual is None:
            actual = float(law.ppf(QUANTILE_FIGURES[name]))
        assert actual == pytest.approx(value, rel=1e-6)


@pytest.mark.parametrize("name", ["mean", "p10", "median"])
def test_exponential_law_through_one_figure(name: str) -> None:
    """An exponential law takes its mean or a percentile."""
    law = law_through("exponential", {name: 12.0})

    actual = law.mean if name == "mean" else float(law.ppf(QUANTILE_FIGURES[name]))
    assert actual == pytest.approx(12.0)


@pytest.mark.parametrize(
    ("family", "figures", "message"),
    [
        ("exponential", {"sd": 3.0}, "an exponential law takes one figure"),
        ("exponential", {"mean": 3.0, "p90": 9.0}, "an exponential law takes one figure"),
        ("gamma", {"median": 3.0}, "a gamma law takes two figures, such as median and p90"),
        ("weibull", {"p10": 1.0, "median": 2.0, "p90": 3.0}, "a weibull law takes two figures"),
        ("lognormal", {"median": 9.0, "p90": 3.0}, "must rise from the lower percentile"),
        ("lognormal", {"median": 9.0, "mean": 3.0}, "the mean must exceed it"),
        ("lognormal", {"p90": 9.0, "mean": 6.0}, "with a mean give the median, or the sd"),
        ("gamma", {"mean": 1.0, "sd": 1e9}, "the sd must be positive and not a thousand times"),
    ],
)
def test_no_such_law(family: Family, figures: dict[str, float], message: str) -> None:
    """Figures that no law of the family has are refused with the reason."""
    with pytest.raises(ArgumentError, match=message):
        law_through(family, figures)
