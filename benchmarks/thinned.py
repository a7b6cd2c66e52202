"""The best that plain numpy does: only won deals, in float32, over blocks of paths.

Opportunities that end won are a Poisson process of their own, so losses are not drawn. What is
open at day 0 comes from a warm-up, or, with our own idea lent to numpy, is one more Poisson
number of length-biased cycles.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from benchmarks.case import (
    DAYS_PER_WEEK,
    MONTH_ENDS,
    MONTHS,
    QUARTER_EDGES,
    WEEKS,
    Case,
    Deals,
    Market,
)
from benchmarks.figures import Figures, summarise
from benchmarks.naive import WARM_UP_DAYS

Singles = NDArray[np.float32]
BLOCK = 2000  # paths: so that a block's arrays stay in the processor's cache
_STEPS = 8  # of a day, in the table of months
_HORIZON = float(QUARTER_EDGES[-1])
_MONTH_OF_STEP = np.searchsorted(
    MONTH_ENDS, np.arange(int(_HORIZON) * _STEPS + 1) / _STEPS, side="right"
).astype(np.int32)


def _draw_market(
    market: Market, rng: np.random.Generator, paths: int
) -> tuple[Singles, Singles, Singles]:
    """Factors ``[4, paths]`` of creation, odds and size."""
    score = rng.standard_normal((4, paths), dtype=np.float32)
    fresh = np.float32(math.sqrt(1 - market.persistence**2))
    for quarter in range(1, 4):
        score[quarter] *= fresh
        score[quarter] += np.float32(market.persistence) * score[quarter - 1]
    return (
        np.exp(np.float32(market.creation) * score - np.float32(market.creation**2 / 2)),
        np.exp(np.float32(market.odds) * score),
        np.exp(np.float32(market.size) * score - np.float32(market.size**2 / 2)),
    )


def _draw_beta(rng: np.random.Generator, a: float, b: float, paths: int) -> Singles:
    """Odds of a beta law, from two gamma variables."""
    up = rng.standard_gamma(a, paths, dtype=np.float32)
    return np.asarray(up / rng.standard_gamma(b, paths, dtype=np.float32))


def _add_segment(
    deals: Deals,
    factors: tuple[Singles, Singles, Singles],
    rng: np.random.Generator,
    booked: NDArray[np.float64],
    *,
    warm_up: bool,
) -> None:
    creation, odds, size = factors
    paths: int = creation.shape[1]
    rate = rng.standard_gamma(deals.opps + 0.5, paths, dtype=np.float32)
    rate *= np.float32(1 / (WEEKS * DAYS_PER_WEEK))
    own = _draw_beta(rng, deals.won + 0.5, deals.of - deals.won + 0.5, paths)
    size_sd, cycle_sd = deals.location_sds
    scale = rng.standard_normal(paths, dtype=np.float32)
    scale *= np.float32(size_sd)
    scale += np.float32(math.log(deals.size))
    stretch = rng.standard_normal(paths, dtype=np.float32)
    stretch *= np.float32(cycle_sd)
    stretch += np.float32(math.log(deals.cycle))

    # cells of a path: what is open at day 0, or quarters of a warm-up; then each quarter
    before = deals.warm_up if warm_up else 1
    mean = np.empty((before + 4, paths), dtype=np.float32)
    up = own * odds
    np.multiply(rate * creation, up / (1 + up), out=mean[before:])
    if warm_up:
        mean[:before] = mean[before]
    else:
        open_days = np.exp(stretch + np.float32(deals.cycle_sd**2 / 2))
        np.multiply(mean[1], open_days, out=mean[0])
    begins = np.append(-WARM_UP_DAYS * np.arange(before, 0, -1), QUARTER_EDGES[:-1])
    days = np.append(np.full(before, WARM_UP_DAYS), np.diff(QUARTER_EDGES)).astype(np.float32)
    first = 0 if warm_up else 1
    mean[first:] *= days[first:, np.newaxis]
    counts = rng.poisson(mean)
    cell = np.arange((before + 4) * paths, dtype=np.int32).repeat(counts.ravel())
    opened = 0 if warm_up else int(counts[0].sum())
    path = cell % np.int32(paths)

    length = rng.standard_normal(len(cell), dtype=np.float32)
    length[:opened] += np.float32(deals.cycle_sd)  # length-biased
    length *= np.float32(deals.cycle_sd)
    length += stretch[path]
    np.exp(length, out=length)
    when = rng.random(len(cell), dtype=np.float32)
    length[:opened] *= when[:opened]
    created = counts.sum(axis=1)[first:]
    when[opened:] *= days[first:].repeat(created)
    when[opened:] += begins.astype(np.float32)[first:].repeat(created)
    length[opened:] += when[opened:]
    closing = length

    amount = rng.standard_normal(len(cell), dtype=np.float32)
    amount *= np.float32(deals.size_sd)
    amount += scale[path]
    np.exp(amount, out=amount)
    amount *= np.concatenate([size[:1].repeat(before, axis=0), size]).ravel()[cell]

    closing[closing < 0] = _HORIZON  # closed before day 0: as good as never
    np.minimum(closing, np.float32(_HORIZON), out=closing)
    closing *= np.float32(_STEPS)
    month = _MONTH_OF_STEP[closing.astype(np.int32)]
    month *= np.int32(paths)
    month += path
    booked += np.bincount(month, amount, (MONTHS + 1) * paths)


def simulate(case: Case, *, paths: int, seed: int, warm_up: bool = True) -> Singles:
    """Bookings ``[12, paths]`` of the case's rep."""
    rng = np.random.Generator(np.random.SFC64(seed))
    result = np.empty((MONTHS, paths), dtype=np.float32)
    for begin in range(0, paths, BLOCK):
        block = min(BLOCK, paths - begin)
        factors = _draw_market(case.market, rng, block)
        booked = np.zeros((MONTHS + 1) * block)
        for deals in case.segments:
            _add_segment(deals, factors, rng, booked, warm_up=warm_up)
        result[:, begin : begin + block] = booked.reshape(MONTHS + 1, block)[:MONTHS]
    return result


def run(case: Case, *, paths: int, seed: int, warm_up: bool = True) -> Figures:
    """Simulate a rep and summarise."""
    return summarise(simulate(case, paths=paths, seed=seed, warm_up=warm_up), case.quotas)
