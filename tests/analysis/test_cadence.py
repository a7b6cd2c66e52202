"""Monthly or quarterly: the field's surprises, and every figure against another way to it."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
import polars as pl
import pytest

from quotarisk.analysis.attainment import estimate_attainment
from quotarisk.analysis.cadence import compare_cadences
from quotarisk.analysis.exact import Sources, exact_p_hit
from quotarisk.analysis.wins import NewDeals
from quotarisk.scenario.laws import Lognormal
from quotarisk.scenario.scenario import Scenario
from quotarisk.simulation.simulation import simulate
from tests.analysis.cases import (
    BOOKED_A_YEAR,
    LARGE_A_YEAR,
    LARGE_MEDIAN,
    LARGE_SIGMA,
    LARGE_WIN,
    MONTH_QUOTA,
    QUARTER_QUOTA,
    SMALL_A_YEAR,
    SMALL_MEDIAN,
    SMALL_SIGMA,
    SMALL_WIN,
    YEAR_QUOTA,
    exact_case,
    exact_segments,
    lognormal,
    make,
    multiples_of_expected,
    segment,
)

PATHS = 100_000
Row = dict[str, Any]


def _rows(scenario: Scenario, *, paths: int = PATHS, seed: int = 5) -> list[Row]:
    return compare_cadences(simulate(scenario, paths=paths, seed=seed)).frame.to_dicts()


def _row(scenario: Scenario, *, paths: int = PATHS, seed: int = 5) -> Row:
    return _rows(scenario, paths=paths, seed=seed)[0]


def _apart(one: Row, two: Row, key: str) -> float:
    """Difference of two simulated figures, in standard errors."""
    error = math.hypot(one[f"{key}_se"], two[f"{key}_se"])
    return abs(float(one[key] - two[key])) / error


# --- a steady pipeline forgets its cycle


@pytest.mark.parametrize("cycles", [0.3, 3.0])
def test_a_steady_pipeline_forgets_its_cycle(cycles: float) -> None:
    """Warm and stationary, neither months nor quarters depend on how long cycles are."""
    one, other = _row(exact_case(), seed=1), _row(exact_case(cycles), seed=2)
    assert _apart(one, other, "p_hit_month") < 4
    assert _apart(one, other, "p_hit_quarter") < 4
    assert abs(other["p_hit_month"] - 0.2445) < 4 * other["p_hit_month_se"] + 5e-4


def test_an_empty_pipeline_does_not_forget() -> None:
    """From an empty start the same cycles are told apart (negative control)."""
    one = _row(exact_case(pipeline="empty"), seed=1)
    other = _row(exact_case(3.0, pipeline="empty"), seed=2)
    assert _apart(one, other, "p_hit_month") > 4
    assert _apart(one, other, "p_hit_quarter") > 4


EMPTY = {"quota": {"month": MONTH_QUOTA, "quarter": QUARTER_QUOTA, "year": YEAR_QUOTA}}


@pytest.mark.parametrize(
    ("cycles", "expected"), [(1.0, (0.169, 0.238, 0.263)), (3.0, (0.065, 0.065, 0.030))]
)
def test_a_young_pipeline(cycles: float, expected: tuple[float, float, float]) -> None:
    """A new rep's chances by month, quarter and year, as the field knows them and exactly."""
    simulation = simulate(exact_case(cycles, pipeline="empty", **EMPTY), paths=PATHS, seed=3)
    (row,) = compare_cadences(simulation).frame.to_dicts()
    actual = (row["p_hit_month"], row["p_hit_quarter"], row["p_hit_year"])
    np.testing.assert_allclose(actual, expected, atol=0.005)
    table = estimate_attainment(simulation).frame.filter(level="rep")
    for cadence in ("month", "quarter", "year"):
        exact = table.filter(cadence=cadence)["p_hit_exact"].mean()
        assert abs(row[f"p_hit_{cadence}"] - exact) < 4 * row[f"p_hit_{cadence}_se"]


def test_a_young_pipeline_tells_apart() -> None:
    """Started warm the same rep is far from these figures (negative control)."""
    row = _row(exact_case(3.0, **EMPTY))
    assert min(abs(row["p_hit_month"] - 0.065), abs(row["p_hit_year"] - 0.030)) > 0.1


# --- "quarterly is safer" flips


