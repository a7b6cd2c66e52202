"""Where a value stands: its path in the TOML file, or a row and column of a table."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

Loc = tuple[int | str, ...]
MOST_LETTERS = 60
BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")


@dataclass(frozen=True)
class Cell:
    """A cell of a table that a value came from.

    Parameters
    ----------
    file
        The table, as the user named it.
    row
        As a person counts: the header is row 1.
    column
        Its header; empty for a row whose columns bear the names of the keys.
    name
        What the value is called, where that is not the column's header.
    """

    file: str
    row: int
    column: str = ""
    name: str = ""


@dataclass(frozen=True)
class Place:
    """A file, where in it, and what the value is called there where that is a cell."""

    file: str
    text: str
    column: str = ""

    def __str__(self) -> str:
        return ": ".join(part for part in (self.file, self.text) if part)


@dataclass(frozen=True)
class Origins:
    """Which file every value of a scenario came from.

    Parameters
    ----------
    file
        The scenario file as the user named it; empty for a scenario made in Python.
    cells
        For what came from a table: its path in the scenario, and the cell.
    """

    file: str = ""
    cells: Mapping[Loc, Cell] = field(default_factory=dict)

    def find(self, loc: Loc) -> Place:
        """Where does the user find what stands at a path of the scenario?"""
        for length in range(len(loc), 0, -1):
            cell = self.cells.get(loc[:length])
            if cell is not None:
                column = cell.column or (str(loc[length]) if len(loc) > length else "")
                row = f"row {cell.row}"
                text = f"{row}, column {column}" if column else row
                return Place(cell.file, text, cell.name or column)
        return Place(self.file, path_text(loc))


def path_text(loc: Loc) -> str:
    """How is a path written: ``reps[2].segments.small.win_rate``.

    Examples
    --------
    >>> path_text(("reps", 2, "segments", "mid market", "win_rate"))
    'reps[2].segments."mid market".win_rate'
    """
    text = ""
    for step in loc:
        if isinstance(step, int):
            text += f"[{step}]"
        else:
            key = step if BARE_KEY.fullmatch(step) else json.dumps(step, ensure_ascii=False)
            key = key if len(key) <= MOST_LETTERS else key[: MOST_LETTERS - 1] + "…"
            text += f".{key}" if text else key
    return text
