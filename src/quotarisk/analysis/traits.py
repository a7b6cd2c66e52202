"""What a rep's bookings rest on, figure by figure, and the rep with another's figures."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, NamedTuple

from quotarisk.analysis.moving import scale_law
from quotarisk.analysis.posteriors import (
    Belief,
    belief_of_law,
    belief_of_rate,
    belief_of_share,
)
from quotarisk.scenario.figures import LawSpec, OppRate, WinRate
from quotarisk.scenario.funnel import Funnel
from quotarisk.scenario.limits import MOST_OPPS_PER_WEEK
from quotarisk.scenario.terms import Terms
from quotarisk.simulation.lowering import RepTask

Name = Literal[
    "opps_per_week",
    "activities_per_week",
    "activities_per_hour",
    "inbound_opps_per_week",
    "stage",
    "win_rate",
    "deal_size",
    "won_cycle_days",
    "lost_cycle_days",
    "stall_rate",
    "hours_per_week",
    "hours_per_open_deal",
    "prospecting_share",
]
FACTORS: dict[Name, str] = {  # what people call that of which a figure is part
    "opps_per_week": "activity",
    "activities_per_week": "activity",
    "activities_per_hour": "activity",
    "inbound_opps_per_week": "inbound",
    "stage": "stage",
    "win_rate": "win rate",
    "deal_size": "deal size",
    "won_cycle_days": "cycle",
    "lost_cycle_days": "cycle",
    "stall_rate": "stall rate",
    "hours_per_week": "time: hours",
    "hours_per_open_deal": "time: per deal",
    "prospecting_share": "time: kept",
}
UNITS: dict[Name, str] = {
    "opps_per_week": "opportunities a week",
    "activities_per_week": "activities a week",
    "activities_per_hour": "activities an hour",
    "inbound_opps_per_week": "opportunities a week",
    "stage": "share",
    "win_rate": "share",
    "deal_size": "currency",
    "won_cycle_days": "days",
    "lost_cycle_days": "days",
    "stall_rate": "share",
    "hours_per_week": "hours a week",
    "hours_per_open_deal": "hours a week per open deal",
    "prospecting_share": "share of the hours",
}
_COUNTED: dict[Name, str] = {  # what its evidence is counted in
    "opps_per_week": "opportunities",
    "activities_per_week": "opportunities",
    "inbound_opps_per_week": "inbound opportunities",
    "win_rate": "opportunities",
    "deal_size": "won deals",
    "won_cycle_days": "won deals",
    "lost_cycle_days": "lost deals",
}
OF_FUNNEL: tuple[Name, ...] = ("stage", "activities_per_hour")
OF_VOLUME: tuple[Name, ...] = ("opps_per_week", "inbound_opps_per_week")
_MADE: tuple[Name, ...] = ("opps_per_week", "activities_per_week", "stage")
_IN_PROPORTION: tuple[Name, ...] = ("deal_size", "won_cycle_days", "lost_cycle_days")
MIDDLE = 0.5  # of a law, where its median lies


class Trait(NamedTuple):
    """A figure of a rep: of a stage, in a segment, or of the rep's time."""

    name: Name
    segment: str = ""
    stage: str = ""

    @property
    def factor(self) -> str:
        """What people call that of which it is part, such as ``win rate`` or ``stage: SQL``."""
        word = FACTORS[self.name]
        return f"{word}: {self.stage}" if self.stage else word

    @property
    def key(self) -> str:
        """Under which key it stands in a scenario."""
        return "funnel" if self.name in OF_FUNNEL else self.name


@dataclass(frozen=True)
class Comparison:
    """A rep's figure beside the reference's.

    Parameters
    ----------
    trait
        Which one.
    own, reference
        What is believed of each.
    counted
        What the evidence is counted in; empty where there is none.
    source
        Who says what the reference is, where that is a benchmark.
    """

    trait: Trait
    own: Belief
    reference: Belief
    counted: str = ""
    source: str = ""

    @property
    def differs(self) -> bool:
        """Whether the values are not the same."""
        return not self.own.is_at(self.reference)

    @property
    def ratio(self) -> float:
        """How many times the rep's own figure the reference's is."""
        return self.reference.value / self.own.value


