"""``--precision``: as many paths as an error asks for, in place of ``--paths``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click
from click.core import ParameterSource

from quotarisk.analysis.precision import Plan, check_precision, simulate_to
from quotarisk.cli.progress import show_progress
from quotarisk.errors import ArgumentError
from quotarisk.scenario.scenario import Scenario
from quotarisk.simulation.simulation import Simulation, simulate


def _check(_: click.Context, option: click.Parameter, told: float | None) -> float | None:
    try:
        return None if told is None else check_precision(told)
    except ArgumentError as error:
        raise click.BadParameter(str(error), param=option) from None


def precision_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the option."""
    return click.option(
        "--precision",
        type=float,
        callback=_check,
        metavar="ERROR",
        help="In place of --paths: as many as bring each standard error of P(hit) down to this, "
        "such as 0.002.",
    )(command)


def _tell(plan: Plan) -> None:
    click.echo(
        f"standard errors of P(hit) are {plan.error:.2g} at most: {plan.paths:,} paths, "
        f"about {plan.seconds:.0f} s",
        err=True,
    )


def simulate_as_asked(
    scenario: Scenario, *, paths: int, precision: float | None, seed: int, workers: int | None
) -> Simulation:
    """Simulate a number of paths, or as many as an error asks for; shows how far it is."""
    told = click.get_current_context().get_parameter_source("paths")
    if precision is not None and told is ParameterSource.COMMANDLINE:
        raise click.UsageError("--precision takes as many paths as it needs: leave out --paths.")
    with show_progress(len(scenario.reps)) as progress:
        if precision is None:
            return simulate(scenario, paths=paths, seed=seed, workers=workers, progress=progress)
        return simulate_to(
            scenario, precision, seed=seed, workers=workers, progress=progress, tell=_tell
        )
