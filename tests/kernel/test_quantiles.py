"""Quantile tables: a random word becomes a value of a law."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from quotarisk.kernel.quantiles import (
    CELLS,
    HALF_TABLE,
    LINE,
    TABLE,
    evaluate,
    locate,
    locate_flat,
    locate_survival,
    look,
    pick,
    pick_beyond,
)
from quotarisk.scenario.laws import (
    BetaLaw,
    Empirical,
    Fixed,
    Gamma,
    Law,
    Lognormal,
    Quantiles,
    Weibull,
)
from quotarisk.scenario.percentiles import Percentiles
from quotarisk.simulation.tables import Table, flat_table, law_table, posterior_table
from tests.simulation.twin import draw, draw_beyond, draw_flat

Array = NDArray[np.float64]
Words = NDArray[np.uint32]

LAWS: dict[str, Law] = {
    "lognormal 0.5": Lognormal(9.0, 0.5),
    "lognormal 1": Lognormal(3.0, 1.0),
    "lognormal 1.5": Lognormal(3.0, 1.5),
    "gamma 0.5": Gamma(0.5, 3.0),
    "gamma 9": Gamma(9.0, 1.0),
    "weibull 0.7": Weibull(0.7, 30.0),
    "weibull 3": Weibull(3.0, 30.0),
    "exponential": Weibull(1.0, 30.0),
    "percentiles": Percentiles.through({0.1: 4, 0.5: 20, 0.9: 80}),
    "fixed": Fixed(30.0),
}
TOP = 2**32


def _strata() -> tuple[Words, Array]:
    """Words from both ends, each with the share of all words that it stands for.

    The outermost 4,096 words of each end one by one, then 2,048 strata an octave.
    """
    distances, widths = [np.arange(4096)], [np.ones(4096)]
    for octave in range(12, 31):
        step = 2**octave // 2048
        distances.append(2**octave + np.arange(2048) * step + step // 2)
        widths.append(np.full(2048, float(step)))
    distance, width = np.concatenate(distances), np.concatenate(widths)
    words = np.concatenate([distance, (TOP - 1 - distance)[::-1]]).astype(np.uint32)
    return words, np.concatenate([width, width[::-1]]) / TOP


WORDS, SHARES = _strata()


def _exact(law: Quantiles, words: Words) -> Array:
    low = np.minimum((words + 0.5) / TOP, 0.5)
    high = np.minimum((TOP - 0.5 - words.astype(np.float64)) / TOP, 0.5)
    return np.where(words < TOP // 2, law.ppf(low), law.isf(high))


def _lines(table: Table, cell: Any, fraction: Any) -> Array:
    lines, value = np.empty(cell.size, np.uint64), np.empty(cell.size, np.float32)
    look(table, cell, cell.size, lines)
    evaluate(lines, fraction, cell.size, value)
    return value.astype(np.float64)


def _draw(table: Table, words: Words) -> Array:
    n = words.size
    cell, fraction = np.empty(n, np.uint32), np.empty(n, np.float32)
    locate(words, n, cell, fraction)
    assert cell.max() < TABLE
    return _lines(table, cell, fraction)


def _draw_beyond(table: Table, survival: Array) -> Array:
    n = survival.size
    cell, fraction = np.empty(n, np.uint32), np.empty(n, np.float32)
    locate_survival(survival, n, cell, fraction)
    assert cell.max() < TABLE
    return _lines(table, cell, fraction)


def _moments(values: Array) -> tuple[float, float]:
    mean = float(SHARES @ values)
    return mean, math.sqrt(float(SHARES @ (values - mean) ** 2))


@pytest.mark.parametrize("name", LAWS)
def test_mean(name: str) -> None:
    """Over all words a table has its law's mean, to one in a million."""
    mean, _ = _moments(_draw(law_table(LAWS[name]), WORDS))
    assert mean == pytest.approx(LAWS[name].mean, rel=1e-6)


