"""Gaps: what a difference costs, that the parts add up, and what evidence says of them."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from quotarisk.analysis.exact import exact_p_hit, rep_sources
from quotarisk.analysis.gaps import GAP_PATHS, find_gaps
from quotarisk.errors import ArgumentError, InputError
from quotarisk.scenario.scenario import Scenario
from quotarisk.simulation.comparing import variant_of
from quotarisk.simulation.simulation import simulate
from tests.analysis.cases import lognormal, make, open_deal, segment
from tests.analysis.gap_cases import (
    PATHS,
    QUOTA,
    SMALL,
    WORKED,
    funnel,
    gaps,
    halved,
    one,
    rep,
    team,
    worker,
)

SIZES = {"small": 8_000.0, "mid": 20_000.0, "large": 90_000.0}
FEW = settings(
    max_examples=25, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck)
)


def _p_hit(scenario: Scenario, name: str, *, paths: int = PATHS) -> float:
    """P(hit) of the first quarter in a plain run."""
    simulation = simulate(scenario, paths=paths, seed=1, workers=1)
    measured = next(each for each in simulation.reps if each.unit.name == name)
    row = [period.name for period in simulation.periods].index("2027-Q1")
    return float(measured.periods.hits[row]) / paths


def _mean(scenario: Scenario, name: str) -> float:
    simulation = simulate(scenario, paths=PATHS, seed=1, workers=1)
    measured = next(each for each in simulation.reps if each.unit.name == name)
    row = [period.name for period in simulation.periods].index("2027-Q1")
    return float(measured.periods.mean[row]) / 100


def test_equals_have_no_gaps() -> None:
    """Where all have the same figures all is exactly 0, whether or not these are known."""
    own = {
        "opps_per_week": {"opps": 60, "weeks": 40},
        "win_rate": {"won": 30, "of": 100},
        "deal_size": lognormal(8_000.0, 0.6, of=30),
        "won_cycle_days": lognormal(30.0, 0.5, of=30),
        "lost_cycle_days": 20.0,
        "funnel": funnel(),
        "hours_per_open_deal": 0.5,
    }
    for person in (rep, worker):
        answer = gaps(team(*(person(name, **own) for name in "ABC"), of=WORKED), paths=200)
        assert answer.frame.height > 6
        figures = answer.frame.select("difference", "points", "points_se", "amount", "amount_se")
        assert (figures == 0).to_numpy().all()
        whole = answer.parts["reps"].select("^.*gap.*$")
        assert whole.width == 8
        assert (whole == 0).to_numpy().all()
        assert {"too early to tell"} == set(answer.frame["verdict"])
        assert answer.frame["needed"].is_null().all()
        assert (answer.parts["velocity"].select("^.*_ratio$") == 1).to_numpy().all()
    # the control: one who is not as the others
    worse = {**own, "win_rate": {"won": 15, "of": 100}}
    control = gaps(team(rep("A", **own), rep("B", **own), rep("C", **worse), of=WORKED))
    assert (control.frame.filter(factor="win rate")["points"] != 0).all()


def test_known_equals_are_not_told() -> None:
    """Who has figures of their own that are known and the same does not differ."""
    answer = gaps(team(rep("Ana"), rep("Ben", win_rate=0.4)), paths=50)
    assert answer.frame.is_empty()
    assert answer.parts["evidence"].is_empty()
    (caution,) = (c for c in answer.cautions if c.code == "nothing_to_compare")
    assert caution.text.startswith("No rep has a figure of its own that differs from those of")


def test_a_halved_win_rate() -> None:
    """The whole gap is on the win rate, and is that of two plain runs."""
    answer = gaps(halved(), period="2027-Q1")
    row = one(answer.frame, name="Cho")
    whole = one(answer.parts["reps"], name="Cho")
    usual = team(*(rep(name) for name in ("Ana", "Ben", "Cho")))
    assert (row["factor"], row["own"], row["reference"]) == ("win rate", 0.2, 0.4)
    assert (row["p_real"], row["verdict"], row["needed"]) == (None, "lower", 0)
    assert whole["p_hit"] == _p_hit(halved(), "Cho")
    assert whole["p_reference"] == _p_hit(usual, "Cho")
    apart = whole["p_reference"] - whole["p_hit"]
    assert row["points"] == pytest.approx(apart, abs=1e-12) == pytest.approx(whole["gap"])
    assert row["points"] == pytest.approx(whole["gap_real"])
    more = _mean(usual, "Cho") - _mean(halved(), "Cho")
    assert row["amount"] == pytest.approx(more)
    others = answer.parts["reps"].filter(pl.col("name") != "Cho")
    assert (others["gap"] == 0).all()


def test_against_the_exact_answer() -> None:
    """The gap is the exact one within four standard errors; a control is not."""
    whole = one(gaps(halved(), period="2027-Q1", paths=10_000).parts["reps"], name="Cho")
    variant = variant_of(halved(), 1)
    at = [period.name for period in variant.periods].index("2027-Q1")

    def exact(name: str) -> float:
        sources = rep_sources(variant.tasks[name], variant.setting, variant.periods)
        return exact_p_hit(sources, at, QUOTA["quarter"])

    gap = exact("Ana") - exact("Cho")
    assert abs(whole["gap"] - gap) < 4 * whole["gap_se"]
    assert abs(whole["gap"] - 0.8 * gap) > 4 * whole["gap_se"]


def test_errors_are_those_of_many_seeds() -> None:
    """The standard error of a part is the spread of its value over seeds."""
    cho = rep("Cho", win_rate=0.3, opps_per_week=2.0)
    scenario = team(rep("Ana"), rep("Ben"), cho)
    rows = [one(gaps(scenario, seed=seed, paths=200, period="2027-Q1").frame, factor="win rate")
            for seed in range(60)]  # fmt: skip
    for key in ("points", "amount"):
        spread = np.std([row[key] for row in rows], ddof=1)
        error = np.mean([row[f"{key}_se"] for row in rows])
        assert abs(spread / error - 1) < 4 / np.sqrt(2 * 59)
        assert abs(spread / (2 * error) - 1) > 4 / np.sqrt(2 * 59)


THIN, THICK = {"won": 3, "of": 10}, {"won": 30, "of": 100}


def test_thin_evidence_is_too_early_to_tell() -> None:
    """A few deals tell nothing; as many times more do, and so many are told."""
    for reference in (THICK, {"won": 45, "of": 100}):
        thin = gaps(team(rep("Ana", win_rate=THIN), rep("Ben", win_rate=reference)), paths=50)
        row = one(thin.frame, name="Ana", factor="win rate")
        assert row["verdict"] == "too early to tell"
        assert row["p_real"] < 0.9
        assert row["counted"] == "opportunities"
    assert 10 < row["needed"] < 200
    whole = one(thin.parts["reps"], name="Ana")
    assert whole["gap_real"] == whole["gap_real_se"] == whole["mean_gap_real"] == 0
    more = 10 + row["needed"]
    enough = {"won": 0.3 * more, "of": more}
    thick = gaps(team(rep("Ana", win_rate=enough), rep("Ben", win_rate=reference)), paths=50)
    row = one(thick.frame, name="Ana", factor="win rate")
    assert (row["verdict"], row["needed"]) == ("lower", 0)
    assert 0.9 <= row["p_real"] < 0.91


FACTORS = st.fixed_dictionaries(
    {},
    optional={
        "opps_per_week": st.sampled_from([0.9, {"opps": 70, "weeks": 40}]),
        "inbound_opps_per_week": st.sampled_from([0.5, {"opps": 9, "weeks": 30}]),
        "win_rate": st.sampled_from([0.3, {"won": 9, "of": 20}]),
        "deal_size": st.sampled_from([9_000.0, lognormal(6_000.0, 0.6, of=20)]),
        "won_cycle_days": st.sampled_from([40.0, lognormal(20.0, 0.5, of=20)]),
        "stall_rate": st.just(0.1),
        "hours_per_open_deal": st.just(1.0),
        "funnel": st.sampled_from([funnel(0.2), funnel({"won": 20, "of": 300}, 0.5, 0.2)]),
    },
)


@FEW
@given(own=FACTORS, is_bound=st.booleans(), seed=st.integers(0, 1000))
def test_parts_sum_to_the_gap(own: dict[str, Any], is_bound: bool, seed: int) -> None:
    """Points and amounts of the factors add up to the gap, with hours and without."""
    person = worker if is_bound else rep
    deals = [open_deal(number, 20, rep="Cho") for number in range(3)]
    cho = {**person("Cho", **own), "group": "East"}
    if is_bound:
        cho |= {"hours_per_week": 20.0, "prospecting_share": 0.2}
    scenario = team(person("Ana"), person("Ben"), cho, of=WORKED, open_deals=deals)
    answer = gaps(scenario, paths=100, seed=seed, period="2027-Q2")
    rows = answer.frame.filter(name="Cho")
    whole = one(answer.parts["reps"], name="Cho")
    assert rows["points"].sum() == pytest.approx(whole["gap"], abs=1e-12)
    assert rows["amount"].sum() == pytest.approx(whole["mean_gap"], abs=1e-6)
    real = rows.filter(pl.col("verdict") != "too early to tell")
    assert real["points"].sum() == pytest.approx(whole["gap_real"], abs=1e-12)
    assert whole["gap"] == pytest.approx(whole["p_reference"] - whole["p_hit"], abs=1e-12)
    rows_of_others = answer.frame.filter(pl.col("name") != "Cho")
    assert rows_of_others.is_empty() is not is_bound  # hours are everybody's own


def test_more_than_six_factors() -> None:
    """Seven are divided by rotations of their order, and add up."""
    cho = rep(
        "Cho", opps_per_week=1.0, inbound_opps_per_week=0.2, win_rate=0.3, deal_size=6_000.0,
        won_cycle_days=45.0, funnel=funnel({"won": 90, "of": 1000}, 0.3),
    )  # fmt: skip
    inbound = {**WORKED, "inbound_opps_per_week": 0.4}
    answer = gaps(team(rep("Ana"), rep("Ben"), cho, of=inbound), period="2027-Q2")
    rows, whole = answer.frame, one(answer.parts["reps"], name="Cho")
    assert set(rows["factor"]) == {
        "activity", "inbound", "stage: meeting", "stage: opportunity", "win rate", "deal size",
        "cycle",
    }  # fmt: skip
    assert rows["points"].sum() == pytest.approx(whole["gap"], abs=1e-12)
    # in a steady pipeline mean bookings are a product, and a cycle is no part of it
    assert abs(one(rows, factor="cycle")["amount"]) < 4 * one(rows, factor="cycle")["amount_se"]
    assert one(rows, factor="win rate")["amount"] > 4 * one(rows, factor="win rate")["amount_se"]


def test_stages_count_through_opportunities() -> None:
    """Without hours a better stage is as many more opportunities from the same activities."""
    cho = rep("Cho", opps_per_week=0.75, funnel=funnel(opportunity=0.2))
    answer = gaps(team(rep("Ana"), rep("Ben"), cho, of=WORKED), period="2027-Q1")
    row = one(answer.frame, factor="stage: opportunity")
    whole = one(answer.parts["reps"], name="Cho")
    rest = answer.frame.filter(pl.col("factor") != "stage: opportunity")  # unknown, but as high
    assert (rest["points"] == 0).all()
    usual = team(rep("Ana"), rep("Ben"), rep("Cho"), of=WORKED)
    assert whole["p_reference"] == _p_hit(usual, "Cho")
    assert row["points"] == pytest.approx(whole["gap"], abs=1e-12)
    velocity = one(answer.parts["velocity"], name="Cho")
    assert velocity["opps_per_week_ratio"] == pytest.approx(0.5)
    assert velocity["velocity_ratio"] == pytest.approx(0.5)


def test_hours_bound_what_is_made() -> None:
    """With hours, activities an hour, stages and time are those of a plain run with the others'."""
    cho = {
        **worker("Cho", funnel=funnel(opportunity=0.2, hours=0.5), hours_per_open_deal=1.0),
        "hours_per_week": 15.0,
        "prospecting_share": 0.4,
    }
    scenario = team(worker("Ana"), worker("Ben"), cho, of=WORKED)
    answer = gaps(scenario, period="2027-Q1")
    rows = answer.frame.filter(pl.col("points") != 0)
    factors = {"stage: opportunity", "activity", "time: hours", "time: per deal"}
    assert factors == set(rows.filter(name="Cho")["factor"])
    hours = one(answer.frame, factor="time: hours", name="Cho")
    assert (hours["figure"], hours["own"], hours["reference"]) == ("hours_per_week", 15.0, 30.0)
    assert (hours["unit"], hours["counted"]) == ("hours a week", "")
    kept = one(answer.frame, factor="time: kept", name="Cho")
    assert (kept["figure"], kept["own"], kept["reference"]) == ("prospecting_share", 0.4, 0.0)
    assert kept["points"] == 0  # deals never take so much that it is needed
    usual = team(
        worker("Ana"), worker("Ben"), {**worker("Cho"), "prospecting_share": 0.0}, of=WORKED
    )
    assert one(answer.parts["reps"], name="Cho")["p_reference"] == _p_hit(usual, "Cho")
    assert 2 == answer.parts["evidence"].filter(name="Cho", segment="").height


