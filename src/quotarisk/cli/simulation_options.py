"""What every command that simulates is told about it."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import click

from quotarisk.errors import ArgumentError
from quotarisk.simulation.cluster import Cluster, check_address
from quotarisk.simulation.simulation import DEFAULT_PATHS

Command = Callable[..., object]

seed_option = click.option(
    "--seed", default=0, show_default=True, help="Any whole number; it fixes all luck."
)
workers_option = click.option(
    "--workers", type=int, help="Threads; as many as processors where left out."
)


def _check_scheduler(_: click.Context, option: click.Parameter, told: str | None) -> str | None:
    try:
        return None if told is None else check_address(told)
    except ArgumentError as error:
        raise click.BadParameter(str(error), param=option) from None


def scheduler_option(command: Command) -> Command:
    """Add ``--scheduler``: within the command, what simulates is spread over a cluster."""

    @wraps(command)
    def spread(*values: Any, scheduler: str | None, **told: Any) -> object:
        if scheduler is None:
            return command(*values, **told)
        if told.get("workers") is not None:
            raise click.UsageError("--workers are threads of this machine, not of --scheduler.")
        with Cluster(scheduler):
            return command(*values, **told)

    return click.option(
        "--scheduler",
        metavar="ADDRESS",
        callback=_check_scheduler,
        help="A Dask scheduler, such as tcp://10.0.0.5:8786, whose workers do the work.",
    )(spread)


def spread_options(command: Command) -> Command:
    """Add where the work is done: ``--workers`` and ``--scheduler``."""
    return scheduler_option(workers_option(command))


def simulation_options(command: Command) -> Command:
    """Add the number of paths, the seed, and where the work is done."""
    for add in (
        spread_options,
        seed_option,
        click.option(
            "--paths", default=DEFAULT_PATHS, show_default=True, help="Simulated futures."
        ),
    ):
        command = add(command)
    return command
