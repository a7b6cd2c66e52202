"""What counts for a plan, and what SPIFs add: bookings and wins by segment become periods.

Blocks of paths stay in the processor's cache, however many segments and months there are.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import uintp

from quotarisk.kernel.arrays import Floats, Ints
from quotarisk.kernel.compiling import SOURCES, entry, stage

_BLOCK = 512  # paths


class SpifRules(NamedTuple):
    """SPIFs of a plan, of segments that the rep sells."""

    segment: Ints  # [spifs] place of the segment
    per_deal: Floats  # [spifs] cents for a won deal
    rate: Floats  # [spifs] share of what is booked
    goal: Floats  # [spifs] cents in a period from which it is paid; minus infinity: none


@stage
def spif_of(per_deal: float, rate: float, goal: float, booked: float, wins: float) -> float:
    """What does a SPIF pay in a period, in whole cents?"""
    earned = rate * max(booked, 0.0) + per_deal * wins
    return np.rint(earned) if booked >= goal else 0.0


@stage
def _add_months(months: Floats, first: int, end: int, begin: int, total: Floats) -> None:
    """Sum of some months on a block of paths."""
    size = uintp(len(total))
    for p in range(size):
        total[p] = 0.0
    for month in range(first, end):
        more = months[month, begin : begin + len(total)]
        for p in range(size):
            total[p] += more[p]


@entry
def weigh_segments(
    booked: Floats,
    times: Floats,
    out: Floats,
    sources: int = SOURCES,  # noqa: ARG001 - part of the cached signature, see compiling.py
) -> None:
    """Sum segments, each so many times, by month and path.

    Parameters
    ----------
    booked
        ``[segments, months, paths]`` cents.
    times
        ``[sums, segments]``
    out
        ``[sums, months, paths]``, overwritten.
    """
    for month in range(out.shape[1]):
        for begin in range(0, out.shape[2], _BLOCK):
            for each in range(out.shape[0]):
                total = out[each, month, begin : begin + _BLOCK]
                size = uintp(len(total))
                for p in range(size):
                    total[p] = 0.0
                for segment in range(booked.shape[0]):
                    more = booked[segment, month, begin : begin + _BLOCK]
                    often = times[each, segment]
                    for p in range(size):
                        total[p] += often * more[p]


@entry
def pay_spifs(
    booked: Floats,
    wins: Floats,
    first: Ints,
    end: Ints,
    rules: SpifRules,
    out: Floats,
    sources: int = SOURCES,  # noqa: ARG001 - part of the cached signature, see compiling.py
) -> None:
    """What do SPIFs pay in each period on each path, into ``out [periods, paths]``?

    Parameters
    ----------
    booked
        ``[segments, months, paths]`` cents.
    wins
        ``[segments, months, paths]`` numbers of won deals; no segments where nothing is paid for
        a deal.
    first, end
        ``[periods]`` first month that a period takes, and the one after its last.
    rules
        The SPIFs.
    out
        ``[periods, paths]`` whole cents, overwritten.
    """
    periods, paths = out.shape
    amounts, deals = np.empty(_BLOCK), np.zeros(_BLOCK)
    for begin in range(0, paths, _BLOCK):
        size = min(_BLOCK, paths - begin)
        for period in range(periods):
            total = out[period, begin : begin + size]
            total[:] = 0.0
            for number in range(len(rules.segment)):
                place = rules.segment[number]
                _add_months(booked[place], first[period], end[period], begin, amounts[:size])
                per_deal, rate, goal = (
                    rules.per_deal[number],
                    rules.rate[number],
                    rules.goal[number],
                )
                if per_deal > 0.0:
                    _add_months(wins[place], first[period], end[period], begin, deals[:size])
                for p in range(uintp(size)):
                    total[p] += spif_of(per_deal, rate, goal, amounts[p], deals[p])
