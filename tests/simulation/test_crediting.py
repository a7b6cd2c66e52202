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


KINDS: dict[str, dict[str, Any]] = {
    "together": {"together": 0.3},
    "quarters": {"quarter_shape": 0.7},
    "months": {"month_shape": 0.6},
    "shared": {"shared": [0.2]},
    "all": {"together": 0.2, "quarter_shape": 0.8, "month_shape": 0.8, "shared": [0.1]},
}


@pytest.mark.parametrize("starts", [(0,), (0, 1_000)])
@pytest.mark.parametrize("kind", KINDS)
def test_a_correction_keeps_what_is_expected_of_segments(kind: str, starts: Any) -> None:
    """Mean bookings and wins by segment and quarter, times what is shared, within 4 errors."""
    told, paths = KINDS[kind], 2_000
    task = task_of(_two())
    plain = credit_rep(task, setting_of(_two()), paths=paths, count=True)
    setting = setting_of(_two(correction=told))
    corrected = credit_rep(task, setting, paths=paths, count=True, starts=starts)
    (shared,) = told.get("shared", [0.0])
    factor = np.exp(shared**2 / 2)
    assert plain.wins is not None
    assert corrected.wins is not None
    for drawn, moved in ((plain.booked, corrected.booked), (plain.wins, corrected.wins)):
        for months in (slice(0, 3), slice(3, 5), slice(0, 5)):
            before, after = drawn[:, months].sum(axis=1), moved[:, months].sum(axis=1)
            error = np.hypot(before.std(axis=1), after.std(axis=1)) / paths**0.5
            assert (abs(after.mean(axis=1) - factor * before.mean(axis=1)) < 4 * error).all()


@pytest.mark.parametrize("more", [{}, {"together": 0.3}, {"month_shape": 0.6}])
def test_a_repeated_past_has_the_expected_segments(more: dict[str, Any]) -> None:
    """Shares of the mean bookings, and the usual size of a deal, within 4 errors."""
    told = {"own_history": 0.5, "since": date(2026, 1, 1), **more}
    weekly = [
        {"rep": "Ana", "date": date(2026, month, day), "amount": 1_000.0 * day}
        for month in range(6, 13)
        for day in (3, 10, 17)
    ]
    scenario, paths = _two(months=3), 4_000
    corrected = _two(months=3, correction=told, booked=weekly)
    plain = credit_rep(task_of(scenario), setting_of(scenario), paths=paths, count=True)
    moved = credit_rep(task_of(corrected), setting_of(corrected), paths=paths, count=True)
    assert plain.wins is not None
    assert moved.wins is not None
    shares, sizes, errors = [], [], []
    for each, wins in ((plain.booked, plain.wins), (moved.booked, moved.wins)):
        sums = each.sum(axis=1)
        shares.append(sums.mean(axis=1) / sums.sum(axis=0).mean())
        sizes.append(sums.mean(axis=1) / wins.sum(axis=(1, 2)) * paths)
        errors.append(sums.std(axis=1) / sums.sum(axis=0).mean() / paths**0.5)
    assert (abs(shares[1] - shares[0]) < 4 * np.hypot(*errors)).all()
    np.testing.assert_allclose(sizes[1], sizes[0], rtol=0.05)


def test_tied_paths_keep_their_segments() -> None:
    """Paths change places and nothing else: parts and deals of a path stay together."""
    task = task_of(_two())
    plain = credit_rep(task, setting_of(_two(months=3)), paths=300, count=True)
    setting = setting_of(_two(months=3, correction={"together": 0.3}))
    tied = credit_rep(task, setting, paths=300, count=True)
    assert plain.wins is not None
    assert tied.wins is not None
    rows = [np.concatenate([*each.booked, *each.wins]) for each in (plain, tied)]  # type: ignore[misc]
    assert not np.array_equal(rows[0], rows[1])
    ordered = [each[:, np.lexsort(each)] for each in rows]
    np.testing.assert_allclose(ordered[0], ordered[1])


def test_what_no_path_shares_is_left() -> None:
    """Where no path has both segments a spread cannot keep their shares, and parts still add up."""
    rare = {
        "small": {**SMALL, "opps_per_week": 0.05},
        "large": {**LARGE, "opps_per_week": 0.02},
    }
    scenario = scenario_of(segments=rare, months=1, correction={"month_shape": 0.3})
    told = credit_rep(task_of(scenario), setting_of(scenario), paths=200)
    np.testing.assert_array_equal(book(scenario, paths=200), told.total)
    assert (told.booked >= 0).all()


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
