"""Mixes of segments: today's exactly, others against exact distributions, and what is told."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

import quotarisk as qr
from quotarisk.analysis.answers import Answer
from quotarisk.analysis.exact import exact_p_hit, rep_sources
from quotarisk.analysis.mix import trace_mix
from quotarisk.analysis.mix_frames import write_mix
from quotarisk.errors import ArgumentError
from quotarisk.scenario.scenario import Scenario
from quotarisk.simulation.lowering import rep_tasks
from quotarisk.simulation.simulation import answered_periods, setting_of
from tests.analysis.blends import KNOWN, OPPS, PER_HOUR, QUOTA, funnel, two_segments
from tests.analysis.cases import make, open_deal, segment

PATHS = 4_000
MARKET = {"creation": 0.1, "win_odds": 0.15}


def _mixed(*more: dict[str, Any], **told: Any) -> Scenario:
    """Reps with two, three and one segment, in two groups, some of it uncertain."""
    segments = {
        "small": segment(opps={"opps": 60, "weeks": 52}, win={"won": 20, "of": 60}, size=8_000.0),
        "mid": segment(opps=0.5, win=0.3, size=20_000.0, cycle=60.0),
        "large": segment(opps=0.2, win=0.2, size=90_000.0, cycle=150.0),
    }
    reps: list[dict[str, Any]] = [
        {"name": "Ana", "group": "East", "quota": {"month": 18_000}},
        {"name": "Bo", "group": "West", "quota": {"month": 9_000},
         "segments": {"small": {}, "mid": {}}},
        {"name": "Cy", "quota": {"month": 5_000}, "segments": {"small": {}}},
        *more,
    ]  # fmt: skip
    return make(segments, *reps, **{"market": MARKET, "months": 12, **told})


@pytest.fixture(scope="module")
def answer() -> Answer:
    """The team, in mid-quarter."""
    booked = [{"rep": "Ana", "date": date(2027, 1, 5), "amount": 30_000.0}]
    return trace_mix(_mixed(booked=booked), by="opportunities", step=0.5, paths=600, seed=7)


def _today(frame: pl.DataFrame, name: str) -> dict[str, Any]:
    (row,) = frame.filter("today", name=name).iter_rows(named=True)
    return row


@pytest.mark.parametrize("step", [0.5, 0.25])
def test_today_is_the_simulation(step: float) -> None:
    """Today's mix is on the grid once, with the very figures of a plain run."""
    scenario = _mixed()
    simulation = qr.simulate(scenario, paths=300, seed=3)
    plain = qr.estimate_attainment(simulation).frame
    cadence = qr.compare_cadences(simulation).frame

    frame = trace_mix(simulation, step=step).frame

    for name in ("Ana", "Bo"):
        row = _today(frame, name)
        (year,) = plain.filter(level="rep", name=name, cadence="year").iter_rows(named=True)
        (rep,) = cadence.filter(name=name).iter_rows(named=True)
        assert (year["mean"], year["p10"]) == (row["mean"], row["p10"])
        assert year["sd"] == pytest.approx(row["sd"], rel=1e-12)
        for key in ("mean", "sd", "p10"):
            assert year[f"{key}_se"] == pytest.approx(row[f"{key}_se"], rel=1e-2), key
        for key in ("p_hit_month", "p_hit_quarter", "p_hit_year"):
            assert rep[key] == pytest.approx(row[key], rel=1e-12), key
            assert rep[f"{key}_se"] == pytest.approx(row[f"{key}_se"], rel=1e-2), key
        changes = {key: value for key, value in row.items() if "_change" in key}
        assert {0.0} == set(changes.values())


def test_today_on_the_grid() -> None:
    """Where today's mix is a point of the grid it is not there twice."""
    frame = trace_mix(two_segments(), by="opportunities", step=0.25, paths=50).frame

    assert 5 == frame.height
    assert [0.75] == frame.filter("today")["share_small"].to_list()
    assert 6 == trace_mix(two_segments(), step=0.25, paths=50).frame.height


def _scaled(small: float, opps: dict[str, float]) -> Scenario:
    return two_segments({"small": opps["small"] * small, "large": opps["large"] * (1 - small)})


