"""The risk line: what P(hit) must not be below, and what is said of who is."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

import click

from quotarisk.periods import CADENCES, Cadence
from quotarisk.simulation.simulation import LEVELS, Level

CROSSED = 3
MOST_CROSSINGS = 20  # named on stderr; the answer has all

Command = TypeVar("Command", bound=Callable[..., object])


def risk_options(command: Command) -> Command:
    """Add the share that no P(hit) may be below, whose, and of which periods."""
    for add in (
        click.option(
            "--cadence",
            type=click.Choice(CADENCES),
            help="Of which periods; the longest that have a quota where left out.",
        ),
        click.option(
            "--level",
            type=click.Choice(LEVELS),
            help="Whose P(hit) --fail-under looks at; the team's where left out.",
        ),
        click.option(
            "--fail-under",
            type=click.FloatRange(0, 1),
            metavar="SHARE",
            help="End with status 3 if a P(hit) is below this share.",
        ),
    ):
        command = add(command)
    return command


def check_risk_options(
    fail_under: float | None, level: Level | None, cadence: Cadence | None
) -> None:
    """Options that mean nothing together are errors: a script would rely on what is not done.

    Raises
    ------
    UsageError
        If the share is none, or is missing where others speak of it.
    """
    if fail_under is not None and math.isnan(fail_under):
        raise click.BadParameter("nan is no share from 0 to 1.", param_hint="--fail-under")
    for option, value in (("--level", level), ("--cadence", cadence)):
        if value is not None and fail_under is None:
            raise click.UsageError(f"{option} says what --fail-under looks at, which is missing.")


def tell_crossings(crossed: Sequence[str], below: float | None, *, of: str = "") -> Iterator[str]:
    """Who is below the line, a line each? The first twenty, and how many more.

    Examples
    --------
    >>> list(tell_crossings(["rep Ana: P(hit) 12 %"], 0.5, of="team.toml: "))
    ['below 0.5: team.toml: rep Ana: P(hit) 12 %']
    """
    for line in crossed[:MOST_CROSSINGS]:
        yield f"below {below:g}: {of}{line}"
    if len(crossed) > MOST_CROSSINGS:
        yield f"below {below:g}: {of}{len(crossed) - MOST_CROSSINGS:,} more"
