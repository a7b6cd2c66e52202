"""What is said of a kind of deal: how often it comes, how often it is won, its size and cycle."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator
from pydantic_core import PydanticCustomError

from quotarisk.scenario.figures import LawField, LawSpec, OppRateField, WinRateField
from quotarisk.scenario.limits import MOST_DAYS, Share
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


def _within_a_century(cycle: LawSpec) -> LawSpec:
    if cycle.law.mean > MOST_DAYS:
        raise PydanticCustomError("rule", f"must have a mean of at most {MOST_DAYS:,} days")
    return cycle


CycleField = Annotated[LawField, AfterValidator(_within_a_century)]


class Segment(Part):
    """A kind of deal, or what a rep does differently in it: every key may be left out."""

    example: ClassVar[str] = "{ opps_per_week = 1.2, win_rate = 0.3 }"

    opps_per_week: OppRateField | None = None
    """Opportunities that a fully ramped rep creates a week."""
    win_rate: WinRateField | None = None
    """Share of created opportunities that end won."""
    stall_rate: Share | None = None
    """Share of created opportunities that are never decided; 0 where it is left out."""
    deal_size: LawField | None = None
    """What a won deal books."""
    won_cycle_days: CycleField | None = None
    """Days from creation to close of a deal that is won."""
    lost_cycle_days: CycleField | None = None
    """Days from creation to close of a deal that is lost; as won ones where it is left out."""
