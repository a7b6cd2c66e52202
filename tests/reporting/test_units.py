"""Who rows are about."""

from __future__ import annotations

import polars as pl

from quotarisk.reporting.units import with_units
from tests.reporting.teams import team


def test_names() -> None:
    """The team is called so, whatever its scenario is called; others by their names."""
    asked = team()
    rows = {"level": ["team", "group", "rep"], "name": [asked.name, "East", "Ana"]}
    assert ["Team", "East", "Ana"] == with_units(pl.DataFrame(rows), asked)["unit"].to_list()
    assert ["level", "name", "who"] == with_units(pl.DataFrame(rows), asked, key="who").columns