@pytest.mark.parametrize("name", LAWS)
def test_standard_deviation(name: str) -> None:
    """Over all words a table has its law's standard deviation, to one in ten thousand.

    Though the last word stands for a whole tail: its value is the tail's mean.
    """
    _, sd = _moments(_draw(law_table(LAWS[name]), WORDS))
    assert sd == pytest.approx(math.sqrt(LAWS[name].variance), rel=1e-4)


def test_standard_deviation_needs_the_tail() -> None:
    """Without the tail beyond the last word the check fails (negative control)."""
    law = LAWS["lognormal 1.5"]
    table = law_table(law).copy()
    table[HALF_TABLE : HALF_TABLE + CELLS] = table[HALF_TABLE + CELLS]
    _, sd = _moments(_draw(table, WORDS))
    assert sd != pytest.approx(math.sqrt(law.variance), rel=1e-4)


@pytest.mark.parametrize("name", LAWS)
def test_worst_quantile(name: str) -> None:
    """No quantile from one in a million to all but one in a million is off by 0.1 %."""
    inner = WORDS[(WORDS > 4296) & (WORDS < TOP - 4296)]
    np.testing.assert_allclose(
        _draw(law_table(LAWS[name]), inner), _exact(LAWS[name], inner), rtol=1e-3
    )


@pytest.mark.parametrize("name", LAWS)
def test_rises(name: str) -> None:
    """A larger word never gives a smaller value, looked at 2,048 words an octave."""
    assert np.diff(_draw(law_table(LAWS[name]), WORDS)).min() >= 0


@pytest.mark.parametrize(
    "law",
    [BetaLaw(0.5, 10.5), BetaLaw(30.5, 70.5), BetaLaw(1000.5, 0.5)],
    ids=lambda law: f"{law.a}-{law.b}",
)
def test_posterior_of_win_rates(law: BetaLaw) -> None:
    """A coarse table has the mean and the spread of a win rate's posterior, within 0 and 1."""
    values = _draw(posterior_table(law), WORDS)
    total = law.a + law.b
    mean, sd = _moments(values)
    assert mean == pytest.approx(law.a / total, rel=1e-5)
    assert sd == pytest.approx(math.sqrt(law.a * law.b / (total + 1)) / total, rel=1e-4)
    assert 0 < values.min()
    assert values.max() <= 1


@pytest.mark.parametrize("law", [Gamma(0.5, 1 / 52), Gamma(62.5, 1 / 52), Lognormal(0.0, 0.1)])
def test_posterior_of_rates_and_factors(law: Law) -> None:
    """A coarse table has the mean and the spread of a rate's or a factor's posterior."""
    values = _draw(posterior_table(law), WORDS)
    mean, sd = _moments(values)
    assert mean == pytest.approx(law.mean, rel=1e-5)
    assert sd == pytest.approx(math.sqrt(law.variance), rel=1e-4)
    assert values.min() >= 0


@pytest.mark.parametrize("name", LAWS)
def test_survival(name: str) -> None:
    """The value that a law exceeds with a probability is its quantile counted from above."""
    inner = WORDS[(WORDS > 4296) & (WORDS < TOP - 4296)]
    survival = 1 - (inner + 0.5) / TOP
    found = _draw_beyond(law_table(LAWS[name]), survival)
    np.testing.assert_allclose(found, _exact(LAWS[name], inner), rtol=1.1e-3)


def test_survival_at_the_ends() -> None:
    """Survival 0, 1/2 and 1 are the outermost and the middle values."""
    table = law_table(LAWS["exponential"])
    last, middle, first = _draw_beyond(table, np.array([0.0, 0.5, 1.0]))
    ends = _draw(table, np.array([0, TOP - 1], np.uint32))
    assert [first, last] == ends.tolist()
    assert middle == pytest.approx(30 * math.log(2), rel=1e-3)


