"""Forecasts that cost nothing: each is what its name says, and knows no more than its day."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest

from quotarisk.analysis.naive import (
    Bookings,
    normal_of_windows,
    previous_window,
    weekly_bootstrap,
    weighted_pipeline,
)
from quotarisk.errors import ArgumentError
from quotarisk.simulation.estimates import Array

FIRST = date(2027, 1, 4)  # a Monday
WON = {"rep": pl.String, "closed": pl.Date, "amount": pl.Float64}
DEALS = {"rep": pl.String, "segment": pl.String, "outcome": pl.String, "amount": pl.Float64}


def _won(*rows: tuple[str, int, float | None]) -> pl.DataFrame:
    """Won deals: rep, day since the first, amount."""
    told = [(rep, FIRST + timedelta(days=day), amount) for rep, day, amount in rows]
    return pl.DataFrame(told, schema=WON, orient="row")


def _bookings(*rows: tuple[str, int, float | None], reps: Sequence[str] = ("Ana",)) -> Bookings:
    return Bookings(_won(*rows), FIRST, tuple(reps))


def _after(days: int) -> date:
    """The last of so many days."""
    return FIRST + timedelta(days=days - 1)


WEEKLY = _bookings(*(("Ana", 7 * week, float(100 * week)) for week in range(10)))


def _bootstrap(bookings: Bookings, **told: Any) -> dict[str, Array]:
    return weekly_bootstrap(
        bookings, **{"as_of": _after(70), "days": 28, "paths": 4_000, "seed": 3, **told}
    )


FORECASTS: dict[str, Callable[[Bookings, date], dict[str, Array]]] = {
    "bootstrap": lambda b, day: weekly_bootstrap(b, as_of=day, days=30, paths=50, seed=1),
    "bootstrap of 13 weeks": lambda b, day: weekly_bootstrap(
        b, as_of=day, days=30, paths=50, seed=1, weeks=13
    ),
    "normal": lambda b, day: normal_of_windows(b, as_of=day, days=20, paths=50, seed=1),
    "previous": lambda b, day: previous_window(b, as_of=day, days=30),
}


@pytest.mark.parametrize("forecast", FORECASTS.values(), ids=FORECASTS)
def test_no_look_ahead(forecast: Callable[[Bookings, date], dict[str, Array]]) -> None:
    """What is won after the day, or before the first one, changes nothing; what is known does."""
    known = [("Ana", day, 10.0 + day) for day in range(0, 70, 3)]
    before = forecast(_bookings(*known), _after(70))
    hidden = [("Ana", 70, 1e6), ("Ana", 200, 1e6), ("Ana", -1, 1e6), ("Bo", 5, 1e6)]
    after = forecast(_bookings(*known, *hidden), _after(70))
    assert before["Ana"].tolist() == after["Ana"].tolist()
    told = forecast(_bookings(*known, ("Ana", 69, 1e6)), _after(70))
    assert before["Ana"].tolist() != told["Ana"].tolist()


@pytest.mark.parametrize("forecast", FORECASTS.values(), ids=FORECASTS)
def test_other_reps_change_nothing(forecast: Callable[[Bookings, date], dict[str, Array]]) -> None:
    """A rep's forecast is the same whoever else is there; a rep without bookings gets zeros."""
    mine = [("Ana", day, 10.0 + day) for day in range(0, 70, 3)]
    alone = forecast(_bookings(*mine), _after(70))
    both = forecast(_bookings(("Bo", 3, 7.0), *mine, reps=["Zoe", "Bo", "Ana"]), _after(70))
    assert alone["Ana"].tolist() == both["Ana"].tolist()
    assert {0.0} == set(both["Zoe"].tolist())


def test_bootstrap_draws_whole_weeks() -> None:
    """A week to come is one of the past weeks, each equally likely."""
    drawn = _bootstrap(WEEKLY, days=7)["Ana"]
    values, counts = np.unique(drawn, return_counts=True)
    assert [100.0 * week for week in range(10)] == values.tolist()
    error = np.sqrt(4_000 * 0.1 * 0.9)
    assert max(abs(counts - 400)) < 4 * error
    assert max(abs(counts - 300)) > 4 * error


