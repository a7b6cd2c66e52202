"""How far do reps end from their quotas under each stress, and who carries how much of it all?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from quotarisk.analysis.risk import BAND_SCHEMA, band_columns
from quotarisk.simulation.bands import Counts, count_reached
from quotarisk.simulation.batches import jackknife, sum_batches
from quotarisk.simulation.comparing import Key, Seen, Variant
from quotarisk.simulation.estimates import Array
from quotarisk.simulation.listed import CENTS

SCHEMA: dict[str, Any] = {"stress": pl.String, **BAND_SCHEMA}


class Tally(NamedTuple):
    """What a rep books under a stress, batch by batch of paths, to be added up."""

    reached: Counts  # [periods, tenths, batches] see `count_reached`
    booked: Array  # [periods, batches] sums in cents


def read_tallies(seen: Seen, rows: Sequence[int]) -> list[Tally] | None:
    """What does a rep book under each variant? Nothing of groups and the team: reps are added."""
    if seen.level != "rep":
        return None
    found = {}
    for booked in seen.booked:
        if id(booked) not in found:
            kept = booked[list(rows)]
            quotas = seen.quotas[0][list(rows)]
            found[id(booked)] = Tally(count_reached(kept, quotas), sum_batches(kept))
    return [found[id(booked)] for booked in seen.booked]


def join_tallies(parts: Sequence[Tally]) -> Tally:
    """Put the tallies of several passes together, period after period."""
    reached, booked = zip(*parts, strict=True)
    return Tally(np.concatenate(reached), np.concatenate(booked))


class _Members(NamedTuple):
    """Those of a group or the team who are there under a stress."""

    names: Sequence[str]
    quotas: Array  # [members, periods] in cents
    tallies: Sequence[Tally]

    @property
    def with_quota(self) -> NDArray[np.intp]:
        """How many have a quota in each period?"""
        return np.asarray((~np.isnan(self.quotas)).sum(axis=0))


def _members(
    variant: Variant, level: str, name: str, tallies: Mapping[str, Tally], rows: Sequence[int]
) -> _Members:
    names = [
        rep
        for rep, task in variant.tasks.items()
        if level == "team" or (task.rep.group or "") == name
    ]
    quotas = np.array([variant.units["rep", rep].quotas[list(rows)] for rep in names])
    return _Members(names, quotas.reshape(len(names), len(rows)), [tallies[rep] for rep in names])


def _largest(members: _Members, periods: int) -> dict[str, Any]:
    """Who is expected to book most of all that is booked, and how much of it?"""
    names: list[str | None] = [None] * periods
    share, error = np.full((2, periods), np.nan)
    if members.names:
        booked = np.array(
            [tally.booked for tally in members.tallies]
        )  # [members, periods, batches]
        first = booked.sum(axis=2).argmax(axis=0)
        whole = booked.sum(axis=0)
        most = booked[first, np.arange(periods)]
        with np.errstate(invalid="ignore", divide="ignore"):
            share, error = jackknife(lambda part, total: part / total, most, whole)
        names = [members.names[place] for place in first]
        names = [
            name if told else None for name, told in zip(names, whole.any(axis=1), strict=True)
        ]
    return {"largest": names, "largest_share": share, "largest_share_se": error}


def assigned_columns(
    variant: Variant, level: str, name: str, tallies: Mapping[str, Tally], rows: Sequence[int]
) -> dict[str, Any]:
    """What do the quotas of those who are there add up to, and who of them books most?

    Parameters
    ----------
    variant
        Under a stress.
    level, name
        Of the team, or a group.
    tallies
        By rep.
    rows
        Of the periods.
    """
    members = _members(variant, level, name, tallies, rows)
    plan, there = variant.units[level, name].quotas[list(rows)], members.with_quota
    quotas = np.where(there > 0, np.nansum(members.quotas, axis=0), np.nan)
    return {
        "quotas": quotas / CENTS,
        "over_assignment": quotas / plan,
        "reps": [len(members.names)] * len(rows),
        "reps_with_quota": there,
        **_largest(members, len(rows)),
    }


def bands_under_stress(
    variants: Mapping[str, Variant],
    tallies: Mapping[str, Sequence[Tally]],
    rows: Sequence[int],
    paths: int,
) -> pl.DataFrame:
    """Which share of the reps ends in which band of attainment under each stress?

    Who left is not counted.

    Parameters
    ----------
    variants
        By stress.
    tallies
        By rep, one for each of ``variants``.
    rows
        Of the periods.
    paths
        Number of them.
    """
    frames = [pl.DataFrame(schema=SCHEMA)]
    for number, (stress, variant) in enumerate(variants.items()):
        mine = {name: each[number] for name, each in tallies.items()}
        keys: list[Key] = [variant.keys[row] for row in rows]
        for level, name in variant.units:
            if level == "rep":
                continue
            members = _members(variant, level, name, mine, rows)
            if not members.with_quota.any():
                continue
            counts = np.array([tally.reached for tally in members.tallies], dtype=np.int64)
            columns = band_columns(level, name, keys, members.with_quota, counts.sum(axis=0), paths)
            told = pl.DataFrame(columns, schema=BAND_SCHEMA)
            frames.append(told.select(pl.lit(stress).alias("stress"), pl.all()))
    return pl.concat(frames)
