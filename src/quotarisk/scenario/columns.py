"""What the rows of each table say, as values at paths of the scenario."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from quotarisk.errors import Fault
from quotarisk.periods import CADENCES
from quotarisk.scenario.cells import (
    Reader,
    UnreadableCellError,
    read_day,
    read_number,
    read_period,
    read_text,
)
from quotarisk.scenario.faults import suggest_word
from quotarisk.scenario.places import Cell, Loc
from quotarisk.scenario.quoting import quote
from quotarisk.scenario.tables import Layout, Row, Table

LAWS = {"deal_size": "deal_size", "won_cycle": "won_cycle_days", "lost_cycle": "lost_cycle_days"}
PAIRS = {"opps_per_week": ("opps", "weeks"), "win_rate": ("won", "of")}


def _read_cadence(value: Any) -> str:
    word = read_text(value)
    if word not in CADENCES:
        hint = suggest_word(word, CADENCES)
        raise UnreadableCellError(
            "must be 'month', 'quarter' or 'year'",
            got=quote(word),
            hint=hint if hint.startswith("did") else "",
        )
    return word


_FIGURES: dict[str, Reader] = {
    "opps_per_week": read_number,
    "opps": read_number,
    "weeks": read_number,
    "win_rate": read_number,
    "won": read_number,
    "of": read_number,
    "stall_rate": read_number,
    **{f"{law}_{part}": read_number for law in LAWS for part in ("median", "p90", "of")},
}
REP_TABLE = Layout(
    {
        "rep": read_text,
        "group": read_text,
        "segment": read_text,
        **_FIGURES,
        "start_date": read_day,
    },
    required=("rep",),
)
SEGMENT_TABLE = Layout({"segment": read_text, **_FIGURES}, required=("segment",))
QUOTA_TABLE = Layout(
    {"rep": read_text, "cadence": _read_cadence, "period": read_period, "quota": read_number},
    required=("cadence", "quota"),
)
OPEN_DEALS = Layout(
    {
        "deal": read_text,
        "rep": read_text,
        "segment": read_text,
        "amount": read_number,
        "created": read_day,
    },
    required=("deal", "rep", "segment", "created"),
)
BOOKED = Layout(
    {"rep": read_text, "date": read_day, "amount": read_number},
    required=("rep", "date", "amount"),
    may_be_empty=True,
)


@dataclass(frozen=True)
class Entry:
    """A value that a table gives for a path of the scenario.

    Parameters
    ----------
    path
        Where it belongs; a rep by name: ``("reps", "Ana", "group")``.
    value
        What is given; ``None`` says only that the table at the path is there.
    cell
        Where it stands.
    parts
        Cells of the values that it is made of, by their path within it.
    """

    path: tuple[str, ...]
    value: Any
    cell: Cell
    parts: Mapping[Loc, Cell] = field(default_factory=dict)


def _together(file: str, row: Row, names: tuple[str, ...], rule: str) -> Fault:
    given = [name for name in names if name in row.given]
    return Fault(file, f"row {row.number}", rule, "only " + " and ".join(given))


def _figures(file: str, row: Row) -> tuple[list[Entry], list[Fault]]:
    """Make figures of a row's columns: pairs of columns become evidence or laws."""
    entries, faults = [], []

    def add(key: str, columns: Mapping[str, str]) -> None:
        """Make one figure of a column, or a table of several: ``{key in it: column}``."""
        cells = {part: Cell(file, row.number, column) for part, column in columns.items()}
        values = {part: row.given[column] for part, column in columns.items()}
        value = values.get("", values)
        parts: dict[Loc, Cell] = {(part,): cell for part, cell in cells.items() if part}
        entries.append(Entry((key,), value, next(iter(cells.values())), parts))

    for key, pair in PAIRS.items():
        halves = [name for name in pair if name in row.given]
        if key in row.given and halves:
            rule = f"{key} must be given alone, or {pair[0]} and {pair[1]} in its place"
            place = f"row {row.number}"
            faults.append(Fault(file, place, rule, " and ".join([key, *halves])))
        elif key in row.given:
            add(key, {"": key})
        elif len(halves) == 2:
            add(key, {name: name for name in pair})
        elif halves:
            rule = f"{pair[0]} and {pair[1]} must be given together"
            faults.append(_together(file, row, pair, rule))
    if "stall_rate" in row.given:
        add("stall_rate", {"": "stall_rate"})
    for stem, key in LAWS.items():
        names = {part: f"{stem}_{part}" for part in ("median", "p90", "of")}
        given = {part: name for part, name in names.items() if name in row.given}
        if {"median", "p90"} <= set(given):
            add(key, given)
        elif given:
            rule = f"{stem}_median and {stem}_p90 must be given together"
            faults.append(_together(file, row, tuple(names.values()), rule))
    return entries, faults


