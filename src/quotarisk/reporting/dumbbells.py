"""From P(hit a month) to P(hit a quarter): a bar for each rep, and who else disagrees."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from quotarisk.caution import Caution
from quotarisk.reporting.grids import Grid, grid_of
from quotarisk.reporting.layout import Cell
from quotarisk.reporting.results import Results
from quotarisk.reporting.tables import Column, reps_table

SHOWN = (
    "name",
    "group",
    "p_hit_month",
    "p_hit_quarter",
    "verdict",
    "n_eff_month",
    "n_eff_quarter",
    "false_alarm",
    "crossover",
)
CAPTIONS = (
    (("false_alarm",), "False alarm: how likely a month is missed though its quarter is hit."),
    (
        ("crossover",),
        "Cross-over: with quotas above this multiple of today's the month is kinder.",
    ),
)
_LEAST_AXIS = 20  # points


@dataclass(frozen=True)
class Dumbbell:
    """A rep's two chances, in per cent of the axis; None where there is no such quota.

    Parameters
    ----------
    month, quarter
        From 0 to 100, for drawing.
    told
        The same for who does not see it.
    """

    month: float | None
    quarter: float | None
    told: str


@dataclass(frozen=True)
class Dumbbells:
    """The table of cadences, with a dumbbell and the numbers of rules of thumb for each row.

    ``axis`` holds the chances at the axis' ends, in per cent. Nobody has a dumbbell where no rep
    has quotas of both cadences.
    """

    grid: Grid
    axis: tuple[int, int]
    bars: tuple[Dumbbell, ...]
    rules: tuple[Caution, ...]
    against: tuple[tuple[int, ...], ...]

    @property
    def compare(self) -> bool:
        """Whether any rep has both chances, so that there is something to compare."""
        return any(bar.month is not None and bar.quarter is not None for bar in self.bars)


def _axis(rows: Sequence[dict[str, Cell]]) -> tuple[int, int]:
    """From which chance to which does the axis go? Whole tenths that hold all of them."""
    cells = (row[key] for row in rows for key in ("p_hit_month", "p_hit_quarter") if key in row)
    chances = [cell.value for cell in cells if isinstance(cell.value, float)] or [0.0, 1.0]
    low = 10 * math.floor(10 * min(chances))
    high = 10 * math.ceil(10 * max(chances))
    low = max(min(low, high - _LEAST_AXIS), 0)
    return low, max(high, low + _LEAST_AXIS)


def _place(cell: Cell | None, axis: tuple[int, int]) -> float | None:
    value = cell.value if cell else None
    if not isinstance(value, float):
        return None
    return round(100 * (100 * value - axis[0]) / (axis[1] - axis[0]), 2)


def _bar(cells: dict[str, Cell], axis: tuple[int, int]) -> Dumbbell:
    month, quarter = cells.get("p_hit_month"), cells.get("p_hit_quarter")
    told = [
        f"{cadence} {cell.text} %"
        for cadence, cell in (("month", month), ("quarter", quarter))
        if cell is not None and cell.value is not None
    ]
    return Dumbbell(
        _place(month, axis),
        _place(quarter, axis),
        f"P(hit) by the {', by the '.join(told)}" if told else "no quota",
    )


def draw_dumbbells(results: Results) -> Dumbbells:
    """Which cadence is kinder to whom, and which rules of thumb say otherwise?"""
    table = reps_table(results)
    columns: dict[str, Column] = {column.key: column for column in table.columns}
    chosen = tuple(columns[key] for key in SHOWN)
    grid = grid_of(replace(table, columns=chosen, captions=(*table.captions, *CAPTIONS)))
    rules = tuple(caution for caution in results.cautions if caution.code.startswith("rule_"))
    keys = [column.key for column in grid.columns]
    rows = [dict(zip(keys, row, strict=True)) for row in grid.rows]
    against = tuple(
        tuple(number for number, rule in enumerate(rules, 1) if row["name"].value in rule.about)
        for row in rows
    )
    axis = _axis(rows)
    return Dumbbells(grid, axis, tuple(_bar(row, axis) for row in rows), rules, against)
