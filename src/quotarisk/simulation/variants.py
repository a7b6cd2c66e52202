"""Scenarios that are held against each other: each as it is, or changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from quotarisk.errors import InputError
from quotarisk.periods import Cadence, Period
from quotarisk.scenario.checking import find_faults
from quotarisk.scenario.scenario import Scenario
from quotarisk.scenario.stress import Stress
from quotarisk.simulation.lowering import RepTask, Setting, rep_tasks
from quotarisk.simulation.measures import Unit
from quotarisk.simulation.simulation import answered_periods, setting_of, units_of
from quotarisk.simulation.stressing import moves_deals, stress_rep

Key = tuple[Cadence, str]  # of a period: its cadence and name


@dataclass(frozen=True)
class Variant:
    """A scenario, or one that is changed: who works how, and against which quotas.

    Parameters
    ----------
    tasks
        By rep; who is missing books nothing but what is booked already.
    setting
        What the reps share.
    units
        By level and name: quotas and what is booked to date, in the order of ``periods``.
    periods
        What is answered.
    past_follows
        Whether weeks of the past that a correction repeats rise and fall with what the model
        expects of a rep whose task is not the first variant's.
    starts
        First paths of blocks that a correction takes each on its own, see `correct`.
    """

    tasks: Mapping[str, RepTask] = field(repr=False)
    setting: Setting
    units: Mapping[tuple[str, str], Unit] = field(repr=False)
    periods: tuple[Period, ...] = field(repr=False)
    past_follows: bool = False
    starts: tuple[int, ...] = (0,)

    @property
    def keys(self) -> tuple[Key, ...]:
        """Cadence and name of each period."""
        return tuple((period.cadence, period.name) for period in self.periods)


def variant_of(scenario: Scenario, seed: int, *, stress: Stress | None = None) -> Variant:
    """A scenario as it is, or under a stress.

    Raises
    ------
    InputError
        If the scenario cannot be simulated, with every fault.
    """
    faults = find_faults(scenario)
    if faults:
        raise InputError(faults)
    setting, periods = setting_of(scenario, seed), answered_periods(scenario)
    units = {(unit.level, unit.name): unit for unit in units_of(scenario, periods)}
    tasks = {task.rep.name: task for task in rep_tasks(scenario)}
    variant = Variant(tasks, setting, units, periods)
    return variant if stress is None else under_stress(variant, stress)


def under_stress(variant: Variant, stress: Stress) -> Variant:
    """The same under a stress; whoever it does not touch keeps the very same task."""
    moved = stress if moves_deals(stress) else None
    tasks = {}
    for name, task in variant.tasks.items():
        rep = stress_rep(task.rep, stress, variant.setting.horizon)
        if rep is None:
            continue
        untouched = moved is None and rep is task.rep
        tasks[name] = task if untouched else replace(task, rep=rep, stress=moved)
    return replace(variant, tasks=tasks, past_follows=True)


def common_periods(variants: Sequence[Variant]) -> tuple[Key, ...]:
    """Which periods do all variants answer?"""
    first, *others = (variant.keys for variant in variants)
    return tuple(key for key in first if all(key in keys for keys in others))
