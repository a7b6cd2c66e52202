"""Everything that quotarisk raises on purpose.

QuotariskError
├── InputError          a scenario, table or file is wrong: carries every fault found
├── ArgumentError       a function or option was called with a value that it cannot take
└── RunError            the run failed though its input was right (a disk, a worker)

Each class knows the exit status that the command line ends with.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches


@dataclass(frozen=True, order=True)
class Fault:
    """One thing that is wrong in the input: what, where, got, allowed.

    Parameters
    ----------
    file
        The file as the user named it; empty for a scenario made in Python.
    place
        Where in it: ``reps[2].segments.small.win_rate`` or ``row 14, column amount``.
    rule
        What is allowed, as a sentence about the thing: ``win_rate must lie between 0 and 1``.
    got
        What stands there, as the user would recognise it; empty where nothing stands there.
    hint
        A suggestion, such as ``did you mean 'small'?``; may be empty.
    """

    file: str
    place: str
    rule: str
    got: str = ""
    hint: str = ""

    def __str__(self) -> str:
        got = f", got {self.got}" if self.got else ""
        where = ": ".join(part for part in (self.file, self.place) if part)
        return (
            f"{self.rule}{got}"
            + (f" ({where})" if where else "")
            + (f"; {self.hint}" if self.hint else "")
        )


class QuotariskError(Exception):
    """The root: catch this to catch everything that quotarisk raises on purpose."""

    exit_status = 1


class InputError(QuotariskError, ValueError):
    """The input is wrong; ``faults`` holds all that was found, not only the first."""

    exit_status = 2

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(str(fault) for fault in self.faults))

    def __reduce__(self) -> tuple[type[InputError], tuple[tuple[Fault, ...]]]:
        return type(self), (self.faults,)


class ArgumentError(QuotariskError, ValueError):
    """A function was called with a value that it cannot take."""

    exit_status = 2


class RunError(QuotariskError, RuntimeError):
    """The run failed though its input was right."""


def suggest(wrong: str, allowed: Sequence[str]) -> str:
    """Say which of the allowed words was probably meant; all of them where there are few.

    Examples
    --------
    >>> suggest("win_rte", ["win_rate", "deal_size"])
    "did you mean 'win_rate'?"
    >>> suggest("xyz", ["month", "quarter"])
    "allowed: 'month', 'quarter'"
    """
    close = get_close_matches(wrong, allowed, n=1, cutoff=0.6)
    if close:
        return f"did you mean {close[0]!r}?"
    if 0 < len(allowed) <= 12:
        return "allowed: " + ", ".join(repr(word) for word in allowed)
    return ""
