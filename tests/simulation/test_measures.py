"""Measures against the same figures counted path by path, with plain loops."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quotarisk.periods import CADENCES, Horizon, Period
from quotarisk.simulation.estimates import Array, Estimate, proportion_se
from quotarisk.simulation.measures import Measures, Unit, hit_probability, measure

HORIZON = Horizon(date(2027, 1, 1), 12)


class Case(NamedTuple):
    """What `measure` takes."""

    booked: Array
    unit: Unit
    periods: tuple[Period, ...]

    @property
    def paths(self) -> int:
        """Number of paths."""
        return len(self.booked[0])

    def totals(self) -> list[list[float]]:
        """Bookings of each period on each path, added up one by one."""
        return [
            [known + value for value in values]
            for known, values in zip(self.certain(), self.still_open(), strict=True)
        ]

    def certain(self) -> list[float]:
        """What is booked to date in each period."""
        return [
            float(self.unit.before[row])
            + sum(float(self.unit.booked[m]) for m in self._inside(period))
            for row, period in enumerate(self.periods)
        ]

    def still_open(self) -> list[list[float]]:
        """What each period still books on each path, added up one by one."""
        return [
            [sum(float(self.booked[m, i]) for m in self._inside(period)) for i in range(self.paths)]
            for period in self.periods
        ]

    def _inside(self, period: Period) -> list[int]:
        return [m for m in period.month_numbers if 0 <= m < len(self.booked)]

    def shared(self) -> tuple[list[int], list[int]]:
        """Months with a quota in quarters with one, and those quarters."""
        pairs = [
            (month, quarter)
            for quarter in self.rows("quarter")
            for month in self.rows("month")
            if self.periods[month].first_month in self.periods[quarter].month_numbers
        ]
        return [m for m, _ in pairs], sorted({q for _, q in pairs})

    def rows(self, cadence: str) -> list[int]:
        """Rows of a cadence that have a quota."""
        return [
            row
            for row, period in enumerate(self.periods)
            if period.cadence == cadence and not math.isnan(self.unit.quotas[row])
        ]

    def hits(self, row: int) -> list[bool]:
        """Whether each path hits a period."""
        return [total >= self.unit.quotas[row] for total in self.totals()[row]]


def _case(
    seed: int,
    *,
    paths: int = 37,
    horizon: Horizon = HORIZON,
    without: float = 0.2,
    level: float = 1.0,
) -> Case:
    """Random bookings in whole cents, many of them equal, some quotas met to the cent."""
    generator = np.random.default_rng(seed)
    periods = horizon.all_periods
    booked = 1_000.0 * generator.poisson(2.0, (horizon.months, paths)).astype(np.float64)
    booked = np.where(generator.random(booked.shape) < 0.8, booked, 0.0)
    months = [len([m for m in p.month_numbers if 0 <= m < horizon.months]) for p in periods]
    each = generator.choice([1_000.0, 2_000.0, 2_500.0], len(months))
    quotas = np.round(np.array(months) * level * each).astype(np.float64)
    quotas[generator.random(len(months)) < without] = np.nan
    known = 500.0 * generator.integers(-1, 3, horizon.months).astype(np.float64)
    before = np.where([horizon.began_before(p) for p in periods], 700.0, 0.0)
    return Case(booked, Unit("rep", "Ana", "", quotas, known, before), periods)


def _scaled(case: Case, factor: float) -> Case:
    """The same with all amounts multiplied."""
    unit = Unit(
        "rep",
        "Ana",
        "",
        case.unit.quotas * factor,
        case.unit.booked * factor,
        case.unit.before * factor,
    )
    return Case(case.booked * factor, unit, case.periods)


def _with_windfalls(case: Case, amount: float) -> Case:
    """The same, but most months book a fortune."""
    lucky = np.random.default_rng(1).random(case.booked.shape) < 0.7
    return case._replace(booked=np.where(lucky, amount, case.booked))


CASES = {
    "a year": _case(1),
    "all quotas": _case(2, without=0.0),
    "no quotas": _case(3, without=1.0),
    "out of reach": _case(4, level=50.0),
    "hit already": _case(5, level=0.0, without=0.5),
    "two paths": _case(6, paths=2),
    "mid-quarter": _case(7, horizon=Horizon(date(2027, 2, 11), 8)),
    "fiscal": _case(8, horizon=Horizon(date(2027, 2, 1), 24, 2)),
    "one month": _case(9, horizon=Horizon(date(2027, 1, 1), 1)),
    "many paths": _case(10, paths=1_000),
    "nothing booked": _case(11)._replace(booked=np.zeros((12, 9))),
    "more than 32 bits": _scaled(_case(12), 3e6),
    "far above the quotas": _with_windfalls(_case(14, paths=400), 1e12),
    "parts of a cent": _scaled(_case(13), 1 / 3),
}
KEYS = sorted(CASES)


def _measures(case: Case) -> Measures:
    return measure(case.booked, case.unit, case.periods)


def _same(expected: Sequence[float], actual: Any, *, rtol: float = 1e-9, atol: float = 0.0) -> None:
    np.testing.assert_allclose(np.asarray(actual, float), expected, rtol=rtol, atol=atol)


def _mean(values: Sequence[float]) -> float:
    return math.fsum(values) / len(values)


def _sd(values: Sequence[float]) -> float:
    mean = _mean(values)
    return math.sqrt(math.fsum((v - mean) ** 2 for v in values) / (len(values) - 1))


@pytest.mark.parametrize("key", KEYS)
def test_hits(key: str) -> None:
    """A path hits where its bookings reach the quota, cents included."""
    case = CASES[key]
    found = _measures(case).periods
    expected = [
        float("nan") if math.isnan(quota) else float(sum(case.hits(row)))
        for row, quota in enumerate(case.unit.quotas)
    ]
    _same(expected, found.hits)
    p_hit, error = hit_probability(found, case.paths)
    _same([hits / case.paths for hits in expected], p_hit)
    smooth = [(hits + 0.5) / (case.paths + 1) for hits in expected]
    _same([math.sqrt(p * (1 - p) / case.paths) for p in smooth], error)


@pytest.mark.parametrize("key", KEYS)
def test_moments(key: str) -> None:
    """Mean, standard deviation and its error, from the second and fourth moments."""
    case = CASES[key]
    found = _measures(case).periods
    for row, total in enumerate(case.totals()):
        mean, sd = _mean(total), _sd(total)
        _same([mean, sd], [found.mean[row], found.sd[row]])
        fourth = _mean([(value - mean) ** 4 for value in total])
        error = math.sqrt(max(fourth - sd**4, 0.0) / case.paths) / (2 * sd) if sd else 0.0
        _same([error], [found.sd_se[row]], rtol=1e-6, atol=1e-3)


@pytest.mark.parametrize("key", KEYS)
def test_quantiles(key: str) -> None:
    """p10, p50 and p90 are order statistics, and so are their errors, half a gap each."""
    case = CASES[key]
    found = _measures(case).periods
    for row, total in enumerate(case.totals()):
        ordered = sorted(total)
        for number, level in enumerate((0.1, 0.5, 0.9)):
            _same([ordered[int(case.paths * level)]], [found.quantiles[number, row]])
            apart = math.sqrt(case.paths * level * (1 - level))
            low = max(int(case.paths * level - apart), 0)
            high = min(math.ceil(case.paths * level + apart), case.paths - 1)
            _same([(ordered[high] - ordered[low]) / 2], [found.quantiles_se[number, row]])


@pytest.mark.parametrize("key", KEYS)
def test_shortfall(key: str) -> None:
    """The mean of what is missing on the paths that miss; nothing where none does."""
    case = CASES[key]
    found = _measures(case).periods
    for row, total in enumerate(case.totals()):
        missing = [
            case.unit.quotas[row] - value for value in total if value < case.unit.quotas[row]
        ]
        if missing:
            spread = _sd(missing) if len(missing) > 1 else missing[0]
            expected = [_mean(missing), spread / math.sqrt(len(missing))]
            _same(expected, [found.shortfall[row], found.shortfall_se[row]], atol=1e-9)
        else:
            assert np.isnan([found.shortfall[row], found.shortfall_se[row]]).all()


def _mean_of(values: Sequence[float]) -> tuple[float, float]:
    mean, error = _mean(values), _sd(values) / math.sqrt(len(values))
    if len(set(values)) == 1:
        p = (mean * len(values) + 0.5) / (len(values) + 1)
        error = math.sqrt(p * (1 - p) / len(values))
    return mean, error


def _shares(case: Case, cadence: str) -> list[float]:
    """Share of a cadence's periods that each path hits."""
    hits = [case.hits(row) for row in case.rows(cadence)]
    return [_mean([float(hit[i]) for hit in hits]) for i in range(case.paths)]


