"""What all reps share: the market's ups and downs, seasons and the quarter's rhythm."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from quotarisk.scenario.limits import Factor
from quotarisk.scenario.part import Part

Spread = Annotated[float, Field(ge=0, le=3)]
Season = Annotated[tuple[Factor, ...], Field(strict=False, min_length=12, max_length=12)]
Speed = Annotated[float, Field(ge=0.01, le=100)]
Speeds = Annotated[tuple[Speed, ...], Field(strict=False, min_length=3, max_length=3)]


class Market(Part):
    """One Gaussian AR(1) factor shared by all reps, as standard deviations of logarithms.

    ``creation`` and ``deal_size`` multiply by a factor of mean 1, ``win_odds`` shifts the
    odds with median 1. ``persistence`` is the correlation of one period with the next.
    """

    example: ClassVar[str] = "{ creation = 0.10, win_odds = 0.15 }"

    creation: Spread = 0.0
    """How much the number of new opportunities swings: standard deviation of its logarithm."""
    win_odds: Spread = 0.0
    """How much the odds of winning swing: standard deviation of their logarithm."""
    deal_size: Spread = 0.0
    """How much deal sizes swing: standard deviation of their logarithm."""
    persistence: Annotated[float, Field(gt=-1, lt=1)] = 0.5
    """Correlation of one period's market with the next one's."""
    period: Literal["month", "quarter"] = "quarter"
    """How often the market moves."""

    @property
    def moves(self) -> bool:
        """Whether the market does anything at all."""
        return max(self.creation, self.win_odds, self.deal_size) > 0


class Calendar(Part):
    """Seasons of creation by calendar month, and clocks by month of the fiscal quarter."""

    example: ClassVar[str] = "{ won = [0.6, 0.9, 1.5] }"

    creation: Season = (1.0,) * 12
    """Twelve factors on new opportunities, January to December."""
    won: Speeds = (1.0, 1.0, 1.0)
    """How fast the clock of won deals runs in each month of a fiscal quarter."""
    lost: Speeds = (1.0, 1.0, 1.0)
    """How fast the clock of lost deals runs in each month of a fiscal quarter."""
