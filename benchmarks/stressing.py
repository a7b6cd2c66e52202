"""Seven stresses beside a plain run, in one process: ``python -m benchmarks.stressing``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from datetime import date

import quotarisk
from benchmarks.case import REFERENCE
from benchmarks.table import Line, figure, markdown, seconds
from benchmarks.timing import Work, time_in_turn
from quotarisk.analysis.builtin_stresses import BUILTINS
from quotarisk.analysis.stress import stress_test
from quotarisk.scenario.scenario import Scenario

MOST = 8.0  # plain runs
HIRED = date(2027, 4, 1)


def stressed_team(reps: int) -> Scenario:
    """The reference team; its last rep is a hire, so that every built-in stress says something."""
    team = REFERENCE.scenario(reps)
    hire = team.reps[-1].model_copy(update={"start_date": HIRED})
    return team.model_copy(update={"reps": (*team.reps[:-1], hire)})


def measure_stressing(*, reps: int, paths: int, workers: int, repeats: int) -> Line:
    """How many plain runs do seven stresses cost?"""
    team = stressed_team(reps)
    timed = time_in_turn(
        {
            "run": Work(lambda: quotarisk.simulate(team, paths=paths, workers=workers)),
            "stresses": Work(
                lambda: stress_test(team, stresses=BUILTINS, paths=paths, workers=workers)
            ),
        },
        repeats=repeats,
    )
    ratio = timed["stresses"].best / timed["run"].best
    return Line(
        f"`stress_test` with seven stresses and `simulate`, {reps} reps x {paths:,} paths, "
        f"{workers} workers",
        seconds(timed["stresses"].best),
        seconds(timed["run"].best),
        f"1 / {figure(ratio)} (at most {MOST:g} plain runs)",
    )


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.stressing", description=__doc__)
    parser.add_argument("--reps", type=int, default=30)
    parser.add_argument("--paths", type=int, default=20_000)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--repeats", type=int, default=5)
    told = parser.parse_args(arguments)
    line = measure_stressing(
        reps=told.reps, paths=told.paths, workers=told.workers, repeats=told.repeats
    )
    sys.stdout.write(markdown([line]) + "\n")


if __name__ == "__main__":
    main()
