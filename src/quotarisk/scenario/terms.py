"""What holds for a rep in a segment: the rep's own figures, the segment's for the rest."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from quotarisk.scenario.figures import LawSpec, OppRate, WinRate
from quotarisk.scenario.funnel import Funnel
from quotarisk.scenario.scenario import Scenario
from quotarisk.scenario.segment import (
    EFFORTS,
    PARAMETERS,
    VALUES,
    Effort,
    Parameter,
    Segment,
    Value,
)
from quotarisk.scenario.team import Rep

NO_OPPS = OppRate(known=0.0)
_OPTIONAL = frozenset(("stall_rate", "lost_cycle_days"))


@dataclass(frozen=True)
class Terms:
    """A rep's figures in a segment, complete.

    Parameters
    ----------
    segment
        The segment's name.
    opps_per_week, win_rate, stall_rate, deal_size, won_cycle_days, lost_cycle_days
        As in the file; ``stall_rate`` is 0 and ``lost_cycle_days`` the won cycle where
        neither the rep nor the segment says otherwise, ``opps_per_week`` 0 where the rep's
        hours make all opportunities.
    own
        The parameters that the rep gives itself. The others come from the segment, and what
        is not known of them is shared by all reps who take them from there.
    lost_as_won
        Whether nobody says how long losing takes: then it takes what winning takes, on every
        path.
    inbound_opps_per_week, funnel, hours_per_open_deal, prospecting_mix
        As in the file: 0, none, 0 and none where neither says otherwise.
    cost_per_opp, cost_per_inbound_opp, lifetime_value
        As in the file, ``cost_per_inbound_opp`` as ``cost_per_opp`` where neither says otherwise;
        none where nothing is told. They change no booking.
    stream
        Who brings the opportunities: see `streams_of`.
    pace
        Factor on what the rep makes from the first day on; what is inbound or open already stays.
    """

    segment: str
    opps_per_week: OppRate
    win_rate: WinRate
    stall_rate: float
    deal_size: LawSpec
    won_cycle_days: LawSpec
    lost_cycle_days: LawSpec
    own: frozenset[Parameter | Effort | Value]
    lost_as_won: bool = False
    inbound_opps_per_week: OppRate = NO_OPPS
    funnel: Funnel | None = None
    hours_per_open_deal: float = 0.0
    prospecting_mix: float | None = None
    cost_per_opp: float | None = None
    cost_per_inbound_opp: float | None = None
    lifetime_value: float | None = None
    stream: Literal["made", "inbound"] = "made"
    pace: float = 1.0


def segments_of(scenario: Scenario, rep: Rep) -> tuple[str, ...]:
    """Which segments does a rep sell: those named, or all where none is named."""
    return tuple(rep.segments) or tuple(scenario.segments)


def parts_of(scenario: Scenario, rep: Rep, segment: str) -> tuple[Segment, Segment]:
    """What does a rep say of a segment, and what does the segment say itself?"""
    return rep.segments.get(segment, Segment()), scenario.segments.get(segment, Segment())


def _needs_no_rate(rep: Rep, own: Segment, shared: Segment) -> bool:
    """Whether the rep's hours, or marketing alone, make the opportunities of a segment."""
    by_hours = rep.hours_per_week is not None and (own.funnel or shared.funnel) is not None
    inbound = own.inbound_opps_per_week or shared.inbound_opps_per_week
    return by_hours or inbound is not None


def streams_of(terms: Terms) -> tuple[Terms, ...]:
    """Where do opportunities come from: what the rep makes and, if there is any, what is inbound?

    Each stream is a Poisson process of its own, with its rate as ``opps_per_week`` and what an
    opportunity costs as ``cost_per_opp``; deals that are listed belong to the first.
    """
    inbound = terms.inbound_opps_per_week
    if inbound == NO_OPPS:
        return (terms,)
    own = terms.own - {"opps_per_week"}
    if "inbound_opps_per_week" in terms.own:
        own |= {"opps_per_week"}
    made = replace(terms, inbound_opps_per_week=NO_OPPS)
    return made, replace(
        made,
        opps_per_week=inbound,
        own=own,
        cost_per_opp=terms.cost_per_inbound_opp,
        stream="inbound",
        pace=1.0,
    )


def missing_parameters(scenario: Scenario, rep: Rep, segment: str) -> tuple[Parameter, ...]:
    """Which figures does nobody give for a rep in a segment, though a simulation needs them?"""
    own, shared = parts_of(scenario, rep, segment)
    optional = _OPTIONAL | ({"opps_per_week"} if _needs_no_rate(rep, own, shared) else set())
    return tuple(
        key
        for key in PARAMETERS
        if key not in optional and getattr(own, key) is None and getattr(shared, key) is None
    )


def terms_of(scenario: Scenario, rep: Rep, segment: str) -> Terms:
    """Put together what holds for a rep in a segment; nothing may be missing."""
    own, shared = parts_of(scenario, rep, segment)

    def pick(key: Parameter | Effort | Value) -> tuple[object, bool]:
        mine = getattr(own, key)
        return (mine, True) if mine is not None else (getattr(shared, key), False)

    picked = {key: pick(key) for key in (*PARAMETERS, *EFFORTS, *VALUES)}
    lost_as_won = picked["lost_cycle_days"][0] is None
    if lost_as_won:
        picked["lost_cycle_days"] = picked["won_cycle_days"]
    if picked["cost_per_inbound_opp"][0] is None:
        picked["cost_per_inbound_opp"] = picked["cost_per_opp"]
    left_out: dict[Parameter | Effort | Value, object] = {
        "stall_rate": 0.0,
        "opps_per_week": NO_OPPS,
        "inbound_opps_per_week": NO_OPPS,
        "hours_per_open_deal": 0.0,
    }
    for key, usual in left_out.items():
        if picked[key][0] is None:
            picked[key] = (usual, False)
    return Terms(
        segment=segment,
        lost_as_won=lost_as_won,
        own=frozenset(key for key, (_, mine) in picked.items() if mine),
        **{key: value for key, (value, _) in picked.items()},  # type: ignore[arg-type]
    )
