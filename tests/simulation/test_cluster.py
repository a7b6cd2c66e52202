"""Work on a cluster: a real scheduler, and workers that are processes of their own."""

from __future__ import annotations

import os
import sys
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from quotarisk.analysis.answers import Answer
from quotarisk.analysis.attainment import estimate_attainment
from quotarisk.analysis.cadence import compare_cadences
from quotarisk.analysis.gaps import find_gaps
from quotarisk.analysis.goals import plan_goals
from quotarisk.analysis.quotas import solve_quotas
from quotarisk.analysis.risk import measure_risk
from quotarisk.analysis.stress import stress_test
from quotarisk.errors import ArgumentError, RunError
from quotarisk.scenario.scenario import Scenario
from quotarisk.scenario.stress import Stress
from quotarisk.simulation import cluster as clusters
from quotarisk.simulation import spreading
from quotarisk.simulation.cluster import Cluster, check_address, chosen_cluster
from quotarisk.simulation.comparing import Seen, compare, under_stress, variant_of
from quotarisk.simulation.release import Stamp
from quotarisk.simulation.simulation import Simulation, simulate
from quotarisk.simulation.spreading import threads
from tests.machines import Machines, open_machines
from tests.simulation.cases import EVIDENCE, MARKET, START, open_deals, scenario_of

PATHS = 300
REPS: list[dict[str, Any]] = [
    {"name": f"Rep {number}", "quota": {"month": 20_000}}
    | ({} if number % 3 == 2 else {"group": ("East", "West")[number % 3]})
    for number in range(26)
]
PAST = [
    {"rep": f"Rep {day % 4}", "date": START - timedelta(days=day), "amount": 900.25 + day}
    for day in range(-40, 270)
]
CORRECTION: dict[str, Any] = {
    "own_history": 0.3,
    "since": date(2026, 4, 1),
    "together": 0.2,
    "shared": [0.1, 0.15],
    "month_shape": 0.8,
    "quarter_shape": 0.7,
}
OPEN = open_deals(5, 40, 70, rep="Rep 0")
TEAM = scenario_of(EVIDENCE, reps=REPS, market=MARKET, open_deals=OPEN)
SMALL = scenario_of(EVIDENCE, reps=REPS[:5], market=MARKET, open_deals=OPEN)
CORRECTED = scenario_of(EVIDENCE, reps=REPS[:5], booked=PAST, correction=CORRECTION)


@pytest.fixture
def cluster(machines: Machines) -> Iterator[Cluster]:
    """Three workers, who do what is asked."""
    with Cluster(machines.address) as opened:
        machines.wait_for(opened.client, 3)
        yield opened


def _frames(told: Simulation | Answer) -> list[pl.DataFrame]:
    if isinstance(told, Simulation):
        return [estimate_attainment(told).frame, compare_cadences(told).frame]
    return [told.frame, *told.parts.values()]


def _same(one: Simulation | Answer, other: Simulation | Answer) -> None:
    """All figures are equal bit by bit."""
    for expected, actual in zip(_frames(one), _frames(other), strict=True):
        assert_frame_equal(expected, actual, check_exact=True)


@contextmanager
def _one_machine() -> Iterator[None]:
    """Ask this machine, though a cluster is there."""
    before = spreading._CHOSEN.set(None)
    yield
    spreading._CHOSEN.reset(before)


def _team(**told: Any) -> Simulation:
    return simulate(TEAM, paths=PATHS, seed=3, **told)


@pytest.fixture(scope="module")
def here() -> Simulation:
    """What one machine answers."""
    return _team(workers=1)


# --- the same bits


@pytest.mark.usefixtures("cluster")
def test_a_simulation(here: Simulation) -> None:
    """Reps, groups and the team are those of one machine; all reps are told of as they are done."""
    done: list[tuple[int, int]] = []
    _same(here, _team(progress=lambda *each: done.append(each)))
    assert sorted(done) == done
    assert (26, 26) == done[-1]


def test_a_client_is_an_executor(here: Simulation, machines: Machines) -> None:
    """Who has a client hands it over, and has it still."""
    distributed = pytest.importorskip("distributed")
    with distributed.Client(machines.address, set_as_default=False) as client:
        _same(here, _team(executor=client))
        with Cluster(client) as cluster:
            _same(here, _team(executor=cluster))
        assert client.status == "running"


def _booked(seen: Seen) -> list[np.ndarray]:
    return [each.copy() for each in seen.booked]


@pytest.mark.usefixtures("cluster")
@pytest.mark.parametrize("scenario", [SMALL, CORRECTED], ids=["plain", "corrected"])
def test_paths_under_stresses(scenario: Scenario) -> None:
    """Every path of every unit under every stress is that of one machine."""
    base = variant_of(scenario, 7)
    told = (Stress(win_rate=0.8), Stress(remove_reps=("Rep 1",)), Stress(cycle_days=1.3))
    variants = [base, *(under_stress(base, stress) for stress in told)]
    done: list[int] = []
    apart = compare(variants, _booked, paths=PATHS, progress=lambda at, _: done.append(at))
    with _one_machine():
        alone = compare(variants, _booked, paths=PATHS)
    assert [each[:2] for each in alone] == [each[:2] for each in apart]
    for (_, _, expected), (_, _, actual) in zip(alone, apart, strict=True):
        np.testing.assert_array_equal(expected, actual)
    assert done[-1] == 5


