"""The frontier of mean and spread."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from quotarisk.analysis.frontier import on_frontier

_FIGURES = st.integers(0, 6).map(float)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.lists(st.tuples(_FIGURES, _FIGURES), min_size=1, max_size=12))
def test_it_is_who_is_beaten_by_nobody(choices: list[tuple[float, float]]) -> None:
    """As in plain loops; the highest mean and the least spread are always on it."""
    means, spreads = zip(*choices, strict=True)
    expected = [
        not any(m >= mean and s <= spread and (m > mean or s < spread) for m, s in choices)
        for mean, spread in choices
    ]

    found = on_frontier(means, spreads).tolist()

    assert expected == found
    assert found[choices.index(min(choices, key=lambda c: (-c[0], c[1])))]
    assert found[choices.index(min(choices, key=lambda c: (c[1], -c[0])))]


def test_equals_do_not_beat_each_other() -> None:
    """Two choices that come to the same are both on it."""
    assert [True, True, False] == on_frontier([1.0, 1.0, 1.0], [2.0, 2.0, 3.0]).tolist()
