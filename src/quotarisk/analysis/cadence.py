"""Monthly or quarterly: which cadence is kinder to each rep, and why?"""

from __future__ import annotations

import math
from typing import Any

import polars as pl

from quotarisk.analysis.answers import Answer
from quotarisk.analysis.blocks import with_block_errors
from quotarisk.analysis.cautions import cadence_cautions
from quotarisk.simulation.estimates import Estimate
from quotarisk.simulation.measures import Measures
from quotarisk.simulation.simulation import Simulation


def _figures(measures: Measures) -> dict[str, Estimate]:
    cadence = measures.cadence
    return {
        "p_hit_month": cadence.p_hit["month"],
        "p_hit_quarter": cadence.p_hit["quarter"],
        "p_hit_year": cadence.p_hit["year"],
        "months_hit": cadence.periods_hit["month"],
        "quarters_hit": cadence.periods_hit["quarter"],
        "p_all_months": cadence.p_all["month"],
        "p_all_quarters": cadence.p_all["quarter"],
        "false_alarm": cadence.false_alarm,
        "n_eff_month": cadence.n_eff["month"],
        "n_eff_quarter": cadence.n_eff["quarter"],
        "crossover": cadence.crossover,
        "kinder_by": Estimate(abs(cadence.difference.value), cadence.difference.se),
    }


def _row(measures: Measures) -> dict[str, Any]:
    figures = _figures(measures)
    difference = measures.cadence.difference.value
    even = math.isnan(difference) or difference == 0
    kinder = None if even else "quarter" if difference > 0 else "month"
    values = {key: estimate.value for key, estimate in figures.items() if key != "kinder_by"}
    return {
        "name": measures.unit.name,
        **values,
        "kinder": kinder,
        "kinder_by": figures["kinder_by"].value,
        "group": measures.unit.group,
        "months": measures.cadence.periods["month"],
        "quarters": measures.cadence.periods["quarter"],
        **{f"{key}_se": estimate.se for key, estimate in figures.items()},
    }


def compare_cadences(simulation: Simulation) -> Answer:
    """Is a rep better measured by the month or by the quarter?

    The same simulated deals are held against monthly and quarterly quotas.

    Parameters
    ----------
    simulation
        From `simulate`.

    Returns
    -------
    Answer
        ``frame`` has a row for each rep: ``name``; ``p_hit_month``, ``p_hit_quarter`` and
        ``p_hit_year`` (means over the periods that have a quota); ``months_hit`` and
        ``quarters_hit`` (expected numbers, of ``months`` and ``quarters`` with a quota);
        ``p_all_months`` and ``p_all_quarters``; ``false_alarm``, P(a month is missed | its
        quarter is hit); ``n_eff_month`` and ``n_eff_quarter``, the effective deals of a
        period, mean^2 / variance of what it still books; ``crossover``, the multiple of the rep's
        quotas above which the month is the kinder cadence (null if there is none between
        0.05 and 20); ``kinder``, the cadence with the higher P(hit), null where they are equal,
        and by how much, ``kinder_by``, over the months of the quarters that are answered;
        ``group``; and the standard error ``*_se`` of each, that of `with_block_errors` where a
        correction ties or spreads bookings.

    Examples
    --------
    >>> import quotarisk as qr
    >>> scenario = qr.load_scenario("scenarios/saas_team.toml")
    >>> answer = qr.compare_cadences(qr.simulate(scenario, paths=1000, seed=7))
    >>> answer.frame.columns[:4]
    ['name', 'p_hit_month', 'p_hit_quarter', 'p_hit_year']
    """
    simulation = with_block_errors(simulation)
    numbers = [f"{key}_se" for key in _figures(simulation.team)] + list(_figures(simulation.team))
    frame = pl.DataFrame(
        [_row(measures) for measures in simulation.reps],
        schema_overrides={"kinder": pl.String, **dict.fromkeys(numbers, pl.Float64)},
        infer_schema_length=None,
    ).fill_nan(None)
    return Answer(
        question="Is a rep better measured by the month or by the quarter?",
        frame=frame,
        cautions=cadence_cautions(simulation, frame),
        provenance=simulation.provenance,
        headline=("name", "p_hit_month", "p_hit_quarter", "p_hit_year", "kinder", "kinder_by"),
    )
