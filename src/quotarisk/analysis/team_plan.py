"""The plan that the team is held to: what it books today, path by path, against its quota."""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

import numpy as np

from quotarisk.analysis.glance import longest_row
from quotarisk.simulation.comparing import Seen, Variant, compare
from quotarisk.simulation.estimates import Array


class TeamPlan(NamedTuple):
    """What the whole team books today in the period that is looked at, and its quota for it."""

    booked: Array  # [paths] cents, booked to date included
    quota: float  # cents


def _of_team(seen: Seen, row: int) -> Array | None:
    return seen.booked[0][row].copy() if seen.level == "team" else None


def team_today(base: Variant, *, paths: int, workers: int | None = None) -> TeamPlan | None:
    """What does the team book in the period that is looked at, where it has a quota for it?"""
    row = longest_row(base.keys)
    unit = next(unit for (level, _), unit in base.units.items() if level == "team")
    quota = float(unit.quotas[row])
    if np.isnan(quota):
        return None
    read = partial(_of_team, row=row)
    *_, (_, _, booked) = compare([base], read, paths=paths, workers=workers)
    assert booked is not None
    return TeamPlan(booked, quota)
