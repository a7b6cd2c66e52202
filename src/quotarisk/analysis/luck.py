"""Is a miss luck, not knowing the rates, or the market?

The variance p (1 - p) of missing is split by conditioning step by step: on the rates and the
market, then on the market alone,

    Var(Y) = E Var(Y | rates, market)                        luck of the deals
           + E Var(E(Y | rates, market) | market)            not knowing the rates
           + Var E(Y | market)                               the market

and each variance of a conditional mean is the covariance of two futures that share what is
conditioned on and draw all else anew (pick-freeze: Sobol, *Mathematics and Computers in
Simulation* 55, 2001, doi:10.1016/S0378-4754(00)00270-6). Errors are those of means of what
each path contributes (Janon, Klein, Lagnoux, Nodet and Prieur, *ESAIM: Probability and
Statistics* 18, 2014, doi:10.1051/ps/2013040).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from quotarisk.analysis.chances import about, chance_of, change_of, with_errors
from quotarisk.analysis.moving import with_ramps, with_tasks
from quotarisk.simulation.comparing import Key, Seen, Variant, compare
from quotarisk.simulation.estimates import Array, Estimate, proportion_se
from quotarisk.simulation.keys import stream_key
from quotarisk.simulation.lowering import RepTask, Setting
from quotarisk.simulation.simulation import Progress

PARTS = ("luck", "rates", "market", "ramp")
NOTHING = Estimate(0.0, 0.0)  # by what the model is, not by chance
_TEXTS = ("level", "name", "group", "cadence", "period")
_FIGURES = ("p_hit", "variance", *PARTS, *(f"{part}_share" for part in PARTS), "ramp_cost")
SCHEMA: dict[str, type[pl.DataType]] = {
    **dict.fromkeys(_TEXTS, pl.String),
    "quota": pl.Float64,
    **{key: pl.Float64 for name in _FIGURES for key in (name, f"{name}_se")},
}


class Split(NamedTuple):
    """The variance of missing, its parts, and the parts as shares of it.

    Shares are NaN where a quota is never or always missed.
    """

    variance: Estimate
    parts: dict[str, Estimate]
    shares: dict[str, Estimate]


def split_variance(missed: NDArray[np.bool_], *, rates: bool, market: bool) -> Split:
    """How much of the variance of missing goes back to what?

    Parameters
    ----------
    missed
        ``[3, paths]``: the quota is missed in a future; in one with other deals under the same
        rates and market; and in one with other deals and rates under the same market.
    rates
        Whether some rate is unknown; else its part is nothing, exactly.
    market
        Whether anything is shared by all reps besides rates; else its part is nothing, exactly.

    Notes
    -----
    The parts add up to p (1 - p) by construction, so each may come out a little below nothing
    where it is nothing, within its error; it is told as it is.
    """
    paths = missed.shape[1]
    apart = missed - missed.mean(axis=1, keepdims=True)
    whole = apart[0] ** 2
    frozen = apart[0] * apart[1]  # shares rates and market
    # the second and the third future share no more than the first and the third do
    shared = (apart[0] + apart[1]) * apart[2] / 2
    if not rates:
        frozen = shared = (frozen + 2 * shared) / 3
    if not market:
        shared = np.zeros(paths)
        frozen = frozen if rates else shared
    # a part that never showed is as uncertain as a chance that was never seen
    least = float(proportion_se(0, paths))

    def error(each: Array) -> float:
        return float(each.std(ddof=1) / np.sqrt(paths)) or least

    variance = Estimate(float(whole.mean()), error(whole))
    drawn = {"luck": whole - frozen}
    if rates:
        drawn["rates"] = frozen - shared
    if market:
        drawn["market"] = shared
    parts, shares = dict.fromkeys(PARTS, NOTHING), dict.fromkeys(PARTS, NOTHING)
    alone = len(drawn) == 1
    rare = min(int(missed[0].sum()), int(paths - missed[0].sum()))
    # what is rare may be shared by no twin at all: so few tell no more than a chance never seen
    floor = 0.0 if alone else float(proportion_se(0, max(rare, 1)))
    for part, each in drawn.items():
        parts[part] = Estimate(float(each.mean()), max(error(each), floor * variance.value))
    if variance.value == 0:
        return Split(variance, parts, dict.fromkeys(PARTS, Estimate(np.nan, np.nan)))
    for part, each in drawn.items():
        share = parts[part].value / variance.value
        off = 0.0 if alone else max(error(each - share * whole) / variance.value, floor)
        shares[part] = Estimate(share, off)
    return Split(variance, parts, shares)


def knows_rates(task: RepTask) -> bool:
    """Are all figures known that have a say in what a rep books?"""
    return not task.unknown


def has_market(setting: Setting) -> bool:
    """Do reps share anything besides rates: a market, or luck that a correction gives to all?"""
    told = setting.correction
    return bool(setting.market.moves or told.own_history or told.together or any(told.shared))


def futures(variant: Variant) -> tuple[Variant, Variant]:
    """Make the two futures that share rates and market, or the market alone, with a variant."""
    setting = variant.setting
    other = [int(stream_key(setting.seed, "luck", str(number))) for number in range(3)]
    return (
        replace(variant, setting=replace(setting, deals_seed=other[0])),
        replace(variant, setting=replace(setting, deals_seed=other[1], beliefs_seed=other[2])),
    )


def _members(tasks: Mapping[str, RepTask], seen: Seen) -> Iterable[RepTask]:
    if seen.level == "rep":
        return [tasks[seen.name]]
    return [task for task in tasks.values() if seen.level == "team" or task.rep.group == seen.name]


def split_luck(
    variant: Variant,
    periods: Sequence[Key],
    *,
    paths: int,
    workers: int | None = None,
    progress: Progress | None = None,
) -> pl.DataFrame:
    """Is a miss luck, not knowing the rates, the market, or people who ramp?

    Parameters
    ----------
    variant
        What is asked about.
    periods
        Cadence and name of each.
    paths, workers, progress
        As for `compare`.

    Returns
    -------
    DataFrame
        A row for each unit and period with a quota: ``p_hit``, ``variance`` (of missing,
        p (1 - p)), its parts ``luck``, ``rates``, ``market`` and ``ramp``, which add up to it, each
        as a share of it in ``luck_share`` and so on (null where the quota is never or always
        missed), and ``ramp_cost``: by how much P(hit) were higher if nobody had to ramp. Every
        figure has its ``*_se``. Ramps are taken as known, so their part of the variance is nothing.
    """
    tasks = variant.tasks
    ramped = with_ramps(tasks, lambda _: ())
    full = with_tasks(variant, ramped)
    market = has_market(variant.setting)
    unknown = {name for name, task in tasks.items() if not knows_rates(task)}

    def row_of(seen: Seen, at: int) -> dict[str, object]:
        quota = float(seen.quotas[0][at])
        hit = np.array([booked[at] >= quota for booked in seen.booked])
        names = {task.rep.name for task in _members(tasks, seen)}
        split = split_variance(~hit[:3], rates=not unknown.isdisjoint(names), market=market)
        told = {
            "p_hit": chance_of(hit[0]),
            "variance": split.variance,
            **split.parts,
            **{f"{part}_share": share for part, share in split.shares.items()},
            "ramp_cost": NOTHING if names.isdisjoint(ramped) else change_of(hit[3], hit[0]),
        }
        return {**about(seen, periods[at], at), **with_errors(told)}

    def read(seen: Seen) -> list[dict[str, object]]:
        given = np.flatnonzero(~np.isnan(seen.quotas[0]))
        return [row_of(seen, int(at)) for at in given]

    found = compare(
        [variant, *futures(variant), full],
        read,
        paths=paths,
        periods=periods,
        workers=workers,
        progress=progress,
    )
    rows = [row for _, _, rows in found for row in rows]
    return pl.DataFrame(rows, schema=SCHEMA).fill_nan(None)
