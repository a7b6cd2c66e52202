"""A forecast of months that are over by now, made from what was known before them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import NamedTuple

import numpy as np
import polars as pl

from quotarisk.calibration.creation import first_days, index_of
from quotarisk.calibration.history import History, Outcome
from quotarisk.calibration.plain import Calibration
from quotarisk.calibration.snapshot import Snapshot, take_snapshot
from quotarisk.calibration.translating import bookings_since
from quotarisk.errors import ArgumentError
from quotarisk.periods import add_months
from quotarisk.scenario.scenario import Scenario
from quotarisk.scenario.team import Booking
from quotarisk.simulation.correcting import LEAST_WEEKS, repeat_weeks, weeks_of
from quotarisk.simulation.estimates import Array
from quotarisk.simulation.keys import stream_key
from quotarisk.simulation.listed import CENTS
from quotarisk.simulation.lowering import rep_tasks
from quotarisk.simulation.paths import simulate_rep
from quotarisk.simulation.simulation import setting_of

FEWEST_DEALS = 10  # that a rep must have had by the origin to be scored
MOST_REPS = 100  # who are looked at, drawn by lot
MONTHS = 3  # that a rehearsal looks ahead
PATHS = 300
PASTS = (None, 13)  # weeks of the past that may be repeated: all, or the last ones

_EPOCH = date(1970, 1, 1).toordinal()

Fit = Callable[[date, int], Calibration]


class Rehearsal(NamedTuple):
    """What the model, and past weeks repeated, say of the three months after an origin."""

    origin: date
    reps: tuple[str, ...]  # those with deals enough, a hundred at most
    model: Array  # [reps, months, paths] in cents
    past: tuple[Array, ...]  # for each of `PASTS`: [reps, months, paths]


def past_begins(snapshot: Snapshot, weeks: int | None) -> date:
    """On which day does the past begin that may be repeated?"""
    if weeks is None:
        return snapshot.observed_from
    recent = snapshot.as_of + timedelta(days=1) - timedelta(weeks=weeks)
    return max(snapshot.observed_from, recent)


def days_of_reps(snapshot: Snapshot) -> dict[str, date]:
    """Since when is each rep known to be at work? As for creation (`creation.first_days`)."""
    reps = tuple(snapshot.deals["rep"].unique().sort())
    began = snapshot.observed_from.toordinal()
    seen = snapshot.deals.filter(pl.col("created") >= snapshot.observed_from)
    created = seen["created"].to_physical().cast(pl.Int64).to_numpy() + _EPOCH
    first = first_days(
        created,
        index_of(seen, "rep", reps),
        len(reps),
        observed_from=began,
        as_of=snapshot.as_of.toordinal(),
    )
    return {rep: date.fromordinal(int(day)) for rep, day in zip(reps, first, strict=True)}


def _repeat(snapshot: Snapshot, scenario: Scenario, weeks: int | None) -> dict[str, Array]:
    """Repeat the past weeks of each rep who has seen enough of them: ``[months, paths]``, cents."""
    setting, began = setting_of(scenario, 0), past_begins(snapshot, weeks)
    booked: dict[str, list[Booking]] = {}
    for row in bookings_since(snapshot, began):
        booked.setdefault(row.rep, []).append(row)
    found = {}
    for rep, day in days_of_reps(snapshot).items():
        known = weeks_of(booked.get(rep, ()), max(began, day), scenario.start)
        if len(known) >= LEAST_WEEKS:
            found[rep] = repeat_weeks(known, setting, PATHS)
    return found


def rehearse(history: History, origin: date, fit: Fit) -> Rehearsal:
    """What would have been said of the next three months, at the end of a day that is past?

    Parameters
    ----------
    history
        The history; nothing that became known after the origin is looked at.
    origin
        The last day of a month.
    fit
        Fits the model as of a day, for a number of months, uncorrected.
    """
    scenario = fit(origin, MONTHS).scenario
    setting, snapshot = setting_of(scenario, 0), take_snapshot(history, origin)
    counts = dict(snapshot.deals.group_by("rep").len().iter_rows())
    able = [rep.name for rep in scenario.reps if counts[rep.name] > FEWEST_DEALS]
    drawn = frozenset(sorted(able, key=lambda rep: stream_key(0, "rehearsal", rep))[:MOST_REPS])
    tasks = [task for task in rep_tasks(scenario) if task.rep.name in drawn]
    reps = tuple(task.rep.name for task in tasks)
    model = [simulate_rep(task, setting, paths=PATHS) for task in tasks]
    pasts = [_repeat(snapshot, scenario, weeks) for weeks in PASTS]
    shape = (len(reps), MONTHS, PATHS)

    def stack(booked: list[Array]) -> Array:
        return np.array(booked).reshape(shape)

    return Rehearsal(
        origin,
        reps,
        stack(model),
        tuple(
            stack([past.get(rep, own) for rep, own in zip(reps, model, strict=True)])
            for past in pasts
        ),
    )


def came_of(history: History, rehearsal: Rehearsal, as_of: date) -> Array:
    """What came: bookings of each rep in each month after the origin, as known on a later day?

    Returns
    -------
    ndarray
        ``[reps, months]`` in cents; NaN for months that were not over by then.
    """
    start = rehearsal.origin + timedelta(days=1)
    starts = [add_months(start, month) for month in range(MONTHS + 1)]
    won = history.deals.filter(
        (pl.col("outcome") == Outcome.WON) & pl.col("closed").is_between(start, as_of)
    ).select("rep", "closed", "amount")
    came = np.full((len(rehearsal.reps), MONTHS), np.nan)
    for month in range(MONTHS):
        if starts[month + 1] - timedelta(days=1) > as_of:
            break
        inside = won.filter(
            pl.col("closed").is_between(starts[month], starts[month + 1], closed="left")
        )
        sums = dict(inside.group_by("rep").agg(pl.col("amount").sum()).iter_rows())
        came[:, month] = [sums.get(rep, 0.0) * CENTS for rep in rehearsal.reps]
    return came


@dataclass
class Rehearsals:
    """The rehearsals of a history, each made once.

    Parameters
    ----------
    history
        The history.
    fit
        As for `rehearse`.
    """

    history: History
    fit: Fit
    made: dict[date, Rehearsal] = field(default_factory=dict, repr=False)

    def at(self, origin: date) -> Rehearsal:
        """Rehearse at an origin, or recall it; nobody is in one for which too little was known."""
        if origin not in self.made:
            try:
                self.made[origin] = rehearse(self.history, origin, self.fit)
            except ArgumentError:  # too little was known to fit anything
                nothing = np.empty((0, MONTHS, PATHS))
                self.made[origin] = Rehearsal(origin, (), nothing, (nothing,) * len(PASTS))
        return self.made[origin]
