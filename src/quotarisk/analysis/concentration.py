"""Concentration of the open pipeline: how much of it is one deal, and what if that is lost?"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from quotarisk.analysis.chances import with_errors
from quotarisk.analysis.glance import Glance, look
from quotarisk.analysis.moving import with_tasks
from quotarisk.analysis.sweep import only_reps
from quotarisk.periods import CADENCES
from quotarisk.scenario.team import OpenDeal
from quotarisk.simulation.comparing import Seen, Variant, compare
from quotarisk.simulation.lowering import RepTask
from quotarisk.simulation.simulation import LEVELS, Level, Progress

_TEXTS = ("level", "name", "group", "deal", "rep", "segment", "cadence")
_FIGURES = ("p_hit", "p_hit_lost", "change")
SCHEMA: dict[str, type[pl.DataType]] = {
    **dict.fromkeys(_TEXTS[:3], pl.String),
    "deals": pl.Int64,
    "open_amount": pl.Float64,
    **dict.fromkeys(_TEXTS[3:6], pl.String),
    "amount": pl.Float64,
    "amount_share": pl.Float64,
    "cadence": pl.String,
    **{key: pl.Float64 for name in _FIGURES for key in (name, f"{name}_se")},
}


@dataclass(frozen=True)
class Pile:
    """The listed open deals of a unit, with their amounts in currency.

    Parameters
    ----------
    deals, amounts
        Of each; the mean of its segment's deal sizes where it has no amount of its own.
    """

    deals: tuple[OpenDeal, ...]
    amounts: tuple[float, ...]

    @property
    def total(self) -> float:
        """What all of them would book."""
        return sum(self.amounts)

    @property
    def largest(self) -> int:
        """Which is the largest: the first one of equals."""
        return int(np.argmax(self.amounts))


def _pile_of(tasks: Sequence[RepTask]) -> Pile:
    deals, amounts = [], []
    for task in tasks:
        sizes = {terms.segment: terms.deal_size.law for terms in task.terms}
        for deal in task.open_deals:
            deals.append(deal)
            amounts.append(sizes[deal.segment].mean if deal.amount is None else deal.amount)
    return Pile(tuple(deals), tuple(amounts))


def _piles(variant: Variant) -> dict[tuple[str, str], Pile]:
    """What is open, unit by unit; only of those who have listed deals."""
    piles = {}
    for (level, name), unit in variant.units.items():
        tasks = [
            task
            for rep, task in variant.tasks.items()
            if level == "team" or name == (rep if level == "rep" else task.rep.group)
        ]
        pile = _pile_of(tasks)
        if pile.deals:
            piles[level, unit.name] = pile
    return piles


def without_deal(task: RepTask, lost: OpenDeal) -> RepTask:
    """What is a rep's task if an open deal is lost on the first day? No other takes its place."""
    rest = tuple(deal for deal in task.open_deals if deal is not lost)
    # who has no listed deals left would start with a steady pipeline
    rep = task.rep.model_copy(update={"pipeline": "empty"})
    return replace(task, rep=rep, open_deals=rest)


def _losing(variant: Variant, piles: dict[tuple[str, str], Pile], level: Level) -> Variant:
    """Let each unit of a level lose its largest deal."""
    tasks = dict(variant.tasks)
    for (of, _), pile in piles.items():
        if of == level:
            lost = pile.deals[pile.largest]
            tasks[lost.rep] = without_deal(tasks[lost.rep], lost)
    return with_tasks(variant, tasks)


def _rows(
    level: str, name: str, group: str, pile: Pile, glances: Sequence[Glance]
) -> Iterator[dict[str, object]]:
    today, lost = glances
    deal, amount = pile.deals[pile.largest], pile.amounts[pile.largest]
    about = {
        "level": level,
        "name": name,
        "group": group,
        "deals": len(pile.deals),
        "open_amount": pile.total,
        "deal": deal.deal,
        "rep": deal.rep,
        "segment": deal.segment,
        "amount": amount,
        "amount_share": amount / pile.total if pile.total > 0 else None,
    }
    if not lost.chances:
        yield about
    for cadence in CADENCES:
        if cadence in lost.chances:
            told = {
                "p_hit": today.chances[cadence].p_hit,
                "p_hit_lost": lost.chances[cadence].p_hit,
                "change": lost.chances[cadence].change,
            }
            yield {**about, "cadence": cadence, **with_errors(told)}


def concentration_frame(
    variant: Variant,
    *,
    paths: int,
    reps: Collection[str] | None = None,
    workers: int | None = None,
    progress: Progress | None = None,
) -> pl.DataFrame:
    """How much of the open pipeline is one deal, and what if that is lost?

    Parameters
    ----------
    variant
        What is asked about.
    reps
        Who is looked at, each alone; all, with groups and the team, where they are left out.
    paths, workers, progress
        As `compare` takes them.

    Returns
    -------
    polars.DataFrame
        A row for each cadence and unit with listed open deals: ``level``, ``name``, ``group``; the
        number of ``deals`` and their ``open_amount``; the largest ``deal``, its ``rep``,
        ``segment``, ``amount`` and ``amount_share``; ``cadence``; mean ``p_hit`` as it is and
        ``p_hit_lost`` without the largest deal, and the ``change``, with their errors. A deal
        without an amount counts with the mean size of its segment.
    """
    asked = variant if reps is None else only_reps(variant, reps)
    piles = _piles(asked)
    levels = LEVELS if reps is None else LEVELS[:1]
    if not piles:
        return pl.DataFrame(schema=SCHEMA)
    variants = [asked, *(_losing(asked, piles, level) for level in levels)]
    place = {level: number for number, level in enumerate(levels, start=1)}

    def read(seen: Seen) -> list[Glance]:
        if (seen.level, seen.name) not in piles or seen.level not in place:
            return []
        two = (0, place[seen.level])
        moved = seen.moved and [seen.moved[each] for each in two]
        pair = seen._replace(booked=[seen.booked[each] for each in two], moved=moved)
        return look(pair, asked.keys)

    rows = [
        row
        for level, name, glances in compare(
            variants, read, paths=paths, traces=True, workers=workers, progress=progress
        )
        if glances
        for row in _rows(level, name, asked.units[level, name].group, piles[level, name], glances)
    ]
    return pl.DataFrame(rows, schema=SCHEMA)
