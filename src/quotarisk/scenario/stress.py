"""A stress: what is multiplied, who leaves, how late hires come."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from quotarisk.scenario.limits import MOST_DAYS, Factor, Name
from quotarisk.scenario.part import Part

Names = Annotated[tuple[Name, ...], Field(strict=False)]


class Stress(Part):
    """Factors on what is not there yet, and changes of the team."""

    example: ClassVar[str] = "{ win_rate = 0.8, cycle_days = 1.25 }"

    win_rate: Factor = 1.0
    """Factor on win rates."""
    opps_per_week: Factor = 1.0
    """Factor on new opportunities."""
    deal_size: Factor = 1.0
    """Factor on deal sizes."""
    cycle_days: Annotated[float, Field(ge=0.001, le=1000)] = 1.0
    """Factor on cycles, of won and of lost deals."""
    ramp: Factor = 1.0
    """Factor on the productivities of ramps."""
    remove_reps: Names = ()
    """Names of reps who leave before the first day."""
    delay_hires_days: Annotated[int, Field(ge=0, le=MOST_DAYS)] = 0
    """Days by which those who start within the horizon start later."""
