"""How bad are the worst futures of the team and its groups under each stress?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import polars as pl

from quotarisk.analysis.risk import against, percent_of
from quotarisk.analysis.stressed_bands import Tally, assigned_columns
from quotarisk.simulation.comparing import Key, Seen, Variant
from quotarisk.simulation.estimates import Array
from quotarisk.simulation.listed import CENTS
from quotarisk.simulation.measures import LEVELS, WORST
from quotarisk.simulation.order import find_quantiles, mean_of_worst, put_in_order

_WORDS = ("stress", "level", "name", "cadence", "period", "largest")


class Tail(NamedTuple):
    """A unit's bookings under a stress, from the worst futures on; amounts in cents."""

    quantiles: Array  # [levels, periods]
    quantiles_se: Array
    low: Array  # [worst shares, periods] edges of the worst futures
    low_se: Array
    worst: Array  # [worst shares, periods] means of these
    worst_se: Array


def rows_of(keys: Sequence[Key]) -> list[int]:
    """Which periods are looked at? Quarters and years; months where there is nothing longer."""
    longer = [row for row, (cadence, _) in enumerate(keys) if cadence != "month"]
    return longer or list(range(len(keys)))


def tail_of(booked: Array) -> Tail:
    """What do futures say in ascending order?

    Parameters
    ----------
    booked
        ``[periods, paths]`` in whole cents.
    """
    ordered = put_in_order(booked)
    return Tail(
        *find_quantiles(ordered, LEVELS),
        *find_quantiles(ordered, WORST),
        *mean_of_worst(ordered, WORST),
    )


def read_tails(seen: Seen, rows: Sequence[int]) -> list[Tail] | None:
    """What bad futures does the team, or a group, have under each variant? Nothing of a rep."""
    if seen.level == "rep":
        return None
    found = {id(booked): booked for booked in seen.booked}
    tails = {key: tail_of(booked[list(rows)]) for key, booked in found.items()}
    return [tails[id(booked)] for booked in seen.booked]


def join_tails(parts: Sequence[Tail]) -> Tail:
    """Put what several passes found together, period after period."""
    return Tail(*(np.concatenate(each, axis=1) for each in zip(*parts, strict=True)))


def frame_of_tails(
    found: Sequence[tuple[str, str, Sequence[Tail]]],
    variants: Mapping[str, Variant],
    tallies: Mapping[str, Sequence[Tally]],
) -> pl.DataFrame:
    """Tails as a table: a row for each stress, unit and period.

    Parameters
    ----------
    found
        Level, name and the tails, one for each of ``variants``.
    variants
        By stress, the scenario as it is first.
    tallies
        By rep, one for each of ``variants``.
    """
    base = next(iter(variants.values()))
    rows = rows_of(base.keys)
    keys = [base.keys[row] for row in rows]
    frames = []
    for number, (stress, variant) in enumerate(variants.items()):
        mine = {name: each[number] for name, each in tallies.items()}
        for level, name, tails in found:
            tail, plan = tails[number], base.units[level, name].quotas[rows]
            columns: Mapping[str, Array] = {
                f"p{percent_of(share)}{ending}": row / CENTS
                for shares, values, errors in (
                    (WORST, tail.low, tail.low_se),
                    (LEVELS, tail.quantiles, tail.quantiles_se),
                )
                for share, value, error in zip(shares, values, errors, strict=True)
                for ending, row in (("", value), ("_se", error))
            }
            told: dict[str, Any] = {
                "stress": [stress] * len(keys),
                "level": [level] * len(keys),
                "name": [name] * len(keys),
                "cadence": [cadence for cadence, _ in keys],
                "period": [period for _, period in keys],
                "quota": plan / CENTS,
                **columns,
                **against(plan, tail.low, tail.low_se, "var"),
                **against(plan, tail.worst, tail.worst_se, "es"),
                **assigned_columns(variant, level, name, mine, rows),
            }
            frames.append(pl.DataFrame(told, schema_overrides=dict.fromkeys(_WORDS, pl.String)))
    frame: pl.DataFrame = pl.concat(frames).fill_nan(None)
    # where no period is answered there is no value to tell a column's type by
    return frame.cast(dict.fromkeys(_WORDS, pl.String))
