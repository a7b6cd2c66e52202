"""Amounts and shares as people write them: 2.4M, 2,400,000 and 2_400_000, 0.6 and 60%."""

from __future__ import annotations

import math
import re

import click

_UNITS = {"": 1.0, "k": 1e3, "m": 1e6, "b": 1e9}
_DIGITS = r"\d+|\d{1,3}(?:,\d{3})+|\d{1,3}(?:_\d{3})+"
_AMOUNT = re.compile(rf"((?:{_DIGITS})?(?:\.\d*)?(?:e[+-]?\d+)?)\s*([kmb]?)", re.IGNORECASE)
_SHARE = re.compile(r"(\d*(?:\.\d*)?(?:e[+-]?\d+)?)\s*(%?)", re.IGNORECASE)


def _number(text: str) -> float:
    """Read digits with separators; NaN where there are none."""
    try:
        return float(re.sub("[,_]", "", text))
    except ValueError:
        return math.nan


def parse_amount(told: str) -> float | None:
    """Which amount is meant? None where it is none above 0.

    Examples
    --------
    >>> [parse_amount(told) for told in ("2.4M", "2,400,000", "2_400_000", "950k", "2.4e6")]
    [2400000.0, 2400000.0, 2400000.0, 950000.0, 2400000.0]
    >>> [parse_amount(told) for told in ("2.4X", "-5", "nan", "inf", "0", "2,40", "1e999")]
    [None, None, None, None, None, None, None]
    """
    found = _AMOUNT.fullmatch(told.strip())
    if found is None:
        return None
    # rounded to the cent: 1.1M is 1,100,000, whatever 1.1 is in binary
    amount = round(_number(found[1]) * _UNITS[found[2].lower()], 2)
    return amount if 0 < amount < math.inf else None


def parse_share(told: str) -> float | None:
    """Which share between 0 and 1 is meant? None where it is none.

    Examples
    --------
    >>> [parse_share(told) for told in ("0.6", ".6", "60%", "62.5 %")]
    [0.6, 0.6, 0.6, 0.625]
    >>> [parse_share(told) for told in ("60", "0", "100%", "-0.1", "nan", "high", "")]
    [None, None, None, None, None, None, None]
    """
    found = _SHARE.fullmatch(told.strip())
    if found is None:
        return None
    share = _number(found[1]) / (100 if found[2] else 1)
    return share if 0 < share < 1 else None


def read_amount(_: click.Context, option: click.Parameter, told: str | None) -> float | None:
    """Take an option's amount, where there is one, or refuse it."""
    amount = None if told is None else parse_amount(told)
    if amount is None and told is not None:
        raise click.BadParameter(
            "must be an amount above 0, such as 2400000, 2,400,000 or 2.4M (k, M or B), "
            f"got {told!r}",
            param=option,
        )
    return amount


def read_share(_: click.Context, option: click.Parameter, told: str) -> float:
    """Take an option's share, or refuse it."""
    share = parse_share(told)
    if share is None:
        meant = f"; did you mean {told}%?" if parse_share(f"{told}%") is not None else ""
        raise click.BadParameter(
            f"must lie between 0 and 1, such as 0.6 or 60%, got {told!r}{meant}", param=option
        )
    return share


def read_shares(_: click.Context, option: click.Parameter, told: str) -> tuple[float, ...]:
    """Take shares with commas between them, or refuse them."""
    shares = [parse_share(part) for part in told.split(",")]
    if None in shares:
        raise click.BadParameter(
            "must be shares between 0 and 1 with commas between them, such as 0.2,0.5,0.8 or "
            f"20%,50%,80%, got {told!r}",
            param=option,
        )
    return tuple(share for share in shares if share is not None)
