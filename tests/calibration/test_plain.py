"""A plain fit: a known scenario's history gives it back, and only what was known counts."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import date, timedelta
from functools import cache
from typing import Any

import numpy as np
import polars as pl
import pytest

from quotarisk.calibration.history import Finding, History
from quotarisk.calibration.plain import Calibration, fit_plain
from quotarisk.calibration.quota_rule import QuotaRule
from quotarisk.errors import ArgumentError
from quotarisk.kernel.arrays import Floats
from quotarisk.scenario.checking import find_faults
from quotarisk.scenario.figures import LawSpec
from quotarisk.scenario.scenario import Scenario
from quotarisk.scenario.team import Quota
from quotarisk.scenario.terms import Terms, terms_of
from quotarisk.simulation.simulation import simulate
from tests.calibration.fits import deals_of, history_of, sold_by

SINCE, AS_OF = date(2024, 1, 1), date(2025, 12, 31)
LARGE: dict[str, Any] = {
    "win_rate": 0.4,
    "stall_rate": 0.1,
    "deal_size": {"median": 20_000.0, "p90": 40_000.0},
    "won_cycle_days": {"median": 45.0, "p90": 90.0},
    "lost_cycle_days": {"median": 20.0, "p90": 50.0},
}
SMALL: dict[str, Any] = {  # a third is never decided: the naive win rate is too high
    **LARGE,
    "win_rate": 0.3,
    "stall_rate": 0.35,
    "deal_size": {"median": 4_000.0, "p90": 9_000.0},
}
RATES = {"Ana": (2.0, 3.0), "Bo": (1.2, 2.0), "Cy": (2.5, 1.5), "Di": (1.5, 2.5)}
TRUTH = Scenario.model_validate(
    {
        "name": "Truth",
        "start": SINCE,
        "segments": {"large": LARGE, "small": SMALL},
        "reps": [
            {
                "name": name,
                "segments": {
                    "large": {"opps_per_week": large},
                    "small": {"opps_per_week": small},
                },
            }
            for name, (large, small) in RATES.items()
        ],
    }
)
CELLS = [(rep, segment) for rep in range(4) for segment in ("large", "small")]


@cache
def sold() -> History:
    """Two years of the truth, and three months more."""
    return sold_by(TRUTH, since=SINCE, until=date(2026, 3, 31))


@cache
def fitted() -> Calibration:
    """Fit them as they were known at the end of the second year, by themselves."""
    return fit_plain(sold(), as_of=AS_OF, months=3, benchmarks="none")


def both() -> list[tuple[Terms, Terms]]:
    """Fitted and true figures of all reps and segments."""
    made = fitted().scenario
    return [
        (
            terms_of(made, made.reps[rep], segment),
            terms_of(TRUTH, TRUTH.reps[rep], segment),
        )
        for rep, segment in CELLS
    ]


def win_rate_errors(rates: list[float]) -> Floats:
    """How far are win rates from the truth, in standard errors of the fit?"""
    odds_sd = fitted().scenario.market.win_odds
    scores = []
    for (found, true), rate in zip(both(), rates, strict=True):
        posterior = found.win_rate.posterior
        total, mean = posterior.a + posterior.b, found.win_rate.mean
        sd = math.hypot(math.sqrt(mean * (1 - mean) / (total + 1)), mean * (1 - mean) * odds_sd)
        scores.append((rate - true.win_rate.mean) / sd)
    return np.array(scores)


def test_win_rates_are_found() -> None:
    """Each rep's win rate in each segment is within 4 standard errors of the fit's own."""
    errors = win_rate_errors([found.win_rate.mean for found, _ in both()])
    assert (np.abs(errors) < 4).all()


def test_closed_deals_alone_mislead() -> None:
    """Negative control: won / (won + lost) is off by more where deals stall, for every rep."""
    naive = win_rate_errors(fitted().frame["naive_win_rate"].to_list())
    found = win_rate_errors(fitted().frame["win_rate"].to_list())
    small = [segment == "small" for _, segment in CELLS]
    assert (naive[small] > 4).any()
    assert (naive[small] > np.abs(found[small])).all()


def test_stall_rates_are_found() -> None:
    """What is never decided is found within 4 binomial standard errors of half the deals."""
    for segment, true in (("large", 0.1), ("small", 0.35)):
        rows = fitted().frame.filter(pl.col("segment") == segment)
        number = float(rows.select("closed", "open").to_numpy().sum()) / 2
        found = float(rows["stall_rate"].to_numpy().mean())
        # the tail may decide in time what is open at the last age that was seen
        assert abs(found - true) < 4 * math.sqrt(true * (1 - true) / number) + 0.05


def test_creation_is_found() -> None:
    """Each rate is within 4 of its own standard errors, the market's included."""
    market = fitted().scenario.market.creation
    for found, true in both():
        rate = found.opps_per_week
        sd = math.hypot(math.sqrt(rate.posterior.variance), rate.mean * market)
        assert abs(rate.mean - true.opps_per_week.mean) < 4 * sd


