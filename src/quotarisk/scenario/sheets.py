"""The sheets of a workbook that is a scenario, and how they are read."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as Tree

from quotarisk.errors import Fault, InputError
from quotarisk.scenario.cells import is_empty, read_text
from quotarisk.scenario.faults import suggest_word
from quotarisk.scenario.literals import read_key, read_literal
from quotarisk.scenario.merging import Told
from quotarisk.scenario.places import Cell, Loc, Origins
from quotarisk.scenario.quoting import quote
from quotarisk.scenario.tables import Layout, read_bytes, read_table
from quotarisk.scenario.workbook import (
    MAIN,
    RELATION,
    UnreadableFileError,
    read_sheet,
    sheet_names,
)

SCENARIO_SHEET, LONG_TEXTS_SHEET = "Scenario", "Long texts"
SEGMENTS_SHEET, REPS_SHEET, QUOTAS_SHEET = "Segments", "Reps", "Quotas"
OPEN_DEALS_SHEET, BOOKED_SHEET = "Open deals", "Booked"
TABLE_SHEETS = {
    "segment_table": SEGMENTS_SHEET,
    "rep_table": REPS_SHEET,
    "quota_table": QUOTAS_SHEET,
    "open_deals": OPEN_DEALS_SHEET,
    "booked": BOOKED_SHEET,
}
KNOWN_SHEETS = (SCENARIO_SHEET, LONG_TEXTS_SHEET, *TABLE_SHEETS.values())
ELSEWHERE = {"reps": REPS_SHEET, **TABLE_SHEETS}
SETTINGS = Layout(
    {"key": read_text, "value": read_literal, "meaning": lambda told: told}, required=("key",)
)
LONG_TEXTS = Layout({"text": read_text, "part": lambda told: told}, required=("text", "part"))
FORMULA_CELL = re.compile(rb"<(\w+:)?f[\s/>]")


@dataclass(frozen=True)
class Book:
    """What a workbook says of a scenario before its tables are read.

    Parameters
    ----------
    told
        The keys of its sheet Scenario, and the names of the tables.
    long_texts
        Figures that a cell cannot hold, by what it says instead.
    """

    told: Told
    long_texts: Mapping[str, str]


def _put(values: dict[str, Any], path: tuple[str, ...], value: Any) -> bool:
    """Put a value at a path; tell whether there was room for it."""
    holder: Any = values
    for step in path[:-1]:
        holder = holder.setdefault(step, {})
        if not isinstance(holder, dict):
            return False
    if path[-1] in holder:
        return False
    holder[path[-1]] = value
    return True


def _settings(file: str, long_texts: Mapping[str, str]) -> Told:
    """Read the sheet of keys and values.

    Raises
    ------
    InputError
        If there is nothing to read.
    """
    table = read_table(file, folder=Path(), layout=SETTINGS, long_texts=long_texts)
    if not table.rows:
        raise InputError(table.faults)
    values: dict[str, Any] = {}
    cells: dict[Loc, Cell] = {}
    faults = list(table.faults)
    for row in table.rows:
        key, place = row.given.get("key"), f"row {row.number}, column key"
        path = None if key is None else read_key(key)
        if key is None or (path is not None and "value" not in row.given):
            continue
        if path is None:
            rule = "key must be one of a scenario file, such as market.creation"
            faults.append(Fault(file, place, rule, quote(key)))
        elif path[0] in ELSEWHERE:
            rule = f"key must not be {path[0]}, which is told on the sheet {ELSEWHERE[path[0]]}"
            faults.append(Fault(file, place, rule, quote(key)))
        elif _put(values, path, row.given["value"]):
            cells[path] = Cell(file, row.number, "value", key)
        else:
            rule = "key must be in one row only, and not within a value of another row"
            faults.append(Fault(file, place, rule, quote(key)))
    return Told(values, Origins(file, cells), tuple(faults))


def _long_texts(file: str) -> tuple[dict[str, str], tuple[Fault, ...]]:
    table = read_table(file, folder=Path(), layout=LONG_TEXTS)
    texts: dict[str, str] = {}
    for row in table.rows:
        if {"text", "part"} <= set(row.given):
            texts[row.given["text"]] = texts.get(row.given["text"], "") + row.given["part"]
    return texts, table.faults


def _misnamed(file: str, names: list[str]) -> list[Fault]:
    """Name sheets that were probably meant for one that is not there."""
    absent = [name for name in (*TABLE_SHEETS.values(), LONG_TEXTS_SHEET) if name not in names]
    hints = {name: suggest_word(name, absent) for name in names if name not in KNOWN_SHEETS}
    rule = "a sheet of assumptions must bear its name"
    return [
        Fault(file, f"sheet {name}", rule, quote(name), hint)
        for name, hint in hints.items()
        if hint.startswith("did")
    ]


def _parts(book: zipfile.ZipFile) -> dict[str, str]:
    """Tell which part of a workbook's archive holds which sheet."""
    relations = Tree.fromstring(book.read("xl/_rels/workbook.xml.rels"))
    targets = {relation.attrib["Id"]: relation.attrib["Target"] for relation in relations}
    sheets = Tree.fromstring(book.read("xl/workbook.xml")).iter(f"{MAIN}sheet")
    return {
        sheet.attrib["name"]: "xl/" + targets[sheet.attrib[RELATION]].removeprefix("/xl/")
        for sheet in sheets
    }


