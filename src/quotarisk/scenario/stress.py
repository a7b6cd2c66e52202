"""A stress: what is multiplied, who leaves, how late hires come."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, NonNegativeFloat, NonNegativeInt

from quotarisk.scenario.part import Part
from quotarisk.scenario.team import Name

Names = Annotated[tuple[Name, ...], Field(strict=False)]


class Stress(Part):
    """Factors on what is not there yet, and changes of the team."""

    win_rate: NonNegativeFloat = 1.0
    opps_per_week: NonNegativeFloat = 1.0
    deal_size: NonNegativeFloat = 1.0
    cycle_days: Annotated[float, Field(gt=0)] = 1.0
    ramp: NonNegativeFloat = 1.0
    remove_reps: Names = ()
    delay_hires_days: NonNegativeInt = 0
