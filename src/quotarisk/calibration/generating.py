"""A CRM's history with a known truth: what the reps of a scenario would have sold.

The model is the simulator's, forwards from an empty pipeline: opportunities are a Poisson
process, each is won, lost or never decided, and closes where its clock has run for its cycle.
There is no market, and what comes with evidence is taken at its mean, so that the truth behind
the history is what the scenario says.

One opportunity is one block of four random words, numbered within its rep and segment, so that
nobody else's opportunities change them, and a later last day adds to a history but changes
only which opportunities are still open.
"""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import numpy as np
import polars as pl
from numpy.typing import NDArray

from quotarisk.calibration.streams import draw_shares
from quotarisk.errors import ArgumentError, InputError
from quotarisk.files import write_whole
from quotarisk.periods import DAYS_PER_WEEK, add_months
from quotarisk.scenario.checking import find_faults
from quotarisk.scenario.laws import Array
from quotarisk.scenario.scenario import Scenario
from quotarisk.scenario.team import Rep
from quotarisk.scenario.terms import Terms, segments_of, terms_of

COLUMNS: dict[str, type[pl.DataType]] = {
    "opportunity_id": pl.String,
    "rep": pl.String,
    "segment": pl.String,
    "created_date": pl.Date,
    "close_date": pl.Date,
    "status": pl.String,
    "amount": pl.Float64,
}
_BLOCK = 512  # opportunities that are drawn at a time


@dataclass(frozen=True, eq=False)
class _Days:
    """The days of a history, first and last included; a moment is days since the first one."""

    scenario: Scenario
    since: date
    until: date

    @cached_property
    def dates(self) -> NDArray[np.datetime64]:
        return np.datetime64(self.since) + np.arange((self.until - self.since).days + 1)

    @cached_property
    def _months(self) -> NDArray[np.int64]:
        """``[days]`` month of the year, from 0."""
        return self.dates.astype("datetime64[M]").astype(np.int64) % 12

    @cached_property
    def edges(self) -> Array:
        """``[days + 1]`` moments at which days begin, and the end of the last one."""
        return np.arange(len(self.dates) + 1, dtype=np.float64)

    @cached_property
    def season(self) -> Array:
        """``[days]`` factor of the creation rate."""
        return np.array(self.scenario.calendar.creation)[self._months]

    def _clock(self, speeds: tuple[float, ...]) -> Array:
        of_quarter = (self._months + 1 - self.scenario.fiscal_year_start) % 3
        return _summed(np.array(speeds)[of_quarter])

    @cached_property
    def won_clock(self) -> Array:
        """``[days + 1]`` reading of the won deals' clock at the edges."""
        return self._clock(self.scenario.calendar.won)

    @cached_property
    def lost_clock(self) -> Array:
        """``[days + 1]`` reading of the lost deals' clock at the edges."""
        return self._clock(self.scenario.calendar.lost)

    def closing(self, created: Array, cycle: Array, clock: Array) -> Array:
        """At which moments do deals close? Never (infinity) where not by the end."""
        reading = np.interp(created, self.edges, clock) + cycle
        return np.interp(reading, clock, self.edges, right=np.inf)


def generate_history(scenario: Scenario, *, since: date, until: date, seed: int) -> pl.DataFrame:
    """What would a CRM's export look like, had the scenario's reps sold from one day to another?

    With ``C(t)`` the integral of ramp times season, opportunities of a rep in a segment are
    created at ``C^-1(7 (E_1 + ... + E_n) / opps_per_week)`` with E standard exponential; each
    closes at ``clock^-1(clock(created) + cycle)``, by the won or by the lost deals' clock.

    Parameters
    ----------
    scenario
        Its reps, segments and calendar. Its market, quotas, open deals and bookings play no
        part, and neither does its horizon.
    since
        The first day: pipelines are empty on its morning. A rep sells from then on, or from
        its ``start_date`` where that is later.
    until
        The last day, which is still seen: what closes on it is closed, what would close later
        is open.
    seed
        Any whole number.

    Returns
    -------
    polars.DataFrame
        One row an opportunity, in the order of creation: ``opportunity_id``, ``rep``,
        ``segment``, ``created_date``, ``close_date`` (empty where it is open), ``status``
        (open, won, lost) and ``amount``, which lost and open ones have too.

    Raises
    ------
    InputError
        If the scenario cannot be simulated, with every fault.
    ArgumentError
        If another argument is out of its range.
    """
    if until < since:
        raise ArgumentError(f"until must not be before since, got {until} and {since}")
    if not isinstance(seed, int) or isinstance(seed, bool):
        raise ArgumentError(f"seed must be a whole number, got {seed!r}")
    faults = find_faults(scenario)
    if faults:
        raise InputError(faults)
    days = _Days(scenario, since, until)
    sold = [
        _sell(rep, terms_of(scenario, rep, segment), days, seed)
        for rep in scenario.reps
        for segment in segments_of(scenario, rep)
    ]
    return pl.concat(sold).sort("created_date", "opportunity_id")


