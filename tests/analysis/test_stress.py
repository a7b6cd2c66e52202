"""Stress tests: changes on shared luck, their errors, and what they are exactly."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

import quotarisk as qr
from quotarisk.analysis.builtin_stresses import BUILTINS
from quotarisk.analysis.exact import exact_p_hit, rep_sources
from quotarisk.analysis.paired import means_apart
from quotarisk.analysis.stress import AS_IT_IS, stress_names, stress_test
from quotarisk.kernel.apart import sum_apart
from quotarisk.scenario.scenario import Scenario
from quotarisk.scenario.stress import Stress
from quotarisk.simulation.comparing import Seen, compare, under_stress, variant_of
from quotarisk.simulation.estimates import Array
from quotarisk.simulation.lowering import rep_tasks
from quotarisk.simulation.simulation import answered_periods, setting_of
from tests.analysis.cases import lognormal, make, open_deal, segment

PATHS = 400
QUARTER = 3  # row of the quarter, in a horizon of three months
MARKET = {"creation": 0.1, "win_odds": 0.15, "deal_size": 0.05}
REPS: tuple[dict[str, Any], ...] = (
    {"name": "Ana", "group": "East", "quota": {"month": 20_000}},
    {"name": "Bo", "group": "West", "quota": {"month": 25_000}},
    {"name": "Cy", "quota": {"month": 15_000}, "start_date": date(2027, 3, 1), "ramp": [0.3, 0.6]},
)
UNCERTAIN = segment(
    opps={"opps": 60, "weeks": 52}, win={"won": 20, "of": 60}, size=lognormal(8_000, 0.6)
)


def _team(**told: Any) -> Scenario:
    return make({"s": UNCERTAIN}, *REPS, market=MARKET, **{"months": 6, **told})


def _under(frame: pl.DataFrame, stress: str, **where: Any) -> pl.DataFrame:
    return frame.filter(stress=stress, **where)


@pytest.fixture(scope="module")
def answer() -> qr.Answer:
    """The team under everything that there is, in mid-quarter."""
    booked = [{"rep": "Ana", "date": date(2027, 1, 5), "amount": 30_000.0}]
    told = {"downturn": {"win_rate": 0.7}, "small_deals": {"deal_size": 0.5}}
    return stress_test(_team(stress=told, booked=booked), paths=PATHS, seed=7)


def test_as_it_is_is_the_simulation() -> None:
    """The base's figures are those of a plain run, and so is every stress's of no change."""
    booked = [{"rep": "Ana", "date": date(2027, 1, 5), "amount": 30_000.0}]
    asked = _team(booked=booked)
    plain = qr.estimate_attainment(qr.simulate(asked, paths=PATHS, seed=7)).frame
    both = [
        "level", "name", "group", "cadence", "period", "quota", "p_hit", "p_hit_se", "mean",
        "mean_se", "p10", "p10_se", "shortfall", "shortfall_se",
    ]  # fmt: skip

    found = stress_test(asked, stresses={"none": Stress()}, paths=PATHS, seed=7).frame

    for stress in (AS_IT_IS, "none"):
        assert_frame_equal(plain.select(both), _under(found, stress).select(both))


@pytest.mark.parametrize(
    "factors",
    [Stress(), Stress(win_rate=1 + 1e-12, deal_size=1 + 1e-12)],
    ids=["not touched", "drawn anew"],
)
def test_factors_of_one_change_nothing(factors: Stress) -> None:
    """Not by a cent, and that is certain: changes and their errors are exactly 0."""
    deals = [open_deal(n, 20, amount=5_000.0) for n in range(3)]
    frame = stress_test(_team(open_deals=deals), stresses={"one": factors}, paths=PATHS).frame

    changes = _under(frame, "one").select("^.*_change(_se)?$")

    assert changes.width == 4
    assert all((column == 0).all() for column in changes)
    assert_frame_equal(_under(frame, "one").drop("stress"), _under(frame, AS_IT_IS).drop("stress"))


def test_the_control_of_no_change() -> None:
    """A factor that is a little less than 1 is seen."""
    frame = stress_test(_team(), stresses={"less": Stress(win_rate=0.98)}, paths=PATHS).frame
    changes = _under(frame, "less", level="team")

    assert (changes["mean_change"] < 0).all()
    assert (changes["mean_change_se"] > 0).all()
    assert (changes["p_hit_change_se"] > 0).all()  # though few paths differ, or none


@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@given(win=st.floats(0, 1), creation=st.floats(0, 1), size=st.floats(0, 1), late=st.booleans())
def test_downwards_is_never_up(win: float, creation: float, size: float, late: bool) -> None:
    """No figure of anybody in the whole half-year is higher, whatever falls."""
    stress = Stress(
        win_rate=win, opps_per_week=creation, deal_size=size, delay_hires_days=60 * late
    )
    frame = stress_test(_team(), stresses={"down": stress}, paths=60).frame.filter(cadence="month")
    base, down = _under(frame, AS_IT_IS), _under(frame, "down")

    if not late:  # who starts later may book later
        assert (down["p_hit_change"] <= 0).all()
    total = pl.col("mean").sum()
    per_unit = [x.group_by("level", "name", maintain_order=True).agg(total) for x in (base, down)]
    assert (per_unit[1]["mean"] <= per_unit[0]["mean"] + 0.01).all()
    if not late:
        for key in ("p_hit", "mean", "p10", "expected_shortfall"):
            assert (down[key] <= base[key] + 0.01).all(), key


def test_errors_of_changes_are_their_spread() -> None:
    """Over 30 seeds changes spread as their errors say, far less than the figures themselves."""
    seeds, scenario = 30, _team()
    rows = pl.concat(
        _under(
            stress_test(scenario, stresses=["low_win_rates"], paths=PATHS, seed=seed).frame,
            "low_win_rates",
            level="team",
            cadence="quarter",
        )
        for seed in range(seeds)
    )
    of_spread = 4 / np.sqrt(2 * (seeds - 1))  # four standard errors of a deviation, as a share

    def size_of(quarter: pl.DataFrame, key: str) -> float:
        """Root of the mean square."""
        return float(np.sqrt(np.mean(quarter[key].to_numpy() ** 2)))

    for _, quarter in rows.group_by("period"):
        for key, share in (("p_hit", 0.8), ("mean", 0.5)):
            spread = float(np.std(quarter[f"{key}_change"].to_numpy(), ddof=1))
            paired = size_of(quarter, f"{key}_change_se")
            unpaired = np.sqrt(2) * size_of(quarter, f"{key}_se")
            assert abs(spread / paired - 1) < of_spread, key
            assert paired < share * unpaired
        # the control: errors as of two runs of their own would be wrong by more than that
        assert abs(spread / unpaired - 1) > of_spread


CORRECTIONS: dict[str, dict[str, Any]] = {
    "past": {"own_history": 0.8},
    "tied": {"together": 0.9},
    "spread": {"month_shape": 0.6, "quarter_shape": 0.5},
    "all": {
        "own_history": 0.3, "together": 0.5, "shared": (0.2,), "month_shape": 0.6,
        "quarter_shape": 0.5,
    },
}  # fmt: skip


def _two_errors(seen: Seen) -> list[Array]:
    """Difference of the quarter's mean, its error, and that of paths taken as independent."""
    sums = sum_apart(seen.booked[1], seen.booked[0], seen.quotas[0])
    assert seen.moved is not None
    told = means_apart(sums, PATHS, moved=seen.moved[1])
    plain = means_apart(sums, PATHS)
    return [each[QUARTER] for each in (told.change, told.change_se, plain.change_se)]


