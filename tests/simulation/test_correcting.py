"""Past weeks repeated, and bookings spread more widely."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest
from scipy import stats

from quotarisk.analysis.attainment import estimate_attainment
from quotarisk.scenario.scenario import Scenario
from quotarisk.simulation.correcting import (
    common_means,
    correct,
    correct_and_trace,
    mix,
    repeat_weeks,
    repeated_mean,
    share_luck,
    spread,
    tie,
    weeks_of,
)
from quotarisk.simulation.estimates import Array
from quotarisk.simulation.paths import draw_rep
from quotarisk.simulation.simulation import simulate
from tests.simulation.cases import START, book, scenario_of, setting_of, task_of

SINCE = START - timedelta(days=7 * 13)
REPS = [{"name": "Ana"}, {"name": "Bo"}]


def _past(rep: str, first: date = SINCE, scale: float = 100.0) -> list[dict[str, Any]]:
    """Thirteen weeks: on the third day of week k is booked k + 1 times the scale."""
    return [
        {"rep": rep, "date": first + timedelta(days=7 * week + 2), "amount": scale * (week + 1)}
        for week in range((START - first).days // 7)
    ]


def _corrected(**told: Any) -> Scenario:
    correction = {"own_history": 1.0, "since": SINCE, **told}
    return scenario_of(reps=REPS, booked=_past("Ana") + _past("Bo"), correction=correction)


def _weeks(scenario: Scenario, name: str = "Ana") -> Array:
    rows = tuple(row for row in scenario.booked or () if row.rep == name)
    return weeks_of(rows, SINCE, START)


def test_weeks_of_the_past() -> None:
    """Whole weeks are counted back from the start; what lies outside of them is left out."""
    scenario = _corrected()
    weeks = _weeks(scenario)

    assert (13, 7) == weeks.shape
    assert [100_00.0 * week for week in range(1, 14)] == weeks[:, 2].tolist()
    assert weeks.sum() == weeks[:, 2].sum()
    rows = tuple(row for row in scenario.booked or () if row.rep == "Ana")
    assert (12, 7) == weeks_of(rows, SINCE + timedelta(days=1), START).shape
    assert 0 == len(weeks_of((), START, START))


def test_repeats_are_past_weeks() -> None:
    """A month's bookings are a sum of days of past weeks: here of hundreds, one a week."""
    scenario = _corrected()
    booked = repeat_weeks(_weeks(scenario), setting_of(scenario), 4_000)

    assert (5, 4_000) == booked.shape
    assert not np.any(booked % 100_00)
    # the third days of weeks from a Friday on: 3 Jan to 31 Jan are five
    assert 5 * 100_00 <= booked[0].min()
    assert booked[0].max() <= 5 * 1300_00
    mean, se = booked[0].mean(), booked[0].std() / np.sqrt(4_000)
    assert abs(mean - 5 * 700_00) < 4 * se
    assert abs(mean - 4 * 700_00) > 4 * se


def test_weeks_are_cut_at_month_ends() -> None:
    """Every day of the horizon is in one month, so that all months hold all days."""
    scenario = scenario_of(start=date(2027, 1, 13), months=4)
    daily = np.full((3, 7), 100.0)
    booked = repeat_weeks(daily, setting_of(scenario), 5)

    assert [[1900.0] * 5, [2800.0] * 5, [3100.0] * 5, [3000.0] * 5] == booked.tolist()


def test_paths_share_their_weeks() -> None:
    """Two reps with the same past repeat the same weeks on the same paths."""
    scenario = _corrected()
    np.testing.assert_array_equal(book(scenario, "Ana", paths=200), book(scenario, "Bo", paths=200))


def test_share_of_the_paths() -> None:
    """The share asked for repeats the past, the same paths for all reps; others are the model's."""
    paths = 10_000
    model = book(_corrected(own_history=0.0), paths=paths)
    past = book(_corrected(own_history=1.0), paths=paths)
    mixed = book(_corrected(own_history=0.3), paths=paths)

    repeats = (mixed == past).all(axis=0)
    np.testing.assert_array_equal(mixed[:, ~repeats], model[:, ~repeats])
    assert abs(repeats.mean() - 0.3) < 4 * np.sqrt(0.3 * 0.7 / paths)
    np.testing.assert_array_equal(mixed, mix(model, past, 0.3, seed=7))


