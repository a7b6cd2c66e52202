from __future__ import annotations

from itertools import pairwise

import polars as pl
import pytest

from quotarisk.reporting.layout import GAP, lay_out
from quotarisk.reporting.plans import plans_table
from quotarisk.reporting.results import Results
from quotarisk.reporting.tables import Column, Table, reps_table


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


def texts(width: int) -> list[int]:
    """How wide are a name of 30 characters, a figure of 5 and a reason of 60?"""
    columns = (
        Column("name", "name", "text", ""),
        Column("mean", "mean", "money", ""),
        Column("why", "why", "text", ""),
    )
    frame = pl.DataFrame({"name": ["n" * 30], "mean": [1.25e6], "why": ["w" * 60]})
    table = Table("t", "T", columns, frame, "USD")
    return [strip.width for strip in lay_out(table, frame.rows(named=True), width=width)]


@pytest.mark.parametrize(
    ("width", "expected"),
    [
        (200, [30, 5, 60]),  # all of it has room
        (80, [20, 5, 51]),  # what is left goes to the last text
        (32, [11, 5, 12]),  # both give way alike
        (10, [8, 5, 8]),  # but never the figure
    ],
)
def test_texts_take_the_room_that_figures_leave(width: int, expected: list[int]) -> None:
    """A reason is as long as there is room for it; a figure is never cut."""
    assert expected == texts(width)
