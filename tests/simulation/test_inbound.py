"""What marketing brings: a stream of its own beside what a rep makes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from quotarisk.scenario.figures import OppRate
from quotarisk.scenario.scenario import Scenario
from quotarisk.scenario.segment import Segment
from quotarisk.scenario.terms import streams_of, terms_of
from quotarisk.simulation.estimates import Array
from quotarisk.simulation.lowering import lower_rep, rep_tasks
from quotarisk.simulation.paths import simulate_rep
from quotarisk.simulation.simulation import setting_of
from tests.scenario.strategies import scenarios
from tests.simulation.cases import SMALL, open_deals, scenario_of, task_of
from tests.simulation.cases import setting_of as setting_of_case

PATHS = 40_000
FEW = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))


def _booked(inbound: Any = None, paths: int = PATHS, **told: Any) -> Array:
    segment = {**SMALL, **told}
    if inbound is not None:
        segment["inbound_opps_per_week"] = inbound
    scenario = scenario_of(segments={"small": segment})
    return simulate_rep(task_of(scenario), setting_of_case(scenario), paths=paths)


def test_without_inbound_nothing_changes() -> None:
    """None, or a rate of 0, gives the same bits."""
    np.testing.assert_array_equal(_booked(paths=500), _booked({"known": 0.0}, paths=500))


def test_two_streams_are_one_of_their_sum() -> None:
    """Poisson streams add up: means and spreads are those of one stream at the sum of rates."""
    one, two = _booked(opps_per_week=1.5).sum(axis=0), _booked(0.5, opps_per_week=1.0).sum(axis=0)
    other = _booked(0.3, opps_per_week=1.0).sum(axis=0)

    def apart(a: Array, b: Array) -> float:
        return float((a.mean() - b.mean()) / np.sqrt((a.var() + b.var()) / PATHS))

    assert abs(apart(one, two)) < 4
    assert abs(apart(one, other)) > 4
    assert two.var() == pytest.approx(one.var(), rel=4 * np.sqrt(2 * 8 / PATHS))


def test_doubts_of_the_two_rates_are_apart() -> None:
    """Rates that are not known vary independently: what each stream books is uncorrelated."""
    evidence = OppRate(opps=6, weeks=6).model_dump(exclude_none=True)
    apart: dict[str, Any] = {"opps_per_week": evidence, "win_rate": 0.5, "deal_size": 100.0}
    made = _booked(**apart).sum(axis=0)
    both = _booked(evidence, **apart).sum(axis=0)

    correlation = np.corrcoef(made, both - made)[0, 1]
    assert abs(correlation) < 4 / np.sqrt(PATHS)
    assert made.var() > 1.5 * _booked(**{**apart, "opps_per_week": 1.0}).sum(axis=0).var()
    assert (both - made).var() == pytest.approx(made.var(), rel=0.05)


def test_whose_rate_it_is() -> None:
    """A segment's inbound rate is shared by its reps, a rep's own is not."""
    rate = {"inbound_opps_per_week": {"opps": 5, "weeks": 5}}
    scenario = scenario_of(
        segments={"small": {**SMALL, **rate}},
        reps=[
            {"name": "Ana"},
            {"name": "Bo"},
            {
                "name": "Cy",
                "segments": {"small": rate},
            },
        ],
    )
    streams = [streams_of(terms_of(scenario, rep, "small"))[1] for rep in scenario.reps]
    assert ["inbound"] * 3 == [stream.stream for stream in streams]
    assert [False, False, True] == ["opps_per_week" in stream.own for stream in streams]

    keys = [lower_rep(task, setting_of_case(scenario))[1].rate_key for task in rep_tasks(scenario)]
    assert keys[0] == keys[1] != keys[2]


def test_listed_deals_are_counted_once() -> None:
    """Open deals belong to what the rep makes, not to what is inbound as well."""
    nothing = {"opps_per_week": 0.0}
    plain, inbound = (
        scenario_of(segments={"small": {**SMALL, **nothing, **more}}, open_deals=open_deals(3, 9))
        for more in ({}, {"inbound_opps_per_week": {"opps": 0, "weeks": 1e4}})
    )
    found = [
        simulate_rep(task_of(each), setting_of_case(each), paths=2000).sum()
        for each in (plain, inbound)
    ]
    assert found[0] == pytest.approx(found[1], rel=0.01)


def _with_inbound(scenario: Scenario, rate: float) -> Scenario:
    known = OppRate(known=rate)
    return scenario.model_copy(
        update={
            "segments": {
                name: segment.model_copy(update={"inbound_opps_per_week": known})
                for name, segment in scenario.segments.items()
            },
            "reps": tuple(
                rep.model_copy(
                    update={
                        "segments": {
                            name: Segment(**{**dict(own), "inbound_opps_per_week": known})
                            for name, own in rep.segments.items()
                        }
                    }
                )
                for rep in scenario.reps
            ),
        }
    )


@FEW
@given(scenarios(most_months=6), st.floats(0, 2), st.floats(0, 2))
def test_more_inbound_never_lowers_a_booking(scenario: Scenario, low: float, more: float) -> None:
    """On every path, in every month, whatever else the scenario says."""
    less, greater = (_with_inbound(scenario, rate) for rate in (low, low + more))
    setting = setting_of(scenario, 3)
    for few, many in zip(rep_tasks(less), rep_tasks(greater), strict=True):
        by_few, by_many = (simulate_rep(task, setting, paths=60) for task in (few, many))
        assert (by_many >= by_few).all()
