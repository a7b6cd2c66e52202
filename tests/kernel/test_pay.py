"""What a plan pays: the kernel against its twin, and what holds for every plan."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quotarisk.kernel import compiling
from quotarisk.kernel.arrays import Floats
from quotarisk.kernel.pay import PayRules, pay_periods
from tests.kernel import pay_twin

MOST = 2_000_000  # cents
SIXTY_FOURTHS = st.integers(0, 128).map(lambda parts: parts / 64)  # exact in every product


def rules_of(periods: int, **told: Any) -> PayRules:
    """Rules that pay 1 for each credited cent against a quota of 100, with what is told."""
    usual: dict[str, Any] = {
        "quota": np.full(periods, 100.0),
        "target": np.full(periods, 100.0),
        "rate": np.ones(periods),
        "tier_from": np.zeros(1),
        "tier_rate": np.ones(1),
        "retroactive": False,
        "threshold": 0.0,
        "cliff": True,
        "cap": np.inf,
        "surplus_ends": np.ones(periods, np.uint8),
        "shortfall_ends": np.ones(periods, np.uint8),
        "draw": np.zeros(periods),
        "recoverable": True,
        "guarantee": np.zeros(periods),
    }
    return PayRules(**{**usual, **told})


def pay(rules: PayRules, credited: Any, extra: Any = None) -> Floats:
    """Variable pay, ``[periods, paths]``."""
    booked = np.array(credited, dtype=np.float64)
    spifs = np.zeros_like(booked) if extra is None else np.array(extra, dtype=np.float64)
    out = np.full_like(booked, np.nan)
    pay_periods(booked, spifs, rules, out)
    return out


@st.composite
def cents(draw: st.DrawFn, periods: int, low: int = 0, high: int = MOST) -> Floats:
    """Whole cents, one for each period."""
    return np.array(
        draw(st.lists(st.integers(low, high), min_size=periods, max_size=periods)), float
    )


@st.composite
def plans(draw: st.DrawFn, *, periods: int | None = None, ascending: bool = False) -> PayRules:
    """Rules whose products need no rounding but that of money to cents."""
    count = draw(st.integers(1, 6)) if periods is None else periods
    starts = sorted({0.0, *draw(st.lists(SIXTY_FOURTHS, max_size=4))})
    multiples = draw(st.lists(SIXTY_FOURTHS, min_size=len(starts), max_size=len(starts)))
    ends = st.lists(st.integers(0, 1), min_size=count, max_size=count)
    quota = draw(cents(count, low=0))
    surplus_ends, shortfall_ends = (np.array(draw(ends), np.uint8) for _ in range(2))
    if not ascending:
        quota[draw(st.lists(st.integers(0, count - 1), max_size=2))] = np.nan
    else:
        quota += 1
        draw(st.sampled_from([surplus_ends, shortfall_ends])).fill(1)
    return PayRules(
        quota=quota,
        target=draw(cents(count)),
        rate=np.array([draw(SIXTY_FOURTHS) for _ in range(count)]),
        tier_from=np.array(starts),
        tier_rate=np.array(sorted(multiples) if ascending else multiples),
        retroactive=draw(st.booleans()),
        threshold=draw(st.just(0.0) | SIXTY_FOURTHS),
        cliff=draw(st.booleans()),
        cap=draw(st.just(np.inf) | SIXTY_FOURTHS),
        surplus_ends=surplus_ends,
        shortfall_ends=shortfall_ends,
        draw=draw(st.just(np.zeros(count)) | cents(count, high=MOST // 4)),
        recoverable=draw(st.booleans()),
        guarantee=draw(st.just(np.zeros(count)) | cents(count, high=MOST // 4)),
    )


@st.composite
def told(draw: st.DrawFn, /, **how: Any) -> tuple[PayRules, Floats, Floats]:
    """Rules, and what some paths book and earn in SPIFs."""
    rules = draw(plans(**how))
    periods, paths = len(rules.quota), draw(st.integers(1, 3))
    credited = np.stack([draw(cents(periods, low=-MOST // 8, high=3 * MOST)) for _ in range(paths)])
    extra = np.stack([draw(cents(periods, high=MOST // 8)) for _ in range(paths)])
    return rules, credited.T.copy(), extra.T.copy()


@settings(deadline=None)  # the first one compiles
@given(told())
def test_the_kernel_is_its_twin(case: tuple[PayRules, Floats, Floats]) -> None:
    """To the cent, whatever the rules and the bookings."""
    rules, credited, extra = case
    np.testing.assert_array_equal(
        pay_twin.pay_paths(rules, credited, extra), pay(rules, credited, extra)
    )


def test_rates_that_are_no_dyadic_fractions() -> None:
    """Of decimal rates a product is rounded, so a pay of half a cent may go either way."""
    random = np.random.default_rng(5)
    rules = rules_of(
        12,
        quota=np.full(12, 4_123_457.0),
        target=np.full(12, 512_345.0),
        rate=np.full(12, 512_345 / 4_123_457),
        tier_from=np.array([0.0, 0.5, 1.0, 1.3]),
        tier_rate=np.array([0.7, 1.0, 1.55, 2.1]),
        threshold=0.3,
        cap=2.2,
    )
    credited = random.gamma(2.0, 2e6, (12, 2000)).round()
    extra = np.zeros_like(credited)
    apart = np.abs(pay_twin.pay_paths(rules, credited, extra) - pay(rules, credited))
    assert apart.max() <= 1
    assert (apart > 0).mean() < 1e-3


def test_paths_do_not_touch_each_other() -> None:
    """Over several blocks of paths each is paid as if it were alone."""
    random = np.random.default_rng(6)
    rules = rules_of(
        4,
        quota=np.full(4, 1e6),
        surplus_ends=np.array([0, 0, 0, 1], np.uint8),
        shortfall_ends=np.array([0, 0, 0, 1], np.uint8),
        tier_from=np.array([0.0, 1.0]),
        tier_rate=np.array([1.0, 2.0]),
        draw=np.full(4, 5e5),
    )
    credited = random.gamma(2.0, 5e5, (4, 1100)).round()
    alone = np.concatenate([pay(rules, credited[:, [path]]) for path in range(1100)], axis=1)
    np.testing.assert_array_equal(alone, pay(rules, credited))


@settings(deadline=None)  # the first one compiles
@given(told(ascending=True), st.data())
def test_pay_never_falls_when_bookings_rise(
    case: tuple[PayRules, Floats, Floats], data: st.DataObject
) -> None:
    """In no period, whatever is carried over or given back, while the tiers' rates ascend.

    So with any threshold, cliff, cap, guarantee and draw, while every period has a quota, and a
    surplus or a shortfall is carried over, but not both.
    """
    rules, credited, extra = case
    more = credited.copy()
    more[data.draw(st.integers(0, len(more) - 1))] += data.draw(st.integers(1, MOST))
    assert (pay(rules, more, extra) >= pay(rules, credited, extra)).all()


@settings(deadline=None)  # the first one compiles
@given(told(), st.data())
def test_marginal_tiers_never_take_back(
    case: tuple[PayRules, Floats, Floats], data: st.DataObject
) -> None:
    """Marginal tiers may decelerate too, while no shortfall moves the quota."""
    rules, credited, extra = case
    rules = rules._replace(retroactive=False, shortfall_ends=np.ones_like(rules.shortfall_ends))
    more = credited.copy()
    more[data.draw(st.integers(0, len(more) - 1))] += data.draw(st.integers(1, MOST))
    assert (pay(rules, more, extra) >= pay(rules, credited, extra)).all()


@pytest.mark.parametrize(
    ("rules", "less", "more"),
    [
        # a retroactive decelerator is a cliff: 100 at 1.0 beside 99 at 1.0
        (
            rules_of(
                1, retroactive=True, tier_from=np.array([0.0, 1.0]), tier_rate=np.array([1.0, 0.5])
            ),
            [[99]],
            [[100]],
        ),
        # what is not missing any more makes the next quota smaller, and a decelerator begin sooner
        (
            rules_of(
                2,
                shortfall_ends=np.array([0, 1], np.uint8),
                tier_from=np.array([0.0, 1.0]),
                tier_rate=np.array([1.0, 0.5]),
            ),
            [[0], [200]],
            [[80], [200]],
        ),
        # or a surplus of it that is paid a period later
        (
            rules_of(
                3,
                surplus_ends=np.array([0, 0, 1], np.uint8),
                shortfall_ends=np.array([0, 0, 1], np.uint8),
            ),
            [[0], [200], [0]],
            [[80], [200], [0]],
        ),
    ],
)
def test_where_pay_does_fall(rules: PayRules, less: list[Any], more: list[Any]) -> None:
    """A control: outside of what is claimed above more bookings do pay less in some period."""
    assert (pay(rules, more) < pay(rules, less)).any()


@settings(deadline=None)  # the first one compiles
@given(plans(periods=1))
def test_marginal_tiers_are_continuous(rules: PayRules) -> None:
    """One cent more is never paid more than its tier's rate, at every tier's begin too."""
    rules = rules._replace(
        retroactive=False, threshold=0.0, cap=np.inf, guarantee=np.zeros(1), draw=np.zeros(1)
    )
    quota = np.nan_to_num(rules.quota[0])
    begins = np.rint(rules.tier_from * quota)
    steps = (begins[:, np.newaxis] + np.array([-1.0, 0.0, 1.0])).reshape(1, -1)
    steps = np.maximum(np.sort(steps), 0.0)
    steepest = rules.tier_rate.max() * rules.rate[0]
    jumps = np.diff(pay(rules, steps))
    # the whole pay is rounded, at each end by half a cent
    assert (jumps <= np.diff(steps) * steepest + 1).all()


def test_retroactive_tiers_jump() -> None:
    """A control: they are not continuous, which is what they are for."""
    marginal = rules_of(1, tier_from=np.array([0.0, 1.0]), tier_rate=np.array([1.0, 1.5]))
    around = [[99, 100]]
    assert [[99, 100]] == pay(marginal, around).tolist()
    assert [[99, 150]] == pay(marginal._replace(retroactive=True), around).tolist()


@settings(deadline=None)  # the first one compiles
@given(st.data())
def test_carry_over_conserves_bookings(data: st.DataObject) -> None:
    """Paid 1 for 1, a window's sum of what counts is the sum of what was credited in it."""
    windows = data.draw(st.lists(st.integers(1, 4), min_size=1, max_size=3))
    ends = np.concatenate([[0] * (length - 1) + [1] for length in windows]).astype(np.uint8)
    quota = data.draw(cents(len(ends), low=1))
    credited = data.draw(cents(len(ends), high=3 * MOST))
    shortfall = data.draw(st.booleans())
    rules = rules_of(
        len(ends),
        quota=quota,
        surplus_ends=ends,
        shortfall_ends=ends if shortfall else np.ones_like(ends),
    )
    counted = pay(rules, credited[:, np.newaxis])[:, 0]
    window = np.cumsum(ends) - ends
    np.testing.assert_array_equal(np.bincount(window, credited), np.bincount(window, counted))
    # and a surplus waits while the quota is attained
    if not shortfall:
        assert (counted[ends == 0] <= quota[ends == 0]).all()


