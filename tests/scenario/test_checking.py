# ruff: noqa: E501 - a message and what causes it stand on one line
from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from quotarisk.scenario.checking import find_faults
from quotarisk.scenario.correction import Correction
from quotarisk.scenario.figures import LawSpec, OppRate, WinRate
from quotarisk.scenario.market import Calendar
from quotarisk.scenario.scenario import Scenario
from quotarisk.scenario.segment import Segment
from quotarisk.scenario.stress import Stress
from quotarisk.scenario.team import Booking, Group, OpenDeal, Quota, Rep, Team

WHOLE = Segment(
    opps_per_week=OppRate(known=1.0),
    win_rate=WinRate(known=0.3),
    deal_size=LawSpec(known=10.0),
    won_cycle_days=LawSpec(known=30.0),
)
HOLE = WHOLE.model_copy(update={"win_rate": None, "deal_size": None})
ANA, BEN = Rep(name="Ana", group="East"), Rep(name="Ben")
START = date(2027, 1, 1)


def deal(name: str, **told: Any) -> OpenDeal:
    """An open deal of Ana's."""
    return OpenDeal(**{"deal": name, "rep": "Ana", "segment": "small", "created": START, **told})


def team(**told: Any) -> Scenario:
    """Two reps who sell one segment."""
    return Scenario(
        **{
            "name": "T",
            "start": START,
            "segments": {"small": WHOLE},
            "reps": (ANA, BEN),
            **told,
        }
    )


def test_nothing_wrong() -> None:
    """A scenario that can be simulated has no faults."""
    assert () == find_faults(team())


