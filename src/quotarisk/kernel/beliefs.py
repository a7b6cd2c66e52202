"""What each path believes: its own creation rate, win rate, size and cycle factors."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import float32, float64, int64, uintp

from quotarisk.kernel.arrays import Singles, Tables, Words
from quotarisk.kernel.bits import NONE, PARAMETERS, draw_by_path
from quotarisk.kernel.casts import pack
from quotarisk.kernel.compiling import formula, stage
from quotarisk.kernel.inputs import (
    LOST_CYCLE,
    RATE,
    SIZE,
    WIN,
    SegmentDraws,
)
from quotarisk.kernel.quantiles import evaluate, locate, look
from quotarisk.kernel.scratch import Block, DealScratch, PathScratch

SECOND = np.int64(1)  # second block of a key's words for parameters


@stage
def quantiles(table: Tables, words: Words, count: int, d: DealScratch, value: Singles) -> None:
    """Value of a law for each word."""
    locate(words, count, d.cell, d.fraction)
    look(table, d.cell, count, d.lines)
    evaluate(d.lines, d.fraction, count, value)


@stage
def _keep(which: int, count: int, p: PathScratch, d: DealScratch) -> None:
    """Each path's value of a parameter that is not known, from ``d.length``."""
    if which in (RATE, WIN):
        kept = p.rate if which == RATE else p.win
        for i in range(uintp(count)):
            kept[i] = float64(d.length[i])
    elif which == SIZE:
        for i in range(uintp(count)):
            p.size[i] = d.length[i]
    else:
        for i in range(uintp(count)):
            p.cycle[i] = d.length[i]
            p.cycle_word[i] = p.words[which, i]


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
    first = int64(RATE)
    if segment.rate_key != 0:
        first += 1
        if segment.known[RATE] == 0:
            draw_by_path(block.first, count, NONE, PARAMETERS, NONE, segment.rate_key, p.words)
            quantiles(segment.posterior[RATE], p.words[RATE], count, d, d.length)
            _keep(RATE, count, p, d)
    for own in range(2):
        unknown = int64(0)
        for which in range(first, 4):
            unknown += int64(segment.known[which] == 0 and segment.own[which] == own)
        if unknown == 0:
            continue
        key = segment.own_key if own else segment.shared_key
        draw_by_path(block.first, count, NONE, PARAMETERS, NONE, key, p.words)
        for which in range(first, 4):
            if segment.known[which] == 0 and segment.own[which] == own:
                quantiles(segment.posterior[which], p.words[which], count, d, d.length)
                _keep(which, count, p, d)


@stage
def draw_lost_words(segment: SegmentDraws, block: Block, p: PathScratch, d: DealScratch) -> None:
    """Each path's word for the factor of lost cycles, which only listed deals need."""
    key = segment.own_key if segment.own[LOST_CYCLE] else segment.shared_key
    draw_by_path(block.first, block.size, SECOND, PARAMETERS, NONE, key, d.words)
    for i in range(uintp(block.size)):
        p.lost_word[i] = d.words[0, i]


@formula
def win_rate(win: Any, odds: Any) -> Any:
    """A win rate whose odds are multiplied."""
    up = win * float64(odds)
    return up / (up + (1.0 - win))


@stage
def expect(
    weeks: float, creation: Singles, odds: Singles, size: Singles, count: int, p: PathScratch
) -> None:
    """Mean number of won deals created in so many weeks of a market period, and its factors."""
    for i in range(uintp(count)):
        p.mean[i] = p.rate[i] * weeks * float64(creation[i]) * win_rate(p.win[i], odds[i])
        p.factors[i] = pack(p.cycle[i], p.size[i] * size[i])


@stage
def apply_market(odds: Singles, size: Singles, count: int, p: PathScratch) -> None:
    """Win rate and factors of each path under the market of a period."""
    for i in range(uintp(count)):
        p.won[i] = win_rate(p.win[i], odds[i])
        p.factors[i] = pack(p.cycle[i], p.size[i] * size[i])
