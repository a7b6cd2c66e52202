"""The tornado's benchmark: what it measures, not how fast it is."""

from __future__ import annotations

import pytest
from benchmarks.case import REFERENCE
from benchmarks.timing import Timing

from benchmarks import tornado
from quotarisk.analysis.moving import list_assumptions
from quotarisk.simulation.comparing import variant_of


def test_half_segments_are_twice_the_assumptions() -> None:
    """With as many opportunities in all."""
    once, twice = REFERENCE, tornado.twice_the_segments(REFERENCE)
    assert sum(deals.opps for deals in once.segments) == sum(deals.opps for deals in twice.segments)
    counts = [len(list_assumptions(variant_of(case.scenario(2), 0))) for case in (once, twice)]
    assert [12, 24] == counts


def test_a_cost_is_in_plain_runs() -> None:
    """Of an assumption."""
    cost = tornado.Cost(10, Timing((2.0, 3.0)), Timing((50.0, 40.0)))
    assert cost.runs == 2.0


def test_a_quick_run_prints_both_teams(capsys: pytest.CaptureFixture[str]) -> None:
    """And the ratio between them."""
    tornado.main(["--reps", "1", "--paths", "50", "--repeats", "1"])
    printed = capsys.readouterr().out
    for part in ("12 assumptions", "24 assumptions", "twice as many over once"):
        assert part in printed
