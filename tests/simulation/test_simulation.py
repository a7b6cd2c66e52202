"""The whole simulation: the same bits however it is spread, and sums that add up."""

from __future__ import annotations

import math
import multiprocessing
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from datetime import date
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from quotarisk.analysis.attainment import estimate_attainment
from quotarisk.analysis.cadence import compare_cadences
from quotarisk.errors import ArgumentError, InputError
from quotarisk.scenario.scenario import Scenario
from quotarisk.simulation.simulation import Simulation, answered_periods, simulate
from tests.simulation.cases import EVIDENCE, LARGE, MARKET, RHYTHM, SMALL, START, open_deals

PATHS = 600
QUOTA = {"month": 20_000.0}


def _reps() -> list[dict[str, Any]]:
    groups = ["East", "West", None, "East", "North", "West", None]
    names = ["Ana", "Ben", "Cho", "Dan", "Eve", "Flo", "Gus"]
    reps: list[dict[str, Any]] = [
        {"name": name, "quota": QUOTA} | ({} if group is None else {"group": group})
        for name, group in zip(names, groups, strict=True)
    ]
    reps[1] |= {"start_date": date(2027, 2, 10), "ramp": [0.3, 0.6]}
    reps[2] |= {"segments": {"small": {}}}
    reps[3] |= {"segments": {"small": {"win_rate": {"won": 5.0, "of": 20.0}}, "large": {}}}
    reps[4] |= {"pipeline": "empty"}
    return reps


def _scenario(reps: list[dict[str, Any]] | None = None, **changed: Any) -> Scenario:
    told = {
        "name": "Everything",
        "start": START,
        "months": 6,
        "segments": {"small": EVIDENCE, "large": LARGE},
        "reps": _reps() if reps is None else reps,
        "market": MARKET,
        "calendar": RHYTHM,
        "open_deals": open_deals(5, 30, 70),
        "booked": [{"rep": "Ana", "date": START, "amount": 1_234.56}],
        "team": {"quota": {"quarter": 500_000.0}},
    }
    return Scenario.model_validate(told | changed)


def _plain(*reps: dict[str, Any], **changed: Any) -> Scenario:
    told = {"name": "Plain", "start": START, "months": 12, "segments": {"small": SMALL}}
    listed = list(reps) or [{"name": "Ana", "quota": QUOTA}]
    return Scenario.model_validate(told | {"reps": listed} | changed)


def _frames(simulation: Simulation) -> tuple[pl.DataFrame, pl.DataFrame]:
    return estimate_attainment(simulation).frame, compare_cadences(simulation).frame


def _same(one: Simulation, other: Simulation) -> None:
    """Both answers are equal bit by bit."""
    for expected, actual in zip(_frames(one), _frames(other), strict=True):
        assert_frame_equal(expected, actual, check_exact=True)


@pytest.fixture(scope="module")
def alone() -> Simulation:
    """Everything at once, on one worker."""
    return simulate(_scenario(), paths=PATHS, seed=3, workers=1)


# --- the same bits


@pytest.mark.parametrize("workers", [None, 2, 8])
def test_any_number_of_workers(alone: Simulation, workers: int | None) -> None:
    """Any number of threads gives the same bits."""
    _same(alone, simulate(_scenario(), paths=PATHS, seed=3, workers=workers))


class Listing:
    """An executor that runs everything at once, here."""

    def map(self, function: Callable[[Any], Any], values: Iterable[Any], /) -> Iterable[Any]:
        """Apply the function to all values."""
        return [function(value) for value in values]


@pytest.mark.parametrize("workers", [1, 5])
def test_any_executor(alone: Simulation, workers: int) -> None:
    """Whatever has a map gives the same bits."""
    _same(alone, simulate(_scenario(), paths=PATHS, seed=3, workers=workers, executor=Listing()))
    with ThreadPoolExecutor(3) as pool:
        _same(alone, simulate(_scenario(), paths=PATHS, seed=3, workers=workers, executor=pool))


def test_processes(alone: Simulation) -> None:
    """Other processes, started afresh, give the same bits."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(2, mp_context=context) as pool:
        _same(alone, simulate(_scenario(), paths=PATHS, seed=3, executor=pool))


def _by_name(simulation: Simulation, names: Iterable[str]) -> list[pl.DataFrame]:
    return [frame.filter(pl.col("name") == name) for name in names for frame in _frames(simulation)]


@pytest.mark.parametrize("seed", range(3))
def test_any_order_of_reps(alone: Simulation, seed: int) -> None:
    """Whatever the order of reps, everyone's row is the same, and groups' and the team's."""
    reps = _reps()
    np.random.default_rng(seed).shuffle(reps)
    other = simulate(_scenario(reps), paths=PATHS, seed=3, workers=2)
    names = [measured.unit.name for measured in alone.units]
    for expected, actual in zip(_by_name(alone, names), _by_name(other, names), strict=True):
        assert_frame_equal(expected, actual, check_exact=True)


