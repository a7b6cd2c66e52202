# ruff: noqa: E501 - a way of writing and what it means stand together
from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings

from quotarisk.periods import CADENCES, Horizon
from quotarisk.scenario.quotas import resolve_quota, scenario_quotas
from quotarisk.scenario.scenario import Scenario
from quotarisk.scenario.team import Group, Quota, Rep, Team
from tests.scenario.strategies import scenarios

YEAR = Horizon(date(2027, 1, 1), 12)
HALF = Horizon(date(2027, 2, 15), 5)  # Q1 began before it; Q2 is whole


def resolved(horizon: Horizon, cadence: str, *, since: date | None = None, **written: Any) -> Any:
    """Quotas of one cadence, by period."""
    amounts = resolve_quota(Quota(**written), horizon, from_day=since)
    return {name: amount for (of, name), amount in amounts.items() if of == cadence}


def test_nothing_written() -> None:
    """Without a quota no period has one."""
    assert {} == resolve_quota(Quota(), YEAR)


@pytest.mark.parametrize(
    ("written", "cadence", "expected"),
    [
        pytest.param({"month": 10.0}, "month", {f"2027-0{m}": 10 for m in range(2, 7)}, id="number"),
        pytest.param({"month": 10.0}, "quarter", {"2027-Q1": 30, "2027-Q2": 30}, id="whole quarters"),
        pytest.param(
            {"month": (1.0, 2.0, 3.0, 4.0, 5.0)}, "month",
            {"2027-02": 1, "2027-03": 2, "2027-04": 3, "2027-05": 4, "2027-06": 5}, id="list",
        ),
        pytest.param(
            {"month": (1.0, 2.0, 3.0, 4.0, 5.0)}, "quarter", {"2027-Q2": 12},
            id="a list says nothing of the months before the horizon",
        ),
        pytest.param(
            {"month": {"2027-01": 7.0, "2027-02": 8.0, "2027-03": 9.0, "2027-05": 9.0}}, "quarter",
            {"2027-Q1": 24}, id="a table may name the months before the horizon",
        ),
        pytest.param(
            {"month": {"2027-02": 8.0, "2027-03": 8.0}}, "quarter", {},
            id="a table that does not name a month leaves its quarter open",
        ),
        pytest.param(
            {"month": {"": 5.0, "2027-03": 8.0}}, "quarter", {"2027-Q1": 18, "2027-Q2": 15},
            id="the empty name stands for all others",
        ),
        pytest.param(
            {"month": 10.0, "quarter": {"2027-Q1": 50.0}}, "quarter",
            {"2027-Q1": 50, "2027-Q2": 30}, id="a quarter that is not named is the sum of its months",
        ),
        pytest.param(
            {"month": 10.0, "quarter": {"2027-Q1": 0.0}}, "quarter", {"2027-Q1": 0, "2027-Q2": 30},
            id="no sum takes the place of 0",
        ),
        pytest.param({"month": 0.0}, "quarter", {"2027-Q1": 0, "2027-Q2": 0}, id="a sum of 0"),
        pytest.param({"year": 900.0}, "quarter", {}, id="a year says nothing of its quarters"),
    ],
)  # fmt: skip
def test_mid_quarter_start(
    written: dict[str, Any], cadence: str, expected: dict[str, float]
) -> None:
    """Every way of writing a quota fills the periods of a horizon that starts in mid-quarter."""
    assert expected == resolved(HALF, cadence, **written)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        pytest.param({"month": 10.0}, {"2027": 120}, id="sum of months"),
        pytest.param({"quarter": 25.0}, {"2027": 100}, id="sum of quarters"),
        pytest.param({"month": 10.0, "quarter": 25.0}, {"2027": 120}, id="months come first"),
        pytest.param({"quarter": (1.0, 2.0, 3.0, 4.0)}, {"2027": 10}, id="list of quarters"),
        pytest.param({"quarter": {"": 8.0, "2027-Q2": 0.0}}, {"2027": 24}, id="table of quarters"),
        pytest.param({"quarter": {"2027-Q2": 9.0}}, {}, id="a table that leaves quarters out"),
        pytest.param({"month": 10.0, "year": 7.0}, {"2027": 7}, id="written"),
        pytest.param({"month": 10.0, "year": 0.0}, {"2027": 0}, id="0 is said"),
    ],
)
def test_year(written: dict[str, Any], expected: dict[str, float]) -> None:
    """A year that is not written is the sum of its months, else of its quarters."""
    assert expected == resolved(YEAR, "year", **written)


