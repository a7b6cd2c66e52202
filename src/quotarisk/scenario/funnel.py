"""The funnel: what a rep does by the hour becomes opportunities, stage by stage."""

from __future__ import annotations

from math import prod
from typing import Annotated, ClassVar

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from quotarisk.scenario.figures import WinRateField
from quotarisk.scenario.limits import Name
from quotarisk.scenario.part import Part


class Stage(Part):
    """A stage of the funnel, and the share of those before it that reach it."""

    example: ClassVar[str] = '{ name = "SQL", rate = 0.20 }'

    name: Name
    """What is reached: SQL, meeting, opportunity."""
    rate: WinRateField
    """Share that reaches it: known, or { won = 5, of = 25 }; of the first stage, per activity."""


class Funnel(Part):
    """From activities (calls, mails, visits) to opportunities: the last stage is one."""

    example: ClassVar[str] = (
        '{ hours_per_activity = 0.2, stages = [{ name = "opportunity", rate = 0.1 }] }'
    )

    hours_per_activity: Annotated[float, Field(ge=1e-4, le=1000)]
    """Hours of a rep's time that an activity takes."""
    stages: Annotated[tuple[Stage, ...], Field(strict=False, min_length=1, max_length=12)]
    """Stages in order; the last one is an opportunity."""

    @model_validator(mode="after")
    def _distinct(self) -> Funnel:
        names = [stage.name for stage in self.stages]
        if len(set(names)) < len(names):
            raise PydanticCustomError("rule", "must have stages of different names")
        return self

    @property
    def opps_per_activity(self) -> float:
        """Expected opportunities that an activity makes."""
        return prod(stage.rate.mean for stage in self.stages)

    @property
    def opps_per_hour(self) -> float:
        """Expected opportunities that an hour of prospecting makes."""
        return self.opps_per_activity / self.hours_per_activity

    @property
    def is_known(self) -> bool:
        """Whether all its rates are known exactly."""
        return all(stage.rate.is_known for stage in self.stages)