def test_sizes_are_found() -> None:
    """Mean sizes are within 4 standard errors of their locations."""
    for found, true in both():
        off = math.log(found.deal_size.law.mean / true.deal_size.law.mean)
        assert 0 < found.deal_size.factor_sd < 0.2
        assert abs(off) < 4 * found.deal_size.factor_sd


def test_cycles_are_found() -> None:
    """Median cycles are near: 4 standard errors of the rep's own doubt and of the team's data."""
    won = fitted().frame.group_by("segment").agg(pl.col("won", "closed").sum())
    numbers = {name: (wins, closed - wins) for name, wins, closed in won.iter_rows()}
    for found, true in both():
        for place, key in enumerate(("won_cycle_days", "lost_cycle_days")):
            spec: LawSpec = getattr(found, key)
            exact: LawSpec = getattr(true, key)
            off = math.log(float(spec.law.ppf(0.5)) / float(exact.law.ppf(0.5)))
            team = 1.25 * exact.law.log_sd / math.sqrt(numbers[found.segment][place])
            assert abs(off) < 4 * math.hypot(spec.factor_sd, team)


def test_scenario_can_be_run() -> None:
    """The fit's scenario has no faults, its open deals and bookings are the history's."""
    scenario = fitted().scenario
    assert () == tuple(find_faults(scenario))
    known = sold().deals.filter(pl.col("created") <= AS_OF)
    is_open = pl.col("closed").is_null() | (pl.col("closed") > AS_OF)
    assert known.filter(is_open).height == len(scenario.open_deals)
    assert [f"team of {rep.name}" for rep in scenario.reps] == [rep.group for rep in scenario.reps]
    assert () == scenario.booked
    simulation = simulate(scenario, paths=1_000, workers=2)
    for rep in scenario.reps:
        assert (simulation.bookings(rep.name).mean(axis=1) > 0).all()


def test_what_the_scenario_comes_from() -> None:
    """A calibration names its source, its day and where quotas are from."""
    made = fitted()
    assert (AS_OF, "folder/deals.csv", ()) == (made.as_of, made.source, made.findings)
    assert "no quotas were given" == made.quota_note
    assert "deals.csv, as of 2025-12-31" == made.scenario.name
    assert "USD" == made.scenario.currency


SHORT_AS_OF = date(2024, 9, 17)


@cache
def short() -> History:
    """Nine months, more known of later."""
    return sold_by(TRUTH, since=SINCE, until=date(2024, 12, 31), seed=5)


def fit_short(history: History | None = None, **changed: Any) -> Calibration:
    """Fit the short history as of a day in a month."""
    told: dict[str, Any] = {"as_of": SHORT_AS_OF, "months": 4, **changed}
    return fit_plain(short() if history is None else history, **told)


@cache
def short_print() -> str:
    """Fingerprint of the short fit."""
    return fit_short().scenario.fingerprint


def test_same_history_same_scenario() -> None:
    """The same rows, in whatever order, give the same scenario; another seed another one."""
    shuffled = short().deals.sample(fraction=1.0, shuffle=True, seed=3)
    assert short_print() == fit_short(replace(short(), deals=shuffled)).scenario.fingerprint
    assert short_print() != fit_short(seed=1).scenario.fingerprint


def later() -> pl.Expr:
    """Which deals closed after the day, or have not closed?"""
    return pl.col("closed").is_null() | (pl.col("closed") > SHORT_AS_OF)


