"""The exact check against sums that are done another way."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import numpy as np
import pytest
from scipy import special, stats

from quotarisk.analysis.exact import Sources, exact_p_hit, is_exact, pool, rep_sources
from quotarisk.analysis.wins import ListedDeal, NewDeals, expected_wins
from quotarisk.periods import Period, add_months
from quotarisk.scenario.laws import Empirical, Fixed, Gamma, Law, Lognormal, Weibull
from quotarisk.scenario.scenario import Scenario
from quotarisk.simulation.estimates import Array
from quotarisk.simulation.lowering import rep_tasks
from quotarisk.simulation.simulation import answered_periods, setting_of
from tests.analysis.cases import (
    BOOKED_A_YEAR,
    LARGE_A_YEAR,
    LARGE_MEDIAN,
    LARGE_SIGMA,
    LARGE_WIN,
    MONTH_QUOTA,
    QUARTER_QUOTA,
    SMALL_A_YEAR,
    SMALL_MEDIAN,
    SMALL_SIGMA,
    SMALL_WIN,
    START,
    lognormal,
    make,
    open_deal,
    segment,
)

ANY_SIZE = Lognormal(math.log(10_000.0), 0.5)


def _new(size: Law, wins: float) -> NewDeals:
    return NewDeals(size, np.array([wins]))


def _listed(amount: float | None, chance: float, size: Law = ANY_SIZE) -> ListedDeal:
    return ListedDeal(amount, size, np.array([chance]))


def _p_hit(quota: float, *sources: NewDeals | ListedDeal) -> float:
    new = tuple(source for source in sources if isinstance(source, NewDeals))
    listed = tuple(source for source in sources if isinstance(source, ListedDeal))
    return exact_p_hit(Sources(new, listed), 0, quota)


def _exponential_p_hit(quota: float, mean_size: float, wins: float) -> float:
    """Compound Poisson with exponential sizes: a sum of gamma laws."""
    n = np.arange(1, int(2 * wins) + 100)
    return float(stats.poisson.pmf(n, wins) @ special.gammaincc(n, max(quota, 0.0) / mean_size))


@pytest.mark.parametrize("wins", [0.01, 0.7, 4.0, 60.0])
@pytest.mark.parametrize("quota", [1_000.0, 9_999.99, 35_000.0, 600_000.0])
def test_exponential_sizes(wins: float, quota: float) -> None:
    """With exponential sizes it is a Poisson mixture of gamma laws, to one in a million."""
    expected = _exponential_p_hit(quota, 10_000.0, wins)
    assert expected == pytest.approx(_p_hit(quota, _new(Weibull(1.0, 10_000.0), wins)), abs=1e-6)
    assert expected == pytest.approx(_p_hit(quota, _new(Gamma(1.0, 10_000.0), wins)), abs=1e-6)


@pytest.mark.parametrize("wins", [300.0, 1_000.0, 5_000.0])
def test_many_wins(wins: float) -> None:
    """A team's thousands of wins are as exact as a rep's few: errors do not pile up."""
    for share in (0.98, 1.0, 1.03):
        quota = share * wins * 10_000.0
        expected = _exponential_p_hit(quota, 10_000.0, wins)
        actual = _p_hit(quota, _new(Weibull(1.0, 10_000.0), wins))
        assert expected == pytest.approx(actual, abs=2e-4)


def test_exponential_sizes_tell_apart() -> None:
    """One per cent more wins is seen by the same check (negative control)."""
    expected = _exponential_p_hit(35_000.0, 10_000.0, 4.0)
    actual = _p_hit(35_000.0, _new(Weibull(1.0, 10_000.0), 4.04))
    assert abs(expected - actual) > 1e-3


def _panjer(prices: dict[int, float], wins: float, quota: int) -> float:
    """P(compound Poisson sum >= quota) on whole numbers, by Panjer's recursion."""
    g = np.zeros(quota)
    g[0] = math.exp(-wins)
    for s in range(1, quota):
        g[s] = wins / s * sum(j * f * g[s - j] for j, f in prices.items() if j <= s)
    return 1 - float(g.sum())


