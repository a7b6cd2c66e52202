"""Fits and histories made by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import polars as pl

from quotarisk.calibration.creation import Creation
from quotarisk.calibration.generating import generate_history
from quotarisk.calibration.hazards import Hazards
from quotarisk.calibration.history import SCHEMA, History
from quotarisk.calibration.incidence import LEVELS
from quotarisk.calibration.monthly import MonthlyLevel
from quotarisk.calibration.paces import Pace
from quotarisk.calibration.pairs import Levels, Pairs
from quotarisk.calibration.sizes import Sizes
from quotarisk.calibration.snapshot import Snapshot
from quotarisk.calibration.translating import Fitted
from quotarisk.scenario.scenario import Scenario

AS_OF = date(2026, 3, 31)
REPS, SEGMENTS = ("Ana", "Bo"), ("large", "small")


def monthly_of(
    level: Sequence[float] = (0.0,) * 12,
    future: Sequence[float] = (0.0, 0.0, 0.0),
    *,
    cov: Any = 0.0,
    of_quarter: Sequence[float] = (0.0, 0.0, 0.0),
    drift: float = 0.0,
) -> MonthlyLevel:
    """Make log multipliers by month."""
    mean = np.array(future)
    covs = np.broadcast_to(np.array(cov, np.float64), (mean.size, mean.size))
    return MonthlyLevel(
        np.array(level),
        mean,
        covs,
        np.array(of_quarter),
        drift,
        np.ones(1),
        mean[np.newaxis],
        covs[np.newaxis],
    )


def pace_of_nobody(rep: Any) -> Pace:
    """Make paces: nobody takes longer than another."""
    return Pace(np.zeros(rep.shape[1]), np.zeros(rep.shape[1]))


def hazards_of(
    base: Any,
    tail: Any = (0.0, 0.0),
    *,
    rep: Any = ((1.0,), (1.0,)),
    segment: Any = ((1.0,), (1.0,)),
    band_edge: int = 3,
    monthly: Any = None,
    draws: int = 8,
    noise: float = 0.0,
    months: int = 12,
    pace: tuple[Pace, Pace] | None = None,
) -> Hazards:
    """Make hazards whose draws are the means, times lognormal noise."""
    rng = np.random.default_rng(1)
    base, tail, rep, segment = (np.array(part, np.float64) for part in (base, tail, rep, segment))
    still = (monthly_of(), monthly_of())

    def drawn(mean: Any) -> Any:
        return mean * np.exp(noise * rng.normal(size=(draws, *mean.shape)))

    return Hazards(
        base=base,
        tail=tail,
        last_age=base.shape[1] - 1,
        rep=rep,
        segment=segment,
        rep_draws=drawn(rep),
        segment_draws=drawn(segment),
        base_draws=drawn(np.concatenate([base, tail[:, np.newaxis]], axis=1)),
        own_weight=np.full(rep.shape, 0.4),
        band_edge=band_edge,
        monthly=(still, still) if monthly is None else monthly,
        months=np.arange(2025 * 12 + 3, 2025 * 12 + 3 + months),
        pace=(pace_of_nobody(rep), pace_of_nobody(rep)) if pace is None else pace,
    )


def deals_of(*rows: tuple[Any, ...]) -> pl.DataFrame:
    """Make deals of (rep, segment, created, closed, outcome, amount)."""
    named = [(f"D{i}", rep, None, *rest) for i, (rep, *rest) in enumerate(rows)]
    return pl.DataFrame(named, schema=SCHEMA, orient="row")


DEALS = deals_of(
    ("Ana", "large", date(2026, 1, 5), date(2026, 2, 4), "won", 100.0),
    ("Ana", "large", date(2026, 1, 6), date(2026, 1, 9), "lost", None),
    ("Ana", "small", date(2025, 10, 1), None, "open", 70.0),
    ("Bo", "small", date(2026, 2, 1), date(2026, 2, 11), "won", 50.0),
    ("Bo", "small", date(2026, 3, 20), None, "open", None),
)


def snapshot_of(deals: pl.DataFrame = DEALS, as_of: date = AS_OF) -> Snapshot:
    """Make what was known at the end of a day."""
    return Snapshot(as_of, deals, min(deals["created"]), truncated=False)


def pairs_of(shape: tuple[int, int] = (2, 2), **changed: Any) -> Pairs:
    """Make chances and cycles of reps in segments."""

    def cycle(days: float) -> Any:
        return np.broadcast_to(days * 4.0 ** (LEVELS - 0.5), (*shape, LEVELS.size)).copy()

    made = Pairs(
        win_rate=np.full(shape, 0.3),
        win_rate_sd=np.full(shape, 0.05),
        stall_rate=np.full(shape, 0.1),
        unresolved=np.zeros(shape),
        won_by_tail=np.zeros(shape),
        won_cycle=cycle(30.0),
        lost_cycle=cycle(20.0),
        won_cycle_sd=np.full(shape, 0.1),
        lost_cycle_sd=np.zeros(shape),
        win_odds_sd=0.2,
    )
    return made._replace(**changed)


def creation_of(shape: tuple[int, int] = (2, 2), **changed: Any) -> Creation:
    """Make creation: two opportunities a week of each rep in each segment."""
    reps, segments = shape
    made = Creation(
        reps=REPS[:reps],
        segments=SEGMENTS[:segments],
        rate=np.full(shape, 2.0),
        rate_sd=np.full(shape, 0.5),
        opps=np.full(shape, 15.5),
        weeks=np.full(shape, 8.0),
        rep_rate=np.full(reps, 4.0),
        rep_rate_sd=np.full(reps, 1.0),
        own_weight=np.full(reps, 0.7),
        mix_weight=np.full(reps, 0.6),
        dispersion=1.0,
        monthly=monthly_of(cov=0.04),
        months=np.arange(12),
        recent=np.zeros(2),
    )
    return made._replace(**changed)


def sizes_of(shape: tuple[int, int] = (2, 2), **changed: Any) -> Sizes:
    """Make sizes: ``large`` has values, which serve Ana, Bo has others; ``small`` has none."""
    reps, segments = shape
    listed = np.zeros(shape, np.bool_)
    listed[0, 0] = True
    own_values = (((), ()), ((88.0, 110.0, 132.0), ()))
    made = Sizes(
        reps=REPS[:reps],
        segments=SEGMENTS[:segments],
        location=np.full(shape, np.log(1000.0)),
        location_sd=np.full(shape, 0.1),
        log_sd=np.full(segments, 0.6),
        by_means=False,
        median=np.full(shape, 1000.0),
        p90=np.full(shape, 2000.0),
        of=np.full(shape, 25.0),
        as_segment=listed,
        rep_effect=np.zeros(reps),
        own_weight=np.full(reps, 0.5),
        values=((80.0, 100.0, 120.0), ())[:segments],
        own_values=tuple(row[:segments] for row in own_values[:reps]),
        segment_median=np.full(segments, 900.0),
        segment_p90=np.full(segments, 1900.0),
        segment_of=np.full(segments, 36.0),
    )
    return made._replace(**changed)


def fitted_of(**changed: Any) -> Fitted:
    """Make a fit of two reps and two segments."""
    made = Fitted(
        snapshot=snapshot_of(),
        reps=REPS,
        segments=SEGMENTS,
        levels=Levels(np.zeros((2, 2)), np.zeros((2, 2)), np.ones((2, 3))),
        pairs=pairs_of(),
        of_quarter=np.arange(3),
        creation=creation_of(),
        sizes=sizes_of(),
    )
    return replace(made, **changed)


def history_of(deals: pl.DataFrame, **changed: Any) -> History:
    """Make a history of deals as `deals_of` makes them."""
    return replace(History("folder/deals.csv", deals, (), len(deals)), **changed)


def sold_by(scenario: Scenario, *, since: date, until: date, seed: int = 1) -> History:
    """Make the history of a scenario's reps."""
    rows = generate_history(scenario, since=since, until=until, seed=seed)
    deals = rows.select(
        deal="opportunity_id",
        rep="rep",
        group=pl.format("team of {}", "rep"),
        segment="segment",
        created="created_date",
        closed="close_date",
        outcome="status",
        amount="amount",
    )
    return history_of(deals)
