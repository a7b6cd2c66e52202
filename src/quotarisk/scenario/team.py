"""Who sells: reps, groups and the team, their quotas, open deals and bookings to date."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import Field, NonNegativeFloat, PositiveFloat

from quotarisk.periods import Cadence
from quotarisk.scenario.part import Part
from quotarisk.scenario.segment import Segment

Name = Annotated[str, Field(min_length=1)]
Amounts = Annotated[tuple[NonNegativeFloat, ...], Field(strict=False)]
PeriodQuota = NonNegativeFloat | Amounts | dict[str, NonNegativeFloat]


class Quota(Part):
    """Quotas by cadence: a number for every period, a list in order, or a table by period name.

    A list has one number for each period of the horizon. Quarters and years that are left out
    are the sums of their months.
    """

    month: PeriodQuota | None = None
    quarter: PeriodQuota | None = None
    year: PeriodQuota | None = None

    def of(self, cadence: Cadence) -> PeriodQuota | None:
        """Return what is written for a cadence."""
        written: PeriodQuota | None = getattr(self, cadence)
        return written


class Rep(Part):
    """A person who sells."""

    name: Name
    group: Name | None = None
    quota: Quota = Quota()
    segments: dict[str, Segment] = {}
    start_date: date | None = None
    ramp: Amounts = ()
    pipeline: Literal["steady", "empty"] | None = None


class Group(Part):
    """Some of the reps; its quota is the sum of theirs where none is given."""

    quota: Quota = Quota()


class Team(Part):
    """All reps; the quota is the plan that finance holds, the reps' sum where none is given."""

    quota: Quota = Quota()


class OpenDeal(Part):
    """An opportunity that is open at the start; without an amount its size is drawn."""

    deal: Name
    rep: Name
    segment: Name
    amount: PositiveFloat | None = None
    created: date


class Booking(Part):
    """An amount that is booked already; a negative one takes back."""

    rep: Name
    date: date
    amount: float
