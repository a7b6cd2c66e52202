"""What each player adds to a game, fairly divided: exact Shapley values over all coalitions.

The value of a player is the mean over all orders of what it adds to those before it. With n
players and the worth v(S) of each coalition S,

    phi_i = sum over S without i of |S|! (n - |S| - 1)! / n! (v(S + i) - v(S)),

the only division that adds up to v(all) - v(none), treats equals alike, gives nothing to who adds
nothing and is additive in v (Shapley, *Contributions to the Theory of Games II*, Annals of
Mathematics Studies 28, 1953, doi:10.1515/9781400881970-018).
"""

from __future__ import annotations

from functools import lru_cache
from math import factorial

import numpy as np
from numpy.typing import NDArray

from quotarisk.errors import ArgumentError

MOST_PLAYERS = 6  # 64 coalitions


@lru_cache(maxsize=MOST_PLAYERS + 1)
def shapley_weights(players: int) -> NDArray[np.int64]:
    """By which whole number does the worth of each coalition count for each player?

    Parameters
    ----------
    players
        How many there are, 6 at most.

    Returns
    -------
    ndarray
        ``[players, 2**players]``; bit i of a coalition's number says whether player i is in it.
        ``weights @ worth / factorial(players)`` are the Shapley values. The columns' sums are 0
        but for none and all, so whole worths add up without any rounding.

    Raises
    ------
    ArgumentError
        If there are too many players.

    Examples
    --------
    >>> shapley_weights(2).tolist()
    [[-1, 1, -1, 1], [-1, -1, 1, 1]]
    """
    if players > MOST_PLAYERS:
        raise ArgumentError(f"a game must have at most {MOST_PLAYERS} players, got {players}")
    weights = np.zeros((players, 2**players), dtype=np.int64)
    for coalition in range(2**players):
        size = coalition.bit_count()
        for player in range(players):
            if coalition >> player & 1:
                weight = factorial(size - 1) * factorial(players - size)
            else:
                weight = -factorial(size) * factorial(players - size - 1)
            weights[player, coalition] = weight
    weights.setflags(write=False)
    return weights
