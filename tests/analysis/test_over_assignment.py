from __future__ import annotations

import math

import numpy as np
import polars as pl
import pytest

from quotarisk.simulation.simulation import simulate
from tests.analysis.solving import PATHS, fresh_bookings, one, solve, team_of

SEEDS = 60


def test_what_lies_between() -> None:
    """Quotas over plan less one; the plan is the amount that the team reaches so often."""
    answer = solve(team_of())
    rows = answer.parts["over_assignment"].filter(kind="solved")
    assert [0.5, 0.6, 0.7, 0.8, 0.9] == rows["p_team"].to_list()
    quotas = answer.frame.filter(level="rep", period="2027")["solved"].sum()
    team = fresh_bookings(team_of(), seed=1, paths=PATHS)["team Team"][-1]
    for row in rows.iter_rows(named=True):
        assert row["quotas"] == pytest.approx(quotas)
        assert row["over_assignment"] == pytest.approx(quotas / row["plan"] - 1)
        assert row["p_team"] <= (team >= row["plan"]).mean() < row["p_team"] + 1 / PATHS
        assert row["plan_low"] < row["plan"] < row["plan_high"]
    assert rows["over_assignment"].is_sorted()  # a surer team plan is smaller
    assert one(answer.frame, level="team", period="2027")["solved"] == one(rows, p_team=0.6)["plan"]


def test_a_team_level_of_ones_own() -> None:
    """Stands among the usual ones, and only once."""
    part = solve(team_of(), paths=300, team_confidence=0.75).parts["over_assignment"]
    assert [0.5, 0.6, 0.7, 0.75, 0.8, 0.9] == part.filter(kind="solved")["p_team"].to_list()
    part = solve(team_of(), paths=300, team_confidence=0.8).parts["over_assignment"]
    assert 5 == part.filter(kind="solved").height


def test_the_present() -> None:
    """The team's chance of the plan is that of a run; the quotas' sum and its chances follow."""
    scenario = team_of(team={"quota": {"year": 700_000.0}})
    answer = solve(scenario, paths=2_000)
    row = one(answer.parts["over_assignment"], kind="present")
    run = simulate(scenario, paths=2_000, seed=1).team.periods
    assert row["p_team"] == pytest.approx(run.hits[-1] / 2_000)
    total = 12 * 20_000 + 12 * 45_000 + 12 * 20_000 + 6 * 20_000
    assert (total, total / 700_000 - 1) == (row["quotas"], row["over_assignment"])
    split = solve(scenario, paths=2_000, plan=float(total)).parts["split"].filter(level="rep")
    assert abs(np.mean(split["p_fair"].to_numpy()) - row["p_rep"]) < 2 / 2_000


def test_factors() -> None:
    """More quota on the same plan, less often hit: the fair split's chance at each sum."""
    answer = solve(team_of(), plan=800_000.0)
    rows = answer.parts["factors"]
    assert rows["over_assignment"].is_sorted()
    assert rows["p_rep"].is_sorted(descending=True)
    split = solve(team_of(), plan=960_000.0).parts["split"].filter(level="rep")
    fifth = one(rows, over_assignment=0.2)
    assert 960_000.0 == pytest.approx(fifth["quotas"])
    assert abs(np.mean(split["p_fair"].to_numpy()) - fifth["p_rep"]) < 2 / PATHS
    solved = one(rows, kind="solved")
    assert 0.6 == solved["p_rep"]
    back = solve(team_of(), plan=round(solved["quotas"], 2)).parts["split"].filter(level="rep")
    assert abs(np.mean(back["p_fair"].to_numpy()) - 0.6) < 3 / PATHS


def test_errors_are_those_of_many_seeds() -> None:
    """Sums, plans and over-assignments scatter over seeds as their errors say."""
    keys = ("plan", "quotas", "over_assignment")
    found = pl.concat(
        solve(team_of(), seed=seed, paths=1_000).parts["over_assignment"].filter(p_team=0.8)
        for seed in range(SEEDS)
    )
    # the spread of a deviation estimated from so few seeds, and the errors' own bias
    limit = 4 / math.sqrt(2 * (SEEDS - 1))
    for key in keys:
        scatter = found[key].std()
        told = np.sqrt((found[f"{key}_se"] ** 2).mean())  # type: ignore[arg-type]
        assert abs(math.log(scatter / told)) < limit, key
    # the control: the two errors, as if they were independent, are not that of the ratio
    apart = np.hypot(found["plan_se"] / found["plan"], found["quotas_se"] / found["quotas"])
    assert (apart > 1.2 * found["over_assignment_se"] / (1 + found["over_assignment"])).all()
