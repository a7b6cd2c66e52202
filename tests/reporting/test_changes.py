"""Changes in sentences and tables."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl
import pytest
from syrupy.assertion import SnapshotAssertion

from quotarisk.analysis.changes import explain_change
from quotarisk.reporting.changes import changes_reply
from quotarisk.reporting.reply import Reply
from quotarisk.reporting.reply_screen import draw_reply
from quotarisk.reporting.tables import write_cell
from quotarisk.scenario.scenario import Scenario
from tests.analysis.cases import make, open_deal, segment

SEGMENTS = {"s": segment(opps=1.5, win=0.3)}
ANA = {"name": "Ana", "group": "East", "quota": {"month": 20_000.0}}
BO = {"name": "Bo", "group": "West", "quota": {"month": 25_000.0}}
DEALS = [open_deal(number, 10 * number, amount=8_000.0) for number in range(1, 5)]


def _team(*reps: dict[str, Any], win: float = 0.3, **told: Any) -> Scenario:
    segments = {"s": segment(opps=1.5, win=win)}
    return make(segments, *(reps or (ANA, BO)), **{"months": 6, **told})


OLD = _team(open_deals=DEALS)
NEW = _team({**ANA, "quota": {"month": 15_000.0}}, BO, win=0.2, open_deals=DEALS[1:])


def _reply(old: Scenario, new: Scenario, paths: int = 500) -> Reply:
    return changes_reply(explain_change(old, new, paths=paths, seed=7), new)


def test_screen(snapshot: SnapshotAssertion) -> None:
    """What is seen of a change with three causes."""
    assert snapshot == draw_reply(_reply(OLD, NEW), width=100, lines=20)


def test_sentences() -> None:
    """The team's chance, before and now, with its causes, the largest first."""
    first, second = _reply(OLD, NEW).sentences
    assert first.startswith("The team's chance for 2027-Q1 fell from ")
    names = [part.split()[0] for part in first.partition(": ")[2].split(", ")]
    assert {"rates", "quotas", "deals"} == set(names)
    assert "rates" == names[0]
    assert "What changed: open deal gone, win rate lowered, month quota lowered." == second
    assert " rose from " in _reply(NEW, OLD).sentences[0]


def test_unchanged() -> None:
    """Nothing is made of nothing."""
    reply = _reply(OLD, OLD)
    assert reply.sentences[0].startswith("The team's chance for 2027-Q1 is what it was: ")
    assert "Nothing changed that the simulation uses." == reply.sentences[1]
    assert ["team", "reps", "inputs", "periods"] == [table.key for table in reply.tables]
    assert reply.tables[2].frame.is_empty()
    assert 1 == len(reply.tables[0].captions)


def test_no_clear_change() -> None:
    """A change within its error is called so."""
    new = _team(open_deals=DEALS, win=0.2999)
    assert "did not clearly change" in _reply(OLD, new).sentences[0]


def test_no_quota() -> None:
    """A team without a quota is told by its bookings, and so are the causes."""
    ana = {"name": "Ana"}
    old, new = _team(ana), _team(ana, win=0.2)
    first, _ = _reply(old, new).sentences
    assert first.startswith("The team has no quota of 2027-Q1 in either scenario: it books ")
    assert ": rates -" in first
    assert _reply(old, old).sentences[0].endswith("k.")
    with_one = _team(ana, team={"quota": {"quarter": 10_000.0}})
    first = _reply(old, with_one).sentences[0]
    assert first.startswith("The team has a quota of 2027-Q1 in the new scenario only: it books ")
    assert " in the old scenario only: " in _reply(with_one, old).sentences[0]


def test_quota_of_reps_only() -> None:
    """Where reps have changes and the team has none, the period is theirs."""
    reps = (ANA, {"name": "Cy"})
    reply = _reply(_team(*reps), _team(*reps, win=0.2))
    assert ["2027-Q1"] == reply.tables[1].frame["period"].unique().to_list()
    assert [0, 1] == [row is None for row in reply.tables[1].frame["change"]]
    assert "+" not in reply.sentences[0]


