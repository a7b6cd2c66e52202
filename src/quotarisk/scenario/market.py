"""What all reps share: the market's ups and downs, seasons and the quarter's rhythm."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, NonNegativeFloat

from quotarisk.scenario.part import Part

Spread = Annotated[float, Field(ge=0, le=3)]
Season = Annotated[tuple[NonNegativeFloat, ...], Field(strict=False, min_length=12, max_length=12)]
Speed = Annotated[float, Field(ge=0.01, le=100)]
Speeds = Annotated[tuple[Speed, ...], Field(strict=False, min_length=3, max_length=3)]


class Market(Part):
    """One Gaussian AR(1) factor shared by all reps, as standard deviations of logarithms.

    ``creation`` and ``deal_size`` multiply by a factor of mean 1, ``win_odds`` shifts the
    odds with median 1. ``persistence`` is the correlation of one period with the next.
    """

    creation: Spread = 0.0
    win_odds: Spread = 0.0
    deal_size: Spread = 0.0
    persistence: Annotated[float, Field(gt=-1, lt=1)] = 0.5
    period: Literal["month", "quarter"] = "quarter"

    @property
    def moves(self) -> bool:
        """Whether the market does anything at all."""
        return max(self.creation, self.win_odds, self.deal_size) > 0


class Calendar(Part):
    """Seasons of creation by calendar month, and clocks by month of the fiscal quarter."""

    creation: Season = (1.0,) * 12
    won: Speeds = (1.0, 1.0, 1.0)
    lost: Speeds = (1.0, 1.0, 1.0)
