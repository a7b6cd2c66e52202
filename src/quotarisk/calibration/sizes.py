"""How much does a won deal bring, by rep and segment?

The logarithm of a won amount is ``mu_segment + b_rep + e`` with ``b_rep ~ N(0, tau^2)`` and
``e ~ N(0, sigma_segment^2)``: a linear mixed model (Henderson, *Biometrics* 31, 1975,
doi:10.2307/2529430), solved exactly for each tau of a grid. Grid points are weighted by a
half-normal prior and the marginal likelihood, so that tau is not plugged in. A deal of t days
ago counts ``2^(-t / 120)``; weights are scaled to sum to their effective number,
``(sum w)^2 / sum w^2``.

Where small deals scatter most, logarithms are a poor witness: what a rep's n deals say of the
factor has the standard error ``sigma / sqrt(n)`` by their mean logarithm, ``CV / sqrt(n)`` by
their mean, with CV an amount's coefficient of variation around its rep's and segment's mean. A
fit goes by the logarithm of the mean where the pooled CV^2 is below the pooled sigma^2, by the
mean of the logarithms otherwise, as for lognormal amounts (``CV^2 = exp(sigma^2) - 1``). By
means the same model holds for ``log m + a / m - 1``, with m the mean that is fitted to the
amount a, in turns: a gamma law with a logarithmic link and penalised quasi-likelihood (Breslow
and Clayton, *JASA* 88, 1993, doi:10.1080/01621459.1993.10594284).

Either way a law has the shape of what was seen in the segment, times the rep's factor; it is
lognormal only where too few were seen.
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
from quotarisk.scenario.limits import MOST_MONEY

HALF_LIFE_DAYS = 120.0
FEWEST_VALUES = 12  # won amounts of a segment from which its law is what was seen
MOST_VALUES = 200
MOST_OWN_VALUES = 60  # of a rep, where the segment's do not serve
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
_MOST_TURNS = 25
_LONGEST_STEP = 1.0  # of a logarithm in one turn: a deal far above the mean would overshoot
_NEAR = 1e-4
_CENT = 0.01
_SCORE_90 = float(special.ndtri(0.9))


class Sizes(NamedTuple):
    """Laws of the amount of a won deal."""

    reps: tuple[str, ...]
    segments: tuple[str, ...]
    location: Array
    """[reps, segments] of the lognormal law: posterior mean of the mean logarithm of an amount."""
    location_sd: Array
    """[reps, segments] its posterior standard deviation."""
    log_sd: Array
    """[segments] standard deviation of the logarithm of an amount, in the lognormal law."""
    by_means: bool
    """Whether reps and segments were compared by mean amounts, not by mean logarithms."""
    median: Array
    """[reps, segments] of the lognormal law, which holds where too few amounts were seen."""
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
    own_values: tuple[tuple[tuple[float, ...], ...], ...]
    """[reps, segments] a rep's own: the segment's, fewer, times the rep's factor; else empty."""
    segment_median: Array
    """[segments] the law of a rep like the team."""
    segment_p90: Array
    """[segments]"""
    segment_of: Array
    """[segments]"""


class _Cells(NamedTuple):
    """Weighted logarithms of amounts, or what stands for them, summed by rep and segment."""

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


class _Compared(NamedTuple):
    """Reps and segments, compared by mean logarithms or by logarithms of mean amounts."""

    effects: _Effects
    sd: Array  # [segments] of a logarithm around its location; of an amount over its mean
    squares: float  # around all locations, in sum; those of a guess at sd among them


class _Won(NamedTuple):
    """Won deals with an amount."""

    rep: Ints  # [deals]
    segment: Ints  # [deals]
    amount: Array  # [deals]
    weight: Array  # [deals] recency; the sum is the effective number


def _tabulate(won: _Won, logs: Array, shape: tuple[int, int]) -> _Cells:
    cell = won.rep * shape[1] + won.segment

    def total(values: Array) -> Array:
        flat = np.bincount(cell, values, minlength=shape[0] * shape[1])
        return flat.reshape(shape).astype(np.float64)

    return _Cells(total(won.weight), total(won.weight * logs), total(won.weight * logs**2))


def _solve(cells: _Cells, log_sd: Array) -> _Effects:
    """Posterior of segment and rep effects at each tau, then averaged over tau.

    Given the segments, reps know nothing of each other: their block of the precision is diagonal,
    and what is left of the segments' is its Schur complement.
    """
    reps = len(cells.weight)
    told = cells.weight / log_sd**2
    own = told.sum(axis=1)
    centre = cells.sum.sum() / cells.weight.sum()
    pull = (cells.sum - centre * cells.weight) / log_sd**2
    of_segment, of_rep = pull.sum(axis=0), pull.sum(axis=1)
    tau = SPREADS[:, np.newaxis]
    precision = own + tau**-2  # [tau, reps]
    lean = told / precision[..., np.newaxis]  # [tau, reps, segments] of a rep on the segments
    left = np.diag(told.sum(axis=0) + _SEGMENT_PRIOR_SD**-2) - told.T @ lean
    cov = np.linalg.inv(left)  # [tau, segments, segments]
    pulled = of_segment - np.einsum("trs,r->ts", lean, of_rep)
    segment = np.einsum("tsu,tu->ts", cov, pulled)
    rep = of_rep / precision - np.einsum("trs,ts->tr", lean, segment)
    across = -lean @ cov  # [tau, reps, segments]
    segment_variance = np.diagonal(cov, axis1=1, axis2=2)
    rep_variance = 1 / precision - (across * lean).sum(axis=2)
    log_det = np.log(precision).sum(axis=1) + np.linalg.slogdet(left)[1]
    fit = (of_rep**2 / precision).sum(axis=1) + (pulled * segment).sum(axis=1)
    prior = np.log(SPREADS) - (SPREADS / SPREAD_PRIOR_SD) ** 2 / 2  # the grid is even in log tau
    log_weight = prior - reps * np.log(SPREADS) + (fit - log_det) / 2
    weight = np.exp(log_weight - special.logsumexp(log_weight))

    def average(mean: Array, variance: Array) -> tuple[Array, Array]:
        overall = np.tensordot(weight, mean, axes=1)
        return overall, np.tensordot(weight, variance + (mean - overall) ** 2, axes=1)

    segment_alone, segment_alone_variance = average(segment, segment_variance)
    rep_alone, rep_alone_variance = average(rep, rep_variance)
    _, together = average(
        rep[..., np.newaxis] + segment[:, np.newaxis],
        rep_variance[..., np.newaxis] + segment_variance[:, np.newaxis] + 2 * across,
    )
    return _Effects(
        segment=centre + segment_alone,
        segment_sd=np.sqrt(segment_alone_variance),
        rep=rep_alone,
        rep_sd=np.sqrt(rep_alone_variance),
        location_sd=np.sqrt(together),
        own_weight=weight @ (own * tau**2 / (own * tau**2 + 1)),
    )


