"""The exact check of pay: its mean and P(pay >= OTE) without simulation.

Where periods do not hang together, pay is a function f of a period's credited bookings X, straight
between its turns k_i with slopes s_i, and with jumps j_i there:

    E f(X) = f(0) + sum_i s_i (E min(X, k_(i+1)) - E min(X, k_i)) + sum_i j_i P(X >= k_i)

where both come from the compound Poisson law by the fast Fourier transform (`exact`).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from quotarisk.analysis.exact import Sources, exact_limited, exact_p_hit, is_exact, rep_sources
from quotarisk.analysis.wins import NewDeals
from quotarisk.scenario.laws import Fixed, Law, Lognormal
from quotarisk.simulation.earning import Contract
from quotarisk.simulation.estimates import Array
from quotarisk.simulation.listed import CENTS
from quotarisk.simulation.lowering import RepTask, Setting
from quotarisk.simulation.variants import Variant

_CENT = 1.0


class Piece(NamedTuple):
    """A straight piece of pay; amounts in cents."""

    begin: float  # credited
    paid: float  # at its begin
    slope: float


def pieces_of(contract: Contract, row: int) -> list[Piece]:
    """How does a period's variable pay go with what is credited?

    Threshold and tiers first; then where the cap binds and where the guarantee or draw does.
    """
    rules = contract.rules
    quota, rate = float(rules.quota[row]), float(rules.rate[row])
    if not quota > 0:  # attainment is 1 by definition, whatever is credited
        bends: list[Piece] = [Piece(0.0, 0.0, rate * _slope_at_quota(contract))]
    else:
        bends = _tiers(contract, quota, rate)
    cap = math.inf if rules.cap == math.inf else rules.cap * float(rules.target[row])
    floor = max(float(rules.draw[row]), float(rules.guarantee[row]))
    return _bound(_bound(bends, cap, upper=True), floor, upper=False)


def _slope_at_quota(contract: Contract) -> float:
    """What a cent pays where all that is credited is the quota."""
    rules = contract.rules
    if rules.threshold > 1:
        return 0.0
    floor = 0.0 if rules.cliff else rules.threshold
    starts, rates = rules.tier_from.tolist(), rules.tier_rate.tolist()
    if rules.retroactive:
        reached = [r for start, r in zip(starts, rates, strict=True) if start <= 1][-1]
        return float((1 - floor) * reached)
    ends = [*starts[1:], math.inf]
    return float(
        sum(
            r * max(min(end, 1.0) - max(start, floor), 0.0)
            for start, end, r in zip(starts, ends, rates, strict=True)
        )
    )


def _tiers(contract: Contract, quota: float, rate: float) -> list[Piece]:
    rules = contract.rules
    starts = np.rint(rules.tier_from * quota).tolist()
    rates = (rules.tier_rate * rate).tolist()
    least = float(np.rint(rules.threshold * quota))
    floor = 0.0 if rules.cliff else least
    turns = sorted({0.0, least, *starts})
    found = []
    for begin in turns:
        tier = max(place for place, start in enumerate(starts) if start <= begin)
        if begin < least:
            found.append(Piece(begin, 0.0, 0.0))
        elif rules.retroactive:
            found.append(Piece(begin, rates[tier] * (begin - floor), rates[tier]))
        else:
            ends = [*starts[1:], math.inf]
            paid = sum(
                r * max(min(end, begin) - max(start, floor), 0.0)
                for start, end, r in zip(starts, ends, rates, strict=True)
            )
            found.append(Piece(begin, paid, rates[tier]))
    return found


def _bound(pieces: Sequence[Piece], bound: float, *, upper: bool) -> list[Piece]:
    """Cut pay at a cap, or lift it to a floor."""
    if math.isinf(bound):
        return list(pieces)
    ends = [*(piece.begin for piece in pieces[1:]), math.inf]
    found = []
    for piece, end in zip(pieces, ends, strict=True):
        beyond = piece.paid > bound if upper else piece.paid < bound
        crossing = math.inf
        if piece.slope > 0:
            crossing = piece.begin + (bound - piece.paid) / piece.slope
        if beyond == upper:  # on the bound, or above the floor, from the begin on
            found.append(Piece(piece.begin, bound, 0.0) if upper else piece)
            continue
        inside = piece if upper else Piece(piece.begin, bound, 0.0)
        found.append(inside)
        if piece.begin < crossing < end:
            found.append(Piece(crossing, bound, 0.0 if upper else piece.slope))
    return found


def scaled(law: Law, times: float) -> Law | None:
    """A law of deal sizes that count so many times; none where it is of no kind that scales."""
    if times == 1:
        return law
    if isinstance(law, Lognormal):
        return Lognormal(law.mu + math.log(times), law.sigma) if times > 0 else Fixed(0.0)
    if isinstance(law, Fixed):
        return Fixed(law.value * times)
    return None


def credited_sources(contract: Contract, task: RepTask, setting: Setting) -> Sources | None:
    """Where does what is credited come from; nothing where that is not exact."""
    sources = rep_sources(task, setting, contract.periods)
    if all(times == 1 for times in contract.multipliers):
        return sources
    if sources.listed:
        return None
    of = [terms.segment for terms in task.streams]
    new = []
    for name, deals in zip(of, sources.new, strict=True):
        law = scaled(deals.size, contract.plan.multipliers.get(name, 1.0))
        if law is None:
            return None
        new.append(NewDeals(law, deals.wins))
    return replace(sources, new=tuple(new))


def is_exact_pay(contract: Contract, task: RepTask, setting: Setting) -> bool:
    """Is there an exact answer for a rep on a plan?

    There is where there is one for bookings, no period has a say in another's pay, and SPIFs, which
    hang together with bookings, are paid to nobody.
    """
    rules = contract.rules
    apart = bool(rules.surplus_ends.all() and rules.shortfall_ends.all())
    lends = rules.recoverable and bool(rules.draw.any())
    return apart and not lends and not contract.has_spifs and is_exact(task, setting)


def exact_pay(pieces: Sequence[Piece], sources: Sources, row: int, certain: float) -> float:
    """Mean variable pay of a period, in cents.

    Parameters
    ----------
    pieces
        Of the period's pay.
    sources, row
        Of what is credited, and the period among its.
    certain
        Cents that are booked already.
    """
    mean = float(sources.mean[row]) * CENTS + certain
    limited = [_limited(sources, row, piece.begin, certain) for piece in pieces] + [mean]
    total = pieces[0].paid
    for place, piece in enumerate(pieces):
        total += piece.slope * (limited[place + 1] - limited[place])
        if place:
            before = pieces[place - 1]
            jump = piece.paid - before.paid - before.slope * (piece.begin - before.begin)
            if abs(jump) > _CENT:
                total += jump * exact_p_hit(sources, row, (piece.begin - certain) / CENTS)
    return total


def _limited(sources: Sources, row: int, amount: float, certain: float) -> float:
    """E[min(credited, amount)] in cents."""
    return exact_limited(sources, row, (amount - certain) / CENTS) * CENTS + certain


def exact_reach(
    pieces: Sequence[Piece], sources: Sources, row: int, certain: float, least: float
) -> float | None:
    """P(variable pay of a period >= an amount), where pay never falls; else nothing."""
    ends = [*(piece.begin for piece in pieces[1:]), math.inf]
    rises = all(
        after.paid >= piece.paid + piece.slope * (after.begin - piece.begin) - _CENT
        for piece, after in pairwise(pieces)
    )
    if not rises:
        return None
    for piece, end in zip(pieces, ends, strict=True):
        # money is rounded to the cent
        if piece.paid >= least - _CENT / 2:
            return exact_p_hit(sources, row, (piece.begin - certain) / CENTS)
        reached = math.inf if piece.slope == 0 else piece.begin + (least - piece.paid) / piece.slope
        if reached < end:
            return exact_p_hit(sources, row, (reached - certain) / CENTS)
    return 0.0


class Exact(NamedTuple):
    """A rep's pay without simulation, by periods of the plan."""

    means: Array  # [periods] in cents, base included
    chances: tuple[float | None, ...]  # P(pay >= OTE); none where pay falls somewhere


def exact_contracts(contracts: Mapping[str, Contract], variant: Variant) -> dict[str, Exact]:
    """Exact pay of the reps who have it, by name."""
    found = {}
    for name, contract in contracts.items():
        task = variant.tasks[name]
        if not is_exact_pay(contract, task, variant.setting) or (contract.certain < 0).any():
            continue
        sources = credited_sources(contract, task, variant.setting)
        if sources is None:
            continue
        means, chances = np.empty(len(contract.periods)), list[float | None]()
        for row in range(len(means)):
            pieces, certain = pieces_of(contract, row), float(contract.certain[row])
            means[row] = contract.base[row] + exact_pay(pieces, sources, row, certain)
            target = float(contract.rules.target[row])
            chances.append(exact_reach(pieces, sources, row, certain, target))
        found[name] = Exact(means, tuple(chances))
    return found
