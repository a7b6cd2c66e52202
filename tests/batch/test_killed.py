from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent.parent


def kill_batches(place: Path, *words: str) -> dict[str, Any]:
    """Kill batches in a process that has everything loaded, and hear what was seen."""
    told = subprocess.run(
        [sys.executable, "-m", "tests.batch.killing", str(place), *words],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    assert ("", 0) == (told.stderr, told.returncode)
    seen: dict[str, Any] = json.loads(told.stdout)
    return seen


def test_killed_at_any_moment(tmp_path: Path) -> None:
    """All that is there is whole, nothing good is lost and the next run succeeds.

    Batches are killed at each thing that they do to the disk, and 200 of them at random moments,
    one or two on a folder.
    """
    seen = kill_batches(tmp_path, "200", "1")

    assert [] == seen["wrong"]
    assert 200 <= seen["killed"]
    assert 40 <= seen["moments"]
    assert 20 <= seen["pairs"]
    assert 50 <= seen["recovered"]


def test_half_a_run_would_be_seen(tmp_path: Path) -> None:
    """Control: a run that is written where it belongs is found half, and is told."""
    seen = kill_batches(tmp_path, "0", "1", "control")

    assert any("manifest.json" in wrong for wrong in seen["wrong"])