def _spread(cells: _Cells, effects: _Effects) -> tuple[Array, float]:
    """Each segment's sd around its reps' locations, leaning on the team's; the team's squares."""
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
    return np.asarray(np.maximum(np.sqrt(variance), _LEAST_SIGMA)), float(guess + squares.sum())


def _by_logs(won: _Won, shape: tuple[int, int]) -> _Compared:
    cells = _tabulate(won, np.log(won.amount), shape)
    sd = np.full(shape[1], _SIGMA_GUESS)
    for _ in range(_ROUNDS):
        effects = _solve(cells, sd)
        sd, squares = _spread(cells, effects)
    return _Compared(effects, sd, squares)


def _by_means(won: _Won, shape: tuple[int, int]) -> _Compared:
    """Compare by mean amounts, from the segments' on."""
    told = np.bincount(won.segment, won.weight, minlength=shape[1])
    brought = np.bincount(won.segment, won.weight * won.amount, minlength=shape[1])
    usual = np.full(shape[1], brought.sum() / told.sum())
    place = np.tile(np.log(np.divide(brought, told, out=usual, where=told > 0)), (shape[0], 1))
    sd = np.full(shape[1], _SIGMA_GUESS)
    for _ in range(_MOST_TURNS):
        mean_log = place[won.rep, won.segment]
        cells = _tabulate(won, mean_log + won.amount / np.exp(mean_log) - 1, shape)
        effects = _solve(cells, sd)
        sd, squares = _spread(cells, effects)
        step = effects.segment + effects.rep[:, np.newaxis] - place
        if np.abs(step).max() < _NEAR:
            break
        place = place + np.clip(step, -_LONGEST_STEP, _LONGEST_STEP)
    return _Compared(effects, sd, squares)


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


def _own_values(seen: tuple[float, ...], factor: float) -> tuple[float, ...]:
    """A segment's amounts, fewer where there are many, times a rep's factor."""
    count = min(len(seen), MOST_OWN_VALUES)
    fewer = np.array(equal_values(np.array(seen), np.ones(len(seen)), count=count))
    return tuple(np.clip(fewer * factor, _CENT, MOST_MONEY).round(2).tolist())


def _law_sd(values: tuple[tuple[float, ...], ...], log_sd: Array) -> Array:
    """[segments] log sd of each list of values; of the law otherwise, where there is none."""
    told = zip(values, log_sd, strict=True)
    return np.array([Empirical.of(seen).log_sd if seen else sd for seen, sd in told])


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
    shape = len(reps), len(segments)
    logs = _by_logs(won, shape)
    means = _by_means(won, shape)
    by_means = means.squares < (1 - _NEAR) * logs.squares
    effects, log_sd, _ = means if by_means else logs
    middle = effects.segment
    if by_means:
        log_sd = np.sqrt(np.log1p(log_sd**2))
        middle = middle - log_sd**2 / 2

    small = np.abs(effects.rep) <= np.maximum(_SMALL_EFFECT, _SMALL_SHARE * effects.rep_sd)
    factor = np.exp(effects.rep)
    values = _values(won, np.where(small, 1.0, factor), len(segments))
    own_values = tuple(
        tuple(_own_values(seen, one) if seen and not alike else () for seen in values)
        for one, alike in zip(factor.tolist(), small, strict=True)
    )
    seen_sd = _law_sd(values, log_sd)
    own_sd = np.array([_law_sd(own, seen_sd) for own in own_values])
    location = middle + effects.rep[:, np.newaxis]
    tail = np.exp(_SCORE_90 * log_sd)
    return Sizes(
        reps=reps,
        segments=segments,
        location=location,
        location_sd=effects.location_sd,
        log_sd=log_sd,
        by_means=by_means,
        median=np.exp(location),
        p90=np.exp(location) * tail,
        of=_evidence(own_sd, effects.location_sd),
        as_segment=small[:, np.newaxis] & np.array([len(seen) > 0 for seen in values]),
        rep_effect=effects.rep,
        own_weight=effects.own_weight if len(reps) > 1 else np.ones(len(reps)),
        values=values,
        own_values=own_values,
        segment_median=np.exp(middle),
        segment_p90=np.exp(middle) * tail,
        segment_of=_evidence(seen_sd, effects.segment_sd),
    )