def _exact(scenario: Scenario) -> tuple[Any, dict[str, float]]:
    """The sources, and mean P(hit) by cadence by Fourier transform."""
    (task,), periods = rep_tasks(scenario), answered_periods(scenario)
    sources = rep_sources(task, setting_of(scenario, 0), periods)
    found: dict[str, list[float]] = {}
    for row, period in enumerate(periods):
        quota = QUOTA["month"] * len(period.month_names)
        found.setdefault(period.cadence, []).append(exact_p_hit(sources, row, quota))
    return sources, {cadence: float(np.mean(told)) for cadence, told in found.items()}


@pytest.mark.parametrize("by", ["opportunities", "hours"])
def test_points_are_exact(by: Any) -> None:
    """Mean and variance of the compound Poisson sum, and P(hit), at every share."""
    scenario = two_segments(per_hour=PER_HOUR)
    whole = {"small": 2.0, "large": 2.0} if by == "opportunities" else {"small": 2.75, "large": 1.1}
    frame = trace_mix(scenario, by=by, step=0.25, paths=PATHS, seed=1).frame
    names = [period.name for period in answered_periods(scenario)]
    last = names.index(frame["period"][0])
    wrong = 0

    assert {by} == set(frame["moved"])
    for row in frame.iter_rows(named=True):
        sources, chances = _exact(_scaled(row["share_small"], whole))
        mean = sources.mean[last]
        variance = sum(
            deals.wins[last] * (deals.size.variance + deals.size.mean**2) for deals in sources.new
        )
        assert abs(row["mean"] - mean) < 4 * row["mean_se"]
        assert abs(row["sd"] - np.sqrt(variance)) < 4 * row["sd_se"]
        for cadence, chance in chances.items():
            assert abs(row[f"p_hit_{cadence}"] - chance) < 4 * row[f"p_hit_{cadence}_se"]
        # the control: it is not the mix of another share
        other, _ = _exact(_scaled(0.8 * row["share_small"] + 0.1, whole))
        wrong += abs(row["mean"] - other.mean[last]) > 4 * row["mean_se"]
    assert wrong > 0


def test_the_mean_is_linear_in_the_shares() -> None:
    """Of opportunities and of hours; three points on a line, within the errors of differences."""
    frame = trace_mix(two_segments(), step=0.5, paths=PATHS).frame.filter(
        pl.col("share_small").is_in([0.0, 0.5, 1.0])
    )
    first, middle, last = frame["mean_change"].to_list()
    most = 4 * max(frame["mean_change_se"].to_list())

    assert abs(middle - (first + last) / 2) < most
    assert abs(first - last) > most  # the control


def test_every_column_has_its_error(answer: Answer) -> None:
    """Each simulated figure, and nothing is null but segments that a rep does not sell."""
    exact = {"point", "made"} | {key for key in answer.frame.columns if key.startswith("share_")}
    for key, kind in answer.frame.schema.items():
        if kind == pl.Float64 and not key.endswith("_se") and key not in exact:
            assert f"{key}_se" in answer.frame.columns
    assert answer.frame.filter(name="Bo")["share_large"].is_null().all()
    assert 0 == answer.frame.drop("share_large").null_count().sum_horizontal().item()


def test_points(answer: Answer) -> None:
    """Numbered in their order, shares together 1; the total of opportunities stays."""
    for (name,), rows in answer.frame.group_by("name", maintain_order=True):
        assert list(range(rows.height)) == rows["point"].to_list(), name
        shares = rows.select(pl.sum_horizontal("^share_.*$"))
        assert all(share == pytest.approx(1) for share in shares.to_series())
        assert all(made == pytest.approx(1) for made in rows["made"])
    assert {"Ana": 7, "Bo": 4} == dict(answer.frame.group_by("name").len().iter_rows())


def test_flags(answer: Answer) -> None:
    """What differs, what beats today's, and what is on the frontier agree with the figures."""
    for row in answer.frame.iter_rows(named=True):
        clear = [abs(row[f"{key}_change"]) > 2 * row[f"{key}_change_se"] for key in ("mean", "sd")]
        assert any(clear) == row["differs"]
        better = row["mean_change"] > 0 and row["sd_change"] < 0
        assert (all(clear) and better) == row["beats_today"]
    for _, rows in answer.frame.group_by("name"):
        top = rows.sort("mean", descending=True).row(0, named=True)
        calm = rows.sort("sd").row(0, named=True)
        assert top["frontier"]
        assert calm["frontier"]


