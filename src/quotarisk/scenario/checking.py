"""What is wrong with a scenario as a whole, though each of its parts is right.

Every check yields what it found at a path of the scenario; a fault that many reps or rows
share is found once.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from quotarisk.errors import Fault
from quotarisk.periods import CADENCES, DAYS_PER_WEEK, Cadence
from quotarisk.scenario.faults import suggest_word
from quotarisk.scenario.finding import Finding, list_first
from quotarisk.scenario.pay_checking import check_pay
from quotarisk.scenario.places import Loc, Origins
from quotarisk.scenario.quoting import quote
from quotarisk.scenario.scenario import Scenario
from quotarisk.scenario.segment import Parameter
from quotarisk.scenario.team import Quota
from quotarisk.scenario.terms import missing_parameters, parts_of, segments_of

PERIOD_NAMES: dict[Cadence, tuple[re.Pattern[str], str]] = {
    "month": (re.compile(r"\d{4}-(0[1-9]|1[0-2])", re.ASCII), "2027-01"),
    "quarter": (re.compile(r"\d{4}-Q[1-4]", re.ASCII), "2027-Q1"),
    "year": (re.compile(r"\d{4}", re.ASCII), "2027"),
}


def _check_reps(scenario: Scenario) -> Iterator[Finding]:
    """Is there a rep, is each name there once, and has each group somebody?"""
    if not scenario.reps:
        yield Finding(("reps",), "reps must have at least one rep", "none", rests_on=("reps",))
    first: dict[str, int] = {}
    for index, rep in enumerate(scenario.reps):
        other = first.setdefault(rep.name, index)
        if other != index:
            rule = "name must be unique among the reps"
            yield Finding(("reps", index, "name"), rule, f"{rep.name!r} once more")
        if rep.ramp and rep.start_date is None:
            rule = "a ramp needs the start_date that it counts its months from"
            yield Finding(("reps", index, "ramp"), rule, "no start_date")
    groups = {rep.group for rep in scenario.reps if rep.group is not None}
    for name in scenario.groups:
        if name not in groups:
            rule = "a group must be one that some rep belongs to"
            hint = suggest_word(name, sorted(groups))
            yield Finding(("groups", name), rule, repr(name), hint, rests_on=("reps",))


def _check_segments(scenario: Scenario) -> Iterator[Finding]:
    """Has every rep a segment to sell, and each of them all figures?"""
    holes: dict[tuple[str, tuple[Parameter, ...]], list[int]] = {}
    idle = []
    for index, rep in enumerate(scenario.reps):
        sold = segments_of(scenario, rep)
        if not sold:
            idle.append(rep.name)
        for segment in sold:
            if missing := missing_parameters(scenario, rep, segment):
                holes.setdefault((segment, missing), []).append(index)
    if idle:
        rule = "segments must have at least one segment that a rep can sell"
        got = f"none for {list_first(idle)}"
        yield Finding(("segments",), rule, got, rests_on=("segments", "figures"))
    for (segment, missing), reps in holes.items():
        lacking = ", ".join(missing)
        names = list_first([scenario.reps[index].name for index in reps])
        if segment in scenario.segments:
            rule = f"{lacking} must be given by the segment, or by each rep who sells it"
            loc: Loc = ("segments", segment)
            yield Finding(loc, rule, f"nothing for {names}", rests_on=("segments", "figures"))
        else:
            loc = ("reps", reps[0], "segments", segment)
            rule = "a segment must be described in [segments], or have all figures of its own"
            hint = suggest_word(segment, list(scenario.segments))
            hint = hint if hint.startswith("did") else f"it lacks {lacking}"
            got = f"{segment!r} of {names}"
            yield Finding(loc, rule, got, hint, rests_on=("segments", "figures"))


def _check_time(scenario: Scenario) -> Iterator[Finding]:
    """Have those who keep hours for prospecting hours, and something to prospect for?"""
    for index, rep in enumerate(scenario.reps):
        if rep.hours_per_week is None:
            if rep.prospecting_share is not None:
                rule = "a prospecting_share needs the hours_per_week that it is a share of"
                loc: Loc = ("reps", index, "prospecting_share")
                yield Finding(loc, rule, "no hours_per_week")
            continue
        weights = [
            own.prospecting_mix if own.prospecting_mix is not None else shared.prospecting_mix
            for own, shared in (
                parts_of(scenario, rep, name) for name in segments_of(scenario, rep)
            )
            if (own.funnel or shared.funnel) is not None
        ]
        if weights and all(weight == 0 for weight in weights):
            rule = "prospecting_mix must be above 0 in at least one segment with a funnel"
            loc = ("reps", index, "segments")
            yield Finding(loc, rule, f"zeros only for {rep.name!r}", rests_on=("segments",))


def _check_shares(scenario: Scenario) -> Iterator[Finding]:
    """Do won and stalled deals leave each other room?

    Only a known win rate can be wrong here. One with evidence is drawn anew on every path,
    and a rep with 12 won of 13 is no contradiction to a segment that stalls now and then.
    """
    rule = "stall_rate must leave room for win_rate: together they are at most 1"
    seen: set[tuple[str, bool, float, float]] = set()
    for index, rep in enumerate(scenario.reps):
        for name in segments_of(scenario, rep):
            own, shared = parts_of(scenario, rep, name)
            win = own.win_rate or shared.win_rate
            stall = own.stall_rate if own.stall_rate is not None else shared.stall_rate
            if win is None or stall is None or not win.is_known or win.mean + stall <= 1 + 1e-12:
                continue
            is_own = own.stall_rate is not None or own.win_rate is not None
            key = (name, is_own, win.mean, stall)
            if key in seen:
                continue
            seen.add(key)
            at: Loc = ("reps", index, "segments", name) if is_own else ("segments", name)
            at = (*at, "stall_rate") if own.stall_rate is not None or not is_own else at
            yield Finding(at, rule, f"{stall:g} with a win_rate of {win.mean:g}")


def _check_open_deals(scenario: Scenario) -> Iterator[Finding]:
    """Does each open deal belong to a rep and a segment that the rep sells?"""
    reps = [rep.name for rep in scenario.reps]
    sold = {rep.name: frozenset(segments_of(scenario, rep)) for rep in scenario.reps}
    first: dict[str, int] = {}
    strays: dict[tuple[str, str], list[int]] = {}
    for index, deal in enumerate(scenario.open_deals):
        other = first.setdefault(deal.deal, index)
        if other != index:
            rule = "deal must be unique among the open deals"
            yield Finding(("open_deals", index, "deal"), rule, f"{deal.deal!r} once more")
        if deal.created > scenario.start:
            rule = f"created must not be after the first day, {scenario.start}"
            got = deal.created.isoformat()
            yield Finding(("open_deals", index, "created"), rule, got, rests_on=("horizon",))
        if deal.rep not in sold:
            strays.setdefault((deal.rep, ""), []).append(index)
        elif deal.segment not in sold[deal.rep]:
            strays.setdefault((deal.rep, deal.segment), []).append(index)
    for (name, segment), deals in strays.items():
        times = "" if len(deals) == 1 else f" in {len(deals):,} deals"
        if segment:
            loc: Loc = ("open_deals", deals[0], "segment")
            rule, got = f"segment must be one that {name!r} sells", f"{segment!r}{times}"
            hint = suggest_word(segment, sorted(sold[name]))
            yield Finding(loc, rule, got, hint, rests_on=("reps", "segments"))
        else:
            loc = ("open_deals", deals[0], "rep")
            hint = suggest_word(name, reps)
            got = f"{name!r}{times}"
            yield Finding(loc, "rep must be one of the reps", got, hint, rests_on=("reps",))
    busy = {deal.rep for deal in scenario.open_deals}
    for index, rep in enumerate(scenario.reps):
        if rep.pipeline is not None and rep.name in busy:
            rule = "pipeline must be left out where open deals are listed for the rep"
            yield Finding(("reps", index, "pipeline"), rule, repr(rep.pipeline))


def _check_booked(scenario: Scenario) -> Iterator[Finding]:
    """Does each booking belong to a rep?"""
    reps = [rep.name for rep in scenario.reps]
    known = frozenset(reps)
    strays: dict[str, list[int]] = {}
    for index, booking in enumerate(scenario.booked or ()):
        if booking.rep not in known:
            strays.setdefault(booking.rep, []).append(index)
    for name, bookings in strays.items():
        loc: Loc = ("booked", bookings[0], "rep")
        times = "" if len(bookings) == 1 else f" in {len(bookings):,} bookings"
        hint = suggest_word(name, reps)
        rule = "rep must be one of the reps"
        yield Finding(loc, rule, f"{name!r}{times}", hint, rests_on=("reps",))


def _check_correction(scenario: Scenario) -> Iterator[Finding]:
    """Is there a past to repeat where a share of the paths repeats it?"""
    told = scenario.correction
    if not told.own_history:
        return
    if told.since is None:
        rule = "own_history needs since, the first day of the past that is repeated"
        yield Finding(("correction", "own_history"), rule, "no since")
    elif (scenario.start - told.since).days < DAYS_PER_WEEK:
        rule = f"since must be a week or more before the first day, {scenario.start}"
        got = told.since.isoformat()
        yield Finding(("correction", "since"), rule, got, rests_on=("horizon",))
    if scenario.booked is None:
        rule = "own_history needs booked: what each rep booked in the past that is repeated"
        yield Finding(("correction", "own_history"), rule, "no booked")


def _quotas(scenario: Scenario) -> Iterator[tuple[Loc, Quota]]:
    yield ("team", "quota"), scenario.team.quota
    for name, group in scenario.groups.items():
        yield ("groups", name, "quota"), group.quota
    for index, rep in enumerate(scenario.reps):
        yield ("reps", index, "quota"), rep.quota


def _check_quotas(scenario: Scenario) -> Iterator[Finding]:
    """Has each list of quotas as many as there are periods, each table names of periods?"""
    lengths = {cadence: len(scenario.horizon.periods(cadence)) for cadence in CADENCES}
    for loc, quota in _quotas(scenario):
        for cadence in CADENCES:
            written = quota.of(cadence)
            if isinstance(written, tuple) and len(written) != lengths[cadence]:
                rule = (
                    f"{cadence} quota must be a list of {lengths[cadence]},"
                    f" one for each {cadence} that ends within the horizon"
                )
                yield Finding((*loc, cadence), rule, str(len(written)), rests_on=("horizon",))
            pattern, example = PERIOD_NAMES[cadence]
            for name in written if isinstance(written, dict) else ():
                if name and not pattern.fullmatch(name):
                    rule = f"{cadence} quota must name periods such as {example}"
                    yield Finding((*loc, cadence, name), rule, quote(name))


def _check_stress(scenario: Scenario) -> Iterator[Finding]:
    """Do those who leave belong to the team, and does somebody stay?"""
    reps = [rep.name for rep in scenario.reps]
    for name, stress in scenario.stress.items():
        for index, leaver in enumerate(stress.remove_reps):
            if leaver not in reps:
                loc: Loc = ("stress", name, "remove_reps", index)
                hint = suggest_word(leaver, reps)
                rule = "remove_reps must name reps of the team"
                yield Finding(loc, rule, repr(leaver), hint, rests_on=("reps",))
        if reps and set(reps) <= set(stress.remove_reps):
            loc = ("stress", name, "remove_reps")
            yield Finding(loc, "remove_reps must leave at least one rep", "all", rests_on=("reps",))


def _check_calendar(scenario: Scenario) -> Iterator[Finding]:
    """Is there a month in which opportunities come?"""
    if not any(scenario.calendar.creation):
        rule = "creation must be above 0 in at least one month"
        yield Finding(("calendar", "creation"), rule, "zeros only")


def findings(scenario: Scenario) -> Iterator[Finding]:
    """What is wrong with a scenario as a whole, and where in it?"""
    for check in (
        _check_reps,
        _check_segments,
        _check_shares,
        _check_time,
        _check_open_deals,
        _check_booked,
        _check_correction,
        _check_quotas,
        _check_stress,
        _check_calendar,
        check_pay,
    ):
        yield from check(scenario)


def as_fault(finding: Finding, origins: Origins) -> Fault:
    """Which fault of which file is a finding?"""
    place = origins.find(finding.loc)
    return Fault(place.file, place.text, finding.rule, finding.got, finding.hint)


def find_faults(scenario: Scenario, file: str = "") -> tuple[Fault, ...]:
    """What is wrong with a scenario as a whole, though each of its parts is right?

    Parameters
    ----------
    scenario
        The scenario.
    file
        What the faults name as its file.

    Returns
    -------
    tuple of Fault
        Empty where it can be simulated.
    """
    origins = Origins(file)
    return tuple(as_fault(finding, origins) for finding in findings(scenario))
