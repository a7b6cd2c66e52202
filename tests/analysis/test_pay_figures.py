"""Figures of two kinds of amounts on the same paths, against numpy."""

from __future__ import annotations

import math

import numpy as np
import pytest

from quotarisk.analysis.pay_figures import NONE, SURE, pair_of

RANDOM = np.random.default_rng(3)
A, B = RANDOM.gamma(2.0, 1e6, 501).round(), RANDOM.gamma(3.0, 1e6, 501).round()
ROOT = math.sqrt(501)


def test_moments_are_those_of_numpy() -> None:
    """Means, deviations, their differences and their ratio, with errors path by path."""
    pair = pair_of(A, B, 2e6, 3e6)
    ratio, apart = A.mean() / B.mean(), A - B
    expected = {
        "mean": (A.mean(), A.std(ddof=1) / ROOT),
        "mean_b": (B.mean(), B.std(ddof=1) / ROOT),
        "mean_change": (apart.mean(), apart.std(ddof=1) / ROOT),
        "ratio": (ratio, (A - ratio * B).std(ddof=1) / ROOT / B.mean()),
        "more": ((A > B).mean(), math.sqrt((A > B).mean() * (A < B).mean()) / ROOT),
        "less": ((A < B).mean(), math.sqrt((A > B).mean() * (A < B).mean()) / ROOT),
    }
    for name, told in expected.items():
        assert told == pytest.approx(tuple(getattr(pair, name)), rel=1e-2), name
        assert told[0] == pytest.approx(getattr(pair, name).value), name
    # what each path adds to a deviation
    adds = [((x - x.mean()) ** 2 - x.var()) / (2 * x.std()) for x in (A, B)]
    sd = A.std(ddof=1), adds[0].std() / ROOT
    assert sd == pytest.approx(tuple(pair.sd), rel=2e-3)
    changed = A.std(ddof=1) - B.std(ddof=1), (adds[0] - adds[1]).std() / ROOT
    assert changed == pytest.approx(tuple(pair.sd_change))
    up, was = A >= 2e6, B >= 3e6
    assert up.mean() == pytest.approx(pair.reach(2e6).value)
    moved = up.astype(float) - was
    assert (moved.mean(), moved.std() / ROOT) == pytest.approx(tuple(pair.reach_change(5e6)))


def test_what_is_the_same_is_no_change_for_sure() -> None:
    """Nor has what never varies a spread; nothing is no share of nothing."""
    pair = pair_of(A, A, 2e6, 2e6)
    assert [SURE] * 5 == [
        pair.mean_change, pair.sd_change, pair.more, pair.less, pair.reach_change(4e6)
    ]  # fmt: skip
    assert (1.0, 0.0) == pair.ratio
    flat = np.full(501, 7.0)
    assert SURE == pair_of(flat, A).sd
    assert A.std(ddof=1) == pytest.approx(pair_of(A, flat).sd_change.value)
    assert -A.std(ddof=1) == pytest.approx(pair_of(flat, A).sd_change.value)
    assert math.isnan(pair_of(A, np.zeros(501)).ratio.value)
    assert pair_of(A, B).reach(math.nan) is NONE
    assert pair_of(A, B).reach_change(math.nan) is NONE
