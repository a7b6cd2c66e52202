"""Fit: a scenario that is corrected by what past forecasts taught."""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache

import polars as pl
import pytest

from quotarisk.calibration.fit import calibrate, earlier_origins, rehearsals_of
from quotarisk.calibration.lesson import Lesson
from quotarisk.calibration.plain import Calibration, fit_plain
from quotarisk.scenario.checking import find_faults
from quotarisk.simulation.simulation import simulate
from tests.calibration.fits import history_of
from tests.calibration.histories import UNTIL, steady_history

AS_OF = date(2026, 2, 28)


@cache
def corrected() -> Calibration:
    """Three steady reps, eight months after they began."""
    return calibrate(steady_history(), as_of=AS_OF, months=3)


def test_the_correction_travels_in_the_scenario() -> None:
    """What was learnt is in the scenario, which runs with it; without it the fit is plain."""
    found = corrected()
    plain = calibrate(steady_history(), as_of=AS_OF, months=3, correct=False)

    assert found.lesson is not None
    assert 4 == found.lesson.rehearsals == len(earlier_origins(steady_history(), AS_OF))
    assert found.scenario.correction.own_history == pytest.approx(1 - found.lesson.share)
    assert () == find_faults(found.scenario)
    assert plain.scenario == fit_plain(steady_history(), as_of=AS_OF, months=3).scenario
    assert plain.lesson is None
    told = simulate(found.scenario, paths=500).team.periods.mean[0]
    assert told == pytest.approx(simulate(plain.scenario, paths=500).team.periods.mean[0], rel=0.5)


def test_the_past_comes_with_it() -> None:
    """Bookings reach as far back as the past that is repeated."""
    scenario, since = corrected().scenario, corrected().scenario.correction.since
    assert since is not None
    won = steady_history().deals.filter(
        (pl.col("outcome") == "won") & pl.col("closed").is_between(since, AS_OF)
    )
    told = [row for row in scenario.booked or () if row.date >= since]
    assert won["amount"].sum() == pytest.approx(sum(row.amount for row in told))


def test_who_came_later() -> None:
    """A rep whose first deal is younger than the past repeats only what came since."""
    deals = steady_history().deals
    later = pl.col("created") >= date(2025, 12, 1)
    history = history_of(deals.filter((pl.col("rep") != "Cy") | later))
    scenario = calibrate(history, as_of=AS_OF, months=3).scenario
    since = {rep.name: rep.booked_since for rep in scenario.reps}
    assert scenario.correction.own_history
    assert (None, None) == (since["Ana"], since["Ben"])
    assert since["Cy"] is not None
    assert abs((since["Cy"] - date(2025, 12, 1)).days) < 10


def test_no_look_ahead() -> None:
    """What came after the day changes nothing of what is learnt."""
    deals = steady_history().deals
    known = pl.col("closed") <= AS_OF
    cut = history_of(
        deals.filter(pl.col("created") <= AS_OF).with_columns(
            closed=pl.when(known).then("closed"),
            outcome=pl.when(known).then("outcome").otherwise(pl.lit("open")),
        ),
        amounts_while_open=steady_history().amounts_while_open,
    )
    assert calibrate(cut, as_of=AS_OF, months=3).scenario == corrected().scenario


def test_rehearsals_may_be_handed_in() -> None:
    """Made once, they serve several days, and give what they would have given."""
    made = rehearsals_of(steady_history())
    found = calibrate(steady_history(), as_of=AS_OF, months=3, rehearsals=made)
    assert corrected().scenario == found.scenario
    assert set(earlier_origins(steady_history(), AS_OF)) == set(made.made)


def test_progress_is_told() -> None:
    """Each rehearsal is counted, and the fit itself."""
    told: list[tuple[int, int]] = []
    calibrate(steady_history(), as_of=AS_OF, months=3, progress=lambda *done: told.append(done))
    steps = len(earlier_origins(steady_history(), AS_OF)) + 1
    assert [(step, steps) for step in range(1, steps + 1)] == told


def test_nothing_to_learn_from() -> None:
    """A young history leans on its own past by the usual share, and says that this is untested."""
    day = date(2025, 10, 30)
    found = calibrate(steady_history(), as_of=day, months=3)
    assert 0.3 == found.scenario.correction.own_history
    codes = [caution.code for caution in found.cautions]
    assert {"own_history", "three_months_untested"} <= set(codes)
    assert date(2025, 7, 1) <= (found.scenario.correction.since or UNTIL) < day - timedelta(90)


def test_less_than_a_quarter() -> None:
    """Before a quarter is over there is nothing to repeat."""
    found = calibrate(steady_history(), as_of=date(2025, 8, 31), months=3)
    assert () == find_faults(found.scenario)
    assert 0.0 == found.scenario.correction.own_history


def test_a_model_that_is_trusted_needs_no_past(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where all paths are the model's, bookings reach back no further than the year needs."""
    lesson = Lesson(1.0, None, 0.2, (0.1,), 1.0, 1.0, 5, 2.0, 0.0)
    monkeypatch.setattr("quotarisk.calibration.fit.learn", lambda *_: lesson)
    found = calibrate(steady_history(), as_of=AS_OF, months=3)
    plain = fit_plain(steady_history(), as_of=AS_OF, months=3)
    told = found.scenario.correction
    assert (0.0, None, 0.2, (0.1,)) == (told.own_history, told.since, told.together, told.shared)
    assert plain.scenario.booked == found.scenario.booked
    assert plain.scenario.reps == found.scenario.reps