def _is_nothing(estimate: Estimate) -> bool:
    return math.isnan(estimate.value) and math.isnan(estimate.se)


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("cadence", CADENCES)
def test_p_hit_of_a_cadence(key: str, cadence: Any) -> None:
    """Mean share of periods hit, expected number, and the share of paths that hit all."""
    case = CASES[key]
    found = _measures(case).cadence
    rows = case.rows(cadence)
    assert len(rows) == found.periods[cadence]
    if not rows:
        for estimate in (found.p_hit, found.periods_hit, found.p_all):
            assert _is_nothing(estimate[cadence])
        return
    expected = _mean_of(_shares(case, cadence))
    _same(expected, found.p_hit[cadence], atol=1e-12)
    _same([len(rows) * x for x in expected], found.periods_hit[cadence], atol=1e-12)
    hits = [case.hits(row) for row in rows]
    everything = [float(all(hit[i] for hit in hits)) for i in range(case.paths)]
    _same(_mean_of(everything), found.p_all[cadence], atol=1e-12)


@pytest.mark.parametrize("key", KEYS)
def test_difference(key: str) -> None:
    """P(quarter) less P(month) over months of those quarters; nothing where there are none."""
    case = CASES[key]
    found = _measures(case).cadence.difference
    months, quarters = case.shared()
    if not months:
        assert _is_nothing(found)
        return
    long, short = ([case.hits(row) for row in rows] for rows in (quarters, months))
    apart = [
        _mean([float(hit[path]) for hit in long]) - _mean([float(hit[path]) for hit in short])
        for path in range(case.paths)
    ]
    _same([_mean(apart)], [found.value], atol=1e-12)
    if _sd(apart) > 1e-12:
        _same([_sd(apart) / math.sqrt(case.paths)], [found.se])


