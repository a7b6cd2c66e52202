"""A CRM's export, cell by cell: CSV, Parquet, Excel or a query, whatever its encoding."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import polars as pl

from quotarisk.calibration.history import Finding, findings_of
from quotarisk.scenario.address import is_address, mask_address
from quotarisk.scenario.buckets import is_bucket, mask_bucket, read_bucket
from quotarisk.scenario.cells import is_empty
from quotarisk.scenario.database import Query, ask
from quotarisk.scenario.quoting import quote
from quotarisk.scenario.tables import read_bytes
from quotarisk.scenario.workbook import UnreadableFileError, read_sheet

SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
TEXT_SUFFIXES = (".csv", ".tsv", ".txt")
SUFFIXES = (*TEXT_SUFFIXES, ".parquet", ".xlsx")
FOOTER = re.compile(
    r"((grand |sub)?totals?|sum|count|average|records?|\d+ records?|copyright|confidential"
    r"|generated|filtered)\b"
)
INVISIBLE = re.compile("[\u200b\ufeff]")

Cell = str | float
"""Text; a number with a fraction stays one where the file itself says that it is."""


@dataclass(frozen=True)
class Row:
    """A row: its number as a person counts, and its cells, as many as the header has."""

    number: int
    cells: Sequence[Cell]


@dataclass(frozen=True)
class Extract:
    """Cells of an export, and what had to be done to read them."""

    file: str
    header: tuple[str, ...]
    rows: tuple[Row, ...]
    findings: tuple[Finding, ...] = ()


def tidy(cell: Cell) -> str:
    """Which text stands in a cell, without the spaces around it and with plain ones inside?"""
    if not isinstance(cell, str):
        return str(cell)
    text = " ".join(cell.split())
    return text if text.isascii() else " ".join(INVISIBLE.sub(" ", text).split())


def _as_cell(value: Any) -> Cell:
    """Write a typed value of a Parquet or Excel file as text."""
    if is_empty(value):
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    if isinstance(value, float | Decimal):
        number = float(value)
        return str(int(number)) if number.is_integer() else number
    return str(value)


def _decode(data: bytes) -> tuple[str, tuple[tuple[str, str], ...]]:
    """Turn bytes into text; tell the rule and treatment where it was not plain UTF-8."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        name = "utf-16"
    elif b"\x00" in data[:200]:  # UTF-16 without its mark: ASCII letters leave every other byte 0
        name = "utf-16-be" if data[:1] == b"\x00" else "utf-16-le"
    else:
        try:
            text = data.decode()
        except UnicodeDecodeError:
            name = "latin-1"
        else:
            if text.startswith("\ufeff"):
                return text[1:], (("byte_order_mark", "The byte order mark was skipped."),)
            return text, ()
    notes = (("encoding", f"The file was read as {name.upper()}, not as UTF-8."),)
    if name == "latin-1":  # Windows-1252 is Latin-1 with letters where that has control codes
        return data.decode("cp1252", errors="replace"), notes
    try:
        return data.decode(name), notes
    except UnicodeDecodeError:
        raise UnreadableFileError("must be text in UTF-8, UTF-16 or Latin-1") from None


