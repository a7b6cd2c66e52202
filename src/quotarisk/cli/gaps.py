"""``quotarisk gaps``: in which stage does a rep lose, and what does it cost?"""

from __future__ import annotations

import click

from quotarisk.analysis.gaps import GAP_PATHS, find_gaps
from quotarisk.analysis.reference import AGAINST, Against
from quotarisk.batch.inputs import list_files
from quotarisk.cli.failures import debug_option
from quotarisk.cli.place import Place
from quotarisk.cli.progress import show_progress
from quotarisk.cli.replying import (
    FOR_PEOPLE,
    FOR_PROGRAMS,
    ReplyDelivery,
    check_delivery,
    deliver_reply,
    reply_options,
)
from quotarisk.cli.simulation_options import seed_option, spread_options
from quotarisk.reporting.gaps import GAP_TABLES, gaps_reply
from quotarisk.scenario.loading import load_scenario


@click.command("gaps", epilog="Example: quotarisk gaps team.toml --against benchmark")
@click.argument("scenario", type=Place())
@click.option("--paths", default=GAP_PATHS, show_default=True, help="Simulated futures.")
@seed_option
@spread_options
@click.option(
    "--against",
    type=click.Choice(AGAINST),
    default="team",
    show_default=True,
    help="What each rep is held against: the other reps, or surveys.",
)
@click.option(
    "--period",
    metavar="NAME",
    help="The month, quarter or year; the first of the longest with quotas where left out.",
)
@reply_options
@debug_option
def gaps_command(
    scenario: str,
    paths: int,
    seed: int,
    workers: int | None,
    against: Against,
    period: str | None,
    delivery: ReplyDelivery,
) -> None:
    """In which stage does a rep lose, and what does it cost?

    SCENARIO is a TOML file. The answer goes to stdout, or whole into the file of --out.
    """
    check_delivery(delivery, sources=list_files(scenario), tables=GAP_TABLES)
    loaded = load_scenario(scenario)
    with show_progress(len(loaded.reps)) as progress:
        answer = find_gaps(
            loaded,
            against=against,
            period=period,
            paths=paths,
            seed=seed,
            workers=workers,
            progress=progress,
        )
    reply = gaps_reply(
        answer,
        loaded,
        against=against,
        in_full=delivery.form not in FOR_PEOPLE,
        with_empty=delivery.form in FOR_PROGRAMS,
        with_chart=delivery.form == "table",
    )
    deliver_reply(reply, delivery)
