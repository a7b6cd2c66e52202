"""Histories of teams whose truth is known."""

from __future__ import annotations

from datetime import date
from functools import cache
from typing import Any

from quotarisk.calibration.history import History
from quotarisk.scenario.scenario import Scenario
from tests.calibration.fits import sold_by

SINCE, UNTIL = date(2025, 7, 1), date(2026, 12, 31)
STEADY: dict[str, Any] = {
    "name": "Steady",
    "start": date(2027, 1, 1),
    "segments": {
        "small": {
            "opps_per_week": 4.0,
            "win_rate": 0.4,
            "deal_size": {"median": 8_000, "p90": 16_000},
            "won_cycle_days": {"median": 20, "p90": 50},
        }
    },
    "reps": [{"name": "Ana"}, {"name": "Ben"}, {"name": "Cy"}],
}


@cache
def steady_history() -> History:
    """A year and a half of three steady reps."""
    return sold_by(Scenario.model_validate(STEADY), since=SINCE, until=UNTIL, seed=3)
