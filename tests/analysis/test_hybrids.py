"""Mixtures of two scenarios."""

from __future__ import annotations

from datetime import date
from itertools import combinations
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

from quotarisk.analysis.coalitions import Thresholds, mixture
from quotarisk.analysis.hybrids import CAUSES, Cause, Pair, name_periods
from quotarisk.analysis.input_changes import list_changes
from quotarisk.periods import Horizon
from quotarisk.scenario.checking import find_faults
from quotarisk.scenario.quotas import resolve_quota, scenario_quotas
from quotarisk.scenario.scenario import Scenario
from quotarisk.scenario.team import Quota
from quotarisk.simulation.comparing import compare, variant_of
from quotarisk.simulation.simulation import answered_periods
from tests.analysis.cases import make, open_deal, segment
from tests.analysis.pairs import pairs

# a deal many times as old as its cycle makes the law's tail 0
pytestmark = pytest.mark.filterwarnings("ignore:divide by zero:RuntimeWarning")
ALL = settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
FEW = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
SUBSETS: list[tuple[Cause, ...]] = [
    taken for size in range(6) for taken in combinations(CAUSES, size)
]


@ALL
@given(pairs())
def test_every_mixture_can_be_simulated(told: tuple[Scenario, Scenario]) -> None:
    """Whatever two scenarios say, no choice of causes makes one with a fault."""
    pair = Pair(*told)
    for taken in SUBSETS:
        assert () == find_faults(pair.mix(taken).scenario)


def _keys(*scenarios: Scenario) -> list[tuple[Any, str]]:
    first, second = ({(p.cadence, p.name): p.first for p in answered_periods(s)} for s in scenarios)
    return [key for key, day in first.items() if second.get(key) == day]


@FEW
@given(pairs())
def test_ends_are_the_scenarios(told: tuple[Scenario, Scenario]) -> None:
    """With no cause taken it books what the old one does, with all what the new one does."""
    pair, keys = Pair(*told), _keys(*told)
    if not keys:
        return
    for scenario, taken in zip(told, ((), CAUSES), strict=True):
        found = [
            compare([variant], lambda seen: seen.booked[0].copy(), paths=30, periods=keys)
            for variant in (variant_of(scenario, 7), mixture(pair, taken, 7))
        ]
        by_unit = [{n if lv != "team" else "": b for lv, n, b in each} for each in found]
        assert by_unit[0].keys() == by_unit[1].keys()
        for name, booked in by_unit[0].items():
            np.testing.assert_array_equal(booked, by_unit[1][name])


@FEW
@given(pairs())
def test_what_is_listed_is_all(told: tuple[Scenario, Scenario]) -> None:
    """Causes without a listed change change nothing: without them it books the same."""
    pair, keys = Pair(*told), _keys(*told)
    if not keys:
        return
    listed = {change.cause for change in list_changes(pair, keys)}
    causes = [cause for cause in CAUSES if cause in listed]  # pay changes no booking
    mixed = pair.mix(causes).scenario
    assert pair.mix(CAUSES).scenario.horizon == mixed.horizon
    found = compare(
        [mixture(pair, causes, 7), mixture(pair, CAUSES, 7)],
        lambda seen: (seen.booked[0] == seen.booked[1]).all(),
        paths=30,
        periods=keys,
    )
    assert all(same for _, _, same in found)
    asked, asks = (scenario_quotas(scenario) for scenario in (mixed, told[1]))
    for key in keys:
        assert asks.team.get(key) == asked.team.get(key)
        for before, after in ((asked.reps, asks.reps), (asked.groups, asks.groups)):
            assert {n: a.get(key) for n, a in after.items()} == {
                n: a.get(key) for n, a in before.items()
            }


def test_start_takes_deals_along() -> None:
    """Where the start moved, open deals and bookings come with it; else they are of their own."""
    old = make(open_deals=[open_deal(1, 5)])
    new = make(start=date(2027, 2, 1), open_deals=[open_deal(2, 5, start=date(2027, 2, 1))])
    pair = Pair(old, new)
    assert "time" == pair.cause_of_deals
    assert ["Ana-1"] == [deal.deal for deal in pair.mix(["deals"]).scenario.open_deals]
    assert ["Ana-2"] == [deal.deal for deal in pair.mix(["time"]).scenario.open_deals]
    assert "deals" == Pair(old, make()).cause_of_deals


