from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl
import pytest

from quotarisk.analysis.answers import Answer
from quotarisk.analysis.attainment import estimate_attainment
from quotarisk.analysis.cadence import compare_cadences
from quotarisk.analysis.risk import assess_risk, measure_risk, outline_risk
from quotarisk.reporting.results import Results
from quotarisk.reporting.risks import (
    bands_table,
    contributors_table,
    risk_reply,
    risk_table,
    tell_risk,
    tell_variance,
    variance_table,
    variance_tables,
)
from quotarisk.reporting.tables import Table, write_cell
from quotarisk.reporting.terminal import draw_run
from quotarisk.scenario.scenario import Scenario
from quotarisk.simulation.simulation import simulate
from tests.reporting.teams import scenario, team


@pytest.fixture(scope="module")
def asked() -> Scenario:
    """Three reps in two groups."""
    return team()


@pytest.fixture(scope="module")
def answer(asked: Scenario) -> Answer:
    """The whole answer about them."""
    return measure_risk(asked, paths=1_000, seed=7)


def _assessed(**told: Any) -> tuple[Answer, Scenario]:
    asked = scenario(**told)
    return assess_risk(simulate(asked, paths=500, seed=7)), asked


def test_reply(answer: Answer, asked: Scenario) -> None:
    """All tables with all periods, the sentences, and what is doubtful."""
    reply = risk_reply(answer, asked)

    assert ["risk", "bands", "variance", "contributors"] == [table.key for table in reply.tables]
    assert (asked.name, "USD", answer.provenance) == (reply.title, reply.currency, reply.provenance)
    assert answer.cautions == reply.cautions
    assert tell_risk(answer, asked) == reply.sentences
    assert answer.frame.height == reply.tables[0].frame.height
    assert ["Team", "East", "West"] == reply.tables[0].frame["unit"].unique(
        maintain_order=True
    ).to_list()


def test_columns_are_there(answer: Answer, asked: Scenario) -> None:
    """Every column and every error that a table names is in its frame, under a label of its own."""
    makers = (risk_table, bands_table, variance_table, contributors_table)
    for table in (
        make(answer, asked, longest=longest) for make in makers for longest in (True, False)
    ):
        assert len(table.columns) == len({column.label.casefold() for column in table.columns})
        for column in table.columns:
            assert {column.key, column.error or column.key} <= set(table.frame.columns)
        for keys, _ in table.captions:
            assert set(keys) <= {
                *(column.key for column in table.columns),
                *(c.key for c in _risk()),
            }


def _risk() -> tuple[Any, ...]:
    return risk_table(*_assessed(months=1, reps=[{"name": "Ana"}])).columns


def test_side_by_side(answer: Answer, asked: Scenario) -> None:
    """Bands and parts stand beside each other, a row a unit and period, and add up to 1."""
    for table, keys in (
        (bands_table(answer, asked), ("<50", "50-80", "80-100", "100-120", ">=120")),
        (variance_table(answer, asked), ("market", "shared_rates", "own_rates", "luck")),
    ):
        sums = table.frame.select(pl.sum_horizontal(keys)).to_series()
        assert [1.0] * table.frame.height == pytest.approx(sums.to_list())
        told = answer.parts[table.key].filter(level="team", cadence="year")["share"].to_list()
        mine = table.frame.filter(level="team", cadence="year").row(0, named=True)
        assert told == [mine[key] for key in keys]


def test_sentences(answer: Answer, asked: Scenario) -> None:
    """How bad the worst futures are, what is assigned, and what is shared by whom."""
    worst, assigned, varies = tell_risk(answer, asked)

    assert worst.startswith("In the worst 1 of 10 futures the team books ")
    assert worst.endswith(" below its plan.")
    assert "in 2027 on average" in worst
    assert assigned.startswith("The reps' quotas add up to 110 % of the plan; on average ")
    assert varies.startswith("Of what varies in 2027 the reps share ")
    assert "nobody contributes clearly most, " in varies
    assert varies.endswith(" equal reps.")


