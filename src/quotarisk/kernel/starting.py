"""What is open when it begins: a pipeline in balance, or deals that are listed."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import float32, float64, int64, uint32, uintp

from quotarisk.kernel.arrays import Floats, Indices, Singles, Words
from quotarisk.kernel.beliefs import quantiles
from quotarisk.kernel.bits import COUNTS, NONE, OPEN, START, draw_by_deal, draw_by_path, share_of
from quotarisk.kernel.bookings import START_CELL
from quotarisk.kernel.compiling import formula, stage
from quotarisk.kernel.counts import MOST_MEAN, add_poisson
from quotarisk.kernel.desk import Desk, Opps
from quotarisk.kernel.pipelines import LOST, ONE_DEAL, WON, Pipelines, put, put_cents
from quotarisk.kernel.prospects import draw_lengths, put_winners
from quotarisk.kernel.quantiles import evaluate, locate_survival, look, pick_beyond
from quotarisk.kernel.scratch import Block, DealScratch, PathScratch
from quotarisk.kernel.work import EFFORT_UNIT, Work

DAYS_PER_WEEK = 7.0


@formula
def _share(won: Any, clock: Any) -> Any:
    """Share of opportunities that follow a clock."""
    return won if clock == WON else 1.0 - won


@formula
def _longest(work: Any, row: Any) -> Any:
    """Mean cycle; of listed ones the longest, for those stay in proportion to their length."""
    end = work.cycle_from[row + 1]
    return work.cycles[end - 1] if end > work.cycle_from[row] else work.mean_cycle[row]


@stage
def find_balance(work: Work, speeds: Floats, creation: Singles, count: int, d: Desk) -> None:
    """Prospecting hours a week at which as many deals come in as go: into ``d.free``.

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
    segments = work.key.shape[0]
    steps = work.steps
    hours = steps.hours[0] / (steps.days[0] / DAYS_PER_WEEK)
    for i in range(uintp(count)):
        d.pull[i] = 0.0
        d.push[i] = 0.0
    for s in range(segments):
        begin = s << d.bits
        won = d.won[begin:]
        made, inbound = d.rate[2 * begin :], d.rate[2 * begin + d.stride :]
        for clock in range(2):
            row = clock * segments + s
            pace = d.pace[row << d.bits :]
            work_of = work.mean_cycle[row] / speeds[clock] / DAYS_PER_WEEK
            work_of *= work.effort[s] * EFFORT_UNIT
            for i in range(uintp(count)):
                each = _share(won[i], clock) * float64(pace[i]) * work_of
                d.pull[i] += made[i] * each
                d.push[i] += inbound[i] * each
    for i in range(uintp(count)):
        factor = steps.productivity[0] * float64(creation[i])
        load = (d.pull[i] * hours + d.push[i]) * factor / (1.0 + d.pull[i] * factor)
        d.free[i] = max(hours - load, hours * work.reserved)


@stage
def expect_open(
    work: Work,
    s: int,
    clock: int,
    speeds: Floats,
    creation: Singles,
    count: int,
    d: Desk,
    p: PathScratch,
) -> None:
    """Mean number of deals of a segment that are open in balance: into ``p.mean``."""
    begin = s << d.bits
    row = clock * work.key.shape[0] + s
    won, pace = d.won[begin:], d.pace[row << d.bits :]
    made, inbound = d.rate[2 * begin :], d.rate[2 * begin + d.stride :]
    weeks = _longest(work, row) / speeds[clock] / DAYS_PER_WEEK * work.steps.productivity[0]
    for i in range(uintp(count)):
        coming = (d.free[i] * made[i] + inbound[i]) * float64(creation[i])
        p.mean[i] = coming * weeks * float64(pace[i]) * _share(won[i], clock)


