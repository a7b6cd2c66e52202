"""What two scenarios say differently, in words."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from quotarisk.analysis.deal_changes import InputChange
from quotarisk.analysis.hybrids import CAUSES, Cause, Pair
from quotarisk.analysis.input_changes import list_changes
from quotarisk.analysis.written import mean_of_figure, write_figure
from quotarisk.scenario.figures import LawSpec, OppRate, WinRate
from quotarisk.scenario.funnel import Funnel
from quotarisk.scenario.scenario import Scenario
from quotarisk.simulation.simulation import answered_periods
from tests.analysis.cases import make, open_deal, segment

ANA, BO = {"name": "Ana"}, {"name": "Bo"}


def _listed(old: Scenario, new: Scenario) -> list[InputChange]:
    keys = [(period.cadence, period.name) for period in answered_periods(new)]
    return list_changes(Pair(old, new), keys)


def _both(old: dict[str, Any], new: dict[str, Any], *reps: dict[str, Any]) -> list[tuple[str, ...]]:
    people = reps or (ANA,)
    return [
        tuple(change) for change in _listed(make(None, *people, **old), make(None, *people, **new))
    ]


def _booked(amount: float, day: date = date(2026, 12, 30), rep: str = "Ana") -> dict[str, Any]:
    return {"rep": rep, "date": day, "amount": amount}


def test_nothing() -> None:
    """Equal scenarios say the same, in whatever order deals stand."""
    deals = [open_deal(1, 5), open_deal(2, 9, amount=3.0)]
    assert [] == _both({"open_deals": deals, "booked": []}, {"open_deals": deals[::-1]})


def test_won_gone_and_added() -> None:
    """A deal with a new booking of its rep and amount was won; without one nobody knows."""
    old = [open_deal(number, 9, amount=amount) for number, amount in enumerate([50.0, 50.0, 7.5])]
    drawn = open_deal(3, 9)
    told = _both(
        {"open_deals": [*old, drawn], "booked": [_booked(50.0)]},
        {"open_deals": [open_deal(4, 2)], "booked": [_booked(50.0), _booked(50.0), _booked(1.0)]},
    )
    was = "Ana, s, created 2026-12-23"
    assert told == [
        ("deals", "won", "Ana-0", "open_deals", f"50, {was}", "booked on 2026-12-30"),
        ("deals", "gone", "Ana-1", "open_deals", f"50, {was}", ""),
        ("deals", "gone", "Ana-2", "open_deals", f"7.50, {was}", ""),
        ("deals", "gone", "Ana-3", "open_deals", f"no amount, {was}", ""),
        ("deals", "added", "Ana-4", "open_deals", "", "no amount, Ana, s, created 2026-12-30"),
        ("deals", "booked", "Ana", "booked", "", "1 booking, 1 in all"),
    ]


def test_booked_before_it_was_there() -> None:
    """A booking from before a deal was created is not that deal's."""
    told = _both(
        {"open_deals": [open_deal(1, 1, amount=50.0)], "booked": []},
        {"booked": [_booked(50.0, date(2026, 12, 1))]},
    )
    assert ["gone", "booked"] == [change[1] for change in told]


def test_bookings_that_are_taken_back() -> None:
    """What was booked and is no more is told, by rep; nothing of who left, who takes it along."""
    old = make(None, ANA, BO, booked=[_booked(5.0), _booked(6.0), _booked(7.0, rep="Bo")])
    told = [tuple(change)[1:] for change in _listed(old, make(None, ANA, booked=[]))]
    assert told == [
        ("taken back", "Ana", "booked", "2 bookings, 11 in all", ""),
        ("left", "Bo", "reps", "there", ""),
    ]


def test_edited_deals() -> None:
    """Amount, rep, segment and first day of a deal that is still open."""
    both = {"s": segment(), "t": segment()}
    old = [open_deal(1, 5, amount=5.0), open_deal(2, 5, amount=5.0), open_deal(3, 5)]
    new = [
        {**old[0], "amount": 6.0, "segment": "t"},
        {**old[1], "rep": "Bo", "created": date(2026, 12, 1)},
        {**old[2], "amount": 4.0},
    ]
    lower = [{**old[0], "amount": 4.0}, *old[1:]]
    pair = [make(both, ANA, BO, open_deals=deals) for deals in (old, new, lower)]
    assert [tuple(change)[1:] for change in _listed(*pair[:2])] == [
        ("raised", "Ana-1", "amount", "5", "6"),
        ("changed", "Ana-1", "segment", "s", "t"),
        ("handed over", "Ana-2", "rep", "Ana", "Bo"),
        ("changed", "Ana-2", "created", "2026-12-27", "2026-12-01"),
        ("changed", "Ana-3", "amount", "none", "4"),
    ]
    assert ["lowered"] == [change.kind for change in _listed(pair[0], pair[2])]


