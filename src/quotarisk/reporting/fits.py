"""A calibration on the screen: what the history says of each rep, and what is doubtful about it."""

from __future__ import annotations

import polars as pl
from rich.console import Group, RenderableType
from rich.text import Text

from quotarisk.calibration.plain import Calibration
from quotarisk.reporting.tables import Column, Table
from quotarisk.reporting.terminal import FAINT, draw_cautions, draw_table, render
from quotarisk.wording import count_of

FITS = (
    Column("rep", "rep", "text", "Who sells."),
    Column("closed", "closed deals", "whole", "Deals won or lost by the day."),
    Column("win_rate", "win rate", "percent", "Share of created deals that end won."),
    Column("win_rate_low", "from", "percent", "Low end of its central 80 % interval.", rank=2),
    Column("win_rate_high", "to", "percent", "High end of it.", rank=2),
    Column("naive_win_rate", "won / closed", "percent", "The naive figure: won / (won + lost)."),
    Column("naive_error", "off by", "shift", "The naive figure less the win rate."),
    Column("stall_rate", "never decided", "percent", "Share of deals never decided.", rank=3),
    Column("opps_per_week", "deals a week", "count", "Opportunities created a week.", rank=1),
    Column("won_cycle_p50", "days to win", "count", "Median days from creation to a win.", rank=4),
    Column("open", "open", "whole", "Deals open on the day.", rank=5),
    Column("stalled", "of them stalled", "whole", "Too old to be seen closing.", rank=6),
    Column("own_weight", "own deals", "percent", "What the win rate owes to the rep's own deals."),
    Column("team_weight", "team", "percent", "What it owes to the team.", rank=7),
    Column("benchmark_weight", "bench- marks", "percent", "What it owes to benchmarks.", rank=8),
)


def fits_table(calibration: Calibration) -> Table:
    """What does the history say of each rep? Segments by the rep's own mix of creation."""
    weight = pl.col("opps_per_week") + 1e-12

    def mixed(key: str) -> pl.Expr:
        return (
            (pl.col(key) * weight).sum() / weight.filter(pl.col(key).is_not_null()).sum()
        ).alias(key)

    mixes = [
        mixed(key)
        for key in (
            "win_rate",
            "win_rate_low",
            "win_rate_high",
            "stall_rate",
            "won_cycle_p50",
            "own_weight",
            "team_weight",
            "benchmark_weight",
        )
    ]
    frame = (
        calibration.frame.group_by("rep", maintain_order=True)
        .agg(
            pl.col("closed", "won", "open", "stalled", "stalled_value").sum(),
            *mixes,
            pl.col("opps_per_week").sum(),
        )
        .with_columns(
            pl.when(pl.col("closed") > 0)
            .then(pl.col("won") / pl.col("closed"))
            .alias("naive_win_rate")
        )
        .with_columns((pl.col("naive_win_rate") - pl.col("win_rate")).alias("naive_error"))
    )
    return Table(
        key="fits",
        title="Reps",
        columns=FITS,
        frame=frame,
        currency=calibration.scenario.currency,
        captions=(
            (("win_rate",), "In %. Win rate: of all created deals, open ones at their chance."),
            (("win_rate_low",), "From, to: its central 80 % interval."),
            (("naive_win_rate",), "Won / closed leaves open deals out: off by so many points."),
            (("own_weight",), "Own deals, team, benchmarks: what the win rate rests on."),
        ),
    )


def headline(calibration: Calibration) -> tuple[str, ...]:
    """Say what was fitted, and where quotas come from."""
    frame = calibration.frame
    reps, segments = frame["rep"].n_unique(), frame["segment"].n_unique()
    closed, still_open = int(frame["closed"].sum()), int(frame["open"].sum())
    note = calibration.quota_note
    return (
        f"{closed:,} closed and {count_of(still_open, 'open deal')} of {count_of(reps, 'rep')} in "
        f"{count_of(segments, 'segment')}, as known on {calibration.as_of}.",
        f"{note[:1].upper()}{note[1:]}.",
    )


def draw_fit(calibration: Calibration, *, width: int, styled: bool = False) -> str:
    """What does the screen of a calibration look like?"""
    parts: list[RenderableType] = [Text(calibration.scenario.name, "bold")]
    parts += [Text(sentence) for sentence in headline(calibration)]
    parts += ["", *draw_table(fits_table(calibration), width=width)]
    told = [str(caution) for caution in calibration.cautions]
    if told:
        parts += ["", *draw_cautions(told)]
    parts += ["", Text(f"from {calibration.source}", FAINT)]
    return render(Group(*parts), width=width, styled=styled)
