"""Reading a scenario from its files, with all that is wrong in them at once."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any, get_args

from pydantic import ValidationError

from quotarisk.errors import Fault, InputError
from quotarisk.scenario.address import is_address, mask_address
from quotarisk.scenario.buckets import is_bucket
from quotarisk.scenario.checking import as_fault, findings
from quotarisk.scenario.columns import (
    BOOKED,
    OPEN_DEALS,
    QUOTA_TABLE,
    REP_TABLE,
    SEGMENT_TABLE,
    Entry,
    quota_entries,
    rep_entries,
    segment_entries,
)
from quotarisk.scenario.database import Query
from quotarisk.scenario.faults import abridge, suggest_word, translate, written_loc
from quotarisk.scenario.finding import Aspect, Finding
from quotarisk.scenario.merging import Told, merge, rep_names
from quotarisk.scenario.places import Cell, Loc, Origins
from quotarisk.scenario.quoting import quote, quote_with_type
from quotarisk.scenario.scenario import Scenario
from quotarisk.scenario.sheets import Book, read_book
from quotarisk.scenario.tables import Layout, Table, decode, read_bytes, read_table
from quotarisk.scenario.workbook import UnreadableFileError

ROW_TABLES = {"open_deals": OPEN_DEALS, "booked": BOOKED}
ALL_ASPECTS: frozenset[Aspect] = frozenset(get_args(Aspect))
PLACEHOLDERS: dict[str, Any] = {"name": "?", "start": date(2000, 1, 1)}
MOST_ROUNDS = 4
QUERY_KEYS = ("uri", "query")
_ASPECTS_OF_KEYS: dict[str, frozenset[Aspect]] = {  # of a rep, where they are not all of them
    "quota": frozenset({"quotas"}),
    "ramp": frozenset(),
    "pipeline": frozenset(),
    "start_date": frozenset({"quotas"}),
    "pay": frozenset({"plans"}),
}
ABSENT = object()

Kept = dict[str, list[int]]


def _read_toml(path: Path, file: str) -> dict[str, Any]:
    """Read the scenario file, or raise its one fault."""
    try:
        return tomllib.loads(decode(read_bytes(path)))
    except UnreadableFileError as error:
        fault = Fault(file, "", f"the scenario file {error.must}", error.got, error.hint)
    except RecursionError:
        fault = Fault(file, "", "the scenario file must not nest tables or lists so deep")
    except ValueError as error:  # of tomllib: what is wrong, and where, in one text
        what, _, where = str(error).partition(" (at ")
        place = where.rstrip(")")
        rule = f"the scenario file must be valid TOML ({what[:1].lower()}{what[1:]})"
        fault = Fault(file, place, re.sub(r"\s+", " ", rule))
    raise InputError([fault])


def _query(told: dict[str, Any], key: str, *, file: str) -> tuple[Query | None, list[Fault]]:
    """Take what is asked of a database; what may be an address is not shown as it stands."""
    rule = f"a key of {key} must be one that quotarisk knows"
    faults = [
        Fault(file, f"{key}.{name}", rule, quote(name), suggest_word(name, QUERY_KEYS))
        for name in told
        if name not in QUERY_KEYS
    ]
    for name in QUERY_KEYS:
        value = told.get(name)
        if name not in told:
            faults.append(Fault(file, key, f"{name} must be given"))
        elif not isinstance(value, str) or not value.strip():
            rule = f"{name} must be text with something in it"
            faults.append(Fault(file, f"{key}.{name}", rule, quote_with_type(value)))
        elif name == "uri" and not is_address(value):
            rule = "uri must be a database's address such as sqlite://crm.db"
            faults.append(Fault(file, f"{key}.{name}", rule))
    return (None, faults) if faults else (Query(told["uri"], told["query"]), [])


def _named_table(values: dict[str, Any], key: str, *, file: str) -> tuple[str | Query, list[Fault]]:
    """Take a table's name out of what the scenario file says; empty where it names none."""
    name = values.get(key)
    if name is None or (key in ROW_TABLES and isinstance(name, list)):
        return "", []
    del values[key]
    if isinstance(name, dict):
        query, faults = _query(name, key, file=file)
        return query or "", faults
    if isinstance(name, str) and is_address(name) and not is_bucket(name):
        rule = f"{key} must have a query beside the address: {{ uri = ..., query = ... }}"
        return "", [Fault(file, key, rule, quote(mask_address(name)))]
    if isinstance(name, str) and name:
        return name, []
    rule = f"{key} must be the name of a .csv, .parquet or .xlsx file, or {{ uri, query }}"
    return "", [Fault(file, key, rule, quote_with_type(name))]


