"""Bookings against closed forms, within 4 standard errors; each check can fail, and is seen to.

With everything known, won deals that close in a month are a Poisson number whose mean is the
integral of creation x win rate x P(the cycle ends within the month); `expected_closings` does
that integral day by day over forty years of warm-up.
"""

from __future__ import annotations

import math
from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import special

from quotarisk.periods import add_months
from quotarisk.scenario.laws import Array, BetaLaw, Law
from quotarisk.scenario.scenario import Scenario
from quotarisk.simulation.paths import market_factors
from tests.simulation.cases import (
    EVIDENCE,
    MARKET,
    RHYTHM,
    SEASONS,
    SMALL,
    START,
    book,
    open_deals,
    scenario_of,
    setting_of,
)

PATHS = 200_000
WARM_UP_YEARS = 40
CYCLES: dict[str, Any] = {
    "lognormal": {"median": 60.0, "p90": 150.0},
    "wide lognormal": {"median": 20.0, "p90": 136.0},
    "gamma": {"dist": "gamma", "mean": 40.0, "sd": 50.0},
    "weibull": {"dist": "weibull", "median": 30.0, "p90": 120.0},
    "exponential": {"dist": "exponential", "mean": 45.0},
    "percentiles": {"quantiles": {"0.1": 4.0, "0.5": 20.0, "0.8": 100.0}},
    "seen": {"values": [3.0, 9.0, 14.0, 40.0, 75.0, 200.0]},
    "seen twice": {"values": [20.0, 100.0]},
    "fixed": 45.0,
    "at once": 0.0,
}
COUNTED: dict[str, Any] = {"deal_size": 0.01, "opps_per_week": 6.0, "win_rate": 0.4}


def law_of(spec: Any) -> Law:
    """Law of a cycle as written in a scenario."""
    found = scenario_of({"won_cycle_days": spec}).segments["small"].won_cycle_days
    assert found is not None
    return found.law


def days_of_months(scenario: Scenario) -> Array:
    """Days of each month of the horizon, from the start on."""
    firsts = [*scenario.horizon.month_starts, scenario.horizon.end]
    edges = [max((day - scenario.start).days, 0) for day in firsts]
    return np.diff(edges).astype(np.float64)


def _ramp(scenario: Scenario, day: date) -> float:
    rep = scenario.reps[0]
    if rep.start_date is None or day >= add_months(rep.start_date, len(rep.ramp)):
        return 1.0
    if day < rep.start_date:
        return 0.0
    months = range(len(rep.ramp))
    return next(rep.ramp[k] for k in months if day < add_months(rep.start_date, k + 1))


def expected_closings(scenario: Scenario, law: Law, *, rate: float, win: float) -> Array:
    """Expected number of won deals that close in each month of the horizon."""
    first = scenario.start - timedelta(days=round(365.25 * WARM_UP_YEARS))
    count = (scenario.horizon.end - first).days
    days = [first + timedelta(days=k) for k in range(count)]
    quarter = [(day.month - scenario.fiscal_year_start) % 3 for day in days]
    speed = np.array(scenario.calendar.won)[quarter]
    season = np.array(scenario.calendar.creation)[[day.month - 1 for day in days]]
    ramp = np.array([_ramp(scenario, day) for day in days])
    clock = np.concatenate([[0.0], np.cumsum(speed)])
    start = clock[(scenario.start - first).days]
    firsts = [*scenario.horizon.month_starts, scenario.horizon.end]
    ends = [clock[(max(day, scenario.start) - first).days] for day in firsts]

    def closed_by(reading: float) -> float:
        """Won deals that close up to a reading of the clock, of all that were ever created."""
        left, right = np.maximum(reading - clock[:-1], 0), np.maximum(reading - clock[1:], 0)
        outlast = law.lev(left) - law.lev(right)  # integral of P(cycle > age) over the day
        return float((ramp * season / speed) @ (left - right - outlast))

    assert ends[0] == start
    return rate / 7 * win * np.diff([closed_by(end) for end in ends])


def errors_of_means(samples: Array, means: Array) -> Array:
    """Standard errors by which the means of rows are off."""
    error = samples.std(axis=1) / math.sqrt(samples.shape[1])
    return np.asarray((samples.mean(axis=1) - means) / np.maximum(error, 1e-12))


def errors_of_variances(samples: Array, variances: Array) -> Array:
    """Standard errors by which the variances of rows are off."""
    squares = (samples - samples.mean(axis=1, keepdims=True)) ** 2
    return errors_of_means(squares, variances)


