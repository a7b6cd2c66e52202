"""How far to trust the model, and how wide to be: learnt from forecasts whose months are over.

A path takes the model with probability w, else the rep's own past weeks; w is the nearest to 0.7
that is within a standard error of the lowest sum over horizons of n_eff times the mean logarithm
of the score (continuous ranked probability score, CRPS) in rehearsals. The score of such a
mixture is quadratic in w. Then intervals are widened, never narrowed: first
by a lognormal factor that all reps have in common, as wide as the sums over reps were off beyond
their own spread, then by each rep's own: ranks of what came are taken as
Beta(a, a), a <= 1 (a beta-transformed pool with one parameter: Gneiting and Ranjan, *Electron. J.
Stat.* 7, 2013, doi:10.1214/13-EJS823), and a maximises their weighted log-likelihood less a
penalty on (log a)^2. Weights shrink by windows that overlap and by what ranks of one origin share.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import NamedTuple

import numpy as np
from scipy import special

from quotarisk.calibration.lesson import Lesson
from quotarisk.calibration.ranks import effective_windows, luck_of, pit_of
from quotarisk.calibration.rehearsal import (
    MONTHS,
    PASTS,
    PATHS,
    Rehearsal,
    Rehearsals,
    came_of,
)
from quotarisk.periods import MONTHS_IN, add_months
from quotarisk.scenario.correction import Correction
from quotarisk.simulation.correcting import mix, share_luck, spread
from quotarisk.simulation.estimates import Array

USUAL_SHARE = 0.7  # of the model, where nothing is known of how it does
# at least half: weeks of a dry spell, repeated for a year, would promise that nothing comes
SHARES = np.round(np.linspace(0.5, 1.0, 6), 1)
SHAPES = np.round(np.arange(1.0, 0.19, -0.05), 2)
HORIZONS = (1, MONTHS)
LAGS = 3  # months over which errors of forecasts hang together
MOST_REHEARSALS = 16
MOST_DEALS = 400_000  # deals times rehearsals, so that large histories are fitted in time
FEWEST_REHEARSALS = 4

SPREADS = np.round(np.linspace(0.0, 0.6, 61), 2)
_SPREAD_PRIOR = 0.25  # standard deviation of the half-normal prior on the common spread
_MOST_SHARED = 1.0
_PENALTY = 2.0  # on (log a)^2
_DAYS = {1: 30, MONTHS: 91}  # of a horizon
_LEAST_SHARE = 1.0  # of the mean score: what is added to each before its logarithm is taken
_LEAST_VARIANCE = 1e-4  # of the logarithm of a sum


class _Scene(NamedTuple):
    """A rehearsal with what came."""

    rehearsal: Rehearsal
    came: Array  # [reps, months]

    def over(self, months: int) -> bool:
        return len(self.came) > 0 and not np.isnan(self.came[:, :months]).any()


Mixed = Callable[[_Scene], Array]  # [reps, months, paths]


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


def _mean_gap(ordered: Array) -> Array:
    """Mean absolute difference of two of the sorted samples on the last axis."""
    m = ordered.shape[-1]
    rank = 2.0 * np.arange(m) - (m - 1)
    return np.asarray(2.0 * (ordered * rank).sum(axis=-1) / (m * (m - 1)))


def mixture_scores(came: Array, model: Array, past: Array) -> Array:
    """How good would each share of the model have been?

    Parameters
    ----------
    came
        ``[reps]``.
    model, past
        ``[reps, paths]`` samples of both forecasts, as many.

    Returns
    -------
    ndarray
        ``[SHARES]`` mean CRPS over the reps.
    """
    m = model.shape[-1]
    off = np.abs(model - came[:, np.newaxis]).mean(axis=-1)
    off_past = np.abs(past - came[:, np.newaxis]).mean(axis=-1)
    gap, gap_past = (_mean_gap(np.sort(samples, axis=-1)) for samples in (model, past))
    pooled = _mean_gap(np.sort(np.concatenate([model, past], axis=-1), axis=-1))
    # all pairs of the pool are pairs of the one, of the other, or of one of each
    across = (pooled * m * (2 * m - 1) - (gap + gap_past) * m * (m - 1) / 2) / m**2
    w = SHARES[:, np.newaxis]
    scores = (
        w * off
        + (1 - w) * off_past
        - (w**2 * gap + 2 * w * (1 - w) * across + (1 - w) ** 2 * gap_past) / 2
    )
    return np.asarray(scores.mean(axis=-1))


def _windows(scenes: Sequence[_Scene], months: int) -> float:
    origins = [scene.rehearsal.origin for scene in scenes]
    return effective_windows(origins, days=_DAYS[months])


class Trial(NamedTuple):
    """How the shares of the model did over one horizon."""

    logs: Array  # [origins, SHARES] logarithms of scores
    windows: float


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
        # logarithms: one origin that failed badly must not outweigh all others, nor one without
        # any bookings, which everybody forecasts
        floor = _LEAST_SHARE * float(np.mean(scores)) or 1.0
        found.append(Trial(np.log(np.array(scores) + floor), _windows(over, months)))
    return found


def losses_of(trials: Sequence[Trial]) -> Array:
    """``[SHARES]`` what each share of the model costs: mean logarithms, weighted by windows."""
    return np.asarray(sum(trial.windows * trial.logs.mean(axis=0) for trial in trials))


def _long_variance(apart: Array) -> Array:
    """Variance of one origin's difference, with what it has in common with the next ones.

    Forecasts of neighbouring months price the same open deals, and are off alike. Bartlett
    weights up to a quarter (Newey and West, *Econometrica* 55, 1987, doi:10.2307/1913610); never
    below what independent origins have.
    """
    rest = apart - apart.mean(axis=0)
    count = len(rest)
    variance = (rest**2).sum(axis=0) / (count - 1)
    for lag in range(1, min(LAGS, count - 1) + 1):
        together = (rest[lag:] * rest[:-lag]).sum(axis=0) / (count - 1)
        variance = variance + 2 * (1 - lag / (LAGS + 1)) * np.maximum(together, 0.0)
    return np.asarray(variance)


def choose_share(trials: Sequence[Trial]) -> int:
    """Which of the shares is it? The nearest to the usual one that may as well be the best.

    Those count whose loss is above the lowest one by no more than one standard error of the
    difference (Breiman, Friedman, Olshen and Stone, *Classification and Regression Trees*, 1984);
    without two origins nothing is known of that error, and the usual share stays.
    """
    losses = losses_of(trials)
    best = int(np.argmin(losses))
    apart = [trial.logs - trial.logs[:, best : best + 1] for trial in trials]
    spreads = [_long_variance(each) for each in apart if len(each) > 1]
    if not spreads:
        return int(np.argmin(np.abs(SHARES - USUAL_SHARE)))
    most = np.max(spreads, axis=0)  # for a horizon that was tried once
    error = np.sqrt(
        sum(
            trial.windows * (_long_variance(each) if len(each) > 1 else most)
            for trial, each in zip(trials, apart, strict=True)
        )
    )
    as_good = np.flatnonzero(losses - losses[best] <= error)
    return int(as_good[np.argmin(np.abs(SHARES[as_good] - USUAL_SHARE))])


def _pits(scenes: Sequence[_Scene], mixed: Mixed, months: int) -> list[Array]:
    """Ranks of what came, an array for each origin."""
    found = []
    for scene in scenes:
        rehearsal = scene.rehearsal
        luck = luck_of([rehearsal.origin] * len(rehearsal.reps), rehearsal.reps, seed=0)
        samples = mixed(scene)[:, :months].sum(axis=1)
        found.append(pit_of(scene.came[:, :months].sum(axis=1), samples, luck))
    return found


def choose_shape(pits: Sequence[Array], windows: float) -> float:
    """Which a <= 1 makes ranks of what came those of a Beta(a, a)?

    Parameters
    ----------
    pits
        Ranks from 0 to 1, an array for each origin.
    windows
        How many independent windows the origins are.
    """
    edge = 0.5 / PATHS
    ranks = [np.clip(each, edge, 1 - edge) for each in pits]
    # ranks of one origin have the market in common: their means are off more than by chance
    together = np.mean([12 * each.size * (each.mean() - 0.5) ** 2 for each in ranks])
    weight = windows / len(ranks) / max(float(together), 1.0)
    pooled = np.concatenate(ranks)
    logs = float((np.log(pooled) + np.log1p(-pooled)).sum())
    told = (SHAPES - 1) * logs - pooled.size * special.betaln(SHAPES, SHAPES)
    return float(SHAPES[np.argmax(weight * told - _PENALTY * np.log(SHAPES) ** 2)])


def choose_shared(errors: Array, variances: Array, windows: float) -> float:
    """Which common spread makes the sums over reps as far off as they were?

    Maximises the likelihood of errors that are normal with ``variances + spread^2``, weighted
    by windows, with a half-normal prior.

    Parameters
    ----------
    errors, variances
        ``[origins]`` of the logarithm of the sum: what came against the middle, and the spread
        that it was said to have.
    windows
        How many independent windows the origins are.
    """
    total = variances[:, np.newaxis] + SPREADS**2
    told = -(np.log(total) + errors[:, np.newaxis] ** 2 / total).sum(axis=0) / 2
    weight = windows / errors.size
    return float(SPREADS[np.argmax(weight * told - (SPREADS / _SPREAD_PRIOR) ** 2 / 2)])


def _shared(scenes: Sequence[_Scene], mixed: Mixed, months: int) -> float:
    errors, variances = [], []
    for scene in scenes:
        came, sums = scene.came[:, :months].sum(), mixed(scene)[:, :months].sum(axis=(0, 1))
        if came > 0 and sums.min() > 0:  # nothing at all has no logarithm
            logs = np.log(sums)
            errors.append(np.log(came) - np.median(logs))
            variances.append(max(logs.var(), _LEAST_VARIANCE))
    if not errors:
        return 0.0
    windows = min(_windows(scenes, months), float(len(errors)))
    return choose_shared(np.array(errors), np.array(variances), windows)


def _by_month(month: float, quarter: float) -> tuple[float, ...]:
    """Spreads by month: the first one's own, and as much more as leads to the quarter's."""
    later = max((3 * quarter - month) / 2, month)
    return (round(month, 3), round(min(later, _MOST_SHARED), 3)) if later > 0 else ()


def _mixed(share: float, past: int, shared: tuple[float, ...], quarter_shape: float) -> Mixed:
    def draw(scene: _Scene) -> Array:
        rehearsal = scene.rehearsal
        booked = mix(rehearsal.model, rehearsal.past[past], 1 - share, seed=0)
        if shared:
            booked = share_luck(booked, shared, seed=0)
        for rep in booked:
            spread(rep, quarter_shape)
        return booked

    return draw


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
        return Lesson(USUAL_SHARE, PASTS[0], (), 1.0, 1.0, 0, 0.0, None)
    trials = [_trials(scenes, past) for past in range(len(PASTS))]
    losses = np.array([losses_of(each) for each in trials])
    which = int(np.argmin(losses.min(axis=1)))
    best = choose_share(trials[which])
    share = float(SHARES[best])
    quarters = [scene for scene in scenes if scene.over(MONTHS)]
    # while no three months are over, a month says how wide three of them must be
    known, months = (quarters, MONTHS) if quarters else (scenes, 1)
    plain = _mixed(share, which, (), 1.0)
    month = _shared(scenes, plain, 1)
    shared = _by_month(month, _shared(quarters, plain, MONTHS) if quarters else month)
    pits = _pits(known, _mixed(share, which, shared, 1.0), months)
    quarter_shape = choose_shape(pits, _windows(known, months))
    pits = _pits(scenes, _mixed(share, which, shared, quarter_shape), 1)
    month_shape = choose_shape(pits, _windows(scenes, 1))
    windows = _windows(quarters, MONTHS) if quarters else 0.0
    total = sum(trial.windows for trial in trials[which])
    gain = float(np.exp((losses[which][-1] - losses[which][best]) / total) - 1)
    return Lesson(
        share, PASTS[which], shared, month_shape, quarter_shape, len(scenes), windows, gain
    )


def correction_of(lesson: Lesson, since: date) -> Correction:
    """Which correction does a scenario get?"""
    own = round(1 - lesson.share, 3)
    return Correction(
        own_history=own,
        since=since if own else None,
        shared=lesson.shared,
        month_shape=lesson.month_shape,
        quarter_shape=lesson.quarter_shape,
    )
