"""Bookings by month and path: the loop over blocks of paths, stage by stage.

For every block of paths: parameters, then for each cell (a quarter or a month of creation,
and one cell for the steady pipeline that is open at the start) means, counts, the list of
won deals, their draws, closing times and amounts, which land in a small accumulator; then
the open deals that were listed. Amounts are whole cents, so that sums are exact in any order.

Only won deals that are created before the horizon's end are drawn: the opportunities that
end won are a Poisson process of their own (thinning).
"""

from __future__ import annotations

import numpy as np
from numba import float32, float64, int32, int64, uint32, uintp

from quotarisk.kernel.arrays import Floats, Indices, Singles, Tables, Words
from quotarisk.kernel.beliefs import (
    apply_market,
    draw_lost_words,
    draw_parameters,
    expect,
    quantiles,
)
from quotarisk.kernel.bits import (
    COUNTS,
    DEALS,
    NONE,
    OPEN,
    START,
    draw_by_deal,
    draw_by_path,
    share_of,
)
from quotarisk.kernel.casts import first_of
from quotarisk.kernel.closing import (
    book,
    count_won,
    draw_cycles,
    draw_sizes,
    look_up_factors,
)
from quotarisk.kernel.compiling import SOURCES, entry, room, stage
from quotarisk.kernel.counts import MOST_MEAN, add_poisson, spread
from quotarisk.kernel.inputs import CYCLE, LOST_CYCLE, Clock, MarketFactors, SegmentDraws
from quotarisk.kernel.quantiles import evaluate, locate_flat, locate_survival, look, pick_beyond
from quotarisk.kernel.scratch import (
    Block,
    DealScratch,
    PathScratch,
    make_deal_scratch,
    make_path_scratch,
)

BLOCK = 2048  # paths that pass through the stages together
CHUNK = 2048  # deals that do
NO_CELL = -1
NO_QUARTET = -1
START_CELL = 1 << 20  # beyond the number of any quarter or month
_TO_23 = np.uint32(9)  # the bits of a word that a float32 can hold, and half a step more
_TO_SHARE = np.float32(1.0 / (1 << 23))


