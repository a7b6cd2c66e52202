"""Where a chance that rises reaches what is wanted, on the same paths for every value tried.

On shared luck P(x) is a step function of the paths, monotone where no path loses by more, so its
crossing of a confidence is one root (Brent, *Algorithms for Minimization without Derivatives*,
1973). What the paths leave open of it is what they leave open of P, over the slope there.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import NamedTuple

from scipy import optimize

from quotarisk.simulation.estimates import NOTHING, Estimate, proportion_se

TOLERANCE = 0.005  # share of the value by which it may be too large
_AROUND = 0.1  # share of the value on either side, between which the slope is taken
_LEAST = 1e-4  # share of the first value tried that is as good as nothing


class Crossing(NamedTuple):
    """The smallest value at which a chance reaches what is wanted.

    Parameters
    ----------
    at
        The value; NaN where none reaches it.
    se
        Its standard error; NaN where the chance does not move around it.
    chance
        There, or at the largest value tried where none reaches it.
    """

    at: float
    se: float
    chance: Estimate

    @property
    def is_found(self) -> bool:
        """Whether some value reaches it."""
        return not math.isnan(self.at)


def share_of(chance: float, paths: int) -> Estimate:
    """A share of the paths with its standard error.

    Examples
    --------
    >>> round(share_of(0.5, 10_000).se, 6)
    0.005
    """
    if math.isnan(chance):
        return NOTHING
    return Estimate(chance, float(proportion_se(chance * paths, paths)))


def error_of(wanted: float, paths: int, slope: float) -> float:
    """Standard error of a value whose chance has a slope; NaN where it does not rise."""
    return math.sqrt(wanted * (1 - wanted) / paths) / slope if slope > 0 else math.nan


class _Looks:
    """What has been looked at: nothing is simulated twice."""

    def __init__(self, chance: Callable[[float], float], wanted: float) -> None:
        self.chance, self.wanted = chance, wanted
        self.seen: dict[float, float] = {}

    def __call__(self, value: float) -> float:
        if value not in self.seen:
            self.seen[value] = self.chance(value)
        return self.seen[value]

    def above(self, value: float) -> float:
        """By how much a value's chance is above what is wanted."""
        return self(value) - self.wanted

    def bracket(self, first: float, most: float) -> tuple[float, float] | None:
        """Double until it is reached: the last value that is too small, and one that is not.

        The largest twice where it is not reached, 0 twice where it is from the beginning.
        """
        high = min(first, most)
        if self.above(high) >= 0:
            return (0.0, 0.0) if self.above(0.0) >= 0 else (0.0, high)
        low = high
        while self.above(high) < 0:
            if high >= most:
                return None
            low, high = high, min(2 * high, most)
        return low, high


def find_crossing(
    chance: Callable[[float], float],
    wanted: float,
    *,
    paths: int,
    first: float = 1.0,
    most: float = 32.0,
    known: Mapping[float, float] | None = None,
) -> Crossing:
    """At which value from 0 on does a chance reach what is wanted?

    Parameters
    ----------
    chance
        Of a value; rises with it, but for luck.
    wanted
        Between 0 and 1.
    paths
        On which the chance is taken.
    first, most
        Value with which the search begins, doubling, and where it ends.
    known
        Chances of values that need no look.
    """
    look = _Looks(chance, wanted)
    look.seen.update(known or {})
    found = look.bracket(first, most)
    if found is None:
        return Crossing(math.nan, math.nan, share_of(look(most), paths))
    low, high = found
    if high == 0:
        return Crossing(0.0, 0.0, share_of(look(0.0), paths))
    # what has been looked at holds both ends of the last bracket
    optimize.brentq(look.above, low, high, xtol=_LEAST * first, rtol=TOLERANCE)
    at = min(value for value in look.seen if value >= low and look.above(value) >= 0)
    below, beyond = at * (1 - _AROUND), min(at * (1 + _AROUND), most)
    slope = (look(beyond) - look(below)) / (beyond - below)
    return Crossing(at, error_of(wanted, paths, slope), share_of(look(at), paths))


def find_count(
    chance: Callable[[int], float], wanted: float, *, paths: int, first: int, most: int
) -> Crossing:
    """How many does it take, of things that come whole?

    Parameters
    ----------
    chance
        Of a number; a further one never lowers it.
    wanted, paths
        As `find_crossing` takes them.
    first, most
        Number with which the search begins, doubling, and where it ends.
    """
    look = _Looks(lambda number: chance(round(number)), wanted)
    found = look.bracket(max(min(first, most), 1), most)
    if found is None:
        return Crossing(math.nan, math.nan, share_of(look(most), paths))
    low, high = map(round, found)
    if high == 0:
        return Crossing(0.0, 0.0, share_of(look(0), paths))
    straight = True
    while high - low > 1:  # where a straight line meets it, and the middle, in turn
        share = look.above(low) / (look.above(low) - look.above(high)) if straight else 0.5
        middle = min(max(round(low + share * (high - low)), low + 1), high - 1)
        low, high = (low, middle) if look.above(middle) >= 0 else (middle, high)
        straight = not straight
    around = max(round(_AROUND * high), 1)
    slope = (look(high + around) - look(high - around)) / (2 * around)
    return Crossing(float(high), error_of(wanted, paths, slope), share_of(look(high), paths))
