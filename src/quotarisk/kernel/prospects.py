"""Opportunities as they come: each stream's next one waits for its time.

A stream's time is the number of opportunities that were to be expected so far. In it they
come at unit rate, so the k-th opportunity of a stream is the same in every scenario: one block
of words tells its outcome, cycle and size, and the gap to the next one; block 0 tells the gap
to the first.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import float64, int64, uint32, uint64, uintp

from quotarisk.kernel.arrays import Bytes, Floats, Indices, Ints, Singles, Tables, Words
from quotarisk.kernel.bits import MADE, philox, share_of
from quotarisk.kernel.closing import CENTS
from quotarisk.kernel.compiling import formula
from quotarisk.kernel.desk import DRAWN_TOGETHER, Deals, Desk, Hours, Lookup, Opps, Streams
from quotarisk.kernel.lean import part
from quotarisk.kernel.pipelines import ONE_DEAL, WON, Pipelines, put, put_cents
from quotarisk.kernel.quantiles import evaluate, locate, look
from quotarisk.kernel.work import Laws, Origins, Work

_MASK = np.uint64(0xFFFFFFFF)
_HALF = np.uint64(32)
_ROUND = 6755399441055744.0  # 1.5 * 2**52: adding it rounds to a whole number


@part
def look_in_rows(tables: Tables, rows: Indices, cell: Indices, count: int, lines: Tables) -> None:
    """Load each cell's line from its row of tables."""
    for i in range(uintp(count)):
        lines[i] = tables[uintp(rows[i]), uintp(cell[i])]


@part
def pick_listed(
    begins: Ints, values: Floats, rows: Indices, words: Words, count: int, drawn: Any
) -> None:
    """Put listed values, all equally likely, in the place of those from tables."""
    for i in range(uintp(count)):
        row = uintp(rows[i])
        begin = begins[row]
        size = begins[row + uintp(1)] - begin
        if size > 0:
            place = (uint64(words[i]) * uint64(size)) >> uint64(32)
            drawn[i] = values[uintp(begin) + uintp(place)]


@part
def draw_cycles(laws: Laws, rows: Indices, words: Words, count: int, lookup: Lookup) -> None:
    """Cycles by row of their laws, before the path's factor: into ``lookup.value``."""
    locate(words, count, lookup.cell, lookup.fraction)
    look_in_rows(laws.table, rows, lookup.cell, count, lookup.lines)
    evaluate(lookup.lines, lookup.fraction, count, lookup.value)
    if laws.values.shape[0] > 0:
        pick_listed(laws.begin, laws.values, rows, words, count, lookup.value)


@part
def _draw_cents(sizes: Laws, words: Words, count: int, deals: Deals, lookup: Lookup) -> None:
    """Whole cents of deals at the factors in ``deals.amount``."""
    locate(words, count, lookup.cell, lookup.fraction)
    look_in_rows(sizes.table, deals.row, lookup.cell, count, lookup.lines)
    evaluate(lookup.lines, lookup.fraction, count, lookup.value)
    cents = deals.cents
    for i in range(uintp(count)):
        cents[i] = float64(lookup.value[i]) * CENTS
    if sizes.values.shape[0] > 0:
        pick_listed(sizes.begin, sizes.values, deals.row, words, count, cents)
    for i in range(uintp(count)):
        cents[i] = (cents[i] * float64(deals.amount[i]) + _ROUND) - _ROUND


