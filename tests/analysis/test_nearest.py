"""What is as good as the best, and the nearest to today's of that."""

from __future__ import annotations

import numpy as np
import pytest

from quotarisk.analysis.influence import mean_figure
from quotarisk.analysis.nearest import Nearest, Tally
from quotarisk.simulation.estimates import Array


def _tally(*amounts: Array) -> Tally:
    tally = Tally()
    for each in amounts:
        tally.add(mean_figure(each))
    return tally


NOISE, OTHER = (np.random.default_rng(seed).normal(0.0, 1.0, 1_000) for seed in (1, 2))
NOISE -= NOISE.mean()
OTHER -= OTHER.mean()


@pytest.mark.parametrize(
    ("amounts", "expected"),
    [
        # the last is clearly better than all
        ([NOISE, NOISE + 0.01, NOISE + 0.02], Nearest(2, 1)),
        # luck that it does not share with the first hides that the last is better
        ([NOISE, OTHER + 0.02, OTHER + 0.05], Nearest(0, 2)),
        # two are as good: the nearer one
        ([NOISE, OTHER + 1.0, NOISE + 1.02], Nearest(1, 2)),
        # all are alike
        ([NOISE, NOISE, NOISE], Nearest(0, 3)),
    ],
)
def test_nearest(amounts: list[Array], expected: Nearest) -> None:
    """Differences count by the luck that is shared; today's, the first, wins of equals."""
    assert expected == _tally(*amounts).nearest([0.0, 0.5, 1.0])


def test_as_near() -> None:
    """Of those that are as near the better one is taken."""
    tally = _tally(NOISE - 9.0, NOISE + 1.0, OTHER + 1.01)

    assert Nearest(2, 2) == tally.nearest([0.0, 0.5, 0.5])


def test_few_paths() -> None:
    """Fewer paths than blocks are blocks of one."""
    assert Nearest(1, 1) == _tally(np.arange(9.0), np.arange(9.0) + 1).nearest([0.0, 1.0])


FAR = [[abs(a - b) for b in (0.0, 0.5, 1.0)] for a in (0.0, 0.5, 1.0)]


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        # the second is as good as the best either way, so it is no move that today's is nearer
        ([NOISE - 9.0, NOISE, OTHER], [NOISE - 9.0, NOISE, OTHER + 0.01], (1, 1)),
        ([NOISE, OTHER, OTHER - 9.0], [NOISE - 9.0, NOISE, OTHER], (1, 1)),
        # nothing is best both ways: the nearest to today's, then the nearest to that
        ([NOISE - 9.0, NOISE, NOISE - 9.0], [NOISE + 0.01, OTHER - 9.0, OTHER], (1, 0)),
        ([NOISE - 9.0, NOISE - 9.0, NOISE], [NOISE, OTHER, OTHER - 9.0], (2, 1)),
    ],
)
def test_moves(before: list[Array], after: list[Array], expected: tuple[int, int]) -> None:
    """What paths cannot tell from no move is none."""
    assert expected == _tally(*before).moved(_tally(*after), FAR)


def test_a_path_tells_nothing() -> None:
    """One path has no scatter: all is as good."""
    assert Nearest(0, 2) == _tally(np.zeros(1), np.ones(1)).nearest([0.0, 1.0])
