"""The closed loop of a rep's working time: hours make pipeline, pipeline takes hours.

Open deals of every outcome take their segment's effort a week while they are open. If they
need more than the hours less the reserved ones, all progress slower in proportion (processor
sharing): their virtual clocks run at ``speed = min(1, hours they can get / hours they need)``.
What is left, and at least the reserved share, is prospecting, which makes opportunities.

Blocks of paths go through the horizon step by step, stage by stage: a step's load is foreseen
for its middle, clocks and streams of opportunities advance by what it leaves, opportunities
that come are put where they will close, and what the clocks pass closes. A deal that is not
won takes time as long as a lost one does, be it lost or stalled.
"""

from __future__ import annotations

import numpy as np
from numba import float64, int64, uintp

from quotarisk.kernel.arrays import Floats, Singles
from quotarisk.kernel.beliefs import draw_lost_words, draw_parameters, quantiles, win_rate
from quotarisk.kernel.bits import NONE, PARAMETERS, draw_by_path
from quotarisk.kernel.compiling import SOURCES, entry, stage
from quotarisk.kernel.counts import spread
from quotarisk.kernel.desk import Desk, make_desk, make_opps
from quotarisk.kernel.inputs import LOST_CYCLE, MarketFactors
from quotarisk.kernel.pipelines import (
    LOST,
    WON,
    Pipelines,
    clear,
    close,
    hours_of,
    look_ahead,
    make_pipelines,
    number_of,
)
from quotarisk.kernel.prospects import advance_streams, begin_streams, come, settle
from quotarisk.kernel.scratch import (
    Block,
    DealScratch,
    PathScratch,
    make_deal_scratch,
    make_path_scratch,
)
from quotarisk.kernel.starting import (
    DAYS_PER_WEEK,
    count_open,
    enter_listed,
    enter_open,
    expect_open,
    find_balance,
)
from quotarisk.kernel.work import EFFORT_UNIT, Beliefs, Work

BLOCK = 128  # paths that go through the steps together
CHUNK = 2048  # opportunities that are settled together
SPENT, PROSPECTED, CREATED, OPEN_DEALS = range(4)  # rows of the log
_BEFORE, _COMING = np.int64(1), np.int64(0)  # eras: part of every opportunity's counter


@stage
def _believe(
    work: Work, s: int, beliefs: Beliefs, block: Block, p: PathScratch, deal: DealScratch, d: Desk
) -> None:
    """Each path's own parameters of a segment, drawn as they are without hours."""
    count = block.size
    draw_parameters(beliefs, block, p, deal)
    begin, lost = s << d.bits, (work.key.shape[0] + s) << d.bits
    known = beliefs.known[LOST_CYCLE] != 0
    if not known and work.lost_as_won[s] == 0:
        draw_lost_words(beliefs, block, p, deal)
        quantiles(beliefs.posterior[LOST_CYCLE], p.lost_word, count, deal, deal.length)
    elif not known:
        for i in range(uintp(count)):
            p.lost_word[i] = p.cycle_word[i]
            deal.length[i] = p.cycle[i]
    else:
        deal.length[:count] = np.float32(1.0)
    win, size, pace = d.win[begin:], d.size[begin:], d.pace[begin:]
    lost_pace, word, lost_word = d.pace[lost:], d.cycle_word[begin:], d.cycle_word[lost:]
    made, inbound = d.base[2 * begin :], d.base[2 * begin + d.stride :]
    for i in range(uintp(count)):
        win[i] = p.win[i]
        size[i] = p.size[i]
        pace[i] = p.cycle[i]
        lost_pace[i] = deal.length[i]
        word[i] = p.cycle_word[i]
        lost_word[i] = p.lost_word[i]
        made[i] = work.made[s]
        inbound[i] = p.rate[i]


@stage
def _pass_stages(work: Work, block: Block, deal: DealScratch, d: Desk) -> None:
    """Opportunities an hour of prospecting, times each path's own stage rates."""
    for k in range(work.stage_key.shape[0]):
        draw_by_path(block.first, block.size, NONE, PARAMETERS, NONE, work.stage_key[k], deal.words)
        quantiles(work.stage[k], deal.words[0], block.size, deal, deal.length)
        made = d.base[(2 * work.stage_segment[k]) << d.bits :]
        for i in range(uintp(block.size)):
            made[i] *= float64(deal.length[i])