def errors_of_covariances(a: Array, b: Array, covariances: Array) -> Array:
    """Standard errors by which the covariances of two arrays' rows are off."""
    centred = (a - a.mean(axis=1, keepdims=True)) * (b - b.mean(axis=1, keepdims=True))
    return errors_of_means(centred, covariances)


def test_known_figures_make_a_compound_poisson_law() -> None:
    """Months have mean rate w E[X] d / 7, variance rate w E[X^2] d / 7 and no correlation."""
    scenario = scenario_of(months=6)
    spec = scenario.segments["small"].deal_size
    assert spec is not None
    booked = book(scenario, paths=PATHS) / 100
    deals = SMALL["opps_per_week"] * SMALL["win_rate"] / 7 * days_of_months(scenario)
    second = spec.law.variance + spec.law.mean**2
    assert np.abs(errors_of_means(booked, deals * spec.law.mean)).max() < 4
    assert np.abs(errors_of_variances(booked, deals * second)).max() < 4
    other = np.roll(booked, 1, axis=0)
    assert np.abs(errors_of_covariances(booked, other, np.zeros(6))).max() < 4


def test_one_per_cent_more_is_seen() -> None:
    """The same check tells a win rate from one that is one per cent higher (negative control)."""
    scenario = scenario_of(months=6)
    spec = scenario.segments["small"].deal_size
    assert spec is not None
    booked = book(scenario, paths=PATHS) / 100
    deals = SMALL["opps_per_week"] * SMALL["win_rate"] * 1.01 / 7 * days_of_months(scenario)
    assert np.abs(errors_of_means(booked, deals * spec.law.mean)).max() > 4
    second = spec.law.variance + spec.law.mean**2
    assert np.abs(errors_of_variances(booked, deals * second * 1.02)).max() > 4


def test_sizes_that_were_seen_keep_their_moments() -> None:
    """Sizes from a list book the list's mean and mean square."""
    values = [500.0, 990.5, 12_000.0, 12_000.0]
    scenario = scenario_of({"deal_size": {"values": values}}, months=4)
    booked = book(scenario, paths=PATHS) / 100
    deals = SMALL["opps_per_week"] * SMALL["win_rate"] / 7 * days_of_months(scenario)
    assert np.abs(errors_of_means(booked, deals * np.mean(values))).max() < 4
    assert np.abs(errors_of_variances(booked, deals * np.mean(np.square(values)))).max() < 4


@pytest.mark.parametrize("own", [False, True])
def test_evidence_adds_its_own_variance(*, own: bool) -> None:
    """Var = E[Var | parameters] + Var(E | parameters), and months correlate through the latter.

    Rate Gamma(opps + 1/2, weeks), win rate Beta(won + 1/2, lost + 1/2), size a lognormal
    factor with the standard error of its logarithm. Cycles do not matter in a steady state.
    """
    scenario = (
        scenario_of(rep={"segments": {"small": EVIDENCE}}, months=6)
        if own
        else scenario_of(EVIDENCE, months=6)
    )
    opps, weeks = EVIDENCE["opps_per_week"]["opps"] + 0.5, EVIDENCE["opps_per_week"]["weeks"]
    won, of = EVIDENCE["win_rate"]["won"] + 0.5, EVIDENCE["win_rate"]["of"] + 1.0
    law = law_of(EVIDENCE["deal_size"] | {"of": 1e9})
    variance = law.log_sd**2 / EVIDENCE["deal_size"]["of"]
    rate1, rate2 = opps / weeks, opps * (opps + 1) / weeks**2
    win1, win2 = won / of, won * (won + 1) / (of * (of + 1))
    size1, size2 = math.exp(variance / 2), math.exp(2 * variance)
    weeks_of = days_of_months(scenario) / 7
    mean = rate1 * win1 * size1 * law.mean
    within = rate1 * win1 * size2 * (law.variance + law.mean**2)
    between = (rate2 * win2 * size2 - (rate1 * win1 * size1) ** 2) * law.mean**2
    booked = book(scenario, paths=2 * PATHS) / 100
    assert np.abs(errors_of_means(booked, mean * weeks_of)).max() < 4
    variances = within * weeks_of + between * weeks_of**2
    assert np.abs(errors_of_variances(booked, variances)).max() < 4
    covariances = between * weeks_of * np.roll(weeks_of, 1)
    off = errors_of_covariances(booked, np.roll(booked, 1, axis=0), covariances)
    assert np.abs(off).max() < 4
    assert errors_of_covariances(booked, np.roll(booked, 1, axis=0), 0 * covariances).min() > 4


