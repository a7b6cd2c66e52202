"""Scenarios side by side, and stresses at work."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from quotarisk.errors import InputError
from quotarisk.scenario.scenario import Scenario
from quotarisk.scenario.stress import Stress
from quotarisk.simulation.comparing import (
    Seen,
    Variant,
    common_periods,
    compare,
    under_stress,
    variant_of,
)
from quotarisk.simulation.simulation import simulate
from tests.simulation.cases import START, scenario_of

REPS: list[dict[str, Any]] = [
    {"name": "Ana", "group": "East", "quota": {"month": 20_000}},
    {"name": "Bo", "group": "West", "quota": {"month": 20_000}},
    {"name": "Cy", "quota": {"month": 20_000}, "start_date": date(2027, 2, 1), "ramp": [0.2, 0.6]},
]
DEAL = {"rep": "Ana", "segment": "small", "created": date(2026, 12, 1)}
OPEN = [{**DEAL, "deal": f"d{n}", "amount": 5_000.0 + n} for n in range(8)]
PATHS = 400


def _team(**told: Any) -> Scenario:
    return scenario_of(reps=REPS, **told)


def _booked(seen: Seen) -> list[np.ndarray]:
    return [each.copy() for each in seen.booked]


def _side_by_side(
    scenario: Scenario, *stresses: Stress | None, paths: int = PATHS
) -> dict[tuple[str, str], list[np.ndarray]]:
    variants = [variant_of(scenario, 7, stress=stress) for stress in (None, *stresses)]
    return {(level, name): each for level, name, each in compare(variants, _booked, paths=paths)}


def test_one_variant_is_the_simulation() -> None:
    """Means and hits of every unit are those of a plain run, to the bit."""
    scenario = _team()
    plain = simulate(scenario, paths=PATHS, seed=7)
    found = _side_by_side(scenario)

    assert [(m.unit.level, m.unit.name) for m in plain.units] == list(found)
    for measured in plain.units:
        (booked,) = found[measured.unit.level, measured.unit.name]
        np.testing.assert_allclose(booked.mean(axis=1), measured.periods.mean, rtol=1e-12)
        hits = (booked >= measured.unit.quotas[:, np.newaxis]).sum(axis=1)
        with_quota = ~np.isnan(measured.unit.quotas)
        np.testing.assert_array_equal(hits[with_quota], measured.periods.hits[with_quota])


@pytest.mark.parametrize("told", [{}, {"open_deals": OPEN}])
def test_a_stress_of_one_changes_nothing(told: dict[str, Any]) -> None:
    """Not a cent on any path, though deals are drawn in two pieces."""
    # a factor next to 1 goes the long way, and rounds to the same cents
    for stress in (Stress(), Stress(win_rate=1.0 + 1e-12, deal_size=1.0 + 1e-12)):
        for base, stressed in _side_by_side(_team(**told), stress).values():
            np.testing.assert_array_equal(base, stressed)


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    win=st.floats(0, 1), creation=st.floats(0, 1), size=st.floats(0, 1), pace=st.floats(1, 3),
    ramp=st.floats(0, 1), late=st.integers(0, 90), listed=st.booleans(),
)  # fmt: skip
def test_downwards_is_never_up(
    win: float, creation: float, size: float, pace: float, ramp: float, late: int, listed: bool
) -> None:
    """On no path does anybody have more by any day: later, fewer, smaller, or not at all."""
    stress = Stress(
        win_rate=win, opps_per_week=creation, deal_size=size, cycle_days=pace, ramp=ramp,
        delay_hires_days=late,
    )  # fmt: skip
    scenario = _team(open_deals=OPEN) if listed else _team()
    months = scenario.months
    for base, stressed in _side_by_side(scenario, stress, paths=60).values():
        assert (stressed[:months].cumsum(axis=0) <= base[:months].cumsum(axis=0) + 1).all()


def test_open_deals_keep_their_amounts() -> None:
    """Sizes that are halved halve what is to come; what is open brings what it brought."""
    quiet = {"opps_per_week": 0.0}
    only_open = scenario_of(reps=[{"name": "Ana"}], open_deals=OPEN, segment=quiet)
    ((base, half), *_) = _side_by_side(only_open, Stress(deal_size=0.5)).values()
    np.testing.assert_array_equal(base, half)
    assert base.sum() > 0


def test_what_is_open_comes_later_at_the_same_odds() -> None:
    """Cycles twice as long: as many open deals are won in the end, none of them earlier."""
    quiet = {"opps_per_week": 0.0}
    scenario = scenario_of(reps=[{"name": "Ana"}], open_deals=OPEN, months=36, segment=quiet)
    ((base, slow), *_) = _side_by_side(scenario, Stress(cycle_days=2.0)).values()
    np.testing.assert_array_equal(base[:36].sum(axis=0), slow[:36].sum(axis=0))
    assert (base[:36] != slow[:36]).any()


def test_who_leaves_books_nothing() -> None:
    """But what is booked already; the team loses what was the rep's."""
    booked = [{"rep": "Ana", "date": START, "amount": 100.0}]
    found = _side_by_side(_team(booked=booked), Stress(remove_reps=("Ana",)))
    base, without = found["rep", "Ana"]
    assert {0.0, 100_00.0} == set(np.unique(without))
    team, less = found["team", "Test"]
    np.testing.assert_array_equal(team - less, base - without)


