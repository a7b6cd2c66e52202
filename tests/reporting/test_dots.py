"""Chances as letters on a line."""

from __future__ import annotations

import pytest

from quotarisk.periods import Cadence
from quotarisk.reporting.dots import EMPTY, LENGTH, draw_chances


@pytest.mark.parametrize(
    ("share", "place"), [(0.0, 0), (0.02, 0), (0.26, 5), (0.52, 10), (1.0, 19)]
)
def test_places(share: float, place: int) -> None:
    """From 0 to 100 %, both ends on the line."""
    assert EMPTY * place + "m" + EMPTY * (LENGTH - place - 1) == draw_chances({"month": share})


def test_the_shorter_hides_the_longer() -> None:
    """What is in one place is seen as the shorter cadence."""
    chances: dict[Cadence, float | None] = {"year": 0.5, "month": 0.5, "quarter": 0.9}
    assert "··········m······q··" == draw_chances(chances)


def test_no_chance() -> None:
    """What is not known is not drawn."""
    assert EMPTY * LENGTH == draw_chances({"month": None})
