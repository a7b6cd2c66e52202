"""Creation: how honest are the rates, and who is believed how much?"""

from __future__ import annotations

import math
from datetime import date, timedelta
from typing import NamedTuple

import numpy as np
import polars as pl
import pytest
from scipy import stats

from quotarisk.calibration.creation import Creation, evidence_of, first_days, fit_creation
from quotarisk.scenario.figures import OppRate
from quotarisk.scenario.laws import Array

START, END = date(2025, 1, 1), date(2025, 12, 31)
DAYS = 365
HISTORIES, REPS = 150, 8
MIX = np.array([0.6, 0.3, 0.1])
NAMES = tuple(f"rep {i}" for i in range(REPS))
SEGMENTS = ("large", "medium", "small")


def frame_of(rows: list[tuple[str, str, date]]) -> pl.DataFrame:
    """Opportunities as a snapshot holds them, as far as creation looks."""
    schema = {"rep": pl.String, "segment": pl.String, "created": pl.Date}
    return pl.DataFrame(rows, schema=schema, orient="row")


def evenly(
    rep: str, count: int, *, first: date = START, last: date = END
) -> list[tuple[str, str, date]]:
    """Opportunities of one rep at even distances."""
    days = (last - first).days + 1
    return [
        (rep, "small", first + timedelta(days=int((k + 0.5) * days / count))) for k in range(count)
    ]


def fit(rows: list[tuple[str, str, date]], **options: object) -> Creation:
    """Fit the year 2025."""
    told = {"observed_from": START, "as_of": END, "ahead": 3, **options}
    return fit_creation(frame_of(rows), **told)  # type: ignore[arg-type]


class Made(NamedTuple):
    """Rates a week that are known, and what was fitted to a year of them."""

    rate: Array  # [reps, segments]
    counted: Array  # [reps]
    fitted: Creation


@pytest.fixture(scope="module")
def worlds() -> list[Made]:
    """Small teams: 11 to 43 opportunities a rep, rates with a log sd of .35, own mixes."""
    rng = np.random.default_rng(1)
    made = []
    for seed in range(HISTORIES):
        daily = rng.uniform(11, 43) / DAYS * np.exp(0.35 * rng.standard_normal(REPS))
        mixes = rng.dirichlet(MIX * 30, REPS)
        count = rng.poisson(daily * DAYS)
        rows = [
            (name, str(segment), START + timedelta(days=int(day)))
            for name, number, mix in zip(NAMES, count, mixes, strict=True)
            for day, segment in zip(
                rng.integers(0, DAYS, number), rng.choice(SEGMENTS, number, p=mix), strict=True
            )
        ]
        fitted = fit(rows, reps=NAMES, segments=SEGMENTS, draws=400, seed=seed)
        made.append(Made(daily[:, np.newaxis] * 7 * mixes, count.astype(np.float64), fitted))
    return made


def covered(opps: Array, weeks: Array, truth: Array) -> float:
    """How often do 80 % intervals of Gamma(opps + 1/2, weeks) hold the truth?"""
    low, high = (stats.gamma.ppf(level, opps + 0.5, scale=1 / weeks) for level in (0.1, 0.9))
    return float(((low < truth) & (truth < high)).mean())


def test_rep_rates_are_covered(worlds: list[Made]) -> None:
    """80 % intervals of rep rates hold the truth in 74 to 86 %."""
    pairs = [evidence_of(made.fitted.rep_rate, made.fitted.rep_rate_sd) for made in worlds]
    opps, weeks = (np.array(part) for part in zip(*pairs, strict=True))
    assert 0.74 < covered(opps, weeks, np.array([made.rate.sum(axis=1) for made in worlds])) < 0.86


def test_segment_rates_are_covered(worlds: list[Made]) -> None:
    """80 % intervals of a rep's rate in a segment hold the truth in 74 to 86 %."""
    opps = np.array([made.fitted.opps for made in worlds])
    weeks = np.array([made.fitted.weeks for made in worlds])
    truth = np.array([made.rate for made in worlds])
    assert 0.74 < covered(opps, weeks, truth) < 0.86


def test_the_teams_rate_alone_is_not_enough(worlds: list[Made]) -> None:
    """Negative control: a team's rate for every rep, sure as its count, fails the same check."""
    opps = np.array([np.full(REPS, made.counted.sum()) for made in worlds])
    truth = np.array([made.rate.sum(axis=1) for made in worlds])
    assert covered(opps, np.full(opps.shape, REPS * DAYS / 7), truth) < 0.74


