"""The team's risk against its plan, held against exact distributions and plain loops."""

from __future__ import annotations

from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal
from scipy import optimize

from quotarisk.analysis.attainment import estimate_attainment
from quotarisk.analysis.exact import Sources, exact_p_hit, pool, rep_sources
from quotarisk.analysis.risk import BANDS, assess_risk, measure_risk
from quotarisk.scenario.scenario import Scenario
from quotarisk.simulation.lowering import rep_tasks
from quotarisk.simulation.simulation import answered_periods, setting_of, simulate
from tests.analysis.cases import START, exact_case, exact_segments, make, segment

PATHS = 40_000
EDGES = (0.0, 0.5, 0.8, 1.0, 1.2, np.inf)


def _team(frame: pl.DataFrame, cadence: str = "year") -> dict[str, Any]:
    return frame.filter(level="team", cadence=cadence).row(0, named=True)


# --- the worst futures, exactly


def _sources(scenario: Scenario) -> Sources:
    setting, periods = setting_of(scenario, 0), answered_periods(scenario)
    return pool([rep_sources(task, setting, periods) for task in rep_tasks(scenario)])


def _below(sources: Sources, row: int, amount: float) -> float:
    return 1 - exact_p_hit(sources, row, amount)


def _quantile(sources: Sources, row: int, share: float) -> float:
    most = float(sources.mean[row])
    short = partial(_below, sources, row)
    return float(optimize.brentq(lambda x: short(x) - share, 1.0, most, xtol=most / 1e5))


def _worst(sources: Sources, row: int, share: float) -> float:
    """Mean of the worst share: ``q - (integral of P(X < x) up to q) / share``."""
    q = _quantile(sources, row, share)
    x, weight = np.polynomial.legendre.leggauss(40)
    below = [_below(sources, row, float(each)) for each in (x + 1) * q / 2]
    return q - float(weight @ np.array(below)) * q / 2 / share


@pytest.mark.parametrize(("cadence", "row"), [("quarter", 14), ("year", 16)])
def test_exact_worst_futures(cadence: str, row: int) -> None:
    """p5, value at risk and expected shortfall are those of the compound Poisson sum."""
    plan = {"quota": {"quarter": 200_000.0, "year": 800_000.0}}
    reps = [{"name": "Ana"}, {"name": "Ben"}]
    scenario = make(exact_segments(), *reps, team=plan)
    sources = _sources(scenario)
    frame = assess_risk(simulate(scenario, paths=PATHS, seed=5)).frame
    found = frame.filter(level="team", cadence=cadence).row(
        2 if cadence == "quarter" else 0, named=True
    )
    quota = found["quota"]
    for percent in (5, 10):
        low, worst = (f(sources, row, percent / 100) for f in (_quantile, _worst))
        assert abs(found[f"p{percent}"] - low) < 4 * found[f"p{percent}_se"]
        assert abs(found[f"var_{percent}"] - (quota - low)) < 4 * found[f"var_{percent}_se"]
        assert abs(found[f"worst_{percent}"] - worst) < 4 * found[f"worst_{percent}_se"]
        assert abs(found[f"es_{percent}"] - (quota - worst)) < 4 * found[f"es_{percent}_se"]
        # the other share's shortfall, and the edge for the mean, are told apart (control)
        other = _worst(sources, row, 0.15 - percent / 100)
        assert abs(found[f"es_{percent}"] - (quota - other)) > 4 * found[f"es_{percent}_se"]
        assert abs(found[f"es_{percent}"] - (quota - low)) > 4 * found[f"es_{percent}_se"]


def test_figures_are_those_of_attainment() -> None:
    """Plan, chance, mean and quantiles are the same as in the table of attainment."""
    simulation = simulate(exact_case(), paths=1_000, seed=1)
    same = ["level", "name", "cadence", "period", "quota", "p_hit", "p_hit_se", "mean", "mean_se"]
    same += [f"p{level}{ending}" for level in (10, 50, 90) for ending in ("", "_se")]
    expected = estimate_attainment(simulation).frame.filter(pl.col("level") != "rep")
    assert_frame_equal(expected.select(same), assess_risk(simulation).frame.select(same))


