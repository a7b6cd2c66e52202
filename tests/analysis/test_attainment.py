"""P(hit) by month, quarter and year, against the exact calculation and against integrals."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import date
from typing import Any

import numpy as np
import polars as pl
import pytest
from scipy import special

from quotarisk.analysis.attainment import estimate_attainment
from quotarisk.analysis.cadence import compare_cadences
from quotarisk.analysis.exact import Sources, exact_p_hit, pool, rep_sources
from quotarisk.analysis.wins import NewDeals
from quotarisk.scenario.scenario import Scenario
from quotarisk.simulation.estimates import Array
from quotarisk.simulation.lowering import rep_tasks
from quotarisk.simulation.simulation import answered_periods, setting_of, simulate
from tests.analysis.cases import (
    START,
    exact_case,
    exact_segments,
    lognormal,
    make,
    open_deal,
    segment,
)

PATHS = 100_000
SEED = 11
Rows = list[dict[str, Any]]


def _frame(scenario: Scenario, *, paths: int = PATHS, seed: int = SEED) -> pl.DataFrame:
    return estimate_attainment(simulate(scenario, paths=paths, seed=seed)).frame


def _rows(scenario: Scenario, *, paths: int = PATHS, seed: int = SEED) -> Rows:
    return _frame(scenario, paths=paths, seed=seed).to_dicts()


# --- the field's exact case


def test_field_figures() -> None:
    """The exact case simulates to .2449 a month and .3689 a quarter within 4 standard errors."""
    (row,) = compare_cadences(simulate(exact_case(), paths=200_000, seed=1)).frame.to_dicts()
    assert abs(row["p_hit_month"] - 0.2449) < 4 * row["p_hit_month_se"]
    assert abs(row["p_hit_quarter"] - 0.3689) < 4 * row["p_hit_quarter_se"]


def test_field_figures_tell_apart() -> None:
    """Win rates that are 3 per cent higher are seen by the same check (negative control)."""
    told = exact_segments()
    for deals in told.values():
        deals["win_rate"] *= 1.03
    rep = {"name": "Ana", "quota": {"month": 34_486.0, "quarter": 103_457.0}}
    (row,) = compare_cadences(simulate(make(told, rep), paths=200_000, seed=1)).frame.to_dicts()
    assert abs(row["p_hit_month"] - 0.2449) > 4 * row["p_hit_month_se"]
    assert abs(row["p_hit_quarter"] - 0.3689) > 4 * row["p_hit_quarter_se"]


# --- scenarios of all kinds against the exact calculation

CYCLE = lognormal(40.0, 0.6)
SEASON = [1.0, 0.5, 1.2, 1.0, 0.0, 1.4, 0.7, 0.4, 1.0, 1.1, 2.0, 0.8]
RHYTHM = {"won": [0.6, 0.9, 1.5], "lost": [1.8, 0.8, 0.4]}
QUOTA = {"quota": {"month": 22_000.0}}
SIZE = lognormal(8_000.0, 0.6)
SOLD = segment(opps=1.5, win=0.3, size=SIZE, cycle=CYCLE)
STALLS = {"stall_rate": 0.15, "lost_cycle_days": lognormal(25.0, 0.8)}


def _exact_scenarios() -> dict[str, Scenario]:
    ana = {"name": "Ana", **QUOTA}
    listed = [open_deal(i, age) for i, age in enumerate((0, 3, 20, 45, 90, 130))]
    known = [
        open_deal(10 + i, age, amount=amount)
        for i, (age, amount) in enumerate(((5, 12_345.67), (33, 9_654.33), (70, 22_000.0)))
    ]
    old = [open_deal(20 + i, age, amount=15_000.0) for i, age in enumerate((400, 1_500, 3_000))]
    return {
        "open deals of unknown amounts": make({"s": SOLD | STALLS}, ana, open_deals=listed),
        "open deals of known amounts": make({"s": SOLD}, ana, open_deals=known, months=6),
        "old open deals and stalls": make({"s": SOLD | STALLS}, ana, open_deals=[*old, *listed]),
        "nothing but open deals": make(
            {"s": SOLD | STALLS | {"opps_per_week": 0.0}},
            ana,
            open_deals=[*known, *old, *listed],
            months=6,
        ),
        "seasons": make({"s": SOLD}, ana, calendar={"creation": SEASON}),
        "clocks with open deals": make(
            {"s": SOLD | STALLS}, ana, calendar=RHYTHM, open_deals=[*known, *old, *listed]
        ),
        "hires and ramps": make(
            {"s": SOLD},
            {"name": "New", "start_date": date(2027, 3, 16), "ramp": [0.2, 0.5, 0.8], **QUOTA},
            {"name": "Young", "start_date": date(2026, 11, 10), "ramp": [0.1, 0.6, 0.9], **QUOTA},
            {"name": "Old", **QUOTA},
            {"name": "Empty", "pipeline": "empty", **QUOTA},
            calendar={"creation": SEASON, **RHYTHM},
        ),
        "fiscal year from February": make(
            {"s": SOLD}, ana, fiscal_year_start=2, start=date(2027, 2, 1), calendar=RHYTHM
        ),
        "mid-month with bookings": make(
            {"s": SOLD},
            ana,
            start=date(2027, 2, 11),
            months=11,
            booked=[
                {"rep": "Ana", "date": date(2027, 1, 20), "amount": 13_500.5},
                {"rep": "Ana", "date": date(2027, 2, 3), "amount": 9_000.0},
                {"rep": "Ana", "date": date(2027, 2, 20), "amount": 1_000.0},
                {"rep": "Ana", "date": date(2027, 2, 5), "amount": -500.0},
            ],
            open_deals=[open_deal(1, 15, start=date(2027, 2, 11))],
        ),
        "price list": make(
            {"s": segment(size={"values": [4_900.0, 9_900.0, 9_900.0, 19_900.0]}, cycle=CYCLE)},
            {"name": "Ana", "quota": {"month": 29_700.0}},
            open_deals=[open_deal(1, 20), open_deal(2, 30, amount=4_900.0)],
        ),
        "fixed price that meets the quota": make(
            {"s": segment(size=11_000.0, cycle=60.0)}, {"name": "Ana", "quota": {"month": 22_000.0}}
        ),
        "prices that end in 99": make(
            {"a": segment(size=999.99, opps=4.0), "b": segment(size=2_499.99)},
            {"name": "Ana", "quota": {"month": 10_000.0}},
        ),
        "fixed cycles that end at midnight": make(
            {"s": segment(size=11_000.0, cycle=40.0)},
            {"name": "Ana", "quota": {"month": 11_000.0}},
            open_deals=[open_deal(i, age) for i, age in enumerate((8, 9, 10, 39))],
            months=6,
        ),
        "cycles that were seen": make(
            {"s": segment(opps=3.0, size=3_000.0, cycle={"values": [10.0, 40.0, 100.0]})},
            {"name": "Ana", "quota": {"month": 21_000.0}},
            {"name": "Ben", "quota": {"month": 18_000.0}, "pipeline": "empty"},
            open_deals=[open_deal(i, age) for i, age in enumerate((0, 6, 12, 45))],
            months=6,
        ),
        "percentiles": make(
            {
                "s": segment(
                    size={"quantiles": {"0.1": 3_000.0, "0.5": 9_000.0, "0.9": 40_000.0}},
                    cycle={"quantiles": {"0.1": 9.0, "0.5": 30.0, "0.75": 60.0, "0.9": 75.0}},
                )
            },
            {"name": "Ana", "pipeline": "empty", **QUOTA},
        ),
        "gamma and weibull": make(
            {
                "g": segment(
                    size={"dist": "gamma", "mean": 9_000.0, "sd": 5_000.0},
                    cycle={"dist": "weibull", "median": 40.0, "p90": 100.0},
                    opps=0.7,
                ),
                "w": segment(
                    size={"dist": "weibull", "median": 9_000.0, "p90": 40_000.0},
                    cycle={"dist": "gamma", "median": 20.0, "p90": 90.0},
                    opps=0.6,
                ),
            },
            {"name": "Ana", "pipeline": "empty", **QUOTA},
        ),
        "exponential": make(
            {
                "s": segment(
                    size={"dist": "exponential", "mean": 9_000.0},
                    cycle={"dist": "exponential", "mean": 50.0},
                )
            },
            {"name": "Ana", "pipeline": "empty", **QUOTA},
        ),
        "groups and a team": make(
            {"s": SOLD, "b": segment(opps=0.3, win=0.25, size=lognormal(40_000.0, 0.7))},
            {"name": "Ana", "group": "East", **QUOTA},
            {"name": "Ben", "group": "West", "segments": {"s": {"win_rate": 0.4}}, **QUOTA},
            {"name": "Cho", "group": "East", "pipeline": "empty", **QUOTA},
            {"name": "Dan", "segments": {"b": {}}, **QUOTA},
            {"name": "Eve", "group": "West", **QUOTA},
            groups={"West": {"quota": {"quarter": 150_000.0}}},
            team={"quota": {"year": 1_300_000.0}},
            open_deals=[open_deal(1, 20, rep="Eve"), open_deal(2, 50, amount=18_000.0, rep="Eve")],
        ),
        "a large team": make(
            {"s": segment(opps=10.0, win=0.5, size={"dist": "exponential", "mean": 9_000.0})},
            *({"name": f"Rep {i}"} for i in range(4)),
            team={"quota": {"month": 780_000.0}},
            months=12,
        ),
    }


SCENARIOS = _exact_scenarios()


def _worst(rows: Rows, key: str) -> float:
    return max(abs(float(row[key])) for row in rows if row[key] is not None)


@pytest.mark.parametrize("name", SCENARIOS)
def test_against_exact(name: str) -> None:
    """Every simulated P(hit) and mean is within 4 standard errors of the exact figure."""
    rows = _rows(SCENARIOS[name])
    assert all(row["mean_exact"] is not None for row in rows)
    assert all((row["quota"] is None) == (row["p_hit_exact"] is None) for row in rows)
    assert _worst(rows, "p_hit_z") < 4
    assert _worst(rows, "mean_z") < 4


@pytest.mark.parametrize("name", SCENARIOS)
def test_against_exact_tells_apart(name: str) -> None:
    """Held against other win rates the same simulation fails the check (negative control)."""
    scenario = SCENARIOS[name]
    told = scenario.model_dump(exclude_none=True, exclude_defaults=True)
    for deals in told["segments"].values():
        deals["win_rate"] = 1.1 * deals["win_rate"]
    other = Scenario.model_validate(told)
    actual = _frame(scenario)
    expected = _frame(other, paths=100)
    p_hit = (actual["p_hit"] - expected["p_hit_exact"]) / actual["p_hit_se"]
    mean = (actual["mean"] - expected["mean_exact"]) / actual["mean_se"]
    assert p_hit.drop_nulls().abs().max() > 4  # type: ignore[operator]
    assert mean.drop_nulls().abs().max() > 4  # type: ignore[operator]


def test_rare_events_do_not_alarm() -> None:
    """Quotas that are almost never hit or missed give no odd difference, over 300 runs."""
    quota = {"month": [24_000.0, 36_000.0, 42_000.0, 48_000.0, 54_000.0, 60_000.0]}
    scenario = make(
        {"s": segment(opps=2.0, win=0.2, size=6_000.0)}, {"name": "Ana", "quota": quota}, months=6
    )
    worst = [_worst(_rows(scenario, paths=1_000, seed=seed), "p_hit_z") for seed in range(300)]
    assert max(worst) < 5
    assert sum(value > 4 for value in worst) <= 1


# --- what is not known: numerical integrals over what a path may draw


def _sources(scenario: Scenario) -> Sources:
    setting, periods = setting_of(scenario, 0), answered_periods(scenario)
    return pool([rep_sources(task, setting, periods) for task in rep_tasks(scenario)])


def _integrate(
    scenario: Scenario, points: list[tuple[float, float, float]], row: int, quota: float
) -> float:
    """Mean of P(hit) over points of weight, factor on wins and factor on sizes."""
    base = _sources(scenario)
    chance = 0.0
    for weight, wins, sizes in points:
        new = tuple(NewDeals(deals.size, deals.wins * wins) for deals in base.new)
        chance += weight * exact_p_hit(Sources(new, ()), row, quota / sizes)
    return chance


def _beta(a: float, b: float) -> tuple[Array, Array]:
    """Nodes and weights of an integral over a Beta law."""
    x, weight = special.roots_jacobi(24, b - 1, a - 1)
    return (1 + x) / 2, weight / weight.sum()


def _gamma(shape: float, scale: float) -> tuple[Array, Array]:
    x, weight = special.roots_genlaguerre(24, shape - 1)
    return x * scale, weight / weight.sum()


def _normal() -> tuple[Array, Array]:
    z, weight = np.polynomial.hermite_e.hermegauss(24)
    return z, weight / weight.sum()


RATE = {"opps": 40.0, "weeks": 26.0}
WON = {"won": 6.0, "of": 20.0}


def _win_points() -> list[tuple[float, float, float]]:
    x, weight = _beta(6.5, 14.5)
    return [(w, v / (6.5 / 21), 1.0) for v, w in zip(x, weight, strict=True)]


def _rate_points(opps: float = 40.0, weeks: float = 26.0) -> list[tuple[float, float, float]]:
    x, weight = _gamma(opps + 0.5, 1 / weeks)
    return [(w, v / ((opps + 0.5) / weeks), 1.0) for v, w in zip(x, weight, strict=True)]


def _size_points(sd: float) -> list[tuple[float, float, float]]:
    z, weight = _normal()
    return [(w, 1.0, math.exp(sd * x)) for x, w in zip(z, weight, strict=True)]


def _both(
    one: list[tuple[float, float, float]], two: list[tuple[float, float, float]]
) -> list[tuple[float, float, float]]:
    return [(a[0] * b[0], a[1] * b[1], a[2] * b[2]) for a in one for b in two]


UNCERTAIN: dict[str, tuple[dict[str, Any], Callable[[], list[tuple[float, float, float]]]]] = {
    "win rate": ({"win_rate": WON}, _win_points),
    "creation rate": (
        {"opps_per_week": {"opps": 8.0, "weeks": 5.0}},
        lambda: _rate_points(8.0, 5.0),
    ),
    "size": (
        {"deal_size": lognormal(8_000.0, 0.9, of=5.0)},
        lambda: _size_points(0.9 / math.sqrt(5)),
    ),
    "win rate and creation rate": (
        {"win_rate": WON, "opps_per_week": RATE},
        lambda: _both(_win_points(), _rate_points()),
    ),
    "win rate and size": (
        {"win_rate": WON, "deal_size": lognormal(8_000.0, 0.9, of=5.0)},
        lambda: _both(_win_points(), _size_points(0.9 / math.sqrt(5))),
    ),
}
UNCERTAIN_QUOTA = {"month": 14_000.0, "quarter": 42_000.0, "year": 120_000.0}


@pytest.mark.parametrize("name", UNCERTAIN)
@pytest.mark.parametrize("own", [True, False])
def test_uncertain_figures(name: str, own: bool) -> None:
    """What comes with evidence gives the mean of P(hit) over its posterior, not P(hit) at it."""
    changed, points = UNCERTAIN[name]
    rep = {"name": "Ana", "quota": UNCERTAIN_QUOTA}
    if own:
        scenario = make({"s": SOLD}, rep | {"segments": {"s": changed}})
    else:
        scenario = make({"s": SOLD | changed}, rep)
    rows = [row for row in _rows(scenario) if row["level"] == "rep"]
    assert [None] * len(rows) == [row["p_hit_exact"] for row in rows]
    told = 0.0
    for number in (0, 7, 12, 15, 16):
        row = rows[number]
        expected = _integrate(scenario, points(), number, row["quota"])
        assert abs(row["p_hit"] - expected) < 4 * row["p_hit_se"]
        at_mean = _integrate(scenario, [(1.0, 1.0, 1.0)], number, row["quota"])
        told = max(told, abs(row["p_hit"] - at_mean) / row["p_hit_se"])
    assert told > 4  # at the mean alone the check fails (negative control)


def test_evidence_shared_or_own() -> None:
    """A win rate of the segment is the same for all reps of a path, reps' own are not."""
    reps = [{"name": name} for name in ("Ana", "Ben", "Cho")]
    plan = {"team": {"quota": {"year": 300_000.0}}}
    shared = make({"s": SOLD | {"win_rate": WON}}, *reps, **plan)
    own = make({"s": SOLD}, *(r | {"segments": {"s": {"win_rate": WON}}} for r in reps), **plan)
    (one,) = [row for row in _rows(shared) if row["quota"] is not None]
    (two,) = [row for row in _rows(own) if row["quota"] is not None]
    expected_shared = _integrate(shared, _win_points(), 16, 300_000.0)
    x, w = _beta(6.5, 14.5)
    factor = x / (6.5 / 21)
    sums = np.add.outer(np.add.outer(factor, factor), factor).ravel() / 3
    weight = np.multiply.outer(np.multiply.outer(w, w), w).ravel()
    grid = np.linspace(0.01, 3.0, 150)
    chance = [_integrate(own, [(1.0, float(g), 1.0)], 16, 300_000.0) for g in grid]
    expected_own = float(weight @ np.interp(sums, grid, chance))
    assert abs(one["p_hit"] - expected_shared) < 4 * one["p_hit_se"]
    assert abs(two["p_hit"] - expected_own) < 4 * two["p_hit_se"]
    assert abs(one["p_hit"] - expected_own) > 4 * one["p_hit_se"]


