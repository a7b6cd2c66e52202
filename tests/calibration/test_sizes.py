"""Sizes: how honest are the amounts, and when does a segment's law serve a rep?"""

from __future__ import annotations

import math
from datetime import date, timedelta
from typing import NamedTuple

import numpy as np
import polars as pl
import pytest
from scipy import special

from quotarisk.calibration.sizes import (
    FEWEST_VALUES,
    MOST_OWN_VALUES,
    MOST_VALUES,
    SPREAD_PRIOR_SD,
    SPREADS,
    Sizes,
    equal_values,
    fit_sizes,
)
from quotarisk.scenario.figures import LawSpec
from quotarisk.scenario.laws import Array

END = date(2025, 12, 31)
HISTORIES, REPS = 200, 8
NAMES = tuple(f"rep {i}" for i in range(REPS))
SEGMENTS = ("large", "medium", "small")
PLACE = np.array([10.0, 9.0, 8.0])
SIGMA = np.array([0.8, 0.6, 0.4])
DEALS = np.array([2.0, 3.0, 6.0])  # expected wins of a rep in each segment
Deal = tuple[str, str, str, date, float | None]
SCORE = 1.2815515655446004


def frame_of(deals: list[Deal]) -> pl.DataFrame:
    """Won deals and others as a snapshot holds them, as far as sizes look."""
    schema = {
        "rep": pl.String,
        "segment": pl.String,
        "outcome": pl.String,
        "closed": pl.Date,
        "amount": pl.Float64,
    }
    return pl.DataFrame(deals, schema=schema, orient="row")


def won(rep: str, segment: str, amounts: list[float], *, days_ago: int = 10) -> list[Deal]:
    """Deals that a rep won on one day."""
    return [(rep, segment, "won", END - timedelta(days=days_ago), amount) for amount in amounts]


def fit(deals: list[Deal], **options: tuple[str, ...]) -> Sizes:
    """Fit what is known at the end of 2025."""
    found = fit_sizes(frame_of(deals), as_of=END, **options)
    assert found is not None
    return found


class Made(NamedTuple):
    """A small team with known locations, and what was fitted to a year of wins."""

    truth: Array  # [reps, segments]
    effect: Array  # [reps]
    logs: tuple[Array, ...]  # [segments] logarithms of the amounts
    fitted: Sizes


def make(rng: np.random.Generator, tau: float) -> Made:
    """Win a year's deals, few a rep."""
    effect = tau * rng.standard_normal(REPS)
    counts = rng.poisson(DEALS, (REPS, len(SEGMENTS)))
    rep, segment = (np.repeat(part.ravel(), counts.ravel()) for part in np.indices(counts.shape))
    logs = effect[rep] + PLACE[segment] + SIGMA[segment] * rng.standard_normal(len(rep))
    closed = [END - timedelta(days=int(day)) for day in rng.integers(0, 365, len(rep))]
    deals: list[Deal] = [
        (NAMES[r], SEGMENTS[s], "won", day, float(np.exp(log)))
        for r, s, day, log in zip(rep, segment, closed, logs, strict=True)
    ]
    by_segment = tuple(logs[segment == s] for s in range(len(SEGMENTS)))
    fitted = fit(deals, reps=NAMES, segments=SEGMENTS)
    return Made(effect[:, np.newaxis] + PLACE, effect, by_segment, fitted)


@pytest.fixture(scope="module")
def worlds() -> list[Made]:
    """Teams whose reps differ by a log sd drawn from the prior."""
    rng = np.random.default_rng(1)
    drawn = np.clip(np.abs(rng.normal(0, SPREAD_PRIOR_SD, HISTORIES)), SPREADS[0], SPREADS[-1])
    return [make(rng, float(tau)) for tau in drawn]


@pytest.fixture(scope="module")
def plain_worlds() -> list[Made]:
    """Teams whose reps differ by a log sd of .3."""
    rng = np.random.default_rng(2)
    return [make(rng, 0.3) for _ in range(HISTORIES)]


