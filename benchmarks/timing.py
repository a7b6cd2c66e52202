"""Times side by side: every call in turn, again and again, so that all see the same machine."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Timing:
    """Seconds of a call, repeated, and how many units of work a call does.

    Parameters
    ----------
    seconds
        Of each repeat.
    units
        Reps, paths or deals of a call, by which times are divided.
    """

    seconds: tuple[float, ...]
    units: float = 1.0

    @property
    def best(self) -> float:
        """Seconds a unit, the best repeat."""
        return min(self.seconds) / self.units


@dataclass(frozen=True)
class Work:
    """Something to time, and its units of work."""

    call: Callable[[], object]
    units: float = 1.0


def time_in_turn(works: Mapping[str, Work], *, repeats: int) -> dict[str, Timing]:
    """How long does each work take? One untimed call each, then all in turn, again and again."""
    seconds: dict[str, list[float]] = {name: [] for name in works}
    for work in works.values():
        work.call()
    for _ in range(repeats):
        for name, work in works.items():
            begin = time.perf_counter()
            work.call()
            seconds[name].append(time.perf_counter() - begin)
    return {name: Timing(tuple(seconds[name]), work.units) for name, work in works.items()}