def test_what_is_open() -> None:
    """Stall rates and days to lose tell the odds of listed deals, and nothing else."""
    own = {"stall_rate": 0.5, "lost_cycle_days": 90.0}
    reps = (rep("Ana"), rep("Ben"), rep("Cho", **own))
    told = {**SMALL, "lost_cycle_days": 20.0}
    plain = gaps(team(*reps, of=told), period="2027-Q1")
    assert ["cycle", "stall rate"] == sorted(plain.frame["factor"])
    assert (plain.frame.select("points", "points_se", "amount", "amount_se") == 0).to_numpy().all()
    deals = [open_deal(number, 25, rep="Cho") for number in range(8)]
    listed = gaps(team(*reps, of=told, open_deals=deals), period="2027-Q1")
    assert (listed.frame["amount_se"] > 0).all()
    stall = one(listed.frame, factor="stall rate")
    assert stall["amount"] > 4 * stall["amount_se"]


def test_benchmarks() -> None:
    """Every rep is held against the middle of a band, which is known; sources are told."""
    told = segment(win={"won": 10, "of": 100}, cycle=lognormal(20.0, 0.5), size=lognormal(5_000, 1))
    answer = gaps(make({"s": told}, {"name": "Ana", "quota": QUOTA}), against="benchmark")
    row = one(answer.frame, factor="win rate")
    assert (row["own"], row["reference"], row["verdict"]) == (0.1, 0.325, "lower")
    cycle = one(answer.frame, factor="cycle")
    assert cycle["reference"] == pytest.approx(np.sqrt(14 * 30))
    assert cycle["p_real"] is None  # stated on both sides
    assert 0.9 < row["p_real"] < 1
    sources = answer.parts["evidence"]["source"].to_list()
    assert "win rate 25 to 40 % for small deals (knowlee.ai, 2026)" in sources
    assert all(source in answer.note for source in sources)
    assert "Exposure only" in answer.note