def covered(mean: Array, sd: Array, truth: Array) -> float:
    """How often do 80 % intervals hold the truth?"""
    return float((np.abs(mean - truth) < SCORE * sd).mean())


def covered_locations(worlds: list[Made]) -> float:
    """Of all reps and segments of all worlds."""
    place, sd, truth = (
        np.array(part)
        for part in zip(
            *[(one.fitted.location, one.fitted.location_sd, one.truth) for one in worlds],
            strict=True,
        )
    )
    return covered(place, sd, truth)


def test_locations_are_covered(worlds: list[Made]) -> None:
    """80 % intervals of a rep's median size hold the truth in 74 to 86 %, over the prior."""
    assert 0.74 < covered_locations(worlds) < 0.86


def test_locations_are_covered_at_one_spread(plain_worlds: list[Made]) -> None:
    """They do, too, where reps differ as they do in small teams."""
    assert 0.74 < covered_locations(plain_worlds) < 0.86


def test_the_segments_law_alone_is_not_enough(plain_worlds: list[Made]) -> None:
    """Negative control: a segment's location for every rep, sure as its mean, fails."""
    place = np.array([[logs.mean() for logs in one.logs] for one in plain_worlds])
    sd = np.array(
        [[logs.std() / math.sqrt(len(logs)) for logs in one.logs] for one in plain_worlds]
    )
    truth = np.array([one.truth for one in plain_worlds])
    assert covered(place[:, np.newaxis], sd[:, np.newaxis], truth) < 0.74


def test_locations_are_unbiased(plain_worlds: list[Made]) -> None:
    """Locations are right on average, within 4 standard errors."""
    off = np.array([(one.fitted.location - one.truth).mean() for one in plain_worlds])
    assert abs(off.mean()) < 4 * off.std() / math.sqrt(HISTORIES)


def test_evidence_is_the_locations_sd(worlds: list[Made]) -> None:
    """The law's log sd over sqrt(of) is the location's sd, in the scenario's own words."""
    fitted = worlds[0].fitted
    for rep, segment in np.ndindex(REPS, len(SEGMENTS)):
        of = float(fitted.of[rep, segment])
        listed = fitted.own_values[rep][segment]
        if listed or fitted.as_segment[rep, segment]:
            law = LawSpec(values=listed or fitted.values[segment], of=of)
        else:
            median, p90 = fitted.median[rep, segment], fitted.p90[rep, segment]
            law = LawSpec(median=float(median), p90=float(p90), of=of)
        if of > 1:
            assert fitted.location_sd[rep, segment] == pytest.approx(law.factor_sd, rel=1e-6)
    assert (fitted.of > 1).mean() > 0.8


def test_against_known_tau() -> None:
    """With one segment of equal counts a rep's effect is the normal-normal mean, tau averaged."""
    rng = np.random.default_rng(3)
    reps, each = 40, 50
    effects = 0.5 * rng.standard_normal(reps)
    logs = 8 + effects[:, np.newaxis] + 0.4 * rng.standard_normal((reps, each))
    names = tuple(f"{i:02}" for i in range(reps))
    deals = [
        deal
        for name, row in zip(names, logs, strict=True)
        for deal in won(name, "only", np.exp(row).tolist())
    ]
    fitted = fit(deals)
    assert names == fitted.reps
    assert fitted.log_sd[0] == pytest.approx(0.4, rel=0.05)
    shrunken = (logs.mean(axis=1) - logs.mean()) * 0.5**2 / (0.5**2 + 0.4**2 / each)
    np.testing.assert_allclose(fitted.rep_effect, shrunken, rtol=0, atol=0.01)
    np.testing.assert_allclose(fitted.own_weight, 0.25 / (0.25 + 0.16 / each), atol=0.01)
    assert fitted.location_sd[:, 0] == pytest.approx(0.4 / math.sqrt(each), rel=0.1)


