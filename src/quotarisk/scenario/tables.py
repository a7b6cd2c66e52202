"""A table of a scenario: CSV, Parquet, Excel or a query, its types not guessed at."""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import polars as pl

from quotarisk.errors import Fault
from quotarisk.scenario.buckets import is_bucket, mask_bucket, read_bucket
from quotarisk.scenario.cells import (
    Reader,
    UnreadableCellError,
    is_empty,
    read_number,
    unguard,
)
from quotarisk.scenario.database import Query, ask
from quotarisk.scenario.faults import suggest_word
from quotarisk.scenario.literals import read_literal, read_quota
from quotarisk.scenario.quoting import quote
from quotarisk.scenario.workbook import UnreadableFileError, read_sheet

SUFFIXES = (".csv", ".parquet", ".xlsx")
LITERALS: tuple[Reader, ...] = (read_literal, read_quota)
NUMERIC: tuple[Reader, ...] = (read_number, *LITERALS)


NO_TEXTS: Mapping[str, str] = {}


@dataclass(frozen=True)
class Layout:
    """What columns a table may have.

    Parameters
    ----------
    columns
        Each column's header, and how its cells are read.
    required
        Columns that must be there, with a value in each row.
    may_be_empty
        Whether a header without rows says something.
    """

    columns: Mapping[str, Reader]
    required: tuple[str, ...] = ()
    may_be_empty: bool = False

    @property
    def numeric(self) -> frozenset[str]:
        """Headers of the columns that may hold numbers."""
        return frozenset(name for name, read in self.columns.items() if read in NUMERIC)


@dataclass(frozen=True)
class Row:
    """A row: its number as a person counts, and what is given in it."""

    number: int
    given: Mapping[str, Any]


@dataclass(frozen=True)
class Table:
    """A table that was read: what stands in it, and what is wrong with it."""

    file: str
    rows: tuple[Row, ...] = ()
    faults: tuple[Fault, ...] = ()


@dataclass(frozen=True)
class _Grid:
    """Cells of a file: the header, and the rows with their numbers."""

    header: Sequence[str]
    rows: list[tuple[int, Sequence[Any]]]
    faults: tuple[Fault, ...] = ()


def read_bytes(path: Path) -> bytes:
    """What is in a file?

    Raises
    ------
    UnreadableFileError
        If it is not there, is a folder or may not be read.
    """
    try:
        return path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        raise UnreadableFileError("must be there", got="no such file") from None
    except IsADirectoryError:
        raise UnreadableFileError("must be a file", got="a folder") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise UnreadableFileError("must be readable", got=reason.lower()) from None


def decode(data: bytes) -> str:
    """Which text do these bytes hold: UTF-8, with or without a byte order mark?

    Raises
    ------
    UnreadableFileError
        If they are not UTF-8.
    """
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise UnreadableFileError(
            "must be text in UTF-8",
            got=f"the byte 0x{data[error.start]:02x} in line {line}",
            hint="save it with the encoding UTF-8",
        ) from None


def _separator_hint(header: Sequence[str]) -> str:
    """Say what a header of one long column means."""
    other = {";": "semicolons", "\t": "tabs", "|": "bars"}
    used = next((word for sign, word in other.items() if sign in header[0]), "")
    return f"its columns are separated by {used}: save it with commas" if used else ""


def _grid(file: str, numbered: list[tuple[int, Sequence[Any]]]) -> _Grid:
    """Split the first row with anything in it from the others, which must be as wide."""
    filled = [(number, row) for number, row in numbered if not all(map(is_empty, row))]
    if not filled:
        raise UnreadableFileError("must have a header and rows", got="nothing")
    (number, first), *rest = filled
    header = [str("" if cell is None else cell).strip() for cell in first]
    while not header[-1]:
        header.pop()
    width, rows, faults = len(header), [], []
    for row_number, row in rest:
        extra = [cell for cell in row[width:] if not is_empty(cell)]
        if len(row) < width or extra:
            rule = f"a row must have as many cells as the header, {width}"
            got = str(len(row) if len(row) < width else width + len(extra))
            faults.append(Fault(file, f"row {row_number}", rule, got))
        else:
            rows.append((row_number, row))
    if len(header) == 1 and (hint := _separator_hint(header)):
        raise UnreadableFileError("must have columns separated by commas", hint=hint)
    for column in sorted({name for name in header if header.count(name) > 1}):
        rule = "a column must have a name of its own"
        faults.append(Fault(file, f"row {number}", rule, quote(column)))
    return _Grid(header, rows, tuple(faults))


def _csv_grid(file: str, data: bytes) -> _Grid:
    reader = csv.reader(StringIO(decode(data), newline=""), strict=True)
    numbered: list[tuple[int, Sequence[Any]]] = []
    try:
        numbered.extend((line, [*map(unguard, row)]) for line, row in enumerate(reader, start=1))
    except csv.Error as error:
        raise UnreadableFileError(
            "must be a CSV file", got=f"{error} in line {reader.line_num}"
        ) from None
    return _grid(file, numbered)