def test_fiscal_year_of_quarters() -> None:
    """A fiscal year adds up its own quarters, those before the horizon too."""
    horizon = Horizon(date(2027, 6, 1), 8, 2)

    assert {"2028": 100} == resolved(horizon, "year", quarter=25.0)
    assert {} == resolved(horizon, "year", quarter=(1.0, 2.0, 3.0))


def test_new_hire() -> None:
    """Periods that end before the first day of work have no quota and add nothing to sums."""
    since = date(2027, 3, 10)

    assert {f"2027-{m:02d}": 10 for m in range(3, 13)} == resolved(
        YEAR, "month", since=since, month=10.0
    )
    assert 10 == resolved(YEAR, "quarter", since=since, month=10.0)["2027-Q1"]
    assert {"2027": 100} == resolved(YEAR, "year", since=since, month=10.0)
    assert {"2027": 75} == resolved(YEAR, "year", since=date(2027, 4, 1), quarter=25.0)
    assert {} == resolved(YEAR, "month", since=date(2028, 1, 1), month=10.0)


def team(*reps: Rep, **plans: Any) -> Scenario:
    """Make a team over a quarter."""
    return Scenario(name="T", start=date(2027, 1, 1), months=3, reps=reps, **plans)


def test_sums_of_reps() -> None:
    """Without a plan the sum holds, where all who work have a quota, be it 0."""
    ana = Rep(name="Ana", group="East", quota=Quota(month=10.0))
    ben = Rep(name="Ben", group="East", quota=Quota(quarter=50.0))
    late = Rep(name="Di", quota=Quota(month=1.0), start_date=date(2027, 3, 1))
    ramped = Rep(name="Ed", quota=Quota(month=(0.0, 2.0, 3.0)))
    quotas = scenario_quotas(team(ana, ben, Rep(name="Cy", group="West"), late))

    assert ["Ana", "Ben", "Cy", "Di"] == list(quotas.reps)
    assert {"East", "West"} == set(quotas.groups)
    assert 80 == quotas.groups["East"]["quarter", "2027-Q1"]
    assert ("month", "2027-02") not in quotas.groups["East"]
    assert {} == quotas.groups["West"]
    assert {} == quotas.team

    quotas = scenario_quotas(team(ana, late, ramped))

    assert [10, 12, 14, 36] == list(quotas.team.values())


def test_plans_of_groups_and_team() -> None:
    """A plan of the group or team wins, each cadence for itself, and 0 means no quota."""
    rep = Rep(name="Ana", group="East", quota=Quota(month=10.0))
    quotas = scenario_quotas(
        team(
            rep,
            groups={"East": Group(quota=Quota(month=20.0))},
            team=Team(quota=Quota(month={"2027-02": 0.0}, quarter=70.0)),
        )
    )

    assert {"month": 20, "quarter": 60} == {of: a for (of, _), a in quotas.groups["East"].items()}
    assert {
        ("month", "2027-01"): 10,
        ("month", "2027-03"): 10,
        ("quarter", "2027-Q1"): 70,
    } == quotas.team


@settings(deadline=None, max_examples=50)
@given(scenario=scenarios())
def test_every_quota_is_a_period_of_the_horizon(scenario: Scenario) -> None:
    """Quotas are positive and belong to periods that end within the horizon."""
    names = {
        (cadence, period.name)
        for cadence in CADENCES
        for period in scenario.horizon.periods(cadence)
    }
    quotas = scenario_quotas(scenario)
    for amounts in (quotas.team, *quotas.reps.values(), *quotas.groups.values()):
        assert set(amounts) <= names
        assert all(amount > 0 for amount in amounts.values())