def _separator(text: str) -> str:
    """Find the sign that splits the header into most columns; the comma where none does."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    return max(SEPARATORS, key=lambda sign: len(next(csv.reader([first], delimiter=sign), [])))


def _csv_rows(data: bytes) -> tuple[list[Sequence[Cell]], list[tuple[str, str]]]:
    text, found = _decode(data)
    notes = list(found)
    separator = _separator(text)
    if separator != ",":
        notes.append(("separator", f"Columns are separated by {SEPARATORS[separator]}."))
    reader = csv.reader(StringIO(text, newline=""), delimiter=separator, strict=True)
    rows: list[Sequence[Cell]] = []
    try:
        rows.extend(reader)
    except csv.Error as error:
        got = f"{error} in line {reader.line_num}"
        raise UnreadableFileError("must be a CSV file", got=got) from None
    return rows, notes


def _parquet_rows(read: Callable[[], pl.DataFrame]) -> list[Sequence[Cell]]:
    try:
        frame = read()
        columns = [[_as_cell(value) for value in frame[name].to_list()] for name in frame.columns]
    except UnreadableFileError:
        raise
    except (Exception, pl.exceptions.PanicException):
        raise UnreadableFileError("must be a Parquet file") from None
    return [frame.columns, *zip(*columns, strict=True)]


def _excel_rows(
    data: bytes, sheet: str, numeric: Collection[str]
) -> tuple[list[Sequence[Cell]], tuple[Finding, ...]]:
    read = read_sheet(data, sheet=sheet, numeric=numeric)
    errors = [
        (int(re.sub(r"\D", "", cell)), f"{error} in {cell}") for cell, error in read.errors.items()
    ]
    treatment = "Cells with an error of the workbook were read as empty."
    rows: list[Sequence[Cell]] = [[_as_cell(value) for value in row] for row in read.rows]
    return rows, findings_of("error_cells", treatment, errors)


def _query_rows(source: str, query: str | None) -> list[Sequence[Cell]]:
    if query is None or not query.strip():
        raise UnreadableFileError(
            "must come with a query where it is a database",
            hint="such as 'select * from deals', a row an opportunity",
        )
    answer = ask(Query(source, query), folder=Path())
    return [answer.header, *([_as_cell(value) for value in row] for row in answer.rows)]


def _fitted(
    header: Sequence[Cell], numbered: Sequence[tuple[int, Sequence[Cell]]]
) -> tuple[tuple[Row, ...], tuple[Finding, ...]]:
    """Make every row as wide as the header."""
    width, rows = len(header), list[Row]()
    short, long = list[tuple[int, str]](), list[tuple[int, str]]()
    for number, cells in numbered:
        if not all(map(is_empty, cells[width:])):
            long.append((number, f"{len(cells)} cells, the header has {width}"))
            continue
        if len(cells) < width:
            short.append((number, f"{len(cells)} cells, the header has {width}"))
        rows.append(Row(number, [*cells[:width], *[""] * (width - len(cells))]))
    return tuple(rows), (
        *findings_of("short_row", "The missing cells were read as empty.", short),
        *findings_of(
            "long_row", "Left out: with more cells than the header has it cannot be read.", long
        ),
    )


def _header_findings(number: int, header: Sequence[Cell]) -> tuple[Finding, ...]:
    spaced = [quote(name) for name in header if name != tidy(name)]
    treatment = "Spaces around headers were taken off."
    return findings_of("header_spaces", treatment, [(number, ", ".join(spaced))] if spaced else ())


def _file_rows(
    file: str, numeric: Collection[str]
) -> tuple[list[Sequence[Cell]], list[tuple[str, str]], tuple[Finding, ...]]:
    """Read a file's cells, what is to be said of all its rows, and what of some."""
    book, _, sheet = file.rpartition("#") if ".xlsx#" in file.casefold() else (file, "", "")
    suffix = Path(book).suffix.casefold()
    if suffix not in SUFFIXES:
        raise UnreadableFileError("must be a .csv, .parquet or .xlsx file", got=quote(file))
    data = read_bytes(Path(book))
    if suffix == ".parquet":
        return _parquet_rows(lambda: pl.read_parquet(BytesIO(data))), [], ()
    if suffix == ".xlsx":
        cells, findings = _excel_rows(data, sheet, numeric)
        return cells, [], findings
    return *_csv_rows(data), ()


def name_shown(source: str) -> str:
    """How may the name of an export be shown: without who may read it?"""
    return mask_bucket(source) if is_bucket(source) else mask_address(source)


def read_extract(
    source: str, *, numeric: Collection[str] = (), query: str | None = None
) -> Extract:
    """What stands in an export, as text?

    Parameters
    ----------
    source
        ``deals.csv``, ``deals.parquet`` or ``book.xlsx#Deals``; the address of a database, or of
        Parquet in a bucket.
    numeric
        Headers of columns of an Excel sheet whose cells hold numbers.
    query
        SQL for a database.

    Raises
    ------
    UnreadableFileError
        If it cannot be read or has no row under its header.
    """
    notes, findings = list[tuple[str, str]](), tuple[Finding, ...]()
    if query is None and is_bucket(source):
        cells = _parquet_rows(lambda: read_bucket(source))
    elif is_address(source) and not is_bucket(source):
        cells = _query_rows(source, query)
    elif query is not None:
        raise UnreadableFileError(
            "must be a database such as sqlite://crm.db where there is a query",
            got=quote(name_shown(source)),
        )
    else:
        cells, notes, findings = _file_rows(source, numeric)
    filled = [(n, row) for n, row in enumerate(cells, start=1) if not all(map(is_empty, row))]
    if len(filled) < 2:
        got = "only a header" if filled else "nothing"
        raise UnreadableFileError("must have a header and at least one row", got=got)
    (number, header), *rest = filled
    rows, more = _fitted(header, rest)
    whole = tuple(Finding(rule, treatment, len(rest)) for rule, treatment in notes)
    names = tuple(tidy(name) for name in header)
    found = (*whole, *findings, *_header_findings(number, header), *more)
    return Extract(name_shown(source), names, rows, found)


def without_footer(extract: Extract, *, dated: Collection[int], named: Collection[int]) -> Extract:
    """Which rows remain when sums and remarks below the table are taken off?

    A row at the end is one of those when it has no date and either begins a cell with a word
    such as ``Total``, or says neither which deal it is, nor whose, nor how it ended.

    Parameters
    ----------
    extract
        The export.
    dated
        Columns that hold the day of creation.
    named
        Columns that say which deal, whose, and how it ended.
    """

    def is_footer(row: Row) -> bool:
        if any(re.search(r"\d", tidy(row.cells[index])) for index in dated):
            return False
        texts = [tidy(cell).casefold() for cell in row.cells]
        return any(map(FOOTER.match, texts)) or not any(texts[index] for index in named)

    end = len(extract.rows)
    while end and is_footer(extract.rows[end - 1]):
        end -= 1
    places = [
        (row.number, quote(next(text for text in map(tidy, row.cells) if text)))
        for row in extract.rows[end:]
    ]
    treatment = "Left out: sums and remarks below the table are no opportunities."
    found = (*extract.findings, *findings_of("totals_row", treatment, places))
    return replace(extract, rows=extract.rows[:end], findings=found)
