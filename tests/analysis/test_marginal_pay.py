"""What one more deal pays."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from quotarisk.analysis.marginal_pay import Marginal, add_deals, bands_of
from quotarisk.analysis.pay import price_plans
from quotarisk.scenario.pay import PayPlan
from tests.analysis.cases import make, segment
from tests.analysis.pay_cases import AE, FULL, TIERS, team

FIXED = {"s": segment(opps=1.0, win=0.5, size=10_000.0), "t": segment(size=1_000.0, opps=0.0)}


def _deals(plan: dict[str, Any], *, quota: float | None = 25_000.0, paths: int = 600) -> Any:
    rep: dict[str, Any] = {"name": "Ana"}
    if quota is not None:
        rep["quota"] = {"month": quota}
    return price_plans(make(FIXED, rep, pay={"p": plan}), paths=paths, seed=1).parts["deals"]


def test_bands_end_where_the_plan_changes() -> None:
    """Threshold, tiers and quota, each with a band just below it."""
    bands = bands_of(PayPlan.model_validate({"threshold": 0.05, "tiers": TIERS}))
    assert [0.0, 0.05, 0.9, 1.0] == bands.edges[:-1].tolist()
    assert ("threshold", "", "tier", "") == bands.ends


def test_a_flat_rate_pays_its_share() -> None:
    """Wherever the period stands, and whoever has no quota."""
    told = _deals({"commission_rate": 0.1, "cadence": "month"})
    assert told["rate"].to_list() == pytest.approx([0.1] * len(told))
    assert told["rate_se"].drop_nulls().to_list() == pytest.approx(
        [0.0] * told["rate_se"].drop_nulls().len(), abs=1e-9
    )
    assert told.filter(level="rep", segment="s")["share"].sum() == pytest.approx(1.0)
    none = _deals({"commission_rate": 0.1, "cadence": "month"}, quota=None)
    assert none["attainment_from"].is_null().all()
    assert none["rate"].to_list() == pytest.approx([0.1] * len(none))


def test_a_deal_near_the_threshold() -> None:
    """Brings the whole period's pay with it; one far below brings nothing."""
    plan = {"commission_rate": 0.1, "cadence": "month", "threshold": 0.5}
    told = {
        (row["segment"], row["just_below"]): row
        for row in _deals(plan).filter(level="rep").iter_rows(named=True)
    }
    # 10,000 booked of 25,000 are 40 %: with 1,000 more nothing is paid, with 10,000 more for 20,000
    assert told["s", "threshold"]["deal_pay"] == pytest.approx(2_000.0)
    assert told["t", "threshold"]["deal_pay"] == 0.0


def test_an_accelerator_pays_more() -> None:
    """Above the quota at its rate, and a capped period nothing."""
    plan = {**AE, "cadence": "month", "tiers": TIERS, "cap": 1.5}
    told = _deals(plan).filter(level="rep", segment="t")
    above = told.filter(attainment_from=1.0).row(0, named=True)
    below = told.filter(attainment_from=0.0).row(0, named=True)
    assert below["rate"] == pytest.approx(5_000 / 25_000)
    assert 0 < above["rate"] < 1.5 * below["rate"]


def test_what_is_carried_over_counts() -> None:
    """A deal above the quota of a quarter pays in the next one, if it is carried there."""
    plain = {**AE, "cadence": "month", "cap": 1.0}
    lost = _deals(plain).filter(level="rep", segment="t", attainment_from=1.0)
    kept = _deals({**plain, "carry_surplus": "year"}).filter(
        level="rep", segment="t", attainment_from=1.0
    )
    assert 0.0 == lost["deal_pay"][0]
    assert kept["deal_pay"][0] > 50.0


def test_spifs_and_multipliers_count() -> None:
    """A deal earns its amount, its share and its multiple; once a goal is reached, all before."""
    plan = {
        "commission_rate": 0.1,
        "cadence": "month",
        "multipliers": {"s": 2.0},
        "spifs": [
            {"segment": "s", "per_deal": 300.0, "rate": 0.01},
            {"segment": "t", "per_deal": 50.0, "goal": 500.0},
        ],
    }
    told = _deals(plan).filter(level="team")
    assert {2_400.0} == {round(pay, 6) for pay in told.filter(segment="s")["deal_pay"]}
    assert {150.0} == {round(pay, 6) for pay in told.filter(segment="t")["deal_pay"]}


def test_reps_add_up() -> None:
    """The team's is that of all its reps' periods; errors are told by batches of paths."""
    told = price_plans(team({"ae": FULL}), paths=500, seed=1).parts["deals"]
    for segment_name in ("small", "large"):
        one = told.filter(segment=segment_name)
        assert one.filter(level="team")["share"].sum() == pytest.approx(1.0)
    assert (told["deal_pay_se"].drop_nulls() > 0).any()
    assert {"Bo"} == set(told.filter(level="rep")["name"]) - set(
        told.filter(level="rep", segment="large")["name"]
    )


def test_what_was_seen_once_has_no_error() -> None:
    """Where all paths are of one batch, none can be told."""
    counts = np.array([[3, 0], [1, 2]])
    sums = Marginal(counts, counts * 2.0, counts * 4.0)
    share, pay, rate = add_deals([{("p", "s"): sums}, {("p", "s"): sums}])["p", "s"].estimates()
    assert [0.5, 0.5] == share.tolist()
    assert (2.0, 0.5) == (pay[0].value, rate[0].value)
    assert np.isnan(pay[0].se)
    assert 0.0 == pay[1].se