@pytest.mark.parametrize("name", CYCLES)
def test_start_is_steady(name: str) -> None:
    """With creation constant every month is a Poisson number with the same daily mean."""
    scenario = scenario_of({**COUNTED, "won_cycle_days": CYCLES[name]}, months=12)
    closed = book(scenario, paths=PATHS, seed=8)
    means = 6.0 * 0.4 / 7 * days_of_months(scenario)
    assert np.abs(errors_of_means(closed, means)).max() < 4
    assert np.abs(errors_of_variances(closed, means)).max() < 4
    off = errors_of_covariances(closed, np.roll(closed, 1, axis=0), np.zeros(12))
    assert np.abs(off).max() < 4


def test_start_without_pipeline_is_not_steady() -> None:
    """An empty start is seen by the same check (negative control), and is what it should be."""
    law = law_of(SMALL["won_cycle_days"])
    scenario = scenario_of(
        {**COUNTED, "won_cycle_days": SMALL["won_cycle_days"]},
        rep={"pipeline": "empty"},
        months=6,
    )
    closed = book(scenario, paths=PATHS)
    steady = 6.0 * 0.4 / 7 * days_of_months(scenario)
    assert errors_of_means(closed, steady).min() < -4
    hired = scenario_of(rep={"start_date": START}, months=6)
    means = expected_closings(hired, law, rate=6.0, win=0.4)
    assert np.abs(errors_of_means(closed, means)).max() < 4


TIMELINES: dict[str, dict[str, Any]] = {
    "clock": {"calendar": RHYTHM},
    "clock, start inside a quarter": {"calendar": RHYTHM, "start": date(2027, 5, 20)},
    "clock, fiscal years from February": {"calendar": RHYTHM, "fiscal_year_start": 2},
    "seasons": {"calendar": {"creation": SEASONS}},
    "sharp seasons": {"calendar": {"creation": [0, 0, 3, 0, 1, 0, 0, 5, 0, 0, 0, 2]}},
    "seasons and clock": {"calendar": {"creation": SEASONS, **RHYTHM}, "fiscal_year_start": 3},
    "hire in the horizon": {"rep": {"start_date": date(2027, 3, 10), "ramp": [0.2, 0.5, 0.8]}},
    "hire on the start": {"rep": {"start_date": START, "ramp": [0.0, 0.5]}},
    "hire before the start": {"rep": {"start_date": date(2026, 11, 20), "ramp": [0.2, 0.5, 0.8]}},
    "hire before the start, seasons and clock": {
        "rep": {"start_date": date(2026, 10, 31), "ramp": [0.1, 0.4, 1.2]},
        "calendar": {"creation": SEASONS, **RHYTHM},
    },
    "hire two years ago": {"rep": {"start_date": date(2025, 1, 15), "ramp": [0.5] * 20}},
}


@pytest.mark.parametrize("cycle", ["lognormal", "weibull", "fixed"])
@pytest.mark.parametrize("name", TIMELINES)
def test_closings_by_month(name: str, cycle: str) -> None:
    """Ramps, hires, seasons and clocks: won closings are Poisson with the integral's means."""
    scenario = scenario_of(
        {**COUNTED, "won_cycle_days": CYCLES[cycle]}, **{"months": 8, **TIMELINES[name]}
    )
    closed = book(scenario, paths=PATHS)
    means = expected_closings(scenario, law_of(CYCLES[cycle]), rate=6.0, win=0.4)
    assert np.abs(errors_of_means(closed, means)).max() < 4
    assert np.abs(errors_of_variances(closed, means)).max() < 4


def test_closings_depend_on_the_timeline() -> None:
    """The wrong timeline is seen by the same check (negative control)."""
    told = {**COUNTED, "won_cycle_days": CYCLES["lognormal"]}
    closed = book(scenario_of(told, months=8), paths=PATHS)
    for name, changed in TIMELINES.items():
        if "start" not in changed:
            other = scenario_of(told, **{"months": 8, **changed})
            means = expected_closings(other, law_of(CYCLES["lognormal"]), rate=6.0, win=0.4)
            assert np.abs(errors_of_means(closed, means)).max() > 4, name


def test_uncertain_cycles_keep_the_start_steady() -> None:
    """A cycle that differs from path to path leaves every month's mean and variance alone."""
    cycle = {**CYCLES["gamma"], "of": 5.0}
    scenario = scenario_of({**COUNTED, "won_cycle_days": cycle}, months=8)
    closed = book(scenario, paths=PATHS)
    means = 6.0 * 0.4 / 7 * days_of_months(scenario)
    assert np.abs(errors_of_means(closed, means)).max() < 4
    assert np.abs(errors_of_variances(closed, means)).max() < 4


