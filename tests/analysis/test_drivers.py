"""The tornado."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal
from scipy import stats

from quotarisk.analysis import drivers
from quotarisk.analysis.asked_periods import choose_period, choose_periods
from quotarisk.analysis.drivers import SCHEMA, rank_drivers
from quotarisk.analysis.luck import SCHEMA as SPLIT
from quotarisk.errors import ArgumentError, InputError
from quotarisk.scenario.scenario import Scenario
from quotarisk.simulation.comparing import variant_of
from quotarisk.simulation.simulation import simulate
from tests.analysis.cases import make, open_deal, segment

PATHS = 400
EVIDENT: dict[str, Any] = {
    "opps_per_week": {"opps": 62, "weeks": 52},
    "win_rate": {"won": 21, "of": 60},
    "deal_size": {"median": 8_000.0, "p90": 16_000.0, "of": 21},
    "won_cycle_days": {"median": 20.0, "p90": 45.0, "of": 21},
    "lost_cycle_days": {"median": 20.0, "p90": 60.0, "of": 39},
}
REPS: list[dict[str, Any]] = [
    {"name": "Ana", "group": "East", "quota": {"month": 12_000}},
    {"name": "Bo", "group": "West", "quota": {"month": 9_000}},
    {
        "name": "Cy", "group": "West", "quota": {"month": 9_000},
        "start_date": date(2027, 1, 10), "ramp": [0.2, 0.6],
    },
]  # fmt: skip
DEALS = [open_deal(n, 5 * n, amount=4_000.0) for n in range(4)]


def _team(told: dict[str, Any] | None = None, **more: Any) -> Scenario:
    more = {"months": 6, "open_deals": DEALS, "market": {"creation": 0.1}, **more}
    return make({"s": {**EVIDENT, **(told or {})}}, *REPS, **more)


def _known(**told: Any) -> Scenario:
    return make(
        {"s": segment(opps=1.5, win=0.4, size=8_000.0, cycle=20.0, **told)}, *REPS, months=3
    )


def _p_hits(scenario: Scenario, period: str, *, paths: int = PATHS) -> dict[tuple[str, str], float]:
    plain = simulate(scenario, paths=paths, seed=7)
    place = [each.name for each in plain.periods].index(period)
    return {(m.unit.level, m.unit.name): float(m.periods.hits[place]) / paths for m in plain.units}


def _at(key: str, side: int) -> Any:
    """A figure at its 10th or 90th percentile, as a scenario would say it."""
    level = (0.1, 0.9)[side]
    if key == "opps_per_week":
        return float(stats.gamma(62.5, scale=1 / 52).ppf(level))
    if key == "win_rate":
        return float(stats.beta(21.5, 39.5).ppf(level))
    told = EVIDENT[key]
    log_sd = np.log(told["p90"] / told["median"]) / stats.norm.ppf(0.9)
    factor = float(np.exp(stats.norm.ppf(level) * log_sd / np.sqrt(told["of"])))
    return {name: told[name] * factor for name in ("median", "p90")}


@pytest.mark.parametrize("key", list(EVIDENT))
def test_a_move_is_the_scenario_that_says_so(key: str) -> None:
    """P(hit) of every unit is that of a plain run with the figure written so."""
    frame = rank_drivers(_team(), paths=PATHS, seed=7).frame.filter(figure=key)
    assert frame.height > 0
    usual = _p_hits(_team(), "2027-Q1")
    for side, name in enumerate(("low", "high")):
        plain = _p_hits(_team({key: _at(key, side)}), "2027-Q1")
        for row in frame.iter_rows(named=True):
            unit = row["level"], row["name"]
            # quantiles of another library differ in the last digits
            assert row[f"p_hit_{name}"] == pytest.approx(plain[unit], abs=2 / PATHS)
            assert row["p_hit"] == usual[unit]
            change = row[f"p_hit_{name}"] - row["p_hit"]
            assert row[f"change_{name}"] == pytest.approx(change, abs=1e-12)


def test_rows_are_sorted_and_complete() -> None:
    """The team first, of each unit the largest swing first; its members' assumptions only."""
    frame = rank_drivers(_team(), paths=PATHS, seed=7).frame
    assert list(SCHEMA) == frame.columns
    units = frame.select("level", "name").unique(maintain_order=True).rows()
    assert [
        ("team", "Team"), ("group", "East"), ("group", "West"),
        ("rep", "Ana"), ("rep", "Bo"), ("rep", "Cy"),
    ] == units  # fmt: skip
    for _, rows in frame.group_by("level", "name"):
        swings = rows["swing"].to_numpy()
        assert (np.diff(swings) <= 0).all()
        larger = np.maximum(rows["change_low"].abs(), rows["change_high"].abs())
        np.testing.assert_array_equal(swings, larger)
    figures = {
        name: set(rows["figure"]) for (name,), rows in frame.filter(level="rep").group_by("name")
    }
    always = {
        "opps_per_week", "win_rate", "deal_size", "won_cycle_days", "market_creation",
        "market_persistence",
    }  # fmt: skip
    assert {
        "Ana": {*always, "lost_cycle_days"}, "Bo": always, "Cy": {*always, "ramp", "hires"},
    } == figures  # fmt: skip
    assert set(frame.filter(name="West")["figure"]) == {*always, "ramp", "hires"}
    errors = frame.select(pl.col("^.*_se$"))
    assert errors.null_count().sum_horizontal().item() == 0


