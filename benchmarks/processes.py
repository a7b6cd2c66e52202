"""The model as SimPy processes: a source a segment and quarter, a process an opportunity."""

from __future__ import annotations

import bisect
import math
import random
from collections.abc import Generator
from typing import Any

import numpy as np
import simpy

from benchmarks.case import (
    DAYS_PER_WEEK,
    MONTH_ENDS,
    MONTHS,
    QUARTER_EDGES,
    WEEKS,
    Array,
    Case,
    Deals,
)
from benchmarks.figures import Figures, summarise
from benchmarks.naive import WARM_UP_DAYS

Steps = Generator[Any, Any, None]
_ENDS = MONTH_ENDS.tolist()
_HORIZON = float(QUARTER_EDGES[-1])


class _Path:
    """One future: the market's scores, and what was booked in each month."""

    def __init__(self, case: Case, rng: random.Random) -> None:
        self.rng = rng
        self.market = case.market
        self.booked = [0.0] * MONTHS
        self.scores = [rng.gauss(0, 1)]
        fresh = math.sqrt(1 - case.market.persistence**2)
        for _ in range(3):
            moved = case.market.persistence * self.scores[-1] + fresh * rng.gauss(0, 1)
            self.scores.append(moved)

    def factor(self, spread: float, quarter: int) -> float:
        """Mean-1 factor of a quarter."""
        return math.exp(spread * self.scores[max(quarter, 0)] - spread**2 / 2)


def _follow(
    env: simpy.Environment, path: _Path, cycle_days: float, amount: float, start: float
) -> Steps:
    """Follow an opportunity until it closes; one that is won books."""
    yield env.timeout(cycle_days)
    day = env.now + start
    if amount > 0 and 0 <= day < _HORIZON:
        path.booked[bisect.bisect_right(_ENDS, day)] += amount


def _create(env: simpy.Environment, path: _Path, deals: Deals, start: float) -> Steps:
    """Create a segment's opportunities from the warm-up to the horizon's end."""
    rng = path.rng
    size_sd, cycle_sd = deals.location_sds
    rate = rng.gammavariate(deals.opps + 0.5, 1 / (WEEKS * DAYS_PER_WEEK))
    win = rng.betavariate(deals.won + 0.5, deals.of - deals.won + 0.5)
    size = deals.size * rng.lognormvariate(0, size_sd)
    cycle = deals.cycle * rng.lognormvariate(0, cycle_sd)
    for quarter in range(-deals.warm_up, 4):
        begin = QUARTER_EDGES[quarter] if quarter >= 0 else quarter * WARM_UP_DAYS
        end = QUARTER_EDGES[quarter + 1] if quarter >= 0 else begin + WARM_UP_DAYS
        here = rate * path.factor(path.market.creation, quarter)
        odds = win / (1 - win) * math.exp(path.market.odds * path.scores[max(quarter, 0)])
        factor = size * path.factor(path.market.size, quarter)
        day = float(begin) + rng.expovariate(here)
        while day < end:
            yield env.timeout(day - start - env.now)
            wins = rng.random() < odds / (1 + odds)
            amount = factor * rng.lognormvariate(0, deals.size_sd) if wins else 0.0
            length = cycle * rng.lognormvariate(0, deals.cycle_sd)
            env.process(_follow(env, path, length, amount, start))
            day += rng.expovariate(here)


def simulate(case: Case, *, paths: int, seed: int) -> Array:
    """Bookings ``[12, paths]`` of the case's rep."""
    rng = random.Random(seed)
    booked = np.empty((MONTHS, paths))
    start = -WARM_UP_DAYS * max(deals.warm_up for deals in case.segments)
    for number in range(paths):
        env, path = simpy.Environment(), _Path(case, rng)
        for deals in case.segments:
            env.process(_create(env, path, deals, start))
        env.run(until=_HORIZON - start)
        booked[:, number] = path.booked
    return booked


def run(case: Case, *, paths: int, seed: int) -> Figures:
    """Simulate a rep and summarise."""
    return summarise(simulate(case, paths=paths, seed=seed), case.quotas)
