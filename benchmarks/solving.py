"""What solving quotas costs beside a plain run: ``python -m benchmarks.solving``.

A plain run simulates, measures and answers as ``quotarisk run`` does; `solve_quotas` simulates
the same paths once and solves everything on them. Both in turn, the best of repeats.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

import quotarisk
from benchmarks.case import REFERENCE
from benchmarks.table import Line, figure, markdown, seconds
from benchmarks.timing import Work, time_in_turn
from quotarisk.analysis.quotas import solve_quotas
from quotarisk.scenario.scenario import Scenario

MOST = 1.5  # plain runs


def plain_run(scenario: Scenario, *, paths: int, workers: int) -> None:
    """Simulate and answer as the command ``run`` does."""
    simulation = quotarisk.simulate(scenario, paths=paths, workers=workers)
    quotarisk.estimate_attainment(simulation)
    quotarisk.compare_cadences(simulation)


def measure_solving(*, reps: int, paths: int, workers: int, repeats: int) -> Line:
    """How many plain runs does solving all quotas of a team cost?"""
    scenario = REFERENCE.scenario(reps)
    timed = time_in_turn(
        {
            "run": Work(lambda: plain_run(scenario, paths=paths, workers=workers)),
            "quotas": Work(lambda: solve_quotas(scenario, paths=paths, workers=workers)),
        },
        repeats=repeats,
    )
    ratio = timed["quotas"].best / timed["run"].best
    return Line(
        f"`solve_quotas` and a plain run, {reps} reps x {paths:,} paths, {workers} workers",
        seconds(timed["quotas"].best),
        seconds(timed["run"].best),
        f"1 / {figure(ratio)} (at most {MOST:g} plain runs)",
    )


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.solving", description=__doc__)
    parser.add_argument("--reps", type=int, default=30)
    parser.add_argument("--paths", type=int, default=20_000)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--repeats", type=int, default=5)
    told = parser.parse_args(arguments)
    line = measure_solving(
        reps=told.reps, paths=told.paths, workers=told.workers, repeats=told.repeats
    )
    sys.stdout.write(markdown([line]) + "\n")


if __name__ == "__main__":
    main()
