"""The split of the team's variance, where it is known in closed form."""

from __future__ import annotations

import math
from datetime import date
from typing import Any

import numpy as np
import polars as pl
import pytest

from quotarisk.analysis import variance
from quotarisk.analysis.exact import rep_sources
from quotarisk.analysis.risk import assess_risk
from quotarisk.analysis.variance import PARTS, Kinds, kinds_of, split_variance
from quotarisk.scenario.correction import Correction
from quotarisk.scenario.scenario import Scenario
from quotarisk.simulation.lowering import rep_tasks
from quotarisk.simulation.simulation import answered_periods, setting_of, simulate
from tests.analysis.cases import lognormal, make, open_deal, segment

PATHS = 100_000
QUARTER = 3  # row of the quarter, in a horizon of three months
PRICES = {"Ana": 10_000.0, "Ben": 30_000.0}
OPPS = {"Ana": 6.0, "Ben": 1.5}
WIN = 0.4


def _pair(win: dict[str, Any] | None = None, **told: Any) -> Scenario:
    """Two reps who sell at fixed prices for a quarter; Ana may have a win rate of her own."""
    reps = [
        {"name": name, "segments": {name: own}}
        for name, own in (("Ana", {} if win is None else {"win_rate": win}), ("Ben", {}))
    ]
    segments = {
        name: segment(opps=OPPS[name], win=WIN, size=PRICES[name], cycle=lognormal(20.0, 0.5))
        for name in PRICES
    }
    segments = told.pop("segments", segments)
    return make(segments, *reps, months=3, **told)


def _expected(scenario: Scenario) -> np.ndarray[Any, np.dtype[np.float64]]:
    """``[reps]`` expected bookings of the quarter, with all rates known and no market."""
    setting, periods = setting_of(scenario, 0), answered_periods(scenario)
    sources = [rep_sources(task, setting, periods) for task in rep_tasks(scenario)]
    return np.array([each.mean[QUARTER] for each in sources])


def _rows(frame: pl.DataFrame) -> list[dict[str, Any]]:
    return frame.filter(cadence="quarter").to_dicts()


def _near(expected: float, found: dict[str, Any], key: str) -> bool:
    return bool(abs(found[key] - expected) < 4 * found[f"{key}_se"])


@pytest.mark.parametrize("what", ["deal_size", "creation"])
def test_a_market_of_one_quarter(what: str) -> None:
    """Bookings of two reps times one lognormal factor: mean, variance and all shares of it.

    With F of mean 1 and E F^2 = g, bookings of mean m and variance v: sizes times F give
    Var = g (v + m^2) - m^2, numbers of deals times F give v + m^2 (g - 1).
    """
    spread = 0.3
    g = math.exp(spread**2)
    simulation = simulate(_pair(market={what: spread}), paths=PATHS, seed=3)
    means = _expected(_pair())
    alone = means * np.array(list(PRICES.values())) * (g if what == "deal_size" else 1.0)
    mean, shared = means.sum(), means.sum() ** 2 * (g - 1)
    variance = alone.sum() + shared
    found = assess_risk(simulation).frame.filter(level="team", cadence="quarter").row(0, named=True)
    assert _near(mean, found, "mean")
    sd, error = simulation.team.periods.sd[QUARTER] / 100, simulation.team.periods.sd_se[QUARTER]
    assert abs(sd - math.sqrt(variance)) < 4 * error / 100
    assert abs(sd - math.sqrt(alone.sum())) > 4 * error / 100  # without a market (control)

    parts = split_variance(simulation, workers=2)
    market, rates, own_rates, luck = _rows(parts["variance"].filter(level="team"))
    assert _near(shared / variance, market, "share")
    assert _near(alone.sum() / variance, luck, "share")
    assert (0.0, 0.0, 0.0, 0.0) == tuple(
        each[key] for each in (rates, own_rates) for key in ("share", "share_se")
    )
    for row in _rows(parts["contributors"]):
        place = list(PRICES).index(row["name"])
        share = (alone[place] + means[place] * mean * (g - 1)) / variance
        assert _near(share, row, "share")
        assert _near(alone[place] / variance, row, "own")
        assert not _near(means[place] / mean, row, "share")  # not by what they book (control)
    shares = (alone + means * mean * (g - 1)) / variance
    (spread_over,) = _rows(parts["concentration"])
    assert _near(1 / (shares**2).sum(), spread_over, "effective_reps")


