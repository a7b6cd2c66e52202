"""How many opportunities does each rep create a week, in which segments?

A rep's number of creations in month m is Poisson with mean
``days of the rep in m x team rate x C_m x R_rep``: C_m the team's monthly multiplier
(`monthly.fit_monthly`), R_rep a Gamma effect whose spread is not known either (`shrinkage`).
Which segment an opportunity is in is drawn from the rep's own mix, Dirichlet with
``20 x mix of the other reps + own counts``. R_rep is the one of today: older months count less,
as far as the counts themselves say that reps change (`fading`). Where months of one rep scatter
more than Poisson counts do, by a factor phi, counts tell phi times less about the rate.
"""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

import numpy as np
import polars as pl

from quotarisk.calibration.fading import fade_of
from quotarisk.calibration.monthly import MonthlyLevel, fit_monthly
from quotarisk.calibration.shrinkage import shrink
from quotarisk.kernel.arrays import Ints
from quotarisk.periods import DAYS_PER_WEEK, add_months
from quotarisk.scenario.figures import JEFFREYS
from quotarisk.scenario.laws import Array

RATE_PRIOR_SD = 1.0
TEAM_MIX_WEIGHT = 20.0  # the others' mix counts as so many opportunities of the rep's own
LATE_START_GAPS = 3.0
RECENT_MONTHS = 2

_ROUNDS = 4
_FEWEST_MONTHS_BEFORE = 3
_LEAST = 1e-9


class Creation(NamedTuple):
    """Creation of opportunities by rep and segment, a week of an average past month.

    A future month has ``exp`` of ``monthly``'s log multiplier times as many.
    """

    reps: tuple[str, ...]
    segments: tuple[str, ...]
    rate: Array
    """[reps, segments] expected opportunities a week."""
    rate_sd: Array
    """[reps, segments] its posterior standard deviation."""
    opps: Array
    """[reps, segments] evidence: Gamma(opps + 1/2, weeks) has this mean and sd."""
    weeks: Array
    """[reps, segments]"""
    rep_rate: Array
    """[reps] expected opportunities a week, all segments."""
    rep_rate_sd: Array
    """[reps]"""
    own_weight: Array
    """[reps] how much of the rate is the rep's own, 0 to 1."""
    mix_weight: Array
    """[reps] how much of the segment mix is the rep's own, 0 to 1."""
    dispersion: float
    """phi: variance of a rep's monthly count over its mean; 1 for Poisson counts."""
    monthly: MonthlyLevel
    """The team's log multipliers by month."""
    months: Ints
    """[past] year * 12 + month - 1 of the past months."""
    recent: Array
    """[2] z-scores of the last two months against those before; nan where these are few."""


class _Counts(NamedTuple):
    """Creations and exposure by rep and month."""

    created: Array  # [reps, months]
    days: Array  # [reps, months] days of the rep that are observed
    months: Ints  # [months]
    of_quarter: Ints  # [months]


def evidence_of(mean: Array, sd: Array) -> tuple[Array, Array]:
    """Which evidence ``(opps, weeks)`` leads to a rate of this mean and standard deviation?

    The posterior is Gamma(opps + 1/2, weeks), so ``opps + 1/2 = (mean / sd)^2`` and
    ``weeks = (opps + 1/2) / mean``. A rate less certain than no opportunity at all says
    keeps its mean, with 0 opps.

    Examples
    --------
    >>> opps, weeks = evidence_of(np.array([2.0]), np.array([0.5]))
    >>> opps.tolist(), weeks.tolist()
    ([15.5], [8.0])
    """
    shape = np.maximum((mean / sd) ** 2, JEFFREYS)
    return shape - JEFFREYS, shape / mean


def _month_of(day: date) -> int:
    return day.year * 12 + day.month - 1


def _table(rows: Ints, columns: Ints, shape: tuple[int, int]) -> Array:
    """How often each pair of row and column occurs."""
    flat = np.bincount(rows * shape[1] + columns, minlength=shape[0] * shape[1])
    return flat.reshape(shape).astype(np.float64)


def index_of(frame: pl.DataFrame, column: str, names: tuple[str, ...]) -> Ints:
    """``[rows]`` place of each row's name among the names."""
    return frame[column].cast(pl.Enum(names)).to_physical().cast(pl.Int64).to_numpy()


