"""Gaps in words: sentences tell the tables, and every form can be made."""

from __future__ import annotations

import re
from typing import Any

import polars as pl
import pytest
from syrupy.assertion import SnapshotAssertion

from quotarisk.analysis.answers import Answer
from quotarisk.analysis.differences import TOO_EARLY
from quotarisk.analysis.reference import Against
from quotarisk.reporting.bars import FULL, HALF, MARK, PALE, REST
from quotarisk.reporting.formats import speak_money, write_value
from quotarisk.reporting.gap_sentences import (
    gap_sentences,
    write_factor,
    write_figure,
    write_needed,
)
from quotarisk.reporting.gaps import GAP_TABLES, gaps_reply
from quotarisk.reporting.reply import Reply
from quotarisk.reporting.reply_book import draw_reply_book
from quotarisk.reporting.reply_data import reply_as_json
from quotarisk.reporting.reply_page import draw_reply_page
from quotarisk.reporting.reply_screen import draw_reply
from quotarisk.reporting.tables import write_cell
from quotarisk.scenario.scenario import Scenario
from tests.analysis.gap_cases import WORKED, funnel, gaps, halved, one, rep, team, worker

BOTH = (("Ana", 0.4), ("Ben", 0.2))
FEW = {"won": 3, "of": 10}


def _answer(scenario: Scenario, **told: Any) -> Answer:
    return gaps(scenario, **{"paths": 500, "period": "2027-Q2", **told})


def _reply(scenario: Scenario, *, in_full: bool = True, **told: Any) -> Reply:
    chart = told.pop("with_chart", False)
    against: Against = told.get("against", "team")
    return gaps_reply(
        _answer(scenario, **told), scenario, against=against, in_full=in_full,
        with_empty=in_full, with_chart=chart,
    )  # fmt: skip


def _team() -> Scenario:
    """Cho loses in many ways, Dee in one that is not sure, Eve is ahead, Fay has nothing."""
    cho = {
        **worker(
            "Cho", win_rate=0.2, deal_size=5_000.0, funnel=funnel({"won": 30, "of": 900}, hours=0.3)
        ),
        "hours_per_week": 20.0,
        "group": "East",
    }
    return team(
        {**worker("Ana"), "prospecting_share": 0.1},
        worker("Ben"),
        cho,
        worker("Dee", win_rate={"won": 9, "of": 30}, stall_rate=0.2),
        worker("Eve", win_rate=0.9, deal_size=12_000.0, won_cycle_days=20.0),
        of={**WORKED, "win_rate": 0.4},
    )


def test_screen(snapshot: SnapshotAssertion) -> None:
    """Three without hours, of whom one loses: sentences, tables, cautions and source."""
    scenario = team(rep("Ana"), rep("Ben", deal_size=6_000.0), rep("Cho", win_rate=FEW), of=WORKED)
    drawn = draw_reply(_reply(scenario, in_full=False), width=100)
    assert drawn.replace(scenario.fingerprint[:12], "HASH") == snapshot


def test_tables() -> None:
    """Each part is a table under its key, and every column is there with its error."""
    for in_full in (True, False):
        reply = _reply(_team(), in_full=in_full)
        assert list(GAP_TABLES) == [table.key for table in reply.tables]
        for table in reply.tables:
            for column in table.columns:
                assert column.key in table.frame.columns, (table.key, column.key)
                assert not column.error or column.error in table.frame.columns
                for row in table.frame.head(3).iter_rows(named=True):
                    assert write_cell(column, row)[0]


def test_programs_get_the_answer() -> None:
    """Tables in full are the frames of the answer; people read figures in their units."""
    answer, scenario = _answer(_team()), _team()
    reply = gaps_reply(answer, scenario)
    assert reply.tables[0].frame.equals(answer.frame)
    assert reply.tables[3].frame.equals(answer.parts["evidence"])
    told = gaps_reply(answer, scenario, in_full=False).tables
    row = one(told[0].frame, name="Cho", factor="stage: meeting")
    assert (row["what"], row["own_told"]) == ("to meeting", "3.3 %")
    assert "activities" in told[3].frame["what"]
    assert "hours a week" not in told[3].frame["what"]  # stated, and told among the gaps


