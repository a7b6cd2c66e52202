"""Cautions: each fires where it should, and is silent where it should be."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import polars as pl
import pytest

from quotarisk.analysis.attainment import estimate_attainment
from quotarisk.analysis.cadence import compare_cadences
from quotarisk.analysis.cautions import attainment_cautions
from quotarisk.caution import Caution
from quotarisk.scenario.scenario import Scenario
from quotarisk.simulation.simulation import simulate
from tests.analysis.cases import (
    START,
    exact_case,
    exact_segments,
    lognormal,
    make,
    open_deal,
    segment,
)

ANA: dict[str, Any] = {"name": "Ana", "quota": {"month": 20_000.0}}
BEN: dict[str, Any] = {"name": "Ben", "quota": {"month": 20_000.0}}
EASY: dict[str, Any] = {"name": "Ana", "quota": {"month": 17_500.0}}
MID_QUARTER = {"start": date(2027, 2, 11), "months": 8}


def _cautions(scenario: Scenario, paths: int = 10_000) -> dict[str, Caution]:
    simulation = simulate(scenario, paths=paths, seed=4)
    answers = (estimate_attainment(simulation), compare_cadences(simulation))
    told = [caution for answer in answers for caution in answer.cautions]
    return {caution.code: caution for caution in told}


def _text(code: str, scenario: Scenario, paths: int = 10_000) -> str:
    return _cautions(scenario, paths)[code].text


# every code: a scenario where it fires (with whom it is about), and one where it is silent
CASES: dict[str, tuple[Scenario, tuple[str, ...], Scenario]] = {
    "no_quotas": (make(), (), make(None, ANA)),
    "began_before_start": (
        make(None, ANA, **MID_QUARTER),
        ("2027-02", "2027-Q1"),
        make(None, ANA, booked=[], **MID_QUARTER),
    ),
    "horizon_too_short": (
        make(None, ANA, months=6, team={"quota": {"year": 200_000.0}}),
        ("year",),
        make(None, ANA, months=12, team={"quota": {"year": 240_000.0}}),
    ),
    "quotas_do_not_add_up": (
        make(None, {"name": "Ana", "quota": {"month": 20_000.0, "quarter": 50_000.0}}),
        ("Ana",),
        make(None, {"name": "Ana", "quota": {"month": 20_000.0, "quarter": 60_000.0}}),
    ),
    "plan_and_quotas": (
        make(None, ANA, BEN, team={"quota": {"year": 400_000.0}}),
        ("Team",),
        make(None, ANA, BEN, team={"quota": {"year": 480_000.0}}),
    ),
    "booked_ahead": (
        make(None, ANA, booked=[{"rep": "Ana", "date": START, "amount": 5.0}]),
        ("Ana",),
        make(None, ANA, booked=[{"rep": "Ana", "date": date(2026, 12, 31), "amount": 5.0}]),
    ),
    "booked_outside": (
        make(None, ANA, booked=[{"rep": "Ana", "date": date(2026, 12, 31), "amount": 5.0}]),
        ("Ana",),
        make(
            None,
            ANA,
            booked=[{"rep": "Ana", "date": date(2027, 1, 1), "amount": 5.0}],
            **MID_QUARTER,
        ),
    ),
    "assumed_pipeline": (
        make(None, ANA, BEN, open_deals=[open_deal(1, 10)]),
        ("Ben",),
        make(None, ANA, BEN | {"pipeline": "steady"}, open_deals=[open_deal(1, 10)]),
    ),
    "stale_deals": (
        make(None, ANA, open_deals=[open_deal(1, 30), open_deal(2, 10)]),
        ("Ana",),
        make(None, ANA, open_deals=[open_deal(1, 29), open_deal(2, 10)]),
    ),
    "short_ramp": (
        make(
            {"s": segment(cycle=70.0)},
            ANA | {"start_date": date(2026, 10, 1), "ramp": [0.2, 0.4]},
        ),
        ("Ana",),
        make(
            {"s": segment(cycle=70.0)},
            ANA | {"start_date": date(2026, 6, 1), "ramp": [0.2, 0.4, 0.8]},
        ),
    ),
    "clock_off_pace": (
        make(None, ANA, calendar={"won": [0.6, 0.9, 1.9]}),
        ("won",),
        make(None, ANA, calendar={"won": [0.6, 0.9, 1.5], "lost": [1.8, 0.8, 0.4]}),
    ),
    "few_deals": (
        exact_case(),
        ("Ana",),
        make({"s": segment(opps=2.0, size=lognormal(8_000.0, 0.5))}, ANA),
    ),
    "rule_cycle_and_deals": (
        make({"s": segment(opps=1.0, size=lognormal(8_000.0, 0.5))}, EASY),
        ("Ana",),
        make({"s": segment(opps=1.0, size=lognormal(8_000.0, 0.5), cycle=90.0)}, EASY),
    ),
    "rule_size_and_cycle": (
        make({"s": segment(opps=1.0, size=lognormal(8_000.0, 0.5))}, EASY),
        ("Ana",),
        make({"s": segment(opps=1.0, size=lognormal(8_000.0, 0.5), cycle=130.0)}, EASY),
    ),
    "rule_few_wins": (
        make({"s": segment(opps=0.5, size=90_000.0)}, {"name": "Ana", "quota": {"month": 1_000.0}}),
        ("Ana",),
        make({"s": segment(opps=0.5, size=90_000.0)}, ANA | {"quota": {"month": 100_000.0}}),
    ),
    "rule_coverage": (
        make(
            {"s": segment(opps=0.0, win=0.1)},
            ANA,
            open_deals=[open_deal(1, 10, amount=120_000.0), open_deal(2, 10, amount=60_000.0)],
        ),
        ("Ana",),
        make(
            {"s": segment(opps=0.0, win=0.9)},
            ANA,
            open_deals=[open_deal(1, 10, amount=120_000.0), open_deal(2, 10, amount=60_000.0)],
        ),
    ),
}


@pytest.mark.parametrize("code", CASES)
def test_fires(code: str) -> None:
    """The caution is there where it should be, about whom it should be."""
    scenario, about, _ = CASES[code]
    assert about == _cautions(scenario)[code].about


@pytest.mark.parametrize("code", CASES)
def test_is_silent(code: str) -> None:
    """The caution is not there where there is no reason for it."""
    assert code not in _cautions(CASES[code][2])


def test_a_sound_scenario_is_left_alone() -> None:
    """Many equal deals, enough paths and quotas that add up give no caution at all."""
    deals = segment(opps=8.0, win=0.4, size=lognormal(8_000.0, 0.3), cycle=100.0)
    scenario = make({"s": deals}, {"name": "Ana", "quota": {"month": 130_000.0}})
    codes = set(_cautions(scenario)) - {"rule_size_and_cycle"}
    assert set() == codes


# --- the error of the simulation


def test_few_paths() -> None:
    """Too few paths are told with the worst P(hit)'s 95 per cent interval."""
    text = _text("monte_carlo_error", exact_case(), 400)
    assert text == (
        "P(hit) is simulated to no better than ±5.0 points (95 %): "
        "run more paths before acting on small differences."
    )


