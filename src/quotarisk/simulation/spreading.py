"""Where work is spread: chunks of reps of one group, over anything that has ``map``.

A chunk comes back as its reps' measures and the sum of their bookings, so what travels and
what is held at a time does not grow with the number of reps.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import Any, Protocol, TypeVar

import numpy as np

from quotarisk.periods import Period
from quotarisk.simulation.estimates import Array
from quotarisk.simulation.lowering import RepTask, Setting
from quotarisk.simulation.measures import Measures, Unit, make_words, measure
from quotarisk.simulation.paths import simulate_rep

MOST_REPS = 8  # reps a chunk
MOST_PATHS_A_CHUNK = 320_000  # reps times paths, so that an interruption is soon heard
WINDOW_BYTES = 256e6  # sums of chunks that are held at a time
MOST_CHUNKS = 256  # chunks handed out at a time


Each = TypeVar("Each")


class Executor(Protocol):
    """Anything that maps a function over values in order: threads, processes, a cluster."""

    def map(self, function: Callable[[Any], Any], values: Iterable[Any], /) -> Iterable[Any]:
        """Apply the function to each value, wherever, and give the results in order."""
        ...


@dataclass(frozen=True)
class Chunk:
    """Reps of one group: what one call of a worker takes."""

    group: str
    tasks: tuple[RepTask, ...]
    units: tuple[Unit, ...]
    setting: Setting
    periods: tuple[Period, ...]
    paths: int


@dataclass(frozen=True)
class ChunkResult:
    """What comes back: the reps' measures and the sum of their simulated bookings."""

    group: str
    measures: tuple[Measures, ...]
    booked: Array


def run_chunk(chunk: Chunk) -> ChunkResult:
    """Simulate and measure the reps of a chunk."""
    months = chunk.setting.horizon.months
    total, room = np.zeros((months, chunk.paths)), np.empty((months + 1, chunk.paths))
    words = make_words(len(chunk.periods), chunk.paths)
    measured = []
    for task, unit in zip(chunk.tasks, chunk.units, strict=True):
        booked = simulate_rep(task, chunk.setting, paths=chunk.paths, out=room)
        total += booked
        measured.append(measure(booked, unit, chunk.periods, words))
    return ChunkResult(chunk.group, tuple(measured), total)


def pieces_by_group(
    work: Sequence[Each],
    group_of: Callable[[Each], str],
    *,
    workers: int,
    most: int = MOST_REPS,
) -> Iterator[tuple[str, Sequence[Each]]]:
    """Which reps go together? Those of one group, few enough that all workers are busy."""
    most = max(1, min(MOST_REPS, -(-len(work) // (4 * workers)), most))
    for group, members in groupby(sorted(work, key=group_of), key=group_of):
        inside = list(members)
        pieces = -(-len(inside) // most)
        if pieces > 1:  # of even sizes, and as many for each worker: nobody waits for the last one
            pieces = workers * -(-pieces // workers)
        edges = [len(inside) * piece // pieces for piece in range(pieces + 1)]
        for first, end in pairwise(edges):
            if first < end:
                yield group, inside[first:end]


def cut_into_chunks(
    work: Sequence[tuple[RepTask, Unit]],
    *,
    setting: Setting,
    periods: tuple[Period, ...],
    paths: int,
    workers: int,
) -> list[Chunk]:
    """Which reps go together, and what does each call of a worker take?"""
    most = max(1, MOST_PATHS_A_CHUNK // paths)
    chunks = []
    pieces = pieces_by_group(work, lambda each: each[1].group, workers=workers, most=most)
    for group, inside in pieces:
        tasks, units = zip(*inside, strict=True)
        chunks.append(Chunk(group, tasks, units, setting, periods, paths))
    return chunks


def default_workers() -> int:
    """How many threads are there to use? The processors that this process may run on."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


_CHOSEN: ContextVar[Executor | None] = ContextVar("quotarisk_executor", default=None)


@contextmanager
def spread_over(executor: Executor) -> Iterator[None]:
    """Have what is asked in this block worked out elsewhere than on threads of this machine."""
    before = _CHOSEN.set(executor)
    try:
        yield
    finally:
        _CHOSEN.reset(before)


def chosen_executor() -> Executor | None:
    """Where is work spread that is asked for here? None: on threads of this machine."""
    return _CHOSEN.get()


@contextmanager
def threads(workers: int) -> Iterator[Executor]:
    """Threads of this machine, which drop what has not begun when they are interrupted.

    Within `spread_over` it is what was chosen there instead.
    """
    chosen = chosen_executor()
    if chosen is not None:
        yield chosen
        return
    pool = ThreadPoolExecutor(workers, thread_name_prefix="quotarisk")
    try:
        yield pool
    except BaseException:
        pool.shutdown(wait=True, cancel_futures=True)
        raise
    pool.shutdown()


def run_chunks(chunks: Sequence[Chunk], executor: Executor) -> Iterator[ChunkResult]:
    """Run chunks in order, a window of them at a time, so that results do not pile up."""
    if not chunks:
        return
    size = chunks[0].setting.horizon.months * chunks[0].paths * 8
    window = int(min(MOST_CHUNKS, max(8, WINDOW_BYTES // size)))
    for first in range(0, len(chunks), window):
        yield from executor.map(run_chunk, chunks[first : first + window])
