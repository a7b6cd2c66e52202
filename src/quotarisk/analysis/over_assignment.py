"""How much quota to assign above the team's plan, and what an over-assignment does to the reps.

While nobody changes behaviour, quotas do not move what is booked: P(team >= plan) is a fact of
the paths. What can be chosen is how often each rep's quota is hit, c, and with which
probability x the plan is made. Then the quotas add up to S(c), the team makes T(x), and the
over-assignment that lies between the two is S(c) / T(x) - 1. It may be negative: reps who each
hit with 60 % need quotas well below what they book on average, while a team is steadier than
its reps.

Errors follow from the influence of each path on the quantiles (Serfling, *Approximation
Theorems of Mathematical Statistics*, 1980, section 2.5, doi:10.1002/9780470316481): an amount
q that is reached with probability c moves by -(1{X >= q} - c) / f(q) / paths, with the density
f taken from the gap of the order statistics around it. Since all are on the same paths, what
the reps and the team share is counted.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from quotarisk.analysis.order_grid import OrderGrid
from quotarisk.analysis.solved import LEAST, Reach
from quotarisk.analysis.splits import fair_quotas, fair_share
from quotarisk.simulation.estimates import Array, Estimate
from quotarisk.simulation.listed import CENTS
from quotarisk.simulation.sectioning import Blocks

TEAM_LEVELS = (0.5, 0.6, 0.7, 0.8, 0.9)
FACTORS = (0.0, 0.1, 0.2, 0.3, 0.4)

Row = Mapping[str, float | str | None]


class Total(NamedTuple):
    """Amounts that are reached with a probability, added up over units; in cents."""

    amount: float
    influence: Array  # [paths] of each path on it, times the number of paths
    blocks: Blocks | None  # of these paths, where they depend on each other

    @property
    def se(self) -> float:
        """Its standard error."""
        return _error(self.influence, self.blocks)


def _error(influence: Array, blocks: Blocks | None) -> float:
    told = float(influence.std(ddof=1)) / math.sqrt(len(influence))
    if blocks is None:
        return told
    return float(blocks.error(influence.mean(), blocks.means(influence), np.array(told)))


def add_up(reaches: Sequence[Reach], of: int | Blocks) -> Total:
    """What do amounts add up to that are each reached with a probability, and how surely?

    Parameters
    ----------
    reaches
        The amounts, and which paths reach them.
    of
        Number of paths, or their blocks where they depend on each other.
    """
    blocks = None if isinstance(of, int) else of
    paths = of if isinstance(of, int) else of.paths
    amount, influence = 0.0, np.zeros(paths)
    for reach in reaches:
        amount += reach.amount
        if reach.slope > 0:
            influence -= reach.slope * np.unpackbits(reach.reached, count=paths)
    return Total(amount, influence, blocks)


def ratio_less_one(above: Total, below: Total) -> Estimate:
    """By which share is one total larger than another, with both errors?"""
    ratio = above.amount / below.amount
    apart = (above.influence - ratio * below.influence) / below.amount
    return Estimate(ratio - 1, _error(apart, below.blocks))


class Chance(NamedTuple):
    """With which P(hit) everyone works whose part of a total is not nothing."""

    value: float | None
    se: float | None
    reps: int | None  # who have a part


def equal_chance(grids: Sequence[OrderGrid], total: float) -> Chance:
    """With which P(hit) does everyone work if quotas that add up to a total are split fairly?

    The mean of the chances of those who have a quota: where amounts come in few sizes they are
    not quite equal. The error of the common P(hit) is a weighted mean of the reps' errors, so
    it is at most that of one rep's P(hit), and this bound is told: of many reps, half of it.
    """
    share = fair_share(grids, total)
    if share is None:
        return Chance(None, None, None)
    # whole cents: what a root's rounding adds must not pass an amount that is often booked
    quotas = fair_quotas(grids, share)
    quotas = np.maximum(np.round(quotas), np.where(quotas > 0, LEAST, 0.0))
    chances = [
        grid.chance(quota)
        for grid, quota in zip(grids, quotas.tolist(), strict=True)
        if quota >= LEAST
    ]
    mean = sum(chances) / len(chances)
    return Chance(mean, max(grid.chance_se(mean) for grid in grids), len(chances))


def assigned_rows(
    reaches: Sequence[Reach], plans: Sequence[Reach], grids: Sequence[OrderGrid], of: int | Blocks
) -> list[Row]:
    """For each probability of the team's: which plan holds, and how much quota lies above it?

    Parameters
    ----------
    reaches
        Each rep's quota at the confidence.
    plans
        The amounts that the team reaches, with the probabilities that were asked for.
    grids
        Each rep's bookings in the period of the plan.
    of
        Number of paths, or their blocks where they depend on each other.
    """
    quotas, reached = add_up(reaches, of), sum(reach.amount > 0 for reach in reaches)
    rows: list[Row] = []
    for plan in plans:
        team = add_up([plan], of)
        over = ratio_less_one(quotas, team) if team.amount else Estimate(math.nan, math.nan)
        at_plan = equal_chance(grids, plan.amount)
        rows.append(
            {
                "kind": "solved",
                "p_team": plan.share,
                "p_team_se": None,
                "plan": plan.amount / CENTS,
                "plan_low": plan.low / CENTS,
                "plan_high": plan.high / CENTS,
                "plan_se": team.se / CENTS,
                "quotas": quotas.amount / CENTS,
                "quotas_se": quotas.se / CENTS,
                "quotas_of": reached,
                "over_assignment": over.value,
                "over_assignment_se": over.se,
                "p_rep": reaches[0].share if reaches else None,
                "p_rep_se": None,
                "p_rep_of": reached,
                "p_rep_at_plan": at_plan.value,
                "p_rep_at_plan_se": at_plan.se,
                "p_rep_at_plan_of": at_plan.reps,
                "reps": len(grids),
            }
        )
    return rows


def present_row(
    plan: float, quotas: Array | None, team: OrderGrid, grids: Sequence[OrderGrid]
) -> Row:
    """What do the present plan and the present quotas imply?

    Parameters
    ----------
    plan
        The team's, in cents.
    quotas
        Of the reps who work, in cents; None where one of them has none.
    team, grids
        Bookings of the team and of each rep in the period of the plan.
    """
    p_team = team.chance(plan)
    total = None if quotas is None else float(quotas.sum())
    each = Chance(None, None, None) if total is None else equal_chance(grids, total)
    at_plan = equal_chance(grids, plan)
    return {
        "kind": "present",
        "p_team": p_team,
        "p_team_se": team.chance_se(p_team),
        "plan": plan / CENTS,
        "quotas": None if total is None else total / CENTS,
        "quotas_of": None if quotas is None else len(quotas),
        "over_assignment": None if total is None else total / plan - 1,
        "p_rep": each.value,
        "p_rep_se": each.se,
        "p_rep_of": each.reps,
        "p_rep_at_plan": at_plan.value,
        "p_rep_at_plan_se": at_plan.se,
        "p_rep_at_plan_of": at_plan.reps,
        "reps": len(grids),
    }


def factor_rows(
    plan: float, reaches: Sequence[Reach], grids: Sequence[OrderGrid], of: int | Blocks
) -> list[Row]:
    """What does each over-assignment of a plan do to the reps?

    Parameters
    ----------
    plan
        In cents.
    reaches
        Each rep's quota at the confidence: the over-assignment that they make is a row too.
    grids
        Each rep's bookings in the period of the plan.
    of
        Number of paths, or their blocks where they depend on each other.
    """
    rows: list[Row] = []
    for factor in FACTORS:
        each = equal_chance(grids, (1 + factor) * plan)
        rows.append(
            {
                "kind": "told",
                "over_assignment": factor,
                "over_assignment_se": None,
                "quotas": (1 + factor) * plan / CENTS,
                "quotas_se": None,
                "p_rep": each.value,
                "p_rep_se": each.se,
                "p_rep_of": each.reps,
                "reps": len(grids),
            }
        )
    total = add_up(reaches, of)
    rows.append(
        {
            "kind": "solved",
            "over_assignment": total.amount / plan - 1,
            "over_assignment_se": total.se / plan,
            "quotas": total.amount / CENTS,
            "quotas_se": total.se / CENTS,
            "p_rep": reaches[0].share if reaches else None,
            "p_rep_se": None,
            "p_rep_of": sum(reach.amount > 0 for reach in reaches),
            "reps": len(grids),
        }
    )
    return sorted(rows, key=lambda row: float(row["over_assignment"] or 0.0))
