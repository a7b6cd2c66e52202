"""What is assumed of the hours."""

from __future__ import annotations

from quotarisk.reporting.efforts import efforts_table
from tests.reporting.teams import scenario, team

FUNNEL = {
    "hours_per_activity": 0.5,
    "stages": [
        {"name": "SQL", "rate": {"won": 19.5, "of": 99.0}},
        {"name": "opportunity", "rate": 0.5},
    ],
}


def test_nothing_is_said_of_hours() -> None:
    """A team without hours and funnels has no such table."""
    assert efforts_table(team()).frame.is_empty()


def test_hours_and_funnels() -> None:
    """Each rep with hours or a funnel, in each segment; what is not said stays empty."""
    told = scenario(
        reps=[
            {"name": "Ana", "hours_per_week": 30.0, "prospecting_share": 0.2},
            {"name": "Bo", "segments": {"small": {"funnel": FUNNEL, "hours_per_open_deal": 1.5}}},
            {"name": "Cy"},
        ]
    )
    rows = efforts_table(told).frame.to_dicts()
    assert {"Ana", "Bo"} == {row["rep"] for row in rows}
    ana, bo = (
        next(row for row in rows if (row["rep"], row["segment"]) == (rep, "small"))
        for rep in ("Ana", "Bo")
    )
    assert ("Ana", 30.0, 0.2, 0.0) == (
        ana["rep"],
        ana["hours_per_week"],
        ana["prospecting_share"],
        ana["hours_per_open_deal"],
    )
    assert ("", None) == (ana["stages"], ana["opps_per_hour"])
    assert "SQL 20 % (20 of 99), opportunity 50 %" == bo["stages"]
    assert (1.5, 0.5, 0.2) == (
        bo["hours_per_open_deal"],
        bo["hours_per_activity"],
        round(bo["opps_per_hour"], 12),
    )
