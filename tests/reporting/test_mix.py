"""Mixes in sentences and tables."""

from __future__ import annotations

from typing import Any

import pytest

from quotarisk.analysis.answers import Answer
from quotarisk.analysis.blend import Moved
from quotarisk.analysis.mix import trace_mix
from quotarisk.reporting.concentration import concentration_sentences
from quotarisk.reporting.formats import MISSING
from quotarisk.reporting.mix import MIX_TABLES, mix_reply
from quotarisk.reporting.reply import Reply
from quotarisk.reporting.reply_book import draw_reply_book
from quotarisk.reporting.reply_page import draw_reply_page
from quotarisk.reporting.reply_screen import draw_reply
from quotarisk.reporting.tables import Table, write_cell
from quotarisk.scenario.scenario import Scenario
from tests.analysis.blends import PER_HOUR, two_segments
from tests.analysis.cases import make, open_deal, segment

BOTH: tuple[Moved, ...] = ("worth", "opportunities")
SEGMENTS = {
    "small": segment(opps=1.5, win=0.4, size=8_000.0),
    "mid": segment(opps=0.5, win=0.3, size=20_000.0),
    "large": segment(opps=0.3, win=0.25, size=70_000.0, cycle=90.0),
}


def _team(reps: int = 2, **told: Any) -> Scenario:
    some: list[dict[str, Any]] = [
        {"name": f"Rep {n}", "group": "East", "quota": {"month": 25_000.0}} for n in range(reps)
    ]
    some[-1]["segments"] = {"small": {}, "large": {}}
    deals = [
        open_deal(1, 30, rep="Rep 0", of="large", amount=70_000.0),
        open_deal(2, 30, rep="Rep 0", of="small", amount=10_000.0),
    ]
    return make(SEGMENTS, *some, **{"open_deals": deals, **told})


@pytest.fixture(scope="module")
def answer() -> Answer:
    """Two reps: three segments of one, two of the other."""
    return trace_mix(_team(), by="opportunities", paths=300, seed=1)


def _reply(scenario: Scenario, *, answered: Answer | None = None, **told: Any) -> Reply:
    found = trace_mix(scenario, step=0.5, paths=60, seed=1) if answered is None else answered
    return mix_reply(found, scenario, **told)


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
            for row in table.frame.head(3).iter_rows(named=True):
                assert write_cell(column, row)[0]


def test_programs_get_all(answer: Answer) -> None:
    """The grid first, every row and every table."""
    reply = _reply(_team(), answered=answer)

    assert MIX_TABLES == tuple(_tables(reply))
    assert answer.frame.equals(reply.tables[0].frame)
    shown = {column.key for column in reply.tables[0].columns}
    shown |= {column.error for column in reply.tables[0].columns}
    assert set(answer.frame.columns) <= shown


def test_people_get_the_frontier(answer: Answer) -> None:
    """Of 67 mixes a few of the frontier and today's; of a rep with two segments the curve."""
    table = _tables(_reply(_team(), answered=answer, in_full=False))["mix"]
    first, second = (table.frame.filter(name=f"Rep {n}") for n in range(2))

    assert 6 >= first.height
    assert all(first["frontier"] | first["today"])
    assert 12 == second.height
    frontier = answer.frame.filter("frontier", name="Rep 0").sort("sd")["mix"]
    assert {frontier[0], frontier[-1]} <= set(first["mix"])
    assert ["65/22/13 today"] == first.filter("today")["short"].to_list()
    assert [f"83/{MISSING}/17 today"] == second.filter("today")["short"].to_list()


def test_many_reps_are_told_briefly() -> None:
    """Of more than three reps nobody's curve is shown."""
    table = _tables(_reply(_team(4), in_full=False))["mix"]
    last = table.frame.filter(name="Rep 3")

    assert all(last["frontier"] | last["today"])


def test_the_chart_is_for_screens(answer: Answer) -> None:
    """Letters on a line, where all letters are of one width; drawn even at 80 characters."""
    scenario = _team()
    drawn = draw_reply(_reply(scenario, answered=answer, in_full=False, with_chart=True), width=80)
    page = draw_reply_page(_reply(scenario, answered=answer, in_full=False))

    assert "····m" in drawn
    assert "m month, q quarter, y year" in " ".join(drawn.split())
    assert "····m" not in page
    assert max(map(len, drawn.splitlines())) <= 80


def test_which(answer: Answer) -> None:
    """A mix that is today's but for luck is told so; the frontier is marked."""
    table = _tables(_reply(_team(), answered=answer, in_full=False))["mix"]
    for row in table.frame.iter_rows(named=True):
        if not row["today"] and not row["differs"]:
            assert "no clear change" == row["which"]
        else:
            assert ("frontier" if row["frontier"] else "") == row["which"]


def test_no_clear_change() -> None:
    """On few paths most mixes do not clearly differ."""
    table = _tables(_reply(two_segments(), in_full=False))["mix"]
    assert "no clear change" in table.frame["which"].to_list()


def test_sentences(answer: Answer) -> None:
    """Who gains most with which mix, whether today's is beaten, and what one deal weighs."""
    sentences = _reply(_team(), answered=answer).sentences
    best = answer.parts["best"]

    assert 3 == len(sentences)
    top = best.filter(verdict="better").sort("gain").row(-1, named=True)
    told = f"by the {top['cadence']} with {top['mix']} instead of {top['mix_today']}: "
    assert f"{top['name']} {told}" in sentences[0]
    assert "another mix (if one opportunity took as much work as another)" in sentences[0]
    assert "both in the mean and in the spread." in sentences[1]
    assert sentences[2].startswith(
        "The team has 2 open deals of 80k USD; the largest, Rep 0-1, is 88 % of that: without it "
        "P(hit) of the year is "
    )