def _below(path: tuple[str, ...], entry: Entry) -> Entry:
    return Entry((*path, *entry.path), entry.value, entry.cell, entry.parts)


def _unique(
    file: str, row: Row, key: tuple[str, ...], *, seen: dict[Any, int], what: str
) -> list[Fault]:
    """Name a row whose key stood in an earlier one."""
    first = seen.setdefault(key, row.number)
    if first == row.number:
        return []
    got = " and ".join(repr(word) for word in key if word) or "an empty one"
    rule = f"{what} must be in one row only"
    return [Fault(file, f"row {row.number}", rule, f"{got} in row {first} too")]


def segment_entries(table: Table) -> tuple[list[Entry], list[Fault]]:
    """What does a segment table say?"""
    entries: list[Entry] = []
    faults: list[Fault] = []
    seen: dict[Any, int] = {}
    for row in table.rows:
        name = row.given.get("segment")
        if name is None:
            continue
        faults += _unique(table.file, row, (name,), seen=seen, what="a segment")
        path = ("segments", name)
        entries.append(Entry(path, None, Cell(table.file, row.number, "segment")))
        figures, wrong = _figures(table.file, row)
        entries += [_below(path, figure) for figure in figures]
        faults += wrong
    return entries, faults


def rep_entries(table: Table) -> tuple[list[Entry], list[Fault]]:
    """What does a rep table say: one row for each rep and segment?"""
    entries: list[Entry] = []
    faults: list[Fault] = []
    seen: dict[Any, int] = {}
    for row in table.rows:
        name, segment = row.given.get("rep"), row.given.get("segment")
        if name is None:
            continue
        what = "a rep with a segment" if segment else "a rep without a segment"
        faults += _unique(table.file, row, (name, segment or ""), seen=seen, what=what)
        path: tuple[str, ...] = ("reps", name)
        entries.append(Entry(path, None, Cell(table.file, row.number, "rep")))
        for key in ("group", "start_date"):
            if key in row.given:
                cell = Cell(table.file, row.number, key)
                entries.append(Entry((*path, key), row.given[key], cell))
        figures, wrong = _figures(table.file, row)
        faults += wrong
        if segment:
            path = (*path, "segments", segment)
            entries.append(Entry(path, None, Cell(table.file, row.number, "segment")))
            entries += [_below(path, figure) for figure in figures]
        elif figures:
            rule = "segment must be given in a row with figures"
            got = ", ".join(figure.cell.column for figure in figures)
            faults.append(Fault(table.file, f"row {row.number}, column segment", rule, got))
    return entries, faults


def quota_entries(table: Table, *, reps: Iterable[str] | None) -> tuple[list[Entry], list[Fault]]:
    """What does a quota table say: a row for each rep, cadence and period?

    An empty rep stands for the team, an empty period for all that no other row names.

    Parameters
    ----------
    table
        The table.
    reps
        Names of the reps; ``None`` where they could not be read.
    """
    faults: list[Fault] = []
    seen: dict[Any, int] = {}
    rows: dict[tuple[str, str], dict[str, Row]] = {}
    known = None if reps is None else set(reps)
    for row in table.rows:
        name, cadence = row.given.get("rep", ""), row.given.get("cadence")
        if cadence is None or "quota" not in row.given:
            continue
        if name and known is not None and name not in known:
            place, rule = f"row {row.number}, column rep", "rep must be one of the reps"
            hint = suggest_word(name, sorted(known))
            faults.append(Fault(table.file, place, rule, quote(name), hint))
            continue
        period = row.given.get("period", "")
        what = "a rep with a cadence and a period"
        twice = _unique(table.file, row, (name, cadence, period), seen=seen, what=what)
        faults += twice
        if not twice:
            rows.setdefault((name, cadence), {})[period] = row
    entries = []
    for (name, cadence), by_period in rows.items():
        cells: dict[Loc, Cell] = {
            (period,): Cell(table.file, row.number, "quota") for period, row in by_period.items()
        }
        amounts = {period: row.given["quota"] for period, row in by_period.items()}
        value = amounts[""] if set(amounts) == {""} else amounts
        path = ("reps", name, "quota", cadence) if name else ("team", "quota", cadence)
        entries.append(Entry(path, value, next(iter(cells.values())), cells))
    return entries, faults