@pytest.mark.parametrize("wins", [0.3, 2.5, 11.0])
@pytest.mark.parametrize("quota", [1, 5, 12, 13, 60])
def test_price_list_by_recursion(wins: float, quota: int) -> None:
    """A price list gives what Panjer's recursion gives, quotas met to the cent included."""
    values = (1_000.0, 2_000.0, 2_000.0, 5_000.0)
    expected = _panjer({1: 0.25, 2: 0.5, 5: 0.25}, wins, quota)
    actual = _p_hit(quota * 1_000.0, _new(Empirical.of(values), wins))
    assert expected == pytest.approx(actual, abs=1e-8)


def test_two_price_lists_and_a_fixed_price() -> None:
    """Several kinds of deals with prices are one compound Poisson sum of all prices."""
    shares = {2: 0.6 * 0.5 / 2.0, 3: 0.6 * 0.5 / 2.0, 7: 1.4 / 2.0}
    expected = _panjer(shares, 2.0, 12)
    actual = _p_hit(
        12_000.0, _new(Empirical.of((2_000.0, 3_000.0)), 0.6), _new(Fixed(7_000.0), 1.4)
    )
    assert expected == pytest.approx(actual, abs=1e-8)


def _counts_p_hit(quota: int, prices: dict[int, float]) -> float:
    """P(hit) by going through all numbers of deals at each price (in cents)."""
    missed = 0.0
    for counts in itertools.product(*(range((quota - 1) // price + 1) for price in prices)):
        if sum(n * price for n, price in zip(counts, prices, strict=True)) < quota:
            missed += math.prod(
                stats.poisson.pmf(n, wins) for n, wins in zip(counts, prices.values(), strict=True)
            )
    return 1 - missed


@pytest.mark.parametrize("quota", [2_999_970, 3_000_000, 3_000_001, 1_749_975])
def test_prices_that_end_in_99(quota: int) -> None:
    """Thirty deals at 999.99 do not meet a quota of 30,000: they lack 30 cents."""
    expected = _counts_p_hit(quota, {99_999: 18.0, 249_999: 3.0})
    actual = _p_hit(quota / 100, _new(Fixed(999.99), 18.0), _new(Fixed(2_499.99), 3.0))
    assert expected == pytest.approx(actual, abs=1e-9)


@pytest.mark.parametrize("chance", [0.0, 1e-12, 0.37, 1.0])
@pytest.mark.parametrize("amount", [12_345.67, 100_000.0, 0.02])
def test_one_open_deal(chance: float, amount: float) -> None:
    """One open deal that covers the quota is a coin with its chance; one cent short is not."""
    deal = _listed(amount, chance)
    assert chance == pytest.approx(_p_hit(amount, deal), abs=1e-8)
    assert chance == pytest.approx(_p_hit(amount / 2, deal), abs=1e-8)
    assert pytest.approx(_p_hit(amount + 0.01, deal), abs=1e-8) == 0.0


def _enumerated_p_hit(quota: float, deals: list[tuple[float, float]]) -> float:
    """P(hit) by going through every set of deals that may be won; sums in cents."""
    hit = 0.0
    for won in itertools.product((False, True), repeat=len(deals)):
        cents = sum(round(amount * 100) for (amount, _), w in zip(deals, won, strict=True) if w)
        if cents >= round(quota * 100):
            hit += math.prod(c if w else 1 - c for (_, c), w in zip(deals, won, strict=True))
    return hit


DEALS = {
    "whole thousands": [(10_000.0, 0.5), (20_000.0, 0.25), (30_000.0, 0.8), (45_000.0, 0.1)],
    "thirds": [(33_333.33, 0.5), (66_666.67, 0.5), (33_333.34, 0.3)],
    "ugly cents": [
        (12_345.67, 0.4),
        (23_456.78, 0.6),
        (34_567.89, 0.3),
        (11_111.11, 0.9),
        (9_876.53, 0.7),
        (54_321.09, 0.05),
    ],
    "equal amounts": [(9_999.99, 0.3)] * 7,
    "large and small": [(1_000_000.01, 0.2), (0.99, 0.5), (999_999.02, 0.4), (123.45, 0.6)],
    "thirteen": [(1_000.0 + 777.77 * i, 0.05 + 0.07 * i) for i in range(13)],
}


@pytest.mark.parametrize("name", DEALS)
def test_open_deals_enumerated(name: str) -> None:
    """Listed deals give the sum over all sets of wins, whatever the cents."""
    deals = DEALS[name]
    amounts = [amount for amount, _ in deals]
    exact_sums = [sum(amounts), sum(amounts[:2]), amounts[-1], amounts[0] + amounts[-1]]
    for whole in exact_sums:
        for quota in (whole, whole - 0.01, whole + 0.01, 0.613 * whole):
            expected = _enumerated_p_hit(quota, deals)
            actual = _p_hit(quota, *(_listed(*deal) for deal in deals))
            assert expected == pytest.approx(actual, abs=1e-8), quota


def test_a_sum_equal_to_the_quota_hits() -> None:
    """A cent decides: the sum itself counts as a hit, one cent more does not (control)."""
    deals = [_listed(33_333.33, 0.5), _listed(66_666.67, 0.5)]
    assert pytest.approx(_p_hit(100_000.0, *deals), abs=1e-8) == 0.25
    assert pytest.approx(_p_hit(100_000.01, *deals), abs=1e-8) == 0.0


def test_many_open_deals() -> None:
    """Sixty open deals of ugly amounts, too many to list all sums, are right to 1 in 1,000."""
    generator = np.random.default_rng(1)
    cents = generator.integers(10_000, 90_000, 60)
    chances = generator.uniform(0.05, 0.8, 60)
    law = np.zeros(int(cents.sum()) + 1)
    law[0] = 1.0
    for amount, chance in zip(cents.tolist(), chances.tolist(), strict=True):
        law[amount:] = (1 - chance) * law[amount:] + chance * law[:-amount]
        law[:amount] *= 1 - chance
    deals = [
        _listed(amount / 100, chance)
        for amount, chance in zip(cents.tolist(), chances.tolist(), strict=True)
    ]
    for quota in (900_000, 1_200_001, 1_500_007):
        expected = float(law[quota:].sum())
        assert expected == pytest.approx(_p_hit(quota / 100, *deals), abs=1e-3)


@pytest.mark.parametrize("quota", [4_999.99, 5_000.0, 5_000.01, 22_000.0, 55_000.0])
def test_mixture(quota: float) -> None:
    """Fixed prices, exponential sizes and a listed deal together: summed over what is won."""
    expected = 0.0
    for n in range(60):
        for won, weight in ((0, 0.7), (1, 0.3)):
            rest = round(quota - 5_000.0 * n - 12_000.0 * won, 2)
            share = 1.0 if rest <= 0 else _exponential_p_hit(rest, 8_000.0, 0.8)
            expected += weight * float(stats.poisson.pmf(n, 1.2)) * share
    actual = _p_hit(
        quota, _new(Fixed(5_000.0), 1.2), _new(Weibull(1.0, 8_000.0), 0.8), _listed(12_000.0, 0.3)
    )
    assert expected == pytest.approx(actual, abs=1e-5)


def test_listed_deal_of_unknown_size() -> None:
    """A listed deal without an amount is won with its chance and covers with its size law."""
    size = Lognormal(math.log(9_000.0), 0.7)
    expected = 0.4 * float(size.sf(12_000.0))
    assert expected == pytest.approx(_p_hit(12_000.0, _listed(None, 0.4, size)), abs=1e-6)


def test_listed_deal_of_a_listed_price() -> None:
    """A listed deal without an amount may take each price of its price list."""
    size = Empirical.of((4_000.0, 12_000.0, 20_000.0))
    actual = _p_hit(12_000.0, _listed(None, 0.6, size))
    assert pytest.approx(actual, abs=1e-8) == 0.6 * 2 / 3
    actual = _p_hit(16_000.01, _listed(None, 0.6, size), _listed(4_000.01, 0.5))
    assert pytest.approx(actual, abs=1e-8) == 0.6 * (1 / 3 + 1 / 3 * 0.5)


def test_deals_worth_nothing() -> None:
    """Deals at a price of 0 neither help nor hurt, on a lattice and off it."""
    free = _new(Fixed(0.0), 3.0)
    assert pytest.approx(_p_hit(1_000.0, free, _listed(1_000.0, 0.3)), abs=1e-8) == 0.3
    deals = [_listed(33_333.33, 0.5), _listed(66_666.67, 0.5)]
    assert pytest.approx(_p_hit(100_000.0, free, *deals), abs=1e-8) == 0.25


@pytest.mark.parametrize("quota", [0.0, 0.004, -5.0, -1e9])
def test_no_quota_left(quota: float) -> None:
    """What is booked already covers the quota: certain to hit."""
    assert _p_hit(quota, _new(ANY_SIZE, 0.0)) == 1.0


@pytest.mark.parametrize("quota", [1e9, 123_456_789_012.34, 1e12])
def test_huge_quota(quota: float) -> None:
    """A quota beyond all reach has a chance of nearly 0, never below it."""
    sources: list[NewDeals | ListedDeal] = [
        _new(ANY_SIZE, 5.0),
        _new(Fixed(0.01), 2.0),
        _listed(77_777.77, 0.5),
    ]
    actual = _p_hit(quota, *sources)
    assert 0.0 <= actual < 1e-8
    actual = _p_hit(quota, *sources[1:])
    assert 0.0 <= actual < 1e-8


@pytest.mark.parametrize("wins", [1e-9, 1e-6, 1e-5])
def test_rare_wins(wins: float) -> None:
    """With next to no wins P(hit) is P(a win) times P(it covers the quota)."""
    expected = -math.expm1(-wins) * float(ANY_SIZE.sf(20_000.0))
    assert expected == pytest.approx(_p_hit(20_000.0, _new(ANY_SIZE, wins)), abs=1e-9, rel=1e-3)


def test_nothing_at_all() -> None:
    """Without deals a quota is missed for certain."""
    assert pytest.approx(_p_hit(100.0), abs=1e-9) == 0.0
    assert pytest.approx(_p_hit(100.0, _new(ANY_SIZE, 0.0)), abs=1e-9) == 0.0


def test_field_figures() -> None:
    """The exact case: a month of .2449 and a quarter of .3689, to one in ten thousand."""

    def p_hit(quota: float, share: float) -> float:
        return _p_hit(
            quota,
            _new(Lognormal(math.log(SMALL_MEDIAN), SMALL_SIGMA), SMALL_A_YEAR * SMALL_WIN * share),
            _new(Lognormal(math.log(LARGE_MEDIAN), LARGE_SIGMA), LARGE_A_YEAR * LARGE_WIN * share),
        )

    assert pytest.approx(p_hit(MONTH_QUOTA, 1 / 12), abs=1e-4) == 0.2449
    assert pytest.approx(p_hit(QUARTER_QUOTA, 1 / 4), abs=1e-4) == 0.3689
    assert pytest.approx(0.9 * BOOKED_A_YEAR / 12, rel=1e-4) == MONTH_QUOTA
    assert abs(p_hit(MONTH_QUOTA * 1.02, 1 / 12) - 0.2449) > 1e-4


def test_pool_is_the_union() -> None:
    """Reps pooled hit as if one rep had all their deals; laws that are equal add up."""
    one = Sources((_new(ANY_SIZE, 1.0), _new(Fixed(5_000.0), 2.0)), (_listed(7_000.0, 0.5),))
    two = Sources((_new(ANY_SIZE, 0.5),), (_listed(3_000.0, 0.2),))
    pooled = pool([one, two])
    assert [(ANY_SIZE, 1.5), (Fixed(5_000.0), 2.0)] == [
        (deals.size, float(deals.wins[0])) for deals in pooled.new
    ]
    union = Sources(one.new + two.new, one.listed + two.listed)
    assert exact_p_hit(union, 0, 20_000.0) == pytest.approx(
        exact_p_hit(pooled, 0, 20_000.0), abs=1e-12
    )
    np.testing.assert_allclose(one.mean + two.mean, pooled.mean)


def test_mean_of_sources() -> None:
    """The mean adds wins times mean size, and chance times amount or mean size."""
    size = Gamma(2.0, 3_000.0)
    sources = Sources((_new(size, 1.5),), (_listed(7_000.0, 0.5), _listed(None, 0.25, size)))
    assert [1.5 * 6_000 + 3_500 + 1_500] == sources.mean.tolist()


# --- when there is an exact answer


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({}, True),
        ({"opps": {"opps": 50.0, "weeks": 52.0}}, False),
        ({"win": {"won": 5.0, "of": 20.0}}, False),
        ({"size": lognormal(9_000.0, 0.5, of=20.0)}, False),
        ({"size": {"values": [9_000.0, 9_000.0], "of": 20.0}}, True),
        ({"cycle": lognormal(30.0, 0.5, of=20.0)}, False),
        ({"lost_cycle_days": lognormal(30.0, 0.5, of=20.0)}, True),
    ],
)
def test_is_exact(changed: dict[str, Any], expected: bool) -> None:
    """An exact answer needs every figure that matters to be known."""
    scenario = make({"s": segment(**changed)})
    assert expected == is_exact(rep_tasks(scenario)[0], setting_of(scenario, 0))


def test_lost_cycles_matter_to_open_deals() -> None:
    """Uncertain lost cycles leave no exact answer where open deals are listed."""
    lost = {"lost_cycle_days": lognormal(30.0, 0.5, of=20.0)}
    scenario = make({"s": segment(**lost)}, open_deals=[open_deal(1, 10)])
    assert not is_exact(rep_tasks(scenario)[0], setting_of(scenario, 0))


def test_a_market_leaves_no_exact_answer() -> None:
    """Where the market moves nothing is exact; persistence alone moves nothing."""
    moving, still = make(market={"creation": 0.1}), make(market={"persistence": 0.9})
    assert not is_exact(rep_tasks(moving)[0], setting_of(moving, 0))
    assert is_exact(rep_tasks(still)[0], setting_of(still, 0))


# --- expected wins


def _days_of(scenario: Scenario, years: int) -> range:
    end = scenario.horizon.day_number(scenario.horizon.end)
    return range(-365 * years - 3, end)


def _brute_wins(
    scenario: Scenario, sf: Callable[[Array], Array], *, years: int = 12, nodes: int = 8
) -> Array:
    """Integrate creation x win rate x P(closes in the period) over every day, naively."""
    rep, (terms,) = scenario.reps[0], rep_tasks(scenario)[0].terms
    calendar, horizon = scenario.calendar, scenario.horizon
    days = _days_of(scenario, years)
    dates = [date.fromordinal(START.toordinal() + (scenario.start - START).days + d) for d in days]
    speed = np.array([calendar.won[(d.month - scenario.fiscal_year_start) % 3] for d in dates])
    clock = np.concatenate([[0.0], np.cumsum(speed)])
    clock -= clock[-days.start]

    def productivity(day: date) -> float:
        if rep.start_date is None:
            return 1.0
        if day < rep.start_date:
            return 0.0
        ends = [add_months(rep.start_date, n + 1) for n in range(len(rep.ramp))]
        return next((share for share, end in zip(rep.ramp, ends, strict=True) if day < end), 1.0)

    steady = rep.pipeline != "empty"
    rate = np.array(
        [
            calendar.creation[day.month - 1] * productivity(day) * (steady or number >= 0)
            for number, day in zip(days, dates, strict=True)
        ]
    )
    x, weight = np.polynomial.legendre.leggauss(nodes)
    inside, weight = (x + 1) / 2, weight / 2
    created = (clock[:-1, np.newaxis] + speed[:, np.newaxis] * inside).ravel()
    mass = (rate[:, np.newaxis] * weight).ravel()

    def closed(end: float) -> float:
        waited = end - created
        return float(mass @ np.where(waited > 0, 1 - sf(np.maximum(waited, 0.0)), 0.0))

    found = []
    for period in answered_periods(scenario):
        first = max(horizon.day_number(period.first), 0)
        end = horizon.day_number(period.end)
        found.append(closed(clock[end - days.start]) - closed(clock[first - days.start]))
    return np.array(found) * terms.opps_per_week.mean / 7 * terms.win_rate.mean


def _wins(scenario: Scenario) -> tuple[Array, tuple[Period, ...]]:
    (task,) = rep_tasks(scenario)
    periods = answered_periods(scenario)
    return expected_wins(task, task.terms[0], setting_of(scenario, 0), periods), periods


LOGNORMAL = lognormal(40.0, 0.6)
SEASON = [1.0, 0.5, 1.2, 1.0, 0.0, 1.4, 0.7, 0.4, 1.0, 1.1, 2.0, 0.8]
RHYTHM = [0.6, 0.9, 1.5]


def _lognormal_sf(x: Array) -> Array:
    return np.asarray(stats.lognorm.sf(x, 0.6, scale=40.0))


def _empirical_sf(x: Array) -> Array:
    return np.asarray((np.array([5.0, 20.0, 47.0, 90.0]) > x[..., np.newaxis]).mean(axis=-1))


def _percentiles_sf(x: Array) -> Array:
    """Through 12, 40 and 95 days at 10, 50 and 90 %: two halves of lognormal laws."""
    z = stats.norm.isf(0.1)
    low, high = math.log(40 / 12) / z, math.log(95 / 40) / z
    with np.errstate(divide="ignore"):
        y = np.log(x / 40.0)
    return np.asarray(stats.norm.sf(np.where(y < 0, y / low, y / high)))


LAWS: dict[str, tuple[Any, Callable[[Array], Array]]] = {
    "lognormal": (LOGNORMAL, _lognormal_sf),
    "gamma": (
        {"dist": "gamma", "mean": 50.0, "sd": 30.0},
        lambda x: np.asarray(stats.gamma.sf(x, (50 / 30) ** 2, scale=900 / 50)),
    ),
    "weibull": (
        {"dist": "weibull", "median": 30.0, "p90": 80.0},
        lambda x: np.asarray(
            0.5 ** ((x / 30.0) ** (math.log(math.log(10) / math.log(2)) / math.log(80 / 30)))
        ),
    ),
    "exponential": (
        {"dist": "exponential", "mean": 35.0},
        lambda x: np.asarray(np.exp(-x / 35.0)),
    ),
    "fixed": (45.0, lambda x: np.asarray(x < 45.0, np.float64)),
    "values": ({"values": [5.0, 47.0, 20.0, 90.0]}, _empirical_sf),
    "percentiles": ({"quantiles": {"0.1": 12.0, "0.5": 40.0, "0.9": 95.0}}, _percentiles_sf),
}
HIRES: dict[str, dict[str, Any]] = {
    "steady": {},
    "empty": {"pipeline": "empty"},
    "hired long ago": {"start_date": date(2026, 9, 10), "ramp": [0.0, 0.25, 0.5, 0.75, 0.9]},
    "hired in the horizon": {"start_date": date(2027, 2, 16), "ramp": [0.25, 0.5]},
    "hired on a 31st": {"start_date": date(2026, 12, 31), "ramp": [0.1, 0.2, 0.6]},
    "hired after the horizon": {"start_date": date(2029, 1, 1), "ramp": [0.5]},
    "told to start empty": {"start_date": date(2025, 3, 1), "ramp": [0.5], "pipeline": "empty"},
}
CALENDARS: dict[str, dict[str, Any]] = {
    "even": {},
    "seasons": {"calendar": {"creation": SEASON}},
    "clocks": {"calendar": {"won": RHYTHM}},
    "both, fiscal": {"calendar": {"creation": SEASON, "won": RHYTHM}, "fiscal_year_start": 2},
    "mid-month": {
        "start": date(2027, 1, 13),
        "booked": [],
        "calendar": {"creation": SEASON, "won": RHYTHM},
    },
}


@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize("calendar", ["even", "both, fiscal"])
def test_expected_wins_of_every_law(law: str, calendar: str) -> None:
    """Expected wins are the integral of creation x P(closes in the period), whatever the law."""
    cycle, sf = LAWS[law]
    scenario = make({"s": segment(cycle=cycle)}, months=12, **CALENDARS[calendar])
    actual, _ = _wins(scenario)
    jumps = law in ("fixed", "values")
    expected = _brute_wins(scenario, sf, nodes=48 if jumps else 8)
    np.testing.assert_allclose(actual, expected, rtol=1e-5, atol=2e-3 if jumps else 0.0)


@pytest.mark.parametrize("calendar", CALENDARS)
@pytest.mark.parametrize("hire", HIRES)
def test_expected_wins_of_every_start(hire: str, calendar: str) -> None:
    """Steady, empty and ramping starts, seasons and clocks: all the same integral."""
    rep = {"name": "Ana", **HIRES[hire]}
    scenario = make({"s": segment(cycle=LOGNORMAL)}, rep, months=5, **CALENDARS[calendar])
    actual, _ = _wins(scenario)
    expected = _brute_wins(scenario, _lognormal_sf)
    np.testing.assert_allclose(actual, expected, rtol=2e-6, atol=1e-9)


def test_expected_wins_tell_apart() -> None:
    """A ramp that is a little lower is seen by the same check (negative control)."""
    ramps = ([0.0, 0.25, 0.5, 0.75], [0.0, 0.25, 0.5, 0.7])
    one, two = (
        make({"s": segment(cycle=LOGNORMAL)}, {"name": "A", "start_date": START, "ramp": ramp})
        for ramp in ramps
    )
    assert np.abs(_brute_wins(one, _lognormal_sf) - _wins(two)[0]).max() > 1e-3


@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize("longer", [0.3, 1.0, 3.0])
def test_a_steady_pipeline_forgets_its_cycle(law: str, longer: float) -> None:
    """Steady and without seasons: rate x win rate x days, whatever the cycle."""
    cycle = LAWS[law][0]
    scaled: Any = (
        longer * cycle
        if isinstance(cycle, float)
        else {k: longer * v if isinstance(v, float) else v for k, v in cycle.items()}
    )
    if law == "values":
        scaled = {"values": [longer * v for v in cycle["values"]]}
    elif law == "percentiles":
        scaled = {"quantiles": {k: longer * v for k, v in cycle["quantiles"].items()}}
    actual, periods = _wins(make({"s": segment(opps=1.3, win=0.4, cycle=scaled)}))
    expected = [1.3 / 7 * 0.4 * (period.end - period.first).days for period in periods]
    np.testing.assert_allclose(actual, expected, rtol=1e-9)


def test_an_empty_pipeline_does_not_forget() -> None:
    """From an empty start longer cycles win less: the claim is about steady ones (control)."""
    short, long = (
        _wins(make({"s": segment(cycle=cycle)}, {"name": "Ana", "pipeline": "empty"}))[0]
        for cycle in (10.0, 100.0)
    )
    assert np.all(short[:3] > 1.1 * long[:3])


def test_history_beyond_five_years() -> None:
    """A cycle of years in a seasonal steady pipeline: before five years the mean is enough."""
    cycle = {"dist": "exponential", "mean": 1_500.0}
    scenario = make({"s": segment(cycle=cycle)}, **CALENDARS["both, fiscal"])
    actual, _ = _wins(scenario)

    def sf(x: Array) -> Array:
        return np.asarray(np.exp(-x / 1_500.0))

    expected = _brute_wins(scenario, sf, years=60, nodes=2)
    np.testing.assert_allclose(actual, expected, rtol=1e-2)


# --- listed deals


def _chance(scenario: Scenario) -> list[float]:
    (task,) = rep_tasks(scenario)
    sources = rep_sources(task, setting_of(scenario, 0), answered_periods(scenario))
    return [round(float(value), 9) for value in sources.listed[0].chance]


def test_chance_of_an_open_deal() -> None:
    """P(won in a month | open at its age): wins against losses and stalls that are open too."""
    lost = {"dist": "exponential", "mean": 20.0}
    scenario = make(
        {"s": segment(win=0.3, cycle=LOGNORMAL, stall_rate=0.1, lost_cycle_days=lost)},
        open_deals=[open_deal(1, 25)],
        months=3,
    )
    s = [float(_lognormal_sf(np.array(25.0 + day))) for day in (0, 31, 59, 90)]
    alive = 0.3 * s[0] + 0.6 * math.exp(-25 / 20) + 0.1
    expected = [0.3 * (a - b) / alive for a, b in itertools.pairwise(s)]
    expected.append(0.3 * (s[0] - s[3]) / alive)
    np.testing.assert_allclose(_chance(scenario), expected, atol=1e-7)


@pytest.mark.parametrize("closes", [1, 30, 31, 32, 58, 59, 89, 90])
def test_a_deal_that_closes_at_midnight(closes: int) -> None:
    """A fixed cycle that ends with the first moment of a month counts in that month."""
    deals = [open_deal(1, 9)]
    scenario = make({"s": segment(cycle=9.0 + closes)}, open_deals=deals, months=3)
    months = ((0, 31), (31, 59), (59, 90))
    expected = [0.5 if first <= closes < end else 0.0 for first, end in months]
    assert [*expected, sum(expected)] == _chance(scenario)


def test_a_deal_beyond_all_cycles() -> None:
    """A deal older than every cycle, with nothing stalled, is neither won nor lost."""
    scenario = make({"s": segment(cycle=40.0)}, open_deals=[open_deal(1, 40)], months=3)
    assert [0.0, 0.0, 0.0, 0.0] == _chance(scenario)


def _segments_of_deals() -> Iterator[tuple[str, int]]:
    yield from (("a", 10), ("b", 20), ("a", 30))


def test_deals_stay_with_their_segment() -> None:
    """Each listed deal is won by the figures of its own segment."""
    told = {"a": segment(win=0.2, cycle=LOGNORMAL), "b": segment(win=0.9, cycle=LOGNORMAL)}
    deals = [open_deal(i, age, of=of) for i, (of, age) in enumerate(_segments_of_deals())]
    scenario = make(told, open_deals=deals, months=3)
    (task,) = rep_tasks(scenario)
    sources = rep_sources(task, setting_of(scenario, 0), answered_periods(scenario))
    later = [float(deal.chance[-1]) for deal in sources.listed]
    expected = [
        win * (1 - float(_lognormal_sf(np.array(age + 90.0))) / float(_lognormal_sf(np.array(age))))
        for win, age in ((0.2, 10.0), (0.2, 30.0), (0.9, 20.0))
    ]
    np.testing.assert_allclose(later, expected, atol=1e-6)
