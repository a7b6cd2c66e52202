"""Workbooks in which text is never a formula, and that are the same bytes for the same content."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from io import BytesIO
from typing import Any

from xlsxwriter import Workbook
from xlsxwriter.worksheet import Worksheet

OPTIONS = {
    "in_memory": True,  # nothing is written to a folder for temporary files
    "strings_to_formulas": False,
    "strings_to_numbers": False,
    "strings_to_urls": False,
}
LONG_AGO = datetime(2000, 1, 1)
HEADER = {"bold": True, "text_wrap": True, "valign": "top", "bottom": 1}
DAY = "yyyy-mm-dd"
MOST_LETTERS = 16_000  # of a cell; Excel's own limit is 32,767 halves of a letter
LEAST_WIDTH, MOST_WIDTH = 8, 48  # characters of a column
NOTE_WIDTH = 240  # pixels
NOTE_LETTERS = 34  # that fit into a line of a note


class Exact(float):
    """A number that is written with all its digits; workbooks have sixteen of them otherwise."""

    def __format__(self, _: str) -> str:
        return repr(float(self))


@dataclass(frozen=True)
class Field:
    """A column of a sheet.

    Parameters
    ----------
    key
        Its key in the rows.
    label
        Its heading.
    note
        What it means: shown where the pointer rests on the heading.
    num_format
        How its numbers are shown; ``@`` for text.
    wrap
        Whether long text goes on in further lines.
    """

    key: str
    label: str
    note: str = ""
    num_format: str = "General"
    wrap: bool = False


def new_workbook(data: BytesIO, *, title: str) -> Workbook:
    """Open a workbook that knows no time but a fixed one."""
    book = Workbook(data, OPTIONS)
    book.set_properties({"title": title, "author": "quotarisk", "created": LONG_AGO})
    return book


def _write_as_text(sheet: Worksheet, row: int, column: int, text: str, *style: Any) -> Any:
    return sheet.write_string(row, column, text, *style)


def add_sheet(book: Workbook, name: str, *, colour: str) -> Worksheet:
    """Add a sheet in which text stays text, whatever it begins with."""
    sheet = book.add_worksheet(name)
    sheet.add_write_handler(str, _write_as_text)
    sheet.set_tab_color(colour)
    return sheet


def width_of(label: str, cells: Sequence[object]) -> int:
    """How many characters wide is a column? As its words need, within bounds."""
    longest = max((len(str(cell)) for cell in cells if cell is not None), default=0)
    heading = max((len(word) for word in label.split()), default=0) + 3  # the filter's button
    return max(LEAST_WIDTH, min(MOST_WIDTH, max(longest + 1, heading)))


def write_notes(sheet: Worksheet, fields: Sequence[Field], *, row: int = 0) -> None:
    """Say at each heading what the column means."""
    for column, field in enumerate(fields):
        if field.note:
            lines = 1 + len(field.note) // NOTE_LETTERS
            size = {"width": NOTE_WIDTH, "height": 12 + 18 * lines}
            sheet.write_comment(row, column, field.note, size)


def _write_cell(
    sheet: Worksheet, at: tuple[int, int], value: Any, styles: Mapping[str, Any]
) -> None:
    if isinstance(value, str):
        clipped = value if len(value) <= MOST_LETTERS else value[: MOST_LETTERS - 1] + "…"
        sheet.write_string(*at, clipped, styles["own"])
    elif isinstance(value, date):
        sheet.write_datetime(*at, value, styles["day"])
    else:
        number = Exact(value) if isinstance(value, float) else value
        sheet.write_number(*at, number, styles["own"])


def write_rows(
    book: Workbook,
    sheet: Worksheet,
    fields: Sequence[Field],
    rows: Sequence[Mapping[str, Any]],
    *,
    frozen: int = 1,
    shade: str = "",
) -> None:
    """Write rows under a frozen heading with filters; what a row does not give stays empty.

    Parameters
    ----------
    book, sheet
        Where to.
    fields
        The columns.
    rows
        Text, numbers and days by the columns' keys.
    frozen
        How many columns stay in sight.
    shade
        Colour of the heading.
    """
    header = book.add_format({**HEADER, **({"bg_color": shade} if shade else {})})
    for column, field in enumerate(fields):
        style = {"num_format": field.num_format, "text_wrap": field.wrap, "valign": "top"}
        styles = {
            "own": book.add_format(style),
            "day": book.add_format({**style, "num_format": DAY}),
        }
        cells = [row.get(field.key) for row in rows]
        sheet.set_column(column, column, width_of(field.label, cells), styles["own"])
        sheet.write_string(0, column, field.label, header)
        for number, cell in enumerate(cells, start=1):
            if cell is not None:
                _write_cell(sheet, (number, column), cell, styles)
    sheet.freeze_panes(1, frozen)
    sheet.autofilter(0, 0, max(len(rows), 1), len(fields) - 1)
    write_notes(sheet, fields)
