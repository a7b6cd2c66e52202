"""``quotarisk quotas``: which quota is hit with a given probability?"""

from __future__ import annotations

import click

from quotarisk.analysis.quota_verdicts import DEFAULT_BANDS
from quotarisk.analysis.quotas import DEFAULT_CONFIDENCE, solve_quotas
from quotarisk.batch.inputs import list_files
from quotarisk.cli.amounts import read_amount, read_share, read_shares
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
from quotarisk.reporting.solved_quotas import QUOTA_TABLES, USUAL_TEAM, quotas_reply
from quotarisk.scenario.loading import load_scenario


@click.command("quotas", epilog="Example: quotarisk quotas team.toml --plan 2.4M")
@click.argument("scenario", type=Place())
@simulation_options
@click.option(
    "--confidence",
    default=str(DEFAULT_CONFIDENCE),
    show_default=True,
    callback=read_share,
    metavar="SHARE",
    help="P(hit) that a quota is to have, such as 60%.",
)
@click.option(
    "--plan",
    callback=read_amount,
    metavar="AMOUNT",
    help="The team's plan that is split, such as 2.4M; the scenario's where left out.",
)
@click.option(
    "--period", metavar="NAME", help="What the plan is for; the first whole year where left out."
)
@click.option(
    "--team-confidence",
    default=str(USUAL_TEAM),
    show_default=True,
    callback=read_share,
    metavar="SHARE",
    help="P(team >= plan) that is told.",
)
@click.option(
    "--bands",
    callback=read_shares,
    default=",".join(map(str, DEFAULT_BANDS)),
    show_default=True,
    metavar="SHARES",
    help="Bounds of P(hit) between out of reach, stretch, realistic and soft.",
)
@reply_options
@debug_option
def quotas_command(
    scenario: str,
    paths: int,
    seed: int,
    workers: int | None,
    confidence: float,
    plan: float | None,
    period: str | None,
    team_confidence: float,
    bands: tuple[float, ...],
    delivery: ReplyDelivery,
) -> None:
    """Which quota is hit with 60 %, and which split is fair?

    SCENARIO is a TOML file. The answer goes to stdout, or whole into the file of --out.
    """
    check_delivery(delivery, sources=list_files(scenario), tables=QUOTA_TABLES)
    loaded = load_scenario(scenario)
    with show_progress(len(loaded.reps)) as progress:
        answer = solve_quotas(
            loaded,
            confidence=confidence,
            plan=plan,
            period=period,
            team_confidence=team_confidence,
            bands=bands,
            paths=paths,
            seed=seed,
            workers=workers,
            progress=progress,
        )
    reply = quotas_reply(
        answer,
        loaded,
        team=team_confidence,
        in_full=delivery.form not in FOR_PEOPLE,
        with_empty=delivery.form in FOR_PROGRAMS,
    )
    deliver_reply(reply, delivery)