@pytest.mark.parametrize("told", CORRECTIONS.values(), ids=CORRECTIONS.keys())
def test_errors_of_changes_hold_under_a_correction(told: dict[str, Any]) -> None:
    """Over 100 seeds changes spread as their errors say; not as if paths were independent.

    The past is repeated by a share that is taken from the paths, and neither ties nor spreading
    change a mean, however much further apart paths are with them.
    """
    seeds = 100
    past = [
        {"rep": name, "date": date(2026, 1, 2) + timedelta(days=7 * week), "amount": amount}
        for name in ("Ana", "Bo")
        for week in range(52)
        for amount in (1_000.0 * (1 + week % 7),)
    ]
    scenario = make(
        {"s": UNCERTAIN}, *REPS[:2], months=3, market=MARKET, booked=past,
        correction={"since": date(2026, 1, 1), **told},
    )  # fmt: skip
    found: dict[str, list[list[Array]]] = {"Ana": [], "Team": []}
    for seed in range(seeds):
        base = variant_of(scenario, seed)
        variants = [base, under_stress(base, Stress(win_rate=0.8, cycle_days=1.3))]
        for _, name, figures in compare(variants, _two_errors, paths=PATHS, traces=True, workers=1):
            if name in found:
                found[name].append(figures)
    limit = 4 / np.sqrt(2 * (seeds - 1))
    for name, rows in found.items():
        change, error, plain = np.array(rows).T
        spread = change.std(ddof=1)
        assert abs(spread / np.sqrt((error**2).mean()) - 1) < limit, name
        if name == "Team":  # the control
            assert abs(spread / np.sqrt((plain**2).mean()) - 1) > limit


