"""Assumptions, and where each may lie."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pytest
from scipy import stats

from quotarisk.analysis.moving import (
    LATE,
    PERCENTILES,
    TENTH,
    Assumption,
    Move,
    common_reach,
    list_assumptions,
    mean_move,
    move_figure,
    scale_law,
    with_tasks,
)
from quotarisk.scenario.figures import LawSpec
from quotarisk.scenario.segment import Parameter
from quotarisk.simulation.comparing import variant_of
from quotarisk.simulation.simulation import Level
from tests.analysis.cases import make, open_deal, segment
from tests.simulation.cases import EVIDENCE, open_deals, scenario_of

KNOWN = segment(opps=2.0, win=0.5, size=10_000.0, cycle=30.0)


def _found(*args: Any, **told: Any) -> dict[tuple[str, str], Assumption]:
    scenario = make(*args, **told)
    return {(a.figure, a.segment): a for a in list_assumptions(variant_of(scenario, 7))}


def test_evidence_moves_to_its_percentiles() -> None:
    """Low and high are those of the posteriors, by another library's quantiles."""
    scenario = scenario_of(EVIDENCE, open_deals=open_deals(3, 30))
    found = {str(a.figure): a for a in list_assumptions(variant_of(scenario, 7))}
    laws = {
        "opps_per_week": stats.gamma(62.5, scale=1 / 52),
        "win_rate": stats.beta(21.5, 39.5),
    }
    for key, law in laws.items():
        move = found[key].moves["Ana"]
        np.testing.assert_allclose((move.low, move.high), law.ppf([0.1, 0.9]), rtol=1e-9)
        np.testing.assert_allclose(move.value, law.mean(), rtol=1e-12)
        assert PERCENTILES == move.basis
    specs = {key: LawSpec(**EVIDENCE[key]) for key in ("deal_size", "won_cycle_days")}
    specs["lost_cycle_days"] = LawSpec(**EVIDENCE["lost_cycle_days"])
    for key, spec in specs.items():
        move = found[key].moves["Ana"]
        factor = stats.lognorm(spec.law.log_sd / np.sqrt(EVIDENCE[key]["of"])).ppf([0.1, 0.9])
        median = float(spec.law.ppf(0.5))
        np.testing.assert_allclose((move.low, move.high), factor * median, rtol=1e-9)
        assert PERCENTILES == move.basis


def test_the_known_moves_by_a_tenth() -> None:
    """Down and up, and says so."""
    for (figure, _), assumption in _found({"s": KNOWN}).items():
        move = assumption.moves["Ana"]
        np.testing.assert_allclose((move.low, move.high), (0.9 * move.value, 1.1 * move.value))
        assert TENTH == move.basis, figure


@pytest.mark.parametrize("key", ["opps_per_week", "win_rate", "deal_size", "won_cycle_days"])
def test_who_brings_own_evidence_moves_by_it(key: Parameter) -> None:
    """A segment's figure moves for all who sell it, each rep's own one to its own percentiles."""
    own = {"name": "Bo", "segments": {"s": {key: EVIDENCE[key]}}}
    assumption = _found({"s": KNOWN}, {"name": "Ana"}, own)[key, "s"]
    assert {"Ana": TENTH, "Bo": PERCENTILES} == {n: m.basis for n, m in assumption.moves.items()}
    assert assumption.low.keys() == assumption.high.keys() == {"Ana", "Bo"}
    mean = mean_move(list(assumption.moves.values()))
    assert f"{PERCENTILES}, {TENTH} where known" == mean.basis


def test_only_who_sells_it_is_concerned() -> None:
    """And a figure that is nothing stays nothing: it is no assumption."""
    two = {"a": KNOWN, "b": segment(opps=0.0, cycle=0.0)}
    reps = {"name": "Ana"}, {"name": "Bo", "segments": {"a": {}}}
    found = _found(two, *reps)
    assert {"Ana", "Bo"} == found["win_rate", "a"].moves.keys()
    assert {"Ana"} == found["win_rate", "b"].moves.keys()
    assert ("opps_per_week", "b") not in found
    assert ("won_cycle_days", "b") not in found


def test_losing_matters_to_listed_deals_only() -> None:
    """Where nothing is listed, or nobody says how long losing takes, it is no assumption."""
    told = segment(stall_rate=0.1, lost_cycle_days=20.0)
    without = {"stall_rate", "lost_cycle_days"} & {figure for figure, _ in _found({"s": told})}
    assert not without
    deals = [open_deal(1, 10)]
    assert _found({"s": told}, open_deals=deals).keys() >= {
        ("stall_rate", "s"),
        ("lost_cycle_days", "s"),
    }
    as_won = _found({"s": segment(stall_rate=0.1)}, open_deals=deals)
    assert ("lost_cycle_days", "s") not in as_won
    (terms,) = as_won["won_cycle_days", "s"].low["Ana"].terms
    assert terms.lost_cycle_days == terms.won_cycle_days
    assert terms.won_cycle_days.known == pytest.approx(27.0)


