from __future__ import annotations

import pytest

from benchmarks import solving


def test_a_quick_run_measures_both(capsys: pytest.CaptureFixture[str]) -> None:
    """Solving quotas beside a plain run, with their ratio."""
    solving.main(["--reps", "2", "--paths", "100", "--workers", "1", "--repeats", "1"])
    (line,) = (row for row in capsys.readouterr().out.splitlines() if "solve_quotas" in row)
    assert "2 reps x 100 paths, 1 workers" in line
    assert "at most 1.5 plain runs" in line