def test_uncertain_cycle() -> None:
    """A cycle with evidence stretches all cycles of a path by one lognormal factor."""

    def scenario_of(cycle: dict[str, Any]) -> Scenario:
        rep = {"name": "Ana", "pipeline": "empty", "quota": {"quarter": 30_000.0}}
        return make({"s": SOLD | {"won_cycle_days": cycle}}, rep, months=6)

    rows = [r for r in _rows(scenario_of(lognormal(60.0, 0.8, of=3.0))) if r["level"] == "rep"]
    z, weight = _normal()
    factors = np.exp(0.8 / math.sqrt(3) * z)
    at_mean = _sources(scenario_of(lognormal(60.0, 0.8)))
    told = 0.0
    for number in (6, 7):
        expected = sum(
            w * exact_p_hit(_sources(scenario_of(lognormal(60.0 * f, 0.8))), number, 30_000.0)
            for f, w in zip(factors.tolist(), weight.tolist(), strict=True)
        )
        row = rows[number]
        assert abs(row["p_hit"] - expected) < 4 * row["p_hit_se"]
        known = exact_p_hit(at_mean, number, 30_000.0)
        told = max(told, abs(row["p_hit"] - known) / row["p_hit_se"])
    assert told > 4  # with the cycle taken as known the check fails (negative control)


