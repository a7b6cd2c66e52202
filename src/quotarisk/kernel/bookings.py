"""Bookings by month and path: the loop over blocks of paths, stage by stage.

For every block of paths: parameters, then for each cell (a quarter or a month of creation,
and one cell for the steady pipeline that is open at the start) means, counts, the list of
won deals, their draws, closing times and amounts, which land in a small accumulator; then
the open deals that were listed. Amounts are whole cents, so that sums are exact in any order.

Only won deals that are created before the horizon's end are drawn: the opportunities that
end won are a Poisson process of their own (thinning).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import float32, float64, int32, int64, uint32, uintp

from quotarisk.kernel.bits import (
    COUNTS,
    DEALS,
    OPEN,
    PARAMETERS,
    START,
    Indices,
    Words,
    draw_by_deal,
    draw_by_path,
)
from quotarisk.kernel.compiling import SOURCES, entry, stage
from quotarisk.kernel.counts import MOST_MEAN, add_poisson, spread
from quotarisk.kernel.inputs import (
    CYCLE,
    LOST_CYCLE,
    RATE,
    SIZE,
    WIN,
    Clock,
    Floats,
    Ints,
    MarketFactors,
    SegmentDraws,
    Singles,
    Slots,
)
from quotarisk.kernel.quantiles import evaluate, locate, locate_flat, locate_survival, look, pick

BLOCK = 2048  # paths that pass through the stages together
CHUNK = 2048  # deals that do
CENTS = 100.0
NO_CELL = -1
NO_QUARTET = -1
START_CELL = 1 << 20  # beyond the number of any quarter or month
_ROUND = 6755399441055744.0  # 1.5 * 2**52: adding it rounds to a whole number


class PathScratch(NamedTuple):
    """One place a path of the block."""

    rate: Floats
    win: Floats  # the path's win rate
    won: Floats  # the same under the market of the cell at hand
    size: Singles
    scale: Singles  # size factor under the market of the cell at hand
    cycle: Singles
    mean: Floats
    piece: Floats
    term: Floats
    rest: Floats
    rounded: Floats
    power: Ints
    counts: Ints
    quartet: Words  # [4, block] words of four cells' counts
    cycle_word: Words
    lost_word: Words
    lost: Floats


class DealScratch(NamedTuple):
    """One place a deal of the chunk."""

    w0: Words
    w1: Words
    w2: Words
    w3: Words
    distance: Singles
    cell: Indices
    fraction: Singles
    lines: Words
    arrival: Singles
    length: Singles
    amount: Singles
    slot: Slots
    cents: Floats
    survival: Floats


@stage
def _path_scratch(n):  # type: ignore[no-untyped-def]
    return PathScratch(
        np.empty(n, np.float64),
        np.empty(n, np.float64),
        np.empty(n, np.float64),
        np.empty(n, np.float32),
        np.empty(n, np.float32),
        np.empty(n, np.float32),
        np.empty(n, np.float64),
        np.empty(n, np.float64),
        np.empty(n, np.float64),
        np.empty(n, np.float64),
        np.empty(n, np.float64),
        np.empty(n, np.int64),
        np.empty(n, np.int64),
        np.empty((4, n), np.uint64),
        np.empty(n, np.uint64),
        np.empty(n, np.uint64),
        np.empty(n, np.float64),
    )


@stage
def _deal_scratch(n):  # type: ignore[no-untyped-def]
    return DealScratch(
        np.empty(n, np.uint64),
        np.empty(n, np.uint64),
        np.empty(n, np.uint64),
        np.empty(n, np.uint64),
        np.empty(n, np.float32),
        np.empty(n, np.uint32),
        np.empty(n, np.float32),
        np.empty(n, np.uint64),
        np.empty(n, np.float32),
        np.empty(n, np.float32),
        np.empty(n, np.float32),
        np.empty(n, np.int32),
        np.empty(n, np.float64),
        np.empty(n, np.float64),
    )


@stage
def _quantiles(table, words, count, d, value):  # type: ignore[no-untyped-def]
    """Value of a law for each word."""
    locate(words, count, d.distance, d.cell, d.fraction)
    look(table, d.cell, count, d.lines)
    evaluate(d.lines, d.fraction, count, value)


@stage
def _draw_parameter(segment, which, first, count, d, words, value):  # type: ignore[no-untyped-def]
    """Each path's value of a parameter (float32), and the word it came from."""
    key = segment.key if segment.own[which] else segment.shared_key
    draw_by_path(first, count, which, PARAMETERS, 0, key, words, d.w1, d.w2, d.w3)
    _quantiles(segment.posterior[which], words, count, d, value)


