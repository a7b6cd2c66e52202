"""A walk over the mixes of a rep: the simplex in steps, with today's mix on it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from quotarisk.analysis.blend import Blend
from quotarisk.analysis.moving import with_tasks
from quotarisk.analysis.simplex import affordable_steps, shares_of
from quotarisk.simulation.comparing import Variant


@dataclass(frozen=True)
class Walk:
    """A rep's blend, and the mixes that are looked at.

    Parameters
    ----------
    blend
        Of today.
    steps
        Into how many the whole is cut.
    points
        Shares of the segments, today's among them, from all in the first segment downwards.
    """

    blend: Blend
    steps: int
    points: tuple[tuple[float, ...], ...]

    @property
    def today(self) -> int:
        """Which point is today's."""
        return next(n for n, point in enumerate(self.points) if self.blend.is_todays(point))

    @property
    def others(self) -> tuple[tuple[float, ...], ...]:
        """All points but today's."""
        return tuple(point for point in self.points if not self.blend.is_todays(point))


def walk_of(blend: Blend, steps: int) -> Walk:
    """Which mixes are looked at: the simplex in steps, and today's?"""
    steps = affordable_steps(len(blend.shares), steps)
    grid = shares_of(len(blend.shares), steps)
    others = (point for point in grid if not blend.is_todays(point))
    return Walk(blend, steps, tuple(sorted((blend.shares, *others), reverse=True)))


def variants_of(base: Variant, walks: Mapping[str, Walk]) -> Iterator[Variant]:
    """Today's mixes, then everybody's first other one, everybody's second one and so on."""
    yield base
    others = {name: walk.others for name, walk in walks.items()}
    for number in range(max(map(len, others.values()), default=0)):
        yield with_tasks(
            base,
            {
                name: walks[name].blend.task_at(points[number])
                for name, points in others.items()
                if number < len(points)
            },
        )