def test_more_of_the_past_keeps_what_was() -> None:
    """A larger share repeats the past on the same paths, and on more."""
    past = book(_corrected(own_history=1.0), paths=2_000)
    few, many = (
        (book(_corrected(own_history=share), paths=2_000) == past).all(axis=0)
        for share in (0.2, 0.6)
    )
    assert (few <= many).all()
    assert few.sum() < many.sum()


def _repeats(scenario: Scenario) -> bool:
    """Whether Ana's bookings are past weeks, not the model's."""
    alone = scenario.correction.model_copy(update={"own_history": 0.0})
    model = book(scenario.model_copy(update={"correction": alone}), paths=500)
    return not np.array_equal(model, book(scenario, paths=500))


@pytest.mark.parametrize("key", ["booked_since", "start_date"])
@pytest.mark.parametrize(("days", "repeats"), [(7 * 13, True), (7 * 13 - 1, False), (0, False)])
def test_who_came_later_keeps_to_the_model(key: str, days: int, repeats: bool) -> None:
    """A rep's own first day cuts the past off; with less than a quarter of it the model stays."""
    scenario = _corrected()
    since = START - timedelta(days=days)
    reps = tuple(rep.model_copy(update={key: since}) for rep in scenario.reps)
    assert repeats == _repeats(scenario.model_copy(update={"reps": reps}))


@pytest.mark.parametrize("shape", [0.8, 0.4])
def test_spread_makes_forecasts_too_narrow_right(shape: float) -> None:
    """Outcomes whose ranks are Beta(a, a) have uniform ranks after spreading by a; before not."""
    rng = np.random.default_rng(1)
    samples = np.round(np.sort(rng.normal(1e6, 1e5, 4_000))).astype(np.float64)
    came = np.quantile(samples, rng.beta(shape, shape, 2_000))
    wide = samples[np.newaxis].copy()
    spread(wide, shape)
    # the mean is kept, and so is a symmetric law's middle
    ranks = np.searchsorted(np.sort(wide[0]), came) / samples.size
    before = np.searchsorted(samples, came) / samples.size
    limit = 4 * np.sqrt(0.8 * 0.2 / came.size)

    assert abs((abs(ranks - 0.5) < 0.4).mean() - 0.8) < limit
    assert abs((abs(before - 0.5) < 0.4).mean() - 0.8) > limit
    assert stats.kstest(ranks, "uniform").pvalue > 1e-4


def test_spread_keeps_the_mean_and_the_order() -> None:
    """Months of a path stay together, the best stays the best, each month's mean what it was."""
    rng = np.random.default_rng(2)
    booked = np.round(rng.lognormal(24, 1, (3, 2_001)))
    before = booked.copy()
    spread(booked, 0.5)

    order = np.argsort(before.sum(axis=0), kind="stable")
    np.testing.assert_allclose(booked.mean(axis=1), before.mean(axis=1), rtol=1e-6)
    assert booked.sum(axis=0).std() > 1.1 * before.sum(axis=0).std()
    assert not np.any(booked % 1)
    # each month is scaled by one factor, so that a path's months are one of those that were
    scale = booked[:, order[-1]] / before[:, order[-1]]
    ratio = booked[0] / scale[0] / (booked[1] / scale[1])
    assert set(np.round(ratio, 6)) <= set(np.round(before[0] / before[1], 6))


def test_spread_of_one_does_nothing() -> None:
    """Nor does it where nothing is booked."""
    booked = np.arange(12.0).reshape(2, 6)
    spread(booked, 1.0)
    np.testing.assert_array_equal(np.arange(12.0).reshape(2, 6), booked)
    nothing = np.zeros((2, 6))
    spread(nothing, 0.3)
    assert not nothing.any()


