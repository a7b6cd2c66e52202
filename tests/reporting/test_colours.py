from __future__ import annotations

import pytest

from quotarisk.reporting.colours import CADENCE_COLOURS, INK, QUIET, shade


def luminance(colour: str) -> float:
    """Relative luminance (WCAG 2.2)."""
    channels = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """Contrast ratio (WCAG 2.2)."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("per_cent", range(0, 101, 5))
def test_text_on_a_shade_can_be_read(per_cent: int) -> None:
    """Dark text on any shade has the contrast that WCAG AA asks for."""
    assert contrast(INK, shade(per_cent / 100)) >= 4.5


@pytest.mark.parametrize("colour", [INK, QUIET])
def test_text_on_white_can_be_read(colour: str) -> None:
    """So has text on white."""
    assert contrast(colour, "#ffffff") >= 4.5


@pytest.mark.parametrize("colour", CADENCE_COLOURS.values())
def test_lines_can_be_seen(colour: str) -> None:
    """Lines and marks have the contrast of 3 that AA asks of graphics."""
    assert contrast(colour, "#ffffff") >= 3


def test_shades_stay_within_bounds() -> None:
    """What lies beyond 0 or 1 has the colour of the end."""
    assert (shade(0.0), shade(1.0)) == (shade(-0.1), shade(1.1))
