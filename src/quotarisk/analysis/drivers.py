"""Which assumption moves the chance most, and is a miss luck, ignorance, market or ramp?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import polars as pl

from quotarisk.analysis.answers import Answer
from quotarisk.analysis.asked_periods import choose_periods
from quotarisk.analysis.asking import asked_of, provenance_of
from quotarisk.analysis.chances import about, chance_of, change_of, with_errors
from quotarisk.analysis.luck import SCHEMA as SPLIT
from quotarisk.analysis.luck import split_luck
from quotarisk.analysis.moving import Assumption, list_assumptions, mean_move, with_tasks
from quotarisk.analysis.surroundings import list_surroundings
from quotarisk.caution import Caution
from quotarisk.periods import CADENCES
from quotarisk.scenario.scenario import Scenario
from quotarisk.simulation.comparing import Key, Seen, Variant, compare, variant_of
from quotarisk.simulation.estimates import Array, Estimate
from quotarisk.simulation.listed import CENTS
from quotarisk.simulation.lowering import RepTask, Setting
from quotarisk.simulation.passes import at_once
from quotarisk.simulation.simulation import Level, Progress, Simulation, check_arguments

QUESTION = "Which assumption moves the chance most, and what is the risk of a miss made of?"
NOTE = (
    "Assumptions move one at a time, from the past on; what is booked and the "
    "amounts of listed deals stay. Where reps have rates of their own, doubts partly cancel out: "
    "the team's mean moves less far than each of them. Of the market it is how much it swings that "
    "moves, and how long it lasts; of seasons and the clock of deals how far they are from even. "
    "What a [correction] says, when people leave, and quotas do not move. Ramps are taken as "
    "known, so they are no part of the variance; a part that is nothing may come out below nothing "
    "within its error."
)
_AT_ONCE = 24  # variants that are at hand together, and few more, or fewer: it bounds memory
_ORDER: tuple[Level, ...] = ("team", "group", "rep")
_TEXTS = ("level", "name", "group", "cadence", "period", "driver", "segment", "figure", "basis")
_FIGURES = ("p_hit", "p_hit_low", "p_hit_high", "change_low", "change_high", "swing")
_MEANS = ("mean", "mean_low", "mean_high")
_COLUMNS = (
    *_TEXTS[:5],
    "quota",
    *_TEXTS[5:8],
    "value",
    "low",
    "high",
    "basis",
    *(key for name in (*_FIGURES, *_MEANS) for key in (name, f"{name}_se")),
)
SCHEMA: dict[str, type[pl.DataType]] = {
    key: pl.String if key in _TEXTS else pl.Float64 for key in _COLUMNS
}


class _Side(NamedTuple):
    """A unit with an assumption moved to one side."""

    p_hit: Estimate
    change: Estimate  # of P(hit), path by path
    mean: Estimate  # bookings, in currency


class _Effect(NamedTuple):
    """A unit, as it is and with an assumption moved down and up."""

    usual: _Side
    low: _Side
    high: _Side


def _mean(booked: Array) -> Estimate:
    paths = len(booked)
    return Estimate(
        float(booked.mean()) / CENTS, float(booked.std(ddof=1)) / CENTS / float(np.sqrt(paths))
    )


def _side(booked: Array, usual: Array, quota: float) -> _Side:
    hit = booked >= quota
    return _Side(chance_of(hit), change_of(hit, usual >= quota), _mean(booked))


def _concerned(assumption: Assumption, seen: Seen, groups: Mapping[str, str]) -> list[str]:
    """Name a unit's reps whom an assumption concerns."""
    if seen.level == "team":
        return list(assumption.moves)
    if seen.level == "rep":
        return [seen.name] if seen.name in assumption.moves else []
    return [name for name in assumption.moves if groups[name] == seen.name]


def _row(
    seen: Seen,
    at: int,
    period: Key,
    assumption: Assumption,
    names: Sequence[str],
    effect: _Effect,
) -> dict[str, object]:
    move = mean_move([assumption.moves[name] for name in names])
    sides = (effect.low.change, effect.high.change)
    most = max(sides, key=lambda change: abs(change.value))
    told = {
        "p_hit": effect.usual.p_hit,
        "p_hit_low": effect.low.p_hit,
        "p_hit_high": effect.high.p_hit,
        "change_low": effect.low.change,
        "change_high": effect.high.change,
        "swing": Estimate(abs(most.value), most.se),
        "mean": effect.usual.mean,
        "mean_low": effect.low.mean,
        "mean_high": effect.high.mean,
    }
    return {
        **about(seen, period, at),
        "driver": assumption.words,
        "segment": assumption.segment,
        "figure": assumption.figure,
        "value": move.value,
        "low": move.low,
        "high": move.high,
        "basis": move.basis,
        **with_errors(told),
    }