def test_rates_are_unbiased(worlds: list[Made]) -> None:
    """Rates neither lose nor win by logarithms and shrinkage: within 4 standard errors."""
    off = [made.fitted.rep_rate.sum() / made.rate.sum() - 1 for made in worlds]
    assert abs(np.mean(off)) < 4 * np.std(off) / math.sqrt(HISTORIES)
    lost = [np.exp(made.fitted.monthly.future_mean).mean() - 1 for made in worlds]
    assert abs(np.mean(lost)) < 4 * np.std(lost) / math.sqrt(HISTORIES)


def test_even_counts_are_poisson(worlds: list[Made]) -> None:
    """Poisson counts show next to no dispersion and no burst in 2 of 100."""
    assert np.mean([made.fitted.dispersion for made in worlds]) < 1.15
    scores = np.array([made.fitted.recent for made in worlds])
    assert (np.abs(scores) > 3).mean() < 0.02


def test_evidence_has_the_moments(worlds: list[Made]) -> None:
    """The evidence's posterior has the fitted mean and sd, in the scenario's own words."""
    fitted = worlds[0].fitted
    posterior = OppRate(opps=fitted.opps[2, 1], weeks=fitted.weeks[2, 1]).posterior
    assert fitted.rate[2, 1] == pytest.approx(posterior.mean)
    assert fitted.rate_sd[2, 1] == pytest.approx(math.sqrt(posterior.variance))


def test_vague_evidence_keeps_the_mean() -> None:
    """A rate less certain than no opportunity at all says has 0 opps and its own mean."""
    opps, weeks = evidence_of(np.array([2.0]), np.array([10.0]))
    assert [0.0] == opps.tolist()
    assert [2.0] == ((opps + 0.5) / weeks).tolist()


def test_thick_reps_speak_for_themselves() -> None:
    """A rep with more opportunities keeps more of the own rate; a rep alone keeps all."""
    rows = evenly("busy", 200) + evenly("calm", 20) + evenly("even", 60)
    fitted = fit(rows)
    assert ("busy", "calm", "even") == fitted.reps
    assert fitted.rep_rate[0] == pytest.approx(200 / DAYS * 7, rel=0.1)
    assert 20 / DAYS * 7 < fitted.rep_rate[1] < 60 / DAYS * 7
    assert fitted.mix_weight[0] > fitted.mix_weight[2] > fitted.mix_weight[1]
    alone = fit(evenly("only", 50))
    assert [1.0] == alone.own_weight.tolist()
    assert alone.rep_rate[0] == pytest.approx(50 / DAYS * 7, rel=0.02)
    assert alone.rep_rate_sd[0] > alone.rep_rate[0] / math.sqrt(50) * 0.9


def test_unheard_rep_gets_the_teams_rate() -> None:
    """A rep of whom nothing is known gets the team's rate and mix, and none of the own."""
    rows = evenly("a", 50) + evenly("b", 50)
    fitted = fit(rows, reps=("a", "b", "new"), segments=("large", "small"))
    assert fitted.rep_rate[2] == pytest.approx(50 / DAYS * 7, rel=0.05)
    assert fitted.rep_rate_sd[2] > fitted.rep_rate_sd[0]
    assert fitted.own_weight[2] == 0
    assert fitted.mix_weight[2] == 0
    assert fitted.rate[2, 1] > 20 * fitted.rate[2, 0] > 0


def test_silent_rep_is_slow() -> None:
    """A rep whose opportunities are all older than the window is slow, not unknown."""
    old = [("gone", "small", date(2024, 11, 5))]
    fitted = fit(evenly("a", 50) + evenly("b", 50) + old)
    assert ("a", "b", "gone") == fitted.reps
    assert fitted.rep_rate[2] < 0.5 * fitted.rep_rate[0]


def test_nothing_in_the_window() -> None:
    """Where all opportunities are older than the window, rates are small and finite."""
    fitted = fit([("a", "small", date(2024, 11, 5)), ("b", "small", date(2024, 12, 5))])
    assert (fitted.rep_rate < 0.02).all()
    assert (fitted.rep_rate > 0).all()
    assert fitted.dispersion == 1


def test_nothing_known_of_anybody() -> None:
    """No opportunity of any rep leaves the forecast level at 1 and all figures finite."""
    fitted = fit([], reps=("a",), segments=("small",))
    assert [1.0] == np.exp(fitted.monthly.level[:1]).round(12).tolist()
    assert np.isfinite(fitted.rate).all()


def test_late_starter_is_not_slow() -> None:
    """A rep who began in the middle is rated by the time since, not by the whole window."""
    middle = date(2025, 7, 1)
    rows = evenly("a", 100) + evenly("b", 100) + evenly("late", 50, first=middle)
    fitted = fit(rows)
    assert fitted.rep_rate[2] == pytest.approx(fitted.rep_rate[0], rel=0.05)


