from __future__ import annotations

import math

import pytest

from quotarisk.analysis.quota_verdicts import (
    DEFAULT_BANDS,
    TOO_CLOSE,
    check_bands,
    reason_of,
    verdict_of,
)
from quotarisk.analysis.solved import Flat
from quotarisk.simulation.estimates import NOTHING, Estimate


def _flat(
    chance: float = 0.3, *, mean: float = 100.0, quota: float = 160.0, n_eff: float = 9.0,
    certain: float = 0.0, se: float = 0.001,
) -> Flat:  # fmt: skip
    return Flat(
        4, 4, quota, Estimate(chance, se), Estimate(mean, 1.0), Estimate(mean, 1.0), n_eff,
        certain, 1.0, 90.0, 80.0, 99.0, NOTHING,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("chance", "verdict"),
    [
        (0.0, "out of reach"),
        (0.19, "out of reach"),
        (0.21, "stretch"),
        (0.2, TOO_CLOSE),
        (0.51, "realistic"),
        (0.81, "soft"),
        (1.0, "soft"),
    ],
)
def test_bands(chance: float, verdict: str) -> None:
    """Four verdicts between three bounds, and none at a bound."""
    assert verdict == verdict_of(chance, 0.001, DEFAULT_BANDS)


def test_too_close() -> None:
    """As long as a bound lies within two errors, and no longer."""
    assert verdict_of(0.22, 0.0103, DEFAULT_BANDS) == TOO_CLOSE
    assert verdict_of(0.22, 0.0101, DEFAULT_BANDS) == "stretch"
    assert verdict_of(math.nan, math.nan, DEFAULT_BANDS) is None


def test_bounds() -> None:
    """Any three ascending shares, as numbers."""
    assert (0.1, 0.2, 0.9) == check_bands([0.1, 0.2, 0.9])


@pytest.mark.parametrize(
    ("flat", "ramping", "said"),
    [
        (_flat(), 0, "Needs 1.60x the expected bookings."),
        (
            _flat(n_eff=1.23), 0,
            "Needs 1.60x the expected bookings; few deals (1.2 effective ones a quarter) make luck "
            "large, without which it would be hit less often.",
        ),
        (_flat(), 2, "Needs 1.60x the expected bookings; ramping in 2 of 4 quarters."),
        (
            _flat(certain=0.35), 0,
            "Needs 1.60x the expected bookings; 35% of that is booked already.",
        ),
        (
            _flat(n_eff=1.23, mean=1e9), 0,
            "Needs 0.00x the expected bookings; few deals (1.2 effective ones a quarter) make luck "
            "large, without which it would be hit more often.",
        ),
        (_flat(mean=0.0), 0, "Nothing is expected to be booked."),
        (_flat(mean=-5.0), 0, "No more is expected to be booked than taken back."),
        (
            _flat(0.5, se=0.02), 0,
            "Needs 1.60x the expected bookings; between stretch and realistic on so few paths.",
        ),
    ],
)  # fmt: skip
def test_reasons(flat: Flat, ramping: int, said: str) -> None:
    """What it needs, how few deals make it, who ramps, what is there already."""
    assert said == reason_of(flat, "quarter", DEFAULT_BANDS, ramping=ramping)