def test_today_is_clearly_beaten() -> None:
    """By the same number of opportunities that are worth a little more and rarely lost."""
    segments = {
        "few": segment(opps=1.0, win=0.1, size=100_000.0, cycle=20.0),
        "many": segment(opps=1.0, win=0.9, size=13_000.0, cycle=20.0),
    }
    frame = trace_mix(make(segments, months=6), by="opportunities", step=0.5, paths=PATHS).frame

    assert [0.0] == frame.filter("beats_today")["share_few"].to_list()
    assert [0.0] == frame.filter("frontier")["share_few"].to_list()


def test_best(answer: Answer) -> None:
    """A row for each rep and cadence; the mix is one of the grid's, the gain its own."""
    best = answer.parts["best"]

    assert [
        (name, cadence) for name in ("Ana", "Bo") for cadence in ("month", "quarter", "year")
    ] == list(best.select("name", "cadence").iter_rows())
    for row in best.iter_rows(named=True):
        (point,) = answer.frame.filter(name=row["name"], point=row["point"]).iter_rows(named=True)
        assert point["mix"] == row["mix"]
        assert point["mean_change"] == row["mean_change"]
        assert row["p_hit"] - row["p_hit_today"] == pytest.approx(row["gain"])
        assert _today(answer.frame, row["name"])["mix"] == row["mix_today"]


def test_the_same_bits() -> None:
    """Any number of threads and of variants at hand, and whoever else is looked at."""
    scenario = _mixed()
    every = trace_mix(scenario, step=0.5, paths=100, workers=2)
    alone = trace_mix(scenario, step=0.5, paths=100, workers=1, reps=["Bo"])

    columns = alone.frame.columns
    assert_frame_equal(every.frame.filter(name="Bo").select(columns), alone.frame)
    assert_frame_equal(
        every.parts["best"].filter(name="Bo").select(alone.parts["best"].columns),
        alone.parts["best"],
    )


def test_mixes_in_words() -> None:
    """Segments without a share are not named."""
    assert "a 62 %, c 38 %" == write_mix("abc", [0.625, 0.0, 0.375])


# --- cautions and errors


def _codes(answer: Answer) -> list[str]:
    return [caution.code for caution in answer.cautions]


def test_cautions() -> None:
    """Who is left out and why, what is moved, how coarsely, and what shows late."""
    bound = {"name": "Di", "hours_per_week": 40.0}
    idle = {"name": "Ed", "segments": {"small": {"opps_per_week": 0}, "mid": {"opps_per_week": 0}}}
    twin = {"name": "Fay", "segments": {"mid": {}}}
    answer = trace_mix(_mixed(bound, idle, twin), step=0.05, paths=10)
    told: dict[str, list[str]] = {caution.code: [] for caution in answer.cautions}
    for caution in answer.cautions:
        told[caution.code].append(caution.text)

    left_out = " ".join(told["mix_left_out"])
    assert "Cy and Fay: each sells one segment only" in left_out
    assert "Di: has hours_per_week, but a funnel in fewer than two segments" in left_out
    assert "Ed: makes no opportunities" in left_out
    (coarser,) = told["mix_coarser"]
    assert coarser.startswith("Ana: steps of 10 % instead of 5 %")
    (one,) = told["mix_by_worth"]
    assert one.startswith("Ana and Bo: no funnel in every segment says what an opportunity takes")
    (late,) = told["mix_late"]
    assert late.startswith("large: deals take 150 days to win on average, so the 365 days")


def _texts(answer: Answer, code: str) -> list[str]:
    return [caution.text for caution in answer.cautions if caution.code == code]


def test_one_for_one() -> None:
    """Who asks for it is told what it takes for granted, and nothing of worth."""
    answer = trace_mix(two_segments(months=12), by="opportunities", step=0.5, paths=10)
    (one,) = _texts(answer, "mix_one_for_one")

    assert one.startswith("Ana: opportunities are moved one for one")
    assert ["mix_one_for_one"] == _codes(answer)


