"""Forecasts of months that are over."""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache

import numpy as np
import polars as pl
import pytest

from quotarisk.calibration.history import History
from quotarisk.calibration.plain import Calibration, fit_plain
from quotarisk.calibration.rehearsal import (
    MONTHS,
    PASTS,
    PATHS,
    Rehearsals,
    came_of,
    days_of_reps,
    past_begins,
)
from quotarisk.calibration.snapshot import take_snapshot
from quotarisk.errors import ArgumentError
from quotarisk.simulation.simulation import simulate
from tests.calibration.fits import history_of
from tests.calibration.histories import UNTIL, steady_history

ORIGIN = date(2026, 8, 31)


def _fit(history: History) -> Rehearsals:
    def fit(as_of: date, months: int) -> Calibration:
        return fit_plain(history, as_of=as_of, months=months)

    return Rehearsals(history, fit)


@cache
def rehearsals() -> Rehearsals:
    """Of three steady reps."""
    return _fit(steady_history())


def test_the_model_is_the_simulation_of_the_fit() -> None:
    """What is rehearsed is what `simulate` would have said on the day, path by path."""
    made = rehearsals().at(ORIGIN)
    scenario = fit_plain(steady_history(), as_of=ORIGIN, months=MONTHS).scenario
    booked = simulate(scenario, paths=PATHS).bookings("Ben")

    assert ("Ana", "Ben", "Cy") == made.reps
    assert (3, MONTHS, PATHS) == made.model.shape
    np.testing.assert_allclose(made.model[1] / 100, booked)


def test_the_past_is_the_reps_own() -> None:
    """Repeated weeks book in a month what the rep booked in an average month so far."""
    made = rehearsals().at(ORIGIN)
    deals = steady_history().deals.filter(
        (pl.col("outcome") == "won") & (pl.col("closed") <= ORIGIN) & (pl.col("rep") == "Cy")
    )
    snapshot = take_snapshot(steady_history(), ORIGIN)
    for weeks, past in zip(PASTS, made.past, strict=True):
        first = past_begins(snapshot, weeks)
        count = ((ORIGIN - first).days + 1) // 7
        begin = ORIGIN + timedelta(days=1) - timedelta(weeks=count)
        known = deals.filter(pl.col("closed") >= begin)["amount"].sum() / count / 7
        daily = past[2].sum(axis=0) / 91 / 100
        assert abs(daily.mean() - known) < 4 * daily.std() / np.sqrt(PATHS)
        assert abs(daily.mean() - 2 * known) > 4 * daily.std() / np.sqrt(PATHS)


def test_what_came() -> None:
    """Bookings by month, as far as months were over on the day that is asked."""
    made = rehearsals().at(ORIGIN)
    came = came_of(steady_history(), made, date(2026, 10, 31))

    won = steady_history().deals.filter(pl.col("outcome") == "won")
    october = won.filter(
        (pl.col("rep") == "Ana")
        & pl.col("closed").is_between(date(2026, 10, 1), date(2026, 10, 31))
    )
    assert october["amount"].sum() * 100 == came[0, 1]
    assert np.isnan(came[:, 2]).all()
    assert not np.isnan(came[:, :2]).any()
    assert np.isnan(came_of(steady_history(), made, ORIGIN)).all()


def test_each_is_made_once() -> None:
    """The second time it is recalled."""
    assert rehearsals().at(ORIGIN) is rehearsals().at(ORIGIN)


def test_no_look_ahead() -> None:
    """Without what came after the origin, the rehearsal is the same."""
    known = history_of(steady_history().deals.filter(pl.col("created") <= ORIGIN))
    cut = pl.when(pl.col("closed") <= ORIGIN)
    known = history_of(
        known.deals.with_columns(
            closed=cut.then("closed"), outcome=cut.then("outcome").otherwise(pl.lit("open"))
        ),
        amounts_while_open=steady_history().amounts_while_open,
    )
    np.testing.assert_array_equal(rehearsals().at(ORIGIN).model, _fit(known).at(ORIGIN).model)


def test_who_has_few_deals_is_left_out() -> None:
    """A rep with ten deals or fewer tells nothing of the model."""
    deals = steady_history().deals
    few = deals.filter(pl.col("rep") == "Cy").sort("created").head(10)
    made = _fit(history_of(pl.concat([deals.filter(pl.col("rep") != "Cy"), few]))).at(ORIGIN)
    assert "Cy" not in made.reps


def test_who_came_this_week_has_no_past() -> None:
    """Without one whole week the model stands for the past as well."""
    deals = steady_history().deals
    new = (
        deals.filter(pl.col("rep") == "Cy")
        .head(12)
        .with_columns(
            rep=pl.lit("Dee"),
            deal=pl.concat_str(pl.lit("new"), "deal"),
            created=pl.lit(ORIGIN - timedelta(days=2)),
            closed=pl.lit(None, pl.Date),
            outcome=pl.lit("open"),
        )
    )
    history = history_of(pl.concat([deals, new]))
    made = _fit(history).at(ORIGIN)

    place = made.reps.index("Dee")
    first = days_of_reps(take_snapshot(history, ORIGIN))
    assert ORIGIN - timedelta(days=7) < first["Dee"] <= ORIGIN - timedelta(days=2)
    assert take_snapshot(history, ORIGIN).observed_from == first["Ana"] == first["Ben"]
    np.testing.assert_array_equal(made.model[place], made.past[0][place])
    np.testing.assert_raises(
        AssertionError, np.testing.assert_array_equal, made.model[0], made.past[0][0]
    )


def test_nobody_where_too_little_was_known() -> None:
    """A day on which nothing could be fitted gives a rehearsal without reps."""

    def fit(as_of: date, months: int) -> Calibration:
        raise ArgumentError(f"nothing by {as_of} for {months}")

    made = Rehearsals(steady_history(), fit).at(ORIGIN)
    assert ((), 0) == (made.reps, came_of(steady_history(), made, UNTIL).size)


def test_the_last_weeks_do_not_begin_before_the_history() -> None:
    """The past begins where closes are known, or so many weeks ago."""
    snapshot = take_snapshot(steady_history(), ORIGIN)
    assert snapshot.observed_from == past_begins(snapshot, None) == past_begins(snapshot, 999)
    assert date(2026, 6, 2) == past_begins(snapshot, 13)


def test_a_hundred_reps_are_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of more reps some are drawn, the same ones every time, and by name, not by place."""
    monkeypatch.setattr("quotarisk.calibration.rehearsal.MOST_REPS", 2)
    made = _fit(steady_history()).at(ORIGIN)
    assert 2 == len(made.reps)
    place = rehearsals().at(ORIGIN).reps.index(made.reps[1])
    np.testing.assert_array_equal(rehearsals().at(ORIGIN).model[place], made.model[1])
    shuffled = history_of(steady_history().deals.sort("rep", "deal", descending=True))
    assert made.reps == _fit(shuffled).at(ORIGIN).reps