def test_repeated_weeks_are_stressed_too() -> None:
    """On paths that repeat the past, a stress takes as much as it takes from the model."""
    since = date(2026, 9, 1)
    past = [
        {"rep": "Bo", "date": date(2026, 9, 1 + day), "amount": 1_000.0} for day in range(0, 28, 2)
    ]
    told = {"own_history": 1.0, "since": since}
    scenario = scenario_of(reps=[{"name": "Bo"}], booked=past, correction=told)
    base, half = _side_by_side(scenario, Stress(opps_per_week=0.5, win_rate=0.5))["rep", "Bo"]
    plain = scenario_of(reps=[{"name": "Bo"}], booked=past)
    one, other = _side_by_side(plain, Stress(opps_per_week=0.5, win_rate=0.5))["rep", "Bo"]
    rows = slice(0, scenario.months)
    np.testing.assert_allclose(
        half[rows].mean(axis=1) / base[rows].mean(axis=1),
        other[rows].mean(axis=1) / one[rows].mean(axis=1),
        rtol=1e-3,
    )


def test_common_periods_are_compared() -> None:
    """Variants of other horizons meet where both answer."""
    one, other = variant_of(_team(), 7), variant_of(_team(months=3), 7)
    assert set(common_periods([one, other])) == set(other.keys) & set(one.keys)
    found = compare([one, other], lambda seen: seen.booked[0].shape, paths=20)
    assert {(len(common_periods([one, other])), 20)} == {shape for _, _, shape in found}


def test_luck_is_drawn_anew_where_asked() -> None:
    """Other deals, or other rates, under the same market: each seed moves its own part."""
    base = variant_of(_team(), 7)
    deals = replace(base, setting=replace(base.setting, deals_seed=8))
    beliefs = replace(base, setting=replace(base.setting, beliefs_seed=8))
    same = replace(base, setting=replace(base.setting, deals_seed=7, beliefs_seed=7))
    found = compare([base, deals, beliefs, same], _booked, paths=PATHS)
    for _, _, (plain, other_deals, other_beliefs, again) in found:
        assert (plain != other_deals).any()
        np.testing.assert_array_equal(plain, again)
        assert plain.shape == other_beliefs.shape


def test_what_cannot_be_simulated_is_refused() -> None:
    """With its faults, before anything is drawn."""
    with pytest.raises(InputError):
        variant_of(scenario_of(reps=[]), 7)


def test_an_interruption_is_heard() -> None:
    """A reader that fails stops the others."""

    def fail(_: Seen) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        compare([variant_of(_team(), 7)], fail, paths=20)


def test_progress() -> None:
    """Who looks on is told after each rep."""
    told: list[tuple[int, int]] = []
    variants: list[Variant] = [variant_of(_team(), 7)]
    compare(variants, lambda _: None, paths=20, progress=lambda a, b: told.append((a, b)))
    assert [(1, 3), (2, 3), (3, 3)] == told


def test_who_is_not_touched_is_the_very_same() -> None:
    """The same task, and the same array: a reader may look once."""
    base = variant_of(_team(), 7)
    late, gone = Stress(delay_hires_days=30), Stress(remove_reps=("Ana",))
    variants = [base, under_stress(base, late), under_stress(base, gone)]
    same = {
        name: [booked is seen[0] for booked in seen[1:]]
        for _, name, seen in compare(variants, lambda seen: seen.booked, paths=20)
    }

    assert base.tasks["Ana"] is variants[1].tasks["Ana"]
    assert {"Ana": [True, False], "Bo": [True, True], "Cy": [False, True]} == {
        name: same[name] for name in ("Ana", "Bo", "Cy")
    }