def _open_deal_chance(win: Array, won_left: float, lost_left: float, stall: float) -> Array:
    won = win * won_left
    return won / (won + np.maximum(1 - win - stall, 0.0) * lost_left + stall)


def test_open_deal_under_an_uncertain_win_rate() -> None:
    """P(won | open at its age) is integrated over the posterior of the win rate."""
    changed = {"win_rate": {"won": 1.0, "of": 2.0}, "opps_per_week": 0.0, "stall_rate": 0.1}
    lost = {"dist": "exponential", "mean": 20.0}
    told = SOLD | changed | {"deal_size": 5_000.0, "lost_cycle_days": lost}
    rep = {"name": "Ana", "quota": {"quarter": 1_000.0}}
    scenario = make({"s": told}, rep, open_deals=[open_deal(1, 60, amount=5_000.0)], months=3)
    row = _rows(scenario)[3]
    assert (row["cadence"], row["p_hit_exact"]) == ("quarter", None)

    def left(day: float) -> float:
        return float(special.ndtr(-math.log(day / 40.0) / 0.6))

    x, weight = _beta(1.5, 1.5)
    closes = 1 - left(60 + 90) / left(60)
    won = _open_deal_chance(x, left(60), math.exp(-3.0), 0.1)
    at_mean = _open_deal_chance(np.array(0.5), left(60), math.exp(-3.0), 0.1)
    assert abs(row["p_hit"] - closes * float(weight @ won)) < 4 * row["p_hit_se"]
    assert abs(row["p_hit"] - closes * float(at_mean)) > 4 * row["p_hit_se"]