def test_what_is_too_early_is_marked_in_every_row() -> None:
    """In both tables, with what it would take; nobody names it as a cause."""
    scenario = team(rep("Ana"), rep("Cho", win_rate=FEW, deal_size=5_000.0))
    answer = _answer(scenario, paths=2_000)
    for table in gaps_reply(answer, scenario, in_full=False).tables[::3]:
        row = one(table.frame, name="Cho", verdict=TOO_EARLY)
        assert row["needs"] == f"{row['needed']} opportunities"
        assert one(table.frame, name="Cho", verdict="lower")["needs"] == ""
    head, told = gap_sentences(answer, "USD", "team")
    real = one(answer.parts["reps"], name="Cho")["gap_real"]
    assert head.endswith(f"by differences that are real: Cho by {100 * real:.1f} points.")
    win = one(answer.frame, name="Cho", factor="win rate")
    assert f"{100 * win['points']:.1f}" in told
    assert "deal size costs" in told
    assert "win rate costs" not in told
    assert f"; {win['needed']} more opportunities would tell)" in told


def test_sentences_tell_the_tables() -> None:
    """Figures in sentences are those of the rows that they speak of, the worst first."""
    scenario = _team()
    answer = _answer(scenario, paths=2_000)
    head, first, *others = gaps_reply(answer, scenario).sentences
    assert head.startswith("2 of 5 reps lose against the rest of the team in 2027-Q2 by")
    row = answer.parts["reps"].row(0, named=True)
    assert row["name"] == "Cho"
    own, other = (write_value(row[key], "share") for key in ("p_hit", "p_reference"))
    assert first.startswith(f"Cho hits 2027-Q2 with {own} %, and would with {other} % with")
    causes = answer.frame.filter(name="Cho").sort("points", descending=True).head(3)
    for cause in causes.iter_rows(named=True):
        assert f" costs {100 * cause['points']:.1f} (" in first
    assert "1 other difference" in first or "2 other differences" in first
    assert others[-1].startswith("Ahead of the rest of the team by differences that are real: Eve")
    eve = one(answer.parts["reps"], name="Eve")
    assert f"by {abs(100 * eve['gap_real']):.1f} points" in others[-1]


def test_who_is_ahead_in_part() -> None:
    """What a rep who loses is ahead in is told too."""
    scenario = team(rep("Ana"), rep("Ben"), rep("Cho", win_rate=0.1, deal_size=14_000.0))
    told = gaps_reply(_answer(scenario, paths=2_000), scenario).sentences[1]
    assert "; ahead in deal size (" in told


def test_many_losers() -> None:
    """Two are told of, the others named."""
    losers = [rep(name, win_rate=0.2) for name in "CDEFG"]
    scenario = team(*(rep(f"A{n}") for n in range(9)), *losers)
    answer = _answer(scenario, paths=1_000)
    head, *sentences = gap_sentences(answer, "USD", "team")
    assert head.startswith("5 of 14 reps lose against the rest of the team in 2027-Q2 by")
    names = answer.parts["reps"]["name"].to_list()
    assert [told.split()[0] for told in sentences[:2]] == names[:2]
    assert sentences[2] == f"Others lose less: {names[2]}, {names[3]} and {names[4]}."


def test_nobody_loses() -> None:
    """That is told, and empty tables are left out where people read."""
    alike = team(rep("Ana"), rep("Ben"))
    reply = _reply(alike, in_full=False)
    assert reply.sentences == ("No rep clearly loses against the rest of the team.",)
    assert [table.key for table in reply.tables] == ["reps", "velocity"]


