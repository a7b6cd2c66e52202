from __future__ import annotations

from datetime import date

import pytest

from quotarisk.reporting.colours import shade
from quotarisk.reporting.formats import write_share
from quotarisk.reporting.heat_map import Heading, map_heat
from quotarisk.reporting.results import Results
from tests.reporting.teams import answers, scenario


def test_quarters_lie_under_their_months(results: Results) -> None:
    """Twelve months, four quarters of three months each, and a year."""
    headings = map_heat(results).headings

    assert ("2027-01", "2027-12") == (headings["month"][0].name, headings["month"][-1].name)
    assert tuple(Heading(f"2027-Q{n}", 3) for n in (1, 2, 3, 4)) == headings["quarter"]
    assert (Heading("2027"),) == headings["year"]


def test_cells_are_the_answers(results: Results) -> None:
    """Every cell has the words and the colour of its P(hit), and tells the rest."""
    rows = {
        (row["name"], row["period"]): row
        for row in results.attainment.frame.filter(level="rep").iter_rows(named=True)
    }
    heat = map_heat(results)
    for rep in heat.rows:
        for cadence, cells in rep.cells.items():
            for heading, cell in zip(heat.headings[cadence], cells, strict=True):
                chance = rows[rep.name, heading.name]["p_hit"]
                if chance is None:
                    assert ("–", "") == (cell.text, cell.colour)  # noqa: RUF001
                    assert f"{rep.name}, {heading.name}: no quota" == cell.told
                else:
                    assert (write_share(chance), shade(chance)) == (cell.text, cell.colour)
                    assert cell.told.startswith(f"{rep.name}, {heading.name}: P(hit) {cell.text}")
                    assert "; quota " in cell.told
                assert heading.span == cell.span


def test_keys_and_means_are_the_cadence_answers(results: Results) -> None:
    """Rows are sorted by name, group and mean chances."""
    row = results.cadence.frame.row(0, named=True)
    ana = map_heat(results).rows[0]

    assert ("Ana", "East", *(row[f"p_hit_{c}"] for c in ("month", "quarter", "year"))) == ana.keys
    assert write_share(row["p_hit_quarter"]) == ana.means["quarter"].text
    assert map_heat(results).has_groups


def test_gaps_under_months_without_a_quarter() -> None:
    """Months of a quarter that is not answered have a gap under them, each its own."""
    ana, ben = {"name": "Ana", "quota": {"month": 20_000.0}}, {"name": "Ben"}
    asked = scenario(months=5, start=date(2027, 2, 1), reps=[ana, ben])
    heat = map_heat(answers(asked, paths=100))

    assert (Heading(""), Heading(""), Heading("2027-Q2", 3)) == heat.headings["quarter"]
    assert ["", "", "–"] == [cell.text for cell in heat.rows[1].cells["quarter"]]  # noqa: RUF001
    assert not heat.has_groups


@pytest.mark.parametrize(
    ("months", "quota", "lines", "counts"),
    [
        (12, {"month": 2e4}, ("month", "quarter"), (12, 4, 1)),
        (12, {"quarter": 6e4}, ("quarter",), (0, 4, 1)),
        (12, {"year": 24e4}, (), (0, 0, 1)),
        (2, {"month": 2e4}, ("month",), (2, 0, 0)),
        (2, {}, (), (0, 0, 0)),
    ],
)
def test_cadences_without_a_chance_are_left_out(
    months: int, quota: dict[str, float], lines: tuple[str, ...], counts: tuple[int, ...]
) -> None:
    """Of a cadence for which no rep has a quota there are no headings and no cells."""
    asked = scenario(months=months, reps=[{"name": "Ana", "quota": quota}, {"name": "Ben"}])
    heat = map_heat(answers(asked, paths=100))

    assert lines == heat.lines
    assert counts == tuple(len(heat.headings[c]) for c in ("month", "quarter", "year"))
    assert [counts] * 2 == [tuple(map(len, row.cells.values())) for row in heat.rows]
    assert any(counts) == heat.has_chances


def test_quarters_alone_are_not_spread() -> None:
    """Where no months are shown each quarter is as wide as any."""
    asked = scenario(months=6, reps=[{"name": "Ana", "quota": {"quarter": 60_000.0}}])

    expected = (Heading("2027-Q1"), Heading("2027-Q2"))
    assert expected == map_heat(answers(asked, paths=100)).headings["quarter"]
