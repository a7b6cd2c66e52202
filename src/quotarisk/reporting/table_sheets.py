"""Labelled tables on sheets of a workbook, and what every answer's workbook tells besides."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from polars.selectors import Selector
from xlsxwriter import Workbook
from xlsxwriter.worksheet import Worksheet

from quotarisk.caution import Caution
from quotarisk.reporting.colours import shade
from quotarisk.reporting.formats import Format
from quotarisk.reporting.spreadsheet import (
    HEADER,
    Field,
    add_sheet,
    width_of,
    write_notes,
    write_rows,
)
from quotarisk.reporting.tables import Table

COLOUR = "#0072b2"  # of the tabs
SHADE = "#d6e6f2"
CHANCE = {
    "type": "3_color_scale",
    **{f"{end}_type": "num" for end in ("min", "mid", "max")},
    "min_value": 0,
    "mid_value": 0.5,
    "max_value": 1,
    "min_color": shade(0.0),
    "mid_color": shade(0.5),
    "max_color": shade(1.0),
}
NUM_FORMATS: dict[Format, str] = {
    "text": "@",
    "share": "0.0%",
    "percent": "0%",
    "shift": "+0%;-0%;0%",
    "points": "+0.0%;-0.0%;0.0%",
    "count": "0.0",
    "whole": "#,##0",
    "number": "#,##0.00",
    "multiple": '0.00"×"',  # noqa: RUF001 - times
    "money": "#,##0",
}
FIGURE_WIDTH = 11  # characters
PIXELS, MARGIN = 7, 5  # of a character, and of a column besides
CAUTIONS = (
    Field("code", "code", "A word that programs can filter by.", "@"),
    Field("about", "about", "Whom or what it is about; empty for the whole answer.", "@", True),
    Field("text", "caution", "What to know before acting on the answer.", "@", True),
)
RUN = (Field("key", "what", num_format="@"), Field("value", "value", wrap=True))


def _fields(table: Table) -> Iterator[Field]:
    """The columns of a table, then the errors of its figures and what they are parts of."""
    money = f" In {table.currency}."
    for column in table.columns:
        note = column.note + (money if column.format == "money" else "")
        yield Field(column.key, column.label, note, NUM_FORMATS[column.format])
    for column in table.columns:
        if column.error:
            form = "0.00%" if column.format in ("share", "points") else NUM_FORMATS[column.format]
            note = f"Standard error of {column.label}, from simulating so many paths."
            yield Field(column.error, f"{column.label} s.e.", note, form)
        if column.of:
            note = f"Of how many: {column.label}."
            yield Field(column.of, f"of {column.of}", note, NUM_FORMATS["whole"])


def draw_table(
    book: Workbook, sheet: Worksheet, table: Table, *, row: int = 0, frozen: int | None = None
) -> None:
    """Draw a table with its errors, from a row on."""
    fields = list(_fields(table))
    frame = table.frame.select(field.key for field in fields)
    widths: dict[str | Selector, tuple[str, ...] | int] = {
        field.label: MARGIN
        + PIXELS
        * (
            width_of(field.label, frame[field.key].to_list())
            if field.num_format == NUM_FORMATS["text"]
            else FIGURE_WIDTH
        )
        for field in fields
    }
    frame.rename({field.key: field.label for field in fields}).write_excel(
        book,
        sheet,
        position=(row, 0),
        table_name=table.key,
        table_style="Table Style Light 1",
        header_format={**HEADER, "bg_color": SHADE},
        column_formats={field.label: field.num_format for field in fields},
        conditional_formats={
            field.label: CHANCE
            for field in fields
            if field.key.startswith("p_hit") and field.num_format == NUM_FORMATS["share"]
        },
        column_widths=widths,
        freeze_panes=None if frozen is None else (row + 1, frozen),
    )
    write_notes(sheet, fields, row=row)


def draw_cautions(book: Workbook, cautions: Iterable[Caution]) -> None:
    """Add a sheet with all that is doubtful."""
    rows = [
        {"code": caution.code, "about": ", ".join(caution.about), "text": caution.text}
        for caution in cautions
    ]
    sheet = add_sheet(book, "Cautions", colour=COLOUR)
    write_rows(book, sheet, CAUTIONS, rows, shade=SHADE)


def draw_run(book: Workbook, told: Mapping[str, Any]) -> None:
    """Add a sheet that tells where the figures come from."""
    rows = [{"key": key.replace("_", " "), "value": value} for key, value in told.items()]
    write_rows(book, add_sheet(book, "Run", colour=COLOUR), RUN, rows, shade=SHADE)
