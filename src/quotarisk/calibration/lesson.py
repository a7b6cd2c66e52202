"""What forecasts of months that are over taught."""

from __future__ import annotations

from typing import NamedTuple


class Lesson(NamedTuple):
    """What rehearsals taught."""

    share: float  # of the model
    weeks: int | None  # of the past that is repeated
    together: float  # share of their luck that reps have in common
    shared: tuple[float, ...]  # sd of the log of what all reps have in common, by month
    month_shape: float
    quarter_shape: float
    rehearsals: int
    windows: float  # of three months that do not overlap
    gain: float | None  # score of the model alone over that of the mixture, less 1
