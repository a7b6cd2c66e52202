"""What is known of sales teams at large: low weight, dated, with the source beside each figure.

A team leans on these only as far as it has no closed deals of its own; a calibration shows how
far, and ``--benchmarks none`` switches them off.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Quantity = Literal["win_rate", "won_cycle_days"]
SizeClass = Literal["small", "mid", "enterprise"]
SMALL_DEAL, MID_DEAL = 10_000.0, 100_000.0  # median won amounts below which deals count as such


@dataclass(frozen=True)
class Benchmark:
    """A figure from surveys.

    Parameters
    ----------
    quantity, size_class
        What it is about, and for which size of deals.
    low, high
        The band that the source gives; its middle is used.
    deals
        How many closed deals of the team weigh as much.
    source, year
        Who says so, and when.
    """

    quantity: Quantity
    size_class: SizeClass
    low: float
    high: float
    deals: float
    source: str
    year: int

    @property
    def figure(self) -> float:
        """The middle of the band: of days in proportion, of shares in points."""
        if self.quantity == "won_cycle_days":
            return float((self.low * self.high) ** 0.5)
        return (self.low + self.high) / 2


BENCHMARKS: tuple[Benchmark, ...] = (
    Benchmark("win_rate", "small", 0.25, 0.40, 5.0, "knowlee.ai", 2026),
    Benchmark("win_rate", "mid", 0.15, 0.25, 5.0, "knowlee.ai", 2026),
    Benchmark("win_rate", "enterprise", 0.10, 0.20, 5.0, "knowlee.ai", 2026),
    Benchmark("won_cycle_days", "small", 14.0, 30.0, 5.0, "thecroreport, revopsdictionary", 2026),
    Benchmark("won_cycle_days", "mid", 30.0, 90.0, 5.0, "thecroreport, revopsdictionary", 2026),
    Benchmark(
        "won_cycle_days", "enterprise", 90.0, 180.0, 5.0, "thecroreport, revopsdictionary", 2026
    ),
)


def size_class_of(median_amount: float | None) -> SizeClass:
    """Which class are deals of this median size? Mid where nothing is known of it."""
    if median_amount is None:
        return "mid"
    if median_amount < SMALL_DEAL:
        return "small"
    return "mid" if median_amount < MID_DEAL else "enterprise"


def benchmark_of(quantity: Quantity, median_amount: float | None) -> Benchmark:
    """Which figure applies to deals of this median size?"""
    wanted = size_class_of(median_amount)
    return next(b for b in BENCHMARKS if (b.quantity, b.size_class) == (quantity, wanted))
