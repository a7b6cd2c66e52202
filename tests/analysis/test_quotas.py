from __future__ import annotations

import math
from datetime import date
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from quotarisk.analysis.attainment import estimate_attainment
from quotarisk.analysis.exact import exact_p_hit, rep_sources
from quotarisk.analysis.order_statistics import ranks_of
from quotarisk.analysis.quota_verdicts import TOO_CLOSE
from quotarisk.analysis.quotas import solve_quotas
from quotarisk.errors import ArgumentError, InputError
from quotarisk.scenario.scenario import Scenario
from quotarisk.simulation.comparing import variant_of
from quotarisk.simulation.simulation import simulate
from tests.analysis.cases import START, exact_case, make, open_deal, segment
from tests.analysis.solving import PATHS, fresh_bookings, one, solve, team_of

FEW = settings(
    max_examples=6, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck)
)
SEEDS = 200


def _error(share: float, *paths: int) -> float:
    """Four standard errors of a quota's chance: of finding it, and of looking at it."""
    return 4 * math.sqrt(share * (1 - share) * sum(1 / number for number in paths))


@FEW
@given(confidence=st.floats(0.15, 0.9), seed=st.integers(0, 10_000), place=st.integers(0, 11))
def test_solved_quotas_are_hit_as_often_on_fresh_paths(
    confidence: float, seed: int, place: int
) -> None:
    """Of reps, groups and the team in a month, a quarter and a year, within four errors."""
    scenario = team_of()
    answer = solve(scenario, confidence=confidence, seed=seed)
    fresh = fresh_bookings(scenario, seed=seed + 1, paths=PATHS)
    keys = [period.name for period in scenario.horizon.all_periods]
    limit = _error(confidence, PATHS, PATHS)
    rows = answer.frame.drop_nulls("solved")
    assert rows.height > 40
    # one period of each cadence: of all 119 figures one in a hundred times one is further off
    for _, told in rows.group_by("level", "name", "cadence", maintain_order=True):
        row = told.row(place % told.height, named=True)
        booked = fresh[f"{row['level']} {row['name']}"][keys.index(row["period"])]
        assert abs((booked >= row["solved"]).mean() - confidence) < limit, row
    # the control: quotas a quarter higher are not
    off = [
        abs(
            (
                fresh[f"{row['level']} {row['name']}"][keys.index(row["period"])]
                >= 1.25 * row["solved"]
            ).mean()
            - confidence
        )
        for row in rows.filter(level="team").iter_rows(named=True)
    ]
    assert max(off) > limit


@FEW
@given(confidence=st.floats(0.15, 0.85), seed=st.integers(0, 10_000))
def test_one_number_for_every_period_on_fresh_paths(confidence: float, seed: int) -> None:
    """Its mean P(hit) over the months, quarters or years is what was asked for."""
    scenario = team_of()
    answer = solve(scenario, confidence=confidence, seed=seed)
    fresh = fresh_bookings(scenario, seed=seed + 1, paths=PATHS)
    periods = scenario.horizon.all_periods
    for row in answer.parts["every_period"].drop_nulls("solved").iter_rows(named=True):
        rows = [n for n, period in enumerate(periods) if period.cadence == row["cadence"]]
        booked = fresh[f"{row['level']} {row['name']}"][rows[-row["periods"] :]]
        share = (booked >= row["solved"]).mean(axis=0)
        error = math.hypot(share.std() / math.sqrt(PATHS), row["p_solved_se"])
        assert abs(share.mean() - confidence) < 4 * error
        assert -1e-9 < row["p_solved"] - confidence < 2 / PATHS


def test_confidence_is_reached_on_the_paths_and_no_more_than_that() -> None:
    """The quota is hit on k paths, the fewest that make the confidence; a cent more is not."""
    scenario = team_of()
    answer = solve(scenario, confidence=0.6)
    booked = fresh_bookings(scenario, seed=1, paths=PATHS)  # the same seed: the same paths
    keys = [period.name for period in scenario.horizon.all_periods]
    for row in answer.frame.drop_nulls("solved").iter_rows(named=True):
        paths = booked[f"{row['level']} {row['name']}"][keys.index(row["period"])]
        assert row["p_solved"] == (paths >= row["solved"] - 1e-6).mean() >= 0.6
        assert (paths >= row["solved"] + 0.005).mean() < 0.6