def test_adding_a_rep(alone: Simulation) -> None:
    """One rep more changes nobody else's row; his group and the team do change (control)."""
    reps = [{"name": "Zed", "quota": QUOTA, "group": "East"}, *_reps()]
    other = simulate(_scenario(reps), paths=PATHS, seed=3)
    names = [measured.unit.name for measured in (*alone.reps, *alone.groups)]
    names.remove("East")
    for expected, actual in zip(_by_name(alone, names), _by_name(other, names), strict=True):
        assert_frame_equal(expected, actual, check_exact=True)
    for name in ("East", "Everything"):
        assert not _by_name(alone, [name])[0].equals(_by_name(other, [name])[0])


def test_seeds() -> None:
    """0 is a seed like any other, and every seed, negative ones too, has its own luck."""
    runs = {
        seed: simulate(_plain(), paths=200, seed=seed).bookings("Ana") for seed in (0, 1, -1, 2**70)
    }
    again = simulate(_plain(), paths=200, seed=0).bookings("Ana")
    np.testing.assert_array_equal(runs[0], again)
    np.testing.assert_array_equal(runs[0], simulate(_plain(), paths=200).bookings("Ana"))
    assert len({run.tobytes() for run in runs.values()}) == 4


def test_more_paths_keep_the_first() -> None:
    """The first paths are the same, however many follow."""
    few, many = (simulate(_plain(), paths=n, seed=4).bookings("Ana") for n in (100, 5_000))
    np.testing.assert_array_equal(few, many[:, :100])


# --- sums


def test_groups_and_team_are_sums(alone: Simulation) -> None:
    """Groups and the team book what their reps book, path by path."""
    booked = {name: alone.bookings(name) for name in (rep["name"] for rep in _reps())}
    months = len(booked["Ana"])
    for measured in (*alone.groups, alone.team):
        members = [
            rep["name"]
            for rep in _reps()
            if measured.unit.level == "team" or rep.get("group") == measured.unit.name
        ]
        total = np.sum([booked[name] for name in members], axis=0)
        figures = measured.periods
        np.testing.assert_allclose(total.mean(axis=1), figures.mean[:months] / 100, rtol=1e-12)
        np.testing.assert_allclose(
            np.sort(total, axis=1)[:, [60, 300, 540]].T, figures.quantiles[:, :months] / 100
        )
        quarter = total[:3].sum(axis=0)
        np.testing.assert_allclose(
            np.sort(quarter)[[60, 300, 540]], figures.quantiles[:, months] / 100
        )


def test_reps_are_not_the_team(alone: Simulation) -> None:
    """A rep's figures are not the team's (control for the sums above)."""
    assert alone.reps[0].periods.mean[0] < 0.9 * alone.team.periods.mean[0]


def test_one_rep_is_the_team() -> None:
    """A team of one hits what the one hits."""
    attainment, _ = _frames(simulate(_plain(), paths=300))
    rep, team = (
        attainment.filter(level=level).drop("level", "name").to_dicts() for level in ("rep", "team")
    )
    assert rep == team


# --- what is booked to date


def _booked(*rows: tuple[date, float], **changed: Any) -> Simulation:
    told = [{"rep": "Ana", "date": day, "amount": amount} for day, amount in rows]
    return simulate(_plain(booked=told, **changed), paths=200, seed=1)


def test_booked_is_added() -> None:
    """Bookings to date are added to their month on every path, to the cent."""
    none = _booked()
    some = _booked((date(2027, 2, 3), 1_000.01), (date(2027, 2, 28), -200.0))
    expected = none.bookings("Ana")
    expected[1] += 800.01
    np.testing.assert_allclose(expected, some.bookings("Ana"), rtol=0, atol=1e-6)
    moved = some.reps[0].periods.mean - none.reps[0].periods.mean
    rows = {p.name for p, x in zip(some.periods, moved, strict=True) if abs(x - 80_001) < 1e-3}
    assert {"2027-02", "2027-Q1", "2027"} == rows
    assert np.count_nonzero(np.abs(moved) > 1e-3) == 3


