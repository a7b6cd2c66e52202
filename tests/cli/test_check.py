from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from quotarisk.scenario.schema import scenario_schema

Run = Callable[..., Result]


def test_ok(call: Run) -> None:
    """A scenario without faults is told as it was understood, and is ok."""
    told = call("check", "team.toml")

    assert (0, "") == (told.exit_code, told.stderr)
    assert told.stdout.startswith("Starter\n  horizon   2027-01-01 to 2027-12-31: 1 year (2027)")
    assert told.stdout.endswith("\nok\n")


def test_faults(folder: Path, call: Run) -> None:
    """All faults of a scenario are told, a line each, and nothing is ok."""
    (folder / "bad.toml").write_text("name = 3\nmonths = 99\n")
    told = call("check", "bad.toml")

    assert (2, "") == (told.exit_code, told.stdout)
    assert told.stderr.count("error: ") == len(told.stderr.splitlines()) - 1 > 2


def test_schema(call: Run) -> None:
    """The JSON Schema needs no scenario."""
    told = call("check", "--schema")

    assert 0 == told.exit_code
    assert scenario_schema() == json.loads(told.stdout)


@pytest.mark.parametrize(
    ("words", "expected"),
    [((), "Missing argument 'SCENARIO'"), (("team.toml", "--schema"), "takes no SCENARIO")],
)
def test_usage(call: Run, words: tuple[str, ...], expected: str) -> None:
    """Either a scenario or the schema is asked for."""
    told = call("check", *words)

    assert 2 == told.exit_code
    assert expected in told.stderr