def test_a_rep_alone() -> None:
    """There is nobody to be held against, which is said; surveys are still there."""
    alone = team(rep("Ana", win_rate=0.2))
    (caution,) = gaps(alone, paths=50).cautions
    assert caution.code == "no_team"
    assert caution.text.startswith("Ana is the only rep, so there is nobody to be held against")
    codes = [c.code for c in gaps(alone, paths=50, against="benchmark").cautions]
    assert "no_team" not in codes


def test_activity_is_compared_among_those_who_sell_the_same() -> None:
    """One kind of deal alone is made more often than each of three: that is no lead."""
    segments = {name: segment(opps=1.0, size=size) for name, size in SIZES.items()}
    own = {"small": {"opps_per_week": 3.0}}
    alone = {"name": "Gus", "quota": QUOTA, "segments": own}
    all_three = {"segments": {**own, "mid": {}, "large": {}}, "quota": QUOTA}
    apart = gaps(make(segments, {"name": "Ana"}, {"name": "Bo"}, alone), paths=100)
    assert apart.frame.filter(name="Gus").is_empty()
    (caution,) = (c for c in apart.cautions if c.code == "activity_not_compared")
    assert caution.about == ("Gus",)
    (others,) = (c for c in apart.cautions if c.code == "nothing_to_compare")
    assert others.about == ("Ana", "Bo")
    # the control: who sells the same kinds is compared
    alike = gaps(make(segments, {"name": "Ana"}, {"name": "Cy", **all_three}), paths=100)
    assert one(alike.frame, name="Cy")["figure"] == "opps_per_week"
    assert "activity_not_compared" not in [c.code for c in alike.cautions]


