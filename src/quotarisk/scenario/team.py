"""Who sells: reps, groups and the team, their quotas, open deals and bookings to date."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from pydantic import Discriminator, Field, Tag

from quotarisk.periods import Cadence
from quotarisk.scenario.limits import MOST_MONEY, Day, Money, Name, Productivity, Share
from quotarisk.scenario.part import Part
from quotarisk.scenario.segment import Segment

Amounts = Annotated[tuple[Money, ...], Field(strict=False)]
Ramp = Annotated[tuple[Productivity, ...], Field(strict=False, max_length=120)]


def _way_of_writing(quota: Any) -> str | None:
    """Tell which of the three ways it is; in angles, which no key of a file begins with."""
    if isinstance(quota, bool):
        return None
    ways = {int | float: "<number>", list | tuple: "<list>", dict: "<table>"}
    return next((way for kind, way in ways.items() if isinstance(quota, kind)), None)


PeriodQuota = Annotated[
    Annotated[Money, Tag("<number>")]
    | Annotated[Amounts, Tag("<list>")]
    | Annotated[dict[str, Money], Tag("<table>")],
    Discriminator(
        _way_of_writing,
        custom_error_type="rule",
        custom_error_message="must be a number, a list of numbers or a table by period name",
    ),
]


class Quota(Part):
    """Quotas by cadence: a number for every period, a list in order, or a table by period name.

    A list has one number for each period of the horizon. In a table the empty name stands for
    all periods that it does not name. Quarters and years that are left out are the sums of
    their months.
    """

    example: ClassVar[str] = "{ month = 40_000 }"

    month: PeriodQuota | None = None
    """Quota of a month: a number, a list in order, or a table such as { 2027-01 = 40_000 }."""
    quarter: PeriodQuota | None = None
    """Quota of a quarter; the sum of its months where it is left out."""
    year: PeriodQuota | None = None
    """Quota of a fiscal year; the sum of its months (or quarters) where it is left out."""

    def of(self, cadence: Cadence) -> PeriodQuota | None:
        """Return what is written for a cadence."""
        written: PeriodQuota | None = getattr(self, cadence)
        return written


class Rep(Part):
    """A person who sells."""

    example: ClassVar[str] = '{ name = "Ana" }'

    name: Name
    """Unique in the team."""
    group: Name | None = None
    """The group that the rep belongs to: a region, a team, a manager."""
    quota: Quota = Quota()
    """What the rep must book."""
    segments: dict[Name, Segment] = Field({})
    """The segments that the rep sells, with what differs; all segments where none is named."""
    start_date: Day | None = None
    """First day of work of a new hire."""
    ramp: Ramp = ()
    """Productivity in each month since the start date, as a share of the full one; then 1."""
    pipeline: Literal["steady", "empty"] | None = None
    """What a rep without listed open deals starts with: as many as usual, or none."""
    hours_per_week: Annotated[float, Field(gt=0, le=168)] | None = None
    """Hours of work a week for open deals and prospecting; without them time sets no bounds."""
    prospecting_share: Share | None = None
    """Share of the hours that is kept for prospecting, however busy; 0 where it is left out."""
    pay: Name | None = None
    """Name of the pay plan; the only one, or none of several, where it is left out."""
    booked_since: Day | None = None
    """First day of the rep's own past that a correction may repeat, where that is later."""


class Group(Part):
    """Some of the reps; its quota is the sum of theirs where none is given."""

    example: ClassVar[str] = "{ quota = { quarter = 500_000 } }"

    quota: Quota = Quota()
    """The group's own plan."""


class Team(Part):
    """All reps; the quota is the plan that finance holds, the reps' sum where none is given."""

    example: ClassVar[str] = "{ quota = { year = 2_400_000 } }"

    quota: Quota = Quota()
    """The plan that finance holds."""


class OpenDeal(Part):
    """An opportunity that is open at the start; without an amount its size is drawn."""

    example: ClassVar[str] = '{ deal = "D1", rep = "Ana", segment = "small", created = 2026-11-30 }'

    deal: Name
    """Its number or name in the CRM, unique."""
    rep: Name
    """Who works on it."""
    segment: Name
    """What kind of deal it is."""
    amount: Annotated[float, Field(gt=0, le=MOST_MONEY)] | None = None
    """What it would book; drawn from the segment's deal sizes where it is left out."""
    created: Day
    """The day on which it became an opportunity."""


class Booking(Part):
    """An amount that is booked already; a negative one takes back."""

    example: ClassVar[str] = '{ rep = "Ana", date = 2027-01-15, amount = 8_000 }'

    rep: Name
    """Who booked it."""
    date: Day
    """The day on which it was booked."""
    amount: Annotated[float, Field(ge=-MOST_MONEY, le=MOST_MONEY)]
    """How much; negative where a booking was taken back."""
