"""How likely is each rep, each group and the team to hit, by month, quarter and year?"""

from __future__ import annotations

import numpy as np
import polars as pl

from quotarisk.analysis.answers import Answer
from quotarisk.analysis.blocks import block_cautions, with_block_errors
from quotarisk.analysis.cautions import attainment_cautions
from quotarisk.analysis.exact import Sources, exact_p_hit, is_exact, pool, rep_sources
from quotarisk.simulation.estimates import Array
from quotarisk.simulation.listed import CENTS
from quotarisk.simulation.lowering import rep_tasks
from quotarisk.simulation.measures import LEVELS, Measures, hit_probability, mean_errors
from quotarisk.simulation.simulation import Simulation

_WORDS = ("level", "name", "cadence", "period", "group")
_QUANTILES = tuple(f"p{round(level * 100)}" for level in LEVELS)


def _exact_sources(simulation: Simulation) -> dict[tuple[str, str], Sources]:
    """Sources of every unit that has an exact answer, by level and name."""
    setting = simulation.setting
    tasks = rep_tasks(simulation.scenario)
    reps = {
        task.rep.name: rep_sources(task, setting, simulation.periods)
        for task in tasks
        if is_exact(task, setting)
    }
    found = {("rep", name): sources for name, sources in reps.items()}
    for unit in (measures.unit for measures in (*simulation.groups, simulation.team)):
        members = [
            task.rep.name for task in tasks if unit.level == "team" or task.rep.group == unit.name
        ]
        if all(name in reps for name in members):
            found[unit.level, unit.name] = pool([reps[name] for name in members])
    return found


def _exact_figures(
    measures: Measures, sources: Sources | None, simulation: Simulation
) -> tuple[Array, Array]:
    """Exact P(hit) and exact mean of each period; NaN where there is none."""
    unit, periods = measures.unit, simulation.periods
    p_hit, mean = np.full(len(periods), np.nan), np.full(len(periods), np.nan)
    if sources is None:
        return p_hit, mean
    certain = unit.certain(periods)
    mean = sources.mean + certain / CENTS
    for row in np.flatnonzero(~np.isnan(unit.quotas)).tolist():
        p_hit[row] = exact_p_hit(sources, row, (unit.quotas[row] - certain[row]) / CENTS)
    return p_hit, mean


def _in_errors(simulated: Array, exact: Array, error: Array) -> Array:
    """Difference of a simulated and an exact figure, in standard errors."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(error > 0, (simulated - exact) / error, np.nan)


def _rows(measures: Measures, sources: Sources | None, simulation: Simulation) -> pl.DataFrame:
    unit, figures, paths = measures.unit, measures.periods, simulation.paths
    p_hit, p_hit_se = hit_probability(figures, paths)
    exact, exact_mean = _exact_figures(measures, sources, simulation)
    exact_se = np.sqrt(exact * (1 - exact) / paths)
    mean, mean_se = figures.mean / CENTS, mean_errors(figures, paths)
    count = len(simulation.periods)
    return pl.DataFrame(
        {
            "level": [unit.level] * count,
            "name": [unit.name] * count,
            "cadence": [period.cadence for period in simulation.periods],
            "period": [period.name for period in simulation.periods],
            "quota": figures.quota / CENTS,
            "p_hit": p_hit,
            "p_hit_se": p_hit_se,
            "mean": mean,
            "sd": figures.sd / CENTS,
            **{key: row / CENTS for key, row in zip(_QUANTILES, figures.quantiles, strict=True)},
            "shortfall": figures.shortfall / CENTS,
            "group": [unit.group] * count,
            "mean_se": mean_se,
            "sd_se": figures.sd_se / CENTS,
            **{
                f"{key}_se": row / CENTS
                for key, row in zip(_QUANTILES, figures.quantiles_se, strict=True)
            },
            "shortfall_se": figures.shortfall_se / CENTS,
            "p_hit_exact": exact,
            # few hits tell their own error badly: what the exact figure says of it counts too
            "p_hit_z": _in_errors(p_hit, exact, np.maximum(p_hit_se, exact_se)),
            "mean_exact": exact_mean,
            "mean_z": _in_errors(mean, exact_mean, mean_se),
        }
    )


def estimate_attainment(simulation: Simulation) -> Answer:
    """How likely is each rep, each group and the team to hit, by month, quarter and year?

    P(hit) is the share of paths on which the bookings of a period reach its quota.

    Parameters
    ----------
    simulation
        From `simulate`.

    Returns
    -------
    Answer
        ``frame`` has a row for each unit and period: ``level`` (rep, group, team), ``name``,
        ``cadence``, ``period``, ``quota``, ``p_hit``, ``p_hit_se``, ``mean``, ``sd``,
        ``p10``, ``p50``, ``p90`` (of bookings, in currency), ``shortfall`` (mean of what is
        missing, given a miss), ``group`` (of a rep), a standard error ``*_se`` of each
        simulated figure, and, where nothing is uncertain but the deals, the exact
        ``p_hit_exact`` and ``mean_exact`` with the differences ``p_hit_z`` and ``mean_z`` in
        standard errors. Null where there is no quota, no miss or no exact value. Where a
        correction ties or spreads bookings, errors are those of `with_block_errors`.

    Examples
    --------
    >>> import quotarisk as qr
    >>> scenario = qr.load_scenario("scenarios/saas_team.toml")
    >>> answer = qr.estimate_attainment(qr.simulate(scenario, paths=1000, seed=7))
    >>> answer.frame.columns[:6]
    ['level', 'name', 'cadence', 'period', 'quota', 'p_hit']
    """
    sources, simulation = _exact_sources(simulation), with_block_errors(simulation)
    frame = pl.concat(
        _rows(measures, sources.get((measures.unit.level, measures.unit.name)), simulation)
        for measures in simulation.units
    ).fill_nan(None)
    # where no period is answered there is no value to tell a column's type by
    frame = frame.cast(dict.fromkeys(_WORDS, pl.String))
    return Answer(
        question="How likely is each rep, each group and the team to hit?",
        frame=frame,
        cautions=(
            *attainment_cautions(simulation, frame),
            *block_cautions(simulation.scenario.correction, simulation.paths),
        ),
        provenance=simulation.provenance,
        headline=("level", "name", "period", "quota", "p_hit", "p_hit_se", "p10", "p50", "p90"),
    )