def test_all_kinds_at_once() -> None:
    """A market, a rate of a segment, one of a rep, and deals: each part by its formula.

    Given F and the win rates w, bookings have mean F sum c w and variance F sum c w price. With
    t = Var(w) / E(w)^2: market m^2 (g - 1), shared rate g m_B^2 t_B, own rate g m_A^2 t_A, luck
    sum m price.
    """
    spread, won, of = 0.2, 7.5, 19.0  # Beta(8, 12), of mean WIN
    told = {"won": won, "of": of}
    t = 12 / (8 * 21)
    segments = {
        "Ana": segment(opps=6.0, win=WIN, size=10_000.0, cycle=lognormal(20.0, 0.5)),
        "Ben": segment(opps=1.5, win=told, size=30_000.0, cycle=lognormal(20.0, 0.5)),
    }
    scenario = _pair(told, segments=segments, market={"creation": spread})
    ana, ben = _expected(_pair())
    g = math.exp(spread**2)
    expected = np.array(
        [(ana + ben) ** 2 * (g - 1), g * ben**2 * t, g * ana**2 * t, ana * 1e4 + ben * 3e4]
    )
    expected /= expected.sum()
    assert Kinds(True, True, True) == kinds_of(scenario, rep_tasks(scenario))
    parts = split_variance(simulate(scenario, paths=PATHS, seed=4))
    found = _rows(parts["variance"].filter(level="team"))
    assert list(PARTS) == [row["part"] for row in found]
    assert [True, True, False, False] == [row["is_shared"] for row in found]
    assert 1.0 == pytest.approx(sum(row["share"] for row in found))
    for share, row in zip(expected, found, strict=True):
        assert _near(share, row, "share")
        assert row["share_se"] < 0.02
    for share, row in zip(expected[[1, 0, 3, 2]], found, strict=True):
        assert not _near(share, row, "share")  # parts that change places are seen (control)
    own = {row["name"]: row["own"] for row in _rows(parts["contributors"])}
    assert found[2]["share"] + found[3]["share"] == pytest.approx(sum(own.values()))


def test_rates_of_reps_alone() -> None:
    """Without a market and shared rates everything is the reps' own, exactly."""
    scenario = _pair({"won": 7.5, "of": 19.0})
    assert Kinds(False, False, True) == kinds_of(scenario, rep_tasks(scenario))
    ana, ben = _expected(_pair())
    rates = ana**2 * 12 / (8 * 21)
    parts = split_variance(simulate(scenario, paths=PATHS, seed=5))
    market, shared, own, luck = _rows(parts["variance"].filter(level="team"))
    assert (0.0, 0.0, 0.0, 0.0) == tuple(
        each[key] for each in (market, shared) for key in ("share", "share_se")
    )
    assert _near(rates / (rates + ana * 1e4 + ben * 3e4), own, "share")
    assert 1.0 == pytest.approx(own["share"] + luck["share"])


def test_rates_of_segments_alone() -> None:
    """A rate that two reps share hangs over both, and is no market."""
    told = {"s": segment(opps=3.0, win={"won": 7.5, "of": 19.0}, size=5_000.0)}
    known = {"s": segment(opps=3.0, win=WIN, size=5_000.0)}
    reps = [{"name": "Ana"}, {"name": "Ben"}]
    scenario = make(told, *reps, months=3)
    assert Kinds(False, True, False) == kinds_of(scenario, rep_tasks(scenario))
    mean = _expected(make(known, *reps, months=3)).sum()
    rates = mean**2 * 12 / (8 * 21)
    found = _rows(split_variance(simulate(scenario, paths=PATHS, seed=6))["variance"])[-4:]
    assert 0.0 == found[0]["share"] == found[2]["share"]
    assert _near(rates / (rates + mean * 5_000), found[1], "share")


@pytest.mark.parametrize(
    "told", [{"together": 0.5}, {"shared": (0.3,)}, {"own_history": 0.5, "since": date(2026, 1, 1)}]
)
def test_luck_in_common(told: dict[str, Any]) -> None:
    """What a correction gives to all reps counts as the market does."""
    booked = [
        {"rep": name, "date": date(2026, month, 1), "amount": 20_000.0 * (month % 3)}
        for name in PRICES
        for month in range(1, 13)
    ]
    scenario = _pair(correction=told, booked=booked)
    assert Kinds(True, False, False) == kinds_of(scenario, rep_tasks(scenario))
    found = _rows(split_variance(simulate(scenario, paths=4_000, seed=7))["variance"])[-4:]
    assert found[0]["share"] > 4 * found[0]["share_se"]
    assert 1.0 == pytest.approx(sum(row["share"] for row in found))


def _errors_over_spread(
    scenario: Scenario, seeds: int, *, paths: int
) -> dict[str, np.ndarray[Any, np.dtype[np.float64]]]:
    """Root mean square of the reported errors over the spread of the figures, by figure."""
    told: list[list[float]] = []
    for seed in range(seeds):
        parts = split_variance(simulate(scenario, paths=paths, seed=seed), workers=1)
        first = _rows(parts["contributors"].sort("name"))[0]
        (spread,) = _rows(parts["concentration"])
        told.append([row[key] for row, key in (
            (first, "share"), (first, "own"), (spread, "effective_reps"),
            (first, "share_se"), (first, "own_se"), (spread, "effective_reps_se"),
        )])  # fmt: skip
    values, errors = np.split(np.array(told), 2, axis=1)
    ratio = np.sqrt((errors**2).mean(axis=0)) / values.std(axis=0, ddof=1)
    return dict(zip(("share", "own", "effective_reps"), ratio, strict=True))


TIED = {"together": 0.9}
TIED_AND_SPREAD = {"together": 0.9, "month_shape": 0.6, "quarter_shape": 0.5}
RANKED_SEEDS, RANKED_PATHS = 130, 2_000


