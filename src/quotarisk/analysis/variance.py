"""What makes the team's bookings vary: what all share, or each rep for himself, and who most?

The variance of the team's bookings T is split by conditioning on more and more of what it depends
on: the market M, segment rates S that are not known, which all who sell a segment share, a rep's
own rates O that are not known, and what becomes of deals::

    Var T = Var E[T|M] + (Var E[T|M,S] - Var E[T|M]) + (Var E[T|M,S,O] - Var E[T|M,S]) + rest

Each term is found by pick and freeze: some of the luck is drawn anew, the rest is kept, and
``Var E[T|kept] = Cov(T, T')`` (Sobol', *Mathematics and Computers in Simulation* 55, 2001,
doi:10.1016/S0378-4754(00)00270-6; Janon et al., *ESAIM: Probability and Statistics* 18, 2014,
doi:10.1051/ps/2013040), here as ``Var T - E(T - T')^2 / 2`` over the mean variance of both. Where
all that reps share is kept, ``(T - T')^2`` is the sum of the reps' own in expectation, which leaves
out the noise of their products.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any, NamedTuple

import numpy as np
import polars as pl

from quotarisk.periods import CADENCES
from quotarisk.scenario.correction import Correction
from quotarisk.scenario.scenario import Scenario
from quotarisk.simulation.batches import jackknife, sum_batches
from quotarisk.simulation.comparing import Key, Seen, Variant, compare, variant_of
from quotarisk.simulation.estimates import Array
from quotarisk.simulation.lowering import RepTask
from quotarisk.simulation.simulation import Progress, Simulation

PARTS = ("market", "shared_rates", "own_rates", "luck")
SHARED = PARTS[:2]
_BLOCK = 250  # paths that are corrected on their own, at least: ranks of fewer are too coarse
_FEWEST_BLOCKS, _MOST_BLOCKS = 4, 16
_ELSE = "\x1f"  # after a name: no rep is called so
Schema = dict[str, Any]
Frames = dict[str, pl.DataFrame]


@dataclass(frozen=True)
class Kinds:
    """Which kinds of luck are there at all?

    Parameters
    ----------
    market
        A market that moves, or a correction by which all reps have luck in common.
    shared_rates, own_rates
        Rates that are not known, of segments or of a rep alone.
    """

    market: bool
    shared_rates: bool
    own_rates: bool

    @property
    def shared(self) -> bool:
        """Whether reps have anything in common."""
        return self.market or self.shared_rates


def _unknown(task: RepTask) -> set[bool]:
    """Whether figures that are not known are the rep's own: both, one or none of the two."""
    return {key in terms.own for terms, key in task.unknown}


def kinds_of(scenario: Scenario, tasks: Sequence[RepTask]) -> Kinds:
    """Which kinds of luck does a scenario have?"""
    told = scenario.correction
    common = told.own_history > 0 or told.together > 0 or any(told.shared)
    unknown = set(chain.from_iterable(map(_unknown, tasks)))
    return Kinds(scenario.market.moves or common, False in unknown, True in unknown)


def _with_other_deals(base: Variant) -> Variant:
    """Deals end otherwise; the market and all rates stay."""
    return replace(base, setting=replace(base.setting, deals_seed=base.setting.seed + 1))


def _with_other_reps(base: Variant) -> Variant:
    """Everybody's own luck is another's; what reps share stays.

    A rep's own draws hang on the rep's name, those of a segment on the segment's.
    """
    tasks = {
        name: replace(task, rep=task.rep.model_copy(update={"name": name + _ELSE}))
        for name, task in base.tasks.items()
    }
    return replace(_with_other_deals(base), tasks=tasks)


def _with_other_rates(base: Variant) -> Variant:
    """Deals and all rates are other ones; the market stays."""
    other = base.setting.seed + 1
    return replace(base, setting=replace(base.setting, deals_seed=other, beliefs_seed=other))


def _spreads(correction: Correction) -> bool:
    return min(correction.month_shape, correction.quarter_shape) < 1