def test_without_quotas() -> None:
    """Gaps are told in bookings."""
    ana, ben = ({"name": name, "segments": {"s": {"win_rate": win}}} for name, win in BOTH)
    bare = team(ana, ben)
    answer = _answer(bare)
    row = one(answer.parts["reps"], name="Ben")
    amount = speak_money(row["mean_gap"])
    head, told, ahead = gaps_reply(answer, bare).sentences
    assert f": Ben by {amount} USD." in head
    assert ahead.startswith("Ahead of the rest of the team by differences that are real: Ana by")
    assert told.startswith(f"Ben would book {amount} USD more in 2027-Q2 on average with the")
    assert "win rate costs" in told
    assert "in bookings" in draw_reply(gaps_reply(answer, bare, in_full=False), width=80)


def test_a_loss_without_a_clear_cause() -> None:
    """Only the loss is told."""
    answer = _answer(halved())
    unclear = answer.frame.with_columns(points=pl.lit(0.0))
    told = gap_sentences(
        Answer(answer.question, unclear, (), answer.provenance, parts=answer.parts), "USD", "team"
    )
    assert told[1].endswith("with the figures of the rest of the team.")


def test_a_loss_that_is_not_clear_yet() -> None:
    """That is what is told first."""
    scenario = team(rep("Ana"), rep("Ben"), rep("Cho", win_rate=FEW))
    head, told = gap_sentences(_answer(scenario), "USD", "team")
    assert head == (
        "1 of 3 reps loses against the rest of the team in 2027-Q2, but too early to tell in what."
    )
    assert "too early to tell: win rate (" in told


def test_benchmarks() -> None:
    """Labels say what reps are held against."""
    scenario = team(rep("Ana"))
    answer = _answer(scenario, against="benchmark")
    reply = gaps_reply(answer, scenario, against="benchmark", in_full=False)
    assert "benchmark" in [column.label for column in reply.tables[0].columns]
    assert "Benchmarks are bands of surveys" in draw_reply(reply, width=120)
    assert "Team:" not in draw_reply(reply, width=120)


@pytest.mark.parametrize("width", [60, 80, 120, 200])
def test_every_form(width: int) -> None:
    """The screen keeps its width; the page, the workbook and JSON can be made."""
    reply = _reply(_team(), in_full=False)
    assert max(map(len, draw_reply(reply, width=width).splitlines())) <= max(width, 80)
    assert draw_reply_page(reply)
    assert draw_reply_book(reply)
    assert b'"velocity"' in reply_as_json(reply)


def test_writing() -> None:
    """Figures with their units, factors and what is needed, in words."""
    assert write_figure(None, "share") == "–"  # noqa: RUF001 - a dash
    assert write_figure(0.3, "share of the hours") == "30.0 %"
    assert write_figure(2.0, "hours a week per open deal") == "2.00 h"
    assert write_figure(26.9, "activities a week") == "26.9/week"
    assert write_figure(3.25, "activities an hour") == "3.25/hour"
    assert write_figure(28.0, "days") == "28 days"
    assert write_figure(8_681.0, "currency") == "8.68k"
    assert write_factor("time: hours") == "time: hours"
    assert write_factor("win rate") == "win rate"
    assert write_factor("stage: SQL") == "to SQL"
    row = {"verdict": "lower", "needed": 0, "counted": "won deals"}
    assert write_needed(row) == ""
    assert write_needed({**row, "verdict": TOO_EARLY, "needed": None}) == "no number"
    assert write_needed({**row, "verdict": TOO_EARLY, "needed": 1_200}) == "1,200 won deals"