_Moved = tuple[Mapping[str, RepTask], Setting | None]


def _moved(base: Variant, moved: _Moved) -> Variant:
    tasks, setting = moved
    return with_tasks(base, tasks) if setting is None else replace(base, setting=setting)


class _Batch:
    """Some assumptions, moved down and up beside the scenario as it is.

    For reps, groups and the team a move may be another one; those that are equal are made once.
    """

    def __init__(self, base: Variant, periods: Sequence[Key]) -> None:
        self._periods = periods
        self._groups = {name: task.rep.group or "" for name, task in base.tasks.items()}
        self.variants = [base]
        # an assumption of a level, and which variants hold it moved; 0 where nothing changes
        self._moved: dict[str, list[tuple[Assumption, int, int]]] = {level: [] for level in _ORDER}

    def add(self, alike: Mapping[str, Assumption]) -> None:
        """Take the same assumption as it moves for each level."""
        made: list[tuple[_Moved, int]] = [(({}, None), 0)]

        def place(moved: _Moved) -> int:
            for others, number in made:
                if moved == others:
                    return number
            self.variants.append(_moved(self.variants[0], moved))
            made.append((moved, len(self.variants) - 1))
            return made[-1][1]

        for level, assumption in alike.items():
            low = place((assumption.low, assumption.low_setting))
            high = place((assumption.high, assumption.high_setting))
            self._moved[level].append((assumption, low, high))

    def read(self, seen: Seen) -> list[dict[str, object]]:
        """Rows of a unit, none of periods in which it has no quota."""
        return [
            row
            for at, period in enumerate(self._periods)
            if not np.isnan(seen.quotas[0][at])
            for row in self._rows(seen, at, period)
        ]

    def _rows(self, seen: Seen, at: int, period: Key) -> Iterator[dict[str, object]]:
        quota, usual = float(seen.quotas[0][at]), seen.booked[0][at]
        # as it is, nothing has changed for certain
        as_it_is = _side(usual, usual, quota)._replace(change=Estimate(0.0, 0.0))
        for assumption, *places in self._moved[seen.level]:
            names = _concerned(assumption, seen, self._groups)
            if not names:
                continue
            low, high = (
                _side(seen.booked[place][at], usual, quota) if place else as_it_is
                for place in places
            )
            effect = _Effect(as_it_is, low, high)
            yield _row(seen, at, period, assumption, names, effect)


def _all(base: Variant) -> list[Mapping[str, Assumption]]:
    """Each assumption as it moves for each level."""
    alike: dict[tuple[str, str], dict[str, Assumption]] = {}
    for level in _ORDER:
        for assumption in (*list_assumptions(base, level), *list_surroundings(base)):
            alike.setdefault((assumption.figure, assumption.segment), {})[level] = assumption
    return list(alike.values())


def _batches(base: Variant, periods: Sequence[Key], paths: int) -> Iterator[_Batch]:
    most = min(_AT_ONCE, at_once(len(periods), paths))
    batch = _Batch(base, periods)
    for levels in _all(base):
        batch.add(levels)
        if len(batch.variants) > most:
            yield batch
            batch = _Batch(base, periods)
    if len(batch.variants) > 1:
        yield batch


def _sorted(frame: pl.DataFrame, variant: Variant) -> pl.DataFrame:
    """Put the team first, then groups and reps; of each, by period, the largest swing first."""
    units = sorted(variant.units, key=lambda key: _ORDER.index(key[0]))
    unit = {key: place for place, key in enumerate(units)}
    period = {key: place for place, key in enumerate(variant.keys)}
    told = frame.select("level", "name", "cadence", "period").iter_rows()
    places = [(unit[row[:2]], period[row[2:]]) for row in told]
    marked = frame.with_columns(
        pl.Series("_unit", [place for place, _ in places], pl.Int64),
        pl.Series("_period", [place for _, place in places], pl.Int64),
    )
    by, down = ["_unit", "_period"], [False, False]
    if "swing" in frame.columns:
        by, down = [*by, "swing"], [*down, True]
    return marked.sort(by, descending=down, maintain_order=True).drop("_unit", "_period")