@pytest.mark.parametrize("outcome", ["won", "lost", "open"])
def test_the_future_is_ignored(outcome: str) -> None:
    """How deals end after the day, for how much, and what is created then changes nothing."""
    deals = short().deals
    close = None if outcome == "open" else SHORT_AS_OF + timedelta(days=1)
    base = replace(short(), amounts_while_open=False)
    changed = deals.with_columns(
        closed=pl.when(later()).then(pl.lit(close, pl.Date)).otherwise("closed"),
        outcome=pl.when(later()).then(pl.lit(outcome)).otherwise("outcome"),
        amount=pl.when(later()).then(1e6).otherwise("amount"),
    ).filter((pl.col("created") <= SHORT_AS_OF) | (pl.col("rep") == "Ana"))
    before, after = fit_short(base), fit_short(replace(base, deals=changed))
    assert before.scenario.fingerprint == after.scenario.fingerprint
    assert before.frame.equals(after.frame)
    assert all(deal.amount is None for deal in before.scenario.open_deals)


def test_the_past_is_not() -> None:
    """Negative control: a close on the day itself counts."""
    deals = short().deals
    on_the_day = deals.with_columns(
        closed=pl.when(later()).then(pl.lit(SHORT_AS_OF)).otherwise("closed"),
        outcome=pl.when(later()).then(pl.lit("won")).otherwise("outcome"),
    )
    assert short_print() != fit_short(replace(short(), deals=on_the_day)).scenario.fingerprint


def test_day_in_a_month() -> None:
    """Inside a month the scenario starts on the next day, bookings of its quarter included."""
    scenario = fit_short(fiscal_year_start=2).scenario
    assert date(2024, 9, 18) == scenario.start
    assert () == tuple(find_faults(scenario))
    booked = scenario.booked
    assert booked is not None
    days = [booking.date for booking in booked]
    assert date(2024, 2, 1) <= min(days) < max(days) <= SHORT_AS_OF
    won = short().deals.filter(
        pl.col("outcome") == "won", pl.col("closed").is_between(date(2024, 2, 1), SHORT_AS_OF)
    )
    assert won["amount"].sum() == pytest.approx(sum(booking.amount for booking in booked))


def test_quotas() -> None:
    """Quotas by rule are of the last full period before the start; others arrive as given."""
    rule = QuotaRule("quarter", 2.0)
    by_rule = fit_short(quotas=rule)
    assert f"quotas for a first look: {rule}" == by_rule.quota_note
    booked = short().deals.filter(
        pl.col("outcome") == "won",
        pl.col("rep") == "Ana",
        pl.col("closed").is_between(date(2024, 4, 1), date(2024, 6, 30)),
    )
    expected = float(booked["amount"].sum()) * 2
    assert expected == pytest.approx(by_rule.scenario.reps[0].quota.quarter, abs=0.01)
    given = fit_short(quotas={"Bo": Quota(year=7.0)}, name="Mine")
    assert ("quotas as given", "Mine") == (given.quota_note, given.scenario.name)
    assert [None, 7.0] == [rep.quota.year for rep in given.scenario.reps[:2]]


def test_findings_and_inactive_reps_are_told() -> None:
    """Repairs travel along, and who sold nothing for half a year is left out, and named."""
    gone = deals_of(("Old", "large", date(2024, 1, 2), date(2024, 2, 1), "won", 9.0))
    findings = (Finding("no_outcome", "Left out.", 2),)
    history = replace(short(), deals=pl.concat([short().deals, gone]), findings=findings)
    made = fit_short(history)
    assert findings == made.findings
    assert "Old" not in [rep.name for rep in made.scenario.reps]
    told = {caution.code: caution for caution in made.cautions}
    assert ("Old",) == told["inactive_reps"].about
    assert "history_no_outcome" in told
    assert "inactive_reps" not in [caution.code for caution in fit_short().cautions]


THIN = deals_of(
    *(
        ("Ana", "thin", date(2024, 6, 1 + i), date(2024, 7, 1 + i), outcome, 300_000.0)
        for i, outcome in enumerate(["won", "lost", "lost"])
    )
)


