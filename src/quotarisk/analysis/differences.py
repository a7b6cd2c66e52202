"""How sure is it that a rep differs from the reference, and what would it take to be sure?"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Literal, NamedTuple

from scipy import special

from quotarisk.analysis.posteriors import chance_below
from quotarisk.analysis.traits import UNITS, Comparison, Name, Trait
from quotarisk.analysis.velocity import Flow

Verdict = Literal["higher", "lower", "too early to tell"]
TOO_EARLY: Verdict = "too early to tell"
SURE = 0.9  # posterior probability from which on a difference counts as real
_MOST_GROWTH = 1e6  # times as much evidence: beyond, nobody waits for it
_STEPS = 60  # of halving, to the last digit
_SUMMED: tuple[Name, ...] = ("opps_per_week", "activities_per_week", "inbound_opps_per_week")


class Difference(NamedTuple):
    """A rep's figure beside the reference's, of one segment or of several together.

    Parameters
    ----------
    trait
        Which figure.
    own, reference
        Its values; over several segments means that are weighted by what they book, and of what
        comes in a week the rep's sum, beside as many of the same worth.
    p_real
        Posterior probability that the rep's figure lies on that side of the reference's on which
        its value does; 1/2 or so where both are the same. None where both are stated without
        evidence, which leaves nothing to be unsure about.
    needed
        Further deals that would bring it to 90 % if the difference stays as it is; 0 where it is
        there, None where no number does.
    counted
        What these are.
    """

    trait: Trait
    own: float
    reference: float
    p_real: float | None
    needed: int | None
    counted: str

    @property
    def verdict(self) -> Verdict:
        """Is the rep's figure higher or lower, as far as the evidence goes?"""
        unsure = self.p_real is not None and self.p_real < SURE
        if unsure or self.own == self.reference:
            return TOO_EARLY
        return "higher" if self.own > self.reference else "lower"

    @property
    def is_real(self) -> bool:
        """Whether the evidence supports it."""
        return self.verdict != TOO_EARLY

    @property
    def unit(self) -> str:
        """What its values are in."""
        return UNITS[self.trait.name]


def _stakes(comparison: Comparison, flow: Flow) -> float:
    """What does a segment book, in currency a week, for each unit of a figure in it?"""
    name = comparison.trait.name
    if name == "win_rate":
        return flow.opps * flow.deal_size
    if name == "deal_size":
        return flow.wins
    if name not in _SUMMED:
        return flow.booked
    worth = flow.booked / flow.opps if flow.opps > 0 else 0.0
    return worth * (flow.opps_per_activity if name == "activities_per_week" else 1.0)


def _weights(comparisons: Sequence[Comparison], flows: Mapping[str, Flow]) -> list[float]:
    """By what do figures of several segments count, on both sides: by what they book.

    So what is higher on the whole books more. The weights of what comes in a week keep the rep's
    own sum, the others sum to 1.
    """
    if len(comparisons) == 1:
        return [1.0]
    stakes = [_stakes(c, flows[c.trait.segment]) for c in comparisons]
    if sum(stakes) == 0:
        stakes = [1.0] * len(comparisons)
    total = math.fsum(stakes)
    if comparisons[0].trait.name in _SUMMED:
        own = [c.own.value for c in comparisons]
        total = _value(own, stakes) / math.fsum(own) if _value(own, stakes) > 0 else total
    return [stake / total for stake in stakes]


def _value(values: Sequence[float], weights: Sequence[float]) -> float:
    return math.fsum(w * value for w, value in zip(weights, values, strict=True))


def _chance_below(comparisons: Sequence[Comparison], weights: Sequence[float]) -> float:
    """P(own < reference): exact of one figure, of several with the normal law of their sum."""
    if len(comparisons) == 1:
        return chance_below(comparisons[0].own, comparisons[0].reference)
    apart = _value([c.reference.mean - c.own.mean for c in comparisons], weights)
    sides = [(w * c.own.sd, w * c.reference.sd) for w, c in zip(weights, comparisons, strict=True)]
    sd = math.hypot(*(side for both in sides for side in both))
    if sd == 0:
        return 0.5 + 0.5 * ((apart > 0) - (apart < 0))
    return float(special.ndtr(apart / sd))


def _needed(comparisons: Sequence[Comparison], weights: Sequence[float], sign: int) -> int | None:
    """How many more deals would make it sure, if they came in proportion to those there are?"""

    def chance(growth: float) -> float:
        grown = [replace(c, own=c.own.grown(growth)) for c in comparisons]
        below = _chance_below(grown, weights)
        return below if sign < 0 else 1 - below

    seen = math.fsum(c.own.count for c in comparisons)
    if chance(1.0) >= SURE:
        return 0
    if seen == 0 or chance(_MOST_GROWTH) < SURE:
        return None
    low, high = 0.0, math.log(_MOST_GROWTH)
    for _ in range(_STEPS):
        middle = (low + high) / 2
        low, high = (low, middle) if chance(math.exp(middle)) >= SURE else (middle, high)
    return math.ceil(seen * math.expm1(high))


def judge(comparisons: Sequence[Comparison], flows: Mapping[str, Flow]) -> Difference:
    """How far is a rep from the reference, and is that real?

    Parameters
    ----------
    comparisons
        Of the same figure in one segment or in several.
    flows
        Of the rep, by segment.
    """
    weights = _weights(comparisons, flows)
    own = _value([c.own.value for c in comparisons], weights)
    reference = _value([c.reference.value for c in comparisons], weights)
    if not any(c.differs for c in comparisons):
        own = reference  # but for rounding
    below = _chance_below(comparisons, weights)
    first = comparisons[0]
    stated = all(side.is_known for c in comparisons for side in (c.own, c.reference))
    if own == reference:
        chance = None if stated else max(below, 1 - below)
        return Difference(first.trait, own, reference, chance, None, first.counted)
    sign = 1 if own > reference else -1
    chance = None if stated else below if sign < 0 else 1 - below
    needed = _needed(comparisons, weights, sign)
    return Difference(first.trait, own, reference, chance, needed, first.counted)


def judge_factor(comparisons: Sequence[Comparison], flows: Mapping[str, Flow]) -> Difference:
    """How far is a rep from the reference in a factor, and is that real?

    Told by the first of its figures that differs, over all segments in which it is compared:
    of a cycle days to win before days to lose.

    Parameters
    ----------
    comparisons
        All of the factor, in order.
    flows
        Of the rep, by segment.
    """
    told = next((c for c in comparisons if c.differs), comparisons[0])
    return judge([c for c in comparisons if c.trait.name == told.trait.name], flows)
