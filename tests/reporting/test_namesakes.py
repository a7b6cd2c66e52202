from __future__ import annotations

import pytest

from quotarisk.reporting.namesakes import name_unit
from quotarisk.simulation.simulation import Level
from tests.reporting.teams import scenario


@pytest.mark.parametrize(
    ("level", "name", "expected"),
    [
        ("team", "Starter", "Team"),
        ("group", "East", "East"),
        ("group", "TEAM", "TEAM (group)"),
        ("group", "ana", "ana (group)"),
        ("rep", "Ana", "Ana"),
        ("rep", "team", "team (rep)"),
    ],
)
def test_names(level: Level, name: str, expected: str) -> None:
    """Who bears another's name, be it in other letters, is told apart by what they are."""
    assert expected == name_unit(level, name, scenario(reps=[{"name": "Ana"}]))