def test_a_late_hire_books_what_a_plain_run_says() -> None:
    """To the bit, against the quota of who comes on time; on time nothing changes, for certain."""
    scenario = make({"s": EVIDENT}, *REPS, months=3)
    late = REPS[2] | {"start_date": date(2027, 3, 11)}
    frame = rank_drivers(scenario, paths=PATHS, seed=7).frame.filter(figure="hires")
    row = frame.filter(name="Cy").row(0, named=True)
    plain = simulate(make({"s": EVIDENT}, *REPS[:2], late, months=3), paths=PATHS, seed=7)
    cy = next(measures for measures in plain.reps if measures.unit.name == "Cy")
    place = [period.name for period in plain.periods].index("2027-Q1")
    assert row["mean_high"] == pytest.approx(cy.periods.mean[place] / 100, rel=1e-12)
    booked = plain.bookings("Cy")[:3].sum(axis=0)
    assert row["p_hit_high"] == np.mean(booked >= 27_000)
    assert row["change_high"] < 0
    assert (0.0, 0.0) == (row["change_low"], row["change_low_se"])
    assert row["mean_low"] == row["mean"]


def test_a_figure_moved_to_where_it_is_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not a hit on any path, to anybody; and a real move is seen."""
    real = rank_drivers(_known(), paths=PATHS, seed=7).frame
    assert real["swing"].max() > 0.05  # type: ignore[operator]
    from quotarisk.analysis import moving

    monkeypatch.setattr(moving, "STEP", 1e-12)  # of what reps have; surroundings are none here
    still = rank_drivers(_known(), paths=PATHS, seed=7).frame.filter(pl.col("figure") != "hires")
    assert still.height > 0
    for key in ("change_low", "change_high", "swing"):
        assert (still[key] == 0).all()
    assert (still["swing_se"] > 0).all()  # few paths do not prove it


@settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    opps=st.floats(0.2, 4), win=st.floats(0.05, 0.8), stall=st.floats(0, 0.2),
    quota=st.floats(1_000, 60_000), seed=st.integers(0, 99),
)  # fmt: skip
def test_more_never_lowers_the_chance(
    opps: float, win: float, stall: float, quota: float, seed: int
) -> None:
    """Of opportunities, wins or money: less lowers or keeps, more raises or keeps."""
    scenario = make(
        {"s": segment(opps=opps, win=win, stall_rate=stall)},
        {"name": "Ana", "quota": {"quarter": quota}},
        {"name": "Bo", "quota": {"quarter": quota}},
        months=3,
        market={"creation": 0.2, "win_odds": 0.2},
        open_deals=[open_deal(1, 10), open_deal(2, 40)],
    )
    frame = rank_drivers(scenario, paths=60, seed=seed).frame
    rising = frame.filter(pl.col("figure").is_in(["opps_per_week", "win_rate", "deal_size"]))
    assert rising.height > 0
    assert (rising["change_low"] <= 0).all()
    assert (rising["change_high"] >= 0).all()
    assert (rising["mean_low"] <= rising["mean_high"]).all()


def test_paired_errors_are_those_seen_over_seeds() -> None:
    """And far smaller than those of what is subtracted, as if luck were not shared."""
    seeds, paths = 60, 300
    rows = [
        rank_drivers(_known(), paths=paths, seed=seed).frame.filter(level="team", figure="win_rate")
        for seed in range(seeds)
    ]
    frame = pl.concat(rows)
    for key in ("change_low", "change_high", "mean_low"):
        seen = float(np.std(frame[key].to_numpy(), ddof=1))
        said = float(np.sqrt(np.mean(frame[f"{key}_se"].to_numpy() ** 2)))
        assert abs(seen / said - 1) < 4 / np.sqrt(2 * (seeds - 1)), key
    unpaired = np.hypot(frame["p_hit_se"].to_numpy(), frame["p_hit_low_se"].to_numpy())
    seen = float(np.std(frame["change_low"].to_numpy(), ddof=1))
    assert abs(seen / np.sqrt(np.mean(unpaired**2)) - 1) > 4 / np.sqrt(2 * (seeds - 1))


def test_workers_and_batches_change_no_bit(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor does asking about a simulation instead of its scenario."""
    one = rank_drivers(_team(), paths=100, seed=7, workers=1)
    monkeypatch.setattr(drivers, "_AT_ONCE", 2)
    others = (
        rank_drivers(_team(), paths=100, seed=7, workers=3),
        rank_drivers(simulate(_team(), paths=100, seed=7)),
    )
    for other in others:
        assert_frame_equal(one.frame, other.frame, check_exact=True)
        assert_frame_equal(one.parts["split"], other.parts["split"], check_exact=True)
        assert one.provenance == other.provenance
    control = rank_drivers(_team(), paths=100, seed=8)
    assert not control.frame.equals(one.frame)