def test_enough_paths() -> None:
    """From 10,000 paths on no P(hit) is off by more than a point either way."""
    assert "monte_carlo_error" not in _cautions(exact_case(), 10_000)
    assert "monte_carlo_error" in _cautions(exact_case(), 9_900)


def test_exact_check() -> None:
    """A simulated figure that is far from the exact one is not to be used."""
    simulation = simulate(make(None, ANA, BEN), paths=10_000, seed=4)
    frame = estimate_attainment(simulation).frame
    odd = frame.with_columns(
        pl.when(pl.col("name") == "Ben").then(-6.0).otherwise(3.9).alias("p_hit_z")
    )
    (caution,) = [c for c in attainment_cautions(simulation, odd) if c.code == "exact_check"]
    assert ("Ben",) == caution.about
    assert "differ by more than" in caution.text
    assert caution.text.endswith("for Ben: do not use these figures, and report this.")
    assert not [c for c in attainment_cautions(simulation, frame) if c.code == "exact_check"]


def test_exact_check_of_a_large_table() -> None:
    """The more figures are checked the further off one of them must be to be odd."""
    simulation = simulate(make(None, ANA, months=1), paths=100, seed=4)
    row = estimate_attainment(simulation).frame.head(1)

    def is_odd(z: float, rows: int) -> bool:
        usual = pl.concat([row.with_columns(p_hit_z=0.5)] * (rows - 1))
        frame = pl.concat([usual, row.with_columns(p_hit_z=z)])
        return "exact_check" in {c.code for c in attainment_cautions(simulation, frame)}

    assert (True, False) == (is_odd(4.5, 2), is_odd(4.5, 2_000))
    assert (True, False) == (is_odd(6.0, 2_000), is_odd(3.5, 2))


