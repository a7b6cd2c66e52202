"""What each path believes: its own creation rate, win rate, size and cycle factors."""

from __future__ import annotations

import numpy as np
from numba import float32, float64, int64, uintp

from quotarisk.kernel.arrays import Singles, Tables, Words
from quotarisk.kernel.bits import NONE, PARAMETERS, draw_by_path
from quotarisk.kernel.compiling import stage
from quotarisk.kernel.inputs import (
    CYCLE,
    LOST_CYCLE,
    RATE,
    SIZE,
    WIN,
    MarketFactors,
    SegmentDraws,
)
from quotarisk.kernel.quantiles import evaluate, locate, look
from quotarisk.kernel.scratch import Block, DealScratch, PathScratch

SECOND = np.int64(1)  # second block of a key's words for parameters


@stage
def quantiles(table: Tables, words: Words, count: int, d: DealScratch, value: Singles) -> None:
    """Value of a law for each word."""
    locate(words, count, d.distance, d.cell, d.fraction)
    look(table, d.cell, count, d.lines)
    evaluate(d.lines, d.fraction, count, value)


@stage
def _keep(
    segment: SegmentDraws, which: int, words: Words, count: int, p: PathScratch, d: DealScratch
) -> None:
    """Each path's value of a parameter that is not known, from its words."""
    quantiles(segment.posterior[which], words, count, d, d.amount)
    if which in (RATE, WIN):
        kept = p.rate if which == RATE else p.win
        for i in range(uintp(count)):
            kept[i] = float64(d.amount[i])
    else:
        factor = p.size if which == SIZE else p.cycle
        for i in range(uintp(count)):
            factor[i] = d.amount[i]
        if which == CYCLE:
            for i in range(uintp(count)):
                p.cycle_word[i] = words[i]


@stage
def draw_parameters(segment: SegmentDraws, block: Block, p: PathScratch, d: DealScratch) -> None:
    """Each path's creation rate, win rate, size factor and cycle factor.

    One block of words serves all parameters of a key, the rep's own or the segment's.
    """
    count = block.size
    p.rate[:] = segment.value[RATE]
    p.win[:] = segment.value[WIN]
    p.size[:] = float32(1.0)
    p.cycle[:] = float32(1.0)
    for own in range(2):
        unknown = int64(0)
        for which in range(4):
            unknown += int64(segment.known[which] == 0 and segment.own[which] == own)
        if unknown == 0:
            continue
        key = segment.key if own else segment.shared_key
        draw_by_path(
            block.first, count, NONE, PARAMETERS, NONE, key,
            p.words[0], p.words[1], p.words[2], p.words[3],
        )  # fmt: skip
        for which in range(4):
            if segment.known[which] == 0 and segment.own[which] == own:
                _keep(segment, which, p.words[which], count, p, d)


@stage
def draw_lost_words(segment: SegmentDraws, block: Block, p: PathScratch, d: DealScratch) -> None:
    """Each path's word for the factor of lost cycles, which only listed deals need."""
    key = segment.key if segment.own[LOST_CYCLE] else segment.shared_key
    draw_by_path(
        block.first, block.size, SECOND, PARAMETERS, NONE, key, p.lost_word, d.w1, d.w2, d.w3
    )


@stage
def apply_market(market: MarketFactors, row: int, block: Block, p: PathScratch) -> None:
    """Win rate and size factor of each path under the market of a period."""
    odds = market.odds[row, block.begin : block.begin + block.size]
    size = market.size[row, block.begin : block.begin + block.size]
    for i in range(uintp(block.size)):
        up = p.win[i] * float64(odds[i])
        p.won[i] = up / (up + (1.0 - p.win[i]))
        p.scale[i] = p.size[i] * size[i]
