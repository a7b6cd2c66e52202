"""Where quotas come from that a history does not know: a table, or a rule."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

import click

from quotarisk.calibration.quota_rule import QuotaRule, parse_quota_rule
from quotarisk.cli.place import Place
from quotarisk.errors import ArgumentError
from quotarisk.files import write_whole
from quotarisk.scenario.figures import LawSpec, OppRate, WinRate
from quotarisk.scenario.loading import load_scenario
from quotarisk.scenario.scenario import Scenario
from quotarisk.scenario.segment import Segment
from quotarisk.scenario.team import Quota, Rep
from quotarisk.scenario.writing import write_scenario

Command = TypeVar("Command", bound=Callable[..., object])

_ANY = Segment(  # what a table of quotas does not speak of
    opps_per_week=OppRate(known=1.0),
    win_rate=WinRate(known=0.5),
    deal_size=LawSpec(known=1.0),
    won_cycle_days=LawSpec(known=1.0),
)


def quota_options(command: Command) -> Command:
    """Add a table of quotas, and a rule that makes them."""
    for add in (
        click.option(
            "--quota-from",
            metavar="RULE",
            help="Quotas for a first look, such as last-quarter*1.1.",
        ),
        click.option(
            "--quotas", type=Place(path_type=Path), metavar="FILE", help="A table of quotas."
        ),
    ):
        command = add(command)
    return command


def check_quota_options(quotas: Path | None, quota_from: str | None) -> QuotaRule | None:
    """Read the rule; a table and a rule exclude each other."""
    if quotas is not None and quota_from is not None:
        raise click.UsageError("--quotas and --quota-from exclude each other.")
    return None if quota_from is None else parse_quota_rule(quota_from)


def read_bytes_of(quotas: Path) -> bytes:
    """Read a table as it is."""
    try:
        return quotas.read_bytes()
    except OSError as error:
        raise ArgumentError(f"{quotas} cannot be read: {error.strerror}") from error


def read_quotas(quotas: Path, reps: Iterable[str]) -> dict[str, Quota]:
    """What does a table say of each rep's quotas? Read as a scenario reads it.

    Raises
    ------
    InputError
        If something is wrong in it, with every fault.
    """
    known = tuple(Rep(name=rep) for rep in reps)
    told = Scenario(name="quotas", start=date(2000, 1, 1), segments={"any": _ANY}, reps=known)
    with TemporaryDirectory() as folder:
        scenario = Path(folder) / "scenario.toml"
        write_scenario(told, scenario)
        name = quotas.name
        write_whole(scenario.with_name(name), read_bytes_of(quotas))
        write_whole(scenario, f"quota_table = {_text(name)}\n".encode() + scenario.read_bytes())
        return {rep.name: rep.quota for rep in load_scenario(scenario).reps}


def _text(name: str) -> str:
    """Write a name as TOML does."""
    return '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'