STRESS = Stress(win_rate=0.8, cycle_days=1.3)
MANY = segment(opps=3.0, win={"won": 30, "of": 80}, size=lognormal(9_000.0, 0.6), cycle=20.0)
SHARES = ("p_hit", "p_hit_change", "mean", "p10", "expected_shortfall", "shortfall")


def _ratios(told: dict[str, Any], seeds: int, figures: tuple[str, ...]) -> dict[str, float]:
    """Spread over seeds divided by what the errors say, of all months together."""
    reps = [{**rep, "quota": {"month": 40_000.0}} for rep in REPS[:2]]
    scenario = make({"s": MANY}, *reps, months=3, market=MARKET, correction=told)
    rows = pl.concat(
        stress_test(scenario, stresses={"x": STRESS}, paths=2000, seed=seed, workers=1).frame
        for seed in range(seeds)
    ).filter(stress="x", cadence="month")
    spread = rows.group_by("level", "name", "period").agg(
        *(pl.col(each).var().alias(each) for each in figures),
        *((pl.col(f"{each}_se") ** 2).mean().alias(f"{each}_se") for each in figures),
    )

    def size_of(column: str) -> float:
        return float(np.sqrt(spread[column].to_numpy().sum()))

    return {each: size_of(each) / size_of(f"{each}_se") for each in figures}


