"""The tornado and the split in words and tables."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl
import pytest

from quotarisk.analysis.answers import Answer
from quotarisk.analysis.drivers import rank_drivers
from quotarisk.analysis.moving import WORDS
from quotarisk.reporting.drivers import (
    DRIVERS,
    SPLIT,
    driver_sentences,
    driver_tables,
    whole_percents,
    write_moves,
)
from quotarisk.reporting.reply import Reply
from quotarisk.reporting.reply_screen import draw_reply
from quotarisk.reporting.words import FIGURES
from quotarisk.scenario.scenario import Scenario
from tests.analysis.cases import lognormal, make, open_deal, segment

SEGMENTS = {
    "small": segment(
        opps={"opps": 60, "weeks": 52},
        win={"won": 21, "of": 60},
        size=lognormal(8_000.0, 0.6, of=21),
        cycle=20.0,
        lost_cycle_days=30.0,
        stall_rate=0.1,
    )
}
REPS: list[dict[str, Any]] = [
    {"name": "Ana", "group": "Ana", "quota": {"month": 6_000}},
    {
        "name": "Team", "quota": {"month": 6_000}, "start_date": date(2027, 2, 1),
        "ramp": [0.1, 0.3],
    },
]  # fmt: skip


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    """Two reps, one of them a hire, whose names others bear too."""
    deals = [open_deal(1, 10, of="small", amount=4_000.0)]
    return make(SEGMENTS, *REPS, months=6, market={"creation": 0.3}, open_deals=deals)


@pytest.fixture(scope="module")
def answer(scenario: Scenario) -> Answer:
    """Its drivers."""
    return rank_drivers(scenario, paths=400, seed=7)


def _with(answer: Answer, **told: Any) -> Answer:
    """The same with other figures of the first driver, or of the first split."""
    frame, split = answer.frame, answer.parts["split"]
    drivers = {key: value for key, value in told.items() if key in frame.columns}
    splits = {key: value for key, value in told.items() if key in split.columns}
    return Answer(
        answer.question,
        frame.head(1).with_columns(pl.lit(value).alias(key) for key, value in drivers.items()),
        (),
        answer.provenance,
        parts={
            "split": split.head(1).with_columns(
                pl.lit(value, pl.String if isinstance(value, str) else pl.Float64).alias(key)
                for key, value in splits.items()
            )
        },
    )


SPLIT_TOLD: dict[str, Any] = {
    "level": "team", "period": "2027", "p_hit": 0.4,
    "luck_share": 0.456, "luck_share_se": 0.01, "rates_share": 0.144, "rates_share_se": 0.01,
    "market_share": 0.4, "market_share_se": 0.01, "ramp_cost": 0.027, "ramp_cost_se": 0.001,
}  # fmt: skip
DRIVER_TOLD: dict[str, Any] = {
    "level": "team", "period": "2027", "figure": "win_rate", "segment": "small",
    "low": 0.241, "high": 0.312, "change_low": -0.061, "change_high": 0.0584,
    "swing": 0.061, "swing_se": 0.002,
}  # fmt: skip


def test_two_sentences_say_it(answer: Answer) -> None:
    """What moves the chance, and what the risk is made of."""
    assert (
        "What moves the chance of making the team's 2027 plan most is win rate in small: at 24 % "
        "it falls by 6.1 points, at 31 % it rises by 5.8 points.",
        "Of the risk of missing the team's 2027 plan, 46 % is the luck of deals, which would "
        "remain if all rates were known, 40 % is the market and 14 % is not knowing the rates (±2 "
        "at most); ramping costs 2.7 points.",
    ) == driver_sentences(_with(answer, **(DRIVER_TOLD | SPLIT_TOLD)))


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ({"figure": "hires", "segment": "", "change_high": -0.03},
         "is start of hires: 60 days late it falls by 3.0 points."),
        ({"figure": "ramp", "segment": "", "low": 0.9, "high": 1.1},
         "is ramp: at 0.9 times it falls by 6.1 points, at 1.1 times it rises by 5.8 points."),
        ({"swing": 0.003}, "No assumption clearly moves the chance of making the team's 2027 plan"),
        ({"level": "group", "name": "East"}, "the chance of making East's 2027 plan most"),
        ({"level": "rep", "name": "Ana"}, "the chance of making Ana's 2027 quota most"),
    ],
    ids=["hires", "ramp", "noise", "group", "rep"],
)  # fmt: skip
def test_the_first_sentence(answer: Answer, told: dict[str, Any], expected: str) -> None:
    """By what it is about, and whom; noise is not told as an effect."""
    assert expected in driver_sentences(_with(answer, **{**DRIVER_TOLD, **told}))[0]


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ({"rates_share": 0.015}, "The main part of the risk of missing the team's 2027 plan, 46 % "
         "±2, is the luck of deals, which would remain if all rates were known; ramping costs 2.7"),
        ({"ramp_cost": 0.001}, "and 14 % is not knowing the rates (±2 at most)."),
        ({"luck_share": None, "p_hit": 0.0}, "nothing to split of the risk of missing the team's "
         "2027 plan: it is missed in all of the futures."),
        ({"luck_share": None, "p_hit": 1.0}, "it is missed in none of the futures."),
        ({"luck_share": 1.0, "luck_share_se": 0.43, "p_hit": 0.999},
         "There are too few misses to tell what the risk of missing the team's 2027 plan is made"),
        ({"rates_share_se": 0.5}, "There are too few hits to tell what the risk of missing"),
        ({"luck_share": 1.0, **dict.fromkeys(
            ("luck_share_se", "rates_share", "rates_share_se", "market_share", "market_share_se"),
            0.0)}, "All of the risk of missing the team's 2027 plan is the luck of deals"),
    ],
    ids=["no rates", "no ramp", "always", "never", "few misses", "few hits", "all luck"],
)  # fmt: skip
def test_the_second_sentence(answer: Answer, told: dict[str, Any], expected: str) -> None:
    """All parts, which add up, or the main one alone; nothing where errors are large."""
    assert expected in driver_sentences(_with(answer, **{**SPLIT_TOLD, **told}))[1]


@pytest.mark.parametrize(
    ("figure", "low", "high", "expected"),
    [
        ("win_rate", 0.241, 0.312, ("24", "31", " %")),
        ("stall_rate", 0.0452, 0.0491, ("4.5", "4.9", " %")),
        ("won_cycle_days", 24.2, 27.9, ("24", "28", " days")),
        ("lost_cycle_days", 24.1, 24.3, ("24.1", "24.3", " days")),
        ("deal_size", 7_602.0, 124_000.0, ("7.6k", "124k", "")),
        ("opps_per_week", 1.28, 1.491, ("1.28", "1.49", "")),
        ("ramp", 0.9, 1.1, ("0.9", "1.1", " times")),
        ("seasons", 0.9, 1.1, ("0.9", "1.1", " times")),
        ("market_creation", 0.09, 0.11, ("0.09", "0.11", "")),
    ],
)
def test_moves_are_told_in_their_unit(
    figure: str, low: float, high: float, expected: tuple[str, str, str]
) -> None:
    """With as many digits as tell them apart."""
    assert expected == write_moves({"figure": figure, "low": low, "high": high})


def test_tables_hold_every_row(answer: Answer, scenario: Scenario) -> None:
    """With the answer's own columns, and what is shown beside them."""
    drivers, split = driver_tables(answer, scenario)
    assert ("drivers", "split") == (drivers.key, split.key)
    assert drivers.frame.select(answer.frame.columns).equals(answer.frame)
    assert split.frame.select(answer.parts["split"].columns).equals(answer.parts["split"])
    for table, columns in ((drivers, DRIVERS), (split, SPLIT)):
        for column in columns:
            assert column.key in table.frame.columns
            assert not column.error or column.error in table.frame.columns
        assert {"Team", "Ana (group)", "Ana", "Team (rep)"} == set(table.frame["unit"])
    assert drivers.frame.filter(figure="hires")["moved"][0] == "60 days late"
    assert drivers.frame.filter(figure="won_cycle_days")["moved"][0] == "18 to 22 days"
    assert set(drivers.frame["figure"]) <= set(WORDS)
    assert {"market_creation", "market_persistence"} < set(drivers.frame["figure"])