def stages_of(terms: Terms) -> tuple[str, ...]:
    """Names of the stages of a funnel, in order; none where there is none."""
    return tuple(stage.name for stage in terms.funnel.stages) if terms.funnel else ()


def is_made_by_hours(task: RepTask, terms: Terms) -> bool:
    """Do the rep's hours make the opportunities of a segment?"""
    return task.is_bound and terms.funnel is not None


def _of_funnel(task: RepTask, terms: Terms) -> Iterator[tuple[Trait, Belief]]:
    if terms.funnel is None:
        return
    if is_made_by_hours(task, terms):
        an_hour = Belief("rate", 1 / terms.funnel.hours_per_activity)
        yield Trait("activities_per_hour", terms.segment), an_hour
    for stage in terms.funnel.stages:
        yield Trait("stage", terms.segment, stage.name), belief_of_share(stage.rate)


def _of_segment(task: RepTask, terms: Terms) -> Iterator[tuple[Trait, Belief]]:
    def trait(name: Name) -> Trait:
        return Trait(name, terms.segment)

    if not is_made_by_hours(task, terms):
        yield trait("opps_per_week"), belief_of_rate(terms.opps_per_week)
    yield trait("inbound_opps_per_week"), belief_of_rate(terms.inbound_opps_per_week)
    yield from _of_funnel(task, terms)
    yield trait("win_rate"), belief_of_share(terms.win_rate)
    size, won, lost = terms.deal_size, terms.won_cycle_days, terms.lost_cycle_days
    yield trait("deal_size"), belief_of_law(size, size.law.mean)
    yield trait("won_cycle_days"), belief_of_law(won, float(won.law.ppf(MIDDLE)))
    if not terms.lost_as_won:
        yield trait("lost_cycle_days"), belief_of_law(lost, float(lost.law.ppf(MIDDLE)))
    yield trait("stall_rate"), Belief("share", terms.stall_rate)
    if task.is_bound:
        yield trait("hours_per_open_deal"), Belief("rate", terms.hours_per_open_deal)


def list_traits(task: RepTask) -> dict[Trait, Belief]:
    """Which figures do a rep's bookings rest on?

    Of deal sizes the mean is taken, of cycles the median; rates as they were seen. Opportunities
    that hours make are a matter of activities an hour and of the stages. What is 0 and is
    compared in proportion is left out.
    """
    found = [pair for terms in task.terms for pair in _of_segment(task, terms)]
    hours = task.rep.hours_per_week
    if hours is not None:
        found.append((Trait("hours_per_week"), Belief("rate", hours)))
        share = Belief("share", task.rep.prospecting_share or 0.0)
        found.append((Trait("prospecting_share"), share))
    return {
        trait: belief
        for trait, belief in found
        if belief.value > 0 or trait.name not in _IN_PROPORTION
    }


def counted_in(trait: Trait, stages: Sequence[str] = ()) -> str:
    """What is the evidence of a figure counted in? Of a stage: what came to it."""
    if trait.name == "stage":
        place = stages.index(trait.stage)
        return f"at {stages[place - 1]}" if place else "activities"
    return _COUNTED.get(trait.name, "")


def _known_funnel(funnel: Funnel) -> Funnel:
    """A funnel whose rates are known as they were seen."""
    stages = tuple(
        stage.model_copy(update={"rate": WinRate(known=belief_of_share(stage.rate).value)})
        for stage in funnel.stages
    )
    return funnel.model_copy(update={"stages": stages})


def as_seen(task: RepTask) -> RepTask:
    """The same rep if all rates were known as they were seen: won of all, so many a week."""
    terms = tuple(
        replace(
            each,
            opps_per_week=OppRate(known=belief_of_rate(each.opps_per_week).value),
            inbound_opps_per_week=OppRate(known=belief_of_rate(each.inbound_opps_per_week).value),
            win_rate=WinRate(known=belief_of_share(each.win_rate).value),
            funnel=None if each.funnel is None else _known_funnel(each.funnel),
        )
        for each in task.terms
    )
    return replace(task, terms=terms)


def _share_at(rate: WinRate, value: float) -> WinRate:
    """A share of another value, known as well as before."""
    if rate.of is None:
        return WinRate(known=value)
    return WinRate(won=value * rate.of, of=rate.of)


