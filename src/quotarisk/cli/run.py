"""``quotarisk run``: how likely are reps, groups and the team to hit?"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Literal, get_args

import click

from quotarisk.analysis.attainment import estimate_attainment
from quotarisk.analysis.cadence import compare_cadences
from quotarisk.analysis.risk import outline_risk
from quotarisk.batch.inputs import list_files
from quotarisk.cli.delivery import (
    FORMS,
    IN_DATABASE,
    Delivery,
    Form,
    check_out,
    choose_form,
    deliver,
)
from quotarisk.cli.failures import debug_option
from quotarisk.cli.place import Place
from quotarisk.cli.precision import precision_option, simulate_as_asked
from quotarisk.cli.progress import show_progress
from quotarisk.cli.risk_options import CROSSED, check_risk_options, risk_options, tell_crossings
from quotarisk.cli.simulation_options import simulation_options
from quotarisk.cli.target import Database, check_alone, take_target
from quotarisk.periods import Cadence
from quotarisk.reporting.data import AnswerName
from quotarisk.reporting.results import Results
from quotarisk.reporting.risk_line import crossings
from quotarisk.scenario.loading import load_scenario
from quotarisk.simulation.simulation import Level


def _choose(
    form: Form | None,
    out: Path | Database | None,
    answer: AnswerName | None,
    every_row: bool,
    width: int | None,
) -> tuple[Path | Database | None, Form | Literal["database"]]:
    """Options that mean nothing together are errors: a script would rely on what is not done."""
    if isinstance(out, Database):
        check_alone(out, format=form, answer=answer, all=every_row or None, width=width)
        return out, IN_DATABASE
    out = None if out == Path("-") else out
    form = choose_form(form, out, FORMS)
    if form == "parquet" and out is None and sys.stdout.isatty():
        raise click.UsageError("Parquet is not for a terminal: name a file with --out.")
    if answer is not None and form not in ("csv", "parquet"):
        raise click.UsageError(f"--answer is for csv and parquet: {form} holds all answers.")
    return out, form


@click.command("run", epilog="Example: quotarisk run team.toml --fail-under 0.5 --level rep")
@click.argument("scenario", type=Place())
@simulation_options
@precision_option
@click.option(
    "--format",
    "form",
    type=click.Choice(FORMS),
    help="How the answer is written; by the ending of --out, or as a table, where left out.",
)
@click.option(
    "--out",
    type=Place(),
    callback=take_target,
    help="The file to write, or a database such as postgresql://host/results; - is stdout.",
)
@click.option(
    "--answer",
    type=click.Choice(get_args(AnswerName)),
    help="The table that csv and parquet hold; attainment where left out.",
)
@click.option("--all", "every_row", is_flag=True, help="Show all rows of a long table.")
@click.option(
    "--width", type=click.IntRange(40, 1000), help="Characters of a line; as the terminal."
)
@risk_options
@debug_option
def run_command(
    scenario: str,
    paths: int,
    precision: float | None,
    seed: int,
    form: Form | None,
    out: Path | Database | None,
    answer: AnswerName | None,
    every_row: bool,
    width: int | None,
    workers: int | None,
    fail_under: float | None,
    level: Level | None,
    cadence: Cadence | None,
) -> None:
    """How likely are reps, groups and the team to hit their quotas?

    SCENARIO is a TOML file. The answer goes to stdout, or whole into the file or database of --out.
    What makes bookings vary is split on a fifth of the paths.
    """
    check_risk_options(fail_under, level, cadence)
    out, chosen = _choose(form, out, answer, every_row, width)
    if out is not None:
        check_out(out, sources=list_files(scenario))
    loaded = load_scenario(scenario)
    simulation = simulate_as_asked(
        loaded, paths=paths, precision=precision, seed=seed, workers=workers
    )
    with show_progress(len(loaded.reps), "splitting the risk") as progress:
        risk = outline_risk(simulation, workers=workers, progress=progress)
    results = Results(loaded, estimate_attainment(simulation), compare_cadences(simulation), risk)
    crossed = (
        crossings(results, fail_under, level=level or "team", cadence=cadence)
        if fail_under is not None
        else ()
    )
    deliver(results, Delivery(chosen, out, answer or "attainment", width, every_row))
    for line in tell_crossings(crossed, fail_under):
        click.echo(line, err=True)
    if crossed:
        click.get_current_context().exit(CROSSED)
