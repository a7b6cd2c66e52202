"""What one rep must do in a week to hit with a confidence, and what is in the way."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from quotarisk.analysis.coverage import Cover, cover_of
from quotarisk.analysis.crossing import Crossing, find_crossing, share_of
from quotarisk.analysis.deal_lists import DealList, deal_list
from quotarisk.analysis.exact import exact_p_hit, is_exact, rep_sources
from quotarisk.analysis.levers import Lever, inbound_lever, quota_lever, win_rate_lever
from quotarisk.analysis.milestones import Milestone, milestones_of
from quotarisk.analysis.reach import Reach, reach_of
from quotarisk.analysis.rep_paths import RepPaths
from quotarisk.analysis.weekly import SegmentWeek, free_of_hours, weeks_of, with_pace
from quotarisk.analysis.work_back import naive_factor
from quotarisk.periods import DAYS_PER_WEEK
from quotarisk.simulation.estimates import NOTHING, Array, Estimate
from quotarisk.simulation.listed import CENTS

MOST_PACE = 32.0  # times today's opportunities, as far as is looked


@dataclass(frozen=True)
class RepGoal:
    """A rep's way to a quota.

    Parameters
    ----------
    name, group
        Who.
    quota, certain
        Cents of the period, NaN where there is no quota, and what of them is booked.
    works
        Whether the rep works before the period ends.
    weeks
        The rep's week as it is, by segment.
    p_hit
        As it is.
    pace
        How many times today's opportunities are needed, if time sets no bounds; None where the
        rep makes none, or has no quota.
    naive
        The same by expected values alone; NaN where there is none.
    p_naive
        P(hit) with that.
    exact
        P(hit) at the pace by exact calculation, where nothing is uncertain but the deals.
    hours, reserved
        There are a week, and which share of them deals never get; no hours where they are not
        told.
    reach
        What can be reached within the hours; none where the confidence is, or without hours.
    milestones
        By month, at the pace.
    levers
        What would buy the confidence; empty where it is reached as it is.
    deals, cover
        Open deals, continued, and which pipeline is needed.
    """

    name: str
    group: str
    quota: float
    certain: float
    works: bool
    weeks: tuple[SegmentWeek, ...] = field(repr=False)
    p_hit: Estimate = NOTHING
    pace: Crossing | None = None
    naive: float = math.nan
    p_naive: Estimate = NOTHING
    exact: float = math.nan
    hours: float | None = None
    reserved: float = 0.0
    reach: Reach | None = None
    milestones: tuple[Milestone, ...] = field(default=(), repr=False)
    levers: tuple[Lever, ...] = field(default=(), repr=False)
    deals: DealList | None = field(default=None, repr=False)
    cover: Cover | None = field(default=None, repr=False)

    @property
    def missing(self) -> float:
        """What is missing to the quota, in currency; not below 0."""
        return max(self.quota - self.certain, 0.0) / CENTS

    @property
    def made(self) -> float:
        """Opportunities a week that the rep makes today."""
        return math.fsum(week.made for week in self.weeks)

    @property
    def inbound(self) -> float:
        """Opportunities a week that come by themselves."""
        return math.fsum(week.inbound for week in self.weeks)

    @property
    def factor(self) -> float:
        """The pace; NaN where there is none."""
        return math.nan if self.pace is None else self.pace.at

    @property
    def has_funnel(self) -> bool:
        """Whether all that the rep makes goes through a funnel."""
        made = [week for week in self.weeks if week.made > 0]
        return bool(made) and all(week.terms.funnel is not None for week in made)

    @property
    def activities(self) -> float:
        """Activities a week today; NaN where they are not all known."""
        if not self.has_funnel:
            return math.nan
        return math.fsum(week.activities() for week in self.weeks if week.made > 0)

    def prospecting_hours(self, factor: float) -> float:
        """Hours of prospecting a week at a pace; NaN where they are not all known."""
        if not self.has_funnel:
            return math.nan
        return math.fsum(week.prospecting_hours(factor) for week in self.weeks)

    def deal_hours(self, factor: float) -> float:
        """Hours a week on open deals at a pace, in the long run; NaN where nobody tells any."""
        if not any(week.terms.hours_per_open_deal for week in self.weeks):
            return math.nan
        return math.fsum(week.deal_hours(factor) for week in self.weeks)


def without_quota(goal: RepGoal) -> bool:
    """Whether there is nothing to work back from."""
    return not (goal.works and goal.quota > 0)


def _left(paths: RepPaths) -> float:
    """Weeks of the period that the rep works in."""
    start = paths.task.rep.start_date
    first = -math.inf if start is None else float(paths.setting.horizon.day_number(start))
    return (paths.window.end - max(paths.window.begin, first)) / DAYS_PER_WEEK


def _pace(paths: RepPaths, quota: float, wanted: float, known: dict[float, float]) -> Crossing:
    task = free_of_hours(paths.task)
    return find_crossing(
        lambda factor: paths.chance(with_pace(task, factor), quota),
        wanted,
        paths=paths.paths,
        most=MOST_PACE,
        known=known,
    )


def _levers(
    paths: RepPaths, weeks: Sequence[SegmentWeek], quota: float, wanted: float, booked: Array
) -> tuple[Lever, ...]:
    """What would buy the confidence; nothing where it is reached as it is."""
    today = float((booked >= quota).mean())
    if today >= wanted:
        return ()
    return (
        win_rate_lever(paths, weeks, quota, wanted, today=today),
        inbound_lever(paths, weeks, quota, wanted, today=today),
        quota_lever(booked, quota, wanted),
    )


def _deals(paths: RepPaths) -> DealList | None:
    """What the rep has open; None of who has not begun yet."""
    start = paths.task.rep.start_date
    if start is not None and start >= paths.setting.horizon.start:
        return None
    return deal_list(paths.task, paths.setting)


def _exact(paths: RepPaths, factor: float, quota: float) -> float:
    """P(hit) at a pace, without simulation; NaN where more than the deals is uncertain."""
    task = with_pace(paths.task, factor)
    if math.isnan(factor) or not is_exact(task, paths.setting):
        return math.nan
    sources = rep_sources(task, paths.setting, (paths.window.period,))
    return exact_p_hit(sources, 0, (quota - paths.certain) / CENTS)


def solve_rep(paths: RepPaths, quota: float, wanted: float) -> RepGoal:
    """What must a rep do to hit a quota with a confidence?

    Parameters
    ----------
    paths
        The rep's.
    quota
        In cents; NaN where there is none.
    wanted
        The confidence.
    """
    task, rep = paths.task, paths.task.rep
    weeks = weeks_of(task)
    works = rep.start_date is None or rep.start_date < paths.window.period.end
    goal = RepGoal(
        rep.name,
        rep.group or "",
        quota,
        paths.certain,
        works,
        weeks,
        hours=rep.hours_per_week,
        reserved=rep.prospecting_share or 0.0,
        deals=_deals(paths),
    )
    if without_quota(goal):
        return goal
    booked = paths.booked(task)
    chance = float((booked >= quota).mean())
    pace, factor, p_naive = None, math.nan, NOTHING
    naive = naive_factor(weeks, goal.missing, _left(paths))
    if goal.made > 0:
        # who is not bound by hours is already known at today's pace
        pace = _pace(paths, quota, wanted, {} if task.is_bound else {1.0: chance})
        factor = pace.at
        if not math.isnan(naive):
            free = with_pace(free_of_hours(task), naive)
            p_naive = share_of(paths.chance(free, quota), paths.paths)
    short = task.is_bound and chance < wanted
    return replace(
        goal,
        p_hit=share_of(chance, paths.paths),
        reach=reach_of(paths, quota, booked >= quota) if short else None,
        pace=pace,
        naive=naive,
        p_naive=p_naive,
        exact=_exact(paths, factor, quota),
        milestones=()
        if math.isnan(factor)
        else milestones_of(task, weeks, paths.setting, paths.window, factor),
        levers=_levers(paths, weeks, quota, wanted, booked),
        cover=cover_of(goal.deals, paths, quota, goal.missing)
        if goal.deals is not None and goal.missing > 0
        else None,
    )
