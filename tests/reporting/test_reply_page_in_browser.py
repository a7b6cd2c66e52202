"""A reply's page in a real browser, opened from disk without any network."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from quotarisk.reporting.reply_page import draw_reply_page
from tests.reporting.replies import EVIL, reply, stress_table

if TYPE_CHECKING:
    from tests.reporting.conftest import Open


@pytest.mark.parametrize("width", [390, 1440])
def test_fits_the_screen(open_page: Open, width: int) -> None:
    """On a telephone wide tables scroll by themselves; the page is no wider than the screen."""
    page = open_page(draw_reply_page(reply()), width=width)
    scrolls = """() => {
        const box = document.querySelector('#table-stress').closest('.scroll');
        return box.scrollWidth > box.clientWidth;
    }"""

    assert width == page.evaluate("document.documentElement.scrollWidth")
    assert (width == 390) == page.evaluate(scrolls)


def test_sorting(open_page: Open) -> None:
    """A click on a heading sorts, and another one turns the order."""
    page = open_page(draw_reply_page(reply(stress_table(5))))
    names = page.locator("#table-stress tbody td:nth-child(2)")
    button = page.locator("#table-stress button.sort", has_text="P(hit)")

    assert ["R0", "R1", "R2", "R3", "R4"] == names.all_inner_texts()
    button.click()
    assert ["R4", "R3", "R2", "R1", "R0"] == names.all_inner_texts()
    button.click()
    assert ["R0", "R1", "R2", "R3", "R4"] == names.all_inner_texts()


def test_names_run_nothing(open_page: Open) -> None:
    """Names with markup in them are shown as they are written."""
    page = open_page(draw_reply_page(reply()))

    assert "Starter & <b>Co</b>" == page.locator("h1").inner_text()
    assert list(EVIL) == page.locator("#table-by_rep tbody th").all_inner_texts()
