"""The simplex in steps: all ways to share a whole among so many parts."""

from __future__ import annotations

import itertools
import math

from quotarisk.errors import ArgumentError

DEFAULT_STEP = 0.1
MOST_POINTS = 101
_MOST_STEPS = 100
_ROUND_STEPS = (100, 50, 20, 10, 5, 4, 2, 1)  # whole numbers of per cent each


def count_steps(step: object) -> int:
    """Into how many equal steps does a share cut the whole?

    Raises
    ------
    ArgumentError
        If it is no share that the whole is a multiple of, or one below 0.01.

    Examples
    --------
    >>> count_steps(0.1), count_steps(0.25), count_steps(1)
    (10, 4, 1)
    """
    if isinstance(step, int | float) and not isinstance(step, bool) and 0 < step <= 1:
        steps = round(1 / step)
        if steps <= _MOST_STEPS and math.isclose(steps * step, 1, rel_tol=1e-6):
            return steps
    raise ArgumentError(
        "step must be a share from 0.01 to 1 that divides the whole, such as 0.05, 0.1, 0.2 or "
        f"0.25, got {step!r}"
    )


def count_points(parts: int, steps: int) -> int:
    """How many ways are there to share so many steps among so many parts?

    Examples
    --------
    >>> count_points(2, 10), count_points(3, 10), count_points(4, 10)
    (11, 66, 286)
    """
    return math.comb(steps + parts - 1, parts - 1)


def affordable_steps(parts: int, steps: int) -> int:
    """How fine can steps be without too many points? As asked, or the next round ones.

    Examples
    --------
    >>> affordable_steps(3, 10), affordable_steps(4, 10), affordable_steps(5, 10)
    (10, 5, 4)
    """
    if count_points(parts, steps) <= MOST_POINTS:
        return steps
    coarser = (number for number in _ROUND_STEPS if number < steps)
    return next((number for number in coarser if count_points(parts, number) <= MOST_POINTS), 1)


def shares_of(parts: int, steps: int) -> tuple[tuple[float, ...], ...]:
    """Which are the points, from all in the first part to all in the last?

    Returns
    -------
    tuple
        Of each point the shares of the parts, which add up to 1.

    Examples
    --------
    >>> shares_of(2, 2)
    ((1.0, 0.0), (0.5, 0.5), (0.0, 1.0))
    """
    # bars among stars: what lies between two bars is the share of a part
    places = itertools.combinations(range(steps + parts - 1), parts - 1)
    points = (
        tuple(
            (after - before - 1) / steps
            for before, after in itertools.pairwise((-1, *bars, steps + parts - 1))
        )
        for bars in places
    )
    return tuple(sorted(points, reverse=True))
