"""``quotarisk init``: a scenario file to start from."""

from __future__ import annotations

import shlex
import tomllib
from datetime import date, datetime, timedelta
from pathlib import Path

import click

from quotarisk.calibration.generating import generate_history, write_history
from quotarisk.cli.failures import debug_option
from quotarisk.cli.place import Place
from quotarisk.errors import ArgumentError
from quotarisk.files import write_whole
from quotarisk.periods import add_months
from quotarisk.scenario.scenario import Scenario
from quotarisk.scenario.starter import starter_text

MONTHS_OF_HISTORY = 24
SELLERS = {  # who made up deals belong to: the group, and small deals found a week
    "Ana": ("East", 1.8),
    "Ben": ("East", 1.5),
    "Cleo": ("East", 1.2),
    "Dan": ("East", 1.5),
    "Eva": ("West", 2.1),
    "Finn": ("West", 1.5),
    "Gita": ("West", 1.0),
    "Hugo": ("West", 1.6),
}


def _next_month() -> date:
    return add_months(date.today().replace(day=1), 1)


def _name_of(file: Path) -> str:
    """Make a name of a file's: ``emea_team.toml`` is Emea team."""
    words = file.stem.replace("_", " ").replace("-", " ").split()
    return " ".join(words).capitalize() or file.name


def _write_made_up(history: Path, text: str, *, until: date) -> None:
    """Write what eight reps would have sold in two years at the starting scenario's rates."""
    told = tomllib.loads(text)
    told["reps"] = [
        {"name": name, "group": group, "segments": {"small": {"opps_per_week": rate}, "large": {}}}
        for name, (group, rate) in SELLERS.items()
    ]
    scenario = Scenario.model_validate(told)
    since = add_months(until + timedelta(days=1), -MONTHS_OF_HISTORY)
    write_history(history, generate_history(scenario, since=since, until=until, seed=0))
    click.echo(f"wrote {history}, made-up deals from {since} to {until}; next:")
    click.echo(f"  quotarisk fit {shlex.quote(str(history))} --as-of {until} -o fitted")


@click.command("init", epilog="Example: quotarisk init team.toml --start 2027-01-01")
@click.argument("file", default="scenario.toml", type=Place(path_type=Path))
@click.option("--name", help="What the scenario is called; after the file where left out.")
@click.option(
    "--start",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="DATE",
    help="First day, as 2027-01-01; the first of next month where left out.",
)
@click.option("--force", is_flag=True, help="Replace the file if it is there.")
@click.option(
    "--history",
    type=Place(path_type=Path),
    metavar="FILE",
    help="Write two years of made-up deals of eight reps instead, for `quotarisk fit`.",
)
@debug_option
def init_command(
    file: Path, name: str | None, start: datetime | None, force: bool, history: Path | None
) -> None:
    """Write a scenario file to start from.

    FILE is scenario.toml where left out. Every key in it has a comment.
    """
    target = file if history is None else history
    first = _next_month() if start is None else start.date()
    text = starter_text(_name_of(file) if name is None else name, first)
    if target.exists() and not force:
        raise ArgumentError(f"{target} is there already; --force replaces it")
    if history is not None:
        _write_made_up(history, text, until=first - timedelta(days=1))
        return
    write_whole(file, text.encode())
    shown = shlex.quote(str(file))
    click.echo(f"wrote {file}")
    click.echo("Put in your own numbers, then:")
    click.echo(f"  quotarisk check {shown}")
    click.echo(f"  quotarisk run {shown}")
