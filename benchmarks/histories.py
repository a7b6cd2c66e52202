"""A fit of a large history, as a process of its own."""

from __future__ import annotations

import sys
import tempfile
from datetime import date
from pathlib import Path
from typing import NamedTuple

from benchmarks.startup import run_python
from quotarisk.calibration.generating import generate_history, write_history
from quotarisk.scenario.scenario import Scenario

SINCE, UNTIL = date(2025, 1, 1), date(2026, 12, 31)
_PACES = {
    "small": (1.8, 0.30, 5_000, 25),
    "mid": (0.9, 0.25, 20_000, 50),
    "large": (0.5, 0.2, 80_000, 100),
}
_FIT = """
import resource, time
from datetime import date
import quotarisk
begin = time.perf_counter()
history = quotarisk.read_history({file!r})
fitted = quotarisk.calibrate(history, as_of=date({day}))
print(time.perf_counter() - begin, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


class FitCost(NamedTuple):
    """What a fit took."""

    deals: int
    seconds: float
    megabytes: float


def _team(reps: int) -> Scenario:
    """Reps who sell three segments at three paces."""
    segments = {
        name: {
            "win_rate": win,
            "stall_rate": 0.1,
            "deal_size": {"median": size, "p90": 3 * size},
            "won_cycle_days": {"median": days, "p90": 2.5 * days},
            "lost_cycle_days": {"median": 0.7 * days, "p90": 2 * days},
        }
        for name, (_, win, size, days) in _PACES.items()
    }
    who = [
        {
            "name": f"Rep {number:03d}",
            "segments": {
                name: {"opps_per_week": pace * (0.7 + 0.6 * ((7 * number) % 11) / 10)}
                for name, (pace, *_) in _PACES.items()
            },
        }
        for number in range(reps)
    ]
    return Scenario.model_validate(
        {"name": "Large", "start": UNTIL, "segments": segments, "reps": who}
    )


def fit_cost(reps: int) -> FitCost | None:
    """How long does it take to read and fit two years of so many reps, and how much memory?"""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "deals.csv")
        deals = generate_history(_team(reps), since=SINCE, until=UNTIL, seed=1)
        write_history(file, deals)
        day = f"{UNTIL.year}, {UNTIL.month}, {UNTIL.day}"
        told = run_python(["-c", _FIT.format(file=str(file), day=day)])
    if told is None:
        return None
    seconds, memory = told.split()
    unit = 1e6 if sys.platform == "darwin" else 1e3  # bytes there, kilobytes elsewhere
    return FitCost(deals.height, float(seconds), int(memory) / unit)
