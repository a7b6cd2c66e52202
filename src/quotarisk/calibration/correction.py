"""How far to trust the model, and how wide to be: learnt from forecasts whose months are over.

A path takes the model with probability w, else the rep's own past weeks: all of them, or the last
13 where those did clearly better (`shares`).

Then forecasts are widened, never narrowed. Sums over reps that were further off than they were
said to be first tie the reps' luck together, which widens the sum alone; what is left of it
becomes a lognormal factor that all reps have in common. Last comes each rep's own: ranks of what
came are taken as Beta(a, a), a <= 1 (a beta-transformed pool with one parameter: Gneiting and
Ranjan, *Electron. J. Stat.* 7, 2013, doi:10.1214/13-EJS823), and a maximises their weighted
log-likelihood less a penalty on (log a)^2. Weights shrink by windows that overlap and by what
ranks of one origin share.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import NamedTuple

import numpy as np

from quotarisk.calibration.lesson import Lesson
from quotarisk.calibration.ranks import effective_windows, luck_of, pit_of
from quotarisk.calibration.rehearsal import (
    MONTHS,
    PASTS,
    Rehearsal,
    Rehearsals,
    came_of,
)
from quotarisk.calibration.shares import (
    SHARES,
    USUAL_SHARE,
    Trial,
    choose_past,
    choose_share,
    losses_of,
    mixture_scores,
    trial_of,
)
from quotarisk.calibration.widths import TOGETHERS, choose_shape, choose_shared, choose_together
from quotarisk.periods import MONTHS_IN, add_months
from quotarisk.scenario.correction import Correction
from quotarisk.simulation.correcting import mix, share_luck, spread, tie
from quotarisk.simulation.estimates import Array

HORIZONS = (1, MONTHS)
MOST_REHEARSALS = 16
MOST_DEALS = 400_000  # deals times rehearsals, so that large histories are fitted in time
FEWEST_REHEARSALS = 4

_MOST_SHARED = 1.0
_TURNS = 2  # sums are off, too, where each rep's own intervals are too narrow
_DAYS = {1: 30, MONTHS: 91}  # of a horizon
_LEAST_VARIANCE = 1e-4  # of the logarithm of a sum


class _Scene(NamedTuple):
    """A rehearsal with what came."""

    rehearsal: Rehearsal
    came: Array  # [reps, months]

    def over(self, months: int) -> bool:
        return len(self.came) > 0 and not np.isnan(self.came[:, :months]).any()


def _tied(booked: Array, together: float) -> Array:
    tied = booked.copy()
    for rep in tied:
        tie(rep, together, seed=0)
    return tied


class _Asked(NamedTuple):
    """A correction to try on rehearsals."""

    share: float
    past: int
    together: float = 0.0
    shared: tuple[float, ...] = ()
    quarter_shape: float = 1.0

    def answer(self, scene: _Scene) -> Array:
        """``[reps, months, paths]`` what a rehearsal says, so corrected."""
        rehearsal = scene.rehearsal
        booked = mix(rehearsal.model, rehearsal.past[self.past], 1 - self.share, seed=0)
        booked = _tied(booked, self.together)
        if self.shared:
            booked = share_luck(booked, self.shared, seed=0)
        for rep in booked:
            spread(rep, self.quarter_shape)
        return booked


def origins_of(first: date, as_of: date, *, deals: int) -> tuple[date, ...]:
    """At which month-ends may forecasts have been made whose first month is over?

    From a whole quarter after the first day on, since the quarter's rhythm is not known before;
    no more than the latest 16, and fewer where there are very many deals.
    """
    end = (as_of + timedelta(days=1)).replace(day=1)
    most = max(FEWEST_REHEARSALS, min(MOST_REHEARSALS, MOST_DEALS // max(deals, 1)))
    found = []
    for back in range(1, most + 1):
        origin = add_months(end, -back) - timedelta(days=1)
        if origin + timedelta(days=1) < add_months(first.replace(day=1), MONTHS_IN["quarter"]):
            break
        if (origin - first).days < _DAYS[MONTHS] - 2:
            break
        found.append(origin)
    return tuple(reversed(found))


def _windows(scenes: Sequence[_Scene], months: int) -> float:
    origins = [scene.rehearsal.origin for scene in scenes]
    return effective_windows(origins, days=_DAYS[months])


def _trials(scenes: Sequence[_Scene], past: int) -> list[Trial]:
    found = []
    for months in HORIZONS:
        over = [scene for scene in scenes if scene.over(months)]
        if not over:
            continue
        scores = [
            mixture_scores(
                scene.came[:, :months].sum(axis=1),
                scene.rehearsal.model[:, :months].sum(axis=1),
                scene.rehearsal.past[past][:, :months].sum(axis=1),
            )
            for scene in over
        ]
        found.append(trial_of(scores, _windows(over, months)))
    return found


def _pits(scenes: Sequence[_Scene], asked: _Asked, months: int) -> list[Array]:
    """Ranks of what came, an array for each origin."""
    found = []
    for scene in scenes:
        rehearsal = scene.rehearsal
        luck = luck_of([rehearsal.origin] * len(rehearsal.reps), rehearsal.reps, seed=0)
        samples = asked.answer(scene)[:, :months].sum(axis=1)
        found.append(pit_of(scene.came[:, :months].sum(axis=1), samples, luck))
    return found


def _together(scenes: Sequence[_Scene], asked: _Asked, months: int) -> float:
    """How much more does the mean rank of all reps vary than if none had anything in common?

    As the forecasts themselves say: ranks that came are too few to tell.
    """
    found = []
    for scene in scenes:
        samples = asked.answer(scene)[:, :months].sum(axis=1)
        ranks = np.argsort(np.argsort(samples, axis=1, kind="stable"), axis=1, kind="stable")
        found.append(12 * len(samples) * (ranks / samples.shape[1]).mean(axis=0).var())
    return float(np.mean(found))


def _off(scene: _Scene, booked: Array, months: int) -> tuple[float, float] | None:
    """How far off is the logarithm of the sum over reps, and which variance is it said to have?"""
    came, sums = scene.came[:, :months].sum(), booked[:, :months].sum(axis=(0, 1))
    if came <= 0 or sums.min() <= 0:  # nothing at all has no logarithm
        return None
    logs = np.log(sums)
    return float(np.log(came) - np.median(logs)), max(float(logs.var()), _LEAST_VARIANCE)


def _shared(scenes: Sequence[_Scene], asked: _Asked, months: int) -> float:
    found = [_off(scene, asked.answer(scene), months) for scene in scenes]
    told = np.array([each for each in found if each is not None])
    if not len(told):
        return 0.0
    windows = min(_windows(scenes, months), float(len(told)))
    return choose_shared(told[:, 0], told[:, 1], windows)


def _all_together(scenes: Sequence[_Scene], asked: _Asked, months: int) -> float:
    rows = []
    for scene in scenes:
        booked = asked.answer(scene)
        row = [_off(scene, _tied(booked, one), months) for one in TOGETHERS.tolist()]
        rows.append([each for each in row if each is not None])
    # a sum of nothing has no logarithm, however its parts are tied
    told = np.array([row for row in rows if len(row) == len(TOGETHERS)])
    if not len(told):
        return 0.0
    windows = min(_windows(scenes, months), float(len(told)))
    return choose_together(told[..., 0], told[..., 1], windows)


def _by_month(month: float, quarter: float) -> tuple[float, ...]:
    """Spreads by month: the first one's own, and as much more as leads to the quarter's."""
    later = max((3 * quarter - month) / 2, month)
    return (round(month, 3), round(min(later, _MOST_SHARED), 3)) if later > 0 else ()


def _shape(scenes: Sequence[_Scene], asked: _Asked, months: int) -> float:
    return choose_shape(
        _pits(scenes, asked, months),
        _windows(scenes, months),
        together=_together(scenes, asked, months),
    )


def learn(rehearsals: Rehearsals, origins: Sequence[date], as_of: date) -> Lesson:
    """What do rehearsals teach whose first month was over by a day?

    Parameters
    ----------
    rehearsals
        Of the history.
    origins
        As `origins_of` gives them.
    as_of
        Nothing that came after it is looked at.
    """
    made = [rehearsals.at(origin) for origin in origins]
    scenes = [_Scene(each, came_of(rehearsals.history, each, as_of)) for each in made]
    scenes = [scene for scene in scenes if scene.over(1)]
    if not scenes:
        return Lesson(USUAL_SHARE, PASTS[0], 0.0, (), 1.0, 1.0, 0, 0.0, None)
    trials = [_trials(scenes, past) for past in range(len(PASTS))]
    past = choose_past(trials)
    best = choose_share(trials[past])
    asked = _Asked(float(SHARES[best]), past)
    quarters = [scene for scene in scenes if scene.over(MONTHS)]
    # while no three months are over, a month says how wide three of them must be
    known, months = (quarters, MONTHS) if quarters else (scenes, 1)
    for _ in range(_TURNS):
        untied = asked._replace(together=0.0)
        asked = asked._replace(together=_all_together(known, untied, months))
        apart = asked._replace(shared=())
        month = _shared(scenes, apart, 1)
        shared = _by_month(month, _shared(quarters, apart, MONTHS) if quarters else month)
        asked = asked._replace(shared=shared, quarter_shape=1.0)
        asked = asked._replace(quarter_shape=_shape(known, asked, months))
    losses = losses_of(trials[past])
    total = sum(trial.windows for trial in trials[past])
    return Lesson(
        share=asked.share,
        weeks=PASTS[past],
        together=asked.together,
        shared=asked.shared,
        month_shape=_shape(scenes, asked, 1),
        quarter_shape=asked.quarter_shape,
        rehearsals=len(scenes),
        windows=_windows(quarters, MONTHS) if quarters else 0.0,
        gain=float(np.exp((losses[-1] - losses[best]) / total) - 1),
    )


def correction_of(lesson: Lesson, since: date) -> Correction:
    """Which correction does a scenario get?"""
    own = round(1 - lesson.share, 3)
    return Correction(
        own_history=own,
        since=since if own else None,
        together=lesson.together,
        shared=lesson.shared,
        month_shape=lesson.month_shape,
        quarter_shape=lesson.quarter_shape,
    )
