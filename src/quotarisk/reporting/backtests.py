"""A backtest on the screen: who wins against the naive forecasts, and by how much."""

from __future__ import annotations

import polars as pl
from rich.console import Group, RenderableType
from rich.text import Text

from quotarisk.analysis.backtest import Backtest
from quotarisk.analysis.forecasting import NAIVE
from quotarisk.reporting.tables import Column, Table
from quotarisk.reporting.terminal import FAINT, draw_cautions, draw_table, render

CARD = (
    Column("level", "level", "text", "Rep, group or team."),
    Column("months", "months ahead", "whole", "Length of the windows that were forecast."),
    Column("forecasts", "fore- casts", "whole", "How many were scored."),
    Column("windows", "windows", "count", "Windows that do not overlap.", rank=1),
    Column("ratio", "error / naive", "multiple", "Score over the best naive one's.", "ratio_se"),
    Column("best", "best naive", "text", "The best of the naive forecasts, with hindsight."),
    Column("coverage_50", "in 50 %", "percent", "Share of outcomes inside it.", rank=3),
    Column("coverage_80", "in 80 %", "percent", "Share of outcomes inside it."),
    Column("coverage_95", "in 95 %", "percent", "Share of outcomes inside it.", rank=2),
    Column("crps", "error", "money", "Mean continuous ranked probability score.", rank=4),
    Column(
        "brier_ratio",
        "P(hit) / naive",
        "multiple",
        "Mean squared error of P(hit) over the best naive one's.",
        "brier_ratio_se",
        rank=5,
    ),
)
RELIABILITY = (
    Column("level", "level", "text", "Rep, group or team."),
    Column("range", "P(hit) of", "text", "Which chances are meant."),
    Column("said", "said", "percent", "Their mean."),
    Column("came", "came", "share", "Share of them that was hit.", "came_se"),
    Column("hits", "hit", "whole", "How many were hit.", of="chances"),
    Column("picture", "0 to 100 %", "text", "Bar: what came. Mark: what was said.", rank=1),
)
_ABOUT_EVEN = 0.005
_PICTURE = 20  # characters from 0 to 100 %
_BAR, _EMPTY, _MARK = "█", "·", "|"


def card_table(backtest: Backtest) -> Table:
    """How good were the forecasts of each level and horizon?"""
    frame = backtest.frame.with_columns(pl.col("best_naive").replace_strict(NAIVE).alias("best"))
    return Table(
        key="backtest",
        title="Would these forecasts have been right?",
        columns=CARD,
        frame=frame,
        currency="",
        captions=(
            (
                ("ratio",),
                "Below 1: errors (CRPS) smaller than the best naive forecast's; ± 2 standard "
                "errors.",
            ),
            (("brier_ratio",), "P(hit): the same of the squared errors of chances."),
            (("coverage_80",), "In 80 %: per cent of outcomes inside the central 80 % interval."),
        ),
    )


def draw_share(came: float, said: float) -> str:
    """What does a share look like beside the one that was said? A bar and a mark.

    Examples
    --------
    >>> draw_share(0.2, 0.4)
    '████···|············'
    """
    bar = _BAR * round(came * _PICTURE)
    mark = min(max(round(said * _PICTURE) - 1, 0), _PICTURE - 1)
    drawn = bar.ljust(_PICTURE, _EMPTY)
    return f"{drawn[:mark]}{_MARK}{drawn[mark + 1 :]}"


def reliability_table(backtest: Backtest) -> Table:
    """Where so many hits were said, how many came?"""
    rows = backtest.reliability
    frame = rows.with_columns(
        pl.format(
            "{} to {} %",
            (100 * pl.col("above")).round(0).cast(pl.Int64),
            (100 * pl.col("up_to")).round(0).cast(pl.Int64),
        ).alias("range"),
        pl.Series(
            "picture",
            [draw_share(*pair) for pair in rows.select("came", "said").iter_rows()],
            dtype=pl.String,
        ),
    )
    return Table(
        key="reliability",
        title="Were the chances right?",
        columns=RELIABILITY,
        frame=frame,
        currency="",
        captions=(
            (("came",), f"Of {backtest.quota_note}."),
            (("picture",), "Bar: share that was hit. Mark: what was said."),
        ),
    )


def verdict(backtest: Backtest) -> str:
    """Say in a sentence whether the forecasts were worth it."""
    reps = backtest.frame.filter(pl.col("level") == "rep")
    whose = "each rep" if reps.height else "the team"
    told = []
    for row in (reps if reps.height else backtest.frame).iter_rows(named=True):
        span = "a month" if row["months"] == 1 else f"{row['months']} months"
        apart = abs(1 - row["ratio"])
        size = f"{apart:.0%} {'smaller' if row['ratio'] < 1 else 'larger'} than"
        how = "about as large as" if apart < _ABOUT_EVEN else size
        told.append(f"over {span} errors for {whose} are {how} those of the best naive forecast")
    return f"{'; '.join(told)}."


def draw_backtest(backtest: Backtest, *, width: int, styled: bool = False) -> str:
    """What does the screen of a backtest look like?"""
    sentence = verdict(backtest)
    origins = sorted(set(backtest.forecasts["origin"].to_list()))
    parts: list[RenderableType] = [
        Text("Would these forecasts have been right?", "bold"),
        Text(f"{sentence[:1].upper()}{sentence[1:]}", "bold"),
        "",
        *draw_table(card_table(backtest), width=width),
    ]
    if backtest.reliability.height:
        parts += ["", *draw_table(reliability_table(backtest), width=width)]
    told = [str(caution) for caution in backtest.cautions]
    if told:
        parts += ["", *draw_cautions(told)]
    days = f"{len(origins)} origins from {origins[0]} to {origins[-1]}"
    fitted = f"fitted anew at {days if len(origins) > 1 else origins[0]}"
    parts += ["", Text(f"{fitted}; from {backtest.source}", FAINT)]
    return render(Group(*parts), width=width, styled=styled)
