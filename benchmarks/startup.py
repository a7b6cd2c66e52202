"""Whole processes: compiling, starting, and the memory that a run takes."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks.case import REFERENCE
from benchmarks.timing import Timing
from quotarisk.scenario.writing import write_scenario

_ROOT = Path(__file__).parent.parent
_FIRST_CALL = """
import time
from benchmarks.case import REFERENCE
import quotarisk
scenario = REFERENCE.scenario(1)
begin = time.perf_counter()
quotarisk.simulate(scenario, paths=100, workers=1)
print(time.perf_counter() - begin)
"""
_MEMORY = """
import resource
from benchmarks.case import REFERENCE
import quotarisk
simulation = quotarisk.simulate(REFERENCE.scenario({reps}), paths={paths}, workers={workers})
quotarisk.estimate_attainment(simulation)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def run_python(
    arguments: Sequence[str], environment: Mapping[str, str] | None = None
) -> str | None:
    """Run Python in a process of its own: what it prints, or none where it fails."""
    path = os.pathsep.join(
        filter(None, [str(_ROOT), str(_ROOT / "src"), os.environ.get("PYTHONPATH")])
    )
    done = subprocess.run(
        [sys.executable, *arguments],
        env={**os.environ, "PYTHONPATH": path, **(environment or {})},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout if done.returncode == 0 else None


def first_calls() -> tuple[float, float] | None:
    """How many seconds does a process's first simulation take, compiled and from the cache?"""
    with tempfile.TemporaryDirectory() as folder:
        cache = {"NUMBA_CACHE_DIR": folder}
        cold, cached = (
            run_python(["-c", _FIRST_CALL], cache),
            run_python(["-c", _FIRST_CALL], cache),
        )
    return None if cold is None or cached is None else (float(cold), float(cached))


def time_process(arguments: Sequence[str], *, repeats: int) -> Timing | None:
    """How long does a process take from start to end? None where it fails."""
    seconds = []
    for number in range(repeats + 1):
        begin = time.perf_counter()
        if run_python(arguments) is None:
            return None
        if number > 0:  # the first one fills caches
            seconds.append(time.perf_counter() - begin)
    return Timing(tuple(seconds))


def start_times(*, reps: int, paths: int, repeats: int) -> dict[str, Timing | None]:
    """How long do small processes take: imports, the command's help, a run?"""
    with tempfile.TemporaryDirectory() as folder:
        scenario = Path(folder, "scenario.toml")
        write_scenario(REFERENCE.scenario(reps), scenario)
        run = ["-m", "quotarisk", "run", str(scenario), "--paths", str(paths), "--format", "csv"]
        return {
            "python -c pass": time_process(["-c", "pass"], repeats=repeats),
            "import click": time_process(["-c", "import click"], repeats=repeats),
            "import quotarisk": time_process(["-c", "import quotarisk"], repeats=repeats),
            "quotarisk --help": time_process(["-m", "quotarisk", "--help"], repeats=repeats),
            f"quotarisk run, {reps} reps": time_process(run, repeats=repeats),
        }


def peak_megabytes(*, reps: int, paths: int, workers: int) -> float | None:
    """How much memory does a process take at most that simulates so many reps?"""
    told = run_python(["-c", _MEMORY.format(reps=reps, paths=paths, workers=workers)])
    unit = 1e6 if sys.platform == "darwin" else 1e3  # bytes there, kilobytes elsewhere
    return None if told is None else int(told) / unit
