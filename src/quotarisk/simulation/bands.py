"""On how many paths does a rep reach so much of the quota? Batch by batch, to be added up."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from quotarisk.simulation.batches import batch_starts
from quotarisk.simulation.estimates import Array

TENTHS = (5, 8, 10, 12)  # of the quota, at which bands of attainment begin
_MOST = float(np.iinfo(np.uint32).max)

Counts = NDArray[np.int32]


def count_reached(totals: Array | NDArray[np.uint32], quotas: Array) -> Counts:
    """On how many paths of each batch do a period's bookings reach so much of its quota?

    Parameters
    ----------
    totals
        ``[periods, paths]`` bookings in cents.
    quotas
        ``[periods]`` in cents, NaN where a period has none: nothing is reached there.

    Returns
    -------
    ndarray
        ``[periods, tenths, batches]``; the third is what the periods' hits add up to.
    """
    periods, paths = totals.shape
    starts = batch_starts(paths)
    counts = np.zeros((periods, len(TENTHS), len(starts)), dtype=np.int32)
    whole = totals.dtype == np.uint32
    for row in np.flatnonzero(~np.isnan(quotas)).tolist():
        for place, tenths in enumerate(TENTHS):
            # whole cents times whole tenths: the quotient is whole wherever it should be
            amount = float(quotas[row]) * tenths / 10
            if whole and amount > _MOST:
                break
            # compared as they are, words are twice as fast
            least = np.uint32(np.ceil(amount)) if whole else amount
            np.add.reduceat(totals[row] >= least, starts, dtype=np.int32, out=counts[row, place])
    return counts
