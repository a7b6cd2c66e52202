"""The tables of the mixes: every one of them, and the best by each cadence."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from operator import sub
from typing import NamedTuple

import polars as pl

from quotarisk.analysis.chances import with_errors
from quotarisk.analysis.choice import BEST_COLUMNS, best_choices, is_clear
from quotarisk.analysis.frontier import on_frontier
from quotarisk.analysis.glance import Glance, glance_columns
from quotarisk.analysis.walk import Walk
from quotarisk.simulation.comparing import Key

SHARE = "share_"  # begins the name of a segment's column
_WHO: dict[str, type[pl.DataType]] = {"name": pl.String, "group": pl.String}
_MIX: dict[str, type[pl.DataType]] = {"moved": pl.String, "made": pl.Float64}
_FLAGS = ("frontier", "differs", "beats_today")


class Walked(NamedTuple):
    """A rep's mixes, and what was seen of each: today's first, then the others in their order."""

    walk: Walk
    group: str
    glances: Sequence[Glance]


def write_mix(segments: Sequence[str], shares: Sequence[float]) -> str:
    """How is a mix written? Segments without a share are left out.

    Examples
    --------
    >>> write_mix(["small", "mid", "large"], [0.625, 0.375, 0.0])
    'small 62 %, mid 38 %'
    """
    return ", ".join(
        f"{segment} {100 * share:.0f} %"
        for segment, share in zip(segments, shares, strict=True)
        if share > 0
    )


def _about(walked: Walked, point: int) -> dict[str, object]:
    """Whom is a row about, and which mix?"""
    walk, shares = walked.walk, walked.walk.points[point]
    blend = walk.blend
    return {
        "name": blend.task.rep.name,
        "group": walked.group,
        "point": point,
        "today": point == walk.today,
        "mix": write_mix(blend.segments, shares),
        **{f"{SHARE}{s}": share for s, share in zip(blend.segments, shares, strict=True)},
        "moved": blend.moved,
        "made": blend.made_at(shares),
    }


def _mix_rows(walked: Walked, period: str) -> Iterator[dict[str, object]]:
    today, *others = walked.glances
    at = walked.walk.today
    glances = [*others[:at], today, *others[at:]]
    frontier = on_frontier([g.mean.value for g in glances], [g.sd.value for g in glances])
    for point, glance in enumerate(glances):
        mean, spread = glance.mean_change, glance.sd_change
        more, less = mean.value > 0 and is_clear(mean), spread.value < 0 and is_clear(spread)
        yield {
            **_about(walked, point),
            "period": period,
            **with_errors(glance.figures),
            "frontier": bool(frontier[point]),
            "differs": is_clear(mean) or is_clear(spread),
            "beats_today": more and less,
        }


def _best_rows(walked: Walked, period: str) -> Iterator[dict[str, object]]:
    walk = walked.walk
    order = [walk.points[walk.today], *walk.others]
    distances = [sum(map(abs, map(sub, shares, order[0]))) for shares in order]
    for place, as_good, row in best_choices(walked.glances, distances):
        yield {
            **_about(walked, walk.points.index(order[place])),
            "as_good": len(as_good),
            "mix_today": write_mix(walk.blend.segments, walk.blend.shares),
            "period": period,
            **row,
        }


def _shares(walked: Iterable[Walked], segments: Iterable[str]) -> dict[str, type[pl.DataType]]:
    sold = {segment for each in walked for segment in each.walk.blend.segments}
    return {f"{SHARE}{segment}": pl.Float64 for segment in segments if segment in sold}


def mix_frame(
    walked: Sequence[Walked], keys: Sequence[Key], period: str, segments: Sequence[str]
) -> pl.DataFrame:
    """What comes of every mix of each rep? Shares stand in the order of the segments."""
    shares = _shares(walked, segments)
    schema: dict[str, type[pl.DataType]] = {
        **_WHO, "point": pl.Int64, "today": pl.Boolean, "mix": pl.String, **shares, **_MIX,
        "period": pl.String, **glance_columns(keys), **dict.fromkeys(_FLAGS, pl.Boolean),
    }  # fmt: skip
    rows = [row for each in walked for row in _mix_rows(each, period)]
    return pl.DataFrame(rows, schema=schema)


def best_frame(walked: Sequence[Walked], period: str, segments: Sequence[str]) -> pl.DataFrame:
    """Which mix of each rep is best by each cadence?"""
    shares = _shares(walked, segments)
    schema: dict[str, type[pl.DataType]] = {
        **_WHO, "cadence": pl.String, "mix_today": pl.String, "mix": pl.String, **shares,
        "point": pl.Int64, "as_good": pl.Int64, **_MIX, "period": pl.String, **BEST_COLUMNS,
    }  # fmt: skip
    rows = [row for each in walked for row in _best_rows(each, period)]
    return pl.DataFrame(rows, schema=schema)