@stage
def _count(block: Block, cell: int, key: np.uint64, p: PathScratch, d: DealScratch) -> None:
    """Poisson numbers of won deals from ``p.mean``; pieces of a large mean add up.

    Four neighbouring cells share a block of words; ``p.words`` holds the first piece's.
    """
    count = block.size
    large = int64(0)
    for i in range(uintp(count)):
        p.counts[i] = 0
        large += int64(p.mean[i] > MOST_MEAN)
    which = cell % 4
    if large == 0:
        add_poisson(p.mean, p.words[which], count, p.counts, p.term, p.rest)
        return
    most = 0.0
    for i in range(uintp(count)):
        most = max(most, p.mean[i])
    for j in range(int(np.ceil(most / MOST_MEAN))):
        words = p.words
        if j > 0:
            words = d.words
            draw_by_path(block.first, count, j, COUNTS, cell // 4, key, words)
        for i in range(uintp(count)):
            p.piece[i] = min(max(p.mean[i] - MOST_MEAN * j, 0.0), MOST_MEAN)
        add_poisson(p.piece, words[which], count, p.counts, p.term, p.rest)


@stage
def _close(count: int, d: DealScratch) -> None:
    """Add cycles, at the path's factor, to the times in ``d.closing``."""
    for i in range(uintp(count)):
        d.closing[i] += d.length[i] * first_of(d.factors[i])


@stage
def _arrive_and_close(straight: Singles, table: Tables, count: int, d: DealScratch) -> None:
    """Closing times of deals whose cycles are in ``d.length``.

    Creation runs evenly from a day on over so many days of the cell, or through a table.
    """
    words = d.words[0]
    if straight[1] > 0.0:
        begin, days, last = straight[0], straight[1] * _TO_SHARE, straight[2]
        for i in range(uintp(count)):
            arrival = begin + (float32(int32(words[i] >> _TO_23)) + float32(0.5)) * days
            d.closing[i] = min(arrival, last) + d.length[i] * first_of(d.factors[i])
    else:
        locate_flat(words, count, d.cell, d.fraction)
        look(table, d.cell, count, d.lines)
        evaluate(d.lines, d.fraction, count, d.closing)
        _close(count, d)


@stage
def _book_created(
    segment: SegmentDraws,
    clock: Clock,
    c: int,
    block: Block,
    paths: Indices,
    deals: Indices,
    n: int,
    p: PathScratch,
    d: DealScratch,
    booked: Floats,
    won: Floats,
) -> None:
    """Draw and book won deals that are created in a cell of the horizon."""
    for start in range(0, n, CHUNK):
        count = min(CHUNK, n - start)
        here = paths[start : start + count]
        draw_by_deal(
            block.first, here, deals[start:], count, DEALS, segment.cell_id[c], segment.key, d.words
        )
        look_up_factors(p.factors, here, count, d)
        draw_cycles(segment.cycles, segment.cycle, d.words[1], count, d)
        _arrive_and_close(segment.straight[c], segment.arrival[c], count, d)
        draw_sizes(segment.prices, segment.size, d.words[2], count, d)
        book(clock, here, block.begin, count, d, booked)
        if won.shape[0] > 0:
            d.stays[:count] = 1.0
            count_won(clock, here, block.begin, count, d, won)


@stage
def _book_started(
    segment: SegmentDraws,
    clock: Clock,
    block: Block,
    paths: Indices,
    deals: Indices,
    n: int,
    p: PathScratch,
    d: DealScratch,
    booked: Floats,
    won: Floats,
) -> None:
    """Draw and book won deals of the steady pipeline that is open at day 0.

    A cycle found running is length-biased, and day 0 is a uniform point in it; a deal stays
    with the share of creation that held at its age. A listed cycle is drawn as it is and
    stays in proportion to its length instead.
    """
    oldest = segment.past.shape[0] - 1
    listed = segment.cycles.shape[0] > 0
    longest = float32(segment.cycles[-1]) if listed else float32(1.0)
    thinned = listed or oldest > 0
    for start in range(0, n, CHUNK):
        count = min(CHUNK, n - start)
        here = paths[start : start + count]
        draw_by_deal(block.first, here, deals[start:], count, START, NONE, segment.key, d.words)
        look_up_factors(p.factors, here, count, d)
        draw_cycles(segment.cycles, segment.length, d.words[0], count, d)
        passed, lot = d.words[1], d.words[3]
        for i in range(uintp(count)):
            length = d.length[i] * first_of(d.factors[i])
            d.closing[i] = length - length * float32(share_of(passed[i]))
        if thinned:
            for i in range(uintp(count)):
                age = d.length[i] * first_of(d.factors[i]) * float32(share_of(passed[i]))
                share = segment.past[uintp(min(age * segment.past_step, float64(oldest)))]
                share *= d.length[i] / longest if listed else float32(1.0)
                stays = share >= float32(1.0) or float32(share_of(lot[i])) < share
                d.stays[i] = 1.0 if stays else 0.0
        draw_sizes(segment.prices, segment.size, d.words[2], count, d)
        if thinned:
            for i in range(uintp(count)):
                d.cents[i] *= d.stays[i]
        book(clock, here, block.begin, count, d, booked)
        if won.shape[0] > 0:
            if not thinned:
                d.stays[:count] = 1.0
            count_won(clock, here, block.begin, count, d, won)


@stage
def _by_path(table: Tables, words: Words, count: int, d: DealScratch, value: Floats) -> None:
    """Probability that a cycle outlasts a deal's age, by each path's word for the cycle."""
    quantiles(table, words, count, d, d.length)
    for i in range(uintp(count)):
        value[i] = min(max(float64(d.length[i]), 0.0), 1.0)


@stage
def _book_open(
    segment: SegmentDraws,
    clock: Clock,
    k: int,
    block: Block,
    paths: Indices,
    p: PathScratch,
    d: DealScratch,
    booked: Floats,
    won: Floats,
) -> None:
    """Draw and book one listed open deal on every path of a block.

    Won with P(won | open at its age); then its cycle is the law's beyond that age.
    """
    count = block.size
    outlasts, lost_outlasts = p.term, p.rest
    if segment.known[CYCLE]:
        outlasts[:count] = segment.deal_won[k]
    else:
        _by_path(segment.deal_won_by_path[k], p.cycle_word, count, d, outlasts)
    if segment.known[LOST_CYCLE]:
        lost_outlasts[:count] = segment.deal_lost[k]
    else:
        _by_path(segment.deal_lost_by_path[k], p.lost_word, count, d, lost_outlasts)
    draw_by_path(block.first, count, NONE, OPEN, NONE, segment.deal_key[k], d.words)
    w0, w1, w2, w3 = d.words[0], d.words[1], d.words[2], d.words[3]
    n = uintp(0)
    for i in range(uintp(count)):
        win = p.won[i] * outlasts[i]
        rest = max(1.0 - p.won[i] - segment.stall, 0.0) * lost_outlasts[i] + segment.stall
        paths[n] = uint32(i)
        w2[n] = w2[i]
        w3[n] = w3[i]
        d.survival[n] = outlasts[i] * (1.0 - share_of(w1[i]))
        n += uintp(share_of(w0[i]) * (win + rest) < win)
    number = int64(n)
    age = segment.deal_age[k]
    if segment.deal_old[k] >= 0:
        quantiles(segment.residual[segment.deal_old[k]], w3, number, d, d.length)
        age = float32(0.0)
    elif segment.cycles.shape[0] > 0:
        pick_beyond(segment.cycles, d.survival, number, d.length)
    else:
        locate_survival(d.survival, number, d.cell, d.fraction)
        look(segment.cycle, d.cell, number, d.lines)
        evaluate(d.lines, d.fraction, number, d.length)
    look_up_factors(p.factors, paths, number, d)
    d.closing[:number] = -age
    _close(number, d)
    if segment.deal_amount[k] > 0.0:
        d.cents[:number] = segment.deal_amount[k]
    else:
        draw_sizes(segment.prices, segment.size, w2, number, d)
    book(clock, paths, block.begin, number, d, booked)
    if won.shape[0] > 0:
        d.stays[:number] = 1.0
        count_won(clock, paths, block.begin, number, d, won)


@room
def _run_stages(
    segment: SegmentDraws,
    market: MarketFactors,
    clock: Clock,
    first_path: int,
    block_paths: int,
    booked: Floats,
    won: Floats,
) -> None:
    """All stages, block by block of paths; ``won`` has no rows where nothing is counted."""
    total = booked.shape[1]
    p = make_path_scratch(block_paths)
    d = make_deal_scratch(max(block_paths, CHUNK))
    paths = np.empty(8 * block_paths + 1, np.uint32)
    deals = np.empty(8 * block_paths + 1, np.uint32)
    for begin in range(0, total, block_paths):
        block = Block(begin, first_path + begin, min(block_paths, total - begin))
        count = block.size
        end = begin + count
        draw_parameters(segment, block, p, d)
        held = int64(NO_QUARTET)
        for c in range(NO_CELL, segment.cell_id.shape[0]):  # the start's cell comes first
            weeks = segment.start_weeks if c == NO_CELL else segment.cell_weeks[c]
            if weeks <= 0.0:
                continue
            row = NONE if c == NO_CELL else segment.cell_market[c]
            expect(
                weeks,
                market.creation[row, begin:end],
                market.odds[row, begin:end],
                market.size[row, begin:end],
                count,
                p,
            )
            if c == NO_CELL:
                for i in range(uintp(count)):
                    p.mean[i] *= float64(p.cycle[i])
            cell = int64(START_CELL) if c == NO_CELL else segment.cell_id[c]
            if cell // 4 != held:
                held = cell // 4
                draw_by_path(block.first, count, NONE, COUNTS, held, segment.key, p.words)
            _count(block, cell, segment.key, p, d)
            n = int64(0)
            for i in range(uintp(count)):
                n += int64(p.counts[i])
            if n + 1 > paths.shape[0]:
                paths = np.empty(n + n // 4 + 1, np.uint32)
                deals = np.empty(n + n // 4 + 1, np.uint32)
            n = spread(p.counts, count, paths, deals)
            if c == NO_CELL:
                _book_started(segment, clock, block, paths, deals, n, p, d, booked, won)
            else:
                _book_created(segment, clock, c, block, paths, deals, n, p, d, booked, won)
        if segment.deal_key.shape[0] > 0:
            apply_market(market.odds[NONE, begin:end], market.size[NONE, begin:end], count, p)
            if not segment.known[LOST_CYCLE]:
                if segment.lost_as_won:
                    for i in range(uintp(count)):
                        p.lost_word[i] = p.cycle_word[i]
                else:
                    draw_lost_words(segment, block, p, d)
            for k in range(segment.deal_key.shape[0]):
                _book_open(segment, clock, k, block, paths, p, d, booked, won)


@entry
def add_bookings(
    segment: SegmentDraws,
    market: MarketFactors,
    clock: Clock,
    first_path: int,
    block_paths: int,
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
    block_paths
        Paths a block; any number gives the same bits.
    booked
        ``[months + 1, paths]`` in cents, added to in place; the last row takes what closes
        after the horizon.
    """
    _run_stages(
        segment, market, clock, first_path, block_paths, booked, np.empty((0, 0), np.float64)
    )


@entry
def count_bookings(
    segment: SegmentDraws,
    market: MarketFactors,
    clock: Clock,
    first_path: int,
    block_paths: int,
    booked: Floats,
    won: Floats,
    sources: int = SOURCES,  # noqa: ARG001 - part of the cached signature, see compiling.py
) -> None:
    """Add what a rep books in a segment to ``booked``, and how many deals that are to ``won``.

    Parameters
    ----------
    segment, market, clock, first_path, block_paths, booked
        As `add_bookings` takes them; the bookings are the same to the bit.
    won
        ``[months + 1, paths]`` as ``booked``, added to in place.
    """
    _run_stages(segment, market, clock, first_path, block_paths, booked, won)
