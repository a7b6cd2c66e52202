"""The kernel stays within its arrays."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

from tests.kernel.test_workload import CASES as WORKLOADS
from tests.kernel.test_workload import run, work_of
from tests.simulation.cases import BUSY, CASES, book, digest_of

SCRIPT = """
import sys
sys.path[:0] = sys.argv[1:]
import numba
from tests.kernel.test_bounds import digests
assert numba.config.BOUNDSCHECK
print(*digests(), sep="\\n")
"""


def digests() -> list[str]:
    """Hashes of the bookings of all cases, in blocks that do not divide the paths."""
    open_loop = [digest_of(book(case, paths=200, block=64)) for case in (BUSY, *CASES.values())]
    closed_loop = []
    for scenario, told in WORKLOADS.values():
        booked, log = run(*work_of(scenario, **told), paths=30, block=13)
        closed_loop.append(hashlib.sha256(booked.tobytes() + log.tobytes()).hexdigest())
    return open_loop + closed_loop


def test_no_place_outside_an_array(tmp_path: Path) -> None:
    """With every access checked the cases run, and give the same bits as without."""
    root = Path(__file__).parents[2]
    ran = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(root), str(root / "src")],
        env={**os.environ, "NUMBA_BOUNDSCHECK": "1", "NUMBA_CACHE_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert digests() == ran.stdout.split()
