"""What every command that reads a CRM's history is told about it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import click

Command = TypeVar("Command", bound=Callable[..., object])


def history_options(command: Command) -> Command:
    """Add the history itself, what its columns mean, and the fiscal year."""
    for add in (
        click.option(
            "--fiscal-year-start",
            default=1,
            show_default=True,
            type=click.IntRange(1, 12),
            help="Number of the month in which fiscal years begin.",
        ),
        click.option(
            "--segment", metavar="COLUMN", help="The column that says what kind of deal it is."
        ),
        click.option(
            "--columns",
            type=click.Path(),
            metavar="FILE",
            help="A TOML file that says what columns and words of the CRM mean.",
        ),
        click.argument("history", type=click.Path()),
    ):
        command = add(command)
    return command
