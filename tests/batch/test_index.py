from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from quotarisk.batch.index import draw_index, write_chance, write_change
from quotarisk.batch.outcomes import RiskLine
from quotarisk.batch.summary import Entry, Figure, Made, Summary
from quotarisk.errors import Fault
from quotarisk.periods import CADENCES
from tests.batch.conftest import Batch

if TYPE_CHECKING:
    from playwright.sync_api import Browser

MADE = Made("2027-01-01", "2027-01-04T02:00:41Z", "east/2027-01-01", "east/2027-01-01/report.html")
FIGURE = Figure("2027-Q1", 0.384, 0.004, -0.031, 0.006)
ENTRY = Entry("East", "east.toml", "done", MADE.made, MADE, {"quarter": FIGURE}, (), (), ())
SUMMARY = Summary("2027-01-04T02:00:40Z", "2027-01-04T02:00:41Z", 0, "1.2.3", None, (ENTRY,))


class Reader(HTMLParser):
    """What a browser would find: elements with their attributes, and text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element."""
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        """Note text."""
        self.text += f" {data}"


def read(*entries: Entry, line: RiskLine | None = None) -> Reader:
    """Draw a page with some entries, and read it."""
    return Reader(draw_index(replace(SUMMARY, entries=entries, risk_line=line)))


def test_figures() -> None:
    """A chance and its change stand with half a 95 % interval, in per cent and in points."""
    told = " ".join(read(ENTRY).text.split())

    assert "2027-Q1 38.4 ±0.8 −3.1 ±1.2" in told  # noqa: RUF001
    assert "1 scenario: 1 new." in told
    assert "2027-01-04 02:00 UTC" in told


@pytest.mark.parametrize(
    ("change", "expected"),
    [(None, "–"), (0.031, "+3.1 ±1.2"), (-0.0001, "0.0 ±1.2"), (-0.2, "−20 ±1.2")],  # noqa: RUF001
)
def test_changes(change: float | None, expected: str) -> None:
    """A change has its sign, unless it rounds to nothing; a dash where there is none."""
    assert expected == write_change(replace(FIGURE, change=change))


def test_certain_chances() -> None:
    """A chance near 0 or 1 says so without an error."""
    assert ("<0.1", ">99.9") == tuple(write_chance(replace(FIGURE, p_hit=p)) for p in (0.0, 1.0))


def test_links() -> None:
    """The name leads to the newest report, and earlier runs are listed."""
    earlier = replace(MADE, folder="øst/runs/1", page="øst/runs/1/report.html")
    page = read(replace(ENTRY, earlier=(earlier,)))

    assert [MADE.page, "%C3%B8st/runs/1/report.html", "summary.json"] == [
        attributes["href"] for tag, attributes in page.elements if tag == "a"
    ]


def test_nothing_is_loaded_and_nothing_runs() -> None:
    """The page is whole in itself."""
    page = read(ENTRY)
    sources = [a for _, told in page.elements for a in told if a in ("src", "srcset", "data")]

    assert ([], []) == (sources, [t for t, _ in page.elements if t in ("script", "link", "img")])
    assert "default-src 'none'" in draw_index(SUMMARY)


def test_names_are_escaped() -> None:
    """Names, files, faults and periods are text, whatever stands in them."""
    evil = '"><script>alert(1)</script><img src=x onerror=y>'
    fault = Fault(evil, evil, evil, evil, evil)
    page = read(
        replace(ENTRY, name=evil, faults=(fault,), crossed=(evil,), status="failed", file=evil),
        replace(ENTRY, name="", file=evil, newest=None, team={}, status="failed"),
    )

    assert [] == [tag for tag, _ in page.elements if tag in ("script", "img")]
    assert 8 <= page.text.count(evil)


def test_troubles() -> None:
    """Of many faults the first are told, and how many more there are."""
    faults = tuple(Fault("a", str(number), "no") for number in range(25))
    page = read(replace(ENTRY, faults=faults, status="failed"))

    assert "5 more: see summary.json" in page.text
    assert "shown is the last good run" in page.text
    assert 1 == page.text.count("(a: 19)")
    assert 0 == page.text.count("(a: 20)")


def test_risk_line() -> None:
    """The page says what P(hit) was held against, and who is below."""
    page = read(replace(ENTRY, crossed=("team East",)), line=RiskLine(0.5))

    assert "P(hit) of each team by the longest period at least 50 %." in page.text
    assert "below the risk line: team East" in page.text
    assert "by the month at" in read(ENTRY, line=RiskLine(0.5, "rep", "month")).text


def test_page_of_a_batch(batch: Batch) -> None:
    """Links of a batch's page lead to what is there."""
    batch()
    page = Reader(Path("out/index.html").read_text(encoding="utf-8"))
    links = [told["href"] for tag, told in page.elements if tag == "a"]

    assert 3 == len(links)
    assert all(Path("out", str(link)).exists() for link in links)
    assert re.search(r"2 scenarios: 2 new\.", page.text)


@pytest.fixture
def browser() -> Iterator[Browser]:
    """A browser without a window."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        pytest.skip("there is no chromium on this machine")
    with playwright.sync_playwright() as driver:
        launched = driver.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield launched
        launched.close()


def test_narrow_screen(browser: Browser, tmp_path: Path) -> None:
    """On a phone nothing is cut off, and each figure stands under the name of its column."""
    entry = replace(
        ENTRY,
        name="A team with a rather long name, and Donaudampfschifffahrtsgesellschaften",
        team=dict.fromkeys(CADENCES, FIGURE),
        earlier=(MADE,),
    )
    summary = replace(SUMMARY, entries=(entry, replace(ENTRY, status="failed", team={})))
    (tmp_path / "index.html").write_text(draw_index(summary), encoding="utf-8")
    for width in (320, 390, 800, 1440):
        page = browser.new_page(viewport={"width": width, "height": 900})
        page.goto((tmp_path / "index.html").as_uri())
        right, labels = page.evaluate(
            """[Math.max(...[...document.querySelectorAll("body :not(thead, thead *)")].map(
                    each => each.getBoundingClientRect().right)),
                [...document.querySelectorAll("tr:first-child td.figure")].map(
                    each => getComputedStyle(each, "::before").content)]"""
        )
        page.close()

        assert right <= width
        assert (
            3 * ["none"] == labels if width > 704 else ['"Month"', '"Quarter"', '"Year"'] == labels
        )
