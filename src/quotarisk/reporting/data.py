"""Answers for other programs: JSON, CSV and Parquet, with the columns of the contract.

Same answers, same bytes: nothing here knows the time. Figures are written in full, a missing
one as null or an empty cell. JSON and Parquet hold text as it is. In CSV an apostrophe stands
before text that begins with ``=``, ``+``, ``-``, ``@``, a tab or a carriage return, for a
spreadsheet would take it for a formula, and one more where apostrophes stand before such a sign
already. So programs that join by name take names from the other two, or leave it out.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from io import BytesIO
from typing import Any, Literal

import polars as pl

from quotarisk.caution import Caution
from quotarisk.reporting.results import Results
from quotarisk.scenario.cells import FORMULA

SCHEMA_VERSION = 1
AnswerName = Literal[
    "attainment", "cadence", "risk", "bands", "variance", "contributors", "concentration"
]


def write_line(value: object) -> str:
    """Write a value on a line."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def write_list(rows: Iterable[object]) -> str:
    """Write a list with a row a line, so that people can read it and programs compare it."""
    lines = [f"    {write_line(row)}" for row in rows]
    return "[\n" + ",\n".join(lines) + "\n  ]" if lines else "[]"


def write_object(written: Mapping[str, str]) -> bytes:
    """Write an object of values that are written already: a key a line, UTF-8."""
    body = ",\n".join(f"  {write_line(key)}: {value}" for key, value in written.items())
    return f"{{\n{body}\n}}\n".encode()


def write_caution(caution: Caution) -> dict[str, Any]:
    """Tell a caution by its parts."""
    return {"code": caution.code, "about": list(caution.about), "text": caution.text}


def as_json(results: Results) -> bytes:
    """What is the whole answer, as one JSON object?

    Returns
    -------
    bytes
        ``schema_version``, ``scenario``, ``currency``, ``provenance``, ``note``, ``cautions``
        (``code``, ``about``, ``text``), ``attainment``, ``cadence``, ``risk`` and its parts, such
        as ``bands`` (a list of rows each).
        UTF-8, and it ends with a line break.
    """
    written = {
        "schema_version": write_line(SCHEMA_VERSION),
        "scenario": write_line(results.scenario.name),
        "currency": write_line(results.scenario.currency),
        "provenance": write_line(asdict(results.provenance)),
        "note": write_line(" ".join(results.notes)),
        "cautions": write_list(map(write_caution, results.cautions)),
    }
    written |= {
        name: write_list(frame.iter_rows(named=True)) for name, frame in results.tables.items()
    }
    return write_object(written)


def as_rows(frame: pl.DataFrame) -> bytes:
    """What is an answer's table, as JSON? ``schema_version`` and ``rows``."""
    rows = write_list(frame.iter_rows(named=True))
    return f'{{\n  "schema_version": {write_line(SCHEMA_VERSION)},\n  "rows": {rows}\n}}\n'.encode()


def as_csv(frame: pl.DataFrame) -> bytes:
    r"""What is an answer's table, as CSV? Figures as they are, text so that none is a formula.

    Examples
    --------
    >>> as_csv(pl.DataFrame({"name": ["Ana", "=1+1"], "shift": [-0.5, 0.25]}))
    b"name,shift\nAna,-0.5\n'=1+1,0.25\n"
    """
    guarded = pl.col(pl.String).str.replace(f"^({FORMULA.pattern})", "'${1}")
    return frame.with_columns(guarded).write_csv().encode()


def as_parquet(frame: pl.DataFrame) -> bytes:
    """What is an answer's table, as Parquet?"""
    buffer = BytesIO()
    frame.write_parquet(buffer)
    return buffer.getvalue()