def test_booked_before_the_horizon() -> None:
    """What was booked before the horizon's first month counts in periods that span it."""
    start = {"start": date(2027, 2, 11), "months": 11}
    none = _booked(**start)
    rows = [(date(2027, 1, 5), 100.0), (date(2027, 2, 2), 10.0), (date(2026, 12, 31), 1.0)]
    some = _booked(*rows, **start)
    moved = (some.reps[0].periods.mean - none.reps[0].periods.mean) / 100
    expected = {"2027-02": 10.0, "2027-Q1": 110.0, "2027": 110.0}
    actual = {p.name: round(float(x), 6) for p, x in zip(some.periods, moved, strict=True) if x}
    assert expected == actual


def test_booked_after_the_horizon() -> None:
    """What is dated after the horizon counts nowhere."""
    none, some = _booked(), _booked((date(2028, 1, 1), 1_000.0))
    np.testing.assert_array_equal(none.team.periods.mean, some.team.periods.mean)


def test_booked_of_groups_and_team() -> None:
    """Groups and the team have what their reps have booked."""
    reps = [{"name": "Ana", "group": "East"}, {"name": "Ben", "group": "West"}]
    told = [
        {"rep": rep, "date": START, "amount": amount}
        for rep, amount in (("Ana", 5.0), ("Ben", 7.0))
    ]
    simulation = simulate(_plain(*reps, booked=told), paths=50)
    assert [500.0, 700.0, 500.0, 700.0, 1200.0] == [
        float(measured.unit.booked[0]) for measured in simulation.units
    ]


@pytest.mark.parametrize(
    ("start", "booked", "first"),
    [
        (date(2027, 1, 1), None, ["2027-01", "2027-Q1", "2027"]),
        (date(2027, 2, 1), None, ["2027-02", "2027-Q2", None]),
        (date(2027, 2, 11), None, ["2027-03", "2027-Q2", None]),
        (date(2027, 2, 11), [], ["2027-02", "2027-Q1", "2027"]),
        (date(2027, 2, 1), [], ["2027-02", "2027-Q1", "2027"]),
    ],
)
def test_answered_periods(start: date, booked: Any, first: list[str | None]) -> None:
    """A period that began before the start is answered only if it is told what was booked."""
    periods = answered_periods(_plain(start=start, months=12, booked=booked))
    found = [
        next((p.name for p in periods if p.cadence == cadence), None)
        for cadence in ("month", "quarter", "year")
    ]
    assert first == found


def test_answered_periods_end_in_the_horizon() -> None:
    """A period that ends after the horizon is not answered."""
    names = [period.name for period in answered_periods(_plain(months=5))]
    assert [*(f"2027-0{n}" for n in range(1, 6)), "2027-Q1"] == names


# --- arguments


@pytest.mark.parametrize("paths", [1, 0, -5, 50_000_001, 1_000.0, True, "100"])
def test_wrong_paths(paths: Any) -> None:
    """Paths must be a whole number in the allowed range."""
    with pytest.raises(ArgumentError) as caught:
        simulate(_plain(), paths=paths)
    expected = f"paths must be a whole number from 2 to 50_000_000, got {paths!r}"
    assert expected == str(caught.value)


@pytest.mark.parametrize("seed", [1.0, None, "7", False])
def test_wrong_seed(seed: Any) -> None:
    """A seed must be a whole number."""
    with pytest.raises(ArgumentError) as caught:
        simulate(_plain(), paths=10, seed=seed)
    assert f"seed must be a whole number, got {seed!r}" == str(caught.value)


@pytest.mark.parametrize("workers", [0, -1, 2.0, True, "2"])
def test_wrong_workers(workers: Any) -> None:
    """Workers must be a whole number of 1 or more."""
    with pytest.raises(ArgumentError) as caught:
        simulate(_plain(), paths=10, workers=workers)
    assert f"workers must be a whole number of 1 or more, got {workers!r}" == str(caught.value)


def test_faulty_scenario() -> None:
    """A scenario that cannot be simulated is refused with every fault."""
    faulty = _plain({"name": "Ana"}, {"name": "Ana"}, open_deals=open_deals(5, rep="Bob"))
    with pytest.raises(InputError) as caught:
        simulate(faulty, paths=10)
    assert len(caught.value.faults) >= 2
    assert "name must be unique among the reps" in str(caught.value)


def test_fewest_paths() -> None:
    """Two paths are enough for every figure to have an error."""
    attainment, cadence = _frames(simulate(_scenario(), paths=2))
    assert attainment["p_hit_se"].drop_nulls().min() > 0  # type: ignore[operator]
    assert cadence["p_hit_month_se"].null_count() == 0