def test_wins_and_stalls_leave_each_other_room() -> None:
    """However far one of them would move."""
    told = segment(win={"won": 6, "of": 10}, stall_rate=0.3)
    found = _found({"s": told}, open_deals=[open_deal(1, 10)])
    assert found["win_rate", "s"].moves["Ana"].high == 0.7
    tight = segment(win=0.5, stall_rate=0.5)
    stall = _found({"s": tight}, open_deals=[open_deal(1, 10)])["stall_rate", "s"].moves["Ana"]
    assert (0.45, 0.5) == (stall.low, stall.high)


@pytest.mark.parametrize(
    "spec",
    [
        LawSpec(known=40.0),
        LawSpec(median=30.0, p90=75.0, of=9.0),
        LawSpec(dist="gamma", mean=40.0, sd=50.0),
        LawSpec(dist="weibull", p10=3.0, p75=75.0),
        LawSpec(dist="exponential", mean=40.0),
        LawSpec(values=(1.0, 2.0, 40.0), of=3.0),
        LawSpec(quantiles={"0.1": 4.0, "0.5": 20.0, "0.9": 80.0}),
    ],
    ids=["known", "lognormal", "gamma", "weibull", "exponential", "values", "quantiles"],
)
def test_a_law_is_scaled_as_a_whole(spec: LawSpec) -> None:
    """All quantiles are multiplied, and nothing is left to doubt."""
    levels = np.array([0.01, 0.1, 0.5, 0.77, 0.99])
    scaled = scale_law(spec, 1.3)
    np.testing.assert_allclose(scaled.law.ppf(levels), 1.3 * spec.law.ppf(levels), rtol=1e-9)
    assert scaled.is_known


def test_a_mean_counts_who_counts() -> None:
    """By weight; all alike where nobody has any."""
    one, other = Move(1.0, 0.0, 2.0, TENTH, 1.0), Move(4.0, 3.0, 5.0, TENTH, 3.0)
    assert Move(3.25, 2.25, 4.25, TENTH, 4.0) == mean_move([one, other])
    light = [move._replace(weight=0.0) for move in (one, other)]
    assert (2.5, 1.5, 3.5) == mean_move(light)[:3]


def test_people_who_ramp_and_who_are_hired() -> None:
    """Ramps move by a tenth, hires come late; who starts after the end is left alone."""
    reps = (
        {"name": "Ana"},
        {"name": "Bo", "start_date": date(2026, 12, 1), "ramp": [0.2, 0.6]},
        {"name": "Cy", "start_date": date(2027, 3, 1)},
        {"name": "Di", "start_date": date(2029, 3, 1)},
    )
    found = _found({"s": KNOWN}, *reps)
    assert ["Bo"] == list(found["ramp", ""].moves)
    assert (0.2 * 0.9, 0.6 * 0.9) == found["ramp", ""].low["Bo"].rep.ramp
    hires = found["hires", ""]
    assert ["Cy"] == list(hires.moves)
    assert hires.high["Cy"].rep.start_date == date(2027, 4, 30)
    assert not hires.low
    assert (LATE, "start of hires") == (hires.moves["Cy"].basis, hires.words)


def test_others_keep_their_very_tasks() -> None:
    """So that a move costs nothing for whom it does not concern."""
    two = {"a": KNOWN, "b": KNOWN}
    base = variant_of(
        make(two, {"name": "Ana", "segments": {"a": {}}}, {"name": "Bo", "segments": {"b": {}}}), 7
    )
    assumption = next(a for a in list_assumptions(base) if a.segment == "b")
    moved = with_tasks(base, assumption.high)
    assert moved.tasks["Ana"] is base.tasks["Ana"]
    assert moved.tasks["Bo"] != base.tasks["Bo"]


def test_a_high_rate_stays_within_what_a_rate_may_be() -> None:
    """The most opportunities a week that a scenario can say."""
    (terms,) = variant_of(make({"s": segment(opps=9_999.0)}), 7).tasks["Ana"].terms
    assert move_figure(terms, "opps_per_week").move.high == 10_000.0


