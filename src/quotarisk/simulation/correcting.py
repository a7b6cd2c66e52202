"""A correction at work: past weeks repeated on some paths, bookings tied and spread more widely.

Both are done to a rep's bookings when all of its paths are there.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import special

from quotarisk.kernel.bits import HISTORY
from quotarisk.kernel.words import draw_words
from quotarisk.periods import MONTHS_IN, WEEK, Horizon
from quotarisk.scenario.team import Booking
from quotarisk.simulation.estimates import Array
from quotarisk.simulation.keys import stream_key
from quotarisk.simulation.listed import CENTS
from quotarisk.simulation.lowering import RepTask, Setting

LEAST_WEEKS = 13  # a quarter: who has seen fewer keeps to the model
_WORDS = 4  # of a block of the generator
_WORD = 2.0**32
_QUARTER = MONTHS_IN["quarter"]
PAST = -1  # the origin of what a path repeats of the past
Origin = NDArray[np.intp]


def _first_day(task: RepTask, setting: Setting) -> date | None:
    """Find the first day of the rep's past; none where nothing of it is repeated."""
    days = (setting.correction.since, task.rep.booked_since, task.rep.start_date)
    return max((day for day in days if day is not None), default=None)


def weeks_of(bookings: Sequence[Booking], first: date, start: date) -> Array:
    """What was booked on each day of the past?

    Returns
    -------
    ndarray
        ``[weeks, 7]`` in cents, of whole weeks counted back from ``start``, the first one first.
    """
    weeks = max((start - first).days, 0) // WEEK
    begin = start - timedelta(days=WEEK * weeks)
    booked = np.zeros(WEEK * weeks)
    for row in bookings:
        if begin <= row.date < start:
            booked[(row.date - begin).days] += round(row.amount * CENTS)
    return booked.reshape(weeks, WEEK)


def _slots(horizon: Horizon) -> list[tuple[int, int, int, int]]:
    """Cut the weeks to come at the months' ends: week, its first and last day, and the month."""
    slots = []
    ends = [*horizon.month_starts[1:], horizon.end]
    day = 0
    for month, end in enumerate(ends):
        last = horizon.day_number(end)
        while day < last:
            until = min(last, day - day % WEEK + WEEK)
            week = day // WEEK
            slots.append((week, day - WEEK * week, until - WEEK * week, month))
            day = until
    return slots


def _words(seed: int, block: int, paths: int, first_path: int = 0) -> NDArray[np.uint32]:
    """``[4, paths]`` random words, the same for all reps: what they have in common stays."""
    words = np.empty((_WORDS, paths), dtype=np.uint32)
    draw_words(first_path, paths, block, HISTORY, stream_key(seed, "history"), words)
    return words


def repeated_mean(weeks: Array, horizon: Horizon) -> Array:
    """What do past weeks that are drawn by lot bring on average, by month?

    Parameters
    ----------
    weeks
        ``[weeks, 7]`` from `weeks_of`, one at least.

    Returns
    -------
    ndarray
        ``[months]`` in cents, the expectation of `repeat_weeks`.
    """
    booked = np.zeros(horizon.months)
    by_day = weeks.mean(axis=0)
    for _, first, last, month in _slots(horizon):
        booked[month] += by_day[first:last].sum()
    return booked


def repeat_weeks(weeks: Array, setting: Setting, paths: int) -> Array:
    """What if every week to come were one of the past weeks, drawn by lot?

    A path draws the same weeks for all reps, so that what they share stays in their sum; who
    has fewer weeks draws among those.

    Parameters
    ----------
    weeks
        ``[weeks, 7]`` from `weeks_of`, one at least.

    Returns
    -------
    ndarray
        ``[months, paths]`` in cents.
    """
    booked = np.zeros((setting.horizon.months, paths))
    number, held = len(weeks), -1
    for week, first, last, month in _slots(setting.horizon):
        block, row = divmod(week, _WORDS)
        if block != held:
            words, held = _words(setting.seed, block + 1, paths), block
            drawn = number - 1 - (words * (number / _WORD)).astype(np.int64)
        booked[month] += weeks[:, first:last].sum(axis=1)[drawn[row]]
    return booked


@lru_cache(maxsize=8)
def _ranks(paths: int, shape: float) -> NDArray[np.intp]:
    """Which rank takes whose place, where ranks are spread as Beta(shape, shape) says?"""
    shares = special.betaincinv(shape, shape, (np.arange(paths) + 0.5) / paths)
    return np.minimum((shares * paths).astype(np.intp), paths - 1)


