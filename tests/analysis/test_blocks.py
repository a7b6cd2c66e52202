"""Errors of a run, and of solved quotas, under a correction that ties or spreads bookings."""

from __future__ import annotations

import gc
import math
from typing import Any

import numpy as np
import polars as pl
import pytest

from quotarisk.analysis.attainment import estimate_attainment
from quotarisk.analysis.blocked import Blocked, ranks_within
from quotarisk.analysis.blocks import _known, with_block_errors
from quotarisk.analysis.cadence import compare_cadences
from quotarisk.analysis.order_grid import keep_order
from quotarisk.analysis.order_statistics import ranks_of
from quotarisk.scenario.correction import Correction
from quotarisk.scenario.scenario import Scenario
from quotarisk.simulation.estimates import proportion_se
from quotarisk.simulation.measures import mean_errors
from quotarisk.simulation.sectioning import blocks_of
from quotarisk.simulation.simulation import Simulation, simulate
from tests.analysis.cases import make
from tests.analysis.solving import MIXED, one, solve

PATHS, SEEDS = 2_000, 60
SPREAD: dict[str, Any] = {"month_shape": 0.5, "quarter_shape": 0.6}
FAR = 4 * math.sqrt(2 / (SEEDS - 1))  # four errors of a variance over seeds, as a share of it


def _team(reps: int = 2, months: int = 6, **correction: Any) -> Scenario:
    quota = {"month": 25_000.0}
    people = [{"name": f"Rep {n}", "quota": quota, "group": "East"} for n in range(reps)]
    return make(MIXED, *people, months=months, correction=correction)


def _run(scenario: Scenario, seed: int = 1, paths: int = PATHS) -> Simulation:
    return simulate(scenario, paths=paths, seed=seed, workers=1)


def _over_seeds(scenario: Scenario, keys: tuple[str, ...]) -> dict[str, tuple[Any, Any, Any]]:
    """Figures, what is told of their errors, and what independent paths would have, by seed."""
    frames, plain = [], []
    for seed in range(SEEDS):
        simulation = _run(scenario, seed)
        frames.append(estimate_attainment(simulation).frame)
        units = [measures.periods for measures in simulation.units]
        plain.append(
            {
                "p_hit": np.concatenate([unit.hits_se for unit in units]),
                "mean": np.concatenate([mean_errors(unit, PATHS) for unit in units]),
            }
        )
    return {
        key: (
            np.array([frame[key].to_numpy() for frame in frames]),
            np.array([frame[f"{key}_se"].to_numpy() for frame in frames]),
            np.array([each[key] for each in plain]),
        )
        for key in keys
    }


def _ratio(values: Any, errors: Any, rows: Any) -> float:
    """Variance over seeds as a multiple of what is told of it, the mean over some rows."""
    return float(
        np.mean(values[:, rows].var(axis=0, ddof=1) / np.mean(errors[:, rows] ** 2, axis=0))
    )


def test_nothing_is_corrected() -> None:
    """Where paths are independent the very same simulation comes back, its errors binomial."""
    simulation = _run(_team())
    assert with_block_errors(simulation) is simulation
    frame = estimate_attainment(simulation).frame
    expected = proportion_se(frame["p_hit"].to_numpy() * PATHS, PATHS)
    np.testing.assert_array_equal(frame["p_hit_se"].to_numpy(), expected)
    np.testing.assert_array_equal(
        frame["mean_se"].to_numpy(),
        frame["sd"].to_numpy() / np.sqrt(PATHS),  # bit by bit
    )


@pytest.mark.parametrize("correction", [SPREAD, {"together": 0.5}])
def test_figures_stay(correction: dict[str, Any]) -> None:
    """Figures are those of all paths, bit by bit, and every error is there and above 0."""
    simulation = _run(_team(months=12, **correction))
    found = with_block_errors(simulation)
    assert with_block_errors(simulation) is found
    for told, plain in zip(found.units, simulation.units, strict=True):
        for name in ("hits", "mean", "sd", "quantiles", "shortfall", "low", "worst"):
            np.testing.assert_array_equal(getattr(told.periods, name), getattr(plain.periods, name))
        assert told.cadence.p_hit["month"].value == plain.cadence.p_hit["month"].value
    frame = estimate_attainment(simulation).frame
    assert (frame["p_hit_se"] > 0).all()
    assert (frame["mean_se"] > 0).all()
    assert compare_cadences(simulation).frame["p_hit_month_se"].is_not_null().all()


def test_forgotten() -> None:
    """What was found for a simulation is kept no longer than the simulation itself."""
    simulation = _run(_team(**SPREAD), paths=100)
    key = id(simulation)
    with_block_errors(simulation)
    assert key in _known
    del simulation
    gc.collect()
    assert key not in _known


def test_what_never_varies() -> None:
    """A quota above all that can be is as uncertain as without a correction where nobody sells."""
    nothing = make(
        {"s": {**MIXED["small"], "win_rate": 0.0}},
        {"name": "Ana", "quota": {"month": 5.0}},
        correction=SPREAD,
    )
    frame = estimate_attainment(_run(nothing)).frame
    assert (frame["p_hit_se"] == float(proportion_se(0, PATHS))).all()


