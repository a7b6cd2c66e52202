"""Chances as letters on a line: a chart of plain characters, one line a row."""

from __future__ import annotations

from collections.abc import Mapping

from quotarisk.periods import CADENCES, Cadence

LENGTH = 20  # characters from 0 to 100 %: what a screen of 80 gives to a text
EMPTY = "·"
LETTERS: dict[Cadence, str] = {cadence: cadence[0] for cadence in CADENCES}
LEGEND = "m month, q quarter, y year; one may hide another."


def draw_chances(chances: Mapping[Cadence, float | None]) -> str:
    """Where between 0 and 100 % are the chances of month, quarter and year?

    Of chances in one place the shorter cadence is seen.

    Examples
    --------
    >>> draw_chances({"month": 0.25, "quarter": 0.5, "year": 1.0})
    '·····m····q········y'
    """
    line = [EMPTY] * LENGTH
    for cadence in reversed(CADENCES):
        share = chances.get(cadence)
        if share is not None:
            line[round(share * (LENGTH - 1))] = LETTERS[cadence]
    return "".join(line)
