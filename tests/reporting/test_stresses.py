"""A stress test in words and tables."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import polars as pl
import pytest
from syrupy.assertion import SnapshotAssertion

import quotarisk as qr
from quotarisk.analysis.drivers import rank_drivers
from quotarisk.analysis.stress import AS_IT_IS, stress_test
from quotarisk.reporting.reply_screen import draw_reply
from quotarisk.reporting.stress_sentences import stress_sentences
from quotarisk.reporting.stressed import join_parts, label_of, tell_stress
from quotarisk.reporting.stresses import stress_reply
from quotarisk.reporting.tables import write_cell
from quotarisk.scenario.scenario import Scenario
from quotarisk.scenario.stress import Stress
from tests.reporting.teams import scenario, team

PATHS = 400


def _stressed(asked: Scenario, stresses: Any = None) -> qr.Answer:
    return stress_test(asked, stresses=stresses, paths=PATHS, seed=7)


@pytest.fixture(scope="module")
def asked() -> Scenario:
    """Three reps in two groups, with a stress of their own."""
    return team().model_copy(update={"stress": {"[b]slump[/b]": Stress(win_rate=0.9)}})


@pytest.fixture(scope="module")
def answer(asked: Scenario) -> qr.Answer:
    """All stresses."""
    return _stressed(asked)


@pytest.mark.parametrize("width", [60, 100])
def test_screen(
    asked: Scenario, answer: qr.Answer, width: int, snapshot: SnapshotAssertion
) -> None:
    """The screen reads well in a narrow and a usual terminal."""
    assert snapshot == draw_reply(stress_reply(answer, None, asked), width=width)


def test_drivers_follow(asked: Scenario, answer: qr.Answer) -> None:
    """What moves the chance stands below; people see the team and its groups, programs all."""
    drivers = rank_drivers(asked, paths=PATHS, seed=7)

    short, full = (stress_reply(answer, drivers, asked, in_full=full) for full in (False, True))

    assert ["stress", "stress_reps", "stress_risk", "bands", "drivers", "split"] == [
        table.key for table in full.tables
    ]
    assert [table.key for table in full.tables] == [table.key for table in short.tables]
    assert {"team", "group"} == set(short.tables[4].frame["level"])
    assert {"team", "group", "rep"} == set(full.tables[4].frame["level"])
    assert full.sentences == short.sentences
    assert len(short.sentences) > len(stress_sentences(answer, asked))


def test_programs_get_every_row(asked: Scenario, answer: qr.Answer) -> None:
    """The table of programs is the answer's frame, with labels, whose errors all have a column."""
    table = stress_reply(answer, None, asked, in_full=True).tables[0]

    assert answer.frame.equals(table.frame.select(answer.frame.columns))
    assert all(column.key in table.frame.columns for column in table.columns)
    told = {column.key for column in table.columns if column.error}
    assert {key.removesuffix("_se") for key in table.frame.columns if key.endswith("_se")} == told


def test_the_plans_are_the_answers(asked: Scenario, answer: qr.Answer) -> None:
    """The team first, stress by stress; what is not stressed has no change."""
    frame = stress_reply(answer, None, asked).tables[0].frame
    names = answer.frame["stress"].unique(maintain_order=True).to_list()

    assert names == frame.head(len(names))["stress"].to_list()
    assert ["Team", "East", "West"] == frame["unit"].unique(maintain_order=True).to_list()
    assert {"year"} == set(frame["cadence"])
    base = frame.filter(stress=AS_IT_IS)
    assert base["p_hit_change"].null_count() == base["mean_change"].null_count() == base.height
    others = frame.filter(pl.col("stress") != AS_IT_IS)
    both = ["stress", "level", "name", "p_hit_change", "p_hit_change_se", "p10"]
    expected = answer.frame.filter(pl.col("stress") != AS_IT_IS, pl.col("level") != "rep")
    joined = others.join(expected.filter(cadence="year").select(both), on=both)
    assert joined.height == others.height


def test_the_reps_are_the_answers(asked: Scenario, answer: qr.Answer) -> None:
    """One row a rep, one column a stress; of several periods the mean."""
    table = stress_reply(answer, None, asked).tables[1]
    row = table.frame.row(by_predicate=pl.col("name") == "Ben", named=True)
    expected = answer.frame.filter(stress="small_deals", name="Ben", cadence="year")

    assert ["Ana", "Ben", "Chloé"] == table.frame["name"].to_list()
    assert row["change_small_deals"] == expected["p_hit_change"].mean()
    assert row["se_small_deals"] == expected["p_hit_change_se"].mean()


