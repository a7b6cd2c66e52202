"""What a rep wins in a year, at a glance."""

from __future__ import annotations

import math
from typing import Any

import pytest

from quotarisk.analysis.profiles import Profile, profile_of
from quotarisk.simulation.lowering import rep_tasks
from tests.analysis.cases import exact_case, lognormal, make, segment


def _profile(**changed: Any) -> Profile:
    return profile_of(rep_tasks(make({"s": segment(**changed)}))[0])


def test_exact_case() -> None:
    """Wins, size and cycle are means over won deals, not over segments."""
    profile = profile_of(rep_tasks(exact_case())[0])
    assert pytest.approx(16.5) == profile.wins_per_year
    small, large = 8_000 * math.exp(0.18), 80_000 * math.exp(0.32)
    assert pytest.approx((13.5 * small + 3.0 * large) / 16.5) == profile.deal_size
    cycle = (13.5 * 30 + 3.0 * 120) / 16.5 * math.exp(0.125)
    assert pytest.approx(cycle) == profile.cycle_days


def test_evidence_counts_at_its_mean() -> None:
    """What comes with evidence counts at its posterior mean."""
    profile = _profile(opps={"opps": 51.5, "weeks": 52.0}, win={"won": 9.5, "of": 19.0})
    assert pytest.approx(365.25 / 7 * 0.5) == profile.wins_per_year


def test_nothing_to_win() -> None:
    """Who wins nothing has no wins, and the segments' plain mean size and cycle."""
    told = {
        "a": segment(opps=0.0, size=1_000.0, cycle=10.0),
        "b": segment(win=0.0, size=3_000.0, cycle=lognormal(30.0, 0.5)),
    }
    profile = profile_of(rep_tasks(make(told))[0])
    assert (0.0, 2_000.0) == (profile.wins_per_year, profile.deal_size)
    assert pytest.approx((10.0 + 30 * math.exp(0.125)) / 2) == profile.cycle_days