def rank_drivers(
    asked: Scenario | Simulation,
    *,
    period: str | None = None,
    paths: int | None = None,
    seed: int | None = None,
    workers: int | None = None,
    progress: Progress | None = None,
) -> Answer:
    """Which assumption moves the chance most, and what is the risk of a miss made of?

    Each assumption moves by itself, on the same paths: a figure with evidence to the 10th and
    the 90th percentile of what it may be, a known one by 10 % down and up, ramps likewise;
    hires come 60 days late. Of what all share, the market's standard deviations and persistence,
    seasons and the clock of deals move by 10 % where they are told (`list_surroundings`). A figure
    of a segment moves for all who sell it; where reps have evidence of their own, those of a group
    or the team move together only so far that their mean lies at its percentile, for what one of
    them lacks another may have.

    Parameters
    ----------
    asked
        A scenario, or a simulation of one, which brings its paths and seed.
    period
        Name of a month, quarter or fiscal year, or a cadence (``month``, ``quarter``, ``year``)
        for all of its periods that have a quota; where it is left out, the first fiscal year in
        which the team has a quota, else the first quarter, else the first month.
    paths, seed, workers, progress
        As for `simulate`.

    Returns
    -------
    Answer
        ``frame`` has a row for each unit, period and assumption that concerns it, the team first
        and of each unit, period by period, the largest swing first: ``level``, ``name``,
        ``group``, ``cadence``, ``period``, ``quota``, ``driver`` (in words), ``segment``,
        ``figure``; ``value``, ``low`` and ``high`` (where the figure lies and moves to: a rate,
        a median, a factor or days, the mean over those whom it concerns), ``basis``;
        ``p_hit``, ``p_hit_low``, ``p_hit_high``, ``change_low`` and ``change_high`` (of P(hit),
        with errors of paired differences), ``swing`` (the larger of both, without its sign),
        ``mean``, ``mean_low`` and ``mean_high`` (of bookings), each with its ``*_se``. The part
        ``split`` has a row for each unit and period, see `split_luck`. Both are empty where nobody
        has a quota.

    Raises
    ------
    InputError
        If the scenario cannot be simulated, with every fault.
    ArgumentError
        If an argument is out of its range, or no period is called so.

    Notes
    -----
    Where a figure has evidence, moving it also takes away that it is not known: two moves to
    either side of the median need not balance. Time grows with the number of assumptions.

    Examples
    --------
    >>> import quotarisk as qr
    >>> from quotarisk.analysis.drivers import rank_drivers
    >>> scenario = qr.load_scenario("scenarios/saas_team.toml")
    >>> answer = rank_drivers(scenario, paths=1000, seed=7)
    >>> answer.frame.row(0, named=True)["figure"]
    'win_rate'
    """
    scenario, paths, seed = asked_of(asked, paths, seed)
    check_arguments(paths, seed, workers)
    base = variant_of(scenario, seed)
    keys = choose_periods(base, period)
    provenance = provenance_of(scenario, paths, seed)
    if not keys:
        when = "any period that can be answered" if period is None else period
        when = f"any {when}" if period in CADENCES else when
        caution = Caution(
            "no_quota", (), f"Nobody has a quota in {when}: there is no chance to move."
        )
        frames = pl.DataFrame(schema=SCHEMA), pl.DataFrame(schema=SPLIT)
        return Answer(QUESTION, frames[0], (caution,), provenance, NOTE, (), {"split": frames[1]})
    batches = list(_batches(base, keys, paths))
    runs, over = len(batches) + 1, 0

    def tell(done: int, reps: int) -> None:
        if progress is not None:
            progress(over * reps + done, runs * reps)

    split = split_luck(base, keys, paths=paths, workers=workers, progress=tell)
    rows: list[dict[str, object]] = []
    for batch in batches:
        over += 1
        found = compare(
            batch.variants, batch.read, paths=paths, periods=keys, workers=workers, progress=tell
        )
        rows += [row for _, _, each in found for row in each]
    return Answer(
        question=QUESTION,
        frame=_sorted(pl.DataFrame(rows, schema=SCHEMA), base),
        cautions=(),
        provenance=provenance,
        note=NOTE,
        headline=("level", "name", "period", "driver", "basis", "change_low", "change_high"),
        parts={"split": _sorted(split, base)},
    )
