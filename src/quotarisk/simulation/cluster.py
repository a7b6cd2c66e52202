"""A cluster: where work goes that is more than one machine does, on Dask's distributed.

What is asked within a `Cluster` is worked out by its workers, and is the same, bit by bit, as on
one machine. A worker that is lost is made up for by the others; new ones are given work as they
come.
"""

from __future__ import annotations

import logging
import sys
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import CancelledError
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from importlib import import_module
from threading import Lock
from types import TracebackType
from typing import Any

from quotarisk.errors import ArgumentError, QuotariskError, RunError
from quotarisk.simulation.release import Stamp
from quotarisk.simulation.spreading import Executor, chosen_executor, spread_over

SCHEMES = ("tcp", "tls", "ws", "wss", "ucx", "inproc")
CONNECT_SECONDS = 10
CLOSE_SECONDS = 2  # where nobody is there any more
WORKERS_SECONDS = 30  # until the first worker must be there
INSTALL = "pip install 'quotarisk[dask]'"


@dataclass(frozen=True)
class _Call:
    """A function that is sent once for all values."""

    stamp: Stamp
    function: Callable[[Any], Any]


def begin_calls(call: _Call) -> _Call:
    """Hold a function that is called for many values, on a worker."""
    call.stamp.check()
    return call


def apply(call: _Call, value: Any) -> Any:
    """Call a function, on a worker."""
    return call.function(value)


def _load() -> Any:
    """Import distributed, which few need and which takes a second.

    Raises
    ------
    RunError
        If it is not installed.
    """
    try:
        return import_module("distributed")
    except ModuleNotFoundError as error:
        raise RunError(
            f"a cluster needs Dask's distributed, which cannot be imported here ({error}); "
            f"install it with {INSTALL}"
        ) from None


def is_client(executor: object) -> bool:
    """Is it a client of Dask's distributed, whose ``map`` gives futures instead of results?"""
    distributed = sys.modules.get("distributed")
    return distributed is not None and isinstance(executor, distributed.Client)


def check_address(address: str) -> str:
    """Refuse what is no address of a scheduler.

    Raises
    ------
    ArgumentError
        If it is none.

    Examples
    --------
    >>> check_address("tcp://10.0.0.5:8786")
    'tcp://10.0.0.5:8786'
    """
    scheme, slashes, rest = address.partition("://")
    if not slashes or scheme not in SCHEMES or not rest.strip():
        raise ArgumentError(
            f"scheduler must be an address such as tcp://10.0.0.5:8786, got {address!r}"
        )
    return address