def _nodes(log_sd: float) -> tuple[Array, Array]:
    """Nodes and weights for the expectation over a lognormal factor with median 1."""
    z, weight = np.polynomial.hermite_e.hermegauss(60)
    return np.exp(log_sd * z), weight / weight.sum()


def _wins(told: dict[str, Any]) -> tuple[Array, Array]:
    """Win rates and their weights: the middle of equal strata of the posterior."""
    spec = told["win_rate"]
    if isinstance(spec, float):
        return np.array([spec]), np.array([1.0])
    strata = (np.arange(400) + 0.5) / 400
    law = BetaLaw(spec["won"] + 0.5, spec["of"] - spec["won"] + 0.5)
    return law.ppf(strata), np.full(400, 1 / 400)


def expected_wins(
    scenario: Scenario, told: dict[str, Any], ages: tuple[Array, Array], edges: Array
) -> Array:
    """P(an open deal is won and closes in a month), ``[months, deals]``.

    w (S(a + x) - S(a + y)) / (w S(a) + (1 - w - s) L(b) + s) for ages a and b on the clocks of
    won and of lost deals and readings x and y at the month's ends, averaged over what is not
    known of w and of the two cycles.
    """
    segment, stall = scenario.segments["small"], told["stall_rate"]
    won, lost = segment.won_cycle_days, segment.lost_cycle_days
    assert won is not None
    assert lost is not None
    factors, weights = _nodes(won.factor_sd)
    lost_factors, lost_weights = _nodes(lost.factor_sd)
    shares = np.zeros((len(edges) - 1, len(ages[0])))
    for k, (age, lost_age) in enumerate(zip(*ages, strict=True)):
        closed = -np.diff([won.law.sf((age + edge) / factors) for edge in edges], axis=0)
        alive, alive_lost = won.law.sf(age / factors), lost.law.sf(lost_age / lost_factors)
        for w, weight in zip(*_wins(told), strict=True):
            other = (1 - w - stall) * alive_lost + stall
            odds = w / (w * alive[:, np.newaxis] + other) @ lost_weights
            shares[:, k] += weight * closed @ (odds * weights)
    return shares


def _reading(day: int, speeds: tuple[float, float, float]) -> float:
    """Clock at a day before or after the first of January, when a quarter begins."""
    between = range(min(day, 0), max(day, 0))
    passed = sum(speeds[((START + timedelta(days=k)).month - 1) % 3] for k in between)
    return passed if day > 0 else -passed


@pytest.mark.parametrize(
    "told", [SMALL, EVIDENCE | {"stall_rate": 0.05}], ids=["known", "evidence"]
)
@pytest.mark.parametrize("calendar", [{}, RHYTHM], ids=["even", "clock"])
def test_open_deals(told: dict[str, Any], calendar: dict[str, Any]) -> None:
    """An open deal is won, and closes in a month, with the probability of the direct formula."""
    ages, speeds = (0, 10, 45, 150), {"won": (1.0,) * 3, "lost": (1.0,) * 3, **calendar}
    deals = [
        {**deal, "amount": 0.01 * 2**k}  # each deal is a binary digit of what is booked
        for k, deal in enumerate(open_deals(*ages))
    ]
    scenario = scenario_of(
        {**told, "opps_per_week": 0.0}, open_deals=deals, months=6, calendar=calendar
    )
    booked = book(scenario, paths=PATHS).astype(np.int64)
    closed = np.array([((booked >> k) & 1).mean(axis=1) for k in range(len(ages))]).T
    ends = [0, *np.cumsum(days_of_months(scenario)).astype(int).tolist()]
    edges = np.array([_reading(day, speeds["won"]) for day in ends])
    won_ages, lost_ages = (
        np.array([-_reading(-age, speeds[kind]) for age in ages]) for kind in ("won", "lost")
    )
    shares = expected_wins(scenario, told, (won_ages, lost_ages), edges)
    error = np.sqrt(shares * (1 - shares) / PATHS)
    assert np.abs((closed - shares) / error).max() < 4
    assert np.abs((closed - 0.97 * shares) / error).max() > 4