def test_a_run_does_not_tell_what_it_does_not_know(results: Results) -> None:
    """Without the split nothing is said of it, and there is no table."""
    assert 2 == len(tell_risk(results.risk, results.scenario))
    assert ["risk", "bands"] == [
        table.key for table in risk_reply(results.risk, results.scenario).tables
    ]


def test_above_the_plan() -> None:
    """Bad futures of a soft plan lie above it, and the sentence says so."""
    told = tell_risk(*_assessed(reps=[{"name": "Ana", "quota": {"year": 10}}]))

    assert told[0].endswith(" above its plan.")
    assert told[1].startswith("The reps' quotas add up to the plan; on average 100 % of them")


def test_quotas_of_some() -> None:
    """Where some have no quota the sentence says whose add up."""
    reps = [{"name": "Ana", "quota": {"year": 90_000}}, {"name": "Ben"}]
    told = tell_risk(*_assessed(reps=reps, team={"quota": {"year": 100_000}}))

    assert told[1].startswith("The quotas of 1 of 2 reps add up to 90 % of the plan; ")


def test_without_a_plan() -> None:
    """What cannot be said without a plan is not; why, is."""
    answer, asked = _assessed(reps=[{"name": "Ana"}])
    (told,) = tell_risk(answer, asked)
    (table,) = risk_reply(answer, asked).tables

    assert told.endswith("on average; there is no plan that this could be held against.")
    assert "How bad are the worst futures?" == table.title


def test_a_plan_of_quarters() -> None:
    """Where only quarters have a plan they are told, one by one."""
    answer, asked = _assessed(months=6, reps=[{"name": "Ana"}], team={"quota": {"quarter": 90_000}})
    whole, asked_year = _assessed(
        reps=[{"name": "Ana"}],
        team={"quota": {"month": {"2027-01": 9_000}, "quarter": 90_000}},
    )
    assert "in 2027-Q1 on average" in tell_risk(answer, asked)[0]
    table = risk_table(whole, asked_year, longest=True)
    assert _periods(whole) == set(table.frame["period"])


def _periods(answer: Answer) -> set[str]:
    planned = answer.frame.filter(level="team").drop_nulls("quota")
    cadence = max(planned["cadence"], key=("month", "quarter", "year").index)
    return set(answer.frame.filter(cadence=cadence)["period"])


def test_too_few_futures() -> None:
    """No mean of the worst futures where there are too few of them: the rest is told."""
    asked = team()
    told = tell_risk(assess_risk(simulate(asked, paths=10)), asked)

    assert 1 == len(told)
    assert told[0].startswith("The reps' quotas")


def test_nothing_varies() -> None:
    """Where nothing is booked on any path nothing is said of what varies."""
    quiet = {"opps_per_week": 0.0, "win_rate": 0.5, "deal_size": 10.0, "won_cycle_days": 9.0}
    asked = scenario(segments={"s": quiet}, reps=[{"name": "Ana", "quota": {"year": 9}}])

    assert 2 == len(tell_risk(measure_risk(asked, paths=100), asked))


def test_without_periods() -> None:
    """Where no period can be answered there are no sentences, and tables without rows."""
    asked = scenario(months=1, start=date(2027, 1, 10), reps=[{"name": "Ana"}])
    answer = measure_risk(asked, paths=100)

    assert () == tell_risk(answer, asked)
    for table in risk_reply(answer, asked).tables:
        assert table.frame.is_empty()
    assert risk_table(answer, asked, longest=True).frame.is_empty()


