"""Coalitions: exact for few players, nearly so and adding up for many."""

from __future__ import annotations

from itertools import combinations
from math import factorial

import numpy as np
import pytest

from quotarisk.analysis.permutations import list_coalitions
from quotarisk.analysis.shapley import MOST_PLAYERS, shapley_weights


def _worth(players: int, size: int, seed: int) -> dict[int, float]:
    """A game in which up to so many players make something together."""
    random = np.random.default_rng(seed)
    parts = {
        sum(1 << player for player in some): random.normal()
        for number in range(1, size + 1)
        for some in combinations(range(players), number)
    }
    return {
        members: sum(value for part, value in parts.items() if part & members == part)
        for members in range(2**players)
    }


def _exact(players: int, worth: dict[int, float]) -> np.ndarray:
    values = np.zeros(players)
    for members in range(2**players):
        size = members.bit_count()
        for player in range(players):
            if not members >> player & 1:
                weight = factorial(size) * factorial(players - size - 1) / factorial(players)
                values[player] += weight * (worth[members | 1 << player] - worth[members])
    return values


def _divided(players: int, worth: dict[int, float]) -> np.ndarray:
    members, weights, scale = list_coalitions(players)
    return np.asarray(weights @ [worth[each] for each in members] / scale)


@pytest.mark.parametrize("players", range(MOST_PLAYERS + 1))
def test_few_players_are_divided_exactly(players: int) -> None:
    """By all coalitions."""
    members, weights, scale = list_coalitions(players)
    assert tuple(range(2**players)) == members
    assert (weights == shapley_weights(players)).all()
    assert factorial(players) == scale


@pytest.mark.parametrize("players", [7, 8, 11])
def test_pairs_are_divided_exactly(players: int) -> None:
    """Whatever players do alone and two by two; the parts of any game add up."""
    worth = _worth(players, 2, players)
    assert _divided(players, worth) == pytest.approx(_exact(players, worth))
    more = _worth(players, 4, players)
    assert _divided(players, more).sum() == pytest.approx(more[2**players - 1])
    assert _divided(players, more) != pytest.approx(_exact(players, more))  # the control


def test_a_product_is_divided_nearly() -> None:
    """What seven factors multiply to, as opportunities, rates and sizes do."""
    factors = np.array([0.7, 1.3, 0.9, 0.6, 1.1, 0.8, 1.2])
    worth = {
        members: float(np.prod([f for n, f in enumerate(factors) if members >> n & 1]))
        for members in range(2**7)
    }
    assert _divided(7, worth) == pytest.approx(_exact(7, worth), abs=0.01)


@pytest.mark.parametrize("players", [7, 9])
def test_coalitions_of_many(players: int) -> None:
    """The arcs of a circle, nobody first and everybody last; weights sum to 0 between."""
    members, weights, scale = list_coalitions(players)
    assert players * (players - 1) + 2 == len(members) == weights.shape[1]
    assert (members[0], members[-1]) == (0, 2**players - 1)
    assert not weights[:, 1:-1].sum(axis=0).any()
    assert scale == weights[:, -1].sum() == -weights[:, 0].sum()
