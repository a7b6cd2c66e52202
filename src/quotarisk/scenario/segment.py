"""What is said of a kind of deal: how often it comes, how often it is won, its size and cycle."""

from __future__ import annotations

from typing import Literal

from quotarisk.scenario.figures import LawField, OppRateField, Share, WinRateField
from quotarisk.scenario.part import Part

Parameter = Literal[
    "opps_per_week", "win_rate", "stall_rate", "deal_size", "won_cycle_days", "lost_cycle_days"
]
PARAMETERS: tuple[Parameter, ...] = (
    "opps_per_week",
    "win_rate",
    "stall_rate",
    "deal_size",
    "won_cycle_days",
    "lost_cycle_days",
)


class Segment(Part):
    """A kind of deal, or what a rep does differently in it: every key may be left out."""

    opps_per_week: OppRateField | None = None
    win_rate: WinRateField | None = None
    stall_rate: Share | None = None
    deal_size: LawField | None = None
    won_cycle_days: LawField | None = None
    lost_cycle_days: LawField | None = None
