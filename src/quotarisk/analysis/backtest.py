"""Would these forecasts have been right?

At each origin the history is cut off, fitted anew and simulated by the product itself; what then
came is scored beside the forecasts that cost nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple

import numpy as np
import polars as pl
import polars.selectors as cs

from quotarisk.analysis.hits import (
    MULTIPLES,
    NO_HITS,
    brier_scores,
    hit_rows,
    period_name,
    quota_of_window,
    reliability_of,
    usual_quotas,
)
from quotarisk.analysis.naive import (
    Bookings,
    normal_of_windows,
    previous_window,
    weekly_bootstrap,
    weighted_pipeline,
)
from quotarisk.analysis.scores import crps_of, mean_score, ratio_of_scores
from quotarisk.calibration.fit import calibrate, earlier_origins, rehearsals_of
from quotarisk.calibration.history import History, Outcome
from quotarisk.calibration.plain import Benchmarks
from quotarisk.calibration.quota_rule import QuotaRule
from quotarisk.calibration.ranks import effective_windows, inside, luck_of, pit_of
from quotarisk.calibration.rehearsal import Rehearsals
from quotarisk.calibration.snapshot import Snapshot, take_snapshot
from quotarisk.caution import Caution
from quotarisk.errors import ArgumentError
from quotarisk.periods import add_months
from quotarisk.scenario.quotas import scenario_quotas
from quotarisk.scenario.scenario import Scenario
from quotarisk.scenario.team import Quota
from quotarisk.simulation.estimates import Array
from quotarisk.simulation.listed import CENTS
from quotarisk.simulation.lowering import rep_tasks
from quotarisk.simulation.paths import simulate_rep
from quotarisk.simulation.simulation import setting_of

NAIVE = {  # what costs nothing, in the words of people
    "weekly_bootstrap": "own weeks",
    "weekly_bootstrap_13": "own last 13 weeks",
    "normal": "own windows",
    "previous": "previous window",
    "pipeline": "weighted pipeline",
}
COVERAGES = (0.5, 0.8, 0.95)
DEFAULT_PATHS = 1_000
LEAST_PATHS, MOST_PATHS = 20, 100_000
DEFAULT_ORIGINS = 6
FEWEST_DEALS = 10  # that a rep must have had by the origin to be scored
FEWEST_DAYS = 60  # of history before the first origin
WEEKS = 13

Samples = dict[str, Array]


@dataclass(frozen=True)
class Backtest:
    """What came of forecasts that were made in the past.

    Parameters
    ----------
    frame
        A row for each level and horizon; see `backtest`.
    forecasts
        A row for each forecast.
    hits
        A row for each forecast and quota: ``quota``, ``hit``, ``p_model`` and the naive chances.
    reliability
        Where so many hits were said, how many came; see `reliability_of`.
    cautions
        What is doubtful, or speaks against the forecasts.
    source
        The history's file.
    quota_note
        Which quotas the chances are of.
    """

    frame: pl.DataFrame
    forecasts: pl.DataFrame
    hits: pl.DataFrame
    reliability: pl.DataFrame
    cautions: tuple[Caution, ...]
    source: str
    quota_note: str


class _Unit(NamedTuple):
    """A rep, a group or the team, and whose samples add up to its own."""

    level: str
    name: str
    reps: tuple[str, ...]


def _last_day(history: History) -> date:
    """The last day of which the extract knows anything."""
    last = history.deals.select(pl.max_horizontal(pl.col("created", "closed").max())).item()
    assert isinstance(last, date)
    return last


def choose_origins(history: History, *, number: int = DEFAULT_ORIGINS) -> tuple[date, ...]:
    """From which days on are forecasts tried? The last month-ends whose next month is over.

    Raises
    ------
    ArgumentError
        If the history is too short.
    """
    end = (_last_day(history) + timedelta(days=1)).replace(day=1)
    first = take_snapshot(history, _last_day(history)).observed_from + timedelta(days=FEWEST_DAYS)
    ends = (add_months(end, -back) - timedelta(days=1) for back in range(1, number + 1))
    origins = tuple(sorted(origin for origin in ends if origin >= first))
    if not origins:
        raise ArgumentError(
            f"{history.source} is too short: a backtest needs {FEWEST_DAYS} days before a whole "
            "month that is over"
        )
    return origins


def _units(scenario: Scenario, scored: frozenset[str]) -> list[_Unit]:
    """Reps with deals enough, then all groups and the team."""
    groups: dict[str, list[str]] = {}
    for rep in scenario.reps:
        groups.setdefault(rep.group or "", []).append(rep.name)
    everybody = tuple(rep.name for rep in scenario.reps)
    return [
        *(_Unit("rep", name, (name,)) for name in everybody if name in scored),
        *(_Unit("group", group, tuple(reps)) for group, reps in groups.items() if group),
        _Unit("team", scenario.name, everybody),
    ]


def _naive(
    snapshot: Snapshot, bookings: Bookings, *, days: int, paths: int, seed: int
) -> dict[str, Samples]:
    """Forecast at no cost; one that needs more history than there is is left out."""
    as_of, reps = snapshot.as_of, bookings.reps

    def resample(weeks: int | None) -> Samples:
        return weekly_bootstrap(
            bookings, as_of=as_of, days=days, paths=paths, seed=seed, weeks=weeks
        )

    ways: dict[str, Callable[[], Samples]] = {
        "weekly_bootstrap": lambda: resample(None),
        "weekly_bootstrap_13": lambda: resample(WEEKS),
        "normal": lambda: normal_of_windows(
            bookings, as_of=as_of, days=days, paths=paths, seed=seed
        ),
        "previous": lambda: previous_window(bookings, as_of=as_of, days=days),
        "pipeline": lambda: weighted_pipeline(snapshot.deals, reps=reps),
    }
    found = {}
    for name, way in ways.items():
        try:
            found[name] = way()
        except ArgumentError:  # too little history for it
            continue
    return found


def _observed(history: History, reps: Sequence[str], first: date, last: date) -> dict[str, float]:
    """What each rep booked from a day to another."""
    booked = (
        history.deals.filter(
            (pl.col("outcome") == Outcome.WON) & pl.col("closed").is_between(first, last)
        )
        .group_by("rep")
        .agg(pl.col("amount").sum())
    )
    known = dict(booked.iter_rows())
    return {rep: float(known.get(rep, 0.0)) for rep in reps}


class _Plan(NamedTuple):
    """What is asked of every origin."""

    history: History
    horizons: tuple[int, ...]
    paths: int
    seed: int
    fiscal_year_start: int
    benchmarks: Benchmarks
    quotas: Mapping[str, Quota] | QuotaRule | None
    rehearsals: Rehearsals | None


def _quotas_of(
    unit: _Unit, scenario: Scenario, usual: Mapping[str, float], start: date, months: int
) -> tuple[float, ...]:
    """Find a unit's quotas in a window: the scenario's, or multiples of what was usual."""
    if usual:
        total = sum(usual.get(rep, 0.0) for rep in unit.reps)
        return tuple(multiple * total for multiple in MULTIPLES)
    told = scenario_quotas(scenario)
    amounts = {"rep": told.reps, "group": told.groups, "team": {unit.name: told.team}}[unit.level]
    quota = quota_of_window(amounts[unit.name], start, months, scenario.fiscal_year_start)
    return () if quota is None else (quota,)


def _forecast(plan: _Plan, origin: date) -> tuple[list[dict[str, object]], list[dict[str, object]]]:
    """Fit, simulate and score at one origin: rows of forecasts, and of chances."""
    history, seed = plan.history, plan.seed
    scenario = calibrate(
        history,
        as_of=origin,
        months=max(plan.horizons),
        quotas=plan.quotas,
        fiscal_year_start=plan.fiscal_year_start,
        benchmarks=plan.benchmarks,
        seed=seed,
        correct=plan.rehearsals is not None,
        rehearsals=plan.rehearsals,
    ).scenario
    setting = setting_of(scenario, seed)
    # what `simulate` measures and lets go, a rep at a time: the same bits
    booked = {
        task.rep.name: simulate_rep(task, setting, paths=plan.paths) / CENTS
        for task in rep_tasks(scenario)
    }
    reps = tuple(booked)
    snapshot = take_snapshot(history, origin)
    counts = dict(snapshot.deals.group_by("rep").len().iter_rows())
    units = _units(scenario, frozenset(r for r in reps if counts.get(r, 0) > FEWEST_DEALS))
    start, last_day = origin + timedelta(days=1), _last_day(history)
    won = Bookings(
        snapshot.deals.filter(pl.col("outcome") == Outcome.WON), snapshot.observed_from, reps
    )
    rows: list[dict[str, object]] = []
    chances: list[dict[str, object]] = []
    for months in plan.horizons:
        end = add_months(start, months) - timedelta(days=1)
        if end > last_day:
            continue
        days = (end - start).days + 1
        known = _observed(history, reps, start, end)
        ways = {"model": {rep: booked[rep][:months].sum(axis=0) for rep in reps}}
        ways |= _naive(snapshot, won, days=days, paths=plan.paths, seed=seed)
        usual = usual_quotas(won, origin, days) if plan.quotas is None else {}
        for unit in units:
            came = sum(known[rep] for rep in unit.reps)
            told = {way: sum(samples[r] for r in unit.reps) for way, samples in ways.items()}
            luck = luck_of([origin], [f"{unit.level} {unit.name}"], seed=seed)
            forecast = np.asarray(told["model"])[np.newaxis]
            row = {
                "level": unit.level,
                "name": unit.name,
                "origin": origin,
                "months": months,
                "days": days,
                "period": period_name(start, months, plan.fiscal_year_start),
            }
            rows.append(
                {
                    **row,
                    "observed": came,
                    "mean": float(forecast.mean()),
                    "pit": float(pit_of([came], forecast, luck)[0]),
                    **{
                        f"crps_{way}": float(crps_of([came], np.asarray(samples)[np.newaxis])[0])
                        for way, samples in told.items()
                    },
                }
            )
            quotas = _quotas_of(unit, scenario, usual, start, months)
            chances += hit_rows(told, came, quotas, row)
    return rows, chances


def _summary(rows: pl.DataFrame, hits: pl.DataFrame) -> dict[str, object]:
    """Score the forecasts of a level and a horizon."""
    origins, names = rows["origin"].to_list(), rows["name"].to_list()
    days = max(rows["days"].to_list())
    crps = mean_score(rows["crps_model"], origins=origins, reps=names, days=days)
    told: dict[str, object] = {
        "level": rows["level"][0],
        "months": rows["months"][0],
        "forecasts": rows.height,
        "origins": rows["origin"].n_unique(),
        "windows": effective_windows(origins, days=days),
        "crps": crps.value,
        "crps_se": crps.se,
    }
    ratios = {}
    for way in NAIVE:
        key = f"crps_{way}"
        scored = key in rows.columns and rows[key].null_count() == 0
        ratio = (
            ratio_of_scores(rows["crps_model"], rows[key], origins=origins, reps=names, days=days)
            if scored
            else None
        )
        told[f"ratio_{way}"] = None if ratio is None else ratio.value
        told[f"ratio_{way}_se"] = None if ratio is None else ratio.se
        if ratio is not None:
            ratios[way] = ratio
    best = max(ratios, key=lambda way: ratios[way].value)
    told |= {"best_naive": best, "ratio": ratios[best].value, "ratio_se": ratios[best].se}
    for level in COVERAGES:
        share = mean_score(inside(rows["pit"], level), origins=origins, reps=names, days=days)
        told[f"coverage_{100 * level:.0f}"] = share.value
        told[f"coverage_{100 * level:.0f}_se"] = share.se
    if hits.height:
        hits = hits.filter(level=rows["level"][0], months=rows["months"][0])
    return told | {"mean_pit": rows["pit"].mean()} | brier_scores(hits, tuple(NAIVE))


def _cautions(frame: pl.DataFrame) -> tuple[Caution, ...]:
    found = []
    for row in frame.iter_rows(named=True):
        what = f"{row['level']}s" if row["level"] != "team" else "team"
        span = "month" if row["months"] == 1 else f"{row['months']} months"
        length = "a month" if row["months"] == 1 else span
        if row["ratio"] > 1:
            found.append(
                Caution(
                    "naive_is_better",
                    (row["level"],),
                    f"For the {what} over the next {span} the naive forecast "
                    f"({NAIVE[row['best_naive']]}) would have been better: errors are "
                    f"{row['ratio']:.2f} times as large.",
                )
            )
        if row["coverage_80"] + 2 * (row["coverage_80_se"] or 0.0) < COVERAGES[1]:
            found.append(
                Caution(
                    "too_narrow",
                    (row["level"],),
                    f"Only {row['coverage_80']:.0%} of the outcomes ({what}, {span}) lay "
                    "inside the intervals that should hold 80%: they are too narrow.",
                )
            )
        if row["windows"] < 3:
            found.append(
                Caution(
                    "few_windows",
                    (),
                    f"The forecasts over {length} rest on {row['windows']:.1f} windows that do not "
                    "overlap: they prove little.",
                )
            )
    return tuple(dict.fromkeys(found))


def _note(quotas: Mapping[str, Quota] | QuotaRule | None) -> str:
    if quotas is None:
        multiples = ", ".join(f"{multiple:g}" for multiple in MULTIPLES)
        return f"quotas of {multiples} times what was booked in an average window before"
    return f"quotas of {quotas}" if isinstance(quotas, QuotaRule) else "quotas as given"


def backtest(
    history: History,
    *,
    origins: Sequence[date] | None = None,
    horizons: Sequence[int] = (1, 3),
    paths: int = DEFAULT_PATHS,
    seed: int = 0,
    fiscal_year_start: int = 1,
    benchmarks: Benchmarks = "default",
    correct: bool = True,
    quotas: Mapping[str, Quota] | QuotaRule | None = None,
    progress: Callable[[int, int], object] | None = None,
) -> Backtest:
    """Would forecasts of the next months have been right, and better than naive ones?

    Every forecast is made from what was known at its origin. Reps with more than ten deals by
    then are scored, and all groups and the team.

    Parameters
    ----------
    history
        As `read_history` gives it.
    origins
        Last days of months, at whose end forecasts are made; the last six where left out.
    horizons
        Numbers of months.
    paths, seed
        Of the simulations.
    fiscal_year_start, benchmarks, correct
        As for `calibrate`; what is learnt from past months is from before each origin.
    quotas
        By rep, or a rule that makes them at each origin, whose chances are held against what
        came; 0.8, 1 and 1.2 times what each booked in an average window before, where left out.
    progress
        Called with the number of fits that are done and the number of all.

    Returns
    -------
    Backtest
        Its frame has the columns ``level``, ``months``, ``forecasts``, ``origins``, ``windows``
        (the effective number of windows), ``crps`` (mean continuous ranked probability score, in
        currency), ``best_naive`` (with hindsight) and ``ratio`` to its score, ``ratio_*`` to each
        naive forecast's, ``coverage_50``, ``_80``, ``_95`` of the central intervals, ``mean_pit``,
        ``chances`` (number), ``brier`` (mean squared error of P(hit)), ``best_naive_brier`` and
        ``brier_ratio`` to its score, and standard errors (``*_se``) which respect that reps share
        an origin.

    Raises
    ------
    ArgumentError
        If the history is too short, an origin is no month's last day, or a horizon is not 1 to
        12 months.
    """
    if not LEAST_PATHS <= paths <= MOST_PATHS:
        raise ArgumentError(f"paths must be from {LEAST_PATHS} to {MOST_PATHS:_}, got {paths!r}")
    if not horizons or not all(1 <= months <= 12 for months in horizons):
        raise ArgumentError(f"horizons must be numbers of months from 1 to 12, got {horizons!r}")
    chosen = tuple(origins) if origins is not None else choose_origins(history)
    inside_months = [str(day) for day in chosen if (day + timedelta(days=1)).day > 1]
    if inside_months:
        raise ArgumentError(f"origins must be last days of months, got {', '.join(inside_months)}")
    rehearsals = rehearsals_of(
        history, fiscal_year_start=fiscal_year_start, benchmarks=benchmarks, seed=seed
    )
    plan = _Plan(
        history,
        tuple(horizons),
        paths,
        seed,
        fiscal_year_start,
        benchmarks,
        quotas,
        rehearsals if correct else None,
    )
    earlier = sorted({day for origin in chosen for day in earlier_origins(history, origin)})
    steps = (len(earlier) if correct else 0) + len(chosen)
    done = 0

    def step() -> None:
        nonlocal done
        done += 1
        if progress is not None:
            progress(done, steps)

    if correct:
        for day in earlier:
            rehearsals.at(day)
            step()
    rows: list[dict[str, object]] = []
    chances: list[dict[str, object]] = []
    for origin in chosen:
        scored, said = _forecast(plan, origin)
        rows, chances = rows + scored, chances + said
        step()
    if not rows:
        raise ArgumentError(f"no window after the origins is over by {_last_day(history)}")
    forecasts = pl.DataFrame(rows, infer_schema_length=None)
    hits = pl.DataFrame(chances, infer_schema_length=None)
    parts = forecasts.partition_by("months", "level", maintain_order=True)
    order = {"rep": 0, "group": 1, "team": 2}
    frame = pl.DataFrame([_summary(part, hits) for part in parts], infer_schema_length=None)
    frame = frame.sort(pl.col("months"), pl.col("level").replace_strict(order)).with_columns(
        cs.float().fill_nan(None)
    )
    return Backtest(
        frame,
        forecasts,
        hits,
        reliability_of(hits) if hits.height else reliability_of(NO_HITS),
        _cautions(frame),
        history.source,
        _note(quotas),
    )