# --- the market


MARKETS: dict[str, dict[str, float]] = {
    "creation": {"creation": 0.5},
    "win odds": {"win_odds": 0.8},
    "deal size": {"deal_size": 0.5},
    "all": {"creation": 0.2, "win_odds": 0.3, "deal_size": 0.15},
}


def _market_points(
    win: float, *, creation: float = 0.0, win_odds: float = 0.0, deal_size: float = 0.0
) -> list[tuple[float, float, float]]:
    z, weight = _normal()
    odds = win / (1 - win) * np.exp(win_odds * z)
    wins = odds / (1 + odds) / win * np.exp(creation * z - creation**2 / 2)
    sizes = np.exp(deal_size * z - deal_size**2 / 2)
    return list(zip(weight.tolist(), wins.tolist(), sizes.tolist(), strict=True))


@pytest.mark.parametrize("name", MARKETS)
def test_market_of_one_quarter(name: str) -> None:
    """In one quarter the market is one normal score: P(hit) is its mean over that score."""
    market = MARKETS[name]
    reps = [{"name": n, "quota": {"month": 9_000.0, "quarter": 25_000.0}} for n in ("Ana", "Ben")]
    plan = {"team": {"quota": {"quarter": 70_000.0}}}
    scenario = make({"s": SOLD}, *reps, market=market, months=3, **plan)
    still = make({"s": SOLD}, *reps, months=3, **plan)
    rows = _rows(scenario)
    told = 0.0
    for number, row in enumerate(rows):
        sources = still if row["level"] == "team" else make({"s": SOLD}, reps[0], months=3)
        period = number % 4
        expected = _integrate(sources, _market_points(0.3, **market), period, row["quota"])
        assert abs(row["p_hit"] - expected) < 4 * row["p_hit_se"]
        without = _integrate(sources, [(1.0, 1.0, 1.0)], period, row["quota"])
        told = max(told, abs(row["p_hit"] - without) / row["p_hit_se"])
    assert told > 4  # without a market the check fails (negative control)


