"""A rep's hours beside none, on one thread: ``python -m benchmarks.workload``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence

import numpy as np

from benchmarks.case import MONTH_DAYS, REFERENCE
from benchmarks.floor import book_deals
from benchmarks.table import Line, figure, markdown, seconds
from benchmarks.timing import Work as Timed
from benchmarks.timing import time_in_turn
from quotarisk.kernel.inputs import RATE
from quotarisk.kernel.work import SegmentWork, Steps, Work, stack_work
from quotarisk.kernel.workload import BLOCK, add_workload
from quotarisk.scenario.laws import Weibull
from quotarisk.simulation.lowering import lower_rep, rep_tasks
from quotarisk.simulation.paths import market_factors
from quotarisk.simulation.simulation import setting_of
from quotarisk.simulation.tables import law_table
from quotarisk.simulation.workload import NO_LOG

MOST = 12.0  # runs without hours
WARM_UP = 4  # weeks
HOURS = 40.0  # a week
RESERVED = 0.2
EFFORTS = (0.5, 1.0, 1.5)  # hours a week of an open deal, by segment
INBOUND = 0.4  # share of opportunities
BALANCE = 24.5  # hours of prospecting that are left in a week


def lay_steps(warm_up: int = WARM_UP) -> Steps:
    """Weeks before day 0, and months cut into equal steps of at most a week."""
    days, month = [7.0] * warm_up, [-1] * warm_up
    for number, length in enumerate(MONTH_DAYS):
        parts = -(-length // 7)
        days += [length / parts] * parts
        month += [number] * parts
    told = np.array(days)
    at = np.array(month, np.int64)
    return Steps(
        days=told,
        hours=told * (HOURS / 7.0),
        month=at,
        market=np.maximum(at, 0) // 3,
        productivity=np.ones(len(days)),
        won_days=told,
        lost_days=told,
    )


def lay_work(*, inbound: float = INBOUND, steady: bool = True, warm_up: int = WARM_UP) -> Work:
    """The reference rep with hours; about as many opportunities as without."""
    scenario = REFERENCE.scenario(1)
    task = rep_tasks(scenario)[0]
    draws, works = [], []
    for draw, terms, effort in zip(
        lower_rep(task, setting_of(scenario, 0)), task.terms, EFFORTS, strict=True
    ):
        rate = terms.opps_per_week.mean
        cycle = terms.won_cycle_days.law
        value, known = draw.value.copy(), draw.known.copy()
        value[RATE], known[RATE] = rate * inbound, 1
        draws.append(draw._replace(value=value, known=known))
        works.append(
            SegmentWork(
                effort=effort,
                share=1 / len(EFFORTS),
                opps_per_hour=rate * (1 - inbound) * len(EFFORTS) / BALANCE,
                lost_cycle=draw.cycle,
                lost_cycles=draw.cycles,
                lost_length=draw.length,
                won_mean=cycle.mean,
                lost_mean=cycle.mean,
                deal_lost_age=draw.deal_age,
                deal_lost_old=draw.deal_old,
                lost_residual=draw.residual,
                stage_key=draw.deal_key,
                stage=draw.residual,
            )
        )
    return stack_work(
        draws,
        works,
        lay_steps(warm_up),
        reserved=RESERVED,
        steady=steady,
        gap=law_table(Weibull(1.0, 1.0)),
    )


def book_work(work: Work, *, paths: int, block: int = BLOCK) -> Callable[[], float]:
    """Make a call of the kernel, without a log as in a simulation; it returns a year's bookings."""
    market = market_factors(setting_of(REFERENCE.scenario(1), 0), 0, paths)

    def book() -> float:
        booked = np.zeros((13, paths))
        add_workload(work, market, 0, block, booked, NO_LOG)
        return float(booked.sum() / paths)

    return book


def log_work(work: Work, *, paths: int) -> tuple[float, float]:
    """How many opportunities a year, and deals open on average?"""
    market = market_factors(setting_of(REFERENCE.scenario(1), 0), 0, paths)
    log = np.zeros((4, 12, paths), np.float32)
    add_workload(work, market, 0, BLOCK, np.zeros((13, paths)), log)
    return float(log[2].sum() / paths), float(log[3].mean())


def measure_workload(*, paths: int, repeats: int, block: int = BLOCK) -> list[Line]:
    """How many runs without hours does one with hours cost?"""
    lines = []
    for inbound in (INBOUND, 0.0):
        work = lay_work(inbound=inbound)
        book = book_work(work, paths=paths, block=block)
        opps, held = log_work(work, paths=paths)
        timed = time_in_turn(
            {
                "hours": Timed(book, paths),
                "none": Timed(book_deals(REFERENCE, paths=paths), paths),
            },
            repeats=repeats,
        )
        ratio = timed["hours"].best / timed["none"].best
        lines.append(
            Line(
                f"A path-year with hours and without: {opps:.0f} opportunities, {held:.0f} open, "
                f"{inbound:.0%} inbound",
                seconds(timed["hours"].best),
                seconds(timed["none"].best),
                f"1 / {figure(ratio)} (at most {MOST:g})",
            )
        )
    return lines


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.workload", description=__doc__)
    parser.add_argument("--paths", type=int, default=20_000)
    parser.add_argument("--repeats", type=int, default=15)
    parser.add_argument("--block", type=int, default=BLOCK)
    told = parser.parse_args(arguments)
    lines = measure_workload(paths=told.paths, repeats=told.repeats, block=told.block)
    sys.stdout.write(markdown(lines) + "\n")


if __name__ == "__main__":
    main()
