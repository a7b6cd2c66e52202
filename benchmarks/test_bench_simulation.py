"""From scenario to answers, and the peers: ``pytest benchmarks --benchmark-only``."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

import quotarisk
from benchmarks import naive, processes, thinned
from benchmarks.case import REFERENCE, Case
from benchmarks.figures import Figures
from quotarisk.simulation.listed import CENTS
from quotarisk.simulation.lowering import lower_rep, rep_tasks
from quotarisk.simulation.measures import measure
from quotarisk.simulation.simulation import setting_of

PATHS = 20_000


def test_lowering(benchmark: BenchmarkFixture) -> None:
    """A rep's terms become the kernel's arrays."""
    scenario = REFERENCE.scenario(1)
    task, setting = rep_tasks(scenario)[0], setting_of(scenario, 0)
    benchmark(lambda: lower_rep(task, setting))


def test_measure(benchmark: BenchmarkFixture) -> None:
    """Figures by period and cadence are read off a rep's paths."""
    simulation = quotarisk.simulate(REFERENCE.scenario(1), paths=PATHS)
    booked = simulation.bookings("Rep 0") * CENTS
    benchmark(lambda: measure(booked, simulation.reps[0].unit, simulation.periods))


@pytest.mark.parametrize("workers", [1, 2])
def test_simulate(benchmark: BenchmarkFixture, workers: int) -> None:
    """Ten reps are simulated and measured."""
    scenario = REFERENCE.scenario(10)
    quotarisk.simulate(scenario, paths=100)
    benchmark(lambda: quotarisk.simulate(scenario, paths=PATHS, workers=workers))


def test_attainment(benchmark: BenchmarkFixture) -> None:
    """The answer of ten reps is put together."""
    simulation = quotarisk.simulate(REFERENCE.scenario(10), paths=PATHS)
    benchmark(lambda: quotarisk.estimate_attainment(simulation))


@pytest.mark.parametrize(
    ("run", "paths"),
    [(thinned.run, PATHS), (naive.run, PATHS), (processes.run, 100)],
    ids=["thinned", "naive", "simpy"],
)
def test_peer(benchmark: BenchmarkFixture, run: Callable[..., Figures], paths: int) -> None:
    """A peer simulates and summarises one rep."""
    case: Case = REFERENCE
    benchmark(lambda: run(case, paths=paths, seed=1))