def test_exact_check_without_quotas() -> None:
    """Without any quota there is nothing to be off."""
    assert {"few_deals", "no_quotas"} >= set(_cautions(make(), 100))


# --- texts and finer points


def test_began_before_start_text() -> None:
    """It says what is left out, and what would bring it in."""
    assert _text("began_before_start", CASES["began_before_start"][0]) == (
        "2027-02 and 2027-Q1 began before the start on 2027-02-11: left out, because the scenario "
        "does not say what was booked until then (booked)."
    )


@pytest.mark.parametrize("where", ["rep", "group", "team"])
def test_horizon_too_short_for_anyone(where: str) -> None:
    """A quota that no period answers is told, whoever holds it."""
    quota = {"quota": {"quarter": 60_000.0}}
    rep = {"name": "Ana", "group": "East"} | (quota if where == "rep" else {})
    scenario = make(
        None,
        rep,
        months=2,
        team=quota if where == "team" else {},
        groups={"East": quota if where == "group" else {}},
    )
    assert _text("horizon_too_short", scenario) == (
        "The horizon of 2 months holds no whole quarter: the quarter's quota is not answered."
    )


@pytest.mark.parametrize(
    ("quota", "text"),
    [
        ({"month": 20_000.0, "quarter": 50_000.0}, "The quarter's quota is not the sum of its m"),
        ({"quarter": 60_000.0, "year": 250_000.0}, "The year's quota is not the sum of its quar"),
        ({"month": 20_000.0, "year": 250_000.0}, "The year's quota is not the sum of its months"),
    ],
)
def test_quota_sums_text(quota: dict[str, float], text: str) -> None:
    """It says which cadence does not add up from which."""
    assert _text("quotas_do_not_add_up", make(None, {"name": "Ana", "quota": quota})).startswith(
        text
    )


def test_quota_sums_of_groups_and_team() -> None:
    """Plans of groups and the team must add up too; what is within half a per cent does."""
    odd = {"quota": {"quarter": 60_000.0, "year": 250_000.0}}
    scenario = make(None, {"name": "Ana", "group": "East"}, groups={"East": odd}, team=odd)
    assert ("East", "the team") == _cautions(scenario)["quotas_do_not_add_up"].about
    close = {"name": "Ana", "quota": {"month": 34_486.0, "quarter": 103_457.0}}
    assert "quotas_do_not_add_up" not in _cautions(make(None, close))


def test_quota_sums_of_cut_periods() -> None:
    """A quarter whose months are not all answered cannot be added up, and is not."""
    quota = {"quota": {"month": 20_000.0, "quarter": 50_000.0}}
    scenario = make(None, {"name": "Ana"} | quota, start=date(2027, 2, 1), months=2, booked=[])
    assert "quotas_do_not_add_up" not in _cautions(scenario)


def test_plan_text() -> None:
    """It says what the reps' quotas add up to, and to what share of the plan."""
    assert _text("plan_and_quotas", CASES["plan_and_quotas"][0]) == (
        "The team: the reps' quotas add up to 480,000 USD in 2027, 120 % of the plan of 400,000. "
        "By the month and the quarter it is held against their sum."
    )


def test_plan_of_a_group() -> None:
    """A group's plan is held against its own reps only."""
    reps = (ANA | {"group": "East"}, BEN | {"group": "West"})
    scenario = make(None, *reps, groups={"East": {"quota": {"quarter": 50_000.0}}}, months=3)
    assert _text("plan_and_quotas", scenario) == (
        "East: the reps' quotas add up to 60,000 USD in 2027-Q1, 120 % of the plan of 50,000. "
        "By the month it is held against their sum."
    )


