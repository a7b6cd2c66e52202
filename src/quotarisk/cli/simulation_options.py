"""What every command that simulates is told about it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import click

from quotarisk.simulation.simulation import DEFAULT_PATHS

Command = TypeVar("Command", bound=Callable[..., object])

seed_option = click.option(
    "--seed", default=0, show_default=True, help="Any whole number; it fixes all luck."
)


def simulation_options(command: Command) -> Command:
    """Add the number of paths, the seed and the number of threads."""
    for add in (
        click.option("--workers", type=int, help="Threads; as many as processors where left out."),
        seed_option,
        click.option(
            "--paths", default=DEFAULT_PATHS, show_default=True, help="Simulated futures."
        ),
    ):
        command = add(command)
    return command