def test_benchmarks_move_thin_segments() -> None:
    """Without benchmarks a thin segment's figures change, a thick one's hardly."""
    history = replace(short(), deals=pl.concat([short().deals, THIN]))
    lent, alone = fit_short(history).frame, fit_short(history, benchmarks="none").frame
    assert 0.0 == alone["benchmark_weight"].sum()
    joined = lent.join(alone, on=["rep", "segment"], suffix="_alone").with_columns(
        moved=(pl.col("win_rate") - pl.col("win_rate_alone")).abs()
    )
    weights = dict(joined.select("segment", "benchmark_weight").iter_rows())
    assert 5 / 8 == pytest.approx(weights["thin"])
    thick = joined.filter(pl.col("segment") != "thin")
    assert thick["benchmark_weight"].to_numpy().max() < 0.05
    assert thick["moved"].to_numpy().max() < 0.01
    assert joined.filter(pl.col("segment") == "thin")["moved"].to_numpy().min() > 0.01


@pytest.mark.parametrize(
    ("deals", "sentence"),
    [
        ([("Ana", "a", date(2025, 1, 1), None, "open", 5.0)], "first creation, 2025-01-01"),
        (
            [("Ana", "a", date(2023, 1, 1), date(2023, 2, 1), "won", 5.0)],
            "no deal created or closed in the 180 days to 2024-09-17",
        ),
        (
            [("Ana", "a", date(2024, 8, 1), date(2024, 8, 9), "lost", 5.0)],
            "by 2024-09-17 no deal was won whose amount is known",
        ),
        (
            [("Ana", "a", date(2024, 8, 1), date(2024, 8, 9), "won", None)],
            "by 2024-09-17 no deal was won whose amount is known",
        ),
    ],
)
def test_nothing_to_fit(deals: list[tuple[Any, ...]], sentence: str) -> None:
    """Nothing known, nobody active and nothing won are told in a sentence."""
    with pytest.raises(ArgumentError, match=sentence):
        fit_short(history_of(deals_of(*deals)))


def small_history(*more: tuple[Any, ...]) -> History:
    """Make one rep's six deals in one segment, and more."""
    rows = [
        ("Ana", "a", date(2024, 6, 1 + i), date(2024, 7, 1 + 3 * i), outcome, 1_000.0 + i)
        for i, outcome in enumerate(["won", "lost"] * 3)
    ]
    return history_of(deals_of(*rows, *more), currency="CHF")


@pytest.mark.parametrize("benchmarks", ["default", "none"])
@pytest.mark.parametrize(
    ("more", "reps", "segments"),
    [
        ([], 1, 1),
        ([("Bo", "a", date(2024, 9, 1), None, "open", None)], 2, 1),
        ([("Ana", "b", date(2024, 8, 1), date(2024, 8, 5), "won", None)], 1, 2),
        ([("Ana", "b", date(2024, 8, 1), date(2024, 8, 5), "lost", 7.0)], 1, 2),
        ([("Bo", "b", SHORT_AS_OF, None, "open", 3.0)], 2, 2),
    ],
)
def test_hardly_any_history(
    benchmarks: Any, more: list[tuple[Any, ...]], reps: int, segments: int
) -> None:
    """One rep, no closed deal of a rep, no won amount of a segment: the scenario runs as it is."""
    made = fit_short(small_history(*more), benchmarks=benchmarks)
    scenario = made.scenario
    assert (reps, segments) == (len(scenario.reps), len(scenario.segments))
    assert () == tuple(find_faults(scenario))
    assert reps * segments == made.frame.height
    assert "CHF" == scenario.currency
    booked = simulate(scenario, paths=200, workers=1).bookings("Ana")
    assert np.isfinite(booked).all()
    assert "thin_reps" in [caution.code for caution in made.cautions]


def test_wins_beyond_the_ages_that_are_looked_at() -> None:
    """A history whose only win came at an age that nobody else reached still makes a scenario."""
    rows = [("Ana", "a", date(2024, 8, 1 + i % 28), None, "open", 5.0) for i in range(40)]
    late = ("Ana", "a", date(2024, 1, 1), date(2024, 9, 1), "won", 5.0)
    scenario = fit_short(history_of(deals_of(*rows, late)), benchmarks="none").scenario
    assert () == tuple(find_faults(scenario))
    assert scenario.reps[0].segments["a"].win_rate is not None
    assert simulate(scenario, paths=200, workers=1).bookings("Ana").max() >= 0
