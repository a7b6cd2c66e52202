"""How fast did events come in each month, and how fast will they come in the next ones?

Drift, month of quarter and monthly shock of one series of counts are one Gaussian process
(Rasmussen and Williams, *Gaussian Processes for Machine Learning*, MIT Press 2006, chapters 2
and 5). With O_m events seen and X_m expected under the rest of the model,
``y_m = log((O_m + 1/2) / (X_m + 1/2))`` is the log multiplier of month m with a noise of
variance ``1 / (O_m + 1/2)``, and the covariance of the log multipliers is

``.09 + q^2 min(m, m') + c^2 (1[same month of quarter] - 1/3) + s^2 1[m = m'] + u^2 D(m, m')``

with D the covariance of a summed AR(1) slope: a trend that dies out. The four sizes q, c, s
and u are not estimated but averaged over a grid, each point weighted by its prior and its
marginal likelihood, so what is not known about them widens the forecast.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import special

from quotarisk.kernel.arrays import Ints
from quotarisk.scenario.laws import Array

WALKS = (0.0, 0.03, 0.08, 0.15, 0.3)
QUARTERS = (0.0, 0.1, 0.25, 0.5, 1.0, 2.5)
SHOCKS = (0.0, 0.05, 0.12, 0.25)
TRENDS = (0.0, 0.05, 0.12)
SCALES = (0.08, 1.0, 0.12, 0.06)  # prior means of the four sizes

_LEVEL_VARIANCE = 0.09
_SLOPE_KEPT = 0.85
_SLOPE_SD = 0.4
_FASTEST_STEADY_WALK = 0.1
_JITTER = 1e-10


class MonthlyLevel(NamedTuple):
    """Log multipliers of past and future months.

    Half the variance is not subtracted: ``exp`` of the mean is the median multiplier.
    """

    level: Array
    """[past] posterior mean of each past month."""
    future_mean: Array
    """[ahead] mean of each future month."""
    future_cov: Array
    """[ahead, ahead] their covariance, what is unknown about the grid included."""
    of_quarter: Array
    """[3] posterior mean of the month-of-quarter effect; sums to zero."""
    drift_probability: float
    """How probable it is that the level drifts: q > 0.1 or u > 0."""
    weights: Array
    """[points] posterior probability of each grid point."""
    means: Array
    """[points, ahead] future means at each grid point."""
    covs: Array
    """[points, ahead, ahead] future covariances at each grid point."""


class _Grid(NamedTuple):
    """All combinations of the four sizes."""

    sizes: Array  # [points, 4] q, c, s, u
    log_prior: Array  # [points]


def _make_grid() -> _Grid:
    axes = np.meshgrid(WALKS, QUARTERS, SHOCKS, TRENDS, indexing="ij")
    sizes = np.stack([axis.ravel() for axis in axes], axis=1)
    return _Grid(sizes, -(sizes / np.array(SCALES)).sum(axis=1))


_GRID = _make_grid()


def trend_covariance(months: int) -> Array:
    """How do the levels of a damped trend vary together?

    The slope is 1 in standard deviation in the first month, keeps .85 of itself a month and
    gets a new part of sd .4; the level is the sum of the slopes so far.

    Examples
    --------
    >>> trend_covariance(2).round(4).tolist()
    [[1.0, 1.85], [1.85, 3.5825]]
    """
    lag = np.subtract.outer(np.arange(months), np.arange(months))
    kept = np.where(lag >= 0, _SLOPE_KEPT ** np.maximum(lag, 0), 0.0)  # slope of innovation
    sds = np.full(months, _SLOPE_SD)
    sds[:1] = 1.0
    summed = np.cumsum(kept, axis=0) * sds
    return np.asarray(summed @ summed.T)


def _same(left: NDArray[np.int64], right: NDArray[np.int64]) -> Array:
    return np.equal.outer(left, right).astype(np.float64)


def _parts(month: Ints, of_quarter: Ints) -> Array:
    """``[4, n, n]`` the covariances that q^2, c^2, s^2 and u^2 multiply."""
    trend = trend_covariance(int(month.max(initial=-1)) + 1)
    return np.stack(
        [
            np.minimum.outer(month + 1.0, month + 1.0),
            _same(of_quarter, of_quarter) - 1 / 3,
            _same(month, month),
            trend[np.ix_(month, month)],
        ]
    )


def fit_monthly(
    observed: Array,
    expected: Array,
    month_of_quarter: Ints,
    *,
    ahead: int,
    first_future: int,
    unfinished: bool = False,
) -> MonthlyLevel:
    """At which multiple of the expected pace did events come, and will they come?

    Parameters
    ----------
    observed, expected
        [past] events seen, and expected under the rest of the model, by consecutive month.
    month_of_quarter
        [past] 0, 1 or 2.
    ahead
        Number of future months.
    first_future
        Month of quarter of the first future month.
    unfinished
        Whether the last past month is not over, and so is the first future month too.

    Examples
    --------
    >>> seen = np.array([100.0, 50.0, 150.0] * 4)
    >>> fit = fit_monthly(
    ...     seen, np.full(12, 100.0), np.arange(12) % 3, ahead=3, first_future=0
    ... )
    >>> np.exp(fit.future_mean).round(1).tolist()
    [1.0, 0.5, 1.5]
    """
    past = len(observed)
    first = past - int(unfinished and past > 0)
    month = np.concatenate([np.arange(past), first + np.arange(ahead)])
    quarter = np.concatenate([month_of_quarter, (first_future + np.arange(ahead)) % 3])
    parts = _parts(month, quarter)
    cov = np.tensordot(_GRID.sizes**2, parts, axes=1) + _LEVEL_VARIANCE

    y = np.log((observed + 0.5) / (expected + 0.5))
    noise = 1 / (observed + 0.5)
    seen = cov[:, :past, :past] + np.diag(noise)
    across = cov[:, :past, past:]
    right = np.concatenate([np.broadcast_to(y[:, np.newaxis], (len(cov), past, 1)), across], axis=2)
    solved = np.linalg.solve(seen, right)
    pull = solved[:, :, 0]  # inverse covariance times y
    diagonal = np.diagonal(np.linalg.cholesky(seen), axis1=1, axis2=2)
    log_weight = _GRID.log_prior - pull @ y / 2 - np.log(diagonal).sum(axis=1)
    weights = np.exp(log_weight - special.logsumexp(log_weight))

    means = np.einsum("gpa,gp->ga", across, pull)
    covs = cov[:, past:, past:] - np.einsum("gpa,gpb->gab", across, solved[:, :, 1:])
    mean = weights @ means
    off = means - mean
    walk, size, _, trend = _GRID.sizes.T
    same = _same(np.arange(3), quarter[:past]) - 1 / 3
    drifts = (walk > _FASTEST_STEADY_WALK) | (trend > 0)
    return MonthlyLevel(
        level=y - noise * (weights @ pull),
        future_mean=mean,
        future_cov=np.tensordot(weights, covs, axes=1) + (off.T * weights) @ off,
        of_quarter=same @ ((weights * size**2) @ pull),
        drift_probability=float(weights[drifts].sum()),
        weights=weights,
        means=means,
        covs=covs,
    )


def draw_future(level: MonthlyLevel, uniforms: Array) -> Array:
    """Which log multipliers may the future months have, jointly?

    Parameters
    ----------
    level
        From `fit_monthly`.
    uniforms
        [draws, 1 + ahead] strictly between 0 and 1: the first chooses the grid point, the
        others become the months' normal scores, in order of time.

    Returns
    -------
    Array
        [draws, ahead]
    """
    ahead = level.means.shape[1]
    edges = np.cumsum(level.weights)
    point = np.searchsorted(edges, uniforms[:, 0] * edges[-1], side="right")
    point = np.minimum(point, len(edges) - 1)
    chosen, where = np.unique(point, return_inverse=True)
    roots = np.linalg.cholesky(level.covs[chosen] + _JITTER * np.eye(ahead))
    scores = special.ndtri(uniforms[:, 1 : 1 + ahead])
    return np.asarray(level.means[point] + np.einsum("dij,dj->di", roots[where], scores))