def test_tables() -> None:
    """The largest changes come first, parts add up, and all periods are at hand."""
    team, reps, inputs, periods = _reply(OLD, NEW).tables
    assert ["Team", "East", "West"] == team.frame["who"].to_list()
    changes = reps.frame["change"].abs().to_list()
    assert sorted(changes, reverse=True) == changes
    parts = periods.frame.select(pl.sum_horizontal("deals", "rates", "quotas")).to_series()
    assert (parts - periods.frame["change"]).abs().max() < 1e-12  # type: ignore[operator]
    assert 5 * 8 == periods.frame.height
    assert {"open deal", "win rate", "month quota"} == set(inputs.frame["item"])
    shown = {column.key: column for column in team.columns}
    row = team.frame.row(0, named=True)
    assert write_cell(shown["rates"], row)[0].startswith("-")


def test_causes_that_did_least_go_first() -> None:
    """Where there is no room, the smallest part is left out first."""
    table = _reply(OLD, NEW).tables[0]
    ranks = {column.key: column.rank for column in table.columns}
    points = {key: abs(table.frame[key][0]) for key in ("deals", "rates", "quotas")}
    assert sorted(points, key=lambda key: -points[key]) == sorted(points, key=ranks.__getitem__)


def test_moved_start() -> None:
    """Where the start moved, time bears the deals' name too."""
    new = _team(start=date(2027, 2, 1), months=5, booked=[])
    reply = _reply(_team(open_deals=DEALS, booked=[]), new)
    assert "time and deals " in reply.sentences[0]
    assert {"time and deals"} == set(reply.tables[2].frame["cause"])


def test_many_kinds() -> None:
    """Of many kinds of changes the most frequent are named."""
    new = _team(
        {**ANA, "quota": {"month": 9.0}, "group": "West"},
        {"name": "Cy", "quota": {"month": 9.0}},
        win=0.2,
        market={"creation": 0.1},
        calendar={"won": [0.5, 1.0, 1.5]},
        open_deals=[{**DEALS[0], "amount": 9.0}, open_deal(9, 2)],
    )
    second = _reply(OLD, new).sentences[1]
    assert "open deal gone (3), " in second
    assert ", market swing of new deals raised, " in second
    assert second.endswith(" and 4 other kinds.")


@pytest.mark.parametrize(("quota", "told"), [(0.01, ">99.9"), (9e9, "<0.1")])
def test_chances_near_the_ends(quota: float, told: str) -> None:
    """What is all but certain is told to a tenth."""
    years = [_team({**ANA, "quota": {"year": quota}}, win=win, months=12) for win in (0.9, 0.8)]
    assert f"{told} of 100" in _reply(years[0], years[1], paths=50).sentences[0]


def test_people_are_spared_every_period() -> None:
    """A screen has the team, the reps and what changed; programs get every period too."""
    answer = explain_change(OLD, NEW, paths=50)
    assert ["team", "reps", "inputs"] == [
        table.key for table in changes_reply(answer, NEW, in_full=False).tables
    ]


def _cells(reply: Reply, table: int, key: str) -> dict[str, str]:
    """What a column says of whom."""
    drawn = reply.tables[table]
    (column,) = (column for column in drawn.columns if column.key == key)
    rows = drawn.frame.iter_rows(named=True)
    return {row["who"]: write_cell(column, row)[0] for row in rows}


def test_who_joined_or_left() -> None:
    """They have no change of points but a word, and the chance of the side where they are."""
    reply = _reply(
        _team(ANA, BO), _team(ANA, {"name": "Cy", "group": "North", "quota": BO["quota"]})
    )
    changes = _cells(reply, 1, "change")
    assert ("joined", "left") == (changes["Cy"], changes["Bo"])
    before, now = (_cells(reply, 1, f"p_hit_{side}") for side in ("old", "new"))
    assert ("–", "–") == (before["Cy"], now["Bo"])  # noqa: RUF001 - a dash
    assert "–" not in (before["Bo"], now["Cy"])  # noqa: RUF001 - a dash
    groups = _cells(reply, 0, "change")
    assert ("new", "gone") == (groups["North"], groups["West"])
    assert {"joined", "left", "new", "gone", None} == set(reply.tables[3].frame["stays"])


def test_the_team_is_called_so() -> None:
    """However long the scenario's name is: in every table, with the name for programs."""
    new = NEW.model_copy(update={"name": "deals.csv, as of 2026-12-31"})
    team, _, _, periods = _reply(OLD, new).tables
    for table in (team, periods):
        assert "who" in [column.key for column in table.columns]
        assert {"Team"} == set(table.frame.filter(level="team")["who"])
        assert {new.name} == set(table.frame.filter(level="team")["name"])


