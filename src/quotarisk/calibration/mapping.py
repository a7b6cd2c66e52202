"""Which column of an export is what: from the usual names, or from the user's map file."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from quotarisk.calibration.aliases import ALIASES, OUTCOME_WORDS, plain, plain_word
from quotarisk.errors import Fault, suggest
from quotarisk.scenario.faults import suggest_word
from quotarisk.scenario.quoting import quote, quote_with_type
from quotarisk.scenario.tables import decode, read_bytes
from quotarisk.scenario.workbook import UnreadableFileError

DateOrder = Literal["day-first", "month-first"]
DecimalSign = Literal["point", "comma"]

TABLES = ("columns", "outcomes", "reps")
CHOICES: dict[str, tuple[str, ...]] = {
    "dates": ("day-first", "month-first"),
    "decimal": ("point", "comma"),
}
NAMED_AT_MOST = 6


@dataclass(frozen=True)
class ColumnMap:
    """What the user says of an export.

    Parameters
    ----------
    file
        The map file; empty without one.
    columns
        The header of each role; empty for a role that no column has.
    outcomes
        The outcome that each word means, as ``plain_word`` writes it.
    reps
        Names of reps, and what each is to be called.
    dates
        Whether the day or the month comes first in dates such as 03/04/2026.
    decimal
        Which sign stands before the decimals.
    """

    file: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)
    outcomes: Mapping[str, str] = field(default_factory=dict)
    reps: Mapping[str, str] = field(default_factory=dict)
    dates: DateOrder | None = None
    decimal: DecimalSign | None = None


@dataclass(frozen=True)
class Columns:
    """Where each role stands.

    Parameters
    ----------
    index
        Number of the column of each role that has one; ``outcome`` is not among them.
    outcomes
        Columns that may hold the outcome, the likeliest first.
    unused
        Headers that nothing is read from.
    """

    index: Mapping[str, int]
    outcomes: tuple[int, ...]
    unused: tuple[str, ...]

    @property
    def orders_only(self) -> bool:
        """Whether the rows are orders: nothing but the day on which each was won."""
        told = {"created", "closed", "won_date", "lost_date", "is_won"} & set(self.index)
        return "ordered" in self.index and not told and not self.outcomes


def _toml(file: str) -> tuple[dict[str, Any], list[Fault]]:
    try:
        return tomllib.loads(decode(read_bytes(Path(file)))), []
    except UnreadableFileError as error:
        return {}, [Fault(file, "", f"the map file {error.must}", error.got, error.hint)]
    except (ValueError, RecursionError) as error:
        return {}, [Fault(file, "", "the map file must be valid TOML", str(error))]


def _texts(file: str, table: str, told: Any, faults: list[Fault]) -> dict[str, str]:
    """Take the entries of a table that are texts."""
    if not isinstance(told, dict):
        faults.append(Fault(file, table, f"{table} must be a table", quote_with_type(told)))
        return {}
    wrong = {key: value for key, value in told.items() if not isinstance(value, str)}
    faults += [
        Fault(file, f"{table}.{key}", f"{table}.{key} must be text", quote_with_type(value))
        for key, value in wrong.items()
    ]
    return {key: value for key, value in told.items() if key not in wrong}


def _unknown(file: str, table: str, key: str, allowed: Sequence[str]) -> Fault:
    rule = f"a key of {table} must be one that quotarisk knows"
    return Fault(file, table, rule, quote(key), suggest_word(key, allowed))


def _outcomes(file: str, told: Any, faults: list[Fault]) -> dict[str, str]:
    """Turn lists of words into the outcome of each word."""
    if not isinstance(told, dict):
        faults.append(Fault(file, "outcomes", "outcomes must be a table", quote_with_type(told)))
        return {}
    means: dict[str, str] = {}
    for outcome, words in told.items():
        if outcome not in OUTCOME_WORDS:
            faults.append(_unknown(file, "outcomes", outcome, tuple(OUTCOME_WORDS)))
            continue
        place = f"outcomes.{outcome}"
        if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
            faults.append(Fault(file, place, f"{place} must be a list of texts", quote(words)))
            continue
        faults += [
            Fault(file, place, "a word must mean one outcome", quote(word))
            for word in words
            if means.setdefault(plain_word(word), outcome) != outcome
        ]
    return means


def read_map(path: str | Path) -> tuple[ColumnMap, tuple[Fault, ...]]:
    """What does a map file say, and what is wrong with it?

    Examples
    --------
    A map file::

        dates = "day-first"
        decimal = "comma"

        [columns]
        rep = "Owner Name"
        segment = ""            # none

        [outcomes]
        won = ["Closed Won", "Renewed"]
        ignored = ["Test"]

        [reps]
        "Ana S." = "Ana Silva"
    """
    file = str(path)
    told, faults = _toml(file)
    known = (*TABLES, *CHOICES)
    faults += [_unknown(file, "the map file", key, known) for key in told if key not in known]
    columns = _texts(file, "columns", told.get("columns", {}), faults)
    faults += [_unknown(file, "columns", key, tuple(ALIASES)) for key in columns.keys() - ALIASES]
    choices: dict[str, Any] = {}
    for key, allowed in CHOICES.items():
        if key in told and told[key] not in allowed:
            hint = suggest(str(told[key]), allowed)
            faults.append(Fault(file, key, f"{key} must be a known word", quote(told[key]), hint))
        else:
            choices[key] = told.get(key)
    return ColumnMap(
        file,
        {key: value for key, value in columns.items() if key in ALIASES},
        _outcomes(file, told.get("outcomes", {}), faults),
        _texts(file, "reps", told.get("reps", {}), faults),
        **choices,
    ), tuple(faults)


def _named(header: Sequence[str], name: str) -> list[int]:
    """Find the columns with exactly this name, else those with a name that is written alike."""
    exact = [index for index, other in enumerate(header) if other == name.strip()]
    alike = [index for index, other in enumerate(header) if plain(other) == plain(name)]
    return exact or alike


def _by_alias(header: Sequence[str], role: str) -> list[list[int]]:
    """Find the columns with a usual name of a role, in the order of those names."""
    places: dict[str, list[int]] = {}
    for index, name in enumerate(header):
        places.setdefault(plain(name), []).append(index)
    return [places[alias] for alias in dict.fromkeys(map(plain, ALIASES[role])) if alias in places]


def _absent(file: str, role: str, header: Sequence[str]) -> Fault:
    """Say that no column has a role, which names it may have, and which may be meant."""
    names = ", ".join(map(repr, ALIASES[role][:NAMED_AT_MOST]))
    rule = f"a column for {role} must be there, with a usual name ({names} ...)"
    meant = [name for name in header if suggest(name, ALIASES[role]).startswith("did you mean")]
    example = meant[0] if meant else "Name of the column"
    start = f"did you mean {meant[0]!r}? " if meant else ""
    hint = f"{start}name it in the map file: [columns] {role} = {example!r}"
    return Fault(file, "row 1", rule, hint=hint)


def _missing(columns: Columns) -> list[str]:
    """Name the roles without which a history cannot be understood."""
    needed = ["rep"] if "won_amount" in columns.index else ["rep", "amount"]
    if not columns.orders_only:
        closes = {"closed", "won_date", "lost_date"} & set(columns.index)
        flags = {"is_won", "is_closed"} <= set(columns.index)
        needed += ["created"]
        needed += [] if closes else ["closed"]
        needed += [] if columns.outcomes or flags else ["outcome"]
    return [role for role in needed if role not in columns.index]


def match_columns(
    header: Sequence[str], *, file: str, told: ColumnMap, segment: str | None = None
) -> tuple[Columns, tuple[Fault, ...]]:
    """Which column is what, and what is wrong with that?

    Parameters
    ----------
    header
        Names of the columns.
    file
        The export, as the user named it.
    told
        What the map file says; it goes before the usual names.
    segment
        Header of the column to take the segments from; it goes before the map file.
    """
    named = dict(told.columns) | ({} if segment is None else {"segment": segment})
    index, outcomes, faults = dict[str, int](), list[int](), list[Fault]()
    clear = True
    for role in ALIASES:
        name = named.get(role)
        if name == "":
            continue
        found = _by_alias(header, role) if name is None else [_named(header, name)]
        if not found:
            continue
        if not found[0]:
            by_option = role == "segment" and segment is not None
            place = "--segment" if by_option else f"columns.{role}"
            rule = f"{place} must name a column of {file}"
            hint = suggest_word(str(name), [n for n in header if n])
            faults.append(Fault("" if by_option else told.file, place, rule, quote(name), hint))
            clear = clear and role == "segment"
            continue
        if len(found[0]) > 1:
            rule = f"the column that {role} is read from must have a name of its own"
            faults.append(Fault(file, "row 1", rule, quote(header[found[0][0]])))
        if role == "outcome":
            outcomes = [places[0] for places in found]
        else:
            index[role] = found[0][0]
    used = {*index.values(), *outcomes}
    unused = tuple(n for i, n in enumerate(header) if n and i not in used)
    columns = Columns(index, tuple(outcomes), unused)
    if clear:  # else what seems to be missing may be what the map file means
        faults += [_absent(file, role, unused) for role in _missing(columns)]
    return columns, tuple(faults)
