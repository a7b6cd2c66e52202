"""What each path believes: its own creation rate, win rate, size and cycle factors."""

from __future__ import annotations

from numba import float32, float64, uintp

from quotarisk.kernel.arrays import Singles, Tables, Words
from quotarisk.kernel.bits import PARAMETERS, draw_by_path
from quotarisk.kernel.compiling import stage
from quotarisk.kernel.inputs import RATE, SIZE, WIN, MarketFactors, SegmentDraws
from quotarisk.kernel.quantiles import evaluate, locate, look
from quotarisk.kernel.scratch import Block, DealScratch, PathScratch


@stage
def quantiles(table: Tables, words: Words, count: int, d: DealScratch, value: Singles) -> None:
    """Value of a law for each word."""
    locate(words, count, d.distance, d.cell, d.fraction)
    look(table, d.cell, count, d.lines)
    evaluate(d.lines, d.fraction, count, value)


@stage
def draw_parameter(
    segment: SegmentDraws,
    which: int,
    block: Block,
    d: DealScratch,
    words: Words,
    value: Singles,
) -> None:
    """Each path's value of a parameter (float32), and the word it came from."""
    key = segment.key if segment.own[which] else segment.shared_key
    draw_by_path(block.first, block.size, which, PARAMETERS, 0, key, words, d.w1, d.w2, d.w3)
    quantiles(segment.posterior[which], words, block.size, d, value)


@stage
def draw_parameters(segment: SegmentDraws, block: Block, p: PathScratch, d: DealScratch) -> None:
    """Each path's creation rate, win rate, size factor and cycle factor."""
    count = block.size
    for which in range(4):
        if segment.known[which]:
            known = segment.value[which]
            for i in range(uintp(count)):
                d.amount[i] = float32(known)
        else:
            draw_parameter(segment, which, block, d, d.w0, d.amount)
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
def apply_market(market: MarketFactors, row: int, block: Block, p: PathScratch) -> None:
    """Win rate and size factor of each path under the market of a period."""
    odds = market.odds[row, block.begin : block.begin + block.size]
    size = market.size[row, block.begin : block.begin + block.size]
    for i in range(uintp(block.size)):
        up = p.win[i] * float64(odds[i])
        p.won[i] = up / (up + (1.0 - p.win[i]))
        p.scale[i] = p.size[i] * size[i]
