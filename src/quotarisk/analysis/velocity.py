"""Sales velocity and its parts: opportunities a week x win rate x deal size / cycle."""

from __future__ import annotations

from typing import NamedTuple

from quotarisk.analysis.traits import as_seen
from quotarisk.analysis.weekly import weeks_of
from quotarisk.simulation.lowering import RepTask


class Flow(NamedTuple):
    """What a rep has in a segment in a week, fully ramped and in an average season.

    Parameters
    ----------
    opps, wins
        Opportunities, inbound ones included, and those of them that are won.
    deal_size
        Mean amount of a won deal, in currency.
    opps_per_activity
        What an activity makes; 1 where there is no funnel.
    """

    opps: float
    wins: float
    deal_size: float
    opps_per_activity: float

    @property
    def booked(self) -> float:
        """What a week's opportunities book in the end, in currency."""
        return self.wins * self.deal_size


class Velocity(NamedTuple):
    """A rep's sales velocity, over all segments together.

    Parameters
    ----------
    opps_per_week
        Opportunities, inbound ones included.
    win_rate
        Share of them that ends won.
    deal_size
        Mean amount of a won deal, in currency.
    cycle_days
        Mean days from creation to close of a won deal.
    """

    opps_per_week: float
    win_rate: float
    deal_size: float
    cycle_days: float

    @property
    def value(self) -> float:
        """Opportunities a week x win rate x deal size / cycle; 0 where deals take no time."""
        booked = self.opps_per_week * self.win_rate * self.deal_size
        return booked / self.cycle_days if self.cycle_days > 0 else 0.0


def flows_of(task: RepTask) -> dict[str, Flow]:
    """How many opportunities and wins does a rep have in each segment in a week?

    Rates are taken as they were seen. Opportunities that hours make are those of the long run,
    in which open deals take their hours and prospecting the rest, see `weeks_of`.
    """
    flows: dict[str, Flow] = {}
    for week in weeks_of(as_seen(task)):
        terms = week.terms
        flows[terms.segment] = Flow(
            week.opps,
            week.opps * terms.win_rate.mean,
            terms.deal_size.law.mean,
            1.0 if terms.funnel is None else terms.funnel.opps_per_activity,
        )
    return flows


def velocity_of(task: RepTask) -> Velocity:
    """How fast does a rep sell?

    Win rates are weighted by opportunities, sizes and cycles by wins, so that the product of the
    first three parts is what a week's opportunities are expected to book in the end.
    """
    flows = flows_of(task)
    opps = sum(flow.opps for flow in flows.values())
    wins = sum(flow.wins for flow in flows.values())
    booked = sum(flow.booked for flow in flows.values())
    days = sum(flows[terms.segment].wins * terms.won_cycle_days.law.mean for terms in task.terms)
    return Velocity(
        opps,
        wins / opps if opps > 0 else 0.0,
        booked / wins if wins > 0 else 0.0,
        days / wins if wins > 0 else 0.0,
    )
