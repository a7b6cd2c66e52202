"""Quantiles by table: how a random word becomes a value of any positive law.

A table has two halves, one for each tail. A word ``w`` stands for the probability
``(w + 1/2) / 2**32``; its distance to the nearer end, as a float32, has an exponent (the
octave) and a mantissa, whose top bits choose one of 16 cells in the octave. In each cell a
straight line, value and slope as two float32 packed into one uint64, gives the quantile.
Who makes a table puts the line through the law's quantiles at the cell's two Gauss points,
which keeps the law's mean to better than one in a million.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import float32, int32, int64, uint32, uint64, uintp

from quotarisk.kernel.arrays import Floats, Indices, Singles, Tables, Words
from quotarisk.kernel.casts import bits_of_single
from quotarisk.kernel.compiling import formula, stage

CELL_BITS = 4
CELLS = 1 << CELL_BITS
OCTAVES = 33  # distances from 1/2 (word 0) to 2**31
HALF_TABLE = CELLS * OCTAVES
TABLE = 2 * HALF_TABLE
LINE = 1024  # cells of a flat table, which a word's top bits index

_TOP = np.uint32(31)
_SHIFT = np.uint32(23 - CELL_BITS)
_FRACTION = np.uint32((1 << (23 - CELL_BITS)) - 1)
_FRACTION_SCALE = np.float32(1.0 / (1 << (23 - CELL_BITS)))
_OFFSET = np.uint32(126 << CELL_BITS)  # float32 exponent of 1/2
_LINE_SHIFT = np.uint32(22)
_LINE_MASK = np.uint32((1 << 22) - 1)
_LINE_SCALE = np.float32(1.0 / (1 << 22))
_TWO_32 = 4294967296.0


@formula
def place(distance: Any, upper: Any) -> tuple[Any, Any]:
    """Cell of a distance to the nearer end (float32, in words), and the place in it."""
    bits = bits_of_single(distance)
    cell = uint32(uint32(bits >> _SHIFT) - _OFFSET) + uint32(upper * uint32(HALF_TABLE))
    return uint32(cell), float32(int32(bits & _FRACTION)) * _FRACTION_SCALE


@stage
def locate(words: Words, count: int, cell: Indices, fraction: Singles) -> None:
    """Cell and place in it for each word."""
    for i in range(uintp(count)):
        w = words[i]
        distance = float32(min(w, uint32(~w))) + float32(0.5)
        cell[i], fraction[i] = place(distance, uint32(w >> _TOP))


@stage
def locate_survival(survival: Floats, count: int, cell: Indices, fraction: Singles) -> None:
    """Cell and place in it for each probability of exceeding the value sought (float64)."""
    for i in range(uintp(count)):
        s = survival[i]
        distance = float32(max(min(s, 1.0 - s) * _TWO_32, 0.5))
        cell[i], fraction[i] = place(distance, uint32(s < 0.5))


@stage
def locate_flat(words: Words, count: int, cell: Indices, fraction: Singles) -> None:
    """Cell and place in it for each word, in a flat table of `LINE` cells."""
    for i in range(uintp(count)):
        w = words[i]
        cell[i] = uint32(w >> _LINE_SHIFT)
        fraction[i] = float32(int32(w & _LINE_MASK)) * _LINE_SCALE


@stage
def look(table: Tables, cell: Indices, count: int, lines: Tables) -> None:
    """Load each cell's line. A loop of its own: the loads do not vectorise, the rest does."""
    for i in range(uintp(count)):
        lines[i] = table[uintp(cell[i])]


@stage
def evaluate(lines: Tables, fraction: Singles, count: int, value: Singles) -> None:
    """Value on each line at its place in the cell (float32)."""
    pairs = lines.view(np.float32)
    for i in range(uintp(count)):
        j = uintp(2) * uintp(i)
        value[i] = pairs[j] + pairs[j + uintp(1)] * fraction[i]


@stage
def pick(atoms: Floats, words: Words, count: int, value: Floats) -> None:
    """One of a list's values for each word, all equally likely (float64)."""
    size = uint64(atoms.shape[0])
    for i in range(uintp(count)):
        value[i] = atoms[uintp((uint64(words[i]) * size) >> uint64(32))]


@stage
def pick_beyond(atoms: Floats, survival: Floats, count: int, value: Singles) -> None:
    """The one of a list's ascending values that is exceeded with each probability (float32)."""
    last = atoms.shape[0] - 1
    for i in range(uintp(count)):
        above = int64(survival[i] * (last + 1))
        value[i] = float32(atoms[uintp(last - min(above, last))])
