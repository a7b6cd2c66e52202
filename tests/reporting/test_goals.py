"""Goals in words: sentences tell the tables, and every form can be made."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl
import pytest
from syrupy.assertion import SnapshotAssertion

from quotarisk.analysis.answers import Answer
from quotarisk.reporting.bars import FULL, MARK
from quotarisk.reporting.formats import speak_money
from quotarisk.reporting.goals import GOAL_TABLES, goals_reply
from quotarisk.reporting.reply import Reply
from quotarisk.reporting.reply_book import draw_reply_book
from quotarisk.reporting.reply_data import reply_as_json
from quotarisk.reporting.reply_page import draw_reply_page
from quotarisk.reporting.reply_screen import draw_reply
from quotarisk.reporting.tables import write_cell
from quotarisk.scenario.scenario import Scenario
from tests.analysis.cases import lognormal, make, segment
from tests.analysis.goal_cases import MIXED, WORKED, bound, goals, one


def _answer(scenario: Scenario, **told: Any) -> Answer:
    return goals(scenario, **{"paths": 400, **told})


def _reply(scenario: Scenario, *, in_full: bool = True, **told: Any) -> Reply:
    return goals_reply(_answer(scenario, **told), scenario, in_full=in_full, with_empty=in_full)


def _team() -> Scenario:
    """One who is bound by hours, one who is not, one without a funnel, and one who is there."""
    return make(
        {"s": WORKED, "t": {**WORKED, "opps_per_week": 1.0}, "bare": segment(opps=2.0)},
        {
            "name": "Ana",
            "group": "East",
            "hours_per_week": 20.0,
            "segments": {"s": {}},
            "quota": {"year": 300_000.0},
        },
        {"name": "Ben", "segments": {"t": {}}, "quota": {"year": 300_000.0}},
        {"name": "Cho", "segments": {"bare": {}}, "quota": {"year": 700_000.0}},
        {"name": "Dee", "segments": {"bare": {}}, "quota": {"year": 10_000.0}},
    )


def test_screen(snapshot: SnapshotAssertion) -> None:
    """One rep with hours and one quarter: sentences, tables, cautions and source."""
    scenario = bound(125_000.0, group="East")
    drawn = draw_reply(_reply(scenario, in_full=False, period="2027-Q1"), width=100)
    assert drawn.replace(scenario.fingerprint[:12], "HASH") == snapshot


def test_tables() -> None:
    """Each part is a table under its key, and every column is there with its error."""
    reply = _reply(_team())
    assert list(GOAL_TABLES) == [table.key for table in reply.tables]
    for reply_ in (reply, _reply(_team(), in_full=False)):
        for table in reply_.tables:
            for column in table.columns:
                assert column.key in table.frame.columns, (table.key, column.key)
                assert not column.error or column.error in table.frame.columns
                assert not column.instead or column.instead in table.frame.columns
                for row in table.frame.head(3).iter_rows(named=True):
                    assert write_cell(column, row)[0]


def test_sentences_tell_the_tables() -> None:
    """Figures in sentences are those of the rows that they speak of."""
    scenario = _team()
    answer = _answer(scenario)
    text = " ".join(goals_reply(answer, scenario).sentences)
    paces = answer.frame.filter(pl.col("pace") > 1)["pace"].to_list()
    assert (
        "To hit 2027 with 80 %, 3 of 4 reps need more opportunities than today: "
        f"{min(paces):.2f} to {max(paces):.2f} times as many." in text
    )
    ana = one(answer.frame, name="Ana")
    assert "Time is too short for Ana." in text
    assert ana["reason"].startswith(f"No time: it takes {ana['hours_needed']:.0f} of 20 hours;")
    levers = answer.parts["levers"].filter(name="Ben")
    win, inbound, quota = levers.iter_rows(named=True)
    assert (
        f"for Ben: a win rate of {100 * win['needed']:.1f} % (30.0 % today), "
        f"{inbound['change']:.2f} more inbound opportunities a week or a quota of "
        f"{speak_money(quota['needed'])} USD" in text
    )
    days = answer.parts["segments"].filter(segment="s")["last_day"]
    assert f"close in time: s {days[0]}" in text
    team = one(answer.parts["coverage"], level="team")
    assert f"The team has {speak_money(team['pipeline'])} USD open" in text
    assert f"80 % takes {team['coverage_80']:.1f}x" in text
    naive = answer.frame.filter(pl.col("name") != "Dee")["p_naive"].to_list()
    assert f"with it P(hit) is {100 * min(naive):.1f} to {100 * max(naive):.1f} %." in text


def test_who_need_not() -> None:
    """Where all are there already nobody must make more, and there is time."""
    text = " ".join(_reply(bound(20_000.0), period="2027-Q2").sentences)
    assert "To hit 2027-Q2 with 80 %, Ana needs no more than today." in text
    assert "There is time for it for Ana." in text
    assert "would be enough" not in text
    assert "The usual work-back" not in text


def test_several_with_hours() -> None:
    """They are counted: all who have time, or whoever has not."""
    told = {"hours_per_week": 40.0, "segments": {"s": {}}}
    easy, hard = {"quarter": 20_000.0}, {"quarter": 200_000.0}
    texts = [
        " ".join(
            _reply(
                make(
                    {"s": WORKED},
                    {"name": "Ana", "quota": easy, **told},
                    {"name": "Ben", "quota": quota, **told},
                ),
                period="2027-Q2",
                paths=200,
            ).sentences
        )
        for quota in (easy, hard)
    ]
    assert "There is time for it for all of 2 reps with hours." in texts[0]
    assert "all reps need no more than today." in texts[0]
    assert "Time is too short for 1 of 2 reps with hours: Ben." in texts[1]
    assert "1 of 2 reps needs more opportunities than today" in texts[1]


def test_too_late() -> None:
    """Whose deals cannot close any more is named, and what has passed is said."""
    scenario = make(
        {"s": segment(cycle=200.0), "t": segment(cycle=2.0, opps=0.001, win=0.1, size=1.0)},
        {"name": "Ana", "quota": {"month": 90_000.0}},
        {"name": "Ben", "quota": {"month": 1.0}, "segments": {"t": {"won_cycle_days": 4.0}}},
        months=1,
    )
    reply = _reply(scenario)
    text = " ".join(reply.sentences)
    assert "Too late in the period for new opportunities alone: Ana" in text
    assert "s has passed; t 2027-01-28 to 2027-01-30" in text
    (segments,) = (table for table in reply.tables if table.key == "segments")
    last = next(column for column in segments.columns if column.key == "last_day")
    assert "has passed" == write_cell(last, segments.frame.row(0, named=True))[0]


def test_no_pipeline_is_enough() -> None:
    """Where none of its kind is, that is said, and the rule of thumb has no chance to tell."""
    small = {"s": segment(opps=0.2, size=1_000.0, cycle=lognormal(20.0, 0.5))}
    scenario = make(small, {"name": "Ana", "quota": {"quarter": 1e7}})
    text = " ".join(_reply(scenario, period="2027-Q1").sentences)
    assert "no pipeline of this kind gives 80 %." in text


def test_one_lever() -> None:
    """What is the only thing that would do stands alone."""
    scenario = make(
        {"s": segment(opps=0.0, inbound_opps_per_week=0.5, cycle=5.0)},
        {"name": "Ana", "quota": {"quarter": 9e6}, "pipeline": "empty"},
    )
    text = " ".join(_reply(scenario, period="2027-Q1").sentences)
    assert "This would be enough for Ana: a quota of" in text


def test_side_by_side() -> None:
    """People see a row a rep: what would do, months, and a word where nothing does."""
    scenario = make(
        MIXED,
        {"name": "Ana", "quota": {"quarter": 150_000.0}},
        {"name": "Ben", "quota": {"quarter": 1e9}, "segments": {"small": {}}},
        {"name": "Cho", "quota": {"quarter": 3_000.0}, "segments": {"small": {}}},
    )
    tables = {t.key: t for t in _reply(scenario, in_full=False, period="2027-Q2").tables}
    levers = tables["levers"].frame
    assert ["Ana", "Ben"] == levers["name"].to_list()
    assert ["", "not alone"] == levers["no_win"].to_list()
    assert levers["win_most"][1] == 0.0
    months = [column.key for column in tables["milestones"].columns[1:-1]]
    assert [f"2027-0{month}" for month in range(1, 7)] == months
    assert 2 == sum(column.rank == 0 for column in tables["milestones"].columns[1:-1])
    assert set(tables["in_time"].frame["name"]) == set(tables["milestones"].frame["name"])
    assert "stages" not in tables


@pytest.mark.parametrize("in_full", [True, False])
def test_what_comes_is_shown_where_it_does(in_full: bool) -> None:
    """A column of zeros says nothing to people; programs get it."""
    rep = {"name": "Ana", "quota": {"year": 4e5}}
    shown = {
        name: one(_reply(make({"s": segment(**more)}, rep), in_full=in_full).tables[0].frame)[
            "inbound_opps_per_week"
        ]
        for name, more in (("none", {}), ("some", {"inbound_opps_per_week": 0.5}))
    }
    assert {"none": 0.0 if in_full else None, "some": 0.5} == shown


def test_without_quotas() -> None:
    """Nothing to work back from: no sentence, and for people no empty table."""
    scenario = make(MIXED, {"name": "Ana"})
    assert () == _reply(scenario).sentences
    people = _reply(scenario, in_full=False)
    assert ["goals"] == [table.key for table in people.tables]
    assert "No quota in 2027." in draw_reply(people, width=80)


@pytest.mark.parametrize("width", [60, 100, 200])
def test_every_form(width: int) -> None:
    """The screen keeps its width; the page, the workbook and JSON can be made."""
    scenario = _team()
    answer = _answer(scenario)
    people = goals_reply(answer, scenario, in_full=False)
    reply = goals_reply(answer, scenario)
    assert max(map(len, draw_reply(people, width=width).splitlines())) <= max(width, 84)
    assert draw_reply_page(people)
    assert draw_reply_book(reply)
    assert b'"milestones"' in reply_as_json(reply)


def test_hours_that_are_not_known() -> None:
    """Who has too little time, nobody knows how much, is named all the same."""
    scenario = make(
        {"s": WORKED, "bare": segment(opps=0.5)},
        {"name": "Ana", "hours_per_week": 20.0, "quota": {"year": 400_000.0}},
        {"name": "Ben", "start_date": date(2028, 1, 1), "quota": {"year": 1.0}},
    )
    text = " ".join(_reply(scenario).sentences)
    assert "Time is too short for Ana." in text
    assert "hours a week and has" not in text


def test_bars() -> None:
    """Hours that the goal takes beside those that there are, of who has any."""
    scenario = _team()
    tables = goals_reply(_answer(scenario), scenario, in_full=False, with_chart=True).tables
    assert [table.key for table in tables[:3]] == ["goals", "bars", "levers"]
    row = one(tables[1].frame)
    assert row["name"] == "Ana"
    length = len(row["bar"])
    most = max(row["hours_needed"], 20.0)
    marked = min(round(20.0 / most * length), length - 1)
    assert row["bar"].index(MARK) == marked
    filled = round(row["hours_needed"] / most * length)
    assert row["bar"].count(FULL) == filled - (marked < filled)
    bare = make({"bare": segment(opps=2.0)}, {"name": "Cho", "quota": {"year": 700_000.0}})
    tables = goals_reply(_answer(bare), bare, in_full=False, with_chart=True).tables
    assert "bars" not in [table.key for table in tables]