def test_what_is_not_moved_as_told() -> None:
    """Whose mix is of something else than was asked for, and why."""
    funnels = {name: {"funnel": funnel(rate)} for name, rate in PER_HOUR.items()}
    segments = {name: segment(opps=OPPS[name], **KNOWN[name]) for name in KNOWN}
    bound = {"name": "Bo", "hours_per_week": 20.0, "segments": funnels}
    scenario = make(segments, {"name": "Ana"}, bound, months=12)

    (told,) = _texts(trace_mix(scenario, by="worth", step=0.5, paths=10), "mix_not_as_told")
    assert "Bo: hours are moved and not worth, as hours_per_week bound what is made." == told
    (told,) = _texts(trace_mix(scenario, by="hours", step=0.5, paths=10), "mix_not_as_told")
    assert told.startswith("Ana: worth is moved and not hours, as no funnel in every segment")
    free = make({"a": segment(opps=1.0, size=0.0), "b": segment(opps=1.0)}, {"name": "Ana"})
    (told,) = _texts(trace_mix(free, by="worth", step=0.5, paths=10), "mix_not_as_told")
    assert told.endswith("not worth, as opportunities of a segment are worth nothing.")
    with pytest.raises(ArgumentError, match="by must be hours or left out where hours_per_week"):
        trace_mix(scenario, by="worth", reps=["Bo"], paths=10)
    assert [] == _texts(trace_mix(scenario, reps=["Bo"], step=0.5, paths=10), "mix_not_as_told")


def test_shares_stand_in_the_order_of_the_segments() -> None:
    """Whatever the order in which a rep writes them."""
    turned: dict[str, Any] = {"segments": {"large": {}, "small": {}}}
    frame = trace_mix(two_segments(rep=turned), step=0.5, paths=10).frame

    assert ["share_small", "share_large"] == [key for key in frame.columns if "share" in key]
    assert frame["mix"][1].startswith("small ")
    assert "large 100 %" == frame.sort("share_large")["mix"][-1]


def test_no_balance() -> None:
    """Who has no time for what comes is told, of those alone whose mix is looked at."""
    rep = {"hours_per_week": 30.0, "prospecting_share": 0.9}
    more = {name: {"hours_per_open_deal": 3.0} for name in KNOWN}
    scenario = two_segments(per_hour=PER_HOUR, rep=rep, more=more)

    assert "no_balance" in _codes(trace_mix(scenario, step=0.5, paths=10))


def test_no_cautions() -> None:
    """Hours of fast deals on a grid that is not too fine."""
    assert [] == _codes(trace_mix(two_segments(per_hour=PER_HOUR, months=12), step=0.5, paths=10))


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"step": 0.3}, "step must be a share"),
        ({"by": "effort"}, "by must be one of hours, opportunities, worth, got 'effort'"),
        ({"reps": ["Anna"]}, "no rep is called 'Anna'; did you mean 'Ana'?"),
        ({"paths": 1}, "paths must be a whole number"),
    ],
)
def test_wrong_arguments(told: dict[str, Any], said: str) -> None:
    """What, what was got, and what is allowed."""
    with pytest.raises(ArgumentError) as caught:
        trace_mix(two_segments(), **told)
    assert said in str(caught.value)


def test_nothing_to_move_and_nothing_open() -> None:
    """That is no question; with an open deal its weight still is one."""
    single = make({"s": segment()}, months=3)
    with pytest.raises(ArgumentError, match="a mix needs a rep who makes opportunities and sells"):
        trace_mix(single, paths=10)

    deals = [open_deal(1, 10, amount=5_000.0)]
    answer = trace_mix(make({"s": segment()}, months=3, open_deals=deals), paths=10)
    assert 0 == answer.frame.height == answer.parts["best"].height
    assert 2 == answer.parts["concentration"].height  # Ana and the team, who have no quota


def test_without_quotas() -> None:
    """Mean and spread are told all the same; no chance, and no best mix."""
    answer = trace_mix(two_segments(rep={"quota": {}}), step=0.5, paths=50)

    assert answer.frame["p_hit_month"].is_null().all()
    assert answer.frame["frontier"].any()
    assert 0 == answer.parts["best"].height


def test_it_prints(answer: Answer) -> None:
    """An answer is told on one screen, with what it leaves out."""
    assert "Which mix of segments is hit most often?" in repr(answer)
    assert "a move to slower ones puts them off." in answer.note
    assert set(OPPS) == set(KNOWN)
