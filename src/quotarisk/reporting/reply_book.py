"""Any reply as a workbook: the answer, a sheet a table, what is doubtful, the source."""

from __future__ import annotations

import re
from dataclasses import asdict
from io import BytesIO
from typing import Any

from xlsxwriter import Workbook

from quotarisk.reporting import sentences
from quotarisk.reporting.reply import Reply
from quotarisk.reporting.spreadsheet import add_sheet, new_workbook
from quotarisk.reporting.table_sheets import COLOUR, draw_cautions, draw_run, draw_table
from quotarisk.reporting.tables import Table

MOST_FROZEN = 4  # columns that stay in sight: who, and of when
LONGEST_SHEET = 31  # characters of a sheet's name, by Excel


def sheet_name(key: str) -> str:
    """What is the sheet of a table called?

    Examples
    --------
    >>> sheet_name("attainment_by_rep")
    'Attainment by rep'
    """
    return re.sub(r"[_\[\]:*?/\\]+", " ", key).strip().capitalize()[:LONGEST_SHEET]


def _frozen(table: Table) -> int:
    """Count the columns that say what a row is about: the texts that stand first."""
    texts = [column.format == "text" for column in table.columns[:MOST_FROZEN]]
    return max((*texts, False).index(False), 1)


def _draw_summary(book: Workbook, reply: Reply) -> None:
    sheet = add_sheet(book, "Summary", colour=COLOUR)
    title, bold = book.add_format({"bold": True, "font_size": 14}), book.add_format({"bold": True})
    sheet.write_string(0, 0, reply.title, title)
    for row, sentence in enumerate(reply.sentences, start=1):
        sheet.write_string(row, 0, sentence, bold)
    told = [f"{sheet_name(table.key)}: {table.title}" for table in reply.tables]
    if reply.cautions:
        told.append(f"Cautions: {len(reply.cautions):,}, on a sheet of their own.")
    told += [*reply.notes, sentences.tell_source(reply.provenance)]
    for row, text in enumerate(told, start=len(reply.sentences) + 2):
        sheet.write_string(row, 0, text)


def draw_reply_book(reply: Reply) -> bytes:
    """What is a reply as a workbook?

    Returns
    -------
    bytes
        An ``.xlsx`` file: the sheets Summary, one for each table, Cautions and Run. The same
        reply gives the same bytes, and no cell holds a formula.
    """
    data = BytesIO()
    run: dict[str, Any] = {
        **asdict(reply.provenance),
        "currency": reply.currency,
        "source": sentences.tell_source(reply.provenance),
        "note": " ".join(reply.notes),
    }
    with new_workbook(data, title=reply.title) as book:
        _draw_summary(book, reply)
        for table in reply.tables:
            sheet = add_sheet(book, sheet_name(table.key), colour=COLOUR)
            draw_table(book, sheet, table, frozen=_frozen(table))
        draw_cautions(book, reply.cautions)
        draw_run(book, run)
    return data.getvalue()