def test_names_the_file() -> None:
    """Faults bear the name of the file that is told."""
    (fault,) = find_faults(team(groups={"Est": Group()}), "team.toml")

    assert "team.toml" == fault.file


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ({"reps": (Rep(name="Ana", ramp=(0.5,)),)}, ["a ramp needs the start_date that it counts its months from, got no start_date (reps[0].ramp)"]),
        ({"reps": ()}, ["reps must have at least one rep, got none (reps)"]),
        ({"reps": (ANA, BEN, ANA)}, ["name must be unique among the reps, got 'Ana' once more (reps[2].name)"]),
        ({"groups": {"Est": Group()}}, ["a group must be one that some rep belongs to, got 'Est' (groups.Est); did you mean 'East'?"]),
        ({"segments": {}}, ["segments must have at least one segment that a rep can sell, got none for Ana and Ben (segments)"]),
        ({"segments": {"small": HOLE}}, ["win_rate, deal_size must be given by the segment, or by each rep who sells it, got nothing for Ana and Ben (segments.small)"]),
        ({"segments": {"small": HOLE}, "reps": tuple(Rep(name=f"R{n}") for n in range(300))}, ["win_rate, deal_size must be given by the segment, or by each rep who sells it, got nothing for R0, R1 and 298 more (segments.small)"]),
        ({"segments": {"small": HOLE}, "reps": (Rep(name="Ana", segments={"small": Segment(win_rate=WinRate(known=0.1))}),)}, ["deal_size must be given by the segment, or by each rep who sells it, got nothing for Ana (segments.small)"]),
        ({"reps": (Rep(name="Ana", segments={"smal": Segment()}),)}, ["a segment must be described in [segments], or have all figures of its own, got 'smal' of Ana (reps[0].segments.smal); did you mean 'small'?"]),
        ({"reps": (Rep(name="Ana", segments={"own": WHOLE}),)}, []),
        ({"segments": {"small": WHOLE.model_copy(update={"stall_rate": 0.8})}}, ["stall_rate must leave room for win_rate: together they are at most 1, got 0.8 with a win_rate of 0.3 (segments.small.stall_rate)"]),
        ({"segments": {"small": WHOLE.model_copy(update={"stall_rate": 0.7})}}, []),
        ({"reps": (ANA, Rep(name="Ben", segments={"small": Segment(stall_rate=0.9)}))}, ["stall_rate must leave room for win_rate: together they are at most 1, got 0.9 with a win_rate of 0.3 (reps[1].segments.small.stall_rate)"]),
        ({"segments": {"small": WHOLE.model_copy(update={"stall_rate": 0.5})}, "reps": (Rep(name="Ana", segments={"small": Segment(win_rate=WinRate(known=0.75))}),)}, ["stall_rate must leave room for win_rate: together they are at most 1, got 0.5 with a win_rate of 0.75 (reps[0].segments.small)"]),
        ({"segments": {"small": WHOLE.model_copy(update={"stall_rate": 0.5})}, "reps": (Rep(name="Ana", segments={"small": Segment(win_rate=WinRate(won=9, of=9))}),)}, []),
        ({"open_deals": (deal("D1"), deal("D1"))}, ["deal must be unique among the open deals, got 'D1' once more (open_deals[1].deal)"]),
        ({"open_deals": (deal("D1", created=date(2027, 1, 2)),)}, ["created must not be after the first day, 2027-01-01, got 2027-01-02 (open_deals[0].created)"]),
        ({"open_deals": (deal("D1", rep="Anna"), deal("D2", rep="Anna"))}, ["rep must be one of the reps, got 'Anna' in 2 deals (open_deals[0].rep); did you mean 'Ana'?"]),
        ({"open_deals": (deal("D1", segment="big"), deal("D2", segment="big"))}, ["segment must be one that 'Ana' sells, got 'big' in 2 deals (open_deals[0].segment); allowed: 'small'"]),
        ({"reps": (Rep(name="Ana", pipeline="steady"), BEN), "open_deals": (deal("D1"),)}, ["pipeline must be left out where open deals are listed for the rep, got 'steady' (reps[0].pipeline)"]),
        ({"reps": (ANA, Rep(name="Ben", pipeline="steady")), "open_deals": (deal("D1"),)}, []),
        ({"booked": (Booking(rep="Bob", date=START, amount=1),) * 2}, ["rep must be one of the reps, got 'Bob' in 2 bookings (booked[0].rep); allowed: 'Ana', 'Ben'"]),
        ({"booked": ()}, []),
        ({"booked": (), "correction": Correction(own_history=0.3)}, ["own_history needs since, the first day of the past that is repeated, got no since (correction.own_history)"]),
        ({"booked": (), "correction": Correction(own_history=0.3, since=date(2026, 12, 26))}, ["since must be a week or more before the first day, 2027-01-01, got 2026-12-26 (correction.since)"]),
        ({"correction": Correction(own_history=0.3, since=date(2026, 12, 25))}, ["own_history needs booked: what each rep booked in the past that is repeated, got no booked (correction.own_history)"]),
        ({"booked": (), "correction": Correction(own_history=0.3, since=date(2026, 12, 25))}, []),
        ({"correction": Correction(month_shape=0.5)}, []),
        ({"team": Team(quota=Quota(quarter=(1.0, 2.0)))}, ["quarter quota must be a list of 4, one for each quarter that ends within the horizon, got 2 (team.quota.quarter)"]),
        ({"groups": {"East": Group(quota=Quota(month=()))}}, ["month quota must be a list of 12, one for each month that ends within the horizon, got 0 (groups.East.quota.month)"]),
        ({"reps": (Rep(name="Ana", quota=Quota(quarter={"2027-Q5": 1.0, "": 2.0, "2031-Q1": 1.0})),)}, ["quarter quota must name periods such as 2027-Q1, got '2027-Q5' (reps[0].quota.quarter.2027-Q5)"]),
        ({"team": Team(quota=Quota(year={"27": 1.0}, month={"2027-13": 1.0}))}, ["month quota must name periods such as 2027-01, got '2027-13' (team.quota.month.2027-13)", "year quota must name periods such as 2027, got '27' (team.quota.year.27)"]),
        ({"stress": {"x": Stress(remove_reps=("Bem",))}}, ["remove_reps must name reps of the team, got 'Bem' (stress.x.remove_reps[0]); did you mean 'Ben'?"]),
        ({"stress": {"x": Stress(remove_reps=("Ben", "Ana"))}}, ["remove_reps must leave at least one rep, got all (stress.x.remove_reps)"]),
        ({"calendar": Calendar(creation=(0.0,) * 12)}, ["creation must be above 0 in at least one month, got zeros only (calendar.creation)"]),
        ({"reps": (ANA, Rep(name="Ben", start_date=date(2040, 1, 1)))}, []),
    ],
)  # fmt: skip
def test_find_faults(told: dict[str, Any], expected: list[str]) -> None:
    """What is wrong with the whole is told once, where it stands, with what was meant."""
    assert expected == [str(fault) for fault in find_faults(team(**told))]