class Cluster:
    """Where are answers worked out? On the workers of a Dask scheduler, within this block.

    Everything that simulates within ``with Cluster(...):`` is spread: a task is a rep, or up to
    eight of one group, under all that it is compared with; shares of groups and the team are
    added on the workers. The answers are the same bits as on one machine. A worker that is lost
    is made up for by the others, and one that joins is given work.

    Parameters
    ----------
    scheduler
        Its address, such as ``tcp://10.0.0.5:8786``, or a ``distributed.Client``. What is at an
        address is asked for on first use and left at the end of the block; a client stays open.

    Raises
    ------
    ArgumentError
        If it is neither.
    RunError
        On first use, if distributed is not installed, or no scheduler or no worker is there;
        then, if the scheduler is lost.

    Examples
    --------
    >>> import quotarisk as qr
    >>> scenario = qr.load_scenario("scenarios/saas_team.toml")
    >>> with qr.Cluster("tcp://127.0.0.1:8786"):  # doctest: +SKIP
    ...     simulation = qr.simulate(scenario, seed=7)
    ...     answer = qr.stress_test(simulation)
    """

    def __init__(self, scheduler: Any) -> None:
        self._given = None if isinstance(scheduler, str) else scheduler
        if isinstance(scheduler, str):
            self.address = check_address(scheduler)
        elif is_client(scheduler):
            self.address = str(scheduler.scheduler.address)
        else:
            raise ArgumentError(
                "scheduler must be an address such as tcp://10.0.0.5:8786 or a "
                f"distributed.Client, got {scheduler!r}"
            )
        self._client = self._given
        self._lost: str | None = None
        self._opening = Lock()
        self._within = ExitStack()

    def __enter__(self) -> Cluster:
        self._within.enter_context(spread_over(self))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._within.close()
        self.close()

    def close(self) -> None:
        """Leave the scheduler, unless it was given as a client."""
        client, self._client = self._client, self._given
        if client is None or client is self._given:
            return
        if self._lost is None:
            client.close()
            return
        log = logging.getLogger("distributed.client")
        before, log.disabled = log.disabled, True  # it would tell once more what was told
        with suppress(TimeoutError):
            client.close(timeout=CLOSE_SECONDS)
        log.disabled = before

    def abandon(self, why: str) -> None:
        """Let nobody wait for it any more: whoever does is told why."""
        self._lost = why
        self.close()

    def _connect(self) -> Any:
        distributed = _load()
        try:
            client = distributed.Client(
                self.address, timeout=CONNECT_SECONDS, set_as_default=False, name="quotarisk"
            )
        except (OSError, ValueError, ImportError) as error:
            raise RunError(
                f"no Dask scheduler answers at {self.address} ({error}); "
                "start one with `dask scheduler`"
            ) from error
        return client

    @property
    def client(self) -> Any:
        """The connection, made on first use.

        Raises
        ------
        RunError
            If there is none, or it was lost.
        """
        with self._opening:
            if self._lost is not None:
                raise RunError(self._lost)
            if self._client is None:
                self._client = self._connect()
            if self._client.status != "running":  # who asks now would wait until it gives up
                raise RunError(self._lose())
            return self._client

    def _lose(self) -> str:
        """Remember that the scheduler is lost, and say so."""
        self._lost = (
            f"the scheduler at {self.address} was lost in the middle of the run; "
            "nothing of it is written: start it again, and run again"
        )
        return self._lost

    @property
    def workers(self) -> int:
        """How many tasks run at a time now? Waits for the first worker.

        Raises
        ------
        RunError
            If none comes.
        """
        with self._reported():
            self._wait_for_workers()
            threads: dict[str, int] = self.client.nthreads()
        return max(sum(threads.values()), 1)

    def _wait_for_workers(self) -> None:
        try:
            self.client.wait_for_workers(1, timeout=WORKERS_SECONDS)
        except TimeoutError:
            raise RunError(
                f"the scheduler at {self.address} has no workers; "
                f"start them with `dask worker {self.address}`"
            ) from None

    def _explain(self, error: BaseException) -> str | None:
        """Say what became of the cluster, where it is the cluster's fault."""
        distributed = _load()
        if isinstance(error, distributed.KilledWorker):
            return (
                f"workers of {self.address} died again and again over the same reps, most often "
                f"for want of memory; give them more, or take fewer paths ({error})"
            )
        lost = (CancelledError, distributed.CancelledError, distributed.core.CommClosedError)
        if isinstance(error, lost) or getattr(self._client, "status", "") != "running":
            return self._lose()
        lacking = error if isinstance(error, ImportError) else error.__cause__
        if isinstance(lacking, ImportError):  # the scheduler reads tasks too
            return (
                f"the scheduler or a worker of {self.address} cannot import what it needs "
                f"({lacking}); install the same quotarisk on all of them"
            )
        return None

    @contextmanager
    def _reported(self) -> Iterator[None]:
        """Turn what goes wrong with the cluster into a message; what tasks say stays."""
        try:
            yield
        except QuotariskError:
            raise
        except Exception as error:
            told = self._explain(error)
            if told is None:
                raise
            raise RunError(told) from error

    def submit(self, function: Callable[..., Any], *values: Any, priority: int = 0) -> Any:
        """Have a function called by a worker; values may be futures."""
        with self._reported():
            return self.client.submit(function, *values, pure=False, priority=priority)

    def send(self, function: Callable[..., Any], value: Any) -> Any:
        """Have a worker hold what many tasks share: sent once, however large, and made again."""
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Sending large graph", UserWarning)
            return self.submit(function, value)

    def as_done(self, futures: Sequence[Any]) -> Iterator[tuple[int, Any]]:
        """Places and results, in the order in which they come.

        Raises
        ------
        RunError
            If the scheduler is lost, or no worker is left and none comes.
        """
        places = {future: place for place, future in enumerate(futures)}
        with self._reported():
            as_completed, client = _load().as_completed, self.client
            while places:
                done = as_completed(
                    list(places), loop=client.loop, with_results=True, timeout=WORKERS_SECONDS
                )
                try:
                    for future, told in done:
                        if future.status == "cancelled":
                            raise told
                        yield places.pop(future), told
                except TimeoutError:  # a result may be lost with its worker, and nobody makes it
                    self._wait_for_workers()

    def drop(self, futures: Sequence[Any]) -> None:
        """Tell the workers that nobody waits any more."""
        self.client.cancel(list(futures))

    def map(self, function: Callable[[Any], Any], values: Iterable[Any], /) -> Iterator[Any]:
        """Apply the function to each value, on the workers, and give the results in order."""
        call = self.send(begin_calls, _Call(Stamp(), function))
        futures = [self.submit(apply, call, value) for value in values]
        return self._in_order(futures)

    def _in_order(self, futures: Sequence[Any]) -> Iterator[Any]:
        early: dict[int, Any] = {}
        turn = 0
        for place, told in self.as_done(futures):
            early[place] = told
            while turn in early:
                yield early.pop(turn)
                turn += 1


def chosen_cluster() -> Cluster | None:
    """Which cluster works out what is asked here? None where this machine does."""
    executor = chosen_executor()
    return executor if isinstance(executor, Cluster) else None


def cluster_of(executor: Executor | None) -> Cluster | None:
    """Which cluster is meant: the one that is named, or else that of this block?"""
    if executor is None:
        return chosen_cluster()
    if is_client(executor):
        return Cluster(executor)
    return executor if isinstance(executor, Cluster) else None
