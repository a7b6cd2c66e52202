"""A rep's terms become arrays: what the kernel is told is what the scenario says."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import date, timedelta

import numpy as np
import pytest

from quotarisk.kernel.inputs import CYCLE, LOST_CYCLE, RATE, SIZE, WIN, SegmentDraws
from quotarisk.kernel.quantiles import CELLS, HALF_TABLE, LINE, TABLE
from quotarisk.scenario.figures import LawSpec
from quotarisk.scenario.laws import Array, Lognormal
from quotarisk.scenario.scenario import Scenario
from quotarisk.simulation.keys import stream_key
from quotarisk.simulation.lowering import (
    lower_rep,
    past_creation,
    rep_tasks,
    starts_steady,
    timeline_of,
)
from quotarisk.simulation.tables import (
    Beyond,
    Transformed,
    coarse_tables,
    factor_table,
    law_table,
    posterior_table,
)
from tests.simulation.cases import (
    EVIDENCE,
    LARGE,
    RHYTHM,
    SEASONS,
    SMALL,
    START,
    open_deals,
    scenario_of,
    setting_of,
    task_of,
)


def _lower(scenario: Scenario) -> SegmentDraws:
    (segment,) = lower_rep(task_of(scenario), setting_of(scenario))
    return segment


def test_tasks_hold_one_rep_each() -> None:
    """A task holds a rep's terms and open deals and nothing of the others."""
    scenario = scenario_of(
        segments={"small": SMALL, "large": LARGE},
        reps=[{"name": "Ana"}, {"name": "Bo", "segments": {"large": {}}}],
        open_deals=open_deals(1, 2) + open_deals(3, rep="Bo"),
    )
    tasks = rep_tasks(scenario)
    assert ["Ana", "Bo"] == [task.rep.name for task in tasks]
    assert [["small", "large"], ["large"]] == [[t.segment for t in task.terms] for task in tasks]
    assert [["Ana-0", "Ana-1"], ["Bo-0"]] == [[d.deal for d in t.open_deals] for t in tasks]


def test_who_starts_steady() -> None:
    """Steady unless deals are listed or it is told otherwise."""
    listed = open_deals(3)
    steady = [
        scenario_of(),
        scenario_of(rep={"pipeline": "steady"}, open_deals=listed),
        scenario_of(open_deals=listed),
        scenario_of(rep={"pipeline": "empty"}),
    ]
    assert [True, True, False, False] == [starts_steady(task_of(s)) for s in steady]
    assert [True, True, False, False] == [_lower(s).start_weeks > 0 for s in steady]


def test_quarters_are_the_fiscal_ones() -> None:
    """The market's quarters follow the fiscal year, and the first may be cut by the start."""
    setting = setting_of(scenario_of(start=date(2027, 2, 10), months=8, fiscal_year_start=2))
    ends = [date(2027, 2, 10), date(2027, 5, 1), date(2027, 8, 1), date(2027, 10, 1)]
    assert [(day - ends[0]).days for day in ends] == setting.cell_days.tolist()
    assert [1, 1] == np.diff(setting.cell_ids).tolist()


def test_months_are_periods_where_the_market_moves_monthly() -> None:
    """With a monthly market every month is a period, numbered by the calendar."""
    setting = setting_of(
        scenario_of(start=date(2027, 2, 10), months=3, market={"period": "month", "creation": 0.1})
    )
    assert [2027 * 12 + 1, 2027 * 12 + 2, 2027 * 12 + 3] == setting.cell_ids.tolist()
    assert [0.0, 19.0, 50.0, 80.0] == setting.cell_days.tolist()


def test_a_quarter_has_one_number_in_every_scenario() -> None:
    """The same quarter has the same number, wherever the horizon begins."""
    early = setting_of(scenario_of(start=date(2027, 1, 1), months=12)).cell_ids
    late = setting_of(scenario_of(start=date(2027, 8, 15), months=12)).cell_ids
    assert early[2:].tolist() == late[:2].tolist()


@pytest.mark.parametrize("start", [date(2027, 1, 1), date(2027, 1, 31), date(2027, 6, 14)])
@pytest.mark.parametrize("calendar", [{}, RHYTHM, {"won": [0.01, 1.0, 100.0]}])
def test_clock_finds_the_month(start: date, calendar: dict[str, list[float]]) -> None:
    """The grid with its one comparison finds the month of any reading of the clock."""
    clock = setting_of(scenario_of(start=start, months=5, calendar=calendar)).clock
    ends = clock.ends[:-1]
    near = np.concatenate([np.nextafter(ends, np.float32(0)), ends, np.nextafter(ends, np.inf)])
    even = np.linspace(0, 1.2 * float(ends[-1]), 20_000, dtype=np.float32)
    readings = np.concatenate([near, even]).astype(np.float32)
    last = np.float32(len(clock.grid) - 1)
    slots = np.minimum(readings * np.float32(clock.step), last).astype(np.int64)
    month = clock.grid[slots].astype(np.int64)
    month += readings >= clock.ends[month]
    assert np.searchsorted(ends, readings, side="right").tolist() == month.tolist()