@pytest.mark.parametrize(
    ("shares", "expected"),
    [
        ((0.456, 0.144, 0.4), (46, 14, 40)),
        ((0.335, 0.334, 0.331), (34, 33, 33)),
        ((1.0, 0.0, 0.0), (100, 0, 0)),
        ((0.505, 0.505, -0.01), (51, 50, -1)),
    ],
)
def test_whole_percents_add_up(shares: tuple[float, ...], expected: tuple[int, ...]) -> None:
    """To 100, each less than 1 from what it is."""
    found = whole_percents(dict(zip("abc", shares, strict=True)))
    assert (*expected,) == tuple(found.values())
    assert 100 == sum(found.values())


def test_assumptions_that_tie_are_named_together(answer: Answer) -> None:
    """None is said to be the most where others move the chance as far within the errors."""
    told = _with(answer, **(DRIVER_TOLD | SPLIT_TOLD))
    second, third = (
        told.frame.with_columns(
            pl.lit(figure).alias("figure"), pl.lit("", pl.String).alias("segment"),
            pl.lit(swing).alias("swing"),
        )
        for figure, swing in (("deal_size", 0.058), ("ramp", 0.03))
    )  # fmt: skip
    frame = pl.concat([told.frame, second, third])
    tied = driver_sentences(Answer("?", frame, (), told.provenance, parts=told.parts))[0]
    assert tied == (
        "What moves the chance of making the team's 2027 plan most, alike within their errors: "
        "win rate in small (by 6.1 points) and deal size (by 5.8 points)."
    )
    far = pl.concat([told.frame, third])
    alone = driver_sentences(Answer("?", far, (), told.provenance, parts=told.parts))[0]
    assert "most is win rate in small" in alone


