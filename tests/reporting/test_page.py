from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import date
from functools import cache

import pytest
from syrupy.assertion import SnapshotAssertion

from quotarisk.analysis.curves import trace_curves
from quotarisk.reporting import sentences
from quotarisk.reporting.page import draw_page
from quotarisk.reporting.plans import plans_table
from quotarisk.reporting.report import results_of
from quotarisk.reporting.results import Results
from quotarisk.reporting.tables import write_cell
from quotarisk.scenario.scenario import Scenario
from quotarisk.simulation.simulation import simulate
from tests.reporting.outline import outline
from tests.reporting.teams import CAUTIONS, scenario, team

MEGABYTE = 1_000_000
EVIL = (
    "</script><script>alert(1)</script>",
    "<img src=x onerror=alert(2)>",
    "\"' onmouseover='alert(3)",
    "{{ 7 * 7 }}",
    "<!--",
    "=HYPERLINK(1)",
)


@cache
def _team() -> Scenario:
    return team()


def page_of(asked: Scenario, *, paths: int = 100) -> str:
    """The page of a scenario, as of a fixed version."""
    simulation = simulate(asked, paths=paths, seed=7, workers=1)
    results = results_of(simulation)
    source = replace(results.provenance, scenario_hash="0123456789abcdef", version="1.2.3")
    return draw_page(
        replace(
            results,
            attainment=replace(results.attainment, provenance=source, cautions=CAUTIONS),
            cadence=replace(results.cadence, provenance=source),
        ),
        trace_curves(simulation),
    )


@pytest.fixture(scope="module")
def page() -> str:
    """The page of three reps in two groups."""
    return page_of(_team())


def test_structure(page: str, snapshot: SnapshotAssertion) -> None:
    """The page tells its story in this order, under these headings."""
    assert snapshot == "\n".join(outline(page).lines)


def test_begins_with_the_answer(page: str) -> None:
    """The headline's sentences stand before any section."""
    simulation = simulate(_team(), paths=100, seed=7, workers=1)
    for sentence in sentences.headline(results_of(simulation)):
        assert -1 < page.index(sentence) < page.index('<section id="team"')


def test_no_address_is_asked_for(page: str) -> None:
    """Nothing is loaded from elsewhere, and a policy forbids that anything is."""
    told = outline(page)
    loading = {"src", "srcset", "data", "poster", "action", "background"}
    links = [attrs["href"] for _, attrs in told.tags if "href" in attrs]

    assert [] == [attrs for _, attrs in told.tags if loading & set(attrs)]
    assert [] == [href for href in links if href is None or (href[0] != "#" and href != "data:,")]
    assert "default-src 'none'" in page
    assert not re.search(r"@import|url\(", page[page.index("<style>") : page.index("</style>")])


def test_figures_are_the_tables() -> None:
    """Every cell of the labelled table of plans stands in the page."""
    simulation = simulate(_team(), paths=100, seed=7, workers=1)
    results = results_of(simulation)
    drawn = draw_page(results, trace_curves(simulation))
    part = drawn[drawn.index('id="table-plans"') : drawn.index('<section id="risk"')]
    table = plans_table(results)
    for row in table.frame.iter_rows(named=True):
        for column in table.columns:
            text, error = write_cell(column, row)
            assert f">{text}" in part.replace("&lt;", "<").replace("&gt;", ">")
            assert error in part


def test_doubts_and_source(page: str) -> None:
    """Cautions, what is left out, and where the figures come from are told in full."""
    for caution in CAUTIONS:
        assert caution.text.replace("'", "&#39;") in page
    assert "Exposure only: nobody changes behaviour" in page
    assert re.search(
        r"<footer>\s*<p>100 paths, seed 7; standard error of P\(hit\) at most [\d.]+ points; "
        r"scenario 0123456789ab; quotarisk 1\.2\.3\.</p>",
        page,
    )


def test_exact_check() -> None:
    """Where nothing is uncertain but the deals, the footer tells of the exact check."""
    asked = scenario(reps=[{"name": "Ana", "quota": {"month": 20_000}, "segments": {"small": {}}}])

    assert "; exact check: " in page_of(asked)


def test_same_bytes(page: str) -> None:
    """The same answers give the same page."""
    assert page == page_of(_team())


def test_names_are_harmless() -> None:
    """Names are text, wherever they stand: no element, no attribute, no end of a script."""
    reps = [{"name": name, "group": f"{name} group", "quota": {"month": 20_000.0}} for name in EVIL]
    drawn = page_of(scenario(name=EVIL[0], currency="<b>", reps=reps))
    told = outline(drawn)
    scripts = re.findall(r"<script[^>]*>(.*?)</script>", drawn, re.DOTALL)

    assert {"img"} & {tag for tag, _ in told.tags} == set()
    assert [] == [attrs for _, attrs in told.tags if any(key.startswith("on") for key in attrs)]
    assert 4 == len(scripts)
    assert 4 == [tag for tag, _ in told.tags].count("script")
    names = [unit["name"] for unit in json.loads(scripts[1])["units"]]
    assert list(EVIL) == names[: len(EVIL)]
    keys = [
        attrs["data-keys"] for tag, attrs in told.tags if tag == "tbody" and "data-keys" in attrs
    ]
    assert EVIL[0] == json.loads(keys[0] or "")[0]
    assert "{{ 7 * 7 }}" in drawn
    assert 49 not in [unit["name"] for unit in json.loads(scripts[1])["units"]]