def test_shared_luck() -> None:
    """A factor of median 1 and the deviation asked for, by month, the last one held on."""
    paths = 40_000
    booked = np.full((3, paths), 1e9)
    factors = share_luck(booked, (0.1, 0.3), seed=3) / 1e9

    for month, sd in enumerate((0.1, 0.3, 0.3)):
        logs = np.log(factors[month])
        assert abs(logs.std() - sd) < 4 * sd / np.sqrt(2 * paths)
        assert abs(logs.mean()) < 4 * sd / np.sqrt(paths)
    np.testing.assert_array_equal(factors[1], factors[2])


def test_shared_luck_stays_in_the_sum() -> None:
    """The team's spread grows as each rep's does: luck that reps share does not average out."""
    plain = simulate(scenario_of(reps=REPS), paths=4_000)
    shared = simulate(scenario_of(reps=REPS, correction={"shared": [0.5]}), paths=4_000)
    means = [s.team.periods.mean[0] for s in (plain, shared)]
    relative = [s.team.periods.sd[0] / s.team.periods.mean[0] for s in (plain, shared)]

    assert means[1] == pytest.approx(means[0] * np.exp(0.125), rel=0.05)
    # independent factors of 1 and exp(.25) - 1 = .284 in variance
    expected = np.sqrt((1 + relative[0] ** 2) * np.exp(0.25) - 1)
    assert relative[1] == pytest.approx(expected, rel=0.06)


@pytest.mark.parametrize("together", [0.2, 0.8])
def test_tied_luck(together: float) -> None:
    """Normal scores of two reps correlate as asked; each has the paths that it had."""
    paths, rng = 20_000, np.random.default_rng(4)
    reps = [np.round(rng.lognormal(10, 1, (3, paths))) for _ in range(2)]
    tied = [rep.copy() for rep in reps]
    for rep in tied:
        tie(rep, together, seed=3)

    scores = [stats.norm.ppf((stats.rankdata(rep.sum(axis=0)) - 0.5) / paths) for rep in tied]
    correlation = stats.pearsonr(scores[0], scores[1])[0]
    assert abs(correlation - together) < 4 * (1 - together**2) / np.sqrt(paths)
    for before, after in zip(reps, tied, strict=True):
        one, other = (each[:, np.lexsort(each)] for each in (before, after))
        np.testing.assert_array_equal(one, other)


def test_nothing_tied() -> None:
    """Where reps have nothing more in common, paths stay where they are."""
    booked = np.arange(12.0)[::-1].reshape(2, 6).copy()
    tie(booked, 0.0, seed=3)
    np.testing.assert_array_equal(np.arange(12.0)[::-1].reshape(2, 6), booked)


def test_ties_widen_the_team_alone() -> None:
    """Each rep's law stays, of every month and quarter; the team's becomes wider."""
    plain = scenario_of(reps=REPS)
    tied = scenario_of(reps=REPS, correction={"together": 0.6})
    for name in ("Ana", "Bo"):
        one, other = (book(s, name, paths=2_000) for s in (plain, tied))
        np.testing.assert_array_equal(np.sort(one, axis=1), np.sort(other, axis=1))
        quarter, again = (np.sort(each[:3].sum(axis=0)) for each in (one, other))
        np.testing.assert_array_equal(quarter, again)
    before, after = (simulate(s, paths=4_000).team.periods for s in (plain, tied))
    assert after.mean[0] == pytest.approx(before.mean[0], rel=1e-9)
    assert after.sd[0] > 1.1 * before.sd[0]


def test_blocks_are_corrected_each_on_its_own() -> None:
    """Bookings of one block tell nothing of another's; tied paths stay in theirs."""
    scenario = scenario_of(correction={"together": 0.6, "month_shape": 0.7, "quarter_shape": 0.8})
    task, setting = task_of(scenario), setting_of(scenario)
    model = draw_rep(task, setting, paths=900)
    other = model.copy()
    other[:, :400] *= 3
    for starts, is_apart in (((0, 400), True), ((0,), False)):
        one, two = model.copy(), other.copy()
        correct(one, task, setting, starts=starts)
        correct(two, task, setting, starts=starts)
        assert is_apart == np.array_equal(one[:, 400:], two[:, 400:])
        np.testing.assert_allclose(one.mean(axis=1), model.mean(axis=1), rtol=1e-6)


