"""How many opportunities are created on each path: what programmes are paid for.

The model draws won deals alone (thinning), so the opportunities behind them are drawn once more:
the same streams with a win rate of 1 and no cycle, so that each opportunity is one deal on the
day of its creation. Rates, market and season are those of the path, and so is the luck of the
counts, which are inverted from the same numbers: given the rates, a path's opportunities have
their own Poisson law, and there are never fewer than those of them that are won. That luck is in
common makes both rise and fall together more than opportunities that are won or lost by lot do.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from quotarisk.analysis.weekly import weeks_of
from quotarisk.scenario.correction import Correction
from quotarisk.scenario.figures import LawSpec, WinRate
from quotarisk.scenario.terms import Terms, streams_of
from quotarisk.simulation.crediting import credit_rep
from quotarisk.simulation.estimates import Array
from quotarisk.simulation.lowering import RepTask, Setting
from quotarisk.simulation.paths import market_factors
from quotarisk.simulation.workload import draw_bound_rep

_CREATED = 2  # row of the log of `draw_bound_rep`
_AT_ONCE = LawSpec(known=0.0)
_ANY_SIZE = LawSpec(known=1.0)


def by_stream(task: RepTask) -> RepTask:
    """Tell what a rep makes from what is inbound, each as terms of its own: the same bookings."""
    terms = tuple(
        stream if stream.stream == "made" else replace(stream, funnel=None)
        for each in task.terms
        for stream in streams_of(each)
    )
    return replace(task, terms=terms)


def _created_at_once(terms: Terms) -> Terms:
    return replace(
        terms,
        win_rate=WinRate(known=1.0),
        stall_rate=0.0,
        deal_size=_ANY_SIZE,
        won_cycle_days=_AT_ONCE,
        lost_cycle_days=_AT_ONCE,
    )


def _shares(task: RepTask) -> Array:
    """``[streams]`` of the opportunities of a rep with hours, as they are expected."""
    opps = [
        rate
        for week in weeks_of(task)
        for rate in (
            (week.made,) if len(streams_of(week.terms)) == 1 else (week.made, week.inbound)
        )
    ]
    total = sum(opps)
    return np.array(opps) / total if total > 0 else np.zeros(len(opps))


def _bound(task: RepTask, setting: Setting, paths: int) -> Array:
    months = setting.horizon.months
    log = np.zeros((4, months, paths), dtype=np.float32)
    booked = np.zeros((months + 1, paths))
    market = market_factors(setting, 0, paths)
    draw_bound_rep(task, setting, market, booked, log=log)
    return np.asarray(_shares(task)[:, np.newaxis, np.newaxis] * log[_CREATED].astype(np.float64))


def draw_created(task: RepTask, setting: Setting, *, paths: int) -> Array:
    """How many opportunities does a rep create, or get, in each stream, month by month?

    Of a rep with hours the loop tells all together; streams have the shares of it that are
    expected in the long run.

    Parameters
    ----------
    task, setting
        The rep, and what all reps share. A correction does not touch opportunities.
    paths
        Number of simulated futures.

    Returns
    -------
    ndarray
        ``[streams, months, paths]``, streams as in `by_stream`.
    """
    if task.is_bound:
        return _bound(task, setting, paths)
    every = by_stream(task)
    created = replace(
        every,
        rep=task.rep.model_copy(update={"pipeline": "empty"}),
        terms=tuple(map(_created_at_once, every.terms)),
        open_deals=(),
        past=(),
    )
    plain = replace(setting, correction=Correction())
    wins = credit_rep(created, plain, paths=paths, count=True).wins
    assert wins is not None
    return wins
