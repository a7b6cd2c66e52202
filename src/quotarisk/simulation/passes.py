"""How much is looked at together, so that memory has a bound whatever is asked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeVar

MOST_BYTES = 128_000_000  # of bookings that a thread, a group at work and the team hold each
_AMOUNT = 8  # bytes

Each = TypeVar("Each")


def at_once(number: int, paths: int) -> int:
    """How many arrays ``[number, paths]`` of amounts are within the bound? One at least."""
    return max(MOST_BYTES // (_AMOUNT * max(number, 1) * paths), 1)


def in_pieces(things: Sequence[Each], most: int) -> Iterator[Sequence[Each]]:
    """Cut a sequence into pieces of so many at most, as even as they can be; one if it is empty.

    Examples
    --------
    >>> list(in_pieces("abcdefg", 3))
    ['ab', 'cd', 'efg']
    """
    pieces = max(-(-len(things) // most), 1)
    for piece in range(pieces):
        yield things[piece * len(things) // pieces : (piece + 1) * len(things) // pieces]
