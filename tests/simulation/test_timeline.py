"""A rep's days: pieces on which creation and the clocks' speeds stand still."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest

from quotarisk.periods import Horizon, add_months
from quotarisk.scenario.market import Calendar
from quotarisk.simulation.timeline import PAST_MONTHS, Timeline, lay_timeline
from tests.simulation.cases import RHYTHM, SEASONS, START

SEASONAL = Calendar.model_validate({"creation": SEASONS, **RHYTHM})
HORIZON = Horizon(START, 6)


def _lay(**changed: Any) -> Timeline:
    told: dict[str, Any] = {
        "horizon": HORIZON, "calendar": SEASONAL, "start_date": None, "ramp": (),
    }  # fmt: skip
    told |= changed
    return lay_timeline(told.pop("horizon"), told.pop("calendar"), **told)


def _daily(timeline: Timeline, values: Any) -> list[float]:
    """A value of each piece, day by day."""
    return list(np.repeat(values, np.diff(timeline.edges).astype(int)))


def test_history_has_five_years() -> None:
    """Days are told from five years before the start's month to the horizon's end."""
    timeline = _lay(horizon=Horizon(date(2027, 3, 17), 4))
    first = add_months(date(2027, 3, 1), -PAST_MONTHS)
    assert [(first - date(2027, 3, 17)).days, (date(2027, 7, 1) - date(2027, 3, 17)).days] == [
        timeline.edges[0],
        timeline.edges[-1],
    ]
    assert 0.0 in timeline.edges


def test_seasons_and_clocks_by_day() -> None:
    """Each day has its month's season and its fiscal month's speeds."""
    for fiscal in (1, 2, 3, 11):
        horizon = Horizon(date(2027, 3, 17), 4, fiscal)
        timeline = _lay(horizon=horizon)
        days = [
            horizon.start + timedelta(days=k)
            for k in range(int(timeline.edges[0]), int(timeline.edges[-1]))
        ]
        assert [SEASONS[day.month - 1] for day in days] == _daily(timeline, timeline.creation)
        for speed, rhythm in ((timeline.won_speed, "won"), (timeline.lost_speed, "lost")):
            expected = [RHYTHM[rhythm][(day.month - fiscal) % 3] for day in days]
            assert expected == _daily(timeline, speed)


def test_ramp_by_day() -> None:
    """Nothing before the first day of work, then the ramp month by month, then all."""
    hired, ramp = date(2027, 1, 31), (0.0, 0.25, 0.5)
    timeline = _lay(calendar=Calendar(), start_date=hired, ramp=ramp)
    created = _daily(timeline, timeline.creation)[-181:]
    days = [START + timedelta(days=k) for k in range(181)]
    steps = [date(2027, 2, 28), date(2027, 3, 31), date(2027, 4, 30)]
    expected = [
        0.0 if day < hired else [*ramp, 1.0][sum(day >= step for step in steps)] for day in days
    ]
    assert expected == created


def test_ramp_needs_a_start_date() -> None:
    """A ramp without a start date does nothing; a start date without a ramp is full at once."""
    assert {1.0} == set(_lay(calendar=Calendar(), ramp=(0.1,)).creation.tolist())
    at_once = _lay(calendar=Calendar(), start_date=START)
    assert [0.0] * 1826 + [1.0] * 181 == _daily(at_once, at_once.creation)


def test_hire_beyond_the_days() -> None:
    """Who was hired before all days is there from the first; who comes after them never."""
    old = _lay(calendar=Calendar(), start_date=date(2001, 5, 5), ramp=(0.5, 0.6))
    assert {1.0} == set(old.creation.tolist())
    late = _lay(calendar=Calendar(), start_date=date(2027, 7, 1), ramp=(0.5,))
    assert {0.0} == set(late.creation.tolist())


def test_clocks_read_zero_at_the_start() -> None:
    """Clocks read 0 at the start and run as fast as told, before and after it."""
    timeline = _lay()
    start = int(np.flatnonzero(timeline.edges == 0.0)[0])
    assert (0.0, 0.0) == (timeline.won_clock[start], timeline.lost_clock[start])
    assert timeline.won_clock[start + 3] == pytest.approx(31 * 0.6 + 28 * 0.9 + 31 * 1.5)
    assert timeline.lost_clock[start - 1] == pytest.approx(-31 * 0.4)
    np.testing.assert_allclose(
        np.diff(timeline.won_clock), timeline.won_speed * np.diff(timeline.edges)
    )


def test_created_sums_creation() -> None:
    """What is created up to an edge is the sum of all days before it."""
    timeline = _lay(start_date=date(2026, 12, 16), ramp=(0.5,))
    days = np.array(_daily(timeline, timeline.creation))
    ends = (timeline.edges - timeline.edges[0]).astype(int)
    expected = np.concatenate([[0.0], np.cumsum(days)])[ends]
    np.testing.assert_allclose(timeline.created, expected)


@pytest.mark.parametrize("days", [0, 1, 30, 31, 400, 1826])
def test_ages_count_the_clock(days: int) -> None:
    """A deal is as old as the clock ran between its creation and the start."""
    created = [START - timedelta(days=k) for k in range(1, days + 1)]
    won = sum(RHYTHM["won"][(day.month - 1) % 3] for day in created)
    lost = sum(RHYTHM["lost"][(day.month - 1) % 3] for day in created)
    timeline = _lay()
    assert won == pytest.approx(float(timeline.won_age(float(days))), abs=1e-9)
    assert lost == pytest.approx(float(timeline.lost_age(float(days))), abs=1e-9)


def test_older_deals_age_at_the_first_years_mean() -> None:
    """Beyond the days that are told the clock runs at the mean speed of a year."""
    timeline = _lay()
    speeds = [RHYTHM["won"][month % 3] for month in range(12)]
    lengths = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    mean = np.dot(speeds, lengths) / 365
    more = timeline.won_age([1826.0 + 100.0])[0] - timeline.won_age([1826.0])[0]
    assert more == pytest.approx(100 * mean)


def test_first_year_where_it_has_a_leap_day() -> None:
    """The first year that is told has twelve months, with a leap day too."""
    for start in (date(2027, 1, 1), date(2028, 3, 1), date(2029, 1, 1), date(2029, 2, 14)):
        timeline = _lay(horizon=Horizon(start, 3))
        first = add_months(start.replace(day=1), -PAST_MONTHS)
        end = timeline.edges[timeline.last_year.stop]
        assert (add_months(first, 12) - start).days == end


def test_cuts_are_edges() -> None:
    """Pieces end where the market's periods do, and can be looked up between two of them."""
    cut = date(2027, 2, 11)
    timeline = _lay(calendar=Calendar(), cuts=(cut, START, date(1990, 1, 1), date(2040, 1, 1)))
    assert 41.0 in timeline.edges
    assert sorted(set(timeline.edges.tolist())) == timeline.edges.tolist()
    piece = timeline.cut(41.0, 90.0)
    assert [41.0, 59.0] == timeline.edges[piece].tolist()
    assert timeline.past == slice(0, int(np.searchsorted(timeline.edges, 0)))
