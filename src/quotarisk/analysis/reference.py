"""What a rep is held against, figure by figure: the others in the team, or benchmarks."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Literal, get_args

from quotarisk.analysis.posteriors import Belief, belief_of_rate, pool_beliefs
from quotarisk.analysis.traits import (
    MIDDLE,
    OF_FUNNEL,
    OF_VOLUME,
    Comparison,
    Trait,
    counted_in,
    is_made_by_hours,
    list_traits,
    stages_of,
)
from quotarisk.scenario.benchmarks import Quantity, benchmark_of
from quotarisk.scenario.terms import Terms
from quotarisk.simulation.lowering import RepTask

Against = Literal["team", "benchmark"]
AGAINST: tuple[Against, ...] = get_args(Against)
_BENCHMARKED: tuple[Quantity, ...] = ("win_rate", "won_cycle_days")


def _terms_in(task: RepTask, segment: str) -> Terms | None:
    return next((terms for terms in task.terms if terms.segment == segment), None)


def _stages_in(task: RepTask, segment: str) -> tuple[str, ...]:
    terms = _terms_in(task, segment)
    return () if terms is None else stages_of(terms)


def _sold_by(task: RepTask) -> frozenset[str]:
    return frozenset(terms.segment for terms in task.terms)


def _is_alike(task: RepTask, trait: Trait, other: RepTask) -> bool:
    """Does another rep's figure mean the same?

    Of a funnel only where it has the same stages. Opportunities a week only where the other sells
    the same set of segments: who makes one kind of deal alone makes more of it than who makes
    three, and nothing says how many of one kind are as much work as one of another.
    """
    segment = trait.segment
    if trait.name in OF_VOLUME:
        return _sold_by(task) == _sold_by(other)
    return trait.name not in OF_FUNNEL or _stages_in(task, segment) == _stages_in(other, segment)


def _source(other: RepTask, trait: Trait) -> str:
    """Who says it: the rep, or the segment for all who take it from there."""
    terms = _terms_in(other, trait.segment)
    return other.rep.name if terms is None or trait.key in terms.own else ""


def _is_own(task: RepTask, trait: Trait) -> bool:
    """Does a rep say a figure itself? Who takes it from the segment does not differ in it."""
    terms = _terms_in(task, trait.segment)
    return terms is None or trait.key in terms.own


def _beside(
    task: RepTask,
    trait: Trait,
    traits: Mapping[str, Mapping[Trait, Belief]],
    tasks: Mapping[str, RepTask],
) -> Belief | None:
    """What do the others have; nothing where nobody else has anything of the kind."""
    found = [
        (_source(other, trait), traits[name][trait])
        for name, other in tasks.items()
        if name != task.rep.name and trait in traits[name] and _is_alike(task, trait, other)
    ]
    return pool_beliefs(found) if found else None


def _of_activities(opps: Belief, stages: Sequence[Belief]) -> Belief:
    """What is believed of activities, where opportunities and the rates of the stages are known?

    As many as it takes: opportunities over the product of the rates. Doubts add up in squares on
    the scale of logarithms, and count as so many opportunities.
    """
    rates = [stage.value for stage in stages]
    doubt = math.hypot(*(each.sd / each.mean for each in (opps, *stages)))
    value = opps.value / math.prod(rates)
    if doubt == 0:
        return Belief("size", value)
    count = max(opps.count, 1.0)
    return Belief("size", value, count, doubt * math.sqrt(count))


def _split_activity(
    task: RepTask, found: Mapping[Trait, Comparison]
) -> Iterator[tuple[Trait, Comparison | None]]:
    """Opportunities a week of a rep without hours are activities a week through the stages.

    Only where all stages are compared: else, and where a rate is 0, the stages are left out and
    opportunities are compared as a whole.
    """
    for terms in task.terms:
        stages = [Trait("stage", terms.segment, stage) for stage in stages_of(terms)]
        if is_made_by_hours(task, terms) or not any(trait in found for trait in stages):
            continue
        beside = [found.get(trait) for trait in stages]
        opps = Trait("opps_per_week", terms.segment)
        usual = belief_of_rate(terms.opps_per_week)
        if _is_own(task, opps) and opps not in found:
            # held against nobody, so the rep's own activity stays and the stages alone differ
            rates = [c.own.value for c in beside if c is not None]
            if min(usual.value, *rates) == 0:
                yield from ((trait, None) for trait in stages)
            continue
        both = found.get(opps, Comparison(opps, usual, usual))
        compared = [each for each in beside if each is not None]
        values = [each.value for c in (both, *compared) for each in (c.own, c.reference)]
        if min(values) > 0 and len(compared) == len(stages):
            trait = Trait("activities_per_week", terms.segment)
            yield opps, None
            yield (
                trait,
                Comparison(
                    trait,
                    _of_activities(both.own, [c.own for c in compared]),
                    _of_activities(both.reference, [c.reference for c in compared]),
                    counted_in(trait),
                ),
            )
        else:
            yield from ((trait, None) for trait in stages)


def without_peers(tasks: Mapping[str, RepTask]) -> tuple[str, ...]:
    """Whose opportunities a week are held against nobody's, though others sell the segments too?

    Those who say them themselves, and sell a set of segments that nobody else sells.

    Parameters
    ----------
    tasks
        By rep.
    """
    found = []
    for name, task in tasks.items():
        others = [other for key, other in tasks.items() if key != name]
        own = {
            trait.segment
            for trait in list_traits(task)
            if trait.name in OF_VOLUME and _is_own(task, trait)
        }
        shared = any(own & _sold_by(other) for other in others)
        if shared and not any(_sold_by(other) == _sold_by(task) for other in others):
            found.append(name)
    return tuple(found)


def _is_told(comparison: Comparison) -> bool:
    """Is there anything to tell? Nothing where both are known and the same."""
    known = comparison.own.is_known and comparison.reference.is_known
    return comparison.differs or not known


def compare_with_team(tasks: Mapping[str, RepTask]) -> dict[str, tuple[Comparison, ...]]:
    """What does each rep have, and what do the others have who sell the same segments?

    Parameters
    ----------
    tasks
        By rep.

    Returns
    -------
    dict
        By rep, the figures that a rep says itself, but for those that are known and the same;
        what the others have is pooled, see `pool_beliefs`. Opportunities a week are held against
        those who sell the same set of segments only.
    """
    traits = {name: list_traits(task) for name, task in tasks.items()}
    compared: dict[str, tuple[Comparison, ...]] = {}
    for name, task in tasks.items():
        found: dict[Trait, Comparison] = {}
        for trait, own in traits[name].items():
            reference = _beside(task, trait, traits, tasks) if _is_own(task, trait) else None
            if reference is not None:
                counted = counted_in(trait, _stages_in(task, trait.segment))
                found[trait] = Comparison(trait, own, reference, counted)
        changes = dict(_split_activity(task, found))
        told = {**changes, **{key: value for key, value in found.items() if key not in changes}}
        compared[name] = tuple(c for c in told.values() if c is not None and _is_told(c))
    return compared


def _of_benchmark(terms: Terms, quantity: Quantity, own: Belief) -> Comparison:
    """A figure beside the middle of a benchmark's band, which is a yardstick: taken as known."""
    benchmark = benchmark_of(quantity, float(terms.deal_size.law.ppf(MIDDLE)))
    trait = Trait(quantity, terms.segment)
    low, high = benchmark.low, benchmark.high
    band = (
        f"win rate {100 * low:.0f} to {100 * high:.0f} %"
        if quantity == "win_rate"
        else f"{low:.0f} to {high:.0f} days to win"
    )
    return Comparison(
        trait,
        own,
        Belief(own.kind, benchmark.figure),
        counted_in(trait),
        f"{band} for {benchmark.size_class} deals ({benchmark.source}, {benchmark.year})",
    )


def compare_with_benchmarks(tasks: Mapping[str, RepTask]) -> dict[str, tuple[Comparison, ...]]:
    """What does each rep have, and what do surveys say of deals of that size?

    There are benchmarks of win rates and of won cycles; the size of a deal is the median one.

    Parameters
    ----------
    tasks
        By rep.
    """
    compared: dict[str, tuple[Comparison, ...]] = {}
    for name, task in tasks.items():
        traits = list_traits(task)
        found = (
            _of_benchmark(terms, quantity, traits[Trait(quantity, terms.segment)])
            for terms in task.terms
            for quantity in _BENCHMARKED
            if Trait(quantity, terms.segment) in traits
        )
        compared[name] = tuple(filter(_is_told, found))
    return compared


def compare_with(
    against: Against, tasks: Mapping[str, RepTask]
) -> dict[str, tuple[Comparison, ...]]:
    """What does each rep have beside the others in the team, or beside benchmarks?"""
    return compare_with_team(tasks) if against == "team" else compare_with_benchmarks(tasks)