def test_deal_brings_its_segment() -> None:
    """A deal in a segment that is sold no longer keeps its odds, and no new deals come of it."""
    both = {"s": segment(), "t": segment(win=0.9)}
    old = make(both, {"name": "Ana"}, open_deals=[open_deal(1, 5, of="t")])
    new = make({"s": segment()})
    hybrid = Pair(old, new).mix(["rates"])
    terms = {each.segment: each for each in hybrid.terms["Ana"]}
    assert (0.0, 0.9) == (terms["t"].opps_per_week.mean, terms["t"].win_rate.mean)
    assert 1.0 == terms["s"].opps_per_week.mean


def test_who_joins_brings_all_along() -> None:
    """Quota, rates and deals of who is in one scenario come with the people, whole."""
    old = make({"s": segment()}, {"name": "Ana"})
    new = make(
        {"s": segment(win=0.9)},
        {"name": "Ana"},
        {"name": "Bo", "quota": {"month": 5.0}},
        open_deals=[open_deal(1, 5, rep="Bo")],
    )
    pair = Pair(old, new)
    hybrid = pair.mix(["people"])
    assert [0.5, 0.9] == [hybrid.terms[name][0].win_rate.mean for name in ("Ana", "Bo")]
    assert ["Bo-1"] == [deal.deal for deal in hybrid.scenario.open_deals]
    assert 5.0 == hybrid.scenario.reps[1].quota.month
    assert ["Ana"] == [rep.name for rep in pair.mix(["deals", "rates", "quotas"]).scenario.reps]


def test_deal_that_changes_hands_is_there_once() -> None:
    """A deal of one who left, taken over by another, is not worked on by both."""
    old = make(None, {"name": "Ana"}, {"name": "Bo"}, open_deals=[open_deal(1, 5, rep="Bo")])
    taken_over = open_deal(1, 5, rep="Bo") | {"rep": "Ana"}
    new = make(None, {"name": "Ana"}, open_deals=[taken_over])
    mixed = Pair(old, new).mix(["deals"]).scenario
    assert ["Ana"] == [deal.rep for deal in mixed.open_deals]
    # no deals left must not mean as many as usual
    assert "empty" == {rep.name: rep.pipeline for rep in mixed.reps}["Bo"]


def test_past_comes_with_the_bookings_it_repeats() -> None:
    """A share that repeats the past is of the deals, unless both repeat the same past."""
    told: dict[str, Any] = {"booked": []}
    off, on, more = (
        make(**told),
        make(**told, correction={"own_history": 0.3, "since": date(2026, 1, 1)}),
        make(**told, correction={"own_history": 0.5, "since": date(2026, 1, 1)}),
    )
    assert "deals" == Pair(off, on).cause_of_past
    assert "rates" == Pair(on, more).cause_of_past
    assert 0.5 == Pair(on, more).mix(["rates"]).scenario.correction.own_history
    assert 0.0 == Pair(off, on).mix(["rates"]).scenario.correction.own_history
    joined = make(None, {"name": "Ana"}, {"name": "Bo"}, **told)
    assert joined.start == Pair(joined, on).mix(["deals"]).scenario.reps[1].booked_since


def test_lists_of_quotas_become_tables() -> None:
    """A quota by name asks the same as the list, also in another horizon."""
    horizon = Horizon(date(2027, 1, 1), 6)
    listed = Quota(month=(1.0, 2.0, 3.0, 4.0, 5.0, 6.0), year=7.0)
    named = name_periods(listed, horizon)
    assert resolve_quota(listed, horizon) == resolve_quota(named, horizon)
    later = resolve_quota(named, Horizon(date(2027, 3, 1), 6))
    assert (3.0, None) == (later["month", "2027-03"], later.get(("month", "2027-08")))


def test_quota_of_nobody() -> None:
    """New quotas for the old people may add up to none: then the new scenario's hold."""
    ana, bo = {"name": "Ana", "quota": {"month": 10.0}}, {"name": "Bo"}
    old = make(None, ana, {**bo, "quota": {"month": 5.0}})
    new = make(
        None, ana, {**bo, "quota": {"month": {"2028-01": 1.0}}, "start_date": date(2028, 1, 1)}
    )
    causes: tuple[Cause, ...] = ("quotas", "people")
    found = Thresholds.of(Pair(old, new), causes).of_unit("team", "Team", [("month", "2027-02")])
    # old; quotas alone: nobody's sum, so the new one's; people alone: Ana's; new
    assert [1500.0, 1000.0, 1000.0, 1000.0] == found[:, 0].tolist()
    alone = Thresholds.of(Pair(old, old), ()).of_unit("team", "Team", [("month", "2027-02")])
    assert [1500.0] == alone[:, 0].tolist()
