"""The market and the calendar moved: plain runs of scenarios that say so."""

from __future__ import annotations

from typing import Any

import pytest

from quotarisk.analysis.drivers import rank_drivers
from quotarisk.analysis.surroundings import list_surroundings
from quotarisk.scenario.scenario import Scenario
from quotarisk.simulation.comparing import variant_of
from quotarisk.simulation.simulation import simulate
from tests.analysis.cases import make, segment

MARKET: dict[str, Any] = {
    "creation": 0.2, "win_odds": 0.3, "deal_size": 0.1, "persistence": -0.5, "period": "month",
}  # fmt: skip
CALENDAR: dict[str, Any] = {
    "creation": (1.0, 0.5, 1.5, *(1.0,) * 9), "won": (0.6, 0.9, 1.5), "lost": (1.8, 0.8, 0.4),
}  # fmt: skip


def _scenario(market: Any = MARKET, calendar: Any = CALENDAR, months: int = 3) -> Scenario:
    reps = ({"name": name, "quota": {"month": 9_000}} for name in ("Ana", "Bo"))
    return make({"s": segment(cycle=20.0)}, *reps, months=months, market=market, calendar=calendar)


def _with(figure: str, factor: float) -> Scenario:
    if figure.startswith("market_"):
        key = figure.removeprefix("market_")
        return _scenario({**MARKET, key: MARKET[key] * factor})
    keys = {"seasons": ("creation",), "clock": ("won", "lost")}[figure]
    told = {key: tuple(f**factor for f in CALENDAR[key]) for key in keys}
    return _scenario(calendar={**CALENDAR, **told})


@pytest.mark.parametrize(
    "figure",
    [
        "market_creation", "market_win_odds", "market_deal_size", "market_persistence", "seasons",
        "clock",
    ],
)  # fmt: skip
def test_a_move_is_the_scenario_that_says_so(figure: str) -> None:
    """P(hit) and the mean of everybody are those of a plain run of it."""
    frame = rank_drivers(_scenario(), paths=300, seed=7).frame.filter(figure=figure)
    assert {"team", "rep"} == set(frame["level"])
    assert {"±10 %"} == set(frame["basis"])
    for side, factor in (("low", 0.9), ("high", 1.1)):
        plain = simulate(_with(figure, factor), paths=300, seed=7)
        units = {(each.unit.level, each.unit.name): each for each in plain.units}
        place = [period.name for period in plain.periods].index("2027-Q1")
        for row in frame.iter_rows(named=True):
            told = units[row["level"], row["name"]].periods
            assert row[f"p_hit_{side}"] == told.hits[place] / 300
            assert row[f"mean_{side}"] == pytest.approx(told.mean[place] / 100)
    assert (frame["mean_low"] != frame["mean_high"]).all()


def _figures(scenario: Scenario) -> dict[str, tuple[float, float, float]]:
    found = list_surroundings(variant_of(scenario, 0))
    return {each.figure: each.moves["Ana"][:3] for each in found}


def test_what_is_not_told_does_not_move() -> None:
    """A market that stands still has no persistence, and an even calendar no swing."""
    assert {} == _figures(_scenario({}, {}))
    assert {} == _figures(_scenario({"persistence": 0.9}, {"won": (1.0, 1.0, 1.0)}))
    some = _figures(_scenario({"creation": 0.2, "persistence": 0.0}, {"lost": (1.0, 1.0, 0.5)}))
    assert {"market_creation", "clock"} == set(some)
    assert pytest.approx((0.2, 0.18, 0.22)) == some["market_creation"]


def test_persistence() -> None:
    """Is a correlation: it comes near to 1 at most; of one period alone there is none to move."""
    market = {"creation": 0.1, "persistence": -0.98}
    near = _figures(_scenario(market, {}, months=6))["market_persistence"]
    assert pytest.approx((-0.98, -0.882, -0.99)) == near
    assert {"market_creation"} == set(_figures(_scenario(market, {})))
