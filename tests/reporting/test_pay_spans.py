"""Pay as a line of characters."""

from __future__ import annotations

import pytest

from quotarisk.reporting.pay_spans import LENGTH, MARK, MIDDLE, SPAN, draw_span, scale_of


@pytest.mark.parametrize(
    ("low", "high", "scale"),
    [
        (0.74, 1.27, (0.7, 1.3)),
        (1.02, 1.31, (0.9, 1.4)),
        (0.5, 0.8, (0.5, 1.1)),
        (1, 1, (0.9, 1.1)),
    ],
)
def test_the_ote_is_on_the_scale(low: float, high: float, scale: tuple[float, float]) -> None:
    """However far pay lies above or below it."""
    assert scale == scale_of(low, high)


@pytest.mark.parametrize(
    "pay", [(0.7, 0.9, 1.3), (1.0, 1.0, 1.0), (1.1, 1.1, 1.2), (0.8, 0.8, 0.9)]
)
def test_a_line(pay: tuple[float, float, float]) -> None:
    """The median and the OTE are marked, and P10 to P90 is drawn where they are not."""
    line = draw_span(*pay, scale=scale_of(pay[0], pay[2]))

    assert LENGTH == len(line)
    assert 1 == line.count(MIDDLE)
    assert (0 if pay[1] == 1.0 else 1) == line.count(MARK)
    low, high = line.find(SPAN), line.rfind(SPAN)
    assert all(sign in (SPAN, MIDDLE, MARK) for sign in line[low : high + 1])