def test_every_cell_is_used_in_order() -> None:
    """Words walk through the lower half of a table upwards and the upper half downwards."""
    n = WORDS.size
    cell, fraction = np.empty(n, np.uint32), np.empty(n, np.float32)
    locate(WORDS, n, cell, fraction)
    lower, upper = cell[: n // 2].astype(np.int64), cell[n // 2 :].astype(np.int64) - HALF_TABLE
    assert np.all(np.diff(lower) >= 0)
    assert lower.tolist() == upper[::-1].tolist()
    assert np.all((fraction >= 0) & (fraction < 1))


def test_twin_lookups() -> None:
    """The lookups of the plain twin give the same bits."""
    words = np.random.default_rng(1).integers(0, TOP, 2000, dtype=np.uint32)
    words[:6] = [0, 1, 2**31 - 1, 2**31, TOP - 2, TOP - 1]
    table = law_table(LAWS["lognormal 1"])
    assert [float(draw(table, word)) for word in words.tolist()] == _draw(table, words).tolist()
    survival = np.append(words / TOP, [0.5, 1.0])
    expected = [float(draw_beyond(LAWS["lognormal 1"], s)) for s in survival.tolist()]
    assert expected == _draw_beyond(table, survival).tolist()


def test_flat_table() -> None:
    """A flat table goes straight from point to point, and the twin's lookup with it."""
    table = flat_table(np.array([0.0, 0.25, 1.0]), np.array([0.0, 30.0, 90.0]))
    assert table.shape == (LINE,)
    words = np.random.default_rng(1).integers(0, TOP, 2000, dtype=np.uint32)
    words[:2] = [0, TOP - 1]
    cell, fraction = np.empty(2000, np.uint32), np.empty(2000, np.float32)
    locate_flat(words, 2000, cell, fraction)
    found = _lines(table, cell, fraction)
    expected = np.interp(words / TOP, [0.0, 0.25, 1.0], [0.0, 30.0, 90.0])
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-5)
    assert [float(draw_flat(table, word)) for word in words.tolist()] == found.tolist()


def test_pick_keeps_values() -> None:
    """Values that were seen come out as they are, each as often as the others."""
    atoms = np.array([100.0, 250.0, 250.0, 99_999.0, 5.5])
    n = 1 << 20
    words = (np.arange(n) * 4096 + 2048).astype(np.uint32)
    value = np.empty(n, np.float64)
    pick(atoms, words, n, value)
    found, times = np.unique(value, return_counts=True)
    assert [5.5, 100.0, 250.0, 99_999.0] == found.tolist()
    np.testing.assert_allclose(times, np.array([1, 1, 2, 1]) * n / 5, atol=2)


def test_pick_reaches_both_ends() -> None:
    """The first word is the first value and the last word the last one, for any length."""
    words = np.array([0, TOP - 1], np.uint32)
    for size in (1, 2, 3, 1000, 1_000_000):
        value = np.empty(2, np.float64)
        pick(np.arange(float(size)), words, 2, value)
        assert [0.0, size - 1.0] == value.tolist()


def test_listed_cycles_beyond_an_age() -> None:
    """Of listed values each one above an age is as likely as the others, and the twin agrees."""
    law = Empirical.of((3.0, 9.0, 14.0, 40.0))
    atoms = np.array(law.values)
    n = 4096
    left = (np.arange(n) + 0.5) / n  # P(more than what is drawn), given open
    for age, above in ((0.0, 4), (5.0, 3), (9.0, 2), (20.0, 1)):
        survival = float(law.sf(age)) * left
        found = np.empty(n, np.float32)
        pick_beyond(atoms, survival, n, found)
        values, counts = np.unique(found, return_counts=True)
        assert atoms[-above:].tolist() == values.tolist()
        assert counts.max() - counts.min() <= 1
        assert found.tolist() == [float(draw_beyond(law, s)) for s in survival.tolist()]