@settings(deadline=None)  # the first one compiles
@given(told())
def test_a_flat_rate_pays_rate_times_bookings(case: tuple[PayRules, Floats, Floats]) -> None:
    """Exactly, to the rounding of a cent, with or without a quota."""
    rules, credited, _ = case
    flat = rules_of(len(rules.quota), quota=rules.quota, rate=rules.rate)
    expected = np.rint(np.maximum(credited, 0.0) * rules.rate[:, np.newaxis])
    np.testing.assert_array_equal(expected, pay(flat, credited))


@settings(deadline=None)  # the first one compiles
@given(told())
def test_a_draw_is_least_pay_and_is_given_back_no_more_than_once(
    case: tuple[PayRules, Floats, Floats],
) -> None:
    """In all, a recoverable draw pays at least what is earned, and at most with all advances."""
    rules, credited, extra = case
    earned = pay(rules._replace(draw=np.zeros_like(rules.draw)), credited, extra)
    drawn = pay(rules._replace(recoverable=True), credited, extra)
    gift = pay(rules._replace(recoverable=False), credited, extra)
    assert (drawn >= rules.draw[:, np.newaxis]).all()
    np.testing.assert_array_equal(np.maximum(earned, rules.draw[:, np.newaxis]), gift)
    assert (drawn.cumsum(axis=0) >= earned.cumsum(axis=0)).all()
    assert (drawn <= gift).all()