def _exact_of_equal_months(multiple: float) -> dict[str, float]:
    """P(hit) of a month, a quarter and a year of equal months, at a multiple of expectation."""
    small = Lognormal(math.log(SMALL_MEDIAN), SMALL_SIGMA)
    large = Lognormal(math.log(LARGE_MEDIAN), LARGE_SIGMA)
    found = {}
    for cadence, share in (("month", 1 / 12), ("quarter", 1 / 4), ("year", 1.0)):
        new = (
            NewDeals(small, np.array([SMALL_A_YEAR * SMALL_WIN * share])),
            NewDeals(large, np.array([LARGE_A_YEAR * LARGE_WIN * share])),
        )
        found[cadence] = exact_p_hit(Sources(new, ()), 0, multiple * BOOKED_A_YEAR * share)
    return found


FLIP = {0.9: (0.245, 0.372, 0.495), 1.5: (0.177, 0.219, 0.167), 2.0: (0.144, 0.142, 0.060)}


@pytest.mark.parametrize("multiple", FLIP)
def test_quarterly_is_safer_flips(multiple: float) -> None:
    """At .9 of expected bookings longer is kinder; at 2.0 the month is, and the year worst."""
    exact = _exact_of_equal_months(multiple)
    np.testing.assert_allclose(list(exact.values()), FLIP[multiple], atol=0.009)
    row = _row(exact_case(quota=multiples_of_expected(multiple)))
    # the calendar's year is a quarter of a day short, its months are not equal
    for cadence, slack in (("month", 5e-4), ("quarter", 1e-3), ("year", 1e-3)):
        error = 4 * row[f"p_hit_{cadence}_se"] + slack
        assert abs(row[f"p_hit_{cadence}"] - exact[cadence]) < error
    if multiple == 0.9:
        assert row["p_hit_month"] < row["p_hit_quarter"] < row["p_hit_year"]
        assert row["kinder"] == "quarter"
    elif multiple == 2.0:
        assert row["p_hit_month"] > row["p_hit_quarter"] > row["p_hit_year"]
        assert row["kinder"] == "month"


def _scaled(multiple: float) -> Scenario:
    quota = {"month": MONTH_QUOTA * multiple, "quarter": QUARTER_QUOTA * multiple}
    return exact_case(quota=quota)


def test_crossover() -> None:
    """At the crossover both cadences are equally kind; above it the month, below the quarter."""
    row = _row(exact_case())
    at = _row(_scaled(row["crossover"]), seed=6)
    assert at["kinder_by"] < 4 * at["kinder_by_se"] + 1e-3
    assert abs(at["crossover"] - 1) < 4 * math.hypot(
        at["crossover_se"], row["crossover_se"] / row["crossover"]
    )
    above, below = _row(_scaled(1.2 * row["crossover"])), _row(_scaled(row["crossover"] / 1.2))
    assert ("month", "quarter") == (above["kinder"], below["kinder"])
    for other in (above, below):
        assert other["kinder_by"] > 4 * other["kinder_by_se"]


def test_no_crossover() -> None:
    """Where the year is a sure thing or nothing sells there is no crossover to tell."""
    nothing = make({"s": segment(opps=0.0)}, {"name": "Ana", "quota": {"month": 100.0}})
    row = _row(nothing, paths=500)
    assert (None, None) == (row["crossover"], row["crossover_se"])


def test_crossover_comes_from_enough_paths() -> None:
    """On a handful of paths no cadence is clearly kinder at any quota: no crossover."""
    assert _row(exact_case(), paths=10)["crossover"] is None


# --- every figure


def test_effective_deals() -> None:
    """n_eff is wins x E[X]^2 / E[X^2] for a compound Poisson sum of one size law."""
    deals = segment(opps=2.0, win=0.3, size=lognormal(8_000.0, 0.8))
    row = _row(make({"s": deals}))
    wins = 2.0 / 7 * 0.3 * 365
    expected = wins * math.exp(-(0.8**2))
    assert abs(row["n_eff_month"] - expected / 12) < 4 * row["n_eff_month_se"]
    assert abs(row["n_eff_quarter"] - expected / 4) < 4 * row["n_eff_quarter_se"]
    assert abs(row["n_eff_month"] - wins / 12) > 4 * row["n_eff_month_se"]


def test_effective_deals_of_the_field() -> None:
    """A mixed rep with 16.5 wins a year has n_eff 3.0 a year, .25 a month."""
    row = _row(exact_case())
    first = BOOKED_A_YEAR**2
    second = SMALL_A_YEAR * SMALL_WIN * SMALL_MEDIAN**2 * math.exp(2 * SMALL_SIGMA**2)
    second += LARGE_A_YEAR * LARGE_WIN * LARGE_MEDIAN**2 * math.exp(2 * LARGE_SIGMA**2)
    assert pytest.approx(first / second, abs=0.05) == 3.0
    assert abs(row["n_eff_month"] - first / second / 12) < 4 * row["n_eff_month_se"]