def test_a_shock_hardly_moves_one_rep_and_moves_a_team() -> None:
    """A shared shock of cv .25 leaves a rep's month nearly alone and lowers a team's P10."""
    month = {"month": 34_486.0}
    reps = [{"name": f"Rep {i}", "quota": month} for i in range(25)]
    shock = {"creation": math.sqrt(math.log(1 + 0.25**2))}
    still, moved = (
        _frame(make(exact_segments(), *reps, months=3, market=market), paths=20_000)
        for market in ({}, shock)
    )

    def month_of_a_rep(frame: pl.DataFrame) -> Any:
        return frame.filter(level="rep", cadence="month")["p_hit"].mean()

    def relative_p10(frame: pl.DataFrame) -> Any:
        row = frame.filter(level="team", cadence="quarter").row(0, named=True)
        return row["p10"] / row["mean"]

    assert abs(month_of_a_rep(moved) - month_of_a_rep(still)) < 0.004
    assert relative_p10(still) - relative_p10(moved) > 0.05


# --- the table


COLUMNS = {
    "level": pl.String,
    "name": pl.String,
    "cadence": pl.String,
    "period": pl.String,
    "quota": pl.Float64,
    "p_hit": pl.Float64,
    "p_hit_se": pl.Float64,
    "mean": pl.Float64,
    "sd": pl.Float64,
    "p10": pl.Float64,
    "p50": pl.Float64,
    "p90": pl.Float64,
    "shortfall": pl.Float64,
    "group": pl.String,
    "mean_se": pl.Float64,
    "sd_se": pl.Float64,
    "p10_se": pl.Float64,
    "p50_se": pl.Float64,
    "p90_se": pl.Float64,
    "shortfall_se": pl.Float64,
    "p_hit_exact": pl.Float64,
    "p_hit_z": pl.Float64,
    "mean_exact": pl.Float64,
    "mean_z": pl.Float64,
}