def first_days(created: Ints, rep: Ints, reps: int, *, observed_from: int, as_of: int) -> Array:
    """From which day on is each rep's creation observed?

    From ``observed_from``, unless the rep's first creation is later than three mean gaps: then
    from one gap before it. A rep's gap is estimated together with one gap of the team's.

    Parameters
    ----------
    created, rep
        [creations] day number and rep's index; none before ``observed_from``.
    observed_from, as_of
        First and last day.

    Returns
    -------
    Array
        [reps] day numbers; ``observed_from`` for a rep without creations.
    """
    count = np.bincount(rep, minlength=reps)
    first = np.full(reps, as_of + 1)
    np.minimum.at(first, rep, created)
    span = (as_of + 1.0 - first)[count > 0]
    team_gap = span.sum() / max((count[count > 0]).sum(), 1)
    gap = np.zeros(reps)
    gap[count > 0] = (span + team_gap) / count[count > 0]
    waited = first - observed_from
    late = (count > 0) & (waited > LATE_START_GAPS * gap)
    return np.where(late, first - gap, float(observed_from))


def _count(
    created: Ints, rep: Ints, first: Array, *, observed_from: date, as_of: date, year_start: int
) -> _Counts:
    months = np.arange(_month_of(observed_from), _month_of(as_of) + 1)
    starts = [
        add_months(observed_from.replace(day=1), k).toordinal() for k in range(len(months) + 1)
    ]
    begin = np.maximum(np.array(starts[:-1]), first[:, np.newaxis])
    end = np.minimum(np.array(starts[1:]), as_of.toordinal() + 1)
    month = np.searchsorted(np.array(starts), created, side="right") - 1
    return _Counts(
        created=_table(rep, month.astype(np.int64), (len(first), len(months))),
        days=np.maximum(end - begin, 0.0),
        months=months,
        of_quarter=(months + 1 - year_start) % 3,
    )


def _dispersion(counts: _Counts) -> float:
    """Chi-square over its degrees of freedom, each rep's rate and each month's level fitted."""
    created, days = counts.created, counts.days
    active, alive = created.sum(axis=1) > 0, created.sum(axis=0) > 0
    created, days = created[active][:, alive], days[active][:, alive]
    expected = days.copy()
    for _ in range(_ROUNDS * 5):
        expected *= (created.sum(axis=1) / expected.sum(axis=1))[:, np.newaxis]
        expected *= created.sum(axis=0) / np.maximum(expected.sum(axis=0), _LEAST)
    seen = expected > 0
    freedom: int = int(seen.sum()) - sum(created.shape) + 1
    if freedom < 1:
        return 1.0
    off = created[seen] - expected[seen]
    return max(float(np.sum(off**2 / expected[seen])) / freedom, 1.0)


def _recent_scores(counts: _Counts, effect: Array, dispersion: float) -> Array:
    """z-scores of the last two months' counts against the level forecast from those before."""
    before = len(counts.months) - RECENT_MONTHS
    if before < _FEWEST_MONTHS_BEFORE:
        return np.full(RECENT_MONTHS, np.nan)
    seen, expected = counts.created.sum(axis=0), effect @ counts.days
    earlier = seen[:before].sum() / max(expected[:before].sum(), _LEAST)
    expected = expected * max(earlier, _LEAST)
    level = fit_monthly(
        seen[:before],
        expected[:before],
        counts.of_quarter[:before],
        ahead=RECENT_MONTHS,
        first_future=int(counts.of_quarter[before]),
    )
    y = np.log((seen[before:] + 0.5) / (expected[before:] + 0.5))
    noise = dispersion / (expected[before:] * np.exp(level.future_mean) + 0.5)
    return np.asarray((y - level.future_mean) / np.sqrt(np.diag(level.future_cov) + noise))


def _centred(monthly: MonthlyLevel, expected: Array) -> MonthlyLevel:
    """Shift all log multipliers so that past months expect as many in sum as without them.

    A mean of logarithms lies below the logarithm of the mean: else rates would, too.
    """
    total = float(expected.sum())
    shift = np.log(float(expected @ np.exp(monthly.level)) / total) if total > 0 else 0.0
    return monthly._replace(
        level=monthly.level - shift,
        future_mean=monthly.future_mean - shift,
        means=monthly.means - shift,
    )


def _lend_mix(counted: Array) -> Array:
    """``[reps, segments]`` opportunities that a rep's mix borrows from the other reps' mix.

    Twenty, or fewer where the others have few themselves; half a one a segment at least.
    """
    others = counted.sum(axis=0) - counted
    told = others.sum(axis=1, keepdims=True)
    mix = (others + JEFFREYS) / (told + JEFFREYS * counted.shape[1])
    lent = TEAM_MIX_WEIGHT * told / (told + TEAM_MIX_WEIGHT)
    return np.asarray(np.maximum(lent, JEFFREYS * counted.shape[1]) * mix)


