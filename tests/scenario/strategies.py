"""Scenarios for hypothesis: small, valid, and using every feature."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from hypothesis import strategies as st

from quotarisk.periods import CADENCES, Horizon
from quotarisk.scenario.figures import LawSpec, OppRate, WinRate
from quotarisk.scenario.funnel import Funnel, Stage
from quotarisk.scenario.market import Calendar, Market
from quotarisk.scenario.pay import PayPlan
from quotarisk.scenario.scenario import Scenario
from quotarisk.scenario.segment import Segment
from quotarisk.scenario.stress import Stress
from quotarisk.scenario.team import Booking, Group, OpenDeal, Quota, Rep, Team

names = (
    st.one_of(
        st.sampled_from(["Ana", "Ben", "Chloé", "007", "Łukasz O'Hara", 'J. "Jo" Doe', "a.b[c]"]),
        st.sampled_from(["=1+1", "-5", "@x", "+y", "'=z", '"q"', "2027-01-01", "[1]", "_x0041_"]),
        st.text(
            st.characters(
                exclude_categories=["Cc", "Cs", "Zl", "Zp"], exclude_characters="\ufffe\uffff"
            ),
            min_size=1,
            max_size=8,
        ),
    )
    .map(str.strip)
    .filter(bool)
)


def floats(low: float, high: float) -> st.SearchStrategy[float]:
    """Numbers between two bounds that no arithmetic can underflow."""
    return st.floats(low, high, allow_subnormal=False).map(lambda x: round(x, 6))


@st.composite
def laws(draw: st.DrawFn, *, low: float, high: float) -> LawSpec:
    """A law in any of the ways of writing one, with figures between two bounds."""
    middle = draw(floats(low, high))
    spread = draw(floats(1.1, 4.0))
    of = draw(st.none() | floats(1, 500))
    return draw(
        st.sampled_from(
            [
                LawSpec(known=middle),
                LawSpec(median=middle, p90=middle * spread, of=of),
                LawSpec(dist="gamma", mean=middle, sd=middle * (spread - 1), of=of),
                LawSpec(dist="weibull", p10=middle / spread, p90=middle * spread, of=of),
                LawSpec(dist="exponential", mean=middle, of=of),
                LawSpec(values=(middle, middle / spread, middle * spread, middle), of=of),
                LawSpec(
                    quantiles={"0.1": middle / spread, "0.5": middle, "0.95": middle * spread},
                    of=of,
                ),
            ]
        )
    )


@st.composite
def opp_rates(draw: st.DrawFn) -> OppRate:
    """A creation rate of at most five a week, known or with its evidence."""
    if draw(st.booleans()):
        return OppRate(known=draw(floats(0, 5)))
    weeks = draw(floats(4, 104))
    return OppRate(opps=draw(st.integers(0, int(4 * weeks))), weeks=weeks)


@st.composite
def win_rates(draw: st.DrawFn) -> WinRate:
    """A win rate of at most 0.6, known or with its evidence."""
    if draw(st.booleans()):
        return WinRate(known=draw(floats(0, 0.6)))
    of = draw(st.integers(5, 500))
    return WinRate(won=draw(st.integers(0, of // 2)), of=of)


SIZES = laws(low=100, high=100_000)
CYCLES = laws(low=1, high=200)


@st.composite
def funnels(draw: st.DrawFn) -> Funnel:
    """A funnel of one stage or two, known or with its evidence."""
    rates = draw(st.lists(win_rates(), min_size=1, max_size=2))
    stages = tuple(Stage(name=f"stage {n}", rate=rate) for n, rate in enumerate(rates))
    return Funnel(hours_per_activity=draw(floats(0.1, 5)), stages=stages)


@st.composite
def segments(draw: st.DrawFn) -> Segment:
    """A segment with all that a simulation needs."""
    return Segment(
        opps_per_week=draw(opp_rates()),
        win_rate=draw(win_rates()),
        stall_rate=draw(st.none() | floats(0, 0.3)),
        deal_size=draw(SIZES),
        won_cycle_days=draw(CYCLES),
        lost_cycle_days=draw(st.none() | CYCLES),
        inbound_opps_per_week=draw(st.none() | opp_rates()),
        funnel=draw(st.none() | funnels()),
        hours_per_open_deal=draw(st.none() | floats(0, 5)),
        prospecting_mix=draw(st.none() | floats(0.1, 5)),
        cost_per_opp=draw(st.none() | floats(0, 900)),
        cost_per_inbound_opp=draw(st.none() | floats(0, 900)),
        lifetime_value=draw(st.none() | floats(0, 1e5)),
    )


@st.composite
def overrides(draw: st.DrawFn) -> Segment:
    """What a rep does differently in a segment."""
    full = draw(segments())
    kept = draw(st.sets(st.sampled_from(sorted(Segment.model_fields))))
    return Segment(**{key: value for key, value in full if key in kept})


@st.composite
def quotas(draw: st.DrawFn, horizon: Horizon) -> Quota:
    """Quotas in any of the ways of writing them, for any of the cadences."""
    amounts = floats(0, 1_000_000)
    written: dict[str, Any] = {}
    for cadence in draw(st.sets(st.sampled_from(CADENCES))):
        periods = horizon.periods(cadence)
        names = st.sampled_from(["", *(period.name for period in periods)])
        written[cadence] = draw(
            st.one_of(
                amounts,
                st.lists(amounts, min_size=len(periods), max_size=len(periods)).map(tuple),
                st.dictionaries(names, amounts, max_size=4),
            )
        )
    return Quota(**written)


@st.composite
def pay_plans(draw: st.DrawFn, shared: list[str], *, by_attainment: bool) -> PayPlan:
    """A plan; one that goes by attainment asks for a quota of those who are on it."""
    told: dict[str, Any] = {"base": draw(floats(0, 1e5)), "commission_rate": draw(floats(0.01, 1))}
    if draw(st.booleans()):
        told |= {"target_variable": 1e5, "cap": draw(st.none() | floats(50, 200))}
        told |= {"guarantee": draw(st.lists(floats(0, 1), max_size=3)), "draw": draw(floats(0, 9))}
    if by_attainment:
        starts = sorted({0.0, *draw(st.lists(floats(0, 3), max_size=3))})
        told["tiers"] = [{"from": start, "rate": draw(floats(0, 3))} for start in starts]
        told |= {"threshold": draw(floats(0, 1)), "cliff": draw(st.booleans())}
        told |= {"tier_kind": draw(st.sampled_from(["marginal", "retroactive"]))}
        told |= {"carry_surplus": draw(st.sampled_from(["none", "year"])), "cap": None}
    told["cadence"] = draw(st.sampled_from(["month", "quarter"]))
    told["multipliers"] = draw(st.dictionaries(st.sampled_from(shared), floats(0, 3)))
    segments = draw(st.lists(st.sampled_from(shared), max_size=2))
    told["spifs"] = [
        {"segment": name, "rate": draw(floats(0.01, 1)), "goal": draw(st.none() | floats(1, 1e6))}
        for name in segments
    ]
    return PayPlan.model_validate(told)


@st.composite
def reps(
    draw: st.DrawFn, name: str, horizon: Horizon, shared: dict[str, Segment], *, bound: bool = False
) -> Rep:
    """A rep who sells some of the segments, or all."""
    sold = draw(st.sets(st.sampled_from(sorted(shared))))
    days = st.integers(-400, 400).map(lambda number: horizon.start + timedelta(days=number))
    start_date = draw(st.none() | days)
    ramp = () if start_date is None else tuple(draw(st.lists(floats(0, 1.5), max_size=4)))
    hours: dict[str, Any] = {}
    if bound and draw(st.booleans()):
        hours = {"hours_per_week": draw(floats(1, 60)), "prospecting_share": draw(floats(0, 1))}
    return Rep(
        name=name,
        group=draw(st.none() | st.sampled_from(["East", "West"])),
        quota=draw(quotas(horizon)),
        segments={segment: draw(overrides()) for segment in sorted(sold)},
        start_date=start_date,
        ramp=ramp,
        pipeline=draw(st.sampled_from([None, None, "steady", "empty"])),
        **hours,
    )


@st.composite
def markets(draw: st.DrawFn) -> Market:
    """A market that may or may not move."""
    spread = st.just(0.0) | floats(0.01, 0.5)
    return Market(
        creation=draw(spread),
        win_odds=draw(spread),
        deal_size=draw(spread),
        persistence=draw(floats(-0.9, 0.95)),
        period=draw(st.sampled_from(["month", "quarter"])),
    )


@st.composite
def calendars(draw: st.DrawFn) -> Calendar:
    """Seasons and clocks."""
    season = st.lists(floats(0.1, 2), min_size=12, max_size=12).map(tuple)
    clock = st.lists(floats(0.2, 3), min_size=3, max_size=3).map(tuple)
    plain = Calendar()
    return Calendar(
        creation=draw(st.just(plain.creation) | season),
        won=draw(st.just(plain.won) | clock),
        lost=draw(st.just(plain.lost) | clock),
    )


@st.composite
def stresses(draw: st.DrawFn, team: list[str]) -> Stress:
    """A stress that leaves somebody in the team."""
    return Stress(
        win_rate=draw(floats(0.2, 1.5)),
        opps_per_week=draw(floats(0.2, 1.5)),
        deal_size=draw(floats(0.2, 1.5)),
        cycle_days=draw(floats(0.5, 2)),
        ramp=draw(floats(0.5, 1.5)),
        remove_reps=tuple(
            draw(st.lists(st.sampled_from(team), max_size=len(team) - 1, unique=True))
        ),
        delay_hires_days=draw(st.integers(0, 200)),
    )


@st.composite
def scenarios(
    draw: st.DrawFn, *, most_reps: int = 3, most_months: int = 15, bound: bool = False
) -> Scenario:
    """Draw a small scenario in which `find_faults` finds nothing.

    Parameters
    ----------
    draw
        Given by hypothesis.
    most_reps, most_months
        How large it may be.
    bound
        Whether hours of work may bound some of the reps.
    """
    start = draw(st.dates(date(2024, 1, 1), date(2029, 12, 31)))
    months, fiscal = draw(st.integers(1, most_months)), draw(st.integers(1, 12))
    horizon = Horizon(start, months, fiscal)
    shared = draw(st.dictionaries(names, segments(), min_size=1, max_size=2))
    team = draw(st.lists(names, min_size=1, max_size=most_reps, unique=True))
    sellers = [draw(reps(name, horizon, shared, bound=bound)) for name in team]
    deals = []
    for number in range(draw(st.integers(0, 4))):
        rep = draw(st.sampled_from(sellers))
        age = draw(st.integers(0, 500))
        deals.append(
            OpenDeal(
                deal=f"D{number}",
                rep=rep.name,
                segment=draw(st.sampled_from(sorted(rep.segments or shared))),
                amount=draw(st.none() | floats(0.01, 1e6)),
                created=start - timedelta(days=age),
            )
        )
    busy = {deal.rep for deal in deals}
    sellers = [
        rep.model_copy(update={"pipeline": None}) if rep.name in busy else rep for rep in sellers
    ]
    booked = None
    if draw(st.booleans()):
        booked = tuple(
            Booking(
                rep=draw(st.sampled_from(team)),
                date=start - timedelta(days=draw(st.integers(-60, 400))),
                amount=draw(floats(-1e5, 1e6)),
            )
            for _ in range(draw(st.integers(0, 4)))
        )
    paid: dict[str, PayPlan] = draw(
        st.dictionaries(names, pay_plans(sorted(shared), by_attainment=False), max_size=1)
    )
    more: bool = draw(st.booleans())
    if paid and more:  # and another one, which nobody is on
        (name,) = paid
        paid[f"{name} too"] = draw(pay_plans(sorted(shared), by_attainment=True))
        sellers = [
            rep.model_copy(update={"pay": draw(st.sampled_from([None, name]))}) for rep in sellers
        ]
    groups = sorted({rep.group for rep in sellers if rep.group is not None})
    plans = draw(st.sets(st.sampled_from(groups))) if groups else set()
    return Scenario(
        name=draw(names),
        start=start,
        months=months,
        fiscal_year_start=fiscal,
        currency=draw(st.sampled_from(["USD", "EUR", "€"])),
        segments=shared,
        reps=tuple(sellers),
        groups={name: Group(quota=draw(quotas(horizon))) for name in sorted(plans)},
        team=Team(quota=draw(quotas(horizon))),
        market=draw(markets()),
        calendar=draw(calendars()),
        pay=paid,
        stress=draw(st.dictionaries(names, stresses(team), max_size=2)),
        open_deals=tuple(deals),
        booked=booked,
    )