@pytest.mark.parametrize(
    ("name", "told"), [("low_win_rates", "low win rates"), ("my_own", "my_own")]
)
def test_labels(name: str, told: str) -> None:
    """Built-in ones are told in words, others as they were written."""
    assert told == label_of(name)


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ({"win_rate": 0.8}, "with win rates 20 % lower"),
        ({"win_rate": 1.5}, "with win rates 50 % higher"),
        ({"ramp": 0.995}, "with ramps 0.5 % lower"),
        ({"opps_per_week": 1 + 1e-9}, "with nothing changed"),
        ({"cycle_days": 3.0, "deal_size": 0.0}, "with deals 100 % smaller and cycles 200 % longer"),
        ({"delay_hires_days": 1}, "with hires 1 day late"),
        ({"remove_reps": ["A", "B"], "ramp": 0.9}, "without A and B, with ramps 10 % lower"),
        ({"remove_reps": list("ABCDE")}, "without A, B, C and 2 others"),
    ],
)  # fmt: skip
def test_what_a_stress_changes(row: dict[str, Any], told: str) -> None:
    """In words that go into a sentence."""
    assert told == tell_stress(row)


def test_who_left(asked: Scenario, answer: qr.Answer) -> None:
    """Has no change of points where she left, but the word; programs get both."""
    table = stress_reply(answer, None, asked).tables[1]
    ana, ben, _ = table.frame.iter_rows(named=True)
    columns = {column.key: column for column in table.columns}

    for stress in ("top_rep_leaves", "all_at_once"):
        column = columns[f"change_{stress}"]
        assert ("left", "") == write_cell(column, ana)
        assert column.key in ben
        assert "left" != write_cell(column, ben)[0]
    assert ana["change_low_creation"] < 0
    assert not any(key.startswith("left_") for key in columns)
    every, reps, *_ = stress_reply(answer, None, asked, in_full=True).tables
    assert "top rep leaves: who" in [column.label for column in reps.columns]
    left = every.frame.filter(pl.col("left").is_not_null())
    assert {("top_rep_leaves", "Ana"), ("all_at_once", "Ana")} == set(
        left.select("stress", "name").iter_rows()
    )


def test_the_team_is_called_so(asked: Scenario, answer: qr.Answer) -> None:
    """However long the scenario's name is, in the rows of a workbook too."""
    every = stress_reply(answer, None, asked, in_full=True).tables[0]

    assert "unit" in [column.key for column in every.columns]
    assert {"Team"} == set(every.frame.filter(level="team")["unit"])


def test_figures_are_explained(asked: Scenario, answer: qr.Answer) -> None:
    """What is missing, the P10 and the worst tenth, below the first table."""
    told = " ".join(text for _, text in stress_reply(answer, None, asked).tables[0].captions)

    for word in ("P10: ", "Worst tenth: ", "Missing: "):
        assert word in told


def test_parts_are_all_told() -> None:
    """Unlike lists of names, which count the rest."""
    assert join_parts(list("abcdef")) == "a, b, c, d, e and f"


def _with(answer: qr.Answer, level: str, **told: Any) -> qr.Answer:
    """The answer with other figures of a level under every stress."""
    mine = (pl.col("level") == level) & (pl.col("stress") != AS_IT_IS)
    frame = answer.frame.with_columns(
        pl.when(mine).then(pl.lit(value)).otherwise(pl.col(key)).alias(key)
        for key, value in told.items()
    )
    return replace(answer, frame=frame)


def test_sentences(asked: Scenario) -> None:
    """The plan, what hurts it most with its paired error, everything at once, and who falls."""
    found = _stressed(asked, ["low_win_rates", "small_deals", "all_at_once"])

    plan, fallen, together = stress_sentences(found, asked)

    assert plan.startswith("The team makes its 2027 plan of ")
    assert "; with win rates 20 % lower in " in plan
    assert plan.endswith("), which hurts most.") or "; within the errors " in plan
    assert " points ±" in plan
    assert together.startswith("All at once: in ")
    assert fallen.startswith("Then ")


def test_one_stress_is_not_the_worst_of_many(asked: Scenario) -> None:
    """Its name is told where it is the scenario's own; alone it is no superlative."""
    (plan, *_) = stress_sentences(_stressed(asked, ["[b]slump[/b]"]), asked)

    assert "; under [b]slump[/b], with win rates 10 % lower, in " in plan
    assert "which hurts most" not in plan