@part
def _draw(first: int, era: int, begin: int, count: int, bits: int, opps: Opps) -> None:
    """Words of opportunities from ``begin`` on; ``era`` keeps a warm-up's apart.

    They are drawn in whole parts of `DRAWN_TOGETHER`, as one by one they cost a lot more.
    """
    places, numbers = opps.place[begin:], opps.number[begin:]
    k0, k1 = opps.key[0][begin:], opps.key[1][begin:]
    w0, w1 = opps.words[0][begin:], opps.words[1][begin:]
    w2, w3 = opps.words[2][begin:], opps.words[3][begin:]
    mask = uint64((1 << bits) - 1)
    whole = -(-count // DRAWN_TOGETHER) * DRAWN_TOGETHER
    for i in range(uintp(whole)):
        place = uint64(places[i])
        x, y, z, w = philox(
            uint64(numbers[i]),
            uint64(first) + (place & mask),
            uint64(MADE),
            uint64(era),
            uint64(k0[i]),
            uint64(k1[i]),
        )
        w0[i], w1[i], w2[i], w3[i] = uint32(x), uint32(y), uint32(z), uint32(w)


@part
def _draw_gaps(gap: Tables, words: Words, count: int, lookup: Lookup) -> None:
    """Gaps to the next opportunities: into ``lookup.value``."""
    locate(words, count, lookup.cell, lookup.fraction)
    look(gap, lookup.cell, count, lookup.lines)
    evaluate(lookup.lines, lookup.fraction, count, lookup.value)


@part
def begin_streams(
    origins: Origins,
    first: int,
    era: int,
    size: int,
    bits: int,
    streams: Streams,
    opps: Opps,
    lookup: Lookup,
) -> None:
    """Draw when each stream's first opportunity comes; none has been expected so far."""
    streams.now[:] = 0.0
    streams.number[:] = 0
    for s in range(origins.live.shape[0]):
        if origins.live[s] == 0:
            continue
        key = origins.key[s]
        for i in range(uintp(size)):
            opps.place[i] = uint32((s << bits) + int64(i))
            opps.number[i] = 0
            opps.key[0, i] = uint32(key & _MASK)
            opps.key[1, i] = uint32(key >> _HALF)
        _draw(first, era, int64(0), size, bits, opps)
        _draw_gaps(origins.gap, opps.words[0], size, lookup)
        due = streams.due[s << bits :]
        for i in range(uintp(size)):
            due[i] = float64(lookup.value[i])


@part
def advance_streams(
    live: Bytes, hours: Hours, size: int, bits: int, streams: Streams, places: Indices
) -> Any:
    """Let a step pass; list the segments and paths whose next opportunity is due in ``places``.

    Returns how many these are.
    """
    n = uintp(0)
    for s in range(live.shape[0]):
        if live[s] == 0:
            continue
        begin = s << bits
        made, inbound = streams.made[begin:], streams.inbound[begin:]
        then, now, due = streams.then[begin:], streams.now[begin:], streams.due[begin:]
        is_due = streams.is_due[begin:]
        for i in range(uintp(size)):
            then[i] = now[i]
        for i in range(uintp(size)):
            now[i] = then[i] + (made[i] * hours.made[i] + inbound[i] * hours.inbound[i])
        for i in range(uintp(size)):
            is_due[i] = due[i] <= now[i]
        for i in range(uintp(size)):
            places[n] = uint32(uint32(begin) + uint32(i))
            n += uintp(is_due[i])
    return int64(n)


@formula
def come(
    origins: Origins,
    first: int,
    era: int,
    begin: int,
    count: int,
    bits: int,
    streams: Streams,
    opps: Opps,
    lookup: Lookup,
) -> Any:
    """Let the opportunities that are due come, behind the ``begin`` that came before.

    Returns how many streams have one more due within the step; ``opps.due`` lists them.
    """
    low, high = opps.key[0], opps.key[1]
    for k in range(uintp(count)):
        i = uintp(begin) + k
        place = uintp(opps.due[k])
        number = uint32(streams.number[place] + uint32(1))
        key = origins.key[place >> uintp(bits)]
        streams.number[place] = number
        opps.place[i] = uint32(place)
        opps.number[i] = number
        opps.when[i] = streams.due[place]
        low[i] = uint32(key & _MASK)
        high[i] = uint32(key >> _HALF)
    _draw(first, era, begin, count, bits, opps)
    _draw_gaps(origins.gap, opps.words[0][begin:], count, lookup)
    n = uintp(0)
    for k in range(uintp(count)):
        place = uintp(opps.place[uintp(begin) + k])
        due = opps.when[uintp(begin) + k] + float64(lookup.value[k])
        streams.due[place] = due
        opps.due[n] = uint32(place)
        n += uintp(due <= streams.now[place])
    return int64(n)


@part
def _decide(
    effort: Ints, count: int, bits: int, won: Floats, streams: Streams, opps: Opps, deals: Deals
) -> None:
    """Where in the step each opportunity comes, and whether it will be won."""
    segments: Any = uint32(effort.shape[0])
    mask = uint32((1 << bits) - 1)
    words, shift = opps.words[1], uint32(bits)
    for i in range(uintp(count)):
        place = opps.place[i]
        path = uint32(place & mask)
        segment = uint32(place >> shift)
        then = streams.then[uintp(place)]
        opps.when[i] = (opps.when[i] - then) / (streams.now[uintp(place)] - then)
        lost: Any = uint32(not share_of(words[i]) < won[uintp(place)])
        deals.path[i] = path
        deals.clock[i] = lost
        deals.row[i] = uint32(segment + uint32(lost * segments))
        deals.efforts[i] = effort[uintp(segment)] + ONE_DEAL


@part
def _end(
    pace: Singles,
    passed: Floats,
    cycles: Singles,
    count: int,
    bits: int,
    pipes: Pipelines,
    deals: Deals,
) -> None:
    """When on their clocks deals would end that begin where the step has passed so far."""
    stride = uintp(pipes.stride)
    for i in range(uintp(count)):
        path, row = uintp(deals.path[i]), uintp(deals.row[i])
        clock = uintp(deals.clock[i]) * stride + path
        begun = pipes.clock[clock] + passed[i] * pipes.advance[clock]
        deals.ends[i] = begun + float64(cycles[i] * pace[(row << uintp(bits)) + path])


@formula
def settle(work: Work, count: int, d: Desk, pipes: Pipelines) -> None:
    """What becomes of the opportunities of a step: they wait where they will close."""
    words, traits = d.opps.words, d.traits
    _decide(work.origins.effort, count, d.bits, traits.won, d.streams, d.opps, d.deals)
    draw_cycles(work.cycles, d.deals.row, words[2], count, d.lookup)
    _end(traits.pace, d.opps.when, d.lookup.value, count, d.bits, pipes, d.deals)
    put(d.deals, count, pipes)
    put_winners(work.sizes, words[3], traits.amount, count, d.bits, d.deals, d.lookup, pipes.cents)


@part
def put_winners(
    sizes: Laws,
    words: Words,
    factor: Singles,
    count: int,
    bits: int,
    deals: Deals,
    lookup: Lookup,
    cents: Ints,
) -> None:
    """Draw the amounts of those deals in the list that are won, and put them where they close."""
    which = lookup.cell
    won = uintp(0)
    for i in range(uintp(count)):
        which[won] = uint32(i)
        won += uintp(deals.clock[i] == uint32(WON))
    for i in range(won):
        j = uintp(which[i])
        row = deals.row[j]
        deals.bins[i] = deals.bins[j]
        words[i] = words[j]
        deals.row[i] = row
        deals.amount[i] = factor[(uintp(row) << uintp(bits)) + uintp(deals.path[j])]
    _draw_cents(sizes, words, int64(won), deals, lookup)
    put_cents(deals.bins, deals.cents, int64(won), cents)