def test_plan_without_quotas_of_reps() -> None:
    """A plan alone is not held against quotas that nobody has."""
    assert "plan_and_quotas" not in _cautions(make(team={"quota": {"year": 9.0}}))


def test_booked_texts() -> None:
    """Bookings that count twice or not at all are told by number."""
    rows = [(date(2027, 2, 1), "Ben"), (date(2027, 3, 1), "Ana"), (date(2028, 1, 1), "Ana")]
    booked = [{"rep": rep, "date": day, "amount": 5.0} for day, rep in rows]
    found = _cautions(make(None, ANA, BEN, booked=booked))
    assert ("Ana", "Ben") == found["booked_ahead"].about
    assert found["booked_ahead"].text == (
        "2 bookings dated on or after the start: added to what is simulated, so not to be listed "
        "as open deals too."
    )
    assert ("Ana",) == found["booked_outside"].about
    assert found["booked_outside"].text == "1 booking outside all answered periods: not counted."


def test_stale_text() -> None:
    """It says how many deals, whose, and what they are worth where that is known."""
    deals = [open_deal(1, 90, amount=5_000.0), open_deal(2, 30), open_deal(3, 40, rep="Ben")]
    assert _text("stale_deals", make(None, ANA, BEN, open_deals=deals)) == (
        "3 open deals of Ana and Ben, worth 5,000 USD, outlasted nearly every won cycle: "
        "hardly anything is expected from them."
    )
    assert _text("stale_deals", make(None, ANA, open_deals=deals[1:2])) == (
        "1 open deal of Ana outlasted nearly every won cycle: hardly anything is "
        "expected from them."
    )


def test_stale_by_the_clock() -> None:
    """Ages run by the clock: where it runs slowly a deal is younger than its days."""
    deals = [open_deal(1, 35)]
    slow = {"won": [2.0, 0.5, 0.5]}
    assert "stale_deals" in _cautions(make(None, ANA, open_deals=deals))
    assert "stale_deals" not in _cautions(make(None, ANA, open_deals=deals, calendar=slow))


@pytest.mark.parametrize(
    ("hire", "expected"),
    [
        ({"start_date": date(2026, 11, 1)}, True),
        ({"start_date": date(2026, 10, 1)}, False),
        ({"start_date": date(2027, 5, 1), "ramp": [0.5]}, True),
        ({}, False),
    ],
)
def test_short_ramp_of_new_hires(hire: dict[str, Any], expected: bool) -> None:
    """Only those whose first cycle is not over at the start are told."""
    scenario = make({"s": segment(cycle=70.0)}, ANA | hire)
    assert expected == ("short_ramp" in _cautions(scenario, 100))


def test_pipelines_of_hires() -> None:
    """Nobody is told off for a pipeline that cannot be there or was told."""
    others = (BEN | {"pipeline": "empty"}, {"name": "Cho", "start_date": date(2027, 3, 1)})
    scenario = make(None, ANA, *others, open_deals=[open_deal(1, 10)])
    assert "assumed_pipeline" not in _cautions(scenario, 100)
    assert _text("assumed_pipeline", CASES["assumed_pipeline"][0]) == (
        "Others list open deals, Ben none: assumed to start with a steady pipeline. "
        'Say pipeline = "empty" where there is none.'
    )


def test_clock_text() -> None:
    """It says what the clock makes of the scenario's cycles."""
    assert _text("clock_off_pace", make(None, ANA, calendar={"lost": [0.5, 0.5, 0.5]})) == (
        "The clock of lost deals runs at 0.50 of a day a day on average: cycles take 2.00 times "
        "as many days as the scenario says."
    )


def test_few_deals_text() -> None:
    """It says of whom one result tells little."""
    assert _text("few_deals", exact_case()) == (
        "Ana: fewer than 5 effective deals a year: bookings vary so much that one result says "
        "little about skill."
    )


