"""Pay as a line of characters: from P10 to P90, against what is on target."""

from __future__ import annotations

import math

SPAN, MIDDLE, MARK, REST = "━", "●", "│", "·"
LENGTH = 30
_EVERY = 10.0  # per cent: where a scale begins and ends


def scale_of(low: float, high: float) -> tuple[float, float]:
    """From where to where goes a scale, in whole tens of per cent, with 100 % on it?

    Examples
    --------
    >>> scale_of(0.74, 1.27), scale_of(1.02, 1.31)
    ((0.7, 1.3), (0.9, 1.4))
    """
    least = math.floor(100 * min(low, 1.0) / _EVERY)
    most = math.ceil(100 * max(high, 1.0) / _EVERY)
    least -= low >= 1.0
    most += high <= 1.0
    return least * _EVERY / 100, most * _EVERY / 100


def draw_span(
    low: float, middle: float, high: float, *, scale: tuple[float, float], length: int = LENGTH
) -> str:
    """Where do P10, the median and P90 lie, and where 100 %?

    The median is seen where 100 % is in the same place.

    Parameters
    ----------
    low, middle, high
        As shares of what is on target.
    scale
        Where the line begins and where it ends.
    length
        Characters.

    Examples
    --------
    >>> draw_span(0.8, 1.1, 1.4, scale=(0.6, 1.6), length=11)
    '··━━│●━━━··'
    """
    first, last = scale
    places = [round((each - first) / (last - first) * (length - 1)) for each in (low, high)]
    line = [SPAN if places[0] <= place <= places[1] else REST for place in range(length)]
    for share, sign in ((1.0, MARK), (middle, MIDDLE)):
        line[round((share - first) / (last - first) * (length - 1))] = sign
    return "".join(line)
