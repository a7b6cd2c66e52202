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
        spread = float(blocks.std(ddof=1)) if len(blocks) > 1 else math.inf
        error = spread / math.sqrt(len(blocks))
        return Estimate(self.values[best] - self.values[other], error)

    def good(self) -> tuple[int, ...]:
        """Which choices are as good as the best, itself among them?"""
        best = int(np.argmax(self.values))
        return tuple(
            place
            for place in range(len(self.values))
            if place == best or not is_clear(self._apart(best, place))
        )

    def _take(self, places: Sequence[int], distances: Sequence[float]) -> int:
        """Take the nearest of some choices, the best of those that are as near."""
        least = min(distances[place] for place in places)
        near = [place for place in places if distances[place] <= least + _SAME]
        return max(near, key=lambda place: self.values[place])

    def nearest(self, distances: Sequence[float]) -> Nearest:
        """Which choice is as good as the best, and nearest to today's?

        Parameters
        ----------
        distances
            Of each from today's, which is the first. Of those that are as near the best is taken.
        """
        good = self.good()
        return Nearest(self._take(good, distances), len(good))

    def moved(self, other: Tally, distances: Sequence[Sequence[float]]) -> tuple[int, int]:
        """Where does this figure lead from, and another one to, both on the same paths?

        Parameters
        ----------
        other
            The other figure of the same choices.
        distances
            ``[choices, choices]`` of each from each, today's first.

        Returns
        -------
        tuple
            The same choice twice where one is as good as the best by both figures, the nearest to
            today's of those; else the nearest to today's by this one, and of those that are as
            good by the other the nearest to that.
        """
        before, after = self.good(), other.good()
        both = [place for place in before if place in after]
        if both:
            place = other._take(both, distances[0])
            return place, place
        start = self._take(before, distances[0])
        return start, other._take(after, distances[start])