@stage
def _set_rates(work: Work, shares: Floats, count: int, d: Desk) -> None:
    """Rates of an era, and the effort that comes with them."""
    for i in range(uintp(count)):
        d.pull[i] = 0.0
        d.push[i] = 0.0
    for s in range(work.key.shape[0]):
        effort = work.effort[s] * EFFORT_UNIT
        for kind in range(2):
            begin = (2 * s + kind) << d.bits
            base, rate = d.base[begin:], d.rate[begin:]
            comes = d.pull if kind == 0 else d.push
            for i in range(uintp(count)):
                rate[i] = base[i] * shares[s]
                comes[i] += rate[i] * effort


@stage
def _enter_market(work: Work, odds: Singles, size: Singles, count: int, d: Desk) -> None:
    """Win rates and factors of sizes under the market of a period."""
    for s in range(work.key.shape[0]):
        begin = s << d.bits
        win, won = d.win[begin:], d.won[begin:]
        own, amount = d.size[begin:], d.amount[begin:]
        for i in range(uintp(count)):
            won[i] = win_rate(win[i], odds[i])
            amount[i] = own[i] * size[i]


@stage
def _share_hours(
    work: Work, step: int, creation: Singles, count: int, d: Desk, pipes: Pipelines
) -> None:
    """Hours on deals and hours of prospecting in a step; how far clocks and streams advance.

    First as if the load of the step's begin lasted; then at the load of its middle, which has
    half of what comes in and goes until its end.
    """
    steps = work.steps
    weeks = steps.days[step] / DAYS_PER_WEEK
    hours, won_days, lost_days = steps.hours[step], steps.won_days[step], steps.lost_days[step]
    productivity = steps.productivity[step]
    most = hours * (1.0 - work.reserved)
    won_advance, lost_advance = pipes.advance, pipes.advance[d.stride :]
    for i in range(uintp(count)):
        load = hours_of(pipes.open[i]) * weeks
        speed = 1.0 if load <= most else most / load
        won_advance[i] = speed * won_days
        lost_advance[i] = speed * lost_days
        d.spent[i] = min(load, most)
    if work.midway > 0.0:
        look_ahead(won_days, lost_days, count, pipes)
    else:
        for i in range(uintp(count)):
            pipes.gone[i] = 0
    made, inbound = d.gains, d.gains[d.stride :]
    for i in range(uintp(count)):
        factor = productivity * float64(creation[i])
        comes = ((hours - d.spent[i]) * d.pull[i] + weeks * d.push[i]) * factor
        load = hours_of(pipes.open[i]) + work.midway * (comes - hours_of(pipes.gone[i]))
        load = max(load, 0.0) * weeks
        left = most - d.owed[i]
        speed = 1.0 if load <= left else max(left, 0.0) / load
        won_advance[i] = speed * won_days
        lost_advance[i] = speed * lost_days
        spent = min(max(load + d.owed[i], 0.0), most)
        free = hours - spent
        d.speed[i] = speed
        d.spent[i] = spent
        d.busy[i] += spent
        d.free[i] += free
        made[i] = free * factor
        inbound[i] = weeks * factor
        d.begun[i] = pipes.open[i]


@stage
def _settle_hours(work: Work, step: int, count: int, d: Desk, pipes: Pipelines) -> None:
    """What deals got in a step beyond the hours that were spent: the next step owes it.

    So no hour is worked twice, though more may come in a week than was expected.
    """
    half = 0.5 * work.steps.days[step] / DAYS_PER_WEEK * work.settles
    for i in range(uintp(count)):
        held = hours_of(d.begun[i]) + hours_of(pipes.open[i])
        d.owed[i] += d.speed[i] * held * half - d.spent[i] * work.settles


@stage
def _write_log(
    work: Work, month: int, begin: int, count: int, d: Desk, pipes: Pipelines, log: Singles
) -> None:
    """Write what a month came to, and begin the next one."""
    end = begin + count
    spent, free = log[SPENT, month, begin:end], log[PROSPECTED, month, begin:end]
    created, still = log[CREATED, month, begin:end], log[OPEN_DEALS, month, begin:end]
    for i in range(uintp(count)):
        spent[i] = d.busy[i]
        free[i] = d.free[i]
        created[i] = -d.created[i]
        still[i] = number_of(pipes.open[i])
        d.busy[i] = 0.0
        d.free[i] = 0.0
        d.created[i] = 0
    for q in range(work.live.shape[0]):
        if work.live[q] != 0:
            number = d.number[q << d.bits :]
            for i in range(uintp(count)):
                d.created[i] += int64(number[i])
    for i in range(uintp(count)):
        created[i] += d.created[i]


@stage
def _begin_log(count: int, d: Desk) -> None:
    """Nothing of the first month is done yet."""
    for i in range(uintp(count)):
        d.busy[i] = 0.0
        d.free[i] = 0.0
        d.created[i] = 0