@pytest.mark.parametrize("market", [{}, {"creation": 0.2}])
@pytest.mark.parametrize("quota", [{}, {"month": 5_000.0}])
def test_columns(market: dict[str, Any], quota: dict[str, Any]) -> None:
    """Columns, their order and types are the contract's, filled or not."""
    scenario = make(None, {"name": "Ana", "quota": quota}, market=market, months=3)
    frame = _frame(scenario, paths=100)
    assert pl.Schema(COLUMNS) == frame.schema
    assert list(COLUMNS) == frame.columns
    assert frame.select(pl.col(pl.Float64).is_nan().any()).row(0) == (False,) * 19


def test_columns_without_periods() -> None:
    """Where no period can be answered the table is empty, with the same columns."""
    scenario = make(None, {"name": "Ana"}, start=date(2027, 1, 15), months=1)
    frame = _frame(scenario, paths=100)
    assert pl.Schema(COLUMNS) == frame.schema
    assert frame.is_empty()


def test_rows_in_order() -> None:
    """Reps, groups and the team in the scenario's order; months, quarters, then years."""
    scenario = make(
        None,
        {"name": "Zoe", "group": "West"},
        {"name": "Ana"},
        {"name": "Ben", "group": "East"},
        name="All of us",
        months=12,
    )
    frame = _frame(scenario, paths=100)
    units = list(dict.fromkeys(frame.select("level", "name", "group").rows()))
    assert [
        ("rep", "Zoe", "West"),
        ("rep", "Ana", ""),
        ("rep", "Ben", "East"),
        ("group", "West", "West"),
        ("group", "East", "East"),
        ("team", "All of us", ""),
    ] == units
    first = frame.head(17)
    assert [*["month"] * 12, *["quarter"] * 4, "year"] == first["cadence"].to_list()
    assert ["2027-01", "2027-12", "2027-Q1", "2027"] == first["period"][[0, 11, 12, 16]].to_list()


