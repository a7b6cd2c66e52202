"""The benchmark of pay runs, and says what it compares."""

from __future__ import annotations

import pytest
from benchmarks.pay import PLANS, main


def test_a_line_for_each_plan(capsys: pytest.CaptureFixture[str]) -> None:
    """Beside the same plain run."""
    main(["--reps", "1", "--paths", "50", "--repeats", "1"])
    told = capsys.readouterr().out
    assert [True] * len(PLANS) == [name in told for name in PLANS]
    assert len(PLANS) == told.count("at most 1.5")
