"""Reading a history from a CRM's export, with all that is wrong in it at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl

from quotarisk.calibration.amounts import read_amounts
from quotarisk.calibration.banding import find_bands
from quotarisk.calibration.cleaning import clean, merge_spellings
from quotarisk.calibration.days import EMPTY, DayColumn, decide_orders, read_days
from quotarisk.calibration.extract import (
    Cell,
    Extract,
    name_shown,
    read_extract,
    tidy,
    without_footer,
)
from quotarisk.calibration.history import SCHEMA, Finding, History, Outcome, findings_of
from quotarisk.calibration.mapping import ColumnMap, Columns, match_columns, read_map
from quotarisk.calibration.outcomes import read_outcomes
from quotarisk.errors import Fault, InputError, suggest
from quotarisk.scenario.quoting import quote
from quotarisk.scenario.workbook import UnreadableFileError

KNOWN_SHARE = 0.05
NOBODY = EMPTY | {"unassigned", "nobody"}
DAY_ROLES = ("created", "ordered", "closed", "won_date", "lost_date")
AMOUNT_ROLES = ("amount", "won_amount")


@dataclass(frozen=True)
class _Part:
    """Values that were read from some columns, by role, and what is to be said of them."""

    values: Mapping[str, Sequence[object]]
    findings: tuple[Finding, ...] = ()
    faults: tuple[Fault, ...] = ()


def _cells(extract: Extract, index: int) -> list[tuple[int, Cell]]:
    return [(row.number, row.cells[index]) for row in extract.rows]


def _read_days(extract: Extract, columns: Columns, told: ColumnMap) -> _Part:
    roles = {
        role: DayColumn(extract.header[index], _cells(extract, index))
        for role, index in columns.index.items()
        if role in DAY_ROLES
    }
    orders, faults = decide_orders(tuple(roles.values()), file=extract.file, told=told.dates)
    values, findings = dict[str, Sequence[date | None]](), tuple[Finding, ...]()
    for role, column in roles.items():
        days, found, more = read_days(column, file=extract.file, order=orders.get(column.name))
        values[role] = days
        findings, faults = findings + found, faults + more
    return _Part(values, findings, faults)


def _read_amounts(extract: Extract, columns: Columns, told: ColumnMap) -> tuple[_Part, str]:
    """Read the amounts, and the one currency that they are in."""
    values, findings, faults = dict[str, Sequence[object]](), tuple[Finding, ...](), list[Fault]()
    named: dict[str, int] = {}
    for role in AMOUNT_ROLES:
        if role in columns.index:
            index = columns.index[role]
            name, cells = extract.header[index], _cells(extract, index)
            amounts = read_amounts(cells, name=name, file=extract.file, decimal=told.decimal)
            values[role] = amounts.values
            findings += amounts.findings
            faults += amounts.faults
            named = {**amounts.currencies, **named}
    hint = "give one currency: convert the amounts, or keep the rows of one"
    said = [named]
    if "currency" in columns.index:
        cells = _cells(extract, columns.index["currency"])
        words = {tidy(cell).upper(): row for row, cell in reversed(cells)}
        said.append({word: row for word, row in words.items() if word.casefold() not in EMPTY})
    for currencies in said:
        if len(currencies) > 1:
            got = ", ".join(f"{word} (row {currencies[word]})" for word in sorted(currencies))
            rule = "all amounts must be in one currency"
            faults.append(Fault(extract.file, "", rule, got, hint))
    currency = next((word for words in reversed(said) for word in words), "")
    return _Part(values, findings, tuple(faults)), currency


def _text(extract: Extract, columns: Columns, role: str) -> list[str | None]:
    """Read a column of names; no value where there is no such column or nothing in it."""
    if role not in columns.index:
        return [None] * len(extract.rows)
    texts = [tidy(row.cells[columns.index[role]]) for row in extract.rows]
    return [None if text.casefold() in NOBODY else text for text in texts]


def _merged(
    extract: Extract, role: str, names: list[str | None]
) -> tuple[list[str | None], tuple[Finding, ...]]:
    merged = merge_spellings(names)
    places = [
        (row.number, f"{quote(before)} counted as {quote(after)}")
        for row, before, after in zip(extract.rows, names, merged, strict=True)
        if before != after
    ]
    treatment = f"Names of a {role} that differ in capitals only were merged."
    return merged, findings_of("letter_case", treatment, places)


def _read_reps(extract: Extract, columns: Columns, told: ColumnMap) -> _Part:
    """Read the reps under the names that the map file gives them."""
    texts = _text(extract, columns, "rep")
    renames = {tidy(old).casefold(): tidy(new) for old, new in told.reps.items()}
    present = {text.casefold() for text in texts if text is not None}
    names = sorted({text for text in texts if text is not None})
    rule = f"a rep of the map file must occur in {extract.file}"
    faults = tuple(
        Fault(told.file, "reps", rule, quote(old), suggest(old, names))
        for old in told.reps
        if tidy(old).casefold() not in present
    )
    renamed = [None if text is None else renames.get(text.casefold(), text) for text in texts]
    places = [
        (row.number, f"{quote(before)} counted as {quote(after)}")
        for row, before, after in zip(extract.rows, texts, renamed, strict=True)
        if before != after
    ]
    found = findings_of("renamed_rep", "Reps were renamed as the map file says.", places)
    merged, more = _merged(extract, "rep", renamed)
    return _Part({"rep": merged}, (*found, *more), faults if "rep" in columns.index else ())


def _untidy(extract: Extract, columns: Columns) -> tuple[Finding, ...]:
    """Count cells with spaces around them and with line breaks in them, where they are read."""
    used = sorted({*columns.index.values(), *columns.outcomes})
    spaced, broken = list[tuple[int, str]](), list[tuple[int, str]]()
    for row in extract.rows:
        for index in used:
            cell = row.cells[index]
            if isinstance(cell, str) and cell != tidy(cell):
                lines = "\n" in cell.strip() or "\r" in cell.strip()
                (broken if lines else spaced).append((row.number, quote(cell)))
    return (
        *findings_of("spaces", "Spaces around were taken off, odd ones inside made plain.", spaced),
        *findings_of("line_breaks", "Line breaks in cells were read as spaces.", broken),
    )


def _of_columns(extract: Extract, columns: Columns) -> tuple[Finding, ...]:
    """Say which column was read as what, and which were not read."""
    roles = {**columns.index, **({"outcome": columns.outcomes[0]} if columns.outcomes else {})}
    read = ", ".join(f"{role} from {extract.header[index]!r}" for role, index in roles.items())
    unused = ", ".join(map(repr, columns.unused))
    count = len(extract.rows)
    found = (Finding("columns_read", f"Read: {read}.", count),)
    return found + ((Finding("columns_unused", f"Not used: {unused}.", count),) if unused else ())


def _first_of(*columns: Sequence[object]) -> list[object]:
    return [
        next((v for v in values if v is not None), None) for values in zip(*columns, strict=True)
    ]


def _frame(
    extract: Extract, ends: Sequence[str | None], values: Mapping[str, Sequence[object]]
) -> pl.DataFrame:
    """Bring the roles of an export to the columns of a history."""
    nothing: list[object] = [None] * len(extract.rows)
    won = [end == Outcome.WON for end in ends]
    lost = [end == Outcome.LOST for end in ends]

    def only(role: str, where: Sequence[bool]) -> list[object]:
        told = values.get(role, nothing)
        return [value if here else None for value, here in zip(told, where, strict=True)]

    created = values.get("created", nothing)
    closed = _first_of(
        only("won_date", won), only("lost_date", lost), values.get("closed", nothing)
    )
    if "created" not in values:
        created = closed = list(values["ordered"])
    booked = [value or None for value in only("won_amount", won)]
    columns: dict[str, Sequence[object]] = {
        **{role: values[role] for role in ("deal", "rep", "group", "segment")},
        "created": created,
        "closed": closed,
        "outcome": ends,
        "amount": _first_of(booked, values.get("amount", nothing)),
    }
    rows = pl.Series("row", [row.number for row in extract.rows], dtype=pl.Int64)
    return pl.DataFrame(columns, schema=SCHEMA).insert_column(0, rows)


def _amounts_while_open(deals: pl.DataFrame) -> bool:
    """Tell from the layout whether amounts are known before a deal is decided.

    Not if nearly all (over 95 %) of the deals that are open in the export lack one: then the
    CRM fills the amount in at the close. Nor if nearly all lost ones do: then it wipes what it
    knew, and a missing amount would tell the loss. Nor if there are only won deals, which say
    nothing of it.
    """
    undecided = [
        deals.filter(pl.col("outcome") == outcome)["amount"]
        for outcome in (Outcome.OPEN, Outcome.LOST)
    ]
    seen = [amounts for amounts in undecided if len(amounts)]
    return bool(seen) and all(
        amounts.is_not_null().sum() > KNOWN_SHARE * len(amounts) for amounts in seen
    )


def _open_extract(
    source: str, told: ColumnMap, segment: str | None, query: str | None
) -> tuple[Extract, Columns, list[Fault]]:
    """Read the cells of an export and find its columns."""
    extract = read_extract(source, query=query)
    columns, faults = match_columns(extract.header, file=extract.file, told=told, segment=segment)
    amounts = {
        extract.header[columns.index[role]] for role in AMOUNT_ROLES if role in columns.index
    }
    if query is None and ".xlsx" in source.casefold() and amounts:
        # as text Excel's numbers have nine digits only
        extract = read_extract(source, numeric=amounts)
    dated = [columns.index[role] for role in ("created", "ordered") if role in columns.index]
    named = [columns.index[role] for role in ("deal", "rep") if role in columns.index]
    whole = without_footer(extract, dated=dated, named=[*named, *columns.outcomes])
    return whole, columns, list(faults)


def read_history(
    source: str | Path,
    *,
    columns: str | Path | None = None,
    segment: str | None = None,
    query: str | None = None,
) -> History:
    """Which opportunities does a CRM's export hold, and what is wrong with it?

    The usual column names and words of Salesforce, HubSpot, Pipedrive and Dynamics are known,
    and so are tables of orders alone; a map file says the rest (see ``read_map``).

    Parameters
    ----------
    source
        A ``.csv``, ``.tsv``, ``.txt``, ``.parquet`` or ``.xlsx`` file; ``book.xlsx#Deals`` for
        a sheet. Or the address of a database, such as ``sqlite://crm.db`` (a file here),
        ``sqlite:///srv/crm.db`` or, with the extra ``db``, ``postgresql://user@host/crm``; user
        names and passwords in it are shown nowhere, and ``${NAME}`` in it stands for a variable
        of the environment. Or Parquet in a bucket, such as ``s3://sales/deals.parquet``.
    columns
        A map file.
    segment
        The column to take segments from. Without it they come from the segment column; where
        there is none, they are bands of the amount.
    query
        SQL for a database, whose answer has a row for each opportunity.

    Raises
    ------
    InputError
        If it cannot be understood as a whole, with all that stands in the way.
    """
    file = name_shown(str(source))
    told, map_faults = (ColumnMap(), ()) if columns is None else read_map(columns)
    try:
        extract, found_columns, faults = _open_extract(str(source), told, segment, query)
    except UnreadableFileError as error:
        fault = Fault(file, "", f"the history {error.must}", error.got, error.hint)
        raise InputError([*map_faults, fault]) from None
    ends, outcome_findings, outcome_faults = read_outcomes(extract, found_columns, told)
    days = _read_days(extract, found_columns, told)
    amounts, currency = _read_amounts(extract, found_columns, told)
    reps = _read_reps(extract, found_columns, told)
    faults = [*map_faults, *faults, *outcome_faults, *days.faults, *amounts.faults, *reps.faults]
    if faults:
        raise InputError(faults)
    segments, segment_findings = _merged(
        extract, "segment", _text(extract, found_columns, "segment")
    )
    values = {
        **{role: _text(extract, found_columns, role) for role in ("deal", "group")},
        "segment": segments,
        **days.values,
        **amounts.values,
        **reps.values,
    }
    deals, cleaning_findings = clean(_frame(extract, ends, values))
    findings = (
        *_of_columns(extract, found_columns),
        *extract.findings,
        *_untidy(extract, found_columns),
        *outcome_findings,
        *days.findings,
        *amounts.findings,
        *reps.findings,
        *segment_findings,
        *cleaning_findings,
    )
    if deals.is_empty():
        treated = [f"{finding.rule} ({finding.rows})" for finding in cleaning_findings]
        rule = "the history must have an opportunity that can be understood"
        raise InputError([Fault(file, "", rule, ", ".join(treated) or "only sums and remarks")])
    banded = bool(deals["segment"].is_null().all())
    if banded:
        deals, banded, more = find_bands(deals)
        findings += more
    return History(
        source=file,
        deals=deals,
        findings=findings,
        rows_read=len(extract.rows) + _rows_left_out(extract),
        currency=currency,
        amounts_while_open=_amounts_while_open(deals),
        banded=banded,
    )


def _rows_left_out(extract: Extract) -> int:
    """Count the rows that were left out before their cells were looked at."""
    return sum(f.rows for f in extract.findings if f.rule in ("long_row", "totals_row"))