def test_recent_deals_count_more() -> None:
    """Amounts that doubled are followed; a deal of 120 days ago counts half as much."""
    old = won("a", "s", [1000.0] * 30, days_ago=360)
    new = won("a", "s", [2000.0] * 30, days_ago=0)
    fitted = fit(old + new)
    expected = (math.log(1000) / 8 + math.log(2000)) / (9 / 8)
    assert fitted.location[0, 0] == pytest.approx(expected, abs=0.01)
    assert np.mean(fitted.values[0]) == pytest.approx((1000 / 8 + 2000) / (9 / 8), rel=1e-4)


def test_values_keep_the_mean() -> None:
    """Equally likely values have the weighted mean, however few they are, and rise."""
    rng = np.random.default_rng(4)
    amounts, weights = rng.lognormal(8, 1.5, 977), rng.uniform(0.1, 1, 977)
    for count in (1, 7, MOST_VALUES):
        values = equal_values(amounts, weights, count=count)
        assert count == len(values)
        assert np.mean(values) == pytest.approx(np.average(amounts, weights=weights), abs=0.005)
        assert sorted(values) == list(values)


def test_values_from_twelve_on() -> None:
    """A segment of twelve won amounts sells what was seen; one of eleven a lognormal law."""
    rng = np.random.default_rng(5)
    amounts = rng.lognormal(8, 0.5, FEWEST_VALUES).round(2).tolist()
    fitted = fit(won("a", "few", amounts[1:]) + won("a", "many", amounts))
    assert ("few", "many") == fitted.segments
    assert () == fitted.values[0]
    assert set(amounts) == set(fitted.values[1])
    assert not fitted.as_segment[:, 0].any()
    assert fitted.segment_median[0] == pytest.approx(np.exp(fitted.location[0, 0]), rel=0.1)


def test_own_values_keep_the_mean_of_what_was_seen() -> None:
    """Two prices far apart: a rep's own law has their mean; a lognormal one guesses at it."""
    prices = [100.0, 1_000.0, 1_000.0, 1_000.0] * 20
    fitted = fit(won("dear", "s", [2 * price for price in prices]) + won("a", "s", prices))
    assert not fitted.as_segment.any()
    mean = [float(np.mean(own[0])) for own in fitted.own_values]
    assert mean == pytest.approx([775, 1550], rel=0.01)
    logs = np.log(prices)
    assert np.exp(logs.mean() + logs.var() / 2) > 1.1 * 775  # negative control


def test_own_values_are_the_segments_times_the_factor() -> None:
    """A rep's own list is at most 60 long, as wide as the segment's, and a cent at least."""
    rng = np.random.default_rng(8)
    amounts = rng.lognormal(8, 1, 100)
    fitted = fit(won("a", "s", amounts.tolist()) + won("b", "s", (amounts / 3).tolist()))
    (a,), (b,) = fitted.own_values
    assert (MOST_OWN_VALUES, MOST_OWN_VALUES, MOST_VALUES) == (
        len(a),
        len(b),
        len(fitted.values[0]),
    )
    for own, effect in zip((a, b), fitted.rep_effect, strict=True):
        mean = np.mean(fitted.values[0]) * np.exp(effect)
        assert np.mean(own) == pytest.approx(mean, rel=1e-4)
        assert np.std(own) / mean == pytest.approx(
            np.std(fitted.values[0]) / np.mean(fitted.values[0]), rel=0.05
        )
    tiny = fit(won("a", "s", [0.01, 0.02] * 20) + won("b", "s", [100.0, 200.0] * 20))
    assert min(tiny.own_values[0][0]) == 0.01


SHAPE = 0.4  # of a gamma law whose logarithms are skewed to the left
SKEWED_WORLDS, SKEWED_DEALS = 60, 25


class Skewed(NamedTuple):
    """A team that sells amounts whose logarithms are skewed to the left."""

    mean: Array  # [reps] true mean amounts
    naive: Array  # [reps] mean logarithms, all reps' mean apart
    fitted: Sizes


