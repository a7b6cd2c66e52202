"""Working time otherwise: a rep with another share kept for prospecting, or with an hour more."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Literal, get_args

from quotarisk.analysis.moving import with_tasks
from quotarisk.simulation.comparing import Variant
from quotarisk.simulation.lowering import RepTask

Use = Literal["prospecting", "open deals"]
USES: tuple[Use, ...] = get_args(Use)
_SAME = 1e-9  # of a share


def is_same(share: float, other: float) -> bool:
    """Are two shares the same, but for rounding?"""
    return abs(share - other) <= _SAME


def share_of(task: RepTask) -> float:
    """Which share of the hours does a rep keep for prospecting today?"""
    return task.rep.prospecting_share or 0.0


def hours_of(task: RepTask) -> float:
    """How many hours a week does a rep work whose hours are bound?"""
    assert task.rep.hours_per_week is not None
    return task.rep.hours_per_week


def _with_time(task: RepTask, hours: float, share: float) -> RepTask:
    told = {"hours_per_week": hours, "prospecting_share": share}
    return replace(task, rep=task.rep.model_copy(update=told))


def at_share(task: RepTask, share: float) -> RepTask:
    """What is a rep's task with another share kept? Today's very task at today's."""
    if is_same(share, share_of(task)):
        return task
    return _with_time(task, hours_of(task), share)


def with_an_hour(task: RepTask, use: Use) -> RepTask:
    """What is a rep's task with an hour more a week, all of it kept for prospecting or none?"""
    hours, kept = hours_of(task), hours_of(task) * share_of(task)
    more = 1.0 if use == "prospecting" else 0.0
    return _with_time(task, hours + 1, (kept + more) / (hours + 1))


@dataclass(frozen=True)
class Plan:
    """What is looked at.

    Parameters
    ----------
    base
        The scenario as it is.
    busy
        Reps with hours of work a week whose time is looked at, by name.
    shares
        The shares that are tried.
    """

    base: Variant
    busy: Mapping[str, RepTask]
    shares: tuple[float, ...]

    @property
    def variants(self) -> list[Variant]:
        """As it is; everybody at each share; everybody with an hour more for each use."""
        return [
            self.base,
            *(self._with(partial(at_share, share=share)) for share in self.shares),
            *(self._with(partial(with_an_hour, use=use)) for use in USES),
        ]

    def _with(self, changed: Callable[[RepTask], RepTask]) -> Variant:
        return with_tasks(self.base, {name: changed(task) for name, task in self.busy.items()})

    def members(self, level: str, name: str) -> list[RepTask]:
        """Whose time is looked at in a unit?"""
        return [
            task
            for rep, task in self.busy.items()
            if level == "team" or name == (rep if level == "rep" else task.rep.group)
        ]