def test_without_quotas() -> None:
    """Without any quota the page shows bookings, and no word, mark or colour of what is not."""
    drawn = page_of(scenario(reps=[{"name": "Ana"}]))
    told = outline(drawn)
    shown = drawn[drawn.index("<body>") : drawn.index('id="assumptions"')]

    assert "The team has no quota" in drawn
    assert ["answer", "team", "risk", "reps", "rep", "assumptions"] == re.findall(
        r'<section id="(\w+)"', drawn
    )
    assert ["table #table-plans", "dt: quotas"] == [
        line for line in told.lines if re.search("plan|quotas|P\\(hit\\)", line)
    ]
    for word in (
        "against its plan",
        "quotas, added up",
        "dotted",
        "Month or quarter",
        'class="ramp"',
    ):
        assert word not in shown
    assert 'class="dumbbells"' not in drawn
    assert 'class="diamond"' not in drawn
    assert not re.search('style="background', drawn)
    assert {"#team", "#risk", "#reps", "#rep", "#assumptions", "#answer", "data:,"} == {
        attrs["href"] for _, attrs in told.tags if "href" in attrs
    }


@pytest.mark.parametrize(
    ("quota", "lead", "sections", "headings"),
    [
        ({"month": 2e4}, "months with the quarters under them", 7, 1 + 1 + 12 + 1 + 1 + 4),
        ({"quarter": 6e4}, "quarters", 6, 1 + 1 + 4 + 1),
        ({"year": 24e4}, "years", 6, 1 + 1),
    ],
)
def test_cadences_without_quotas(
    quota: dict[str, float], lead: str, sections: int, headings: int
) -> None:
    """The heat map has the cadences that somebody has a quota of; to compare it takes both."""
    drawn = page_of(scenario(reps=[{"name": "Ana", "quota": quota}]))
    heat = drawn[drawn.index('id="table-heat"') :]
    heat = heat[: heat.index("</table>")]

    assert f"P(hit) in %, each rep\N{RIGHT SINGLE QUOTATION MARK}s {lead}. Orange" in drawn
    assert sections == len(re.findall(r'<section id="', drawn))
    assert headings == heat.count('<th scope="col"')
    assert max(lead.count("s"), 1) <= heat.count("<tr>")
    assert 1 == len(re.findall('id="table-reps"', drawn))


def test_team_without_groups() -> None:
    """Nobody is told of groups where there are none, nor of a year's plan where there is none."""
    drawn = page_of(scenario(months=3, reps=[{"name": "Ana", "quota": {"month": 2e4}}]))

    assert "<h3>Plans of the team</h3>" in drawn
    assert "quotas, added up" in drawn
    assert "the plan of a fiscal year" not in drawn
    assert "the share at each dotted line is P(hit)" in drawn


def test_one_cadence() -> None:
    """Where there are months only nothing is said of curves that cross."""
    drawn = page_of(scenario(months=1, reps=[{"name": "Ana", "quota": {"month": 2e4}}]))

    assert "where the curves cross" not in drawn
    assert "the share at each dotted line" not in drawn


def test_namesakes_are_told_apart() -> None:
    """A group called Team is not taken for the team, nor for a rep called so."""
    rep = {"name": "Team", "group": "Team", "quota": {"month": 2e4}}
    drawn = page_of(scenario(reps=[rep, {**rep, "name": "Ana"}]))
    plans = drawn[drawn.index('id="table-plans"') : drawn.index('<section id="risk"')]

    risk = drawn[drawn.index('id="table-risk"') : drawn.index('id="table-bands"')]

    for table in (plans, risk):
        names = re.findall(r'<span class="name short">(.*?)</span>', table)
        assert ["Team", "Team (group)"] == names
    for name in ("Team (rep)", "Team (group)", "Team"):
        assert 1 == drawn.count(f'"name": "{name}"')


def test_without_periods() -> None:
    """Where no period can be answered the page says so, and what is assumed."""
    asked = scenario(months=1, start=date(2027, 1, 10), reps=[{"name": "Ana"}])
    drawn = page_of(asked)

    assert "No period can be answered" in drawn
    assert ["answer", "assumptions"] == re.findall(r'<section id="(\w+)"', drawn)
    assert len(drawn) < 0.1 * MEGABYTE


def test_rules_are_listed_where_they_disagree() -> None:
    """A rule of thumb that the simulation contradicts has a number, and a mark at the rep."""
    rep = {"name": "Ana", "quota": {"month": 24_000}, "segments": {"small": {}}}
    simulation = simulate(scenario(reps=[rep]), paths=500, seed=7, workers=1)
    results: Results = results_of(simulation)
    drawn = draw_page(results, trace_curves(simulation))
    rules = [caution for caution in results.cautions if caution.code.startswith("rule_")]

    assert 0 < len(rules) == drawn.count('<li id="rule-')
    assert '<a href="#rule-1" aria-label="rule 1">1</a>' in drawn


def test_open_deals_are_shown() -> None:
    """Listed open deals have a table of their own."""
    deal = {"deal": "D1", "rep": "Ana", "segment": "small", "created": date(2026, 12, 1)}

    assert 'id="table-pipeline"' in page_of(scenario(reps=[{"name": "Ana"}], open_deals=[deal]))
    assert 'id="table-pipeline"' not in page_of(scenario(reps=[{"name": "Ana"}]))


def test_fifty_reps_stay_small() -> None:
    """The page of 50 reps is below 3 MB, and its long table of assumptions is folded."""
    reps = [
        {"name": f"Somebody Whose Name is Long {n}", "group": f"G{n % 5}", "quota": {"month": 2e4}}
        for n in range(50)
    ]
    drawn = page_of(scenario(reps=reps))

    assert len(drawn.encode()) < 3 * MEGABYTE
    assert "<details>\n<summary>Rates of each rep" in drawn
