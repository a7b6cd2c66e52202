"""The best of several choices, and what it gains: chosen on some paths, told by others.

Of many noisy figures the highest is too high on average (the winner's curse); paths that had no
part in the choice tell without that bias what the chosen one is worth.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

import numpy as np
import polars as pl

from quotarisk.analysis.chances import with_errors
from quotarisk.analysis.glance import Glance, Half, figure_columns
from quotarisk.periods import CADENCES, Cadence
from quotarisk.simulation.estimates import Estimate

CLEAR = 2.0  # standard errors
Verdict = Literal["as today", "no clear gain", "better"]
AS_TODAY: Verdict = "as today"
NOT_CLEAR: Verdict = "no clear gain"
BETTER: Verdict = "better"
BEST_COLUMNS: dict[str, type[pl.DataType]] = {
    **figure_columns("p_hit_today", "p_hit", "gain"),
    "verdict": pl.String,
    **figure_columns("mean", "mean_change"),
}


def is_clear(change: Estimate) -> bool:
    """Is a change more than two standard errors away from none?"""
    return abs(change.value) > CLEAR * change.se


def choose_best(glances: Sequence[Glance], cadence: Cadence) -> int:
    """Which choice hits most often, on the paths that choose? Today's, the first, of equals."""
    return int(np.argmax([glance.chances[cadence].half.chosen_by for glance in glances]))


def judge(place: int, half: Half) -> Verdict:
    """Does the best choice gain anything, as far as the other paths can tell?"""
    if place == 0:
        return AS_TODAY
    return BETTER if half.gain.value > 0 and is_clear(half.gain) else NOT_CLEAR


def best_choices(glances: Sequence[Glance]) -> Iterator[tuple[int, dict[str, object]]]:
    """Which choice is best by each cadence of which there are quotas, and what does it gain?

    Parameters
    ----------
    glances
        Of each choice, today's first.

    Yields
    ------
    tuple
        Its place, and its row: ``cadence`` and `BEST_COLUMNS`.
    """
    for cadence in CADENCES:
        if cadence not in glances[0].chances:
            continue
        place = choose_best(glances, cadence)
        best, half = glances[place], glances[place].chances[cadence].half
        told = {"p_hit_today": half.p_hit_today, "p_hit": half.p_hit, "gain": half.gain}
        yield (
            place,
            {
                "cadence": cadence,
                **with_errors(told),
                "verdict": judge(place, half),
                **with_errors({"mean": best.mean, "mean_change": best.mean_change}),
            },
        )