def test_the_mean_of_a_team_moves_to_its_percentiles() -> None:
    """Of many draws of all its reps' figures; what each of them does by itself is far beyond."""
    evidence = [(4 + n, 14 + 3 * n) for n in range(8)]
    reps = [
        {
            "name": f"R{n}",
            "group": "G" if n < 4 else None,
            "segments": {
                "s": {"win_rate": {"won": won, "of": of}, "opps_per_week": {"opps": of, "weeks": 9}}
            },
        }
        for n, (won, of) in enumerate(evidence)
    ]
    shared = [{"name": f"S{n}"} for n in range(2)]  # who take the segment's
    rng = np.random.default_rng(3)
    base = variant_of(make({"s": segment(win={"won": 9, "of": 30})}, *reps, *shared), 7)
    draws = [rng.beta(won + 0.5, of - won + 0.5, 20_000) for won, of in evidence]
    draws += [rng.beta(9.5, 21.5, 20_000)] * 2
    cases: list[tuple[Level, slice]] = [("team", slice(None)), ("group", slice(0, 4))]
    by_itself = next(a for a in list_assumptions(base) if a.figure == "win_rate")
    for level, names in cases:
        assumption = next(a for a in list_assumptions(base, level) if a.figure == "win_rate")
        moves = list(assumption.moves.values())[names]
        weights = [move.weight for move in moves]
        mean = np.average(draws[names], axis=0, weights=weights)
        move = mean_move(moves)
        error = 4 * np.sqrt(0.09 / 20_000) / stats.norm.pdf(1.28) * mean.std()
        skew = 0.03 * mean.std()  # the mean of a few is not quite normal
        apart = np.abs(np.quantile(mean, [0.1, 0.9]) - (move.low, move.high))
        assert (apart < error + skew).all(), level
        alone = mean_move(list(by_itself.moves.values())[names])
        assert mean.mean() - alone.low > 1.4 * (mean.mean() - move.low)


def test_one_source_of_doubt_goes_all_the_way() -> None:
    """Shared by all, or one rep's alone, or of no weight."""
    assert [1.0] * 4 == [
        common_reach([3.0, 2.0], []), common_reach([], [2.0]), common_reach([], []),
        common_reach([0.0], [0.0]),
    ]  # fmt: skip
    assert common_reach([], [1.0, 1.0]) == pytest.approx(0.5**0.5)
    assert common_reach([1.0, 2.0], [4.0]) == pytest.approx(5 / 7)


FUNNEL = {
    "hours_per_activity": 0.5,
    "stages": [{"name": "SQL", "rate": {"won": 30, "of": 150}}, {"name": "opp", "rate": 0.5}],
}


def test_what_hours_rest_on() -> None:
    """The funnel, the hours and what deals take; how many a funnel makes is no assumption."""
    told = segment(
        funnel=FUNNEL, hours_per_open_deal=2.0, inbound_opps_per_week={"opps": 20, "weeks": 40},
        lost_cycle_days=20.0, stall_rate=0.1,
    )  # fmt: skip
    found = _found({"s": told}, {"name": "Ana", "hours_per_week": 30.0})
    assert found.keys() >= {
        ("funnel", "s"),
        ("hours_per_open_deal", "s"),
        ("inbound_opps_per_week", "s"),
        ("lost_cycle_days", "s"),
        ("stall_rate", "s"),
        ("hours", ""),
    }
    assert ("opps_per_week", "s") not in found
    funnel = found["funnel", "s"]
    draws = np.random.default_rng(1).beta(30.5, 120.5, 200_000)
    low, high = np.quantile(draws, [0.1, 0.9])
    move = funnel.moves["Ana"]
    assert (move.low, move.value, move.high) == pytest.approx((low, draws.mean(), high), rel=0.01)
    (terms,) = funnel.low["Ana"].terms
    assert terms.funnel is not None
    assert terms.funnel.is_known
    assert terms.funnel.opps_per_hour == pytest.approx(move.low)
    hours = found["hours", ""]
    assert [27.0, 33.0] == [end["Ana"].rep.hours_per_week for end in (hours.low, hours.high)]
    effort = found["hours_per_open_deal", "s"]
    assert [1.8, 2.2] == [
        pytest.approx(end["Ana"].terms[0].hours_per_open_deal) for end in (effort.low, effort.high)
    ]


def test_without_hours_a_funnel_is_no_assumption() -> None:
    """It says how opportunities are made, not how many."""
    told = segment(funnel=FUNNEL, hours_per_open_deal=2.0, inbound_opps_per_week=0.5)
    found = _found({"s": told})
    assert not {"funnel", "hours_per_open_deal", "hours"} & {figure for figure, _ in found}
    assert found["inbound_opps_per_week", "s"].moves["Ana"].low == pytest.approx(0.45)


def test_a_known_funnel_moves_by_a_tenth() -> None:
    """As far as its first stage has room."""
    known = {"hours_per_activity": 1.0, "stages": [{"name": "opp", "rate": 0.95}]}
    found = _found({"s": segment(funnel=known)}, {"name": "Ana", "hours_per_week": 10.0})
    move = found["funnel", "s"].moves["Ana"]
    assert (move.low, move.high) == pytest.approx((0.855, 1.0))
