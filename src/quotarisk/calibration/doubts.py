"""What must be said to whoever uses a calibration."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta

import numpy as np
import polars as pl

from quotarisk.calibration.hazards import Hazards
from quotarisk.calibration.history import Finding, Outcome
from quotarisk.calibration.lesson import Lesson
from quotarisk.calibration.overview import is_stalled, oldest_close
from quotarisk.calibration.translating import Fitted
from quotarisk.caution import Caution
from quotarisk.periods import MONTHS_IN, Horizon
from quotarisk.wording import list_names

_LIKELY = 0.8  # probability from which a drift is spoken of
_MUCH_UNRESOLVED = 0.05
_LEAST_RATE = 1e-9
_FEW_DEALS = 10
_FEW_MONTHS = 2  # of each month of the quarter
_BURST = 3.0  # standard errors
_ABOUT_EVEN = 0.005
_UNTESTED = 3.0  # windows that do not overlap below which little is proven
_WON, _LOST = 0, 1
_HOW_IT_WAS_READ = frozenset(  # nothing was guessed, changed in meaning or left out
    {
        "columns_read",
        "columns_unused",
        "currency_sign",
        "excel_serial",
        "header_spaces",
        "letter_case",
        "line_breaks",
        "parentheses",
        "renamed_rep",
        "short_row",
        "spaces",
        "thousands_separator",
        "time_of_day",
        "written_order",
    }
)


def _count_of(number: int, what: str) -> str:
    return f"{number:,} {what} is" if number == 1 else f"{number:,} {what}s are"


def _drift(hazards: Hazards) -> Iterator[Caution]:
    for cause, word in ((_WON, "won"), (_LOST, "lost")):
        band = max(hazards.monthly[cause], key=lambda monthly: monthly.drift_probability)
        if band.drift_probability < _LIKELY or len(band.level) < 2:
            continue
        pace = float(np.exp((band.level[-1] - band.level[0]) / (len(band.level) - 1)) - 1)
        yield Caution(
            "drift",
            (),
            f"The pace at which deals are {word} moved by {pace:+.0%} a month, all else equal: "
            "what held so far may not hold on.",
        )


def _stalled(fitted: Fitted) -> Iterator[Caution]:
    snapshot = fitted.snapshot
    old = snapshot.deals.filter(is_stalled(snapshot))
    if old.is_empty():
        return
    closed = snapshot.deals.filter(pl.col("outcome") != Outcome.OPEN)
    rate = float((closed["outcome"] == Outcome.WON).sum()) / max(len(closed), 1)
    value = float(old["amount"].sum() or 0.0)
    worth = (
        f", worth {value:,.0f}; at the closed-only rate of {rate:.0%} they would add "
        if value
        else ""
    )
    added = f"{value * rate:,.0f}" if value else ""
    yield Caution(
        "stalled_deals",
        tuple(sorted(old["rep"].unique().to_list())),
        f"{_count_of(len(old), 'open deal')} older than {oldest_close(snapshot)} days, beyond "
        f"which no deal was seen to close{worth}{added}.",
    )


def _unresolved(fitted: Fitted) -> Iterator[Caution]:
    # as deals come: by the creation of each rep in each segment
    weights = np.maximum(fitted.creation.rate, _LEAST_RATE)
    share, win, by_tail = (
        float(np.average(figure, weights=weights))
        for figure in (fitted.pairs.unresolved, fitted.pairs.win_rate, fitted.pairs.won_by_tail)
    )
    if share <= _MUCH_UNRESOLVED:
        return
    low = max(win - by_tail, 0.0)
    yield Caution(
        "not_identified",
        (),
        f"{share:.0%} of deals are still open at the last age that was seen: how they end rests on "
        f"the assumption that they go on as the oldest ones did. A win rate told as {win:.0%} can "
        f"be anything from {low:.0%} to {min(low + share, 1.0):.0%}.",
    )


def _truncation(fitted: Fitted) -> Iterator[Caution]:
    snapshot = fitted.snapshot
    if snapshot.truncated:
        first = min(snapshot.deals["created"])
        yield Caution(
            "left_truncation",
            (),
            f"No deal closed before {snapshot.observed_from} though deals exist since "
            f"{first}: earlier closes are missing. Deals count from the "
            "age that they had by then, and creation from that day on.",
        )


def _unknown_bookings(fitted: Fitted, fiscal_year_start: int) -> Iterator[Caution]:
    since = fitted.snapshot.observed_from
    start = fitted.snapshot.as_of + timedelta(days=1)
    year = Horizon(start, MONTHS_IN["year"], fiscal_year_start).periods("year")[0]
    if year.first < since:
        yield Caution(
            "bookings_unknown",
            (year.name,),
            f"Bookings are known from {since} on: what was booked in {year.name} before is missing "
            "from the year, and from its quarter where that began before.",
        )


def _little_history(fitted: Fitted, hazards: Hazards) -> Iterator[Caution]:
    if len(hazards.months) < 3 * _FEW_MONTHS:
        yield Caution(
            "little_history",
            (),
            f"Only {len(hazards.months)} calendar months are in the history, fewer than two of "
            "each month of the quarter: the quarter's rhythm is mostly an assumption.",
        )
    closed = (
        fitted.snapshot.deals.filter(pl.col("outcome") != Outcome.OPEN)
        .group_by("rep")
        .agg(pl.len().alias("deals"))
    )
    known = dict(closed.iter_rows())
    thin = tuple(rep for rep in fitted.reps if known.get(rep, 0) < _FEW_DEALS)
    if thin:
        yield Caution(
            "thin_reps",
            thin,
            f"Fewer than {_FEW_DEALS} closed deals: {list_names(thin)}. Their figures are "
            "essentially the team's.",
        )


def _inactive(reps: Sequence[str]) -> Iterator[Caution]:
    if reps:
        yield Caution(
            "inactive_reps",
            tuple(reps),
            f"Left out, with all of their deals, for nothing of theirs was created or closed in "
            f"the last half year: {list_names(reps)}.",
        )


def _creation(fitted: Fitted) -> Iterator[Caution]:
    for months_ago, score in enumerate(reversed(fitted.creation.recent.tolist()), start=1):
        if abs(score) > _BURST:
            what = "burst" if score > 0 else "collapse"
            yield Caution(
                f"creation_{what}",
                (),
                f"Creation of deals {'jumped' if score > 0 else 'fell'} {months_ago} "
                f"month{'s' if months_ago > 1 else ''} ago ({score:+.1f} standard errors): a "
                f"{what} of created deals is not one of bookings, and the end of an extract may "
                "be cut off.",
            )


def find_doubts(
    fitted: Fitted,
    hazards: Hazards,
    findings: tuple[Finding, ...],
    *,
    inactive: Sequence[str] = (),
    fiscal_year_start: int = 1,
) -> tuple[Caution, ...]:
    """What is doubtful about a calibration, in the order of its weight?

    Parameters
    ----------
    fitted, hazards
        The fit.
    findings
        Of the history. Those that tell how it was read are no doubts.
    inactive
        Reps who were left out.
    fiscal_year_start
        Number of the month in which fiscal years begin.
    """
    repaired = tuple(
        Caution(
            f"history_{finding.rule}",
            (),
            f"{finding.rows:,} row{'s' if finding.rows > 1 else ''}: {finding.treatment}",
        )
        for finding in findings
        if finding.rows and finding.rule not in _HOW_IT_WAS_READ
    )
    return (
        *_drift(hazards),
        *_stalled(fitted),
        *_unresolved(fitted),
        *_truncation(fitted),
        *_unknown_bookings(fitted, fiscal_year_start),
        *_little_history(fitted, hazards),
        *_creation(fitted),
        *_inactive(inactive),
        *repaired,
    )


def _worth(lesson: Lesson) -> str:
    gain = lesson.gain
    if gain is None:
        return "how such forecasts do is not known yet"
    tried = (
        f"in {lesson.rehearsals} forecast{'s' * (lesson.rehearsals > 1)} of months that are over"
    )
    if abs(gain) < _ABOUT_EVEN:
        return f"{tried} the model alone did about as well"
    return f"{tried} the errors of the model alone were {abs(gain):.0%} " + (
        "larger" if gain > 0 else "smaller, on too few windows to rely on it"
    )


def _wider(lesson: Lesson) -> str:
    told = []
    month, quarter = lesson.month_shape, lesson.quarter_shape
    if min(month, quarter) < 1:
        told.append(
            "each rep's results are spread towards both ends (Beta shape "
            f"{month:g} for a month, {quarter:g} for three; 1 is as the model has it)"
        )
    if lesson.together:
        told.append(f"reps have {lesson.together:.0%} more of their luck in common")
    if lesson.shared:
        first, last = lesson.shared[0], lesson.shared[-1]
        spans = (
            f"{first:.0%}" if first == last else f"{first:.0%} in the first month, {last:.0%} later"
        )
        told.append(f"a factor that all reps share varies by {spans}")
    return "; ".join(told)


def doubts_of_lesson(lesson: Lesson) -> Iterator[Caution]:
    """What did forecasts of past months teach, and on how little does it rest?"""
    own = 1 - lesson.share
    if own > 0:
        weeks = "past weeks" if lesson.weeks is None else f"last {lesson.weeks} weeks"
        yield Caution(
            "own_history",
            (),
            f"{own:.0%} of the futures repeat the reps' own {weeks} instead of the model: "
            f"{_worth(lesson)}.",
        )
    if wider := _wider(lesson):
        tried = f"{lesson.rehearsals} past forecast{'s' * (lesson.rehearsals > 1)}"
        yield Caution("widened", (), f"Too much came outside the intervals of {tried}, so {wider}.")
    if lesson.windows < _UNTESTED:
        yield Caution(
            "three_months_untested",
            (),
            f"Forecasts of three months could be tried on {lesson.windows:.1f} windows that do "
            "not overlap: how far they hold is hardly known.",
        )
