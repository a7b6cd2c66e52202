"""``quotarisk init``: a scenario file to start from."""

from __future__ import annotations

import shlex
from datetime import date, datetime
from pathlib import Path

import click

from quotarisk.cli.failures import debug_option
from quotarisk.errors import ArgumentError
from quotarisk.files import write_whole
from quotarisk.periods import add_months
from quotarisk.scenario.starter import starter_text


def _next_month() -> date:
    return add_months(date.today().replace(day=1), 1)


def _name_of(file: Path) -> str:
    """Make a name of a file's: ``emea_team.toml`` is Emea team."""
    words = file.stem.replace("_", " ").replace("-", " ").split()
    return " ".join(words).capitalize() or file.name


@click.command("init", epilog="Example: quotarisk init team.toml --start 2027-01-01")
@click.argument("file", default="scenario.toml", type=click.Path(path_type=Path))
@click.option("--name", help="What the scenario is called; after the file where left out.")
@click.option(
    "--start",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="DATE",
    help="First day, as 2027-01-01; the first of next month where left out.",
)
@click.option("--force", is_flag=True, help="Replace the file if it is there.")
@debug_option
def init_command(file: Path, name: str | None, start: datetime | None, force: bool) -> None:
    """Write a scenario file to start from.

    FILE is scenario.toml where left out. Every key in it has a comment.
    """
    text = starter_text(
        _name_of(file) if name is None else name,
        _next_month() if start is None else start.date(),
    )
    if file.exists() and not force:
        raise ArgumentError(f"{file} is there already; --force replaces it")
    write_whole(file, text.encode())
    shown = shlex.quote(str(file))
    click.echo(f"wrote {file}")
    click.echo("Put in your own numbers, then:")
    click.echo(f"  quotarisk check {shown}")
    click.echo(f"  quotarisk run {shown}")