def test_below_nought_is_above_the_plan() -> None:
    """A plan that even bad futures reach has a value at risk below 0, told as it is."""
    found = _team(assess_risk(simulate(exact_case(quota={"year": 10.0}), paths=500)).frame)
    assert 10.0 - found["p5"] == found["var_5"] < 0
    assert 10.0 - found["worst_10"] == found["es_10"] < 0
    assert found["es_5"] >= found["es_10"] >= found["var_10"]


# --- over-assignment


def test_over_assignment() -> None:
    """The reps' quotas as a multiple of the plan, and how many have one."""
    reps = [{"name": "Ana", "quota": {"year": 60.0}}, {"name": "Ben", "quota": {"year": 66.0}}]
    scenario = make(None, *reps, {"name": "Cy"}, team={"quota": {"year": 105.0}})
    found = _team(assess_risk(simulate(scenario, paths=50)).frame)
    assert 126.0 == pytest.approx(found["quotas"])
    assert 1.2 == pytest.approx(found["over_assignment"])
    assert (3, 2) == (found["reps"], found["reps_with_quota"])


def test_without_a_plan() -> None:
    """What is held against a plan is null; what is booked in bad futures is not."""
    found = _team(assess_risk(simulate(make(None), paths=500)).frame)
    missing = {key for key, value in found.items() if value is None}
    against = {f"{key}{end}" for key in ("var_5", "var_10", "es_5", "es_10") for end in ("", "_se")}
    assert {"quota", "p_hit", "p_hit_se", "quotas", "over_assignment", *against} == missing


def test_too_few_futures() -> None:
    """Where less than two futures are so bad there is no mean of them, and a caution says so."""
    answer = assess_risk(simulate(exact_case(), paths=30))
    found = _team(answer.frame)
    assert (None, None) == (found["es_5"], found["worst_5_se"])
    assert found["es_10"] is not None
    assert ["few_worst_futures"] == [caution.code for caution in answer.cautions]
    assert () == assess_risk(simulate(exact_case(), paths=400)).cautions


def test_without_periods() -> None:
    """Where no period can be answered the tables are empty, with the same columns."""
    scenario = make(None, start=START.replace(day=15), months=1)
    empty, full = (measure_risk(each, paths=100) for each in (scenario, exact_case()))
    assert empty.frame.is_empty()
    assert empty.frame.columns == full.frame.columns
    for name, part in empty.parts.items():
        assert part.is_empty()
        assert full.parts[name].schema == part.schema


# --- bands of attainment


def _market_team(**told: Any) -> Scenario:
    reps = [
        {
            "name": f"Rep {number}",
            "group": "East" if number < 2 else "West",
            "quota": {"month": 35_000.0},
        }
        for number in range(5)
    ]
    return make(exact_segments(), *reps, market={"creation": 0.6}, months=3, **told)


def test_bands() -> None:
    """The share of reps in each band, counted rep by rep and path by path."""
    simulation = simulate(_market_team(), paths=4_000, seed=2)
    bands = assess_risk(simulation).parts["bands"]
    booked = [simulation.bookings(rep.unit.name).sum(axis=0) / 105_000 for rep in simulation.reps]
    for level, name, members in (("team", "Team", booked), ("group", "West", booked[2:])):
        found = bands.filter(level=level, name=name, cadence="quarter")
        inside = [
            np.array([(low <= each) & (each < high) for each in members]).mean(axis=0)
            for low, high in pairwise(EDGES)
        ]
        assert list(BANDS) == found["band"].to_list()
        np.testing.assert_allclose(found["share"], [each.mean() for each in inside])
        true = np.array([each.std() for each in inside]) / np.sqrt(4_000)
        np.testing.assert_allclose(found["share_se"], true, rtol=0.35)
        assert 1.0 == pytest.approx(found["share"].sum())
    # reps who share a market scatter more than so many coins (control)
    share = found["share"].to_numpy()
    alone = np.sqrt(share * (1 - share) / 4_000 / 3)
    assert found["share_se"][0] > 1.2 * alone[0]


