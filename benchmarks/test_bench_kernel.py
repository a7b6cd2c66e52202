"""Stages of the kernel and one rep: ``pytest benchmarks --benchmark-only``."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from benchmarks.case import REFERENCE, won_deals
from benchmarks.floor import book_deals, draw_deals
from quotarisk.kernel.arrays import Words
from quotarisk.kernel.bits import draw_by_path
from quotarisk.kernel.bookings import BLOCK
from quotarisk.kernel.counts import add_poisson, spread
from quotarisk.kernel.quantiles import evaluate, locate, look
from quotarisk.scenario.laws import Lognormal
from quotarisk.simulation.tables import law_table

Stage = Callable[[], object]
PATHS = 20_000


def _words() -> Words:
    words = np.empty((4, BLOCK), dtype=np.uint32)
    draw_by_path(0, BLOCK, 0, 0, 0, np.uint64(1), words)
    return words


def _draw() -> Stage:
    words = _words()
    return lambda: draw_by_path(0, BLOCK, 0, 0, 0, np.uint64(1), words)


def _locate() -> Stage:
    word = _words()[0]
    cell, fraction = np.empty(BLOCK, dtype=np.uint32), np.empty(BLOCK, dtype=np.float32)
    return lambda: locate(word, BLOCK, cell, fraction)


def _look() -> Stage:
    table, lines = law_table(Lognormal(0.0, 0.6)), np.empty(BLOCK, dtype=np.uint64)
    cell = _words()[0] % np.uint32(len(table))
    return lambda: look(table, cell, BLOCK, lines)


def _evaluate() -> Stage:
    lines = law_table(Lognormal(0.0, 0.6))[np.arange(BLOCK) % 512]
    fraction, value = np.full((2, BLOCK), 0.5, dtype=np.float32)
    return lambda: evaluate(lines, fraction, BLOCK, value)


def _poisson() -> Stage:
    word = _words()[0]
    mean, term, rest = np.ones((3, BLOCK))
    counts = np.zeros(BLOCK, dtype=np.uint32)
    return lambda: add_poisson(mean, word, BLOCK, counts, term, rest)


def _spread() -> Stage:
    counts = np.random.default_rng(1).poisson(1.5, BLOCK).astype(np.uint32)
    paths, deals = np.empty((2, int(counts.sum()) + 1), dtype=np.uint32)
    return lambda: spread(counts, BLOCK, paths, deals)


@pytest.mark.parametrize(
    "make",
    [_draw, _locate, _look, _evaluate, _poisson, _spread],
    ids=lambda make: make.__name__.strip("_"),
)
def test_stage(benchmark: BenchmarkFixture, make: Callable[[], Stage]) -> None:
    """A stage takes a block of paths or deals."""
    benchmark(make())


@pytest.mark.parametrize("volume", [1, 5])
def test_bits_alone(benchmark: BenchmarkFixture, volume: int) -> None:
    """The random bits of a rep's won deals are the floor of what a rep takes."""
    benchmark(draw_deals(round(won_deals(REFERENCE.at_volume(volume)) * PATHS)))


@pytest.mark.parametrize("volume", [1, 5])
def test_bookings(benchmark: BenchmarkFixture, volume: int) -> None:
    """The kernel books a rep on 20,000 paths."""
    benchmark(book_deals(REFERENCE.at_volume(volume), paths=PATHS))