def write_history(path: str | os.PathLike[str], frame: pl.DataFrame) -> None:
    """Write a history as CSV, whole or not at all.

    Raises
    ------
    RunError
        If the file cannot be written; then nothing has changed.
    """
    write_whole(path, frame.write_csv().encode())


def _summed(of_days: Array) -> Array:
    """Sums up to the beginning of each day, and up to the end of the last one."""
    return np.concatenate([[0.0], np.cumsum(of_days)])


def _productivity(rep: Rep, days: _Days) -> Array:
    """``[days]`` what a rep creates, as a share of full productivity."""
    if rep.start_date is None:
        return np.ones(len(days.dates))
    steps = [add_months(rep.start_date, month) for month in range(len(rep.ramp) + 1)]
    passed = np.searchsorted(np.array(steps, dtype="datetime64[D]"), days.dates, side="right")
    return np.array([0.0, *rep.ramp, 1.0])[passed]


def _mark(seed: int, rep: str, segment: str) -> str:
    """What the ids of a rep's opportunities in a segment begin with: no name runs into another."""
    told = json.dumps([seed, "history", rep, segment]).encode()
    return hashlib.blake2b(told, digest_size=6).hexdigest()


def _draw(expected: float, seed: int, *names: str) -> tuple[Array, Array]:
    """When does a Poisson process of rate 1 strike before ``expected``?

    Returns
    -------
    tuple
        ``[deals]`` moments, and ``[3, deals]`` uniform numbers that belong to them.
    """
    moments: list[Array] = [np.empty(0)]
    uniforms: list[Array] = [np.empty((3, 0))]
    reached = 0.0
    while reached < expected:
        part = str(len(moments))
        shares = draw_shares(seed, "history", *names, part, draws=4, count=_BLOCK)
        moments.append(np.cumsum(np.concatenate([[reached], -np.log(shares[0])]))[1:])
        uniforms.append(shares[1:])
        reached = float(moments[-1][-1])
    struck = np.concatenate(moments)
    count = int(np.searchsorted(struck, expected))
    return struck[:count], np.concatenate(uniforms, axis=1)[:, :count]


def _sell(rep: Rep, terms: Terms, days: _Days, seed: int) -> pl.DataFrame:
    """What does a rep sell in a segment?"""
    rate = terms.opps_per_week.mean / DAYS_PER_WEEK
    expected = _summed(rate * _productivity(rep, days) * days.season)
    moments, (outcome, cycle, size) = _draw(float(expected[-1]), seed, rep.name, terms.segment)
    created = np.interp(moments, expected, days.edges)

    won = outcome < terms.win_rate.mean
    lost = outcome >= terms.win_rate.mean + terms.stall_rate
    closing = np.full(len(created), np.inf)
    for which, law, clock in (
        (won, terms.won_cycle_days.law, days.won_clock),
        (lost, terms.lost_cycle_days.law, days.lost_clock),
    ):
        closing[which] = days.closing(created[which], law.ppf(cycle[which]), clock)
    closed = closing < days.edges[-1]

    # by an error of rounding a deal must not come after the last day, or close before it came
    first_day = np.minimum(created.astype(np.int64), len(days.dates) - 1)
    last_day = np.maximum(np.where(closed, closing, 0.0).astype(np.int64), first_day)
    mark = _mark(seed, rep.name, terms.segment)
    return pl.DataFrame(
        {
            "opportunity_id": [f"{mark}-{n:05d}" for n in range(1, len(created) + 1)],
            "rep": [rep.name] * len(created),
            "segment": [terms.segment] * len(created),
            "created_date": days.dates[first_day],
            "close_date": np.where(closed, days.dates[last_day], np.datetime64("NaT")),
            "status": np.where(closed, np.where(won, "won", "lost"), "open").tolist(),
            "amount": np.round(terms.deal_size.law.ppf(size), 2),
        },
        schema=COLUMNS,
    )