def spread(booked: Array, shape: float, origin: Origin | None = None) -> None:
    """Move each path to the bookings of another rank of the sum, in place; each mean stays.

    A law that is skewed has a higher mean when it is spread to both ends alike, and a team is
    the sum of its reps: so each month is scaled back to the mean that it had.

    Parameters
    ----------
    booked
        ``[months, paths]`` in whole cents: months stay together.
    shape
        The a of Beta(a, a); 1 leaves all as it is.
    origin
        As `correct` takes it.
    """
    if shape == 1:
        return
    order = np.argsort(booked.sum(axis=0), kind="stable")
    taken = order[_ranks(booked.shape[1], shape)]
    moved = booked[:, taken]
    totals, means = moved.sum(axis=1), booked.sum(axis=1)
    scaled = (totals > 0) & (means > 0)
    moved[scaled] = np.rint(moved[scaled] * (means[scaled] / totals[scaled])[:, np.newaxis])
    booked[:, order] = moved
    if origin is not None:
        origin[:, order] = origin[:, taken]


def mix(model: Array, past: Array, own_history: float, *, seed: int) -> Array:
    """Take the past on so many of the paths, the same ones for all reps, else the model.

    Parameters
    ----------
    model, past
        ``[..., paths]``.
    """
    return np.where(repeats_past(own_history, seed, model.shape[-1]), past, model)


def repeats_past(own_history: float, seed: int, paths: int) -> NDArray[np.bool_]:
    """``[paths]`` whether a path repeats the past, for all reps alike."""
    return np.asarray(_words(seed, 0, paths)[0] < own_history * _WORD)


def _common_luck(seed: int, paths: int, first_path: int = 0) -> Array:
    """``[paths]`` normal scores of what all reps have in common on each path."""
    return np.asarray(special.ndtri((_words(seed, 0, paths, first_path)[1] + 0.5) / _WORD))


def tie(
    booked: Array, together: float, *, seed: int, first_path: int = 0, origin: Origin | None = None
) -> None:
    """Give a rep's good and bad paths to the paths on which all reps do well or badly, in place.

    Normal scores of a rep's ranks are mixed with scores that all reps share, and paths are put
    in the order of the mixture (a Gaussian copula by reordering: Iman and Conover,
    *Communications in Statistics B* 11, 1982, doi:10.1080/03610918208812265). No rep's own law
    changes, the law of their sum becomes wider.

    Parameters
    ----------
    booked
        ``[months, paths]``: months stay together.
    together
        Share of the variance of each score that all reps have in common; 0 ties nothing.
    seed, first_path
        Of the run, and the number of the first of these paths in it.
    origin
        As `correct` takes it.
    """
    if together == 0:
        return
    paths = booked.shape[1]
    order = np.argsort(booked.sum(axis=0), kind="stable")
    own = np.empty(paths)
    own[order] = special.ndtri((np.arange(paths) + 0.5) / paths)
    score = np.sqrt(1 - together) * own + np.sqrt(together) * _common_luck(seed, paths, first_path)
    places = np.argsort(score, kind="stable")
    booked[:, places] = booked[:, order]
    if origin is not None:
        origin[:, places] = origin[:, order]


def _by_month(shared: Sequence[float], months: int) -> Array:
    """Deviations month by month; the last one holds on."""
    return np.array([shared[min(month, len(shared) - 1)] for month in range(months)])


def _common_factors(months: int, paths: int, shared: Sequence[float], seed: int) -> Array:
    """``[months, paths]`` by what all reps' bookings are multiplied."""
    deviations = _by_month(shared, months)[:, np.newaxis]
    return np.asarray(np.exp(deviations * _common_luck(seed, paths)))


def common_means(months: int, shared: Sequence[float]) -> Array:
    """``[months]`` means of the factors of `share_luck`, ``exp(s^2 / 2)``; else 1."""
    return np.asarray(np.exp(_by_month(shared or (0.0,), months) ** 2 / 2))


def share_luck(booked: Array, shared: Sequence[float], *, seed: int) -> Array:
    """Multiply each path by what all reps have in common on it, a factor of median 1.

    Its spread was learnt from ranks of what came, and half of the sums must stay below the same
    amount: a factor of mean 1 would shift the ranks that it is to widen.

    Parameters
    ----------
    booked
        ``[..., months, paths]`` in whole cents.
    shared
        Standard deviation of its logarithm by month; the last one holds on.
    """
    months, paths = booked.shape[-2:]
    return np.asarray(np.rint(booked * _common_factors(months, paths, shared, seed)))


def weeks_repeated(task: RepTask, setting: Setting) -> Array | None:
    """Which weeks of a rep's past are repeated on some paths, as `weeks_of` has them; or none?"""
    first = _first_day(task, setting)
    if not setting.correction.own_history or first is None:
        return None
    weeks = weeks_of(task.past, first, setting.horizon.start)
    return weeks if len(weeks) >= LEAST_WEEKS else None


def _repeat_past(
    booked: Array, task: RepTask, setting: Setting, usual: Array | None, origin: Origin | None
) -> None:
    """Let some paths repeat the past, in place."""
    weeks = weeks_repeated(task, setting)
    if weeks is None:
        return
    past = repeat_weeks(weeks, setting, booked.shape[1])
    if usual is not None:
        level = np.divide(booked.mean(axis=1), usual, out=np.ones_like(usual), where=usual > 0)
        past = np.rint(past * level[:, np.newaxis])
    share, seed = setting.correction.own_history, setting.seed
    booked[:] = mix(booked, past, share, seed=seed)
    if origin is not None:
        origin[:, repeats_past(share, seed, booked.shape[1])] = PAST