def test_month_ends_on_the_clock() -> None:
    """Months end where the won deals' clock says, and nothing comes after the last."""
    clock = setting_of(scenario_of(months=3, calendar=RHYTHM)).clock
    expected = np.cumsum([31 * 0.6, 28 * 0.9, 31 * 1.5])
    np.testing.assert_allclose(clock.ends, [*expected, np.nan], rtol=1e-6)


def test_what_is_known_is_told_as_it_is() -> None:
    """Figures that are known are the same on every path."""
    segment = _lower(scenario_of())
    assert [1] * 5 == segment.known.tolist()
    assert [1.4, 0.35, 1.0, 1.0, 1.0] == segment.value.tolist()
    assert 0.05 == segment.stall
    assert not segment.posterior.any()


def test_evidence_becomes_posteriors() -> None:
    """What comes with evidence is drawn: rate and win rate themselves, the others as factors."""
    scenario = scenario_of(EVIDENCE)
    segment = _lower(scenario)
    terms = task_of(scenario).terms[0]
    assert [0] * 5 == segment.known.tolist()
    expected = {
        RATE: posterior_table(terms.opps_per_week.posterior),
        WIN: posterior_table(terms.win_rate.posterior),
        SIZE: factor_table(terms.deal_size.factor_sd),
        CYCLE: factor_table(terms.won_cycle_days.factor_sd),
        LOST_CYCLE: factor_table(terms.lost_cycle_days.factor_sd),
    }
    for place, table in expected.items():
        np.testing.assert_array_equal(table, segment.posterior[place])
    assert [62.5 / 52, 21.5 / 61] == pytest.approx(segment.value[:2].tolist())


def test_keys_say_who_draws() -> None:
    """Own figures are drawn under the rep's key, the segment's under one that reps share."""
    scenario = scenario_of(EVIDENCE, rep={"segments": {"small": {"win_rate": 0.5}}})
    segment = _lower(scenario)
    assert [0, 1, 0, 0, 0] == segment.own.tolist()
    assert [0, 1, 0, 0, 0] == segment.known.tolist()
    assert stream_key(7, "rep", "Ana", "small") == segment.key
    assert stream_key(7, "segment", "small") == segment.shared_key


def test_weeks_of_creation() -> None:
    """A period's weeks are its days, weighted by ramp and season."""
    scenario = scenario_of(
        rep={"start_date": date(2027, 2, 15), "ramp": [0.5]},
        calendar={"creation": SEASONS},
        months=6,
    )
    first = (14 * 0.5 * 1.1 + 14 * 0.5 * 0.9 + 17 * 0.9) / 7
    second = (30 * 1.0 + 31 * 1.2 + 30 * 1.0) / 7
    assert [first, second] == pytest.approx(_lower(scenario).cell_weeks.tolist())


def test_arrivals_follow_creation() -> None:
    """Creation times are spread within a period as ramp and season say, on the clock."""
    scenario = scenario_of(calendar={"creation": SEASONS, **RHYTHM}, months=3)
    arrival = _lower(scenario).arrival
    assert (1, LINE) == arrival.shape
    left = arrival[0].view(np.float32).reshape(-1, 2)[:, 0]
    created = np.cumsum([0.0, 31 * 1.0, 28 * 1.1, 31 * 0.9])
    clock = np.cumsum([0.0, 31 * 0.6, 28 * 0.9, 31 * 1.5])
    expected = np.interp(np.arange(LINE) / LINE, created / created[-1], clock)
    np.testing.assert_allclose(left, expected, atol=0.03)


def test_nothing_is_created_in_a_gap() -> None:
    """No creation time lies in a month without creation, or before the first day of work."""
    gap = _lower(scenario_of(calendar={"creation": [1, 0, *[1] * 10]}, months=3)).arrival[0]
    left = gap.view(np.float32).reshape(-1, 2)[:, 0]
    assert np.count_nonzero((left > 31.1) & (left < 58.9)) <= 1
    hired = _lower(scenario_of(rep={"start_date": date(2027, 2, 20)}, months=3))
    assert [50.0, 40.0] == hired.straight[0, :2].tolist()
    assert not hired.arrival.any()


