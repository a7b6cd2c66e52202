"""Small teams of known parameters, for tests that ask whether a fit finds them."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np

from quotarisk.kernel.arrays import Floats
from quotarisk.scenario.scenario import Scenario

SINCE, AS_OF = date(2025, 1, 1), date(2025, 12, 31)
SEGMENTS = (  # win odds, median size, median days to a win and to a loss
    (0.7, 8_000.0, 40.0, 75.0),
    (0.5, 30_000.0, 55.0, 100.0),
)
STALLED = 0.1
BETWEEN = {"odds": 0.5, "rate": 0.35, "size": 0.3, "cycle": 0.2}  # sd of logs between reps
OPPS_A_YEAR = 24.0
WEEKS = 365.0 / 7.0
WIDE = 2.2  # p90 over median, of sizes and cycles


def _figures(factor: dict[str, float], segment: int, segments: int) -> dict[str, Any]:
    odds, size, won_days, lost_days = SEGMENTS[segment]
    odds *= factor["odds"]
    laws = {
        "deal_size": size * factor["size"],
        "won_cycle_days": won_days * factor["cycle"],
        "lost_cycle_days": lost_days * factor["cycle"],
    }
    return {
        "opps_per_week": OPPS_A_YEAR / WEEKS / segments * factor["rate"],
        "win_rate": (1.0 - STALLED) * odds / (1.0 + odds),
        "stall_rate": STALLED,
        **{key: {"median": median, "p90": WIDE * median} for key, median in laws.items()},
    }


def world(seed: int) -> Scenario:
    """Draw a team: 6 to 10 reps who differ, one segment or two, a year of about 24 deals each.

    A year's number of a rep is kept between 12 and 36 on average, so that nearly all have 10
    to 40.
    """
    rng = np.random.default_rng([20_260_101, seed])
    reps, segments = int(rng.integers(6, 11)), 1 + seed % 2
    scores: Floats = rng.normal(size=(reps, len(BETWEEN)))
    made = []
    for number, own in enumerate(scores):
        logs = dict(zip(BETWEEN, own * list(BETWEEN.values()), strict=True))
        logs["rate"] = float(np.clip(logs["rate"], np.log(0.5), np.log(1.5)))
        factor = {key: float(np.exp(log)) for key, log in logs.items()}
        figures = {f"s{s}": _figures(factor, s, segments) for s in range(segments)}
        made.append({"name": f"Rep {number:02d}", "segments": figures})
    return Scenario.model_validate(
        {
            "name": f"World {seed}",
            "start": SINCE,
            "segments": {f"s{s}": {} for s in range(segments)},
            "reps": made,
        }
    )
