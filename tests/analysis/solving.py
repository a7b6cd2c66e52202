"""Teams whose quotas are solved in tests, and how fresh paths are looked at."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import polars as pl

from quotarisk.analysis.answers import Answer
from quotarisk.analysis.quotas import solve_quotas
from quotarisk.scenario.scenario import Scenario
from quotarisk.simulation.comparing import compare, variant_of
from tests.analysis.cases import lognormal, make, segment

PATHS = 4_000
MIXED = {
    "small": segment(opps=2.0, win=0.4, size=lognormal(8_000.0, 0.6)),
    "large": segment(opps=0.3, win=0.3, size=lognormal(60_000.0, 0.8), cycle=90.0),
}


def team_of(*more: dict[str, Any], **told: Any) -> Scenario:
    """Three reps in two groups, and a hire in July who ramps; others may be added."""
    quota = {"month": 20_000.0}
    reps: list[dict[str, Any]] = [
        {"name": "Ana", "group": "East", "quota": quota},
        {"name": "Ben", "group": "East", "quota": {"month": 45_000.0}, "segments": {"small": {}}},
        {"name": "Cho", "group": "West", "quota": quota, "segments": {"large": {}}},
        {"name": "Dev", "quota": quota, "start_date": date(2027, 7, 1), "ramp": [0.3, 0.6]},
    ]
    return make(MIXED, *reps, *more, **{"market": {"creation": 0.15, "deal_size": 0.1}, **told})


def solve(scenario: Scenario, **told: Any) -> Answer:
    """Solve on few paths."""
    return solve_quotas(scenario, **{"paths": PATHS, "seed": 1, "workers": 1, **told})


def fresh_bookings(scenario: Scenario, *, seed: int, paths: int) -> dict[str, np.ndarray]:
    """``[periods, paths]`` bookings in currency of each unit, by level and name."""
    found = compare(
        [variant_of(scenario, seed)], lambda seen: seen.booked[0] / 100, paths=paths, workers=1
    )
    return {f"{level} {name}": booked for level, name, booked in found}


def one(frame: pl.DataFrame, **told: Any) -> dict[str, Any]:
    """The only row of which so much holds."""
    (row,) = frame.filter(**told).iter_rows(named=True)
    return row
