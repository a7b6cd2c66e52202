"""Plans as rules, bookings as pay: worked examples, month by month in whole currency units."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quotarisk.errors import ArgumentError
from quotarisk.periods import Horizon
from quotarisk.scenario.pay import PayPlan
from quotarisk.scenario.team import Rep
from quotarisk.simulation.paying import (
    base_pay,
    credit_bookings,
    lower_plan,
    months_at_work,
    pay_paths,
    pay_spifs,
)

YEAR = Horizon(date(2027, 1, 1), 12)
ANA = Rep(name="Ana")
SEGMENTS = ("small", "large")


@dataclass(frozen=True)
class Example:
    """A plan, what a rep books of small and large deals in each period, and the pay by hand.

    The target variable is 1,000 a month and the quota 10,000 unless told otherwise, so that the
    commission rate is 0.10.
    """

    plan: dict[str, Any]
    small: list[float]
    expected: list[float]
    large: list[float] = field(default_factory=list)
    large_wins: list[int] = field(default_factory=list)
    quota: list[float] = field(default_factory=list)
    rep: Rep = ANA
    certain: list[float] = field(default_factory=list)


ACCELERATOR = [{"from": 0.0, "rate": 1.0}, {"from": 1.0, "rate": 1.5}]
DECELERATOR = [{"from": 0.0, "rate": 1.0}, {"from": 1.0, "rate": 0.5}]
HIRED = Rep(name="Ana", start_date=date(2027, 1, 16))

WORKED = {
    # 0.10 of what is booked, whatever the quota
    "flat rate": Example({}, [0, 4_000, 10_000, 25_000], [0, 400, 1_000, 2_500]),
    "commission rate of its own": Example({"commission_rate": 0.07}, [5_000], [350]),
    "quotas that differ": Example({}, [5_000, 5_000], [500, 250], quota=[10_000, 20_000]),
    # 10,000 at 0.10, and 4,000 at 0.15
    "marginal accelerator": Example({"tiers": ACCELERATOR}, [8_000, 14_000], [800, 1_600]),
    # once 10,000 are reached all are paid at 0.15
    "retroactive tier": Example(
        {"tiers": ACCELERATOR, "tier_kind": "retroactive"},
        [9_999, 10_000, 14_000],
        [999.9, 1_500, 2_100],
    ),
    # 10,000 at 0.10, and 4,000 at 0.05
    "decelerator": Example({"tiers": DECELERATOR}, [14_000], [1_200]),
    "retroactive decelerator": Example(
        {"tiers": DECELERATOR, "tier_kind": "retroactive"}, [9_000, 10_000], [900, 500]
    ),
    # 5,000 at 0.05, 5,000 at 0.10, 5,000 at 0.20
    "three tiers": Example(
        {
            "tiers": [
                {"from": 0.0, "rate": 0.5},
                {"from": 0.5, "rate": 1.0},
                {"from": 1.0, "rate": 2.0},
            ]
        },
        [4_000, 7_000, 15_000],
        [200, 450, 1_750],
    ),
    # 40 % are 4,000: below nothing, from there on all
    "threshold with a cliff": Example({"threshold": 0.4}, [3_999, 4_000, 10_000], [0, 400, 1_000]),
    # or only what is above 4,000
    "threshold without a cliff": Example(
        {"threshold": 0.4, "cliff": False}, [3_999, 4_000, 10_000], [0, 0, 600]
    ),
    # 6,000 at 0.10 above the threshold, 4,000 at 0.15
    "accelerator above a threshold": Example(
        {"threshold": 0.4, "cliff": False, "tiers": ACCELERATOR}, [14_000], [1_200]
    ),
    # 10,000 above the threshold, all at 0.15
    "retroactive tier above a threshold": Example(
        {
            "threshold": 0.4,
            "cliff": False,
            "tiers": ACCELERATOR,
            "tier_kind": "retroactive",
        },
        [14_000],
        [1_500],
    ),
    # never more than twice 1,000
    "cap": Example({"cap": 2.0, "tiers": ACCELERATOR}, [12_000, 40_000], [1_300, 2_000]),
    # 5,000 above the first quota count for February, which has 13,000 then: 3,000 for March;
    # March ends the quarter with 14,000, all of which count
    "surplus within the quarter": Example(
        {"carry_surplus": "quarter", "tiers": ACCELERATOR},
        [15_000, 8_000, 11_000, 9_000],
        [1_000, 1_000, 1_600, 900],
    ),
    # the same, but March hands 4,000 on to April: 13,000, of which 3,000 go on to May
    "surplus within the year": Example(
        {"carry_surplus": "year", "tiers": ACCELERATOR},
        [15_000, 8_000, 11_000, 9_000],
        [1_000, 1_000, 1_000, 1_000],
    ),
    # 4,000 are missing, so February asks for 14,000 and March for 12,000; of its 20,000
    # 8,000 are at 0.15; April begins anew
    "shortfall within the quarter": Example(
        {"carry_shortfall": "quarter", "tiers": ACCELERATOR},
        [6_000, 12_000, 20_000, 12_000],
        [600, 1_200, 1_200 + 1_200, 1_300],
    ),
    # January hands on 5,000; March asks for the 3,000 that February lacks
    "surplus and shortfall": Example(
        {"carry_surplus": "quarter", "carry_shortfall": "quarter", "tiers": ACCELERATOR},
        [15_000, 2_000, 14_000],
        [1_000, 700, 1_300 + 150],
    ),
    # 600 are earned of 800: 200 in advance, given back from 1,500 at once, then no more
    "recoverable draw": Example({"draw": 800}, [6_000, 15_000, 15_000], [800, 1_300, 1_500]),
    # 800 in advance; what is above the draw goes back: 100, 400, and the last 300
    "a draw that takes long": Example(
        {"draw": 800}, [0, 9_000, 12_000, 30_000], [800, 800, 800, 2_700]
    ),
    "unrecoverable draw": Example(
        {"draw": 800, "recoverable": False}, [6_000, 15_000], [800, 1_500]
    ),
    # hired on 16 January: 16 of 31 days of the target at 100 %; then 15 days at 100 % and 13 of 28
    # at 50 %; March has 15 of 31 days at 50 %
    "ramp guarantee": Example(
        {"guarantee": [1.0, 0.5]},
        [0, 0, 0, 0],
        [
            round(1_000 * 16 / 31, 2),
            round(1_000 * (15 / 28 + 0.5 * 13 / 28), 2),
            round(1_000 * 0.5 * 15 / 31, 2),
            0,
        ],
        rep=HIRED,
    ),
    # who is above it is paid what is earned
    "ramp guarantee, earned": Example(
        {"guarantee": [1.0], "commission_rate": 0.1}, [9_000, 9_000], [900, 900], rep=HIRED
    ),
    # what the guarantee adds is not owed; 1,000 of the draw's advance are, beside it
    "guarantee and draw": Example(
        {"guarantee": [0.5, 0.5], "draw": 600},
        [0, 20_000, 20_000],
        [600, 1_900, 2_000],
        rep=Rep(name="Ana", start_date=date(2027, 1, 1)),
    ),
    # 500 for each of three deals, beside 0.10 of 9,000
    "SPIF per deal": Example(
        {"spifs": [{"segment": "large", "per_deal": 500}]},
        [0, 0],
        [900 + 1_500, 0],
        large=[9_000, 0],
        large_wins=[3, 0],
    ),
    # 0.02 of the large deals
    "SPIF rate": Example(
        {"spifs": [{"segment": "large", "rate": 0.02}]},
        [5_000],
        [500 + 900 + 180],
        large=[9_000],
    ),
    # nothing below 8,000, from there on for all
    "SPIF with a goal": Example(
        {"spifs": [{"segment": "large", "rate": 0.02, "per_deal": 100, "goal": 8_000}]},
        [0, 0],
        [799.99, 800 + 160 + 200],
        large=[7_999.9, 8_000],
        large_wins=[2, 2],
    ),
    "SPIF of a segment that is not sold": Example(
        {"spifs": [{"segment": "huge", "per_deal": 100}]}, [1_000], [100]
    ),
    # 6,000 of large deals count 1.5 times: 5,000 + 9,000, of which 4,000 at 0.15
    "multipliers": Example(
        {"multipliers": {"large": 1.5}, "tiers": ACCELERATOR}, [5_000], [1_600], large=[6_000]
    ),
    # what is booked to date is of no segment, and counts once
    "booked to date": Example(
        {"multipliers": {"large": 1.5, "small": 0.0}}, [5_000], [300], certain=[3_000]
    ),
    # taken back: nothing is paid, and nothing is asked back
    "negative bookings": Example({}, [-5_000, 10_000], [0, 1_000]),
    # but the shortfall has it: 25,000 are asked of February, 10,000 of them are booked
    "negative bookings, carried": Example(
        {"carry_shortfall": "quarter", "threshold": 0.5}, [-5_000, 10_000], [0, 0]
    ),
    # SPIFs stand outside the cap, and pay back the draw
    "cap, SPIF and draw": Example(
        {"cap": 1.0, "draw": 500, "spifs": [{"segment": "large", "per_deal": 300}]},
        [0, 20_000],
        [500, 1_000 + 300 - 500],
        large=[0, 1_000],
        large_wins=[0, 1],
    ),
    # a surplus of 10,000 attains February's quota, so the threshold too
    "surplus over a threshold": Example(
        {"carry_surplus": "quarter", "threshold": 1.0}, [20_000, 0, 9_000], [1_000, 1_000, 0]
    ),
    # a month without a quota has the rate of the others, and attains what it books
    "no quota in a month": Example(
        {"tiers": ACCELERATOR},
        [10_000, 12_000, 12_000],
        [1_000, 1_200, 1_300],
        quota=[10_000, np.nan, 10_000],
    ),
}


def plan_of(**told: Any) -> PayPlan:
    """A plan by the month with 12,000 of target variable, with what is told."""
    usual: dict[str, Any] = {"base": 24_000, "target_variable": 12_000, "cadence": "month"}
    return PayPlan.model_validate({**usual, **told})


def pay_of(example: Example) -> list[float]:
    """Pay in currency units."""
    plan, count = plan_of(**example.plan), len(example.small)
    periods = YEAR.periods(plan.cadence)[:count]
    quotas = 100 * np.array(example.quota or [10_000] * count)
    rules = lower_plan(plan, example.rep, YEAR, periods, quotas)
    booked = 100 * np.array([example.small, example.large or [0] * count])[..., np.newaxis]
    wins = np.array([[0] * count, example.large_wins or [0] * count], float)[..., np.newaxis]
    credited = credit_bookings(plan, SEGMENTS, booked, 100 * np.array(example.certain or [0.0]))
    extra = pay_spifs(plan, SEGMENTS, booked, wins)
    return [float(cents) / 100 for cents in pay_paths(rules, credited, extra)[:, 0]]


PUBLISHED = {
    # Oracle, Siebel Incentive Compensation Administration Guide 8.0, plan design, recoverable draw
    # scenario (docs.oracle.com/cd/E05553_01/books/InCompAdm/InCompAdmPlanDesign8.html): what is
    # earned, and what is paid with a draw of 2,000
    "a recoverable draw over six months": Example(
        {"commission_rate": 0.1, "draw": 2_000.0, "recoverable": True},
        [27_500, 30_000, 15_000, 23_750, 30_000, 27_500],
        [2_750, 3_000, 2_000, 2_000, 2_875, 2_750],
    ),
    # excelforum.com, thread 861932: 5 % to a quota of 100,000, 6 % to 125,000, 7 % above, of
    # 150,000 in a quarter: 5,000 + 1,500 + 1,750
    "three bands, each at its own rate": Example(
        {
            "commission_rate": 0.05,
            "tiers": [
                {"from": 0.0, "rate": 1.0},
                {"from": 1.0, "rate": 1.2},
                {"from": 1.25, "rate": 1.4},
            ],
        },
        [150_000],
        [8_250],
        quota=[100_000],
    ),
    # Sales Cookie, "cumulative and non-cumulative tiers": 6 % below 100 %, 8 % to 150 %, at 110 %
    # of a quota of 10,000; by bands, and by the highest tier for all
    "cumulative tiers": Example(
        {
            "commission_rate": 0.06,
            "tiers": [{"from": 0.0, "rate": 1.0}, {"from": 1.0, "rate": 8 / 6}],
        },
        [11_000],
        [680],
    ),
    "non-cumulative tiers": Example(
        {
            "commission_rate": 0.06,
            "tiers": [{"from": 0.0, "rate": 1.0}, {"from": 1.0, "rate": 8 / 6}],
            "tier_kind": "retroactive",
        },
        [11_000],
        [880],
    ),
}


@pytest.mark.parametrize("example", PUBLISHED.values(), ids=PUBLISHED)
def test_published_examples(example: Example) -> None:
    """Plans that others have described, with what they say is paid."""
    assert pay_of(example) == pytest.approx(example.expected, abs=0.005)


@pytest.mark.parametrize("example", WORKED.values(), ids=WORKED)
def test_worked_examples(example: Example) -> None:
    """Each feature of a plan pays what a person works out."""
    assert example.expected == pay_of(example)


def test_a_quarter_and_a_year() -> None:
    """A period's target is its months' share of the year's."""
    for cadence, months in (("quarter", 3), ("year", 12)):
        plan = plan_of(cadence=cadence, draw=500, cap=2.0)
        periods = YEAR.periods(plan.cadence)
        rules = lower_plan(plan, ANA, YEAR, periods, np.full(len(periods), 1e6 * months))
        assert [months * 100_000.0] * len(periods) == rules.target.tolist()
        assert [50_000.0] * len(periods) == rules.draw.tolist()
        assert 0.1 == pytest.approx(rules.rate[0])


