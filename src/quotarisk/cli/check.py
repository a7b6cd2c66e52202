"""``quotarisk check``: what is wrong with a scenario, and what was understood?"""

from __future__ import annotations

import json

import click

from quotarisk.cli.failures import debug_option
from quotarisk.cli.place import Place
from quotarisk.reporting.understanding import describe
from quotarisk.scenario.loading import load_scenario
from quotarisk.scenario.schema import scenario_schema


@click.command("check", epilog="Example: quotarisk check team.toml")
@click.argument("scenario", required=False, type=Place())
@click.option(
    "--schema", is_flag=True, help="Print the JSON Schema of scenario files, for editors."
)
@debug_option
def check_command(scenario: str | None, schema: bool) -> None:
    """Look for faults in a scenario, and say what was understood.

    SCENARIO is a TOML file. All faults of it and of its tables are told at once, on stderr.
    """
    if schema and scenario is None:
        click.echo(json.dumps(scenario_schema(), indent=2, ensure_ascii=False))
    elif schema:
        raise click.UsageError("--schema takes no SCENARIO: it is the same for all.")
    elif scenario is None:
        raise click.UsageError("Missing argument 'SCENARIO'.")
    else:
        click.echo(f"{describe(load_scenario(scenario))}ok")