@entry
def add_workload(
    work: Work,
    market: MarketFactors,
    first_path: int,
    block_paths: int,
    booked: Floats,
    log: Singles,
    sources: int = SOURCES,  # noqa: ARG001 - part of the cached signature, see compiling.py
) -> None:
    """Add what a rep with so many hours books, in all segments, to ``booked``.

    Parameters
    ----------
    work
        See `work`.
    market
        Factors of the paths ``first_path`` to ``first_path + paths``.
    first_path
        Number of the first path: part of every draw's counter.
    block_paths
        Paths a block; any number gives the same bits.
    booked
        ``[months + 1, paths]`` in cents, added to in place; the last row stays as it is.
    log
        ``[4, months, paths]``, overwritten: hours on deals, hours of prospecting,
        opportunities that came, deals open at the month's end. Or ``[4, 0, 0]``.
    """
    total = booked.shape[1]
    steps = work.steps
    segments, count_steps = work.key.shape[0], steps.days.shape[0]
    bits = int64(0)
    while (1 << bits) < block_paths:
        bits += 1
    stride = 1 << bits
    days = np.array([steps.won_days.sum(), steps.lost_days.sum()])
    step_days = max(steps.won_days.max(), steps.lost_days.max())
    shared = np.all(steps.won_days == steps.lost_days)
    speeds = days / steps.days.sum()
    p = make_path_scratch(stride)
    deal = make_deal_scratch(stride)
    d = make_desk(segments, stride, bits)
    pipes = make_pipelines(stride, days.max(), step_days, shared)
    room_of = max(CHUNK, 2 * segments * stride)
    o = make_opps(room_of)
    paths = np.empty(8 * stride + 1, np.uint32)
    deals = np.empty(8 * stride + 1, np.uint32)
    for begin in range(0, total, block_paths):
        block = Block(begin, first_path + begin, min(block_paths, total - begin))
        count = block.size
        end = begin + count
        clear(pipes)
        d.owed[:] = 0.0
        for s in range(segments):
            beliefs = Beliefs(
                work.own_key[s],
                work.shared_key[s],
                work.rate_key[s],
                work.own[s],
                work.known[s],
                work.value[s],
                work.posterior[s],
            )
            _believe(work, s, beliefs, block, p, deal, d)
        _pass_stages(work, block, deal, d)
        row = int64(-1)
        started = False
        era = _BEFORE
        for step in range(count_steps):
            month = steps.month[step]
            if steps.market[step] != row:
                row = steps.market[step]
                _enter_market(
                    work, market.odds[row, begin:end], market.size[row, begin:end], count, d
                )
            creation = market.creation[row, begin:end]
            if step == 0:
                _set_rates(work, work.before, count, d)
            if step == 0 and work.steady:
                find_balance(work, speeds, creation, count, d)
                for s in range(segments):
                    for clock in (WON, LOST):
                        expect_open(work, s, clock, speeds, creation, count, d, p)
                        n = count_open(block, clock, work.key[s], deal.words, p)
                        if n + 1 > paths.shape[0]:
                            paths = np.empty(n + n // 4 + 1, np.uint32)
                            deals = np.empty(n + n // 4 + 1, np.uint32)
                        n = spread(p.counts, count, paths, deals)
                        for start in range(0, n, room_of):
                            chunk = min(room_of, n - start)
                            enter_open(
                                work,
                                s,
                                clock,
                                block.first,
                                paths[start:],
                                deals[start:],
                                chunk,
                                d,
                                pipes,
                                o,
                            )
                _set_rates(work, work.before, count, d)
            if step == 0 and month < 0:
                begin_streams(work, block.first, era, count, d, o)
            if month >= 0 and not started:
                started = True
                era = _COMING
                for k in range(work.deal_key.shape[0]):
                    enter_listed(work, k, block, p, deal, d, pipes, o)
                _set_rates(work, work.coming, count, d)
                begin_streams(work, block.first, era, count, d, o)
                _begin_log(count, d)
            _share_hours(work, step, creation, count, d, pipes)
            n = int64(0)
            due = advance_streams(work, count, d, o)
            while due > 0:
                if n + due > room_of:
                    settle(work, n, d, pipes, o)
                    n = int64(0)
                more = come(work, block.first, era, n, due, d, o)
                n += due
                due = more
            settle(work, n, d, pipes, o)
            close(steps.won_days[step], steps.lost_days[step], count, pipes)
            _settle_hours(work, step, count, d, pipes)
            if month >= 0:
                here = booked[month, begin:end]
                for i in range(uintp(count)):
                    here[i] += pipes.closed[i]
                last = step + 1 == count_steps or steps.month[step + 1] != month
                if last and log.shape[1] > 0:
                    _write_log(work, month, begin, count, d, pipes, log)
