"""Where a chance that rises reaches what is wanted, on the same paths for every value tried.

On shared luck P(x) is a step function of the paths, monotone where no path loses by more, so its
crossing of a confidence is one root (Brent, *Algorithms for Minimization without Derivatives*,
1973). What the paths leave open of it is what they leave open of P, over the slope there.

Where time is bound more may be too much: deals that nobody has time for hold up the others. Then
the chance rises to a peak, and the crossing is looked for below it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import chain
from typing import NamedTuple

from scipy import optimize

from quotarisk.simulation.estimates import NOTHING, Estimate, proportion_se

TOLERANCE = 0.005  # share of the value by which it may be too large
_AROUND = 0.1  # share of the value on either side, between which the slope is taken
_LEAST = 1e-4  # share of the first value tried that is as good as nothing
_FINE = 8  # times smaller than the first value is where a peak is looked for first
_FALLEN = 3  # values in a row below the highest one, after which it was the peak
_PEAK_LOOKS = 8  # around the highest value


class Crossing(NamedTuple):
    """The smallest value at which a chance reaches what is wanted.

    Parameters
    ----------
    at
        The value; NaN where none reaches it.
    se
        Its standard error; NaN where the chance does not move around it.
    chance
        There, or where it is highest if none reaches it.
    tried
        The value that the chance belongs to.
    """

    at: float
    se: float
    chance: Estimate
    tried: float

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

    @property
    def best(self) -> float:
        """The smallest value with the highest chance that was seen."""
        return min(self.seen, key=lambda value: (-self.seen[value], value))

    def bracket(self, first: float, most: float) -> tuple[float, float] | None:
        """Double until it is reached: the last value that is too small, and one that is not.

        0 twice where it is reached from the beginning, nothing where it never is.
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

    def climb(self, values: Iterable[float], between: _Between) -> tuple[float, float] | None:
        """Go up to the peak: the same as `bracket` where the chance falls again beyond it.

        Parameters
        ----------
        values
            Rising, looked at until the chance has fallen.
        between
            Values to look at then, around the highest one.
        """
        if self.above(0.0) >= 0:
            return 0.0, 0.0
        for value in chain(self._rising(values), between(self)):
            if self.above(value) >= 0:
                return max(seen for seen in self.seen if seen < value), value
        return None

    def _rising(self, values: Iterable[float]) -> Iterator[float]:
        """Take the values until a few in a row were below the highest chance."""
        since = 0
        for value in values:
            yield value
            since = 0 if self.best == value else since + 1
            if since == _FALLEN:
                return

    def nowhere(self, paths: int, most: float | None) -> Crossing:
        """No value reaches it: tell the chance at the most, or the highest one that was seen."""
        best = self.best if most is None else most
        return Crossing(math.nan, math.nan, share_of(self(best), paths), best)


_Between = Callable[[_Looks], Iterator[float]]


def _around(look: _Looks) -> Iterator[float]:
    """Halve the larger side of the value with the highest chance, again and again."""
    for _ in range(_PEAK_LOOKS):
        best, seen = look.best, sorted(look.seen)
        place = seen.index(best)
        low, high = seen[max(place - 1, 0)], seen[min(place + 1, len(seen) - 1)]
        yield (low + best) / 2 if best - low > high - best else (best + high) / 2


def _whole_around(look: _Looks) -> Iterator[float]:
    """The same of whole numbers."""
    return (float(round(value)) for value in _around(look))


def _doublings(first: float, most: float) -> Iterator[float]:
    """Double a value as far as it goes; nothing where it is 0."""
    while 0 < first <= most:
        yield first
        first *= 2


def find_crossing(
    chance: Callable[[float], float],
    wanted: float,
    *,
    paths: int,
    first: float = 1.0,
    most: float = 32.0,
    known: Mapping[float, float] | None = None,
    rises: bool = True,
) -> Crossing:
    """At which value from 0 on does a chance reach what is wanted?

    Parameters
    ----------
    chance
        Of a value; rises with it, but for luck, or to a peak.
    wanted
        Between 0 and 1.
    paths
        On which the chance is taken.
    first, most
        Value with which the search begins, doubling, and where it ends.
    known
        Chances of values that need no look.
    rises
        Whether it rises all the way; else it may fall again beyond a peak.
    """
    look = _Looks(chance, wanted)
    look.seen.update(known or {})
    found = (
        look.bracket(first, most) if rises else look.climb(_doublings(first / _FINE, most), _around)
    )
    if found is None:
        return look.nowhere(paths, most if rises else None)
    low, high = found
    if high == 0:
        return Crossing(0.0, 0.0, share_of(look(0.0), paths), 0.0)
    # what has been looked at holds both ends of the last bracket
    optimize.brentq(look.above, low, high, xtol=_LEAST * first, rtol=TOLERANCE)
    at = min(value for value in look.seen if value >= low and look.above(value) >= 0)
    below, beyond = at * (1 - _AROUND), min(at * (1 + _AROUND), most)
    slope = (look(beyond) - look(below)) / (beyond - below)
    return Crossing(at, error_of(wanted, paths, slope), share_of(look(at), paths), at)


def find_count(
    chance: Callable[[int], float],
    wanted: float,
    *,
    paths: int,
    first: int,
    most: int,
    rises: bool = True,
) -> Crossing:
    """How many does it take, of things that come whole?

    Parameters
    ----------
    chance
        Of a number; a further one never lowers it, where it rises.
    wanted, paths, rises
        As `find_crossing` takes them.
    first, most
        Number with which the search begins, doubling, and where it ends.
    """
    look = _Looks(lambda number: chance(round(number)), wanted)
    first = max(min(first, most), 1)
    fine = float(max(first // _FINE, 1))
    found = (
        look.bracket(first, most) if rises else look.climb(_doublings(fine, most), _whole_around)
    )
    if found is None:
        return look.nowhere(paths, most if rises else None)
    low, high = map(round, found)
    if high == 0:
        return Crossing(0.0, 0.0, share_of(look(0), paths), 0.0)
    straight = True
    while high - low > 1:  # where a straight line meets it, and the middle, in turn
        share = look.above(low) / (look.above(low) - look.above(high)) if straight else 0.5
        middle = min(max(round(low + share * (high - low)), low + 1), high - 1)
        low, high = (low, middle) if look.above(middle) >= 0 else (middle, high)
        straight = not straight
    around = max(round(_AROUND * high), 1)
    slope = (look(high + around) - look(high - around)) / (2 * around)
    chance_there = share_of(look(high), paths)
    return Crossing(float(high), error_of(wanted, paths, slope), chance_there, float(high))
