"""The lock of a folder: one run at a time, and who it is.

The lock is the kernel's (``flock``), which ends with the process that holds it, however that
ends: what stands in the file only tells who it is, and a dead owner blocks nobody.
"""

from __future__ import annotations

import fcntl
import json
import os
import platform
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from quotarisk.batch.clock import now
from quotarisk.batch.disk import disk_errors
from quotarisk.errors import RunError

LOCK = ".lock"
READINGS, PAUSE_SECONDS = 20, 0.05


def _owner(handle: int) -> str:
    """Say who holds the lock; who has it since a moment may not have signed yet."""
    for _ in range(READINGS):
        try:
            told = json.loads(os.pread(handle, 4096, 0))
            return f"process {told['pid']} on {told['host']} is at work in it since {told['since']}"
        except (ValueError, KeyError, TypeError):
            time.sleep(PAUSE_SECONDS)
    return "another run is at work in it"


def _sign(handle: int) -> None:
    told = {"pid": os.getpid(), "host": platform.node(), "since": now()}
    os.ftruncate(handle, 0)
    os.pwrite(handle, f"{json.dumps(told)}\n".encode(), 0)


@contextmanager
def hold_lock(folder: Path) -> Iterator[None]:
    """Keep a folder for oneself.

    Raises
    ------
    RunError
        If another run holds it, with who that is and since when; or if the file of the lock
        cannot be written.
    """
    path = folder / LOCK
    with disk_errors(path):
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise RunError(
                f"{folder} is locked: {_owner(handle)}; wait for its end, or name another folder"
            ) from None
        except OSError as error:
            raise RunError(f"{folder} cannot be locked: {error.strerror}") from error
        with disk_errors(path):
            _sign(handle)
        yield
    finally:
        os.close(handle)
