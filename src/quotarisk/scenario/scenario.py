"""The scenario: everything that a simulation is told, and nothing that it finds out."""

from __future__ import annotations

import hashlib
import json
from functools import cached_property
from typing import Annotated, Any, ClassVar

from pydantic import Field

from quotarisk.periods import MOST_MONTHS, Horizon
from quotarisk.scenario.correction import Correction
from quotarisk.scenario.limits import Day, Name
from quotarisk.scenario.market import Calendar, Market
from quotarisk.scenario.part import Part
from quotarisk.scenario.pay import PayPlan
from quotarisk.scenario.segment import Segment
from quotarisk.scenario.stress import Stress
from quotarisk.scenario.team import Booking, Group, OpenDeal, Rep, Team


def _with_whole_numbers(told: Any) -> Any:
    """Write 40000.0 as 40000, and -0.0 as 0: equal scenarios must read and hash alike."""
    if isinstance(told, dict):
        return {key: _with_whole_numbers(value) for key, value in told.items()}
    if isinstance(told, tuple):
        return [_with_whole_numbers(value) for value in told]
    return int(told) if isinstance(told, float) and told.is_integer() else told


class Scenario(Part):
    """A team, its quotas, its market and what is known of them on the first day.

    Made by `load_scenario` from files, or in Python by its keys, which are the same. It is
    checked key by key when it is made and as a whole by `find_faults`.
    """

    example: ClassVar[str] = '{ name = "Mid-market", start = 2027-01-01 }'

    name: Name
    """What the scenario is called in reports."""
    start: Day
    """The first day of the horizon; open deals are as of it."""
    months: Annotated[int, Field(ge=1, le=MOST_MONTHS)] = 12
    """How many calendar months the horizon has, the first day's month included."""
    fiscal_year_start: Annotated[int, Field(ge=1, le=12)] = 1
    """Number of the month in which fiscal years begin; quarters follow it."""
    currency: Name = "USD"
    """What amounts are in: a label, nothing is converted."""
    segments: dict[Name, Segment] = Field({})
    """The kinds of deals that the team sells."""
    reps: Annotated[tuple[Rep, ...], Field(strict=False)] = ()
    """Who sells."""
    groups: dict[Name, Group] = Field({})
    """Plans of groups whose quota is not the sum of their reps' quotas."""
    team: Team = Team()
    """The plan of the whole team."""
    market: Market = Market()
    """Ups and downs that all reps share."""
    calendar: Calendar = Calendar()
    """Seasons, and the rhythm of the quarter."""
    correction: Correction = Correction()
    """What past forecasts taught, as a fit found it."""
    pay: dict[Name, PayPlan] = Field({})
    """Pay plans by name; where there is only one, reps who name none are on it."""
    stress: dict[Name, Stress] = Field({})
    """Named what-ifs."""
    open_deals: Annotated[tuple[OpenDeal, ...], Field(strict=False)] = ()
    """Opportunities that are open on the first day."""
    booked: Annotated[tuple[Booking, ...], Field(strict=False)] | None = None
    """What is booked already in periods that the horizon ends, and in the past that is repeated."""

    @cached_property
    def horizon(self) -> Horizon:
        """The days that are simulated, with their months, quarters and fiscal years."""
        return Horizon(self.start, self.months, self.fiscal_year_start)

    @cached_property
    def fingerprint(self) -> str:
        """A hash of all that it says, the same for the same scenario however it was written."""
        told = json.dumps(self.as_dict(), sort_keys=True, default=str)
        return hashlib.sha256(told.encode()).hexdigest()

    def as_dict(self) -> dict[str, Any]:
        """Return what differs from the defaults, in the shape of the TOML file."""
        told: dict[str, Any] = _with_whole_numbers(
            self.model_dump(by_alias=True, exclude_none=True, exclude_defaults=True)
        )
        return told