def test_all_at_once_alone(asked: Scenario) -> None:
    """Where nothing else is asked for it is what hurts."""
    plan, fallen = stress_sentences(_stressed(asked, ["all_at_once"]), asked)

    assert "; without " in plan
    assert fallen.startswith("Then ")


def test_no_stress_hurts(asked: Scenario) -> None:
    """Within two standard errors, or not at all."""
    better = _stressed(asked, {"boom": Stress(win_rate=1.5)})
    same = _stressed(asked, {"same": Stress()})
    worse = _stressed(asked, {"gloom": Stress(win_rate=0.5)})
    unsure = _with(worse, "team", p_hit_change=-0.01, p_hit_change_se=0.01)

    for found in (better, same, unsure):
        (told,) = stress_sentences(found, asked)
        assert told.endswith("; no stress clearly lowers that.")
    assert not stress_sentences(worse, asked)[0].endswith("lowers that.")


def test_there_is_no_stress(asked: Scenario) -> None:
    """It is said, and what remains is shown: no empty sentence, no question about stress."""
    found = _stressed(asked, [])
    plan, none = stress_sentences(found, asked)
    assert plan.startswith("The team makes its 2027 plan of ")
    assert "There is no stress to hold against it." == none
    risk = qr.measure_risk(asked, paths=PATHS, seed=7)
    drawn = draw_reply(stress_reply(found, None, asked, risk=risk), width=100)
    assert "What becomes of the plans in 2027?\n" in drawn
    assert "What is each rep's P(hit) in 2027?\n" in drawn
    assert "How bad are the worst futures?\n" in drawn
    for wrong in ("\n.", " . ", " .\n", "under stress?", "as it is  ", "\n\n\n"):
        assert wrong not in drawn


def test_stresses_that_tie(asked: Scenario) -> None:
    """None is said to hurt most where others do as much within the errors of both."""
    same = {f"s{n}": Stress(win_rate=0.5) for n in range(3)}
    (one, *_) = stress_sentences(_stressed(asked, {**same, "little": Stress(win_rate=0.98)}), asked)
    (two, *_) = stress_sentences(_stressed(asked, {n: same[n] for n in ("s0", "s1")}), asked)
    assert one.endswith("; within the errors s1 and s2 hurt as much.")
    assert two.endswith("; within the errors s1 hurts as much.")


def test_a_period_is_asked_for(asked: Scenario, answer: qr.Answer) -> None:
    """The first tables and the sentences are about it; a cadence is all of its periods."""
    one = stress_reply(answer, None, asked, period="2027-Q2")
    all_quarters = stress_reply(answer, None, asked, period="quarter")
    assert "the plans in 2027-Q2 under stress?" in one.tables[0].title
    assert "P(hit) in 2027-Q2 change" in one.tables[1].title
    assert one.sentences[0].startswith("The team makes its 2027-Q2 plan of ")
    assert {"2027-Q2"} == set(one.tables[0].frame["period"])
    quarters = [f"2027-Q{n}" for n in (1, 2, 3, 4)]
    shown = all_quarters.tables[0]
    assert quarters == shown.frame["period"].unique(maintain_order=True).to_list()
    assert shown.columns[1].key == "period"
    assert "of a quarter change" in all_quarters.tables[1].title


def test_all_periods(asked: Scenario, answer: qr.Answer) -> None:
    """Months, quarters and years, in this order, where all is asked for; not where one is."""
    every = stress_reply(answer, None, asked, every_period=True)
    one = stress_reply(answer, None, asked, every_period=True, period="2027-01")
    frame = every.tables[0].frame.filter(level="team", stress=AS_IT_IS)
    assert ["month"] * 12 + ["quarter"] * 4 + ["year"] == frame["cadence"].to_list()
    assert ["2027-01", "2027-02"] == frame["period"].to_list()[:2]
    assert {"quarter", "year"} == set(every.tables[2].frame["cadence"])
    assert {"2027-01"} == set(one.tables[0].frame["period"])


def test_a_period_without_a_quota() -> None:
    """The sentence does not say that there is none elsewhere."""
    yearly = scenario(reps=[{"name": "Ana", "quota": {"year": 90_000}}])
    found = _stressed(yearly, ["low_creation"])
    told = stress_reply(found, None, yearly, period="2027-01").sentences[0]
    assert told.startswith("The team has no quota then: in 2027-01 it books ")


