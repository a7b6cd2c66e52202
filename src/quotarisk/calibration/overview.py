"""The calibration as a table: what was found for each rep and segment, beside the naive figure."""

from __future__ import annotations

import numpy as np
import polars as pl

from quotarisk.calibration.hazards import Hazards
from quotarisk.calibration.history import Outcome
from quotarisk.calibration.incidence import LEVELS
from quotarisk.calibration.snapshot import Snapshot
from quotarisk.calibration.translating import Fitted, creation_pace
from quotarisk.kernel.arrays import Floats

_SHOWN = {"p10": 0.1, "p50": 0.5, "p90": 0.9}
_SCORE_80 = 1.2815515655446004  # standard normal score of 0.9: half of a central 80 % interval
_KEYS = ("rep", "segment")


def oldest_close(snapshot: Snapshot) -> int | None:
    """At which age in days was the oldest of the closed deals closed? None where none is."""
    ages = (snapshot.deals["closed"] - snapshot.deals["created"]).dt.total_days()
    oldest = ages.max()
    return oldest if isinstance(oldest, int) else None


def is_stalled(snapshot: Snapshot) -> pl.Expr:
    """Which deals are open and older than any at which a deal was seen to close?"""
    oldest = oldest_close(snapshot)
    age = (pl.lit(snapshot.as_of) - pl.col("created")).dt.total_days()
    return (pl.col("outcome") == Outcome.OPEN) & (
        pl.lit(oldest is not None) & (age > (oldest or 0))
    )


def _counts(fitted: Fitted) -> pl.DataFrame:
    """Closed, won, open and stalled deals of each rep and segment."""
    snapshot = fitted.snapshot
    is_open, stalled = pl.col("outcome") == Outcome.OPEN, is_stalled(snapshot)
    return snapshot.deals.group_by(_KEYS).agg(
        (~is_open).sum().cast(pl.Int64).alias("closed"),
        (pl.col("outcome") == Outcome.WON).sum().cast(pl.Int64).alias("won"),
        is_open.sum().cast(pl.Int64).alias("open"),
        stalled.sum().cast(pl.Int64).alias("stalled"),
        pl.col("amount").filter(stalled).sum().alias("stalled_value"),
    )


def _cycle_columns(name: str, cycles: Floats) -> dict[str, Floats]:
    flat = cycles.reshape(-1, LEVELS.size)
    return {
        f"{name}_cycle_{label}": np.array([np.interp(level, LEVELS, row) for row in flat])
        for label, level in _SHOWN.items()
    }


def overview(fitted: Fitted, hazards: Hazards, benchmark_weight: Floats) -> pl.DataFrame:
    """What does the history say of each rep in each segment?

    Columns: ``rep``, ``segment``; ``closed``, ``won``, ``open`` deals; ``win_rate`` with its
    80 % interval ``win_rate_low``, ``win_rate_high``; ``naive_win_rate`` = won / (won + lost)
    and ``naive_error``, by how much it is above; ``stall_rate``, ``stalled`` open deals older
    than any at which deals were seen to close, ``stalled_value``; ``opps_per_week`` with its
    interval; p10, p50 and p90 of won and lost cycles in days; ``own_weight``,
    ``team_weight`` and ``benchmark_weight``: what the win rate rests on, 1 in all.
    """
    pairs, creation = fitted.pairs, fitted.creation
    reps, segments = len(fitted.reps), len(fitted.segments)
    pace, _ = creation_pace(fitted)
    rate, rate_sd = creation.rate * pace, creation.rate_sd * pace
    own = np.repeat(hazards.own_weight.mean(axis=0), segments)
    benchmark = np.tile(benchmark_weight, reps)
    # a rep's own doubt, and that about the odds which all reps share: what is simulated
    shared = pairs.win_odds_sd * pairs.win_rate * (1 - pairs.win_rate)
    doubt = np.hypot(pairs.win_rate_sd, shared)
    low, high = (
        np.clip(pairs.win_rate + side * _SCORE_80 * doubt, 0.0, 1.0) for side in (-1.0, 1.0)
    )
    table = pl.DataFrame(
        {
            "rep": np.repeat(np.array(fitted.reps, dtype=object), segments),
            "segment": np.tile(np.array(fitted.segments, dtype=object), reps),
            "win_rate": pairs.win_rate.ravel(),
            "win_rate_low": low.ravel(),
            "win_rate_high": high.ravel(),
            "stall_rate": pairs.stall_rate.ravel(),
            "opps_per_week": rate.ravel(),
            "opps_per_week_low": np.maximum(rate - _SCORE_80 * rate_sd, 0.0).ravel(),
            "opps_per_week_high": (rate + _SCORE_80 * rate_sd).ravel(),
            **_cycle_columns("won", pairs.won_cycle),
            **_cycle_columns("lost", pairs.lost_cycle),
            "own_weight": own * (1 - benchmark),
            "team_weight": (1 - own) * (1 - benchmark),
            "benchmark_weight": benchmark,
        },
        schema_overrides={"rep": pl.String, "segment": pl.String},
    )
    naive = pl.col("won") / pl.col("closed")
    return (
        table.join(_counts(fitted), on=_KEYS, how="left", maintain_order="left")
        .with_columns(
            pl.col("closed", "won", "open", "stalled").fill_null(0),
            pl.col("stalled_value").fill_null(0.0),
        )
        .with_columns(
            pl.when(pl.col("closed") > 0).then(naive).alias("naive_win_rate"),
            pl.when(pl.col("closed") > 0).then(naive - pl.col("win_rate")).alias("naive_error"),
        )
        .with_columns(pl.selectors.float().fill_nan(None))
        .select(
            "rep", "segment", "closed", "won", "open",
            "win_rate", "win_rate_low", "win_rate_high", "naive_win_rate", "naive_error",
            "stall_rate", "stalled", "stalled_value",
            "opps_per_week", "opps_per_week_low", "opps_per_week_high",
            *(f"{kind}_cycle_{part}" for kind in ("won", "lost") for part in _SHOWN),
            "own_weight", "team_weight", "benchmark_weight",
        )
    )  # fmt: skip
