from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion

from quotarisk.reporting.understanding import describe
from tests.reporting.teams import scenario, team

EFFORT = {
    "hours_per_open_deal": 1.5,
    "funnel": {"hours_per_activity": 1.0, "stages": [{"name": "opportunity", "rate": 0.1}]},
}
REP = {"name": "Ana", "quota": {"month": 20_000}}


def test_team(snapshot: SnapshotAssertion) -> None:
    """A scenario is told in a few lines: horizon, team, segments, quotas, figures, market."""
    assert snapshot == describe(team())


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        (
            {"months": 2, "fiscal_year_start": 2},
            "2 months (2027-01 to 2027-02); fiscal years begin in February\n",
        ),
        ({"reps": [{"name": "Ana"}]}, "quotas    none: there will be bookings, but no P(hit)\n"),
        ({"team": {"quota": {"year": 9e5}}}, "2027: 1 rep 240k, team 900k USD\n"),
        (
            {"reps": [{"name": "Ana"}], "team": {"quota": {"year": 9e5}}},
            "quotas    2027: team 900k USD\n",
        ),
        ({"booked": []}, "booked    nothing\n"),
        (
            {"booked": [{"rep": "Ana", "date": date(2026, 12, 1), "amount": 5000.0}]},
            "booked    1 booking, 5k USD, 2026-12-01 to 2026-12-01\n",
        ),
        (
            {"market": {"win_odds": 0.2}},
            "market    odds of winning ±20 % (one standard deviation, the same for all reps); each "
            "quarter correlates with the next at 0.5\n",
        ),
        (
            {"market": {"creation": 0.1513, "deal_size": 0.05, "period": "month"}},
            "market    new opportunities ±15.1 %, deal sizes ±5 % (one standard deviation, the "
            "same for all reps); each month correlates with the next at 0.5\n",
        ),
        (
            {"correction": {"own_history": 0.3, "since": date(2026, 10, 1)}, "booked": []},
            "corrected 30 % of the futures repeat past weeks since 2026-10-01\n",
        ),
        (
            {"correction": {"shared": [0.1, 0.2], "month_shape": 0.9}},
            "corrected all reps' bookings have a factor in common, month by month ±10 %, ±20 %; "
            "each rep's results are spread towards both ends (Beta shape 0.9 for a month, 1 for a "
            "quarter; 1 changes nothing)\n",
        ),
        (
            {"correction": {"together": 0.2}},
            "corrected reps have 20 % more of their luck in common\n",
        ),
        (
            {
                "reps": [
                    {**REP, "hours_per_week": 30.0, "prospecting_share": 0.25},
                    {"name": "Bo", "hours_per_week": 20.0, "segments": {"small": EFFORT}},
                ]
            },
            "time      2 reps with 20 to 30 hours a week, 0 to 25 % of them kept for prospecting; "
            "an open deal takes 0 to 1.5 hours a week; funnels in small\n",
        ),
        (
            {"reps": [{**REP, "hours_per_week": 30.0}]},
            "time      1 rep with 30 hours a week, 0 % of them kept for prospecting; an open deal "
            "takes 0 hours a week; no funnel\n",
        ),
        (
            {"pay": {"ae": {"base": 60_000.0, "commission_rate": 0.1}}},
            "pay       1 plan: ae (1 rep, 60k USD a year on target, by the quarter)\n",
        ),
        (
            {
                "reps": [REP, {"name": "Bo", "pay": "sdr"}],
                "pay": {
                    "ae": {"base": 9_000.0},
                    "sdr": {"base": 6_000.0, "cadence": "month"},
                },
            },
            "pay       2 plans: ae (0 reps, 9k USD a year on target, by the quarter), "
            "sdr (1 rep, 6k USD a year on target, by the month); 1 rep on none\n",
        ),
        ({"stress": {"downturn": {"win_rate": 0.8}}}, "stress    downturn\n"),
        (
            {"reps": [{"name": f"R{n}", "group": f"G{n}"} for n in range(9)]},
            "team      9 reps, 9 groups (G0 1, G1 1, G2 1, G3 1, G4 1, G5 1 and 3 more)\n",
        ),
    ],
)
def test_lines(told: dict[str, Any], expected: str) -> None:
    """What differs from scenario to scenario is told as it is."""
    assert expected in describe(scenario(**{"reps": [REP], **told}))


@pytest.mark.parametrize(
    ("amounts", "expected"),
    [
        ([1000.0, 2000.0], "open      2 deals of 1 rep, 3k USD\n"),
        ([1000.0, None], "open      2 deals of 1 rep, 1k USD, 1 without an amount\n"),
    ],
)
def test_open_deals(amounts: list[float | None], expected: str) -> None:
    """Open deals are counted and added up, those without an amount apart."""
    deals = [
        {
            "deal": f"D{n}",
            "rep": "Ana",
            "segment": "small",
            "amount": a,
            "created": date(2026, 12, 1),
        }
        for n, a in enumerate(amounts)
    ]

    assert expected in describe(scenario(reps=[REP], open_deals=deals))
