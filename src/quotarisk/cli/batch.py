"""``quotarisk batch``: reports of many scenarios, every night."""

from __future__ import annotations

import traceback
from pathlib import Path
from typing import get_args

import click

from quotarisk.batch.nightly import run_batch
from quotarisk.batch.storing import store_runs
from quotarisk.cli.batch_log import LogFormat, say, show_batch, write_json_line
from quotarisk.cli.failures import Session, debug_option, explain
from quotarisk.cli.place import Place
from quotarisk.cli.risk_options import check_risk_options, risk_options
from quotarisk.cli.simulation_options import simulation_options
from quotarisk.cli.target import Database, take_database
from quotarisk.periods import Cadence
from quotarisk.reporting.database import check_database
from quotarisk.simulation.simulation import Level


def _tell_end(error: BaseException, *, debug: bool) -> int:
    """Tell collectors why there is no more to tell, and with which exit status."""
    event = "interrupted" if isinstance(error, KeyboardInterrupt) else "refused"
    if debug:
        _tell_traceback("", error, "json")
    words, status = explain(error, debug=debug)
    write_json_line(event, text="\n".join(words), exit_status=status)
    return status


def _tell_traceback(file: str, error: BaseException, form: LogFormat) -> None:
    told = "".join(traceback.format_exception(error))
    if form == "json":
        write_json_line("traceback", file=file, text=told)
    else:
        say(told.rstrip("\n"))


@click.command("batch", epilog="Example: quotarisk batch scenarios --out reports --keep 30")
@click.argument("scenarios", type=Place(), nargs=-1, required=True)
@click.option(
    "--out",
    type=Place(path_type=Path),
    required=True,
    metavar="DIR",
    help="The folder of the reports; it is made where it is not there.",
)
@click.option(
    "--database",
    callback=take_database,
    metavar="URI",
    help="Where the answers go too, such as postgresql://host/results.",
)
@simulation_options
@risk_options
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
    database: Database | None,
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

    SCENARIOS are TOML files, and folders of them; folders in these are left out, also one that
    is called x.toml. Each report goes to DIR/<name>/<start>/, and DIR/index.html shows all.
    What has not changed since its last run is left as it is; what is broken does not stop the
    others, and ends with status 4. With --database the answers are written there as well.
    """
    check_risk_options(fail_under, level, cadence)
    context = click.get_current_context()
    debug = context.find_root().ensure_object(Session).debug
    stored = 0
    try:
        if database is not None:
            check_database(database.uri)
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
        if database is not None:
            stored = store_runs(result, database.uri)
    except BaseException as error:
        if form == "text" or isinstance(error, SystemExit):
            raise
        context.exit(_tell_end(error, debug=debug))
    if debug:
        for outcome in result.outcomes:
            if outcome.error is not None:
                _tell_traceback(outcome.file, outcome.error, form)
    failed = sum(bool(outcome.faults) for outcome in result.outcomes)
    if form == "json":
        total = len(result.outcomes)
        where = {} if database is None else {"database": str(database), "stored": stored}
        status = result.exit_status
        write_json_line("finished", total=total, failed=failed, **where, exit_status=status)
    elif failed:
        of = len(result.outcomes)
        say(f"{failed:,} of {of:,} scenario{'' if of == 1 else 's'} failed")
    context.exit(result.exit_status)
