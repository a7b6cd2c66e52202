"""A stress at work: what changes for a rep, and for deals that are open or yet to come.

What is there keeps what it has: deals that are open on the first day, listed or not, keep their
number and their amounts, and their age tells of their odds what it told before. From the first day
on their win rate and what is left of their cycles move, and everything of the deals to come.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from quotarisk.kernel.inputs import WIN, SegmentDraws
from quotarisk.periods import Horizon
from quotarisk.scenario.laws import Array, Quantiles
from quotarisk.scenario.stress import Stress
from quotarisk.scenario.team import Rep
from quotarisk.scenario.terms import Terms
from quotarisk.simulation.listed import NO_DEALS
from quotarisk.simulation.tables import Transformed, posterior_table

NO_DRAWN_DEALS: dict[str, Any] = {
    "deal_key": NO_DEALS.key,
    "deal_amount": NO_DEALS.amount,
    "deal_age": NO_DEALS.age,
    "deal_old": NO_DEALS.old,
    "residual": NO_DEALS.residual,
    "deal_won": NO_DEALS.won,
    "deal_lost": NO_DEALS.lost,
    "deal_won_by_path": NO_DEALS.won_by_path,
    "deal_lost_by_path": NO_DEALS.lost_by_path,
}


def stress_rep(rep: Rep, stress: Stress, horizon: Horizon) -> Rep | None:
    """Who does the work under a stress? Nobody where the rep leaves."""
    if rep.name in stress.remove_reps:
        return None
    told: dict[str, object] = {}
    if stress.ramp != 1 and rep.ramp:
        told["ramp"] = tuple(share * stress.ramp for share in rep.ramp)
    late = timedelta(days=stress.delay_hires_days)
    if late and rep.start_date is not None and rep.start_date >= horizon.start:
        told["start_date"] = rep.start_date + late
    return rep.model_copy(update=told) if told else rep


def moves_deals(stress: Stress) -> bool:
    """Does a stress change deals, or only who works from when on?"""
    factors = (stress.win_rate, stress.opps_per_week, stress.deal_size, stress.cycle_days)
    return any(factor != 1 for factor in factors)


@dataclass(frozen=True)
class _Times:
    """So many times a share, as far as there is room; equal ones are equal, so tables are kept."""

    factor: float
    most: float

    def __call__(self, value: Array) -> Array:
        return np.minimum(value * self.factor, self.most)


def scaled_tables(tables: NDArray[np.uint64], factor: float) -> NDArray[np.uint64]:
    """Tables of a law, or of several, whose values are multiplied: each line is."""
    if factor == 1:
        return tables
    lines = np.ascontiguousarray(tables).view(np.float32) * np.float32(factor)
    return lines.view(np.uint64)


def with_win_rate(draws: SegmentDraws, terms: Terms, factor: float) -> SegmentDraws:
    """The same with win rates so many times as high, as far as what stalls leaves room."""
    most = 1.0 - draws.stall
    if factor == 1:
        return draws
    value, known, posterior = draws.value.copy(), draws.known.copy(), draws.posterior.copy()
    value[WIN] = min(value[WIN] * factor, most)
    if factor == 0:
        known[WIN] = 1
    elif not known[WIN]:
        law: Quantiles = Transformed(terms.win_rate.posterior, _Times(factor, most))
        posterior[WIN] = posterior_table(law)
    return draws._replace(value=value, known=known, posterior=posterior)


def stress_segment(
    draws: SegmentDraws, terms: Terms, stress: Stress
) -> tuple[SegmentDraws, SegmentDraws]:
    """What is open on the first day, and what is yet to come, under a stress?

    Parameters
    ----------
    draws
        A rep in a segment, without the stress.
    terms
        The figures behind it.
    stress
        Its factors; who works from when on is `stress_rep`'s.

    Returns
    -------
    tuple of SegmentDraws
        The pieces are drawn under the same keys; what they book adds up.
    """
    pace, size = stress.cycle_days, stress.deal_size
    moved = with_win_rate(draws, terms, stress.win_rate)._replace(
        # what is left of a cycle is pace x (cycle - age)
        cycle=scaled_tables(draws.cycle, pace),
        cycles=draws.cycles * pace,
        length=scaled_tables(draws.length, pace),
        past_step=draws.past_step / pace,
        deal_age=draws.deal_age * np.float32(pace),
        residual=scaled_tables(draws.residual, pace),
    )
    begun = moved._replace(cell_weeks=np.zeros_like(draws.cell_weeks))
    coming = moved._replace(
        start_weeks=0.0,
        cell_weeks=draws.cell_weeks * (stress.opps_per_week if size > 0 else 0.0),
        size=scaled_tables(draws.size, size),
        prices=np.round(draws.prices * size),
        **NO_DRAWN_DEALS,
    )
    return begun, coming
