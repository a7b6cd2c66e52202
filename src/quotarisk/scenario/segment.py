"""What is said of a kind of deal: how often it comes, how often it is won, its size and cycle."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from quotarisk.scenario.figures import LawField, LawSpec, OppRateField, WinRateField
from quotarisk.scenario.funnel import Funnel
from quotarisk.scenario.limits import MOST_DAYS, Hours, Money, Share
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
Effort = Literal["inbound_opps_per_week", "funnel", "hours_per_open_deal", "prospecting_mix"]
EFFORTS: tuple[Effort, ...] = (
    "inbound_opps_per_week",
    "funnel",
    "hours_per_open_deal",
    "prospecting_mix",
)

Value = Literal["cost_per_opp", "cost_per_inbound_opp", "lifetime_value"]
VALUES: tuple[Value, ...] = ("cost_per_opp", "cost_per_inbound_opp", "lifetime_value")


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
    inbound_opps_per_week: OppRateField | None = None
    """Opportunities a week that marketing brings, beside those that the rep makes."""
    funnel: Funnel | None = None
    """How the rep's hours become opportunities, where the rep has hours_per_week."""
    hours_per_open_deal: Hours | None = None
    """Hours a week that an open deal takes, won in the end or not; 0 where it is left out."""
    prospecting_mix: Annotated[float, Field(ge=0, le=1e6)] | None = None
    """Weight of the segment in the hours of prospecting; after opps_per_week where left out."""
    cost_per_opp: Money | None = None
    """Programme spend for each opportunity that is created."""
    cost_per_inbound_opp: Money | None = None
    """Programme spend for each one that marketing brings; cost_per_opp where it is left out."""
    lifetime_value: Money | None = None
    """What a won deal is worth to the company over its lifetime."""