@pytest.mark.parametrize("workers", [2, 3])
def test_same_bits(workers: int) -> None:
    """Any number of threads, and a simulation instead of a scenario, give the same tables."""
    first = gaps(halved(), paths=300)
    second = find_gaps(simulate(halved(), paths=300, seed=1), workers=workers)
    assert_frame_equal(first.frame, second.frame)
    for key, part in first.parts.items():
        assert_frame_equal(part, second.parts[key])
    assert first.provenance == second.provenance
    assert GAP_PATHS == find_gaps(halved(), period="2027-01").provenance.paths


def test_progress() -> None:
    """Reps are counted."""
    seen: list[tuple[int, int]] = []
    gaps(halved(), paths=50, progress=lambda done, total: seen.append((done, total)))
    assert [(1, 3), (2, 3), (3, 3)] == seen


def test_periods() -> None:
    """The first of the longest with quotas of reps; else the first of the longest."""
    assert {"2027"} == set(gaps(halved(), paths=50).parts["reps"]["period"])
    monthly = {**rep("Ana"), "quota": {"month": {"2027-03": 9_000.0}}}
    few = gaps(team(monthly, {"name": "Ben"}), paths=50)
    assert {"2027-03"} == set(few.parts["reps"]["period"])
    bare = team({"name": "Ana"}, {"name": "Ben", "segments": {"s": {"win_rate": 0.2}}})
    answer = gaps(bare, paths=50)
    assert {"2027"} == set(answer.parts["reps"]["period"])
    assert answer.frame["points"].is_null().all()
    assert answer.frame["points_se"].is_null().all()
    assert (answer.frame["amount"] > 0).all()
    assert answer.parts["reps"]["p_hit"].is_null().all()
    (caution,) = (c for c in answer.cautions if c.code == "no_quota")
    assert caution.text == "Ben and Ana: no quota in 2027, so gaps are told in bookings only."


