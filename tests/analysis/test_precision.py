"""As many paths as it takes: the errors asked for, on the paths of a plain run."""

from __future__ import annotations

import re

import pytest

import quotarisk as qr
from quotarisk.analysis import precision
from quotarisk.analysis.precision import Plan, simulate_to
from quotarisk.errors import ArgumentError, RunError
from tests.analysis.cases import make, segment

PLANNED = make({"s": segment()}, {"name": "Ana", "quota": {"month": 20_000.0}})


@pytest.mark.parametrize("asked", [0.02, 0.006, 0.003])
def test_errors_are_as_small_as_asked(asked: float) -> None:
    """And hardly smaller: paths are not wasted, and are those of a run with as many."""
    plans: list[Plan] = []
    found = simulate_to(PLANNED, asked, seed=3, workers=1, tell=plans.append)
    frame = qr.estimate_attainment(found).frame
    error = frame["p_hit_se"].max()
    assert isinstance(error, float)
    assert error <= asked
    plain = qr.simulate(PLANNED, paths=found.paths, seed=3, workers=1)
    assert frame.equals(qr.estimate_attainment(plain).frame)
    if asked == 0.02:  # the first paths do
        assert (found.paths, plans) == (precision.FIRST, [])
    else:
        assert error > 0.9 * asked
        assert plans[-1].paths == found.paths
        assert plans[-1].seconds > 0
        assert plans[-1].error > asked


def test_without_quotas() -> None:
    """No chance, no error: the first paths are enough."""
    bare = make({"s": segment()}, {"name": "Ana"})
    assert simulate_to(bare, 0.001, workers=1).paths == precision.FIRST


@pytest.mark.parametrize("wrong", [0, 0.0001, 0.5, True, "0.01", float("nan")])
def test_what_is_refused(wrong: object) -> None:
    """The range is told."""
    told = f"precision must be a standard error of P(hit) from 0.0005 to 0.1, got {wrong!r}"
    with pytest.raises(ArgumentError, match=re.escape(told)):
        simulate_to(PLANNED, wrong)  # type: ignore[arg-type]


def test_out_of_reach(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where errors do not fall it ends, and says how far it came."""
    monkeypatch.setattr(precision, "MOST", 3_000)
    with pytest.raises(RunError, match=r"standard errors of 0\.001 are out of reach: 0\.0\d+ with"):
        simulate_to(PLANNED, 0.001, workers=1)
    monkeypatch.setattr(precision, "MOST", 10**6)
    monkeypatch.setattr(precision, "_largest_error", lambda _: 0.0021)
    with pytest.raises(RunError, match=r"0\.0021 with [0-9,]+ paths"):
        simulate_to(PLANNED, 0.002, workers=1)
