"""A sheet of an Excel workbook, cell by cell."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import Any
from xml.etree import ElementTree as Tree

import fastexcel
import polars as pl

from quotarisk.errors import suggest
from quotarisk.scenario.cells import NUMBER

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
ERROR_CELL = re.compile(rb'<c r="([A-Z]+\d+)"[^>]*\bt="e"[^>]*>(?:<f.*?(?:/>|</f>))?<v>([^<]*)')


class UnreadableFileError(ValueError):
    """A file cannot be read as asked: what it must be, what it is, and a hint."""

    def __init__(self, must: str, *, got: str = "", hint: str = "") -> None:
        self.must, self.got, self.hint = must, got, hint
        super().__init__(must)


@dataclass(frozen=True)
class Sheet:
    """Cells of a sheet.

    Parameters
    ----------
    rows
        From the sheet's first row, the empty ones too; from its first column in use.
    errors
        Cells such as ``B10`` that hold an error such as ``#N/A``; they are empty in ``rows``.
    """

    rows: list[list[Any]]
    errors: Mapping[str, str]


def _error_cells(data: bytes, name: str) -> dict[str, str]:
    """Find the cells with errors in the file itself, for its reader gives them out as empty."""
    with zipfile.ZipFile(BytesIO(data)) as book:
        sheets = Tree.fromstring(book.read("xl/workbook.xml")).iter(f"{MAIN}sheet")
        relation = next(sheet.attrib[RELATION] for sheet in sheets if sheet.attrib["name"] == name)
        targets = Tree.fromstring(book.read("xl/_rels/workbook.xml.rels"))
        target = next(t.attrib["Target"] for t in targets if t.attrib["Id"] == relation)
        body = book.read("xl/" + target.removeprefix("/xl/"))
    return {cell.decode(): error.decode() for cell, error in ERROR_CELL.findall(body)}


def _with_full_numbers(
    texts: list[tuple[Any, ...]], floats: list[tuple[Any, ...]], numeric: Collection[str]
) -> list[list[Any]]:
    """Put numbers into the columns that ask for them: as text they have nine digits only."""
    rows = [list(row) for row in texts]
    header = next((row for row in rows if any(row)), [])
    for column, name in enumerate(header):
        if str(name).strip() in numeric:
            for row, exact in zip(rows, floats, strict=True):
                if exact[column] is not None and NUMBER.fullmatch(row[column] or ""):
                    row[column] = exact[column]
    return rows


def _opened(data: bytes) -> fastexcel.ExcelReader:
    try:
        return fastexcel.read_excel(data)
    except (Exception, pl.exceptions.PanicException):
        raise UnreadableFileError("must be an Excel workbook (.xlsx)") from None


def sheet_names(data: bytes) -> list[str]:
    """Which sheets does a workbook have?

    Raises
    ------
    UnreadableFileError
        If it is no workbook.
    """
    return list(_opened(data).sheet_names)


def read_sheet(data: bytes, *, sheet: str, numeric: Collection[str]) -> Sheet:
    """Which cells does a sheet have?

    Parameters
    ----------
    data
        The workbook, an ``.xlsx`` file.
    sheet
        The sheet's name; empty for the first one.
    numeric
        Headers of columns that hold numbers. Everything else is text as Excel shows it.

    Raises
    ------
    UnreadableFileError
        If it is no workbook or has no such sheet.
    """
    book = _opened(data)
    names = book.sheet_names
    if sheet and sheet not in names:
        hint = suggest(sheet, names)
        listed = "" if hint.startswith("allowed") else " (sheets: " + ", ".join(names[:20]) + ")"
        raise UnreadableFileError(
            "must name a sheet of the workbook", got=repr(sheet), hint=hint + listed
        )
    if not names:
        raise UnreadableFileError("must have a sheet", got="none")
    name = sheet or names[0]
    try:
        texts, floats = (
            book.load_sheet(name, header_row=None, skip_rows=0, dtypes=kind).to_polars().rows()
            for kind in ("string", "float")
        )
        return Sheet(_with_full_numbers(texts, floats, numeric), _error_cells(data, name))
    except (Exception, pl.exceptions.PanicException):
        raise UnreadableFileError(f"must have a readable sheet {name!r}") from None
