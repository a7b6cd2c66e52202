"""How work is cut into chunks, spread, and dropped when it is interrupted."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import pytest

from quotarisk.scenario.scenario import Scenario
from quotarisk.simulation import spreading
from quotarisk.simulation.lowering import RepTask, rep_tasks
from quotarisk.simulation.measures import Unit
from quotarisk.simulation.simulation import answered_periods
from quotarisk.simulation.spreading import (
    MOST_CHUNKS,
    MOST_REPS,
    Chunk,
    ChunkResult,
    cut_into_chunks,
    default_workers,
    run_chunk,
    run_chunks,
    threads,
)
from tests.simulation.cases import SMALL, START, setting_of

PATHS = 50


def _scenario(*groups: str | None) -> Scenario:
    reps = [
        {"name": f"Rep {i}"} | ({} if group is None else {"group": group})
        for i, group in enumerate(groups)
    ]
    told = {"name": "Test", "start": START, "months": 3, "segments": {"s": SMALL}, "reps": reps}
    return Scenario.model_validate(told)


def _work(scenario: Scenario) -> list[tuple[RepTask, Unit]]:
    periods = answered_periods(scenario)
    nothing = np.zeros(len(periods))
    return [
        (
            task,
            Unit("rep", task.rep.name, task.rep.group or "", nothing, np.zeros(3), nothing),
        )
        for task in rep_tasks(scenario)
    ]


def _chunks(scenario: Scenario, *, workers: int = 1) -> list[Chunk]:
    return cut_into_chunks(
        _work(scenario),
        setting=setting_of(scenario),
        periods=answered_periods(scenario),
        paths=PATHS,
        workers=workers,
    )


def _names(chunks: Iterable[Chunk]) -> list[list[str]]:
    return [[task.rep.name for task in chunk.tasks] for chunk in chunks]


class Listing:
    """An executor that runs everything at once, here, and remembers how much it was given."""

    def __init__(self) -> None:
        self.windows: list[int] = []

    def map(self, function: Callable[[Any], Any], values: Iterable[Any], /) -> Iterable[Any]:
        """Apply the function to all values."""
        given = list(values)
        self.windows.append(len(given))
        return [function(value) for value in given]


def test_a_chunk_is_of_one_group() -> None:
    """Reps of a group stay together, in their order, and every rep is in one chunk."""
    chunks = _chunks(_scenario("B", "A", None, "B", "A", "B"))
    for chunk in chunks:
        assert {chunk.group} == {task.rep.group or "" for task in chunk.tasks}
        assert [task.rep.name for task in chunk.tasks] == [unit.name for unit in chunk.units]
    expected = {"": ["Rep 2"], "A": ["Rep 1", "Rep 4"], "B": ["Rep 0", "Rep 3", "Rep 5"]}
    found: dict[str, list[str]] = {}
    for chunk in chunks:
        found.setdefault(chunk.group, []).extend(task.rep.name for task in chunk.tasks)
    assert expected == found
    assert sorted(found) == list(dict.fromkeys(chunk.group for chunk in chunks))


@pytest.mark.parametrize(
    ("reps", "workers", "largest"), [(100, 1, MOST_REPS), (100, 8, 4), (8, 2, 1), (3, 8, 1)]
)
def test_enough_chunks_for_all_workers(reps: int, workers: int, largest: int) -> None:
    """Chunks are at most eight reps, and four or more for each worker where reps suffice."""
    chunks = _chunks(_scenario(*[None] * reps), workers=workers)
    assert largest == max(len(chunk.tasks) for chunk in chunks)
    assert reps == sum(len(chunk.tasks) for chunk in chunks)


@pytest.mark.parametrize(("reps", "workers"), [(100, 2), (101, 2), (90, 3), (9, 1)])
def test_workers_have_as_much_to_do(reps: int, workers: int) -> None:
    """Chunks differ by a rep at most, and each worker gets as many of them."""
    sizes = [len(chunk.tasks) for chunk in _chunks(_scenario(*[None] * reps), workers=workers)]
    assert max(sizes) - min(sizes) <= 1
    assert 0 == len(sizes) % workers


def test_no_work() -> None:
    """Without reps there is nothing to hand out."""
    executor = Listing()
    assert [] == list(run_chunks([], executor))
    assert [] == executor.windows


def test_windows() -> None:
    """No more chunks are handed out at a time than the limit, and all come back in order."""
    chunks = _chunks(_scenario("A"))
    executor = Listing()
    many = list(run_chunks(chunks * (MOST_CHUNKS + 3), executor))
    assert [MOST_CHUNKS, 3] == executor.windows
    assert MOST_CHUNKS + 3 == len(many)


def test_windows_of_large_sums(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where sums are large fewer are under way, but never fewer than eight."""
    monkeypatch.setattr(spreading, "WINDOW_BYTES", 12 * 3 * PATHS * 8)
    chunks = _chunks(_scenario("A")) * 30
    executor = Listing()
    list(run_chunks(chunks, executor))
    assert [12, 12, 6] == executor.windows
    monkeypatch.setattr(spreading, "WINDOW_BYTES", 1)
    list(run_chunks(chunks, executor))
    assert [8, 8, 8, 6] == executor.windows[3:]


def test_order_of_results() -> None:
    """Results come in the order of the chunks, threads or not."""
    chunks = _chunks(_scenario(*"ABCDEFGH"))
    with threads(4) as pool:
        results = list(run_chunks(chunks, pool))
    assert list("ABCDEFGH") == [result.group for result in results]


def test_sum_of_a_chunk() -> None:
    """A chunk's sum is its reps' simulated bookings, whoever is in the chunk."""
    (whole,) = _chunks(_scenario("A", "A", "A"))[:1]
    parts = _chunks(_scenario("A", "A", "A"))
    total = sum(run_chunk(chunk).booked for chunk in parts)
    one: ChunkResult = run_chunk(
        Chunk(
            "A",
            tuple(task for chunk in parts for task in chunk.tasks),
            tuple(unit for chunk in parts for unit in chunk.units),
            whole.setting,
            whole.periods,
            PATHS,
        )
    )
    np.testing.assert_array_equal(total, one.booked)
    assert ["Rep 0", "Rep 1", "Rep 2"] == [measured.unit.name for measured in one.measures]


def test_interruption_drops_what_has_not_begun() -> None:
    """An interruption ends the work under way and drops the rest."""
    begun: list[int] = []
    first, go_on = threading.Event(), threading.Event()

    def work(number: int) -> int:
        begun.append(number)
        first.set()
        go_on.wait(10)
        return number

    def interrupt() -> None:
        with threads(1) as pool:
            pool.map(work, range(50))
            first.wait(10)
            threading.Timer(0.05, go_on.set).start()
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupt()
    assert [0] == begun


def test_threads_finish_what_was_asked() -> None:
    """Without an interruption all work is done before the pool is left."""
    done: list[int] = []
    with threads(2) as pool:
        pool.map(done.append, range(20))
    assert list(range(20)) == sorted(done)


def test_default_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    """There is a thread for each processor that may be used, and at least one."""
    affinity = "sched_getaffinity"
    monkeypatch.setattr(os, affinity, lambda _: {0, 3, 5}, raising=False)
    assert default_workers() == 3
    monkeypatch.delattr(os, affinity)
    monkeypatch.setattr(os, "cpu_count", lambda: 6)
    assert default_workers() == 6
    monkeypatch.setattr(os, "cpu_count", lambda: None)
    assert default_workers() == 1
