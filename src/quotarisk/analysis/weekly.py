"""What a rep's week holds, segment by segment: opportunities, activities and hours.

Rates are those of a rep who is fully ramped, in an average season, at the mean of what is not
known. Hours on open deals follow from Little's law (Little, *Operations Research* 9(3), 1961,
doi:10.1287/opre.9.3.383): as many deals are open as are created in the time that one is.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from quotarisk.periods import DAYS_PER_WEEK
from quotarisk.scenario.figures import JEFFREYS, OppRate
from quotarisk.scenario.funnel import Funnel
from quotarisk.scenario.terms import Terms, streams_of
from quotarisk.simulation.lowering import RepTask
from quotarisk.simulation.workload import shares_of_hours

_UNSEEN = 1e-9  # share of a stream of opportunities before the first day
_CERTAIN = 1e-12  # squared coefficient of variation that is none


@dataclass(frozen=True)
class SegmentWeek:
    """A rep's week in a segment.

    Parameters
    ----------
    terms
        The figures behind it.
    made
        Opportunities that the rep makes.
    inbound
        Opportunities that come without the rep's doing.
    """

    terms: Terms
    made: float
    inbound: float

    @property
    def opps(self) -> float:
        """All opportunities a week."""
        return self.made + self.inbound

    @property
    def days_open(self) -> float:
        """Mean days that a deal is open; one that is never decided is worked as a lost one is."""
        win = self.terms.win_rate.mean
        won, lost = self.terms.won_cycle_days.law.mean, self.terms.lost_cycle_days.law.mean
        return win * won + (1 - win) * lost

    @property
    def worth(self) -> float:
        """What an opportunity is expected to book, in currency."""
        return self.terms.win_rate.mean * self.terms.deal_size.law.mean

    def activities(self, factor: float = 1.0) -> float:
        """Activities a week that make so many times the opportunities; NaN without a funnel."""
        if self.terms.funnel is None:
            return math.nan
        yielded = self.terms.funnel.opps_per_activity
        return self.made * factor / yielded if yielded > 0 else math.nan

    def prospecting_hours(self, factor: float = 1.0) -> float:
        """Hours a week of these activities; NaN where they are not known, 0 where there are none.

        A segment in which the rep makes nothing takes none, funnel or not.
        """
        if self.made == 0:
            return 0.0
        if self.terms.funnel is None:
            return math.nan
        return self.activities(factor) * self.terms.funnel.hours_per_activity

    def deal_hours(self, factor: float = 1.0) -> float:
        """Hours a week on open deals, in the long run."""
        created = self.made * factor + self.inbound
        return created * self.days_open / DAYS_PER_WEEK * self.terms.hours_per_open_deal


def _by_hours(task: RepTask) -> list[float]:
    """Opportunities a week that a rep's hours make in each segment, on average.

    With p hours of prospecting a week, deals take d(p) = d0 + d1 p in the long run, and what they
    leave is prospected: p = H - d(p), though never less than what is reserved.
    """
    terms = task.terms
    shares = shares_of_hours(task).tolist()
    yields = [
        share * each.funnel.opps_per_hour if each.funnel is not None else 0.0
        for share, each in zip(shares, terms, strict=True)
    ]
    came = [
        SegmentWeek(each, 0.0 if each.funnel else each.opps_per_week.mean, inbound)
        for each, inbound in zip(terms, _inbound(terms), strict=True)
    ]
    an_hour = [SegmentWeek(each, made, 0.0) for each, made in zip(terms, yields, strict=True)]
    hours = task.rep.hours_per_week or 0.0
    left = hours - math.fsum(week.deal_hours() for week in came)
    prospecting = max(
        left / (1 + math.fsum(week.deal_hours() for week in an_hour)),
        (task.rep.prospecting_share or 0.0) * hours,
        0.0,
    )
    return [week.made + prospecting * made for week, made in zip(came, yields, strict=True)]


def _inbound(terms: Sequence[Terms]) -> list[float]:
    return [each.inbound_opps_per_week.mean for each in terms]


def weeks_of(task: RepTask) -> tuple[SegmentWeek, ...]:
    """What does a rep make, and what comes, in each segment in a week?

    Of a rep who is bound by hours it is what they make on average, as far as open deals leave
    them.
    """
    made = _by_hours(task) if task.is_bound else [each.opps_per_week.mean for each in task.terms]
    return tuple(
        SegmentWeek(each, rate * each.pace, inbound)
        for each, rate, inbound in zip(task.terms, made, _inbound(task.terms), strict=True)
    )


def _rate_of(funnel: Funnel, mean: float) -> OppRate:
    """A rate that is as little known as the product of a funnel's rates: Gamma of equal spread."""
    known = [stage.rate.posterior for stage in funnel.stages if not stage.rate.is_known]
    spread = math.prod(1 + law.b / (law.a * (law.a + law.b + 1)) for law in known) - 1
    if spread < _CERTAIN or mean == 0:
        return OppRate(known=mean)
    shape = 1 / spread
    # a rate that is nearly known has more weeks than a file may say
    return OppRate.model_construct(opps=shape - JEFFREYS, weeks=shape / mean)


def free_of_hours(task: RepTask) -> RepTask:
    """The same rep if time set no bounds: what the hours make on average comes by itself.

    What is not known of a funnel stays unknown in the rate of its opportunities.
    """
    if not task.is_bound:
        return task
    terms = []
    for week in weeks_of(task):
        each = week.terms
        if each.funnel is not None:
            own = each.own - {"opps_per_week"}
            if "funnel" in each.own:
                own |= {"opps_per_week"}
            rate = _rate_of(each.funnel, week.made / each.pace if each.pace else 0.0)
            each = replace(each, opps_per_week=rate, own=own)
        terms.append(each)
    rep = task.rep.model_copy(update={"hours_per_week": None, "prospecting_share": None})
    return replace(task, rep=rep, terms=tuple(terms))


def with_inbound(task: RepTask, more: float) -> RepTask:
    """Let so many more opportunities a week come from the first day on, in the rep's mix.

    What is open on the first day stays: the stream of them was too thin to be seen before it.
    """
    if more == 0:
        return task
    total = math.fsum(week.opps for week in weeks_of(task))
    terms: list[Terms] = []
    for week in weeks_of(task):
        added = more * week.opps / total
        made, *came = streams_of(week.terms)
        terms.append(made)
        if came:
            pace = 1 + added / week.inbound
            terms += [replace(each, funnel=None, pace=pace) for each in came]
        elif added > 0:
            thin = replace(week.terms, inbound_opps_per_week=OppRate(known=added * _UNSEEN))
            _, stream = streams_of(thin)
            terms.append(replace(stream, funnel=None, pace=1 / _UNSEEN))
    return replace(task, terms=tuple(terms))


def with_pace(task: RepTask, factor: float) -> RepTask:
    """Let a rep make so many times as many opportunities from the first day on."""
    if factor == 1:
        return task
    terms = tuple(replace(each, pace=each.pace * factor) for each in task.terms)
    return replace(task, terms=terms)
