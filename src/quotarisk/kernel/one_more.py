"""What one more won deal pays on every path, summed by how far the period had got.

Path p is given its deal in period p mod P. A rep's paths pass block by block, each period's paths
together, so that a plan is paid on rows of paths as in `pay`.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import uintp

from quotarisk.kernel.arrays import Floats, Ints
from quotarisk.kernel.compiling import SOURCES, entry, stage
from quotarisk.kernel.pay import BLOCK, PayRules, carries_over, pay_period
from quotarisk.kernel.spifs import SpifRules, spif_of


class Before(NamedTuple):
    """What is booked and paid without the deal."""

    credited: Floats  # [periods, paths] cents
    extra: Floats  # [periods, paths] cents of SPIFs
    paid: Floats  # [periods, paths] cents of variable pay
    booked: Floats  # [segments, months, paths] cents, for SPIFs
    wins: Floats  # [segments or none, months, paths]
    first: Ints  # [periods] months
    end: Ints


class MorePay(NamedTuple):
    """Sums over paths; whole cents, so that their order does not matter."""

    counts: Ints  # [bands + 1, batches] paths; the last band: periods without a quota
    pay: Floats  # [segments, bands + 1, batches] what they are paid more
    size: Floats  # [segments, bands + 1, batches] what the deals book


@stage
def _gather(row: Floats, start: int, step: int, out: Floats) -> None:
    """Every so many paths of a row."""
    for k in range(uintp(len(out))):
        out[k] = row[uintp(start) + k * uintp(step)]


@stage
def _take_sizes(sizes: Floats, start: int, step: int, out: Floats) -> None:
    """Sizes in turn, from the first one again after the last."""
    listed, at = len(sizes), start % len(sizes)
    for k in range(uintp(len(out))):
        out[k] = sizes[uintp(at)]
        at += step
        while at >= listed:
            at -= listed


@stage
def _find_bands(reached: Floats, quota: float, edges: Floats, band: Ints) -> None:
    """In which band are bookings before the deal? In the last one without a quota.

    Of what is reached, attainment is left.
    """
    for k in range(uintp(len(reached))):
        band[k] = 0 if quota > 0.0 else len(edges) + 1
        reached[k] /= quota
    if quota > 0.0:
        for edge in edges:
            for k in range(uintp(len(reached))):
                band[k] += 1 if reached[k] >= edge else 0


@stage
def _add_spifs(
    before: Before,
    spifs: SpifRules,
    segment: int,
    period: int,
    start: int,
    step: int,
    size: Floats,
    extra: Floats,
) -> None:
    """Add what SPIFs pay for one more deal of a segment."""
    for number in range(len(spifs.segment)):
        if spifs.segment[number] != segment:
            continue
        per_deal, rate, goal = spifs.per_deal[number], spifs.rate[number], spifs.goal[number]
        for k in range(len(size)):
            path, booked, wins = start + k * step, 0.0, 0.0
            for month in range(before.first[period], before.end[period]):
                booked += before.booked[segment, month, path]
                if per_deal > 0.0:
                    wins += before.wins[segment, month, path]
            after = spif_of(per_deal, rate, goal, booked + size[k], wins + 1.0)
            extra[k] += after - spif_of(per_deal, rate, goal, booked, wins)


@stage
def _keeps_apart(rules: PayRules) -> bool:
    """Whether what a period pays has no say in what another one does."""
    if rules.recoverable:
        for draw in rules.draw:
            if draw > 0.0:
                return False
    return not carries_over(rules)


@entry
def pay_one_more(
    before: Before,
    rules: PayRules,
    spifs: SpifRules,
    times: Floats,
    sizes: Floats,
    edges: Floats,
    starts: Ints,
    sources: int = SOURCES,  # noqa: ARG001 - part of the cached signature, see compiling.py
) -> MorePay:
    """What does one more deal of each segment pay, in its period and later ones?

    Parameters
    ----------
    before
        What is booked and paid without it.
    rules, spifs
        The plan.
    times
        ``[segments]`` how often bookings count.
    sizes
        ``[segments, n]`` cents that a deal books on path p: column p mod n.
    edges
        ``[bands - 1]`` attainment at which bands end, ascending.
    starts
        ``[batches]`` first path of each.
    """
    periods, paths = before.paid.shape
    segments, bands = sizes.shape[0], len(edges) + 2
    told = MorePay(
        np.zeros((bands, len(starts)), np.int64),
        np.zeros((segments, bands, len(starts))),
        np.zeros((segments, bands, len(starts))),
    )
    carries, apart = carries_over(rules), _keeps_apart(rules)
    here, held, work = np.empty((7, BLOCK)), np.empty((3, BLOCK)), np.empty((4, BLOCK))
    balances, places = np.empty((3, BLOCK)), np.empty((2, BLOCK), np.int64)
    for begin in range(0, paths, BLOCK * periods):
        for row in range(periods):
            start, stop = begin + row, min(begin + BLOCK * periods, paths)
            n = max((stop - start + periods - 1) // periods, 0)
            credited, extra, out, size = here[0, :n], here[1, :n], here[2, :n], here[3, :n]
            usual, moved, band, batch = here[4, :n], here[5, :n], places[0, :n], places[1, :n]
            _gather(before.credited[row], start, periods, credited)
            _find_bands(credited, rules.quota[row], edges, band)
            last = np.searchsorted(starts, start, "right") - 1
            for k in range(n):
                while last + 1 < len(starts) and starts[last + 1] <= start + k * periods:
                    last += 1
                batch[k] = last
                told.counts[band[k], last] += 1
            held[:] = 0.0
            if not apart:
                for period in range(row):
                    _gather(before.credited[period], start, periods, credited)
                    _gather(before.extra[period], start, periods, extra)
                    pay_period(rules, period, carries, credited, extra, held, work, out)
            for segment in range(segments):
                moved[:] = 0.0
                for b in range(3):
                    balances[b, :n] = held[b, :n]
                _take_sizes(sizes[segment], start, periods, size)
                for period in range(row, row + 1 if apart else periods):
                    _gather(before.credited[period], start, periods, credited)
                    _gather(before.extra[period], start, periods, extra)
                    _gather(before.paid[period], start, periods, usual)
                    if period == row:
                        for k in range(n):
                            credited[k] += np.rint(times[segment] * size[k])
                        _add_spifs(before, spifs, segment, row, start, periods, size, extra)
                    pay_period(rules, period, carries, credited, extra, balances, work, out)
                    for k in range(n):
                        moved[k] += out[k] - usual[k]
                for k in range(n):
                    told.pay[segment, band[k], batch[k]] += moved[k]
                    told.size[segment, band[k], batch[k]] += size[k]
    return told
