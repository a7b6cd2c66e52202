"""Teams on pay plans, for the tests of pay."""

from __future__ import annotations

from datetime import date
from typing import Any

from quotarisk.scenario.scenario import Scenario
from tests.analysis.cases import make, segment

TIERS = [{"from": 0.0, "rate": 1.0}, {"from": 1.0, "rate": 1.5}]
AE: dict[str, Any] = {"base": 60_000.0, "target_variable": 60_000.0, "cadence": "quarter"}
MARKET = {"creation": 0.1, "win_odds": 0.15, "deal_size": 0.1}
SEGMENTS: dict[str, Any] = {
    "small": segment(opps={"opps": 60, "weeks": 52}, win={"won": 20, "of": 60}, size=8_000.0),
    "large": segment(opps=0.3, win=0.3, size={"median": 30_000.0, "p90": 70_000.0}, cycle=80.0),
}
FULL: dict[str, Any] = {
    **AE,
    "tiers": TIERS,
    "threshold": 0.4,
    "cap": 2.0,
    "carry_shortfall": "year",
    "draw": 1_000.0,
    "guarantee": [1.0, 0.5],
    "multipliers": {"large": 1.3},
    "spifs": [
        {"segment": "large", "per_deal": 500.0, "rate": 0.01},
        {"segment": "small", "rate": 0.02, "goal": 30_000.0},
    ],
}
MONTHLY: dict[str, Any] = {**AE, "cadence": "month", "commission_rate": 0.12}


def team(plans: dict[str, Any], *reps: dict[str, Any], **told: Any) -> Scenario:
    """Make a team on plans; without reps three of them, two in a group, one new."""
    members = reps or (
        {"name": "Ana", "group": "East", "quota": {"month": 18_000.0}},
        {"name": "Bo", "group": "East", "quota": {"month": 14_000.0}, "segments": {"small": {}}},
        {
            "name": "Cy",
            "quota": {"month": 12_000.0},
            "start_date": date(2027, 2, 10),
            "ramp": [0.25, 0.5],
        },
    )
    return make(SEGMENTS, *members, **{"pay": plans, "market": MARKET, **told})
