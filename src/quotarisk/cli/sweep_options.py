"""What the commands are told that look at many variants of the same reps."""

from __future__ import annotations

import click

from quotarisk.analysis.simplex import DEFAULT_STEP
from quotarisk.analysis.sweep import SWEEP_PATHS
from quotarisk.cli.amounts import parse_share
from quotarisk.cli.simulation_options import Command, seed_option, spread_options

_WHOLE = ("1", "100%", "100 %")


def _read_step(_: click.Context, option: click.Parameter, told: str) -> float:
    """Take a step, or refuse it; whether it divides the whole is said by who takes the steps."""
    step = 1.0 if told.strip() in _WHOLE else parse_share(told)
    if step is None:
        raise click.BadParameter(
            f"must be a share from 0.01 to 1, such as 0.1 or 10%, got {told!r}", param=option
        )
    return step


def sweep_options(command: Command) -> Command:
    """Add ``--paths``, ``--seed``, ``--workers``, ``--scheduler``, ``--step`` and ``--rep``."""
    for add in (
        click.option(
            "--rep",
            "reps",
            multiple=True,
            metavar="NAME",
            help="Whom to look at; may be given again. All where left out.",
        ),
        click.option(
            "--step",
            default=str(DEFAULT_STEP),
            show_default=True,
            callback=_read_step,
            metavar="SHARE",
            help="By how much shares differ, such as 5%.",
        ),
        spread_options,
        seed_option,
        click.option("--paths", default=SWEEP_PATHS, show_default=True, help="Simulated futures."),
    ):
        command = add(command)
    return command
