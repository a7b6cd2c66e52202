"""A unit's chance in one period, and by how much it changes, as rows of an answer."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from quotarisk.simulation.comparing import Key, Seen
from quotarisk.simulation.estimates import Estimate, mean_of, proportion_se
from quotarisk.simulation.listed import CENTS

Hits = NDArray[np.bool_]  # [paths]


def chance_of(hit: Hits) -> Estimate:
    """How likely is a hit?"""
    paths, hits = len(hit), int(hit.sum())
    return Estimate(hits / paths, float(proportion_se(hits, paths)))


def change_of(hit: Hits, usual: Hits) -> Estimate:
    """By how much does the chance change, with the error of the differences path by path?"""
    change = hit.astype(np.float64) - usual
    return mean_of(float(change.sum()), float((change**2).sum()), len(hit))


def about(seen: Seen, period: Key, row: int = 0) -> dict[str, object]:
    """Whom is a row about, and which period and quota? The period is so many rows down."""
    return {
        "level": seen.level,
        "name": seen.name,
        "group": seen.group,
        "cadence": period[0],
        "period": period[1],
        "quota": float(seen.quotas[0][row]) / CENTS,
    }


def with_errors(told: Mapping[str, Estimate]) -> dict[str, object]:
    """Lay out figures, each with its standard error behind it.

    Examples
    --------
    >>> with_errors({"p_hit": Estimate(0.5, 0.01)})
    {'p_hit': 0.5, 'p_hit_se': 0.01}
    """
    return {
        key: figure
        for name, estimate in told.items()
        for key, figure in zip((name, f"{name}_se"), estimate, strict=True)
    }