def test_months_at_work() -> None:
    """Whole months and a share of the first; none before the start date, all without one."""
    first, second = YEAR.periods("quarter")[:2]
    hired = Rep(name="Ana", start_date=date(2027, 2, 15))
    assert 14 / 28 + 1 == months_at_work(hired, first)
    assert 3 == months_at_work(hired, second) == months_at_work(ANA, first)
    late = Rep(name="Ana", start_date=date(2027, 7, 1))
    assert 0 == months_at_work(late, second)
    plan = plan_of()
    assert [300_000, 600_000, 0] == [
        base_pay(plan, hired, first),
        base_pay(plan, hired, second),
        base_pay(plan, late, second),
    ]


def test_who_comes_late() -> None:
    """Target, draw and cap go by the months at work; before there is nothing to be paid."""
    plan = plan_of(cadence="quarter", draw=600)
    hired = Rep(name="Ana", start_date=date(2027, 5, 16))
    periods = YEAR.periods("quarter")[:3]
    rules = lower_plan(plan, hired, YEAR, periods, [np.nan, 1e6, 1e6])
    share = 16 / 31 + 1
    assert [0, round(100_000 * share), 300_000] == rules.target.tolist()
    assert [0, round(60_000 * share / 3), 60_000] == rules.draw.tolist()
    assert rules.rate[1:].tolist() == (rules.target[1:] / 1e6).tolist()
    assert rules.rate[0] == pytest.approx(rules.target[1:].sum() / 2e6)
    assert 0 == pay_paths(rules, np.zeros((3, 1)))[0, 0]


