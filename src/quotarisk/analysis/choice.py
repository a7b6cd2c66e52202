"""The best of several choices, and what it gains: chosen on some paths, told by others.

Of many noisy figures the highest is too high on average (the winner's curse); paths that had no
part in the choice tell without that bias what the chosen one is worth. Of choices that are as good
as the best, as far as the choosing paths can tell, the one that is nearest to today's is taken:
nobody should change more than what helps.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

import numpy as np
import polars as pl

from quotarisk.analysis.chances import with_errors
from quotarisk.analysis.glance import Glance, Half, figure_columns
from quotarisk.periods import CADENCES, Cadence
from quotarisk.simulation.estimates import Estimate

CLEAR = 2.0  # standard errors
_SAME = 1e-9  # of a distance
Verdict = Literal["as today", "no clear gain", "better"]
AS_TODAY: Verdict = "as today"
NOT_CLEAR: Verdict = "no clear gain"
BETTER: Verdict = "better"
BEST_COLUMNS: dict[str, type[pl.DataType]] = {
    **figure_columns("p_hit_today", "p_hit", "gain"),
    "verdict": pl.String,
    **figure_columns("mean", "mean_change"),
}


class Choice(NamedTuple):
    """What is taken by a cadence.

    Parameters
    ----------
    place
        Of what is taken.
    as_good
        Places of all that hit as often, itself among them.
    row
        ``cadence`` and `BEST_COLUMNS`.
    """

    place: int
    as_good: tuple[int, ...]
    row: dict[str, object]


def is_clear(change: Estimate) -> bool:
    """Is a change more than two standard errors away from none?"""
    return abs(change.value) > CLEAR * change.se


def _apart(best: Half, other: Half) -> Estimate:
    """How much more often does the best hit, on the same paths? Its error is that of blocks."""
    apart = best.blocks - other.blocks
    spread = float(apart.std(ddof=1)) if len(apart) > 1 else math.inf
    return Estimate(best.chosen_by - other.chosen_by, spread / math.sqrt(len(apart)))


def as_good_as_best(glances: Sequence[Glance], cadence: Cadence) -> tuple[int, ...]:
    """Which choices hit as often as the best, within two standard errors of the difference?

    All of it is asked of the paths that choose.
    """
    halves = [glance.chances[cadence].half for glance in glances]
    best = halves[int(np.argmax([half.chosen_by for half in halves]))]
    return tuple(
        place
        for place, half in enumerate(halves)
        if half is best or not is_clear(_apart(best, half))
    )


def choose_best(
    glances: Sequence[Glance], cadence: Cadence, distances: Sequence[float]
) -> tuple[int, tuple[int, ...]]:
    """Which choice hits as often as any other, and is the nearest to today's?

    Parameters
    ----------
    glances
        Of each choice.
    cadence
        By which they are held together.
    distances
        Of each from today's, which is the first. Of those that are as near the one that hits most
        often is taken.

    Returns
    -------
    tuple
        Its place, and the places of all that are as good.
    """
    found = as_good_as_best(glances, cadence)
    if 0 in found:
        return 0, found
    nearest = min(distances[place] for place in found)
    near = [place for place in found if distances[place] <= nearest + _SAME]
    place = max(near, key=lambda place: glances[place].chances[cadence].half.chosen_by)
    return place, found


def judge(place: int, half: Half) -> Verdict:
    """Does the best choice gain anything, as far as the other paths can tell?"""
    if place == 0:
        return AS_TODAY
    return BETTER if half.gain.value > 0 and is_clear(half.gain) else NOT_CLEAR


def best_choices(glances: Sequence[Glance], distances: Sequence[float]) -> Iterator[Choice]:
    """Which choice is best by each cadence of which there are quotas, and what does it gain?

    Parameters
    ----------
    glances
        Of each choice, today's first.
    distances
        Of each from today's.
    """
    for cadence in CADENCES:
        if cadence not in glances[0].chances:
            continue
        place, as_good = choose_best(glances, cadence, distances)
        best, half = glances[place], glances[place].chances[cadence].half
        told = {"p_hit_today": half.p_hit_today, "p_hit": half.p_hit, "gain": half.gain}
        yield Choice(
            place,
            as_good,
            {
                "cadence": cadence,
                **with_errors(told),
                "verdict": judge(place, half),
                **with_errors({"mean": best.mean, "mean_change": best.mean_change}),
            },
        )
