"""The daily hazard of a deal by its age, where all multipliers are 1; its tail and its noise."""

from __future__ import annotations

import numpy as np
from scipy import special

from quotarisk.calibration.streams import draw_shares
from quotarisk.kernel.arrays import Floats, Ints

TAIL_DAYS = 28  # ages whose rate holds beyond the last age
_LEAST_DEALS = 10
_LEAST_SHARE = 0.01
_BANDWIDTH_DAYS = 2.0
_REACH = 8  # days: 4 bandwidths
_BLOCK_EVENTS = 20
_KERNEL: Floats = np.exp(-0.5 * (np.arange(-_REACH, _REACH + 1) / _BANDWIDTH_DAYS) ** 2)


def last_age_of(at_risk: Ints) -> int:
    """Up to which age do the deals at risk say anything?

    The largest age with at least 10 deals and 1 % of the peak at risk; in a history with fewer
    than 10 deals, with the peak.
    """
    peak = int(at_risk.max())
    enough = max(min(_LEAST_DEALS, peak), _LEAST_SHARE * peak)
    return int(np.flatnonzero(at_risk >= enough)[-1])


def _smooth(by_age: Floats) -> Floats:
    return np.convolve(by_age, _KERNEL)[_REACH : _REACH + by_age.size]


def estimate_base(events: Floats, exposure: Floats) -> Floats:
    """How likely is a deal of each age to end on that day?

    Events over weighted exposure, each smoothed with a Gaussian kernel of 2 days, scaled so
    that the hazard times the exposure adds up to the events.
    """
    smooth = _smooth(exposure)
    base = np.divide(_smooth(events), smooth, out=np.zeros_like(smooth), where=smooth > 0.0)
    expected = float(base @ exposure)
    return base * (float(events.sum()) / expected) if expected > 0.0 else base


def estimate_tail(events: Floats, exposure: Floats) -> float:
    """At which daily rate do deals older than the last age end?

    Events over exposure of the 28 ages up to the last. So it is exposure that decides: many
    old deals and no event mean that old deals are stalled, and the tail is 0.
    """
    exposed = float(exposure[-TAIL_DAYS:].sum())
    return float(events[-TAIL_DAYS:].sum()) / exposed if exposed > 0.0 else 0.0


def _wiggle(counts: Floats, shares: Floats) -> Floats:
    """Gamma(n, 1 / n) for each count n, 1 where there is none."""
    n = np.where(counts > 0.0, counts, 1.0)
    return np.where(counts > 0.0, special.gammaincinv(n, shares) / n, 1.0)


def draw_base(
    base: Floats, tail: float, events: Floats, *, draws: int, seed: int, name: str
) -> Floats:
    """Which hazards could as well have been behind the events seen?

    Ages are split into blocks of about 20 events; a block with ``n`` of them, and the tail, is
    multiplied by Gamma(n, 1 / n) in each draw.

    Returns
    -------
    Floats
        ``[draws, ages + 1]``, the last column the tail.
    """
    total = float(events.sum())
    blocks = max(round(total / _BLOCK_EVENTS), 1)
    seen = np.cumsum(events)
    seen = np.maximum(seen, seen[(events > 0.0).argmax()])  # ages before the first event join it
    reached = seen * (blocks / max(total, 1.0))
    block = np.maximum(np.ceil(reached - 1e-9).astype(np.int64) - 1, 0)
    counts = np.append(
        np.bincount(block, weights=events, minlength=blocks), events[-TAIL_DAYS:].sum()
    )
    factor = _wiggle(counts, draw_shares(seed, name, "base", draws=draws, count=blocks + 1))
    return np.append(base, tail) * factor[:, np.append(block, blocks)]