def test_bands_under_stress(asked: Scenario, answer: qr.Answer) -> None:
    """The team's for people, everybody's for programs, stress by stress."""
    short, full = (
        stress_reply(answer, None, asked, in_full=each).tables[3] for each in (False, True)
    )
    names = answer.frame["stress"].unique(maintain_order=True).to_list()
    assert names == short.frame["stress"].to_list()
    assert {"Team"} == set(short.frame["unit"])
    assert {"Team", "East", "West"} == set(full.frame["unit"])
    assert {"quarter", "year"} == set(full.frame["cadence"])
    keys = [column.key for column in full.columns]
    assert ["unit", "cadence", "period", "label", "reps_with_quota"] == keys[:5]
    left = short.frame.filter(stress="top_rep_leaves")["reps_with_quota"]
    assert [2] == left.to_list()


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        (0.9, 0.4, "Then 3 of 3 reps fall below 50 %: Ana, Ben and Chloé; "
                   "no group falls below 50 %."),
        (0.9, 0.6, "Then no rep falls below 50 %; no group falls below 50 %."),
        (0.3, 0.1, "Then no rep falls below 50 % (3 were before); no group falls below 50 %."),
    ],
)  # fmt: skip
def test_who_falls_below_one_half(asked: Scenario, before: float, after: float, told: str) -> None:
    """Those who were above it, and how many never were."""
    found = _stressed(asked, {"gloom": Stress(win_rate=0.5)})
    found = _with(found, "rep", p_hit=after, p_hit_base=before)
    found = _with(found, "group", p_hit=0.7, p_hit_base=0.9)

    assert told == stress_sentences(found, asked)[-1]


def test_one_falls_alone(asked: Scenario) -> None:
    """Words agree with their number."""
    found = _stressed(asked, {"gloom": Stress(win_rate=0.5)})
    only = found.frame.filter((pl.col("level") == "team") | (pl.col("name") == "Ana"))
    found = _with(replace(found, frame=only), "rep", p_hit=0.4, p_hit_base=0.6)

    assert stress_sentences(found, asked)[-1] == "Then 1 of 1 rep falls below 50 %: Ana."


def test_without_quotas() -> None:
    """Bookings instead of chances, and no table of reps' chances."""
    asked = scenario(reps=[{"name": "Ana"}, {"name": "Bo"}])
    found = _stressed(asked, ["low_creation"])

    reply = stress_reply(found, None, asked)

    assert len(reply.sentences) == 1
    assert reply.sentences[0].startswith("The team has no quota in a period that can be answered")
    assert "; with 25 % fewer opportunities " in reply.sentences[0]
    assert reply.tables[0].frame.height == 2
    assert reply.tables[1].frame.is_empty()
    assert draw_reply(reply, width=80)


def test_eighteen_months_by_year_and_no_period() -> None:
    """Several periods have a column of their own; none are said to be none."""
    reps = [{"name": "Ana", "quota": {"quarter": 20_000}}]
    two = scenario(months=6, reps=reps)
    none = scenario(months=1, start=date(2027, 1, 10), reps=[{"name": "Ana"}])

    shown = stress_reply(_stressed(two, ["small_deals"]), None, two).tables[0]
    empty = stress_reply(_stressed(none, ["small_deals"]), None, none)

    assert "period" in [column.key for column in shown.columns]
    assert ["2027-Q1"] * 2 + ["2027-Q2"] * 2 == shown.frame["period"].to_list()
    assert ("No period can be answered.",) == empty.sentences
    assert "none" in draw_reply(empty, width=80)


def test_the_risk_as_it_is_stands_below(asked: Scenario, answer: qr.Answer) -> None:
    """Bands of attainment, the split of the variance and who contributes to it, each once."""
    risk = qr.measure_risk(asked, paths=PATHS, seed=7)
    reply = stress_reply(answer, None, asked, risk=risk)

    assert ["stress", "stress_reps", "stress_risk", "bands", "variance", "contributors"] == [
        table.key for table in reply.tables
    ]
    for table in reply.tables[-2:]:
        assert table.captions[-1][1] == "Of the scenario as it is, not under a stress."
    assert reply.sentences[-1].startswith("As it is, of what varies in 2027 the reps share ")
    assert len(set(reply.cautions)) == len(reply.cautions)
    assert len(set(reply.notes)) == len(reply.notes)