def test_the_present_quotas() -> None:
    """Their P(hit) and errors are those of a run, and so are means."""
    scenario = team_of()
    simulation = simulate(scenario, paths=PATHS, seed=1)
    frame = solve_quotas(simulation).frame
    for measured in simulation.units:
        rows = frame.filter(level=measured.unit.level, name=measured.unit.name)
        hits = pl.Series(measured.periods.hits / PATHS).fill_nan(None)
        assert hits.to_list() == rows["p_hit"].to_list()
        np.testing.assert_allclose(measured.periods.mean / 100, rows["mean"], rtol=1e-9)
        se = measured.periods.sd / math.sqrt(PATHS) / 100
        np.testing.assert_allclose(se, rows["mean_se"], rtol=1e-9)


@pytest.mark.parametrize("workers", [1, 3])
def test_same_bits(workers: int) -> None:
    """Any number of threads, and a simulation instead of a scenario, give the same tables."""
    scenario = team_of()
    first = solve(scenario, paths=500)
    second = solve_quotas(simulate(scenario, paths=500, seed=1), workers=workers)
    assert first.frame.equals(second.frame)
    for key, part in first.parts.items():
        assert part.equals(second.parts[key]), key
    assert first.provenance == second.provenance
    assert not first.frame.equals(solve(scenario, paths=500, seed=2).frame)


def test_the_exact_check() -> None:
    """Where nothing is uncertain the solved quota's exact P(hit) stands beside, and agrees."""
    answer = solve(exact_case(), confidence=0.4, paths=20_000)
    rows = answer.frame.drop_nulls("p_solved_exact")
    assert rows.height == answer.frame["solved"].count() > 20
    assert all(abs(z) < 4 for z in rows["p_solved_z"])
    assert not [c for c in answer.cautions if c.code == "exact_check"]
    row = one(rows, level="rep", period="2027-Q1")
    variant = variant_of(exact_case(), 1)
    sources = rep_sources(variant.tasks["Ana"], variant.setting, variant.periods)
    at = [period.name for period in variant.periods].index("2027-Q1")
    assert row["p_solved_exact"] == pytest.approx(exact_p_hit(sources, at, row["solved"]), abs=1e-9)
    more = exact_p_hit(sources, at, 1.1 * row["solved"])  # the control
    assert abs(more - 0.4) > _error(0.4, 20_000)


def test_there_is_no_exact_check_under_a_market() -> None:
    """Nor for a group or a team with somebody whose rates are not known."""
    assert 0 == solve(team_of(), paths=50).frame["p_solved_exact"].count()
    unsure = {"s": {"win_rate": {"won": 3, "of": 9}}}
    scenario = make({"s": segment()}, {"name": "Ana"}, {"name": "Ben", "segments": unsure})
    frame = solve(scenario, paths=400).frame
    assert {"Ana"} == set(frame.drop_nulls("p_solved_exact")["name"])


