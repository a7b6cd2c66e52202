"""Numbers of a snapshot for the fit: who was at risk from which age to which, and what came."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import polars as pl

from quotarisk.calibration.history import Outcome
from quotarisk.calibration.snapshot import Snapshot
from quotarisk.kernel.arrays import Floats, Ints

CAUSES = (Outcome.OPEN, Outcome.WON, Outcome.LOST)


class Cohort(NamedTuple):
    """Deals at risk, in discrete time: on each whole age from ``entry`` to ``exit``.

    What happened to a deal happened at the age ``exit``. Deals that closed before closes were
    recorded are not in it.
    """

    entry: Floats  # [deals] age in days on which it enters the risk set
    exit: Floats  # [deals] age in days at its close, or on the last day where it is open
    cause: Ints  # [deals] 0 open, 1 won, 2 lost
    rep: Ints  # [deals] index into reps
    segment: Ints  # [deals] index into segments
    created: Ints  # [deals] day number, date.toordinal()
    reps: tuple[str, ...]  # all of the snapshot, in the order of the alphabet
    segments: tuple[str, ...]
    as_of: int  # day number
    observed_from: int  # day number


def _indices(names: pl.Series, allowed: tuple[str, ...]) -> Ints:
    place = {name: index for index, name in enumerate(allowed)}
    return np.array([place[name] for name in names], dtype=np.int64)


def _ordinals(days: pl.Series) -> Ints:
    return days.dt.epoch("d").to_numpy().astype(np.int64) + 719_163  # of 1970-01-01


def cohort_of(snapshot: Snapshot) -> Cohort:
    """Which deals were at risk of being won or lost, from which age to which, and what came?"""
    reps = tuple(sorted(set(snapshot.deals["rep"])))
    segments = tuple(sorted(set(snapshot.deals["segment"])))
    last = pl.col("closed").fill_null(snapshot.as_of)
    deals = snapshot.deals.with_columns(last=last).filter(last >= snapshot.observed_from)
    created = _ordinals(deals["created"])
    as_of, observed_from = snapshot.as_of.toordinal(), snapshot.observed_from.toordinal()
    return Cohort(
        entry=np.maximum(observed_from - created, 0).astype(np.float64),
        exit=(_ordinals(deals["last"]) - created).astype(np.float64),
        cause=_indices(deals["outcome"], CAUSES),
        rep=_indices(deals["rep"], reps),
        segment=_indices(deals["segment"], segments),
        created=created,
        reps=reps,
        segments=segments,
        as_of=as_of,
        observed_from=observed_from,
    )