def test_still_open() -> None:
    """Where the start moved on, deals that are open yet are told with their ages."""
    old = make(open_deals=[open_deal(1, 5)], booked=[])
    new = make(start=date(2027, 1, 8), open_deals=[open_deal(1, 5)], booked=[])
    assert [tuple(change) for change in _listed(old, new)] == [
        ("time", "still open", "Ana-1", "open_deals", "open for 5 days", "open for 12 days"),
        ("time", "later", "scenario", "start", "2027-01-01", "2027-01-08"),
    ]
    assert [("earlier", "start")] == [(c.kind, c.item) for c in _listed(new, old)]


def test_time() -> None:
    """Horizon and fiscal year."""
    told = _both({"months": 6}, {"months": 9, "fiscal_year_start": 2})
    assert told == [
        ("time", "raised", "scenario", "months", "6", "9"),
        ("time", "changed", "scenario", "fiscal_year_start", "1", "2"),
    ]


def test_pipeline_and_past() -> None:
    """How a rep begins, and which past is repeated."""
    old = make(None, ANA)
    new = make(None, {**ANA, "pipeline": "empty", "booked_since": date(2026, 1, 1)})
    assert [tuple(change) for change in _listed(old, new)] == [
        ("deals", "changed", "Ana", "pipeline", "as usual", "empty"),
        ("deals", "changed", "Ana", "booked_since", "none", "2026-01-01"),
    ]


def test_rates() -> None:
    """Segments, reps' own figures and what they sell, each once."""
    own = {"s": {"win_rate": 0.4}}
    old = make(
        {"s": segment(), "t": segment()}, {**ANA, "segments": own}, {**BO, "segments": {"s": {}}}
    )
    new = make(
        {
            "s": segment(opps=0.5, win={"won": 3, "of": 9}, lost_cycle_days=9.0),
            "t": segment(win=0.1),
        },
        {**ANA, "segments": {"s": {"win_rate": 0.3}, "t": {}}},
        {**BO, "segments": {"t": {}}},
    )
    assert [tuple(change)[1:] for change in _listed(old, new)] == [
        ("lowered", "s", "opps_per_week", "1", "0.5"),
        ("changed", "s", "lost_cycle_days", "none", "9"),
        ("lowered", "Ana: s", "win_rate", "0.4", "0.3"),
        ("added", "Ana: t", "segments", "", "sold"),
        ("dropped", "Bo: s", "segments", "sold", ""),
        ("added", "Bo: t", "segments", "", "sold"),
    ]


def test_own_that_is_the_same() -> None:
    """A figure that a rep now gives itself changes nothing where it is the segment's and known."""
    given = [make({"s": segment(win=win)}, ANA) for win in (0.5, {"won": 5, "of": 10})]
    own = [
        make({"s": segment(win=win)}, {**ANA, "segments": {"s": {"win_rate": win}}})
        for win in (0.5, {"won": 5, "of": 10})
    ]
    assert [] == _listed(given[0], own[0])
    # with evidence it is drawn anew
    assert ["5 of 10"] == [change.new for change in _listed(given[1], own[1])]


def test_market_calendar_and_correction() -> None:
    """What all reps share, key by key."""
    told = _both(
        {"market": {"creation": 0.1}},
        {
            "market": {"creation": 0.2, "period": "month"},
            "calendar": {"won": [0.5, 1, 1.5]},
            "correction": {"month_shape": 0.8},
        },
    )
    assert told == [
        ("rates", "raised", "market", "creation", "0.1", "0.2"),
        ("rates", "changed", "market", "period", "quarter", "month"),
        ("rates", "changed", "calendar", "won", "1, 1, 1", "0.5, 1, 1.5"),
        ("rates", "lowered", "correction", "month_shape", "1", "0.8"),
    ]


