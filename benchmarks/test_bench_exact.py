"""Exact P(hit) of a rep's 17 periods: ``pytest benchmarks --benchmark-only``."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from benchmarks.compound import (
    aggregate_p_hit,
    expected_sources,
    known_scenario,
    our_p_hit,
    period_quotas,
)
from quotarisk.analysis.exact import Sources


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("p_hit", [our_p_hit, aggregate_p_hit])
def test_exact(
    benchmark: BenchmarkFixture, p_hit: Callable[[Sources, list[float]], list[float]]
) -> None:
    """Every round has quotas of its own, so that no transform is at hand."""
    sources, more = expected_sources(known_scenario()), count()
    benchmark(lambda: p_hit(sources, period_quotas(more=next(more))))
