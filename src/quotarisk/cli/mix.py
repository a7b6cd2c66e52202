"""``quotarisk mix``: which blend of small fast and big slow deals?"""

from __future__ import annotations

import click

from quotarisk.analysis.blend import MOVED, Moved
from quotarisk.analysis.mix import trace_mix
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
from quotarisk.reporting.mix import MIX_TABLES, mix_reply
from quotarisk.scenario.loading import load_scenario


@click.command("mix", epilog="Example: quotarisk mix team.toml --rep Ana --by worth")
@click.argument("scenario", type=Place())
@sweep_options
@click.option(
    "--by",
    type=click.Choice(MOVED),
    help="What is moved between segments; hours where every segment has a funnel, and worth "
    "(expected bookings) where one has none, where left out.",
)
@reply_options
@debug_option
def mix_command(
    scenario: str,
    paths: int,
    seed: int,
    workers: int | None,
    step: float,
    reps: tuple[str, ...],
    by: Moved | None,
    delivery: ReplyDelivery,
) -> None:
    """Which blend of small fast and big slow deals?

    SCENARIO is a TOML file. Each rep's work is moved between segments in steps, the total kept.
    The answer goes to stdout, or whole into the file of --out.
    """
    check_delivery(delivery, sources=list_files(scenario), tables=MIX_TABLES)
    loaded = load_scenario(scenario)
    with show_progress(len(reps or loaded.reps), "mixing") as progress:
        answer = trace_mix(
            loaded,
            step=step,
            by=by,
            reps=reps or None,
            paths=paths,
            seed=seed,
            workers=workers,
            progress=progress,
        )
    reply = mix_reply(
        answer,
        loaded,
        in_full=delivery.form not in FOR_PEOPLE,
        with_chart=delivery.form == "table",
    )
    deliver_reply(reply, delivery)