def test_hours() -> None:
    """What takes or makes a rep's time, where time is short; inbound opportunities anywhere."""
    stages = [{"name": "call", "rate": 0.5}, {"name": "opp", "rate": {"won": 5, "of": 25}}]
    funnel = {"hours_per_activity": 0.2, "stages": stages}
    plain, more = segment(), segment(hours_per_open_deal=2.0, inbound_opps_per_week=0.5)
    free = [make({"s": each}, ANA) for each in (plain, more)]
    busy = [
        make({"s": plain}, {**ANA, "hours_per_week": 40.0}),
        make({"s": more}, {**ANA, "hours_per_week": 30.0, "segments": {"s": {"funnel": funnel}}}),
    ]
    inbound = ("rates", "changed", "s", "inbound_opps_per_week", "none", "0.5")
    assert [inbound] == [tuple(change) for change in _listed(*free)]
    assert [tuple(change) for change in _listed(*busy)] == [
        inbound,
        ("rates", "changed", "s", "hours_per_open_deal", "none", "2"),
        ("rates", "lowered", "Ana", "hours_per_week", "40", "30"),
        ("rates", "changed", "Ana: s", "funnel", "none",
         "0.2 hours an activity, call 0.5, opp 5 of 25"),
    ]  # fmt: skip
    assert mean_of_figure(Funnel.model_validate(funnel)) == pytest.approx(0.5 * 5.5 / 26 / 0.2)


def test_quotas() -> None:
    """Of reps, groups and the team, by cadence; what follows from months is not told again."""
    ana = {**ANA, "group": "East", "quota": {"month": 10.0}}
    more = {**ana, "quota": {"month": {"": 10.0, "2027-02": 12.0}, "quarter": 40.0}}
    old = make(None, ana, months=6, team={"quota": {"quarter": 50.0}})
    new = make(
        None, more, months=6, groups={"East": {"quota": {"month": 9.0}}},
        team={"quota": {"quarter": 40.0}},
    )  # fmt: skip
    assert [tuple(change)[1:] for change in _listed(old, new)] == [
        ("raised", "Ana", "month quota", "10", "10 to 12"),
        ("raised", "Ana", "quarter quota", "30", "40"),
        ("added", "East", "month quota", "none", "9"),
        ("lowered", "team", "quarter quota", "50", "40"),
    ]


def test_a_plan_of_nothing_is_not_the_sum() -> None:
    """Where 0 is written in place of nothing, the reps' sum is no longer the plan."""
    ana = {**ANA, "quota": {"month": 10.0}}
    old, new = (
        make(None, ana, months=3, team={"quota": quota}) for quota in ({}, {"quarter": 0.0})
    )
    assert [tuple(change)[1:] for change in _listed(old, new)] == [
        ("added", "team", "quarter quota", "none", "0")
    ]


def test_quota_of_months_that_are_over() -> None:
    """A quarter's sum that changed by a month that is over is told as the quarter's."""
    months = [{"2027-01": january, "2027-02": 5.0, "2027-03": 5.0} for january in (5.0, 7.0)]
    old, new = (
        make(None, {**ANA, "quota": {"month": quota}}, start=start, booked=[], months=6)
        for quota, start in zip(months, (date(2027, 1, 1), date(2027, 2, 1)), strict=True)
    )
    told = [change for change in _listed(old, new) if change.cause == "quotas"]
    assert [("quarter quota", "15", "17")] == [change[3:] for change in told]


def test_people() -> None:
    """Who joined and left, with what they bring, and who starts, ramps or belongs elsewhere."""
    march, may = date(2027, 3, 1), date(2027, 5, 1)
    old = make(None, {**ANA, "start_date": may, "ramp": [0.5]}, BO, {"name": "Cy", "group": "West"})
    new = make(
        None,
        {**ANA, "start_date": march, "ramp": []},
        {**BO, "start_date": may, "group": "East"},
        {"name": "Dee", "group": "East", "start_date": march},
        open_deals=[open_deal(1, 5, rep="Dee")],
    )
    assert [tuple(change)[1:] for change in _listed(old, new)] == [
        ("joined", "Dee", "reps", "", "East, from 2027-03-01, 1 open deal"),
        ("left", "Cy", "reps", "West", ""),
        ("earlier", "Ana", "start_date", "2027-05-01", "2027-03-01"),
        ("changed", "Ana", "ramp", "0.5", "none"),
        ("moved", "Bo", "group", "none", "East"),
        ("changed", "Bo", "start_date", "none", "2027-05-01"),
    ]
    assert "later" in [change.kind for change in _listed(new, old)]


