"""The scenario: everything that a simulation is told, and nothing that it finds out."""

from __future__ import annotations

import hashlib
import json
from datetime import date
from functools import cached_property
from typing import Annotated, Any

from pydantic import Field

from quotarisk.periods import MOST_MONTHS, Horizon
from quotarisk.scenario.market import Calendar, Market
from quotarisk.scenario.part import Part
from quotarisk.scenario.segment import Segment
from quotarisk.scenario.stress import Stress
from quotarisk.scenario.team import Booking, Group, Name, OpenDeal, Rep, Team


class Scenario(Part):
    """A team, its quotas, its market and what is known of them on the first day.

    Made by `load_scenario` from files, or in Python by its keys, which are the same. It is
    checked key by key when it is made and as a whole by `find_faults`.
    """

    name: Name
    start: date
    months: Annotated[int, Field(ge=1, le=MOST_MONTHS)] = 12
    fiscal_year_start: Annotated[int, Field(ge=1, le=12)] = 1
    currency: Name = "USD"
    segments: dict[str, Segment] = {}
    reps: Annotated[tuple[Rep, ...], Field(strict=False)] = ()
    groups: dict[str, Group] = {}
    team: Team = Team()
    market: Market = Market()
    calendar: Calendar = Calendar()
    stress: dict[str, Stress] = {}
    open_deals: Annotated[tuple[OpenDeal, ...], Field(strict=False)] = ()
    booked: Annotated[tuple[Booking, ...], Field(strict=False)] | None = None

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
        return self.model_dump(exclude_none=True, exclude_defaults=True)