def _rate_at(rate: OppRate, value: float) -> OppRate:
    """A rate of another value, known as well as before."""
    value = min(value, MOST_OPPS_PER_WEEK)
    if rate.weeks is None:
        return OppRate(known=value)
    # what it was seen in stays, so it may stand at the edge of what a file may say
    return OppRate.model_construct(opps=value * rate.weeks, weeks=rate.weeks)


def _law_at(spec: LawSpec, ratio: float) -> LawSpec:
    """A law whose values are so many times as large, known as well as before."""
    return scale_law(spec, ratio).model_copy(update={"of": spec.of})


def _funnel_at(funnel: Funnel, taken: Sequence[Comparison]) -> Funnel:
    """A funnel with other rates of some stages, or with other activities an hour."""
    rates = {c.trait.stage: c.reference.value for c in taken if c.trait.name == "stage"}
    hours = [1 / c.reference.value for c in taken if c.trait.name == "activities_per_hour"]
    stages = tuple(
        stage.model_copy(update={"rate": _share_at(stage.rate, rates[stage.name])})
        if stage.name in rates
        else stage
        for stage in funnel.stages
    )
    told: dict[str, Any] = {"stages": stages}
    if hours:
        told["hours_per_activity"] = hours[0]
    return funnel.model_copy(update=told)


def _opps_at(rate: OppRate, made: Sequence[Comparison]) -> OppRate:
    """Opportunities a week with other activities, or other rates of some stages."""
    if made[0].trait.name == "opps_per_week":
        return _rate_at(rate, made[0].reference.value)
    return _rate_at(rate, belief_of_rate(rate).value * math.prod(c.ratio for c in made))


def _terms_at(task: RepTask, terms: Terms, taken: Sequence[Comparison]) -> Terms:
    """What holds in a segment once some figures are the reference's."""
    told: dict[str, Any] = {}
    made = [c for c in taken if c.trait.name in _MADE]
    if task.is_bound and terms.funnel is not None:
        told["funnel"] = _funnel_at(terms.funnel, taken)
    elif made:
        told["opps_per_week"] = _opps_at(terms.opps_per_week, made)
    win = None
    for comparison in taken:
        name, value = comparison.trait.name, comparison.reference.value
        if name == "inbound_opps_per_week":
            told[name] = _rate_at(terms.inbound_opps_per_week, value)
        elif name in _IN_PROPORTION:
            told[name] = _law_at(getattr(terms, name), comparison.ratio)
        elif name in ("stall_rate", "hours_per_open_deal"):
            told[name] = value
        elif name == "win_rate":
            win = value
    if terms.lost_as_won and "won_cycle_days" in told:
        told["lost_cycle_days"] = told["won_cycle_days"]
    if win is not None:  # and leave room for those that are never decided
        most = 1.0 - told.get("stall_rate", terms.stall_rate)
        told["win_rate"] = _share_at(terms.win_rate, min(win, most))
    return replace(terms, **told) if told else terms


def _counts(task: RepTask, comparison: Comparison) -> bool:
    """Does it make a difference to bookings to take a figure from the reference?"""
    name, segment = comparison.trait.name, comparison.trait.segment
    if not comparison.differs:
        return False
    if name not in ("stall_rate", "lost_cycle_days") or task.is_bound:
        return True
    return any(task.matters(terms, name) for terms in task.terms if terms.segment == segment)


def with_reference(task: RepTask, comparisons: Iterable[Comparison]) -> RepTask:
    """What does a rep do whose figures are, one by one, the reference's?

    Only values change: how well a figure is known, and the spread of sizes and cycles, stay the
    rep's own, so a higher rate never lowers bookings on any path where hours do not bound them.
    What changes nothing keeps the task.

    Parameters
    ----------
    task
        The rep's.
    comparisons
        The figures that are taken from the reference.
    """
    taken = [comparison for comparison in comparisons if _counts(task, comparison)]
    if not taken:
        return task
    of_rep: dict[str, Any] = {c.trait.name: c.reference.value for c in taken if not c.trait.segment}
    rep = task.rep.model_copy(update=of_rep) if of_rep else task.rep
    terms = tuple(
        _terms_at(task, each, [c for c in taken if c.trait.segment == each.segment])
        for each in task.terms
    )
    return replace(task, rep=rep, terms=terms)