ASKED: dict[str, Callable[[Scenario], Simulation | Answer]] = {
    "simulation": lambda scenario: simulate(scenario, paths=PATHS, seed=3),
    "stress": lambda scenario: stress_test(scenario, paths=PATHS, seed=3),
    "quotas": lambda scenario: solve_quotas(scenario, paths=PATHS, seed=3),
    "risk": lambda scenario: measure_risk(scenario, paths=PATHS, seed=3),
    "goals": lambda scenario: plan_goals(scenario, paths=PATHS, seed=3),
    "gaps": lambda scenario: find_gaps(scenario, paths=PATHS, seed=3),
}


@pytest.mark.usefixtures("cluster")
@pytest.mark.parametrize("scenario", [SMALL, CORRECTED], ids=["plain", "corrected"])
@pytest.mark.parametrize("question", ASKED)
def test_answers(question: str, scenario: Scenario) -> None:
    """Every answer is that of one machine, with a correction or without."""
    apart = ASKED[question](scenario)
    with _one_machine():
        alone = ASKED[question](scenario)
    _same(alone, apart)


class _Inside(Cluster):
    """A cluster whose only worker is this process."""

    workers = 2

    def submit(self, function: Callable[..., Any], *values: Any, priority: int = 0) -> Any:
        """Do it at once, whatever the priority."""
        assert priority in (0, 1)
        return function(*values)

    def send(self, function: Callable[..., Any], value: Any) -> Any:
        """Do it at once."""
        return function(value)

    def as_done(self, futures: Sequence[Any]) -> Iterator[tuple[int, Any]]:
        """The last one first."""
        yield from reversed(list(enumerate(futures)))


def test_what_workers_do(here: Simulation) -> None:
    """What is done on workers is the same when it is done here, in any order."""
    base = variant_of(SMALL, 7)
    variants = [base, under_stress(base, Stress(remove_reps=("Rep 1",)))]
    alone = compare(variants, _booked, paths=PATHS)
    with _Inside("inproc://here/1") as cluster:
        _same(here, _team())
        apart = compare(variants, _booked, paths=PATHS)
        assert [1, 2, 3] == list(cluster.map(abs, [-1, 2, -3]))
    for expected, actual in zip(alone, apart, strict=True):
        assert expected[:2] == actual[:2]
        np.testing.assert_array_equal(expected[2], actual[2])


# --- workers come and go


def _kill_at(number: int, machines: Machines) -> Callable[[int, int], None]:
    """When so many reps are done, end a worker that has more to do."""

    def watch(done: int, total: int) -> None:
        if done >= number and len(machines.workers) == 3:
            assert done < total
            machines.kill_worker()

    return watch


def test_a_worker_is_killed(here: Simulation, machines: Machines, cluster: Cluster) -> None:
    """Whose machine is lost in the middle is made up for, and nobody sees it in the figures."""
    try:
        apart = simulate(TEAM, paths=40_000, seed=3, progress=_kill_at(2, machines))
        machines.wait_for(cluster.client, 2)
    finally:
        if len(machines.workers) == 2:
            machines.add_worker()
    machines.wait_for(cluster.client, 3)
    with _one_machine():
        _same(simulate(TEAM, paths=40_000, seed=3), apart)
    _same(here, _team())


def _who(_: int) -> int:
    time.sleep(0.1)
    return os.getpid()


def test_a_worker_is_added(here: Simulation, machines: Machines, cluster: Cluster) -> None:
    """Who joins in the middle gets work at once, and the figures are the same."""
    found = cluster.map(_who, range(160))
    first = next(iter(found))
    joined = machines.add_worker()
    try:
        machines.wait_for(cluster.client, 4)
        for each in found:
            if each == joined:
                break
        assert (first == joined, each == joined) == (False, True)
        del found  # what is left of it is dropped
        _same(here, _team())
    finally:
        machines.kill_worker(-1)
    machines.wait_for(cluster.client, 3)