def test_difference_that_is_the_same_on_all_paths() -> None:
    """Months that are always hit in quarters that never are: a difference of -1, no NaN."""
    case = _case(1, without=0.0)
    quotas = np.array([-1e9 if p.cadence == "month" else 1e9 for p in case.periods])
    unit = Unit("rep", "Ana", "", quotas, case.unit.booked, case.unit.before)
    found = measure(case.booked, unit, case.periods).cadence.difference
    assert found.value == -1.0
    assert 0.0 < found.se < 0.1


@pytest.mark.parametrize("key", KEYS)
def test_false_alarm(key: str) -> None:
    """Of all pairs of a hit quarter and one of its months, the share whose month is missed."""
    case = CASES[key]
    found = _measures(case).cadence.false_alarm
    alarms, chances = [0] * case.paths, [0] * case.paths
    for quarter in case.rows("quarter"):
        for month in case.rows("month"):
            if case.periods[month].first_month in case.periods[quarter].month_numbers:
                pairs = zip(case.hits(quarter), case.hits(month), strict=True)
                for path, (long, short) in enumerate(pairs):
                    chances[path] += long
                    alarms[path] += long and not short
    if sum(chances) == 0:
        assert _is_nothing(found)
        return
    ratio = sum(alarms) / sum(chances)
    rest = math.fsum((a - ratio * c) ** 2 for a, c in zip(alarms, chances, strict=True))
    least = 0.0 if rest > 0 else float(proportion_se(min(ratio, 1.0) * sum(chances), sum(chances)))
    _same([ratio, max(math.sqrt(rest) / sum(chances), least)], found)


def _n_eff(totals: Sequence[Sequence[float]]) -> float:
    mean = _mean([_mean(total) for total in totals])
    variance = _mean([_sd(total) ** 2 for total in totals])
    return mean**2 / variance


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("cadence", CADENCES)
def test_effective_deals(key: str, cadence: Any) -> None:
    """(mean of means)^2 / (mean of variances) of what a cadence's periods still book."""
    case = CASES[key]
    found = _measures(case).cadence.n_eff[cadence]
    numbers = [row for row, period in enumerate(case.periods) if period.cadence == cadence]
    totals = [case.still_open()[row] for row in numbers]
    if not totals or all(_sd(total) == 0 for total in totals):
        assert _is_nothing(found)
    else:
        _same([_n_eff(totals)], [found.value])


def test_no_effective_deals_where_only_rounding_varies() -> None:
    """The same fortune on every path is no luck, though its sum is rounded."""
    case = _case(1, paths=200)
    found = _measures(case._replace(booked=np.full((12, 200), 99_999_999_999_999.0)))
    assert all(_is_nothing(found.cadence.n_eff[cadence]) for cadence in CADENCES)