def _quarters(
    booked: Array, starts: Sequence[int], origin: Origin | None
) -> Iterator[tuple[int, Array, Origin | None]]:
    """Each three months of each block of paths, with its first path, and where they came from."""
    for first, end in itertools.pairwise((*starts, booked.shape[1])):
        for month in range(0, len(booked), _QUARTER):
            here = np.s_[month : month + _QUARTER, first:end]
            yield first, booked[here], None if origin is None else origin[here]


def _tie_quarters(
    booked: Array, setting: Setting, starts: Sequence[int], origin: Origin | None = None
) -> None:
    together, seed = setting.correction.together, setting.seed
    for first, quarter, rows in _quarters(booked, starts, origin):
        tie(quarter, together, seed=seed, first_path=first, origin=rows)


def _spread_all(
    booked: Array, setting: Setting, starts: Sequence[int], origin: Origin | None = None
) -> None:
    """Move ranks of each three months, then of each month."""
    told = setting.correction
    for _, quarter, rows in _quarters(booked, starts, origin):
        spread(quarter, told.quarter_shape, rows)
        for month in range(len(quarter)):
            here = slice(month, month + 1)
            spread(quarter[here], told.month_shape, None if rows is None else rows[here])


def correct(
    booked: Array,
    task: RepTask,
    setting: Setting,
    *,
    usual: Array | None = None,
    starts: Sequence[int] = (0,),
    origin: Origin | None = None,
) -> None:
    """Correct a rep's bookings as the scenario asks for, in place.

    Parameters
    ----------
    booked
        ``[months, paths]`` in cents, from the start on.
    task, setting
        The rep, and what all reps share.
    usual
        ``[months]`` what the model expects where nothing is stressed: the past is repeated as
        far above or below as the model is now; as it was where this is left out.
    starts
        First paths of blocks that are tied and spread each on its own, which keeps them
        independent of each other; all paths are one block where they are left out.
    origin
        ``[months, paths]`` numbers of the paths that bookings come from, in place: as they come,
        ``PAST`` where the past is repeated. What belongs to them can be moved alike.
    """
    _repeat_past(booked, task, setting, usual, origin)
    _tie_quarters(booked, setting, starts, origin)
    if any(setting.correction.shared):
        booked[:] = share_luck(booked, setting.correction.shared, seed=setting.seed)
    _spread_all(booked, setting, starts, origin)


def _echo(booked: Array, model: Array, usual: Array, repeats: NDArray[np.bool_]) -> Array:
    """What does each path add to the mean through the share by which the past follows the model?

    With r the mean of what is repeated, y the model's bookings and x the usual ones, r is in
    proportion to ``mean(y) / mean(x)``, so a path adds ``r (y / mean(y) - x / mean(x))``.
    """
    repeated = np.where(repeats, booked, 0.0).mean(axis=1, keepdims=True)
    own, base = model.mean(axis=1, keepdims=True), usual.mean(axis=1, keepdims=True)
    follows = (own > 0) & (base > 0)
    relative = [
        np.divide(part, mean, out=np.zeros_like(part), where=follows)
        for part, mean in ((model, own), (usual, base))
    ]
    return np.asarray(repeated * (relative[0] - relative[1]))


def correct_and_trace(
    booked: Array,
    task: RepTask,
    setting: Setting,
    *,
    usual: Array | None = None,
    starts: Sequence[int] = (0,),
) -> Array:
    """Correct a rep's bookings in place, and tell what each path drawn adds to their means.

    Neither tying nor spreading changes a mean, so that how corrected paths scatter does not tell
    how exact it is; and a share that all paths have in common is as uncertain as the paths that
    it is taken from. To first order a path adds what it had before it was tied, times the common
    factors' mean, what the factor adds on it, and its part in the share.

    Parameters
    ----------
    booked, task, setting, starts
        As `correct` takes them.
    usual
        ``[months, paths]`` what the model books where nothing is stressed.

    Returns
    -------
    ndarray
        ``[months, paths]`` in cents; its mean is that of the corrected bookings, nearly.
    """
    model = booked.copy()
    _repeat_past(booked, task, setting, None if usual is None else usual.mean(axis=1), None)
    added = booked.copy()
    if usual is not None and weeks_repeated(task, setting) is not None:
        repeats = repeats_past(setting.correction.own_history, setting.seed, booked.shape[1])
        added += _echo(booked, model, usual, repeats)
    _tie_quarters(booked, setting, starts)
    shared = setting.correction.shared
    if any(shared):
        factors = _common_factors(len(booked), booked.shape[1], shared, setting.seed)
        mean = factors.mean(axis=1, keepdims=True)
        added = mean * added + (factors - mean) * booked
        booked[:] = np.rint(booked * factors)
    _spread_all(booked, setting, starts)
    return added