@pytest.mark.parametrize(
    ("figure", "told", "mean"),
    [
        (0.25, "0.25", 0.25),
        (OppRate(known=1.5), "1.5", 1.5),
        (OppRate(opps=62, weeks=52.0), "62 in 52 weeks", 62.5 / 52),
        (WinRate(won=120, of=400), "120 of 400", 120.5 / 401),
        (LawSpec(known=45.0), "45", 45.0),
        (LawSpec(dist="gamma", mean=40.0, sd=50.0, of=9), "gamma mean 40, sd 50 (of 9)", 40.0),
        (LawSpec(values=(1.0, 2.0, 6.0)), "3 values, mean 3", 3.0),
    ],
)
def test_figures_in_words(figure: Any, told: str, mean: float) -> None:
    """A figure is written with its evidence, and ordered by its mean."""
    assert told == write_figure(figure)
    assert mean == pytest.approx(mean_of_figure(figure))


def test_percentiles_in_words() -> None:
    """Percentiles are written with their levels."""
    law = LawSpec(quantiles={"0.1": 4.0, "0.5": 20.0, "0.9": 80.0})
    assert "0.1: 4, 0.5: 20, 0.9: 80" == write_figure(law)


def test_long_laws_in_words() -> None:
    """Of many levels a few are told, and how many there are; two laws are told apart."""
    levels = {f"0.{number}": float(number) for number in range(1, 8)}
    law, other = LawSpec(quantiles=levels), LawSpec(quantiles={**levels, "0.6": 6.5})
    assert "0.1: 1, 0.4: 4, 0.7: 7, … (7 levels)" == write_figure(law)
    assert "0.6: 6, … (7 levels)" == write_figure(law, beside=other)
    assert "0.6: 6.5, … (7 levels)" == write_figure(other, beside=law)
    assert "0.1: 1, 0.4: 4, 0.7: 7, … (7 levels)" == write_figure(law, beside=0.5)


def test_long_lists_in_words() -> None:
    """Of a year's seasons those are told that changed, by their months."""
    seasons = [[1.0] * 12, [1.0] * 7 + [0.8, 0.9] + [1.0] * 3]
    told = _both(*({"calendar": {"creation": season}} for season in seasons))
    before, after = "8: 1, 9: 1, … (12 numbers)", "8: 0.8, 9: 0.9, … (12 numbers)"
    assert [("rates", "changed", "calendar", "creation", before, after)] == told


@pytest.mark.parametrize(
    ("start", "since", "cause"),
    [
        (date(2027, 1, 1), date(2026, 7, 1), "rates"),
        (date(2027, 1, 1), date(2026, 8, 1), "deals"),
        (date(2027, 2, 1), date(2026, 7, 1), "time"),
    ],
)
def test_the_past_is_listed_where_it_is_counted(start: date, since: date, cause: Cause) -> None:
    """A repeated past belongs to the cause that brings it into a mixture, and to no other."""
    pair = Pair(
        *(
            make(None, ANA, booked=[], start=day, correction={"own_history": share, "since": past})
            for day, share, past in ((date(2027, 1, 1), 0.2, date(2026, 7, 1)), (start, 0.3, since))
        )
    )
    listed = list_changes(pair, [])
    assert {cause} == {change.cause for change in listed if change.what == "correction"}
    shares = {each: pair.mix([each]).scenario.correction.own_history for each in CAUSES}
    brings = [each for each, share in shares.items() if share == 0.3]
    assert cause in brings
    assert "rates" not in brings or cause == "rates"


def test_one_word_for_nothing() -> None:
    """What is not there is none, whatever it is."""
    correction = {"own_history": 0.3, "since": date(2026, 7, 1)}
    ana = {**ANA, "group": "East", "ramp": [0.5], "start_date": date(2027, 2, 1)}
    new = make(None, ana, correction=correction, booked=[])
    told = _listed(make(None, ANA, booked=[]), new)
    items = {"own_history", "since", "group", "ramp", "start_date"}
    assert items == {change.item for change in told}
    assert {"none"} == {change.old for change in told if change.item != "own_history"}