def test_some_without_quota() -> None:
    """Who has no quota comes after who has, and among these who loses most in bookings first."""
    dev = {"name": "Dev", "segments": {"s": {"win_rate": 0.2}}}
    answer = gaps(team(rep("Ana", win_rate=0.4), rep("Ben", win_rate=0.3), dev, {"name": "Eve"}))
    assert ["Ben", "Dev", "Eve", "Ana"] == answer.parts["reps"]["name"].to_list()


def test_cautions() -> None:
    """Few paths, a correction that ties paths, and who has nothing to compare are told."""
    told = {"since": date(2026, 7, 1), "together": 0.2}
    answer = gaps(team(rep("Ana"), rep("Ben", win_rate=0.1), correction=told), paths=50)
    codes = {caution.code: caution for caution in answer.cautions}
    assert {"monte_carlo_error", "tied_paths", "nothing_to_compare"} == set(codes)
    assert codes["nothing_to_compare"].text == (
        "Ana: no figure of their own differs from those of others who sell the same segments, so "
        "there is no gap."
    )
    assert not gaps(halved(), paths=PATHS).cautions[1:]


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"period": "2029"}, "period must be one that is answered, got '2029'"),
        ({"period": "2027-Q9"}, "did you mean '2027-Q"),
        ({"against": "teem"}, "against must be one of team, benchmark, got 'teem'; did you mean"),
        ({"against": "x"}, "against must be one of team, benchmark, got 'x'"),
        ({"against": 3}, "against must be one of team, benchmark, got 3"),
        ({"paths": 1}, "paths must be a whole number"),
        ({"seed": 0.5}, "seed must be a whole number"),
    ],
)
def test_wrong_arguments(told: dict[str, Any], said: str) -> None:
    """What was got and what is allowed."""
    with pytest.raises(ArgumentError, match=said):
        gaps(halved(), **told)


def test_many_periods_are_not_listed() -> None:
    """Of a name that is like none an example is told."""
    with pytest.raises(ArgumentError, match="got 'x'; as '2027-01' is"):
        gaps(halved(), period="x")


def test_nothing_can_be_answered() -> None:
    """A scenario without a period that can be answered, and one with faults, are refused."""
    late = team(rep("Ana"), start=date(2027, 1, 15), months=1)
    with pytest.raises(ArgumentError, match="no period of the horizon can be answered"):
        gaps(late)
    with pytest.raises(InputError):
        gaps(team({"name": "Ana", "segments": {"x": {}}}))
