"""How much does a won deal bring, by rep and segment?

The logarithm of a won amount is ``mu_segment + b_rep + e`` with ``b_rep ~ N(0, tau^2)`` and
``e ~ N(0, sigma_segment^2)``: a linear mixed model (Henderson, *Biometrics* 31, 1975,
doi:10.2307/2529430), solved exactly for each tau of a grid. Grid points are weighted by a
half-normal prior and the marginal likelihood, so that tau is not plugged in. A deal of t days
ago counts ``2^(-t / 120)``; weights are scaled to sum to their effective number,
``(sum w)^2 / sum w^2``.
"""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import special

from quotarisk.calibration.creation import index_of
from quotarisk.kernel.arrays import Ints
from quotarisk.scenario.laws import Array, Empirical

HALF_LIFE_DAYS = 120.0
FEWEST_VALUES = 12  # won amounts of a segment from which its law is what was seen
MOST_VALUES = 200
SPREADS = np.geomspace(0.01, 1.6, 25)  # grid of tau
SPREAD_PRIOR_SD = 0.5

_SEGMENT_PRIOR_SD = 2.0  # of a segment's log location around the team's
_SIGMA_GUESS = 1.0
_GUESS_WEIGHT = 2.0  # deals that the guess counts as
_POOL_WEIGHT = 2.0  # deals that the team's sigma counts as in each segment's
_LEAST_SIGMA = 0.01
_SMALL_EFFECT = 0.02
_SMALL_SHARE = 0.25  # of the posterior sd
_MOST_OF = 1e9
_ROUNDS = 4
_SCORE_90 = float(special.ndtri(0.9))


class Sizes(NamedTuple):
    """Laws of the amount of a won deal."""

    reps: tuple[str, ...]
    segments: tuple[str, ...]
    location: Array
    """[reps, segments] posterior mean of the mean logarithm of an amount."""
    location_sd: Array
    """[reps, segments] its posterior standard deviation."""
    log_sd: Array
    """[segments] standard deviation of the logarithm of an amount."""
    median: Array
    """[reps, segments] of the lognormal law; with the mean of what was seen, where enough was."""
    p90: Array
    """[reps, segments]"""
    of: Array
    """[reps, segments] evidence: the law's log sd over ``sqrt(of)`` is the location's sd."""
    as_segment: NDArray[np.bool_]
    """[reps, segments] whether the segment's values serve: enough of them, small rep effect."""
    rep_effect: Array
    """[reps] posterior mean of the logarithm of the rep's factor."""
    own_weight: Array
    """[reps] how much of the factor is the rep's own, 0 to 1."""
    values: tuple[tuple[float, ...], ...]
    """[segments] equally likely amounts, recency weighted; empty where too few were seen."""
    segment_median: Array
    """[segments] the law of a rep like the team."""
    segment_p90: Array
    """[segments]"""
    segment_of: Array
    """[segments]"""


class _Cells(NamedTuple):
    """Weighted logarithms of amounts, summed by rep and segment."""

    weight: Array  # [reps, segments]
    sum: Array  # [reps, segments]
    squares: Array  # [reps, segments]


class _Effects(NamedTuple):
    """Posterior of the mixed model, averaged over tau."""

    segment: Array  # [segments] location of a rep like the team
    segment_sd: Array  # [segments]
    rep: Array  # [reps]
    rep_sd: Array  # [reps]
    location_sd: Array  # [reps, segments] of the sum of the two
    own_weight: Array  # [reps]


class _Won(NamedTuple):
    """Won deals with an amount."""

    rep: Ints  # [deals]
    segment: Ints  # [deals]
    amount: Array  # [deals]
    weight: Array  # [deals] recency; the sum is the effective number


def _tabulate(won: _Won, shape: tuple[int, int]) -> _Cells:
    cell = won.rep * shape[1] + won.segment
    log = np.log(won.amount)

    def total(values: Array) -> Array:
        flat = np.bincount(cell, values, minlength=shape[0] * shape[1])
        return flat.reshape(shape).astype(np.float64)

    return _Cells(total(won.weight), total(won.weight * log), total(won.weight * log**2))


