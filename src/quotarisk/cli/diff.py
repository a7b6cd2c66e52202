"""``quotarisk diff``: what changed since the last run, and why?"""

from __future__ import annotations

import os
from pathlib import Path

import click

from quotarisk.analysis.changes import explain_change
from quotarisk.batch.inputs import list_files
from quotarisk.batch.runs import RUNS, list_runs
from quotarisk.cli.failures import debug_option
from quotarisk.cli.place import Place
from quotarisk.cli.progress import show_progress
from quotarisk.cli.replying import (
    FOR_PEOPLE,
    ReplyDelivery,
    check_delivery,
    deliver_reply,
    reply_options,
)
from quotarisk.cli.simulation_options import simulation_options
from quotarisk.errors import Fault, InputError
from quotarisk.reporting.changes import changes_reply
from quotarisk.scenario.loading import load_scenario

DIFF_TABLES = ("team", "reps", "inputs", "periods")
WORKBOOK = "report.xlsx"  # a report's, which holds all that the scenario says


def find_scenario(place: str) -> str:
    """Which file holds the scenario: the file that is named, or a report's workbook in a folder?

    Raises
    ------
    InputError
        If the folder holds no workbook.
    """
    folder = Path(place)
    if not folder.is_dir():
        return place
    if (folder / WORKBOOK).is_file():
        return str(folder / WORKBOOK)
    runs = list_runs(folder) if (folder / RUNS).is_dir() else ()
    hint = f"did you mean {runs[-1].place}?" if runs else "name a scenario file instead"
    rule = f"the folder must be a report's or a run's, with the scenario in {WORKBOOK}"
    raise InputError([Fault(place, "", rule, hint=hint)])


def _check_different(old: str, new: str) -> None:
    if os.path.realpath(old) == os.path.realpath(new):
        raise click.UsageError(f"OLD and NEW are the same file: {os.path.realpath(new)}")


@click.command("diff", epilog="Example: quotarisk diff out/east/runs/41 out/east/runs/42")
@click.argument("old", type=Place())
@click.argument("new", type=Place())
@simulation_options
@reply_options
@debug_option
def diff_command(
    old: str,
    new: str,
    paths: int,
    seed: int,
    workers: int | None,
    delivery: ReplyDelivery,
) -> None:
    """What changed since the last run, and what did each change do?

    OLD and NEW are scenario files, reports' workbooks, or folders of a report or of a batch's
    run. Both are simulated on the same luck.
    """
    files = [find_scenario(place) for place in (old, new)]
    _check_different(*files)
    sources = [path for file in files for path in list_files(file)]
    check_delivery(delivery, sources=sources, tables=DIFF_TABLES)
    before, after = (load_scenario(file) for file in files)
    with show_progress(len(after.reps)) as progress:
        answer = explain_change(
            before, after, paths=paths, seed=seed, workers=workers, progress=progress
        )
    in_full = delivery.form not in FOR_PEOPLE
    folded = not in_full and not delivery.every_row
    deliver_reply(changes_reply(answer, after, in_full=in_full, folded=folded), delivery)