def test_an_exact_check_that_fails_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Figures that the exact calculation contradicts come with a caution."""
    monkeypatch.setattr("quotarisk.analysis.quota_frames.exact_p_hit", lambda *_: 0.2)
    answer = solve(exact_case())
    assert "exact_check" in {caution.code for caution in answer.cautions}


def test_intervals_hold() -> None:
    """Of 200 seeds, 95 % within four errors hold the quota that is exactly right."""
    scenario = exact_case(quota={})
    variant = variant_of(scenario, 0)
    sources = rep_sources(variant.tasks["Ana"], variant.setting, variant.periods)
    at = [period.name for period in variant.periods].index("2027-Q1")
    true, low, high = 0.0, 1e3, 1e6
    for _ in range(40):
        true = (low + high) / 2
        low, high = (true, high) if exact_p_hit(sources, at, true) > 0.5 else (low, true)
    held, half = 0, 0
    for seed in range(SEEDS):
        rows = solve(scenario, seed=seed, paths=200, confidence=0.5).frame
        row = one(rows, level="rep", period="2027-Q1")
        held += row["solved_low"] <= true <= row["solved_high"]
        half += abs(row["solved"] - true) <= 0.5 * row["solved_se"]
    error = 4 * math.sqrt(0.95 * 0.05 / SEEDS)
    assert 0.95 - error < held / SEEDS
    assert half / SEEDS < 0.95 - error


def test_intervals_of_equivalents_and_common_quotas_hold() -> None:
    """What 40,000 paths say lies in the intervals of 200 small runs, 19 times in 20."""
    scenario = exact_case()

    def intervals(answer: Any) -> list[tuple[float, float, float, float]]:
        every = one(answer.parts["every_period"], level="rep", cadence="month")
        equal = one(answer.parts["equivalents"], given="month")
        return [
            tuple(row[f"{key}{end}"] for end in ("", "_low", "_high", "_se"))
            for key, row in (("solved", every), ("equivalent", equal))
        ]

    held, half = np.zeros(2), np.zeros(2)
    told = {"confidence": 0.4, "paths": 300}
    truths = intervals(solve(scenario, seed=10_000, paths=40_000, confidence=0.4))
    for seed in range(SEEDS):
        for n, (at, low, high, se) in enumerate(intervals(solve(scenario, seed=seed, **told))):
            held[n] += low <= truths[n][0] <= high
            half[n] += abs(at - truths[n][0]) <= 0.5 * se
    error = 4 * math.sqrt(0.95 * 0.05 / SEEDS)
    assert (held / SEEDS > 0.95 - error).all()
    assert (half / SEEDS < 0.95 - error).all()


@pytest.mark.parametrize("plan", [900_000.0, 1_234_567.89])
def test_the_fair_split(plan: float) -> None:
    """It adds up to the plan to the cent, and is hit equally often on fresh paths."""
    scenario = team_of()
    split = solve(scenario, plan=plan).parts["split"]
    reps = split.filter(level="rep")
    for key in ("fair", "proportional"):
        assert round(100 * plan) == sum(round(100 * quota) for quota in reps[key])
        assert plan == one(split, level="team")[key]
        east = sum(reps.filter(group="East")[key])
        assert east == pytest.approx(one(split, level="group", name="East")[key])
    assert np.ptp(reps["p_fair"].to_numpy()) < 3 / PATHS
    assert np.ptp(reps["p_proportional"].to_numpy()) > 0.05
    fresh = fresh_bookings(scenario, seed=2, paths=PATHS)
    share = float(np.mean(reps["p_fair"].to_numpy()))
    for row in reps.iter_rows(named=True):
        chance = (fresh[f"rep {row['name']}"][-1] >= row["fair"]).mean()
        assert abs(chance - share) < _error(share, PATHS, PATHS)
    team = one(split, level="team")
    assert (
        team["p_fair"]
        == (fresh_bookings(scenario, seed=1, paths=PATHS)["team Team"][-1] >= plan).mean()
    )


def test_a_split_of_fewer_kept_amounts(monkeypatch: pytest.MonkeyPatch) -> None:
    """With a part of the paths kept, chances are off by 1 / 2,000 at most."""
    whole = solve(team_of(), paths=6_000).parts["split"].filter(level="rep")
    monkeypatch.setattr("quotarisk.analysis.order_grid.MOST_NUMBERS", 0)
    part = solve(team_of(), paths=6_000).parts["split"].filter(level="rep")
    assert all(abs(apart) < 2 / 2_000 for apart in whole["p_fair"] - part["p_fair"])
    assert not whole["fair"].equals(part["fair"])


def test_the_period_of_the_plan() -> None:
    """The first whole year, the scenario's plan for it, or what is told."""
    scenario = team_of(team={"quota": {"year": 1_500_000.0, "quarter": 300_000.0}})
    team = one(solve(scenario, paths=300).parts["split"], level="team")
    assert ("2027", 1_500_000.0) == (team["period"], team["fair"])
    team = one(solve(scenario, paths=300, period="2027-Q4").parts["split"], level="team")
    assert ("2027-Q4", 300_000.0) == (team["period"], team["fair"])
    short = team_of(months=4)
    assert {"2027-Q1"} == set(solve(short, paths=300).parts["split"]["period"])
    assert {"2027-01"} == set(solve(team_of(months=2), paths=300).parts["split"]["period"])