def test_without_a_quota_attainment_is_1() -> None:
    """Its quota is what is credited: tiers up to 1 are paid in their shares, nothing is carried."""
    rules = rules_of(
        2,
        quota=np.array([np.nan, 0.0]),
        tier_from=np.array([0.0, 0.5, 1.0]),
        tier_rate=np.array([0.5, 1.0, 3.0]),
        threshold=0.9,
        surplus_ends=np.zeros(2, np.uint8),
        shortfall_ends=np.zeros(2, np.uint8),
    )
    assert [[75, 0], [0, 150]] == pay(rules, [[100, 0], [0, 200]]).tolist()


def test_what_is_missing_is_asked_of_a_period_without_a_quota() -> None:
    """The shortfall is its quota then."""
    rules = rules_of(
        2,
        quota=np.array([100.0, np.nan]),
        shortfall_ends=np.array([0, 1], np.uint8),
        tier_from=np.array([0.0, 1.0]),
        tier_rate=np.array([1.0, 2.0]),
    )
    assert [[60], [40 + 2 * 10]] == pay(rules, [[60], [50]]).tolist()


def test_the_digest_of_the_sources_is_part_of_the_entry() -> None:
    """The default of the last argument is the digest, and nobody passes it."""
    entry: Any = pay_periods
    assert compiling.SOURCES == entry.py_func.__defaults__[-1]