def test_a_stress_on_a_variant_is_one_on_its_scenario() -> None:
    """Made from the variant at hand or from the scenario anew."""
    scenario, stress = _team(open_deals=OPEN), Stress(win_rate=0.8, delay_hires_days=9)
    anew, moved = variant_of(scenario, 7, stress=stress), variant_of(scenario, 7)

    assert under_stress(moved, stress).tasks == anew.tasks


@pytest.mark.parametrize("workers", [1, 2, 7])
def test_threads_change_no_bit(workers: int) -> None:
    """Small groups that are under way at the same time, and reps of no group, add up."""
    reps = [{"name": f"R{n}", **({"group": f"G{n % 4}"} if n % 5 else {})} for n in range(11)]
    scenario = scenario_of(reps=reps)
    variants = [variant_of(scenario, 7, stress=s) for s in (None, Stress(win_rate=0.5))]
    found = {
        (level, name): np.stack(each)
        for level, name, each in compare(variants, _booked, paths=30, workers=workers)
    }

    total = sum(each for (level, _), each in found.items() if level == "rep")
    np.testing.assert_array_equal(found["team", "Test"], total)
    for number in range(4):
        inside = [n for n in range(11) if n % 5 and n % 4 == number]
        expected = sum(found["rep", f"R{n}"] for n in inside)
        np.testing.assert_array_equal(found["group", f"G{number}"], expected)


def test_horizons_of_other_lengths_share_a_thread() -> None:
    """What one variant leaves in memory is not seen by the next."""
    long, short = variant_of(_team(), 7), variant_of(_team(months=3), 7)
    both = compare([long, short], _booked, paths=20, workers=1)
    alone = compare([short], _booked, paths=20, workers=1, periods=common_periods([long, short]))

    for (_, _, (_, shared)), (_, _, (own,)) in zip(both, alone, strict=True):
        np.testing.assert_array_equal(shared, own)


def test_who_is_in_one_scenario_only() -> None:
    """Books nothing and has no quota in the other."""
    both = [variant_of(_team(), 7), variant_of(scenario_of(reps=REPS[:2]), 7)]
    seen = {
        name: (booked, quotas)
        for _, name, (booked, quotas) in compare(
            both, lambda seen: ([each.copy() for each in seen.booked], seen.quotas), paths=20
        )
    }
    (here, there), (quota, none) = seen["Cy"]

    assert here.sum() > 0
    assert there.sum() == 0
    assert not np.isnan(quota).all()
    assert np.isnan(none).all()


def test_evidence_is_stressed_path_by_path() -> None:
    """Each path's own win rate is multiplied, and stays below what is decided at all."""
    told = {"win_rate": {"won": 45.0, "of": 60.0}, "stall_rate": 0.05}
    scenario = scenario_of(told, reps=[{"name": "Ana", "pipeline": "empty"}])
    found = _side_by_side(scenario, Stress(win_rate=0.5), Stress(win_rate=10.0), paths=4_000)
    base, half, most = found["rep", "Ana"]
    year = slice(0, scenario.months)
    means = [each[year].sum(axis=0).mean() for each in (base, half, most)]

    assert abs(means[1] / means[0] - 0.5) < 0.05
    assert abs(means[2] / means[0] - 0.95 / 0.75) < 0.05


def test_repeated_weeks_follow_ramps_too() -> None:
    """A ramp that is halved takes as much from the past as if deals were stressed as well."""
    told = {"own_history": 1.0, "since": date(2026, 9, 1)}
    past = [{"rep": "Bo", "date": date(2026, 9, day), "amount": 1_000.0} for day in range(1, 28, 2)]
    hire = {"name": "Bo", "start_date": date(2026, 9, 1), "ramp": [0.5] * 12}
    scenario = scenario_of(reps=[hire], booked=past, correction=told)
    half, both = (
        Stress(ramp=0.5), Stress(ramp=0.5, win_rate=1.0 - 1e-9)
    )  # fmt: skip
    base, ramped, stressed = _side_by_side(scenario, half, both)["rep", "Bo"]
    np.testing.assert_allclose(ramped.mean(axis=1), stressed.mean(axis=1), rtol=0.02)
    assert ramped.mean() < 0.8 * base.mean()
