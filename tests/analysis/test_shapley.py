"""Shapley values against all orders, and their axioms."""

from __future__ import annotations

from fractions import Fraction
from itertools import permutations
from math import factorial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quotarisk.analysis.shapley import MOST_PLAYERS, shapley_weights
from quotarisk.errors import ArgumentError

GAMES = st.integers(1, 5).flatmap(
    lambda players: st.lists(
        st.integers(-1000, 1000), min_size=2**players, max_size=2**players
    ).map(lambda worth: (players, worth))
)


def _values(players: int, worth: list[int]) -> list[Fraction]:
    sums = shapley_weights(players) @ np.array(worth)
    return [Fraction(int(total), factorial(players)) for total in sums]


def _by_orders(players: int, worth: list[int]) -> list[Fraction]:
    """The independent twin: what each adds to those before it, in every order."""
    sums = [0] * players
    for order in permutations(range(players)):
        coalition = 0
        for player in order:
            after = coalition | 1 << player
            sums[player] += worth[after] - worth[coalition]
            coalition = after
    return [Fraction(total, factorial(players)) for total in sums]


@given(GAMES)
def test_mean_over_all_orders(game: tuple[int, list[int]]) -> None:
    """The weights give exactly the mean over all orders in which players may come."""
    assert _by_orders(*game) == _values(*game)


@given(GAMES)
def test_efficiency(game: tuple[int, list[int]]) -> None:
    """The values add up to the worth of all less that of none, to the last digit."""
    _, worth = game
    assert worth[-1] - worth[0] == sum(_values(*game))


@given(GAMES, st.data())
def test_dummy(game: tuple[int, list[int]], data: st.DataObject) -> None:
    """Who adds nothing to anybody gets nothing, and takes nothing from the others."""
    players, worth = game
    bit = data.draw(st.integers(0, players))

    def without(coalition: int) -> int:
        return coalition & (1 << bit) - 1 | (coalition >> bit + 1) << bit

    values = _values(players + 1, [worth[without(each)] for each in range(2 ** (players + 1))])
    assert 0 == values[bit]
    assert _values(players, worth) == values[:bit] + values[bit + 1 :]


@given(GAMES)
def test_symmetry(game: tuple[int, list[int]]) -> None:
    """Where only the number of players counts, all get the same."""
    players, worth = game
    values = _values(players, [worth[each.bit_count()] for each in range(2**players)])
    assert 1 == len(set(values))


def test_game_of_gloves() -> None:
    """One left glove, two right ones, a pair is worth 1: 2/3, 1/6 and 1/6, as published."""
    worth = [int(bool(each & 1 and each & 6)) for each in range(8)]
    assert [Fraction(2, 3), Fraction(1, 6), Fraction(1, 6)] == _values(3, worth)


def test_no_players() -> None:
    """Nobody gets anything."""
    assert (0, 1) == shapley_weights(0).shape


def test_too_many_players() -> None:
    """What would be simulated for ever is refused."""
    with pytest.raises(ArgumentError, match="at most 6 players, got 7"):
        shapley_weights(MOST_PLAYERS + 1)
