"""What a check of a whole scenario finds, before it is told as a fault of a file."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from quotarisk.scenario.places import Loc

Aspect = Literal["reps", "segments", "figures", "horizon", "quotas", "plans"]


@dataclass(frozen=True)
class Finding:
    """Something that is wrong at a path of the scenario.

    Parameters
    ----------
    loc
        The path.
    rule, got, hint
        As in `Fault`.
    rests_on
        What else it depends on: names of reps or segments, figures, the horizon, the reps'
        quotas, pay plans. Where a file is wrong there, the finding may be but a consequence.
    """

    loc: Loc
    rule: str
    got: str = ""
    hint: str = ""
    rests_on: tuple[Aspect, ...] = ()


def list_first(names: Iterable[str]) -> str:
    """How are many names told: the first two, and how many others there are?"""
    first, *others = names
    if len(others) < 2:
        return " and ".join([first, *others])
    return f"{first}, {others[0]} and {len(others) - 1:,} more"