@pytest.mark.parametrize(
    ("reps", "plan", "said"),
    [
        ([{"name": "Ana", "quota": {"month": 1.0}}], 1e12, "at most"),
        ([{"name": "Ana", "quota": {"month": 1.0}}], 5_000.0, "so any split of it is as good"),
    ],
)
def test_a_plan_that_cannot_be_split(reps: list[Any], plan: float, said: str) -> None:
    """It is said what can be reached, and the proportional split is there all the same."""
    scenario = make({"s": segment(opps=50.0)}, *reps)
    answer = solve(scenario, plan=plan, paths=400)
    (caution,) = (c for c in answer.cautions if c.code == "plan_not_split")
    assert said in str(caution)
    split = one(answer.parts["split"], level="rep")
    assert split["fair"] is None
    assert plan == split["proportional"]
    assert one(answer.parts["over_assignment"], kind="present")["p_rep_at_plan"] is None


def test_nothing_but_zeros() -> None:
    """A rep who books nothing most of the time has no quota at that confidence, and is told why."""
    rare = {"rare": segment(opps=0.02, size=10_000.0), "s": segment()}
    scenario = make(
        rare,
        {"name": "Ana", "segments": {"rare": {}}, "quota": {"month": 5_000}},
        {"name": "Ben", "segments": {"s": {}}, "quota": {"month": 5_000}},
    )
    answer = solve(scenario, plan=150_000.0)
    row = one(answer.frame, name="Ana", period="2027")
    assert row["solved"] is row["solved_low"] is row["p_solved"] is None
    assert row["reason"].startswith("Net bookings are above 0 with ")
    every = one(answer.parts["every_period"], name="Ana", cadence="month")
    assert every["solved"] is None
    assert "so no quota is hit with 60 %" in every["reason"]
    split = one(answer.parts["split"], name="Ana")
    assert split["fair"] is split["p_fair"] is None
    assert split["reason"].startswith("No quota")
    assert 150_000.0 == one(answer.parts["split"], name="Ben")["fair"]
    assert ("Ana",) == next(c.about for c in answer.cautions if c.code == "no_fair_quota")
    equal = answer.parts["equivalents"].filter(name="Ana")
    assert equal["equivalent"].null_count() < equal.height
    # at a confidence below her chance there is one, and it is the price
    below = solve(scenario, confidence=0.3)
    assert 10_000.0 == one(below.frame, name="Ana", period="2027")["solved"]


def test_refunds() -> None:
    """Who may take back more than is booked has no part of the plan, and is named."""
    back = [{"rep": "Ana", "date": date(2027, 1, 10), "amount": -1_500_000.0}]
    reps = [{"name": name, "quota": {"month": 9_000.0}} for name in ("Ana", "Ben")]
    told = {"start": date(2027, 2, 15), "months": 11}
    scenario = make({"s": segment()}, *reps, booked=back, **told)
    answer = solve(scenario, paths=500)
    (caution,) = (c for c in answer.cautions if c.code == "refunds_not_split")
    assert ("Ana",) == caution.about
    assert one(answer.parts["split"], name="Ana")["fair"] is None
    assert "no_fair_quota" not in {c.code for c in answer.cautions}
    reason = one(answer.parts["verdicts"], name="Ana", cadence="year")["reason"]
    assert reason.startswith("No more is expected to be booked than taken back")
    without = solve(make({"s": segment()}, *reps, booked=[], **told), paths=500)
    assert "refunds_not_split" not in {c.code for c in without.cautions}


def test_chances_that_cannot_be_equal() -> None:
    """With one price for all, quotas are hit as their step is, and a caution says how unequally."""
    few = {"few": segment(opps=0.05, size=100_000.0)}
    answer = solve(make(few, {"name": "Ana"}, {"name": "Ben"}), plan=250_000.0)
    (caution,) = (c for c in answer.cautions if c.code == "unequal_chances")
    assert {"Ana", "Ben"} == set(caution.about)
    assert 250_000.0 == answer.parts["split"].filter(level="rep")["fair"].sum()
    assert "unequal_chances" not in {c.code for c in solve(team_of(), plan=9e5).cautions}