def test_effective_deals_error() -> None:
    """The error of n_eff is the jackknife's."""
    case = CASES["many paths"]
    totals = np.array(case.still_open())[:12]
    n = case.paths
    left_out = [_n_eff(np.delete(totals, i, axis=1).tolist()) for i in range(0, n, 10)]
    jackknife = math.sqrt((n - 1) * float(np.var(left_out)))
    assert jackknife == pytest.approx(_measures(case).cadence.n_eff["month"].se, rel=0.25)


# --- the crossover


def _gap(case: Case, multiple: float) -> tuple[float, float]:
    """P(quarter) less P(month) at a multiple of the quotas, and its error."""
    totals = np.array(case.totals())

    def shares(cadence: str) -> Array:
        rows = case.rows(cadence)
        hit = [totals[r] >= multiple * case.unit.quotas[r] for r in rows]
        return np.asarray(np.mean(hit, axis=0))

    apart = shares("quarter") - shares("month")
    return float(apart.mean()), float(apart.std() / math.sqrt(case.paths))


def _lognormal_case(seed: int, *, paths: int = 4_000, quota: float = 2_000.0) -> Case:
    """A few lognormal deals a month: longer periods are kinder at low quotas only."""
    generator = np.random.default_rng(seed)
    count = generator.poisson(0.8, (12, paths))
    sizes = np.exp(generator.normal(7.6, 0.8, (12, paths)))
    booked = np.round(count * sizes).astype(np.float64)
    quotas = np.array([quota * len(period.month_numbers) for period in HORIZON.all_periods])
    unit = Unit("rep", "Ana", "", quotas, np.zeros(12), np.zeros(len(quotas)))
    return Case(booked, unit, HORIZON.all_periods)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("quota", [400.0, 2_000.0, 9_000.0])
def test_crossover(seed: int, quota: float) -> None:
    """At the crossover the gap is nil within its error, below it positive, above negative."""
    case = _lognormal_case(seed, quota=quota)
    crossing = _measures(case).cadence.crossover
    at, error = _gap(case, crossing.value)
    assert abs(at) < 4 * error
    for multiple, sign in ((0.75, 1), (1.33, -1)):
        gap, error = _gap(case, multiple * crossing.value)
        assert sign * gap > 4 * error


def test_crossover_error() -> None:
    """Over 60 samples the crossover scatters by its error, within 35 per cent."""
    found = [_measures(_lognormal_case(seed)).cadence.crossover for seed in range(60)]
    scatter, told = np.std([c.value for c in found]), np.mean([c.se for c in found])
    assert scatter == pytest.approx(told, rel=0.35)
    assert scatter != pytest.approx(2.2 * told, rel=0.35)


@pytest.mark.parametrize("key", ["no quotas", "out of reach", "nothing booked", "two paths"])
def test_no_crossover(key: str) -> None:
    """Where neither cadence is ever clearly kinder there is no crossover."""
    assert _is_nothing(_measures(CASES[key]).cadence.crossover)


def test_crossover_scales_with_quotas() -> None:
    """Twice the quotas, half the crossover."""
    one, two = (_measures(_lognormal_case(1, quota=q)).cadence.crossover for q in (1e3, 2e3))
    assert one.value == pytest.approx(2 * two.value, rel=0.02)


# --- what always holds


@settings(derandomize=True, database=None, deadline=None, max_examples=60)
@given(st.integers(0, 10_000), st.floats(0, 5))
def test_hits_never_rise_with_the_quota(seed: int, more: float) -> None:
    """Raising a quota never makes a path hit that did not."""
    case = _case(seed, without=0.0)
    higher = Unit("rep", "Ana", "", case.unit.quotas + more, case.unit.booked, case.unit.before)
    low, high = _measures(case), measure(case.booked, higher, case.periods)
    assert np.all(high.periods.hits <= low.periods.hits)


@settings(derandomize=True, database=None, deadline=None, max_examples=60)
@given(st.integers(0, 10_000))
def test_means_add_up(seed: int) -> None:
    """Months' means sum to their quarters' and years'."""
    case = _case(seed)
    means = _measures(case).periods.mean
    for row, period in enumerate(case.periods):
        months = sum(means[number] for number in period.month_numbers)
        assert months == pytest.approx(means[row])


@pytest.mark.parametrize("key", KEYS)
def test_inputs_stay(key: str) -> None:
    """Measuring changes nothing of what it is given."""
    case = CASES[key]
    before = case.booked.copy(), case.unit.quotas.copy(), case.unit.booked.copy()
    _measures(case)
    for old, new in zip(before, (case.booked, case.unit.quotas, case.unit.booked), strict=True):
        np.testing.assert_array_equal(old, new)
