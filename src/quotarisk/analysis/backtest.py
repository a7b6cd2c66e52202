"""Would these forecasts have been right?

At each origin the history is cut off, fitted anew and simulated by the product itself; what then
came is scored beside the forecasts that cost nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl
import polars.selectors as cs

from quotarisk.analysis.forecasting import Plan, forecast_at, last_day_of
from quotarisk.analysis.hits import MULTIPLES, NO_HITS, reliability_of
from quotarisk.analysis.scoring import score, verdicts
from quotarisk.calibration.fit import earlier_origins, rehearsals_of
from quotarisk.calibration.history import History
from quotarisk.calibration.plain import Benchmarks
from quotarisk.calibration.quota_rule import QuotaRule
from quotarisk.calibration.snapshot import take_snapshot
from quotarisk.caution import Caution
from quotarisk.errors import ArgumentError
from quotarisk.periods import add_months
from quotarisk.scenario.team import Quota

DEFAULT_PATHS = 1_000
LEAST_PATHS, MOST_PATHS = 20, 100_000
DEFAULT_ORIGINS = 6
FEWEST_DAYS = 60  # of history before the first origin


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


def choose_origins(history: History, *, number: int = DEFAULT_ORIGINS) -> tuple[date, ...]:
    """From which days on are forecasts tried? The last month-ends whose next month is over.

    Raises
    ------
    ArgumentError
        If the history is too short.
    """
    end = (last_day_of(history) + timedelta(days=1)).replace(day=1)
    first = take_snapshot(history, last_day_of(history)).observed_from + timedelta(days=FEWEST_DAYS)
    ends = (add_months(end, -back) - timedelta(days=1) for back in range(1, number + 1))
    origins = tuple(sorted(origin for origin in ends if origin >= first))
    if not origins:
        raise ArgumentError(
            f"{history.source} is too short: a backtest needs {FEWEST_DAYS} days before a whole "
            "month that is over"
        )
    return origins


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
    plan = Plan(
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
        scored, said = forecast_at(plan, origin)
        rows, chances = rows + scored, chances + said
        step()
    if not rows:
        raise ArgumentError(f"no window after the origins is over by {last_day_of(history)}")
    forecasts = pl.DataFrame(rows, infer_schema_length=None)
    hits = pl.DataFrame(chances, infer_schema_length=None)
    parts = forecasts.partition_by("months", "level", maintain_order=True)
    order = {"rep": 0, "group": 1, "team": 2}
    frame = pl.DataFrame([score(part, hits) for part in parts], infer_schema_length=None)
    frame = frame.sort(pl.col("months"), pl.col("level").replace_strict(order)).with_columns(
        cs.float().fill_nan(None)
    )
    return Backtest(
        frame,
        forecasts,
        hits,
        reliability_of(hits) if hits.height else reliability_of(NO_HITS),
        verdicts(frame),
        history.source,
        _note(quotas),
    )