def test_no_quota_at_all() -> None:
    """Nothing is paid by a target that no quota turns into a rate."""
    rules = lower_plan(plan_of(), ANA, YEAR, YEAR.periods("month"), np.full(12, np.nan))
    assert 0 == pay_paths(rules, np.full((12, 1), 1e6)).sum()


@pytest.mark.parametrize(
    ("cadence", "window", "start", "ends"),
    [
        ("month", "none", 1, [1] * 12),
        ("month", "quarter", 1, [0, 0, 1] * 4),
        ("month", "quarter", 2, [1, 0, 0] * 4),
        ("month", "year", 1, [0] * 11 + [1]),
        ("month", "year", 4, [0, 0, 1] + [0] * 9),
        ("quarter", "year", 1, [0, 0, 0, 1]),
        ("quarter", "year", 4, [1, 0, 0, 0]),
    ],
)
def test_windows(cadence: str, window: str, start: int, ends: list[int]) -> None:
    """They are fiscal quarters and years."""
    plan = plan_of(cadence=cadence, carry_surplus=window, carry_shortfall=window)
    horizon = Horizon(date(2027, 1, 1), 12, start)
    periods = horizon.periods(plan.cadence)
    rules = lower_plan(plan, ANA, horizon, periods, np.full(len(periods), 1e6))
    assert ends == rules.surplus_ends.tolist() == rules.shortfall_ends.tolist()


