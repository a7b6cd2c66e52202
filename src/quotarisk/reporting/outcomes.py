"""What comes of a choice, in labelled columns: bookings, chances, and changes from today's."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import polars as pl

from quotarisk.periods import CADENCES
from quotarisk.reporting.dots import LEGEND, draw_chances
from quotarisk.reporting.formats import Format, write_error
from quotarisk.reporting.tables import Column

PERIOD = Column("period", "period", "text", "What amounts are of.")
MEAN = Column("mean", "mean", "money", "Expected bookings.", "mean_se")
SPREAD = Column("sd", "spread", "money", "Standard deviation of bookings.", "sd_se")
P10 = Column("p10", "P10", "money", "Bookings fall below it in 1 of 10 futures.", "p10_se")
CHANCES = tuple(
    Column(
        f"p_hit_{cadence}",
        f"P(hit) {cadence}",
        "share",
        f"How likely a {cadence}'s quota is hit: the mean over the {cadence}s.",
        f"p_hit_{cadence}_se",
        rank=rank,
    )
    for cadence, rank in zip(CADENCES, (0, 2, 0), strict=True)
)
PICTURE = Column("picture", "0 to 100 %", "text", "P(hit) by cadence.", rank=1)
PICTURE_CAPTION = (("picture",), f"Line: {LEGEND}")


def changes_of(columns: Iterable[Column]) -> Iterator[Column]:
    """How is each figure's change from today's labelled?"""
    for column in columns:
        key = f"{column.key}_change"
        form: Format = "points" if column.format == "share" else "money"
        note = f"{column.label} less today's, on the same futures."
        yield Column(key, f"change of {column.label}", form, note, f"{key}_se", rank=column.rank)


def answered(columns: Iterable[Column], frame: pl.DataFrame) -> tuple[Column, ...]:
    """Which columns are there? Those of cadences that are not answered are not."""
    return tuple(column for column in columns if column.key in frame.columns)


def draw_row(row: Mapping[str, Any]) -> str:
    """Where between 0 and 100 % are a row's chances?"""
    return draw_chances({cadence: row.get(f"p_hit_{cadence}") for cadence in CADENCES})


def largest_error(frame: pl.DataFrame, columns: Sequence[Column]) -> str:
    """How far off are the figures of some columns at most? Nothing where there is no figure."""
    errors = (frame[column.error].max() for column in columns)
    found = [error for error in errors if isinstance(error, float)]
    return write_error(max(found), columns[0].format) if found else ""