def test_a_block_has_the_luck_of_its_paths() -> None:
    """What all reps share on a path does not depend on how paths are cut."""
    rng, paths = np.random.default_rng(6), 4_000
    booked = np.round(rng.lognormal(10, 1, (1, paths)))
    whole, cut = booked.copy(), booked.copy()
    tie(whole, 0.9, seed=3)
    tie(cut[:, :2_000], 0.9, seed=3)
    tie(cut[:, 2_000:], 0.9, seed=3, first_path=2_000)
    wrong = booked.copy()
    tie(wrong[:, 2_000:], 0.9, seed=3)
    expected, limit = 0.9, 4 * (1 - 0.9**2) / np.sqrt(2_000)
    for other, is_near in ((cut, True), (wrong, False)):
        found = stats.spearmanr(whole[0, 2_000:], other[0, 2_000:])[0]
        assert is_near == bool(found > expected - limit)


ALL_AT_ONCE = {
    "own_history": 0.4, "together": 0.5, "shared": (0.2, 0.4), "month_shape": 0.8,
    "quarter_shape": 0.7,
}  # fmt: skip


@pytest.mark.parametrize("told", [{"own_history": 0.4}, {"together": 0.5}, ALL_AT_ONCE])
def test_what_paths_add_is_the_mean(told: dict[str, Any]) -> None:
    """Bookings are those of `correct` to the bit, and what paths add to their means makes these."""
    scenario = _corrected(**{"own_history": 0.0, **told})
    task, setting = task_of(scenario), setting_of(scenario)
    model = draw_rep(task, setting, paths=1_000)
    usual = 1.3 * model[:, ::-1]
    plain, traced = model.copy(), model.copy()
    correct(plain, task, setting, usual=usual.mean(axis=1))
    added = correct_and_trace(traced, task, setting, usual=usual)

    np.testing.assert_array_equal(plain, traced)
    np.testing.assert_allclose(added.mean(axis=1), traced.mean(axis=1), rtol=1e-6)
    assert not np.array_equal(added, traced)


def test_means_of_what_is_repeated_and_shared() -> None:
    """Of weeks that are cut at months' ends, and of a lognormal factor."""
    scenario, paths = _corrected(shared=(0.2, 0.5)), 40_000
    setting, weeks = setting_of(scenario), _weeks(scenario)
    past = repeat_weeks(weeks, setting, paths)
    factors = share_luck(np.full((5, paths), 1e9), (0.2, 0.5), seed=7) / 1e9
    for drawn, mean in (
        (past, repeated_mean(weeks, setting.horizon)),
        (factors, common_means(5, (0.2, 0.5))),
    ):
        limit = 4 * drawn.std(axis=1) / np.sqrt(paths)
        assert (np.abs(drawn.mean(axis=1) - mean) < limit).all()
        assert (np.abs(drawn.mean(axis=1) - 1.05 * mean) > limit).all()
    assert [1.0] * 3 == common_means(3, ()).tolist()


def test_every_three_months_are_spread_together() -> None:
    """Quarters from the start on are wider, and a month alone where that is asked for."""
    plain = book(scenario_of(), paths=4_000)
    quarter = book(scenario_of(correction={"quarter_shape": 0.5}), paths=4_000)
    month = book(scenario_of(correction={"month_shape": 0.5}), paths=4_000)

    for block in (slice(0, 3), slice(3, 5)):
        assert quarter[block].sum(axis=0).std() > 1.2 * plain[block].sum(axis=0).std()
    assert all(month[i].std() > 1.2 * plain[i].std() for i in range(5))


def test_nothing_is_exact_that_is_corrected() -> None:
    """The exact figure is of the model alone: a corrected scenario has none."""
    quota = {"quota": {"month": 10_000}}
    plain = estimate_attainment(simulate(scenario_of(rep=quota), paths=100))
    wide = estimate_attainment(
        simulate(scenario_of(rep=quota, correction={"month_shape": 0.5}), paths=100)
    )
    assert plain.frame["p_hit_exact"].drop_nulls().len()
    assert not wide.frame["p_hit_exact"].drop_nulls().len()