def test_false_alarm() -> None:
    """P(a month missed | its quarter hit), from months that are drawn plainly."""
    n, days = 400_000, (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
    generator = np.random.default_rng(1)
    booked = np.zeros((12, n))
    for opps, win, median, sigma in (
        (SMALL_A_YEAR, SMALL_WIN, SMALL_MEDIAN, SMALL_SIGMA),
        (LARGE_A_YEAR, LARGE_WIN, LARGE_MEDIAN, LARGE_SIGMA),
    ):
        for month, length in enumerate(days):
            count = generator.poisson(opps * win * length / 365.25, n)
            sizes = median * np.exp(sigma * generator.standard_normal(count.sum()))
            paths = np.repeat(np.arange(n), count)
            booked[month] += np.bincount(paths, sizes, minlength=n)
    quarters = booked.reshape(4, 3, n).sum(axis=1)
    hit = quarters >= QUARTER_QUOTA
    alarms = (hit[:, np.newaxis, :] & (booked.reshape(4, 3, n) < MONTH_QUOTA)).sum()
    expected = float(alarms / (3 * hit.sum()))
    row = _row(exact_case())
    error = math.hypot(row["false_alarm_se"], row["false_alarm_se"] * math.sqrt(PATHS / n))
    assert abs(row["false_alarm"] - expected) < 4 * error
    missed = float((booked < MONTH_QUOTA).mean())
    assert abs(row["false_alarm"] - missed) > 4 * error  # not the plain share of misses (control)


def test_false_alarm_without_a_hit() -> None:
    """Where no quarter is ever hit there is no false alarm to tell."""
    quota = {"month": 100.0, "quarter": 1e9}
    row = _row(make(None, {"name": "Ana", "quota": quota}), paths=100)
    assert (None, None) == (row["false_alarm"], row["false_alarm_se"])


def test_independent_months() -> None:
    """Steady months are independent: P(all months) is the product of the exact chances."""
    deals = segment(opps=3.0, win=0.4, size=lognormal(8_000.0, 0.5))
    scenario = make({"s": deals}, {"name": "Ana", "quota": {"month": 15_000.0}})
    simulation = simulate(scenario, paths=PATHS, seed=5)
    row = compare_cadences(simulation).frame.row(0, named=True)
    table = estimate_attainment(simulation).frame.filter(level="rep")
    for cadence in ("month", "quarter"):
        chances = table.filter(cadence=cadence)["p_hit_exact"].to_list()
        key = f"p_all_{cadence}s"
        assert abs(row[key] - math.prod(chances)) < 4 * row[f"{key}_se"]
        assert abs(row[key] - min(chances)) > 4 * row[f"{key}_se"]


def test_expected_numbers() -> None:
    """Expected numbers of hits are the mean chances times the periods that have a quota."""
    quota = {"month": {"2027-02": 20_000.0, "2027-03": 20_000.0}, "quarter": 60_000.0}
    row = _row(make(None, {"name": "Ana", "quota": quota}), paths=2_000)
    assert (2, 4) == (row["months"], row["quarters"])
    for key, number in (("month", 2), ("quarter", 4)):
        assert number * row[f"p_hit_{key}"] == pytest.approx(row[f"{key}s_hit"])
        assert number * row[f"p_hit_{key}_se"] == pytest.approx(row[f"{key}s_hit_se"])


def test_means_over_periods() -> None:
    """P(hit) of a cadence is the mean of its periods' in the attainment table."""
    simulation = simulate(exact_case(), paths=2_000, seed=1)
    row = compare_cadences(simulation).frame.row(0, named=True)
    table = estimate_attainment(simulation).frame.filter(level="rep")
    for cadence in ("month", "quarter", "year"):
        expected = table.filter(cadence=cadence)["p_hit"].mean()
        assert expected == pytest.approx(row[f"p_hit_{cadence}"])


@pytest.mark.parametrize("multiple", [0.9, 2.5])
def test_kinder(multiple: float) -> None:
    """The kinder cadence is the one with the higher chance, by the difference of the two."""
    row = _row(exact_case(quota=multiples_of_expected(multiple)), paths=20_000)
    difference = row["p_hit_quarter"] - row["p_hit_month"]
    assert ("quarter" if difference > 0 else "month") == row["kinder"]
    assert abs(difference) == pytest.approx(row["kinder_by"])


def test_one_cadence_only() -> None:
    """With quotas of one cadence there is nothing to compare, and nothing is made up."""
    row = _row(make(None, {"name": "Ana", "quota": {"quarter": 50_000.0}}), paths=200)
    absent = ("p_hit_month", "months_hit", "p_all_months", "false_alarm", "crossover", "kinder")
    assert [None] * 6 == [row[key] for key in absent]
    assert (0, 4) == (row["months"], row["quarters"])
    assert None not in (row["p_hit_quarter"], row["p_hit_year"], row["n_eff_month"])


def test_no_quotas() -> None:
    """Without quotas only the effective deals are left."""
    row = _row(make(), paths=200)
    left = {key for key, value in row.items() if value is not None}
    told = {"n_eff_month", "n_eff_quarter", "n_eff_month_se", "n_eff_quarter_se"}
    assert told | {"name", "group", "months", "quarters"} == left


COLUMNS = {
    "name": pl.String,
    "p_hit_month": pl.Float64,
    "p_hit_quarter": pl.Float64,
    "p_hit_year": pl.Float64,
    "months_hit": pl.Float64,
    "quarters_hit": pl.Float64,
    "p_all_months": pl.Float64,
    "p_all_quarters": pl.Float64,
    "false_alarm": pl.Float64,
    "n_eff_month": pl.Float64,
    "n_eff_quarter": pl.Float64,
    "crossover": pl.Float64,
    "kinder": pl.String,
    "kinder_by": pl.Float64,
    "group": pl.String,
    "months": pl.Int64,
    "quarters": pl.Int64,
    "p_hit_month_se": pl.Float64,
    "p_hit_quarter_se": pl.Float64,
    "p_hit_year_se": pl.Float64,
    "months_hit_se": pl.Float64,
    "quarters_hit_se": pl.Float64,
    "p_all_months_se": pl.Float64,
    "p_all_quarters_se": pl.Float64,
    "false_alarm_se": pl.Float64,
    "n_eff_month_se": pl.Float64,
    "n_eff_quarter_se": pl.Float64,
    "crossover_se": pl.Float64,
    "kinder_by_se": pl.Float64,
}


@pytest.mark.parametrize("months", [1, 3, 12])
@pytest.mark.parametrize("quota", [{}, {"month": 5_000.0}])
def test_columns(months: int, quota: dict[str, float]) -> None:
    """Columns, their order and types are the contract's, filled or not."""
    scenario = make(None, {"name": "Ana", "quota": quota}, {"name": "Ben"}, months=months)
    frame = compare_cadences(simulate(scenario, paths=60)).frame
    assert pl.Schema(COLUMNS) == frame.schema
    assert list(COLUMNS) == frame.columns
    assert ["Ana", "Ben"] == frame["name"].to_list()
    assert not any(frame.select(pl.col(pl.Float64).is_nan().any()).row(0))


# --- errors


FIGURES = [
    *("p_hit_month", "p_hit_quarter", "p_hit_year", "months_hit", "quarters_hit"),
    *("p_all_months", "p_all_quarters", "false_alarm", "n_eff_month", "n_eff_quarter"),
    *("crossover", "kinder_by"),
]


def _repeated(runs: int, paths: int) -> pl.DataFrame:
    deals = segment(opps=3.0, win=0.4, size=lognormal(8_000.0, 0.6), cycle=lognormal(40.0, 0.6))
    quota = {"month": 22_000.0, "quarter": 66_000.0, "year": 590_000.0}
    scenario = make({"s": deals}, {"name": "Ana", "quota": quota})
    frames = [
        compare_cadences(simulate(scenario, paths=paths, seed=seed)).frame for seed in range(runs)
    ]
    return pl.concat(frames)


def test_errors_are_honest() -> None:
    """Over 200 seeds every figure scatters by its own standard error, within 25 per cent."""
    frame = _repeated(200, 1_000)
    for key in FIGURES:
        assert frame[key].null_count() == 0
        told = frame[f"{key}_se"].mean()
        assert frame[key].std() == pytest.approx(told, rel=0.25), key
        assert frame[key].std() != pytest.approx(2 * told, rel=0.25), key  # type: ignore[operator]


def test_errors_fall_with_paths() -> None:
    """Four times the paths halve the errors."""
    few, many = _row(exact_case(), paths=10_000), _row(exact_case(), paths=40_000)
    for key in FIGURES:
        if few[key] and key not in ("p_all_months", "crossover"):
            ratio = many[f"{key}_se"] / few[f"{key}_se"]
            assert ratio == pytest.approx(0.5, rel=0.15), key


def test_every_rep_has_a_row() -> None:
    """Rows come in the scenario's order, whatever the groups."""
    names = ["Zoe", "Ana", "Max", "Ben"]
    groups = itertools.cycle(["West", "East", None])
    reps = [
        {"name": name} | ({} if group is None else {"group": group})
        for name, group in zip(names, groups, strict=False)
    ]
    rows = _rows(make(exact_segments(), *reps), paths=50)
    assert names == [row["name"] for row in rows]
    assert ["West", "East", "", "West"] == [row["group"] for row in rows]
