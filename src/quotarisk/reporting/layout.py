"""Which columns of a table there is room for, and how wide each is."""

from __future__ import annotations

from dataclasses import dataclass, replace

from rich.cells import cell_len

from quotarisk.reporting.tables import Column, Table, write_cell

GAP = 2
LEAST_NAME = 12  # characters of a name, at least
LEAST_TEXT = 8  # of a text that has to give way to figures


@dataclass(frozen=True)
class Cell:
    """A figure and its error as they are written, with the figure itself."""

    text: str
    error: str
    value: object


@dataclass(frozen=True)
class Strip:
    """A column with its cells, as wide as they need."""

    column: Column
    cells: tuple[Cell, ...]
    width: int

    @property
    def error_width(self) -> int:
        """Cells of the terminal that the widest error takes."""
        return max((cell_len(cell.error) for cell in self.cells), default=0)


def _heading(column: Column) -> int:
    return max(cell_len(word) for word in column.label.split())


def _strip(column: Column, rows: list[dict[str, object]], most: int) -> Strip:
    cells = tuple(Cell(*write_cell(column, row), row[column.key]) for row in rows)
    heading = _heading(column)
    strip = Strip(column, cells, 0)
    texts = max((cell_len(cell.text) for cell in cells), default=0)
    widest = texts + (strip.error_width + 1 if strip.error_width else 0)
    if column.format == "text":
        widest = min(widest, most)
    return Strip(column, cells, max(widest, heading))


def _total(strips: list[Strip]) -> int:
    return sum(strip.width + GAP for strip in strips) - GAP


def _squeeze(strips: list[Strip], width: int) -> list[Strip]:
    """Let texts give way, the widest first: a name may be cut, a figure may not."""
    for _ in range(_total(strips) - width):
        places = [
            place
            for place, strip in enumerate(strips)
            if strip.column.format == "text"
            and strip.width > max(LEAST_TEXT, _heading(strip.column))
        ]
        if not places:
            break
        widest = max(places, key=lambda place: strips[place].width)
        strips[widest] = replace(strips[widest], width=strips[widest].width - 1)
    return strips


def _widen(strips: list[Strip], width: int) -> list[Strip]:
    """Give what room is left to texts that are cut, but for the first column's."""
    for place, strip in enumerate(strips):
        if place and strip.column.format == "text":
            wanted = max((cell_len(cell.text) for cell in strip.cells), default=0) - strip.width
            room = min(max(wanted, 0), max(width - _total(strips), 0))
            strips[place] = replace(strip, width=strip.width + room)
    return strips


def lay_out(table: Table, rows: list[dict[str, object]], *, width: int) -> tuple[Strip, ...]:
    """Which columns fit into a width? The most important ones, and none without a figure.

    Parameters
    ----------
    table
        What is drawn.
    rows
        Those of its rows that are shown.
    width
        Cells of the terminal.
    """
    most = max(LEAST_NAME, width // 4)
    strips = [_strip(column, rows, most) for column in table.columns]
    strips = [
        strip
        for strip in strips
        if strip.column is table.columns[0]
        or any(cell.value not in (None, "") for cell in strip.cells)
    ]
    while sum(strip.width + GAP for strip in strips) - GAP > width:
        least = max(strip.column.rank for strip in strips)
        if least == 0:
            break
        strips = [strip for strip in strips if strip.column.rank < least]
    return tuple(_widen(_squeeze(strips, width), width))
