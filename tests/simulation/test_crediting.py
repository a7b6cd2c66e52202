"""Bookings by segment: the same bits in sum, and won deals counted with the same luck."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pytest

from quotarisk.scenario.scenario import Scenario
from quotarisk.scenario.stress import Stress
from quotarisk.simulation.crediting import Credited, credit_rep, credit_together
from quotarisk.simulation.lowering import RepTask
from tests.simulation.cases import (
    BUSY,
    CASES,
    EVIDENCE,
    LARGE,
    MARKET,
    SMALL,
    book,
    open_deals,
    scenario_of,
    setting_of,
    task_of,
)

_FUNNEL = {"hours_per_activity": 0.5, "stages": [{"name": "call", "rate": 0.1}]}
_BOUND: dict[str, Any] = {"funnel": _FUNNEL, "hours_per_open_deal": 0.5}
_PAST = [{"rep": "Ana", "date": date(2026, 7, 1), "amount": 50_000.0}]


def _bound(**told: Any) -> Scenario:
    """Make a rep of 30 hours a week in two segments, one of them with inbound opportunities."""
    return scenario_of(
        segments={
            "small": {**SMALL, **_BOUND, "inbound_opps_per_week": 0.3},
            "large": {**LARGE, **_BOUND},
        },
        rep={"hours_per_week": 30.0, "pipeline": "steady"},
        **{"open_deals": open_deals(3, 30), **told},
    )


def _two(**told: Any) -> Scenario:
    """Make a rep in two segments."""
    return scenario_of(segments={"small": EVIDENCE, "large": LARGE}, **told)


SPECIAL: dict[str, Scenario] = {
    "large counts": BUSY,
    "hours": _bound(),
    "hours, a listed amount": _bound(open_deals=open_deals(3, amount=7_000.0), market=MARKET),
    "inbound": scenario_of({"inbound_opps_per_week": 0.5}, market=MARKET),
    "tied": _two(correction={"together": 0.3}, market=MARKET),
    "spread": _two(correction={"month_shape": 0.6, "quarter_shape": 0.8}),
    "shared luck": _two(correction={"shared": [0.1, 0.3]}),
    "own past": _two(
        correction={"own_history": 0.5, "since": date(2026, 1, 1)}, booked=_PAST, months=3
    ),
    "own past of who books nothing": scenario_of(
        {"win_rate": 0.0},
        correction={"own_history": 0.5, "since": date(2026, 1, 1)},
        booked=_PAST,
    ),
    "hours, spread": _bound(correction={"month_shape": 0.6}),
}


@pytest.mark.parametrize("name", [*CASES, *SPECIAL])
def test_segments_sum_to_the_simulation(name: str) -> None:
    """To the cent, on every path, whether deals are counted or not."""
    scenario = {**CASES, **SPECIAL}[name]
    expected = book(scenario, paths=60)
    task, setting = task_of(scenario), setting_of(scenario)
    credited = credit_rep(task, setting, paths=60, count=True)
    np.testing.assert_array_equal(expected, credited.total)
    np.testing.assert_array_equal(expected, credit_together(task, setting, paths=60).total)
    assert (credited.booked == np.rint(credited.booked)).all()
    assert credited.wins is not None
    assert credited.wins.shape == credited.booked.shape


def _ones(scenario: Scenario) -> Scenario:
    """Let every deal be of size 1, known, under a market that moves no sizes."""
    told = scenario.model_dump(exclude_none=True, exclude_defaults=True, by_alias=True)
    for segment in (*told["segments"].values(), *told["reps"][0].get("segments", {}).values()):
        if "deal_size" in segment:
            segment["deal_size"] = 1.0
    told["market"] = {**told.get("market", {}), "deal_size": 0.0}
    for deal in told.get("open_deals", ()):
        if "amount" in deal:
            deal["amount"] = 1.0
    return Scenario.model_validate(told)


@pytest.mark.parametrize(
    "name", [*CASES, "large counts", "hours", "hours, a listed amount", "inbound"]
)
def test_wins_are_those_of_deals_of_size_one(name: str) -> None:
    """As many deals are counted as the same scenario books where each is worth 1."""
    scenario = {**CASES, **SPECIAL}[name]
    told = credit_rep(task_of(scenario), setting_of(scenario), paths=40, count=True)
    assert told.wins is not None
    np.testing.assert_array_equal(book(_ones(scenario), paths=40) / 100, told.wins.sum(axis=0))


@pytest.mark.parametrize("name", ["hours", "two"])
def test_each_segment_is_what_it_books_alone(name: str) -> None:
    """Where nothing is worth anything in the other segment, all that is booked is its own."""
    scenario = _bound() if name == "hours" else _two(market=MARKET)
    credited = credit_rep(task_of(scenario), setting_of(scenario), paths=50)
    assert credited.wins is None
    for place, other in enumerate(("large", "small")):
        told = scenario.model_dump(exclude_none=True, exclude_defaults=True, by_alias=True)
        told["segments"][other]["deal_size"] = 1e-9
        alone = Scenario.model_validate(told)
        np.testing.assert_array_equal(book(alone, paths=50), credited.booked[place])


def test_only_named_segments_are_counted() -> None:
    """The others are 0; a name that the rep does not sell counts nothing."""
    scenario = _two()
    task, setting = task_of(scenario), setting_of(scenario)
    every = credit_rep(task, setting, paths=30, count=True).wins
    large = credit_rep(task, setting, paths=30, count={"large"}).wins
    assert every is not None
    assert large is not None
    np.testing.assert_array_equal(every[1], large[1])
    assert not large[0].any()
    assert credit_rep(task, setting, paths=30, count=["none"]).wins is None


def test_a_stress_keeps_its_segments() -> None:
    """Deals to come are larger, those that are open are not; parts add up all the same."""
    scenario = _two(rep={"pipeline": "steady"}, open_deals=open_deals(3, 40, amount=9e3))
    task = task_of(scenario)
    stressed = RepTask(task.rep, task.terms, task.open_deals, stress=Stress(deal_size=2.0))
    setting = setting_of(scenario)
    told = credit_rep(stressed, setting, paths=40, count=True)
    usual = credit_rep(task, setting, paths=40, count=True)
    assert told.wins is not None
    assert usual.wins is not None
    np.testing.assert_array_equal(usual.wins, told.wins)
    assert (told.booked.sum(axis=(1, 2)) > usual.booked.sum(axis=(1, 2))).all()


def test_memory_may_be_given() -> None:
    """Whatever is in it."""
    scenario = _two()
    task, setting = task_of(scenario), setting_of(scenario)
    room = np.full((2, 6, 30), 7.0)
    told = credit_rep(task, setting, paths=30, out=room)
    np.testing.assert_array_equal(credit_rep(task, setting, paths=30).booked, told.booked)
    assert np.shares_memory(room, told.booked)


def test_corrected_parts_keep_their_shares() -> None:
    """What is scaled up is scaled in each segment, to the cent, and deals with it."""
    scenario = _two(correction={"shared": [0.2]})
    task, setting = task_of(scenario), setting_of(scenario)
    told = credit_rep(task, setting, paths=400, count=True)
    plain = credit_rep(task, setting_of(_two()), paths=400, count=True)
    drawn = plain.total > 0
    factor = told.total[drawn] / plain.total[drawn]
    for place in range(2):
        np.testing.assert_allclose(
            plain.booked[place][drawn] * factor, told.booked[place][drawn], atol=1.0
        )
        assert told.wins is not None
        assert plain.wins is not None
        some = plain.booked[place] > 0
        np.testing.assert_allclose(
            told.wins[place][some] / told.booked[place][some],
            plain.wins[place][some] / plain.booked[place][some],
        )


def test_multipliers_are_weighed_once() -> None:
    """The same sums are told again without being made again."""
    credited = Credited(np.arange(12.0).reshape(2, 3, 2))
    expected = credited.booked[0] + 1.5 * credited.booked[1]
    np.testing.assert_array_equal(expected, credited.weighted((1.0, 1.5)))
    assert credited.weighted((1.0, 1.5)) is credited.weighted((1.0, 1.5))


def test_who_sells_nothing_books_nothing() -> None:
    """A rep without segments has none of them."""
    scenario = scenario_of(segments={})
    told = credit_rep(task_of(scenario), setting_of(scenario), paths=5, count=True)
    assert told.booked.shape == (0, 5, 5)
    assert told.total.tolist() == np.zeros((5, 5)).tolist()
