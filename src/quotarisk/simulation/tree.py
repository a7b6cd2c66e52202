"""Sums that are made where their parts are: a tree over the workers of a cluster.

Reps are simulated on workers; their shares of the team's paths are added there, a few at a time,
and only what is told of them travels. Whole cents add up to the same bits in any order.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from itertools import groupby
from operator import itemgetter
from typing import Any, NamedTuple, TypeVar

from quotarisk.simulation.cluster import Cluster
from quotarisk.simulation.estimates import Array
from quotarisk.simulation.release import Stamp

Share = tuple[Array, ...]
Read = TypeVar("Read")
MOST_BRANCHES = 8  # parts that are added at a time
BRANCH_BYTES = 256e6  # of the parts that are on one worker for it
_SOONER = 1  # sums go before reps that have not begun, so that shares do not pile up


class Part(NamedTuple):
    """What a worker has made: what is told of it, and a share that is yet to be added."""

    told: Any
    share: Share


class Round(NamedTuple):
    """What all tasks of a round have in common: it is sent once, and can be made again."""

    stamp: Stamp
    work: Callable[[Any], Part]
    read: Callable[[str, Share], Any]


def begin_round(given: Round) -> Round:
    """Hold what the tasks of a round have in common, on a worker."""
    given.stamp.check()
    return given


def simulate_reps(given: Round, job: Any) -> Part:
    """Simulate the reps of a job, on a worker."""
    return given.work(job)


def tell(part: Part) -> Any:
    """Hand over what is told of a part."""
    return part.told


def add_shares(*parts: Part) -> Part:
    """Add shares, on a worker; the parts stay as they are, for they may be asked for again."""
    total = tuple(each.copy() for each in parts[0].share)
    for part in parts[1:]:
        for sum_, each in zip(total, part.share, strict=True):
            sum_ += each
    return Part(None, total)


def read_group(given: Round, name: str, part: Part) -> Any:
    """Read a group off its sum, on a worker."""
    return given.read(name, part.share)


def hand_over(part: Part) -> Share:
    """Hand over the team's sum."""
    return part.share


def branches(part_bytes: float) -> int:
    """How many parts are added at a time: many, as long as they fit on a worker?

    Examples
    --------
    >>> branches(2e6), branches(60e6), branches(1e9)
    (8, 4, 2)
    """
    return int(min(MOST_BRANCHES, max(2, BRANCH_BYTES // max(part_bytes, 1))))


class _Branch:
    """A sum that grows part by part: what is full is added, so that few parts wait."""

    def __init__(self, cluster: Cluster, most: int) -> None:
        self.cluster, self.most = cluster, most
        self.waiting: list[list[Any]] = []  # by height in the tree

    def add(self, parts: Sequence[Any]) -> Any:
        """Add parts on whichever worker holds most of them."""
        return self.cluster.submit(add_shares, *parts, priority=_SOONER)

    def push(self, part: Any, height: int = 0) -> None:
        """Take one more part."""
        if height == len(self.waiting):
            self.waiting.append([])
        here = self.waiting[height]
        here.append(part)
        if len(here) == self.most:
            self.waiting[height] = []
            self.push(self.add(here), height + 1)

    def top(self) -> Any:
        """The sum of all parts, of which there is one at least."""
        carried: list[Any] = []
        for here in self.waiting:
            parts = [*here, *carried]
            carried = [self.add(parts)] if len(parts) > 1 else parts
        return carried[0]


def add_up(
    cluster: Cluster,
    jobs: Sequence[tuple[str, Any]],
    *,
    work: Callable[[Any], Part],
    read: Callable[[str, Share], Read],
    told: Callable[[Any], None],
    part_bytes: float,
) -> tuple[dict[str, Read], Share]:
    """Work on a cluster, and add up there what is made.

    Parameters
    ----------
    cluster
        Whose workers it is.
    jobs
        Group and what ``work`` takes, one at least; those of a group one after the other, and
        those of the group ``""`` belong to the team alone.
    work
        Makes a part of a job, on a worker.
    read
        Reads a group off its name and its sum, on a worker.
    told
        Called here with what is told of each part, in the order in which they are done.
    part_bytes
        Size of a share.

    Returns
    -------
    tuple
        What was read of each group, and the sum of all.

    Raises
    ------
    RunError
        If the cluster is lost, or its workers are not of this version.
    """
    most = branches(part_bytes)
    given = cluster.send(begin_round, Round(Stamp(), work, read))
    team, telling, groups = _Branch(cluster, most), [], {}
    for name, members in groupby(jobs, key=itemgetter(0)):
        inside = _Branch(cluster, most) if name else team
        for _, job in members:
            part = cluster.submit(simulate_reps, given, job)
            telling.append(cluster.submit(tell, part, priority=_SOONER))
            inside.push(part)
        if name:
            sum_ = inside.top()
            groups[name] = cluster.submit(read_group, given, name, sum_, priority=_SOONER)
            team.push(sum_)
    total = cluster.submit(hand_over, team.top(), priority=_SOONER)
    del part, inside, team  # nobody here waits for them: workers drop what has been added
    asked = [*telling, *groups.values(), total]
    found: dict[int, Any] = {}
    try:
        for place, each in cluster.as_done(asked):
            if place < len(telling):
                told(each)
            else:
                found[place - len(telling)] = each
    except BaseException:
        with suppress(Exception):
            cluster.drop(asked)
        raise
    return {name: found[place] for place, name in enumerate(groups)}, found[len(groups)]
