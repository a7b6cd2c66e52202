from __future__ import annotations

from dataclasses import replace

import polars as pl
import pytest

from quotarisk.caution import Caution
from quotarisk.reporting.dumbbells import Dumbbell, draw_dumbbells
from quotarisk.reporting.results import Results
from tests.reporting.teams import answers, scenario


def with_chances(results: Results, month: float, quarter: float) -> Results:
    """The same answers, with these chances of everybody."""
    frame = results.cadence.frame.with_columns(
        p_hit_month=pl.lit(month), p_hit_quarter=pl.lit(quarter)
    )
    return replace(results, cadence=replace(results.cadence, frame=frame))


@pytest.mark.parametrize(
    ("month", "quarter", "axis", "places"),
    [
        (0.32, 0.55, (30, 60), (6.67, 83.33)),
        (0.41, 0.43, (30, 50), (55.0, 65.0)),
        (0.0, 0.02, (0, 20), (0.0, 10.0)),
        (1.0, 1.0, (80, 100), (100.0, 100.0)),
    ],
)
def test_places(
    results: Results,
    month: float,
    quarter: float,
    axis: tuple[int, int],
    places: tuple[float, float],
) -> None:
    """The axis holds all chances between whole tenths, and a bar lies where they are on it."""
    drawn = draw_dumbbells(with_chances(results, month, quarter))

    assert axis == drawn.axis
    assert [places] * 3 == [(bar.month, bar.quarter) for bar in drawn.bars]


def test_a_bar_in_words(results: Results) -> None:
    """Who does not see it is told both chances."""
    drawn = draw_dumbbells(with_chances(results, 0.25, 0.5))

    assert "P(hit) by the month 25.0 %, by the quarter 50.0 %" == drawn.bars[0].told


def test_no_quotas(without_quotas: Results) -> None:
    """Without quotas there is nothing to draw."""
    drawn = draw_dumbbells(without_quotas)

    assert (Dumbbell(None, None, "no quota"),) == drawn.bars
    assert not drawn.compare


def test_captions_are_about_what_is_shown(results: Results) -> None:
    """What a column means is told where it is shown, and only there."""
    grid = draw_dumbbells(results).grid
    told = " ".join(grid.captions)

    assert ("Cross-over: " in told) == ("crossover" in {column.key for column in grid.columns})
    assert "False alarm: " in told


@pytest.mark.parametrize(
    ("quota", "expected"),
    [({"quarter": 60_000.0}, False), ({"month": 20_000.0}, True)],
)
def test_something_to_compare(quota: dict[str, float], expected: bool) -> None:
    """There is something to compare where some rep has quotas of both cadences."""
    asked = scenario(months=3, reps=[{"name": "Ana", "quota": quota}, {"name": "Ben"}])
    drawn = draw_dumbbells(answers(asked, paths=100))

    assert expected == drawn.compare
    told = " ".join(drawn.grid.captions)
    assert expected == ("False alarm: " in told)


def test_rules_are_numbered(results: Results) -> None:
    """Each rep is marked with the numbers of the rules that the simulation contradicts."""
    rules = (
        Caution("rule_size_and_cycle", ("Ben",), "One."),
        Caution("few_deals", ("Ana",), "Not a rule."),
        Caution("rule_few_wins", ("Ana", "Ben"), "Two."),
    )
    cadence = replace(results.cadence, cautions=rules)
    drawn = draw_dumbbells(replace(results, cadence=cadence))

    assert ["One.", "Two."] == [rule.text for rule in drawn.rules]
    assert ((2,), (1, 2), ()) == drawn.against
