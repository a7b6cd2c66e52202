"""The tables of working time: every share that is kept, the best by each cadence, an hour more."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import polars as pl

from quotarisk.analysis.chances import with_errors
from quotarisk.analysis.choice import BEST_COLUMNS, best_choices
from quotarisk.analysis.feast import Rhythm
from quotarisk.analysis.glance import Glance, figure_columns, glance_columns
from quotarisk.analysis.timekeeping import USES, hours_of, is_same, share_of
from quotarisk.simulation.comparing import Key
from quotarisk.simulation.lowering import RepTask

_WHO: dict[str, type[pl.DataType]] = dict.fromkeys(("level", "name", "group"), pl.String)


class Told(NamedTuple):
    """A unit under a variant."""

    glance: Glance
    rhythm: Rhythm


@dataclass(frozen=True)
class Kept:
    """A unit whose reps' time is looked at.

    Parameters
    ----------
    level, name, group
        Of the unit.
    members
        The reps whose time is looked at.
    told
        As it is, at each share, and with an hour more for each use.
    """

    level: str
    name: str
    group: str
    members: Sequence[RepTask]
    told: Sequence[Told]

    @property
    def today(self) -> float | None:
        """The share that is kept today; none where reps differ."""
        shares = {share_of(task) for task in self.members}
        return shares.pop() if len(shares) == 1 else None

    @property
    def hours(self) -> float:
        """Hours of work a week of all of them."""
        return sum(map(hours_of, self.members))

    @property
    def usual(self) -> float:
        """The share of all of their hours that is kept today."""
        return sum(share_of(task) * hours_of(task) for task in self.members) / self.hours

    @property
    def about(self) -> dict[str, object]:
        """Whom rows are about."""
        return {"level": self.level, "name": self.name, "group": self.group}


def _share_rows(unit: Kept, shares: Sequence[float], period: str) -> Iterator[dict[str, object]]:
    today = unit.today
    tried: list[tuple[float | None, Told]] = list(zip(shares, unit.told[1:], strict=False))
    if today is None or not any(is_same(share, today) for share in shares):
        tried.append((today, unit.told[0]))
    tried.sort(key=lambda row: -1.0 if row[0] is None else row[0])
    for share, (glance, rhythm) in tried:
        yield {
            **unit.about,
            "share": share,
            "today": share is None or (today is not None and is_same(share, today)),
            "kept_hours": None if share is None else share * unit.hours,
            "period": period,
            **with_errors({**glance.figures, **rhythm._asdict()}),
        }


def _best_rows(unit: Kept, shares: Sequence[float], period: str) -> Iterator[dict[str, object]]:
    tried: list[float | None] = [unit.today, *shares]
    glances = [told.glance for told in unit.told[: len(tried)]]
    distances = [0.0, *(abs(share - unit.usual) for share in shares)]
    for place, as_good, row in best_choices(glances, distances):
        alike = [share for each in as_good if (share := tried[each]) is not None]
        yield {
            **unit.about,
            "share_today": unit.today,
            "share": tried[place],
            "share_from": min(alike, default=None),
            "share_to": max(alike, default=None),
            "period": period,
            **row,
        }


def _hour_rows(unit: Kept, period: str) -> Iterator[dict[str, object]]:
    for use, (glance, _) in zip(USES, unit.told[-len(USES) :], strict=True):
        yield {
            **unit.about,
            "use": use,
            "reps": len(unit.members),
            "hours": unit.hours,
            "period": period,
            **with_errors({"mean_change": glance.mean_change, **glance.chance_changes}),
        }


def _framed(
    rows: Iterable[dict[str, object]], schema: dict[str, type[pl.DataType]]
) -> pl.DataFrame:
    return pl.DataFrame(list(rows), schema=schema).fill_nan(None)


def time_frame(
    units: Sequence[Kept], shares: Sequence[float], keys: Sequence[Key], period: str
) -> pl.DataFrame:
    """What comes of every share that is kept?"""
    schema: dict[str, type[pl.DataType]] = {
        **_WHO, "share": pl.Float64, "today": pl.Boolean, "kept_hours": pl.Float64,
        "period": pl.String, **glance_columns(keys), **figure_columns(*Rhythm._fields),
    }  # fmt: skip
    return _framed((row for unit in units for row in _share_rows(unit, shares, period)), schema)


def best_frame(units: Sequence[Kept], shares: Sequence[float], period: str) -> pl.DataFrame:
    """Which share is best by each cadence?"""
    schema: dict[str, type[pl.DataType]] = {
        **_WHO, "cadence": pl.String,
        **dict.fromkeys(("share_today", "share", "share_from", "share_to"), pl.Float64),
        "period": pl.String, **BEST_COLUMNS,
    }  # fmt: skip
    return _framed((row for unit in units for row in _best_rows(unit, shares, period)), schema)


def hour_frame(units: Sequence[Kept], keys: Sequence[Key], period: str) -> pl.DataFrame:
    """What is an hour more a week worth?"""
    changes = [f"p_hit_{cadence}_change" for cadence in dict.fromkeys(c for c, _ in keys)]
    schema: dict[str, type[pl.DataType]] = {
        **_WHO, "use": pl.String, "reps": pl.Int64, "hours": pl.Float64, "period": pl.String,
        **figure_columns("mean_change", *changes),
    }  # fmt: skip
    return _framed((row for unit in units for row in _hour_rows(unit, period)), schema)
