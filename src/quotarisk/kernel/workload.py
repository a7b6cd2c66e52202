"""The closed loop of a rep's working time: hours make pipeline, pipeline takes hours.

Open deals of every outcome take their segment's effort a week while they are open. If they
need more than the hours less the reserved ones, all progress slower in proportion (processor
sharing): their virtual clocks run at ``speed = min(1, hours they can get / hours they need)``.
What is left, and at least the reserved share, is prospecting, which makes opportunities.

Blocks of paths go through the horizon step by step, stage by stage: a step's load is foreseen
for its middle, clocks and streams of opportunities advance by what it leaves, opportunities
that come are put where they will close, and what the clocks pass closes. A deal that is not
won takes time as long as a lost one does, be it lost or stalled.

What a block or a step goes through once is copied into the entry: LLVM goes over a function
again in every function that calls it, and all of them together took most of the time.
"""

from __future__ import annotations

from inspect import unwrap
from typing import Any, NamedTuple

import numpy as np
from numba import float64, int64, uintp

from quotarisk.kernel.arrays import Bytes, Floats, Indices, Ints, Singles
from quotarisk.kernel.beliefs import draw_lost_words, draw_parameters, quantiles, win_rate
from quotarisk.kernel.bits import NONE, PARAMETERS, draw_by_path
from quotarisk.kernel.compiling import SOURCES, formula
from quotarisk.kernel.desk import DRAWN_TOGETHER, Desk, Hours, Streams, Traits, make_desk
from quotarisk.kernel.inputs import LOST_CYCLE, MarketFactors
from quotarisk.kernel.lean import lean_entry, part
from quotarisk.kernel.pipelines import (
    Pipelines,
    begin_books,
    book_closed,
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
    LISTED_TOGETHER,
    enter_listed,
    start_steady,
)
from quotarisk.kernel.work import EFFORT_UNIT, Beliefs, Believed, Work

BLOCK = 128  # paths that go through the steps together
SPENT, PROSPECTED, CREATED, OPEN_DEALS = range(4)  # rows of the log
_BEFORE, _COMING = np.int64(1), np.int64(0)  # eras: part of every opportunity's counter


class _Step(NamedTuple):
    """What a step is like."""

    weeks: float
    hours: float
    won_days: float
    lost_days: float
    productivity: float


@formula
def _believe(
    believed: Believed,
    own_made: Floats,
    s: int,
    block: Block,
    p: PathScratch,
    deal: DealScratch,
    bits: int,
    traits: Traits,
) -> None:
    """Each path's own parameters of a segment, drawn as they are without hours."""
    count = block.size
    beliefs = Beliefs(
        believed.own_key[s],
        believed.shared_key[s],
        believed.rate_key[s],
        believed.own[s],
        believed.known[s],
        believed.value[s],
        believed.posterior[s],
    )
    draw_parameters(beliefs, block, p, deal)
    begin, lost = s << bits, (own_made.shape[0] + s) << bits
    known = beliefs.known[LOST_CYCLE] != 0
    if not known and believed.lost_as_won[s] == 0:
        draw_lost_words(beliefs, block, p, deal)
        quantiles(beliefs.posterior[LOST_CYCLE], p.lost_word, count, deal, deal.length)
    elif not known:
        for i in range(uintp(count)):
            p.lost_word[i] = p.cycle_word[i]
            deal.length[i] = p.cycle[i]
    else:
        deal.length[:count] = np.float32(1.0)
    win, size, pace = traits.win[begin:], traits.size[begin:], traits.pace[begin:]
    lost_pace, word = traits.pace[lost:], traits.cycle_word[begin:]
    lost_word = traits.cycle_word[lost:]
    made, inbound = traits.made[begin:], traits.inbound[begin:]
    for i in range(uintp(count)):
        win[i] = p.win[i]
        size[i] = p.size[i]
        pace[i] = p.cycle[i]
        lost_pace[i] = deal.length[i]
        word[i] = p.cycle_word[i]
        lost_word[i] = p.lost_word[i]
        made[i] = own_made[s]
        inbound[i] = p.rate[i]


@part
def _pass_stages(work: Work, block: Block, deal: DealScratch, bits: int, made: Floats) -> None:
    """Opportunities an hour of prospecting, times each path's own stage rates."""
    for k in range(work.stage_key.shape[0]):
        key = work.stage_key[k]
        draw_by_path(block.first, block.size, NONE, PARAMETERS, NONE, key, deal.words)
        quantiles(work.stage[k], deal.words[0], block.size, deal, deal.length)
        here = made[work.stage_segment[k] << bits :]
        for i in range(uintp(block.size)):
            here[i] *= float64(deal.length[i])


@part
def _set_rates(
    effort: Ints, shares: Floats, count: int, bits: int, traits: Traits, streams: Streams, h: Hours
) -> None:
    """Rates of an era, and the effort that comes with them."""
    for i in range(uintp(count)):
        h.pull[i] = 0.0
        h.push[i] = 0.0
    for s in range(effort.shape[0]):
        begin, each = s << bits, effort[s] * EFFORT_UNIT
        own_made, own_inbound = traits.made[begin:], traits.inbound[begin:]
        made, inbound = streams.made[begin:], streams.inbound[begin:]
        for i in range(uintp(count)):
            made[i] = own_made[i] * shares[s]
            inbound[i] = own_inbound[i] * shares[s]
            h.pull[i] += made[i] * each
            h.push[i] += inbound[i] * each


