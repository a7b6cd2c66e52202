from __future__ import annotations

import errno
import fcntl
import os
import platform
import re
import subprocess
import sys
from pathlib import Path

import pytest

from quotarisk.batch import lock
from quotarisk.batch.lock import LOCK, hold_lock
from quotarisk.errors import RunError

HOLDING = """
import sys
from pathlib import Path
from quotarisk.batch.lock import hold_lock

with hold_lock(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_who_holds_it(tmp_path: Path) -> None:
    """A second run is refused, and hears who holds the folder since when."""
    whom = f"process {os.getpid()} on {re.escape(platform.node())} is at work in it since 20"

    with hold_lock(tmp_path), pytest.raises(RunError, match=whom), hold_lock(tmp_path):
        pass
    with hold_lock(tmp_path):
        assert [LOCK] == [path.name for path in tmp_path.iterdir()]


@pytest.mark.parametrize("told", [b"", b"{}", b"[1]", b"\xff"])
def test_nobody_knows_who(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, told: bytes) -> None:
    """A lock that nobody has signed, not after a while either, is a lock."""
    monkeypatch.setattr(lock, "PAUSE_SECONDS", 0.0)
    with hold_lock(tmp_path):
        (tmp_path / LOCK).write_bytes(told)
        with pytest.raises(RunError, match="another run is at work in it"), hold_lock(tmp_path):
            pass


def test_dead_owner(tmp_path: Path) -> None:
    """The lock of a process that was killed blocks nobody, whatever the file says."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLDING, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as owner:
        assert owner.stdout is not None
        owner.stdout.readline()
        with pytest.raises(RunError, match=f"process {owner.pid} on "), hold_lock(tmp_path):
            pass
        owner.kill()
    with hold_lock(tmp_path):
        assert f'"pid": {os.getpid()}' in (tmp_path / LOCK).read_text()


def test_no_locks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file system without locks is no place for a batch."""

    def fail(*_: object) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", fail)
    with pytest.raises(RunError, match="cannot be locked: No locks"), hold_lock(tmp_path):
        pass
