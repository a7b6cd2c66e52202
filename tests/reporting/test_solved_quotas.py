from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from syrupy.assertion import SnapshotAssertion

from quotarisk.reporting.formats import write_value
from quotarisk.reporting.reply import Reply
from quotarisk.reporting.reply_book import draw_reply_book
from quotarisk.reporting.reply_data import reply_as_json
from quotarisk.reporting.reply_page import draw_reply_page
from quotarisk.reporting.reply_screen import draw_reply
from quotarisk.reporting.solved_quotas import QUOTA_TABLES, quotas_reply
from quotarisk.reporting.tables import write_cell
from quotarisk.scenario.scenario import Scenario
from tests.analysis.cases import exact_case, make, segment
from tests.analysis.solving import MIXED, one, solve, team_of


def _reply(scenario: Scenario, **told: object) -> Reply:
    return quotas_reply(solve(scenario, **{"paths": 500, **told}), scenario)


def test_screen(snapshot: SnapshotAssertion) -> None:
    """One rep and one quarter: sentences, tables, cautions and source."""
    scenario = make(
        {"s": segment(opps=2.0)}, {"name": "Ana", "quota": {"month": 40_000.0}}, months=3
    )
    drawn = draw_reply(_reply(scenario), width=100)
    assert drawn.replace(scenario.fingerprint[:12], "HASH") == snapshot


def test_tables() -> None:
    """Each part is a table, the quotas first and years before months; all columns are there."""
    reply = _reply(team_of(), plan=900_000.0)
    keys = [table.key for table in reply.tables]
    assert [
        "quotas", "every_period", "verdicts", "split", "over_assignment", "factors", "equivalents",
    ] == keys  # fmt: skip
    assert ["year", "quarter", "month"] == list(dict.fromkeys(reply.tables[0].frame["cadence"]))
    for table in reply.tables:
        for column in table.columns:
            assert column.key in table.frame.columns, (table.key, column.key)
            assert not column.error or column.error in table.frame.columns
            for row in table.frame.head(3).iter_rows(named=True):
                assert write_cell(column, row)[0]


def test_captions_tell_quotas_apart() -> None:
    """Present quotas and P(hit) are means of other periods in the last table; it is said where."""
    tables = {table.key: dict(table.captions) for table in _reply(team_of()).tables}
    every = tables["verdicts"][("p_hit",)]
    assert every == tables["every_period"][("p_hit",)]
    assert every == "Quota, P(hit): means of all periods with a quota."
    whole = tables["equivalents"][("p_hit",)]
    assert whole == "Quota, P(hit): means of whole quarters, or of their months."
    assert ("p_hit",) not in tables["quotas"]


def test_refunds_are_split_over_the_others() -> None:
    """Where somebody has no part the sentence says over how many of the reps a plan is split."""
    back = [{"rep": "Ana", "date": date(2027, 1, 10), "amount": -1_500_000.0}]
    reps = [{"name": name, "quota": {"month": 9_000.0}} for name in ("Ana", "Ben")]
    told = {"start": date(2027, 2, 15), "months": 11, "booked": back}
    text = " ".join(_reply(make({"s": segment()}, *reps, **told)).sentences)
    assert "split fairly over 1 of 2 reps, each would be hit with" in text


def test_sentences_tell_the_tables() -> None:
    """Figures in sentences are those of the rows that they speak of."""
    scenario = team_of()
    answer = solve(scenario, paths=2_000, plan=900_000.0)
    text = " ".join(quotas_reply(answer, scenario).sentences)
    over = answer.parts["over_assignment"]
    present = over.filter(kind="present").row(0, named=True)
    solved = over.filter(p_team=0.8).row(0, named=True)
    assert "The team makes the 2027 plan of 900k USD in " in text
    assert f"each would be hit with {write_value(present['p_rep'], 'share')} %" in text
    assert f"{abs(100 * present['over_assignment']):.0f} % above it" in text
    assert f"{abs(100 * solved['over_assignment']):.0f} %" in text
    of_plan = one(answer.parts["factors"], kind="solved")["over_assignment"]
    assert of_plan > 0
    assert f", and the plan of 900k is over-assigned by {100 * of_plan:.0f} %." in text
    assert "Quotas that each rep hits with 60.0 %" in text
    assert "The reps' quotas as they are: by the month " in text
    assert "A monthly quota as hard as the quarterly one is " in text


def test_who_is_out_of_reach_is_named() -> None:
    """With the reason; three at most, each once."""
    reps = [{"name": f"Rep {n}", "quota": {"month": 90_000.0}} for n in range(5)]
    sentences = _reply(make({"s": segment()}, *reps)).sentences
    named = [sentence for sentence in sentences if sentence.startswith("Rep ")]
    assert 3 == len(named)
    assert all("only: needs " in sentence for sentence in named)


def test_without_quotas() -> None:
    """No plan and no quotas: what can be said is said, and empty tables do not trouble anyone."""
    reply = _reply(make({"s": segment(opps=3.0)}, {"name": "Ana"}))
    solved, why = reply.sentences
    assert solved.startswith("Quotas that each rep hits with 60.0 % add up to ")
    assert why.startswith("No rep has a quota in a period that is answered: ")
    assert "nothing" in draw_reply(reply, width=80)


