"""Where a cap begins to bind, by hand and at the kernel's own word."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quotarisk.analysis.behaviour_paths import spans_of
from quotarisk.analysis.cap_reach import credit_at_cap
from quotarisk.kernel.pay import pay_periods
from quotarisk.scenario.pay import PayPlan
from quotarisk.simulation.earning import Contract, lower_contract
from quotarisk.simulation.variants import variant_of
from tests.analysis.selling_cases import plan, sellers

QUARTER = 66_000.0  # Ana's quota; its target is 15,000


def _contract(told: PayPlan) -> Contract:
    base = variant_of(sellers(), 0)
    unit = base.units["rep", "Ana"]
    return lower_contract(told, base.tasks["Ana"], unit, base.setting.horizon, base.periods)


@pytest.mark.parametrize(
    ("told", "attainment"),
    [
        ({"cap": 2.0}, 1 + 1 / 1.5),  # one target at the quota, the other at 1.5 times the rate
        ({"cap": 0.5}, 0.5),
        ({"cap": 1.5, "threshold": 0.5, "cliff": False}, 1 + 1 / 1.5),  # pays half at the quota
        ({"cap": 1.2, "tier_kind": "retroactive"}, 1.0),  # jumps to 1.5 there
        ({"cap": 0.4, "threshold": 0.5}, 0.5),  # jumps to a half there
        ({}, np.inf),
        ({"cap": 1.5, "carry_surplus": "year"}, np.inf),  # a surplus earns in the next quarter
        ({"cap": 2.0, "draw": 90_000.0, "carry_shortfall": "year"}, 1 + 1 / 1.5),
    ],
)
def test_by_hand(told: dict[str, Any], attainment: float) -> None:
    """The first three quarters are alike; a draw and what is carried over do not matter."""
    stop = credit_at_cap(_contract(plan(**told)).rules)

    assert pytest.approx([attainment * QUARTER * 100] * 3, abs=3) == stop[:3].tolist()


def test_nothing_on_target() -> None:
    """A multiple of nothing is no cap that is ever reached."""
    told = plan(target_variable=0.0, commission_rate=0.1, cap=2.0)

    assert np.isinf(credit_at_cap(_contract(told).rules)).all()


@given(st.floats(0.1, 4), st.floats(0, 0.9), st.booleans())
def test_nothing_more_is_earned(cap: float, threshold: float, cliff: bool) -> None:
    """A cent before it earns less than the cap, and it earns the cap."""
    rules = _contract(plan(cap=cap, threshold=threshold, cliff=cliff)).rules
    stop = credit_at_cap(rules)[0]
    credited = np.zeros((4, 2))
    credited[0] = stop - 1, stop
    paid = np.empty_like(credited)

    pay_periods(credited, np.zeros_like(credited), rules, paid)

    most = np.rint(cap * rules.target[0])
    assert paid[0, 0] < most
    assert paid[0, 1] == most


def test_spans() -> None:
    """Spans are the contract's quarters, with their quotas and what was booked to date."""
    told = spans_of(_contract(plan(cap=0.5)))

    assert [range(first, first + 3) for first in (0, 3, 6, 9)] == [span.months for span in told]
    assert {QUARTER * 100} == {span.quota for span in told}
    assert {(0, 3, 0.0)} == {(span.gone, span.length, span.so_far) for span in told}
    assert pytest.approx(QUARTER * 50, abs=2) == told[0].stop