def test_first_days() -> None:
    """Exposure starts with the window, or a gap before a first creation that is late."""
    created = np.array([10, 50, 60, 70, 80, 90], np.int64)
    rep = np.array([0, 0, 1, 1, 1, 1], np.int64)
    found = first_days(created, rep, 3, observed_from=1, as_of=100)
    gap = (41 + 132 / 6) / 4  # the second rep's days and one gap of the team's, over its count
    assert [1.0, 60 - gap, 1.0] == found.tolist()


def test_late_starters_are_unbiased() -> None:
    """Rates of reps who start somewhere in the year have no bias beyond 4 standard errors.

    Counting days from the first creation on is the negative control.
    """
    rng = np.random.default_rng(2)
    off, naive = [], []
    for _ in range(4000):
        begin = rng.integers(100, 250)
        days = np.sort(rng.integers(begin, DAYS, rng.poisson(0.1 * (DAYS - begin))))
        if len(days) == 0:
            continue
        rep = np.zeros(len(days), np.int64)
        first = first_days(days.astype(np.int64), rep, 1, observed_from=0, as_of=DAYS - 1)
        off.append(0.1 * (DAYS - first[0]) - len(days))
        naive.append(0.1 * (DAYS - days[0]) - len(days))
    error = np.std(off) / math.sqrt(len(off))
    assert abs(np.mean(off)) < 4 * error
    assert abs(np.mean(naive)) > 4 * error


def by_month(counts: list[int], *, reps: int = 4) -> list[tuple[str, str, date]]:
    """Opportunities of some reps, so many each month of 2025."""
    return [
        (f"rep {rep}", "small", date(2025, month, 1 + k * 27 // count))
        for rep in range(reps)
        for month, count in enumerate(counts, start=1)
        for k in range(count)
    ]


def test_burst_and_collapse_are_seen() -> None:
    """Months three times as busy or five times as quiet score beyond 3; steady ones do not."""
    assert (np.abs(fit(by_month([20] * 12)).recent) < 1).all()
    busy, quiet = fit(by_month([20] * 10 + [60, 4])).recent
    assert busy > 3
    assert quiet < -3


def test_young_history_has_no_scores() -> None:
    """With fewer than three months before the last two there is nothing to compare them with."""
    rows = [row for row in by_month([20] * 12) if row[2].month <= 4]
    assert np.isnan(fit(rows, as_of=date(2025, 4, 30)).recent).all()
    assert np.isfinite(fit(by_month([20] * 5), as_of=date(2025, 5, 31)).recent).all()


def test_scattered_months_widen() -> None:
    """Counts that come in bursts of each rep's own are dispersed, and say less of the rate."""
    bursts = [
        (f"rep {rep}", "small", date(2025, month, 1 + k))
        for rep in range(6)
        for month in range(1, 13)
        for k in range(24 if (month + rep) % 6 == 0 else 2)
    ]
    even = by_month([6] * 12, reps=6)
    scattered, steady = fit(bursts), fit(even)
    assert scattered.dispersion > 5
    assert steady.dispersion == 1
    wide, narrow = (one.rep_rate_sd / one.rep_rate for one in (scattered, steady))
    assert (wide > 1.5 * narrow).all()


def test_month_of_fiscal_quarter() -> None:
    """A quarter's last month that is the busiest is so in the future too, by fiscal quarters."""
    fitted = fit(by_month([40, 10, 10] * 4), fiscal_year_start=2)
    assert 2 == int(np.argmax(fitted.monthly.of_quarter))
    assert fitted.monthly.future_mean[0] > fitted.monthly.future_mean[1] + 0.5
    assert np.arange(2025 * 12, 2025 * 12 + 12).tolist() == fitted.months.tolist()


def test_middle_of_a_month() -> None:
    """In the middle of a month the first future month is the rest of that month."""
    rows = [row for row in by_month([40, 10, 10] * 4) if row[2] <= date(2025, 10, 15)]
    fitted = fit(rows, as_of=date(2025, 10, 15))
    assert fitted.monthly.level[-1] == pytest.approx(fitted.monthly.future_mean[0])
    assert fitted.monthly.future_mean[0] > fitted.monthly.future_mean[1] + 0.5


def test_later_opportunities_are_not_looked_at() -> None:
    """What is created after the day changes nothing."""
    rows = by_month([20] * 9)
    later = [("rep 0", "small", date(2025, 10, 1))] * 50
    day = date(2025, 9, 30)
    known, seen = fit(rows, as_of=day), fit(rows + later, as_of=day)
    np.testing.assert_array_equal(known.rate, seen.rate)
    np.testing.assert_array_equal(known.rate_sd, seen.rate_sd)
