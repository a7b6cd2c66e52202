"""Laws become quantile tables: their layout; what they draw is tested with the kernel."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from quotarisk.kernel.quantiles import CELLS, HALF_TABLE, LINE, OCTAVES, TABLE
from quotarisk.scenario.laws import Fixed, Gamma, Lognormal, Weibull
from quotarisk.simulation.tables import (
    Table,
    Transformed,
    factor_table,
    flat_table,
    law_table,
    posterior_table,
)


def _lines(table: Table) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Value at the left end and slope of each cell."""
    pairs = table.view(np.float32).reshape(-1, 2)
    return pairs[:, 0], pairs[:, 1]


def _place(probability: float) -> tuple[int, float]:
    """Cell of a probability below 1/2, and the place in it."""
    octave = int(np.floor(np.log2(probability * 2**32))) + 1
    place = (probability * 2**32 / 2.0 ** (octave - 1) - 1) * CELLS
    return octave * CELLS + int(place), place - int(place)


def test_a_line_goes_through_two_gauss_points() -> None:
    """In each cell the line meets the quantile function at the cell's two Gauss points."""
    law = Gamma(2.0, 10.0)
    value, slope = _lines(law_table(law))
    points = 0.5 + np.array([-0.5, 0.5]) / np.sqrt(3.0)
    for cell in (OCTAVES * CELLS // 2, HALF_TABLE - CELLS - 1, HALF_TABLE - 2 * CELLS):
        octave, number = divmod(cell, CELLS)
        left = 2.0 ** (octave - 1) / 2**32 * (1 + number / CELLS)
        width = 2.0 ** (octave - 1) / 2**32 / CELLS
        at = left + width * points
        np.testing.assert_allclose(value[cell] + slope[cell] * points, law.ppf(at), rtol=1e-6)
        upper = HALF_TABLE + cell
        np.testing.assert_allclose(value[upper] + slope[upper] * points, law.isf(at), rtol=1e-6)


@pytest.mark.parametrize("law", [Lognormal(0.0, 1.5), Weibull(1.0, 30.0), Fixed(4.0)])
def test_last_word_is_the_tails_mean(law: Lognormal | Weibull | Fixed) -> None:
    """The outermost word stands for the mean of the law beyond it."""
    value, slope = _lines(law_table(law))
    q = 2.0**-32
    x = float(law.isf(q))
    tail = (law.mean - float(law.lev(x))) / q + x
    assert value[HALF_TABLE] == pytest.approx(tail, rel=1e-4)
    assert not slope[HALF_TABLE : HALF_TABLE + CELLS].any()


def test_tables_are_kept() -> None:
    """Equal laws share one table."""
    assert law_table(Lognormal(0.0, 1.25)) is law_table(Lognormal(0.0, 1.25))
    assert posterior_table(Lognormal(0.0, 1.25)) is posterior_table(Lognormal(0.0, 1.25))


def test_tables_have_one_layout() -> None:
    """All tables are contiguous arrays of one type and length, so the kernel compiles once."""
    laws = [Lognormal(0.0, 1.0), Weibull(0.7, 2.0), Fixed(0.0)]
    tables = [*(law_table(law) for law in laws), posterior_table(Gamma(0.5, 1.0))]
    assert {(np.dtype(np.uint64), (TABLE,), True, True)} == {
        (t.dtype, t.shape, t.flags.c_contiguous, t.flags.writeable) for t in tables
    }
    flat = flat_table(np.array([0.0, 1.0]), np.array([0.0, 1.0]))
    assert (np.dtype(np.uint64), (LINE,)) == (flat.dtype, flat.shape)


def test_coarse_cells_are_one_line() -> None:
    """Four fine cells of a coarse table are pieces of one line."""
    value, slope = _lines(posterior_table(Gamma(5.0, 1.0)))
    cells = np.arange(HALF_TABLE - 4, HALF_TABLE)
    np.testing.assert_allclose(np.diff(value[cells]), slope[cells][:-1], rtol=1e-4)
    assert 1 == len(set(slope[cells].tolist()))


def test_coarse_tables_end_in_a_tail() -> None:
    """What a coarse table leaves out at its ends has the tail's mean."""
    value, slope = _lines(posterior_table(Weibull(1.0, 1.0)))
    first = (OCTAVES - 24) * CELLS
    q = 2.0 ** (OCTAVES - 24 - 1) / 2**32
    np.testing.assert_allclose(value[HALF_TABLE : HALF_TABLE + first], 1 - np.log(q), rtol=1e-4)
    assert not slope[:first].any()


def test_factor_table_has_median_one() -> None:
    """A factor's table is lognormal around 1."""
    value, slope = _lines(factor_table(0.2))
    cell, fraction = _place(0.25)
    quartile = value[cell] + slope[cell] * fraction
    assert quartile == pytest.approx(float(Lognormal(0.0, 0.2).ppf(0.25)), rel=1e-3)
    last = HALF_TABLE - CELLS - 1  # ends at 1/2
    assert value[last] + slope[last] == pytest.approx(1, abs=1e-3)


def test_transformed_quantiles() -> None:
    """Quantiles of a rising function are the function of the quantiles, from either end."""
    law = Transformed(Lognormal(1.0, 0.5), np.sqrt)
    assert np.sqrt(Lognormal(1.0, 0.5).ppf(0.3)) == law.ppf(0.3)
    assert np.sqrt(Lognormal(1.0, 0.5).isf(0.3)) == law.isf(0.3)


def test_flat_table_is_exact_on_straight_pieces() -> None:
    """Between two points the flat table is the straight line through them."""
    levels, values = np.array([0.0, 0.5, 1.0]), np.array([2.0, 10.0, 90.0])
    value, slope = _lines(flat_table(levels, values))
    edges = np.interp(np.arange(LINE + 1) / LINE, levels, values)
    np.testing.assert_allclose(value, edges[:-1], rtol=1e-6)
    np.testing.assert_allclose(value + slope, edges[1:], rtol=1e-6)


def test_flat_table_jumps_within_one_cell() -> None:
    """Where values jump no line leaves the values at its cell's ends."""
    level = 300.5 / LINE
    levels, values = np.array([0.0, level, level, 1.0]), np.array([0.0, 30.0, 60.0, 90.0])
    value, slope = _lines(flat_table(levels, values))
    ends = np.column_stack([value, value + slope]).ravel()
    assert np.diff(ends).min() > -1e-4
    assert ends[0] == pytest.approx(0, abs=1e-6)
    assert ends[-1] == pytest.approx(90)
    assert [300] == np.flatnonzero((ends[1::2] > 31) & (ends[0::2] < 59)).tolist()