def test_even_creation_needs_no_table() -> None:
    """Where deals are created at one rate a clock day, they are from a day on, for so many."""
    even = _lower(scenario_of(months=6))
    np.testing.assert_allclose(even.straight, [[0.0, 90.0, 90.0], [90.0, 91.0, 181.0]])
    assert np.all(even.straight[:, 2] < [90.0, 181.0])
    assert not even.arrival.any()
    crooked = _lower(scenario_of(calendar={"creation": SEASONS}, months=6))
    assert not crooked.straight.any()
    assert crooked.arrival[:, 0].all() or crooked.arrival[1].any()


def test_periods_without_creation_are_empty() -> None:
    """A period in which nothing is created has no weeks, and its table is never looked at."""
    segment = _lower(scenario_of(rep={"start_date": date(2027, 5, 1)}, months=6))
    assert 0.0 == segment.cell_weeks[0]
    assert not segment.arrival[0].any()
    assert 61 / 7 == pytest.approx(segment.cell_weeks[1])


def test_steady_pipeline_is_rate_times_cycle() -> None:
    """With creation constant the open weeks are the mean cycle, and no deal is thinned."""
    scenario = scenario_of({"won_cycle_days": 35.0})
    segment = _lower(scenario)
    assert 5.0 == segment.start_weeks
    assert ([1.0], 0.0) == (segment.past.tolist(), segment.past_step)
    np.testing.assert_array_equal(segment.cycle, segment.length)


def test_past_creation_by_age() -> None:
    """Shares by age are creation before the start, and the last year's mean beyond."""
    scenario = scenario_of(calendar={"creation": SEASONS})
    timeline = timeline_of(task_of(scenario), setting_of(scenario))
    highest, shares, step = past_creation(timeline)
    assert max(SEASONS) == highest
    assert step == pytest.approx(4096 / 1826)
    for age in (3, 40, 200, 800, 1800):
        season = SEASONS[(START - timedelta(days=age)).month - 1]
        assert season / highest == pytest.approx(float(shares[int(age * step)]), rel=1e-6)
    lengths = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    year = np.dot(SEASONS, lengths) / 365
    assert year / highest == pytest.approx(float(shares[-1]), rel=1e-6)
    total = shares[:-1].sum() / step * highest
    assert total == pytest.approx(5 * np.dot(SEASONS, lengths) + SEASONS[1])  # a leap day


def test_past_creation_on_a_clock() -> None:
    """On a clock that runs at several speeds creation is counted per clock day."""
    scenario = scenario_of(calendar=RHYTHM)
    timeline = timeline_of(task_of(scenario), setting_of(scenario))
    highest, shares, step = past_creation(timeline)
    assert 1 / 0.6 == pytest.approx(highest)
    assert 0.6 / 1.5 == pytest.approx(float(shares[0]), rel=1e-6)
    assert 1826 == pytest.approx(shares[:-1].sum() / step * highest)


def test_past_of_a_recent_hire() -> None:
    """Nothing was created before the first day of work."""
    scenario = scenario_of(rep={"start_date": START - timedelta(days=100), "ramp": [0.5]})
    timeline = timeline_of(task_of(scenario), setting_of(scenario))
    highest, shares, step = past_creation(timeline)
    assert 1.0 == highest
    assert {0.0, 0.5, 1.0} <= set(shares.tolist())
    assert 0.0 == shares[-1]
    days = (add := START - timedelta(days=100)).replace(month=add.month + 1) - add
    assert 100 - days.days * 0.5 == pytest.approx(shares.sum() / step)


def test_future_hire_has_no_pipeline() -> None:
    """Who is hired in the horizon starts with nothing."""
    assert 0.0 == _lower(scenario_of(rep={"start_date": date(2027, 1, 1)})).start_weeks


def test_sizes_that_were_seen_stay_values() -> None:
    """A price or a list of them reaches the kernel in cents, other laws as tables."""
    listed = _lower(scenario_of({"deal_size": {"values": [7.0, 5.01]}}))
    assert [501.0, 700.0] == listed.prices.tolist()
    assert [19999999.0] == _lower(scenario_of({"deal_size": 199_999.99})).prices.tolist()
    segment = _lower(scenario_of())
    assert [] == segment.prices.tolist()
    size = scenario_of().segments["small"].deal_size
    assert size is not None
    np.testing.assert_array_equal(law_table(size.law), segment.size)


