"""Working time in sentences and tables."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from quotarisk.analysis.answers import Answer
from quotarisk.analysis.time import trace_time
from quotarisk.reporting.formats import MISSING
from quotarisk.reporting.reply import Reply
from quotarisk.reporting.reply_book import draw_reply_book
from quotarisk.reporting.reply_page import draw_reply_page
from quotarisk.reporting.reply_screen import draw_reply
from quotarisk.reporting.tables import Table, write_cell
from quotarisk.reporting.time import (
    DIFFERS,
    TIME_TABLES,
    _rhythm_sentence,
    _write_range,
    time_reply,
    time_sentences,
)
from quotarisk.scenario.scenario import Scenario
from tests.analysis.blends import starving
from tests.analysis.cases import make


def _team(reps: int = 2) -> Scenario:
    plain = starving().model_dump(exclude_none=True)
    some: list[dict[str, Any]] = [
        {
            "name": f"Rep {n}", "group": "East", "hours_per_week": 40.0,
            "prospecting_share": 0.1 * n, "quota": {"month": 30_000.0},
        }
        for n in range(reps)
    ]  # fmt: skip
    return make(plain["segments"], *some, months=12)


@pytest.fixture(scope="module")
def answer() -> Answer:
    """Two reps who keep different shares."""
    return trace_time(_team(), step=0.25, paths=300, seed=1)


def _reply(scenario: Scenario, *, answered: Answer | None = None, **told: Any) -> Reply:
    found = trace_time(scenario, step=0.5, paths=60, seed=1) if answered is None else answered
    return time_reply(found, scenario, **told)


def _tables(reply: Reply) -> dict[str, Table]:
    return {table.key: table for table in reply.tables}


@pytest.mark.parametrize("in_full", [True, False])
def test_columns_are_there(answer: Answer, in_full: bool) -> None:
    """Every column that is shown, and every error, and each cell can be written."""
    reply = _reply(_team(), answered=answer, in_full=in_full, with_chart=not in_full)
    for table in reply.tables:
        for column in table.columns:
            assert column.key in table.frame.columns, (table.key, column.key)
            assert column.note.endswith(".")
            assert not column.error or column.error in table.frame.columns, column
            for row in table.frame.iter_rows(named=True):
                assert write_cell(column, row)[0]


def test_programs_get_all(answer: Answer) -> None:
    """Every share of everybody first, and every table."""
    reply = _reply(_team(), answered=answer)

    assert TIME_TABLES == tuple(_tables(reply))
    table = reply.tables[0]
    assert answer.frame.equals(table.frame.drop("unit"))
    shown = {column.key for column in table.columns} | {column.error for column in table.columns}
    assert set(answer.frame.columns) - {"name"} <= shown


def test_people_get_a_few_curves(answer: Answer) -> None:
    """Each rep's, with today's marked; of more than three reps the team's alone."""
    few = _tables(_reply(_team(), answered=answer, in_full=False))["time"].frame
    many = _tables(_reply(_team(4), in_full=False))["time"].frame

    assert {"Rep 0", "Rep 1"} == set(few["unit"])
    assert ["  0 today", " 10 today"] == few.filter("today")["kept"].to_list()
    assert {"Team"} == set(many["unit"])
    assert f"{DIFFERS} today" == many["kept"][0]


def test_the_chart_is_for_screens(answer: Answer) -> None:
    """Letters on a line, where all letters are of one width; drawn even at 80 characters."""
    drawn = draw_reply(_reply(_team(), answered=answer, in_full=False, with_chart=True), width=80)
    page = draw_reply_page(_reply(_team(), answered=answer, in_full=False))

    assert "·················" in drawn
    assert "·················" not in page
    assert max(map(len, drawn.splitlines())) <= 80


def test_what_differs_is_a_word(answer: Answer) -> None:
    """Today's share of reps who keep different ones has no figure; programs get none."""
    reply = _reply(_team(), answered=answer, in_full=False)
    team = _tables(reply)["best"].frame.filter(level="team")

    assert {None} == set(team["share_today"])
    assert DIFFERS in draw_reply(reply, width=100)
    full = _tables(_reply(_team(), answered=answer))["best"]
    assert "today_told" not in full.frame.columns


def test_no_minus_nothing(answer: Answer) -> None:
    """A correlation that is written as nothing bears no sign."""
    assert "-0.00" not in draw_reply(_reply(_team(), answered=answer, in_full=False), width=120)


