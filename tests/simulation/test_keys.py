"""Keys of random streams."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from quotarisk.simulation.keys import stream_key


def test_key_is_pure() -> None:
    """The same seed and names always give the same key: one that is written down here."""
    assert stream_key(7, "rep", "Ana") == stream_key(7, "rep", "Ana")
    assert np.uint64(3241567738992926491) == stream_key(0, "market")


def test_key_is_64_bits() -> None:
    """Keys are 64-bit numbers, whatever the seed."""
    keys = [stream_key(seed, "market") for seed in (0, -1, 2**80)]
    assert {np.uint64} == {type(key) for key in keys}
    assert 3 == len(set(keys))


def test_names_do_not_run_together() -> None:
    """Where one name ends and the next begins matters, and so does their order."""
    told = [("a", "bc"), ("ab", "c"), ("abc",), ("bc", "a"), ("a", "b", "c"), ('a", "bc',)]
    assert len(told) == len({stream_key(0, *names) for names in told})


@settings(derandomize=True, database=None, max_examples=200)
@given(
    st.tuples(st.integers(), st.lists(st.text(max_size=5), max_size=3)),
    st.tuples(st.integers(), st.lists(st.text(max_size=5), max_size=3)),
)
def test_different_names_differ(a: tuple[int, list[str]], b: tuple[int, list[str]]) -> None:
    """Two keys are the same only if the seeds and all names are."""
    assert (a == b) == (stream_key(a[0], *a[1]) == stream_key(b[0], *b[1]))