def test_progress() -> None:
    """Progress tells how many reps are done, chunk by chunk, of how many."""
    told: list[tuple[int, int]] = []
    simulate(_scenario(), paths=10, workers=2, progress=lambda *done: told.append(done))
    assert told == sorted(set(told))
    assert told[-1] == (7, 7)


def test_bookings_of_nobody() -> None:
    """Asked for a rep who is not there, it suggests one who is."""
    with pytest.raises(ArgumentError) as caught:
        simulate(_plain({"name": "Ana"}, {"name": "Ben"}), paths=10).bookings("Anna")
    assert str(caught.value) == "no rep is called 'Anna'; did you mean 'Ana'?"


def test_provenance() -> None:
    """A simulation knows what made it; another scenario has another hash."""
    one, two = simulate(_plain(), paths=10, seed=5), simulate(_plain(months=11), paths=10)
    source = one.provenance
    assert ("Plain", 5, 10) == (source.scenario, source.seed, source.paths)
    assert _plain().fingerprint == source.scenario_hash != two.provenance.scenario_hash
    assert source.version


def test_what_is_shown_is_short() -> None:
    """Its repr does not spill arrays."""
    assert "array" not in repr(simulate(_plain(), paths=10))


# --- what always holds

MORE = settings(derandomize=True, database=None, deadline=None, max_examples=25)


@MORE
@given(st.floats(1_000, 60_000), st.floats(0, 20_000))
def test_p_hit_never_rises_with_the_quota(quota: float, more: float) -> None:
    """On the same paths a higher quota is never hit more often."""
    low, high = (
        _frames(simulate(_plain({"name": "Ana", "quota": {"month": q}}), paths=200, workers=1))[0]
        for q in (quota, quota + more)
    )
    assert (high["p_hit"] <= low["p_hit"]).all()


@MORE
@given(st.integers(0, 10**9), st.integers(1, 12))
def test_means_add_up(seed: int, fiscal: int) -> None:
    """Months' means sum to their quarters' and years' means."""
    scenario = _plain(months=24, fiscal_year_start=fiscal)
    simulation = simulate(scenario, paths=50, seed=seed, workers=1)
    means = simulation.reps[0].periods.mean
    months = {
        p.first_month: m
        for p, m in zip(simulation.periods, means, strict=True)
        if p.cadence == "month"
    }
    for period, mean in zip(simulation.periods, means, strict=True):
        assert math.fsum(months[m] for m in period.month_numbers) == pytest.approx(mean)


@MORE
@given(st.integers(0, 10**6), st.sampled_from([10.0, 0.1, 1_000.0]))
def test_money_rescales(seed: int, factor: float) -> None:
    """Ten times the money, sizes and quotas, leaves P(hit) alone."""

    def scenario(by: float) -> Scenario:
        prices = {"deal_size": {"values": [by * v for v in (4_900.0, 9_900.0, 20_000.0)]}}
        rep = {"name": "Ana", "quota": {"month": by * 14_800.0}}
        return _plain(rep, segments={"small": SMALL | prices})

    one, other = (simulate(scenario(by), paths=100, seed=seed, workers=1) for by in (1.0, factor))
    np.testing.assert_array_equal(one.reps[0].periods.hits, other.reps[0].periods.hits)
    np.testing.assert_allclose(factor * one.bookings("Ana"), other.bookings("Ana"), rtol=1e-9)


def test_money_that_is_drawn_rescales() -> None:
    """Drawn amounts rescale but for the rounding to cents: on nearly all paths."""
    sizes = {"deal_size": {"median": 80_000.0, "p90": 160_000.0}}
    rep = {"name": "Ana", "quota": {"month": 200_000.0}}
    one = simulate(_plain(), paths=5_000, seed=2)
    ten = simulate(_plain(rep, segments={"small": SMALL | sizes}), paths=5_000, seed=2)
    apart = np.abs(one.reps[0].periods.hits - ten.reps[0].periods.hits)
    assert np.nanmax(apart) <= 2
    np.testing.assert_allclose(10 * one.bookings("Ana"), ten.bookings("Ana"), rtol=1e-4)


def test_shared_luck() -> None:
    """Under one seed a higher win rate or creation rate never books less on any path."""
    one = simulate(_plain(), paths=500, seed=9).bookings("Ana")
    for better in ({"win_rate": 0.4}, {"opps_per_week": 1.6}):
        more = simulate(_plain(segments={"small": SMALL | better}), paths=500, seed=9)
        assert np.all(more.bookings("Ana") >= one)
        assert more.bookings("Ana").mean() > 1.05 * one.mean()
