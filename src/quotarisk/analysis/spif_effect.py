"""How far does a SPIF move what people sell, what does it cost, and what does it bring?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import polars as pl

from quotarisk.analysis.chances import with_errors
from quotarisk.analysis.glance import figure_columns
from quotarisk.analysis.mix_frames import write_mix
from quotarisk.analysis.pay_choice import Explorer

_TEXTS = ("name", "group", "plan", "segment", "period", "mix_without", "mix_with")
_SHARES = ("share_without", "share_with", "share_moved")
_FIGURES = ("spif_pay_today", "spif_pay_moved", "pay_change", "bookings_change", "p_team_change")


def _mixes(explorer: Explorer, segment: str, without: int, moved: int) -> dict[str, object]:
    """Name both mixes, and the share that the SPIF's segment has in them."""
    if explorer.walk is None:
        return {}
    segments = explorer.walk.blend.segments
    before, after = explorer.points[without], explorer.points[moved]
    told: dict[str, object] = {
        "mix_without": write_mix(segments, before),
        "mix_with": write_mix(segments, after),
    }
    if segment in segments:
        place = segments.index(segment)
        shares = (before[place], after[place], after[place] - before[place])
        told |= dict(zip(_SHARES, shares, strict=True))
    return told


def spif_rows(explorer: Explorer) -> Iterator[tuple[str, dict[str, object]]]:
    """What does each SPIF of each package do to a rep's mix?

    Yields
    ------
    tuple
        The plan's name, and a row: ``spif``, its number in the plan from 0, and ``segment``;
        ``mix_without`` and ``mix_with``, the mixes that pay best without it and with it (one mix
        where paths cannot tell it from the best either way), and the ``share_*`` of its segment in
        them, ``share_moved`` being their difference (null for a rep without a mix to move);
        ``spif_pay_today``, what it pays at today's mix, and
        ``spif_pay_moved`` at the mix that it leads to, both before guarantee and draw;
        ``pay_change``, all pay with it at the one mix less all pay without it at the other: what
        it costs; ``bookings_change`` of the company and ``p_team_change``, what it brings.
    """
    for number, package in enumerate(explorer.packages):
        for which, incentive in enumerate(package.incentives):
            without, moved = explorer.moved(number, which)
            segment = incentive.spif.segment
            yield (
                package.plan,
                {
                    "spif": incentive.number,
                    "segment": segment,
                    **_mixes(explorer, segment, without, moved),
                    **with_errors(explorer.spif_figures(number, which, without, moved)),
                },
            )


def spif_frame(rows: Sequence[dict[str, object]]) -> pl.DataFrame:
    """Lay out what SPIFs do."""
    schema: dict[str, type[pl.DataType]] = {
        **dict.fromkeys(_TEXTS[:3], pl.String),
        "spif": pl.Int64,
        **dict.fromkeys(_TEXTS[3:], pl.String),
        **dict.fromkeys(_SHARES, pl.Float64),
        **figure_columns(*_FIGURES),
    }
    return pl.DataFrame(rows, schema=schema).fill_nan(None)
