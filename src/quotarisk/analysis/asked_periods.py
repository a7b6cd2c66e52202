"""Which periods is a question about, where one is named, or none?"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from quotarisk.errors import ArgumentError, suggest
from quotarisk.periods import CADENCES
from quotarisk.simulation.comparing import Key, Variant


def row_called(told: str, names: Sequence[str]) -> int:
    """In which row does the period of that name stand?

    Raises
    ------
    ArgumentError
        If it is not answered.
    """
    if told not in names:
        hint = suggest(told, list(names)) or f"as {names[0]!r} is" if names else "none is"
        raise ArgumentError(f"period must be one that is answered, got {told!r}; {hint}")
    return names.index(told)


def longest_with_quotas(variant: Variant, name: str | None, *, planned: bool = False) -> int:
    """Which row is looked at, by rep: the period named, or the first of the longest with quotas?

    The longest of all where no rep has any, or where a plan is told besides.

    Raises
    ------
    ArgumentError
        If no period is answered, or none bears the name.
    """
    if name is not None:
        return row_called(name, [period.name for period in variant.periods])
    if not variant.periods:
        raise ArgumentError("no period of the horizon can be answered: give booked, or more months")
    quotas = np.array([variant.units["rep", rep].quotas for rep in variant.tasks])
    held = ~np.isnan(quotas).all(axis=0)
    rows = np.flatnonzero(held if held.any() and not planned else np.ones_like(held)).tolist()
    return int(max(rows, key=lambda row: (CADENCES.index(variant.keys[row][0]), -row)))


def choose_period(variant: Variant, name: str | None) -> Key | None:
    """Which period is looked at? The plan's where none is named; nothing without any quota.

    The plan's is the first fiscal year with a quota of the team, else the first quarter, else
    the first month; where the team has none, the first with a quota of anybody.

    Raises
    ------
    ArgumentError
        If no answered period bears the name.
    """
    if name is not None:
        row_called(name, [period.name for period in variant.periods])
    units = variant.units.items()
    team = np.array([unit.quotas for (level, _), unit in units if level == "team"])
    everybody = np.array([unit.quotas for _, unit in units])
    for quotas in (team, everybody):
        has_quota = ~np.isnan(quotas).all(axis=0)
        for cadence in reversed(CADENCES):
            for period, given in zip(variant.periods, has_quota, strict=True):
                if given and period.cadence == cadence and name in (None, period.name):
                    return period.cadence, period.name
    return None


def choose_periods(variant: Variant, name: str | None) -> tuple[Key, ...]:
    """Which periods are looked at? One by its name, or all of a cadence that have a quota.

    Those of which the team has a quota; where it has none, of which anybody has.

    Parameters
    ----------
    variant
        What is asked about.
    name
        Of a period, or ``month``, ``quarter`` or ``year``; see `choose_period` where it is left
        out.

    Raises
    ------
    ArgumentError
        If no answered period bears the name, or is of the cadence.
    """
    if name not in CADENCES:
        key = choose_period(variant, name)
        return () if key is None else (key,)
    rows = [row for row, (cadence, _) in enumerate(variant.keys) if cadence == name]
    if not rows:
        raise ArgumentError(f"period must be one that can be answered: there is no whole {name}")
    units = variant.units.items()
    team = np.array([unit.quotas[rows] for (level, _), unit in units if level == "team"])
    everybody = np.array([unit.quotas[rows] for _, unit in units])
    for quotas in (team, everybody):
        given = ~np.isnan(quotas).all(axis=0)
        if given.any():
            return tuple(variant.keys[row] for row, has in zip(rows, given, strict=True) if has)
    return ()