def sell_skewed(rng: np.random.Generator) -> Skewed:
    """Sell gamma amounts of mean 10,000, times the factor of each rep."""
    factor = np.exp(0.3 * rng.standard_normal(REPS))
    amounts = np.maximum(
        factor[:, np.newaxis] * rng.gamma(SHAPE, 1e4 / SHAPE, (REPS, SKEWED_DEALS)), 0.01
    )
    deals = [
        deal
        for name, row in zip(NAMES, amounts, strict=True)
        for deal in won(name, "s", row.tolist())
    ]
    logs = np.log(amounts).mean(axis=1)
    return Skewed(1e4 * factor, logs - logs.mean(), fit(deals))


@pytest.fixture(scope="module")
def skewed() -> list[Skewed]:
    """Teams that sell skewed amounts."""
    rng = np.random.default_rng(9)
    return [sell_skewed(rng) for _ in range(SKEWED_WORLDS)]


def means_of(fitted: Sizes, rep: int) -> float:
    """Mean of a rep's law in the only segment."""
    return float(np.mean(fitted.own_values[rep][0] or fitted.values[0]))


def test_skewed_amounts_are_compared_by_means(skewed: list[Skewed]) -> None:
    """Amounts that are skewed to the left on the log scale go by means, wide lognormal ones not."""
    assert all(one.fitted.by_means for one in skewed)
    rng = np.random.default_rng(10)
    wide = [deal for name in NAMES for deal in won(name, "s", rng.lognormal(8, 1.2, 50).tolist())]
    assert not fit(wide).by_means


def test_skewed_means_are_covered(skewed: list[Skewed]) -> None:
    """80 % intervals of a rep's mean amount hold the truth, within 4 standard errors."""
    hits = []
    for one in skewed:
        place = np.log([means_of(one.fitted, rep) for rep in range(REPS)])
        off = np.abs(place - np.log(one.mean))
        hits.append((off < SCORE * one.fitted.location_sd[:, 0]).mean())
    # reps of a world share its level, so worlds are what is independent
    assert abs(np.mean(hits) - 0.8) < 4 * np.std(hits) / math.sqrt(SKEWED_WORLDS)


def test_skewed_means_are_unbiased(skewed: list[Skewed]) -> None:
    """A team's mean amounts are right on average, within 4 standard errors."""
    off = np.array(
        [
            np.mean([means_of(one.fitted, rep) for rep in range(REPS)]) / one.mean.mean() - 1
            for one in skewed
        ]
    )
    assert abs(off.mean()) < 4 * off.std() / math.sqrt(SKEWED_WORLDS)


def test_skewed_reps_are_told_apart(skewed: list[Skewed]) -> None:
    """Means find the reps' factors far better than mean logarithms do."""
    truth = np.log([one.mean / np.exp(np.log(one.mean).mean()) for one in skewed])
    found = np.array([one.fitted.rep_effect for one in skewed])
    error = ((found - truth) ** 2).mean()
    assert error < truth.var()
    assert error < ((np.array([one.naive for one in skewed]) - truth) ** 2).mean() / 3


def test_skewed_laws_are_as_wide_as_what_was_seen(skewed: list[Skewed]) -> None:
    """The laws' coefficient of variation is that of the amounts; a lognormal law's is not."""
    wide = np.array(
        [np.std(one.fitted.values[0]) / np.mean(one.fitted.values[0]) for one in skewed]
    )
    assert abs(wide.mean() - SHAPE**-0.5) < 4 * wide.std() / math.sqrt(SKEWED_WORLDS) + 0.03
    log_variance = special.polygamma(1, SHAPE)
    assert math.sqrt(math.expm1(log_variance)) > 10 * SHAPE**-0.5  # negative control


def test_few_skewed_amounts_have_a_law_of_their_mean() -> None:
    """Where too few were seen, the lognormal law has the mean, not the logarithms, of amounts."""
    amounts = [0.5, 900.0, 950.0, 1000.0, 1050.0, 1100.0, 1000.0, 1000.0]
    fitted = fit(won("a", "s", amounts))
    assert fitted.by_means
    mean = fitted.segment_median[0] * math.exp(fitted.log_sd[0] ** 2 / 2)
    assert mean == pytest.approx(np.mean(amounts), rel=0.02)
    logs = np.log(amounts)
    assert math.exp(logs.mean() + logs.var() / 2) > 5 * mean  # negative control