def test_nulls_without_quota() -> None:
    """A period without a quota has no P(hit) and no shortfall, but all that it books."""
    quota = {"month": {"2027-02": 5_000.0}, "quarter": 60_000.0}
    rows = _rows(make(None, {"name": "Ana", "quota": quota}, months=3), paths=200)[:4]
    absent = ("quota", "p_hit", "p_hit_se", "shortfall", "shortfall_se", "p_hit_exact", "p_hit_z")
    assert [True, False, True, False] == [row["quota"] is None for row in rows]
    for row in rows:
        assert {row["quota"] is None} == {row[key] is None for key in absent}
        assert None not in (row["mean"], row["sd"], row["p10"], row["mean_exact"], row["mean_z"])


def test_nulls_without_a_miss() -> None:
    """Where no path misses there is no shortfall, and P(hit) still has an error."""
    booked = [{"rep": "Ana", "date": START, "amount": 900.0}]
    scenario = make(None, {"name": "Ana", "quota": {"month": 900.0}}, months=1, booked=booked)
    row = _rows(scenario, paths=100)[0]
    assert (1.0, None, None, 1.0) == tuple(
        row[key] for key in ("p_hit", "shortfall", "shortfall_se", "p_hit_exact")
    )
    assert math.sqrt(100.5 / 101 * 0.5 / 101 / 100) == pytest.approx(row["p_hit_se"])


def test_nulls_without_exact_answer() -> None:
    """A rep with evidence has no exact figures, nor has the team; the others keep theirs."""
    unsure = {"segments": {"s": {"win_rate": {"won": 3.0, "of": 9.0}}}, "group": "East"}
    scenario = make(
        None,
        {"name": "Ana", "quota": {"month": 5_000.0}, "group": "West"},
        {"name": "Ben", "quota": {"month": 5_000.0}, **unsure},
        months=1,
    )
    rows = {row["name"]: row for row in _rows(scenario, paths=200)}
    exact = {name for name, row in rows.items() if row["p_hit_exact"] is not None}
    assert {"Ana", "West"} == exact == {n for n, r in rows.items() if r["p_hit_z"] is not None}
    assert exact == {name for name, row in rows.items() if row["mean_exact"] is not None}


def test_nothing_to_sell() -> None:
    """Who books nothing on any path has a spread of 0 and no difference in standard errors."""
    scenario = make({"s": segment(opps=0.0)}, {"name": "Ana", "quota": {"month": 100.0}}, months=1)
    row = _rows(scenario, paths=50)[0]
    expected = (0.0, 0.0, 0.0, 0.0, 0.0, 100.0, None)
    keys = ("p_hit", "mean", "sd", "mean_se", "p90", "shortfall", "mean_z")
    assert expected == tuple(row[key] for key in keys)


@pytest.mark.parametrize("paths", [50, 4_000])
def test_error_of_p_hit(paths: int) -> None:
    """p_hit_se is sqrt(p (1 - p) / n) with half a hit and half a miss added."""
    for row in _rows(exact_case(), paths=paths)[:17]:
        p = (row["p_hit"] * paths + 0.5) / (paths + 1)
        assert math.sqrt(p * (1 - p) / paths) == pytest.approx(row["p_hit_se"], rel=1e-12)


def test_error_of_the_mean() -> None:
    """mean_se is sd / sqrt(paths)."""
    for row in _rows(exact_case(), paths=500)[:17]:
        assert row["sd"] / math.sqrt(500) == pytest.approx(row["mean_se"], rel=1e-12)


def test_quantiles_and_shortfall_of_the_paths() -> None:
    """Quantiles and the shortfall are those of the bookings on the paths."""
    simulation = simulate(exact_case(), paths=1_000, seed=3)
    frame = estimate_attainment(simulation).frame
    booked = simulation.bookings("Ana")
    totals = [*booked, *(booked[3 * q : 3 * q + 3].sum(axis=0) for q in range(4)), booked.sum(0)]
    for row, total in zip(frame.head(17).to_dicts(), totals, strict=True):
        ordered = np.sort(total)
        missed = row["quota"] - total[total < row["quota"]]
        quantiles = [row["p10"], row["p50"], row["p90"]]
        assert ordered[[100, 500, 900]].tolist() == pytest.approx(quantiles)
        assert missed.mean() == pytest.approx(row["shortfall"])
        assert missed.std(ddof=1) / math.sqrt(len(missed)) == pytest.approx(row["shortfall_se"])
        assert (total >= row["quota"]).mean() == row["p_hit"]


