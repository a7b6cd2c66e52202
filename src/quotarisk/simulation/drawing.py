"""What a rep books under every variant, drawn in memory that is taken once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from quotarisk.simulation.correcting import correct, correct_and_trace
from quotarisk.simulation.estimates import Array
from quotarisk.simulation.lowering import RepTask
from quotarisk.simulation.paths import draw_rep
from quotarisk.simulation.variants import Key, Variant

_BATCHES = 512  # an error that is told from them is told to 3 %


def rows_of(variant: Variant, keys: Sequence[Key]) -> list[int]:
    """Where do these periods stand in the variant's own table?"""
    places = {key: row for row, key in enumerate(variant.keys)}
    return [places[key] for key in keys]


def _sums(booked: Array, variant: Variant, rows: Sequence[int], out: Array) -> None:
    """Bookings by period, from those by month."""
    for place, row in enumerate(rows):
        months = [month for month in variant.periods[row].month_numbers if month >= 0]
        booked[months[0] : months[-1] + 1].sum(axis=0, out=out[place])


class Plan(NamedTuple):
    """What every rep is asked."""

    variants: Sequence[Variant]
    keys: Sequence[Key]
    rows: list[list[int]]
    paths: int
    traces: bool = False  # whether what paths add to means is told

    @property
    def shape(self) -> tuple[int, int, int]:
        """Variants, periods, paths."""
        return len(self.variants), len(self.keys), self.paths

    @property
    def batches(self) -> int:
        """Batches of paths in which what they add to means is summed: few numbers, exact enough."""
        return min(_BATCHES, self.paths) if self.traces else 0


class Room:
    """Memory of a thread, taken once: fresh memory is slow memory."""

    def __init__(self, plan: Plan) -> None:
        months = max(variant.setting.horizon.months for variant in plan.variants)
        self.by_month = np.empty((months + 1) * plan.paths)
        self.booked = np.empty(plan.shape)

    def months(self, number: int, paths: int) -> Array:
        """Room for so many months and what closes after them."""
        return self.by_month[: (number + 1) * paths].reshape(number + 1, paths)


def _twin(plan: Plan, name: str, place: int) -> int:
    """The first variant under which a rep does the same; the variant itself where none does."""
    variant = plan.variants[place]
    task = variant.tasks.get(name)
    return next(
        (
            earlier
            for earlier, other in enumerate(plan.variants[:place])
            if other.tasks.get(name) == task
            and (
                task is None
                or (
                    other.setting == variant.setting
                    and other.starts == variant.starts
                    and plan.rows[earlier] == plan.rows[place]
                    and other.keys == variant.keys
                )
            )
        ),
        place,
    )


class Drawn(NamedTuple):
    """What a rep, or several, book under each variant from the start on."""

    booked: Sequence[Array]  # [periods, paths] in cents
    added: Sequence[Array]  # [periods, batches] what paths add to the means, in whole cents


def _usual(plan: Plan, name: str) -> Array | None:
    """``[months, paths]`` what a rep books by the model as it is, where its past follows it."""
    base = plan.variants[0]
    task = base.tasks.get(name)
    follows = any(variant.past_follows for variant in plan.variants)
    if task is None or not follows or base.setting.correction.own_history == 0:
        return None
    return draw_rep(task, base.setting, paths=plan.paths)


def _simulate(
    task: RepTask, variant: Variant, plan: Plan, room: Room, usual: Array | None
) -> tuple[Array, Array]:
    """``[months, paths]`` a rep's bookings, and ``[months, batches]`` what paths add to means."""
    setting, paths = variant.setting, plan.paths
    by_month = draw_rep(task, setting, paths=paths, out=room.months(setting.horizon.months, paths))
    if not plan.traces:
        means = None if usual is None else usual.mean(axis=1)
        correct(by_month, task, setting, usual=means, starts=variant.starts)
        return by_month, np.empty((len(by_month), 0))
    added = correct_and_trace(by_month, task, setting, usual=usual, starts=variant.starts)
    batches = np.arange(plan.batches) * paths // plan.batches
    # whole cents add up to the same in any order
    return by_month, np.rint(np.add.reduceat(added, batches, axis=1))


def draw(plan: Plan, name: str, room: Room) -> Drawn:
    """What does a rep book under each variant from the start on?"""
    base = plan.variants[0]
    usual = _usual(plan, name)
    drawn: list[Array] = []
    added: list[Array] = []
    for place, (variant, rows) in enumerate(zip(plan.variants, plan.rows, strict=True)):
        twin = _twin(plan, name, place)
        if twin != place:  # a variant that does not touch the rep costs nothing
            drawn.append(drawn[twin])
            added.append(added[twin])
            continue
        booked, task = room.booked[place], variant.tasks.get(name)
        sums = np.zeros((len(rows), plan.batches))
        if task is None:
            booked[:] = 0.0
        else:
            follows = variant.past_follows and task != base.tasks.get(name)
            by_month, by_batch = _simulate(task, variant, plan, room, usual if follows else None)
            _sums(by_month, variant, rows, booked)
            _sums(by_batch, variant, rows, sums)
        drawn.append(booked)
        added.append(sums)
    return Drawn(drawn, added)
