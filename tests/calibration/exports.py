"""Exports of a CRM as tests write them, and what is read from them."""

from __future__ import annotations

from pathlib import Path

import pytest

from quotarisk.calibration.history import Finding, History
from quotarisk.calibration.reading import read_history
from quotarisk.errors import InputError

DATA = Path(__file__).parents[3] / "shared" / "data"  # beside the project, where it is there
HEADER = "Opportunity ID,Owner,Created Date,Close Date,Stage,Amount,Type"
WON = "1,Ana Silva,2026-01-02,2026-02-03,Closed Won,1000,New"
LOST = "2,Ben Cho,2026-01-05,2026-03-01,Closed Lost,2000,New"
OPEN = "3,Ben Cho,2026-02-28,,Negotiation,3000,New"


def csv_of(*rows: str, header: str = HEADER) -> str:
    """Write a table: the usual header, and these rows."""
    return "\n".join([header, *rows, ""])


def read(
    folder: Path,
    content: str | bytes,
    *,
    told: str | None = None,
    name: str = "deals.csv",
    segment: str | None = None,
) -> History:
    """Write an export and perhaps a map file, and read them."""
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    if told is not None:
        (folder / "map.toml").write_text(told)
    columns = None if told is None else folder / "map.toml"
    return read_history(path, columns=columns, segment=segment)


def faults(folder: Path, content: str | bytes, **options: str) -> list[str]:
    """Read an export that cannot be understood: what is said, without the folder?"""
    with pytest.raises(InputError) as caught:
        read(folder, content, **options)
    return [str(fault).replace(f"{folder}/", "") for fault in caught.value.faults]


def finding(history: History, rule: str) -> Finding | None:
    """Find what was said under a rule; nothing where nothing was."""
    return next((found for found in history.findings if found.rule == rule), None)


def troubles(history: History) -> dict[str, int]:
    """Count rows by rule, but for what is always said of the columns."""
    return {
        found.rule: found.rows
        for found in history.findings
        if found.rule not in ("columns_read", "columns_unused")
    }
