"""From a CRM's history to a scenario, corrected by what past forecasts taught."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date

from quotarisk.calibration.correction import correction_of, learn, origins_of
from quotarisk.calibration.doubts import doubts_of_lesson
from quotarisk.calibration.history import History
from quotarisk.calibration.plain import Benchmarks, Calibration, fit_plain
from quotarisk.calibration.quota_rule import QuotaRule
from quotarisk.calibration.rehearsal import Rehearsals, days_of_reps, past_begins
from quotarisk.calibration.snapshot import take_snapshot
from quotarisk.calibration.translating import bookings_since, year_began
from quotarisk.periods import WEEK
from quotarisk.scenario.team import Quota
from quotarisk.simulation.correcting import LEAST_WEEKS


def _corrected(
    calibration: Calibration,
    rehearsals: Rehearsals,
    progress: Callable[[int, int], object] | None,
) -> Calibration:
    """Let the scenario answer with what past forecasts taught."""
    as_of = calibration.as_of
    snapshot = take_snapshot(rehearsals.history, as_of)
    origins = earlier_origins(rehearsals.history, as_of)
    for done, origin in enumerate(origins, start=1):
        if progress is not None:
            progress(done, len(origins) + 1)
        rehearsals.at(origin)
    if progress is not None:
        progress(len(origins) + 1, len(origins) + 1)
    lesson = learn(rehearsals, origins, as_of)
    began = past_begins(snapshot, lesson.weeks)
    if (calibration.scenario.start - began).days < WEEK * LEAST_WEEKS:
        lesson = lesson._replace(share=1.0)  # there is no past to repeat
    correction = correction_of(lesson, began)
    scenario = calibration.scenario
    update: dict[str, object] = {"correction": correction}
    if correction.own_history:
        first = days_of_reps(snapshot)
        update["reps"] = tuple(
            rep.model_copy(update={"booked_since": max(first[rep.name], began)})
            if first[rep.name] > began
            else rep
            for rep in scenario.reps
        )
        everybody = {rep.name for rep in scenario.reps}
        since = min(began, year_began(scenario.start, scenario.fiscal_year_start))
        update["booked"] = tuple(
            row for row in bookings_since(snapshot, since) if row.rep in everybody
        )
    return replace(
        calibration,
        scenario=scenario.model_copy(update=update),
        cautions=(*doubts_of_lesson(lesson), *calibration.cautions),
        lesson=lesson,
    )


def calibrate(
    history: History,
    *,
    as_of: date,
    months: int = 12,
    quotas: Mapping[str, Quota] | QuotaRule | None = None,
    fiscal_year_start: int = 1,
    name: str | None = None,
    benchmarks: Benchmarks = "default",
    seed: int = 0,
    correct: bool = True,
    rehearsals: Rehearsals | None = None,
    progress: Callable[[int, int], object] | None = None,
) -> Calibration:
    """Which scenario does a CRM's history make, as it was known at the end of a day?

    Parameters
    ----------
    history
        As `read_history` gives it.
    as_of
        The last day that is looked at; the scenario starts on the next one.
    months
        Length of the scenario.
    quotas
        By rep, or a rule that makes them of past bookings.
    fiscal_year_start
        Number of the month in which fiscal years begin.
    name
        Of the scenario; the history's file and the day where left out.
    benchmarks
        Whether thin segments lean on what is known of teams at large.
    seed
        Posterior draws are a function of it.
    correct
        Whether forecasts of past months are made, to learn how far the model can be trusted:
        the scenario then repeats the reps' own past weeks on some paths, and is wider.
    rehearsals
        Forecasts of past months that were made already, of this history under these arguments.
    progress
        Called with the number of fits that are done and the number of all.

    Raises
    ------
    ArgumentError
        If nothing, or no won amount, was known on that day.
    """
    found = fit_plain(
        history,
        as_of=as_of,
        months=months,
        quotas=quotas,
        fiscal_year_start=fiscal_year_start,
        name=name,
        benchmarks=benchmarks,
        seed=seed,
    )
    if not correct:
        return found
    made = rehearsals or rehearsals_of(
        history, fiscal_year_start=fiscal_year_start, benchmarks=benchmarks, seed=seed
    )
    return _corrected(found, made, progress)


def earlier_origins(history: History, as_of: date) -> tuple[date, ...]:
    """On which days are forecasts made from which a fit as of a day learns?"""
    snapshot = take_snapshot(history, as_of)
    return origins_of(snapshot.observed_from, as_of, deals=snapshot.deals.height)


def rehearsals_of(
    history: History,
    *,
    fiscal_year_start: int = 1,
    benchmarks: Benchmarks = "default",
    seed: int = 0,
) -> Rehearsals:
    """Make room for forecasts of past months, to be handed to `calibrate` as of several days."""

    def fit(as_of: date, months: int) -> Calibration:
        return fit_plain(
            history,
            as_of=as_of,
            months=months,
            fiscal_year_start=fiscal_year_start,
            benchmarks=benchmarks,
            seed=seed,
        )

    return Rehearsals(history, fit)
