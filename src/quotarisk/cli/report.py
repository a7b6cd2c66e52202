"""``quotarisk report``: the answers as a page, a workbook, or a folder with everything."""

from __future__ import annotations

import os
from pathlib import Path

import click

from quotarisk.batch.inputs import list_inputs
from quotarisk.cli.delivery import check_out
from quotarisk.cli.failures import debug_option
from quotarisk.cli.progress import show_progress
from quotarisk.errors import RunError
from quotarisk.reporting.report import FOLDER_FILES, report_form, write_report
from quotarisk.scenario.loading import load_scenario
from quotarisk.simulation.simulation import DEFAULT_PATHS, simulate


def _sources(scenario: str) -> tuple[Path, ...]:
    """Which files does a scenario consist of?"""
    folder = Path(scenario).parent
    tables = [folder / table.source for table in list_inputs(scenario)[1:] if table.sha256]
    return (Path(scenario), *tables)


def _check_folder(folder: Path, scenario: str) -> None:
    """Can a folder be made, or filled? Asked before a long run, not after it."""
    for source in _sources(scenario):
        if source.name in FOLDER_FILES and source.absolute().parent == folder.absolute():
            raise click.UsageError(f"--out would replace {source}, which is read.")
    nearest = next(each for each in (folder, *folder.absolute().parents) if each.exists())
    if not nearest.is_dir():
        raise RunError(f"{folder} cannot be written: {nearest} is no folder")
    if not os.access(nearest, os.W_OK):
        raise RunError(f"{folder} cannot be written: {nearest} is read-only")


@click.command("report", epilog="Example: quotarisk report team.toml -o report.html")
@click.argument("scenario", type=click.Path())
@click.option(
    "-o",
    "--out",
    required=True,
    metavar="FILE|DIR",
    help="report.html, report.xlsx, or a folder for both and the tables.",
)
@click.option("--paths", default=DEFAULT_PATHS, show_default=True, help="Simulated futures.")
@click.option("--seed", default=0, show_default=True, help="Any whole number; it fixes all luck.")
@click.option("--workers", type=int, help="Threads; as many as processors where left out.")
@debug_option
def report_command(scenario: str, out: str, paths: int, seed: int, workers: int | None) -> None:
    """Write a report: a page, a workbook, or a folder with everything.

    SCENARIO is a TOML file. The report is one page of HTML that needs no network, a workbook,
    or a folder that holds both and the tables as CSV, Parquet and JSON.
    """
    if report_form(out) == "folder":
        _check_folder(Path(out), scenario)
    else:
        for source in _sources(scenario):
            check_out(Path(out), source=source)
    loaded = load_scenario(scenario)
    with show_progress(len(loaded.reps)) as progress:
        simulation = simulate(loaded, paths=paths, seed=seed, workers=workers, progress=progress)
    with show_progress(len(loaded.reps), "drawing") as progress:
        written = write_report(simulation, out, progress=progress)
    for path in written:
        click.echo(f"wrote {path}", err=True)
