"""A scenario that takes some groups of its inputs from one scenario and the rest from another.

The groups are the causes of a change. They are cut so that every mixture is a scenario that can be
simulated:

- ``time``: start, horizon and fiscal year. Where the start moved, open deals and bookings to date
  belong to it, for they are as of the start.
- ``deals``: open deals, what is booked to date, and how a rep without listed deals begins.
- ``rates``: what holds for reps in segments, their hours, the market, the calendar and the
  correction. Its past (``own_history``, ``since``) comes with the bookings that it repeats where
  that differs.
- ``quotas``: of reps, groups and the team.
- ``people``: who is there, since when, with which ramp and in which group. Who is in one scenario
  only brings quota, rates and deals along.

A deal in a segment that its rep does not sell under the other rates brings the segment's figures
along, and no new deals come of it. Lists of quotas become tables by name, for another horizon.
What is paid changes no booking, and is left out.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal, NamedTuple, get_args

from quotarisk.periods import CADENCES, Horizon
from quotarisk.scenario.correction import Correction
from quotarisk.scenario.scenario import Scenario
from quotarisk.scenario.segment import EFFORTS, PARAMETERS, Segment
from quotarisk.scenario.team import Booking, Group, OpenDeal, Quota, Rep, Team
from quotarisk.scenario.terms import NO_OPPS, Terms, segments_of, terms_of

Cause = Literal["deals", "rates", "quotas", "people", "time"]
CAUSES: tuple[Cause, ...] = get_args(Cause)


class Hybrid(NamedTuple):
    """A mixture, and what holds for each rep in each segment with all that it says of luck.

    The scenario writes every figure as the rep's own. The terms know which of them are a
    segment's, so that what is not known of these stays shared by those who take it from there.
    """

    scenario: Scenario
    terms: Mapping[str, tuple[Terms, ...]]


@dataclass(frozen=True)
class _Side:
    """A scenario with what is looked up in it."""

    scenario: Scenario

    @cached_property
    def reps(self) -> dict[str, Rep]:
        return {rep.name: rep for rep in self.scenario.reps}

    @cached_property
    def groups(self) -> frozenset[str]:
        return frozenset(rep.group for rep in self.scenario.reps if rep.group is not None)

    @cached_property
    def deals(self) -> dict[str, list[OpenDeal]]:
        listed: dict[str, list[OpenDeal]] = {}
        for deal in self.scenario.open_deals:
            listed.setdefault(deal.rep, []).append(deal)
        return listed

    @cached_property
    def booked(self) -> dict[str, list[Booking]]:
        listed: dict[str, list[Booking]] = {}
        for row in self.scenario.booked or ():
            listed.setdefault(row.rep, []).append(row)
        return listed

    @cached_property
    def terms(self) -> dict[str, dict[str, Terms]]:
        return {
            rep.name: {
                segment: terms_of(self.scenario, rep, segment)
                for segment in segments_of(self.scenario, rep)
            }
            for rep in self.scenario.reps
        }


def name_periods(quota: Quota, horizon: Horizon) -> Quota:
    """Which quota is it, with lists written as tables by the names of their periods?"""
    named: dict[str, object] = {}
    for cadence in CADENCES:
        written = quota.of(cadence)
        if isinstance(written, tuple):
            names = (period.name for period in horizon.periods(cadence))
            named[cadence] = dict(zip(names, written, strict=True))
    return quota.model_copy(update=named) if named else quota


def _flat(terms: Terms) -> Segment:
    return Segment(**{key: getattr(terms, key) for key in (*PARAMETERS, *EFFORTS)})


class _Share(NamedTuple):
    """What a rep brings into a mixture."""

    rep: Rep
    terms: tuple[Terms, ...]
    deals: tuple[OpenDeal, ...]
    booked: tuple[Booking, ...]


@dataclass(frozen=True)
class _Sides:
    """Where each group of inputs comes from."""

    time: _Side
    deals: _Side
    rates: _Side
    quotas: _Side
    people: _Side
    past: _Side

    @cached_property
    def start(self) -> Scenario:
        return self.time.scenario

    def correction(self) -> Correction:
        past = self.past.scenario.correction
        told = {"own_history": past.own_history, "since": past.since}
        return self.rates.scenario.correction.model_copy(update=told)

    def of_both(self, name: str) -> _Share:
        """Who is in both scenarios."""
        works, listed = self.people.reps[name], self.deals.deals.get(name, [])
        terms = dict(self.rates.terms[name])
        for deal in listed:
            if deal.segment not in terms:
                brought = self.deals.terms[name][deal.segment]
                terms[deal.segment] = replace(
                    brought, opps_per_week=NO_OPPS, inbound_opps_per_week=NO_OPPS, funnel=None
                )
        quota = self.quotas.reps[name].quota
        rep = works.model_copy(
            update={
                "quota": name_periods(quota, self.quotas.scenario.horizon),
                "pipeline": self.deals.reps[name].pipeline,
                "booked_since": self.past.reps[name].booked_since,
                "hours_per_week": self.rates.reps[name].hours_per_week,
                "prospecting_share": self.rates.reps[name].prospecting_share,
                "pay": None,
            }
        )
        booked = self.deals.booked.get(name, [])
        return _Share(rep, tuple(terms.values()), tuple(listed), tuple(booked))

    def of_one(self, name: str, taken: Collection[str]) -> _Share:
        """Who is in one scenario only brings all along, but for what came later than the start."""
        home, start = self.people, self.start.start
        rep, listed = home.reps[name], home.deals.get(name, [])
        deals = [deal for deal in listed if deal.created <= start and deal.deal not in taken]
        booked = home.booked.get(name, [])
        if home.scenario.start != start:
            booked = [row for row in booked if row.date < start]
        told: dict[str, object] = {"quota": name_periods(rep.quota, home.scenario.horizon)}
        told["pay"] = None
        if listed and not deals:
            told["pipeline"] = "empty"  # none listed would mean as many as usual
        if home is not self.past and self.past.scenario.correction.own_history:
            own = home.scenario.correction
            days = (rep.booked_since, own.since)
            known = max((day for day in days if day is not None), default=None)
            # who has no past at home keeps to the model
            told["booked_since"] = known if own.own_history else start
        terms = tuple(home.terms[name].values())
        return _Share(rep.model_copy(update=told), terms, tuple(deals), tuple(booked))

    def plans(self, groups: Collection[str]) -> dict[str, Group]:
        """Plans of groups that are there; a group of one scenario only brings its own."""
        plans = {}
        for name in sorted(groups):
            home = (self.quotas if name in self.quotas.groups else self.people).scenario
            if name in home.groups:
                quota = name_periods(home.groups[name].quota, home.horizon)
                plans[name] = Group(quota=quota)
        return plans


@dataclass(frozen=True)
class Pair:
    """Two scenarios of which some mixture is wanted."""

    old: Scenario
    new: Scenario

    @property
    def has_moved(self) -> bool:
        """Whether the start moved, and with it all that is as of the start."""
        return self.old.start != self.new.start

    @property
    def cause_of_deals(self) -> Cause:
        """Which cause open deals and bookings to date belong to."""
        return "time" if self.has_moved else "deals"

    @property
    def cause_of_past(self) -> Cause:
        """Which cause the share of the paths that repeat the past belongs to."""
        old, new = self.old.correction, self.new.correction
        both = old.own_history > 0 and new.own_history > 0 and old.since == new.since
        return "rates" if both and not self.has_moved else self.cause_of_deals

    @cached_property
    def in_both(self) -> frozenset[str]:
        """Names of the reps who are in both scenarios."""
        return frozenset(self._old.reps) & frozenset(self._new.reps)

    def has(self, level: str, name: str) -> tuple[bool, bool]:
        """Whether a rep, a group or the team is in the old and in the new scenario."""
        if level == "team":
            return True, True
        old, new = self._old, self._new
        if level == "group":
            return name in old.groups, name in new.groups
        return name in old.reps, name in new.reps

    def each_in_both(self) -> Iterator[tuple[str, Rep, Rep]]:
        """Name the reps who are in both scenarios, as they are in the old and in the new one."""
        for name, rep in self._new.reps.items():
            if name in self.in_both:
                yield name, self._old.reps[name], rep

    @cached_property
    def movers(self) -> frozenset[str]:
        """Names of the reps who changed their group."""
        return frozenset(name for name, old, new in self.each_in_both() if old.group != new.group)

    @cached_property
    def _old(self) -> _Side:
        return _Side(self.old)

    @cached_property
    def _new(self) -> _Side:
        return _Side(self.new)

    def _sides(self, taken: Collection[Cause]) -> _Sides:
        sides = {cause: self._new if cause in taken else self._old for cause in CAUSES}
        sides["deals"] = sides[self.cause_of_deals]
        return _Sides(**sides, past=sides[self.cause_of_past])

    def mix(self, taken: Collection[Cause]) -> Hybrid:
        """Which scenario is the old one, with these causes taken from the new one?"""
        sides = self._sides(taken)
        listed = [
            deal.deal
            for name, deals in sides.deals.deals.items()
            if name in self.in_both
            for deal in deals
        ]
        already = frozenset(listed)
        shares = [
            sides.of_both(name) if name in self.in_both else sides.of_one(name, already)
            for name in sides.people.reps
        ]
        reps = [
            share.rep.model_copy(
                update={"segments": {terms.segment: _flat(terms) for terms in share.terms}}
            )
            for share in shares
        ]
        booked = tuple(row for share in shares for row in share.booked)
        told_to_date = sides.deals.scenario.booked is not None
        team = name_periods(sides.quotas.scenario.team.quota, sides.quotas.scenario.horizon)
        scenario = Scenario(
            name=self.new.name,
            start=sides.start.start,
            months=sides.start.months,
            fiscal_year_start=sides.start.fiscal_year_start,
            currency=self.new.currency,
            reps=tuple(reps),
            groups=sides.plans({rep.group for rep in reps if rep.group is not None}),
            team=Team(quota=team),
            market=sides.rates.scenario.market,
            calendar=sides.rates.scenario.calendar,
            correction=sides.correction(),
            open_deals=tuple(deal for share in shares for deal in share.deals),
            booked=booked if told_to_date or booked else None,
        )
        return Hybrid(scenario, {share.rep.name: share.terms for share in shares})
