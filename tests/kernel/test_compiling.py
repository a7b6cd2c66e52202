"""The compiled kernel: fresh after an edit, and at work where nothing can be written."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import quotarisk
from quotarisk.kernel import compiling
from quotarisk.kernel.bookings import add_bookings, count_bookings
from quotarisk.kernel.cash import look_together, spread_cash
from quotarisk.kernel.market import draw_market
from quotarisk.kernel.one_more import pay_one_more
from quotarisk.kernel.pay import pay_periods
from quotarisk.kernel.spifs import pay_spifs, weigh_segments
from quotarisk.kernel.summary import add_up, count_below, hits_apart, sum_months, sum_up
from quotarisk.kernel.workload import pass_blocks

PACKAGE = Path(quotarisk.__file__).parent

CACHED = """
import numpy as np
from quotarisk.kernel import market
from quotarisk.kernel.quantiles import TABLE
market.draw_market(np.uint64(1), np.zeros(TABLE, np.uint64), np.zeros(1, np.int64), 0.0,
                   np.zeros(3), 0, 4)
stats = market.draw_market.stats
print(sum(stats.cache_hits.values()), sum(stats.cache_misses.values()))
"""

RUN = """
import quotarisk as qr
simulation = qr.simulate(qr.load_scenario("{scenario}"), paths=100)
print(round(float(simulation.bookings("Rosa").sum())))
"""


def run(code: str, source: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run code in a process of its own, on a copy of the package."""
    inherited = {key: value for key, value in os.environ.items() if key != "NUMBA_CACHE_DIR"}
    return subprocess.run(
        [sys.executable, "-c", code],
        check=False,
        capture_output=True,
        text=True,
        env={**inherited, "PYTHONPATH": str(source), "COVERAGE_PROCESS_START": "", **environment},
    )


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A copy of the package without compiled code."""
    shutil.copytree(PACKAGE, tmp_path / "quotarisk", ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


def test_machine_code_is_kept_until_any_file_of_the_kernel_changes(source: Path) -> None:
    """An edit of a stage in another file than the entry's is noticed."""
    assert "0 1" == run(CACHED, source).stdout.strip()
    assert "1 0" == run(CACHED, source).stdout.strip()
    stage = source / "quotarisk" / "kernel" / "counts.py"
    stage.write_text(stage.read_text(encoding="utf-8") + "\n# edited\n", encoding="utf-8")
    assert "0 1" == run(CACHED, source).stdout.strip()


def test_it_runs_where_neither_package_nor_home_can_be_written(source: Path) -> None:
    """A read-only installation without a home compiles in memory, says nothing, same bits."""
    scenario = Path(__file__).parent.parent.parent / "scenarios" / "new_hires.toml"
    code = RUN.format(scenario=scenario)
    usual = run(code, source)
    shutil.rmtree(source / "quotarisk" / "kernel" / "__pycache__")
    # a file in the place of the cache's folder stops root too, whom permissions do not
    (source / "quotarisk" / "kernel" / "__pycache__").write_text("")
    nowhere = "/dev/null/home"
    told = run(code, source, HOME=nowhere, XDG_CACHE_HOME=nowhere, PYTHONDONTWRITEBYTECODE="1")
    assert (0, usual.stdout, "") == (told.returncode, told.stdout, told.stderr)


def test_the_digest_of_the_sources_is_part_of_every_entry() -> None:
    """The default of the last argument of an entry is the digest, and nobody passes it."""
    summary = (add_up, count_below, hits_apart, sum_months, sum_up)
    drawing = (add_bookings, count_bookings, draw_market, pass_blocks)
    paying = (look_together, pay_one_more, pay_periods, pay_spifs, spread_cash, weigh_segments)
    entries: tuple[Any, ...] = (*drawing, *paying, *summary)
    for entry in entries:
        assert compiling.SOURCES == entry.py_func.__defaults__[-1]
