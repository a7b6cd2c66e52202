"""``quotarisk diff``: what changed since the last run, and why?"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable
from dataclasses import replace

import click
from click.core import ParameterSource

from quotarisk.analysis.answers import Answer
from quotarisk.analysis.changes import explain_change
from quotarisk.batch.inputs import list_files
from quotarisk.caution import Caution
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
from quotarisk.cli.sides import Side, find_sides
from quotarisk.cli.simulation_options import simulation_options
from quotarisk.reporting.changes import changes_reply
from quotarisk.scenario.loading import load_scenario
from quotarisk.wording import list_names

DIFF_TABLES = ("team", "reps", "inputs", "periods")
LUCK = ("paths", "seed")


def _check_different(old: str, new: str) -> None:
    place = os.path.realpath(new)
    if os.path.realpath(old) == place:
        what = "folder" if os.path.isdir(place) else "file"  # noqa: PTH112 - it never raises
        raise click.UsageError(f"OLD and NEW are the same {what}: {place}")


def _left_out() -> tuple[str, ...]:
    """Which of paths and seed does nobody tell?"""
    context = click.get_current_context()
    return tuple(
        name for name in LUCK if context.get_parameter_source(name) is ParameterSource.DEFAULT
    )


def _caution(side: Side, answer: Answer, keys: Collection[str]) -> Caution | None:
    """Say that a report was made in another way than this answer, so that figures differ."""
    if side.manifest is None:
        return None
    there, here = (
        {
            "paths": f"{made.paths:,} paths",
            "seed": f"seed {made.seed}",
            "version": f"quotarisk {made.version}",
        }
        for made in (side.manifest, answer.provenance)
    )
    other = [key for key in keys if there[key] != here[key]]
    if not other:
        return None
    then, now = (list_names([made[key] for key in other]) for made in (there, here))
    return Caution(
        "other_run",
        (side.place,),
        f"The figures of the report in {side.place} are of {then}, those here of {now}: they need "
        "not be the same.",
    )


def _trace(sides: Iterable[Side]) -> str:
    """Say which runs were taken: folders and links mean another one tomorrow."""
    told = [
        f"{side.place}, made {side.manifest.finished}" if side.manifest else side.place
        for side in sides
    ]
    return f"Before: {told[0]}; now: {told[1]}."


def _with_sides(answer: Answer, sides: tuple[Side, Side], keys: Collection[str]) -> Answer:
    """Add what the reports of a batch make doubtful, and which they are."""
    if not any(side.manifest for side in sides):
        return answer
    cautions = (_caution(side, answer, keys) for side in sides)
    return replace(
        answer,
        cautions=(*(told for told in cautions if told is not None), *answer.cautions),
        note=f"{_trace(sides)} {answer.note}",
    )


@click.command("diff", epilog="Example: quotarisk diff out/east/runs/41 out/east/runs/42")
@click.argument("old", type=Place())
@click.argument("new", type=Place())
@click.option("--scenario", metavar="NAME", help="Which one of a batch's DIR is compared.")
@simulation_options
@reply_options
@debug_option
def diff_command(
    old: str,
    new: str,
    scenario: str | None,
    paths: int,
    seed: int,
    workers: int | None,
    delivery: ReplyDelivery,
) -> None:
    """What changed since the last run, and what did each change do?

    OLD and NEW are scenario files, reports' workbooks, or folders: of a report, or of a batch its
    DIR, DIR/<name> (the newest run), DIR/<name>/<start> or DIR/<name>/runs/<number>. Both are
    simulated on the same luck: where left out, paths and seed are those of a batch's run, NEW's
    before OLD's.
    """
    _check_different(old, new)
    sides = find_sides(old, new, scenario=scenario)
    files = [side.file for side in sides]
    _check_different(*files)
    sources = [path for file in files for path in list_files(file)]
    check_delivery(delivery, sources=sources, tables=DIFF_TABLES)
    before, after = (load_scenario(file) for file in files)
    left_out = _left_out()
    made = sides[1].manifest or sides[0].manifest
    if made is not None:
        paths = made.paths if "paths" in left_out else paths
        seed = made.seed if "seed" in left_out else seed
    with show_progress(len(after.reps)) as progress:
        answer = explain_change(
            before, after, paths=paths, seed=seed, workers=workers, progress=progress
        )
    answer = _with_sides(answer, sides, (*left_out, "version"))
    in_full = delivery.form not in FOR_PEOPLE
    folded = not in_full and not delivery.every_row
    reply = changes_reply(answer, after, in_full=in_full, folded=folded)
    deliver_reply(reply, delivery, inputs={"old_hash": before.fingerprint})
