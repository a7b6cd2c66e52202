"""Where the risk was: each deal's days, cut at the ends of months and at the age bands' edge."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from quotarisk.calibration.cohort import Cohort
from quotarisk.kernel.arrays import Floats, Ints, Slots

BANDS = 2  # ages below the edge, and from it on
_EPOCH = 719_163  # date(1970, 1, 1).toordinal()
_EPOCH_MONTH = 1970 * 12


class Pieces(NamedTuple):
    """Spells in which a deal stayed in one month and one age band."""

    deal: Slots  # [pieces] index into the cohort
    cell: Slots  # [pieces] band * number of months + month
    first: Slots  # [pieces] age on the spell's first day
    last: Slots  # [pieces] age on its last day, included
    months: Ints  # [months] year * 12 + month - 1, one after the other


def month_of(day: Ints) -> Ints:
    """Which month, year * 12 + month - 1, do days (numbers of `datetime.date`) lie in?"""
    days = (day - _EPOCH).astype("datetime64[D]")
    return days.astype("datetime64[M]").astype(np.int64) + _EPOCH_MONTH


def first_day_of(month: Ints) -> Ints:
    """Which day number does each month begin on?"""
    months = (month - _EPOCH_MONTH).astype("datetime64[M]")
    return months.astype("datetime64[D]").astype(np.int64) + _EPOCH


def count_at_risk(entry: Ints, exits: Ints, *, size: int) -> Ints:
    """How many deals are at risk on each age from 0 to ``size - 1``?"""
    begin = np.bincount(entry, minlength=size + 1)
    end = np.bincount(exits + 1, minlength=size + 1)
    return np.cumsum(begin - end)[:size]


def cut_exposure(cohort: Cohort, *, last_age: int, band_edge: int) -> Pieces:
    """In which months and age bands was each deal at risk, up to the last age?"""
    since, until = month_of(np.array([cohort.observed_from, cohort.as_of])).tolist()
    months = np.arange(since, until + 1)
    edges = first_day_of(np.append(months, months[-1] + 1))
    deals = np.flatnonzero(cohort.entry <= last_age)
    created = cohort.created[deals]
    begin = created + cohort.entry[deals].astype(np.int64)
    end = created + np.minimum(cohort.exit[deals], last_age).astype(np.int64)
    from_month = month_of(begin) - months[0]
    spells = month_of(end) - months[0] - from_month + 1
    which = np.repeat(np.arange(deals.size), spells)
    month = np.arange(which.size) - np.repeat(np.cumsum(spells) - spells - from_month, spells)
    first = np.maximum(begin[which], edges[month]) - created[which]
    last = np.minimum(end[which], edges[month + 1] - 1) - created[which]
    young, old = first < band_edge, last >= band_edge

    def join(below: Ints, above: Ints) -> Slots:
        return np.concatenate([below[young], above[old]]).astype(np.int32)

    return Pieces(
        join(deals[which], deals[which]),
        join(month, month + months.size),
        join(first, np.maximum(first, band_edge)),
        join(np.minimum(last, band_edge - 1), last),
        months,
    )


def exposure_by_age(pieces: Pieces, weight: Floats, *, size: int) -> Floats:
    """How much weight was at risk on each age from 0 to ``size - 1``?"""
    begin = np.bincount(pieces.first, weights=weight, minlength=size + 1)
    end = np.bincount(pieces.last + 1, weights=weight, minlength=size + 1)
    return np.maximum(np.cumsum(begin - end)[:size], 0.0)


def hazard_of(pieces: Pieces, base: Floats) -> Floats:
    """How many events does a hazard by age amount to in each piece?"""
    summed: NDArray[np.float64] = np.concatenate([[0.0], np.cumsum(base)])
    return summed[pieces.last + 1] - summed[pieces.first]
