"""Teams whose gaps are found in tests."""

from __future__ import annotations

from typing import Any

import polars as pl

from quotarisk.analysis.answers import Answer
from quotarisk.analysis.gaps import find_gaps
from quotarisk.scenario.scenario import Scenario
from tests.analysis.cases import lognormal, make, segment

PATHS = 2_000
QUOTA = {"quarter": 60_000.0}
SMALL = segment(opps=1.5, win=0.4, size=lognormal(8_000.0, 0.6), cycle=lognormal(30.0, 0.5))
STAGES = [
    {"name": "meeting", "rate": {"won": 100, "of": 1000}},
    {"name": "opportunity", "rate": 0.4},
]
FUNNEL = {"hours_per_activity": 0.25, "stages": STAGES}
WORKED = {**SMALL, "lost_cycle_days": 20.0, "hours_per_open_deal": 0.5, "funnel": FUNNEL}


def rep(name: str, **own: Any) -> dict[str, Any]:
    """Somebody who sells the only segment, with figures of their own in it."""
    return {"name": name, "quota": QUOTA, "segments": {"s": own}}


def worker(name: str, **own: Any) -> dict[str, Any]:
    """The same with hours of work."""
    return {**rep(name, **own), "hours_per_week": 30.0}


def funnel(meeting: Any = None, opportunity: Any = 0.4, hours: float = 0.25) -> dict[str, Any]:
    """A funnel of two stages."""
    rates = ({"won": 100, "of": 1000} if meeting is None else meeting, opportunity)
    stages = [
        {"name": name, "rate": rate}
        for name, rate in zip(("meeting", "opportunity"), rates, strict=True)
    ]
    return {"hours_per_activity": hours, "stages": stages}


def team(*reps: dict[str, Any], of: Any = None, **told: Any) -> Scenario:
    """Reps who sell one segment."""
    return make({"s": SMALL if of is None else of}, *reps, **told)


def halved() -> Scenario:
    """Three who are alike but for Cho, who wins half as often; all is known."""
    return team(rep("Ana"), rep("Ben"), rep("Cho", win_rate=0.2))


def gaps(scenario: Scenario, **told: Any) -> Answer:
    """Find them on few paths."""
    return find_gaps(scenario, **{"paths": PATHS, "seed": 1, "workers": 1, **told})


def one(frame: pl.DataFrame, **told: Any) -> dict[str, Any]:
    """The only row of which so much holds."""
    (row,) = frame.filter(**told).iter_rows(named=True)
    return row
