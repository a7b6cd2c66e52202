"""The amounts of one period, sorted and kept: any quota's chance, and any chance's quota."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from quotarisk.simulation.estimates import Array, proportion_se

LEAST_POINTS = 2_001  # of a unit, however many there are: 16 KB
Widening = tuple[Array, Array]
MOST_NUMBERS = 8_000_000  # of all units together, where that leaves more for each: 64 MB


def points_of(paths: int, units: int) -> int:
    """How many amounts of each unit are kept?

    All of them as long as they are few or fit into 64 MB together (400 units on 20,000
    paths); else as many as do, 2,001 at least.

    Examples
    --------
    >>> points_of(20_000, 300), points_of(20_000, 10_000), points_of(500, 10_000)
    (20000, 2001, 500)
    """
    return min(paths, max(LEAST_POINTS, MOST_NUMBERS // max(units, 1)))


@dataclass(frozen=True)
class OrderGrid:
    """Amounts of a period at evenly spaced places among its paths.

    With all paths kept, chances are exact on the paths. With fewer, a chance is interpolated
    between two neighbours and off by less than their distance, 1 / 2,000 at most.

    Parameters
    ----------
    amounts
        ``[points]`` cents, ascending.
    places
        ``[points]`` how many paths stand before each.
    paths
        Number of paths.
    widening
        Chances in ascending order, and by how much the error of each is larger than if paths were
        independent; none where they are.
    """

    amounts: Array = field(repr=False)
    places: Array = field(repr=False)
    paths: int
    widening: Widening | None = field(default=None, repr=False)

    def quota(self, share: float) -> float:
        """Which quota, in cents, is hit with a probability? Continuous, and falling in it."""
        return float(np.interp(self.paths * (1 - share), self.places, self.amounts))

    def chance(self, quota: float) -> float:
        """How likely is a quota, in cents, hit?"""
        at = int(np.searchsorted(self.amounts, quota, side="left"))
        if at == 0:
            return 1.0
        if at == len(self.amounts):
            return 0.0
        below, above = self.amounts[at - 1], self.amounts[at]
        first = self.places[at - 1] + 1
        rest = (self.places[at] - first) * (quota - below) / (above - below)
        return float(1 - (first + rest) / self.paths)

    def chance_se(self, chance: float) -> float:
        """How exact is a chance?"""
        error = float(proportion_se(chance * self.paths, self.paths))
        return error if self.widening is None else error * float(np.interp(chance, *self.widening))


def keep_order(ordered: Array, points: int, widening: Widening | None = None) -> OrderGrid:
    """Keep so many of a period's ``[paths]`` sorted amounts, the least and the largest included."""
    paths = len(ordered)
    places = np.round(np.linspace(0, paths - 1, points))
    return OrderGrid(ordered[places.astype(np.int64)], places, paths, widening)
