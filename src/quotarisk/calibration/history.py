"""A CRM's history as it was understood, and what was wrong with it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import polars as pl

MOST_EXAMPLES = 3

SCHEMA: dict[str, type[pl.DataType]] = {
    "deal": pl.String,
    "rep": pl.String,
    "group": pl.String,
    "segment": pl.String,
    "created": pl.Date,
    "closed": pl.Date,
    "outcome": pl.String,
    "amount": pl.Float64,
}


class Outcome:
    """How an opportunity stands, as plain words in frames."""

    OPEN = "open"
    WON = "won"
    LOST = "lost"


@dataclass(frozen=True)
class Finding:
    """One kind of trouble that was met while reading.

    Parameters
    ----------
    rule
        A short key, such as ``closed_before_created``.
    treatment
        What was done about it, as a sentence.
    rows
        How many rows it concerns.
    examples
        Up to three, such as ``row 14: closed 2017-01-02, created 2017-03-01``.
    """

    rule: str
    treatment: str
    rows: int
    examples: tuple[str, ...] = ()


@dataclass(frozen=True)
class History:
    """Opportunities as the CRM has them, cleaned; one row each.

    Parameters
    ----------
    source
        The file, as the user named it.
    deals
        Columns ``deal``, ``rep``, ``group`` (may be empty), ``segment``, ``created``, ``closed``
        (empty while open), ``outcome`` and ``amount`` (empty where unknown).
    findings
        What was repaired or left out, and what was made of the columns.
    rows_read
        Rows of the file, those that were left out included.
    currency
        The one currency that the file names, such as ``USD``; may be empty.
    amounts_while_open
        Whether this CRM knows amounts before a deal is decided. Where it does not, the amount of
        a deal that closes later was not known before.
    banded
        Whether the segments are bands of the amount, found from the deals themselves.
    """

    source: str
    deals: pl.DataFrame
    findings: tuple[Finding, ...]
    rows_read: int
    currency: str = ""
    amounts_while_open: bool = True
    banded: bool = False


def findings_of(
    rule: str, treatment: str, places: Iterable[tuple[int, str]]
) -> tuple[Finding, ...]:
    """Which finding do these rows make, each with what stands there; none where there are none?"""
    what: dict[int, str] = {}
    for row, text in places:
        what.setdefault(row, text)
    examples = tuple(f"row {row}: {what[row]}" for row in sorted(what)[:MOST_EXAMPLES])
    return (Finding(rule, treatment, len(what), examples),) if what else ()
