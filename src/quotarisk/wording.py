"""Names and numbers in sentences."""

from __future__ import annotations

from collections.abc import Sequence

_MOST_NAMES = 4


def list_names(names: Sequence[str]) -> str:
    """Name a few, count the rest.

    Examples
    --------
    >>> list_names(["Ana"]), list_names(["Ana", "Ben", "Cho"])
    ('Ana', 'Ana, Ben and Cho')
    >>> list_names(["Ana", "Ben", "Cho", "Dan", "Eve", "Flo"])
    'Ana, Ben, Cho and 3 others'
    """
    if len(names) > _MOST_NAMES:
        shown = _MOST_NAMES - 1
        return f"{', '.join(names[:shown])} and {len(names) - shown} others"
    return " and ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else names[0]


def count_of(number: int, noun: str) -> str:
    """Count things in words that agree.

    Examples
    --------
    >>> count_of(1, "open deal"), count_of(3, "open deal")
    ('1 open deal', '3 open deals')
    """
    return f"{number:,} {noun}" + ("" if number == 1 else "s")