def _names(deals: pl.DataFrame, column: str) -> tuple[str, ...]:
    return tuple(sorted(deals[column].unique().to_list()))


def fit_creation(
    deals: pl.DataFrame,
    *,
    observed_from: date,
    as_of: date,
    ahead: int,
    fiscal_year_start: int = 1,
    reps: tuple[str, ...] | None = None,
    segments: tuple[str, ...] | None = None,
    draws: int = 256,
    seed: int = 0,
) -> Creation:
    """How many opportunities does each rep create a week in each segment?

    Parameters
    ----------
    deals
        One row an opportunity: ``rep``, ``segment``, ``created`` (a date).
    observed_from, as_of
        First and last day of the window in which creations count.
    ahead
        Number of future months, from the one that the day after ``as_of`` lies in.
    reps, segments
        Who and what there is, in the order wanted; those of ``deals``, sorted, by default.
    """
    reps = _names(deals, "rep") if reps is None else reps
    segments = _names(deals, "segment") if segments is None else segments
    seen = deals.filter(pl.col("created").is_between(observed_from, as_of))
    rep, segment = index_of(seen, "rep", reps), index_of(seen, "segment", segments)
    epoch = date(1970, 1, 1).toordinal()
    created = seen["created"].to_physical().cast(pl.Int64).to_numpy() + epoch
    first = first_days(
        created,
        rep,
        len(reps),
        observed_from=observed_from.toordinal(),
        as_of=as_of.toordinal(),
    )
    heard = set(deals["rep"].unique())
    first[[name not in heard for name in reps]] = (
        as_of.toordinal() + 1.0
    )  # nothing is known of them: the team's rate
    counts = _count(
        created, rep, first, observed_from=observed_from, as_of=as_of, year_start=fiscal_year_start
    )

    own, team = counts.created.sum(axis=1), counts.created.sum(axis=0)
    tomorrow = _month_of(date.fromordinal(as_of.toordinal() + 1))
    dispersion = _dispersion(counts)
    effect, pace = np.ones(len(reps)), np.ones(len(counts.months))
    for _ in range(_ROUNDS):
        rate = max(own.sum(), JEFFREYS) / max(float(effect @ counts.days @ pace), 1.0)
        expected = rate * (effect @ counts.days)
        monthly = fit_monthly(
            team,
            expected,
            counts.of_quarter,
            ahead=ahead,
            first_future=(tomorrow + 1 - fiscal_year_start) % 3,
            unfinished=bool(tomorrow == counts.months[-1]),
        )
        monthly = _centred(monthly, expected)
        pace = np.exp(monthly.level)
        told = counts.created / dispersion
        asked = rate * (counts.days * pace) / dispersion
        shrunken = shrink(
            told.sum(axis=1), asked.sum(axis=1), prior_sd=RATE_PRIOR_SD, draws=1, seed=seed
        )
        effect = shrunken.mean

    fade = fade_of(told, asked, spread=shrunken.spread)
    shrunken = shrink(
        told @ fade, asked @ fade, prior_sd=RATE_PRIOR_SD, draws=draws, seed=seed, name="creation"
    )
    effect = shrunken.mean

    # the team's rate, that a rep leans on, is itself a count's
    leaning = effect * (1 - shrunken.own_weight)
    sd = np.sqrt(shrunken.draws.var(axis=0) + leaning**2 * dispersion / max(own.sum(), JEFFREYS))
    weekly = rate * DAYS_PER_WEEK
    counted = _table(rep, segment, (len(reps), len(segments)))
    belief = counted + _lend_mix(counted)
    total = belief.sum(axis=1, keepdims=True)
    share = belief / total
    share_variance = share * (1 - share) / (total + 1)
    mean, variance = effect[:, np.newaxis], (sd**2)[:, np.newaxis]
    spread = np.sqrt(variance * share**2 + (mean**2 + variance) * share_variance)
    opps, weeks = evidence_of(weekly * mean * share, weekly * spread)
    return Creation(
        reps=reps,
        segments=segments,
        rate=weekly * mean * share,
        rate_sd=weekly * spread,
        opps=opps,
        weeks=weeks,
        rep_rate=weekly * effect,
        rep_rate_sd=weekly * sd,
        own_weight=shrunken.own_weight if len(reps) > 1 else np.ones(len(reps)),
        mix_weight=own / belief.sum(axis=1),
        dispersion=dispersion,
        monthly=monthly,
        months=counts.months,
        recent=_recent_scores(counts, effect, dispersion),
    )