def test_one_price() -> None:
    """A plan that is one of few amounts that can be: the rep's chance is the team's."""
    scenario = make({"s": segment()}, {"name": "Ana"})
    row = one(solve(scenario, plan=120_000.0).parts["over_assignment"], kind="present")
    assert row["p_rep_at_plan"] == pytest.approx(row["p_team"])
    # a plan of two cents for three is a quota all the same
    three = make({"s": segment(opps=0.1)}, *({"name": name} for name in ("Ana", "Ben", "Cho")))
    row = one(solve(three, plan=0.02).parts["over_assignment"], kind="present")
    assert row["p_rep_at_plan"] > 0


def test_one_rep() -> None:
    """The plan is the rep's quota, and the team is the rep."""
    scenario = exact_case(quota={"month": 30_000.0})
    answer = solve(scenario, plan=400_000.0)
    assert {400_000.0} == set(answer.parts["split"]["fair"])
    rep, team = (answer.frame.filter(level=level)["solved"].to_list() for level in ("rep", "team"))
    assert rep == team
    row = one(answer.parts["over_assignment"], p_team=0.6, kind="solved")
    assert row["over_assignment"] == pytest.approx(0.0, abs=1e-12)
    assert row["over_assignment_se"] == pytest.approx(0.0, abs=1e-12)  # the same paths
    assert abs(row["p_rep_at_plan"] - 0.6) <= 1 / PATHS


def test_a_hire() -> None:
    """Months before the start have no quota, and count in no common one."""
    answer = solve(team_of())
    rows = answer.frame.filter(name="Dev", cadence="month")
    assert ["Starts on 2027-07-01."] * 6 == rows["reason"].to_list()[:6]
    assert 6 == rows.head(6)["solved"].null_count()
    assert 6 == one(answer.parts["every_period"], name="Dev", cadence="month")["periods"]
    verdict = one(answer.parts["verdicts"], name="Dev", cadence="month")
    assert "ramping in 2 of 6 months" in verdict["reason"]
    assert 6 == verdict["planned"]
    late = team_of({"name": "Eve", "start_date": date(2029, 1, 1), "quota": {"month": 1e4}})
    assert 0 == solve(late, paths=200).parts["every_period"].filter(name="Eve").height


def test_a_group_of_hires() -> None:
    """Its months, and the team's, are those in which somebody works, and others say why not."""
    hires: list[dict[str, Any]] = [
        {"name": "Ana", "group": "East", "start_date": date(2027, 3, 10)},
        {"name": "Ben", "group": "East", "start_date": date(2027, 5, 1)},
    ]
    answer = solve(make({"s": segment()}, *hires), paths=300)
    months = answer.parts["every_period"].filter(cadence="month")
    assert {"Ana": 10, "Ben": 8, "East": 10, "Team": 10} == dict(
        months.select("name", "periods").iter_rows()
    )
    assert ["Nobody works before 2027-03-10."] * 2 == answer.frame.filter(
        level="group", cadence="month"
    )["reason"].to_list()[:2]
    solved = months.filter(name="East")["solved"][0]
    some = solve(make({"s": segment()}, *hires, {"name": "Cho", "group": "East"}), paths=300)
    row = one(some.parts["every_period"], level="group", cadence="month")
    assert (12, True) == (row["periods"], row["solved"] > solved)


def test_who_has_no_part() -> None:
    """Somebody who starts later is counted among the reps, but not among those who hit."""
    late = {"name": "Eve", "start_date": date(2028, 2, 1), "quota": {"month": 1e4}}
    answer = solve(team_of(late), paths=500, plan=9e5)
    for row in answer.parts["over_assignment"].iter_rows(named=True):
        counts = [row[f"{key}_of"] for key in ("quotas", "p_rep", "p_rep_at_plan")]
        assert ([4, 4, 4], 5) == (counts, row["reps"])
    assert {(4, 5)} == set(answer.parts["factors"].select("p_rep_of", "reps").iter_rows())
    assert "Starts on 2028-02-01." == one(answer.parts["split"], name="Eve")["reason"]
    everybody = solve(team_of(), paths=500, plan=9e5).parts["over_assignment"]
    assert {4} == set(everybody["reps"]) == set(everybody["p_rep_of"])


