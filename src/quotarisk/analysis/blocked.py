"""A unit's paths once more, corrected block by block: what tells the errors of solved quotas."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from quotarisk.analysis.order_grid import Widening
from quotarisk.analysis.order_statistics import Z_95, Ranks, count_hits, ranks_of
from quotarisk.simulation.estimates import Array, Estimate, proportion_se
from quotarisk.simulation.sectioning import Blocks

_LEVELS = (0.02, 0.05, *np.arange(0.1, 0.95, 0.1).tolist(), 0.95, 0.98)


def ranks_within(share: float, error: float, paths: int) -> Ranks:
    """Places of a quota and its interval, as `ranks_of`, where the share's error is told."""
    most = min(max(share + Z_95 * error, 0.0), 1.0) * paths
    least = min(max(share - Z_95 * error, 0.0), 1.0) * paths
    return Ranks(ranks_of(share, paths).at, math.ceil(least), math.floor(most) + 1)


class Blocked(NamedTuple):
    """Bookings of which each block of paths is corrected on its own.

    Parameters
    ----------
    booked
        ``[periods, paths]`` in cents.
    blocks
        Of the paths.
    """

    booked: Array
    blocks: Blocks

    def of(self, row: int) -> Blocked:
        """Give one of the periods alone."""
        return Blocked(self.booked[[row]], self.blocks)

    def chances(self, quotas: Array, shares: Array) -> Array:
        """``[periods]`` errors of the shares of all paths that reach a quota in each period."""
        paths = self.blocks.paths
        parts = self.blocks.means(self.booked >= quotas[:, np.newaxis])
        error = self.blocks.share_error(shares, parts, proportion_se(shares * paths, paths))
        return np.where(
            np.ptp(self.booked, axis=1) > 0, error, proportion_se(shares * paths, paths)
        )

    def chance(self, rows: NDArray[np.int64], quotas: Array, told: Estimate) -> Estimate:
        """Mean P(hit) of some periods, with its error."""
        parts = self.blocks.means(count_hits(self.booked, rows, quotas)) / len(rows)
        error = self.blocks.share_error(np.array(told.value), parts, np.array(told.se))
        return Estimate(told.value, float(error))

    def mean(self, rows: NDArray[np.int64], told: Estimate) -> Estimate:
        """Mean over some periods, with its error."""
        parts = self.blocks.means(self.booked[rows].mean(axis=0))
        error = float(self.blocks.mean_error(np.array(told.value), parts))
        return Estimate(told.value, error if error > 0 else told.se)

    def widening(self, ordered: Array, row: int) -> Widening | None:
        """How much less exact than of independent paths is P(hit) of quotas of a period?

        Looked at where they are hit with 2 to 98 %; None where none is.
        """
        paths = self.blocks.paths
        places = np.array([paths - ranks_of(level, paths).at for level in _LEVELS])
        amounts = np.unique(ordered[row, places])[::-1]
        shares = 1 - np.searchsorted(ordered[row], amounts) / paths
        amounts, shares = amounts[shares < 1], shares[shares < 1]
        if not len(shares):
            return None
        booked = np.repeat(self.booked[[row]], len(shares), axis=0)
        errors = Blocked(booked, self.blocks).chances(amounts, shares)
        return shares, errors / proportion_se(shares * paths, paths)
