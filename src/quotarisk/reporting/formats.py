"""How figures are written: shares, points, money, numbers, and their errors."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Literal

Format = Literal[
    "text", "share", "percent", "shift", "points", "count", "whole", "number", "multiple", "money"
]

MISSING = "–"  # noqa: RUF001 - a dash, not a minus
Z_95 = 2.0  # standard errors to either side that hold the true figure 19 times in 20, nearly

UNITS: dict[Format, str] = {
    "text": "",
    "share": "%",
    "percent": "%",
    "shift": "points",
    "points": "points",
    "count": "",
    "whole": "",
    "number": "",
    "multiple": "×",  # noqa: RUF001 - times
    "money": "currency",
}
_LEAST_SHARE = 0.0005  # what would round to 0.0 % or to 100.0 %


def _significant(value: float, figures: int) -> str:
    """Write so many significant figures, but no fewer than all before the point."""
    size = abs(value)
    decimals = sum(size < 10**power - 0.5 * 10 ** (power - figures) for power in range(1, figures))
    return f"{value:,.{decimals}f}"


def write_money(amount: float, *, figures: int = 3) -> str:
    """How is an amount written, without its currency?

    Examples
    --------
    >>> [write_money(amount) for amount in (2_400_000, 34_486, 950, 9.5, 0, 1_234_000_000)]
    ['2.40M', '34.5k', '950', '9.50', '0', '1,234M']
    """
    size = abs(amount)
    if size < 0.005:
        return "0"
    if size < 999.5:
        return _significant(amount, figures)
    if size < 999.5e3:
        return f"{_significant(amount / 1e3, figures)}k"
    return f"{_significant(amount / 1e6, figures)}M"


def speak_money(amount: float) -> str:
    """How is an amount told in a sentence? Without zeros that say nothing.

    Examples
    --------
    >>> [speak_money(amount) for amount in (2_400_000, 34_486, 1_000_000, 700)]
    ['2.4M', '34.5k', '1M', '700']
    """
    text = write_money(amount)
    digits = text.rstrip("kM")
    suffix = text[len(digits) :]
    return (digits.rstrip("0").rstrip(".") if "." in digits else digits) + suffix


def write_share(share: float) -> str:
    """How is a share written, in per cent and without the sign?

    A simulated share that rounds to 0.0 or 100.0 does not pass for certainty.

    Examples
    --------
    >>> [write_share(share) for share in (0.245, 0.0, 1.0)]
    ['24.5', '<0.1', '>99.9']
    """
    if share < _LEAST_SHARE:
        return "<0.1"
    if share >= 1 - _LEAST_SHARE:
        return ">99.9"
    return f"{100 * share:.1f}"


def write_points(difference: float) -> str:
    """How is a difference of two shares written, in points?

    Examples
    --------
    >>> [write_points(difference) for difference in (0.124, 0.0421)]
    ['12', '4.2']
    """
    points = 100 * difference
    return f"{points:.1f}" if abs(points) < 9.95 else f"{points:.0f}"


def write_change(difference: float) -> str:
    """How is a change of a share written, in points with a sign? No change bears none.

    Examples
    --------
    >>> [write_change(difference) for difference in (0.124, -0.0421, 0.0)]
    ['+12.4', '-4.2', '0.0']
    """
    text = f"{100 * difference:+.1f}"
    return "0.0" if float(text) == 0 else text


def write_number(number: float) -> str:
    """How is a number of deals written?

    Examples
    --------
    >>> [write_number(number) for number in (0.254, 10.1, 1234.5)]
    ['0.25', '10.1', '1,234']
    """
    decimals = 2 if abs(number) < 9.995 else 1 if abs(number) < 99.95 else 0
    return f"{number:,.{decimals}f}"


def write_value(value: object, form: Format) -> str:
    """How is a cell written? A missing one as a dash."""
    if value is None or value == "":
        return MISSING
    if not isinstance(value, int | float):
        return str(value)
    write: dict[Format, Callable[[float], str]] = {
        "text": str,
        "share": write_share,
        "percent": lambda share: f"{100 * share:.0f}".replace("-0", "0"),
        "shift": lambda points: f"{100 * points:+.0f}",
        "points": write_change,
        "count": lambda count: f"{count:.1f}",
        "whole": lambda number: f"{number:,.0f}",
        "number": write_number,
        "multiple": lambda multiple: f"{multiple:.2f}",
        "money": write_money,
    }
    return write[form](value)


def write_error(se: float | None, form: Format) -> str:
    """How is the half width of a 95 % interval written? Rounded up, never down to nothing.

    Examples
    --------
    >>> write_error(0.0031, "share"), write_error(0.00001, "points"), write_error(612.0, "money")
    ('±0.7', '±0.1', '±1.2k')
    """
    if se is None:
        return ""
    half = Z_95 * se
    if form in ("share", "points"):
        return f"±{math.ceil(1000 * half - 1e-9) / 10:.1f}"
    if form in ("percent", "shift"):
        return f"±{math.ceil(100 * half - 1e-9)}"
    if form == "money":
        return f"±{write_money(half, figures=2)}"
    return f"±{math.ceil(100 * half - 1e-9) / 100:.2f}"
