"""What an assumption of the tornado costs, and among twice as many.

``python -m benchmarks.tornado``
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

import quotarisk
from benchmarks.case import REFERENCE, Case
from benchmarks.table import figure, seconds
from benchmarks.timing import Timing, Work, time_in_turn
from quotarisk.analysis.drivers import rank_drivers
from quotarisk.analysis.moving import list_assumptions
from quotarisk.scenario.scenario import Scenario
from quotarisk.simulation.comparing import variant_of

BOUND = 1.25  # times the cost of an assumption, where there are twice as many


@dataclass(frozen=True)
class Cost:
    """A team, its number of assumptions, and what is timed of it."""

    assumptions: int
    plain: Timing
    tornado: Timing

    @property
    def runs(self) -> float:
        """Plain runs that an assumption costs, its two moves together."""
        return self.tornado.best / self.plain.best / self.assumptions


def twice_the_segments(case: Case) -> Case:
    """As many opportunities, each segment cut into two: twice the assumptions."""
    halves = (
        replace(deals, name=f"{deals.name} {part}", opps=deals.opps // 2)
        for deals in case.segments
        for part in (1, 2)
    )
    return replace(case, segments=tuple(halves))


def tornado_costs(*, reps: int, paths: int, workers: int, repeats: int) -> tuple[Cost, Cost]:
    """Time the reference team and the one with twice the assumptions, in turn."""
    teams: tuple[Scenario, ...] = tuple(
        case.scenario(reps) for case in (REFERENCE, twice_the_segments(REFERENCE))
    )
    works: dict[str, Work] = {}
    for number, team in enumerate(teams):
        plain = partial(quotarisk.simulate, team, paths=paths, workers=workers)
        tornado = partial(rank_drivers, team, paths=paths, workers=workers)
        works |= {f"plain {number}": Work(plain), f"tornado {number}": Work(tornado)}
    timed = time_in_turn(works, repeats=repeats)
    once, twice = (
        Cost(
            len(list_assumptions(variant_of(team, 0))),
            timed[f"plain {number}"],
            timed[f"tornado {number}"],
        )
        for number, team in enumerate(teams)
    )
    return once, twice


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, and print what an assumption costs in plain runs, once and among twice as many."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.tornado", description=__doc__)
    parser.add_argument("--reps", type=int, default=20)
    parser.add_argument("--paths", type=int, default=20_000)
    parser.add_argument("--repeats", type=int, default=5)
    told = parser.parse_args(arguments)
    workers = min(2, os.cpu_count() or 1)
    costs = tornado_costs(reps=told.reps, paths=told.paths, workers=workers, repeats=told.repeats)
    for cost in costs:
        sys.stdout.write(
            f"{cost.assumptions} assumptions: simulate {seconds(cost.plain.best)}, tornado and "
            f"split {seconds(cost.tornado.best)}: {figure(cost.runs)} plain runs an assumption\n"
        )
    once, twice = costs
    sys.stdout.write(
        f"cost of an assumption, twice as many over once: {figure(twice.runs / once.runs)}, "
        f"of {BOUND:g} at most\n"
    )


if __name__ == "__main__":
    main()
