"""What is believed of figures, and how sure a difference is."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quotarisk.analysis.differences import TOO_EARLY, judge, judge_factor
from quotarisk.analysis.posteriors import (
    Belief,
    belief_of_law,
    belief_of_rate,
    belief_of_share,
    chance_below,
    pool_beliefs,
)
from quotarisk.analysis.traits import Comparison, Name, Trait
from quotarisk.analysis.velocity import Flow
from quotarisk.scenario.figures import LawSpec, OppRate, WinRate

DRAWS = 200_000
EASY = settings(max_examples=30, derandomize=True, deadline=None)
UNKNOWN = {
    "share": (Belief("share", 0.2, 30), Belief("share", 0.3, 200)),
    "rate": (Belief("rate", 1.2, 20), Belief("rate", 1.5, 60)),
    "size": (Belief("size", 8e3, 12, 0.8), Belief("size", 9e3, 90, 0.7)),
}
SIZES: tuple[tuple[Name, float, float, float], ...] = (
    ("deal_size", 1.0, 3.0, 1.0),
    ("won_cycle_days", 11.0, 22.0, 0.0),
)
SHARES = st.floats(0.01, 0.99)
FLOW = {"a": Flow(1.0, 0.3, 1e3, 0.1), "b": Flow(3.0, 0.3, 1e4, 0.2)}


def _draws(belief: Belief, seed: int) -> np.ndarray:
    random = np.random.default_rng(seed)
    seen = belief.value * belief.of + 0.5
    if belief.kind == "share":
        return random.beta(seen, belief.of - belief.value * belief.of + 0.5, DRAWS)
    if belief.kind == "rate":
        return random.gamma(seen, 1 / belief.of, DRAWS)
    normal = random.normal(size=DRAWS)
    return np.asarray(belief.value * np.exp(belief.spread / np.sqrt(belief.of) * normal))


@pytest.mark.parametrize("kind", UNKNOWN)
def test_beliefs_are_what_paths_draw(kind: str) -> None:
    """Mean, spread, quantiles and the chance of being below, within four standard errors."""
    first, second = UNKNOWN[kind]
    x, y = _draws(first, 1), _draws(second, 2)
    assert abs(x.mean() - first.mean) < 4 * first.sd / np.sqrt(DRAWS)
    assert x.std() == pytest.approx(first.sd, rel=0.02)
    levels = np.array([0.1, 0.5, 0.9])
    assert first.cdf(first.ppf(levels)) == pytest.approx(levels, abs=1e-9)
    assert np.quantile(x, levels) == pytest.approx(first.ppf(levels), rel=0.02)
    share = (x < y).mean()
    error = 4 * np.sqrt(share * (1 - share) / DRAWS)
    assert abs(chance_below(first, second) - share) < error
    assert abs(chance_below(first.grown(2.0), second) - share) > error  # the control


@EASY
@given(
    a=st.floats(0.01, 0.99), b=st.floats(0.01, 0.99), n=st.integers(1, 500), m=st.integers(1, 500)
)
def test_chances_of_both_sides_add_up(a: float, b: float, n: int, m: int) -> None:
    """One is below or above the other, whichever is named first."""
    first, second = Belief("share", a, n), Belief("share", b, m)
    assert chance_below(first, second) + chance_below(second, first) == pytest.approx(1, abs=2e-4)


def test_known_figures() -> None:
    """Where both are known a chance is 1, 0 or a half; beside a doubt it is exact."""
    low, high = Belief("share", 0.2), Belief("share", 0.3)
    assert (chance_below(low, high), chance_below(high, low)) == pytest.approx((1, 0))
    assert chance_below(low, low) == pytest.approx(0.5)
    unsure = Belief("share", 0.25, 50)
    below = float(unsure.cdf(np.array(0.3)))
    assert chance_below(unsure, high) == pytest.approx(below, abs=1e-6)
    assert chance_below(high, unsure) == pytest.approx(1 - below, abs=1e-6)
    assert (low.sd, low.mean, low.count, low.log_sd) == (0, 0.2, 0, 0)


def test_beliefs_of_figures() -> None:
    """Rates as they were seen, laws by their location; what is fixed is known."""
    assert belief_of_share(WinRate(won=3, of=10)) == Belief("share", 0.3, 10)
    assert belief_of_share(WinRate(known=0.3)) == Belief("share", 0.3)
    assert belief_of_rate(OppRate(opps=10, weeks=20)) == Belief("rate", 0.5, 20)
    assert belief_of_rate(OppRate(known=0.5)) == Belief("rate", 0.5)
    assert belief_of_rate(OppRate(opps=10, weeks=20)).count == 10
    spec = LawSpec(median=20.0, p90=40.0, of=9)
    assert belief_of_law(spec, 20.0) == Belief("size", 20.0, 9, spec.law.log_sd)
    assert belief_of_law(spec, 20.0).log_sd == spec.factor_sd
    assert belief_of_law(LawSpec(median=20.0, p90=40.0), 20.0).is_known
    assert belief_of_law(LawSpec(values=(5.0, 5.0), of=9), 5.0).is_known


def test_evidence_adds_up() -> None:
    """Won and of, opportunities and weeks; what comes from one source counts once."""
    ana, ben = Belief("share", 0.2, 10), Belief("share", 0.4, 30)
    assert pool_beliefs([("A", ana), ("B", ben)]) == Belief("share", 0.35, 40)
    assert pool_beliefs([("", ana), ("", ana), ("B", ben)]) == Belief("share", 0.35, 40)
    rates = [("A", Belief("rate", 1.0, 10)), ("B", Belief("rate", 2.0, 30))]
    assert pool_beliefs(rates) == Belief("rate", 1.75, 40)
    sizes = [("A", Belief("size", 10.0, 1, 0.5)), ("B", Belief("size", 1000.0, 1, 0.5))]
    pooled = pool_beliefs(sizes)
    assert pooled.value == pytest.approx(100)
    assert pooled.log_sd == pytest.approx(0.5 / np.sqrt(2))


def test_known_figures_are_averaged() -> None:
    """Over people, of sizes in proportion; equal ones stay what they are."""
    shares = [(name, Belief("share", value)) for name, value in (("A", 0.2), ("B", 0.3))]
    assert pool_beliefs(shares) == Belief("share", 0.25)
    mixed = pool_beliefs([*shares, ("C", Belief("share", 0.7, 10))])
    assert mixed.is_known
    assert mixed.value == pytest.approx(0.4)
    sizes = [(name, Belief("size", value)) for name, value in (("A", 10.0), ("B", 1000.0))]
    assert pool_beliefs(sizes).value == pytest.approx(100)
    same = [(name, Belief("share", 0.1)) for name in "ABC"]
    assert pool_beliefs(same) == Belief("share", 0.1)


def _compared(
    own: Belief, other: Belief, *, name: str = "win_rate", segment: str = "a"
) -> Comparison:
    return Comparison(Trait(name, segment), own, other, "deals")  # type: ignore[arg-type]


def test_one_figure_is_judged_exactly() -> None:
    """By the posterior chance; sure from 90 % on."""
    own, other = Belief("share", 0.2, 100), Belief("share", 0.3, 100)
    told = judge([_compared(own, other)], FLOW)
    assert told.p_real == chance_below(own, other)
    assert (told.verdict, told.is_real, told.needed) == ("lower", True, 0)
    higher = judge([_compared(other, own)], FLOW)
    assert higher.verdict == "higher"
    assert higher.p_real == pytest.approx(told.p_real, abs=1e-4)


def test_what_no_number_would_tell() -> None:
    """Nothing is needed of what is known, the same, or beside a reference that is unsure."""
    other = Belief("share", 0.3, 20)
    known = judge([_compared(Belief("share", 0.28), other)], FLOW)
    assert (known.needed, known.verdict) == (None, TOO_EARLY)
    unsure = judge([_compared(Belief("share", 0.28, 20), other)], FLOW)
    assert unsure.needed is None
    same = judge([_compared(other, other)], FLOW)
    assert (same.needed, same.verdict, same.unit) == (None, TOO_EARLY, "share")
    assert same.p_real == pytest.approx(0.5, abs=1e-3)


@pytest.mark.parametrize("kind", UNKNOWN)
def test_needed_deals_are_just_enough(kind: str) -> None:
    """With so many more, and the same value, it is sure; with nearly as many it is not."""
    own, other = UNKNOWN[kind]
    own, other = own.grown(0.3), other.grown(100)
    needed = judge([_compared(own, other)], FLOW).needed
    assert needed
    for more, enough in ((needed, True), (0.9 * needed, False)):
        grown = own.grown((own.count + more) / own.count)
        assert (chance_below(grown, other) >= 0.9) is enough


def test_several_segments_are_weighted_by_what_they_book() -> None:
    """What is higher on the whole books more; sums keep the rep's own."""
    a = _compared(Belief("share", 0.5), Belief("share", 0.4))
    b = _compared(Belief("share", 0.1), Belief("share", 0.2), segment="b")
    told = judge([a, b], FLOW)
    stakes = np.array([1.0 * 1e3, 3.0 * 1e4]) / (1.0 * 1e3 + 3.0 * 1e4)
    assert told.own == pytest.approx(stakes @ [0.5, 0.1])
    assert told.reference == pytest.approx(stakes @ [0.4, 0.2])
    assert (told.verdict, told.p_real) == ("lower", None)
    higher = judge([_compared(c.reference, c.own, segment=c.trait.segment) for c in (a, b)], FLOW)
    assert (higher.verdict, higher.p_real) == ("higher", None)
    made = [
        _compared(Belief("rate", own, 10), Belief("rate", other, 99), name=name, segment=segment)
        for name in ("opps_per_week", "activities_per_week")
        for own, other, segment in ((1.0, 2.0, "a"), (3.0, 3.0, "b"))
    ]
    for pair, first in ((made[:2], 300.0), (made[2:], 30.0)):
        second = 1000.0 if first == 300.0 else 200.0
        found = judge(pair, FLOW)
        assert found.own == pytest.approx(4)
        kept = 4 / (first + 3 * second)
        assert found.reference == pytest.approx(kept * (2 * first + 3 * second))
    sizes, cycles = (
        judge(
            [
                _compared(Belief("size", a), Belief("size", a + more), name=name),
                _compared(Belief("size", b), Belief("size", b + more), name=name, segment="b"),
            ],
            FLOW,
        )
        for name, a, b, more in SIZES
    )
    assert sizes.own == pytest.approx(2)  # as many wins
    assert cycles.own == cycles.reference == pytest.approx(21)
    assert (cycles.verdict, cycles.p_real) == ("too early to tell", None)