def test_one_huge_deal_does_not_overshoot() -> None:
    """A deal far above all others, in a team that goes by means, is believed in part."""
    rng = np.random.default_rng(11)
    usual = np.maximum(rng.gamma(SHAPE, 1e4 / SHAPE, 300), 0.01).tolist()
    fitted = fit(won("a", "s", usual) + won("b", "s", [3e5]))
    assert fitted.by_means
    assert 0.1 < fitted.rep_effect[1] < math.log(30)


def test_reps_worlds_apart() -> None:
    """Amounts of a cent and of billions, in one segment, leave figures that a scenario takes."""
    fitted = fit(won("a", "s", [0.01, 0.02] * 300) + won("b", "s", [1e11, 2e11] * 300))
    assert np.isfinite(fitted.location).all()
    assert np.isfinite(fitted.location_sd).all()


def test_reps_that_are_alike_share_the_segments_law() -> None:
    """Reps who sell the same use the segment's values; one who sells double does not."""
    rng = np.random.default_rng(6)
    pattern = np.exp(8 + 0.3 * rng.standard_normal(40))
    alike = [deal for name in "abcdef" for deal in won(name, "s", pattern.tolist())]
    assert fit(alike).as_segment.all()
    mixed = fit(alike + won("twice", "s", (2 * pattern).tolist()))
    assert not mixed.as_segment[-1, 0]
    assert mixed.rep_effect[-1] - mixed.rep_effect[0] == pytest.approx(math.log(2), abs=0.1)


def test_thin_reps_and_segments_lean_on_the_others() -> None:
    """One large deal is believed in part; a rep without any deal is the team's, less sure."""
    rng = np.random.default_rng(7)
    deals = [d for name in "abcd" for d in won(name, "s", rng.lognormal(8, 0.5, 40).tolist())]
    deals += won("thin", "s", [float(np.exp(10))])
    names = ("a", "b", "c", "d", "new", "thin")
    fitted = fit(deals, reps=names, segments=("none", "s"))
    assert 0 == fitted.own_weight[4] < fitted.own_weight[5] < fitted.own_weight[0]
    assert 0 < fitted.rep_effect[5] < 0.75 * (10 - 8)
    assert abs(fitted.rep_effect[4]) < 1e-9
    assert fitted.location_sd[4, 1] > fitted.location_sd[0, 1]
    assert fitted.segment_of[0] == 1  # nothing is known of the segment
    assert () == fitted.values[0]
    assert fitted.log_sd[0] == pytest.approx(fitted.log_sd[1], rel=0.1)


def test_a_rep_alone_owns_the_sizes() -> None:
    """The only rep leans on nobody."""
    assert [1.0] == fit(won("a", "s", [100.0, 200.0])).own_weight.tolist()


def test_one_price() -> None:
    """Amounts that are all the same leave figures that a scenario takes."""
    fitted = fit(won("a", "s", [500.0] * 3))
    law = LawSpec(median=fitted.median[0, 0], p90=fitted.p90[0, 0], of=fitted.of[0, 0])
    assert 500 == pytest.approx(law.law.ppf(0.5))
    many = fit(won("a", "s", [500.0] * 2000))
    assert LawSpec(values=many.values[0], of=many.of[0, 0]).factor_sd < 1e-9


def test_only_won_amounts_speak() -> None:
    """Lost, open, later, unknown and zero amounts change nothing; without others there is none."""
    day, later = END - timedelta(days=5), END + timedelta(days=1)
    silent: list[Deal] = [
        ("a", "s", "lost", day, 9e9),
        ("a", "s", "open", day, 9e9),
        ("a", "s", "won", later, 9e9),
        ("a", "s", "won", day, None),
        ("a", "s", "won", day, 0.0),
    ]
    told = won("a", "s", [100.0, 150.0, 220.0])
    np.testing.assert_array_equal(fit(told).location, fit(told + silent).location)
    np.testing.assert_array_equal(fit(told).location_sd, fit(told + silent).location_sd)
    assert fit_sizes(frame_of(silent), as_of=END) is None