def _read_named(
    told: Told, key: str, *, folder: Path, layout: Layout, long_texts: Mapping[str, str]
) -> tuple[Told, Table | None]:
    """Read the table that a key names, and note what is wrong with it."""
    values = dict(told.values)
    name, faults = _named_table(values, key, file=told.origins.file)
    if isinstance(name, Query):
        shown = f"{key} from {mask_address(name.uri)}"
        table: Table | None = read_table(shown, folder=folder, layout=layout, query=name)
    else:
        table = (
            read_table(name, folder=folder, layout=layout, long_texts=long_texts) if name else None
        )
    found = (*told.faults, *faults, *(table.faults if table else ()))
    return Told(values, told.origins, found), table


def _with_faults(told: Told, faults: Iterable[Fault]) -> Told:
    return Told(told.values, told.origins, (*told.faults, *faults))


def _with_tables(book: Book, folder: Path) -> tuple[Told, frozenset[Aspect]]:
    """Put in what the tables say; tell also which aspects are not to be trusted."""
    told, long_texts = book.told, book.long_texts
    blurred: set[Aspect] = set()
    readers: list[tuple[str, Layout, Callable[[Table], tuple[list[Entry], list[Fault]]]]] = [
        ("segment_table", SEGMENT_TABLE, segment_entries),
        ("rep_table", REP_TABLE, rep_entries),
        (
            "quota_table",
            QUOTA_TABLE,
            lambda table: quota_entries(
                table, reps=None if "reps" in blurred else rep_names(told.values)
            ),
        ),
    ]
    blurs: dict[str, set[Aspect]] = {
        "segment_table": {"segments", "figures"},
        "rep_table": {"reps", "segments", "figures", "plans"},
        "quota_table": {"quotas"},
    }
    for key, layout, entries_of in readers:
        before = len(told.faults)
        told, table = _read_named(told, key, folder=folder, layout=layout, long_texts=long_texts)
        if table is not None:
            entries, faults = entries_of(table)
            told = merge(_with_faults(told, faults), entries)
        if len(told.faults) > before:
            blurred |= blurs.get(key, set())
    for key, layout in ROW_TABLES.items():
        told, table = _read_named(told, key, folder=folder, layout=layout, long_texts=long_texts)
        if table is not None:
            told = _with_rows(told, key, table, layout)
    return told, frozenset(blurred)


def _with_rows(told: Told, key: str, table: Table, layout: Layout) -> Told:
    """Put in a table whose rows are entries of a list; rows with a hole are faults already."""
    rows = [row for row in table.rows if all(name in row.given for name in layout.required)]
    cells: dict[Loc, Cell] = {
        (key, index): Cell(table.file, row.number) for index, row in enumerate(rows)
    }
    values = {**told.values, key: [row.given for row in rows]}
    return Told(values, Origins(told.origins.file, {**told.origins.cells, **cells}), told.faults)


def _blurred_by(loc: Loc) -> frozenset[Aspect]:
    """Which aspects of the scenario are not to be trusted where this path is wrong?"""
    head, depth = loc[:1], len(loc)
    if head == ("reps",):
        if loc[2:3] == ("segments",):
            return frozenset({"figures"} if depth > 4 else {"figures", "segments"})
        if loc[2:3] and loc[2] in _ASPECTS_OF_KEYS:
            return _ASPECTS_OF_KEYS[str(loc[2])]
        return frozenset({"reps", "segments", "figures", "quotas", "plans"})
    if head == ("segments",):
        return frozenset({"figures"} if depth > 2 else {"figures", "segments"})
    if head == ("pay",):
        return frozenset({"plans"})
    if head and head[0] in ("start", "months", "fiscal_year_start"):
        return frozenset({"horizon"})
    return frozenset() if head and head[0] in Scenario.model_fields else ALL_ASPECTS