@pytest.mark.parametrize(
    "told", [CORRECTIONS["tied"], CORRECTIONS["spread"]], ids=["tied", "spread"]
)
def test_errors_are_told_from_blocks_under_a_correction(
    told: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Over 30 seeds nothing spreads further than its error says, but for what 30 seeds tell."""
    limit = 1 + 4 / np.sqrt(2 * 29 * 3)
    found = _ratios(told, 30, SHARES)
    assert {each: ratio for each, ratio in found.items() if ratio > limit} == {}
    assert min(found["p_hit"], found["p_hit_change"]) > 0.6
    if "month_shape" in told:  # the control: paths taken as independent
        monkeypatch.setattr("quotarisk.analysis.stress.blocks_of", lambda *_: None)
        assert _ratios(told, 30, ("p_hit",))["p_hit"] > limit


def test_a_correction_that_spreads_is_told() -> None:
    """With a caution that errors are a bound; figures are those of all paths nevertheless."""
    scenario = make({"s": UNCERTAIN}, *REPS[:2], months=3, correction=CORRECTIONS["spread"])
    answer = stress_test(scenario, stresses={"x": STRESS}, paths=1000, seed=3)
    assert "errors_by_blocks" in [caution.code for caution in answer.cautions]
    simulated = qr.estimate_attainment(qr.simulate(scenario, paths=1000, seed=3)).frame
    base = answer.frame.filter(stress=AS_IT_IS).sort("level", "name", "cadence", "period")
    run = simulated.sort("level", "name", "cadence", "period")
    assert base["p_hit"].equals(run["p_hit"])
    np.testing.assert_allclose(base["p_hit_se"].to_numpy(), run["p_hit_se"].to_numpy())


def test_without_a_correction_nothing_is_traced() -> None:
    """Paths are independent then, and errors are told from all of them."""
    base = variant_of(_team(), 7)
    variants = [base, under_stress(base, Stress(win_rate=0.8))]
    found = compare(variants, lambda seen: seen.moved, paths=20, traces=True)
    assert {True} == {moved is None for _, _, moved in found}


def test_two_figures_of_the_worst_tenth(answer: qr.Answer) -> None:
    """What is booked there, and what is missing to the plan there: the note tells them apart."""
    risk = answer.parts["risk"].filter(level="team")
    worst = answer.frame.filter(level="team").join(
        risk.select("stress", "cadence", "period", "es_10"), on=["stress", "cadence", "period"]
    )
    assert worst.height
    np.testing.assert_allclose(worst["es_10"], worst["quota"] - worst["expected_shortfall"])
    for told in ("(expected_shortfall): what is booked", "(es_10): what is missing to the plan"):
        assert told in answer.note


KNOWN = {
    "opps": 2.0, "win": 0.4, "size": lognormal(8_000, 0.6), "cycle": lognormal(30, 0.5),
}  # fmt: skip


def _known(**told: Any) -> Scenario:
    rep = {"name": "Ana", "pipeline": "empty", "quota": {"month": 12_000}}
    return make({"s": segment(**{**KNOWN, **told})}, rep, months=6)


def _exact(scenario: Scenario) -> np.ndarray:
    (task,), periods = rep_tasks(scenario), answered_periods(scenario)
    sources = rep_sources(task, setting_of(scenario, 0), periods)
    quotas = [12_000.0 * len(period.month_names) for period in periods]
    return np.array([exact_p_hit(sources, row, quota) for row, quota in enumerate(quotas)])


@pytest.mark.parametrize(
    ("stress", "told"),
    [
        (Stress(win_rate=0.8), {"win": 0.32}),
        (Stress(opps_per_week=0.75), {"opps": 1.5}),
        (Stress(deal_size=0.85), {"size": lognormal(6_800, 0.6)}),
        (Stress(cycle_days=1.3), {"cycle": lognormal(39, 0.5)}),
        (
            Stress(win_rate=0.8, opps_per_week=0.75, deal_size=0.85, cycle_days=1.3),
            {"win": 0.32, "opps": 1.5, "size": lognormal(6_800, 0.6), "cycle": lognormal(39, 0.5)},
        ),
    ],
    ids=["win rate", "creation", "size", "cycle", "all"],
)
def test_a_stress_is_exactly_the_scenario_with_other_figures(
    stress: Stress, told: Mapping[str, Any]
) -> None:
    """Where nothing is open on the first day: P(hit) by Fourier transform of the other world."""
    frame = stress_test(_known(), stresses={"x": stress}, paths=20_000, seed=5).frame
    rows = _under(frame, "x", level="rep")
    error = np.maximum(rows["p_hit_se"].to_numpy(), 1e-4)

    assert (np.abs(rows["p_hit"].to_numpy() - _exact(_known(**told))) < 4 * error).all()
    # the control: the world as it is differs by more
    assert (np.abs(rows["p_hit"].to_numpy() - _exact(_known())) > 4 * error).any()


def test_all_there_are(answer: qr.Answer) -> None:
    """Built-in ones in their order, then the scenario's, which may take the name of one."""
    names = answer.frame["stress"].unique(maintain_order=True).to_list()
    told = {row["stress"]: row for row in answer.parts["stresses"].iter_rows(named=True)}

    assert [AS_IT_IS, *BUILTINS, "downturn"] == names
    assert list(told) == names[1:]
    assert (0.5, False) == (told["small_deals"]["deal_size"], told["small_deals"]["built_in"])
    assert (0.7, False) == (told["downturn"]["win_rate"], told["downturn"]["built_in"])
    assert (0.8, True) == (told["low_win_rates"]["win_rate"], told["low_win_rates"]["built_in"])
    assert told["top_rep_leaves"]["remove_reps"] == ["Ana"]
    assert (*BUILTINS, "downturn") == stress_names(
        _team(stress={"downturn": {}, "small_deals": {}})
    )


def test_nobody_is_touched_by_what_concerns_another(answer: qr.Answer) -> None:
    """Late hires move the hire and the team; groups without one by exactly nothing."""
    late = (
        _under(answer.frame, "late_hires", cadence="month")
        .group_by("level", "name")
        .agg(
            pl.col("mean_change").sum(),
            pl.col("mean_change_se").sum(),
            pl.col("p_hit_change_se").sum(),
        )
    )
    still = late.filter(~pl.col("name").is_in(["Cy", "Team"]))

    assert still.height == 4
    assert (
        still.select("mean_change", "mean_change_se", "p_hit_change_se").sum_horizontal() == 0
    ).all()
    assert (late.filter(pl.col("name").is_in(["Cy", "Team"]))["mean_change"] < 0).all()


def test_changes_are_differences(answer: qr.Answer) -> None:
    """Of P(hit), of means: what stands beside them."""
    base = _under(answer.frame, AS_IT_IS)
    for _, rows in answer.frame.group_by("stress"):
        np.testing.assert_allclose(rows["p_hit_base"], base["p_hit"])
        np.testing.assert_allclose(rows["p_hit_change"], rows["p_hit"] - base["p_hit"], atol=1e-12)
        np.testing.assert_allclose(rows["mean_change"], rows["mean"] - base["mean"], atol=1e-6)
        assert (rows["expected_shortfall"] <= rows["p10"]).all()


@pytest.mark.parametrize(
    ("reps", "name", "why"),
    [
        (REPS[:2], "late_hires", "nobody starts within the horizon"),
        (REPS[2:], "top_rep_leaves", "the team has but one rep"),
    ],
)
def test_what_would_change_nothing_is_left_out(
    reps: tuple[dict[str, Any], ...], name: str, why: str
) -> None:
    """Of all there are, and a caution says so; where it is named it is there, without a change."""
    asked = make({"s": UNCERTAIN}, *reps, months=3)

    every = stress_test(asked, paths=20)
    named = stress_test(asked, stresses=name, paths=20)

    assert name not in every.frame["stress"].to_list()
    assert name not in every.parts["stresses"]["stress"].to_list()
    (caution,) = every.cautions
    assert ("stress_left_out", (name,)) == (caution.code, caution.about)
    assert why in caution.text
    assert () == named.cautions
    assert (_under(named.frame, name)["p_hit_change_se"] == 0).all()


def test_of_the_scenarios_own_nothing_is_left_out() -> None:
    """Somebody wrote it, so it is answered."""
    asked = make({"s": UNCERTAIN}, *REPS[:2], months=3, stress={"late_hires": {}})

    assert "late_hires" in stress_test(asked, paths=20).frame["stress"].to_list()


def test_a_simulation_brings_its_luck() -> None:
    """Paths and seed are those of the run; and threads change no bit."""
    asked = _team()
    simulation = qr.simulate(asked, paths=50, seed=3)

    frame = stress_test(simulation, stresses=["low_creation"]).frame

    for workers in (1, 3):
        again = stress_test(asked, stresses=["low_creation"], paths=50, seed=3, workers=workers)
        assert_frame_equal(frame, again.frame, check_exact=True)
    assert simulation.provenance == stress_test(simulation, stresses=[]).provenance


def test_what_is_given_does_not_rename_the_source() -> None:
    """The scenario is the one that was asked about, whatever it is stressed with."""
    asked = _team()

    found = stress_test(asked, stresses={"x": Stress(win_rate=0.5)}, paths=20)

    assert asked.fingerprint == found.provenance.scenario_hash


@pytest.mark.parametrize(
    ("stresses", "told"),
    [
        (["late_hire"], "there is no stress 'late_hire'; did you mean 'late_hires'?"),
        ({AS_IT_IS: Stress()}, "no stress may be called 'as it is'"),
    ],
)
def test_wrong_names(stresses: Any, told: str) -> None:
    """Are refused before anything is drawn."""
    with pytest.raises(qr.ArgumentError, match="^" + told.replace("?", r"\?")):
        stress_test(_team(), stresses=stresses, paths=20)


def test_who_is_not_there_cannot_leave() -> None:
    """A stress that is given is checked as one of the scenario's file."""
    with pytest.raises(qr.InputError, match="Dora"):
        stress_test(_team(), stresses={"x": Stress(remove_reps=("Dora",))}, paths=20)


def test_without_quotas_and_without_periods() -> None:
    """No P(hit) and no shortfall, but bookings; and a table without rows where nothing is asked."""
    bare = stress_test(make(), stresses=["low_win_rates"], paths=20).frame
    none = stress_test(
        make(months=1, start=date(2027, 1, 10)), stresses=["low_win_rates"], paths=20
    ).frame

    shares = bare.select("^p_hit.*$", "^shortfall.*$")
    assert shares.null_count().row(0) == (bare.height,) * shares.width
    assert bare["mean"].null_count() == 0
    assert none.is_empty()
    assert bare.schema == none.schema


def test_certain_hits_and_one_miss() -> None:
    """Nothing missed has no shortfall; the deviation of one miss is not known."""
    sure = {"name": "Ana", "quota": {"month": 0.01}}
    frame = stress_test(
        make({"s": segment(opps=40.0)}, sure, months=3), stresses=[], paths=50
    ).frame
    assert frame["shortfall"].null_count() == frame.height
    assert (frame["p_hit"] == 1).all()
    hard = {"name": "Ana", "quota": {"month": 50_000}}
    rows = [
        row
        for seed in range(40)
        for row in stress_test(
            make({"s": segment(opps=4.0)}, hard, months=1), stresses=[], paths=2, seed=seed
        ).frame.iter_rows(named=True)
    ]
    once = [row for row in rows if row["p_hit"] == 0.5]
    assert once
    assert all(row["shortfall"] == row["shortfall_se"] > 0 for row in once)
