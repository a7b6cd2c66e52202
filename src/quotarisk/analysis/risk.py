"""What is the team's risk against its plan: how bad are the worst futures, and for whom?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from quotarisk.analysis.answers import Answer
from quotarisk.analysis.asking import asked_of
from quotarisk.analysis.attainment import estimate_attainment
from quotarisk.analysis.variance import split_variance
from quotarisk.caution import Caution
from quotarisk.scenario.scenario import Scenario
from quotarisk.simulation.bands import TENTHS
from quotarisk.simulation.batches import batch_sizes, share_of
from quotarisk.simulation.estimates import Array, proportion_se
from quotarisk.simulation.listed import CENTS
from quotarisk.simulation.measures import LEVELS, WORST, Measures, hit_probability
from quotarisk.simulation.simulation import Progress, Simulation, simulate

QUESTION = "What is the team's risk against its plan?"
BANDS = ("<50", "50-80", "80-100", "100-120", ">=120")  # of attainment in %, the lower end within
FEW = 20  # futures that tell little about the worst share of all
_BRIEF, _LEAST_BRIEF = 5, 1_000  # a share of the paths, one in so many, and how many at least
_EDGES = (None, *(tenths / 10 for tenths in TENTHS), None)
_WORDS = ("level", "name", "cadence", "period", "band")
BAND_SCHEMA: dict[str, Any] = {
    **dict.fromkeys(_WORDS, pl.String),
    **dict.fromkeys(("at_least", "below", "share", "share_se"), pl.Float64),
    "reps_with_quota": pl.Int64,
}


def _members(simulation: Simulation, unit: Measures) -> list[Measures]:
    """Who belongs to a group or the team?"""
    return [
        rep
        for rep in simulation.reps
        if unit.unit.level == "team" or rep.unit.group == unit.unit.name
    ]


def _keys(unit: Measures, simulation: Simulation) -> dict[str, list[str]]:
    count = len(simulation.periods)
    return {
        "level": [unit.unit.level] * count,
        "name": [unit.unit.name] * count,
        "cadence": [period.cadence for period in simulation.periods],
        "period": [period.name for period in simulation.periods],
    }


def percent_of(share: float) -> str:
    """How is a share named in a column: 5 for 0.05?"""
    return f"{round(100 * share)}"


def against(plan: Array, amounts: Array, errors: Array, name: str) -> dict[str, Array]:
    """What is missing to the plan, at each share of the worst futures; no error without a plan."""
    return {
        f"{name}_{percent_of(share)}{ending}": row / CENTS
        for share, amount, error in zip(WORST, amounts, errors, strict=True)
        for ending, row in (
            ("", plan - amount),
            ("_se", np.where(np.isnan(plan), np.nan, error)),
        )
    }


def _rows(unit: Measures, simulation: Simulation) -> pl.DataFrame:
    figures, plan = unit.periods, unit.periods.quota
    p_hit, p_hit_se = hit_probability(figures, simulation.paths)
    members = _members(simulation, unit)
    given = np.array([rep.unit.quotas for rep in members])
    with_quota = (~np.isnan(given)).sum(axis=0)
    quotas = np.where(with_quota > 0, np.nansum(given, axis=0), np.nan)
    quantiles: dict[str, Array] = {
        "p5": figures.low[0] / CENTS,
        "p5_se": figures.low_se[0] / CENTS,
    }
    for level, value, error in zip(LEVELS, figures.quantiles, figures.quantiles_se, strict=True):
        quantiles |= {
            f"p{percent_of(level)}": value / CENTS,
            f"p{percent_of(level)}_se": error / CENTS,
        }
    worst = {
        f"worst_{percent_of(share)}{ending}": row / CENTS
        for share, amount, error in zip(WORST, figures.worst, figures.worst_se, strict=True)
        for ending, row in (("", amount), ("_se", error))
    }
    return pl.DataFrame(
        {
            **_keys(unit, simulation),
            "quota": plan / CENTS,
            "p_hit": p_hit,
            "p_hit_se": p_hit_se,
            "mean": figures.mean / CENTS,
            "mean_se": figures.sd / CENTS / np.sqrt(simulation.paths),
            **quantiles,
            **against(plan, figures.low, figures.low_se, "var"),
            **against(plan, figures.worst, figures.worst_se, "es"),
            **worst,
            "quotas": quotas / CENTS,
            "over_assignment": quotas / plan,
            "reps": [len(members)] * len(plan),
            "reps_with_quota": with_quota,
        }
    )


def band_columns(
    level: str,
    name: str,
    periods: Sequence[tuple[str, str]],
    with_quota: NDArray[np.intp],
    reached: NDArray[Any],
    paths: int,
) -> dict[str, Any]:
    """Which share of a unit's reps ends in which band? Of periods in which anybody has a quota.

    Parameters
    ----------
    level, name
        Of the unit.
    periods
        Cadence and name of each.
    with_quota
        ``[periods]`` number of the reps who have a quota.
    reached
        ``[periods, tenths, batches]`` sums over them of what `count_reached` counts.
    paths
        Number of them.

    Returns
    -------
    dict
        Columns of ``BAND_SCHEMA``.
    """
    everybody = with_quota[:, np.newaxis, np.newaxis] * batch_sizes(paths)
    above = np.concatenate([everybody, reached, np.zeros_like(everybody)], axis=1)
    planned: list[int] = np.flatnonzero(with_quota).tolist()
    inside = (above[:, :-1] - above[:, 1:])[planned]
    share, error = share_of(inside, everybody[planned])
    # the same on every path: as uncertain as a probability that was never seen to fail
    error = np.where(error > 0, error, proportion_se(share * paths, paths))
    rows = len(planned) * len(BANDS)
    return {
        "level": [level] * rows,
        "name": [name] * rows,
        "cadence": [periods[row][0] for row in planned for _ in BANDS],
        "period": [periods[row][1] for row in planned for _ in BANDS],
        "band": BANDS * len(planned),
        "at_least": _EDGES[:-1] * len(planned),
        "below": _EDGES[1:] * len(planned),
        "share": share.ravel(),
        "share_se": error.ravel(),
        "reps_with_quota": np.repeat(with_quota[planned], len(BANDS)),
    }


def _bands(unit: Measures, simulation: Simulation) -> pl.DataFrame:
    """Which share of the reps ends in which band?"""
    members = _members(simulation, unit)
    keys = [(period.cadence, period.name) for period in simulation.periods]
    with_quota = np.sum([~np.isnan(rep.unit.quotas) for rep in members], axis=0)
    reached = np.array([rep.reached for rep in members], dtype=np.int64).sum(axis=0)
    columns = band_columns(
        unit.unit.level, unit.unit.name, keys, with_quota, reached, simulation.paths
    )
    return pl.DataFrame(columns, schema=BAND_SCHEMA)


def _cautions(simulation: Simulation) -> tuple[Caution, ...]:
    worst = int(simulation.paths * WORST[0])
    if worst >= FEW:
        return ()
    return (
        Caution(
            "few_worst_futures",
            (),
            f"Of {simulation.paths:,} futures the worst {WORST[0]:.0%} are {worst}: run more "
            "paths before acting on what they lack.",
        ),
    )


def assess_risk(simulation: Simulation) -> Answer:
    """What is the team's risk against its plan, as far as a run tells it?

    Parameters
    ----------
    simulation
        From `simulate`.

    Returns
    -------
    Answer
        As that of `measure_risk`, with the part ``bands`` alone: it costs no further paths.
    """
    above = (*simulation.groups, simulation.team)
    frame = pl.concat(_rows(unit, simulation) for unit in above).fill_nan(None)
    return Answer(
        question=QUESTION,
        # where no period is answered there is no value to tell a column's type by
        frame=frame.cast(dict.fromkeys(_WORDS[:-1], pl.String)),
        cautions=_cautions(simulation),
        provenance=simulation.provenance,
        headline=("level", "name", "period", "quota", "p_hit", "p5", "var_5", "es_5", "es_10"),
        parts={"bands": pl.concat(_bands(unit, simulation) for unit in above)},
    )


def outline_risk(
    simulation: Simulation, *, workers: int | None = None, progress: Progress | None = None
) -> Answer:
    """What is the team's risk, and who and what makes it, as far as a run has time for it?

    As `measure_risk`, but what varies is split on a fifth of the paths (on 1,000 at least, as far
    as there are so many), which makes `quotarisk run` of 30 reps about a fifth longer. Errors of
    shares are about twice as large.

    Parameters
    ----------
    simulation
        From `simulate`.
    workers, progress
        As for `measure_risk`.

    Returns
    -------
    Answer
        With all parts; its note tells on how many paths what varies is split.
    """
    paths = min(max(simulation.paths // _BRIEF, _LEAST_BRIEF), simulation.paths)

    def look_on(before: int) -> Progress | None:
        if progress is None:
            return None
        tell = progress
        return lambda done, reps: tell(before * reps + done, 2 * reps)

    split = split_variance(
        simulation, paths=paths, workers=workers, looks_on=(look_on(0), look_on(1))
    )
    plain = assess_risk(simulation)
    note = plain.note
    if paths < simulation.paths:
        note = f"What varies is split on {paths:,} of the {simulation.paths:,} futures."
    return replace(plain, note=note, parts={**plain.parts, **split})


def measure_risk(
    asked: Scenario | Simulation,
    *,
    paths: int | None = None,
    seed: int | None = None,
    workers: int | None = None,
    progress: Progress | None = None,
) -> Answer:
    """What is the team's risk against its plan, and who and what makes it?

    Value at risk and expected shortfall at a share a (5 %, 10 %) are measured from the plan:
    ``var`` is the plan less the a-quantile of bookings, what is missing at the edge of the worst
    a of the futures; ``es`` is the plan less the mean of bookings in those futures (Acerbi and
    Tasche, *Journal of Banking & Finance* 26, 2002, doi:10.1016/S0378-4266(02)00283-2). Both are
    given as they are: below 0 even these futures lie above the plan.

    Parameters
    ----------
    asked
        A scenario, or its simulation, whose paths are then used.
    paths, seed
        Of a scenario: number of simulated futures, and their seed.
    workers
        Threads of this machine; all of its processors where it is left out.
    progress
        Called with the number of reps that are done and the number of all, over all rounds.

    Returns
    -------
    Answer
        ``frame`` has a row for each group and the team, and each month, quarter and year:
        ``level``, ``name``, ``cadence``, ``period``, ``quota`` (the plan), ``p_hit``, ``mean``,
        ``p5``, ``p10``, ``p50``, ``p90``, ``var_5``, ``var_10``, ``es_5``, ``es_10``, ``worst_5``
        and ``worst_10`` (mean bookings of the worst futures), ``quotas`` (the sum of the reps'),
        ``over_assignment`` (that sum as a multiple of the plan), ``reps``, ``reps_with_quota``,
        and the standard error ``*_se`` of each simulated figure. Null without a plan, and where
        fewer than two futures are so bad.

        ``parts`` has ``bands``: the expected ``share`` of the reps with a quota who end in a
        ``band`` of attainment (``at_least``, ``below``, as shares of the quota), with an error
        that knows what the reps have in common; ``variance``, ``contributors`` and
        ``concentration``, see `split_variance`, of quarters and years (of months where there is
        nothing longer).

    Raises
    ------
    InputError
        If the scenario cannot be simulated, with every fault.
    ArgumentError
        If another argument is out of its range.

    Notes
    -----
    It takes three to five times as long as `simulate`: luck is drawn anew, kind by kind.

    Examples
    --------
    >>> import quotarisk as qr
    >>> scenario = qr.load_scenario("scenarios/saas_team.toml")
    >>> answer = measure_risk(scenario, paths=200, seed=7)
    >>> list(answer.parts)
    ['bands', 'variance', 'contributors', 'concentration']
    """
    scenario, number, luck = asked_of(asked, paths, seed)
    rounds = 2 if isinstance(asked, Simulation) else 3

    def look_on(before: int) -> Progress | None:
        if progress is None:
            return None
        tell, reps = progress, len(scenario.reps)
        return lambda done, _: tell(before * reps + done, rounds * reps)

    simulation = (
        asked
        if isinstance(asked, Simulation)
        else simulate(scenario, paths=number, seed=luck, workers=workers, progress=look_on(0))
    )
    plain = assess_risk(simulation)
    split = split_variance(
        simulation, workers=workers, looks_on=(look_on(rounds - 2), look_on(rounds - 1))
    )
    cautions = (*plain.cautions, *estimate_attainment(simulation).cautions)
    return replace(plain, cautions=cautions, parts={**plain.parts, **split})
