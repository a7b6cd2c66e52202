"""Opportunities as they come: each stream's next one waits for its time.

A stream's time is the number of opportunities that were to be expected so far. In it they
come at unit rate, so the k-th opportunity of a stream is the same in every scenario: one block
of words tells its outcome, cycle and size, and the gap to the next one; block 0 tells the gap
to the first.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import float32, float64, int64, uint32, uint64, uintp

from quotarisk.kernel.arrays import Floats, Indices, Ints, Singles, Tables, Words
from quotarisk.kernel.bits import MADE, philox, share_of
from quotarisk.kernel.closing import CENTS
from quotarisk.kernel.compiling import stage
from quotarisk.kernel.desk import Desk, Opps
from quotarisk.kernel.pipelines import ONE_DEAL, WON, Pipelines, put, put_cents
from quotarisk.kernel.quantiles import evaluate, locate, look
from quotarisk.kernel.work import Work

_MASK = np.uint64(0xFFFFFFFF)
_HALF = np.uint64(32)
_ROUND = 6755399441055744.0  # 1.5 * 2**52: adding it rounds to a whole number


@stage
def look_in_rows(tables: Tables, rows: Indices, cell: Indices, count: int, lines: Tables) -> None:
    """Load each cell's line from its row of tables."""
    for i in range(uintp(count)):
        lines[i] = tables[uintp(rows[i]), uintp(cell[i])]


@stage
def pick_listed(
    begins: Ints, values: Floats, rows: Indices, words: Words, count: int, lengths: Singles
) -> None:
    """Put listed values, all equally likely, in the place of those from tables (float32)."""
    for i in range(uintp(count)):
        row = uintp(rows[i])
        begin = begins[row]
        size = begins[row + uintp(1)] - begin
        if size > 0:
            place = (uint64(words[i]) * uint64(size)) >> uint64(32)
            lengths[i] = float32(values[uintp(begin) + uintp(place)])


@stage
def draw_lengths(
    work: Work, tables: Tables, rows: Indices, words: Words, count: int, o: Opps
) -> None:
    """Cycles by row of `Work.cycle` or `Work.length`, before the path's factor."""
    locate(words, count, o.cell, o.fraction)
    look_in_rows(tables, rows, o.cell, count, o.lines)
    evaluate(o.lines, o.fraction, count, o.length)
    if work.cycles.shape[0] > 0:
        pick_listed(work.cycle_from, work.cycles, rows, words, count, o.length)


@stage
def draw_cents(work: Work, words: Words, count: int, o: Opps) -> None:
    """Whole cents of deals in ``o.segment`` at the factors in ``o.amount``."""
    locate(words, count, o.cell, o.fraction)
    look_in_rows(work.size, o.segment, o.cell, count, o.lines)
    evaluate(o.lines, o.fraction, count, o.length)
    for i in range(uintp(count)):
        o.cents[i] = float64(o.length[i]) * CENTS
    if work.prices.shape[0] > 0:
        for i in range(uintp(count)):
            row = uintp(o.segment[i])
            begin = work.price_from[row]
            size = work.price_from[row + uintp(1)] - begin
            if size > 0:
                place = (uint64(words[i]) * uint64(size)) >> uint64(32)
                o.cents[i] = work.prices[uintp(begin) + uintp(place)]
    for i in range(uintp(count)):
        o.cents[i] = (o.cents[i] * float64(o.amount[i]) + _ROUND) - _ROUND


@stage
def _draw(first: int, era: int, begin: int, count: int, d: Desk, o: Opps) -> None:
    """Words of opportunities from ``begin`` on; ``era`` keeps a warm-up's apart."""
    places, numbers, keys = o.place[begin:], o.number[begin:], o.key[begin:]
    w0, w1 = o.words[0][begin:], o.words[1][begin:]
    w2, w3 = o.words[2][begin:], o.words[3][begin:]
    bits = uint64(d.bits)
    mask = uint64((1 << d.bits) - 1)
    for i in range(uintp(count)):
        place = uint64(places[i])
        key = keys[i]
        x, y, z, w = philox(
            uint64(numbers[i]),
            uint64(first) + (place & mask),
            uint64(MADE) + ((place >> bits) & uint64(1)),
            uint64(era),
            key & _MASK,
            key >> _HALF,
        )
        w0[i], w1[i], w2[i], w3[i] = uint32(x), uint32(y), uint32(z), uint32(w)


@stage
def _draw_gaps(work: Work, begin: int, count: int, o: Opps) -> None:
    """Gaps to the next opportunities, of those from ``begin`` on: into ``o.gap``."""
    locate(o.words[0][begin:], count, o.cell, o.fraction)
    look(work.gap, o.cell, count, o.lines)
    evaluate(o.lines, o.fraction, count, o.gap)


