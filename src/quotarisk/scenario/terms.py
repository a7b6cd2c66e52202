"""What holds for a rep in a segment: the rep's own figures, the segment's for the rest."""

from __future__ import annotations

from dataclasses import dataclass

from quotarisk.scenario.figures import LawSpec, OppRate, WinRate
from quotarisk.scenario.scenario import Scenario
from quotarisk.scenario.segment import PARAMETERS, Parameter, Segment
from quotarisk.scenario.team import Rep


@dataclass(frozen=True)
class Terms:
    """A rep's figures in a segment, complete.

    Parameters
    ----------
    segment
        The segment's name.
    opps_per_week, win_rate, stall_rate, deal_size, won_cycle_days, lost_cycle_days
        As in the file; ``stall_rate`` is 0 and ``lost_cycle_days`` the won cycle where
        neither the rep nor the segment says otherwise.
    own
        The parameters that the rep gives itself. The others come from the segment, and what
        is not known of them is shared by all reps who take them from there.
    lost_as_won
        Whether nobody says how long losing takes: then it takes what winning takes, on every
        path.
    """

    segment: str
    opps_per_week: OppRate
    win_rate: WinRate
    stall_rate: float
    deal_size: LawSpec
    won_cycle_days: LawSpec
    lost_cycle_days: LawSpec
    own: frozenset[Parameter]
    lost_as_won: bool = False


def segments_of(scenario: Scenario, rep: Rep) -> tuple[str, ...]:
    """Which segments does a rep sell: those named, or all where none is named."""
    return tuple(rep.segments) or tuple(scenario.segments)


def missing_parameters(scenario: Scenario, rep: Rep, segment: str) -> tuple[Parameter, ...]:
    """Which figures does nobody give for a rep in a segment, though a simulation needs them?"""
    own, shared = rep.segments.get(segment, Segment()), scenario.segments.get(segment, Segment())
    optional = {"stall_rate", "lost_cycle_days"}
    return tuple(
        key
        for key in PARAMETERS
        if key not in optional and getattr(own, key) is None and getattr(shared, key) is None
    )


def terms_of(scenario: Scenario, rep: Rep, segment: str) -> Terms:
    """Put together what holds for a rep in a segment; nothing may be missing."""
    own, shared = rep.segments.get(segment, Segment()), scenario.segments.get(segment, Segment())

    def pick(key: Parameter) -> tuple[object, bool]:
        mine = getattr(own, key)
        return (mine, True) if mine is not None else (getattr(shared, key), False)

    picked = {key: pick(key) for key in PARAMETERS}
    lost_as_won = picked["lost_cycle_days"][0] is None
    if lost_as_won:
        picked["lost_cycle_days"] = picked["won_cycle_days"]
    if picked["stall_rate"][0] is None:
        picked["stall_rate"] = (0.0, False)
    return Terms(
        segment=segment,
        lost_as_won=lost_as_won,
        own=frozenset(key for key, (_, mine) in picked.items() if mine),
        **{key: value for key, (value, _) in picked.items()},  # type: ignore[arg-type]
    )
