"""The report as a workbook: the answers, the assumptions that one may change, the source."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from io import BytesIO
from typing import Any

from polars.selectors import Selector
from xlsxwriter import Workbook
from xlsxwriter.worksheet import Worksheet

from quotarisk.reporting import sentences
from quotarisk.reporting.assumption_sheets import add_assumptions
from quotarisk.reporting.colours import shade
from quotarisk.reporting.formats import Format
from quotarisk.reporting.grids import grid_of
from quotarisk.reporting.plans import plans_table
from quotarisk.reporting.results import Results
from quotarisk.reporting.spreadsheet import (
    HEADER,
    Field,
    add_sheet,
    new_workbook,
    width_of,
    write_notes,
    write_rows,
)
from quotarisk.reporting.tables import Table, attainment_table, reps_table

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
HOW_TO_CHANGE = (
    "Change a cell of the sheets with a yellow tab, from Scenario on, and run quotarisk on this "
    "workbook as on a scenario file. The other sheets are not read."
)


def _fields(table: Table) -> Iterator[Field]:
    """The columns of a table, then the errors of its figures and what they are parts of."""
    money = f" In {table.currency}."
    for column in table.columns:
        note = column.note + (money if column.format == "money" else "")
        yield Field(column.key, column.label, note, NUM_FORMATS[column.format])
    for column in table.columns:
        if column.error:
            form = "0.00%" if column.format == "share" else NUM_FORMATS[column.format]
            note = f"Standard error of {column.label}, from simulating so many paths."
            yield Field(column.error, f"{column.label} s.e.", note, form)
        if column.of:
            note = f"Of how many: {column.label}."
            yield Field(column.of, f"of {column.of}", note, NUM_FORMATS["whole"])


def _draw_table(
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


def _draw_summary(book: Workbook, results: Results) -> None:
    sheet = add_sheet(book, "Summary", colour=COLOUR)
    title, bold = book.add_format({"bold": True, "font_size": 14}), book.add_format({"bold": True})
    sheet.write_string(0, 0, results.scenario.name, title)
    row = 1
    for sentence in sentences.headline(results):
        sheet.write_string(row, 0, sentence, bold)
        row += 1
    if not results.attainment.frame.is_empty():
        plans = plans_table(results)
        _draw_table(book, sheet, plans, row=row + 1)
        row += plans.frame.height + 2
        sheet.write_string(row + 1, 0, " ".join(grid_of(plans).captions))
        row += 1
    told = [*results.notes, sentences.source(results)]
    if results.cautions:
        told.insert(0, f"Cautions: {len(results.cautions):,}, on a sheet of their own.")
    for number, text in enumerate(told, start=row + 2):
        sheet.write_string(number, 0, text)


def _draw_cautions(book: Workbook, results: Results) -> None:
    rows = [
        {"code": caution.code, "about": ", ".join(caution.about), "text": caution.text}
        for caution in results.cautions
    ]
    sheet = add_sheet(book, "Cautions", colour=COLOUR)
    write_rows(book, sheet, CAUTIONS, rows, shade=SHADE)


def _draw_run(book: Workbook, results: Results) -> None:
    told: dict[str, Any] = {
        **asdict(results.provenance),
        "currency": results.scenario.currency,
        "source": sentences.source(results),
        "note": " ".join(results.notes),
        "to change an assumption": HOW_TO_CHANGE,
    }
    rows = [{"key": key.replace("_", " "), "value": value} for key, value in told.items()]
    write_rows(book, add_sheet(book, "Run", colour=COLOUR), RUN, rows, shade=SHADE)


def draw_workbook(results: Results) -> bytes:
    """What are the answers as a workbook?

    Returns
    -------
    bytes
        An ``.xlsx`` file: the sheets Summary, Attainment and Cadence, then the assumptions,
        which `load_scenario` reads back as the same scenario, Cautions and Run. The same
        results give the same bytes, and no cell holds a formula.
    """
    data = BytesIO()
    with new_workbook(data, title=results.scenario.name) as book:
        _draw_summary(book, results)
        for name, table, frozen in (
            ("Attainment", attainment_table(results), 4),
            ("Cadence", reps_table(results), 1),
        ):
            _draw_table(book, add_sheet(book, name, colour=COLOUR), table, frozen=frozen)
        add_assumptions(book, results.scenario)
        _draw_cautions(book, results)
        _draw_run(book, results)
    return data.getvalue()