def test_progress_is_told_of_all_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    """It rises by one rep at a time, up to the number of all."""
    monkeypatch.setattr(drivers, "_AT_ONCE", 8)
    told: list[tuple[int, int]] = []
    rank_drivers(_team(), paths=20, progress=lambda done, total: told.append((done, total)))
    # seven assumptions, two moves each but of hires: two batches and the split, of three reps
    assert [(done, 9) for done in range(1, 10)] == told


@pytest.mark.parametrize(
    ("months", "team", "rep", "named", "expected"),
    [
        (15, {"month": 1.0}, {}, None, ("year", "2027")),
        (9, {"quarter": [0, 0, 5]}, {}, None, ("quarter", "2027-Q3")),
        (5, {"month": {"2027-05": 3.0}}, {}, None, ("month", "2027-05")),
        (6, {"month": 1.0}, {}, None, ("quarter", "2027-Q1")),
        (2, {"month": 1.0}, {}, None, ("month", "2027-01")),
        (6, {}, {"month": {"2027-02": 1.0}}, None, ("month", "2027-02")),
        (6, {"month": 1.0}, {}, "2027-Q2", ("quarter", "2027-Q2")),
        (6, {}, {"month": {"2027-02": 1.0}}, "2027-02", ("month", "2027-02")),
        (6, {}, {"month": {"2027-02": 1.0}}, "2027-01", None),
        (6, {}, {}, None, None),
    ],
)
def test_the_period_is_the_plans(
    months: int, team: Any, rep: Any, named: str | None, expected: tuple[str, str] | None
) -> None:
    """The longest one that the team has a quota for, and of these the first."""
    scenario = make(
        None, {"name": "Ana", "quota": rep}, {"name": "Bo"}, months=months, team={"quota": team}
    )
    assert expected == choose_period(variant_of(scenario, 7), named)


@pytest.mark.parametrize(
    ("months", "team", "rep", "named", "expected"),
    [
        (6, {"month": 1.0}, {}, "quarter", ["2027-Q1", "2027-Q2"]),
        (3, {"month": 1.0}, {}, "month", ["2027-01", "2027-02", "2027-03"]),
        (12, {"month": 1.0}, {}, "year", ["2027"]),
        (6, {"quarter": {"2027-Q2": 9.0}}, {"month": 1.0}, "quarter", ["2027-Q2"]),
        (6, {}, {"quarter": {"2027-Q2": 9.0}}, "quarter", ["2027-Q2"]),
        (6, {}, {}, "month", []),
        (6, {"month": 1.0}, {}, "2027-Q2", ["2027-Q2"]),
        (6, {}, {}, None, []),
        (6, {"month": 1.0}, {}, None, ["2027-Q1"]),
    ],
)
def test_a_cadence_is_all_of_its_periods(
    months: int, team: Any, rep: Any, named: str | None, expected: list[str]
) -> None:
    """That have a quota: the team's, else anybody's."""
    scenario = make(
        None, {"name": "Ana", "quota": rep}, {"name": "Bo"}, months=months, team={"quota": team}
    )
    found = choose_periods(variant_of(scenario, 7), named)
    assert expected == [name for _, name in found]


