"""Pay plans: what a rep earns, and what for."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from quotarisk.periods import MONTHS_IN, Cadence
from quotarisk.scenario.limits import Money, Name, Share
from quotarisk.scenario.part import Part

Attainment = Annotated[float, Field(ge=0, le=100)]  # a share of the quota
Multiple = Annotated[float, Field(ge=0, le=100)]
Window = Literal["none", "quarter", "year"]
MONTHS_OF: dict[Window, int] = {"none": 0, "quarter": 3, "year": 12}


class Tier(Part):
    """From which attainment on which multiple of the commission rate is paid."""

    example: ClassVar[str] = "{ from = 1.0, rate = 1.5 }"

    from_: Annotated[Attainment, Field(alias="from")]
    """Attainment from which it holds: 1.0 is the quota."""
    rate: Multiple
    """Multiple of the commission rate: accelerators are above 1, decelerators below."""


class Spif(Part):
    """What is paid on top for a segment's deals, whatever the attainment."""

    example: ClassVar[str] = '{ segment = "large", per_deal = 500 }'

    segment: Name
    """Which deals it is for."""
    per_deal: Money = 0.0
    """Amount for each won deal."""
    rate: Share = 0.0
    """Share of what these deals book."""
    goal: Annotated[Money, Field(gt=0)] | None = None
    """Bookings in the segment in a period without which nothing is paid; none by default."""


def _from_zero(tiers: tuple[Tier, ...]) -> tuple[Tier, ...]:
    if not tiers or tiers[0].from_ != 0:
        raise PydanticCustomError("rule", "must begin with a tier from 0")
    return tiers


Tiers = Annotated[
    tuple[Tier, ...],
    # not as min_length, which pydantic finds wrong too wherever an entry is
    Field(strict=False, max_length=24, json_schema_extra={"minItems": 1}),
    AfterValidator(_from_zero),
]
ONE_RATE = (Tier.model_validate({"from": 0.0, "rate": 1.0}),)


class PayPlan(Part):
    """What a rep earns. A year's amounts are paid by the months at work.

    In each period: bookings are credited, what was carried over is put in, attainment decides
    on the tiers, the cap holds, SPIFs are added, then the ramp guarantee and the draw hold.
    """

    example: ClassVar[str] = "{ base = 60_000, target_variable = 60_000 }"

    base: Money = 0.0
    """Fixed pay of a year."""
    target_variable: Money = 0.0
    """Variable pay of a year in which every period's quota is attained; OTE is base plus this."""
    cadence: Cadence = "quarter"
    """Which periods' quotas it is paid by: month, quarter or year."""
    commission_rate: Annotated[float, Field(gt=0, le=1)] | None = None
    """Share of credited bookings that a tier's rate of 1 pays; where it is left out, the period's
    target variable as a share of its quota."""
    tiers: Tiers = ONE_RATE
    """Rates by attainment, the first from 0, ascending; one rate by default."""
    tier_kind: Literal["marginal", "retroactive"] = "marginal"
    """Whether a tier's rate holds for what is booked in it, or for all of the period once it is
    reached."""
    threshold: Attainment = 0.0
    """Attainment below which nothing variable is paid."""
    cliff: bool = True
    """Whether all is paid from the first deal on once the threshold is reached, or only what is
    above it."""
    cap: Annotated[float, Field(gt=0, le=1000)] | None = None
    """Most variable pay of a period as a multiple of its target variable, SPIFs apart."""
    carry_surplus: Window = "none"
    """Within which window credited bookings above the quota count for the next period instead."""
    carry_shortfall: Window = "none"
    """Within which window what is missing to the quota is added to the next period's quota."""
    draw: Money = 0.0
    """Least variable pay of a period."""
    recoverable: bool = True
    """Whether what the draw paid in advance is taken from later variable pay, never below it."""
    guarantee: Annotated[tuple[Share, ...], Field(strict=False, max_length=36)] = ()
    """Least variable pay of a new hire in each month since the start date, as a share of the
    target variable."""
    multipliers: dict[Name, Multiple] = Field({})
    """By segment, how often its bookings count for pay and attainment; 1 where it is left out."""
    spifs: Annotated[tuple[Spif, ...], Field(strict=False, max_length=24)] = ()
    """What is paid on top for a segment's deals."""

    @property
    def on_target(self) -> float:
        """On-target earnings of a year: base plus target variable."""
        return self.base + self.target_variable

    @property
    def period_target(self) -> float:
        """Target variable of a whole period."""
        return self.target_variable * MONTHS_IN[self.cadence] / 12

    @property
    def is_variable(self) -> bool:
        """Whether credited bookings are paid for at all."""
        return self.commission_rate is not None or self.target_variable > 0

    @property
    def quota_keys(self) -> tuple[str, ...]:
        """Keys that mean nothing without a quota of the plan's cadence."""
        asked = {
            "target_variable": self.commission_rate is None and self.target_variable > 0,
            "tiers": len(self.tiers) > 1,
            "threshold": self.threshold > 0,
            "carry_surplus": self.carry_surplus != "none",
            "carry_shortfall": self.carry_shortfall != "none",
        }
        return tuple(key for key, is_asked in asked.items() if is_asked)

    def multiple_at(self, attainment: float) -> float:
        """Paid quotas at an attainment, threshold and cap apart: the integral of the tiers' rates.

        Examples
        --------
        >>> tiers = [{"from": 0.0, "rate": 1.0}, {"from": 1.0, "rate": 1.5}]
        >>> PayPlan.model_validate({"tiers": tiers}).multiple_at(2.0)
        2.5
        """
        if self.tier_kind == "retroactive":
            return attainment * [t.rate for t in self.tiers if t.from_ <= attainment][-1]
        ends = [*(tier.from_ for tier in self.tiers[1:]), attainment]
        return sum(
            tier.rate * max(min(end, attainment) - tier.from_, 0.0)
            for tier, end in zip(self.tiers, ends, strict=True)
        )