def test_many_alike_are_one_line() -> None:
    """To people; programs get each, and so does who asks for all."""
    old = _team(open_deals=[open_deal(number, 9, amount=5.0) for number in range(7)], booked=[])
    new = _team(start=date(2027, 1, 8), open_deals=old.open_deals, booked=[])
    answer = explain_change(old, new, paths=50)
    short, full, every = (
        changes_reply(answer, new, **how).tables[2]
        for how in ({"in_full": False}, {}, {"in_full": False, "folded": False})
    )
    kinds = list(short.frame.select("kind", "what", "old", "new").iter_rows())
    days = "open for 9 days", "open for 16 days"
    assert [("still open", "7 deals", *days), ("later", "scenario")] == [kinds[0], kinds[1][:2]]
    assert "--all lists each." in short.captions[-1][1]
    assert 8 == full.frame.height
    assert full.frame.equals(every.frame)
    assert () == full.captions == every.captions


def test_counted_lines() -> None:
    """Figures, quotas and reps are counted as such, with what they have in common."""
    day = {"start_date": date(2027, 1, 2)}
    reps = [{"name": name, "quota": {"month": 9.0}, **day} for name in "ABCDEF"]
    moved = [
        {"name": name, "group": "East", "quota": {"month": 8.0}, "ramp": [0.5] * number, **day,
         "segments": {"s": {"win_rate": number / 10}}}
        for number, name in enumerate("ABCDEF", 1)
    ]  # fmt: skip
    answer = explain_change(_team(*reps, win=0.9), _team(*moved, win=0.9), paths=20)
    table = changes_reply(answer, NEW, in_full=False).tables[2]
    assert [
        ("rates", "lowered", "6 figures", "win rate", "0.9", "0.1 to 0.6"),
        ("quotas", "lowered", "6 quotas", "month quota", "9", "8"),
        ("people", "moved", "6 reps", "group", "none", "East"),
        ("people", "changed", "6 reps", "ramp", "none", "…"),
    ] == list(table.frame.iter_rows())


def test_words_for_pay() -> None:
    """Keys of plans are told in words, who is on which by its name, and many plans are counted."""
    plans = {name: {"base": 10.0, "target_variable": 10.0} for name in "abcdef"}
    changed = {"base": 20.0, "carry_surplus": "year"}
    dearer = {name: {**plan, **changed} for name, plan in plans.items()}
    old = _team({**ANA, "pay": "a"}, BO, pay=plans)
    new = _team({**ANA, "pay": "b"}, BO, pay=dearer)
    answer = explain_change(old, new, paths=20)
    reply = changes_reply(answer, NEW, in_full=False)
    assert [
        ("pay", "raised", "6 pay plans", "base", "10", "20"),
        ("pay", "changed", "6 pay plans", "carry surplus", "none", "year"),
        ("pay", "changed", "Ana", "pay plan", "a", "b"),
    ] == list(reply.tables[2].frame.iter_rows())
    assert "What changed: base raised (6), carry surplus changed (6)" in reply.sentences[1]
    came = [{**ANA, "pay": None, "segments": {"s": {"cost_per_opp": 5.0}}}]
    told = changes_reply(explain_change(_team(ANA), _team(*came), paths=20), NEW).tables[2]
    assert ("pay", "changed", "Ana: s", "cost per opp", "none", "5") == told.frame.row(0)


def test_words_for_the_market_and_the_past() -> None:
    """What is hard to read by its key has a word and a sentence, and the past its cause."""
    past = {"own_history": 0.2, "since": date(2026, 7, 1)}
    markets = [{"creation": 0.1, "persistence": value} for value in (0.5, 0.2)]
    old = _team(market=markets[0], correction=past, booked=[])
    new = _team(
        market=markets[1], correction={**past, "own_history": 0.3}, booked=[],
        start=date(2027, 2, 1), months=5,
    )  # fmt: skip
    reply = _reply(old, new, paths=50)
    table = reply.tables[2]
    told = list(table.frame.select("cause", "what", "item").iter_rows())
    assert ("rates", "market", "carry-over") in told
    assert ("time and deals", "correction", "repeated past") in told
    carried, repeated, counted = (text for _, text in table.captions)
    assert carried.startswith("Carry-over: ")
    assert repeated.startswith("Repeated past: ")
    assert counted.startswith("The past that is repeated is counted with the bookings to date")
    assert "is counted under time and deals with these, not under rates." in reply.notes[0]
    assert "past weeks" not in _reply(OLD, NEW, paths=50).notes[0]
