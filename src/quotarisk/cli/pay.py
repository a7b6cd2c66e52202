"""``quotarisk pay``: what does the plan pay, cost and make people sell?"""

from __future__ import annotations

import click

from quotarisk.analysis.behaviour import BEHAVIOURS
from quotarisk.analysis.pay import ALSO, price_plans
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
from quotarisk.reporting.pay import pay_reply, pay_tables
from quotarisk.scenario.loading import load_scenario


@click.command("pay", epilog="Example: quotarisk pay team.toml --plan ae --plan flat")
@click.argument("scenario", type=Place())
@sweep_options
@click.option(
    "--plan",
    "plans",
    multiple=True,
    metavar="NAME",
    help="Puts everybody on this plan; two or more are compared. Each on the own where left out.",
)
@click.option(
    "--behaviour",
    multiple=True,
    metavar="NAME",
    help=f"What people may do because of pay: {', '.join(BEHAVIOURS)}; may be given again.",
)
@click.option(
    "--risk-aversion",
    default=0.0,
    show_default=True,
    metavar="NUMBER",
    help="Of reps, relative, at their OTE; above 0 the mix of the surest pay is told too.",
)
@reply_options
@debug_option
def pay_command(
    scenario: str,
    paths: int,
    seed: int,
    workers: int | None,
    step: float,
    reps: tuple[str, ...],
    plans: tuple[str, ...],
    behaviour: tuple[str, ...],
    risk_aversion: float,
    delivery: ReplyDelivery,
) -> None:
    """What does the plan pay, cost and make people sell?

    SCENARIO is a TOML file with [pay.NAME]. Nobody changes behaviour because of a plan, unless
    --behaviour says so. The answer goes to stdout, or whole into the file of --out.
    """
    tables = pay_tables(plans, behaviour)
    check_delivery(delivery, sources=list_files(scenario), tables=tables)
    loaded = load_scenario(scenario)
    with show_progress(len(reps or loaded.reps)) as progress:
        answer = price_plans(
            loaded,
            plans=plans or None,
            also=ALSO,
            risk_aversion=risk_aversion,
            behaviour=behaviour,
            step=step,
            reps=reps or None,
            paths=paths,
            seed=seed,
            workers=workers,
            progress=progress,
        )
    reply = pay_reply(
        answer,
        loaded,
        in_full=delivery.form not in FOR_PEOPLE,
        with_chart=delivery.form == "table",
    )
    deliver_reply(reply, delivery)
