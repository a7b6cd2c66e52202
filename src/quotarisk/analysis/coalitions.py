"""Every mixture of two scenarios that a fair division of a change asks for, ready to simulate."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from quotarisk.analysis.hybrids import Cause, Pair
from quotarisk.scenario.quotas import Quotas, scenario_quotas
from quotarisk.scenario.team import Quota
from quotarisk.simulation.comparing import Key, Variant, variant_of
from quotarisk.simulation.estimates import Array
from quotarisk.simulation.listed import CENTS
from quotarisk.simulation.lowering import RepTask

_ASKED: frozenset[Cause] = frozenset(("quotas", "people", "time"))  # what quotas depend on
BREAK = "\n"  # in no name: what stands after it tells a mover's group


class _Tasks:
    """Tasks that are there: equal ones become the same, for what is the same compares fast."""

    def __init__(self) -> None:
        self._known: dict[str, list[RepTask]] = {}

    def keep(self, task: RepTask) -> RepTask:
        """Take one in, or find its equal."""
        known = self._known.setdefault(task.rep.name, [])
        for other in known:
            if other == task:
                return other
        known.append(task)
        return task


def _taken(causes: Sequence[Cause], coalition: int) -> tuple[Cause, ...]:
    return tuple(cause for bit, cause in enumerate(causes) if coalition >> bit & 1)


def mixture(pair: Pair, taken: Collection[Cause], seed: int) -> Variant:
    """The old scenario with some causes from the new one, ready to simulate.

    Tasks know nothing of quotas and groups, so that those who work alike are simulated once.
    """
    hybrid = pair.mix(taken)
    variant = variant_of(hybrid.scenario, seed)
    plain: dict[str, object] = {"group": None, "quota": Quota(), "segments": {}}
    tasks = {
        name: replace(task, rep=task.rep.model_copy(update=plain), terms=hybrid.terms[name])
        for name, task in variant.tasks.items()
    }
    return replace(variant, tasks=tasks)


def mixtures(pair: Pair, causes: Sequence[Cause], seed: int) -> Iterator[Variant]:
    """All mixtures of these causes; the number of each says by its bits which ones it takes."""
    tasks = _Tasks()
    for coalition in range(2 ** len(causes)):
        variant = mixture(pair, _taken(causes, coalition), seed)
        kept = {name: tasks.keep(task) for name, task in variant.tasks.items()}
        yield replace(variant, tasks=kept)


def part_movers(variant: Variant, movers: Collection[str]) -> Variant:
    """The same with another name for a mover in each group: a rep of each, of whom one works.

    So what a mover books is added to the group that the mover is in.
    """
    if not movers:
        return variant
    units, tasks = {}, dict(variant.tasks)
    for (level, name), unit in variant.units.items():
        key = name
        if level == "rep" and name in movers:
            key = f"{name}{BREAK}{unit.group}"
            tasks[key] = tasks.pop(name)
        units[level, key] = replace(unit, name=key)
    return replace(variant, units=units, tasks=tasks)


def only_movers(variant: Variant, movers: Collection[str]) -> Variant:
    """The same with nobody but the movers, in no group: what each of them books wherever it is."""
    units = {
        (level, name): replace(unit, group="")
        for (level, name), unit in variant.units.items()
        if level == "team" or (level == "rep" and name in movers)
    }
    return replace(variant, units=units)


@dataclass(frozen=True)
class Thresholds:
    """Which quotas hold in every coalition: those of one scenario, for the people of one."""

    causes: tuple[Cause, ...]
    quotas: dict[frozenset[Cause], Quotas]  # by which of what they depend on is the new one

    @classmethod
    def of(cls, pair: Pair, causes: Sequence[Cause]) -> Thresholds:
        """Find them; a horizon tells which months add up to a quarter."""
        asked = [cause for cause in causes if cause in _ASKED]
        quotas = {}
        for coalition in range(2 ** len(asked)):
            taken = _taken(asked, coalition)
            quotas[frozenset(taken)] = scenario_quotas(pair.mix(taken).scenario)
        return cls(tuple(causes), quotas)

    def _of_one(
        self, taken: Collection[Cause], level: str, name: str, keys: Sequence[Key]
    ) -> Array:
        quotas = self.quotas[_ASKED & frozenset(taken)]
        by_name = quotas.reps if level == "rep" else quotas.groups
        amounts = quotas.team if level == "team" else by_name.get(name, {})
        return np.round(np.array([amounts.get(key, np.nan) for key in keys]) * CENTS)

    def of_unit(self, level: str, name: str, keys: Sequence[Key]) -> Array:
        """Which quotas does a unit have in every coalition?

        New quotas held against the old people or the old horizon may be nobody's sum, for somebody
        has none. Then the quota is the one of the scenario whose quotas they are.

        Returns
        -------
        ndarray
            ``[coalitions, periods]`` in cents; NaN where there is none.
        """
        old, new = (self._of_one(taken, level, name, keys) for taken in ((), self.causes))
        rows = [old]
        for coalition in range(1, 2 ** len(self.causes) - 1):
            taken = _taken(self.causes, coalition)
            own = self._of_one(taken, level, name, keys)
            rows.append(np.where(np.isnan(own), new if "quotas" in taken else old, own))
        if self.causes:
            rows.append(new)
        return np.array(rows).reshape(len(rows), len(keys))