def _ranked(told: dict[str, Any]) -> Scenario:
    segments = {
        name: segment(opps=opps, win=WIN, size=lognormal(size, 0.8))
        for name, opps, size in (("Ana", 4.0, 8_000.0), ("Ben", 0.5, 90_000.0))
    }
    return _pair(segments=segments, correction=told, market={"creation": 0.1})


@pytest.mark.parametrize("told", [TIED, TIED_AND_SPREAD])
def test_errors_hold_where_paths_are_put_in_order(told: dict[str, Any]) -> None:
    """Figures scatter over seeds by their errors, though ranks make paths depend on each other."""
    # four errors of a deviation over so many seeds, as a share: a quarter
    limit = 4 / math.sqrt(2 * (RANKED_SEEDS - 1))
    found = _errors_over_spread(_ranked(told), RANKED_SEEDS, paths=RANKED_PATHS)
    for figure, ratio in found.items():
        assert abs(1 / ratio - 1) < limit, figure


def test_errors_of_one_block_would_not_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: batches of paths that are tied all together tell far too small an error."""
    monkeypatch.setattr(variance, "_block_starts", lambda *_: (0,))
    seeds = 40
    found = _errors_over_spread(_ranked(TIED_AND_SPREAD), seeds, paths=RANKED_PATHS)
    for figure in ("share", "effective_reps"):
        assert 1 / found[figure] - 1 > 4 / math.sqrt(2 * (seeds - 1)), figure


@pytest.mark.parametrize(("paths", "blocks"), [(2, 2), (300, 4), (2_000, 8), (20_000, 16)])
def test_blocks_of_paths(paths: int, blocks: int) -> None:
    """As many as there are paths for, of the same size; and one where nothing is put in order."""
    ranked = Correction(together=0.1)
    starts = variance._block_starts(ranked, paths)
    sizes = np.diff([*starts, paths])
    assert (blocks, 0) == (len(starts), starts[0])
    assert sizes.max() - sizes.min() <= 1
    assert (0,) == variance._block_starts(Correction(own_history=0.3, shared=(0.1,)), paths)
    parts = split_variance(simulate(_ranked(TIED_AND_SPREAD), paths=min(paths, 300)))
    assert 1.0 == pytest.approx(parts["contributors"].filter(cadence="quarter")["share"].sum())


def test_cycles_of_lost_deals_matter_to_open_ones() -> None:
    """That they are not known is no luck of anybody who lists no deals."""
    lost = {**lognormal(20.0, 0.5), "of": 4.0}
    segments = {"s": segment(lost_cycle_days=lost)}
    plain = make(segments)
    listed = make(segments, open_deals=[open_deal(1, 10)])
    assert Kinds(False, False, False) == kinds_of(plain, rep_tasks(plain))
    assert Kinds(False, True, False) == kinds_of(listed, rep_tasks(listed))


def test_open_deals_are_own_luck() -> None:
    """Listed deals are drawn anew with everybody's luck: all of it is the reps' own."""
    segments = {"s": segment(opps=0.0, lost_cycle_days=30.0, cycle=lognormal(40.0, 0.6))}
    deals = [open_deal(number, 20, amount=5_000.0) for number in range(20)]
    won = {"win_rate": {"won": 3.0, "of": 9.0}}
    scenario = make(
        segments,
        {"name": "Ana", "segments": {"s": won}},
        open_deals=deals,
        market={"win_odds": 0.3},
        months=3,
    )
    found = _rows(split_variance(simulate(scenario, paths=20_000, seed=8))["variance"])[-4:]
    assert 0.2 < found[3]["share"] < 0.9
    assert found[2]["share"] > 4 * found[2]["share_se"]


def test_contributors_in_order() -> None:
    """The largest first, period by period; shares add up to 1, groups and quarters named."""
    reps: list[dict[str, Any]] = [
        {"name": "Cy", "group": "East", "segments": {"s": {"opps_per_week": 0.5}}},
        {"name": "Ana", "group": "West", "segments": {"s": {"opps_per_week": 4.0}}},
        {"name": "Ben"},
    ]
    parts = split_variance(simulate(make(None, *reps, months=6), paths=2_000, seed=1))
    frame = parts["contributors"]
    assert ["2027-Q1"] * 3 + ["2027-Q2"] * 3 == frame["period"].to_list()
    assert ["Ana", "Ben", "Cy"] * 2 == frame["name"].to_list()
    assert ["West", "", "East"] * 2 == frame["group"].to_list()
    sums = frame.group_by("period").agg(pl.col("share").sum())["share"]
    np.testing.assert_allclose(sums, 1.0)
    assert ["East", "West", "Team"] == parts["variance"].filter(part="luck", period="2027-Q1")[
        "name"
    ].to_list()


def test_months_where_there_is_nothing_longer() -> None:
    """A horizon without a quarter is told by the month."""
    parts = split_variance(simulate(make(None, months=2), paths=200))
    for part in parts.values():
        assert {"month"} == set(part["cadence"])
