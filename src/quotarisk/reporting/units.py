"""Reps, groups and the team side by side: a column that says who is meant."""

from __future__ import annotations

import polars as pl

from quotarisk.reporting.namesakes import name_unit
from quotarisk.scenario.scenario import Scenario


def with_units(frame: pl.DataFrame, scenario: Scenario, *, key: str = "unit") -> pl.DataFrame:
    """Who is each row about, in a column of names that nobody shares?

    Parameters
    ----------
    frame
        With columns ``level`` and ``name``.
    scenario
        Where others of the same name are found.
    key
        What the column is called; the team is ``Team`` in it, whatever its scenario is called.
    """
    names = [
        name_unit(level, name, scenario)
        for level, name in frame.select("level", "name").iter_rows()
    ]
    return frame.with_columns(pl.Series(key, names, pl.String))
