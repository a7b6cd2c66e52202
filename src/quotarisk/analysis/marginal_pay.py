"""What one more deal pays: by how far a rep has got when it is won.

Every path is given one more won deal, in one of its periods: path p in period p mod P, of a size
from the segment's law (points of a low-discrepancy sequence, Kronecker's with the golden ratio). So
all periods and sizes have their share of the paths, and paths stay independent.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from quotarisk.analysis.payouts import RepPay
from quotarisk.kernel.one_more import Before, pay_one_more
from quotarisk.scenario.laws import Law
from quotarisk.scenario.pay import PayPlan
from quotarisk.simulation.batches import jackknife
from quotarisk.simulation.earning import Contract, Paid, counted_wins
from quotarisk.simulation.estimates import Array, Estimate
from quotarisk.simulation.listed import CENTS
from quotarisk.simulation.lowering import RepTask

NEAR = 0.1  # of the quota: how near counts as just below
_SIZES = 4093  # a prime, so that sizes and periods do not keep step
_GOLDEN = (5**0.5 - 1) / 2
_FEWEST = 2  # batches that an error can be told from


class Bands(NamedTuple):
    """Pieces of attainment, and what lies at the end of each.

    Parameters
    ----------
    edges
        ``[bands + 1]`` from 0 to infinity; a last band more is that of periods without a quota.
    ends
        ``[bands]`` threshold, tier or quota; empty where it is none of them.
    """

    edges: Array
    ends: tuple[str, ...]


def bands_of(plan: PayPlan) -> Bands:
    """Cut attainment where a plan changes what it pays, and a little below.

    Examples
    --------
    >>> bands_of(PayPlan(threshold=0.5)).edges.tolist()
    [0.0, 0.4, 0.5, 0.9, 1.0, inf]
    """
    turns = {1.0: "quota"}
    turns |= {tier.from_: "tier" for tier in plan.tiers if tier.from_ > 0}
    if plan.threshold > 0:
        turns[plan.threshold] = "threshold"
    inner = {round(turn - NEAR, 9) for turn in turns if turn > NEAR} | set(turns)
    edges = [0.0, *sorted(inner), np.inf]
    return Bands(np.array(edges), tuple(turns.get(end, "") for _, end in pairwise(edges)))


class Marginal(NamedTuple):
    """Sums of one more deal of a segment under a plan; amounts in cents."""

    counts: NDArray[np.int64]  # [bands + 1, batches] paths
    pay: Array  # [bands + 1, batches] what they are paid more
    size: Array  # [bands + 1, batches] what the deals book

    def plus(self, other: Marginal) -> Marginal:
        """Add up over reps."""
        return Marginal(self.counts + other.counts, self.pay + other.pay, self.size + other.size)

    def estimates(self) -> tuple[Array, list[Estimate], list[Estimate]]:
        """``[bands + 1]`` shares of the periods, mean pay of a deal, and of what it books."""
        below = np.array([self.counts, self.size])
        rare = (self.counts > 0).sum(axis=1) < _FEWEST
        with np.errstate(divide="ignore", invalid="ignore"):
            values, errors = jackknife(lambda a, b: a / b, np.array([self.pay] * 2), below)
        errors = np.where(rare | ~np.isfinite(errors), np.nan, errors)
        found = [
            [Estimate(*told) for told in zip(*rows, strict=True)]
            for rows in zip(values.tolist(), errors.tolist(), strict=True)
        ]
        numbers = self.counts.sum(axis=1)
        return numbers / max(int(numbers.sum()), 1), found[0], found[1]


Deals = Mapping[tuple[str, str], Marginal]  # by plan and segment


def add_deals(parts: Sequence[Deals]) -> dict[tuple[str, str], Marginal]:
    """Sum of several reps'."""
    total: dict[tuple[str, str], Marginal] = {}
    for part in parts:
        for key, each in part.items():
            total[key] = total[key].plus(each) if key in total else each
    return total


@lru_cache(maxsize=64)
def _sizes(law: Law) -> Array:
    """Deal sizes in cents that cover the law."""
    u = (np.arange(_SIZES) * _GOLDEN % 1.0 * (_SIZES - 1) + 0.5) / _SIZES
    return np.maximum(np.rint(np.asarray(law.ppf(u)) * CENTS), 1.0)


def price_deals(
    contract: Contract,
    task: RepTask,
    own: RepPay,
    paid: Paid,
    starts: NDArray[np.intp],
) -> dict[str, Marginal]:
    """What does one more won deal of each segment pay a rep, by how far the period has got?

    Parameters
    ----------
    contract, task
        The rep on a plan, of one period at least.
    own, paid
        What was drawn, and what the contract pays for it.
    starts
        First path of each batch.

    Returns
    -------
    dict
        By segment.
    """
    credited = own.credited
    told = pay_one_more(
        Before(
            paid.credited,
            paid.spif,
            paid.variable,
            np.ascontiguousarray(credited.booked),
            counted_wins(credited),
            contract.first,
            contract.end,
        ),
        contract.rules,
        contract.spifs,
        np.array(contract.multipliers),
        np.array([_sizes(terms.deal_size.law) for terms in task.terms]).reshape(-1, _SIZES),
        bands_of(contract.plan).edges[1:-1],
        np.asarray(starts, np.int64),
    )
    return {
        terms.segment: Marginal(told.counts, told.pay[place], told.size[place])
        for place, terms in enumerate(task.terms)
    }
