"""Whose open pipeline grows without end."""

from __future__ import annotations

from typing import Any

import pytest

from quotarisk.analysis.balance import balance_cautions, overload_of
from quotarisk.analysis.weekly import weeks_of
from quotarisk.simulation.comparing import variant_of
from quotarisk.simulation.lowering import RepTask
from tests.analysis.blends import funnel, starving, two_segments
from tests.analysis.cases import make, segment


def _task(*, hours: float = 40.0, kept: float = 0.0, effort: float = 1.0) -> RepTask:
    """An hour makes half an opportunity, which is open for four weeks."""
    sold = segment(opps=1.0, cycle=28.0, funnel=funnel(0.5), hours_per_open_deal=effort)
    rep = {"name": "Ana", "hours_per_week": hours, "prospecting_share": kept}
    return variant_of(make({"s": sold}, rep), 0).tasks["Ana"]


def test_what_is_kept_and_what_deals_need() -> None:
    """An hour of prospecting brings two hours of work on deals: a third is the most to keep."""
    assert overload_of(_task()) is None
    assert overload_of(_task(kept=1 / 3)) is None
    over = overload_of(_task(kept=0.5))

    assert over is not None
    assert (40.0, 20.0, 40.0) == pytest.approx(tuple(over))
    assert overload_of(_task(kept=0.5, effort=0.5)) is None


def test_inbound_alone() -> None:
    """Where marketing brings more than there is time for nothing need be kept."""
    task = variant_of(starving(), 0).tasks["Ana"]
    over = overload_of(task)

    assert over is not None
    assert 0 == over.kept
    assert sum(week.deal_hours() for week in weeks_of(task)) == over.deals > 40


def test_who_is_not_bound() -> None:
    """Of them hours ask nothing."""
    assert overload_of(variant_of(two_segments(), 0).tasks["Ana"]) is None


def test_cautions() -> None:
    """Three are told of, the others counted; nothing where all have a balance."""
    sold: dict[str, Any] = segment(
        opps=1.0, cycle=28.0, funnel=funnel(0.5), hours_per_open_deal=1.0
    )
    reps = [{"name": name, "hours_per_week": 40.0, "prospecting_share": 0.5} for name in "ABCD"]
    tasks = variant_of(make({"s": sold}, *reps), 0).tasks
    (caution,) = balance_cautions(tasks.values())

    assert ("no_balance", ("A", "B", "C", "D")) == (caution.code, caution.about)
    assert caution.text.startswith(
        "A (40.0 hours a week on open deals and 20.0 kept for prospecting, of 40.0), B ("
    )
    assert "and 1 more: open deals need more time than there is for them" in caution.text
    (one,) = balance_cautions([tasks["B"]])
    assert "B" == "".join(one.about)
    assert "more:" not in one.text
    assert () == balance_cautions([_task()])


def test_far_beyond_the_hours() -> None:
    """Where deals hardly move in a week they close on whole days, and that is said."""
    (rough,) = balance_cautions([_task(kept=0.95)])
    (mild,) = balance_cautions([_task(kept=0.5)])

    assert "Deals of Ana move by less than a day in a week" in rough.text
    assert "less than a day" not in mild.text
