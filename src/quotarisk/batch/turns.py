"""Whose turn is it? On a cluster scenarios are begun ahead, and told in their order all the same.

The reps of one scenario may be too few for all workers, and while its report is drawn these have
nothing of it to do.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from threading import Lock

from quotarisk.batch.outcomes import Event, Outcome, Watch
from quotarisk.simulation.cluster import Cluster, chosen_cluster

AT_ONCE = 4  # scenarios under way
Attempt = Callable[[Watch], Outcome]


class _Turn:
    """What a scenario tells before its turn waits; the newest is enough."""

    def __init__(self, watch: Watch) -> None:
        self._watch, self._has_come, self._newest = watch, False, None
        self._telling = Lock()

    _newest: Event | None

    def __call__(self, event: Event) -> None:
        with self._telling:
            self._newest = event
            if self._has_come:
                self._watch(event)

    def begin(self) -> None:
        """Tell from now on."""
        with self._telling:
            self._has_come = True
            if self._newest is not None:
                self._watch(self._newest)


def _take_ahead(attempts: Iterable[Attempt], watch: Watch, cluster: Cluster) -> Iterator[Outcome]:
    """Begin some ahead, on threads that wait for the cluster."""
    waiting: deque[tuple[_Turn, Future[Outcome]]] = deque()
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="quotarisk-batch") as pool:

        def next_one() -> Outcome:
            turn, future = waiting.popleft()
            turn.begin()
            return future.result()

        try:
            for attempt in attempts:
                turn = _Turn(watch)
                waiting.append((turn, pool.submit(copy_context().run, attempt, turn)))
                if len(waiting) == AT_ONCE:
                    yield next_one()
            while waiting:
                yield next_one()
        except BaseException:
            cluster.abandon("the batch was interrupted")  # so that no thread waits for it
            pool.shutdown(cancel_futures=True)
            raise


def take_turns(attempts: Iterable[Attempt], watch: Watch) -> Iterator[Outcome]:
    """Make one after the other; within a `Cluster`, begin some ahead of their turn.

    Parameters
    ----------
    attempts
        Each makes an outcome, and tells how it is getting on.
    watch
        Is told that, of each in its turn.
    """
    cluster = chosen_cluster()
    if cluster is None:
        return (attempt(watch) for attempt in attempts)
    return _take_ahead(attempts, watch, cluster)
