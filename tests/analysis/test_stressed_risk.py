"""Bad futures of the team and its groups under stress."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import polars as pl
import pytest

from quotarisk.analysis.risk import assess_risk
from quotarisk.analysis.stress import AS_IT_IS, stress_test
from quotarisk.analysis.stressed_risk import rows_of, tail_of
from quotarisk.scenario.stress import Stress
from quotarisk.simulation.simulation import simulate
from tests.simulation.cases import scenario_of

REPS: list[dict[str, Any]] = [
    {"name": "Ana", "group": "East", "quota": {"month": 20_000}},
    {"name": "Bo", "group": "West", "quota": {"month": 25_000}},
]


def test_as_it_is_it_is_the_run() -> None:
    """Unstressed rows are those of the team's risk, to the last digit."""
    scenario = scenario_of(reps=REPS, months=6)
    plain = assess_risk(simulate(scenario, paths=500, seed=3)).frame
    found = stress_test(scenario, stresses={"down": Stress(win_rate=0.5)}, paths=500, seed=3)
    risk = found.parts["risk"]
    keys = ["level", "name", "cadence", "period"]
    joined = risk.filter(stress=AS_IT_IS).join(plain, on=keys, suffix="_run", how="left")

    assert joined.height > 0
    others = {*keys, "stress", "quota", "largest", "largest_share", "largest_share_se"}
    figures = [column for column in risk.columns if column not in others]
    assert len(figures) == 20
    for column in figures:
        np.testing.assert_allclose(joined[column], joined[f"{column}_run"], rtol=1e-12)
    assert {"group", "team"} == set(risk["level"])


def test_stress_makes_the_worst_worse() -> None:
    """Win rates halved: every edge falls, what is missing grows; factors of 1 change nothing."""
    stresses = {"down": Stress(win_rate=0.5), "same": Stress()}
    risk = stress_test(scenario_of(reps=REPS), stresses=stresses, paths=400).parts["risk"]
    base, down, same = (
        risk.filter(stress=stress).drop("stress") for stress in (AS_IT_IS, "down", "same")
    )
    assert base.equals(same)
    assert (down["p50"] < base["p50"]).all()
    assert (down["es_10"] > base["es_10"]).all()


def test_amounts_beyond_words() -> None:
    """Sums of more cents than 32 bits hold are sorted as they are."""
    booked = np.random.default_rng(1).integers(0, 1_000, (2, 100)).astype(np.float64)
    small, large = tail_of(booked), tail_of(booked * 2.0**32)
    np.testing.assert_allclose(large.worst, small.worst * 2.0**32)
    np.testing.assert_allclose(large.quantiles_se, small.quantiles_se * 2.0**32)


def test_months_where_there_is_nothing_longer() -> None:
    """Quarters and years, else months."""
    assert [1, 2] == rows_of([("month", "2027-01"), ("quarter", "2027-Q1"), ("year", "2027")])
    assert [0] == rows_of([("month", "2027-01")])


@pytest.mark.parametrize("months", [1, 2])
def test_short_horizons(months: int) -> None:
    """A horizon without a whole quarter is told by its months."""
    risk = stress_test(scenario_of(reps=REPS, months=months), stresses={}, paths=50).parts["risk"]
    assert {"month"} == set(risk["cadence"])
    assert risk.select(pl.col("var_5").is_not_null().all()).item()


def test_what_is_taken_back() -> None:
    """Bookings to date below nothing are no large amounts."""
    told: dict[str, Any] = {
        "booked": [{"rep": "Ana", "date": date(2027, 1, 1), "amount": -500_000.0}]
    }
    scenario = scenario_of(reps=REPS, **told)
    risk = stress_test(scenario, stresses={}, paths=200, seed=3).parts["risk"]
    plain = assess_risk(simulate(scenario, paths=200, seed=3)).frame
    team = plain.filter(level="team", cadence="quarter")
    assert risk.filter(level="team", cadence="quarter")["p90"].to_list() == team["p90"].to_list()
    assert risk["p90"].max() < 1e6  # type: ignore[operator]


def test_an_answer_shows_its_parts() -> None:
    """Who types its name sees the further tables too, each under its own."""
    shown = repr(stress_test(scenario_of(reps=REPS), stresses={}, paths=50))
    assert "\nrisk\n" in shown
    assert "\nstresses\n" in shown
