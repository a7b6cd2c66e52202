"""What the team's own past forecasts taught: how far to trust the model, and how wide to be."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from quotarisk.scenario.limits import Day, Share
from quotarisk.scenario.part import Part

Spread = Annotated[float, Field(ge=0, le=1)]
Shape = Annotated[float, Field(ge=0.05, le=1)]


class Correction(Part):
    """On some paths reps repeat weeks of their own past, and bookings vary more, alone or together.

    Found by `calibrate` from forecasts of months that are over; nothing is corrected by default.
    A shape a moves what a rep books from its rank among the paths, a share u, to the rank
    Beta(a, a)^-1(u): 1 leaves it where it is, less spreads it towards both ends.
    """

    example: ClassVar[str] = "{ own_history = 0.3, since = 2026-07-01 }"

    own_history: Share = 0.0
    """Share of the paths on which each week is a past week of the rep's, from `booked`."""
    since: Day | None = None
    """The first day of the past that is repeated."""
    together: Annotated[float, Field(ge=0, lt=1)] = 0.0
    """How much of their luck all reps have in common beyond what the market gives them: the share
    of the variance of each rep's normal scores. Their sum varies more, none of them does."""
    shared: Annotated[tuple[Spread, ...], Field(strict=False, max_length=12)] = ()
    """Standard deviation of the logarithm of a factor of median 1 that all reps' bookings have in
    common on a path, month by month from the start on; the last one holds on."""
    month_shape: Shape = 1.0
    """By how much each month's bookings are spread: the a of Beta(a, a)."""
    quarter_shape: Shape = 1.0
    """By how much the sum of each three months from the start on is spread."""

    @property
    def does_nothing(self) -> bool:
        """Whether all is left as the model has it."""
        shapes = min(self.month_shape, self.quarter_shape)
        varied = self.together > 0 or any(self.shared) or shapes < 1
        return self.own_history == 0 and not varied