@pytest.mark.parametrize("days", [7, 28, 31, 92])
def test_bootstrap_moments(days: int) -> None:
    """Mean and variance are those of independent weeks, whatever the length of the window."""
    even = _bookings(*(("Ana", day, float(10 * (day // 7))) for day in range(70)))
    drawn = _bootstrap(even, days=days)["Ana"]
    mean = 45.0 * days
    weeks, rest = divmod(days, 7)
    variance = (49 * weeks + rest**2) * 825.0
    assert abs(drawn.mean() - mean) < 4 * np.sqrt(variance / 4_000)
    assert abs(drawn.mean() - mean * 1.1) > 4 * np.sqrt(variance / 4_000)
    assert abs(drawn.var() / variance - 1) < 4 * np.sqrt(2 / 4_000)


def test_bootstrap_begins_a_week() -> None:
    """The days over of a window are the first days of a week: what comes on Fridays is not in."""
    fridays = _bookings(*(("Ana", 7 * week + 4, 50.0) for week in range(10)))
    assert {200.0} == set(_bootstrap(fridays, days=32)["Ana"].tolist())
    assert {250.0} == set(_bootstrap(fridays, days=33)["Ana"].tolist())


def test_bootstrap_of_the_last_weeks() -> None:
    """Told so many weeks, it draws from the last ones; told too many, from all."""
    assert {700.0, 800.0, 900.0} == set(_bootstrap(WEEKLY, days=7, weeks=3)["Ana"].tolist())
    all_weeks = _bootstrap(WEEKLY)["Ana"].tolist()
    assert all_weeks == _bootstrap(WEEKLY, weeks=13)["Ana"].tolist()


def test_bootstrap_leaves_a_broken_week() -> None:
    """Weeks are counted back from the day: the first, broken one is not drawn."""
    drawn = _bootstrap(_bookings(("Ana", 0, 1e6), ("Ana", 5, 3.0)), as_of=_after(9), days=7)
    assert {3.0} == set(drawn["Ana"].tolist())


def test_bootstrap_of_the_team() -> None:
    """A path draws the same weeks for all: the sum over reps is the bootstrap of their sum."""
    rows = [(7 * week + 2, float(week % 3 * 100)) for week in range(10)]
    mirrored = [(day, 200.0 - amount) for day, amount in rows]
    told = [
        *(("Ana", *row) for row in rows),
        *(("Bo", *row) for row in mirrored),
    ]
    drawn = _bootstrap(_bookings(*told, reps=["Ana", "Bo"]))
    assert {800.0} == set((drawn["Ana"] + drawn["Bo"]).tolist())
    assert len(set(drawn["Ana"].tolist())) > 1


@pytest.mark.parametrize("forecast", [weekly_bootstrap, normal_of_windows])
def test_samples_are_a_function_of_the_seed(forecast: Callable[..., dict[str, Array]]) -> None:
    """The same seed gives the same samples; more paths add to them; another seed changes them."""
    told: dict[str, Any] = {"as_of": _after(70), "days": 10}
    few, many, other = (
        forecast(WEEKLY, paths=paths, seed=seed, **told)["Ana"].tolist()
        for paths, seed in ((40, 3), (90, 3), (40, 4))
    )
    assert few == many[:40]
    assert few != other
    assert (40, 90) == (len(few), len(many))


def test_normal() -> None:
    """The normal forecast has mean and deviation of the windows before, by its quantiles."""
    amounts = [1_000.0, 1_400.0, 900.0, 1_300.0, 1_150.0]
    bookings = _bookings(("Ana", 0, 1e6), *(("Ana", 5 + 14 * i, a) for i, a in enumerate(amounts)))
    as_of = _after(3 + 14 * 5)
    drawn = normal_of_windows(bookings, as_of=as_of, days=14, paths=20_000, seed=0)["Ana"]
    centre, spread = np.mean(amounts), np.std(amounts, ddof=1)
    for score, share in ((-1.2815515655, 0.1), (0.0, 0.5), (1.2815515655, 0.9)):
        error = np.sqrt(share * (1 - share) / 20_000)
        assert abs(float((drawn < centre + score * spread).mean()) - share) < 4 * error
    assert abs(float((drawn < centre + spread).mean()) - 0.9) > 4 * error


def test_normal_books_nothing_less_than_nothing() -> None:
    """What a normal forecast has below zero counts as zero."""
    drawn = normal_of_windows(
        _bookings(("Ana", 0, 100.0)), as_of=_after(30), days=10, paths=4_000, seed=0
    )["Ana"]
    share = float((drawn == 0).mean())  # P(Z < -1 / sqrt 3)
    assert 0.0 == drawn.min()
    assert abs(share - 0.2819) < 4 * np.sqrt(0.28 * 0.72 / 4_000)


def test_previous_window() -> None:
    """The previous window is the last so many days, the day itself included."""
    bookings = _bookings(("Ana", 9, 1.0), ("Ana", 10, 20.0), ("Ana", 19, 300.0))
    actual = previous_window(bookings, as_of=_after(20), days=10)
    assert {"Ana": [320.0]} == {rep: found.tolist() for rep, found in actual.items()}


def test_amount_that_is_not_known() -> None:
    """A won deal without an amount books nothing."""
    bookings = _bookings(("Ana", 1, None), ("Ana", 2, 5.0))
    assert [5.0] == previous_window(bookings, as_of=_after(7), days=7)["Ana"].tolist()


def test_too_little_history() -> None:
    """Without a whole week or window before the day there is no forecast, and it says why."""
    with pytest.raises(ArgumentError, match="at least 1 whole week of bookings before it, got 0"):
        _bootstrap(WEEKLY, as_of=_after(6))
    with pytest.raises(ArgumentError, match="at least 1 whole week of bookings before it, got 0"):
        _bootstrap(WEEKLY, weeks=0)
    with pytest.raises(ArgumentError, match=r"at least 2 whole windows of .*, got 1"):
        normal_of_windows(WEEKLY, as_of=_after(70), days=40, paths=10, seed=0)
    with pytest.raises(ArgumentError, match="at least 1 whole window of bookings"):
        previous_window(WEEKLY, as_of=FIRST - timedelta(days=9), days=40)


@pytest.mark.parametrize("forecast", [weekly_bootstrap, normal_of_windows])
def test_no_days(forecast: Callable[..., dict[str, Array]]) -> None:
    """A window of no days is refused."""
    with pytest.raises(ArgumentError, match="days must be 1 or more, got 0"):
        forecast(WEEKLY, as_of=_after(70), days=0, paths=10, seed=0)


def _deals(*rows: tuple[str, str, str, float | None]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=DEALS, orient="row")


CLOSED = [
    ("Bo", "a", "won", 100.0),
    ("Bo", "a", "won", 300.0),
    ("Bo", "a", "lost", None),
    ("Ana", "a", "lost", None),
    ("Ana", "b", "won", 50.0),
]


@pytest.mark.parametrize(
    ("open_deals", "expected"),
    [
        ([("Ana", "a", "open", 1_000.0), ("Ana", "b", "open", 10.0)], 510.0),
        ([("Ana", "a", "open", None)], 0.5 * 200.0),  # the segment's mean won amount
        ([("Ana", "c", "open", 1_000.0)], 600.0),  # nothing closed in it: the rate of all
        ([("Ana", "c", "open", None)], 0.6 * 150.0),
        ([], 0.0),
    ],
)
def test_weighted_pipeline(open_deals: Any, expected: float) -> None:
    """Open amounts count with won / (won + lost) of their segment, of all where it has none."""
    actual = weighted_pipeline(_deals(*CLOSED, *open_deals), reps=("Ana", "Zoe"))
    assert [pytest.approx(expected)] == actual["Ana"].tolist()
    assert [0.0] == actual["Zoe"].tolist()


def test_weighted_pipeline_without_closed_deals() -> None:
    """Where nothing was ever closed the rate is not known, and nothing is counted."""
    actual = weighted_pipeline(_deals(("Ana", "a", "open", 5.0)), reps=("Ana",))
    assert [0.0] == actual["Ana"].tolist()
