"""A real cluster on this machine: a scheduler and workers, each a process of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

HOST = "127.0.0.1"
PATIENCE_SECONDS = 60
_QUIET = ("--host", HOST, "--no-dashboard")


@dataclass
class Machines:
    """A scheduler and its workers.

    Parameters
    ----------
    folder
        For logs and what workers write.
    """

    folder: Path
    address: str = ""
    workers: list[subprocess.Popen[bytes]] = field(default_factory=list)
    _all: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def _start(self, *words: str) -> subprocess.Popen[bytes]:
        """Start a process whose words go into a file."""
        with (self.folder / f"{len(self._all)}.log").open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "dask", *words, *_QUIET],
                cwd=self.folder,
                env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        self._all.append(process)
        return process

    def start_scheduler(self) -> None:
        """Start a scheduler on a free port."""
        told = self.folder / "scheduler.json"
        self._start(
            "scheduler", "--port", "0", "--scheduler-file", str(told), "--idle-timeout", "300"
        )
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not self.address:
            assert time.monotonic() < deadline, (self.folder / "0.log").read_text()
            time.sleep(0.05)
            try:
                self.address = json.loads(told.read_bytes())["address"]
            except (FileNotFoundError, json.JSONDecodeError):  # not there, or not yet whole
                continue

    def add_worker(self) -> int:
        """Start a worker of one thread, and give its process's number."""
        words = ("--nthreads", "1", "--memory-limit", "0", "--no-nanny", "--death-timeout", "60")
        process = self._start("worker", self.address, "--local-directory", str(self.folder), *words)
        self.workers.append(process)
        return process.pid

    def kill_worker(self, place: int = 0) -> None:
        """End a worker at once, as a lost machine does."""
        process = self.workers.pop(place)
        process.kill()
        process.wait()

    def kill_workers(self) -> None:
        """End all workers that are left."""
        while self.workers:
            self.kill_worker()

    def kill_scheduler(self) -> None:
        """End the scheduler at once."""
        self._all[0].kill()
        self._all[0].wait()

    def wait_for(self, client: Any, number: int) -> None:
        """Wait until the scheduler knows of so many workers, no more and no fewer."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while len(client.nthreads()) != number:
            assert time.monotonic() < deadline, client.nthreads()
            time.sleep(0.05)

    def close(self) -> None:
        """End whatever runs."""
        for process in self._all:
            if process.poll() is None:
                process.send_signal(signal.SIGKILL)
            process.wait()


@contextmanager
def open_machines(folder: Path, *, workers: int) -> Iterator[Machines]:
    """Start a cluster that ends with this block; skip the test where there is none to start."""
    pytest.importorskip("distributed", reason="the dask extra is not installed")
    machines = Machines(folder)
    try:
        machines.start_scheduler()
        for _ in range(workers):
            machines.add_worker()
        yield machines
    finally:
        machines.close()
