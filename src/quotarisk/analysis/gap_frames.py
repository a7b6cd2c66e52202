"""Gaps of the reps as tables: by factor, by rep, velocity, and the evidence."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import polars as pl

from quotarisk.analysis.chances import with_errors
from quotarisk.analysis.differences import judge
from quotarisk.analysis.rep_games import Gap, RepGame
from quotarisk.analysis.velocity import Velocity, flows_of, velocity_of
from quotarisk.simulation.comparing import Key

_TEXTS = (
    "name", "group", "cadence", "period", "segment", "factor", "figure", "unit", "verdict",
    "counted", "source",
)  # fmt: skip
_WHOLE = ("needed",)
_FRAME = (
    "name", "group", "cadence", "period", "factor", "figure", "unit", "own", "reference",
    "difference", "p_real", "verdict", "needed", "counted", "points", "points_se", "amount",
    "amount_se",
)  # fmt: skip
_REPS = (
    "name", "group", "cadence", "period", "quota", "p_hit", "p_hit_se", "p_reference",
    "p_reference_se", "gap", "gap_se", "gap_real", "gap_real_se", "mean", "mean_se",
    "mean_reference", "mean_reference_se", "mean_gap", "mean_gap_se", "mean_gap_real",
    "mean_gap_real_se",
)  # fmt: skip
_PARTS = ("opps_per_week", "win_rate", "deal_size", "cycle_days")
_VELOCITY = (
    "name", "group",
    *(
        f"{part}{side}"
        for part in ("velocity", *_PARTS)
        for side in ("", "_reference", "_ratio")
    ),
)  # fmt: skip
_EVIDENCE = (
    "name", "group", "segment", "factor", "figure", "unit", "own", "reference", "difference",
    "own_evidence", "reference_evidence", "counted", "p_real", "verdict", "needed", "source",
)  # fmt: skip


class Found(NamedTuple):
    """A rep's gap, and how it was divided."""

    game: RepGame
    gap: Gap


def _schema(columns: Sequence[str]) -> dict[str, type[pl.DataType]]:
    return {
        key: pl.String if key in _TEXTS else pl.Int64 if key in _WHOLE else pl.Float64
        for key in columns
    }


def _table(rows: Iterator[dict[str, object]], columns: Sequence[str]) -> pl.DataFrame:
    frame = pl.DataFrame(list(rows), schema=_schema(columns))
    told: pl.DataFrame = frame.fill_nan(None)
    return told


def _who(game: RepGame) -> dict[str, object]:
    return {"name": game.task.rep.name, "group": game.task.rep.group or ""}


def _when(period: Key) -> dict[str, object]:
    return {"cadence": period[0], "period": period[1]}


def worst_first(found: Sequence[Found]) -> list[Found]:
    """Who loses most stands first: in points of P(hit), or in bookings where there are none."""

    def lost(each: Found) -> tuple[float, float]:
        points = each.gap.whole.points.value
        return (0.0 if math.isnan(points) else -points), -each.gap.whole.amount.value

    return sorted(found, key=lost)


def _factor_rows(found: Sequence[Found], period: Key) -> Iterator[dict[str, object]]:
    for game, gap in found:
        ranked = sorted(
            game.factors,
            key=lambda factor: (
                -(gap.parts[factor].points.value if gap.quota == gap.quota else 0.0),
                -gap.parts[factor].amount.value,
            ),
        )
        for factor in ranked:
            told, part = game.factors[factor], gap.parts[factor]
            yield {
                **_who(game),
                **_when(period),
                "factor": factor,
                "figure": told.trait.name,
                "unit": told.unit,
                "own": told.own,
                "reference": told.reference,
                "difference": told.own - told.reference,
                "p_real": told.p_real,
                "verdict": told.verdict,
                "needed": told.needed,
                "counted": told.counted,
                **with_errors({"points": part.points, "amount": part.amount}),
            }


def factors_frame(found: Sequence[Found], period: Key) -> pl.DataFrame:
    """What does each factor in which a rep differs cost? The costliest first."""
    return _table(_factor_rows(found, period), _FRAME)


def _rep_rows(found: Sequence[Found], period: Key) -> Iterator[dict[str, object]]:
    for game, gap in found:
        yield {
            **_who(game),
            **_when(period),
            "quota": gap.quota,
            **with_errors(
                {
                    "p_hit": gap.p_hit,
                    "p_reference": gap.p_reference,
                    "gap": gap.whole.points,
                    "gap_real": gap.real.points,
                    "mean": gap.mean,
                    "mean_reference": gap.mean_reference,
                    "mean_gap": gap.whole.amount,
                    "mean_gap_real": gap.real.amount,
                }
            ),
        }


def reps_frame(found: Sequence[Found], period: Key) -> pl.DataFrame:
    """What does each rep lose against the reference?"""
    return _table(_rep_rows(found, period), _REPS)


def _beside(own: float, reference: float, key: str) -> dict[str, object]:
    ratio = own / reference if reference > 0 else math.nan
    return {key: own, f"{key}_reference": reference, f"{key}_ratio": ratio}


def _velocity_row(own: Velocity, reference: Velocity) -> dict[str, object]:
    row = _beside(own.value, reference.value, "velocity")
    for part in _PARTS:
        row |= _beside(getattr(own, part), getattr(reference, part), part)
    return row


def velocity_frame(games: Sequence[RepGame]) -> pl.DataFrame:
    """How fast does each rep sell, and how fast with the reference's figures?"""
    rows = (
        {**_who(game), **_velocity_row(velocity_of(game.task), velocity_of(game.as_reference))}
        for game in games
    )
    return _table(rows, _VELOCITY)


def _evidence_rows(games: Sequence[RepGame]) -> Iterator[dict[str, object]]:
    for game in games:
        flows = flows_of(game.task)
        for comparison in game.comparisons:
            told = judge([comparison], flows)
            yield {
                **_who(game),
                "segment": comparison.trait.segment,
                "factor": comparison.trait.factor,
                "figure": comparison.trait.name,
                "unit": told.unit,
                "own": told.own,
                "reference": told.reference,
                "difference": told.own - told.reference,
                "own_evidence": comparison.own.count or None,
                "reference_evidence": comparison.reference.count or None,
                "counted": told.counted,
                "p_real": told.p_real,
                "verdict": told.verdict,
                "needed": told.needed,
                "source": comparison.source,
            }


def evidence_frame(games: Sequence[RepGame]) -> pl.DataFrame:
    """What does each figure rest on, segment by segment?"""
    return _table(_evidence_rows(games), _EVIDENCE)
