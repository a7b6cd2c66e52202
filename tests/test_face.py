"""The public face: one import, names pinned, nothing heavy loaded."""

from __future__ import annotations

import subprocess
import sys

import pytest

import quotarisk

HEAVY = {"numba", "scipy", "polars", "pydantic", "numpy", "rich", "click"}


def test_the_public_names_are_these_and_sorted() -> None:
    """A name is added to the face on purpose only."""
    assert [
        "Answer",
        "ArgumentError",
        "Backtest",
        "Calibration",
        "Caution",
        "Cluster",
        "Fault",
        "History",
        "InputError",
        "Provenance",
        "QuotariskError",
        "RunError",
        "Scenario",
        "Simulation",
        "backtest",
        "calibrate",
        "compare_cadences",
        "estimate_attainment",
        "explain_change",
        "find_faults",
        "find_gaps",
        "load_scenario",
        "measure_risk",
        "plan_goals",
        "price_plans",
        "rank_drivers",
        "read_history",
        "run_batch",
        "scenario_schema",
        "simulate",
        "simulate_to",
        "solve_quotas",
        "stress_test",
        "trace_mix",
        "trace_time",
        "write_report",
        "write_scenario",
    ] == quotarisk.__all__


@pytest.mark.parametrize("name", quotarisk.__all__)
def test_every_public_name_resolves_and_is_documented(name: str) -> None:
    """What the face promises is there, under its own name and with a docstring."""
    thing = getattr(quotarisk, name)
    assert (name, True) == (thing.__name__, bool(thing.__doc__))


def test_dir_lists_the_public_names() -> None:
    """Completion in a console shows the face."""
    assert sorted(quotarisk.__all__) == dir(quotarisk)


def test_an_unknown_name_is_an_attribute_error() -> None:
    """A misspelt name fails as it does in any module."""
    with pytest.raises(AttributeError, match="module 'quotarisk' has no attribute 'simulat'"):
        quotarisk.simulat  # noqa: B018


def test_importing_quotarisk_loads_nothing_heavy() -> None:
    """Scripts that only ask for the version or an error class start at once."""
    told = subprocess.run(
        [sys.executable, "-c", "import quotarisk, sys; print(*sys.modules)"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    assert set() == HEAVY & set(told.split())
