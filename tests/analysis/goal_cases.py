"""Reps whose goals are solved in tests, and how fresh paths are looked at."""

from __future__ import annotations

from typing import Any

import polars as pl

from quotarisk.analysis.answers import Answer
from quotarisk.analysis.goals import plan_goals
from quotarisk.analysis.rep_paths import RepPaths, Rooms, paths_of, window_of
from quotarisk.scenario.scenario import Scenario
from quotarisk.simulation.comparing import variant_of
from tests.analysis.cases import lognormal, make, segment

PATHS = 4_000
FUNNEL: dict[str, Any] = {
    "hours_per_activity": 0.25,
    "stages": [
        {"name": "SQL", "rate": {"won": 40, "of": 400}},
        {"name": "opportunity", "rate": 0.4},
    ],
}
WORKED: dict[str, Any] = {
    "win_rate": 0.3,
    "stall_rate": 0.05,
    "deal_size": lognormal(8_000.0, 0.5),
    "won_cycle_days": lognormal(30.0, 0.5),
    "lost_cycle_days": lognormal(25.0, 0.7),
    "hours_per_open_deal": 0.8,
    "inbound_opps_per_week": 0.3,
    "funnel": FUNNEL,
}
MIXED = {
    "small": segment(opps=2.0, win={"won": 40, "of": 100}, size=lognormal(8_000.0, 0.6)),
    "large": segment(opps=0.3, win=0.3, size=lognormal(60_000.0, 0.8), cycle=90.0, stall_rate=0.1),
}


def bound(quota: float, hours: float = 40.0, **rep: Any) -> Scenario:
    """Ana, who has hours and a funnel."""
    told = {"name": "Ana", "quota": {"quarter": quota}, "hours_per_week": hours, **rep}
    return make({"s": WORKED}, told)


def goals(scenario: Scenario, **told: Any) -> Answer:
    """Plan on few paths."""
    return plan_goals(scenario, **{"paths": PATHS, "seed": 1, "workers": 1, **told})


def fresh(scenario: Scenario, period: str, *, seed: int, paths: int = PATHS) -> dict[str, RepPaths]:
    """Each rep's paths in a period, under another seed."""
    variant = variant_of(scenario, seed)
    row = [each.name for each in variant.periods].index(period)
    window = window_of(variant.periods[row], variant.setting)
    rooms = Rooms((variant.setting.horizon.months + 1, paths))
    return {
        name: paths_of(
            task,
            variant.setting,
            window,
            certain=float(variant.units["rep", name].certain(variant.periods)[row]),
            paths=paths,
            rooms=rooms,
        )
        for name, task in variant.tasks.items()
    }


def one(frame: pl.DataFrame, **told: Any) -> dict[str, Any]:
    """The only row of which so much holds."""
    (row,) = frame.filter(**told).iter_rows(named=True)
    return row
