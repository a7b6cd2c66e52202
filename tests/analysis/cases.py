"""Scenarios that the tests of answers share, and what is expected of them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from scipy import special

from quotarisk.scenario.scenario import Scenario

START = date(2027, 1, 1)
YEAR_DAYS = 365.25
_P90 = float(special.ndtri(0.9))

# The exact case: one rep, 60 opportunities a year, nothing uncertain but the deals.
SMALL_A_YEAR, SMALL_WIN, SMALL_MEDIAN, SMALL_SIGMA = 45.0, 0.30, 8_000.0, 0.6
LARGE_A_YEAR, LARGE_WIN, LARGE_MEDIAN, LARGE_SIGMA = 15.0, 0.20, 80_000.0, 0.8
CYCLE_SIGMA = 0.5
MONTH_QUOTA, QUARTER_QUOTA, YEAR_QUOTA = 34_486.0, 103_457.0, 12 * 34_486.0
WINS_A_YEAR = SMALL_A_YEAR * SMALL_WIN + LARGE_A_YEAR * LARGE_WIN
BOOKED_A_YEAR = SMALL_A_YEAR * SMALL_WIN * SMALL_MEDIAN * math.exp(
    SMALL_SIGMA**2 / 2
) + LARGE_A_YEAR * LARGE_WIN * LARGE_MEDIAN * math.exp(LARGE_SIGMA**2 / 2)


def lognormal(median: float, sigma: float, **more: Any) -> dict[str, Any]:
    """A lognormal law as a scenario writes it."""
    return {"median": median, "p90": median * math.exp(sigma * _P90), **more}


def segment(
    *,
    opps: Any = 1.0,
    win: Any = 0.5,
    size: Any = 10_000.0,
    cycle: Any = 30.0,
    **more: Any,
) -> dict[str, Any]:
    """A segment as a scenario writes it."""
    return {
        "opps_per_week": opps,
        "win_rate": win,
        "deal_size": size,
        "won_cycle_days": cycle,
        **more,
    }


def exact_segments(cycles: float = 1.0) -> dict[str, dict[str, Any]]:
    """Small and large deals of the exact case, their cycles made so many times longer."""
    week = 7 / YEAR_DAYS
    return {
        "small": segment(
            opps=SMALL_A_YEAR * week,
            win=SMALL_WIN,
            size=lognormal(SMALL_MEDIAN, SMALL_SIGMA),
            cycle=lognormal(30.0 * cycles, CYCLE_SIGMA),
        ),
        "large": segment(
            opps=LARGE_A_YEAR * week,
            win=LARGE_WIN,
            size=lognormal(LARGE_MEDIAN, LARGE_SIGMA),
            cycle=lognormal(120.0 * cycles, CYCLE_SIGMA),
        ),
    }


def make(
    segments: Mapping[str, Any] | None = None,
    *reps: Mapping[str, Any],
    **scenario: Any,
) -> Scenario:
    """Make a scenario; without reps Ana sells everything."""
    return Scenario.model_validate(
        {
            "name": "Team",
            "start": START,
            "segments": {"s": segment()} if segments is None else segments,
            "reps": list(reps) or [{"name": "Ana"}],
            **scenario,
        }
    )


def exact_case(
    cycles: float = 1.0, *, quota: Mapping[str, Any] | None = None, **rep: Any
) -> Scenario:
    """The exact case with one rep, Ana."""
    told = {"month": MONTH_QUOTA, "quarter": QUARTER_QUOTA} if quota is None else quota
    return make(exact_segments(cycles), {"name": "Ana", "quota": told, **rep})


def multiples_of_expected(multiple: float) -> dict[str, float]:
    """Quotas of the exact case, as a multiple of the expected bookings of equal months."""
    year = multiple * BOOKED_A_YEAR
    return {"month": year / 12, "quarter": year / 4, "year": year}


def open_deal(
    number: int,
    age: int,
    *,
    amount: float | None = None,
    rep: str = "Ana",
    of: str = "s",
    start: date = START,
) -> dict[str, Any]:
    """An open deal that was created so many days before the start."""
    told: dict[str, Any] = {} if amount is None else {"amount": amount}
    return {
        "deal": f"{rep}-{number}",
        "rep": rep,
        "segment": of,
        "created": start - timedelta(days=age),
        **told,
    }
