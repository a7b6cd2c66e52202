"""What is open when it begins: a pipeline in balance, or deals that are listed."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import float32, float64, int64, uint32, uintp

from quotarisk.kernel.arrays import Floats, Indices, Singles, Words
from quotarisk.kernel.beliefs import quantiles
from quotarisk.kernel.bits import COUNTS, NONE, OPEN, START, draw_by_deal, draw_by_path, share_of
from quotarisk.kernel.bookings import START_CELL
from quotarisk.kernel.compiling import formula
from quotarisk.kernel.counts import MOST_MEAN, add_poisson, spread
from quotarisk.kernel.desk import Desk, Hours, Opps, Streams, Traits
from quotarisk.kernel.lean import part
from quotarisk.kernel.pipelines import LOST, ONE_DEAL, WON, Pipelines, put, put_cents
from quotarisk.kernel.prospects import draw_cycles, put_winners
from quotarisk.kernel.quantiles import evaluate, locate_survival, look, pick_beyond
from quotarisk.kernel.scratch import Block, DealScratch, PathScratch
from quotarisk.kernel.work import EFFORT_UNIT, Listed, Work

DAYS_PER_WEEK = 7.0
LISTED_TOGETHER = 8  # deals a path


@formula
def _share(won: Any, clock: Any) -> Any:
    """Share of opportunities that follow a clock."""
    return won if clock == WON else 1.0 - won


@formula
def _longest(laws: Any, row: Any, other: Any) -> Any:
    """The longest of the row's listed values, or the other number."""
    end = laws.begin[row + 1]
    return laws.values[end - 1] if end > laws.begin[row] else other


@part
def _find_balance(
    work: Work,
    speeds: Floats,
    creation: Singles,
    count: int,
    bits: int,
    traits: Traits,
    streams: Streams,
    hours: Hours,
) -> None:
    """Prospecting hours a week at which as many deals come in as go: into ``hours.free``.

    What deals take at full speed is ``L = g (a P + b)`` with ``P`` hours of prospecting, the
    creation's factor ``g``, and ``a`` and ``b`` the work that comes with an hour of
    prospecting and in a week without. In balance ``P + L`` are the week's hours. Where deals
    would take more than they can get there is no balance: then ``P`` is the reserved share.

    Parameters
    ----------
    speeds
        ``[2]`` mean speed of the clocks of won and of lost deals.
    creation
        ``[count]`` the market's factor.
    """
    effort, steps = work.origins.effort, work.steps
    segments = effort.shape[0]
    weekly = steps.hours[0] / (steps.days[0] / DAYS_PER_WEEK)
    for i in range(uintp(count)):
        hours.pull[i] = 0.0
        hours.push[i] = 0.0
    for s in range(segments):
        won = traits.won[s << bits :]
        made, inbound = streams.made[s << bits :], streams.inbound[s << bits :]
        for clock in range(2):
            row = clock * segments + s
            pace = traits.pace[row << bits :]
            work_of = work.mean_cycle[row] / speeds[clock] / DAYS_PER_WEEK
            work_of *= effort[s] * EFFORT_UNIT
            for i in range(uintp(count)):
                each = _share(won[i], clock) * float64(pace[i]) * work_of
                hours.pull[i] += made[i] * each
                hours.push[i] += inbound[i] * each
    for i in range(uintp(count)):
        factor = steps.productivity[0] * float64(creation[i])
        load = (hours.pull[i] * weekly + hours.push[i]) * factor / (1.0 + hours.pull[i] * factor)
        hours.free[i] = max(weekly - load, weekly * work.reserved)


@part
def _expect_open(
    work: Work,
    s: int,
    clock: int,
    speed: float,
    creation: Singles,
    count: int,
    d: Desk,
    mean: Floats,
) -> None:
    """Mean number of deals of a segment that are open in balance."""
    row = clock * work.origins.effort.shape[0] + s
    won, pace = d.traits.won[s << d.bits :], d.traits.pace[row << d.bits :]
    made, inbound = d.streams.made[s << d.bits :], d.streams.inbound[s << d.bits :]
    free = d.hours.free
    # listed cycles stay in proportion to their length: so many would be drawn of the longest
    weeks = _longest(work.cycles, row, work.mean_cycle[row]) / speed / DAYS_PER_WEEK
    weeks *= work.steps.productivity[0]
    for i in range(uintp(count)):
        coming = (free[i] * made[i] + inbound[i]) * float64(creation[i])
        mean[i] = coming * weeks * float64(pace[i]) * _share(won[i], clock)


