"""Acquisition cost, velocity, average deal and lifetime value: by hand, exactly, and what sums."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import polars as pl
import pytest

import quotarisk as qr
from quotarisk.analysis.efficiency import RATIOS, measure_efficiency
from quotarisk.analysis.velocity import velocity_of
from quotarisk.caution import Caution
from quotarisk.scenario.pay import PayPlan
from quotarisk.scenario.scenario import Scenario
from quotarisk.simulation.variants import variant_of
from tests.analysis.cases import make, open_deal, segment
from tests.analysis.selling_cases import flat, plan, sellers, spif

PATHS = 2_000
COSTS = {
    "small": {"inbound_opps_per_week": 0.8, "cost_per_opp": 60.0, "cost_per_inbound_opp": 200.0,
              "lifetime_value": 20_000.0},
    "large": {"cost_per_opp": 500.0, "lifetime_value": 100_000.0},
}  # fmt: skip
Told = tuple[pl.DataFrame, tuple[Caution, ...]]


def _measure(scenario: Scenario, *plans: PayPlan, **told: Any) -> Told:
    base = variant_of(scenario, 3)
    on = {rep.name: {f"p{n}": each for n, each in enumerate(plans)} for rep in scenario.reps}
    return measure_efficiency(base, on, **{"paths": PATHS, **told})


def _row(frame: pl.DataFrame, **told: Any) -> dict[str, Any]:
    (row,) = frame.filter(**told).iter_rows(named=True)
    return row


def _codes(cautions: tuple[Caution, ...]) -> set[str]:
    return {caution.code for caution in cautions}


def test_by_hand() -> None:
    """Every figure where all that may vary is sure: one deal of 10,000, and nothing else."""
    scenario = make(
        {"s": segment(opps=0.0, win=1.0, cycle=30.0, lifetime_value=25_000.0, cost_per_opp=9.0)},
        open_deals=[open_deal(1, 10, amount=10_000.0)],
        months=3,
    )

    frame, cautions = _measure(scenario, flat(0.1, base=6_000.0))

    row = _row(frame, level="segment", channel="all")
    expected = {
        "opps": 0.0, "wins": 1.0, "bookings": 10_000.0, "spend": 0.0, "pay": 2_500.0,
        "no_win": 0.0, "cac": 2_500.0, "average_deal": 10_000.0, "ltv_to_cac": 10.0,
        "velocity": 10_000.0 / (90 / 7) / 30,
    }  # fmt: skip
    for key, value in expected.items():
        assert pytest.approx(value) == row[key], key
    for key in RATIOS:
        for level in ("p10", "p50", "p90"):
            assert pytest.approx(expected[key]) == row[f"{key}_{level}"]
            assert 0 == row[f"{key}_{level}_se"]
    assert {"efficiency_timing"} == _codes(cautions)


@pytest.fixture(scope="module")
def told() -> Told:
    """Two reps who sell in two channels, under two plans."""
    scenario = sellers({"name": "Bo", "quota": {"quarter": 60_000.0}}, more=COSTS)
    return _measure(scenario, plan(spifs=[spif(900.0)]), flat(0.05, multipliers={"large": 2.0}))


def test_rows(told: Told) -> None:
    """Segments by channel, then the team, each under each plan."""
    frame, cautions = told

    assert [
        ("small", "made"), ("small", "inbound"), ("small", "all"), ("large", "made"),
        ("large", "all"), (None, "made"), (None, "inbound"), (None, "all"),
    ] == frame.filter(plan="p0").select("segment", "channel").rows()  # fmt: skip
    assert ["p0", "p1"] * 8 == frame["plan"].to_list()
    assert {"efficiency_timing"} == _codes(cautions)
    errors = frame.select(pl.selectors.ends_with("_se"))
    assert (errors.drop_nulls().min_horizontal() >= 0).all()


def test_parts_sum(told: Told) -> None:
    """Channels sum to segments, and these to the team, whose bookings are those of a run."""
    frame = told[0].filter(plan="p0")
    scenario = sellers({"name": "Bo", "quota": {"quarter": 60_000.0}}, more=COSTS)
    plain = qr.estimate_attainment(qr.simulate(scenario, paths=PATHS, seed=3)).frame

    team = _row(frame, level="team", channel="all")
    for key in ("opps", "wins", "bookings", "spend", "pay"):
        for level in (frame.filter(level="segment"), frame.filter(level="team")):
            parts = level.filter(pl.col("channel") != "all")[key].sum()
            assert pytest.approx(parts) == team[key], key
    year = _row(plain, level="team", cadence="year")["mean"]
    assert pytest.approx(year, rel=1e-12) == team["bookings"]


def test_figures_are_those_of_their_parts(told: Told) -> None:
    """Ratios of means, and plans that change pay alone."""
    for row in told[0].iter_rows(named=True):
        cost = row["spend"] + row["pay"]
        assert pytest.approx(cost / row["wins"]) == row["cac"]
        assert pytest.approx(row["bookings"] / row["wins"]) == row["average_deal"]
    one, other = (told[0].filter(plan=name, level="team", channel="all") for name in ("p0", "p1"))
    for key in ("opps", "wins", "bookings", "spend", "velocity", "average_deal"):
        assert one[key].item() == other[key].item()
    assert one["cac"].item() != other["cac"].item()


def test_means_against_rates(told: Told) -> None:
    """Spend is what opportunities cost; LTV is what wins are worth; inbound ones cost their own."""
    frame = told[0].filter(plan="p0")
    for channel, segment_, cost, value in (
        ("made", "small", 60.0, 20_000.0),
        ("inbound", "small", 200.0, 20_000.0),
        ("made", "large", 500.0, 100_000.0),
    ):
        row = _row(frame, channel=channel, segment=segment_)
        assert pytest.approx(cost * row["opps"]) == row["spend"]
        worth = value * row["wins"] / (row["spend"] + row["pay"])
        assert pytest.approx(worth) == row["ltv_to_cac"]
        rate = {"made": {"small": 1.5, "large": 0.5}[segment_], "inbound": 0.8}[channel]
        expected = 2 * rate * 365 / 7
        assert abs(row["opps"] - expected) < 4 * row["opps_se"]


def test_velocity_in_the_long_run() -> None:
    """A rep in a steady state sells as fast as `velocity_of` says, within 4 errors."""
    scenario = make({"s": segment(opps=4.0, win=0.4, cycle=20.0)}, months=12)

    row = _row(_measure(scenario, flat())[0], level="team", channel="all")

    expected = velocity_of(variant_of(scenario, 3).tasks["Ana"]).value
    assert abs(row["velocity"] - expected) < 4 * row["velocity_se"]
    assert row["velocity_p10"] < row["velocity_p50"] < row["velocity_p90"]


def test_paths_without_wins() -> None:
    """They cost without bounds: percentiles among them are null, and their chance is told."""
    rare = {"s": segment(opps=0.2, win=0.25, cost_per_opp=100.0, lifetime_value=1.0)}

    row = _row(_measure(make(rare, months=3), flat())[0], level="team", channel="all")

    assert row["no_win"] == pytest.approx(np.exp(-0.05 * 90 / 7), abs=0.2)
    assert row["cac"] > 0
    assert row["cac_p90"] is None
    assert row["cac_p90_se"] is None
    assert row["ltv_to_cac_p10"] == 0
    assert row["average_deal_p90"] == 10_000.0


def test_nobody_sells() -> None:
    """Without wins, pay or cost there are no ratios."""
    row = _row(
        _measure(make({"s": segment(opps=0.0)}, months=3), flat())[0], level="team", channel="all"
    )

    assert [None] * 4 == [
        row[key] for key in ("cac", "average_deal", "average_deal_p50", "cac_p50")
    ]
    assert row["no_win"] == 1
    assert row["velocity"] == 0


def test_cautions() -> None:
    """What is not told, or not known well, is said."""
    scenario = sellers(
        {"name": "Bo", "hours_per_week": 40.0, "quota": {"quarter": 60_000.0}},
        {"name": "Cy"},
        booked=[{"rep": "Ana", "date": date(2027, 1, 1), "amount": 9_000.0}],
        correction={"together": 0.3},
    )
    base = variant_of(scenario, 3)

    frame, cautions = measure_efficiency(
        base, {"Ana": {"ae": plan()}, "Bo": {"isr": flat()}}, paths=300
    )

    assert {
        "efficiency_no_cost", "efficiency_no_value", "efficiency_no_plan", "efficiency_hours",
        "efficiency_correction", "efficiency_to_date", "efficiency_timing",
    } == _codes(cautions)  # fmt: skip
    assert {"own"} == set(frame["plan"])
    assert frame["ltv_to_cac"].null_count() == len(frame)


def test_plans_of_longer_periods() -> None:
    """A plan by the year pays nothing in a horizon of a quarter: said, and left out."""
    scenario = make({"s": segment()}, {"name": "Ana"}, {"name": "Bo"}, months=3)
    base, longer = variant_of(scenario, 3), flat(cadence="year")

    for on in ({"p": longer}, {"other": longer}):
        frame, cautions = measure_efficiency(
            base, {"Ana": {"p": flat()}, "Bo": on}, paths=300, workers=2
        )
        assert "efficiency_unpaid" in _codes(cautions)
        row = _row(frame, level="team", channel="all")
        assert row["bookings"] == pytest.approx(10_000 * row["wins"])


def test_threads_change_nothing() -> None:
    """The same bits for any number of threads; progress is told."""
    scenario = sellers({"name": "Bo", "quota": {"quarter": 60_000.0}}, more=COSTS)
    seen: list[tuple[int, int]] = []

    one, _ = _measure(scenario, plan(), workers=1, paths=300)
    two, _ = _measure(
        scenario, plan(), workers=2, paths=300, progress=lambda *each: seen.append(each)
    )

    assert one.equals(two)
    assert [(1, 2), (2, 2)] == seen