def _block_starts(correction: Correction, paths: int) -> tuple[int, ...]:
    """Where do blocks of paths begin that a correction takes each on its own?

    To tie or spread bookings by their ranks makes all paths depend on each other, and how batches
    of them scatter tells no error then; blocks that are corrected one by one are independent.
    """
    if correction.together == 0 and not _spreads(correction):
        return (0,)
    blocks = min(max(paths // _BLOCK, _FEWEST_BLOCKS), _MOST_BLOCKS, paths)
    return tuple(block * paths // blocks for block in range(blocks))


def _sums_by(starts: Sequence[int]) -> Callable[[Array], Array]:
    """How ``[..., paths]`` are summed: by these blocks, or by batch where all are one block."""
    if len(starts) == 1:
        return sum_batches
    return lambda values: np.asarray(np.add.reduceat(values, starts, axis=-1))


def _variants(base: Variant, kinds: Kinds) -> dict[str, Variant]:
    """What must be drawn anew to tell the kinds apart? The scenario itself first."""
    found = {"base": base, "deals": _with_other_deals(base)}
    if kinds.own_rates:
        found["reps"] = _with_other_reps(base)
    if kinds.market and kinds.shared_rates:
        found["rates"] = _with_other_rates(base)
    return found


class Moments(NamedTuple):
    """Sums over each batch, or block, of paths; ``v`` numbers the variants."""

    squares: Array  # [v, periods, batches] squared deviations
    apart: Array  # [v - 1, periods, batches] half the squared difference from the first


def _centred(booked: Array) -> Array:
    return np.asarray(booked - booked.mean(axis=1, keepdims=True))


def _read(booked: Sequence[Array], sums: Callable[[Array], Array]) -> Moments:
    base = _centred(booked[0])
    squares, apart = [sums(base**2)], []
    for each in booked[1:]:  # one at a time: centred bookings are as large as bookings
        other = _centred(each)
        squares.append(sums(other**2))
        apart.append(sums((base - other) ** 2) / 2)
    return Moments(np.array(squares), np.array(apart))


def _looked_at(variant: Variant) -> tuple[Key, ...]:
    """Quarters and years; months where there is nothing longer."""
    longer = tuple(key for key in variant.keys if key[0] != CADENCES[0])
    return longer or variant.keys


@dataclass(frozen=True)
class Sums:
    """What the split is made of, of a group or the team.

    Parameters
    ----------
    variance
        ``[periods, batches]`` squared deviations, the mean over all variants.
    luck, own
        ``[periods, batches]`` what deals alone make, and all that is a rep's own.
    above
        ``[periods, batches]`` what all but the market makes; none where that is not needed.
    """

    variance: Array
    luck: Array
    own: Array
    above: Array | None


def _sums(unit: Moments, members: Sequence[Moments], names: Sequence[str], kinds: Kinds) -> Sums:
    places = {name: place for place, name in enumerate(names[1:])}
    apart = np.sum([member.apart for member in members], axis=0)
    luck, own = apart[places["deals"]], apart[places.get("reps", places["deals"])]
    return Sums(
        variance=unit.squares.mean(axis=0) if kinds.shared else own,
        luck=luck,
        own=own,
        above=unit.apart[places["rates"]] if "rates" in places else None,
    )


def _split(sums: Sums, kinds: Kinds) -> tuple[Array, Array]:
    """``[parts, periods]`` shares of the variance and their errors; NaN where nothing varies."""

    def shares(variance: Array, luck: Array, own: Array, above: Array) -> Array:
        with np.errstate(invalid="ignore", divide="ignore"):
            own_share, above_share = own / variance, above / variance
            parts = [1 - above_share, above_share - own_share, own_share - luck / variance]
            return np.array([*parts, luck / variance])

    # what is above the market: own things, and shared rates if there are any
    above = sums.above
    if above is None:
        above = sums.own if kinds.market else sums.variance
    return jackknife(shares, sums.variance, sums.luck, sums.own, above)


def _variance_rows(
    level: str, name: str, keys: Sequence[Key], sums: Sums, kinds: Kinds
) -> list[dict[str, Any]]:
    value, error = _split(sums, kinds)
    return [
        {
            "level": level,
            "name": name,
            "cadence": cadence,
            "period": period,
            "part": part,
            "is_shared": part in SHARED,
            "share": value[place, row],
            "share_se": error[place, row],
        }
        for row, (cadence, period) in enumerate(keys)
        for place, part in enumerate(PARTS)
    ]


def _together(team: Array, sums: Callable[[Array], Array]) -> Callable[[Seen], Array]:
    """Sums by batch, or block, of a unit's deviations times the team's."""
    deviations = _centred(team)

    def read(seen: Seen) -> Array:
        return sums(_centred(seen.booked[0]) * deviations)

    return read


def _share(part: Array, whole: Array) -> Array:
    with np.errstate(invalid="ignore", divide="ignore"):
        return part / whole


def _effective(whole: Array, *parts: Array) -> Array:
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(whole**2 / np.sum(np.square(parts), axis=0))


_UNIT: Schema = dict.fromkeys(("level", "name", "cadence", "period"), pl.String)
_VARIANCE: Schema = {
    **_UNIT,
    "part": pl.String,
    "is_shared": pl.Boolean,
    "share": pl.Float64,
    "share_se": pl.Float64,
}
_CONTRIBUTORS: Schema = {
    "name": pl.String,
    "group": pl.String,
    "cadence": pl.String,
    "period": pl.String,
    **dict.fromkeys(("share", "share_se", "own", "own_se"), pl.Float64),
}
_CONCENTRATION: Schema = {
    "cadence": pl.String,
    "period": pl.String,
    "reps": pl.Int64,
    "effective_reps": pl.Float64,
    "effective_reps_se": pl.Float64,
}


def _contributors(
    keys: Sequence[Key],
    groups: Mapping[str, str],
    together: Mapping[str, Array],
    own: Mapping[str, Array],
    team: tuple[Array, Array],
) -> pl.DataFrame:
    """A row for each period and rep, the largest contributor of a period first."""
    rows = []
    for name, group in groups.items():
        share, share_se = jackknife(_share, together[name], team[0])
        part, part_se = jackknife(_share, own[name], team[1])
        for row, (cadence, period) in enumerate(keys):
            rows.append(
                (name, group, cadence, period, share[row], share_se[row], part[row], part_se[row])
            )
    frame = pl.DataFrame(rows, schema=_CONTRIBUTORS, orient="row").fill_nan(None)
    order = {key: place for place, key in enumerate(keys)}
    place = pl.Series([order[key] for key in frame.select("cadence", "period").iter_rows()])
    return (
        frame.with_columns(place.cast(pl.Int64).alias("_place"))
        .sort(
            "_place",
            "share",
            descending=[False, True],
            nulls_last=True,
            maintain_order=True,
        )
        .drop("_place")
    )


def split_variance(
    simulation: Simulation,
    *,
    paths: int | None = None,
    workers: int | None = None,
    looks_on: tuple[Progress | None, Progress | None] = (None, None),
) -> Frames:
    """How much of the team's variance is shared, how much each rep's own, and whose most?

    Parameters
    ----------
    simulation
        From `simulate`; its paths are drawn again.
    paths
        The first so many of them; all where they are left out.
    workers
        Threads of this machine.
    looks_on
        Told of the reps that are done, in each of the two rounds.

    Returns
    -------
    dict
        ``variance``: for each group and the team (``level``, ``name``), quarter and year
        (``cadence``, ``period``) a row a ``part``: ``market`` (with the luck that a correction
        gives to all), ``shared_rates`` (of segments, not known), ``own_rates`` (of a rep, not
        known) and ``luck`` (what becomes of deals), its ``share`` of the variance and the error
        ``share_se``; ``is_shared`` marks the first two. The four add up to 1. A kind of luck that
        the scenario does not have is 0; else a small share may come out below 0, within its error.
        What works together, such as an unknown rate in a good market, counts for the later part.

        ``contributors``: for each period and rep the ``share`` of the team's variance,
        ``Cov(rep, team) / Var(team)`` (Euler's allocation: Tasche, 2008, arXiv:0708.2542), which
        add up to 1, the largest first; and ``own``, the share that is the rep's own luck and own
        unknown rates, which add up to the team's ``own_rates`` and ``luck``.

        ``concentration``: ``effective_reps``, one over the sum of the squared shares: as many
        equal reps would be as concentrated (Hirschman and Herfindahl).

        Null where nothing varies. Where a correction ties or spreads bookings by their ranks,
        paths are corrected in blocks, up to 16 of 250 paths or more, so that errors are those of
        independent blocks: of ``share`` and ``effective_reps``, and of all where it spreads.
    """
    correction, paths = simulation.scenario.correction, paths or simulation.paths
    plain = variant_of(simulation.scenario, simulation.seed)
    kinds = kinds_of(simulation.scenario, list(plain.tasks.values()))
    blocked = replace(plain, starts=_block_starts(correction, paths))
    # differences of paths that are but tied scatter as they should, and blocks would coarsen them
    base = blocked if _spreads(correction) else plain
    keys = _looked_at(base)
    variants = _variants(base, kinds)
    is_apart = blocked.starts != base.starts
    drawn = [*variants.values(), *([blocked] if is_apart else [])]
    of_team = len(variants) if is_apart else 0
    team_paths: list[Array] = []

    def read(seen: Seen) -> Moments:
        if seen.level == "team":
            team_paths.append(seen.booked[of_team].copy())
        return _read(seen.booked[: len(variants)], _sums_by(base.starts))

    found = {
        (level, name): moments
        for level, name, moments in compare(
            drawn, read, paths=paths, periods=keys, workers=workers, progress=looks_on[0]
        )
    }  # fmt: skip
    groups = {rep.unit.name: rep.unit.group for rep in simulation.reps}
    above = [key for key in found if key[0] != "rep"]  # the team is the last
    rows: list[dict[str, Any]] = []
    for level, name in above:
        members = [
            found["rep", rep] for rep, group in groups.items() if level == "team" or group == name
        ]
        sums = _sums(found[level, name], members, tuple(variants), kinds)
        rows += _variance_rows(level, name, keys, sums, kinds)
    products = {
        (level, name): product
        for level, name, product in compare(
            [blocked], _together(team_paths[0], _sums_by(blocked.starts)), paths=paths,
            periods=keys, workers=workers, progress=looks_on[1],
        )
    }  # fmt: skip
    team = products["team", simulation.scenario.name]
    together = {name: products["rep", name] for name in groups}
    place = list(variants).index("reps" if "reps" in variants else "deals") - 1
    own = {name: found["rep", name].apart[place] for name in groups}
    effective, error = jackknife(_effective, team, *together.values())
    concentration = [
        (cadence, period, len(groups), effective[row], error[row])
        for row, (cadence, period) in enumerate(keys)
    ]
    return {
        "variance": pl.DataFrame(rows, schema=_VARIANCE).fill_nan(None),
        "contributors": _contributors(keys, groups, together, own, (team, sums.variance)),
        "concentration": pl.DataFrame(concentration, schema=_CONCENTRATION, orient="row").fill_nan(
            None
        ),
    }
