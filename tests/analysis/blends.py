"""Reps who sell two kinds of deals, and reps whose hours are bound, for tests of mix and time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from quotarisk.scenario.scenario import Scenario
from tests.analysis.cases import lognormal, make, segment

QUOTA = {"month": 22_000.0}
OPPS = {"small": 1.5, "large": 0.5}
KNOWN = {
    "small": {"win": 0.4, "size": lognormal(8_000, 0.6), "cycle": lognormal(20, 0.5)},
    "large": {"win": 0.25, "size": lognormal(40_000, 0.8), "cycle": lognormal(50, 0.5)},
}
PER_HOUR = {"small": 0.1, "large": 0.04}


def funnel(opps_per_hour: float) -> dict[str, Any]:
    """An hour an activity, of which so many become an opportunity."""
    return {"hours_per_activity": 1.0, "stages": [{"name": "opp", "rate": opps_per_hour}]}


def two_segments(
    opps: Mapping[str, Any] = OPPS,
    *,
    per_hour: Mapping[str, float] | None = None,
    rep: Mapping[str, Any] | None = None,
    more: Mapping[str, Mapping[str, Any]] | None = None,
    **told: Any,
) -> Scenario:
    """Ana sells small and large deals with known figures, and begins with nothing open.

    Parameters
    ----------
    opps
        Opportunities a week by segment.
    per_hour
        Opportunities that an hour of prospecting makes, where segments have funnels.
    rep, more, told
        Further keys of the rep, of segments and of the scenario.
    """
    segments = {
        name: segment(
            opps=opps[name],
            **known,
            **({"funnel": funnel(per_hour[name])} if per_hour and name in per_hour else {}),
            **(more or {}).get(name, {}),
        )
        for name, known in KNOWN.items()
    }
    ana = {"name": "Ana", "pipeline": "empty", "quota": QUOTA, **(rep or {})}
    return make(segments, ana, **{"months": 6, **told})


def starving(*, hours_per_open_deal: float = 1.5, **rep: Any) -> Scenario:
    """Marketing brings more small deals than there is time for; large ones must be prospected."""
    segments = {
        "inbound": {
            "inbound_opps_per_week": 14.0,
            "win_rate": 0.2,
            "deal_size": 2_000.0,
            "won_cycle_days": lognormal(14, 0.6),
            "hours_per_open_deal": hours_per_open_deal,
        },
        "large": {
            "win_rate": 0.25,
            "deal_size": lognormal(60_000, 0.5),
            "won_cycle_days": lognormal(45, 0.5),
            "hours_per_open_deal": hours_per_open_deal,
            "funnel": funnel(0.06),
        },
    }
    ana = {"name": "Ana", "hours_per_week": 40.0, "quota": {"month": 30_000.0}, **rep}
    return make(segments, ana)
