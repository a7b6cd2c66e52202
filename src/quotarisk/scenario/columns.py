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
from quotarisk.scenario.literals import read_literal, read_quota
from quotarisk.scenario.places import Cell, Loc
from quotarisk.scenario.quoting import quote
from quotarisk.scenario.tables import Layout, Row, Table

LAWS = {"deal_size": "deal_size", "won_cycle": "won_cycle_days", "lost_cycle": "lost_cycle_days"}
LAW_PARTS = ("median", "p90", "of")
ALONE: dict[str, Reader] = {
    "stall_rate": read_number,
    "inbound_opps_per_week": read_literal,
    "funnel": read_literal,
    "hours_per_open_deal": read_number,
    "prospecting_mix": read_number,
    "cost_per_opp": read_number,
    "cost_per_inbound_opp": read_number,
    "lifetime_value": read_number,
}
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


FIGURES: dict[str, Reader] = {
    "opps_per_week": read_number,
    "opps": read_number,
    "weeks": read_number,
    "win_rate": read_number,
    "won": read_number,
    "of": read_number,
    **ALONE,
    **{f"{law}_{part}": read_number for law in LAWS for part in LAW_PARTS},
    **dict.fromkeys(LAWS.values(), read_literal),
}
OWN_KEYS: dict[str, Reader] = {
    "group": read_text,
    "start_date": read_day,
    "ramp": read_literal,
    "pipeline": read_text,
    "booked_since": read_day,
    "hours_per_week": read_number,
    "prospecting_share": read_number,
    "pay": read_text,
}
REP_TABLE = Layout(
    {
        "rep": read_text,
        "group": read_text,
        "segment": read_text,
        **FIGURES,
        **OWN_KEYS,
    },
    required=("rep",),
)
SEGMENT_TABLE = Layout({"segment": read_text, **FIGURES}, required=("segment",))
QUOTA_TABLE = Layout(
    {
        "rep": read_text,
        "group": read_text,
        "cadence": _read_cadence,
        "period": read_period,
        "quota": read_quota,
    },
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
    for key in ALONE:
        if key in row.given:
            add(key, {"": key})
    for stem, key in LAWS.items():
        names = {part: f"{stem}_{part}" for part in LAW_PARTS}
        given = {part: name for part, name in names.items() if name in row.given}
        if key in row.given and given:
            rule = f"{key} must be given alone, or {stem}_median and {stem}_p90 in its place"
            place = f"row {row.number}"
            faults.append(Fault(file, place, rule, " and ".join([key, *given.values()])))
        elif key in row.given:
            add(key, {"": key})
        elif {"median", "p90"} <= set(given):
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
        for key in OWN_KEYS:
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


Owner = tuple[str, ...]  # the path of the one whose quota it is
TEAM: Owner = ("team",)


def _owner(row: Row) -> Owner:
    if "rep" in row.given:
        return ("reps", row.given["rep"])
    return ("groups", row.given["group"]) if "group" in row.given else TEAM


def _owner_faults(file: str, row: Row, known: frozenset[str] | None) -> list[Fault]:
    """Say that a row is about nobody that is known, or about two at once."""
    name = row.given.get("rep")
    if name is None or known is None:
        return []
    if "group" in row.given:
        rule = "rep must be empty in a row of a group's quota"
        return [Fault(file, f"row {row.number}, column rep", rule, quote(name))]
    if name not in known:
        place, rule = f"row {row.number}, column rep", "rep must be one of the reps"
        return [Fault(file, place, rule, quote(name), suggest_word(name, sorted(known)))]
    return []


def _quota(file: str, by_period: Mapping[str, Row]) -> tuple[Any, list[Fault]]:
    """Make one quota of the rows of an owner and a cadence."""
    amounts = {period: row.given["quota"] for period, row in by_period.items()}
    if set(amounts) == {""}:
        return amounts[""], []
    rule = "quota must be a number where there are rows by period"
    return amounts, [
        Fault(file, f"row {by_period[period].number}, column quota", rule, quote(amount))
        for period, amount in amounts.items()
        if isinstance(amount, list | dict)
    ]


def quota_entries(table: Table, *, reps: Iterable[str] | None) -> tuple[list[Entry], list[Fault]]:
    """What does a quota table say: a row for each rep or group, cadence and period?

    Without a rep and a group a row is the team's; without a period it stands for all that no
    other row names, and may have a list or a table of quotas as the scenario file may.

    Parameters
    ----------
    table
        The table.
    reps
        Names of the reps; ``None`` where they could not be read.
    """
    faults: list[Fault] = []
    seen: dict[str, dict[Any, int]] = {"reps": {}, "groups": {}, "team": {}}
    rows: dict[tuple[Owner, str], dict[str, Row]] = {}
    entries: list[Entry] = []
    known = None if reps is None else frozenset(reps)
    for row in table.rows:
        cadence, owner = row.given.get("cadence"), _owner(row)
        if cadence is None or "quota" not in row.given:
            continue
        if wrong := _owner_faults(table.file, row, known):
            faults += wrong
            continue
        period = row.given.get("period", "")
        what = f"a {'group' if owner[0] == 'groups' else 'rep'} with a cadence and a period"
        key = ("".join(owner[1:]), cadence, period)
        twice = _unique(table.file, row, key, seen=seen[owner[0]], what=what)
        faults += twice
        if not twice:
            rows.setdefault((owner, cadence), {})[period] = row
            if owner[0] == "groups":
                entries.append(Entry(owner, None, Cell(table.file, row.number, "group")))
    for (owner, cadence), by_period in rows.items():
        cells: dict[Loc, Cell] = {
            (period,): Cell(table.file, row.number, "quota") for period, row in by_period.items()
        }
        value, wrong = _quota(table.file, by_period)
        faults += wrong
        if not wrong:
            path = (*owner, "quota", cadence)
            entries.append(Entry(path, value, next(iter(cells.values())), cells))
    return entries, faults
