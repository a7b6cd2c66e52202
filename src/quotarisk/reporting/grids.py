"""Labelled tables as the page draws them: cells in words, and what they are sorted by."""

from __future__ import annotations

from dataclasses import dataclass

from quotarisk.reporting.layout import Cell
from quotarisk.reporting.tables import Column, Table, write_cell


@dataclass(frozen=True)
class Grid:
    """A table in words.

    Parameters
    ----------
    key, title
        As those of the table.
    columns
        Those with a figure in some row.
    rows
        Cells in the order of the columns.
    captions
        What is said below it.
    currency
        What amounts are in.
    """

    key: str
    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    captions: tuple[str, ...]
    currency: str

    def unit(self, column: Column) -> str:
        """In what are a column's figures? Nothing where its heading says all."""
        if column.unit and column.label.endswith(column.unit):
            return ""
        return self.currency if column.unit == "currency" else column.unit


def grid_of(table: Table) -> Grid:
    """How is a table written? Columns without a figure are left out, but for the first."""
    rows = list(table.frame.iter_rows(named=True))
    shown = tuple(
        column
        for number, column in enumerate(table.columns)
        if number == 0 or any(row[column.key] not in (None, "") for row in rows)
    )
    keys = {column.key for column in shown}
    return Grid(
        table.key,
        table.title,
        shown,
        tuple(
            tuple(Cell(*write_cell(column, row), row[column.key]) for column in shown)
            for row in rows
        ),
        tuple(text for about, text in table.captions if keys.intersection(about)),
        table.currency,
    )
