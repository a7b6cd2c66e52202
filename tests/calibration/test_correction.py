"""What rehearsals teach: the share of the model, and how wide to be."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import numpy as np
import pytest

from quotarisk.calibration.correction import correction_of, learn, origins_of
from quotarisk.calibration.lesson import Lesson
from quotarisk.calibration.plain import Calibration
from quotarisk.calibration.rehearsal import PATHS, Rehearsal, Rehearsals
from quotarisk.simulation.estimates import Array
from tests.calibration.histories import UNTIL, steady_history

ORIGINS = tuple(date(2026, month, 28) for month in range(1, 10))
REPS = tuple(f"rep {number}" for number in range(20))
Draw = Callable[[np.random.Generator], Array]


def _never(as_of: date, months: int) -> Calibration:
    raise AssertionError((as_of, months))


def _lesson(
    model: Draw, past: Draw, came: Draw, monkeypatch: pytest.MonkeyPatch, *, months: int = 3
) -> Lesson:
    """Learn from rehearsals that are drawn: [reps, 3, paths] each, and [reps, 3] of what came."""
    rng = np.random.default_rng(4)
    made, known = {}, {}
    for origin in ORIGINS:
        made[origin] = Rehearsal(origin, REPS, model(rng), (past(rng), past(rng)))
        known[origin] = came(rng)
        known[origin][:, months:] = np.nan
    monkeypatch.setattr(
        "quotarisk.calibration.correction.came_of",
        lambda _history, rehearsal, _as_of: known[rehearsal.origin],
    )
    return learn(Rehearsals(steady_history(), _never, made), ORIGINS, UNTIL)


def _normal(mean: float, sd: float, paths: int = PATHS) -> Draw:
    shape = (len(REPS), 3, paths) if paths > 1 else (len(REPS), 3)
    return lambda rng: np.maximum(rng.normal(mean, sd, shape), 0.0)


def test_the_better_forecast_gets_the_paths(monkeypatch: pytest.MonkeyPatch) -> None:
    """A model that is right is trusted, one that is far off is not."""
    came = _normal(100, 10, 1)
    right = _lesson(_normal(100, 10), _normal(160, 10), came, monkeypatch)
    wrong = _lesson(_normal(160, 10), _normal(100, 10), came, monkeypatch)

    assert right.share >= 0.9
    assert right.gain == pytest.approx(0.0, abs=0.02)
    assert 0.5 == wrong.share
    assert wrong.gain is not None
    assert wrong.gain > 0.2


def test_forecasts_that_are_right_are_not_widened(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shapes near 1 and no common luck where intervals hold what they should."""
    found = _lesson(_normal(100, 10), _normal(160, 10), _normal(100, 10, 1), monkeypatch)
    assert min(found.month_shape, found.quarter_shape) >= 0.9
    assert max(found.shared, default=0.0) <= 0.02


