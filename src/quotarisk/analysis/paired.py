"""Two scenarios on the same paths: how far apart are their figures, and how sure is that?

Luck that both share cancels in the difference of each path, so the error of a difference is
that of the differences, far smaller than the errors of what is subtracted. Paths that a
correction ties or spreads are not independent; what each of them adds to a mean is told apart then.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from quotarisk.kernel.apart import Apart
from quotarisk.simulation.estimates import Array, proportion_se
from quotarisk.simulation.order import find_quantiles, mean_of_worst, places_of, put_in_order
from quotarisk.simulation.sectioning import Blocks

LOWEST = 0.1  # the share of the futures that counts as bad
_ENOUGH = 0.5  # share of the blocks that must differ to tell an error
_ROUNDING = 1e-12  # share of a sum of squares that is but rounding


class Paired(NamedTuple):
    """A difference of means over the same paths, and its standard error; ``[periods]`` each."""

    change: Array
    change_se: Array


class Lowest(NamedTuple):
    """What bad futures bring; ``[periods]`` in the unit of the bookings."""

    p10: Array
    p10_se: Array
    expected_shortfall: Array
    expected_shortfall_se: Array


class BlockShares(NamedTuple):
    """How much more often one reaches the quota than the other, in each block of paths.

    Parameters
    ----------
    blocks
        Of the paths, each corrected on its own.
    apart
        ``[periods, blocks]`` share of one that reaches the quota, less that of the other.
    """

    blocks: Blocks
    apart: Array

    def error(self, change: Array, told: Array) -> Array:
        """Error of a change, which is ``told`` if paths are independent."""
        least = proportion_se(0, max(round(self.blocks.paths / self.blocks.moved), 1))
        few = (self.apart != 0).mean(axis=1) < _ENOUGH
        error = self.blocks.error(change, self.apart, told)
        # what differs in few blocks tells little: not below what was never seen among those apart
        return np.where(few, np.maximum(error, np.maximum(told, least)), error)


def block_shares(booked: Array, base: Array, quotas: Array, blocks: Blocks) -> BlockShares:
    """How far apart are two scenarios in each block of paths?

    Parameters
    ----------
    booked, base
        ``[periods, paths]`` of both, of which each block is corrected on its own
        (`Variant.starts`).
    quotas
        ``[periods]`` in cents, NaN where there is none.
    blocks
        From `blocks_of`.
    """
    least = quotas[:, np.newaxis]
    return BlockShares(blocks, blocks.means(booked >= least) - blocks.means(base >= least))


def shares_apart(
    sums: Apart, base: Apart, paths: int, *, blocked: BlockShares | None = None
) -> Paired:
    """How much more likely is one than the other to reach the quota?

    With d = 1, 0 or -1 on each path the error is ``sqrt(Var(d) / paths)``. Where no path differs
    though bookings do, it is that of a probability never seen (`proportion_se`): few paths do not
    pass for certainty. Only what is the same on every path, cent by cent, is no change for sure.

    Parameters
    ----------
    sums, base
        Of both, beside the latter.
    paths
        Number of them.
    blocked
        How far apart both are in each block: the error where a correction makes paths depend on
        each other.
    """
    change = (sums.hits - base.hits) / paths
    error = np.sqrt(np.maximum(sums.differ / paths - change**2, 0.0) / paths)
    error = np.maximum(error, proportion_se(0, paths))
    if blocked is not None:
        error = blocked.error(change, error)
    same = sums.moved_squared == 0
    return Paired(change, np.where(same, 0.0, error))


def _added_se(moved: Array, paths: int) -> Array:
    """Error of a mean, from sums over batches of what each path adds to it."""
    batches = moved.shape[1]
    ends = np.arange(batches + 1) * paths // batches
    off = moved - moved.sum(axis=1, keepdims=True) * np.diff(ends) / paths
    return np.asarray(np.sqrt((off**2).sum(axis=1) * batches / (batches - 1)) / paths)


def means_apart(sums: Apart, paths: int, *, moved: Array | None = None) -> Paired:
    """By how much is one's mean higher?

    Parameters
    ----------
    sums
        Of it, beside the other.
    paths
        Number of them.
    moved
        ``[periods, batches]`` what paths add to the difference, from `compare`: the error where
        a correction makes paths depend on each other.
    """
    change = sums.moved / paths
    if moved is not None:
        return Paired(change, _added_se(moved, paths))
    squares = sums.moved_squared - paths * change**2
    squares = np.where(squares > _ROUNDING * sums.moved_squared, squares, 0.0)
    return Paired(change, np.sqrt(squares / (paths - 1) / paths))


def lowest_of(booked: Array) -> Lowest:
    """What is booked at most in the worst tenth of the futures, and what on average in these?

    The expected shortfall is the mean of the lowest 10 % of bookings, as `mean_of_worst` has it.

    Parameters
    ----------
    booked
        ``[periods, paths]`` in whole cents.
    """
    paths = booked.shape[1]
    _, _, high = places_of(LOWEST, paths)
    bottom = put_in_order(booked, high + 1)
    (p10,), (p10_se,) = find_quantiles(bottom, (LOWEST,), paths=paths)
    (worst,), (worst_se,) = mean_of_worst(bottom, (LOWEST,), paths=paths)
    return Lowest(p10, p10_se, worst, worst_se)