@pytest.mark.parametrize("months", [2, 3, 12])
def test_few_deals_of_any_horizon(months: int) -> None:
    """Short horizons are scaled to a year."""
    few, many = (make(exact_segments(), ANA, months=months), make(None, ANA, months=months))
    assert ("few_deals" in _cautions(few), "few_deals" in _cautions(many)) == (True, False)


def test_few_deals_of_nobody() -> None:
    """Who books nothing has no effective deals to count."""
    assert "few_deals" not in _cautions(make({"s": segment(opps=0.0)}, ANA), 100)


def test_coverage_counts_unknown_amounts() -> None:
    """An open deal without an amount counts at its mean size; without a quarter none does."""
    deals = [open_deal(n, 10) for n in range(18)]
    told = {"s": segment(opps=0.0, win=0.05)}
    assert ("Ana",) == _cautions(make(told, ANA, open_deals=deals))["rule_coverage"].about
    assert "rule_coverage" not in _cautions(make(told, ANA, open_deals=deals[:17]))
    assert "rule_coverage" not in _cautions(make(told, ANA, open_deals=deals, months=2))
    assert "rule_coverage" not in _cautions(make(told, {"name": "Ana"}, open_deals=deals))


def test_cautions_are_values() -> None:
    """A caution is immutable and compares by what it says."""
    caution = Caution("few", ("Ana",), "Few.")
    assert caution == replace(caution)
    assert caution != replace(caution, about=())


def test_no_sum_of_quotas() -> None:
    """Where somebody works without a quota the team has none, and it is said why."""
    scenario = make(None, ANA, {"name": "Ben", "quota": {"quarter": 60_000.0}})
    assert _text("no_sum_of_quotas", scenario) == (
        "The team has no quota by the month: Ben has none."
    )
    partly = make(None, ANA, {"name": "Ben", "quota": {"month": {"2027-02": 5.0}}})
    assert "no_sum_of_quotas" in _cautions(partly, 100)
    assert "no_sum_of_quotas" not in _cautions(make(None, ANA, BEN), 100)


def test_quotas_outside() -> None:
    """Quotas for periods that nobody asks about are counted."""
    rep = {"name": "Ana", "quota": {"month": {"": 9.0, "2031-02": 5.0, "2026-12": 7.0}}}
    assert _text("quotas_outside", make(None, rep)) == (
        "2 quotas of Ana are for periods that are not answered."
    )
    one = {"name": "Ana", "quota": {"month": {"": 9.0, "2031-02": 5.0}}}
    assert _text("quotas_outside", make(None, one)) == (
        "1 quota of Ana is for periods that are not answered."
    )


def test_starts_after_the_horizon() -> None:
    """A hire whom the horizon does not reach books nothing, and is named for it."""
    late = ANA | {"start_date": date(2028, 1, 1)}
    told = _cautions(make(None, late, BEN), 100)
    assert "Ana starts after the horizon ends on 2028-01-01, and books nothing in it." == str(
        told["starts_after_horizon"]
    )
    assert "short_ramp" not in told


def test_assumed_losses() -> None:
    """Open deals whose loss has no law are judged without their age, and it is said so."""
    deals = [open_deal(1, 10)]
    assert "assumed_losses" in _cautions(make({"s": segment()}, ANA, open_deals=deals), 100)
    told = segment() | {"lost_cycle_days": 30.0}
    assert "assumed_losses" not in _cautions(make({"s": told}, ANA, open_deals=deals), 100)


def test_rules_in_dollars_are_for_dollars() -> None:
    """A rule with a sum in dollars says nothing of other currencies."""
    told = {"s": segment(opps=1.0, size=lognormal(8_000.0, 0.5))}
    assert "rule_size_and_cycle" in _cautions(make(told, EASY))
    assert "rule_size_and_cycle" not in _cautions(make(told, EASY, currency="JPY"))


def test_coverage_of_a_quota_that_is_made() -> None:
    """Where the quarter's quota is booked already its coverage says nothing."""
    deals = [open_deal(1, 10, amount=10_000.0)]
    booked = [{"rep": "Ana", "date": date(2027, 1, 2), "amount": 90_000.0}]
    told = {"s": segment(opps=0.0, win=0.1)}
    assert "rule_coverage" not in _cautions(make(told, ANA, open_deals=deals, booked=booked), 100)
