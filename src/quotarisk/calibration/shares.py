"""Which share of the paths is the model's, and which past do the others repeat?

Chosen by scores (continuous ranked probability score, CRPS) of forecasts whose months are over.
The score of a mixture of two forecasts is quadratic in its share.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from quotarisk.simulation.estimates import Array

USUAL_SHARE = 0.7  # of the model, where nothing is known of how it does
# at least half: weeks of a dry spell, repeated for a year, would promise that nothing comes
SHARES = np.round(np.linspace(0.5, 1.0, 6), 1)
LAGS = 3  # months over which errors of forecasts hang together

_PENALTY = 0.15  # windows that a share's distance from the usual one, squared, costs
_LEAST_SHARE = 1.0  # of the mean score: what is added to each before its logarithm is taken


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


class Trial(NamedTuple):
    """How the shares of the model did over one horizon."""

    logs: Array  # [origins, SHARES] logarithms of scores
    windows: float


def trial_of(scores: Sequence[Array], windows: float) -> Trial:
    """What do scores of each share, an array for each origin, tell?

    In logarithms: one origin that failed badly must not outweigh all others, nor one without any
    bookings, which everybody forecasts.
    """
    floor = _LEAST_SHARE * float(np.mean(scores)) or 1.0
    return Trial(np.log(np.array(scores) + floor), windows)


def losses_of(trials: Sequence[Trial]) -> Array:
    """``[SHARES]`` what each share of the model costs: mean logarithms, weighted by windows."""
    return np.asarray(sum(trial.windows * trial.logs.mean(axis=0) for trial in trials))


def _long_variance(apart: Array) -> float:
    """Variance of one origin's difference, with what it has in common with the next ones.

    Forecasts of neighbouring months price the same open deals, and are off alike. Bartlett
    weights up to a quarter (Newey and West, *Econometrica* 55, 1987, doi:10.2307/1913610); never
    below what independent origins have.
    """
    rest = apart - apart.mean()
    count = len(rest)
    variance = (rest**2).sum() / (count - 1)
    for lag in range(1, min(LAGS, count - 1) + 1):
        together = (rest[lag:] * rest[:-lag]).sum() / (count - 1)
        variance = variance + 2 * (1 - lag / (LAGS + 1)) * max(float(together), 0.0)
    return float(variance)


def _error_of(trials: Sequence[Trial]) -> float | None:
    """Standard error of a weighted sum of differences; none where no horizon was tried twice."""
    known = [_long_variance(trial.logs[:, 0]) for trial in trials if len(trial.logs) > 1]
    if not known:
        return None
    most = max(known)  # for a horizon that was tried once
    return float(
        np.sqrt(
            sum(
                trial.windows * (_long_variance(trial.logs[:, 0]) if len(trial.logs) > 1 else most)
                for trial in trials
            )
        )
    )


def choose_share(trials: Sequence[Trial]) -> int:
    """Which of the shares is it? The best one, leaning on the usual one where windows are few.

    Minimises the sum over horizons of windows times the score, relative to that of the model
    alone, plus a penalty on the distance from the usual share.
    """
    scores = sum(
        trial.windows * np.exp(trial.logs.mean(axis=0) - trial.logs[:, -1].mean())
        for trial in trials
    )
    return int(np.argmin(scores + _PENALTY * (SHARES - USUAL_SHARE) ** 2))


def choose_past(trials: Sequence[Sequence[Trial]]) -> int:
    """Which past is it: all of it, unless the last weeks did better by a standard error?

    Parameters
    ----------
    trials
        For each of `PASTS`; of each the share that is chosen counts.
    """
    long, short = ([trial.logs[:, choose_share(past)] for trial in past] for past in trials)
    apart = [
        Trial((one - other)[:, np.newaxis], trial.windows)
        for one, other, trial in zip(long, short, trials[0], strict=True)
    ]
    error = _error_of(apart)
    return int(error is not None and float(losses_of(apart)[0]) > error)
