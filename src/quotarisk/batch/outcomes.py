"""What became of the scenarios of a batch."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from quotarisk.errors import Fault
from quotarisk.periods import Cadence
from quotarisk.simulation.simulation import Level

CROSSED, SOME_FAILED = 3, 4
Status = Literal["done", "unchanged", "failed"]


@dataclass(frozen=True)
class RiskLine:
    """What P(hit) must not be below, whose, and of which periods."""

    below: float
    level: Level = "team"
    cadence: Cadence | None = None


@dataclass(frozen=True)
class Begun:
    """A scenario's turn has come."""

    file: str
    number: int
    total: int


@dataclass(frozen=True)
class Advanced:
    """So many reps of the present scenario are simulated."""

    done: int
    total: int


@dataclass(frozen=True)
class Outcome:
    """What became of a scenario.

    Parameters
    ----------
    file
        Its file, as it was named.
    name
        What it is called; empty where that cannot be read.
    status
        ``failed`` where there are faults; else ``done``, or ``unchanged`` where the last run
        was of the same inputs.
    seconds
        How long it took.
    folder
        Where the run of its present inputs is; nothing where there is none.
    faults
        Everything that went wrong.
    crossed
        Who is below the risk line, a line each.
    error
        What was raised.
    """

    file: str
    name: str
    status: Status
    seconds: float
    folder: Path | None = None
    faults: tuple[Fault, ...] = ()
    crossed: tuple[str, ...] = ()
    error: BaseException | None = field(default=None, repr=False, compare=False)


Event = Begun | Advanced | Outcome
Watch = Callable[[Event], None]


@dataclass(frozen=True)
class BatchResult:
    """What became of a batch.

    Parameters
    ----------
    out
        The folder.
    outcomes
        Of each scenario, in the order in which they were named; then of those that nobody named
        and whose folder cannot be read or written.
    started, finished
        When, in UTC.
    """

    out: Path
    outcomes: tuple[Outcome, ...]
    started: str
    finished: str

    @property
    def exit_status(self) -> int:
        """4 where something failed, else 3 where a risk line was crossed, else 0."""
        if any(outcome.faults for outcome in self.outcomes):
            return SOME_FAILED
        return CROSSED if any(outcome.crossed for outcome in self.outcomes) else 0
