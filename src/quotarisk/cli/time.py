"""``quotarisk time``: how much time for prospecting, how much for open deals?"""

from __future__ import annotations

import click

from quotarisk.analysis.time import trace_time
from quotarisk.batch.inputs import list_files
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
from quotarisk.cli.sweep_options import sweep_options
from quotarisk.reporting.time import TIME_TABLES, time_reply
from quotarisk.scenario.loading import load_scenario


@click.command("time", epilog="Example: quotarisk time team.toml --rep Ana --step 5%")
@click.argument("scenario", type=Place())
@sweep_options
@reply_options
@debug_option
def time_command(
    scenario: str,
    paths: int,
    seed: int,
    workers: int | None,
    step: float,
    reps: tuple[str, ...],
    delivery: ReplyDelivery,
) -> None:
    """How much time for prospecting, how much for open deals?

    SCENARIO is a TOML file with reps who have hours_per_week. The answer goes to stdout, or whole
    into the file of --out.
    """
    check_delivery(delivery, sources=list_files(scenario), tables=TIME_TABLES)
    loaded = load_scenario(scenario)
    with show_progress(len(loaded.reps), "keeping time") as progress:
        answer = trace_time(
            loaded,
            step=step,
            reps=reps or None,
            paths=paths,
            seed=seed,
            workers=workers,
            progress=progress,
        )
    reply = time_reply(
        answer,
        loaded,
        in_full=delivery.form not in FOR_PEOPLE,
        with_chart=delivery.form == "table",
    )
    deliver_reply(reply, delivery)
