"""Sums that are made in a tree."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import numpy as np
import pytest

from quotarisk.errors import RunError
from quotarisk.simulation.release import Stamp
from quotarisk.simulation.tree import Part, Share, add_shares, add_up, branches, simulate_reps


class Here:
    """Does at once what a cluster is asked, and counts how many shares meet."""

    def __init__(self) -> None:
        self.met: list[int] = []
        self.dropped = 0

    def submit(self, function: Callable[..., Any], *values: Any, priority: int = 0) -> Any:
        """Call the function."""
        assert (priority == 0) == (function is simulate_reps)
        if function is add_shares:
            self.met.append(len(values))
        return function(*values)

    def send(self, function: Callable[..., Any], value: Any) -> Any:
        """Call the function."""
        return function(value)

    def as_done(self, futures: Sequence[Any]) -> Iterator[tuple[int, Any]]:
        """The last one first."""
        yield from reversed(list(enumerate(futures)))

    def drop(self, futures: Iterable[Any]) -> None:
        """Count what nobody waits for."""
        self.dropped = len(list(futures))


def _work(number: int) -> Part:
    return Part(number, (np.array([number, 1.0]), np.array([[2.0]])))


def _read(name: str, share: Share) -> tuple[str, list[float]]:
    return name, share[0].tolist()


@pytest.mark.parametrize("number", [1, 2, 7, 8, 9, 64, 65, 100])
def test_all_is_added_once(number: int) -> None:
    """Groups and the team are the sums of their parts, of which few meet at a time."""
    here = Here()
    told: list[int] = []
    names = sorted("" if each % 5 == 0 else "EW"[each % 2] for each in range(number))
    groups, (total, ones) = add_up(
        here,  # type: ignore[arg-type]
        list(zip(names, range(number), strict=True)),
        work=_work,
        read=_read,
        told=told.append,
        part_bytes=1.0,
    )
    assert list(range(number)) == sorted(told)
    assert [sum(range(number)), number] == total.tolist()
    assert [[2.0 * number]] == ones.tolist()
    for name in set(names) - {""}:
        mine = [each for each, of in enumerate(names) if of == name]
        assert (name, [sum(mine), len(mine)]) == groups[name]
    assert all(2 <= met <= 8 for met in here.met)


def test_parts_stay_as_they_are() -> None:
    """A worker may be asked for a part again."""
    one, other = _work(1), _work(2)
    assert [3.0, 2.0] == add_shares(one, other).share[0].tolist()
    assert [1.0, 1.0] == one.share[0].tolist()


def test_what_goes_wrong_ends_the_rest() -> None:
    """Nobody works on for who has gone, and the error is that which came first."""
    here = Here()

    def refuse(told: int) -> None:
        raise RunError(f"enough of {told}")

    with pytest.raises(RunError, match="enough of 1"):
        add_up(
            here,  # type: ignore[arg-type]
            [("", 0), ("", 1)],
            work=_work,
            read=_read,
            told=refuse,
            part_bytes=1.0,
        )
    assert here.dropped == 3


def test_large_shares_meet_in_pairs() -> None:
    """As many shares as fit on a worker are added at a time."""
    assert (8, 5, 2) == (branches(0), branches(50e6), branches(1e12))


def test_a_stamp_tells_versions_apart() -> None:
    """The same one is no fault."""
    Stamp().check()
    with pytest.raises(RunError, match="install the same version"):
        Stamp(version="0.0").check()