def test_cautions_of_the_scenario() -> None:
    """What a run says of the scenario is said here too, whatever was asked about."""
    scenario = team_of(
        open_deals=[{**open_deal(1, 5_000, amount=50_000.0), "segment": "small"}],
        team={"quota": {"year": 700_000.0}},
        correction={"month_shape": 0.8},
    )
    simulation = simulate(scenario, paths=300, seed=1)
    run = {c for c in estimate_attainment(simulation).cautions if c.code != "monte_carlo_error"}
    assert {"plan_and_quotas", "corrected", "stale_deals"} <= {caution.code for caution in run}
    told = solve(scenario, paths=300).cautions
    assert run <= set(told)
    assert len(told) == len(set(told))
    assert told == solve_quotas(simulation, workers=1).cautions
    assert 1 == [caution.code for caution in told].count("monte_carlo_error")


def test_no_quotas() -> None:
    """Quotas are solved all the same; there is no plan to split, and nothing to judge."""
    answer = solve(make({"s": segment()}, {"name": "Ana"}), paths=400)
    assert answer.frame["solved"].count() > 0
    for part in ("split", "factors", "verdicts"):
        assert answer.parts[part].is_empty()
    assert {"solved"} == set(answer.parts["over_assignment"]["kind"])
    assert ["no_plan", "no_quotas"] == [
        caution.code for caution in answer.cautions if caution.code.startswith("no_")
    ]
    assert set(answer.parts["equivalents"]["equivalent"]) == {None}


def test_quotas_of_some() -> None:
    """A sum of quotas that leaves somebody out is none."""
    answer = solve(team_of({"name": "Eve"}), plan=1e6, paths=300)
    row = one(answer.parts["over_assignment"], kind="present")
    assert row["quotas"] is row["over_assignment"] is row["p_rep"] is None
    assert row["p_team"] is not None
    (caution,) = (c for c in answer.cautions if c.code == "no_sum_of_quotas")
    assert ("Eve",) == caution.about


def test_no_period() -> None:
    """Where no period can be answered there is nothing to solve, and it is said."""
    scenario = make({"s": segment()}, {"name": "Ana"}, start=date(2027, 1, 15), months=1)
    answer = solve(scenario, paths=50)
    assert answer.frame.is_empty()
    equal = answer.parts["equivalents"]
    assert equal.height == equal["reason"].count() == equal["equivalent"].null_count() == 2
    assert all(part.is_empty() for key, part in answer.parts.items() if key != "equivalents")
    assert {"no_periods"} <= {caution.code for caution in answer.cautions}
    with pytest.raises(ArgumentError, match="none is"):
        solve(scenario, paths=50, period="2027")


def test_what_is_booked_counts() -> None:
    """Mid-quarter a quota includes what is booked already, and the exact check does too."""
    booked = [{"rep": "Ana", "date": date(2027, 1, 10), "amount": 90_000.0}]
    told: dict[str, Any] = {"start": date(2027, 2, 10), "booked": booked}
    scenario = make({"s": segment()}, {"name": "Ana", "quota": {"quarter": 150_000}}, **told)
    answer = solve(scenario, paths=20_000)
    row = one(answer.frame, level="rep", period="2027-Q1")
    assert row["solved"] > 90_000
    assert abs(row["p_solved_z"]) < 4
    reason = one(answer.parts["verdicts"], level="rep", cadence="quarter")["reason"]
    assert "booked already" in reason


def test_listed_deals() -> None:
    """What a certain deal brings is part of the quota: an atom at its amount."""
    deal = open_deal(1, 10, amount=50_000.0)
    scenario = make({"s": segment(opps=0.0, win=1.0)}, {"name": "Ana"}, open_deals=[deal])
    row = one(solve(scenario).frame, level="rep", period="2027")
    assert (50_000.0, 1.0) == (row["solved"], row["p_solved"])


