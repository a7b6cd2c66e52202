"""Of choices that are as good as the best, the one that is nearest to today's.

As `choice` has it of chances: what the choosing paths cannot tell from the best, within two
standard errors of the difference on the same paths, is as good, and nobody should change more
than what helps.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from quotarisk.analysis.choice import is_clear
from quotarisk.analysis.influence import Figure
from quotarisk.simulation.estimates import Array, Estimate

MOST_BLOCKS = 64  # of paths, in which figures are kept: few numbers, exact enough
_SAME = 1e-9  # of a distance


class Nearest(NamedTuple):
    """What is taken: its place, and how many are as good, itself among them."""

    place: int
    as_good: int


@dataclass
class Tally:
    """A figure of many choices on the same paths, today's first."""

    values: list[float] = field(default_factory=list)
    blocks: list[Array] = field(default_factory=list, repr=False)  # [blocks] of each

    def add(self, figure: Figure) -> None:
        """Add the next choice."""
        paths = len(figure.influence)
        edges = np.linspace(0, paths, min(MOST_BLOCKS, paths) + 1).astype(np.int64)
        sums = np.add.reduceat(figure.influence, edges[:-1])
        self.values.append(figure.value)
        self.blocks.append(sums / np.diff(edges))

    def _apart(self, best: int, other: int) -> Estimate:
        blocks = self.blocks[best] - self.blocks[other]
        error = float(blocks.std(ddof=1)) / math.sqrt(len(blocks))
        return Estimate(self.values[best] - self.values[other], error)

    def nearest(self, distances: Sequence[float]) -> Nearest:
        """Which choice is as good as the best, and nearest to today's?

        Parameters
        ----------
        distances
            Of each from today's, which is the first. Of those that are as near the best is taken.
        """
        best = int(np.argmax(self.values))
        good = [
            place
            for place in range(len(self.values))
            if place == best or not is_clear(self._apart(best, place))
        ]
        least = min(distances[place] for place in good)
        near = [place for place in good if distances[place] <= least + _SAME]
        return Nearest(max(near, key=lambda place: self.values[place]), len(good))