def test_sentences(answer: Answer) -> None:
    """Who gains most with which share, and to whom an hour more is worth most."""
    best, hour, rhythm = _reply(_team(), answered=answer).sentences

    assert " reps would hit clearly more often by the " in best
    assert "of the hours kept for prospecting instead of" in best
    rows = answer.parts["hour"].filter(level="rep").sort("mean_change", descending=True)
    row = rows.row(0, named=True)
    assert hour.startswith(f"An hour more a week for {row['use']} is worth ")
    assert f" to {row['name']}, most of all reps, and " in hour
    assert hour.endswith(" by the year.")
    assert "correlation of a month and the next" in rhythm


def test_one_rep() -> None:
    """The team is the rep: it is not told twice to people."""
    reply = _reply(starving(), in_full=False)

    for table in reply.tables:
        assert {"Ana"} == set(table.frame["unit"])
    assert "most of all" not in " ".join(reply.sentences)


def test_groups_are_for_programs(answer: Answer) -> None:
    """People read reps and the team."""
    for in_full, levels in ((True, {"rep", "group", "team"}), (False, {"rep", "team"})):
        tables = _tables(_reply(_team(), answered=answer, in_full=in_full))
        assert levels == set(tables["best"].frame["level"]) == set(tables["hour"].frame["level"])


def test_one_rep_in_full() -> None:
    """Programs get the team too."""
    assert {"Ana", "Team"} == set(_tables(_reply(starving()))["hour"].frame["unit"])


def test_without_quotas() -> None:
    """No chance is drawn, and none is told."""
    reply = _reply(starving(quota={}), in_full=False, with_chart=True)

    assert ["time", "hour"] == [table.key for table in reply.tables]
    assert "P(hit)" not in draw_reply(reply, width=120)
    hour, _ = reply.sentences
    assert hour.endswith(" of bookings in 2027 to Ana.")


def test_every_form(answer: Answer) -> None:
    """A workbook and a page can be drawn of all of it."""
    assert b"PK" == draw_reply_book(_reply(_team(), answered=answer))[:2]
    page = draw_reply_page(_reply(_team(), answered=answer, in_full=False))
    assert "What is an hour more a week worth?" in page


def _with_rhythm(answer: Answer, *told: tuple[str, float]) -> tuple[str, ...]:
    """What is said where today's months of some reps depend on each other so much."""
    found = answer.frame.filter(level="rep", today=True)
    rows = pl.concat(
        found.head(1).with_columns(name=pl.lit(name), autocorrelation=pl.lit(value))
        for name, value in told
    ).with_columns(autocorrelation_se=pl.lit(0.01), variation=pl.lit(0.57))
    return tuple(_rhythm_sentence(rows))


def test_feast_and_famine_in_a_sentence(answer: Answer) -> None:
    """Of whom most, and how; nothing where no rep has such a figure."""
    (turns,) = _with_rhythm(answer, ("Ana", 0.1), ("Bo", -0.58))
    assert turns == (
        "Feast and famine most of all of Bo: good and bad take turns (correlation of a month and "
        "the next -0.58), and a month lies 57 % from what is expected of it."
    )
    (runs,) = _with_rhythm(answer, ("Ana", 0.3))
    assert runs.startswith("Feast and famine of Ana: good months come together (")
    (none,) = _with_rhythm(answer, ("Ana", 0.04), ("Bo", -0.02))
    assert none.startswith("No feast and famine: good months follow good and bad ones alike (")
    assert "+0.04 at most, of Ana, where a month lies 57 % from" in none
    assert () == tuple(_rhythm_sentence(answer.frame.clear()))


def test_shares_that_are_as_good() -> None:
    """As a range, as one share, or as none where today's unlike ones are alone."""
    assert _write_range({"share_from": 0.1, "share_to": 0.4}) == "10-40"
    assert _write_range({"share_from": 0.1, "share_to": 0.1}) == "10"
    assert _write_range({"share_from": None, "share_to": None}) == MISSING
    (told,) = time_sentences(trace_time(starving(), step=0.5, paths=50), starving())[:1]
    assert told.startswith("By the month ")


@pytest.mark.parametrize("width", [80, 120, 200])
def test_captions_are_about_columns_that_are_shown(answer: Answer, width: int) -> None:
    """No legend without its column."""
    drawn = draw_reply(
        _reply(_team(), answered=answer, in_full=False, with_chart=True), width=width
    )
    for table in drawn.split("\n\n"):
        for heading, legend in (
            ("P10", "P10:"), ("spread", "Spread:"), ("good", "As good:"), ("uneven", "Uneven:"),
            ("next", "Next month:"), ("verdict", "As today:"),
        ):  # fmt: skip
            assert legend not in table or heading in table[: table.index(legend)].split()
