"""What a team is paid beside what it books, on one thread: ``python -m benchmarks.pay``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import Any

from benchmarks.case import REFERENCE, START
from benchmarks.table import Line, figure, markdown, seconds
from benchmarks.timing import Work, time_in_turn
from quotarisk.analysis.attainment import estimate_attainment
from quotarisk.analysis.pay import price_plans
from quotarisk.scenario.scenario import Scenario
from quotarisk.simulation.simulation import simulate

MOST = 1.5  # plain runs
REPS = 30
ACCELERATED: dict[str, Any] = {
    "base": 60_000.0,
    "target_variable": 60_000.0,
    "threshold": 0.4,
    "tiers": [{"from": 0.0, "rate": 1.0}, {"from": 1.0, "rate": 1.5}],
    "cap": 3.0,
}
PLANS: dict[str, dict[str, Any]] = {
    "by the quarter, accelerators, threshold and cap": {**ACCELERATED, "cadence": "quarter"},
    "the same by the month": {**ACCELERATED, "cadence": "month"},
    "by the quarter, with what is carried over and a draw": {
        **ACCELERATED, "cadence": "quarter", "carry_shortfall": "year", "draw": 2_000.0,
    },
    "by the quarter, a SPIF on large deals": {
        **ACCELERATED,
        "cadence": "quarter",
        "multipliers": {"large": 1.2},
        "spifs": [{"segment": "large", "per_deal": 500.0}],
    },
}  # fmt: skip


def on_plan(plan: dict[str, Any], reps: int) -> Scenario:
    """Make the reference case with all reps on a plan."""
    told = REFERENCE.scenario(reps).as_dict()
    return Scenario.model_validate({**told, "start": START, "pay": {"plan": plan}})


def measure_pay(*, reps: int, paths: int, repeats: int) -> list[Line]:
    """How many runs of what is booked does a run of what is paid cost?"""
    plain = on_plan(PLANS["the same by the month"], reps)
    works = {
        "plain": Work(
            lambda: estimate_attainment(simulate(plain, paths=paths, workers=1)), reps * paths
        )
    }
    for name, plan in PLANS.items():
        scenario = on_plan(plan, reps)
        works[name] = Work(
            lambda scenario=scenario: price_plans(scenario, paths=paths, workers=1),  # type: ignore[misc]
            reps * paths,
        )
    timed = time_in_turn(works, repeats=repeats)
    return [
        Line(
            f"`price_plans` and plain run, a path of a rep, one thread: {name}",
            seconds(timed[name].best),
            seconds(timed["plain"].best),
            f"1 / {figure(timed[name].best / timed['plain'].best)} (at most {MOST:g})",
        )
        for name in PLANS
    ]


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.pay", description=__doc__)
    parser.add_argument("--reps", type=int, default=REPS)
    parser.add_argument("--paths", type=int, default=20_000)
    parser.add_argument("--repeats", type=int, default=7)
    told = parser.parse_args(arguments)
    lines = measure_pay(reps=told.reps, paths=told.paths, repeats=told.repeats)
    sys.stdout.write(markdown(lines) + "\n")


if __name__ == "__main__":
    main()
