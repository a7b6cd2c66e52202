"""What a stress never raises on any path: bookings, or what is booked until the end of a month."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pytest

from quotarisk.scenario.stress import Stress
from quotarisk.simulation.comparing import Seen, compare, under_stress, variant_of
from tests.simulation.cases import MARKET, RHYTHM, SEASONS, open_deals, scenario_of

HIRE: dict[str, Any] = {
    "start_date": date(2027, 2, 10), "ramp": [0.2, 0.5, 0.8], "pipeline": "empty",
}  # fmt: skip
LATER = {
    "ramp": Stress(ramp=0.6),
    "cycles": Stress(cycle_days=1.4),
    "late hires": Stress(delay_hires_days=45),
}
LESS = {
    "win rate": Stress(win_rate=0.8),
    "creation": Stress(opps_per_week=0.75),
    "deal size": Stress(deal_size=0.85),
    "all of them": Stress(win_rate=0.9, opps_per_week=0.9, deal_size=0.9),
}


def _higher(stress: Stress) -> tuple[float, float]:
    """By how many cents is a month higher at most under a stress, and the sum of all until then?"""
    told: dict[str, Any] = {
        "months": 8, "market": MARKET, "calendar": {"creation": SEASONS, **RHYTHM},
    }  # fmt: skip
    found = []
    for scenario in (
        scenario_of(rep=HIRE, **told),
        scenario_of(open_deals=open_deals(5, 30, 90), **told),
    ):
        base = variant_of(scenario, 5)
        months = [row for row, (cadence, _) in enumerate(base.keys) if cadence == "month"]

        def read(seen: Seen, months: list[int] = months) -> tuple[float, float]:
            apart = (seen.booked[1] - seen.booked[0])[months]
            return float(apart.max()), float(np.cumsum(apart, axis=0).max())

        both = [base, under_stress(base, stress)]
        found += [each for _, _, each in compare(both, read, paths=2_000)]
    month, until = np.max(found, axis=0)
    return float(month), float(until)


@pytest.mark.parametrize("stress", LESS.values(), ids=LESS.keys())
def test_lower_rates_raise_no_booking(stress: Stress) -> None:
    """Of any month on any path."""
    assert (0.0, 0.0) == _higher(stress)


@pytest.mark.parametrize("stress", LATER.values(), ids=LATER.keys())
def test_later_deals_raise_no_sum(stress: Stress) -> None:
    """What is booked until the end of any month is never more; a month by itself may be."""
    month, until = _higher(stress)
    assert until <= 0.0
    assert month > 0.0
