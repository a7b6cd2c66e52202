"""``quotarisk goals``: what must each rep do a week, and is there time for it?"""

from __future__ import annotations

import click

from quotarisk.analysis.goals import DEFAULT_CONFIDENCE, plan_goals
from quotarisk.batch.inputs import list_files
from quotarisk.cli.amounts import read_amount, read_share
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
from quotarisk.cli.simulation_options import simulation_options
from quotarisk.reporting.goals import GOAL_TABLES, goals_reply
from quotarisk.scenario.loading import load_scenario


@click.command("goals", epilog="Example: quotarisk goals team.toml --plan 2.4M --confidence 80%")
@click.argument("scenario", type=Place())
@simulation_options
@click.option(
    "--confidence",
    default=str(DEFAULT_CONFIDENCE),
    show_default=True,
    callback=read_share,
    metavar="SHARE",
    help="P(hit) that is to be reached, such as 80%.",
)
@click.option(
    "--plan",
    callback=read_amount,
    metavar="AMOUNT",
    help="The team's plan, split as the reps' quotas are, such as 2.4M; their quotas if left out.",
)
@click.option(
    "--period",
    metavar="NAME",
    help="The month, quarter or year; the first of the longest with quotas where left out.",
)
@reply_options
@debug_option
def goals_command(
    scenario: str,
    paths: int,
    seed: int,
    workers: int | None,
    confidence: float,
    plan: float | None,
    period: str | None,
    delivery: ReplyDelivery,
) -> None:
    """What must each rep do each week, and is there time for it?

    SCENARIO is a TOML file. The answer goes to stdout, or whole into the file of --out.
    """
    check_delivery(delivery, sources=list_files(scenario), tables=GOAL_TABLES)
    loaded = load_scenario(scenario)
    with show_progress(len(loaded.reps)) as progress:
        answer = plan_goals(
            loaded,
            confidence=confidence,
            plan=plan,
            period=period,
            paths=paths,
            seed=seed,
            workers=workers,
            progress=progress,
        )
    reply = goals_reply(
        answer,
        loaded,
        in_full=delivery.form not in FOR_PEOPLE,
        with_empty=delivery.form in FOR_PROGRAMS,
        with_chart=delivery.form == "table",
    )
    deliver_reply(reply, delivery)