def test_verdicts() -> None:
    """Bands of P(hit) that can be set; a bound within the interval is too close."""
    scenario = team_of()
    usual = solve(scenario)
    rows = usual.parts["verdicts"]
    words = [*rows["verdict"], *usual.frame["verdict"].drop_nulls()]
    chances = [*rows["p_hit"], *usual.frame["p_hit"].drop_nulls()]
    for word, chance in zip(words, chances, strict=True):
        if word != TOO_CLOSE:
            at = sum(chance >= bound for bound in (0.2, 0.5, 0.8))
            assert ("out of reach", "stretch", "realistic", "soft")[at] == word
    soft = solve(scenario, bands=(0.0001, 0.0002, 0.0003)).parts["verdicts"]
    assert {"soft"} == set(soft["verdict"])
    row = one(usual.parts["verdicts"], name="Ben", cadence="month")
    assert row["multiple"] == pytest.approx(row["quota"] / row["mean"])
    assert f"{row['multiple']:.2f}x the expected bookings" in row["reason"]


def test_progress() -> None:
    """Who looks on is told after each rep."""
    told: list[tuple[int, int]] = []
    solve(team_of(), paths=20, progress=lambda done, all_: told.append((done, all_)))
    assert [(n, 4) for n in (1, 2, 3, 4)] == told


def test_very_few_paths() -> None:
    """Intervals that the paths do not bound have no upper end, and begin at 0."""
    answer = solve(team_of(), paths=2, confidence=0.9)
    assert ranks_of(0.9, 2).many == 3
    assert {0.0, None} >= set(answer.frame["solved_low"])
    answer = solve(team_of(), paths=3, confidence=0.05)
    assert answer.frame["solved_high"].null_count() == answer.frame.height


def test_a_caution_on_few_paths() -> None:
    """Chances that are known to more than half a point are told with their error."""
    assert "monte_carlo_error" in {c.code for c in solve(team_of(), paths=500).cautions}
    assert "monte_carlo_error" not in {c.code for c in solve(team_of(), paths=10_000).cautions}


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"confidence": 0.0}, "confidence must lie between 0 and 1, got 0.0"),
        ({"confidence": 60}, "confidence must lie between 0 and 1, got 60"),
        ({"confidence": math.nan}, "confidence must lie between 0 and 1, got nan"),
        ({"confidence": True}, "confidence must lie between 0 and 1, got True"),
        ({"confidence": "0.5"}, "confidence must lie between 0 and 1, got '0.5'"),
        ({"team_confidence": 1.0}, "team_confidence must lie between 0 and 1, got 1.0"),
        ({"plan": 0}, "plan must be an amount above 0, at most 1,000,000,000,000, got 0"),
        ({"plan": math.inf}, "plan must be an amount above 0"),
        ({"plan": math.nan}, "plan must be an amount above 0"),
        ({"plan": "1M"}, "plan must be an amount above 0.*got '1M'"),
        ({"period": "2027-Q5"}, "period must be one that is answered, got '2027-Q5'; did you mean"),
        ({"bands": (0.5, 0.2, 0.8)}, "bands must be three ascending shares between 0 and 1, got"),
        ({"bands": (0.2, 0.5)}, "bands must be three ascending shares"),
        ({"bands": (0.0, 0.5, 0.8)}, "bands must be three ascending shares"),
        ({"bands": ("a", 0.5, 0.8)}, "bands must be three ascending shares"),
        ({"bands": None}, "bands must be three ascending shares"),
        ({"paths": 1}, "paths must be a whole number"),
        ({"workers": 0}, "workers must be a whole number"),
    ],
)
def test_arguments(told: dict[str, Any], said: str) -> None:
    """What is out of range is named with what was got and what is allowed."""
    with pytest.raises(ArgumentError, match=said):
        solve(team_of(), **told)


def test_faults_of_the_scenario() -> None:
    """What cannot be simulated is refused with its faults."""
    with pytest.raises(InputError):
        solve(Scenario.model_validate({"name": "Empty", "start": START}))