def _solve(cells: _Cells, log_sd: Array) -> _Effects:
    """Posterior of segment and rep effects at each tau, then averaged over tau."""
    reps, segments = cells.weight.shape
    told = cells.weight / log_sd**2
    own = told.sum(axis=1)
    centre = cells.sum.sum() / cells.weight.sum()
    pull = (cells.sum - centre * cells.weight) / log_sd**2
    right = np.concatenate([pull.sum(axis=0), pull.sum(axis=1)])
    fixed = np.block(
        [
            [np.diag(told.sum(axis=0) + _SEGMENT_PRIOR_SD**-2), told.T],
            [told, np.diag(own)],
        ]
    )
    tau = SPREADS[:, np.newaxis]
    is_rep = np.arange(segments + reps) >= segments
    precision = fixed + np.eye(segments + reps) * (is_rep * tau**-2)[:, np.newaxis]
    cov = np.linalg.inv(precision)
    effect = cov @ right
    log_det = 2 * np.log(np.diagonal(np.linalg.cholesky(precision), axis1=1, axis2=2)).sum(axis=1)
    prior = np.log(SPREADS) - (SPREADS / SPREAD_PRIOR_SD) ** 2 / 2  # the grid is even in log tau
    log_weight = prior - reps * np.log(SPREADS) - log_det / 2 + effect @ right / 2
    weight = np.exp(log_weight - special.logsumexp(log_weight))

    def average(mean: Array, variance: Array) -> tuple[Array, Array]:
        overall = np.tensordot(weight, mean, axes=1)
        return overall, np.tensordot(weight, variance + (mean - overall) ** 2, axes=1)

    variance = np.diagonal(cov, axis1=1, axis2=2)
    alone, alone_variance = average(effect, variance)
    _, together = average(
        effect[:, segments:, np.newaxis] + effect[:, np.newaxis, :segments],
        variance[:, segments:, np.newaxis]
        + variance[:, np.newaxis, :segments]
        + 2 * cov[:, segments:, :segments],
    )
    return _Effects(
        segment=centre + alone[:segments],
        segment_sd=np.sqrt(alone_variance[:segments]),
        rep=alone[segments:],
        rep_sd=np.sqrt(alone_variance[segments:]),
        location_sd=np.sqrt(together),
        own_weight=weight @ (own * tau**2 / (own * tau**2 + 1)),
    )


def _log_sd(cells: _Cells, effects: _Effects) -> Array:
    """Each segment's spread around its reps' locations, leaning on the team's."""
    place = effects.segment + effects.rep[:, np.newaxis]
    rest = cells.squares - 2 * place * cells.sum + place**2 * cells.weight
    squares = np.maximum(rest.sum(axis=0), 0.0)
    count = cells.weight.sum(axis=0)
    total = np.maximum(cells.weight.sum(axis=1, keepdims=True), 1e-9)
    spent = (effects.own_weight[:, np.newaxis] * cells.weight / total).sum(axis=0) + (count > 0)
    freedom = np.maximum(count - spent, 0.0)
    guess = _GUESS_WEIGHT * _SIGMA_GUESS**2
    pooled = (guess + squares.sum()) / (_GUESS_WEIGHT + freedom.sum())
    variance = (_POOL_WEIGHT * pooled + squares) / (_POOL_WEIGHT + freedom)
    return np.asarray(np.maximum(np.sqrt(variance), _LEAST_SIGMA))


def equal_values(amounts: Array, weights: Array, *, count: int) -> tuple[float, ...]:
    """Which equally likely values stand for weighted ones?

    Each is the mean of one ``count``-th of the weighted law, so the mean is kept.

    Examples
    --------
    >>> equal_values(np.array([1.0, 9.0]), np.array([3.0, 1.0]), count=4)
    (1.0, 1.0, 1.0, 9.0)
    """
    order = np.argsort(amounts, kind="stable")
    share = weights[order] / weights.sum()
    levels = np.concatenate([[0.0], np.cumsum(share)])
    sums = np.concatenate([[0.0], np.cumsum(share * amounts[order])])
    cuts = np.interp(np.arange(count + 1) / count, levels / levels[-1], sums)
    return tuple(np.round(np.diff(cuts) * count, 2).tolist())