def _parquet_grid(file: str, read: Callable[[], pl.DataFrame]) -> _Grid:
    try:
        frame = read()
        columns = [frame[name].to_list() for name in frame.columns]
    except UnreadableFileError:
        raise
    except (Exception, pl.exceptions.PanicException):
        raise UnreadableFileError("must be a Parquet file") from None
    rows = enumerate(zip(*columns, strict=True), start=2)
    return _grid(file, [(1, frame.columns), *rows])


def _excel_grid(file: str, data: bytes, *, sheet: str, layout: Layout) -> _Grid:
    read = read_sheet(data, sheet=sheet, numeric=layout.numeric)
    grid = _grid(file, list(enumerate(read.rows, start=1)))
    rule = "a cell must hold a value or nothing"
    faults = (Fault(file, f"cell {cell}", rule, error) for cell, error in read.errors.items())
    return _Grid(grid.header, grid.rows, (*grid.faults, *faults))


def _read_grid(file: str, folder: Path, layout: Layout) -> _Grid:
    if is_bucket(file):
        return _parquet_grid(mask_bucket(file), lambda: read_bucket(file))
    book, _, sheet = file.rpartition("#") if ".xlsx#" in file.casefold() else (file, "", "")
    suffix = Path(book).suffix.casefold()
    if suffix not in SUFFIXES:
        raise UnreadableFileError("must be a .csv, .parquet or .xlsx file", got=quote(file))
    data = read_bytes(folder / book)
    if suffix == ".csv":
        return _csv_grid(file, data)
    if suffix == ".parquet":
        return _parquet_grid(file, lambda: pl.read_parquet(BytesIO(data)))
    return _excel_grid(file, data, sheet=sheet, layout=layout)


def _query_grid(file: str, query: Query, folder: Path) -> _Grid:
    answer = ask(query, folder=folder)
    return _grid(file, [(1, answer.header), *enumerate(answer.rows, start=2)])


def _column_faults(file: str, header: Sequence[str], layout: Layout) -> list[Fault]:
    """Name columns that nobody knows and those that are missing."""
    unknown = [name for name in dict.fromkeys(header) if name not in layout.columns]
    absent = [name for name in layout.required if name not in header]
    rule = "a column must be one that quotarisk knows"
    others = [name for name in layout.columns if name not in header]
    faults = [Fault(file, "row 1", rule, quote(n), suggest_word(n, others)) for n in unknown]
    return faults + [Fault(file, "row 1", f"a column {name} must be there") for name in absent]


def read_table(
    file: str,
    *,
    folder: Path,
    layout: Layout,
    query: Query | None = None,
    long_texts: Mapping[str, str] = NO_TEXTS,
) -> Table:
    """What stands in a table, cell by cell, and what is wrong in it?

    Parameters
    ----------
    file
        Its name as written in the scenario: ``deals.csv``, ``book.xlsx#Deals``,
        ``s3://sales/deals.parquet``.
    folder
        Where that name is looked up.
    layout
        The columns that it may have.
    query
        Where the table is what a database answers; then its name is only shown.
    long_texts
        Figures that a cell cannot hold, by what it says instead.
    """
    name, file = file, mask_bucket(file) if is_bucket(file) else file
    try:
        if query is None:
            grid = _read_grid(name, folder, layout)
        else:
            grid = _query_grid(file, query, folder)
    except UnreadableFileError as error:
        fault = Fault(file, "", f"the table {error.must}", error.got, error.hint)
        return Table(file, faults=(fault,))
    faults = [*grid.faults, *_column_faults(file, grid.header, layout)]
    if not grid.rows and not grid.faults and not layout.may_be_empty:
        faults.append(Fault(file, "", "the table must have at least one row", "none"))
    given: list[dict[str, Any]] = [{} for _ in grid.rows]
    for index, name in enumerate(grid.header):
        read = layout.columns.get(name)
        if read is None:
            continue
        for (number, row), values in zip(grid.rows, given, strict=True):
            if is_empty(row[index]):
                if name in layout.required:
                    place = f"row {number}, column {name}"
                    faults.append(Fault(file, place, f"{name} must be given"))
                continue
            cell = row[index]
            if read in LITERALS and isinstance(cell, str):
                cell = long_texts.get(cell, cell)
            try:
                values[name] = read(cell)
            except UnreadableCellError as error:
                place, rule = f"row {number}, column {name}", f"{name} {error.must}"
                faults.append(Fault(file, place, rule, error.got, error.hint))
    rows = tuple(Row(n, values) for (n, _), values in zip(grid.rows, given, strict=True))
    return Table(file, rows, tuple(faults))
