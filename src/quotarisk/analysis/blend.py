"""A rep's blend: how what the rep makes is shared among segments, and what it is at other shares.

What is moved is the hours of prospecting where the rep has a funnel in every segment, and else
what opportunities are worth, or these themselves one for one. The total stays. The shares change
from the first day on: what is open then, and what marketing brings, stays.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, get_args

from quotarisk.scenario.figures import OppRate
from quotarisk.scenario.terms import Terms
from quotarisk.simulation.lowering import RepTask
from quotarisk.simulation.workload import shares_of_hours

Moved = Literal["hours", "opportunities", "worth"]
MOVED: tuple[Moved, ...] = get_args(Moved)
LEAST_SEGMENTS = 2
_UNSEEN = 1e-9  # share of its later rate that a new segment has before the first day: no deals
_SAME = 1e-9  # of a share


@dataclass(frozen=True)
class Blend:
    """Today's shares of a rep's segments.

    Parameters
    ----------
    task
        The rep's, as it is today.
    moved
        What is shared: hours of prospecting, opportunities made, or their expected bookings.
    places
        Which of the task's terms take part; the others stay as they are.
    shares
        Today's share of each, together 1.
    rates
        Opportunities a week that the whole would make in each segment alone; for a rep whose
        time is bound those of an hour.
    """

    task: RepTask = field(repr=False)
    moved: Moved
    places: tuple[int, ...]
    shares: tuple[float, ...]
    rates: tuple[float, ...]

    @property
    def segments(self) -> tuple[str, ...]:
        """Names of the segments that take part."""
        return tuple(self.task.terms[place].segment for place in self.places)

    def is_todays(self, shares: Sequence[float]) -> bool:
        """Are these today's shares, but for rounding?"""
        return all(abs(a - b) <= _SAME for a, b in zip(shares, self.shares, strict=True))

    def made_at(self, shares: Sequence[float]) -> float:
        """How many opportunities do the shares make, as a multiple of today's?"""
        made, today = (
            sum(share * rate for share, rate in zip(each, self.rates, strict=True))
            for each in (shares, self.shares)
        )
        return made / today

    def task_at(self, shares: Sequence[float]) -> RepTask:
        """What is the rep's task at other shares? Today's very task at today's."""
        if self.is_todays(shares):
            return self.task
        terms = list(self.task.terms)
        if self.task.is_bound and 0 in self.shares:
            for place, share in zip(self.places, self.shares, strict=True):
                terms[place] = replace(terms[place], prospecting_mix=max(share, _UNSEEN))
        for place, share, today, rate in zip(
            self.places, shares, self.shares, self.rates, strict=True
        ):
            if today > 0:
                terms[place] = replace(terms[place], pace=terms[place].pace * share / today)
            elif share > 0:
                terms[place] = self._opened(terms[place], share, rate)
        return replace(self.task, terms=tuple(terms))

    def _opened(self, terms: Terms, share: float, rate: float) -> Terms:
        """Begin with a segment in which nothing is made today, so that nothing is open in it."""
        if self.task.is_bound:  # its weight is next to nothing, see above
            return replace(terms, pace=share / _UNSEEN)
        made = OppRate(known=share * rate * _UNSEEN)
        return replace(terms, opps_per_week=made, pace=1 / _UNSEEN)


def _has_funnel(terms: Terms) -> bool:
    """Whether an hour of prospecting makes opportunities."""
    return terms.funnel is not None and terms.funnel.opps_per_hour > 0


def _per_hour(terms: Terms) -> float:
    assert terms.funnel is not None
    return terms.funnel.opps_per_hour


def _worth(terms: Terms) -> float:
    """Expected bookings of an opportunity, in currency."""
    return terms.win_rate.mean * terms.deal_size.law.mean


def _rates(terms: Sequence[Terms], by: Moved) -> list[float] | None:
    """How many opportunities does a unit of what is moved make? None where that is unknown."""
    if by == "opportunities":
        return [1.0] * len(terms)
    if by == "worth":
        worths = [_worth(each) for each in terms]
        return [1 / worth for worth in worths] if min(worths) > 0 else None
    return [_per_hour(each) for each in terms] if all(map(_has_funnel, terms)) else None


def blend_of(task: RepTask, by: Moved | None = None, *, order: Sequence[str] = ()) -> Blend | None:
    """How does a rep share what it makes among segments? Nothing where there is nothing to move.

    Parameters
    ----------
    task
        The rep's. One whose hours are bound shares the hours of prospecting among segments with a
        funnel by ``prospecting_mix``, whatever is asked for.
    by
        What is moved; where it is left out, or is unknown of a rep, hours where each segment has
        a funnel, and where one has none what opportunities are worth, as nothing says what they
        take. Opportunities one for one where one is worth nothing.
    order
        Of segments: shares stand in it, else in the order in which the rep sells them.

    Returns
    -------
    Blend or None
        None for a rep with fewer than two such segments, or who makes no opportunities.
    """
    every = sorted(
        range(len(task.terms)),
        key=lambda place: order.index(task.terms[place].segment) if order else place,
    )
    places = tuple(p for p in every if _has_funnel(task.terms[p]) or not task.is_bound)
    terms = [task.terms[place] for place in places]
    if len(terms) < LEAST_SEGMENTS:
        return None
    ways: tuple[Moved, ...] = ("hours", "worth", "opportunities")
    if by is not None and not task.is_bound:
        ways = (by, *ways)
    moved, per_unit = next((way, r) for way in ways if (r := _rates(terms, way)) is not None)
    if task.is_bound:
        weights = [float(share) for share in shares_of_hours(task)[list(places)]]
    else:
        made = (each.opps_per_week.mean for each in terms)
        weights = [opps / rate for opps, rate in zip(made, per_unit, strict=True)]
    total = sum(weights)
    if total == 0:
        return None
    # the whole is a rep's hours of prospecting in a week, which are not known where time is bound
    whole = 1.0 if task.is_bound else total
    return Blend(
        task,
        moved,
        places,
        tuple(weight / total for weight in weights),
        tuple(whole * rate for rate in per_unit),
    )