def test_a_scheduler_is_lost(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Who asks is told at once and in words, then and whenever it is asked again."""
    with open_machines(tmp_path, workers=1) as machines, Cluster(machines.address) as cluster:
        with pytest.raises(RunError, match=f"{machines.address} was lost in the middle") as told:
            simulate(TEAM, paths=20_000, progress=lambda *_: machines.kill_scheduler())
        with pytest.raises(RunError) as again:
            _team()
        assert str(told.value) == str(again.value)
        began = time.monotonic()
        cluster.close()
        assert time.monotonic() - began < 5
    assert ("", "") == tuple(capfd.readouterr())


# --- what a cluster is asked


def test_results_are_in_order(cluster: Cluster) -> None:
    """A map gives results in the order of its values, whoever is done first."""
    with threads(1) as pool:
        assert pool is cluster
        assert [-n for n in range(20)] == list(pool.map(lambda n: -n, range(20)))


def test_faults_of_tasks_stay_what_they_are(cluster: Cluster) -> None:
    """What goes wrong with the work itself is told as on one machine."""
    with pytest.raises(ZeroDivisionError):
        list(cluster.map(lambda n: 1 / n, [0]))

    def refuse(seen: Seen) -> None:
        raise ArgumentError(f"{seen.name} has no say")

    with pytest.raises(ArgumentError, match="has no say"):
        compare([variant_of(SMALL, 0)], refuse, paths=10)


def test_what_is_shared_may_be_large(cluster: Cluster) -> None:
    """Nobody is told how large it is."""
    large = np.zeros(2_000_000)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert [2_000_001] == list(cluster.map(lambda n: n + len(large), [1]))


def test_another_version_is_refused(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the same quotarisk gives the same bits."""
    monkeypatch.setattr(clusters, "Stamp", lambda: Stamp("0.0.1", 5))
    with pytest.raises(RunError, match=r"same quotarisk as who asks, 0\.0\.1 \(kernel 0+5\)"):
        list(cluster.map(abs, [1]))


class _Foreign:
    """What a worker cannot import."""

    def __reduce__(self) -> tuple[Any, ...]:
        return __import__, ("no_such_package",)


def test_what_a_worker_lacks_is_named(cluster: Cluster) -> None:
    """A worker without the package says so."""
    with pytest.raises(RunError, match=r"cannot import .*no_such_package.*install the same"):
        list(cluster.map(abs, [_Foreign()]))


def test_who_kills_workers_is_told(machines: Machines) -> None:
    """Reps over whom one worker after the other dies need more memory."""
    distributed = pytest.importorskip("distributed")
    cluster = Cluster(machines.address)
    killer = distributed.KilledWorker("simulate_reps", cluster, 3)
    killer.args[1].address = "tcp://10.0.0.6:9000"
    assert "give them more, or take fewer paths" in str(cluster._explain(killer))


def test_nobody_waits_for_what_was_abandoned(machines: Machines) -> None:
    """Who gives up tells the others why."""
    with Cluster(machines.address) as cluster:
        assert cluster.workers == 3
        cluster.abandon("stopped")
        with pytest.raises(RunError, match="stopped"):
            _team()


def test_no_worker_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the last worker is lost, or none ever comes, nobody waits for ever."""
    monkeypatch.setattr(clusters, "WORKERS_SECONDS", 1)
    with open_machines(tmp_path, workers=1) as machines, Cluster(machines.address) as cluster:
        machines.wait_for(cluster.client, 1)
        words = f"{machines.address} has no workers; start them with `dask worker"
        with pytest.raises(RunError, match=words):
            simulate(TEAM, paths=20_000, progress=lambda *_: machines.kill_workers())
        with pytest.raises(RunError, match=words):
            _team()


def test_no_scheduler(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nobody answers, it says where, and how to start one."""
    pytest.importorskip("distributed")
    monkeypatch.setattr(clusters, "CONNECT_SECONDS", 0.3)
    with (
        Cluster("tcp://127.0.0.1:9") as cluster,
        pytest.raises(RunError, match=r"no Dask scheduler answers at tcp://127\.0\.0\.1:9 .*start"),
    ):
        simulate(SMALL, paths=10, executor=cluster)


def test_a_connection_that_has_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for it: the scheduler is lost, and stays so."""

    class Ended:
        status = "closed"

        def close(self, **_: object) -> None:
            """Nothing is left to close."""

    monkeypatch.setattr(Cluster, "_connect", lambda _: Ended())
    cluster = Cluster("tcp://127.0.0.1:9")
    for _ in range(2):
        with pytest.raises(RunError, match=r"scheduler at tcp://127\.0\.0\.1:9 was lost in the"):
            _ = cluster.client


def test_distributed_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who lacks the extra is told what is missing, and how to install it."""
    monkeypatch.setitem(sys.modules, "distributed", None)
    with (
        Cluster("tcp://127.0.0.1:9"),
        pytest.raises(RunError, match=r"needs Dask's distributed.*pip install 'quotarisk\[dask\]'"),
    ):
        simulate(SMALL, paths=10)


@pytest.mark.parametrize("address", ["", "cluster", "127.0.0.1:8786", "http://x:1", "tcp://"])
def test_no_address(address: str) -> None:
    """What is no address of a scheduler is refused before anything is asked."""
    with pytest.raises(ArgumentError, match=r"such as tcp://10\.0\.0\.5:8786, got"):
        Cluster(address)


def test_neither_address_nor_client() -> None:
    """Only those two are clusters."""
    with pytest.raises(ArgumentError, match=r"or a distributed\.Client, got 8786"):
        Cluster(8786)


def test_a_block_ends() -> None:
    """What is asked after a block, or within one of another cluster, is not asked of it."""
    assert chosen_cluster() is None
    with Cluster("tcp://127.0.0.1:8786") as outer:
        assert check_address(outer.address) == "tcp://127.0.0.1:8786"
        with Cluster("tcp://127.0.0.1:8787") as inner:
            assert chosen_cluster() is inner
        assert chosen_cluster() is outer
    assert chosen_cluster() is None