def test_the_frontier_in_a_sentence() -> None:
    """Nobody's, one's, or some reps' mix of today is clearly beaten."""
    alike = {
        "few": segment(win=0.1, size=1e5, cycle=9.0),
        "many": segment(win=0.9, size=13e3, cycle=9.0),
    }

    def told(*reps: dict[str, Any], segments: Any = alike) -> str:
        scenario = make(segments, *reps, months=3)
        answered = trace_mix(scenario, by="opportunities", step=0.5, paths=3_000, seed=1)
        return next(s for s in _reply(scenario, answered=answered).sentences if "spread" in s)

    ana, bo = {"name": "Ana"}, {"name": "Bo", "segments": {"few": {"opps_per_week": 0}, "many": {}}}
    assert "Another mix is clearly better than today's both in the mean and in the spread." == told(
        ana
    )
    assert "than today's of 1 of 2 reps both" in told(ana, bo)
    assert "No mix is clearly better than today's both in the mean and in the spread." == told(bo)


def test_a_better_mean_of_the_same_worth() -> None:
    """It is what is booked sooner, which is said; of opportunities it is not."""
    kinds = {"fast": segment(win=0.5, size=9e3, cycle=9.0), "slow": segment(win=0.1, size=1e5)}
    scenario = make(kinds, months=3)
    worth, opportunities = (
        " ".join(
            _reply(scenario, answered=trace_mix(scenario, by=by, step=0.5, paths=500)).sentences
        )
        for by in BOTH
    )

    assert "both in the mean and in the spread. As all are worth the same" in worth
    assert "As all are worth the same" not in opportunities


def test_what_is_moved_is_in_the_sentence() -> None:
    """Mixes of the same worth are told so; of hours nothing need be said."""
    worth = _reply(two_segments(), in_full=False).sentences[0]
    hours = _reply(two_segments(per_hour=PER_HOUR), in_full=False).sentences[0]

    assert ", both worth the same: " in worth
    assert "worth" not in hours
    team = make(SEGMENTS, {"name": "Ana"}, {"name": "Bo"}, months=3)
    assert "worth" not in "".join(_reply(team, in_full=False).sentences)  # no quotas
    team = make(SEGMENTS, *({"name": n, "quota": {"month": 1.0}} for n in "AB"), months=3)
    assert "mix of the same worth" in _reply(team, in_full=False).sentences[0]


@pytest.mark.parametrize("width", [80, 120, 200])
def test_captions_are_about_columns_that_are_shown(answer: Answer, width: int) -> None:
    """No legend without its column."""
    drawn = draw_reply(
        _reply(_team(), answered=answer, in_full=False, with_chart=True), width=width
    )
    for table in drawn.split("\n\n"):
        for heading, legend in (("P10", "P10:"), ("spread", "Spread:"), ("good", "As good:")):
            assert legend not in table or heading in table[: table.index(legend)].split()


def test_hours_and_opportunities_side_by_side() -> None:
    """What the shares are of is told in a column where reps differ."""
    funnel = {"hours_per_activity": 1.0, "stages": [{"name": "opp", "rate": 0.1}]}
    own = {name: {"funnel": funnel} for name in ("small", "large")}
    quota = {"month": 25_000.0}
    scenario = make(
        SEGMENTS,
        {"name": "Ana", "segments": own, "quota": quota},
        {"name": "Bo", "segments": {"small": {}, "large": {}}, "quota": quota},
        months=3,
    )
    best = _tables(_reply(scenario, in_full=False))["best"]

    assert "moved" in [column.key for column in best.columns]
    assert {"hours", "worth"} == set(best.frame["moved"])
    single = _tables(_reply(two_segments(), in_full=False))["best"]
    assert "moved" not in [column.key for column in single.columns]


def test_concentration_by_rep() -> None:
    """Where some reps are asked about the one with most in one deal is told."""
    scenario = _team()
    answered = trace_mix(scenario, step=0.5, paths=60, reps=["Rep 0"])
    (sentence,) = concentration_sentences(answered.parts["concentration"], scenario)

    assert sentence.startswith("Rep 0 has 2 open deals of 80k USD; the largest, Rep 0-1, is 88 %")
    table = _tables(_reply(scenario, answered=answered, in_full=False))["concentration"]
    assert ["year"] == table.frame["cadence"].to_list()


def test_only_open_deals() -> None:
    """Where there is no mix to move people see what is open alone; programs every table."""
    scenario = make({"s": segment()}, {"name": "Ana"}, open_deals=[open_deal(1, 9, amount=1e4)])
    answered = trace_mix(scenario, paths=50)
    reply = _reply(scenario, answered=answered, in_full=False)

    assert ["concentration"] == [table.key for table in reply.tables]
    assert (
        "No rep makes opportunities in two segments: there is no mix to move.",
        "The team has 1 open deal of 10k USD; the largest, Ana-1, is 100 % of that.",
    ) == reply.sentences
    assert MIX_TABLES == tuple(_tables(_reply(scenario, answered=answered)))
    assert "Ana-1" in draw_reply(reply, width=80)


def test_without_quotas() -> None:
    """No chance is drawn, and none is told."""
    scenario = two_segments(rep={"quota": {}})
    reply = _reply(scenario, in_full=False, with_chart=True)

    assert ["mix"] == [table.key for table in reply.tables]
    assert "P(hit)" not in draw_reply(reply, width=120)


def test_every_form(answer: Answer) -> None:
    """A workbook and a page can be drawn of all of it."""
    scenario = _team()
    assert b"PK" == draw_reply_book(_reply(scenario, answered=answer))[:2]
    assert "Which mix of segments is hit most often?" in draw_reply_page(
        _reply(scenario, answered=answer, in_full=False)
    )