def _without(value: Any, wrong: Iterable[Loc]) -> Any:
    """Leave out what is wrong in a value, as little as can be; ``ABSENT`` if nothing remains.

    A table that lacks a key goes as a whole, and so does a list of anything but tables.
    """
    inside: dict[int | str, list[Loc]] = {}
    for loc in wrong:
        if not loc:
            return ABSENT
        inside.setdefault(loc[0], []).append(loc[1:])
    if not inside:
        return value
    if isinstance(value, dict) and set(inside) <= set(value):
        pruned = {key: _without(item, inside.get(key, ())) for key, item in value.items()}
        return {key: item for key, item in pruned.items() if item is not ABSENT}
    return ABSENT


def _pruned(values: Mapping[str, Any], wrong: list[Loc]) -> tuple[dict[str, Any], Kept]:
    """Leave out what is wrong, and tell which entries of the lists of tables remain."""
    inside: dict[str, list[Loc]] = {}
    for loc in wrong:
        inside.setdefault(str(loc[0]) if loc else "", []).append(loc[1:])
    pruned: dict[str, Any] = {**PLACEHOLDERS, **values}
    kept: Kept = {}
    for key, locs in inside.items():
        value = pruned.pop(key, ABSENT)
        if isinstance(value, list | tuple) and () not in locs:
            by_index: dict[int | str, list[Loc]] = {}
            for loc in locs:
                by_index.setdefault(loc[0], []).append(loc[1:])
            items = [_without(item, by_index.get(index, ())) for index, item in enumerate(value)]
            kept[key] = [index for index, item in enumerate(items) if item is not ABSENT]
            pruned[key] = [items[index] for index in kept[key]]
        elif (remains := _without(value, locs)) is not ABSENT:
            pruned[key] = remains
        elif key in PLACEHOLDERS:
            pruned[key] = PLACEHOLDERS[key]
    return pruned, kept


def _findings_beside(
    error: ValidationError, told: Told, blurred: frozenset[Aspect]
) -> Iterator[Finding]:
    """What is wrong with the scenario as a whole, beside what is wrong in its parts?

    What is wrong in a part is left out until the rest can be looked at; findings that may be
    but a consequence of that are not told.
    """
    values, indices = told.values, dict[str, list[int]]()
    for _ in range(MOST_ROUNDS):
        wrong = [written_loc(details["loc"], values) for details in error.errors()]
        blurred = blurred.union(*map(_blurred_by, wrong))
        values, kept = _pruned(values, wrong)
        for key, remaining in kept.items():
            before = indices.get(key)
            indices[key] = [before[index] for index in remaining] if before else remaining
        try:
            scenario = Scenario.model_validate(values)
        except ValidationError as remaining_error:
            error = remaining_error
        else:
            for finding in findings(scenario):
                if not blurred.intersection(finding.rests_on):
                    yield replace(finding, loc=_as_told(finding.loc, indices))
            return


def _as_told(loc: Loc, indices: Kept) -> Loc:
    """Turn the number of a remaining entry into its number in the file."""
    remaining = indices.get(str(loc[0]))
    if remaining is None or len(loc) < 2:
        return loc
    return (loc[0], remaining[int(loc[1])], *loc[2:])


def load_scenario(path: str | os.PathLike[str]) -> Scenario:
    """Which scenario do a TOML file and the tables that it names describe, or a workbook?

    Parameters
    ----------
    path
        The TOML file. Names of tables and SQLite files in it are relative to its folder. Or a
        workbook (``.xlsx``) with the sheets of assumptions that a report has.

    Returns
    -------
    Scenario
        Checked: it can be simulated.

    Raises
    ------
    InputError
        With everything that is wrong in any of the files.
    """
    file = os.fspath(path)
    if Path(file).suffix.casefold() == ".xlsx":
        book, folder = read_book(file), Path()
    else:
        book = Book(Told(_read_toml(Path(file), file), Origins(file)), {})
        folder = Path(file).parent
    told, blurred = _with_tables(book, folder)
    faults = list(told.faults)
    try:
        scenario = Scenario.model_validate(told.values)
    except ValidationError as error:
        faults += translate(error, told=told.values, origins=told.origins)
        beside = _findings_beside(error, told, blurred)
    else:
        beside = (f for f in findings(scenario) if not blurred.intersection(f.rests_on))
    faults += [as_fault(finding, told.origins) for finding in beside]
    if faults:
        raise InputError(abridge(faults))
    return scenario
