"""How much must be open today to hit with some confidence, as a multiple of what is missing?

The rule of thumb is three times the quota. What it takes depends on the win rate, on the ages of
the deals and on how much of what is yet to come closes in time; here all of that is simulated.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import cache
from typing import NamedTuple

from quotarisk.analysis.crossing import Crossing, find_count, share_of
from quotarisk.analysis.deal_lists import DealList, even_points
from quotarisk.analysis.rep_paths import RepPaths
from quotarisk.simulation.estimates import NOTHING, Estimate

LEVELS = (0.6, 0.8)
RULE = 3.0  # times what is missing, by the rule of thumb
STEPS = 100  # of a team's pipeline in which it is made larger
MOST_TIMES = 32  # as large as today's, a team's pipeline at most


class Needed(NamedTuple):
    """An open pipeline, and what chance it gives; amounts in currency."""

    level: float
    deals: float
    worth: float
    worth_se: float
    chance: Estimate


class Cover(NamedTuple):
    """An open pipeline today, and what is needed.

    Parameters
    ----------
    basis
        Whether deals are listed, or a steady pipeline is assumed.
    deals, worth
        Open today, in currency.
    needed
        By level; without a value where no number of deals is enough.
    by_rule
        P(hit) with three times what is missing.
    """

    basis: str
    deals: float
    worth: float
    needed: tuple[Needed, ...]
    by_rule: Estimate


def _needed(level: float, found: Crossing, worth: Callable[[int], float]) -> Needed:
    if not found.is_found:
        return Needed(level, math.nan, math.nan, math.nan, found.chance)
    number = int(found.at)
    around = max(number, 1)
    each = worth(around) / around
    return Needed(level, found.at, worth(number), found.se * each, found.chance)


def cover_of(deals: DealList, paths: RepPaths, quota: float, missing: float) -> Cover:
    """What pipeline does a rep need today?

    Parameters
    ----------
    deals
        What is open, continued.
    paths
        The rep's.
    quota
        In cents.
    missing
        Of it, in currency.
    """

    @cache
    def chance(number: int) -> float:
        return paths.chance(deals.holding(number), quota)

    def worth(number: int) -> float:
        return float(deals.worth[number])

    first = max(round(deals.today), 4)
    needed = tuple(
        _needed(
            level,
            find_count(
                chance,
                level,
                paths=paths.paths,
                first=first,
                most=len(deals.deals) // 2,
                rises=not paths.task.is_bound,
            ),
            worth,
        )
        for level in LEVELS
    )
    number = deals.number_worth(RULE * missing)
    by_rule = NOTHING if number is None else share_of(chance(number), paths.paths)
    return Cover(deals.basis, deals.today, deals.worth_today, needed, by_rule)


def times(deals: DealList, step: int, lot: float = 0.5) -> int:
    """How many deals are so many hundredths of today's? A part of one is rounded by lot.

    Examples
    --------
    >>> from types import SimpleNamespace as Deals
    >>> [times(Deals(today=7, deals=[0] * 100), 50, lot) for lot in (0.2, 0.6)]
    [3, 4]
    """
    return min(math.floor(deals.today * step / STEPS + lot), len(deals.deals))


def cover_of_team(
    lists: Sequence[DealList],
    chance: Callable[[Sequence[int]], float],
    *,
    paths: int,
    missing: float,
    rises: bool = True,
) -> Cover | None:
    """What pipeline does a team need today, if all reps' grow alike?

    Parameters
    ----------
    lists
        What each rep has open, continued.
    chance
        That the team hits if each rep has so many of these open.
    paths
        On which it is taken.
    missing
        Of the team's quota, in currency.
    rises
        Whether more is never too much, since no rep's time is bound.

    Returns
    -------
    Cover or None
        None where nothing is open.
    """
    today = math.fsum(deals.worth_today for deals in lists)
    if today == 0:
        return None

    # reps' parts of a deal are rounded apart, so that a team's pipeline grows deal by deal
    lots = even_points(len(lists)).tolist()

    def numbers(step: int) -> list[int]:
        return [times(deals, step, lot) for deals, lot in zip(lists, lots, strict=True)]

    def worth(step: int) -> float:
        return math.fsum(
            float(deals.worth[number]) for deals, number in zip(lists, numbers(step), strict=True)
        )

    @cache
    def look(step: int) -> float:
        return chance(numbers(step))

    most = MOST_TIMES * STEPS
    needed = []
    for level in LEVELS:
        found = find_count(look, level, paths=paths, first=STEPS, most=most // 2, rises=rises)
        told = _needed(level, found, worth)
        needed.append(
            told._replace(deals=float(sum(numbers(int(found.at)))) if found.is_found else math.nan)
        )
    step = math.ceil(STEPS * RULE * missing / today)
    by_rule = share_of(look(step), paths) if step <= most else NOTHING
    bases = {deals.basis for deals in lists} - {"none"}
    basis = bases.pop() if len(bases) == 1 else "both"
    return Cover(basis, math.fsum(deals.today for deals in lists), today, tuple(needed), by_rule)