def test_several_periods_have_a_column(scenario: Scenario) -> None:
    """Behind whom a row is about; the sentences tell the first of them."""
    answer = rank_drivers(scenario, period="quarter", paths=100)
    for table in driver_tables(answer, scenario):
        assert ["unit", "period"] == [column.key for column in table.columns[:2]]
        assert {"2027-Q1", "2027-Q2"} == set(table.frame["period"])
    assert all("2027-Q1" in told for told in driver_sentences(answer))


def test_words_are_those_of_the_assumptions() -> None:
    """A figure is called by one name wherever it is shown."""
    assert {key: WORDS[key] for key in FIGURES} == FIGURES


def test_it_fits_on_a_screen(answer: Answer, scenario: Scenario) -> None:
    """Of 80 cells, a row a line; the team's largest driver comes first."""
    sentences = driver_sentences(answer)
    reply = Reply("T", sentences, driver_tables(answer, scenario), (), (), answer.provenance, "USD")
    drawn = draw_reply(reply, width=80)
    lines = drawn.splitlines()
    assert max(map(len, lines)) <= 80
    first = next(number for number, line in enumerate(lines) if line.startswith("───"))
    rows = lines[first + 1 : first + 1 + answer.frame.height]
    assert all(line.startswith(("Team", "Ana")) for line in rows)
    assert answer.frame["driver"][0].split(",")[0] in rows[0]


def test_without_quotas_nothing_is_said() -> None:
    """Tables are empty, sentences are none."""
    scenario = make(SEGMENTS, {"name": "Ana"})
    answer = rank_drivers(scenario, paths=20)
    assert () == driver_sentences(answer)
    assert [0, 0] == [table.frame.height for table in driver_tables(answer, scenario)]
