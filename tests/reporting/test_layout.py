from __future__ import annotations

from itertools import pairwise

import polars as pl
import pytest

from quotarisk.reporting.layout import GAP, lay_out
from quotarisk.reporting.plans import plans_table
from quotarisk.reporting.results import Results
from quotarisk.reporting.tables import Table, reps_table


def keys(table: Table, width: int) -> list[str]:
    """Which columns are shown at a width?"""
    rows = list(table.frame.iter_rows(named=True))
    return [strip.column.key for strip in lay_out(table, rows, width=width)]


@pytest.mark.parametrize("width", range(60, 170, 5))
def test_fits(results: Results, width: int) -> None:
    """Columns and the gaps between them are never wider than the terminal."""
    for table in (reps_table(results), plans_table(results)):
        strips = lay_out(table, list(table.frame.iter_rows(named=True)), width=width)

        assert sum(strip.width for strip in strips) + GAP * (len(strips) - 1) <= width


def test_more_room_more_columns(results: Results) -> None:
    """A wider terminal shows what a narrower one shows, and more."""
    shown = [set(keys(reps_table(results), width)) for width in range(30, 200, 10)]

    assert all(narrow <= wide for narrow, wide in pairwise(shown))
    assert {"name", "p_hit_month", "p_hit_quarter"} == shown[0]
    assert {column.key for column in reps_table(results).columns} == shown[-1]


def test_equals_go_together(results: Results) -> None:
    """The four quarters are all shown, or none of them is."""
    for width in range(40, 120):
        assert len([key for key in keys(plans_table(results), width) if "_q" in key]) in (0, 4)


def test_no_column_without_figures(without_quotas: Results) -> None:
    """A column in which every figure is missing takes no room."""
    expected = ["name", "n_eff_month", "n_eff_quarter", "mean_month"]

    assert expected == keys(reps_table(without_quotas), 200)


def test_what_cannot_be_dropped_stays(results: Results) -> None:
    """However narrow it is, who and the two chances are shown."""
    assert ["name", "p_hit_month", "p_hit_quarter"] == keys(reps_table(results), 10)


def test_no_rows(results: Results) -> None:
    """A table without rows has its first column."""
    table = reps_table(results)
    empty = Table("reps", "", table.columns, pl.DataFrame(), "USD")

    assert ["name"] == keys(empty, 80)
