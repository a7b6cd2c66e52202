"""The market's factors on every path: one Gaussian AR(1) series shared by all reps."""

from __future__ import annotations

import numpy as np
from numba import float64, uintp

from quotarisk.kernel.arrays import Floats, Ints, Tables
from quotarisk.kernel.bits import MARKET, NONE, draw_by_path
from quotarisk.kernel.compiling import SOURCES, entry
from quotarisk.kernel.counts import exp
from quotarisk.kernel.inputs import MarketFactors
from quotarisk.kernel.quantiles import evaluate, locate, look

_BLOCK = 1024


@entry
def draw_market(
    key: np.uint64,
    normal: Tables,
    period_id: Ints,
    persistence: float,
    spreads: Floats,
    first_path: int,
    paths: int,
    sources: int = SOURCES,  # noqa: ARG001 - part of the cached signature, see compiling.py
) -> MarketFactors:
    """Draw the factors of paths ``first_path`` to ``first_path + paths``.

    Parameters
    ----------
    key
        Of the market under the seed.
    normal
        ``[TABLE]`` quantiles of the standard normal law.
    period_id
        ``[periods]`` running numbers of the market's periods.
    persistence
        Correlation of one period's score with the next.
    spreads
        ``[3]`` standard deviations of the logarithms of creation, win odds and deal size.

    Returns
    -------
    MarketFactors
        Creation and deal size have mean 1 over the paths, win odds median 1.
    """
    periods = period_id.shape[0]
    factors = np.empty((3, periods, paths), np.float32)
    score = np.zeros(_BLOCK, np.float64)
    words = np.empty((4, _BLOCK), np.uint32)
    cell = np.empty(_BLOCK, np.uint32)
    fraction = np.empty(_BLOCK, np.float32)
    fresh = np.empty(_BLOCK, np.float32)
    lines = np.empty(_BLOCK, np.uint64)
    innovation = np.sqrt(1.0 - persistence * persistence)
    for begin in range(0, paths, _BLOCK):
        count = min(_BLOCK, paths - begin)
        for q in range(periods):
            draw_by_path(first_path + begin, count, NONE, MARKET, period_id[q], key, words)
            locate(words[0], count, cell, fraction)
            look(normal, cell, count, lines)
            evaluate(lines, fraction, count, fresh)
            for i in range(uintp(count)):
                z = float64(fresh[i])
                score[i] = z if q == 0 else persistence * score[i] + innovation * z
            for k in range(3):
                spread = spreads[k]
                drift = 0.0 if k == 1 else 0.5 * spread * spread
                out = factors[k, q, begin : begin + count]
                for i in range(uintp(count)):
                    out[i] = exp(spread * score[i] - drift)
    return MarketFactors(factors[0], factors[1], factors[2])
