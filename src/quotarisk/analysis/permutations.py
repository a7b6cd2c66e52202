"""Which coalitions of how many players are asked for, so that what each adds is divided fairly.

Up to six players all coalitions are, and the division is Shapley's exactly. Beyond, players come
in the rotations of one order, forwards and backwards: each stands as often in each place, and of
each two one comes as often before the other as after it. So what players do alone and two by two
is divided exactly, only what three or more do together is divided nearly (Mitchell, Cooper, Frank
and Holmes, *JMLR* 23(43), 2022, on permutations in antithetic pairs), and the parts add up to the
whole as they do over all orders. The coalitions are the arcs of a circle: n (n - 1) + 2 of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from math import factorial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from quotarisk.analysis.shapley import MOST_PLAYERS, shapley_weights


class Coalitions(NamedTuple):
    """Coalitions, and by which whole number the worth of each counts for each player.

    ``weights @ worth / scale`` is what each player adds. The weights of a coalition sum to 0 but
    for nobody and everybody, who stand first and last, so whole worths add up without rounding.
    """

    members: tuple[int, ...]  # by their bits: bit i says whether player i is in it
    weights: NDArray[np.int64]  # [players, coalitions]
    scale: int


def _orders(players: int) -> Iterator[tuple[int, ...]]:
    """Rotations of one order, forwards and backwards."""
    for first in range(players):
        order = tuple((first + place) % players for place in range(players))
        yield order
        yield order[::-1]


@cache
def list_coalitions(players: int) -> Coalitions:
    """Which coalitions are asked for?

    Parameters
    ----------
    players
        How many there are.

    Examples
    --------
    >>> list_coalitions(2).members, list_coalitions(2).scale
    ((0, 1, 2, 3), 2)
    >>> len(list_coalitions(8).members)
    58
    """
    if players <= MOST_PLAYERS:
        return Coalitions(tuple(range(2**players)), shapley_weights(players), factorial(players))
    adds: dict[int, NDArray[np.int64]] = {0: np.zeros(players, np.int64)}
    for order in _orders(players):
        coalition = 0
        for player in order:
            after = coalition | 1 << player
            adds.setdefault(after, np.zeros(players, np.int64))[player] += 1
            adds[coalition][player] -= 1
            coalition = after
    members = tuple(sorted(adds))
    weights = np.array([adds[coalition] for coalition in members]).T
    weights.setflags(write=False)
    return Coalitions(members, weights, 2 * players)