def test_no_period() -> None:
    """Where no period can be answered the sentences are as few as the figures."""
    told = {"start": date(2027, 1, 15), "months": 1}
    reply = _reply(make({"s": segment()}, {"name": "Ana"}, **told), paths=50)
    assert () == reply.sentences
    assert "No period of the horizon can be answered" in draw_reply(reply, width=100)


def test_empty_tables() -> None:
    """Programs get every table under its key; people none that holds nothing."""
    scenario = make({"s": segment(opps=3.0)}, {"name": "Ana"})
    answer = solve(scenario, paths=300)
    every, some = (
        [table.key for table in quotas_reply(answer, scenario, with_empty=told).tables]
        for told in (True, False)
    )
    assert [*QUOTA_TABLES] == every
    assert ["quotas", "every_period", "over_assignment"] == some


def test_who_is_left_out_is_counted() -> None:
    """Not every rep hits where one starts later: how many of how many."""
    late = {"name": "Eve", "start_date": date(2028, 2, 1), "quota": {"month": 1e4}}
    scenario = team_of(late)
    answer = solve(scenario, paths=500, plan=9e5)
    text = " ".join(quotas_reply(answer, scenario).sentences)
    assert "; the quotas of 4 of 5 reps add up to " in text
    assert "the plan gives each of 4 of 5 reps a chance of " in text
    assert "Quotas that each of 4 of 5 reps hits with 60.0 % add up to " in text
    assert "The quotas of 4 of 5 reps as they are: by the month " in text
    assert "times that one divided by its months (3 of 5 reps)." in text
    assert "every rep" not in text
    assert "4/5" in draw_reply(quotas_reply(answer, scenario), width=100)
    assert "4/4" not in draw_reply(_reply(team_of(), plan=9e5), width=100)
    some = _reply(team_of({"name": "Eve", "quota": {"year": 9e5}})).sentences
    assert "by the month (4 of 5 reps) " in " ".join(some)


@pytest.mark.parametrize("width", [80, 100, 140, 240])
def test_reasons_in_full(width: int) -> None:
    """Why a verdict is what it is, and why there is no quota, can be read at any width."""
    rare = {"name": "Eve", "segments": {"rare": {}}, "quota": {"month": 5_000.0}}
    segments = {**MIXED, "rare": segment(opps=0.02, size=10_000.0)}
    scenario = make(
        segments,
        {"name": "Ana", "segments": {"small": {}, "large": {}}, "quota": {"month": 20_000.0}},
        rare,
    )
    reply = quotas_reply(solve(scenario, paths=500), scenario, in_full=False)
    drawn = " ".join(draw_reply(reply, width=width).split())
    reasons = [
        reason for table in reply.tables if "reason" in table.frame
        for reason in table.frame["reason"].drop_nulls()
    ]  # fmt: skip
    assert any(reason.startswith("Net bookings are above 0") for reason in reasons)
    assert any("few deals" in reason for reason in reasons)
    for reason in reasons:
        assert reason in drawn


def test_a_single_equivalent() -> None:
    """One rep has one multiple, not a span."""
    sentences = _reply(exact_case(quota={"month": 40_000.0})).sentences
    (sentence,) = (sentence for sentence in sentences if "as hard" in sentence)
    assert " to " not in sentence


def test_what_is_out_of_reach_of_any_split() -> None:
    """A plan beyond all paths: sentences leave out what has no figure."""
    scenario = make({"s": segment(opps=0.01)}, {"name": "Ana", "quota": {"month": 1e9}})
    sentences = _reply(scenario, plan=1e11).sentences
    assert "split fairly" not in " ".join(sentences)
    assert not any(sentence.startswith("Quotas that each") for sentence in sentences)
    some = _reply(team_of({"name": "Eve"}), plan=1e6).sentences
    assert "the reps' quotas add up to" not in some[0]


@pytest.mark.parametrize("width", [60, 100, 200])
def test_every_form(width: int) -> None:
    """The screen keeps its width; the page, the workbook and JSON can be made."""
    reply = _reply(team_of(), plan=900_000.0)
    assert max(map(len, draw_reply(reply, width=width).splitlines())) <= max(width, 80)
    assert draw_reply_page(reply)
    assert draw_reply_book(reply)
    assert b'"equivalents"' in reply_as_json(reply)


def test_people_see_what_plans_are_made_of() -> None:
    """On a screen only the longest cadence is listed; where nothing is answered nothing is."""
    scenario = team_of()
    answer = solve(scenario, paths=500)
    short, full = (quotas_reply(answer, scenario, in_full=told).tables[0] for told in (False, True))
    assert {"year"} == set(short.frame["cadence"])
    assert short.frame.equals(full.frame.filter(cadence="year"))
    parts = {**answer.parts, "over_assignment": answer.parts["over_assignment"].clear()}
    unplanned = replace(answer, parts=parts)
    assert short.frame.equals(quotas_reply(unplanned, scenario, in_full=False).tables[0].frame)
    empty = replace(unplanned, frame=answer.frame.clear())
    assert quotas_reply(empty, scenario, in_full=False).tables[0].frame.is_empty()