def test_wins_are_needed() -> None:
    """An amount per deal cannot be paid without the numbers of deals."""
    plan = plan_of(spifs=[{"segment": "large", "per_deal": 500}])
    with pytest.raises(ArgumentError, match="a SPIF per deal needs wins"):
        pay_spifs(plan, SEGMENTS, np.zeros((2, 1, 1)))


PARTS = st.lists(st.integers(0, 2_000_000), min_size=1, max_size=6)


@settings(deadline=None)  # the first one compiles
@given(parts=PARTS, cuts=st.data())
def test_splitting_bookings_over_deals_changes_nothing(
    parts: list[int], cuts: st.DataObject
) -> None:
    """Without SPIFs a period's pay hangs on the sum; an amount per deal is what counts deals."""
    plan = plan_of(tiers=ACCELERATOR, threshold=0.3, cap=2.0)
    rules = lower_plan(plan, ANA, YEAR, YEAR.periods("month")[:1], [1e6])
    edges = sorted(cuts.draw(st.lists(st.integers(0, sum(parts)), max_size=5)))
    again = [end - begin for begin, end in pairwise([0, *edges, sum(parts)])]

    def paid(plan: PayPlan, deals: list[int]) -> float:
        names = [f"deal {number}" for number in range(len(deals))]
        booked = np.array(deals, dtype=np.float64)[:, np.newaxis, np.newaxis]
        extra = pay_spifs(plan, names, booked, np.ones_like(booked))
        return float(pay_paths(rules, credit_bookings(plan, names, booked), extra)[0, 0])

    assert paid(plan, parts) == paid(plan, again)
    spifs = [{"segment": f"deal {number}", "per_deal": 5} for number in range(7)]
    counted = plan_of(tiers=ACCELERATOR, threshold=0.3, cap=2.0, spifs=spifs)
    difference = paid(counted, parts) - paid(counted, again)
    assert 500 * (len(parts) - len(again)) == difference