@part
def _enter_market(
    segments: int, odds: Singles, size: Singles, count: int, bits: int, traits: Traits
) -> None:
    """Win rates and factors of sizes under the market of a period."""
    for s in range(segments):
        begin = s << bits
        win, won = traits.win[begin:], traits.won[begin:]
        own, amount = traits.size[begin:], traits.amount[begin:]
        for i in range(uintp(count)):
            won[i] = win_rate(win[i], odds[i])
            amount[i] = own[i] * size[i]


@formula
def _set_advance(step: _Step, count: int, speed: Floats, advance: Floats, stride: int) -> None:
    """How far the clocks advance at such speeds."""
    for i in range(uintp(count)):
        advance[i] = speed[i] * step.won_days
    lost = advance[stride:]
    for i in range(uintp(count)):
        lost[i] = speed[i] * step.lost_days


@part
def _share_hours(
    step: _Step,
    reserved: float,
    midway: float,
    creation: Singles,
    count: int,
    h: Hours,
    pipes: Pipelines,
) -> None:
    """Hours on deals and hours of prospecting in a step; how far clocks and streams advance.

    First as if the load of the step's begin lasted; then at the load of its middle, which has
    half of what comes in and goes until its end. Loops are short, for LLVM vectorises none that
    writes and reads many arrays.
    """
    weeks, hours = step.weeks, step.hours
    most = hours * (1.0 - reserved)
    load: Any = h.made  # until it is known what is made
    for i in range(uintp(count)):
        load[i] = hours_of(pipes.open[i]) * weeks
    for i in range(uintp(count)):
        h.speed[i] = 1.0 if load[i] <= most else most / load[i]
    for i in range(uintp(count)):
        h.spent[i] = min(load[i], most)
    _set_advance(step, count, h.speed, pipes.advance, pipes.stride)
    if midway > 0.0:
        look_ahead(count, pipes)
    else:
        for i in range(uintp(count)):
            pipes.gone[i] = 0
    for i in range(uintp(count)):
        factor = step.productivity * float64(creation[i])
        comes = ((hours - h.spent[i]) * h.pull[i] + weeks * h.push[i]) * factor
        middle = hours_of(pipes.open[i]) + midway * (comes - hours_of(pipes.gone[i]))
        load[i] = max(middle, 0.0) * weeks
    for i in range(uintp(count)):
        left = most - h.owed[i]
        h.speed[i] = 1.0 if load[i] <= left else max(left, 0.0) / load[i]
    for i in range(uintp(count)):
        h.spent[i] = min(max(load[i] + h.owed[i], 0.0), most)
    _set_advance(step, count, h.speed, pipes.advance, pipes.stride)
    for i in range(uintp(count)):
        h.busy[i] += h.spent[i]
        h.free[i] += hours - h.spent[i]
    for i in range(uintp(count)):
        factor = step.productivity * float64(creation[i])
        h.made[i] = (hours - h.spent[i]) * factor
        h.inbound[i] = weeks * factor
    for i in range(uintp(count)):
        h.begun[i] = pipes.open[i]


@part
def _settle_hours(weeks: float, settles: float, count: int, h: Hours, open_now: Ints) -> None:
    """What deals got in a step beyond the hours that were spent: the next step owes it.

    So no hour is worked twice, though more may come in a week than was expected.
    """
    half = 0.5 * weeks * settles
    for i in range(uintp(count)):
        held = hours_of(h.begun[i]) + hours_of(open_now[i])
        h.owed[i] += h.speed[i] * held * half - h.spent[i] * settles


@part
def _write_log(
    live: Bytes,
    month: int,
    begin: int,
    count: int,
    bits: int,
    numbers: Indices,
    h: Hours,
    open_now: Ints,
    log: Singles,
) -> None:
    """Write what a month came to, and begin the next one."""
    spent, free = log[SPENT, month], log[PROSPECTED, month]
    created, still = log[CREATED, month], log[OPEN_DEALS, month]
    for i in range(uintp(count)):
        at = uintp(begin) + i
        spent[at] = h.busy[i]
        free[at] = h.free[i]
        created[at] = -h.created[i]
        still[at] = number_of(open_now[i])
        h.created[i] = 0
    for s in range(live.shape[0]):
        if live[s] != 0:
            number = numbers[s << bits :]
            for i in range(uintp(count)):
                h.created[i] += int64(number[i])
    for i in range(uintp(count)):
        created[uintp(begin) + i] += h.created[i]
    _begin_month(count, h)


@part
def _begin_month(count: int, h: Hours) -> None:
    """Nothing of the month is done yet."""
    for i in range(uintp(count)):
        h.busy[i] = 0.0
        h.free[i] = 0.0


