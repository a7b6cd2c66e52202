"""What the benchmark of stresses measures."""

from __future__ import annotations

import pytest
from benchmarks.stressing import main, stressed_team

from quotarisk.analysis.builtin_stresses import BUILTINS
from quotarisk.analysis.stress import AS_IT_IS, stress_test


def test_every_stress_does_something() -> None:
    """Seven stresses are seven: none is left out, and each moves the team."""
    frame = stress_test(stressed_team(2), paths=50).frame
    team = frame.filter(level="team", cadence="year")

    assert [AS_IT_IS, *BUILTINS] == team["stress"].to_list()
    assert (team["mean_change"][1:] < 0).all()


def test_it_is_measured(capsys: pytest.CaptureFixture[str]) -> None:
    """As a line of the table, beside a plain run."""
    main(["--reps", "2", "--paths", "50", "--repeats", "1", "--workers", "1"])

    assert "`stress_test` with seven stresses and `simulate`, 2 reps" in capsys.readouterr().out
