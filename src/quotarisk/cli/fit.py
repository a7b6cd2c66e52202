"""``quotarisk fit``: a CRM's history becomes a scenario."""

from __future__ import annotations

import shlex
import sys
import textwrap
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import get_args

import click

from quotarisk.analysis.pipeline import price_pipeline
from quotarisk.calibration.fit import calibrate
from quotarisk.calibration.plain import Benchmarks, Calibration
from quotarisk.calibration.reading import read_history
from quotarisk.cli.delivery import screen_size
from quotarisk.cli.failures import debug_option
from quotarisk.cli.history_options import history_options
from quotarisk.cli.place import Place
from quotarisk.cli.progress import show_progress
from quotarisk.cli.quota_options import (
    check_quota_options,
    quota_options,
    read_bytes_of,
    read_quotas,
)
from quotarisk.errors import RunError
from quotarisk.files import make_folder, write_whole
from quotarisk.reporting.data import as_csv
from quotarisk.reporting.fits import draw_fit
from quotarisk.scenario.loading import load_scenario
from quotarisk.scenario.writing import write_scenario

SCENARIO, TABLE, PIPELINE = "scenario.toml", "calibration.csv", "pipeline.csv"
WRITTEN = (SCENARIO, TABLE, PIPELINE, "scenario.open_deals.csv", "scenario.booked.csv")


def _check_folder(out: Path, sources: Iterable[str | Path | None]) -> None:
    """Can the folder be written to, and is nothing that is read replaced? Asked before the work.

    Raises
    ------
    RunError
        If it is a file.
    UsageError
        If a file that is read would be replaced.
    """
    if out.exists() and not out.is_dir():
        raise RunError(f"{out} cannot be written: it is a file, not a folder")
    for source in sources:
        if source is None or Path(source).parent.resolve() != out.resolve():
            continue
        name = Path(source).name
        if name in WRITTEN or name.startswith("quotas."):
            raise click.UsageError(f"--out would replace {source}, which is read.")


def _write_files(folder: Path, calibration: Calibration, quotas: Path | None) -> None:
    """Write the scenario, its tables and the calibration."""
    scenario = folder / SCENARIO
    write_scenario(calibration.scenario, scenario)
    write_whole(folder / TABLE, as_csv(calibration.frame))
    write_whole(folder / PIPELINE, as_csv(price_pipeline(calibration.scenario)))
    if quotas is not None:
        name = f"quotas{quotas.suffix.lower()}"
        write_whole(folder / name, read_bytes_of(quotas))
        write_whole(scenario, f'quota_table = "{name}"\n'.encode() + scenario.read_bytes())


def _deliver(out: Path, calibration: Calibration, quotas: Path | None) -> list[str]:
    """Fill the folder with what can be run, all of it or nothing; the scenario last.

    Gives the names of the files, the scenario first.
    """
    with TemporaryDirectory() as folder:
        made = Path(folder)
        _write_files(made, calibration, quotas)
        load_scenario(made / SCENARIO)
        make_folder(out)
        files = sorted(made.iterdir(), key=lambda file: (file.name == SCENARIO, file.name))
        for file in files:
            write_whole(out / file.name, file.read_bytes())
        return [file.name for file in reversed(files)]


def _tell_written(files: list[str], out: Path, *, width: int) -> str:
    """Name all that was written, so that nobody moves the scenario without its tables."""
    told = f"wrote {', '.join(files[:-1])} and {files[-1]} into {out}; next:"
    return textwrap.fill(told, width, break_long_words=False, break_on_hyphens=False)


@click.command("fit", epilog="Example: quotarisk fit deals.csv --as-of 2026-11-30 -o fitted")
@history_options
@click.option(
    "--as-of",
    required=True,
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="DATE",
    help="The last day that is looked at; later rows and closes are as if unknown.",
)
@click.option("-o", "--out", required=True, type=Place(path_type=Path), help="The folder.")
@quota_options
@click.option(
    "--months",
    default=12,
    show_default=True,
    type=click.IntRange(1, 60),
    help="Length of the scenario.",
)
@click.option(
    "--benchmarks",
    type=click.Choice(get_args(Benchmarks)),
    default="default",
    show_default=True,
    help="Whether thin segments lean on what is known of teams at large.",
)
@click.option(
    "--correct/--no-correct",
    default=True,
    show_default=True,
    help="Learn from forecasts of past months how far to trust the model, and how wide to be.",
)
@click.option("--name", help="Of the scenario; after the history where left out.")
@click.option("--width", type=click.IntRange(40, 1000), help="Characters of a line.")
@debug_option
def fit_command(
    history: str,
    as_of: datetime,
    out: Path,
    columns: str | None,
    segment: str | None,
    query: str | None,
    quotas: Path | None,
    quota_from: str | None,
    months: int,
    fiscal_year_start: int,
    benchmarks: Benchmarks,
    correct: bool,
    name: str | None,
    width: int | None,
) -> None:
    """Make a scenario of a CRM's history.

    HISTORY is a table of opportunities as the CRM exports it: CSV, Parquet or Excel. The
    scenario, its tables and the calibration go into the folder of --out.
    """
    rule = check_quota_options(quotas, quota_from)
    _check_folder(out, (history, columns, quotas))
    told = read_history(history, columns=columns, segment=segment, query=query)
    if quotas is not None:  # what is wrong with them is told before the work
        read_quotas(quotas, told.deals["rep"].unique().sort())
    with show_progress(1, "fitting", "fits") as progress:
        calibration = calibrate(
            told,
            as_of=as_of.date(),
            months=months,
            quotas=rule,
            fiscal_year_start=fiscal_year_start,
            name=name,
            benchmarks=benchmarks,
            correct=correct,
            progress=progress,
        )
    if quotas is not None:
        calibration = replace(calibration, quota_note=f"quotas from {quotas}")
    written = _deliver(out, calibration, quotas)
    scenario = out / SCENARIO
    on_terminal = sys.stdout.isatty()
    letters = width or screen_size(on_terminal=on_terminal).columns
    click.echo(draw_fit(calibration, width=letters, styled=on_terminal), nl=False)
    click.echo(_tell_written(written, out, width=letters))
    click.echo(f"  quotarisk run {shlex.quote(str(scenario))}")