@stage
def _parameters(segment, first, count, p, d):  # type: ignore[no-untyped-def]
    """Each path's creation rate, win rate, size factor and cycle factor."""
    for which in range(4):
        if segment.known[which]:
            known = segment.value[which]
            for i in range(uintp(count)):
                d.amount[i] = float32(known)
        else:
            _draw_parameter(segment, which, first, count, d, d.w0, d.amount)
        exact = segment.known[which]
        if which == RATE:
            for i in range(uintp(count)):
                p.rate[i] = segment.value[RATE] if exact else float64(d.amount[i])
        elif which == WIN:
            for i in range(uintp(count)):
                p.win[i] = segment.value[WIN] if exact else float64(d.amount[i])
        elif which == SIZE:
            for i in range(uintp(count)):
                p.size[i] = d.amount[i]
        else:
            for i in range(uintp(count)):
                p.cycle[i] = d.amount[i]
                p.cycle_word[i] = d.w0[i]


@stage
def _apply_market(market, row, first, count, p):  # type: ignore[no-untyped-def]
    """Win rate and size factor of each path under the market of a period."""
    odds = market.odds[row, first : first + count]
    size = market.size[row, first : first + count]
    for i in range(uintp(count)):
        up = p.win[i] * float64(odds[i])
        p.won[i] = up / (up + (1.0 - p.win[i]))
        p.scale[i] = p.size[i] * size[i]


