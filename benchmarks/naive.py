"""Plain numpy as one would write it first: every opportunity, in float64, with a warm-up."""

from __future__ import annotations

import numpy as np

from benchmarks.case import (
    DAYS_PER_WEEK,
    MONTH_ENDS,
    MONTHS,
    QUARTER_EDGES,
    WEEKS,
    Array,
    Case,
    Deals,
    Market,
)
from benchmarks.figures import Figures, summarise

WARM_UP_DAYS = 91.0  # a quarter before day 0


def draw_scores(market: Market, rng: np.random.Generator, paths: int) -> Array:
    """Market scores ``[4, paths]``."""
    score = rng.standard_normal((4, paths))
    for quarter in range(1, 4):
        score[quarter] *= np.sqrt(1 - market.persistence**2)
        score[quarter] += market.persistence * score[quarter - 1]
    return score


def _add_segment(
    deals: Deals, market: Market, score: Array, rng: np.random.Generator, booked: Array
) -> None:
    paths: int = score.shape[1]
    rate = rng.gamma(deals.opps + 0.5, 1 / (WEEKS * DAYS_PER_WEEK), paths)
    win = rng.beta(deals.won + 0.5, deals.of - deals.won + 0.5, paths)
    size_sd, cycle_sd = deals.location_sds
    size = deals.size * rng.lognormal(0.0, size_sd, paths)
    cycle = deals.cycle * rng.lognormal(0.0, cycle_sd, paths)
    for quarter in range(-deals.warm_up, 4):
        z = score[max(quarter, 0)]
        begin = QUARTER_EDGES[quarter] if quarter >= 0 else quarter * WARM_UP_DAYS
        days = QUARTER_EDGES[quarter + 1] - begin if quarter >= 0 else WARM_UP_DAYS
        creation = np.exp(market.creation * z - market.creation**2 / 2)
        odds = win / (1 - win) * np.exp(market.odds * z)
        counts = rng.poisson(rate * creation * days)
        path = np.repeat(np.arange(paths), counts)
        created = begin + days * rng.random(len(path))
        won = rng.random(len(path)) < (odds / (1 + odds))[path]
        closed = created + cycle[path] * rng.lognormal(0.0, deals.cycle_sd, len(path))
        factor = size * np.exp(market.size * z - market.size**2 / 2)
        amount = factor[path] * rng.lognormal(0.0, deals.size_sd, len(path))
        books = won & (closed >= 0) & (closed < MONTH_ENDS[-1])
        month = np.searchsorted(MONTH_ENDS, closed[books], side="right")
        booked += np.bincount(
            month * paths + path[books], weights=amount[books], minlength=MONTHS * paths
        ).reshape(MONTHS, paths)


def simulate(case: Case, *, paths: int, seed: int) -> Array:
    """Bookings ``[12, paths]`` of the case's rep."""
    rng = np.random.default_rng(seed)
    score = draw_scores(case.market, rng, paths)
    booked = np.zeros((MONTHS, paths))
    for deals in case.segments:
        _add_segment(deals, case.market, score, rng, booked)
    return booked


def run(case: Case, *, paths: int, seed: int) -> Figures:
    """Simulate a rep and summarise."""
    return summarise(simulate(case, paths=paths, seed=seed), case.quotas)
