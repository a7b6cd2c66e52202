"""Scenarios that are begun ahead of their turn."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from quotarisk.batch.nightly import run_batch
from quotarisk.batch.outcomes import Advanced, Event, Outcome, Watch
from quotarisk.batch.turns import AT_ONCE, take_turns
from quotarisk.errors import RunError
from quotarisk.simulation.cluster import Cluster
from tests.batch.conftest import Write
from tests.machines import open_machines

NOBODY = "tcp://127.0.0.1:9"  # is not asked before somebody simulates


def _outcome(number: int) -> Outcome:
    return Outcome(f"{number}.toml", "", "done", 0.0)


def test_one_after_the_other_here() -> None:
    """On one machine nothing is begun before its turn."""
    begun: list[int] = []

    def attempt(number: int) -> Callable[[Watch], Outcome]:
        def make(_: Watch) -> Outcome:
            begun.append(number)
            return _outcome(number)

        return make

    for number, outcome in enumerate(take_turns(map(attempt, range(3)), print)):
        assert (list(range(number + 1)), _outcome(number)) == (begun, outcome)


def test_ahead_on_a_cluster() -> None:
    """Some are under way together; what they tell comes in their turn, the newest of it."""
    together = threading.Barrier(AT_ONCE)
    told: list[Event] = []

    def attempt(number: int) -> Callable[[Watch], Outcome]:
        def make(watch: Watch) -> Outcome:
            if number < AT_ONCE:
                watch(Advanced(number, 1))
                watch(Advanced(number, 2))
                together.wait(30)
            return _outcome(number)

        return make

    with Cluster(NOBODY):
        outcomes = list(take_turns(map(attempt, range(7)), told.append))
    assert [_outcome(number) for number in range(7)] == outcomes
    # the first may tell both, as its turn has come
    newest = [Advanced(number, 2) for number in range(AT_ONCE)]
    assert newest == [event for event in told if event in newest]


def test_an_interruption_ends_all() -> None:
    """Who waits for the cluster then is told, and nothing more is begun."""
    begun: list[int] = []
    errors: list[str] = []

    def attempt(number: int) -> Callable[[Watch], Outcome]:
        def make(watch: Watch) -> Outcome:
            begun.append(number)
            watch(Advanced(0, 1))
            return _outcome(number)

        return make

    def interrupt(_: Event) -> None:
        raise KeyboardInterrupt

    with Cluster(NOBODY) as cluster:
        with pytest.raises(KeyboardInterrupt):
            list(take_turns(map(attempt, range(50)), interrupt))
        with pytest.raises(RunError) as error:
            cluster.submit(abs, 1)
        errors.append(str(error.value))
    assert ["the batch was interrupted"] == errors
    assert len(begun) <= AT_ONCE


def test_a_scheduler_is_lost(write: Write, tmp_path_factory: pytest.TempPathFactory) -> None:
    """The scenarios that are left fail with a reason, and nothing of them is half written."""
    for name in ("east", "north", "west"):
        write(name)
    with open_machines(tmp_path_factory.mktemp("lost"), workers=1) as machines:

        def watch(event: Event) -> None:
            if isinstance(event, Advanced):
                machines.kill_scheduler()

        with Cluster(machines.address):
            result = run_batch(["scenarios"], "out", paths=2_000, watch=watch)
    assert 4 == result.exit_status
    assert {"failed"} == {outcome.status for outcome in result.outcomes}
    for outcome in result.outcomes:
        (fault,) = outcome.faults
        assert f"the scheduler at {machines.address} was lost" in str(fault)
    written = {path.name for path in Path("out").rglob("*") if path.is_file()}
    assert {"index.html", "summary.json"} == {name for name in written if not name.startswith(".")}