def test_several_segments_by_draws() -> None:
    """The chance of a weighted mean is nearly that of drawing it."""
    pairs = [(Belief("share", 0.3, 60), Belief("share", 0.35, 300), "a"),
             (Belief("share", 0.15, 40), Belief("share", 0.2, 300), "b")]  # fmt: skip
    told = judge([_compared(own, other, segment=s) for own, other, s in pairs], FLOW)
    weights = np.array([1e3, 3e4])
    own = weights @ [_draws(each[0], n) for n, each in enumerate(pairs)]
    other = weights @ [_draws(each[1], 10 + n) for n, each in enumerate(pairs)]
    assert told.p_real == pytest.approx((own < other).mean(), abs=0.02)


def test_segments_without_flow_count_alike() -> None:
    """Where nothing is booked each counts as much as the others."""
    still = {key: Flow(0.0, 0.0, 1.0, 1.0) for key in "ab"}
    for name, own in (("win_rate", 1.5), ("opps_per_week", 3.0)):
        pair = [
            _compared(Belief("rate", v), Belief("rate", 4.0), name=name, segment=s)
            for v, s in ((1.0, "a"), (2.0, "b"))
        ]
        assert judge(pair, still).own == pytest.approx(own)
    none = [_compared(Belief("rate", 0.0), Belief("rate", 4.0), name="opps_per_week", segment=s)
            for s in "ab"]  # fmt: skip
    assert (judge(none, still).own, judge(none, still).reference) == (0, 4)


def test_a_factor_is_told_by_its_first_figure_that_differs() -> None:
    """Of time hours a week before those of a deal, unless hours are the same."""
    hours, share = (Trait(name) for name in ("hours_per_week", "prospecting_share"))
    same = Comparison(hours, Belief("rate", 30.0), Belief("rate", 30.0))
    other = Comparison(share, Belief("share", 0.1), Belief("share", 0.2))
    assert judge_factor([same, other], FLOW).trait == share
    assert judge_factor([same], FLOW).trait == hours