def test_forecasts_too_narrow_are_widened(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each rep's outcomes vary twice as much as the model says: the reps' own shapes take it."""
    found = _lesson(_normal(100, 10), _normal(160, 10), _normal(100, 20, 1), monkeypatch)
    assert found.quarter_shape < 0.7
    assert max(found.shared, default=0.0) <= 0.06


def test_what_all_share_is_widened_together(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where all reps are off alike, it is the common luck that takes it."""

    def together(rng: np.random.Generator) -> Array:
        luck = np.exp(0.3 * rng.normal())
        return np.asarray(rng.normal(100, 10, (len(REPS), 3)) * luck)

    found = _lesson(_normal(100, 10), _normal(100, 10), together, monkeypatch)
    assert found.together > 0.1
    # reps as steady as these cannot be off so far even where all are off alike
    assert 0.1 < found.shared[0] <= found.shared[1] < 0.6
    alone = _lesson(_normal(100, 10), _normal(100, 10), _normal(100, 10, 1), monkeypatch)
    assert max(alone.shared, default=0.0) < 0.1
    assert alone.together <= 0.1


def test_what_is_tied_needs_no_widening(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reps who vary as much as was said, but alike: their luck is tied, nobody is widened."""

    def alike(rng: np.random.Generator) -> Array:
        common = rng.normal(0, 20 * np.sqrt(0.4 * 3), 1) / 3  # of the three months' sum
        return np.asarray(100 + common + rng.normal(0, 20 * np.sqrt(0.6), (len(REPS), 3)))

    found = _lesson(_normal(100, 20), _normal(160, 20), alike, monkeypatch)
    assert 0.15 <= found.together <= 0.75
    assert max(found.shared, default=0.0) <= 0.06
    assert found.quarter_shape >= 0.9


def test_while_no_three_months_are_over(monkeypatch: pytest.MonkeyPatch) -> None:
    """A month's lesson stands for three months."""
    found = _lesson(_normal(100, 10), _normal(160, 10), _normal(100, 25, 1), monkeypatch, months=1)
    assert 0.0 == found.windows
    assert 9 == found.rehearsals
    assert found.quarter_shape < 0.8


def test_nothing_to_learn_from() -> None:
    """Without rehearsals seven paths of ten are the model's, and nothing is widened."""
    found = learn(Rehearsals(steady_history(), _never), (), UNTIL)
    assert Lesson(0.7, None, 0.0, (), 1.0, 1.0, 0, 0.0, None) == found


def test_origins() -> None:
    """Month-ends from a quarter after the first day on, whose next month is over."""
    found = origins_of(date(2026, 1, 1), date(2026, 8, 31), deals=100)
    assert [date(2026, m, d) for m, d in ((3, 31), (4, 30), (5, 31), (6, 30), (7, 31))] == list(
        found
    )
    assert found == origins_of(date(2026, 1, 1), date(2026, 9, 29), deals=100)
    assert () == origins_of(date(2026, 8, 1), date(2026, 8, 31), deals=100)
    assert date(2026, 5, 31) == origins_of(date(2026, 2, 20), date(2026, 8, 31), deals=1)[0]


def test_many_deals_many_fits() -> None:
    """The more deals, the fewer of the latest origins, but four at least."""
    years = (date(2020, 1, 1), date(2026, 8, 31))
    counts = [len(origins_of(*years, deals=deals)) for deals in (1, 50_000, 10_000_000)]
    assert [16, 8, 4] == counts
    assert date(2026, 7, 31) == origins_of(*years, deals=10_000_000)[-1]


def test_what_a_scenario_gets() -> None:
    """The share of the past is what is left of the model's; without it no day is told."""
    lesson = Lesson(0.6, 13, 0.25, (0.1, 0.2), 0.9, 0.5, 4, 1.5, 0.1)
    since = date(2026, 6, 2)
    found = correction_of(lesson, since)
    assert (0.4, since, 0.25, (0.1, 0.2), 0.9, 0.5) == (
        found.own_history,
        found.since,
        found.together,
        found.shared,
        found.month_shape,
        found.quarter_shape,
    )
    assert correction_of(lesson._replace(share=1.0), since).since is None


def test_months_without_bookings_teach_little(monkeypatch: pytest.MonkeyPatch) -> None:
    """A past that foretells empty months does not win by them over a model that is right."""

    def rarely(rng: np.random.Generator) -> Array:
        return np.asarray(np.where(rng.random((len(REPS), 3)) < 0.03, 100.0, 0.0))

    def model(rng: np.random.Generator) -> Array:
        shape = (len(REPS), 3, PATHS)
        return np.asarray(np.where(rng.random(shape) < 0.03, 100.0, 0.0))

    nothing = np.zeros((len(REPS), 3, PATHS))
    found = _lesson(model, lambda _: nothing, rarely, monkeypatch)
    assert found.share >= 0.6
    assert found.gain is not None
    assert abs(found.gain) < 1
    assert found.shared == ()
