from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from quotarisk.analysis.curves import Curves, trace_curves
from quotarisk.reporting.formats import write_share
from quotarisk.reporting.rep_panel import fill_panel
from quotarisk.reporting.report import results_of
from quotarisk.reporting.results import Results
from quotarisk.simulation.simulation import Simulation, simulate
from tests.reporting.teams import scenario, team


@pytest.fixture(scope="module")
def simulation() -> Simulation:
    """Three reps in two groups."""
    return simulate(team(), paths=500, seed=7, workers=1)


@pytest.fixture(scope="module")
def curves(simulation: Simulation) -> Curves:
    """Their curves."""
    return trace_curves(simulation)


def test_units(simulation: Simulation, curves: Curves) -> None:
    """Reps first, then groups, then the team; with what the scenario counts in."""
    panel = fill_panel(results_of(simulation), curves)

    assert ["Ana", "Ben", "Chloé", "East", "West", "Team"] == [u["name"] for u in panel["units"]]
    assert "USD" == panel["currency"]
    assert "Each chance is good to ±4.5 points (95 %), or better." == panel["error"]


def test_reading_off_at_todays_quota(simulation: Simulation, curves: Curves) -> None:
    """Where the panel starts it shows the chances of the cadence answer."""
    results = results_of(simulation)
    ana = fill_panel(results, curves)["units"][0]
    row = results.cadence.frame.row(0, named=True)

    assert ("28.0k", 28_000.0) == (ana["words"][ana["start"]], ana["x"][ana["start"]])
    assert "Today's quota: 28.0k a month, 84.0k a quarter, 336k a year; in USD." == ana["today"]
    for cadence in ("month", "quarter", "year"):
        curve = ana["cadences"][cadence]
        assert write_share(row[f"p_hit_{cadence}"]) == curve["told"][ana["start"]]
        assert pytest.approx(row[f"p_hit_{cadence}"], abs=1e-4) == curve["p"][ana["start"]]
        assert "100" == curve["told"][0]
    assert "84.0k" == ana["cadences"]["quarter"]["amounts"][ana["start"]]


def test_quotas_that_differ() -> None:
    """Quotas that are not the same in all periods are told as what they lie between."""
    rep = {"name": "Ana", "quota": {"month": [20_000.0, 20_000.0, 35_000.0]}}
    simulation = simulate(scenario(months=3, reps=[rep]), paths=100, workers=1)
    ana = fill_panel(results_of(simulation), trace_curves(simulation))["units"][0]

    month = write_share(results_of(simulation).cadence.frame["p_hit_month"][0])
    assert (
        f"Today's quota: 20.0k to 35.0k a month (P(hit) {month} %), 75.0k a quarter; in USD."
    ) == ana["today"]
    team = simulate(scenario(reps=[rep], months=3), paths=100, workers=1)
    units = fill_panel(results_of(team), trace_curves(team))["units"]
    assert ana["today"] == units[-1]["today"]  # the team of one rep
    assert ["month", "quarter"] == list(ana["cadences"])


@pytest.mark.parametrize(
    ("quota", "expected"),
    [
        ({"month": [25_000.0, 20_000.0, 35_000.0]}, 25_000.0),
        ({"month": [0.0, 20_000.0, 35_000.0]}, 20_000.0),
        ({"quarter": 75_000.0}, 25_000.0),
    ],
)
def test_starts_at_the_first_quota(quota: dict[str, Any], expected: float) -> None:
    """Where quotas differ the panel starts at the first one, told for a month."""
    rep = {"name": "Ana", "quota": quota}
    simulation = simulate(scenario(months=3, reps=[rep]), paths=100, workers=1)
    ana = fill_panel(results_of(simulation), trace_curves(simulation))["units"][0]

    assert expected == ana["x"][ana["start"]]
    assert ana["hasQuota"]


def test_namesakes_are_told_apart() -> None:
    """Where all stand in one list, no two bear the same name."""
    reps = [{"name": "Team", "group": "Team"}, {"name": "Ana", "group": "ana"}]
    simulation = simulate(scenario(name="Team", months=1, reps=reps), paths=100, workers=1)
    units = fill_panel(results_of(simulation), trace_curves(simulation))["units"]

    assert ["Team (rep)", "Ana", "Team (group)", "ana (group)", "Team"] == [
        unit["name"] for unit in units
    ]


def test_no_quota() -> None:
    """Without a quota the panel starts in the middle, and nothing leads back."""
    simulation = simulate(scenario(reps=[{"name": "Ana"}]), paths=100, workers=1)
    ana = fill_panel(results_of(simulation), trace_curves(simulation))["units"][0]

    assert ("None of these periods has a quota.", False) == (ana["today"], ana["hasQuota"])
    assert 0 < ana["start"] < len(ana["x"]) - 1


def test_no_period() -> None:
    """Where nothing is answered, nobody can be chosen."""
    cut = scenario(months=1, start=date(2027, 1, 10), reps=[{"name": "Ana"}])
    simulation = simulate(cut, paths=100, workers=1)
    results: Results = results_of(simulation)

    assert [] == fill_panel(results, trace_curves(simulation))["units"]