def _read(
    deals: pl.DataFrame, as_of: date, reps: tuple[str, ...], segments: tuple[str, ...]
) -> _Won:
    known = deals.filter(
        pl.col("outcome") == "won", pl.col("amount") > 0, pl.col("closed") <= as_of
    )
    age = known.select((pl.lit(as_of) - pl.col("closed")).dt.total_days()).to_series()
    recency = 2.0 ** (-age.to_numpy() / HALF_LIFE_DAYS)
    return _Won(
        rep=index_of(known, "rep", reps),
        segment=index_of(known, "segment", segments),
        amount=known["amount"].cast(pl.Float64).to_numpy(),
        weight=recency * recency.sum() / max(float((recency**2).sum()), 1e-300),
    )


def _values(won: _Won, factor: Array, segments: int) -> tuple[tuple[float, ...], ...]:
    """Each segment's amounts without the reps' factors, where there are enough of them."""
    alike = won.amount / factor[won.rep]
    listed = []
    for segment in range(segments):
        mine = won.segment == segment
        count = int(mine.sum())
        enough = count >= FEWEST_VALUES
        most = min(4 * count, MOST_VALUES)
        listed.append(equal_values(alike[mine], won.weight[mine], count=most) if enough else ())
    return tuple(listed)


def _evidence(log_sd: Array, sd: Array) -> Array:
    return np.asarray(np.clip((log_sd / sd) ** 2, 1.0, _MOST_OF))


def fit_sizes(
    deals: pl.DataFrame,
    *,
    as_of: date,
    reps: tuple[str, ...] | None = None,
    segments: tuple[str, ...] | None = None,
) -> Sizes | None:
    """How much does a deal that a rep wins in a segment bring?

    Parameters
    ----------
    deals
        One row an opportunity: ``rep``, ``segment``, ``outcome``, ``closed``, ``amount``. What
        is not won by ``as_of``, or has no amount above 0, says nothing.
    as_of
        The last day that is known.
    reps, segments
        Who and what there is, in the order wanted; those of ``deals``, sorted, by default.

    Returns
    -------
    Sizes or None
        None where no won deal has an amount.
    """
    reps = tuple(sorted(deals["rep"].unique())) if reps is None else reps
    segments = tuple(sorted(deals["segment"].unique())) if segments is None else segments
    won = _read(deals, as_of, reps, segments)
    if len(won.amount) == 0:
        return None
    cells = _tabulate(won, (len(reps), len(segments)))
    log_sd = np.full(len(segments), _SIGMA_GUESS)
    for _ in range(_ROUNDS):
        effects = _solve(cells, log_sd)
        log_sd = _log_sd(cells, effects)

    small = np.abs(effects.rep) <= np.maximum(_SMALL_EFFECT, _SMALL_SHARE * effects.rep_sd)
    values = _values(won, np.exp(np.where(small, 0.0, effects.rep)), len(segments))
    listed = np.array([len(seen) > 0 for seen in values])
    as_segment = small[:, np.newaxis] & listed
    # a lognormal law through the logarithms may miss the mean of what was seen, which is what
    # bookings are made of
    middle = np.array(
        [
            np.log(np.mean(seen)) - sd**2 / 2 if seen else place
            for seen, sd, place in zip(values, log_sd, effects.segment, strict=True)
        ]
    )
    seen_sd = np.array(
        [Empirical.of(seen).log_sd if seen else sd for seen, sd in zip(values, log_sd, strict=True)]
    )
    median = np.exp(middle + effects.rep[:, np.newaxis])
    tail = np.exp(_SCORE_90 * log_sd)
    return Sizes(
        reps=reps,
        segments=segments,
        location=effects.segment + effects.rep[:, np.newaxis],
        location_sd=effects.location_sd,
        log_sd=log_sd,
        median=median,
        p90=median * tail,
        of=_evidence(np.where(as_segment, seen_sd, log_sd), effects.location_sd),
        as_segment=as_segment,
        rep_effect=effects.rep,
        own_weight=effects.own_weight if len(reps) > 1 else np.ones(len(reps)),
        values=values,
        segment_median=np.exp(middle),
        segment_p90=np.exp(middle) * tail,
        segment_of=_evidence(seen_sd, effects.segment_sd),
    )
