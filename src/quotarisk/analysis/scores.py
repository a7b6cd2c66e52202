"""How good were forecasts, and how sure is that? Scores, calibration, and their errors.

A row is one forecast: of one rep, made on one day (its origin). Rows of one origin share what
the market did next, rows of one rep share the rep, and windows of neighbouring origins share
days; a standard error that takes rows as independent is far too small.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

import numpy as np
import scoringrules
from numpy.typing import ArrayLike, NDArray

from quotarisk.calibration.ranks import effective_windows, numbered
from quotarisk.errors import ArgumentError
from quotarisk.simulation.estimates import NOTHING, Array, Estimate


def crps_of(observed: ArrayLike, samples: ArrayLike) -> Array:
    """How far is each forecast from what came, in currency?

    ``CRPS = E|X - y| - E|X - X'| / 2`` with the fair estimator, unbiased for the law that the
    samples come from: ``sum |x_i - y| / m - sum |x_i - x_j| / (2 m (m - 1))``, in the form of
    probability weighted moments, which sorts instead of taking all pairs. One sample is a point
    forecast, and its CRPS the absolute error.

    Parameters
    ----------
    observed
        ``[rows]`` what came.
    samples
        ``[rows, m]`` samples of each forecast, in any order.

    References
    ----------
    Zamo and Naveau, *Math. Geosci.* 50, 2018, doi:10.1007/s11004-017-9709-7.

    Examples
    --------
    >>> crps_of([3.0, 3.0], [[1.0], [4.0]]).tolist()
    [2.0, 1.0]
    """
    came, forecast = np.asarray(observed, dtype=np.float64), np.asarray(samples, dtype=np.float64)
    if forecast.shape[-1] == 1:
        return np.abs(forecast[..., 0] - came)
    scores = scoringrules.crps_ensemble(came, forecast, estimator="pwm", backend="numpy")
    return np.asarray(scores, dtype=np.float64)


def brier_of(chances: ArrayLike, hit: ArrayLike) -> Array:
    """How far is each chance from what came, 1 or 0? The squared difference.

    Examples
    --------
    >>> brier_of([0.5, 1.0], [True, False]).tolist()
    [0.25, 1.0]
    """
    came = np.asarray(hit, dtype=np.float64)
    scores = scoringrules.brier_score(came, np.asarray(chances, dtype=np.float64), backend="numpy")
    return np.asarray(scores, dtype=np.float64)


def mean_score(
    scores: ArrayLike, *, origins: Sequence[date], reps: Sequence[str], days: int
) -> Estimate:
    """What is the mean score, and how far may it be off?

    Parameters
    ----------
    scores
        ``[rows]`` a score, or whether something held.
    origins, reps
        ``[rows]`` when each forecast was made, and for whom. A pair may come more than once.
    days
        Length of the windows that were forecast.

    Returns
    -------
    Estimate
        The mean and its standard error; NaN as the error where there are no two windows that
        do not overlap in part (`effective_windows` of 1): one window proves nothing.

    Notes
    -----
    With residuals e of N rows, ``V = V_origin + V_rep - V_both`` as in Cameron, Gelbach and
    Miller, *J. Bus. Econ. Stat.* 29, 2011, doi:10.1198/jbes.2010.07136, and

    - ``V_origin = sum over origins of (sum of e)^2 / N^2``, times origins / windows for windows
      that overlap (correlations that fall from 1 to 0 in a straight line add up to that), times
      windows / (windows - 1), with `effective_windows`;
    - ``V_rep`` the same over reps, times reps / (reps - 1); 0 where there is one rep;
    - ``V_both``, what both count: from what is left of e in each pair of an origin and a rep
      when the means of both are taken out, so that it is unbiased with few origins too.

    V is at least V_origin and at least V_rep.
    """
    values = np.asarray(scores, dtype=np.float64)
    if values.size == 0:
        return NOTHING
    mean = float(values.mean())
    return Estimate(mean, _clustered_se(values - mean, _clusters(values, origins, reps, days)))


def ratio_of_scores(
    scores: ArrayLike,
    reference: ArrayLike,
    *,
    origins: Sequence[date],
    reps: Sequence[str],
    days: int,
) -> Estimate:
    """What is the mean score as a share of another forecast's, and how far may that be off?

    ``r = mean(a) / mean(b)`` over the same rows; its error is that of the mean of
    ``(a - r b) / mean(b)``, the delta method, as in `mean_score`. Below 1: better than the
    reference.
    """
    above, below = np.asarray(scores, dtype=np.float64), np.asarray(reference, dtype=np.float64)
    if above.size != below.size:
        raise ArgumentError(
            f"scores and reference must be of the same forecasts, got {above.size} and {below.size}"
        )
    if below.size == 0 or below.mean() == 0:
        return NOTHING
    ratio = float(above.mean() / below.mean())
    residuals = (above - ratio * below) / below.mean()
    return Estimate(ratio, _clustered_se(residuals, _clusters(residuals, origins, reps, days)))


class _Clusters(NamedTuple):
    """Which rows belong together."""

    origin: NDArray[np.int64]  # [rows]
    rep: NDArray[np.int64]  # [rows]
    windows: float  # effective number


def _clusters(values: Array, origins: Sequence[date], reps: Sequence[str], days: int) -> _Clusters:
    if not len(values) == len(origins) == len(reps):
        raise ArgumentError(
            "scores, origins and reps must have a row for each forecast,"
            f" got {len(values)}, {len(origins)} and {len(reps)}"
        )
    _, origin = numbered([day.isoformat() for day in origins])
    _, rep = numbered(reps)
    return _Clusters(origin, rep, effective_windows(origins, days=days))


def _clustered_se(residuals: Array, clusters: _Clusters) -> float:
    """Standard error of a mean whose residuals are clustered by origin and by rep."""
    origin, rep, windows = clusters
    origins, reps = int(origin.max()) + 1, int(rep.max()) + 1
    if windows <= 1:
        return float("nan")
    by_origin, by_rep = np.bincount(origin, residuals), np.bincount(rep, residuals)
    of_origin = float(by_origin @ by_origin) * origins / (windows - 1)
    of_rep = float(by_rep @ by_rep) * reps / (reps - 1) if reps > 1 else 0.0
    both = _interaction(residuals, origin, rep) if reps > 1 else 0.0
    variance = max(of_origin + of_rep - both, of_origin, of_rep)
    return float(np.sqrt(variance)) / len(residuals)


def _interaction(residuals: Array, origin: NDArray[np.int64], rep: NDArray[np.int64]) -> float:
    """Sum of squares of pairs of an origin and a rep, without what origins and reps explain."""
    shape = (int(origin.max()) + 1, int(rep.max()) + 1)
    pair, pairs = origin * shape[1] + rep, shape[0] * shape[1]
    sums = np.bincount(pair, residuals, pairs).reshape(shape)
    seen = (np.bincount(pair, minlength=pairs) > 0).astype(np.float64).reshape(shape)
    # least squares on origins and reps: normal equations, singular by at least one constant
    normal = np.block([[np.diag(seen.sum(axis=1)), seen], [seen.T, np.diag(seen.sum(axis=0))]])
    target = np.concatenate([sums.sum(axis=1), sums.sum(axis=0)])
    effects, _, rank, _ = np.linalg.lstsq(normal, target)
    explained = effects[: shape[0], np.newaxis] + effects[shape[0] :]
    free = int(seen.sum()) - int(rank)
    if free < 1:  # all is explained: how much is counted twice is not known, and it stays in
        return 0.0
    return float((((sums - explained) * seen) ** 2).sum() * seen.sum() / free)