@stage
def begin_streams(work: Work, first: int, era: int, size: int, d: Desk, o: Opps) -> None:
    """Draw when each stream's first opportunity comes; none has been expected so far."""
    d.now[:] = 0.0
    d.number[:] = 0
    for q in range(work.live.shape[0]):
        if work.live[q] == 0:
            continue
        for i in range(uintp(size)):
            o.place[i] = uint32((q << d.bits) + int64(i))
            o.number[i] = 0
            o.key[i] = work.key[q >> 1]
        _draw(first, era, 0, size, d, o)
        _draw_gaps(work, 0, size, o)
        due = d.due[q << d.bits :]
        for i in range(uintp(size)):
            due[i] = float64(o.gap[i])


@stage
def advance_streams(work: Work, size: int, d: Desk, o: Opps) -> Any:
    """Let a step pass; list the streams and paths whose next opportunity is due.

    Returns how many these are; their places are in ``o.next_place``.
    """
    n = uintp(0)
    for q in range(work.live.shape[0]):
        if work.live[q] == 0:
            continue
        begin = q << d.bits
        rate, then, now = d.rate[begin:], d.then[begin:], d.now[begin:]
        due, gain = d.due[begin:], d.gains[(q & 1) << d.bits :]
        for i in range(uintp(size)):
            then[i] = now[i]
            now[i] = now[i] + rate[i] * gain[i]
        for i in range(uintp(size)):
            o.next_place[n] = uint32(uint32(begin) + uint32(i))
            n += uintp(due[i] <= now[i])
    return int64(n)


@stage
def come(work: Work, first: int, era: int, begin: int, count: int, d: Desk, o: Opps) -> Any:
    """Let the opportunities that are due come, behind the ``begin`` that came before.

    Returns how many streams have one more due within the step; ``o.next_place`` lists them.
    """
    for k in range(uintp(count)):
        i = uintp(begin) + k
        place = uintp(o.next_place[k])
        number = uint32(d.number[place] + uint32(1))
        d.number[place] = number
        o.place[i] = uint32(place)
        o.number[i] = number
        o.when[i] = d.due[place]
        o.key[i] = work.key[(place >> uintp(d.bits)) >> uintp(1)]
    _draw(first, era, begin, count, d, o)
    _draw_gaps(work, begin, count, o)
    n = uintp(0)
    for k in range(uintp(count)):
        place = uintp(o.place[uintp(begin) + k])
        due = o.when[uintp(begin) + k] + float64(o.gap[k])
        d.due[place] = due
        o.next_place[n] = uint32(place)
        n += uintp(due <= d.now[place])
    return int64(n)


@stage
def _decide(work: Work, count: int, d: Desk, o: Opps) -> None:
    """Where in the step each opportunity comes, and whether it will be won."""
    segments: Any = uint32(work.key.shape[0])
    mask = uint32((1 << d.bits) - 1)
    bits = uint32(d.bits)
    won = o.words[1]
    for i in range(uintp(count)):
        place = o.place[i]
        path = uint32(place & mask)
        segment = uint32(uint32(place >> bits) >> uint32(1))
        then = d.then[uintp(place)]
        o.at[i] = (o.when[i] - then) / (d.now[uintp(place)] - then)
        odds = d.won[(uintp(segment) << uintp(bits)) + uintp(path)]
        lost: Any = uint32(not share_of(won[i]) < odds)
        o.path[i] = path
        o.clock[i] = lost
        o.row[i] = uint32(segment + uint32(lost * segments))
        o.efforts[i] = work.effort[uintp(segment)] + ONE_DEAL


@stage
def _end(count: int, d: Desk, pipes: Pipelines, o: Opps) -> None:
    """When on their clocks deals would end, whose cycles are in ``o.length``."""
    stride, bits = uintp(pipes.stride), uintp(d.bits)
    for i in range(uintp(count)):
        path, row = uintp(o.path[i]), uintp(o.row[i])
        clock = uintp(o.clock[i]) * stride + path
        begun = pipes.clock[clock] + o.at[i] * pipes.advance[clock]
        o.ends[i] = begun + float64(o.length[i] * d.pace[(row << bits) + path])


@stage
def settle(work: Work, count: int, d: Desk, pipes: Pipelines, o: Opps) -> None:
    """What becomes of the opportunities of a step: they wait where they will close."""
    _decide(work, count, d, o)
    draw_lengths(work, work.cycle, o.row, o.words[2], count, o)
    _end(count, d, pipes, o)
    put(o.path, o.clock, o.ends, o.efforts, count, pipes, o.bins)
    put_winners(work, o.words[3], count, d, pipes, o)


@stage
def put_winners(work: Work, words: Words, count: int, d: Desk, pipes: Pipelines, o: Opps) -> None:
    """Draw the amounts of those deals in the list that are won, and put them where they close."""
    bits = uintp(d.bits)
    which = o.cell
    won = uintp(0)
    for i in range(uintp(count)):
        which[won] = uint32(i)
        won += uintp(o.clock[i] == uint32(WON))
    for i in range(won):
        j = uintp(which[i])
        row = o.row[j]
        o.bins[i] = o.bins[j]
        words[i] = words[j]
        o.segment[i] = row
        o.amount[i] = d.amount[(uintp(row) << bits) + uintp(o.path[j])]
    draw_cents(work, words, int64(won), o)
    put_cents(o.bins, o.cents, int64(won), pipes)
