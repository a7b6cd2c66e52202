from __future__ import annotations

import click
import pytest

from quotarisk.cli import backtest, batch, report, run
from quotarisk.cli.risk_options import tell_crossings


def options(command: click.Command) -> dict[str, object]:
    """What the options of a command are, by name."""
    return {p.name or "": p.to_info_dict() for p in command.params if isinstance(p, click.Option)}


def test_the_same_options() -> None:
    """Commands that simulate, and those with a risk line, take the same options for it."""
    first, second, third = (
        options(command)
        for command in (run.run_command, batch.batch_command, report.report_command)
    )

    for name in ("paths", "seed", "workers"):
        assert first[name] == second[name] == third[name]
    for name in ("fail_under", "level", "cadence"):
        assert first[name] == second[name]
    assert first["seed"] == options(backtest.backtest_command)["seed"]


@pytest.mark.parametrize(("crossed", "lines"), [(0, 0), (20, 20), (1021, 21)])
def test_crossings(crossed: int, lines: int) -> None:
    """The first twenty are named, and the others counted."""
    told = list(tell_crossings(["rep Ana"] * crossed, 0.5, of="a.toml: "))

    assert lines == len(told)
    assert crossed <= 20 or told[-1] == "below 0.5: a.toml: 1,001 more"