def test_bands_sum_to_one() -> None:
    """Of every unit and period, and the upper two are the reps' mean P(hit)."""
    simulation = simulate(_market_team(), paths=300, seed=2)
    bands = assess_risk(simulation).parts["bands"]
    sums = bands.group_by("level", "name", "period").agg(pl.col("share").sum())["share"]
    assert len(sums) == 3 * 4
    np.testing.assert_allclose(sums, 1.0)
    reached = bands.filter(pl.col("at_least") >= 1, level="team", period="2027-02")["share"].sum()
    hits = estimate_attainment(simulation).frame.filter(level="rep", period="2027-02")["p_hit"]
    assert hits.mean() == pytest.approx(reached)


def test_a_band_that_nobody_leaves() -> None:
    """Where all paths agree the error is that of a chance never seen to fail."""
    simulation = simulate(exact_case(quota={"year": 1e9}), paths=200)
    found = _bands_of_year(simulation)
    assert [1.0, 0.0, 0.0, 0.0, 0.0] == found["share"].to_list()
    assert (found["share_se"] > 0).all()


def _bands_of_year(simulation: Any) -> pl.DataFrame:
    return assess_risk(simulation).parts["bands"].filter(level="team", cadence="year")


# --- the whole answer


def test_parts() -> None:
    """A scenario and its simulation are told the same; any number of workers, the same bits."""
    scenario = _market_team()
    one = measure_risk(scenario, paths=300, seed=3, workers=1)
    other = measure_risk(simulate(scenario, paths=300, seed=3), workers=2)
    assert ["bands", "variance", "contributors", "concentration"] == list(one.parts)
    assert_frame_equal(one.frame, other.frame, check_exact=True)
    for name, part in one.parts.items():
        assert_frame_equal(part, other.parts[name], check_exact=True)
    assert one.provenance == other.provenance


def test_groups_and_the_team_of_one_name() -> None:
    """A group that is called as the team is, or as a rep, keeps its own figures."""
    reps = [
        {"name": "Team", "group": "Team", "quota": {"month": 9_000.0}},
        {"name": "Ana", "group": "Ana", "quota": {"month": 9_000.0}},
    ]
    answer = measure_risk(make(None, *reps, months=3), paths=300)
    quarter = answer.frame.filter(cadence="quarter")
    assert [("group", "Team"), ("group", "Ana"), ("team", "Team")] == quarter.select(
        "level", "name"
    ).rows()
    assert [1, 1, 2] == quarter["reps"].to_list()
    assert quarter["mean"][2] == pytest.approx(quarter["mean"][:2].sum())
    variance = answer.parts["variance"].filter(part="luck", cadence="quarter")
    assert [1.0, 1.0, 1.0] == variance["share"].to_list()


@pytest.mark.parametrize(("simulated", "rounds"), [(False, 3), (True, 2)])
def test_progress(simulated: bool, rounds: int) -> None:
    """Who looks on is told of every rep in every round."""
    told: list[tuple[int, int]] = []
    scenario = _market_team()
    asked = simulate(scenario, paths=50) if simulated else scenario
    measure_risk(asked, paths=50, progress=lambda *at: told.append(at))
    assert [(number + 1, rounds * 5) for number in range(rounds * 5)] == told


def test_cautions() -> None:
    """What is doubtful about the scenario is told here too."""
    assert "monte_carlo_error" in {c.code for c in measure_risk(exact_case(), paths=100).cautions}


def test_nothing_to_sell() -> None:
    """Where nothing is ever booked nothing varies, and there is no share of it."""
    scenario = make({"s": segment(opps=0.0)}, {"name": "Ana", "quota": {"year": 9.0}})
    answer = measure_risk(scenario, paths=100)
    assert [None] * 4 == answer.parts["variance"].filter(cadence="year", level="team")[
        "share"
    ].to_list()
    assert answer.parts["contributors"]["share"].null_count() == 5
    assert answer.parts["concentration"]["effective_reps"].null_count() == 5
