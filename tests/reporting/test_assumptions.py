from __future__ import annotations

from datetime import date

import pytest

from quotarisk.reporting.assumptions import assumptions_table, list_assumptions, pipeline_table
from tests.reporting.teams import SMALL, scenario, team


def test_a_row_a_rep_and_segment() -> None:
    """Each rep has a row for each segment, with the figures and what they rest on."""
    rows = assumptions_table(team()).frame

    assert 5 == rows.height
    large = rows.filter(rep="Ana", segment="large").row(0, named=True)
    assert ("18 of 90", "18 deals", "known") == (
        large["win_evidence"],
        large["size_evidence"],
        large["cycle_evidence"],
    )
    assert pytest.approx(45_000) == large["size_p50"]
    assert pytest.approx(190) == large["won_p90"]
    assert ("known", "") == (large["opps_evidence"], large["own"])


def test_what_is_the_reps_own() -> None:
    """A rep's own figures are named, with their own evidence."""
    own = {"opps_per_week": {"opps": 62.5, "weeks": 52}, "win_rate": 0.4}
    row = assumptions_table(scenario(reps=[{"name": "Ana", "segments": {"small": own}}]))

    assert ("62.5 in 52 weeks", "opps a week, win rate") == (
        row.frame["opps_evidence"][0],
        row.frame["own"][0],
    )


def test_own_figures_in_few_words() -> None:
    """A rep of whom all figures are known has no list of them, nor one of whom most are."""
    own = {**SMALL, "stall_rate": 0.05, "lost_cycle_days": 20}
    most = {key: figure for key, figure in own.items() if key not in ("deal_size", "stall_rate")}
    few = {key: own[key] for key in ("win_rate", "stall_rate", "deal_size")}
    reps = [
        {"name": f"Rep {number}", "segments": {"small": each}}
        for number, each in enumerate((own, most, few, {}))
    ]
    expected = ["all", "all but never decided, deal size", "win rate, never decided, deal size", ""]

    assert expected == assumptions_table(scenario(reps=reps)).frame["own"].to_list()


def test_open_deals_by_rep() -> None:
    """Open deals are counted and valued by rep; the amounts that are drawn are left out."""
    deals = [
        {"deal": "D1", "rep": "Ana", "segment": "small", "created": date(2026, 12, 1)},
        {
            "deal": "D2",
            "rep": "Ana",
            "segment": "small",
            "created": date(2026, 12, 22),
            "amount": 9_000.0,
        },
    ]
    rows = pipeline_table(scenario(reps=[{"name": "Ana"}, {"name": "Ben"}], open_deals=deals)).frame

    assert [("Ana", 2, 9_000.0, 31)] == rows.select("rep", "deals", "amount", "oldest").rows()
    assert 0 < rows["worth"][0] < 20_000
    assert 0 == pipeline_table(team()).frame.height


def test_topics() -> None:
    """The rest is told topic by topic, what goes on in the same line."""
    told = dict(list_assumptions(team()))

    assert "every month is alike" == told["calendar"]
    assert 2 == told["quotas"].count("; ")
    assert {"open deals", "booked so far"} < set(told)
    assert "" not in told


def test_calendar() -> None:
    """Seasons and clocks are told where they differ from the plain ones."""
    calendar = {"creation": [1.0] * 6 + [0.8] + [1.0] * 5, "won": [0.7, 1.0, 1.3]}
    told = dict(list_assumptions(scenario(reps=[{"name": "Ana"}], calendar=calendar)))

    assert (
        "new opportunities times Jul 0.8; won deals ripen 0.7, 1 and 1.3 times as fast in a "
        "quarter's first, second and third month"
    ) == told["calendar"]


def test_fitted_calendar() -> None:
    """Factors are told to whole per cents, and those that do nothing then are left out."""
    calendar = {"creation": [0.9963, 1.0021, 1.2231] * 4, "lost": [0.9991, 1.0013, 1.0]}
    told = dict(list_assumptions(scenario(reps=[{"name": "Ana"}], calendar=calendar)))

    assert "new opportunities times Mar 1.22, Jun 1.22, Sep 1.22, Dec 1.22" == told["calendar"]
