"""``quotarisk report``: the answers as a page, a workbook, or a folder with everything."""

from __future__ import annotations

import os
from pathlib import Path

import click

from quotarisk.batch.inputs import list_files
from quotarisk.cli.delivery import check_out
from quotarisk.cli.failures import debug_option
from quotarisk.cli.place import Place
from quotarisk.cli.precision import precision_option, simulate_as_asked
from quotarisk.cli.progress import show_progress
from quotarisk.cli.simulation_options import simulation_options
from quotarisk.errors import RunError
from quotarisk.reporting.report import FOLDER_FILES, report_form, write_report
from quotarisk.scenario.loading import load_scenario


def _check_folder(folder: Path, scenario: str) -> None:
    """Can a folder be made, or filled? Asked before a long run, not after it."""
    for source in list_files(scenario):
        if source.name in FOLDER_FILES and source.parent.resolve() == folder.resolve():
            raise click.UsageError(f"--out would replace {source}, which is read.")
    nearest = next(each for each in (folder, *folder.absolute().parents) if each.exists())
    if not nearest.is_dir():
        raise RunError(f"{folder} cannot be written: {nearest} is no folder")
    if not os.access(nearest, os.W_OK):
        raise RunError(f"{folder} cannot be written: {nearest} is read-only")


@click.command("report", epilog="Example: quotarisk report team.toml -o report.html")
@click.argument("scenario", type=Place())
@click.option(
    "-o",
    "--out",
    type=Place(on_disk=True),
    required=True,
    metavar="FILE|DIR",
    help="report.html, report.xlsx, or a folder for both and the tables.",
)
@simulation_options
@precision_option
@debug_option
def report_command(
    scenario: str, out: str, paths: int, precision: float | None, seed: int, workers: int | None
) -> None:
    """Write a report: a page, a workbook, or a folder with everything.

    SCENARIO is a TOML file. The report is one page of HTML that needs no network, a workbook,
    or a folder that holds both and the tables as CSV, Parquet and JSON.
    """
    if report_form(out) == "folder":
        _check_folder(Path(out), scenario)
    else:
        check_out(Path(out), sources=list_files(scenario))
    loaded = load_scenario(scenario)
    simulation = simulate_as_asked(
        loaded, paths=paths, precision=precision, seed=seed, workers=workers
    )
    with show_progress(len(loaded.reps), "drawing") as progress:
        written = write_report(simulation, out, progress=progress)
    for path in written:
        click.echo(f"wrote {path}", err=True)