@stage
def count_open(block: Block, clock: int, key: np.uint64, words: Words, p: PathScratch) -> Any:
    """Poisson numbers of open deals from ``p.mean``: pieces of a large mean add up.

    Won and lost ones share blocks of words. Returns the number of all.
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
    n = int64(0)
    for i in range(uintp(count)):
        n += int64(p.counts[i])
    return n


@stage
def enter_open(
    work: Work,
    s: int,
    clock: int,
    first: int,
    paths: Indices,
    deals: Indices,
    count: int,
    d: Desk,
    pipes: Pipelines,
    o: Opps,
) -> None:
    """Put deals of a segment that are open in balance where they will close.

    A cycle found running is length-biased, and the begin is a uniform point in it.
    """
    row = clock * work.key.shape[0] + s
    begin, end = work.cycle_from[row], work.cycle_from[row + 1]
    longest = float32(work.cycles[end - 1]) if end > begin else float32(0.0)
    draw_by_deal(first, paths, deals, count, START, clock, work.key[s], o.words)
    for i in range(uintp(count)):
        o.row[i] = uint32(row)
    draw_lengths(work, work.length, o.row, o.words[0], count, o)
    passed, amount, lot = o.words[1], o.words[2], o.words[3]
    pace = d.pace[row << d.bits :]
    n = uintp(0)
    for i in range(uintp(count)):
        stays = longest == 0.0 or float32(share_of(lot[i])) < o.length[i] / longest
        length = o.length[i] * pace[uintp(paths[i])]
        o.ends[n] = float64(length - length * float32(share_of(passed[i])))
        o.path[n] = paths[i]
        o.clock[n] = uint32(clock)
        o.efforts[n] = work.effort[s] + ONE_DEAL
        amount[n] = amount[i]
        n += uintp(stays)
    put(o.path, o.clock, o.ends, o.efforts, int64(n), pipes, o.bins)
    put_winners(work, amount, int64(n), d, pipes, o)


@stage
def _outlasting(
    work: Work, clock: int, k: int, count: int, d: Desk, deal: DealScratch, value: Floats
) -> None:
    """Probability that a cycle outlasts a listed deal's age, on each path."""
    table = work.deal_by_path[clock, k]
    if table < 0:
        value[:count] = work.deal_outlasts[clock, k]
        return
    row = clock * work.key.shape[0] + work.deal_segment[k]
    quantiles(work.outlasts[table], d.cycle_word[row << d.bits :], count, deal, deal.length)
    for i in range(uintp(count)):
        value[i] = min(max(float64(deal.length[i]), 0.0), 1.0)


@stage
def _residual(work: Work, clock: int, k: int, count: int, deal: DealScratch, o: Opps) -> Any:
    """Cycles of a listed deal that outlast its age: into ``o.length``; returns the age."""
    row = clock * work.key.shape[0] + work.deal_segment[k]
    old = work.deal_old[clock, k]
    begin, end = work.cycle_from[row], work.cycle_from[row + 1]
    if old >= 0:
        quantiles(work.residual[old], o.words[3], count, deal, o.length)
        return float32(0.0)
    if end > begin:
        pick_beyond(work.cycles[begin:end], deal.survival, count, o.length)
    else:
        locate_survival(deal.survival, count, o.cell, o.fraction)
        look(work.cycle[row], o.cell, count, o.lines)
        evaluate(o.lines, o.fraction, count, o.length)
    return work.deal_age[clock, k]


@stage
def enter_listed(
    work: Work,
    k: int,
    block: Block,
    p: PathScratch,
    deal: DealScratch,
    d: Desk,
    pipes: Pipelines,
    o: Opps,
) -> None:
    """Put a listed open deal where it will close on every path of a block.

    Won with P(won | open at its age), as without hours; what is not won is lost, or stalls and
    is worked as long as a lost one takes, which may be over.
    """
    count = block.size
    s = work.deal_segment[k]
    stall = work.stall[s]
    outlasts, lost_outlasts = p.term, p.rest
    _outlasting(work, WON, k, count, d, deal, outlasts)
    _outlasting(work, LOST, k, count, d, deal, lost_outlasts)
    draw_by_path(block.first, count, NONE, OPEN, NONE, work.deal_key[k], deal.words)
    w0, w1, w2, w3 = deal.words[0], deal.words[1], deal.words[2], deal.words[3]
    won = d.won[s << d.bits :]
    for clock in (WON, LOST):
        row = clock * work.key.shape[0] + s
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
            o.path[n] = uint32(i)
            o.words[2, n] = w2[i]
            o.words[3, n] = w3[i]
            deal.survival[n] = survival
            n += uintp(kept)
        kept_paths = int64(n)
        age = _residual(work, clock, k, kept_paths, deal, o)
        pace = d.pace[row << d.bits :]
        now = pipes.clock[clock * d.stride :]
        for i in range(uintp(kept_paths)):
            path = uintp(o.path[i])
            o.ends[i] = now[path] + float64(o.length[i] * pace[path] - age)
            o.row[i] = uint32(row)
            o.clock[i] = uint32(clock)
            o.efforts[i] = work.effort[s] + ONE_DEAL
        put(o.path, o.clock, o.ends, o.efforts, kept_paths, pipes, o.bins)
        if clock == LOST:
            continue
        if work.deal_amount[k] > 0.0:
            o.cents[:kept_paths] = work.deal_amount[k]
            put_cents(o.bins, o.cents, kept_paths, pipes)
        else:
            put_winners(work, o.words[2], kept_paths, d, pipes, o)
