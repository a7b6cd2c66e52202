"""How likely can a rep hit within the hours, if these were split in another way?"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from quotarisk.analysis.choice import is_clear
from quotarisk.analysis.crossing import share_of as share_of_paths
from quotarisk.analysis.rep_paths import RepPaths
from quotarisk.analysis.timekeeping import at_share, is_same, share_of
from quotarisk.simulation.estimates import Estimate

SHARES = tuple(tenth / 10 for tenth in range(11))
_LOST = 0.1  # of the chance below the highest one, beyond which no larger share is looked at
Hits = NDArray[np.bool_]


class Reach(NamedTuple):
    """The share of the hours to keep for prospecting, and P(hit) with it."""

    share: float
    chance: Estimate


def _gain(hits: Hits, today: Hits) -> Estimate:
    change = hits.astype(np.int8) - today.astype(np.int8)
    return Estimate(float(change.mean()), float(change.std(ddof=1)) / len(change) ** 0.5)


def reach_of(paths: RepPaths, quota: float, today: Hits) -> Reach:
    """Which share of the hours is best kept for prospecting, and what is reached with it?

    Of those that are as good as the best the nearest to today's, as in `choice`. Chosen on the
    first half of the paths and told by the second, for the highest of many noisy figures is too
    high; today's where no other is clearly better there.

    Parameters
    ----------
    paths
        Of a rep with hours.
    quota
        In cents.
    today
        ``[paths]`` whether it is hit as it is.
    """
    half, usual = paths.paths // 2, share_of(paths.task)
    found: dict[float, Hits] = {usual: today}
    best = usual
    for share in SHARES:
        if is_same(share, usual):
            continue
        found[share] = paths.booked(at_share(paths.task, share)) >= quota
        best = max(best, share, key=lambda each: found[each][:half].mean())
        if share > best and found[share][:half].mean() < found[best][:half].mean() - _LOST:
            break
    good = [
        share
        for share, hits in found.items()
        if share == best or not is_clear(_gain(found[best][:half], hits[:half]))
    ]
    taken = min(good, key=lambda share: (abs(share - usual), -found[share][:half].mean()))
    hits = found[taken][half:]
    gain = _gain(hits, today[half:])
    if gain.value > 0 and is_clear(gain):
        return Reach(taken, share_of_paths(float(hits.mean()), len(hits)))
    return Reach(usual, share_of_paths(float(today.mean()), paths.paths))
