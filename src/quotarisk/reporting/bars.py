"""Amounts as bars of characters: a chart of one line a row."""

from __future__ import annotations

FULL, PALE, MARK, REST = "█", "░", "│", "·"
HALF = 7  # characters on each side of nothing


def draw_need(needed: float, there: float, *, most: float, length: int = 30) -> str:
    """How much of what there is does it take? A mark stands where it ends.

    Parameters
    ----------
    needed, there
        In one unit.
    most
        What the whole length is.
    length
        Characters.

    Examples
    --------
    >>> draw_need(20.0, 30.0, most=40.0, length=8)
    '████··│·'
    >>> draw_need(40.0, 30.0, most=40.0, length=8)
    '██████│█'
    """
    filled = round(needed / most * length)
    line = [FULL if place < filled else REST for place in range(length)]
    line[min(round(there / most * length), length - 1)] = MARK
    return "".join(line)


def draw_sides(amount: float, *, most: float, pale: bool = False, half: int = HALF) -> str:
    """How far is an amount from nothing, to the right above it and to the left below?

    Parameters
    ----------
    amount
        What is drawn.
    most
        What half of the length is.
    pale
        Whether it is in doubt.
    half
        Characters on each side.

    Examples
    --------
    >>> draw_sides(6.0, most=8.0, half=4), draw_sides(-2.0, most=8.0, pale=True, half=4)
    ('····│███·', '···░│····')
    """
    filled = min(round(abs(amount) / most * half), half) if most > 0 else 0
    bar = (PALE if pale else FULL) * filled
    if amount < 0:
        return bar.rjust(half, REST) + MARK + REST * half
    return REST * half + MARK + bar.ljust(half, REST)
