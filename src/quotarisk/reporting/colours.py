"""The colours of the page: they can be told apart by the colour-blind, and in grey."""

from __future__ import annotations

from quotarisk.periods import Cadence

INK, QUIET, LINE = "#16191d", "#555c66", "#d5d9de"
BAND, MEDIAN, PLAN = "#c3d9ee", "#0b5394", "#16191d"
# by shape and dash too: a ring, a disc, a dotted line
CADENCE_COLOURS: dict[Cadence, str] = {"month": "#8e3b9e", "quarter": "#00695c", "year": "#6b7280"}
# vermillion, white, blue; dark text has a contrast of 4.5 and more on all of them
_STOPS = ((0.0, (222, 120, 60)), (0.5, (250, 247, 242)), (1.0, (86, 152, 214)))


def shade(share: float) -> str:
    """Which colour has a chance?

    Examples
    --------
    >>> shade(0.0), shade(0.5), shade(1.0)
    ('#de783c', '#faf7f2', '#5698d6')
    """
    low, high = _STOPS[:2] if share < 0.5 else _STOPS[1:]
    part = min(max((share - low[0]) / (high[0] - low[0]), 0.0), 1.0)
    mixed = (round(a + (b - a) * part) for a, b in zip(low[1], high[1], strict=True))
    return "#" + "".join(f"{channel:02x}" for channel in mixed)