def test_open_deals_of_unknown_amount_book_the_law() -> None:
    """An open deal without an amount books the mean of its segment's sizes when it is won."""
    scenario = scenario_of({"opps_per_week": 0.0, "lost_cycle_days": SMALL["won_cycle_days"],
                            "stall_rate": 0.0}, open_deals=open_deals(20), months=60)  # fmt: skip
    booked = book(scenario, paths=PATHS).sum(axis=0, keepdims=True) / 100
    mean = law_of(SMALL["deal_size"]).mean
    assert np.abs(errors_of_means(booked, np.array([SMALL["win_rate"] * mean])))[0] < 4
    assert np.abs(errors_of_means(booked, np.array([SMALL["win_rate"] * mean * 1.03])))[0] > 4


def _factors(scenario: Scenario) -> NDArray[np.float64]:
    factors = market_factors(setting_of(scenario), 0, PATHS)
    return np.array([factors.creation, factors.odds, factors.size], np.float64)


def test_market_has_mean_one() -> None:
    """Creation and size have mean 1 over the paths in every period, win odds median 1."""
    scenario = scenario_of(market=MARKET, months=12)
    creation, odds, size = _factors(scenario)
    assert np.abs(errors_of_means(creation, np.ones(4))).max() < 4
    assert np.abs(errors_of_means(size, np.ones(4))).max() < 4
    assert np.abs(errors_of_means((odds < 1).astype(np.float64), np.full(4, 0.5))).max() < 4
    assert np.abs(errors_of_means(creation, np.full(4, 1.01))).max() > 4
    for values, spread in ((creation, 0.2), (odds, 0.3), (size, 0.1)):
        variances = np.full(4, spread**2)
        assert np.abs(errors_of_variances(np.log(values), variances)).max() < 4


@pytest.mark.parametrize("persistence", [0.7, 0.0, -0.5])
def test_market_is_autoregressive(persistence: float) -> None:
    """Scores k periods apart correlate by persistence^k; one score moves all three factors."""
    market = {**MARKET, "persistence": persistence, "period": "month"}
    creation, odds, size = np.log(_factors(scenario_of(market=market, months=5)))
    for lag in (1, 2, 3):
        expected = np.full(5 - lag, 0.2**2 * persistence**lag)
        off = errors_of_covariances(creation[:-lag], creation[lag:], expected)
        assert np.abs(off).max() < 4
    np.testing.assert_allclose(odds / 0.3, (size + 0.005) / 0.1, atol=1e-4)
    np.testing.assert_allclose((creation + 0.02) / 0.2, (size + 0.005) / 0.1, atol=1e-4)


def test_market_is_shared_by_reps() -> None:
    """Two reps' months covary by what the market's creation factor says, and by nothing else.

    Cov = E[A] E[B] (exp(spread^2 persistence^k) - 1) for periods k apart.
    """
    market = {"creation": 0.4, "persistence": 0.6, "period": "month"}
    scenario = scenario_of(
        {**COUNTED, "won_cycle_days": 0.0},
        reps=[{"name": "Ana"}, {"name": "Bo"}],
        market=market,
        months=3,
    )
    ana, bo = book(scenario, "Ana", paths=PATHS), book(scenario, "Bo", paths=PATHS)
    means = 6.0 * 0.4 / 7 * days_of_months(scenario)
    assert np.abs(errors_of_means(ana, means)).max() < 4
    same = means**2 * math.expm1(0.4**2)
    assert np.abs(errors_of_variances(ana, means + same)).max() < 4
    assert np.abs(errors_of_covariances(ana, bo, same)).max() < 4
    next_one = means[:2] * means[1:] * math.expm1(0.4**2 * 0.6)
    assert np.abs(errors_of_covariances(ana[:2], bo[1:], next_one)).max() < 4
    still = scenario_of(
        {**COUNTED, "won_cycle_days": 0.0}, reps=[{"name": "Ana"}, {"name": "Bo"}], months=3
    )
    ana, bo = book(still, "Ana", paths=PATHS), book(still, "Bo", paths=PATHS)
    assert np.abs(errors_of_covariances(ana, bo, np.zeros(3))).max() < 4


def test_market_shifts_odds() -> None:
    """Under the market the win rate is that of shifted odds, averaged over the market's law."""
    scenario = scenario_of({**COUNTED, "won_cycle_days": 0.0}, market={"win_odds": 0.8}, months=3)
    z, weight = np.polynomial.hermite_e.hermegauss(60)
    win = special.expit(special.logit(0.4) + 0.8 * z) @ (weight / weight.sum())
    closed = book(scenario, paths=PATHS)
    means = 6.0 * win / 7 * days_of_months(scenario)
    assert np.abs(errors_of_means(closed, means)).max() < 4
