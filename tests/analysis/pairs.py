"""Pairs of scenarios that share some of their names, for hypothesis."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import strategies as st

from quotarisk.periods import Horizon
from quotarisk.scenario.checking import find_faults
from quotarisk.scenario.correction import Correction
from quotarisk.scenario.scenario import Scenario
from quotarisk.scenario.team import Booking, Group, OpenDeal, Team
from tests.scenario.strategies import (
    calendars,
    markets,
    quotas,
    reps,
    segments,
)

PEOPLE = ("Ana", "Ben", "Cy", "Dee")
STARTS = (date(2027, 1, 1), date(2027, 1, 1), date(2027, 2, 10), date(2027, 4, 1))


@st.composite
def teams(draw: st.DrawFn) -> Scenario:
    """Draw a scenario with names of a small pool."""
    start = draw(st.sampled_from(STARTS))
    horizon = Horizon(start, draw(st.sampled_from([6, 6, 12])), draw(st.sampled_from([1, 1, 2])))
    kinds = draw(st.sampled_from([("small",), ("small", "large"), ("large",)]))
    shared = {kind: draw(segments()) for kind in kinds}
    names = draw(st.lists(st.sampled_from(PEOPLE), min_size=1, max_size=3, unique=True))
    sellers = [draw(reps(name, horizon, shared)) for name in names]
    deals = []
    for number in sorted(draw(st.sets(st.integers(0, 5), max_size=4))):
        rep = draw(st.sampled_from(sellers))
        deals.append(
            OpenDeal(
                deal=f"D{number}",
                rep=rep.name,
                segment=draw(st.sampled_from(sorted(rep.segments or shared))),
                amount=draw(st.sampled_from([None, 500.0, 9_000.0])),
                created=start - timedelta(days=draw(st.integers(0, 120))),
            )
        )
    busy = {deal.rep for deal in deals}
    sellers = [
        rep.model_copy(update={"pipeline": None}) if rep.name in busy else rep for rep in sellers
    ]
    booked = None
    correction = Correction(month_shape=draw(st.sampled_from([1.0, 0.8])))
    if draw(st.booleans()):
        booked = tuple(
            Booking(
                rep=draw(st.sampled_from(names)),
                date=start - timedelta(days=draw(st.integers(-10, 200))),
                amount=draw(st.sampled_from([500.0, 9_000.0, 20_000.0])),
            )
            for _ in range(draw(st.integers(0, 4)))
        )
        if draw(st.booleans()):
            correction = Correction(
                own_history=draw(st.sampled_from([0.2, 0.5])),
                since=start - timedelta(days=draw(st.sampled_from([90, 200]))),
            )
    groups = sorted({rep.group for rep in sellers if rep.group is not None})
    plans = draw(st.sets(st.sampled_from(groups))) if groups else set()
    scenario = Scenario(
        name=draw(st.sampled_from(["Old", "New"])),
        start=start,
        months=horizon.months,
        fiscal_year_start=horizon.fiscal_year_start,
        segments=shared,
        reps=tuple(sellers),
        groups={name: Group(quota=draw(quotas(horizon))) for name in sorted(plans)},
        team=Team(quota=draw(quotas(horizon))),
        market=draw(markets()),
        calendar=draw(calendars()),
        correction=correction,
        open_deals=tuple(deals),
        booked=booked,
    )
    assert not find_faults(scenario)
    return scenario


@st.composite
def pairs(draw: st.DrawFn) -> tuple[Scenario, Scenario]:
    """Draw two scenarios: strangers, or one that differs from the other here and there."""
    old, other = draw(teams()), draw(teams())
    if draw(st.booleans()):
        return old, other
    keys = ("segments", "market", "calendar", "team", "open_deals", "reps", "booked", "name")
    taken = draw(st.sets(st.sampled_from(keys), max_size=4))
    told = {key: getattr(other if key in taken else old, key) for key in Scenario.model_fields}
    new = Scenario(**told)
    return (old, other) if find_faults(new) else (old, new)
