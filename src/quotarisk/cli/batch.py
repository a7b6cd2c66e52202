"""``quotarisk batch``: reports of many scenarios, every night."""

from __future__ import annotations

import math
import traceback
from pathlib import Path
from typing import get_args

import click

from quotarisk.batch.nightly import run_batch
from quotarisk.cli.batch_log import LogFormat, show_batch, write_json_line
from quotarisk.cli.failures import Session, debug_option
from quotarisk.errors import QuotariskError
from quotarisk.periods import CADENCES, Cadence
from quotarisk.simulation.simulation import DEFAULT_PATHS, LEVELS, Level


@click.command("batch", epilog="Example: quotarisk batch scenarios --out reports --keep 30")
@click.argument("scenarios", type=click.Path(), nargs=-1, required=True)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    required=True,
    metavar="DIR",
    help="The folder of the reports; it is made where it is not there.",
)
@click.option("--paths", default=DEFAULT_PATHS, show_default=True, help="Simulated futures.")
@click.option("--seed", default=0, show_default=True, help="Any whole number; it fixes all luck.")
@click.option("--workers", type=int, help="Threads; as many as processors where left out.")
@click.option(
    "--fail-under",
    type=click.FloatRange(0, 1),
    metavar="SHARE",
    help="End with status 3 if a P(hit) is below this share.",
)
@click.option(
    "--level",
    type=click.Choice(LEVELS),
    help="Whose P(hit) --fail-under looks at; the team's where left out.",
)
@click.option(
    "--cadence",
    type=click.Choice(CADENCES),
    help="Of which periods; the longest that have a quota where left out.",
)
@click.option(
    "--keep",
    type=click.IntRange(min=1),
    metavar="N",
    help="Remove all but so many runs of each scenario, never the last good one.",
)
@click.option(
    "--log-format",
    "form",
    type=click.Choice(get_args(LogFormat)),
    default="text",
    show_default=True,
    help="What stderr tells: lines for people, or a JSON object a line.",
)
@debug_option
def batch_command(
    scenarios: tuple[str, ...],
    out: Path,
    paths: int,
    seed: int,
    workers: int | None,
    fail_under: float | None,
    level: Level | None,
    cadence: Cadence | None,
    keep: int | None,
    form: LogFormat,
) -> None:
    """Write reports of many scenarios, whole or not at all.

    SCENARIOS are TOML files, and folders of them. Each report goes to DIR/<name>/<start>/,
    and DIR/index.html shows all. What has not changed since its last run is left as it is;
    what is broken does not stop the others, and ends with status 4.
    """
    if fail_under is not None and math.isnan(fail_under):
        raise click.BadParameter("nan is no share from 0 to 1.", param_hint="--fail-under")
    for option, value in (("--level", level), ("--cadence", cadence)):
        if value is not None and fail_under is None:
            raise click.UsageError(f"{option} says what --fail-under looks at, which is missing.")
    context = click.get_current_context()
    try:
        with show_batch(form, below=fail_under) as watch:
            result = run_batch(
                scenarios,
                out,
                paths=paths,
                seed=seed,
                workers=workers,
                fail_under=fail_under,
                level=level,
                cadence=cadence,
                keep=keep,
                watch=watch,
            )
    except QuotariskError as error:
        if form == "text":
            raise
        write_json_line("refused", text=str(error), exit_status=error.exit_status)
        context.exit(error.exit_status)
    if context.find_root().ensure_object(Session).debug:
        for outcome in result.outcomes:
            if outcome.error is not None:
                click.echo("".join(traceback.format_exception(outcome.error)), nl=False, err=True)
    failed = sum(bool(outcome.faults) for outcome in result.outcomes)
    if form == "json":
        total = len(result.outcomes)
        write_json_line("finished", total=total, failed=failed, exit_status=result.exit_status)
    elif failed:
        click.echo(f"{failed} of {len(result.outcomes)} scenarios failed", err=True)
    context.exit(result.exit_status)