def test_open_deals_by_segment() -> None:
    """A segment gets its own open deals: age, amount and chance to be still open, by clock."""
    elsewhere = {"deal": "x", "rep": "Ana", "segment": "large", "created": START}
    scenario = scenario_of(
        segments={"small": SMALL, "large": LARGE},
        open_deals=[*open_deals(10, 40, amount=99.99), elsewhere],
        calendar=RHYTHM,
    )
    small, large = lower_rep(task_of(scenario), setting_of(scenario))
    assert (2, 1) == (len(small.deal_key), len(large.deal_key))
    ages = [10 * 1.5, 31 * 1.5 + 9 * 0.9]
    lost_ages = [10 * 0.4, 31 * 0.4 + 9 * 0.8]
    terms = task_of(scenario).terms[0]
    assert ages == pytest.approx(small.deal_age.tolist())
    assert terms.won_cycle_days.law.sf(ages).tolist() == pytest.approx(small.deal_won.tolist())
    lost = terms.lost_cycle_days.law.sf(lost_ages)
    assert lost.tolist() == pytest.approx(small.deal_lost.tolist())
    assert [9999.0, 9999.0] == small.deal_amount.tolist()
    assert [0.0] == large.deal_amount.tolist()
    assert stream_key(7, "deal", "Ana", "x") == large.deal_key[0]
    assert (0, TABLE) == small.deal_won_by_path.shape == small.deal_lost_by_path.shape


def test_tiny_amounts_stay_amounts() -> None:
    """An amount below half a cent is a cent, not one that is drawn."""
    assert [1.0] == _lower(scenario_of(open_deals=open_deals(1, amount=0.004))).deal_amount.tolist()


def test_open_deals_under_uncertain_cycles() -> None:
    """P(still open) by the path's word for the cycle: through the law at age / factor."""
    scenario = scenario_of(EVIDENCE, open_deals=open_deals(10, 40))
    segment = _lower(scenario)
    terms = task_of(scenario).terms[0]
    assert (2, TABLE) == segment.deal_won_by_path.shape == segment.deal_lost_by_path.shape
    for spec, tables in (
        (terms.won_cycle_days, segment.deal_won_by_path),
        (terms.lost_cycle_days, segment.deal_lost_by_path),
    ):
        factor = Lognormal(0.0, spec.factor_sd)
        for age, table in zip((10, 40), tables, strict=True):
            lines = table.view(np.float32).reshape(-1, 2)
            cell = HALF_TABLE - 2 * CELLS - 1  # ends at a quarter
            expected = float(spec.law.sf(age / factor.ppf(0.25)))
            assert expected == pytest.approx(float(lines[cell].sum()), abs=2e-3)


def test_every_segment_is_lowered() -> None:
    """A rep's segments are lowered in their order."""
    scenario = scenario_of(segments={"small": SMALL, "large": LARGE})
    small, large = lower_rep(task_of(scenario), setting_of(scenario))
    assert [1.4, 0.4] == [small.value[RATE], large.value[RATE]]
    assert math.isclose(large.stall, 0.0)


TIGHT = {"won_cycle_days": {"median": 1.0, "p90": 1.5}}  # every open deal outlasted it


@pytest.mark.parametrize("segment", [EVIDENCE, TIGHT])
def test_tables_for_many_ages(segment: dict[str, object]) -> None:
    """Tables that are made together for many ages are those of each age, bit by bit."""
    ages = [*range(300, 20, -1), 40, 40, 21, 300]
    spec = task_of(scenario_of(segment)).terms[0].won_cycle_days
    together = _lower(scenario_of(segment, open_deals=open_deals(*ages)))
    for place in (0, 17, 260, 280, 283):
        age = ages[place]
        alone = _lower(scenario_of(segment, open_deals=open_deals(age)))
        if spec.is_known:
            survival = max(float(spec.law.sf(age)), float(np.finfo(np.float64).tiny))
            one = coarse_tables(Beyond(spec.law, age, survival))
            np.testing.assert_array_equal(one, together.residual[together.deal_old[place]])
            np.testing.assert_array_equal(one, alone.residual[0])
        else:
            one = coarse_tables(Transformed(Lognormal(0.0, spec.factor_sd), _outlasting(spec, age)))
            np.testing.assert_array_equal(one, together.deal_won_by_path[place])
            np.testing.assert_array_equal(one, alone.deal_won_by_path[0])
            lost = together.deal_lost_by_path[place]
            np.testing.assert_array_equal(alone.deal_lost_by_path[0], lost)


def _outlasting(spec: LawSpec, age: float) -> Callable[[Array], Array]:
    """P(cycle > age) by the factor of the cycle."""
    return lambda factor: spec.law.sf(age / factor)


def test_running_cycles_are_for_steady_pipelines() -> None:
    """The law of cycles that are found running is made only where a pipeline starts steady."""
    assert _lower(scenario_of()).length.any()
    assert not _lower(scenario_of(rep={"pipeline": "empty"})).length.any()