def test_spread_errors_hold_over_seeds() -> None:
    """P(hit) of spread months scatters no more than told; binomial errors would be too small."""
    values, told, binomial = _over_seeds(_team(**SPREAD), ("p_hit",))["p_hit"]
    months = np.arange(6)  # of the first rep
    blocks = blocks_of(Correction(**SPREAD), PATHS)
    assert blocks is not None
    assert _ratio(values, told, months) < 1 + FAR
    assert _ratio(values, told, months) > (1 - FAR) / blocks.wider**2 / 2
    assert _ratio(values, binomial, months) > 1 + FAR  # the control


def test_tied_errors_hold_over_seeds() -> None:
    """The team's mean of tied bookings is told as exact as it is; its paths scatter far more."""
    scenario = _team(8, 3, together=0.9)
    values, told, plain = _over_seeds(scenario, ("mean",))["mean"]
    team = [-1]
    assert 1 - FAR < _ratio(values, told, team) < 1 + FAR
    assert _ratio(values, plain, team) < 1 - FAR  # the control


def test_caution() -> None:
    """That errors are a bound is said where bookings are spread, and not where they are tied."""
    tied: dict[str, Any] = {"together": 0.4}
    for correction, said in ((SPREAD, True), (tied, False)):
        scenario = _team(**correction)
        run = estimate_attainment(_run(scenario, paths=400))
        solved = solve(scenario, paths=400)
        for answer in (run, solved):
            assert said == ("errors_by_blocks" in {caution.code for caution in answer.cautions})


def test_run_and_quotas_tell_the_same_errors() -> None:
    """P(hit) and its error are one figure, whichever answer tells it."""
    scenario = _team(**SPREAD)
    run = estimate_attainment(simulate(scenario, paths=PATHS, seed=1)).frame
    solved = solve(scenario, paths=PATHS).frame
    keys = ["level", "name", "cadence", "period"]
    both = run.join(solved, on=keys)
    for name in ("p_hit", "p_hit_se", "mean", "mean_se"):
        np.testing.assert_allclose(both[name], both[f"{name}_right"], rtol=1e-9)


def test_intervals_of_solved_quotas_hold() -> None:
    """Quotas solved under a spreading scatter within what is told; those of ranks would not."""
    scenario = _team(1, 3, **SPREAD)
    found = []
    for seed in range(SEEDS):
        answer = solve(scenario, paths=1_000, seed=seed, confidence=0.3)
        row = one(answer.frame, level="rep", period="2027-02")
        found.append((row["solved"], row["solved_se"], row["p_solved"], row["p_solved_se"]))
    solved, error, share, share_error = np.array(found).T
    assert solved.var(ddof=1) < (1 + FAR) * np.mean(error**2)
    assert np.mean(share_error**2) > np.mean(share * (1 - share) / 1_000)


def test_ranks_within() -> None:
    """As the binomial's places where its error is told, but for a place or two."""
    ranks = ranks_of(0.6, 1_000)
    found = ranks_within(0.6, math.sqrt(0.24 / 1_000), 1_000)
    assert ranks.at == found.at
    assert abs(ranks.few - found.few) <= 1
    assert abs(ranks.many - found.many) <= 1
    assert ranks_within(0.5, 1.0, 10) == (5, 0, 11)


def test_widening() -> None:
    """How much wider errors are, by chance; nothing where all paths book the same."""
    blocks = blocks_of(Correction(**SPREAD), PATHS)
    assert blocks is not None
    booked = np.sort(np.random.default_rng(1).gamma(0.5, 1e6, (1, PATHS)))
    # in order, so blocks are as unlike as can be
    found = Blocked(booked, blocks).widening(booked, 0)
    assert found is not None
    chances, wider = found
    assert (np.diff(chances) > 0).all()
    assert (wider > 3).all()
    grid, plain = keep_order(booked[0], PATHS, found), keep_order(booked[0], PATHS)
    assert grid.chance_se(chances[3]) == pytest.approx(wider[3] * plain.chance_se(chances[3]))
    same = np.full((1, PATHS), 7.0)
    assert Blocked(same, blocks).widening(same, 0) is None


@pytest.mark.parametrize("correction", [SPREAD, {"together": 0.5}])
def test_solved_parts_have_errors(correction: dict[str, Any]) -> None:
    """Each part is solved from all paths, with errors above 0."""
    answer = solve(_team(months=12, **correction), paths=1_000, plan=500_000.0)
    for part, key in (
        ("every_period", "solved_se"),
        ("split", "p_fair_se"),
        ("over_assignment", "plan_se"),
        ("over_assignment", "p_rep_at_plan_se"),
        ("equivalents", "equivalent_se"),
    ):
        errors = answer.parts[part][key].drop_nulls()
        assert len(errors), part
        assert (errors > 0).all(), part


def test_nothing_booked_and_corrected() -> None:
    """A mean of nothing has no error, with blocks as without."""
    nothing = make(
        {"s": {**MIXED["small"], "win_rate": 0.0}}, {"name": "Ana"}, correction=SPREAD, months=3
    )
    frame = solve(nothing, paths=400).frame
    assert frame.select(pl.col("mean", "mean_se")).sum().row(0) == (0.0, 0.0)
