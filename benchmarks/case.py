"""The reference case: a rep in three segments under a market, with evidence on every figure."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from quotarisk.scenario.scenario import Scenario

Array = NDArray[np.float64]

START = date(2027, 1, 1)
MONTHS = 12
MONTH_DAYS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
MONTH_ENDS: Array = np.cumsum(np.array(MONTH_DAYS, dtype=np.float64))
QUARTER_EDGES: Array = np.array([0.0, *MONTH_ENDS[2::3]])
WEEKS = 52.0  # in which the opportunities of the evidence were created
DAYS_PER_WEEK = 7.0
_P90 = 1.2815515655446004  # standard normal score of 0.9


@dataclass(frozen=True)
class Deals:
    """A segment: a year's evidence, and lognormal laws of size and cycle.

    Parameters
    ----------
    name
        Of the segment.
    opps
        Opportunities created in `WEEKS` weeks.
    won, of
        Evidence on the win rate.
    size, size_sd, cycle, cycle_sd
        Median and deviation of the logarithm; sizes in currency, cycles in days.
    seen
        Deals that the medians of size and cycle were learnt from.
    warm_up
        Quarters before day 0 after which a pipeline is steady.
    """

    name: str
    opps: int
    won: int
    of: int
    size: float
    size_sd: float
    cycle: float
    cycle_sd: float
    seen: int
    warm_up: int

    @property
    def location_sds(self) -> tuple[float, float]:
        """Deviations of the logarithms of size and cycle factors."""
        return self.size_sd / math.sqrt(self.seen), self.cycle_sd / math.sqrt(self.seen)

    @property
    def mean_cycle(self) -> float:
        """Mean of the won cycle in days, at a cycle factor of 1."""
        return self.cycle * math.exp(self.cycle_sd**2 / 2)


@dataclass(frozen=True)
class Market:
    """Quarterly AR(1) factor: deviations of the logarithms, and persistence."""

    creation: float
    odds: float
    size: float
    persistence: float


@dataclass(frozen=True)
class Case:
    """What is simulated, in figures that every peer takes."""

    segments: tuple[Deals, ...]
    market: Market
    month_quota: float

    @property
    def quotas(self) -> Array:
        """Quotas of 12 months, 4 quarters and the year."""
        parts = [self.month_quota] * 12 + [3 * self.month_quota] * 4 + [12 * self.month_quota]
        return np.array(parts)

    def at_volume(self, factor: int) -> Case:
        """Make a case with so many times the opportunities, and the quota to match."""
        segments = tuple(replace(deals, opps=deals.opps * factor) for deals in self.segments)
        return Case(segments, self.market, self.month_quota * factor)

    def scenario(self, reps: int) -> Scenario:
        """Write the case as a scenario with so many equal reps."""
        return Scenario.model_validate(
            {
                "name": "Reference case",
                "start": START,
                "months": MONTHS,
                "segments": {deals.name: _segment(deals) for deals in self.segments},
                "reps": [
                    {"name": f"Rep {number}", "quota": {"month": self.month_quota}}
                    for number in range(reps)
                ],
                "market": {
                    "creation": self.market.creation,
                    "win_odds": self.market.odds,
                    "deal_size": self.market.size,
                    "persistence": self.market.persistence,
                },
            }
        )


def _law(median: float, log_sd: float, seen: int) -> dict[str, float]:
    return {"median": median, "p90": median * math.exp(_P90 * log_sd), "of": seen}


def _segment(deals: Deals) -> dict[str, Any]:
    return {
        "opps_per_week": {"opps": deals.opps, "weeks": WEEKS},
        "win_rate": {"won": deals.won, "of": deals.of},
        "deal_size": _law(deals.size, deals.size_sd, deals.seen),
        "won_cycle_days": _law(deals.cycle, deals.cycle_sd, deals.seen),
    }


REFERENCE = Case(
    segments=(
        Deals("small", 60, 72, 240, 8_000, 0.6, 30, 0.5, 60, 2),
        Deals("mid", 30, 26, 120, 25_000, 0.7, 60, 0.5, 30, 4),
        Deals("large", 10, 12, 80, 80_000, 0.8, 120, 0.5, 12, 7),
    ),
    market=Market(creation=0.10, odds=0.15, size=0.05, persistence=0.5),
    month_quota=45_000.0,
)


def won_deals(case: Case) -> float:
    """How many won deals does the kernel draw on a path: new ones, and those open at day 0?"""
    days = float(QUARTER_EDGES[-1])
    return sum(
        (deals.opps + 0.5)
        / (WEEKS * DAYS_PER_WEEK)
        * (deals.won + 0.5)
        / (deals.of + 1)
        * (days + deals.mean_cycle)
        for deals in case.segments
    )