def test_a_cadence_that_is_not_there() -> None:
    """Half a year is no year."""
    with pytest.raises(ArgumentError, match="there is no whole year"):
        rank_drivers(_team(), period="year", paths=20)
    without = rank_drivers(make(None, {"name": "Ana"}), period="month", paths=20)
    assert "Nobody has a quota in any month:" in without.cautions[0].text


def test_all_periods_of_a_cadence_are_those_one_by_one() -> None:
    """To the bit, tornado and split, whatever is looked at together."""
    both = rank_drivers(_team(), period="quarter", paths=100, seed=7)
    for name in ("2027-Q1", "2027-Q2"):
        one = rank_drivers(_team(), period=name, paths=100, seed=7)
        assert_frame_equal(both.frame.filter(period=name), one.frame, check_exact=True)
        split = both.parts["split"].filter(period=name)
        assert_frame_equal(split, one.parts["split"], check_exact=True)
    team = both.frame.filter(level="team")["period"].to_list()
    assert team == sorted(team)


def test_an_unknown_period_is_refused() -> None:
    """With what was probably meant."""
    with pytest.raises(ArgumentError, match=r"got '2027-Q5'; did you mean '2027-Q1'\?"):
        rank_drivers(_known(), period="2027-Q5", paths=20)


def test_without_quotas_there_is_no_chance_to_move() -> None:
    """The answer says so, and its tables keep their columns."""
    answer = rank_drivers(make(None, {"name": "Ana"}), paths=20)
    assert ["no_quota"] == [caution.code for caution in answer.cautions]
    assert "any period" in answer.cautions[0].text
    assert (list(SCHEMA), list(SPLIT)) == (answer.frame.columns, answer.parts["split"].columns)
    assert answer.frame.is_empty()
    named = rank_drivers(make(None, {"name": "Ana"}, months=3), period="2027-02", paths=20)
    assert "2027-02" in named.cautions[0].text


def test_a_team_moves_less_far_than_its_reps() -> None:
    """Reps with rates of their own each go all the way, and the team as far as it says."""
    own = {"s": {"win_rate": {"won": 6, "of": 20}}}
    reps = [{**rep, "segments": own} for rep in REPS]
    told = segment(opps=1.5, size=8_000.0, cycle=20.0)
    scenario = make({"s": told}, *reps, months=3)
    frame = rank_drivers(scenario, paths=PATHS, seed=7).frame.filter(figure="win_rate")
    low = {(row["level"], row["name"]): row["low"] for row in frame.iter_rows(named=True)}
    percentile = float(stats.beta(6.5, 14.5).ppf(0.1))
    mean = 6.5 / 21
    for name, members in (("Ana", 1), ("Bo", 1), ("East", 1), ("West", 2), ("Team", 3)):
        level = "rep" if name in ("Ana", "Bo") else "team" if name == "Team" else "group"
        assert low[level, name] == pytest.approx(mean - (mean - percentile) / members**0.5)
    written = make({"s": {**told, "win_rate": low["team", "Team"]}}, *REPS, months=3)
    plain = _p_hits(written, "2027-Q1")
    (row,) = frame.filter(level="team").iter_rows(named=True)
    assert row["p_hit_low"] == plain["team", "Team"]


def test_who_has_no_quota_has_no_row() -> None:
    """And one whom nothing concerns neither: not even a rep without anything to sell."""
    reps = {"name": "Ana", "quota": {"quarter": 9_000}}, {"name": "Bo"}
    frame = rank_drivers(make(None, *reps, months=3), paths=50).frame
    assert {"Ana"} == set(frame["name"])


def test_bad_arguments_are_refused() -> None:
    """Before anything is drawn."""
    with pytest.raises(ArgumentError, match="paths"):
        rank_drivers(_known(), paths=1)
    with pytest.raises(ArgumentError, match="workers"):
        rank_drivers(_known(), workers=0)
    with pytest.raises(InputError):
        rank_drivers(Scenario(name="Nobody", start=date(2027, 1, 1)))
