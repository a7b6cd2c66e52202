"""A column of amounts, in whatever way they are written."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from quotarisk.calibration.days import EMPTY
from quotarisk.calibration.extract import Cell, tidy
from quotarisk.calibration.history import Finding, findings_of
from quotarisk.calibration.mapping import DecimalSign
from quotarisk.errors import Fault
from quotarisk.scenario.cells import NUMBER
from quotarisk.scenario.quoting import quote

MOST = 1e12
SIGNS = {
    "$": "USD",
    "US$": "USD",
    "€": "EUR",
    "£": "GBP",
    "¥": "JPY",
    "₹": "INR",
    "R$": "BRL",
    "A$": "AUD",
    "C$": "CAD",
    "CA$": "CAD",
}
POINTS: dict[DecimalSign, str] = {"point": ".", "comma": ","}
_CODE = r"(?:[^\W\d_]{0,3}[$€£¥₹]|[A-Z]{3})"
_MONEY = re.compile(
    rf"([+\-\u2212]?)\s*({_CODE})?\s*([+\-\u2212]?)\s*([\d.,][\d.,'\u2019 ]*?)\s*(-?)\s*({_CODE})?"
)
_SPACED = re.compile(r"\d{1,3}(?:[ '\u2019]\d{3})+(?:[.,]\d+)?")
_GROUPS = r"\d{{1,3}}(?:{sign}\d{{2,3}})*{sign}\d{{3}}"  # two digits: 1,00,000 in India


class _Written(NamedTuple):
    """An amount as it is written."""

    digits: str  # digits with at most points and commas; empty where it is no amount
    negative: bool = False
    currency: str = ""
    decimal: str = ""  # the sign before the decimals where the cell itself tells
    unsure: str = ""  # the sign that may stand before decimals or between thousands
    bracketed: bool = False
    spaced: bool = False  # between thousands


NOTHING = _Written("")


def _signs(digits: str) -> tuple[str, str]:
    """Tell the decimal sign where the digits do so themselves, else the doubtful sign."""
    used = re.findall("[.,]", digits)
    if not used:
        return "", ""
    last, other = used[-1], "." if used[-1] == "," else ","
    if other in used or len(used) == 1:
        whole, _, rest = digits.rpartition(last)
        thousands = len(rest) == 3 and 1 <= len(whole) <= 3 and whole[0] != "0"
        return ("", last) if other not in used and thousands else (last, "")
    return other, ""


@lru_cache(maxsize=65536)
def _written(text: str) -> _Written:
    bracketed = text.startswith("(") and text.endswith(")")
    match = _MONEY.fullmatch(text[1:-1].strip() if bracketed else text)
    if match is None:
        return NOTHING
    before, lead, inside, digits, after, tail = match.groups()
    codes = {SIGNS.get(code, code) for code in (lead, tail) if code}
    spaced = _SPACED.fullmatch(digits) is not None
    if spaced:
        digits = re.sub("[ '\u2019]", "", digits)
    if len(codes) > 1 or re.search("[^\\d.,]", digits) or not re.search(r"\d", digits):
        return NOTHING
    negative = bracketed or bool(after) or (before + inside).strip("+") != ""
    return _Written(digits, negative, "".join(codes), *_signs(digits), bracketed, spaced)


def _value(written: _Written, decimal: str) -> float | None:
    """Which number is it, given the sign before the decimals; none where groups are odd?"""
    whole, _, rest = written.digits.partition(decimal)
    group = "," if decimal == "." else "."
    if rest and not rest.isdecimal():
        return None
    if group in whole and not re.fullmatch(_GROUPS.format(sign=re.escape(group)), whole):
        return None
    number = float(f"{whole.replace(group, '') or 0}.{rest or 0}")
    return -number if written.negative else number


def _is_grouped(written: _Written, point: str) -> bool:
    """Say whether signs stand between thousands."""
    group = "," if (written.decimal or point) == "." else "."
    return written.spaced or group in written.digits


def _number(text: str, written: _Written, point: str) -> float | None:
    """Read a text as money, else as a plain number such as 1e6."""
    if written.digits:
        return _value(written, written.decimal or point)
    exact = float(text) if NUMBER.fullmatch(text) else math.nan
    return exact if math.isfinite(exact) else None


@dataclass(frozen=True)
class Amounts:
    """Amounts of a column, and what had to be done to read them.

    Parameters
    ----------
    values
        One for each cell; ``None`` where none is known.
    currencies
        Codes that the cells name, each with a row.
    """

    values: list[float | None]
    currencies: dict[str, int]
    findings: tuple[Finding, ...] = ()
    faults: tuple[Fault, ...] = ()


def _decide(
    cells: Sequence[tuple[int, Cell, _Written]], name: str, file: str, told: DecimalSign | None
) -> tuple[str, tuple[Fault, ...]]:
    """Decide which sign stands before decimals where a cell does not tell."""
    if told is not None:
        return POINTS[told], ()
    sure = {written.decimal for *_, written in cells} - {""}
    unsure = {written.unsure: (row, cell) for row, cell, written in cells if written.unsure}
    if len(sure) == 1:
        return sure.pop(), ()
    if not unsure:
        return ".", ()
    if sure or len(unsure) == 2:
        row, cell = next(iter(unsure.values()))
        rule = f"the sign before the decimals must be one in all of {name}"
        hint = 'say which in the map file: decimal = "point" or "comma"'
        got = f"{quote(cell)} in row {row} beside others"
        return ".", (Fault(file, f"column {name}", rule, got, hint),)
    return ("," if "." in unsure else "."), ()  # 1,234 and 5,678: nobody has mills of money


def read_amounts(
    cells: Sequence[tuple[int, Cell]], *, name: str, file: str, decimal: DecimalSign | None
) -> Amounts:
    """Which amounts stand in a column?

    Parameters
    ----------
    cells
        Its cells, with the numbers of their rows.
    name
        Its header.
    file
        The export, as the user named it.
    decimal
        Which sign stands before the decimals, where the map file says so.
    """
    filled = [(row, cell) for row, cell in cells if tidy(cell).casefold() not in EMPTY]
    read = [(row, cell, _written(tidy(cell))) for row, cell in filled if isinstance(cell, str)]
    point, faults = _decide(read, name, file, decimal)

    values: dict[int, float | None] = {
        row: cell if math.isfinite(cell) else None
        for row, cell in filled
        if not isinstance(cell, str)
    }
    values |= {row: _number(tidy(cell), written, point) for row, cell, written in read}
    known = {row: value for row, value in values.items() if value is not None}
    said = {row: (cell, written) for row, cell, written in read if row in known}
    unreadable = [(row, f"{name} {quote(cell)}") for row, cell in filled if row not in known]
    if 2 * len(unreadable) > len(filled):
        row, what = unreadable[0]
        rule = f"{name} must hold amounts, such as 1234.50 or 1,234.50"
        faults = (*faults, Fault(file, f"column {name}", rule, f"{what} in row {row}"))

    def places(rows: Iterable[int]) -> list[tuple[int, str]]:
        return [(row, f"{name} {quote(said[row][0])} read as {known[row]:,.2f}") for row in rows]

    beyond = {row: value for row, value in known.items() if abs(value) > MOST}
    grouped = [row for row, (_, written) in said.items() if _is_grouped(written, point)]
    coded = [row for row, (_, written) in said.items() if written.currency]
    found = (
        *findings_of(
            "percent_amount",
            "A percentage is no amount: read as unknown.",
            [place for place in unreadable if "%" in place[1]],
        ),
        *findings_of(
            "unreadable_amount",
            "What is no amount was read as unknown.",
            [place for place in unreadable if "%" not in place[1]],
        ),
        *findings_of(
            "amount_beyond_limit",
            f"Amounts beyond {MOST:,.0f} were read as unknown.",
            [(row, f"{name} {value:,.0f}") for row, value in beyond.items()],
        ),
        *findings_of(
            "thousands_separator", "Signs between thousands were left off.", places(grouped)
        ),
        *findings_of("currency_sign", "Currency signs and codes were left off.", places(coded)),
        *findings_of(
            "parentheses",
            "Amounts in parentheses were read as negative.",
            places(row for row, (_, written) in said.items() if written.bracketed),
        ),
    )
    currencies: dict[str, int] = {}
    for row, (_, written) in said.items():
        if written.currency:
            currencies.setdefault(written.currency, row)
    kept = [None if row in beyond else known.get(row) for row, _ in cells]
    return Amounts(kept, currencies, found, faults)
