"""``quotarisk backtest``: would these forecasts have been right?"""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path

import click

from quotarisk.analysis.backtest import (
    DEFAULT_ORIGINS,
    DEFAULT_PATHS,
    LEAST_PATHS,
    MOST_PATHS,
    backtest,
    choose_origins,
)
from quotarisk.batch.inputs import named_file
from quotarisk.calibration.reading import read_history
from quotarisk.cli.delivery import check_out, screen_size
from quotarisk.cli.failures import debug_option
from quotarisk.cli.history_options import history_options
from quotarisk.cli.place import Place
from quotarisk.cli.progress import show_progress
from quotarisk.cli.quota_options import check_quota_options, quota_options, read_quotas
from quotarisk.cli.simulation_options import seed_option
from quotarisk.files import write_whole
from quotarisk.reporting.backtests import draw_backtest
from quotarisk.reporting.data import as_csv


@click.command("backtest", epilog="Example: quotarisk backtest deals.csv --origins 12")
@history_options
@click.option(
    "--origin",
    "days",
    multiple=True,
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="DATE",
    help="A month's last day, at whose end a forecast is made; may be given again.",
)
@click.option(
    "--origins",
    "number",
    default=DEFAULT_ORIGINS,
    show_default=True,
    type=click.IntRange(1, 120),
    help="How many month-ends, where no --origin is given.",
)
@click.option(
    "--paths",
    default=DEFAULT_PATHS,
    show_default=True,
    type=click.IntRange(LEAST_PATHS, MOST_PATHS),
    help="Simulated futures.",
)
@seed_option
@click.option(
    "--out", type=Place(path_type=Path), help="A CSV file for the scores of all forecasts."
)
@click.option(
    "--out-chances",
    type=Place(path_type=Path),
    help="A CSV file for all chances of hitting a quota, and what came.",
)
@quota_options
@click.option(
    "--correct/--no-correct",
    default=True,
    show_default=True,
    help="Whether the forecasts learn from those before them, as those of `fit` do.",
)
@click.option("--width", type=click.IntRange(40, 1000), help="Characters of a line.")
@debug_option
def backtest_command(
    history: str,
    columns: str | None,
    segment: str | None,
    query: str | None,
    days: tuple[datetime, ...],
    number: int,
    paths: int,
    seed: int,
    fiscal_year_start: int,
    out: Path | None,
    out_chances: Path | None,
    quotas: Path | None,
    quota_from: str | None,
    correct: bool,
    width: int | None,
) -> None:
    """Would forecasts from a CRM's history have been right?

    HISTORY is a table of opportunities as the CRM exports it. At each origin it is cut off,
    fitted anew and simulated; what came in the next one and three months is scored beside naive
    forecasts.
    """
    sources = [
        named_file(str(told), Path()) for told in (history, columns, quotas) if told is not None
    ]
    for file in (out, out_chances):
        if file is not None:
            check_out(file, sources=sources)
    if out is not None and out_chances is not None and out.resolve() == out_chances.resolve():
        raise click.UsageError("--out and --out-chances name the same file.")
    rule = check_quota_options(quotas, quota_from)
    told = read_history(history, columns=columns, segment=segment, query=query)
    given = None if quotas is None else read_quotas(quotas, told.deals["rep"].unique().sort())
    origins = tuple(day.date() for day in days) or choose_origins(told, number=number)
    with show_progress(1, "forecasting", "fits") as progress:
        found = backtest(
            told,
            origins=origins,
            paths=paths,
            seed=seed,
            fiscal_year_start=fiscal_year_start,
            correct=correct,
            quotas=rule or given,
            progress=progress,
        )
    if out is not None:
        write_whole(out, as_csv(found.forecasts))
    if out_chances is not None:
        write_whole(out_chances, as_csv(found.hits))
    click.echo(
        draw_backtest(
            found,
            width=width or screen_size(on_terminal=sys.stdout.isatty()).columns,
            styled=sys.stdout.isatty(),
        ),
        nl=False,
    )