def _formulas_without_result(body: bytes) -> Iterator[tuple[str, str]]:
    """Find formulas that no program has computed yet: a reader of values finds them empty.

    A formula whose result is an empty text says so by its type, ``str``.
    """
    cells = Tree.fromstring(body).iter(f"{MAIN}c") if FORMULA_CELL.search(body) else ()
    for cell in cells:
        formula = cell.find(f"{MAIN}f")
        if formula is not None and cell.get("t") != "str" and not cell.findtext(f"{MAIN}v"):
            yield cell.get("r", ""), f"={formula.text or ''}"


def _not_computed(file: str, data: bytes) -> list[Fault]:
    """Name the cells of all sheets of assumptions whose formulas were saved without a result."""
    try:
        with zipfile.ZipFile(BytesIO(data)) as book:
            bodies = {
                sheet: book.read(part)
                for sheet, part in _parts(book).items()
                if sheet in KNOWN_SHEETS
            }
        found = [
            (sheet, cell, formula)
            for sheet, body in bodies.items()
            for cell, formula in _formulas_without_result(body)
        ]
    except Exception:  # an archive breaks in many ways: whoever reads the sheet tells of it
        return []
    return [
        Fault(
            f"{file}#{sheet}",
            f"cell {cell}",
            "a cell must hold a value, or a formula whose result was saved with it",
            quote(formula),
            "open the workbook in a spreadsheet program and save it, or put in the value",
        )
        for sheet, cell, formula in found
    ]


def _has_rows(data: bytes, sheet: str) -> bool:
    """Is there more than a header? Sheets that cannot be read have faults to be told."""
    try:
        rows = read_sheet(data, sheet=sheet, numeric=()).rows
    except UnreadableFileError:
        return True
    return sum(not all(map(is_empty, row)) for row in rows) > 1


def read_book(file: str) -> Book:
    """What does a workbook say of a scenario: its keys, and which of its sheets are tables?

    Parameters
    ----------
    file
        The workbook, an ``.xlsx`` file with a sheet ``Scenario`` of keys and values. Its sheets
        ``Segments``, ``Reps``, ``Quotas``, ``Open deals`` and ``Booked`` may be missing; others
        are not read.

    Raises
    ------
    InputError
        If it is no such workbook.
    """
    try:
        data = read_bytes(Path(file))
        names = sheet_names(data)
    except UnreadableFileError as error:
        rule = f"the scenario file {error.must}"
        raise InputError([Fault(file, "", rule, error.got, error.hint)]) from None
    if SCENARIO_SHEET not in names:
        rule = f"a workbook must have a sheet {SCENARIO_SHEET!r} of keys and values"
        raise InputError([Fault(file, "", rule, quote(", ".join(names)))])
    texts: dict[str, str] = {}
    faults: tuple[Fault, ...] = ()
    if LONG_TEXTS_SHEET in names:
        texts, faults = _long_texts(f"{file}#{LONG_TEXTS_SHEET}")
    told = _settings(f"{file}#{SCENARIO_SHEET}", texts)
    values = dict(told.values)
    for key, sheet in TABLE_SHEETS.items():
        if sheet in names and (sheet == BOOKED_SHEET or _has_rows(data, sheet)):
            values[key] = f"{file}#{sheet}"
    found = (*_not_computed(file, data), *told.faults, *faults, *_misnamed(file, names))
    return Book(Told(values, told.origins, found), texts)