@pytest.mark.parametrize(
    ("market", "correction", "label"),
    [
        ({"creation": 0.1}, {}, "market"),
        ({}, {}, "market"),
        ({}, {"together": 0.3}, "common luck"),
        ({"creation": 0.1}, {"together": 0.3}, "market and common luck"),
    ],
)
def test_what_is_shared_is_called_by_its_name(
    market: dict[str, float], correction: dict[str, float], label: str
) -> None:
    """The market, the luck that a correction gives to all, or both."""
    reps = [{"name": "Ana"}, {"name": "Ben"}]
    asked = scenario(reps=reps, market=market, correction=correction, months=3)
    table: Table = variance_table(measure_risk(asked, paths=100), asked)

    assert label in [column.label for column in table.columns]


def test_a_rep_called_team() -> None:
    """A rep who is called as the team is, is told apart in the sentence."""
    asked = scenario(reps=[{"name": "Team", "quota": {"month": 9_000}}], months=3)
    answer = measure_risk(asked, paths=200)

    assert "All that varies in 2027-Q1 is what Team (rep) books." == tell_risk(answer, asked)[-1]
    assert ("As it is, all that varies in 2027-Q1 is what Team (rep) books.",) == tell_variance(
        answer, asked
    )


def test_who_contributes_most() -> None:
    """Is named where no other may contribute as much."""
    big = {"opps_per_week": 9.0, "win_rate": 0.5, "deal_size": 90_000.0, "won_cycle_days": 9.0}
    asked = scenario(
        segments={"big": big, "s": {**big, "deal_size": 10.0}},
        reps=[
            {"name": "Ana", "segments": {"big": {}}, "quota": {"month": 9}},
            {"name": "Bo", "segments": {"s": {}}, "quota": {"month": 9}},
        ],
        months=3,
    )
    told = tell_risk(measure_risk(asked, paths=200), asked)[-1]
    assert "the reps share 0 %; Ana contributes most, 100 %" in told


def test_what_is_exact_is_written_so() -> None:
    """No market is no share of what varies, and who sells alone makes all of it."""
    known = {"opps_per_week": 9.0, "win_rate": 0.5, "deal_size": 90.0, "won_cycle_days": 9.0}
    asked = scenario(segments={"s": known}, reps=[{"name": "Ana", "quota": {"month": 9}}], months=3)
    answer = measure_risk(asked, paths=200)
    parts, people = variance_tables(answer, asked)
    written = [
        write_cell(column, parts.frame.row(0, named=True))
        for column in parts.columns
        if column.format == "share"
    ]
    assert [("0", ""), ("0", ""), ("0", ""), ("100", "")] == written
    row = people.frame.row(0, named=True)
    shares = [write_cell(column, row) for column in people.columns if column.format == "share"]
    assert [("100", ""), ("100", "")] == shares
    assert () == variance_tables(assess_risk(simulate(asked, paths=50)), asked)


def test_a_run_splits_what_varies() -> None:
    """On its screen too: bands, what varies, and the first few who make it vary."""
    reps = [{"name": f"R{n}", "quota": {"month": 9_000}} for n in range(8)]
    asked = scenario(reps=reps)
    simulation = simulate(asked, paths=1_200, seed=7)
    risk = outline_risk(simulation)
    results = Results(asked, estimate_attainment(simulation), compare_cadences(simulation), risk)
    drawn = draw_run(results, width=80)
    assert "What varies is split on 1,000 of the 1,200 futures." in drawn
    assert "\nthe first 5; 3 more: --format csv --answer contributors\n" in drawn
    assert "own luck" in drawn
    assert "How many" not in drawn
    assert "Expected share of the reps who book so many % of their quota." in drawn
    assert "Of what varies in 2027 the reps share " in drawn
    assert {"risk", "bands", "variance", "contributors"} < set(results.tables)


def test_tables_of_few() -> None:
    """Nothing is cut where there is no more."""
    asked = scenario(reps=[{"name": "Ana", "quota": {"month": 9_000}}], months=3)
    simulation = simulate(asked, paths=50)
    results = Results(
        asked,
        estimate_attainment(simulation),
        compare_cadences(simulation),
        outline_risk(simulation),
    )
    drawn = draw_run(results, width=80)
    assert "the first 5" not in drawn
    assert "What varies is split" not in drawn