FIGURES = ("p_hit", "mean", "sd", "p10", "p50", "p90", "shortfall")


def _repeated() -> tuple[pl.DataFrame, dict[str, Any]]:
    """A team's quarter under 250 seeds of 400 paths, and under one seed of many."""
    deals = segment(opps=4.0, win=0.5, size=lognormal(8_000.0, 0.6), cycle=CYCLE)
    reps = [{"name": "Ana"}, {"name": "Ben"}]
    scenario = make({"s": deals}, *reps, team={"quota": {"quarter": 500_000.0}}, months=3)
    runs = [_frame(scenario, paths=400, seed=seed)[-1] for seed in range(250)]
    return pl.concat(runs), _rows(scenario, paths=400_000, seed=999)[-1]


def test_errors_are_honest() -> None:
    """Over 250 seeds every figure scatters by its own standard error, within 25 per cent."""
    runs, truth = _repeated()
    for key in FIGURES:
        scatter, told = runs[key].std(), runs[f"{key}_se"].mean()
        assert scatter == pytest.approx(told, rel=0.25), key
        apart = (runs[key] - truth[key]).abs() / runs[f"{key}_se"]
        covered = (apart < 2).sum() / 250
        # 95 per cent, within 4 errors of a share of 250 runs; errors themselves are estimated
        assert 0.88 < covered <= 1.0, key
        halved = (apart < 1).sum() / 250
        assert halved < 0.84, key  # errors twice as large would cover too much (control)


@pytest.mark.parametrize("size", [199_999.99, {"values": [1_234_567.89]}], ids=["price", "list"])
def test_a_large_price_meets_its_quota_to_the_cent(size: Any) -> None:
    """One deal at a price of any height reaches a quota of that price."""
    price = 199_999.99 if isinstance(size, float) else 1_234_567.89
    sold = segment(opps=1.0, win=0.3, size=size, cycle=CYCLE)
    rep = {"name": "Ana", "quota": {"month": price}}
    rows = _rows(make({"small": sold}, rep), paths=20_000)
    months = [row for row in rows if row["cadence"] == "month"]
    assert max(abs(row["p_hit_z"]) for row in months) < 4
    assert min(row["p_hit"] for row in months) > 0.5


@pytest.mark.parametrize("age", [400, 730, 1_500])
def test_a_deal_of_years_closes_by_what_is_left_of_its_cycle(age: int) -> None:
    """A listed deal far beyond nearly every cycle does not close at once (negative control)."""
    sold = segment(opps=0.0, win=0.4, size=SIZE, cycle=lognormal(14.0, 0.6))
    deals = [open_deal(i, age, amount=10_000.0) for i in range(40)]
    rows = _rows(make({"s": sold}, {"name": "Ana", **QUOTA}, open_deals=deals), paths=20_000)
    reps = [row for row in rows if row["level"] == "rep"]
    assert max(abs(row["mean_z"]) for row in reps if row["mean_z"] is not None) < 4
    first = next(row["mean"] for row in reps if row["period"] == "2027-01")
    assert first < 0.75 * 0.4 * 40 * 10_000.0


def test_losing_takes_what_winning_takes_where_nobody_says() -> None:
    """Without lost cycles an open deal's odds do not depend on its age, evidence or not."""
    cycle = {**lognormal(40.0, 0.6), "of": 5.0}
    sold = segment(opps=0.0, win=0.2, size=SIZE, cycle=cycle)
    deals = [open_deal(i, 200, amount=10_000.0) for i in range(30)]
    scenario = make({"s": sold}, {"name": "Ana"}, open_deals=deals, months=60)
    paths = 20_000
    won = simulate(scenario, paths=paths, seed=5).bookings("Ana").sum(axis=0) / 10_000.0
    error = won.std() / math.sqrt(paths)
    assert abs(won.mean() - 30 * 0.2) < 4 * error + 30 * 0.2 * 0.01  # some close after five years
    assert abs(won.mean() - 30 * 0.318) > 4 * error  # what factors of their own would give
