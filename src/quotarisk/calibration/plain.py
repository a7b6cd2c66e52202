"""From a CRM's history to a scenario as the model has it, uncorrected."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Literal

import numpy as np
import polars as pl
from scipy import special

from quotarisk.calibration.cohort import cohort_of
from quotarisk.calibration.creation import fit_creation
from quotarisk.calibration.doubts import find_doubts
from quotarisk.calibration.hazards import Hazards, fit_hazards
from quotarisk.calibration.history import Finding, History, Outcome
from quotarisk.calibration.leaning import lean_on_benchmarks
from quotarisk.calibration.lesson import Lesson
from quotarisk.calibration.overview import overview
from quotarisk.calibration.pairs import DRAWS, describe_pairs, levels_of
from quotarisk.calibration.quota_rule import QuotaRule, quotas_by_rule
from quotarisk.calibration.sizes import fit_sizes
from quotarisk.calibration.snapshot import Snapshot, take_snapshot
from quotarisk.calibration.streams import draw_shares
from quotarisk.calibration.translating import Fitted, translate
from quotarisk.calibration.unknowns import doubts_of_amounts, doubts_of_rule
from quotarisk.caution import Caution
from quotarisk.errors import ArgumentError
from quotarisk.kernel.arrays import Floats
from quotarisk.scenario.scenario import Scenario
from quotarisk.scenario.team import Quota

Benchmarks = Literal["default", "none"]
AHEAD = 3  # months whose levels are looked at
INACTIVE_DAYS = 180


@dataclass(frozen=True)
class Calibration:
    """A scenario, and how it follows from the history.

    Parameters
    ----------
    scenario
        What `simulate` takes.
    frame
        The table of `overview`: a row for each rep and segment.
    cautions
        What is doubtful.
    findings
        What was repaired in the history or left out of it.
    as_of
        The last day that was looked at.
    source
        The history's file.
    quota_note
        Where the quotas come from.
    lesson
        What forecasts of months that are over taught; nothing where it was not asked.
    """

    scenario: Scenario = field(repr=False)
    frame: pl.DataFrame
    cautions: tuple[Caution, ...]
    findings: tuple[Finding, ...] = field(repr=False)
    as_of: date
    source: str
    quota_note: str
    lesson: Lesson | None = None


def _active(snapshot: Snapshot) -> Snapshot:
    """Leave out reps without a sign of life: nothing created or closed for half a year."""
    since = snapshot.as_of - timedelta(days=INACTIVE_DAYS)
    alive = (pl.col("created") > since) | (pl.col("closed") > since).fill_null(value=False)
    reps = snapshot.deals.filter(alive)["rep"].unique()
    return Snapshot(
        as_of=snapshot.as_of,
        deals=snapshot.deals.filter(pl.col("rep").is_in(reps.to_list())),
        observed_from=snapshot.observed_from,
        truncated=snapshot.truncated,
    )


def _closed_and_medians(
    deals: pl.DataFrame, segments: tuple[str, ...]
) -> tuple[list[int], list[float | None]]:
    closed = deals.filter(pl.col("outcome") != Outcome.OPEN)
    numbers = dict(closed.group_by("segment").len().iter_rows())
    won = closed.filter(pl.col("outcome") == Outcome.WON)
    medians = dict(won.group_by("segment").agg(pl.col("amount").median()).iter_rows())
    return [numbers.get(s, 0) for s in segments], [medians.get(s) for s in segments]


def _fit(
    snapshot: Snapshot, *, fiscal_year_start: int, benchmarks: Benchmarks, seed: int
) -> tuple[Fitted, Hazards, Floats]:
    cohort = cohort_of(snapshot)
    hazards = fit_hazards(cohort, ahead=AHEAD, fiscal_year_start=fiscal_year_start, seed=seed)
    start = snapshot.as_of + timedelta(days=1)
    of_quarter = (start.month - fiscal_year_start + np.arange(AHEAD)) % 3
    levels = levels_of(hazards, of_quarter)
    luck = special.ndtri(draw_shares(seed, "levels", draws=DRAWS, count=4)).reshape(-1, 2, 2)
    pairs = describe_pairs(hazards, levels, luck)
    sizes = fit_sizes(
        snapshot.deals, reps=cohort.reps, segments=cohort.segments, as_of=snapshot.as_of
    )
    if sizes is None:
        raise ArgumentError(f"by {snapshot.as_of} no deal was won whose amount is known")
    weight = np.zeros(len(cohort.segments))
    if benchmarks != "none":
        numbers, medians = _closed_and_medians(snapshot.deals, cohort.segments)
        pairs, weight = lean_on_benchmarks(pairs, numbers, medians)
    fitted = Fitted(
        snapshot=snapshot,
        reps=cohort.reps,
        segments=cohort.segments,
        levels=levels,
        pairs=pairs,
        of_quarter=of_quarter,
        creation=fit_creation(
            snapshot.deals,
            reps=cohort.reps,
            segments=cohort.segments,
            observed_from=snapshot.observed_from,
            as_of=snapshot.as_of,
            ahead=AHEAD,
            fiscal_year_start=fiscal_year_start,
            seed=seed,
        ),
        sizes=sizes,
    )
    return fitted, hazards, weight


def fit_plain(
    history: History,
    *,
    as_of: date,
    months: int = 12,
    quotas: Mapping[str, Quota] | QuotaRule | None = None,
    fiscal_year_start: int = 1,
    name: str | None = None,
    benchmarks: Benchmarks = "default",
    seed: int = 0,
) -> Calibration:
    """Which scenario does the model make of a history, as it was known at the end of a day?

    As `calibrate`, but for the correction.
    """
    snapshot = take_snapshot(history, as_of)
    known = set(snapshot.deals["rep"])
    snapshot = _active(snapshot)
    if snapshot.deals.is_empty():
        raise ArgumentError(
            f"{history.source} has no deal created or closed in the {INACTIVE_DAYS} days to {as_of}"
        )
    fitted, hazards, weight = _fit(
        snapshot, fiscal_year_start=fiscal_year_start, benchmarks=benchmarks, seed=seed
    )
    told = name or f"{Path(history.source).name}, as of {as_of}"
    note = "no quotas were given"
    given: Mapping[str, Quota] = {}
    if isinstance(quotas, QuotaRule):
        won = snapshot.deals.filter(pl.col("outcome") == Outcome.WON)
        given = quotas_by_rule(
            quotas,
            won.select("rep", "closed", "amount"),
            start=as_of + timedelta(days=1),
            fiscal_year_start=fiscal_year_start,
            observed_from=snapshot.observed_from,
        )
        note = f"quotas for a first look: {quotas}"
    elif quotas is not None:
        given, note = quotas, "quotas as given"
    return Calibration(
        scenario=translate(
            fitted,
            # every answer shows the name, and so what quotas made by a rule are worth
            name=f"{told} ({note})" if isinstance(quotas, QuotaRule) else told,
            months=months,
            quotas=given,
            fiscal_year_start=fiscal_year_start,
            currency=history.currency or "USD",
        ),
        frame=overview(fitted, hazards, weight),
        cautions=(
            *find_doubts(
                fitted,
                hazards,
                history.findings,
                inactive=sorted(known - set(fitted.reps)),
                fiscal_year_start=fiscal_year_start,
            ),
            *doubts_of_amounts(history, as_of),
            *doubts_of_rule(quotas, given, fitted.reps),
        ),
        findings=history.findings,
        as_of=as_of,
        source=history.source,
        quota_note=note,
    )