@part
def _count_open(block: Block, clock: int, key: np.uint64, words: Words, p: PathScratch) -> None:
    """Poisson numbers of open deals from ``p.mean``: pieces of a large mean add up.

    Won and lost ones share blocks of words.
    """
    count = block.size
    most = 0.0
    for i in range(uintp(count)):
        p.counts[i] = 0
        most = max(most, p.mean[i])
    for j in range(int(np.ceil(most / MOST_MEAN))):
        draw_by_path(block.first, count, j, COUNTS, START_CELL // 4, key, words)
        for i in range(uintp(count)):
            p.piece[i] = min(max(p.mean[i] - MOST_MEAN * j, 0.0), MOST_MEAN)
        add_poisson(p.piece, words[clock], count, p.counts, p.term, p.rest)


@part
def _list_some(counts: Indices, begun: int, count: int, pieces: Indices, opps: Opps) -> Any:
    """List a few of each path's deals that are left in ``counts``, of which so many have begun.

    Paths are in ``opps.due``, numbers in ``opps.number``. Returns how many are listed.
    """
    for i in range(uintp(count)):
        piece = min(counts[i], uint32(LISTED_TOGETHER))
        pieces[i] = piece
        counts[i] = uint32(counts[i] - piece)
    n: int = spread(pieces, count, opps.due, opps.number)
    for i in range(uintp(n)):
        opps.number[i] = uint32(opps.number[i] + uint32(begun))
    return n


@formula
def _enter_open(
    work: Work, s: int, clock: int, first: int, count: int, d: Desk, pipes: Pipelines
) -> None:
    """Put deals of a segment that are open in balance where they will close.

    A cycle found running is length-biased, and the begin is a uniform point in it.
    """
    origins, opps, deals, lookup = work.origins, d.opps, d.deals, d.lookup
    row = clock * origins.key.shape[0] + s
    longest = float32(_longest(work.lengths, row, 0.0))
    paths, words = opps.due, opps.words
    draw_by_deal(first, paths, opps.number, count, START, clock, origins.key[s], words)
    for i in range(uintp(count)):
        deals.row[i] = uint32(row)
    draw_cycles(work.lengths, deals.row, words[0], count, lookup)
    passed, amount, lot = words[1], words[2], words[3]
    pace = d.traits.pace[row << d.bits :]
    n = uintp(0)
    for i in range(uintp(count)):
        cycle = lookup.value[i]
        stays = longest == 0.0 or float32(share_of(lot[i])) < cycle / longest
        length = cycle * pace[uintp(paths[i])]
        deals.ends[n] = float64(length - length * float32(share_of(passed[i])))
        deals.path[n] = paths[i]
        deals.clock[n] = uint32(clock)
        deals.efforts[n] = origins.effort[s] + ONE_DEAL
        amount[n] = amount[i]
        n += uintp(stays)
    put(deals, int64(n), pipes)
    put_winners(work.sizes, amount, d.traits.amount, int64(n), d.bits, deals, lookup, pipes.cents)


@formula
def start_steady(
    work: Work,
    block: Block,
    speeds: Floats,
    creation: Singles,
    p: PathScratch,
    words: Words,
    d: Desk,
    pipes: Pipelines,
) -> None:
    """Put a pipeline in balance where it will close.

    Parameters
    ----------
    speeds
        ``[2]`` mean speed of the clocks of won and of lost deals.
    creation
        ``[paths]`` the market's factor.
    """
    count = block.size
    _find_balance(work, speeds, creation, count, d.bits, d.traits, d.streams, d.hours)
    for s in range(work.origins.key.shape[0]):
        for clock in (WON, LOST):
            _expect_open(work, s, clock, speeds[clock], creation, count, d, p.mean)
            _count_open(block, clock, work.origins.key[s], words, p)
            begun = int64(0)
            n = _list_some(p.counts, begun, count, d.lookup.cell, d.opps)
            while n > 0:
                _enter_open(work, s, clock, block.first, n, d, pipes)
                begun += LISTED_TOGETHER
                n = _list_some(p.counts, begun, count, d.lookup.cell, d.opps)


@part
def _outlasting(
    listed: Listed, clock: int, k: int, words: Words, count: int, deal: DealScratch, value: Floats
) -> None:
    """Probability that a cycle outlasts a listed deal's age, by each path's word for its factor."""
    table = listed.by_path[clock, k]
    if table < 0:
        value[:count] = listed.outlasting[clock, k]
        return
    quantiles(listed.outlasts[table], words, count, deal, deal.length)
    for i in range(uintp(count)):
        value[i] = min(max(float64(deal.length[i]), 0.0), 1.0)


@part
def _residual(work: Work, clock: int, k: int, words: Words, count: int, deal: DealScratch) -> Any:
    """Cycles of a listed deal that outlast its age: into ``deal.length``; returns the age."""
    listed, laws = work.listed, work.cycles
    row = clock * work.origins.key.shape[0] + listed.segment[k]
    old = listed.old[clock, k]
    begin, end = laws.begin[row], laws.begin[row + 1]
    if old >= 0:
        quantiles(listed.residual[old], words, count, deal, deal.length)
        return float32(0.0)
    if end > begin:
        pick_beyond(laws.values[begin:end], deal.survival, count, deal.length)
    else:
        locate_survival(deal.survival, count, deal.cell, deal.fraction)
        look(laws.table[row], deal.cell, count, deal.lines)
        evaluate(deal.lines, deal.fraction, count, deal.length)
    return listed.age[clock, k]


@formula
def enter_listed(
    work: Work,
    k: int,
    block: Block,
    p: PathScratch,
    deal: DealScratch,
    d: Desk,
    pipes: Pipelines,
) -> None:
    """Put a listed open deal where it will close on every path of a block.

    Won with P(won | open at its age), as without hours; what is not won is lost, or stalls and
    is worked as long as a lost one takes, which may be over.
    """
    count = block.size
    listed, traits, deals = work.listed, d.traits, d.deals
    s, segments = listed.segment[k], work.origins.key.shape[0]
    stall = listed.stall[k]
    outlasts, lost_outlasts = p.term, p.rest
    word, lost_word = (
        traits.cycle_word[s << d.bits :],
        traits.cycle_word[(segments + s) << d.bits :],
    )
    _outlasting(listed, WON, k, word, count, deal, outlasts)
    _outlasting(listed, LOST, k, lost_word, count, deal, lost_outlasts)
    draw_by_path(block.first, count, NONE, OPEN, NONE, listed.key[k], deal.words)
    w0, w1, w2, w3 = deal.words[0], deal.words[1], deal.words[2], deal.words[3]
    amount, lot_of_old = d.opps.words[2], d.opps.words[3]
    won = traits.won[s << d.bits :]
    for clock in (WON, LOST):
        row = clock * segments + s
        n = uintp(0)
        for i in range(uintp(count)):
            win = won[i] * outlasts[i]
            lose = max(1.0 - won[i] - stall, 0.0) * lost_outlasts[i]
            lot = share_of(w0[i]) * (win + (lose + stall))
            beyond = 1.0 - share_of(w1[i])
            if clock == WON:
                kept = lot < win
                survival = outlasts[i] * beyond
            elif lot < win + lose:
                kept = lot >= win
                survival = lost_outlasts[i] * beyond
            else:
                kept = lot >= win and beyond < lost_outlasts[i]
                survival = beyond
            deals.path[n] = uint32(i)
            amount[n] = w2[i]
            lot_of_old[n] = w3[i]
            deal.survival[n] = survival
            n += uintp(kept)
        kept_paths = int64(n)
        age = _residual(work, clock, k, lot_of_old, kept_paths, deal)
        pace, now = traits.pace[row << d.bits :], pipes.clock[clock * pipes.stride :]
        for i in range(uintp(kept_paths)):
            path = uintp(deals.path[i])
            deals.ends[i] = now[path] + float64(deal.length[i] * pace[path] - age)
            deals.row[i] = uint32(row)
            deals.clock[i] = uint32(clock)
            deals.efforts[i] = work.origins.effort[s] + ONE_DEAL
        put(deals, kept_paths, pipes)
        if clock == LOST:
            continue
        if listed.amount[k] > 0.0:
            deals.cents[:kept_paths] = listed.amount[k]
            put_cents(deals.bins, deals.cents, kept_paths, pipes.cents)
        else:
            put_winners(
                work.sizes, amount, traits.amount, kept_paths, d.bits, deals, d.lookup, pipes.cents
            )
