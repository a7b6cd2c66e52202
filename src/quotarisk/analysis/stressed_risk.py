"""How bad are the worst futures of the team and its groups under each stress?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import polars as pl

from quotarisk.analysis.risk import against, percent_of
from quotarisk.simulation.comparing import Key, Seen, Variant
from quotarisk.simulation.estimates import Array
from quotarisk.simulation.listed import CENTS
from quotarisk.simulation.measures import LEVELS, WORST
from quotarisk.simulation.order import find_quantiles, mean_of_worst, put_in_order

_WORDS = ("stress", "level", "name", "cadence", "period")


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


def frame_of_tails(
    found: Sequence[tuple[str, str, list[Tail]]], names: Sequence[str], variant: Variant
) -> pl.DataFrame:
    """Tails as a table: a row for each stress, unit and period.

    Parameters
    ----------
    found
        Level, name and the tails, one for each of ``names``.
    names
        Of the stresses.
    variant
        Whose plans they are held against.
    """
    rows = rows_of(variant.keys)
    keys = [variant.keys[row] for row in rows]
    frames = []
    for number, stress in enumerate(names):
        for level, name, tails in found:
            tail, plan = tails[number], variant.units[level, name].quotas[rows]
            columns: Mapping[str, Array] = {
                f"p{percent_of(share)}{ending}": row / CENTS
                for shares, values, errors in (
                    (WORST, tail.low, tail.low_se),
                    (LEVELS, tail.quantiles, tail.quantiles_se),
                )
                for share, value, error in zip(shares, values, errors, strict=True)
                for ending, row in (("", value), ("_se", error))
            }
            frames.append(
                pl.DataFrame(
                    {
                        "stress": [stress] * len(keys),
                        "level": [level] * len(keys),
                        "name": [name] * len(keys),
                        "cadence": [cadence for cadence, _ in keys],
                        "period": [period for _, period in keys],
                        "quota": plan / CENTS,
                        **columns,
                        **against(plan, tail.low, tail.low_se, "var"),
                        **against(plan, tail.worst, tail.worst_se, "es"),
                    }
                )
            )
    frame: pl.DataFrame = pl.concat(frames).fill_nan(None)
    # where no period is answered there is no value to tell a column's type by
    return frame.cast(dict.fromkeys(_WORDS, pl.String))
