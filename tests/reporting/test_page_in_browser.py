"""The page in a real browser, opened from disk without any network."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from quotarisk.analysis.curves import Curves, trace_curves
from quotarisk.reporting.formats import write_share
from quotarisk.reporting.page import draw_page
from quotarisk.reporting.report import results_of
from quotarisk.reporting.results import Results
from quotarisk.simulation.simulation import simulate
from tests.reporting.teams import scenario, team
from tests.reporting.test_page import EVIL

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.reporting.conftest import Open


@pytest.fixture(scope="module")
def answered() -> tuple[Results, Curves]:
    """Answers about three reps in two groups, and their curves."""
    simulation = simulate(team(), paths=1000, seed=7, workers=1)
    return results_of(simulation), trace_curves(simulation)


@pytest.fixture(scope="module")
def text(answered: tuple[Results, Curves]) -> str:
    """Their page."""
    return draw_page(*answered)


def readings(page: Page) -> list[str]:
    """What is read off by the month, quarter and year."""
    return page.locator(".reading:not([hidden]) .value").all_inner_texts()


def test_charts_are_drawn(open_page: Open, text: str) -> None:
    """Both charts are there, and who does not see them is told what they are."""
    page = open_page(text)

    assert 2 == page.locator(".chart svg").count()
    assert 1 == page.locator("#chart-fan[aria-label*='in 8 of 10 futures']").count()
    assert 1 == page.locator("#chart-survival[aria-label*='by cadence']").count()
    assert 0 < page.locator("#chart-fan svg path").count()


@pytest.mark.parametrize("width", [390, 1440])
def test_fits_the_screen(open_page: Open, text: str, width: int) -> None:
    """On a telephone as on a desk the page is no wider than the screen."""
    page = open_page(text, width=width)

    assert width == page.evaluate("document.documentElement.scrollWidth")
    assert page.locator("#chart-fan svg").bounding_box()["width"] <= width  # type: ignore[index]


@pytest.mark.parametrize("table", ["heat", "reps"])
def test_sorting(open_page: Open, text: str, answered: tuple[Results, Curves], table: str) -> None:
    """A click sorts by name or chance, another one turns the order, and the heading says so."""
    page = open_page(text)
    rows = answered[0].cadence.frame
    names = page.locator(f"#table-{table} tbody th")
    label = "quarter, mean" if table == "heat" else "P(hit) quarter"
    button = page.locator(f"#table-{table} button.sort", has_text=label)
    heading = button.locator("xpath=..")

    assert "none" == heading.get_attribute("aria-sort")
    button.click()
    assert rows.sort("p_hit_quarter")["name"].to_list() == names.all_inner_texts()
    assert "ascending" == heading.get_attribute("aria-sort")
    button.focus()
    page.keyboard.press("Enter")
    assert rows.sort("p_hit_quarter", descending=True)["name"].to_list() == names.all_inner_texts()
    assert "descending" == heading.get_attribute("aria-sort")
    page.locator(f"#table-{table} button.sort").first.click()
    assert ["Ana", "Ben", "Chloé"] == names.all_inner_texts()
    assert "none" == heading.get_attribute("aria-sort")


def test_panel_starts_at_todays_quota(
    open_page: Open, text: str, answered: tuple[Results, Curves]
) -> None:
    """What is read off at first are the chances of the cadence answer, for reps of one quota."""
    page = open_page(text)
    for row in answered[0].cadence.frame.head(2).iter_rows(named=True):
        page.locator("#who").select_option(label=row["name"])
        chances = [row[f"p_hit_{cadence}"] for cadence in ("month", "quarter", "year")]

        assert [write_share(chance) for chance in chances] == readings(page)


def test_slider(open_page: Open, text: str, answered: tuple[Results, Curves]) -> None:
    """The slider reads off the curve of each cadence, and a button leads back."""
    page = open_page(text)
    page.locator("#who").select_option(label="Ben")
    before = readings(page)
    slider = page.locator("#quota")
    slider.focus()
    for _ in range(4):
        page.keyboard.press("ArrowLeft")
    at = int(slider.input_value())
    expected = [
        write_share(answered[1].survival.filter(name="Ben", cadence=cadence)["p_at_least"][at])
        for cadence in ("month", "quarter", "year")
    ]

    assert before != expected
    assert expected == readings(page)
    assert all(f"{share} %" in (slider.get_attribute("aria-valuetext") or "") for share in expected)
    page.keyboard.press("Home")
    assert ["100", "100", "100"] == readings(page)
    page.locator("#reset").click()
    assert before == readings(page)


def test_focus_goes_from_top_to_bottom(open_page: Open, text: str) -> None:
    """Who goes by keyboard meets everything in the order of the page."""
    page = open_page(text)
    met = []
    for _ in range(45):
        page.keyboard.press("Tab")
        met.append(page.evaluate("document.activeElement.closest('section')?.id ?? ''"))
    sections = ["answer", "team", "risk", "reps", "cadence", "rep", "assumptions"]

    assert "" == met[0]  # the link that skips to the answer
    assert sections == list(dict.fromkeys(section for section in met if section))
    order = [sections.index(section) for section in met if section]
    assert sorted(order) == order


@pytest.mark.parametrize(
    "told",
    [
        {"reps": [{"name": "Ana"}]},
        {"reps": [{"name": "Ana", "quota": {"month": 20_000.0}}], "months": 1},
        {"reps": [{"name": "Ana", "quota": {"quarter": 60_000.0}}], "start": date(2027, 2, 15)},
        {"reps": [{"name": "Ana", "quota": {"year": 60_000.0}}]},
        {"reps": [{"name": "Ana"}], "start": date(2027, 1, 15), "months": 1},
    ],
)
def test_nothing_is_said_on_the_console(open_page: Open, told: dict[str, Any]) -> None:
    """Whatever there is no quota for, no chart complains of data that are not there."""
    simulation = simulate(scenario(**told), paths=100, workers=1)
    page = open_page(draw_page(results_of(simulation), trace_curves(simulation)))

    assert "Starter" == page.locator("h1").inner_text()


LONG = (
    "Northern Europe, Middle East and Africa, Enterprise Accounts",
    "NorthernEuropeMiddleEastAndAfricaEnterpriseAccounts",
)


@pytest.mark.parametrize("table", ["heat", "reps", "plans"])
def test_long_names_are_whole(open_page: Open, table: str) -> None:
    """However long names and groups are, on a desk all of a table is in sight, and so are they."""
    reps = [{"name": f"{name} 1", "group": name, "quota": {"month": 2e4}} for name in LONG]
    simulation = simulate(scenario(reps=reps), paths=100, workers=1)
    page = open_page(draw_page(results_of(simulation), trace_curves(simulation)))
    wide = f"""() => {{
        const box = document.querySelector('#table-{table}').closest('.scroll');
        return [box, ...box.querySelectorAll('.name')].filter(
            each => each.scrollWidth > each.clientWidth).length;
    }}"""

    assert 2 <= page.locator(f"#table-{table} .name").count()
    assert 0 == page.evaluate(wide)


def test_print_unfolds(open_page: Open, text: str) -> None:
    """What is folded on the screen is on the paper."""
    page = open_page(text)
    folded = "document.querySelectorAll('details:not([open])').length"

    assert 0 < page.evaluate(folded)
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert 0 == page.evaluate(folded)
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert 0 < page.evaluate(folded)


def test_names_run_nothing(open_page: Open) -> None:
    """Names with markup in them are shown as they are written."""
    reps = [{"name": name, "quota": {"month": 20_000.0}} for name in EVIL]
    simulation = simulate(scenario(name=EVIL[1], reps=reps), paths=100, workers=1)
    page = open_page(draw_page(results_of(simulation), trace_curves(simulation)))

    assert EVIL[1] == page.locator("h1").inner_text()
    assert list(EVIL) == page.locator("#table-reps tbody th").all_inner_texts()
    assert list(EVIL) == page.locator("#who optgroup").first.locator("option").all_inner_texts()


def test_without_javascript(open_page: Open, text: str) -> None:
    """Where JavaScript is switched off the tables are there, and a word about the rest."""
    page = open_page(text, script=False)

    assert page.locator("noscript").inner_text().startswith("The charts and the sorting need")
    assert 3 == page.locator("#table-heat tbody").count()
