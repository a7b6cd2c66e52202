"""What if win rates fall, cycles stretch, a rep leaves, hiring slips?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import polars as pl

from quotarisk.analysis.answers import EXPOSURE_ONLY, Answer
from quotarisk.analysis.asking import asked_of, provenance_of
from quotarisk.analysis.builtin_stresses import BUILTINS, TOP_REP_LEAVES, builtin_stresses
from quotarisk.analysis.paired import Lowest, Paired, lowest_of, means_apart, shares_apart
from quotarisk.analysis.stressed_risk import frame_of_tails, read_tails, rows_of
from quotarisk.caution import Caution
from quotarisk.errors import ArgumentError, suggest
from quotarisk.kernel.apart import Apart, sum_apart
from quotarisk.scenario.scenario import Scenario
from quotarisk.scenario.stress import Stress
from quotarisk.simulation.comparing import Seen, Variant, compare, under_stress, variant_of
from quotarisk.simulation.estimates import Array, proportion_se
from quotarisk.simulation.listed import CENTS
from quotarisk.simulation.simulation import Progress, Simulation

AS_IT_IS = "as it is"
KEPT = "Open deals keep their amounts under stress, and plans their quotas when a rep leaves."
TWO_TAILS = (
    "Worst tenth (expected_shortfall): what is booked in the worst 10 % of futures on average. "
    "Shortfall at 10 % (es_10): what is missing to the plan in these on average."
)
_WORDS = ("stress", "level", "name", "group", "cadence", "period")
_ROUNDING = 1e-12  # share of a sum of squares that is but rounding
_FACTORS = ("win_rate", "opps_per_week", "deal_size", "cycle_days", "ramp")


class _Figures(NamedTuple):
    """A unit under a stress; ``[periods]`` each, amounts in cents."""

    p_hit: Array
    p_hit_change: Paired
    mean: Array
    mean_se: Array
    mean_change: Paired
    lowest: Lowest
    shortfall: Array
    shortfall_se: Array


def _shortfalls(sums: Apart, missed: Array) -> tuple[Array, Array]:
    """Mean of what is missing where a quota is missed, and its error; NaN where none is."""
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = sums.short / missed
        squares = sums.short_squared - sums.short**2 / missed
        squares = np.where(squares > _ROUNDING * sums.short_squared, squares, 0.0)
        # the deviation of one miss is unknown: take the figure itself
        spread = np.where(missed > 1, np.sqrt(squares / (missed - 1)), mean)
        return mean, spread / np.sqrt(missed)


def _figures(
    sums: Apart, base: Apart, booked: Array, quotas: Array, moved: Array | None
) -> _Figures:
    """What does a unit book under a stress, beside what it does without?"""
    paths = booked.shape[1]
    hits = np.where(np.isnan(quotas), np.nan, sums.hits)
    change = shares_apart(sums, base, paths)
    squares = np.where(sums.second > _ROUNDING * sums.total**2 / paths, sums.second, 0.0)
    return _Figures(
        hits / paths,
        Paired(*(np.where(np.isnan(quotas), np.nan, part) for part in change)),
        sums.total / paths,
        np.sqrt(squares / (paths - 1) / paths),
        means_apart(sums, paths, moved=moved),
        lowest_of(booked),
        *_shortfalls(sums, paths - hits),
    )


def _read(seen: Seen) -> list[_Figures]:
    """What does a unit book under each stress, and how far is that from what it does as it is?

    A stress that does not touch somebody hands over the very same array: it is looked at once.
    """
    base, quotas = seen.booked[0], seen.quotas[0]
    moved: Sequence[Array | None] = seen.moved or [None] * len(seen.booked)
    distinct = {id(each): (each, how) for each, how in zip(seen.booked, moved, strict=True)}
    sums = {key: sum_apart(booked, base, quotas) for key, (booked, _) in distinct.items()}
    found = {
        key: _figures(sums[key], sums[id(base)], booked, quotas, how)
        for key, (booked, how) in distinct.items()
    }
    return [found[id(booked)] for booked in seen.booked]


def _columns(figures: _Figures, base: _Figures, quotas: Array, paths: int) -> dict[str, Array]:
    hits = figures.p_hit * paths
    lowest = figures.lowest
    return {
        "quota": quotas / CENTS,
        "p_hit": figures.p_hit,
        "p_hit_se": np.where(np.isnan(hits), np.nan, proportion_se(hits, paths)),
        "p_hit_base": base.p_hit,
        "p_hit_change": figures.p_hit_change.change,
        "p_hit_change_se": figures.p_hit_change.change_se,
        "mean": figures.mean / CENTS,
        "mean_se": figures.mean_se / CENTS,
        "mean_change": figures.mean_change.change / CENTS,
        "mean_change_se": figures.mean_change.change_se / CENTS,
        "p10": lowest.p10 / CENTS,
        "p10_se": lowest.p10_se / CENTS,
        "expected_shortfall": lowest.expected_shortfall / CENTS,
        "expected_shortfall_se": lowest.expected_shortfall_se / CENTS,
        "shortfall": figures.shortfall / CENTS,
        "shortfall_se": figures.shortfall_se / CENTS,
    }


class _Chosen(NamedTuple):
    """Stresses by name, which of them are built in, and whether these may stay away."""

    stresses: dict[str, Stress]
    builtin: frozenset[str]
    all_there_are: bool


def _choose(scenario: Scenario, stresses: Mapping[str, Stress] | Iterable[str] | None) -> _Chosen:
    if isinstance(stresses, Mapping):
        return _Chosen(dict(stresses), frozenset(), all_there_are=False)
    known = {**builtin_stresses(scenario), **scenario.stress}
    builtin = frozenset(BUILTINS) - frozenset(scenario.stress)
    if stresses is None:
        return _Chosen(known, builtin, all_there_are=True)
    named = {}
    for name in [stresses] if isinstance(stresses, str) else stresses:
        if name not in known:
            raise ArgumentError(f"there is no stress {name!r}; {suggest(name, list(known))}")
        named[name] = known[name]
    return _Chosen(named, builtin, all_there_are=False)


def stress_names(scenario: Scenario) -> tuple[str, ...]:
    """Which stresses has a scenario: built-in ones, then its own?"""
    return tuple(dict.fromkeys((*BUILTINS, *scenario.stress)))


def _left_out(name: str) -> Caution:
    why = (
        "the team has but one rep" if name == TOP_REP_LEAVES else "nobody starts within the horizon"
    )
    return Caution("stress_left_out", (name,), f"{name} would change nothing: {why}. Left out.")


def _described(stresses: Mapping[str, Stress], builtin: frozenset[str]) -> pl.DataFrame:
    rows = [
        {
            "stress": name,
            "built_in": name in builtin,
            **{factor: getattr(stress, factor) for factor in _FACTORS},
            "remove_reps": list(stress.remove_reps),
            "delay_hires_days": stress.delay_hires_days,
        }
        for name, stress in stresses.items()
    ]
    return pl.DataFrame(
        rows,
        schema={
            "stress": pl.String,
            "built_in": pl.Boolean,
            **dict.fromkeys(_FACTORS, pl.Float64),
            "remove_reps": pl.List(pl.String),
            "delay_hires_days": pl.Int64,
        },
    )


def _frame(
    found: list[tuple[str, str, list[_Figures]]],
    names: list[str],
    variant: Variant,
    paths: int,
) -> pl.DataFrame:
    keys = variant.keys
    rows = len(keys)
    frames = []
    for number, stress in enumerate(names):
        for level, name, figures in found:
            unit = variant.units[level, name]
            words = {
                "stress": [stress] * rows,
                "level": [level] * rows,
                "name": [name] * rows,
                "group": [unit.group] * rows,
                "cadence": [cadence for cadence, _ in keys],
                "period": [period for _, period in keys],
            }
            columns = _columns(figures[number], figures[0], unit.quotas, paths)
            frames.append(pl.DataFrame({**words, **columns}))
    frame: pl.DataFrame = pl.concat(frames).fill_nan(None)
    # where no period is answered there is no value to tell a column's type by
    return frame.cast(dict.fromkeys(_WORDS, pl.String))


def stress_test(
    asked: Scenario | Simulation,
    *,
    stresses: Mapping[str, Stress] | Iterable[str] | None = None,
    paths: int | None = None,
    seed: int | None = None,
    workers: int | None = None,
    progress: Progress | None = None,
) -> Answer:
    """What if win rates fall, cycles stretch, a rep leaves, hiring slips?

    Every stress is simulated on the same luck as the scenario as it is: the same opportunities
    with other rates. Factors apply to what is not there yet; open deals keep their amounts, but
    their odds and what is left of their cycles move. Memory: about 8 bytes for each stress,
    period and path, so many times as there are workers and three times more.

    Parameters
    ----------
    asked
        A scenario, or a simulation of it, whose paths and seed are taken then.
    stresses
        Names, or stresses by name. All where they are left out: built-in ones (see
        `builtin_stresses`), then those of the scenario, of which one that bears the name of a
        built-in one takes its place. A built-in one that changes nothing, such as late hires
        where nobody starts within the horizon, is then left out, and a caution says so; where it
        is named it is shown, with changes of exactly 0.
    paths, seed
        Number of futures, and what fixes their luck.
    workers
        Threads of this machine.
    progress
        Called with the number of reps that are done and the number of all.

    Returns
    -------
    Answer
        ``frame`` has a row for each stress, unit and period, beginning with the stress ``as it
        is``: ``stress``, ``level``, ``name``, ``group``, ``cadence``, ``period``, ``quota``;
        ``p_hit``, ``p_hit_base`` (as it is) and ``p_hit_change``, whose standard error is that of
        the difference on the same paths, exactly 0 where no path changes by a cent; ``mean`` and
        ``mean_change``; ``p10``; ``expected_shortfall``; ``shortfall``, the mean of what is
        missing, given a miss; and the standard error ``*_se`` of each. ``expected_shortfall`` is
        what is booked in the worst tenth of the futures on average: more is better. Amounts are
        in currency, shares from 0 to 1; null where there is no quota or no miss.

        ``parts["risk"]`` has the team's and the groups' quarters and years: ``p5``, ``p10``,
        ``p50``, ``p90``, value at risk ``var_5``, ``var_10``, and ``es_5``, ``es_10`` as
        `measure_risk` has them. ``es_10`` is what is missing to the plan in the worst tenth of
        the futures on average, the plan less ``expected_shortfall``: less is better.
        ``parts["stresses"]`` tells what each stress is.

    Raises
    ------
    ArgumentError
        If there is no stress of a name, or a simulation is contradicted.
    InputError
        If the scenario, or a stress that is given, cannot be simulated.

    Examples
    --------
    >>> import quotarisk as qr
    >>> from quotarisk.analysis.stress import stress_test
    >>> scenario = qr.load_scenario("scenarios/saas_team.toml")
    >>> answer = stress_test(scenario, stresses=["low_win_rates", "downturn"], paths=1000)
    >>> answer.frame["stress"].unique(maintain_order=True).to_list()
    ['as it is', 'low_win_rates', 'downturn']
    """
    scenario, paths, seed = asked_of(asked, paths, seed)
    given = {"stress": dict(stresses)} if isinstance(stresses, Mapping) else {}
    base = variant_of(scenario.model_copy(update=given), seed)  # checked as if it named them
    chosen = _choose(scenario, stresses)
    if AS_IT_IS in chosen.stresses:
        raise ArgumentError(f"no stress may be called {AS_IT_IS!r}: the scenario unstressed is")
    variants, cautions = {AS_IT_IS: base}, []
    for name, stress in chosen.stresses.items():
        variant = under_stress(base, stress)
        optional = chosen.all_there_are and name in chosen.builtin
        if optional and variant.tasks == base.tasks:
            cautions.append(_left_out(name))
        else:
            variants[name] = variant
    rows = rows_of(base.keys)
    read = compare(
        list(variants.values()),
        lambda seen: (_read(seen), read_tails(seen, rows)),
        paths=paths,
        traces=True,
        workers=workers,
        progress=progress,
    )
    found = [(level, name, figures) for level, name, (figures, _) in read]
    tails = [(level, name, told) for level, name, (_, told) in read if told is not None]
    kept = {name: stress for name, stress in chosen.stresses.items() if name in variants}
    return Answer(
        question="What if things turn out worse?",
        frame=_frame(found, list(variants), base, paths),
        cautions=tuple(cautions),
        provenance=provenance_of(scenario, paths, seed),
        note=f"{EXPOSURE_ONLY} {KEPT} {TWO_TAILS}",
        headline=(
            "stress", "level", "name", "period", "p_hit", "p_hit_change", "p_hit_change_se",
            "mean", "expected_shortfall",
        ),
        parts={
            "risk": frame_of_tails(tails, list(variants), base),
            "stresses": _described(kept, chosen.builtin),
        },
    )  # fmt: skip
