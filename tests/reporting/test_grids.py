from __future__ import annotations

from dataclasses import replace

from quotarisk.reporting.grids import grid_of
from quotarisk.reporting.results import Results
from quotarisk.reporting.tables import Column, reps_table, write_cell


def test_cells_are_the_tables(results: Results) -> None:
    """A grid says what the labelled table says, cell by cell, with the value to sort by."""
    table = reps_table(results)
    grid = grid_of(table)

    for row, cells in zip(table.frame.iter_rows(named=True), grid.rows, strict=True):
        for column, cell in zip(grid.columns, cells, strict=True):
            assert (*write_cell(column, row), row[column.key]) == (
                cell.text,
                cell.error,
                cell.value,
            )


def test_empty_columns_are_left_out(without_quotas: Results) -> None:
    """Without quotas there are neither chances nor captions about them."""
    grid = grid_of(reps_table(without_quotas))

    assert ["name", "n_eff_month", "n_eff_quarter", "mean_month"] == [c.key for c in grid.columns]
    assert ("Deals: effective ones, mean²/variance.",) == grid.captions


def test_units(results: Results) -> None:
    """Amounts are in the scenario's currency, chances in per cent, names in nothing."""
    grid = grid_of(reps_table(results))
    units = {column.key: grid.unit(column) for column in grid.columns}

    assert ("", "%", "USD") == (units["name"], units["p_hit_month"], units["mean_month"])


def test_a_heading_with_its_unit_says_all(results: Results) -> None:
    """What already ends with its unit is not given it once more."""
    over = Column("over", "over %", "percent", "Above the plan.")

    assert "" == grid_of(reps_table(results)).unit(over)
    assert "%" == grid_of(reps_table(results)).unit(replace(over, label="over"))