@formula
def _pass_step(
    work: Work,
    step: _Step,
    first: int,
    era: int,
    creation: Singles,
    count: int,
    d: Desk,
    pipes: Pipelines,
) -> None:
    """Let a step pass: hours are shared, opportunities come, deals close."""
    origins, opps = work.origins, d.opps
    _share_hours(step, work.reserved, work.midway, creation, count, d.hours, pipes)
    most = opps.due.shape[0] - DRAWN_TOGETHER
    n = int64(0)
    due = advance_streams(origins.live, d.hours, count, d.bits, d.streams, opps.due)
    while True:
        if due > 0 and n + due <= most:
            more = come(origins, first, era, n, due, d.bits, d.streams, opps, d.lookup)
            n += due
            due = more
            continue
        settle(work, n, d, pipes)
        n = int64(0)
        if due == 0:
            break
    close(count, pipes)
    _settle_hours(step.weeks, work.settles, count, d.hours, pipes.open)


@formula
def _pass_block(
    work: Work,
    market: MarketFactors,
    speeds: Floats,
    block: Block,
    p: PathScratch,
    deal: DealScratch,
    d: Desk,
    pipes: Pipelines,
    booked: Floats,
    log: Singles,
) -> None:
    """Take a block of paths through the steps."""
    begin, count, end = block.begin, block.size, block.begin + block.size
    steps, believed, origins, hours = work.steps, work.believed, work.origins, d.hours
    effort, traits, streams = origins.effort, d.traits, d.streams
    clear(pipes)
    hours.owed[:] = 0.0
    hours.created[:] = 0
    for s in range(effort.shape[0]):
        _believe(believed, work.made, s, block, p, deal, d.bits, d.traits)
    _pass_stages(work, block, deal, d.bits, traits.made)
    _set_rates(effort, origins.before, count, d.bits, traits, streams, hours)
    row, era, last = int64(-1), _BEFORE, steps.days.shape[0] - 1
    for k in range(steps.days.shape[0]):
        month = steps.month[k]
        if steps.market[k] != row:
            row = steps.market[k]
            odds, size = market.odds[row, begin:end], market.size[row, begin:end]
            _enter_market(effort.shape[0], odds, size, count, d.bits, d.traits)
        creation = market.creation[row, begin:end]
        if k == 0 and work.steady:
            start_steady(work, block, speeds, creation, p, deal.words, d, pipes)
            _set_rates(effort, origins.before, count, d.bits, traits, streams, hours)
        if k == 0 and month < 0:
            begin_streams(origins, block.first, era, count, d.bits, d.streams, d.opps, d.lookup)
        if month >= 0 and era == _BEFORE:
            era = _COMING
            begin_books(count, pipes)
            for listed in range(work.listed.key.shape[0]):
                enter_listed(work, listed, block, p, deal, d, pipes)
            _set_rates(effort, origins.coming, count, d.bits, traits, streams, hours)
            begin_streams(origins, block.first, era, count, d.bits, d.streams, d.opps, d.lookup)
            _begin_month(count, hours)
        step = _Step(
            steps.days[k] / DAYS_PER_WEEK,
            steps.hours[k],
            steps.won_days[k],
            steps.lost_days[k],
            steps.productivity[k],
        )
        _pass_step(work, step, block.first, era, creation, count, d, pipes)
        if month >= 0 and (k == last or steps.month[k + 1] != month):
            book_closed(count, pipes, booked[month, begin:end])
            if log.shape[1] > 0:
                _write_log(
                    origins.live,
                    month,
                    begin,
                    count,
                    d.bits,
                    d.streams.number,
                    hours,
                    pipes.open,
                    log,
                )


@lean_entry
def pass_blocks(
    work: Work,
    market: MarketFactors,
    speeds: Floats,
    first_path: int,
    block_paths: int,
    p: PathScratch,
    deal: DealScratch,
    d: Desk,
    pipes: Pipelines,
    booked: Floats,
    log: Singles,
    sources: int = SOURCES,  # noqa: ARG001 - part of the cached signature, see compiling.py
) -> None:
    """Take all paths through the steps; `add_workload` tells what it is about."""
    for begin in range(0, booked.shape[1], block_paths):
        block = Block(begin, first_path + begin, min(block_paths, booked.shape[1] - begin))
        _pass_block(work, market, speeds, block, p, deal, d, pipes, booked, log)


def add_workload(
    work: Work,
    market: MarketFactors,
    first_path: int,
    block_paths: int,
    booked: Floats,
    log: Singles,
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
    steps = work.steps
    segments = len(work.origins.key)
    bits = (block_paths - 1).bit_length()
    stride = 1 << bits
    days = np.array([steps.won_days.sum(), steps.lost_days.sum()])
    pass_blocks(
        work,
        market,
        days / steps.days.sum(),
        first_path,
        block_paths,
        unwrap(make_path_scratch)(stride),
        unwrap(make_deal_scratch)(stride),
        make_desk(segments, bits, stride * max(2 * LISTED_TOGETHER, 2 * segments)),
        make_pipelines(
            stride, float(days.max()), shared=np.array_equal(steps.won_days, steps.lost_days)
        ),
        booked,
        log,
    )