@stage
def _count(first, count, cell, key, p, d):  # type: ignore[no-untyped-def]
    """Poisson numbers of won deals from ``p.mean``; pieces of a large mean add up.

    Four neighbouring cells share a block of words; ``p.quartet`` holds the first piece's.
    """
    large = int64(0)
    for i in range(uintp(count)):
        p.counts[i] = 0
        large += int64(p.mean[i] > MOST_MEAN)
    which = cell % 4
    if large == 0:
        add_poisson(p.mean, p.quartet[which], count, p.counts, p.term, p.rest, p.rounded, p.power)
        return
    most = p.mean[:count].max()
    for j in range(int64(np.ceil(most / MOST_MEAN))):
        words = p.quartet[which]
        if j > 0:
            draw_by_path(first, count, j, COUNTS, cell // 4, key, d.w0, d.w1, d.w2, d.w3)
            words = (d.w0, d.w1, d.w2, d.w3)[which]
        for i in range(uintp(count)):
            p.piece[i] = min(max(p.mean[i] - MOST_MEAN * j, 0.0), MOST_MEAN)
        add_poisson(p.piece, words, count, p.counts, p.term, p.rest, p.rounded, p.power)


@stage
def _sizes(segment, words, count, d):  # type: ignore[no-untyped-def]
    """Deal sizes into ``d.amount``, before the path's factor."""
    if segment.atoms.shape[0] > 0:
        pick(segment.atoms, words, count, d.amount)
    else:
        _quantiles(segment.size, words, count, d, d.amount)


@stage
def _find_slots(clock, count, d):  # type: ignore[no-untyped-def]
    """Step of the clock's grid in which each deal closes."""
    step, last = float32(clock.step), float32(clock.grid.shape[0] - 1)
    for i in range(uintp(count)):
        d.slot[i] = int32(min(max(d.arrival[i], float32(0.0)) * step, last))


@stage
def _add(clock, paths, begin, count, d, booked):  # type: ignore[no-untyped-def]
    """Add ``d.cents`` to the month in which each deal closes; the last row is 'afterwards'."""
    for i in range(uintp(count)):
        month = int64(clock.grid[uintp(d.slot[i])])
        month += int64(d.arrival[i] >= clock.ends[uintp(month)])
        booked[uintp(month), uintp(begin) + uintp(paths[i])] += d.cents[i]


@stage
def _book(clock, paths, begin, count, scale, d, booked):  # type: ignore[no-untyped-def]
    """Book ``d.amount`` times the path's scale, in whole cents, at ``d.arrival``."""
    _find_slots(clock, count, d)
    for i in range(uintp(count)):
        d.length[i] = scale[uintp(paths[i])]
    for i in range(uintp(count)):
        d.cents[i] = (float64(d.amount[i] * d.length[i]) * CENTS + _ROUND) - _ROUND
    _add(clock, paths, begin, count, d, booked)


@stage
def _book_created(segment, clock, c, begin, first, paths, deals, n, p, d, booked):  # type: ignore[no-untyped-def]
    """Draw and book won deals that are created in a cell of the horizon."""
    for start in range(0, n, CHUNK):
        count = min(CHUNK, n - start)
        draw_by_deal(
            first, paths, deals, start, count, DEALS, segment.cell_id[c], segment.key,
            d.w0, d.w1, d.w2, d.w3,
        )  # fmt: skip
        here = paths[start : start + count]
        locate_flat(d.w0, count, d.cell, d.fraction)
        look(segment.arrival[c], d.cell, count, d.lines)
        evaluate(d.lines, d.fraction, count, d.arrival)
        _quantiles(segment.cycle, d.w1, count, d, d.length)
        for i in range(uintp(count)):
            d.arrival[i] += d.length[i] * p.cycle[uintp(here[i])]
        _sizes(segment, d.w2, count, d)
        _book(clock, here, begin, count, p.scale, d, booked)


@stage
def _book_started(segment, clock, begin, first, paths, deals, n, p, d, booked):  # type: ignore[no-untyped-def]
    """Draw and book won deals of the steady pipeline that is open at day 0.

    A cycle found running is length-biased, and day 0 is a uniform point in it; a deal stays
    with the share of creation that held at its age.
    """
    oldest = segment.past.shape[0] - 1
    for start in range(0, n, CHUNK):
        count = min(CHUNK, n - start)
        draw_by_deal(
            first, paths, deals, start, count, START, 0, segment.key, d.w0, d.w1, d.w2, d.w3
        )
        here = paths[start : start + count]
        _quantiles(segment.length, d.w0, count, d, d.length)
        _sizes(segment, d.w2, count, d)
        for i in range(uintp(count)):
            length = d.length[i] * p.cycle[uintp(here[i])]
            passed = float32((float64(d.w1[i]) + 0.5) * (1.0 / 4294967296.0))
            age = length * passed
            d.arrival[i] = length - age
            share = segment.past[uintp(min(int64(age * segment.past_step), oldest))]
            stays = float32((float64(d.w3[i]) + 0.5) * (1.0 / 4294967296.0)) < share
            d.amount[i] = d.amount[i] if stays else float32(0.0)
        _book(clock, here, begin, count, p.scale, d, booked)


@stage
def _by_path(table, words, count, d, value):  # type: ignore[no-untyped-def]
    """Probability that a cycle outlasts a deal's age, by each path's word for the cycle."""
    _quantiles(table, words, count, d, d.amount)
    for i in range(uintp(count)):
        value[i] = min(max(float64(d.amount[i]), 0.0), 1.0)


@stage
def _book_open(segment, clock, k, begin, first, count, paths, p, d, booked):  # type: ignore[no-untyped-def]
    """Draw and book one listed open deal on every path of a block.

    Won with P(won | open at its age); then its cycle is the law's beyond that age.
    """
    if segment.known[CYCLE]:
        for i in range(uintp(count)):
            p.term[i] = segment.deal_won[k]
    else:
        _by_path(segment.deal_won_by_path[k], p.cycle_word, count, d, p.term)
    if segment.known[LOST_CYCLE]:
        for i in range(uintp(count)):
            p.lost[i] = segment.deal_lost[k]
    else:
        _by_path(segment.deal_lost_by_path[k], p.lost_word, count, d, p.lost)
    draw_by_path(first, count, 0, OPEN, 0, segment.deal_key[k], d.w0, d.w1, d.w2, d.w3)
    n = uintp(0)
    for i in range(uintp(count)):
        win = p.won[i] * p.term[i]
        rest = max(1.0 - p.won[i] - segment.stall, 0.0) * p.lost[i] + segment.stall
        u = (float64(d.w0[i]) + 0.5) * (1.0 / 4294967296.0)
        v = (float64(d.w1[i]) + 0.5) * (1.0 / 4294967296.0)
        paths[n] = uint32(i)
        d.w2[n] = d.w2[i]
        d.survival[n] = p.term[i] * (1.0 - v)
        n += uintp(u * (win + rest) < win)
    won = int64(n)
    locate_survival(d.survival, won, d.distance, d.cell, d.fraction)
    look(segment.cycle, d.cell, won, d.lines)
    evaluate(d.lines, d.fraction, won, d.length)
    for i in range(n):
        d.arrival[i] = d.length[i] * p.cycle[uintp(paths[i])] - segment.deal_age[k]
    if segment.deal_amount[k] > 0.0:
        _find_slots(clock, won, d)
        for i in range(n):
            d.cents[i] = segment.deal_amount[k]
        _add(clock, paths, begin, won, d, booked)
    else:
        _sizes(segment, d.w2, won, d)
        _book(clock, paths, begin, won, p.scale, d, booked)


@entry
def add_bookings(
    segment: SegmentDraws,
    market: MarketFactors,
    clock: Clock,
    first_path: int,
    block: int,
    booked: Floats,
    sources: int = SOURCES,  # noqa: ARG001 - part of the cached signature, see compiling.py
) -> None:
    """Add what a rep books in a segment to ``booked``.

    Parameters
    ----------
    segment, clock
        See `inputs`.
    market
        Factors of the paths ``first_path`` to ``first_path + paths``.
    first_path
        Number of the first path: part of every draw's counter.
    block
        Paths a block; any number gives the same bits.
    booked
        ``[months + 1, paths]`` in cents, added to in place; the last row takes what closes
        after the horizon.
    """
    total = booked.shape[1]
    p = _path_scratch(block)
    d = _deal_scratch(max(block, CHUNK))
    paths = np.empty(8 * block + 1, np.uint32)
    deals = np.empty(8 * block + 1, np.uint32)
    cells = segment.cell_id.shape[0]
    open_deals = segment.deal_key.shape[0]
    for begin in range(0, total, block):
        count = min(block, total - begin)
        first = first_path + begin
        _parameters(segment, first, count, p, d)
        held = int64(NO_QUARTET)
        for c in range(NO_CELL, cells):  # the start's cell comes first
            weeks = segment.start_weeks if c == NO_CELL else segment.cell_weeks[c]
            if weeks <= 0.0:
                continue
            row = 0 if c == NO_CELL else segment.cell_market[c]
            _apply_market(market, row, begin, count, p)
            creation = market.creation[row, begin : begin + count]
            for i in range(uintp(count)):
                p.mean[i] = p.rate[i] * weeks * float64(creation[i]) * p.won[i]
            if c == NO_CELL:
                for i in range(uintp(count)):
                    p.mean[i] *= float64(p.cycle[i])
            cell = START_CELL if c == NO_CELL else segment.cell_id[c]
            if cell // 4 != held:
                held = cell // 4
                draw_by_path(
                    first, count, 0, COUNTS, held, segment.key,
                    p.quartet[0], p.quartet[1], p.quartet[2], p.quartet[3],
                )  # fmt: skip
            _count(first, count, cell, segment.key, p, d)
            n = int64(0)
            for i in range(uintp(count)):
                n += p.counts[i]
            if n + 1 > paths.shape[0]:
                paths = np.empty(n + n // 4 + 1, np.uint32)
                deals = np.empty(n + n // 4 + 1, np.uint32)
            n = spread(p.counts, count, paths, deals)
            if c == NO_CELL:
                _book_started(segment, clock, begin, first, paths, deals, n, p, d, booked)
            else:
                _book_created(segment, clock, c, begin, first, paths, deals, n, p, d, booked)
        if open_deals > 0:
            _apply_market(market, 0, begin, count, p)
            if not segment.known[LOST_CYCLE]:
                _draw_parameter(segment, LOST_CYCLE, first, count, d, p.lost_word, d.amount)
            for k in range(open_deals):
                _book_open(segment, clock, k, begin, first, count, paths, p, d, booked)