def test_bars() -> None:
    """The longest loss is the longest bar, doubt is pale, and who has no quota books less."""
    scenario = team(rep("Ana"), rep("Cho", win_rate=FEW, deal_size=5_000.0))
    answer = _answer(scenario, paths=2_000)
    table = gaps_reply(answer, scenario, in_full=False, with_chart=True).tables[0]
    assert "bar" in [column.key for column in table.columns]
    for row in table.frame.iter_rows(named=True):
        left, right = row["bar"].split(MARK)
        side, other = (right, left) if row["points"] > 0 else (left, right)
        assert set(other) == {REST}
        full = PALE if row["verdict"] == TOO_EARLY else FULL
        share = abs(row["points"]) / max(map(abs, table.frame["points"]))
        assert side.count(full) == round(share * HALF)
    ana, ben = ({"name": name, "segments": {"s": {"win_rate": win}}} for name, win in BOTH)
    bare = team(ana, ben)
    table = gaps_reply(_answer(bare), bare, in_full=False, with_chart=True).tables[0]
    assert FULL * HALF in table.frame["bar"][0]
    for told in ({"in_full": False}, {"with_chart": True}):  # the controls
        table = gaps_reply(answer, scenario, **told).tables[0]  # type: ignore[arg-type]
        assert "bar" not in [column.key for column in table.columns]


def test_a_rep_alone() -> None:
    """That there is no team is all there is to tell, beside how fast the rep sells."""
    alone = team(rep("Ana", win_rate=0.2))
    reply = _reply(alone, in_full=False)
    assert reply.sentences == (
        "Ana is the only rep: there is no rest of the team to be held against.",
    )
    (velocity,) = reply.tables
    assert not any(c.key.endswith(("_ratio", "_reference")) for c in velocity.columns)
    assert list(GAP_TABLES) == [table.key for table in _reply(alone).tables]
    assert "only rep" not in " ".join(_reply(alone, against="benchmark").sentences)


def test_what_is_ahead_is_told_so_though_it_is_too_early() -> None:
    """A cost and a lead of which it is too early to tell do not read alike."""
    scenario = team(rep("Ana"), rep("Ben"), rep("Cho", win_rate=FEW,
                    opps_per_week={"opps": 34, "weeks": 20}))  # fmt: skip
    answer = _answer(scenario, paths=2_000)
    told = next(s for s in gap_sentences(answer, "USD", "team") if s.startswith("Cho "))
    costs, ahead = (one(answer.frame, name="Cho", factor=f) for f in ("win rate", "activity"))
    assert costs["points"] > 0 > ahead["points"]
    assert f"win rate (costs {100 * costs['points']:.1f}" in told
    assert f"activity (ahead by {-100 * ahead['points']:.1f}" in told


def test_what_is_stated_is_not_sure_in_percent() -> None:
    """People read a word, programs nothing; what has evidence keeps its percentage."""
    scenario = team(rep("Ana"), rep("Cho", win_rate=FEW, deal_size=5_000.0))
    table = gaps_reply(_answer(scenario), scenario, in_full=False).tables[0]
    (sure,) = (column for column in table.columns if column.key == "p_real")
    told = {row["factor"]: write_cell(sure, row)[0] for row in table.frame.filter(
        name="Cho").iter_rows(named=True)}  # fmt: skip
    assert told["deal size"] == "stated"
    assert told["win rate"].isdigit()


@pytest.mark.parametrize("width", [80, 120, 200])
def test_captions_are_about_columns_that_are_shown(width: int) -> None:
    """No legend without its column."""
    for scenario in (_team(), team(rep("Ana"), rep("Cho", win_rate=FEW), of=WORKED)):
        drawn = draw_reply(_reply(scenario, in_full=False, with_chart=True), width=width)
        tables = re.split(r"\n\n", drawn)
        for heading, legend in (
            ("to tell", "To tell:"), ("ahead │ loses", "Bars:"), ("costs", "Costs:"),
            ("of it", "Of it sure:"), ("in bookings", "In bookings:"),
        ):  # fmt: skip
            for table in tables:
                if legend in table:
                    assert set(heading.split()) <= set(table[: table.index(legend)].split())
